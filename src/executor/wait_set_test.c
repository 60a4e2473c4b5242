// Wait sets, and what is ready taken by hand, in virtual time. Rows WST. Everything happens in tasks, as a plain thread may not wait in a simulated world.
#include <stdio.h>

#include "base/memory.h"
#include "executor/hand_fixture.h"

HAND_TEST(WST_09_an_idle_subscription_times_out_and_is_ready_after_a_publish)
{
  const void *message;
  whorl_message_info_t info;
  add(hand, &hand->subscription);
  expect_timeout(hand);
  WHORL_TRY(publish(hand, 42));
  expect_ready(hand, WHORL_WAIT_SUBSCRIPTION);
  WHORL_TRY(whorl_subscription_take(hand->ready[0].on.subscription, &message, &info));
  assert_int_equal(((const std_msgs__msg__Int32 *)message)->data, 42);
  assert_true(info.source_timestamp_ns > 0);
  whorl_message_release(message);
  assert_int_equal(whorl_subscription_take(hand->ready[0].on.subscription, &message, NULL), WHORL_WOULD_BLOCK);
  expect_timeout(hand);
  return WHORL_OK;
}

HAND_TEST(a_message_that_is_not_taken_stays_ready)
{
  const void *message;
  add(hand, &hand->subscription);
  WHORL_TRY(publish(hand, 1));
  WHORL_TRY(publish(hand, 2));
  expect_ready(hand, WHORL_WAIT_SUBSCRIPTION);
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(100)));
  for (int i = 1; i <= 2; i++) {
    expect_ready(hand, WHORL_WAIT_SUBSCRIPTION);
    WHORL_TRY(whorl_subscription_take(hand->subscription.on.subscription, &message, NULL));
    assert_int_equal(((const std_msgs__msg__Int32 *)message)->data, i);
    whorl_message_release(message);
  }
  expect_timeout(hand);
  return WHORL_OK;
}

HAND_TEST(WST_09_a_service_is_ready_after_a_request_and_its_future_after_the_answer)
{
  const std_srvs__srv__SetBool_Request request = {.data = true};
  std_srvs__srv__SetBool_Response answer = {0};
  const void *taken;
  void *response;
  whorl_service_call_t call;
  whorl_future_t future;
  add(hand, &hand->service);
  expect_timeout(hand);
  WHORL_TRY(whorl_client_wait_for_service(hand->client));
  WHORL_TRY(whorl_client_send(hand->client, &request, &future));
  whorl_wait_item_t answered = whorl_wait_on_future(future, hand);
  add(hand, &answered);
  expect_ready(hand, WHORL_WAIT_SERVICE);
  WHORL_TRY(whorl_service_take(hand->service.on.service, &taken, &response, &call));
  assert_true(((const std_srvs__srv__SetBool_Request *)taken)->data);
  expect_timeout(hand);
  ((std_srvs__srv__SetBool_Response *)response)->success = true;
  WHORL_TRY(whorl_service_call_answer(call));
  assert_int_equal(whorl_service_call_answer(call), WHORL_DESTROYED);
  expect_ready(hand, WHORL_WAIT_FUTURE);
  assert_ptr_equal(hand->ready[0].arg, hand);
  WHORL_TRY(whorl_future_take(hand->ready[0].on.future, &answer));
  assert_true(answer.success);
  std_srvs__srv__SetBool_Response__fini(&answer);
  return whorl_future_destroy(future);
}

HAND_TEST(WST_09_a_due_timer_ends_the_wait_at_its_time)
{
  whorl_timer_info_t info;
  int64_t before_ns = whorl_now_ns();
  add(hand, &hand->timer);
  assert_int_equal(whorl_timer_take(hand->timer.on.timer, &info), WHORL_WOULD_BLOCK);
  assert_int_equal(wait_for(hand, WHORL_FOREVER), WHORL_WAIT_READY);
  assert_int_equal(whorl_now_ns() - before_ns, WHORL_SECONDS(MINUTE));
  WHORL_TRY(whorl_timer_take(hand->timer.on.timer, &info));
  assert_int_equal(info.missed, 0);
  assert_int_equal(info.actual_ns, info.expected_ns);
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(2 * MINUTE + 1)));
  assert_int_equal(wait_for(hand, 0), WHORL_WAIT_READY);
  WHORL_TRY(whorl_timer_take(hand->timer.on.timer, &info));
  assert_int_equal(info.missed, 1); // the phase is kept, and one call stands for all
  assert_int_equal(whorl_timer_take(hand->timer.on.timer, NULL), WHORL_WOULD_BLOCK);
  return WHORL_OK;
}

