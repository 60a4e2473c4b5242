// Cyclone's listeners in terms of the seam's events.
//
// They are given at creation, as a listener that is set later misses what happened before. Cyclone calls one listener of an entity at a time
// and waits for it before dds_delete returns: that is the seam's promise about hooks. A reader's missed deadlines are ours to find (deadline.c). Lost samples
// are never told: Cyclone 0.10 counts them in its own history cache only, and only for orders by source time, not for gaps on the wire.
#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/tsan.h"

void whorl__cyclone_report(whorl__cyclone_endpoint_t *endpoint, whorl__endpoint_event_kind_t kind, uint32_t total, uint32_t current,
                           uint32_t policy)
{
  WHORL__TAKE(endpoint);
  const whorl__endpoint_event_t event = {.kind = kind, .total = total, .current = current, .policy = policy};
  if (endpoint->event != NULL) endpoint->event(endpoint->arg, &event);
  WHORL__GIVE(endpoint);
}

static void matched(whorl__cyclone_endpoint_t *endpoint, uint32_t total, uint32_t current)
{
  WHORL__TAKE(endpoint);
  atomic_fetch_add(&endpoint->participant->domain->match_generation, 1); // first: who has seen the count finds out who it is
  atomic_store(&endpoint->matched, current);
  whorl__cyclone_report(endpoint, WHORL__EVENT_MATCHED, total, current, 0);
}

static void publication_matched(dds_entity_t entity, const dds_publication_matched_status_t status, void *arg)
{
  (void)entity;
  whorl__cyclone_writer_t *writer = WHORL__CONTAINER(arg, whorl__cyclone_writer_t, endpoint);
  if (status.current_count_change > 0) atomic_fetch_add(&writer->arrivals, (unsigned)status.current_count_change);
  matched(arg, status.total_count, status.current_count);
}

static void subscription_matched(dds_entity_t entity, const dds_subscription_matched_status_t status, void *arg)
{
  (void)entity;
  whorl__cyclone_reader_t *reader = WHORL__CONTAINER(arg, whorl__cyclone_reader_t, endpoint);
  if (status.current_count == 0) whorl__cyclone_deadline_pause(&reader->history.deadline);
  matched(arg, status.total_count, status.current_count);
}

static void offered_incompatible(dds_entity_t entity, const dds_offered_incompatible_qos_status_t status, void *arg)
{
  (void)entity;
  whorl__cyclone_report(arg, WHORL__EVENT_INCOMPATIBLE_QOS, status.total_count, 0, status.last_policy_id);
}

static void requested_incompatible(dds_entity_t entity, const dds_requested_incompatible_qos_status_t status, void *arg)
{
  (void)entity;
  whorl__cyclone_report(arg, WHORL__EVENT_INCOMPATIBLE_QOS, status.total_count, 0, status.last_policy_id);
}

static void deadline_missed(dds_entity_t entity, const dds_offered_deadline_missed_status_t status, void *arg)
{
  (void)entity;
  whorl__cyclone_report(arg, WHORL__EVENT_DEADLINE_MISSED, status.total_count, 0, 0);
}

static void liveliness_lost(dds_entity_t entity, const dds_liveliness_lost_status_t status, void *arg)
{
  (void)entity;
  whorl__cyclone_report(arg, WHORL__EVENT_LIVELINESS, status.total_count, 0, 0);
}

static void liveliness_changed(dds_entity_t entity, const dds_liveliness_changed_status_t status, void *arg)
{
  (void)entity;
  whorl__cyclone_report(arg, WHORL__EVENT_LIVELINESS, status.alive_count + status.not_alive_count, status.alive_count, 0);
}

dds_listener_t *whorl__cyclone_writer_listener(whorl__cyclone_writer_t *writer)
{
  dds_listener_t *listener = dds_create_listener(&writer->endpoint);
  if (listener == NULL) return NULL;
  dds_lset_publication_matched(listener, publication_matched);
  dds_lset_offered_incompatible_qos(listener, offered_incompatible);
  dds_lset_offered_deadline_missed(listener, deadline_missed);
  dds_lset_liveliness_lost(listener, liveliness_lost);
  return listener;
}

dds_listener_t *whorl__cyclone_reader_listener(whorl__cyclone_reader_t *reader)
{
  dds_listener_t *listener = dds_create_listener(&reader->endpoint);
  if (listener == NULL) return NULL;
  dds_lset_subscription_matched(listener, subscription_matched);
  dds_lset_requested_incompatible_qos(listener, requested_incompatible);
  dds_lset_liveliness_changed(listener, liveliness_changed);
  return listener;
}
