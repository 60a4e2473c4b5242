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
  if (writer->participant->domain_id != reader->participant->domain_id) return false;
  if (reader->ignore_local && writer->participant == reader->participant) return false;
  return strcmp(writer->dds_topic, reader->dds_topic) == 0 && strcmp(writer->type->dds_name, reader->type->dds_name) == 0;
}

static whorl__list_t *counterparts(const sim_endpoint_t *endpoint)
{
  whorl__sim_network_t *network = endpoint->participant->network;
  return endpoint->is_writer ? &network->readers : &network->writers;
}

static const sim_endpoint_t *writer_side(const sim_endpoint_t *one, const sim_endpoint_t *other) { return one->is_writer ? one : other; }
static const sim_endpoint_t *reader_side(const sim_endpoint_t *one, const sim_endpoint_t *other) { return one->is_writer ? other : one; }

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

static bool wants_history(const sim_writer_t *writer, const sim_reader_t *reader)
{
  return writer->endpoint.qos.durability == WHORL_DURABILITY_TRANSIENT_LOCAL &&
         reader->endpoint.qos.durability == WHORL_DURABILITY_TRANSIENT_LOCAL;
}

static sim_match_t *make_match(sim_endpoint_t *one, sim_endpoint_t *other)
{
  sim_match_t *match = whorl__alloc(sizeof *match);
  if (match == NULL) return NULL;
  match->writer = WHORL__CONTAINER(writer_side(one, other), sim_writer_t, endpoint);
  match->reader = WHORL__CONTAINER(reader_side(one, other), sim_reader_t, endpoint);
  return match;
}

// Everything of joining that can fail: one match per partner, and deliveries for what the partners have retained.
static int prepare(sim_endpoint_t *endpoint, whorl__list_t *matches)
{
  size_t retained = 0;
  whorl__list_t *others = counterparts(endpoint);
  for (whorl__link_t *link = whorl__list_first(others); link != NULL; link = whorl__list_next(others, link)) {
    sim_endpoint_t *other = WHORL__CONTAINER(link, sim_endpoint_t, link);
    const sim_endpoint_t *writer = writer_side(endpoint, other), *reader = reader_side(endpoint, other);
    if (!same_subject(writer, reader) || find_conflict(&writer->qos, &reader->qos) != NO_CONFLICT) continue;
    sim_match_t *match = make_match(endpoint, other);
    if (match == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory to match endpoints of %s", endpoint->dds_topic);
    whorl__list_append(matches, &match->writer_link);
    if (wants_history(match->writer, match->reader)) retained += match->writer->history_count;
  }
  return whorl__sim_reserve_deliveries(endpoint->participant->network, retained);
}

static void commit(sim_endpoint_t *endpoint, sim_match_t *match)
{
  sim_endpoint_t *writer = &match->writer->endpoint, *reader = &match->reader->endpoint;
  sim_endpoint_t *other = endpoint == writer ? reader : writer;
  whorl__list_append(&writer->matches, &match->writer_link);
  whorl__list_append(&reader->matches, &match->reader_link);
  sim_endpoint_t *both[] = {endpoint, other};
  for (int i = 0; i < 2; i++) {
    both[i]->matched++;
    both[i]->matched_total++;
    tell_matched(both[i]);
  }
  if (wants_history(match->writer, match->reader)) whorl__sim_send_history(match->writer, match->reader);
}

static void report_conflicts(sim_endpoint_t *endpoint)
{
  whorl__list_t *others = counterparts(endpoint);
  for (whorl__link_t *link = whorl__list_first(others); link != NULL; link = whorl__list_next(others, link)) {
    sim_endpoint_t *other = WHORL__CONTAINER(link, sim_endpoint_t, link);
    const sim_endpoint_t *writer = writer_side(endpoint, other), *reader = reader_side(endpoint, other);
    uint32_t policy = same_subject(writer, reader) ? find_conflict(&writer->qos, &reader->qos) : NO_CONFLICT;
    if (policy == NO_CONFLICT) continue;
    tell_incompatible(endpoint, policy);
    tell_incompatible(other, policy);
  }
}

int whorl__sim_join(sim_endpoint_t *endpoint)
{
  whorl__sim_network_t *network = endpoint->participant->network;
  whorl__list_t matches;
  whorl__list_init(&matches);
  int status = prepare(endpoint, &matches);
  whorl__link_t *link;
  if (status != WHORL_OK) {
    while ((link = whorl__list_pop(&matches)) != NULL) whorl__free(WHORL__CONTAINER(link, sim_match_t, writer_link));
    return status;
  }
  whorl__list_append(endpoint->is_writer ? &network->writers : &network->readers, &endpoint->link);
  while ((link = whorl__list_pop(&matches)) != NULL) commit(endpoint, WHORL__CONTAINER(link, sim_match_t, writer_link));
  report_conflicts(endpoint);
  whorl__sim_announce(network, endpoint->participant->domain_id);
  return WHORL_OK;
}

void whorl__sim_leave(sim_endpoint_t *endpoint)
{
  whorl__link_t *link;
  while ((link = whorl__list_first(&endpoint->matches)) != NULL) {
    sim_match_t *match = endpoint->is_writer ? WHORL__CONTAINER(link, sim_match_t, writer_link)
                                             : WHORL__CONTAINER(link, sim_match_t, reader_link);
    sim_endpoint_t *other = endpoint->is_writer ? &match->reader->endpoint : &match->writer->endpoint;
    whorl__list_remove(&match->writer_link);
    whorl__list_remove(&match->reader_link);
    whorl__free(match);
    other->matched--;
    tell_matched(other); // the closing side hears nothing any more
  }
  whorl__list_remove(&endpoint->link);
  whorl__sim_announce(endpoint->participant->network, endpoint->participant->domain_id);
}

void whorl__sim_announce(whorl__sim_network_t *network, uint32_t domain_id)
{
  for (whorl__link_t *link = whorl__list_first(&network->participants); link != NULL;
       link = whorl__list_next(&network->participants, link)) {
    sim_participant_t *participant = WHORL__CONTAINER(link, sim_participant_t, link);
    if (participant->domain_id == domain_id && participant->change != NULL) participant->change(participant->change_arg);
  }
}