HAND_TEST(a_future_that_was_complete_before_is_ready_until_it_is_removed)
{
  WHORL_TRY(whorl_future_complete(hand->future.on.future, WHORL_OK, NULL));
  add(hand, &hand->future);
  for (int i = 0; i < 2; i++) expect_ready(hand, WHORL_WAIT_FUTURE);
  WHORL_TRY(whorl_wait_set_remove(hand->set, &hand->future));
  assert_int_equal(wait_for(hand, 0), WHORL_WAIT_EMPTY);
  return WHORL_OK;
}

HAND_TEST(WST_04_one_of_each_kind_and_nothing_after_their_removal)
{
  add_all(hand);
  expect_timeout(hand);
  WHORL_TRY(whorl_guard_condition_trigger(hand->guard.on.guard_condition));
  expect_ready(hand, WHORL_WAIT_GUARD_CONDITION);
  remove_all(hand);
  assert_int_equal(wait_for(hand, WHORL_SECONDS(1)), WHORL_WAIT_EMPTY);
  assert_int_equal(hand->count, 0);
  add_all(hand); // and they may come back
  expect_timeout(hand);
  return WHORL_OK;
}

HAND_TEST(WST_05_what_is_ready_comes_back_with_the_users_pointer)
{
  whorl_wait_item_t guard = whorl_wait_on_guard_condition(hand->guard.on.guard_condition, &hand->result);
  whorl_wait_item_t waitable = whorl_wait_on_waitable(hand->waitable.on.waitable, &hand->count);
  add(hand, &guard);
  add(hand, &waitable);
  WHORL_TRY(whorl_guard_condition_trigger(hand->guard.on.guard_condition));
  WHORL_TRY(whorl_guard_condition_trigger(hand->guard.on.guard_condition));
  WHORL_TRY(whorl_waitable_signal(hand->waitable.on.waitable, 5));
  WHORL_TRY(whorl_waitable_signal(hand->waitable.on.waitable, 1));
  assert_int_equal(wait_for(hand, WHORL_SECONDS(1)), WHORL_WAIT_READY);
  assert_int_equal(hand->count, 2);
  assert_ptr_equal(hand->ready[0].arg, &hand->result);
  assert_int_equal(hand->ready[0].signals, 2);
  assert_ptr_equal(hand->ready[1].arg, &hand->count);
  assert_int_equal(hand->ready[1].signals, 1 << 5 | 1 << 1);
  expect_timeout(hand); // the wait has taken them
  return WHORL_OK;
}

HAND_TEST(WST_06_waiting_for_nothing_ends_at_once)
{
  int64_t before_ns = whorl_now_ns();
  assert_int_equal(wait_for(hand, WHORL_FOREVER), WHORL_WAIT_EMPTY);
  assert_int_equal(whorl_now_ns(), before_ns);
  return WHORL_OK;
}

HAND_TEST(WST_07_the_dead_are_dropped)
{
  whorl_timer_t timer = hand->timer.on.timer;
  whorl_future_t future;
  WHORL_TRY(whorl_future_create(NULL, &future));
  whorl_wait_item_t short_lived = whorl_wait_on_future(future, NULL);
  add(hand, &hand->timer);
  add(hand, &hand->subscription);
  add(hand, &short_lived);
  WHORL_TRY(whorl_timer_set_period(timer, WHORL_MILLISECONDS(1)));
  WHORL_TRY(whorl_timer_reset(timer));
  WHORL_TRY(whorl_timer_destroy(timer));
  expect_timeout(hand);
  WHORL_TRY(whorl_subscription_destroy(hand->subscription.on.subscription));
  WHORL_TRY(whorl_future_destroy(future));
  assert_int_equal(wait_for(hand, WHORL_SECONDS(1)), WHORL_WAIT_EMPTY);
  assert_int_equal(whorl_wait_set_remove(hand->set, &hand->subscription), WHORL_NOT_ADDED);
  assert_int_equal(whorl_wait_set_add(hand->set, &hand->subscription), WHORL_DESTROYED);
  return WHORL_OK;
}

