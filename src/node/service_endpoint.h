// What clients and services have in common on the wire: a writer of the one topic and a reader of the other, tied by an id.
#ifndef WHORL_NODE_SERVICE_ENDPOINT_H
#define WHORL_NODE_SERVICE_ENDPOINT_H

#include "node/entity.h"

typedef struct whorl__service_side {
  const char *key;               // "clientid", "serviceid"
  whorl__dds_topic_kind_t sends; // a client requests, a server replies
  const whorl__type_t *sent_type, *received_type;
} whorl__service_side_t;

// Resolved; BEST_AVAILABLE is what WHORL_QOS_SERVICES says. INVALID_QOS.
int whorl__service_qos(const whorl_qos_t *wanted, whorl_qos_t *ret_qos);
// Opens both with `options` (topic, qos, hooks; the ready and incoming hooks are the reader's) and lists them in the entity. Both or none.
int whorl__service_endpoints_open(whorl__entity_t *entity, const whorl__service_side_t *side, const whorl__endpoint_options_t *options,
                                  whorl__reader_t **ret_reader, whorl__writer_t **ret_writer);
void whorl__service_endpoints_close(whorl__reader_t *reader, whorl__writer_t *writer);
// Once. The message stays the caller's in every outcome.
int whorl__service_write(whorl__writer_t *writer, const whorl__service_header_t *header, whorl__message_t *message);

#endif
