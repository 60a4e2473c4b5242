#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "transport/sim/network.h"
#include "whorl/status.h"

// DDS policy ids.
enum { NO_CONFLICT = 0, DURABILITY = 2, DEADLINE = 4, LIVELINESS = 8, RELIABILITY = 11 };

// The first policy in which the reader asks for more than the writer offers; profiles are resolved.
static uint32_t find_conflict(const whorl_qos_t *offered, const whorl_qos_t *requested)
{
  if (offered->reliability == WHORL_RELIABILITY_BEST_EFFORT && requested->reliability == WHORL_RELIABILITY_RELIABLE) return RELIABILITY;
  if (offered->durability == WHORL_DURABILITY_VOLATILE && requested->durability == WHORL_DURABILITY_TRANSIENT_LOCAL) return DURABILITY;
  if (offered->deadline_ns > requested->deadline_ns) return DEADLINE;
  if (offered->liveliness == WHORL_LIVELINESS_AUTOMATIC && requested->liveliness == WHORL_LIVELINESS_MANUAL_BY_TOPIC) return LIVELINESS;
  if (offered->liveliness_lease_ns > requested->liveliness_lease_ns) return LIVELINESS;
  return NO_CONFLICT;
}

// Do these two speak of the same thing, QoS aside?
static bool same_subject(const sim_endpoint_t *writer, const sim_endpoint_t *reader)
{
  if (writer->participant->domain_id != reader->participant->domain_id || writer->closed || reader->closed) return false;
  if (reader->ignore_local && writer->participant == reader->participant) return false;
  return strcmp(writer->dds_topic, reader->dds_topic) == 0 && strcmp(writer->type->dds_name, reader->type->dds_name) == 0;
}

// Does each of them know that the other one is there?
static bool know_each_other(const sim_endpoint_t *one, const sim_endpoint_t *other, const sim_pair_t *pair)
{
  return one->participant == other->participant || (pair->known && one->announced && other->announced);
}

static whorl__list_t *counterparts(const sim_endpoint_t *endpoint)
{
  whorl__sim_network_t *network = endpoint->participant->network;
  return endpoint->is_writer ? &network->readers : &network->writers;
}

static sim_endpoint_t *writer_side(sim_endpoint_t *one, sim_endpoint_t *other) { return one->is_writer ? one : other; }
static sim_endpoint_t *reader_side(sim_endpoint_t *one, sim_endpoint_t *other) { return one->is_writer ? other : one; }

static sim_path_t *path_at(const sim_endpoint_t *endpoint, whorl__link_t *link)
{
  return endpoint->is_writer ? WHORL__CONTAINER(link, sim_path_t, writer_link) : WHORL__CONTAINER(link, sim_path_t, reader_link);
}

static void call(sim_endpoint_t *endpoint, whorl__endpoint_event_t event)
{
  if (endpoint->event != NULL) endpoint->event(endpoint->arg, &event);
}

static void tell_matched(sim_endpoint_t *endpoint)
{
  call(endpoint, (whorl__endpoint_event_t){.kind = WHORL__EVENT_MATCHED, .total = endpoint->matched_total, .current = endpoint->matched});
}

static void tell_incompatible(sim_endpoint_t *endpoint, uint32_t policy)
{
  endpoint->incompatible_total++;
  call(endpoint, (whorl__endpoint_event_t){.kind = WHORL__EVENT_INCOMPATIBLE_QOS, .total = endpoint->incompatible_total, .policy = policy});
}

// --- meeting and parting

static bool wants_history(const sim_path_t *path)
{
  return path->writer->endpoint.qos.durability == WHORL_DURABILITY_TRANSIENT_LOCAL &&
         path->reader->endpoint.qos.durability == WHORL_DURABILITY_TRANSIENT_LOCAL;
}

// `first` is told first. Deliveries for what is retained are reserved.
static void meet(sim_path_t *path, sim_endpoint_t *first)
{
  sim_endpoint_t *writer = &path->writer->endpoint, *reader = &path->reader->endpoint;
  sim_endpoint_t *both[] = {first, first == writer ? reader : writer};
  path->met = true;
  whorl__sim_note_path(path, "meet");
  for (int i = 0; i < 2; i++) {
    both[i]->matched++;
    both[i]->matched_total++;
    tell_matched(both[i]);
  }
  whorl__sim_watch_met(path);
  if (wants_history(path)) whorl__sim_send_history(path);
  if (!wants_history(path) && path->received < path->writer->sequence) path->received = path->writer->sequence; // nothing of before
}

static void part(sim_path_t *path)
{
  if (!path->met) return;
  path->met = false;
  whorl__sim_note_path(path, "part");
  sim_endpoint_t *both[] = {&path->writer->endpoint, &path->reader->endpoint};
  for (int i = 0; i < 2; i++) {
    both[i]->matched--;
    tell_matched(both[i]); // one that is closing hears nothing any more
  }
  whorl__sim_watch_parted(path);
}

