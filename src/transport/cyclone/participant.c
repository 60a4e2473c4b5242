// Participants, and the table of operations.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "transport/cyclone/cyclone.h"
#include "whorl/status.h"

enum { HIGHEST_DOMAIN = 232 }; // above it the ports leave their 16 bits

static void participant_close(whorl__participant_t *base)
{
  whorl__cyclone_participant_t *participant = (whorl__cyclone_participant_t *)base;
  assert(atomic_load(&participant->endpoints) == 0);
  dds_delete(participant->entity); // with its publisher, subscriber and builtin readers
  whorl__cyclone_domain_release(participant->domain);
  pthread_mutex_destroy(&participant->change_lock);
  whorl__free(participant);
}

static int64_t now_ns(whorl__participant_t *participant)
{
  (void)participant;
  return dds_time();
}

static const whorl__transport_ops_t cyclone_ops = {
    .name = "cyclone",
    .participant_close = participant_close,
    .writer_open = whorl__cyclone_writer_open,
    .reader_open = whorl__cyclone_reader_open,
    .writer_close = whorl__cyclone_writer_close,
    .reader_close = whorl__cyclone_reader_close,
    .write = whorl__cyclone_write,
    .write_copy = whorl__cyclone_write_copy,
    .write_cdr = whorl__cyclone_write_cdr,
    .write_service = whorl__cyclone_write_service,
    .writer_visit_matched = whorl__cyclone_writer_visit_matched,
    .reader_visit_matched = whorl__cyclone_reader_visit_matched,
    .writer_hearing = whorl__cyclone_writer_hearing,
    .writer_matched = whorl__cyclone_writer_matched,
    .reader_matched = whorl__cyclone_reader_matched,
    .now_ns = now_ns,
    .writer_wait_acknowledged = whorl__cyclone_writer_wait_acknowledged,
    .discovery_visit = whorl__cyclone_discovery_visit,
    .discovery_hook = whorl__cyclone_discovery_hook,
};

// USER_DATA "enclave=/;".
static int create_entity(whorl__cyclone_participant_t *participant, const whorl__participant_options_t *options)
{
  const char *enclave = options->enclave != NULL ? options->enclave : "/";
  size_t capacity = strlen(enclave) + sizeof "enclave=;";
  char *user_data = whorl__alloc(capacity);
  dds_qos_t *qos = dds_create_qos();
  int status = user_data != NULL && qos != NULL ? WHORL_OK : whorl__fail_plain(WHORL_NO_MEMORY);
  if (status >= 0) {
    int length = snprintf(user_data, capacity, "enclave=%s;", enclave);
    dds_qset_userdata(qos, user_data, (size_t)length);
    participant->entity = dds_create_participant(options->domain_id, qos, NULL);
    if (participant->entity < 0)
      status = whorl__cyclone_fail(participant->entity, "participant in domain %u cannot be opened", options->domain_id);
  }
  if (qos != NULL) dds_delete_qos(qos);
  whorl__free(user_data);
  return status;
}

static int create_children(whorl__cyclone_participant_t *participant)
{
  participant->publisher = dds_create_publisher(participant->entity, NULL, NULL);
  if (participant->publisher < 0) return whorl__cyclone_fail(participant->publisher, "DDS publisher cannot be created");
  participant->subscriber = dds_create_subscriber(participant->entity, NULL, NULL);
  if (participant->subscriber < 0) return whorl__cyclone_fail(participant->subscriber, "DDS subscriber cannot be created");
  return whorl__cyclone_discovery_open(participant);
}

int whorl__cyclone_participant_open(const whorl__participant_options_t *options, whorl__participant_t **ret_participant)
{
  if (options->domain_id > HIGHEST_DOMAIN)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "domain id %u is above %d", options->domain_id, HIGHEST_DOMAIN);
  whorl__cyclone_participant_t *participant = whorl__alloc(sizeof *participant);
  if (participant == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
  participant->base.ops = &cyclone_ops;
  pthread_mutex_init(&participant->change_lock, NULL);
  int status = whorl__cyclone_domain_acquire(options, &participant->domain);
  if (status < 0) goto free_participant;
  status = create_entity(participant, options);
  if (status < 0) goto release_domain;
  status = create_children(participant);
  if (status < 0) goto delete_entity;
  dds_guid_t guid;
  dds_get_guid(participant->entity, &guid);
  memcpy(participant->base.gid, guid.v, sizeof participant->base.gid);
  *ret_participant = &participant->base;
  return WHORL_OK;

delete_entity:
  dds_delete(participant->entity);
release_domain:
  whorl__cyclone_domain_release(participant->domain);
free_participant:
  pthread_mutex_destroy(&participant->change_lock);
  whorl__free(participant);
  return status;
}
