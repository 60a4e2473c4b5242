// Test support: a chaos makes and ends publishers, subscriptions, timers and nodes.
#ifndef WHORL_SIMULATION_CHAOS_ENTITIES_H
#define WHORL_SIMULATION_CHAOS_ENTITIES_H

#include "simulation/chaos.h"

static whorl_qos_t draw_qos(chaos_t *chaos)
{
  whorl_qos_t qos = {.history = chance(chaos, 6) ? WHORL_HISTORY_KEEP_ALL : WHORL_HISTORY_KEEP_LAST};
  qos.depth = 1 + draw(chaos, 6);
  qos.reliability = chance(chaos, 2) ? WHORL_RELIABILITY_RELIABLE : WHORL_RELIABILITY_BEST_EFFORT;
  qos.durability = chance(chaos, 3) ? WHORL_DURABILITY_TRANSIENT_LOCAL : WHORL_DURABILITY_VOLATILE;
  qos.lifespan_ns = chance(chaos, 4) ? TICK + some_time(chaos, 300) : 0;
  qos.deadline_ns = chance(chaos, 4) ? 4 * TICK + some_time(chaos, 2000) : 0;
  qos.liveliness_lease_ns = chance(chaos, 6) ? 4 * TICK + some_time(chaos, 2000) : 0;
  qos.liveliness = chance(chaos, 6) ? WHORL_LIVELINESS_MANUAL_BY_TOPIC : WHORL_LIVELINESS_AUTOMATIC;
  return qos;
}

static const char *draw_topic(chaos_t *chaos)
{
  static const char *const topics[] = {"red", "green", "blue"};
  return topics[draw(chaos, 3)];
}

static whorl_node_t draw_node(chaos_t *chaos) { return chaos->nodes[draw(chaos, NODES)]; }

static void publish(chaos_t *chaos)
{
  std_msgs__msg__Int32 message = {.data = (int)draw(chaos, 1000)};
  expect(chaos, "publish", whorl_publish(chaos->publishers[draw(chaos, PUBLISHERS)], &message), &GONE);
}

// What any event must say of itself.
static void check_event(chaos_t *chaos, const whorl_qos_event_t *event)
{
  bool misfit = event->kind == WHORL_QOS_EVENT_INCOMPATIBLE_QOS;
  chaos->events++;
  write_down(chaos, 3 + (unsigned)event->kind, (int)event->total);
  assert_true(event->kind <= WHORL_QOS_EVENT_BACKLOG && event->topic[0] == '/');
  bool counts_up = event->kind != WHORL_QOS_EVENT_LIVELINESS; // there total is of those that are known
  assert_true(!counts_up || (event->total_change >= 0 && (uint32_t)event->total_change <= event->total));
  assert_true(event->kind != WHORL_QOS_EVENT_MATCHED || event->current <= event->total);
  assert_true(misfit == (event->text[0] != '\0') && misfit == (event->policy != WHORL_QOS_POLICY_NONE));
}

static int on_publisher_event(const whorl_qos_event_t *event, void *arg)
{
  check_event(arg, event);
  return act(arg);
}

static void change_publisher(chaos_t *chaos, bool create)
{
  whorl_publisher_t *place = &chaos->publishers[draw(chaos, PUBLISHERS)], fresh = {0};
  if (create) {
    whorl_qos_t qos = draw_qos(chaos);
    const whorl_publisher_options_t options = {.qos = &qos, .on_event = chance(chaos, 2) ? on_publisher_event : NULL, .event_arg = chaos};
    int status = whorl_publisher_create(draw_node(chaos), INT32, draw_topic(chaos), &options, &fresh);
    if (expect(chaos, "make publisher", status, &GONE_OR_SHUT) < 0) return;
  }
  whorl_publisher_t old = *place; // what is ended stays in its place, and is used and ended again
  if (create) *place = fresh;
  expect(chaos, "end publisher", whorl_publisher_destroy(old), &GONE);
}

// The ring's sum is asserted where the ring ends (ring.c). Here: nobody was called for what was not taken, and nothing was taken for nobody.
static void check_heard(const heard_t *heard, bool nothing_left)
{
  whorl_subscription_counts_t counts;
  if (whorl_subscription_read_counts(heard->subscription, &counts) < 0) return;
  assert_true(counts.taken == heard->callbacks || (heard->chaos->scarce && counts.taken > heard->callbacks));
  assert_true(counts.malformed == 0);
  assert_true(counts.received >= counts.taken + counts.dropped + counts.expired);
  if (nothing_left) assert_true(counts.received == counts.taken + counts.dropped + counts.expired);
}