HAND_TEST(WST_02_added_and_removed_in_any_order_twice_and_unknown_are_errors)
{
  assert_int_equal(whorl_wait_set_remove(hand->set, &hand->guard), WHORL_NOT_ADDED);
  assert_string_equal(whorl_detail(), "the guard condition is not in wait set 'wait set'");
  const whorl_wait_item_t *items[] = {&hand->subscription, &hand->service, &hand->timer, &hand->guard, &hand->waitable, &hand->future};
  for (int i = 0; i < 6; i++) {
    add(hand, items[i]);
    assert_int_equal(whorl_wait_set_add(hand->set, items[i]), WHORL_ALREADY_ADDED);
  }
  assert_string_equal(whorl_detail(), "the future is in wait set 'wait set' already");
  remove_all(hand);
  for (int i = 0; i < 6; i++) assert_int_equal(whorl_wait_set_remove(hand->set, items[i]), WHORL_NOT_ADDED);
  whorl_wait_item_t nothing = {.kind = WHORL_WAIT_TIMER}, unknown = {.kind = (whorl_wait_kind_t)9};
  assert_int_equal(whorl_wait_set_add(hand->set, &nothing), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_wait_set_add(hand->set, &unknown), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "whorl_wait_set_add: kind 9 of an item is none");
  assert_int_equal(whorl_wait_set_add(hand->set, NULL), WHORL_INVALID_ARGUMENT);
  return WHORL_OK;
}

HAND_TEST(WST_03_and_13_an_entity_is_in_one_wait_set)
{
  whorl_wait_set_t other;
  const whorl_wait_item_t *items[] = {&hand->subscription, &hand->service, &hand->timer, &hand->guard, &hand->waitable};
  WHORL_TRY(whorl_wait_set_create(hand->fixture->context, NULL, &other));
  for (int i = 0; i < 5; i++) {
    add(hand, items[i]);
    assert_int_equal(whorl_wait_set_add(other, items[i]), WHORL_ADDED_ELSEWHERE);
  }
  assert_string_equal(whorl_detail(), "the waitable is in another wait set");
  add(hand, &hand->future);
  assert_int_equal(whorl_wait_set_add(other, &hand->future), WHORL_OK); // a future has as many watchers as one likes
  remove_all(hand);
  for (int i = 0; i < 5; i++) assert_int_equal(whorl_wait_set_add(other, items[i]), WHORL_OK);
  WHORL_TRY(whorl_wait_set_destroy(other));
  add_all(hand); // free again
  return WHORL_OK;
}

static void WST_08_a_fixed_set_has_room_for_so_many(void **state)
{
  hand_t hand = make_hand(*state);
  whorl_wait_set_t fixed;
  const whorl_wait_set_options_t options = {.name = "two", .capacity = 2};
  assert_int_equal(whorl_wait_set_create(hand.fixture->context, &options, &fixed), WHORL_OK);
  assert_int_equal(whorl_wait_set_wait(fixed, 0, hand.ready, 8, &hand.count), WHORL_WAIT_EMPTY); // room that is left counts for nothing
  assert_int_equal(whorl_wait_set_add(fixed, &hand.guard), WHORL_OK);
  assert_int_equal(whorl_wait_set_add(fixed, &hand.timer), WHORL_OK);
  assert_int_equal(whorl_wait_set_add(fixed, &hand.waitable), WHORL_LIMIT_EXCEEDED);
  assert_string_equal(whorl_detail(), "wait set 'two' has room for 2");
  assert_int_equal(whorl_wait_set_remove(fixed, &hand.guard), WHORL_OK);
  assert_int_equal(whorl_wait_set_add(fixed, &hand.waitable), WHORL_OK);
  assert_int_equal(whorl_guard_condition_trigger(hand.guard.on.guard_condition), WHORL_OK);
  assert_int_equal(whorl_wait_set_wait(fixed, 0, hand.ready, 8, &hand.count), WHORL_WAIT_TIMEOUT);
  assert_int_equal(whorl_waitable_signal(hand.waitable.on.waitable, 0), WHORL_OK);
  assert_int_equal(whorl_wait_set_wait(fixed, 0, hand.ready, 8, &hand.count), WHORL_WAIT_READY);
  assert_int_equal(whorl_wait_set_destroy(fixed), WHORL_OK);
  end_hand(&hand);
}

