// Readers: Cyclone stores into their ring; taking is the same for every transport (whorl__reader_take).
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/tsan.h"
#include "whorl/status.h"

static whorl__cyclone_reader_t *of(whorl__reader_t *reader) { return (whorl__cyclone_reader_t *)reader; }

// Retained data of local writers arrives inside: the ring must be ready, and the ready hook may run before this returns.
static int create_entity(whorl__cyclone_reader_t *reader, const whorl__endpoint_options_t *options, const dds_qos_t *qos)
{
  whorl__cyclone_endpoint_t *endpoint = &reader->endpoint;
  dds_listener_t *listener = whorl__cyclone_reader_listener(reader);
  if (listener == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
  WHORL__GIVE(endpoint);
  WHORL__GIVE(&reader->history);
  endpoint->entity = dds_create_reader_rhc(endpoint->participant->subscriber, endpoint->topic, qos, listener, &reader->history.rhc);
  dds_delete_listener(listener);
  if (endpoint->entity < 0) return whorl__cyclone_fail(endpoint->entity, "reader of '%s' cannot be opened", options->topic);
  dds_guid_t guid;
  dds_get_guid(endpoint->entity, &guid);
  memcpy(reader->base.gid, guid.v, sizeof reader->base.gid);
  dds_get_instance_handle(endpoint->entity, &reader->instance);
  return WHORL_OK;
}

int whorl__cyclone_reader_open(whorl__participant_t *participant, const whorl__endpoint_options_t *options, whorl__reader_t **ret_reader)
{
  whorl__cyclone_reader_t *reader = whorl__alloc(sizeof *reader);
  if (reader == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
  int status = whorl__cyclone_endpoint_open(&reader->endpoint, participant, options);
  if (status < 0) goto free_reader;
  dds_qos_t *qos;
  status = whorl__cyclone_qos_make(options, false, &qos);
  if (status < 0) goto close_endpoint;
  status = whorl__reader_init(&reader->base, participant, options);
  if (status < 0) goto delete_qos;
  dds_duration_t deadline_ns = DDS_INFINITY;
  dds_qget_deadline(qos, &deadline_ns);
  whorl__history_init(&reader->history, &reader->endpoint, &reader->base, deadline_ns);
  status = create_entity(reader, options, qos);
  if (status < 0) goto fini_ring;
  dds_delete_qos(qos);
  whorl__audience_enter(reader);
  *ret_reader = &reader->base;
  return WHORL_OK;

fini_ring:
  whorl__ring_fini(&reader->base.ring);
delete_qos:
  dds_delete_qos(qos);
close_endpoint:
  whorl__cyclone_endpoint_close(&reader->endpoint);
free_reader:
  whorl__free(reader);
  return status;
}

// When dds_delete has returned no store and no listener runs any more: it waits until every awake thread of Cyclone has moved on.
void whorl__cyclone_reader_close(whorl__reader_t *base)
{
  whorl__cyclone_reader_t *reader = of(base);
  whorl__audience_leave(reader);
  dds_delete(reader->endpoint.entity);
  WHORL__TAKE(&reader->endpoint);
  WHORL__TAKE(&reader->history);
  whorl__cyclone_endpoint_close(&reader->endpoint);
  whorl__ring_fini(&base->ring);
  whorl__free(reader);
}

uint32_t whorl__cyclone_reader_matched(whorl__reader_t *reader) { return atomic_load(&of(reader)->endpoint.matched); }
