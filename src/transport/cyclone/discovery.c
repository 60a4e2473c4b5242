// What DDS knows of all endpoints in the domain, own ones included: Cyclone's builtin topics.
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "transport/cyclone/cyclone.h"
#include "whorl/status.h"

static void something_changed(dds_entity_t reader, void *arg)
{
  (void)reader;
  whorl__cyclone_participant_t *participant = arg;
  pthread_mutex_lock(&participant->change_lock);
  if (participant->change != NULL) participant->change(participant->change_arg);
  pthread_mutex_unlock(&participant->change_lock);
}

int whorl__cyclone_discovery_open(whorl__cyclone_participant_t *participant)
{
  dds_listener_t *listener = dds_create_listener(participant);
  if (listener == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
  dds_lset_data_available(listener, something_changed);
  participant->participants = dds_create_reader(participant->entity, DDS_BUILTIN_TOPIC_DCPSPARTICIPANT, NULL, listener);
  participant->publications = dds_create_reader(participant->entity, DDS_BUILTIN_TOPIC_DCPSPUBLICATION, NULL, listener);
  participant->subscriptions = dds_create_reader(participant->entity, DDS_BUILTIN_TOPIC_DCPSSUBSCRIPTION, NULL, listener);
  dds_delete_listener(listener);
  if (participant->participants < 0) return whorl__cyclone_fail(participant->participants, "participants cannot be watched");
  if (participant->publications < 0) return whorl__cyclone_fail(participant->publications, "publications cannot be watched");
  if (participant->subscriptions < 0) return whorl__cyclone_fail(participant->subscriptions, "subscriptions cannot be watched");
  return WHORL_OK;
}

void whorl__cyclone_discovery_hook(whorl__participant_t *base, void (*change)(void *arg), void *arg)
{
  whorl__cyclone_participant_t *participant = (whorl__cyclone_participant_t *)base;
  pthread_mutex_lock(&participant->change_lock);
  participant->change = change;
  participant->change_arg = arg;
  pthread_mutex_unlock(&participant->change_lock);
}

static void visit_one(const dds_builtintopic_endpoint_t *found, bool is_writer,
                      void (*visit)(void *arg, const whorl__remote_endpoint_t *endpoint), void *arg)
{
  whorl__remote_endpoint_t endpoint = {
      .is_writer = is_writer, .dds_topic = found->topic_name, .dds_type = found->type_name, .user_data = ""};
  memcpy(endpoint.gid, found->key.v, sizeof endpoint.gid);
  memcpy(endpoint.participant_gid, found->participant_key.v, sizeof endpoint.participant_gid);
  whorl__cyclone_qos_read(found->qos, &endpoint.qos);
  void *user_data = NULL;
  size_t size;
  if (dds_qget_userdata(found->qos, &user_data, &size) && user_data != NULL)
    endpoint.user_data = user_data; // Cyclone's copy ends with a NUL
  visit(arg, &endpoint);
  dds_free(user_data);
}

// Endpoints that are gone stay in the builtin reader until they are taken.
//
// Read as serdata here and below: a loan of samples would be one per reader, and Cyclone 0.10 overruns the caller's array when an earlier loan was larger.
static void forget_gone(dds_entity_t reader)
{
  enum { AT_ONCE = 32 };
  const uint32_t gone = DDS_ANY_SAMPLE_STATE | DDS_ANY_VIEW_STATE | DDS_NOT_ALIVE_DISPOSED_INSTANCE_STATE |
                        DDS_NOT_ALIVE_NO_WRITERS_INSTANCE_STATE;
  struct ddsi_serdata *samples[AT_ONCE];
  dds_sample_info_t infos[AT_ONCE];
  dds_return_t count;
  do {
    count = dds_takecdr(reader, samples, AT_ONCE, infos, gone);
    for (dds_return_t i = 0; i < count; i++) ddsi_serdata_unref(samples[i]);
  } while (count == AT_ONCE);
}

static void open_sample(const struct ddsi_serdata *sample, bool is_writer,
                        void (*visit)(void *arg, const whorl__remote_endpoint_t *endpoint), void *arg)
{
  dds_builtintopic_endpoint_t found = {.qos = NULL};
  if (!ddsi_serdata_to_sample(sample, &found, NULL, NULL)) return;
  visit_one(&found, is_writer, visit, arg);
  dds_free(found.topic_name);
  dds_free(found.type_name);
  dds_delete_qos(found.qos);
}

// A snapshot must be read in one call; it is repeated with more room until it fits.
static int visit_all(dds_entity_t reader, bool is_writer, void (*visit)(void *arg, const whorl__remote_endpoint_t *endpoint), void *arg)
{
  forget_gone(reader);
  for (uint32_t room = 64;; room *= 2) {
    struct ddsi_serdata **samples = whorl__alloc(room * sizeof *samples);
    dds_sample_info_t *infos = whorl__alloc(room * sizeof *infos);
    int status = samples != NULL && infos != NULL ? WHORL_OK : whorl__fail_plain(WHORL_NO_MEMORY);
    dds_return_t count = 0;
    if (status >= 0)
      count = dds_readcdr(reader, samples, room, infos, DDS_ANY_SAMPLE_STATE | DDS_ANY_VIEW_STATE | DDS_ALIVE_INSTANCE_STATE);
    if (count < 0) status = whorl__cyclone_fail(count, "endpoints cannot be listed");
    bool whole = status < 0 || (uint32_t)count < room;
    for (dds_return_t i = 0; i < count; i++) {
      if (whole && infos[i].valid_data) open_sample(samples[i], is_writer, visit, arg);
      ddsi_serdata_unref(samples[i]);
    }
    whorl__free(samples);
    whorl__free(infos);
    if (whole) return status;
  }
}

int whorl__cyclone_discovery_visit(whorl__participant_t *base, void (*visit)(void *arg, const whorl__remote_endpoint_t *endpoint),
                                   void *arg)
{
  whorl__cyclone_participant_t *participant = (whorl__cyclone_participant_t *)base;
  forget_gone(participant->participants);
  int status = visit_all(participant->publications, true, visit, arg);
  return status < 0 ? status : visit_all(participant->subscriptions, false, visit, arg);
}

// --- those that an endpoint of ours is matched with

typedef dds_return_t (*list_t)(dds_entity_t entity, dds_instance_handle_t *handles, size_t room);
typedef dds_builtintopic_endpoint_t *(*describe_t)(dds_entity_t entity, dds_instance_handle_t handle);

// One that has gone since the list was made is left out.
static int visit_matched(dds_entity_t entity, bool are_writers, list_t list, describe_t describe,
                         void (*visit)(void *arg, const whorl__remote_endpoint_t *endpoint), void *arg)
{
  dds_instance_handle_t some[16], *handles = some;
  size_t room = sizeof some / sizeof *some;
  dds_return_t count = list(entity, handles, room);
  if (count > 0 && (size_t)count > room) {
    room = 2 * (size_t)count; // some may come meanwhile; those that do are told by an event of their own
    handles = whorl__alloc(room * sizeof *handles);
    if (handles == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
    count = list(entity, handles, room);
  }
  for (dds_return_t i = 0; i < count && (size_t)i < room; i++) {
    dds_builtintopic_endpoint_t *found = describe(entity, handles[i]);
    if (found == NULL) continue;
    visit_one(found, are_writers, visit, arg);
    dds_builtintopic_free_endpoint(found);
  }
  if (handles != some) whorl__free(handles);
  return count < 0 ? whorl__cyclone_fail(count, "matched endpoints cannot be listed") : WHORL_OK;
}

int whorl__cyclone_writer_visit_matched(whorl__writer_t *base, void (*visit)(void *arg, const whorl__remote_endpoint_t *reader), void *arg)
{
  dds_entity_t entity = ((whorl__cyclone_writer_t *)base)->endpoint.entity;
  return visit_matched(entity, false, dds_get_matched_subscriptions, dds_get_matched_subscription_data, visit, arg);
}

int whorl__cyclone_reader_visit_matched(whorl__reader_t *base, void (*visit)(void *arg, const whorl__remote_endpoint_t *writer), void *arg)
{
  dds_entity_t entity = ((whorl__cyclone_reader_t *)base)->endpoint.entity;
  return visit_matched(entity, true, dds_get_matched_publications, dds_get_matched_publication_data, visit, arg);
}