static void WST_08_no_memory_has_room_for_that_many(void **state)
{
  fixture_t *fixture = *state;
  static const size_t absurd[] = {SIZE_MAX, SIZE_MAX / 2, PTRDIFF_MAX / 64};
  for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
    char sentence[96];
    whorl_wait_set_t set = {77};
    int64_t blocks = whorl__memory_blocks();
    snprintf(sentence, sizeof sentence, "no memory for a wait set with room for %zu", absurd[i]);
    assert_int_equal(whorl_wait_set_create(fixture->context, &(whorl_wait_set_options_t){.capacity = absurd[i]}, &set), WHORL_NO_MEMORY);
    assert_string_equal(whorl_detail(), sentence);
    assert_int_equal(set.id, 77);
    assert_int_equal(whorl__memory_blocks(), blocks);
  }
}

static int heard_triggers;

static int hear(uint64_t triggers, void *arg)
{
  (void)arg;
  heard_triggers += (int)triggers;
  return WHORL_OK;
}

HAND_TEST(WST_15_one_trigger_runs_the_callback_and_ends_the_wait)
{
  whorl_guard_condition_t guard;
  heard_triggers = 0;
  WHORL_TRY(whorl_guard_condition_create(hand->fixture->node, hear, NULL, NULL, &guard));
  WHORL_TRY(whorl_node_open(hand->fixture->node));
  whorl_wait_item_t item = whorl_wait_on_guard_condition(guard, NULL);
  add(hand, &item);
  WHORL_TRY(whorl_guard_condition_trigger(guard));
  WHORL_TRY(whorl_sleep(1));
  assert_int_equal(heard_triggers, 1);
  expect_ready(hand, WHORL_WAIT_GUARD_CONDITION);
  assert_int_equal(hand->ready[0].signals, 1);
  return whorl_node_close(hand->fixture->node, WHORL_OK);
}

HAND_TEST(with_little_room_everybodys_turn_comes)
{
  whorl_wait_item_t item;
  size_t count;
  add(hand, &hand->guard);
  add(hand, &hand->waitable);
  for (int i = 0; i < 4; i++) {
    WHORL_TRY(whorl_guard_condition_trigger(hand->guard.on.guard_condition));
    WHORL_TRY(whorl_waitable_signal(hand->waitable.on.waitable, 0));
    assert_int_equal(whorl_wait_set_wait(hand->set, 0, &item, 1, &count), WHORL_WAIT_READY);
    assert_int_equal(item.kind, i % 2 == 0 ? WHORL_WAIT_GUARD_CONDITION : WHORL_WAIT_WAITABLE);
  }
  assert_int_equal(item.signals, 1);
  return WHORL_OK;
}

HAND_TEST(a_shutdown_is_told)
{
  add(hand, &hand->subscription);
  WHORL_TRY(whorl_context_shutdown(hand->fixture->context));
  assert_int_equal(wait_for(hand, 0), WHORL_SHUTDOWN);
  return WHORL_OK;
}

static void WST_01_a_set_needs_a_living_context(void **state)
{
  fixture_t *fixture = *state;
  whorl_wait_set_t set;
  assert_int_equal(whorl_wait_set_create((whorl_context_t){0}, NULL, &set), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_wait_set_create(fixture->context, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_wait_set_create(fixture->context, NULL, &set), WHORL_OK);
  assert_int_equal(whorl_wait_set_destroy(set), WHORL_OK);
  assert_int_equal(whorl_wait_set_destroy(set), WHORL_DESTROYED);
  assert_int_equal(whorl_context_shutdown(fixture->context), WHORL_OK);
  assert_int_equal(whorl_wait_set_create(fixture->context, NULL, &set), WHORL_SHUTDOWN);
}

static void a_plain_thread_may_only_look_in_a_simulation(void **state)
{
  hand_t hand = make_hand(*state);
  add(&hand, &hand.guard);
  assert_int_equal(wait_for(&hand, 0), WHORL_WAIT_TIMEOUT);
  assert_int_equal(wait_for(&hand, WHORL_SECONDS(1)), WHORL_WOULD_DEADLOCK);
  end_hand(&hand);
}

static int count_tick(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  return WHORL_OK;
}

static int count_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info;
  ++*(int *)arg;
  return WHORL_OK;
}