// Callbacks of one entity take turns, those for messages and those for events.
static int act_in_turn(heard_t *heard)
{
  if (!heard->alone) return act(heard->chaos);
  assert_false(heard->inside);
  heard->inside = true;
  int status = act(heard->chaos);
  heard->inside = false;
  return status;
}

static int on_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  heard_t *heard = arg;
  chaos_t *chaos = heard->chaos;
  (void)info;
  heard->callbacks++;
  chaos->callbacks++;
  write_down(chaos, 1, ((const std_msgs__msg__Int32 *)message)->data);
  if (!chaos->calm && chance(chaos, 60)) expect(chaos, "end own subscription", whorl_subscription_destroy(heard->subscription), &GONE);
  return act_in_turn(heard);
}

static int on_subscription_event(const whorl_qos_event_t *event, void *arg)
{
  heard_t *heard = arg;
  chaos_t *chaos = heard->chaos;
  check_event(chaos, event);
  if (!chaos->calm && chance(chaos, 60)) expect(chaos, "end own subscription", whorl_subscription_destroy(heard->subscription), &GONE);
  return act_in_turn(heard);
}

static void change_subscription(chaos_t *chaos, bool create)
{
  static const uint32_t in_flight[] = {1, 1, 2, WHORL_UNLIMITED};
  heard_t *fresh = NULL;
  if (create) {
    whorl_qos_t qos = draw_qos(chaos);
    fresh = &chaos->heard[chaos->heard_count++];
    *fresh = (heard_t){.chaos = chaos};
    whorl_subscription_options_t options = {
        .qos = &qos, .max_in_flight = in_flight[draw(chaos, 4)], .keep_all_limit = 1 + draw(chaos, 20), .event_arg = fresh};
    if (chance(chaos, 2)) options.on_event = on_subscription_event;
    fresh->alone = options.max_in_flight == 1;
    int status = whorl_subscription_create(draw_node(chaos), INT32, draw_topic(chaos), on_message, fresh, &options, &fresh->subscription);
    if (expect(chaos, "make subscription", status, &GONE_OR_SHUT) < 0) return;
  }
  heard_t **place = &chaos->subscriptions[draw(chaos, SUBSCRIPTIONS)], *old = *place;
  *place = fresh;
  if (old == NULL) return;
  check_heard(old, false);
  expect(chaos, "end subscription", whorl_subscription_destroy(old->subscription), &GONE);
}

static int on_timer(const whorl_timer_info_t *info, void *arg)
{
  ticked_t *ticked = arg;
  chaos_t *chaos = ticked->chaos;
  write_down(chaos, 2, (int)info->missed);
  if (++ticked->calls >= 3 && ticked->period_ns == 0) // else no time would pass
    expect(chaos, "stop own timer", whorl_timer_cancel(ticked->timer), &GONE);
  if (!chaos->calm && chance(chaos, 60)) expect(chaos, "end own timer", whorl_timer_destroy(ticked->timer), &GONE);
  return act(chaos);
}

static void change_timer(chaos_t *chaos, bool create)
{
  ticked_t *fresh = NULL;
  if (create) {
    fresh = &chaos->ticked[chaos->ticked_count++];
    *fresh = (ticked_t){.chaos = chaos, .period_ns = chance(chaos, 5) ? 0 : 2 * TICK + some_time(chaos, 2000)};
    const whorl_timer_options_t options = {.stopped = chance(chaos, 8)};
    int status = whorl_timer_create(draw_node(chaos), fresh->period_ns, on_timer, fresh, &options, &fresh->timer);
    if (expect(chaos, "make timer", status, &GONE_OR_SHUT) < 0) return;
  }
  ticked_t **place = &chaos->timers[draw(chaos, TIMERS)], *old = *place;
  *place = fresh;
  if (old != NULL) expect(chaos, "end timer", whorl_timer_destroy(old->timer), &GONE);
}

static void reset_or_cancel_a_timer(chaos_t *chaos)
{
  const ticked_t *ticked = chaos->timers[draw(chaos, TIMERS)];
  if (ticked == NULL) return;
  if (chance(chaos, 2))
    expect(chaos, "stop timer", whorl_timer_cancel(ticked->timer), &GONE);
  else
    expect(chaos, "reset timer", whorl_timer_reset(ticked->timer), &GONE);
}

static void change_node(chaos_t *chaos, bool create)
{
  whorl_node_t *place = &chaos->nodes[draw(chaos, NODES)], fresh = {0};
  if (create) {
    int status = whorl_node_create(chaos->contexts[draw(chaos, CONTEXTS)], "restless", NULL, &fresh);
    if (expect(chaos, "make node", status, &GONE_OR_SHUT) < 0) return;
  }
  whorl_node_t old = *place;
  if (create) *place = fresh;
  expect(chaos, "end node", whorl_node_destroy(old), &GONE);
}

#endif
