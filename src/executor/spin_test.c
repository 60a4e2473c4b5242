// The forms of spin, for every kind of executor, in virtual time.
#include "base/memory.h"
#include "executor/executor_fixture.h"

static int count_first(const void *message, const whorl_message_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)message, (void)info;
  bench->calls[0]++;
  return WHORL_OK;
}

static int count_tick(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ++*(int *)arg;
  return WHORL_OK;
}

static void listen(bench_t *bench, whorl_message_callback_t callback)
{
  assert_int_equal(whorl_subscription_create(bench->node, INT32, "topic", callback, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  bench_let_pass(bench, WHORL_SECONDS(1));
}

static void tick(bench_t *bench, int64_t period_ns, int *count)
{
  assert_int_equal(whorl_timer_create(bench->node, period_ns, count_tick, count, NULL, &bench->timers[0]), WHORL_OK);
}

EXECUTOR_TEST(EXE_12_spin_some_with_nothing_to_do_returns_without_waiting)
{
  int64_t before = bench_now(bench);
  assert_int_equal(whorl_executor_spin_some(bench->executor, WHORL_SECONDS(10)), 0);
  assert_int_equal(bench_now(bench), before);
}

EXECUTOR_TEST(EXE_13_spin_some_runs_one_ready_item_once)
{
  listen(bench, count_first);
  bench_publish(bench, 1);
  bench_let_pass(bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 1);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 0);
  assert_int_equal(bench->calls[0], 1);
}

EXECUTOR_TEST(EXE_14_spin_some_runs_two_ready_items_once_each)
{
  tick(bench, WHORL_MILLISECONDS(1), &bench->calls[1]);
  listen(bench, count_first);
  bench_publish(bench, 1);
  bench_let_pass(bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_executor_spin_some(bench->executor, WHORL_SECONDS(1)), 2);
  assert_int_equal(bench->calls[0], 1);
  assert_int_equal(bench->calls[1], 1);
}

static int publish_again(const void *message, const whorl_message_info_t *info, void *arg)
{
  bench_t *bench = arg;
  const std_msgs__msg__Int32 *number = message;
  (void)info;
  bench->calls[0]++;
  if (number->data > 0) bench_publish(bench, number->data - 1);
  return WHORL_OK;
}

EXECUTOR_TEST(EXE_39_spin_some_leaves_what_becomes_ready_meanwhile)
{
  listen(bench, publish_again);
  bench_publish(bench, 1);
  bench_let_pass(bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_executor_spin_some(bench->executor, WHORL_SECONDS(10)), 1);
  assert_int_equal(bench->calls[0], 1);
}

static int trigger_twice(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  if (++bench->calls[0] < 2) assert_int_equal(whorl_timer_set_period(bench->timers[0], 0), WHORL_OK);
  if (bench->calls[0] == 2) assert_int_equal(whorl_timer_cancel(bench->timers[0]), WHORL_OK);
  return WHORL_OK;
}

EXECUTOR_TEST(EXE_38_spin_all_runs_an_item_that_triggers_itself_once_more_twice)
{
  const whorl_timer_options_t options = {.one_shot = false};
  assert_int_equal(whorl_timer_create(bench->node, 0, trigger_twice, bench, &options, &bench->timers[0]), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin_all(bench->executor, WHORL_SECONDS(10)), 2);
  assert_int_equal(bench->calls[0], 2);
  assert_int_equal(whorl_executor_spin_all(bench->executor, WHORL_SECONDS(10)), 0);
}

EXECUTOR_TEST(EXE_28_a_negative_budget_is_refused)
{
  assert_int_equal(whorl_executor_spin_all(bench->executor, -1), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "whorl_executor_spin_all: a time of -1 ns is negative");
  assert_int_equal(whorl_executor_spin_some(bench->executor, -1), WHORL_INVALID_ARGUMENT);
}

EXECUTOR_TEST(EVT_04_spin_once_waits_for_a_timer_and_runs_it_once)
{
  tick(bench, WHORL_MILLISECONDS(10), &bench->calls[0]);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  int64_t before = bench_now(bench);
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_MILLISECONDS(11)), 1);
  assert_int_equal(bench->calls[0], 1);
  assert_int_equal(bench_now(bench) - before, WHORL_MILLISECONDS(10));
}

