#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "transport/sim/network.h"
#include "whorl/status.h"

enum { FIRST_ENTITY = 4, WRITER_KIND = 0x03, READER_KIND = 0x04 };

static int make_user_data(const whorl__endpoint_options_t *options, char **ret_user_data)
{
  const char *before = options->user_data != NULL ? options->user_data : "";
  size_t size = strlen(before) + strlen(options->type->hash) + sizeof "typehash=;";
  char *user_data = whorl__alloc(size);
  if (user_data == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for an endpoint of %s", options->topic);
  snprintf(user_data, size, "%stypehash=%s;", before, options->type->hash);
  *ret_user_data = user_data;
  return WHORL_OK;
}

// What is the same for writers and readers. On failure nothing is left to undo.
static int init(sim_endpoint_t *endpoint, whorl__participant_t *participant, const whorl__endpoint_options_t *options, bool is_writer)
{
  *endpoint = (sim_endpoint_t){
      .participant = sim_participant_of(participant),
      .type = options->type,
      .qos = options->qos,
      .is_writer = is_writer,
      .ignore_local = options->ignore_local,
      .event = options->event,
      .arg = options->arg,
  };
  whorl__list_init(&endpoint->paths);
  bool avoid = options->qos.avoid_ros_namespace_conventions;
  endpoint->has_header = options->kind != WHORL__DDS_TOPIC;
  WHORL_TRY(whorl__dds_topic_name(options->kind, options->topic, avoid, endpoint->dds_topic, sizeof endpoint->dds_topic));
  return make_user_data(options, &endpoint->user_data);
}

// Network's lock held. The prefix is the participant's; the entity id counts as Cyclone's does.
static void make_gid(sim_endpoint_t *endpoint, uint8_t gid[16])
{
  endpoint->number = ++endpoint->participant->entities_opened;
  uint32_t entity = FIRST_ENTITY + endpoint->number - 1;
  memcpy(gid, endpoint->participant->base.gid, 12);
  gid[12] = (uint8_t)(entity >> 16);
  gid[13] = (uint8_t)(entity >> 8);
  gid[14] = (uint8_t)entity;
  gid[15] = endpoint->is_writer ? WRITER_KIND : READER_KIND;
  memcpy(endpoint->gid, gid, 16);
}

static int join(sim_endpoint_t *endpoint, uint8_t gid[16])
{
  whorl__sim_network_t *network = endpoint->participant->network;
  pthread_mutex_lock(&network->lock);
  make_gid(endpoint, gid);
  int status = whorl__sim_join(endpoint);
  if (status == WHORL_OK) endpoint->participant->open++;
  pthread_mutex_unlock(&network->lock);
  return status;
}

int whorl__sim_writer_open(whorl__participant_t *participant, const whorl__endpoint_options_t *options, whorl__writer_t **ret_writer)
{
  sim_writer_t *writer = whorl__alloc(sizeof *writer);
  if (writer == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a writer of %s", options->topic);
  int status = init(&writer->endpoint, participant, options, true);
  if (status != WHORL_OK) goto free_writer;
  writer->base.participant = participant;
  writer->base.type = options->type;
  status = join(&writer->endpoint, writer->base.gid);
  if (status != WHORL_OK) goto free_user_data;
  writer->base.instance = (uint64_t)writer->endpoint.participant->number << 32 | writer->endpoint.number;
  *ret_writer = &writer->base;
  return WHORL_OK;

free_user_data:
  whorl__free(writer->endpoint.user_data);
free_writer:
  whorl__free(writer);
  return status;
}

int whorl__sim_reader_open(whorl__participant_t *participant, const whorl__endpoint_options_t *options, whorl__reader_t **ret_reader)
{
  sim_reader_t *reader = whorl__alloc(sizeof *reader);
  if (reader == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a reader of %s", options->topic);
  int status = init(&reader->endpoint, participant, options, false);
  if (status != WHORL_OK) goto free_reader;
  status = whorl__reader_init(&reader->base, participant, options);
  if (status != WHORL_OK) goto free_user_data;
  status = join(&reader->endpoint, reader->base.gid);
  if (status != WHORL_OK) goto fini_ring;
  *ret_reader = &reader->base;
  return WHORL_OK;

fini_ring:
  whorl__ring_fini(&reader->base.ring);
free_user_data:
  whorl__free(reader->endpoint.user_data);
free_reader:
  whorl__free(reader);
  return status;
}

// --- closing

static void forget_history(sim_writer_t *writer)
{
  for (size_t i = 0; i < writer->history_count; i++) {
    whorl__sample_unref(&writer->history[(writer->history_head + i) % writer->history_capacity]->base);
  }
  writer->history_count = 0;
}

// Their memory; nothing refers to them any more.
static void release_writer(sim_writer_t *writer)
{
  whorl__free(writer->endpoint.user_data);
  whorl__free(writer->history);
  whorl__free(writer);
}

static void release_reader(sim_reader_t *reader)
{
  whorl__free(reader->endpoint.user_data);
  whorl__free(reader);
}

void whorl__sim_bury(sim_endpoint_t *endpoint)
{
  sim_participant_t *participant = endpoint->participant;
  whorl__sim_leave(endpoint);
  if (endpoint->is_writer)
    release_writer(WHORL__CONTAINER(endpoint, sim_writer_t, endpoint));
  else
    release_reader(WHORL__CONTAINER(endpoint, sim_reader_t, endpoint));
  participant->ghosts--;
  whorl__sim_participant_end(participant);
}

void whorl__sim_bury_all(whorl__sim_network_t *network, const sim_participant_t *participant)
{
  whorl__list_t *lists[] = {&network->writers, &network->readers};
  for (int i = 0; i < 2; i++) {
    for (whorl__link_t *link = whorl__list_first(lists[i]), *next; link != NULL; link = next) {
      next = whorl__list_next(lists[i], link);
      sim_endpoint_t *endpoint = WHORL__CONTAINER(link, sim_endpoint_t, link);
      if (endpoint->closed && (participant == NULL || endpoint->participant == participant)) whorl__sim_bury(endpoint);
    }
  }
}

// Lock held. True when it stays as a ghost: others go on believing in it for a while.
static bool close_endpoint(sim_endpoint_t *endpoint)
{
  sim_participant_t *participant = endpoint->participant;
  whorl__sim_network_t *network = participant->network;
  int64_t delay_ns = whorl__sim_discovery_delay(network, &endpoint->random);
  bool ghost = endpoint->announced && (participant->dead || delay_ns > 0) && whorl__sim_is_remembered(participant);
  whorl__sim_note_endpoint(endpoint, "close");
  endpoint->event = NULL;
  whorl__sim_watch_stop(endpoint);
  participant->open--;
  if (!ghost) {
    whorl__sim_leave(endpoint);
    return false;
  }
  endpoint->closed = true;
  participant->ghosts++;
  whorl__sim_part_locally(endpoint);
  if (!participant->dead) whorl__sim_arm(network, &endpoint->announcement, whorl__time_after(whorl__sim_steady_ns(network), delay_ns));
  return true;
}

void whorl__sim_writer_close(whorl__writer_t *base)
{
  sim_writer_t *writer = sim_writer_of(base);
  whorl__sim_network_t *network = writer->endpoint.participant->network;
  pthread_mutex_lock(&network->lock);
  bool ghost = close_endpoint(&writer->endpoint); // what it has sent still arrives
  forget_history(writer);
  pthread_mutex_unlock(&network->lock);
  if (!ghost) release_writer(writer);
}

void whorl__sim_reader_close(whorl__reader_t *base)
{
  sim_reader_t *reader = sim_reader_of(base);
  whorl__sim_network_t *network = reader->endpoint.participant->network;
  pthread_mutex_lock(&network->lock);
  bool ghost = close_endpoint(&reader->endpoint);
  pthread_mutex_unlock(&network->lock);
  whorl__ring_fini(&base->ring); // a ghost stores nothing
  if (!ghost) release_reader(reader);
}

static uint32_t read_matched(sim_endpoint_t *endpoint)
{
  whorl__sim_network_t *network = endpoint->participant->network;
  pthread_mutex_lock(&network->lock);
  uint32_t matched = endpoint->matched;
  pthread_mutex_unlock(&network->lock);
  return matched;
}

uint32_t whorl__sim_writer_matched(whorl__writer_t *writer) { return read_matched(&sim_writer_of(writer)->endpoint); }
uint32_t whorl__sim_reader_matched(whorl__reader_t *reader) { return read_matched(&sim_reader_of(reader)->endpoint); }
