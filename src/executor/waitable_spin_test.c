// Waitables and guard conditions under every kind of executor, in virtual time: an item that makes itself ready again, as the peer's own tests have it.
#include "executor/executor_fixture.h"

static whorl_waitable_t item;
static whorl_guard_condition_t guard;

static int again_once(uint64_t sources, void *arg)
{
  bench_t *bench = arg;
  assert_int_equal(sources, 1);
  if (++bench->calls[0] == 1) return whorl_waitable_signal(item, 0);
  return bench->calls[1] ? whorl_executor_cancel(bench->executor) : WHORL_OK;
}

static void make_item(bench_t *bench)
{
  assert_int_equal(whorl_waitable_create(bench->node, again_once, bench, NULL, &item), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_waitable_signal(item, 0), WHORL_OK);
}

EXECUTOR_TEST(EXE_38_spin_all_runs_it_twice)
{
  make_item(bench);
  assert_int_equal(whorl_executor_spin_all(bench->executor, WHORL_SECONDS(10)), 2);
  assert_int_equal(whorl_executor_spin_all(bench->executor, WHORL_SECONDS(10)), 0);
  assert_int_equal(bench->calls[0], 2);
}

EXECUTOR_TEST(EXE_39_and_41_spin_some_leaves_the_second_run_to_the_next_call)
{
  make_item(bench);
  assert_int_equal(whorl_executor_spin_some(bench->executor, WHORL_SECONDS(10)), 1);
  assert_int_equal(bench->calls[0], 1);
  assert_int_equal(whorl_executor_spin_some(bench->executor, WHORL_SECONDS(10)), 1);
  assert_int_equal(whorl_executor_spin_some(bench->executor, WHORL_SECONDS(10)), 0);
  assert_int_equal(bench->calls[0], 2);
}

static int end_it(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  return whorl_executor_cancel(bench->executor);
}

// Were it asked over and over, the world's time would not move on to the timer.
EXECUTOR_TEST(EXE_40_spin_runs_it_twice_and_then_sleeps)
{
  make_item(bench);
  assert_int_equal(whorl_timer_create(bench->node, WHORL_SECONDS(1), end_it, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(bench->calls[0], 2);
}

EXECUTOR_TEST(EXE_41_a_signal_whose_item_was_not_run_is_not_lost)
{
  make_item(bench);
  assert_int_equal(whorl_executor_cancel(bench->executor), WHORL_OK);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(bench->calls[0], 0);
  assert_int_equal(whorl_executor_remove_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin_all(bench->executor, 0), 0);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin_all(bench->executor, 0), 2);
}

static int note_triggers(uint64_t triggers, void *arg)
{
  bench_t *bench = arg;
  bench->calls[0]++;
  bench->calls[1] += (int)triggers;
  return WHORL_OK;
}

EXECUTOR_TEST(RCLC_28_a_triggered_guard_condition_runs_its_callback_once)
{
  assert_int_equal(whorl_guard_condition_create(bench->node, note_triggers, bench, NULL, &guard), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin_once(bench->executor, 0), 0);
  assert_int_equal(whorl_guard_condition_trigger(guard), WHORL_OK);
  assert_int_equal(whorl_guard_condition_trigger(guard), WHORL_OK);
  assert_int_equal(whorl_executor_spin_once(bench->executor, 0), 1);
  assert_int_equal(whorl_executor_spin_once(bench->executor, 0), 0);
  assert_int_equal(bench->calls[0], 1);
  assert_int_equal(bench->calls[1], 2);
}

static int again_until_the_tenth(uint64_t sources, void *arg)
{
  bench_t *bench = arg;
  (void)sources;
  if (++bench->calls[0] == 10) WHORL_TRY(whorl_executor_cancel(bench->executor));
  return whorl_waitable_signal(item, 0);
}

EXECUTOR_TEST(EXE_11_spin_all_goes_on_with_what_comes_meanwhile_until_it_is_cancelled)
{
  assert_int_equal(whorl_waitable_create(bench->node, again_until_the_tenth, bench, NULL, &item), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_waitable_signal(item, 0), WHORL_OK);
  assert_int_equal(whorl_executor_spin_all(bench->executor, WHORL_SECONDS(1)), 10);
  assert_int_equal(bench->calls[0], 10);
}

static int count_next(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ++*(int *)arg;
  return WHORL_OK;
}

static int signal_forever(uint64_t sources, void *arg)
{
  (void)sources;
  ++*(int *)arg;
  return whorl_waitable_signal(item, 0);
}

EXECUTOR_TEST(PAIN_01_one_that_is_always_ready_leaves_the_others_their_turns)
{
  assert_int_equal(whorl_waitable_create(bench->node, signal_forever, &bench->calls[0], NULL, &item), WHORL_OK);
  assert_int_equal(whorl_timer_create(bench->node, 0, count_next, &bench->calls[1], NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_waitable_signal(item, 0), WHORL_OK);
  for (int i = 0; i < 1000; i++) assert_int_equal(whorl_executor_spin_once(bench->executor, 0), 1);
  assert_in_range(bench->calls[0], 499, 501);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(EXE_38_spin_all_runs_it_twice),
      NODE_TEST(EXE_39_and_41_spin_some_leaves_the_second_run_to_the_next_call),
      NODE_TEST(EXE_40_spin_runs_it_twice_and_then_sleeps),
      NODE_TEST(EXE_41_a_signal_whose_item_was_not_run_is_not_lost),
      NODE_TEST(RCLC_28_a_triggered_guard_condition_runs_its_callback_once),
      NODE_TEST(EXE_11_spin_all_goes_on_with_what_comes_meanwhile_until_it_is_cancelled),
      NODE_TEST(PAIN_01_one_that_is_always_ready_leaves_the_others_their_turns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
