// What clients and services have in common on the wire: a writer of the one topic and a reader of the other, tied by an id; and what they tell of who does not fit there.
#ifndef WHORL_NODE_SERVICE_ENDPOINT_H
#define WHORL_NODE_SERVICE_ENDPOINT_H

#include "node/entity.h"
#include "node/qos_event.h"
#include "task/changes.h"

typedef struct whorl__service_side {
  const char *key;               // "clientid", "serviceid"
  whorl__dds_topic_kind_t sends; // a client requests, a server replies
  const whorl__type_t *sent_type, *received_type;
  // Hooks of the writer and of the reader, with the `arg` of the options.
  void (*sent_event)(void *arg, const whorl__endpoint_event_t *event), (*received_event)(void *arg, const whorl__endpoint_event_t *event);
} whorl__service_side_t;

typedef struct whorl__service_events {
  whorl__qos_events_t sent, received; // the writer's and the reader's
  whorl__changes_t *changes;          // told of what is matched
  whorl__record_t *record;            // of strict ones, by which they tell
} whorl__service_events_t;

void whorl__service_events_init(whorl__service_events_t *events, whorl__node_t *node, bool strict_qos, whorl__changes_t *changes,
                                whorl__record_t *record);
void whorl__service_events_note(const whorl__service_events_t *events, whorl__qos_events_t *which,
                                const whorl__endpoint_event_t *event); // inside a transport's hook
void whorl__service_events_fini(whorl__service_events_t *events);      // both endpoints are closed
int whorl__service_events_tell(whorl__service_events_t *events);       // as whorl__qos_events_tell

// Resolved; BEST_AVAILABLE is what WHORL_QOS_SERVICES says. INVALID_QOS.
int whorl__service_qos(const whorl_qos_t *wanted, whorl_qos_t *ret_qos);
// Opens both with `options` (topic, qos, arg; the ready and incoming hooks are the reader's) and lists them in the entity. Both or none. INCOMPATIBLE_QOS when `events` are strict.
int whorl__service_endpoints_open(whorl__entity_t *entity, const whorl__service_side_t *side, const whorl__endpoint_options_t *options,
                                  whorl__service_events_t *events, whorl__reader_t **ret_reader, whorl__writer_t **ret_writer);
void whorl__service_endpoints_close(whorl__reader_t *reader, whorl__writer_t *writer);
// Once. The message stays the caller's in every outcome.
int whorl__service_write(whorl__writer_t *writer, const whorl__service_header_t *header, whorl__message_t *message);

#endif