EXECUTOR_TEST(EVT_03_spin_once_gives_up_at_its_limit)
{
  tick(bench, WHORL_SECONDS(10), &bench->calls[0]);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  int64_t before = bench_now(bench);
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_MILLISECONDS(10)), 0);
  assert_int_equal(whorl_executor_spin_once(bench->executor, 0), 0);
  assert_int_equal(bench->calls[0], 0);
  assert_int_equal(bench_now(bench) - before, WHORL_MILLISECONDS(10));
}

EXECUTOR_TEST(EVT_07_a_budget_of_zero_is_no_limit)
{
  tick(bench, WHORL_MILLISECONDS(20), &bench->calls[0]);
  bench_let_pass(bench, WHORL_SECONDS(1)); // expired before anybody had it
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 1);
  assert_int_equal(bench->calls[0], 1);
}

EXECUTOR_TEST(EVT_09_spin_all_does_not_wait_for_the_next_period)
{
  tick(bench, WHORL_MILLISECONDS(10), &bench->calls[0]);
  bench_let_pass(bench, WHORL_MILLISECONDS(15));
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin_all(bench->executor, WHORL_SECONDS(10)), 1);
  assert_int_equal(bench->calls[0], 1);
}

static int cancel_at_fifth(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  if (whorl_executor_is_spinning(bench->executor)) bench->calls[1]++;
  if (++bench->calls[0] == 5) assert_int_equal(whorl_executor_cancel(bench->executor), WHORL_OK);
  return WHORL_OK;
}

EXECUTOR_TEST(TMR_13_a_callback_may_cancel_the_executor_that_runs_it)
{
  assert_int_equal(whorl_timer_create(bench->node, WHORL_MILLISECONDS(1), cancel_at_fifth, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(bench->calls[0], 5);
  assert_int_equal(bench->calls[1], 5); // it was spinning each time (EXE-24)
  assert_false(whorl_executor_is_spinning(bench->executor));
}

EXECUTOR_TEST(PAIN_35_a_cancel_before_the_spin_ends_it_and_only_it)
{
  tick(bench, WHORL_MILLISECONDS(10), &bench->calls[0]);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_cancel(bench->executor), WHORL_OK);
  assert_int_equal(whorl_executor_cancel(bench->executor), WHORL_OK); // the same one
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(bench->calls[0], 0);
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_SECONDS(1)), 1);
  assert_int_equal(bench->calls[0], 1);
}

static int spin_inside(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  bench->calls[0]++;
  bench->status = whorl_executor_spin_some(bench->executor, 0);
  if (strstr(whorl_detail(), "whorl_executor_spin_some") == NULL) bench->status = WHORL_OK;
  if (whorl_executor_spin_once(bench->executor, 0) != WHORL_BUSY) bench->status = WHORL_OK;
  if (whorl_executor_spin_node_some(bench->executor, bench->node, 0) != WHORL_BUSY) bench->status = WHORL_OK;
  const int64_t blocks = whorl__memory_blocks();
  if (whorl_spin_some(bench->node, 0) != WHORL_BUSY) bench->status = WHORL_OK;
  if (strstr(whorl_detail(), "whorl_spin_some: this thread is inside a callback") == NULL) bench->status = WHORL_OK;
  if (whorl__memory_blocks() != blocks) bench->status = WHORL_OK; // nor is an executor left that was made for it
  if (whorl_executor_spin(bench->executor) != WHORL_BUSY) bench->status = WHORL_OK;
  return WHORL_OK;
}