// Later than an open there is nobody to be told that memory is lacking: what is retained is lost then, and counted.
static void meet_later(sim_path_t *path, sim_endpoint_t *first)
{
  size_t needed = wants_history(path) ? whorl__sim_history_needs(path) : 0;
  if (whorl__sim_reserve_deliveries(first->participant->network, needed) < 0) {
    path->received = path->writer->sequence;
    whorl__sim_lose(path->reader, (uint32_t)needed);
  }
  meet(path, first);
}

static void meet_if_known(sim_path_t *path, sim_endpoint_t *first)
{
  if (!path->met && know_each_other(&path->writer->endpoint, &path->reader->endpoint, path->pair)) meet_later(path, first);
}

static void conflict_if_known(sim_endpoint_t *endpoint, bool (*chosen)(const sim_endpoint_t *one, const sim_endpoint_t *other))
{
  whorl__list_t *others = counterparts(endpoint);
  for (whorl__link_t *link = whorl__list_first(others); link != NULL; link = whorl__list_next(others, link)) {
    sim_endpoint_t *other = WHORL__CONTAINER(link, sim_endpoint_t, link);
    const sim_endpoint_t *writer = writer_side(endpoint, other), *reader = reader_side(endpoint, other);
    uint32_t policy = same_subject(writer, reader) ? find_conflict(&writer->qos, &reader->qos) : NO_CONFLICT;
    if (policy == NO_CONFLICT || !chosen(endpoint, other)) continue;
    if (!know_each_other(endpoint, other, whorl__sim_pair(endpoint->participant, other->participant))) continue;
    whorl__sim_note(endpoint->participant->network, "refuse %s %u.%u>%u.%u policy %u", endpoint->dds_topic, writer->participant->number,
                    writer->number, reader->participant->number, reader->number, policy);
    tell_incompatible(endpoint, policy);
    tell_incompatible(other, policy);
  }
}

static bool is_any(const sim_endpoint_t *one, const sim_endpoint_t *other) { return one != other; }
static bool is_remote(const sim_endpoint_t *one, const sim_endpoint_t *other) { return one->participant != other->participant; }

// --- joining

static sim_path_t *make_path(sim_endpoint_t *one, sim_endpoint_t *other)
{
  sim_path_t *path = whorl__alloc(sizeof *path);
  if (path == NULL) return NULL;
  sim_endpoint_t *writer = writer_side(one, other), *reader = reader_side(one, other);
  path->writer = WHORL__CONTAINER(writer, sim_writer_t, endpoint);
  path->reader = WHORL__CONTAINER(reader, sim_reader_t, endpoint);
  path->pair = whorl__sim_pair(writer->participant, reader->participant);
  path->end = path->pair->ends[0] == writer->participant ? 0 : 1;
  path->writer_ids[0] = writer->participant->number;
  path->writer_ids[1] = writer->number;
  path->random = whorl__sim_random_seed(writer->participant->network->options.seed, writer->gid, reader->gid);
  whorl__list_init(&path->deliveries);
  whorl__sim_watch_path_init(path);
  return path;
}

