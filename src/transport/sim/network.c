#include "transport/sim/network.h"

#include <assert.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "whorl/status.h"
#include "whorl/time.h"

static bool happens_earlier(const whorl__heap_node_t *a, const whorl__heap_node_t *b)
{
  const sim_event_t *x = WHORL__CONTAINER(a, sim_event_t, node), *y = WHORL__CONTAINER(b, sim_event_t, node);
  if (x->due_ns != y->due_ns) return x->due_ns < y->due_ns;
  return x->lapse != y->lapse ? y->lapse : x->order < y->order;
}

int whorl__sim_network_create(const whorl__sim_options_t *options, whorl__sim_network_t **ret_network)
{
  whorl__sim_network_t *network = whorl__alloc(sizeof *network);
  if (network == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a simulated network");
  network->options = *options;
  whorl__list_init(&network->participants);
  whorl__list_init(&network->pairs);
  whorl__list_init(&network->writers);
  whorl__list_init(&network->readers);
  whorl__list_init(&network->free_deliveries);
  whorl__heap_init(&network->events, happens_earlier);
  pthread_mutex_init(&network->lock, NULL);
  pthread_mutex_init(&network->pool_lock, NULL);
  *ret_network = network;
  return WHORL_OK;
}

void whorl__sim_network_destroy(whorl__sim_network_t *network)
{
  pthread_mutex_lock(&network->lock);
  whorl__sim_bury_all(network, NULL); // whose end nobody waited for
  pthread_mutex_unlock(&network->lock);
  assert(whorl__list_empty(&network->participants));
  assert(network->events.count == 0); // they ended with their readers
  assert(network->live_samples == 0);
  whorl__link_t *link;
  while ((link = whorl__list_pop(&network->free_deliveries)) != NULL) whorl__free(WHORL__CONTAINER(link, sim_delivery_t, link));
  while (network->free_samples != NULL) {
    sim_sample_t *sample = network->free_samples;
    network->free_samples = sample->next_free;
    whorl__free(sample);
  }
  pthread_mutex_destroy(&network->lock);
  pthread_mutex_destroy(&network->pool_lock);
  whorl__free(network);
}

int64_t whorl__sim_steady_ns(const whorl__sim_network_t *network)
{
  return network->options.now_ns != NULL ? network->options.now_ns(network->options.arg) : atomic_load(&network->own_now_ns);
}

int64_t whorl__sim_system_ns(whorl__participant_t *participant)
{
  return WHORL__SIM_EPOCH_NS + whorl__sim_steady_ns(sim_participant_of(participant)->network);
}

void whorl__sim_advance(whorl__sim_network_t *network, int64_t duration_ns)
{
  assert(network->options.now_ns == NULL && duration_ns >= 0);
  atomic_fetch_add(&network->own_now_ns, duration_ns);
}

void whorl__sim_throttle(whorl__sim_network_t *network, unsigned writes)
{
  pthread_mutex_lock(&network->lock);
  network->throttled_writes = writes;
  pthread_mutex_unlock(&network->lock);
}

// --- participants

static void put_number(uint8_t *bytes, uint32_t number)
{
  for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(number >> (24 - 8 * i));
}

// Looks like one of Cyclone's: the vendor, then what tells the simulation and the participant apart.
static void make_gid(uint8_t gid[16], uint64_t seed, uint32_t number)
{
  static const uint8_t participant_entity[4] = {0, 0, 1, 0xc1};
  gid[0] = 0x01;
  gid[1] = 0x10;
  gid[2] = 's';
  gid[3] = 'm';
  put_number(gid + 4, (uint32_t)(seed ^ seed >> 32));
  put_number(gid + 8, number);
  memcpy(gid + 12, participant_entity, sizeof participant_entity);
}

int whorl__sim_participant_open(whorl__sim_network_t *network, const whorl__participant_options_t *options,
                                whorl__participant_t **ret_participant)
{
  if (options->domain_id > 232) return whorl__fail(WHORL_INVALID_ARGUMENT, "domain %u is larger than 232", (unsigned)options->domain_id);
  sim_participant_t *participant = whorl__alloc(sizeof *participant);
  if (participant == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a participant");
  participant->base.ops = &whorl__sim_ops;
  participant->network = network;
  participant->domain_id = options->domain_id;
  pthread_mutex_lock(&network->lock);
  whorl__list_append(&network->participants, &participant->link);
  int status = whorl__sim_pairs_open(participant);
  if (status == WHORL_OK) {
    participant->number = ++network->participants_opened;
    make_gid(participant->base.gid, network->options.seed, participant->number);
    whorl__sim_note(network, "open participant %u in domain %u", participant->number, participant->domain_id);
  } else {
    whorl__list_remove(&participant->link);
  }
  pthread_mutex_unlock(&network->lock);
  if (status == WHORL_OK) {
    *ret_participant = &participant->base;
  } else {
    whorl__free(participant);
  }
  return status;
}

void whorl__sim_participant_end(sim_participant_t *participant)
{
  if (!participant->closed || participant->ghosts > 0) return;
  whorl__sim_pairs_close(participant);
  whorl__list_remove(&participant->link);
  whorl__free(participant);
}

static void participant_close(whorl__participant_t *base)
{
  sim_participant_t *participant = sim_participant_of(base);
  whorl__sim_network_t *network = participant->network;
  pthread_mutex_lock(&network->lock);
  assert(participant->open == 0);
  whorl__sim_note(network, "close participant %u", participant->number);
  participant->closed = true;
  participant->change = NULL;
  whorl__sim_participant_end(participant);
  pthread_mutex_unlock(&network->lock);
}

const whorl__transport_ops_t whorl__sim_ops = {
    .name = "sim",
    .participant_close = participant_close,
    .writer_open = whorl__sim_writer_open,
    .reader_open = whorl__sim_reader_open,
    .writer_close = whorl__sim_writer_close,
    .reader_close = whorl__sim_reader_close,
    .write = whorl__sim_write,
    .write_copy = whorl__sim_write_copy,
    .write_cdr = whorl__sim_write_cdr,
    .write_service = whorl__sim_write_service,
    .writer_visit_matched = whorl__sim_writer_visit_matched,
    .reader_visit_matched = whorl__sim_reader_visit_matched,
    .writer_hearing = whorl__sim_writer_hearing,
    .writer_matched = whorl__sim_writer_matched,
    .reader_matched = whorl__sim_reader_matched,
    .now_ns = whorl__sim_system_ns,
    .writer_wait_acknowledged = whorl__sim_writer_wait_acknowledged,
    .discovery_visit = whorl__sim_discovery_visit,
    .discovery_hook = whorl__sim_discovery_hook,
};