static void PAIN_27_by_hand_and_a_callback_exclude_each_other(void **state)
{
  hand_t hand = make_hand(*state);
  whorl_node_t node = hand.fixture->node;
  whorl_wait_item_t item = {.kind = WHORL_WAIT_TIMER};
  assert_int_equal(whorl_timer_create(node, 1, count_tick, NULL, &(whorl_timer_options_t){.by_hand = true}, NULL), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "a timer that is taken by hand has no callback");
  assert_int_equal(whorl_subscription_create(node, INT32, "topic", NULL, NULL, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "a subscription needs a callback");
  assert_int_equal(whorl_timer_create(node, 1, count_tick, NULL, NULL, &item.on.timer), WHORL_OK);
  assert_int_equal(whorl_wait_set_add(hand.set, &item), WHORL_WRONG_STATE);
  assert_int_equal(whorl_timer_take(item.on.timer, NULL), WHORL_WRONG_STATE);
  assert_string_equal(whorl_detail(), "whorl_timer_take: the timer has a callback");
  end_hand(&hand);
}

// An open node's callback and a taker share: each message goes to one of them.
HAND_TEST(messages_are_shared_with_the_nodes_driver)
{
  whorl_subscription_t subscription;
  const void *message;
  int calls = 0;
  WHORL_TRY(whorl_subscription_create(hand->fixture->node, INT32, "topic", count_message, &calls, NULL, &subscription));
  WHORL_TRY(publish(hand, 1));
  WHORL_TRY(publish(hand, 2));
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(1)));
  WHORL_TRY(whorl_subscription_take(subscription, &message, NULL));
  assert_int_equal(((const std_msgs__msg__Int32 *)message)->data, 1);
  whorl_message_release(message);
  WHORL_TRY(whorl_node_open(hand->fixture->node));
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(1)));
  assert_int_equal(calls, 1);
  assert_int_equal(whorl_subscription_take(subscription, &message, NULL), WHORL_WOULD_BLOCK);
  return whorl_node_close(hand->fixture->node, WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(WST_09_an_idle_subscription_times_out_and_is_ready_after_a_publish),
      NODE_TEST(a_message_that_is_not_taken_stays_ready),
      NODE_TEST(WST_09_a_service_is_ready_after_a_request_and_its_future_after_the_answer),
      NODE_TEST(WST_09_a_due_timer_ends_the_wait_at_its_time),
      NODE_TEST(a_future_that_was_complete_before_is_ready_until_it_is_removed),
      NODE_TEST(WST_04_one_of_each_kind_and_nothing_after_their_removal),
      NODE_TEST(WST_05_what_is_ready_comes_back_with_the_users_pointer),
      NODE_TEST(WST_06_waiting_for_nothing_ends_at_once),
      NODE_TEST(WST_07_the_dead_are_dropped),
      NODE_TEST(WST_02_added_and_removed_in_any_order_twice_and_unknown_are_errors),
      NODE_TEST(WST_03_and_13_an_entity_is_in_one_wait_set),
      NODE_TEST(WST_08_a_fixed_set_has_room_for_so_many),
      NODE_TEST(WST_08_no_memory_has_room_for_that_many),
      NODE_TEST(WST_15_one_trigger_runs_the_callback_and_ends_the_wait),
      NODE_TEST(with_little_room_everybodys_turn_comes),
      NODE_TEST(a_shutdown_is_told),
      NODE_TEST(WST_01_a_set_needs_a_living_context),
      NODE_TEST(a_plain_thread_may_only_look_in_a_simulation),
      NODE_TEST(PAIN_27_by_hand_and_a_callback_exclude_each_other),
      NODE_TEST(messages_are_shared_with_the_nodes_driver),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