// Everything of joining that can fail: one path per partner, and deliveries for what the partners have retained.
static int prepare(sim_endpoint_t *endpoint, whorl__list_t *paths)
{
  size_t retained = 0;
  whorl__list_t *others = counterparts(endpoint);
  for (whorl__link_t *link = whorl__list_first(others); link != NULL; link = whorl__list_next(others, link)) {
    sim_endpoint_t *other = WHORL__CONTAINER(link, sim_endpoint_t, link);
    const sim_endpoint_t *writer = writer_side(endpoint, other), *reader = reader_side(endpoint, other);
    if (!same_subject(writer, reader) || find_conflict(&writer->qos, &reader->qos) != NO_CONFLICT) continue;
    sim_path_t *path = make_path(endpoint, other);
    if (path == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory to match endpoints of %s", endpoint->dds_topic);
    whorl__list_append(paths, &path->writer_link);
    if (wants_history(path) && know_each_other(writer, reader, path->pair)) retained += whorl__sim_history_needs(path);
  }
  return whorl__sim_reserve_deliveries(endpoint->participant->network, retained);
}

static void announced(whorl__sim_network_t *network, sim_event_t *event)
{
  sim_endpoint_t *endpoint = WHORL__CONTAINER(event, sim_endpoint_t, announcement);
  uint32_t domain_id = endpoint->participant->domain_id;
  if (endpoint->closed) { // now they know that, too
    whorl__sim_bury(endpoint);
    return;
  }
  endpoint->announced = true;
  whorl__sim_note_endpoint(endpoint, "discover");
  for (whorl__link_t *link = whorl__list_first(&endpoint->paths); link != NULL;) {
    sim_path_t *path = path_at(endpoint, link);
    link = whorl__list_next(&endpoint->paths, link);
    if (path->writer != NULL) meet_if_known(path, endpoint);
  }
  conflict_if_known(endpoint, is_remote);
  whorl__sim_announce(network, domain_id);
}

int whorl__sim_join(sim_endpoint_t *endpoint)
{
  whorl__sim_network_t *network = endpoint->participant->network;
  whorl__list_t paths;
  whorl__list_init(&paths);
  endpoint->random = whorl__sim_random_seed(network->options.seed, endpoint->gid, endpoint->gid);
  int64_t delay_ns = whorl__sim_discovery_delay(network, &endpoint->random);
  endpoint->announced = delay_ns == 0;
  endpoint->announcement = (sim_event_t){.happen = announced};
  whorl__sim_watch_init(endpoint);
  int status = endpoint->participant->dead ? WHORL_OK : prepare(endpoint, &paths);
  whorl__link_t *link;
  if (status != WHORL_OK) {
    while ((link = whorl__list_pop(&paths)) != NULL) whorl__free(WHORL__CONTAINER(link, sim_path_t, writer_link));
    return status;
  }
  whorl__list_append(endpoint->is_writer ? &network->writers : &network->readers, &endpoint->link);
  if (endpoint->participant->dead) {
    endpoint->announced = false;
    endpoint->event = NULL;
    return WHORL_OK;
  }
  whorl__sim_note_endpoint(endpoint, "open");
  while ((link = whorl__list_pop(&paths)) != NULL) {
    sim_path_t *path = WHORL__CONTAINER(link, sim_path_t, writer_link);
    whorl__list_append(&path->writer->endpoint.paths, &path->writer_link);
    whorl__list_append(&path->reader->endpoint.paths, &path->reader_link);
    if (know_each_other(&path->writer->endpoint, &path->reader->endpoint, path->pair)) meet(path, endpoint);
  }
  conflict_if_known(endpoint, is_any);
  if (delay_ns > 0) whorl__sim_arm(network, &endpoint->announcement, whorl__time_after(whorl__sim_steady_ns(network), delay_ns));
  whorl__sim_announce(network, endpoint->participant->domain_id);
  return WHORL_OK;
}

// --- leaving

void whorl__sim_release_path(sim_path_t *path)
{
  if (path->writer != NULL || !whorl__list_empty(&path->deliveries)) return;
  whorl__list_remove(&path->reader_link);
  whorl__free(path);
}

static void leave_path(sim_path_t *path, bool writer_leaves)
{
  if (path->writer != NULL) {
    part(path);
    whorl__sim_drop_deliveries(path, true); // nobody is left who could send them again
    whorl__list_remove(&path->writer_link);
    path->writer = NULL;
    path->pair = NULL;
  }
  if (!writer_leaves) whorl__sim_drop_deliveries(path, false);
  whorl__sim_release_path(path);
}

void whorl__sim_leave(sim_endpoint_t *endpoint)
{
  whorl__link_t *link;
  while ((link = whorl__list_first(&endpoint->paths)) != NULL) leave_path(path_at(endpoint, link), endpoint->is_writer);
  whorl__sim_disarm(endpoint->participant->network, &endpoint->announcement);
  whorl__list_remove(&endpoint->link);
  whorl__sim_announce(endpoint->participant->network, endpoint->participant->domain_id);
}

void whorl__sim_part_locally(sim_endpoint_t *endpoint)
{
  for (whorl__link_t *link = whorl__list_first(&endpoint->paths), *next; link != NULL; link = next) {
    next = whorl__list_next(&endpoint->paths, link);
    sim_path_t *path = path_at(endpoint, link);
    bool local = path->writer == NULL || path->writer->endpoint.participant == path->reader->endpoint.participant;
    if (local) leave_path(path, endpoint->is_writer);
  }
}

// --- all of two participants

static void for_all(whorl__sim_network_t *network, const sim_pair_t *pair, void (*act)(sim_path_t *path))
{
  for (whorl__link_t *link = whorl__list_first(&network->writers); link != NULL; link = whorl__list_next(&network->writers, link)) {
    sim_endpoint_t *writer = WHORL__CONTAINER(link, sim_endpoint_t, link);
    for (whorl__link_t *p = whorl__list_first(&writer->paths); p != NULL; p = whorl__list_next(&writer->paths, p)) {
      sim_path_t *path = WHORL__CONTAINER(p, sim_path_t, writer_link);
      if (path->pair == pair) act(path);
    }
  }
}

static void meet_again(sim_path_t *path)
{
  if (!path->writer->endpoint.closed && !path->reader->endpoint.closed) meet_if_known(path, &path->writer->endpoint);
}

static void part_and_drop(sim_path_t *path)
{
  part(path);
  whorl__sim_drop_deliveries(path, true);
}

void whorl__sim_meet_all(whorl__sim_network_t *network, sim_pair_t *pair) { for_all(network, pair, meet_again); }
void whorl__sim_part_all(whorl__sim_network_t *network, sim_pair_t *pair) { for_all(network, pair, part_and_drop); }

void whorl__sim_announce(whorl__sim_network_t *network, uint32_t domain_id)
{
  for (whorl__link_t *link = whorl__list_first(&network->participants); link != NULL;
       link = whorl__list_next(&network->participants, link)) {
    sim_participant_t *participant = WHORL__CONTAINER(link, sim_participant_t, link);
    if (participant->domain_id == domain_id && participant->change != NULL) participant->change(participant->change_arg);
  }
}