EXECUTOR_TEST(EXE_26_a_spin_inside_a_callback_is_refused_and_changes_nothing)
{
  size_t groups;
  assert_int_equal(whorl_timer_create(bench->node, WHORL_MILLISECONDS(1), spin_inside, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_FOREVER), 1);
  assert_int_equal(bench->status, WHORL_BUSY);
  assert_int_equal(whorl_executor_callback_groups(bench->executor, WHORL_EXECUTOR_GROUPS_ALL, NULL, 0, &groups), WHORL_OK);
  assert_int_equal(groups, 1);
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_FOREVER), 1);
  assert_int_equal(bench->calls[0], 2);
}

EXECUTOR_TEST(EXE_07_a_complete_future_is_looked_at_before_anything_runs)
{
  tick(bench, 0, &bench->calls[0]);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_future_create(NULL, &bench->future), WHORL_OK);
  assert_int_equal(whorl_future_complete(bench->future, WHORL_OK, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_spin_until_future_complete(bench->executor, bench->future, WHORL_SECONDS(1)), WHORL_FUTURE_SUCCESS);
  assert_int_equal(bench->calls[0], 0);
  whorl_future_destroy(bench->future);
}

EXECUTOR_TEST(EXE_09_a_future_that_stays_open_times_out_while_work_goes_on)
{
  tick(bench, WHORL_MILLISECONDS(1), &bench->calls[0]);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_future_create(NULL, &bench->future), WHORL_OK);
  int64_t before = bench_now(bench);
  int result = whorl_executor_spin_until_future_complete(bench->executor, bench->future, WHORL_MICROSECONDS(4500));
  assert_int_equal(result, WHORL_FUTURE_TIMEOUT);
  assert_int_equal(bench_now(bench) - before, WHORL_MICROSECONDS(4500));
  assert_int_equal(bench->calls[0], 4);
  whorl_future_destroy(bench->future);
}

static int complete_it(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  if (++bench->calls[0] == 3) assert_int_equal(whorl_future_complete(bench->future, WHORL_OK, NULL), WHORL_OK);
  return WHORL_OK;
}

EXECUTOR_TEST(EXE_08_a_negative_limit_is_none)
{
  assert_int_equal(whorl_timer_create(bench->node, WHORL_MILLISECONDS(1), complete_it, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_future_create(NULL, &bench->future), WHORL_OK);
  assert_int_equal(whorl_executor_spin_until_future_complete(bench->executor, bench->future, -1), WHORL_FUTURE_SUCCESS);
  assert_int_equal(bench->calls[0], 3);
  assert_int_equal(whorl_executor_remove_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_cancel(bench->executor), WHORL_OK);
  whorl_future_destroy(bench->future);
}

static int shut_down(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  bench->calls[0]++;
  return whorl_context_shutdown(bench->fixture->context);
}

EXECUTOR_TEST(EXE_10_a_shutdown_interrupts_and_later_spins_say_so)
{
  assert_int_equal(whorl_timer_create(bench->node, WHORL_MILLISECONDS(1), shut_down, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_future_create(NULL, &bench->future), WHORL_OK);
  assert_int_equal(whorl_executor_spin_until_future_complete(bench->executor, bench->future, WHORL_SECONDS(1)), WHORL_FUTURE_INTERRUPTED);
  assert_int_equal(bench->calls[0], 1);
  assert_int_equal(whorl_executor_spin_until_future_complete(bench->executor, bench->future, WHORL_SECONDS(1)), WHORL_FUTURE_INTERRUPTED);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_SHUTDOWN);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), WHORL_SHUTDOWN);
  whorl_future_destroy(bench->future);
}

