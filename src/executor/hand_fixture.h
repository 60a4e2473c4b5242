// For tests of wait sets: a simulated world, a wait set and one thing of each kind that it can wait for, taken by hand; a body that runs as a task.
#ifndef WHORL_EXECUTOR_HAND_FIXTURE_H
#define WHORL_EXECUTOR_HAND_FIXTURE_H

#include <std_srvs/srv/set_bool.h>

#include "node/fixture.h"

typedef struct hand { // one of each kind
  fixture_t *fixture;
  whorl_wait_set_t set;
  whorl_publisher_t publisher;
  whorl_client_t client;
  whorl_wait_item_t subscription, service, timer, guard, waitable, future;
  whorl_wait_item_t ready[8];
  size_t count;
  int result;
} hand_t;

enum { MINUTE = 60 };

static inline hand_t make_hand(fixture_t *fixture)
{
  hand_t hand = {.fixture = fixture};
  whorl_node_t node = fixture->node;
  whorl_message_type_t type = INT32;
  whorl_service_type_t service_type = WHORL_SERVICE(std_srvs, srv, SetBool);
  hand.subscription.kind = WHORL_WAIT_SUBSCRIPTION;
  hand.service.kind = WHORL_WAIT_SERVICE;
  hand.timer.kind = WHORL_WAIT_TIMER;
  hand.guard.kind = WHORL_WAIT_GUARD_CONDITION;
  hand.waitable.kind = WHORL_WAIT_WAITABLE;
  hand.future.kind = WHORL_WAIT_FUTURE;
  assert_int_equal(whorl_wait_set_create(fixture->context, NULL, &hand.set), WHORL_OK);
  assert_int_equal(whorl_publisher_create(node, type, "topic", NULL, &hand.publisher), WHORL_OK);
  assert_int_equal(whorl_client_create(node, service_type, "service", NULL, &hand.client), WHORL_OK);
  assert_int_equal(whorl_subscription_create(node, type, "topic", NULL, NULL, &(whorl_subscription_options_t){.by_hand = true},
                                             &hand.subscription.on.subscription),
                   WHORL_OK);
  assert_int_equal(whorl_service_create(node, service_type, "service", NULL, NULL, &(whorl_service_options_t){.by_hand = true},
                                        &hand.service.on.service),
                   WHORL_OK);
  assert_int_equal(
      whorl_timer_create(node, WHORL_SECONDS(MINUTE), NULL, NULL, &(whorl_timer_options_t){.by_hand = true}, &hand.timer.on.timer),
      WHORL_OK);
  assert_int_equal(
      whorl_guard_condition_create(node, NULL, NULL, &(whorl_guard_condition_options_t){.by_hand = true}, &hand.guard.on.guard_condition),
      WHORL_OK);
  assert_int_equal(whorl_waitable_create(node, NULL, NULL, &(whorl_waitable_options_t){.by_hand = true}, &hand.waitable.on.waitable),
                   WHORL_OK);
  assert_int_equal(whorl_future_create(NULL, &hand.future.on.future), WHORL_OK);
  return hand;
}

static inline void end_hand(hand_t *hand)
{
  assert_int_equal(whorl_wait_set_destroy(hand->set), WHORL_OK);
  assert_int_equal(whorl_future_destroy(hand->future.on.future), WHORL_OK);
}

static inline void add(hand_t *hand, const whorl_wait_item_t *item) { assert_int_equal(whorl_wait_set_add(hand->set, item), WHORL_OK); }

static inline void add_all(hand_t *hand)
{
  add(hand, &hand->subscription);
  add(hand, &hand->service);
  add(hand, &hand->timer);
  add(hand, &hand->guard);
  add(hand, &hand->waitable);
  add(hand, &hand->future);
}

static inline void remove_all(hand_t *hand)
{
  whorl_wait_item_t *items[] = {&hand->guard, &hand->subscription, &hand->future, &hand->waitable, &hand->timer, &hand->service};
  for (int i = 0; i < 6; i++) assert_int_equal(whorl_wait_set_remove(hand->set, items[i]), WHORL_OK);
}

static inline int wait_for(hand_t *hand, int64_t timeout_ns)
{
  return hand->result = whorl_wait_set_wait(hand->set, timeout_ns, hand->ready, 8, &hand->count);
}

// Is this one thing ready, within a second?
static inline void expect_ready(hand_t *hand, whorl_wait_kind_t kind)
{
  assert_int_equal(wait_for(hand, WHORL_SECONDS(1)), WHORL_WAIT_READY);
  assert_int_equal(hand->count, 1);
  assert_int_equal(hand->ready[0].kind, kind);
}

static inline void expect_timeout(hand_t *hand)
{
  int64_t before_ns = whorl_now_ns();
  hand->count = 7;
  assert_int_equal(wait_for(hand, WHORL_MILLISECONDS(10)), WHORL_WAIT_TIMEOUT);
  assert_int_equal(hand->count, 0);
  assert_int_equal(whorl_now_ns() - before_ns, WHORL_MILLISECONDS(10));
}

static inline int publish(const hand_t *hand, int value)
{
  std_msgs__msg__Int32 message = {.data = value};
  return whorl_publish(hand->publisher, &message);
}

#define HAND_TEST(name)                                                                        \
  static int name##_body(hand_t *hand);                                                        \
  static int name##_task(void *arg) { return name##_body(arg); }                               \
  static void name(void **state)                                                               \
  {                                                                                            \
    hand_t hand = make_hand(*state);                                                           \
    assert_int_equal(whorl_simulation_run(hand.fixture->world, name##_task, &hand), WHORL_OK); \
    end_hand(&hand);                                                                           \
  }                                                                                            \
  static int name##_body(hand_t *hand)

#endif
