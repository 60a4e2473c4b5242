#include "node/service_endpoint.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "node/service_id.h"

int whorl__service_qos(const whorl_qos_t *wanted, whorl_qos_t *ret_qos)
{
  whorl_qos_t qos = *wanted;
  if (qos.reliability == WHORL_RELIABILITY_BEST_AVAILABLE) qos.reliability = WHORL_QOS_SERVICES.reliability;
  if (qos.durability == WHORL_DURABILITY_BEST_AVAILABLE) qos.durability = WHORL_QOS_SERVICES.durability;
  if (qos.liveliness == WHORL_LIVELINESS_BEST_AVAILABLE) qos.liveliness = WHORL_QOS_SERVICES.liveliness;
  if (qos.deadline_ns == WHORL_QOS_DURATION_BEST_AVAILABLE) qos.deadline_ns = WHORL_QOS_SERVICES.deadline_ns;
  if (qos.liveliness_lease_ns == WHORL_QOS_DURATION_BEST_AVAILABLE) qos.liveliness_lease_ns = WHORL_QOS_SERVICES.liveliness_lease_ns;
  return whorl__qos_resolve(&qos, ret_qos);
}

// The participant's prefix and a count, as stock nodes make it.
static void make_user_data(whorl__context_t *context, const char *key, char *text, size_t size)
{
  uint8_t bytes[16];
  char id[WHORL__SERVICE_ID_SIZE];
  uint32_t number = atomic_fetch_add(&context->services, 1) + 1;
  memcpy(bytes, context->participant->gid, 12);
  for (int i = 0; i < 4; i++) bytes[12 + i] = (uint8_t)(number >> (24 - 8 * i));
  whorl__service_id_write(bytes, id);
  snprintf(text, size, "%s=%s;", key, id);
}

void whorl__service_events_init(whorl__service_events_t *self, whorl__node_t *node, bool strict_qos, whorl__changes_t *changes,
                                whorl__record_t *record)
{
  self->changes = changes;
  self->record = record;
  whorl__qos_events_init(&self->sent, node, true, NULL, NULL, NULL);
  whorl__qos_events_init(&self->received, node, false, NULL, NULL, NULL);
  self->sent.strict = self->received.strict = strict_qos || node->strict_qos;
}

void whorl__service_events_fini(whorl__service_events_t *self)
{
  whorl__qos_events_fini(&self->sent);
  whorl__qos_events_fini(&self->received);
}

void whorl__service_events_note(const whorl__service_events_t *self, whorl__qos_events_t *which, const whorl__endpoint_event_t *event)
{
  if (event->kind == WHORL__EVENT_MATCHED) whorl__changes_tell(self->changes);
  if (whorl__qos_events_note(which, event)) whorl__record_mark(self->record);
}

int whorl__service_events_tell(whorl__service_events_t *self)
{
  WHORL_TRY(whorl__qos_events_tell(&self->sent));
  return whorl__qos_events_tell(&self->received);
}

static int prepare_events(whorl__qos_events_t *events, const char *service, whorl__dds_topic_kind_t kind, const whorl_qos_t *qos)
{
  events->end.topic = service;
  events->end.kind = kind;
  events->end.qos = *qos;
  return events->strict ? whorl__qos_events_check(events) : WHORL_OK;
}

int whorl__service_endpoints_open(whorl__entity_t *entity, const whorl__service_side_t *side, const whorl__endpoint_options_t *options,
                                  whorl__service_events_t *events, whorl__reader_t **ret_reader, whorl__writer_t **ret_writer)
{
  whorl__participant_t *participant = entity->node->context->participant;
  whorl__dds_topic_kind_t receives = side->sends == WHORL__DDS_REQUEST ? WHORL__DDS_REPLY : WHORL__DDS_REQUEST;
  WHORL_TRY(prepare_events(&events->sent, options->topic, side->sends, &options->qos));
  WHORL_TRY(prepare_events(&events->received, options->topic, receives, &options->qos));
  char user_data[WHORL__SERVICE_ID_SIZE + 16];
  make_user_data(entity->node->context, side->key, user_data, sizeof user_data);
  whorl__endpoint_options_t mine = *options;
  mine.user_data = user_data;
  mine.type = side->sent_type;
  mine.kind = side->sends;
  mine.event = side->sent_event;
  WHORL_TRY(participant->ops->writer_open(participant, &mine, ret_writer));
  mine.type = side->received_type;
  mine.kind = receives;
  mine.event = side->received_event;
  int status = participant->ops->reader_open(participant, &mine, ret_reader);
  if (status < 0) {
    participant->ops->writer_close(*ret_writer);
    return status;
  }
  entity->is_reader = entity->is_writer = true;
  entity->types[0] = side->sends == WHORL__DDS_REQUEST ? side->sent_type : side->received_type;
  entity->types[1] = side->sends == WHORL__DDS_REQUEST ? side->received_type : side->sent_type;
  memcpy(entity->reader_gid, (*ret_reader)->gid, sizeof entity->reader_gid);
  memcpy(entity->writer_gid, (*ret_writer)->gid, sizeof entity->writer_gid);
  return WHORL_OK;
}

void whorl__service_endpoints_close(whorl__reader_t *reader, whorl__writer_t *writer)
{
  const whorl__transport_ops_t *ops = writer->participant->ops;
  ops->reader_close(reader);
  ops->writer_close(writer);
}

int whorl__service_write(whorl__writer_t *writer, const whorl__service_header_t *header, whorl__message_t *message)
{
  whorl__message_ref(message); // the transport takes one over in every outcome but WOULD_BLOCK
  int status = writer->participant->ops->write_service(writer, header, message);
  if (status == WHORL_WOULD_BLOCK) whorl__message_unref(message);
  return status;
}