EXECUTOR_TEST(EXE_27_the_one_node_forms_have_the_node_for_the_call_only)
{
  size_t groups;
  tick(bench, WHORL_MILLISECONDS(1), &bench->calls[0]);
  assert_int_equal(whorl_executor_spin_node_once(bench->executor, bench->node, WHORL_MILLISECONDS(100)), 1);
  bench_let_pass(bench, WHORL_MILLISECONDS(1));
  assert_int_equal(whorl_executor_spin_node_some(bench->executor, bench->node, 0), 1);
  bench_let_pass(bench, WHORL_MILLISECONDS(1));
  assert_int_equal(whorl_executor_spin_node_all(bench->executor, bench->node, WHORL_MILLISECONDS(50)), 1);
  assert_int_equal(bench->calls[0], 3);
  assert_int_equal(whorl_executor_callback_groups(bench->executor, WHORL_EXECUTOR_GROUPS_ALL, NULL, 0, &groups), WHORL_OK);
  assert_int_equal(groups, 0);
  bench_let_pass(bench, WHORL_MILLISECONDS(1));
  assert_int_equal(whorl_spin_some(bench->node, 0), 1); // EXE-18: without an executor
  assert_int_equal(bench->calls[0], 4);
}

EXECUTOR_TEST(ASK_15_who_does_not_fit_ends_the_spin_with_that_error)
{
  const whorl_publisher_options_t strict = {.strict_qos = true};
  const whorl_subscription_options_t more = {.qos = &(whorl_qos_t){.durability = WHORL_DURABILITY_TRANSIENT_LOCAL}, .by_hand = true};
  assert_int_equal(whorl_publisher_create(bench->node, INT32, "strict", &strict, &bench->publisher), WHORL_OK);
  bench_add_node(bench);
  assert_int_equal(whorl_subscription_create(bench->node, INT32, "strict", NULL, NULL, &more, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_INCOMPATIBLE_QOS);
  assert_non_null(strstr(whorl_detail(), "a subscription of node '/tested' on topic '/strict' requests incompatible QoS"));
}

EXECUTOR_TEST(a_world_in_which_nothing_can_happen_ends_the_spin)
{
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_DEADLOCK);
  assert_non_null(strstr(whorl_detail(), "nothing can happen any more"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(EXE_12_spin_some_with_nothing_to_do_returns_without_waiting),
      NODE_TEST(EXE_13_spin_some_runs_one_ready_item_once),
      NODE_TEST(EXE_14_spin_some_runs_two_ready_items_once_each),
      NODE_TEST(EXE_39_spin_some_leaves_what_becomes_ready_meanwhile),
      NODE_TEST(EXE_38_spin_all_runs_an_item_that_triggers_itself_once_more_twice),
      NODE_TEST(EXE_28_a_negative_budget_is_refused),
      NODE_TEST(EVT_04_spin_once_waits_for_a_timer_and_runs_it_once),
      NODE_TEST(EVT_03_spin_once_gives_up_at_its_limit),
      NODE_TEST(EVT_07_a_budget_of_zero_is_no_limit),
      NODE_TEST(EVT_09_spin_all_does_not_wait_for_the_next_period),
      NODE_TEST(TMR_13_a_callback_may_cancel_the_executor_that_runs_it),
      NODE_TEST(PAIN_35_a_cancel_before_the_spin_ends_it_and_only_it),
      NODE_TEST(EXE_26_a_spin_inside_a_callback_is_refused_and_changes_nothing),
      NODE_TEST(EXE_07_a_complete_future_is_looked_at_before_anything_runs),
      NODE_TEST(EXE_09_a_future_that_stays_open_times_out_while_work_goes_on),
      NODE_TEST(EXE_08_a_negative_limit_is_none),
      NODE_TEST(EXE_10_a_shutdown_interrupts_and_later_spins_say_so),
      NODE_TEST(EXE_27_the_one_node_forms_have_the_node_for_the_call_only),
      NODE_TEST(ASK_15_who_does_not_fit_ends_the_spin_with_that_error),
      NODE_TEST(a_world_in_which_nothing_can_happen_ends_the_spin),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
