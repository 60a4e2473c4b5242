// Timers under every kind of executor, in virtual time: what the peers' own tests require of them.
#include "executor/executor_fixture.h"

#define MS WHORL_MILLISECONDS(1)

static int64_t until_next, actual_ns, expected_ns;

static int count_tick(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ++*(int *)arg;
  return WHORL_OK;
}

// Timer number `which` counts its calls there.
static void make_timer(bench_t *bench, int which, int64_t period_ns, whorl_timer_callback_t callback, void *arg)
{
  assert_int_equal(whorl_timer_create(bench->node, period_ns, callback, arg, NULL, &bench->timers[which]), WHORL_OK);
}

static void count_with(bench_t *bench, int which, int64_t period_ns)
{
  make_timer(bench, which, period_ns, count_tick, &bench->calls[which]);
}

static void add_node(bench_t *bench) { assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK); }

static int end_it(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  return whorl_executor_cancel(((bench_t *)arg)->executor);
}

// Spins for that long: timer 3 ends it.
static void spin_for(bench_t *bench, int64_t duration_ns)
{
  const whorl_timer_options_t once = {.one_shot = true};
  assert_int_equal(whorl_timer_create(bench->node, duration_ns, end_it, bench, &once, &bench->timers[3]), WHORL_OK);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(whorl_timer_destroy(bench->timers[3]), WHORL_OK);
}

EXECUTOR_TEST(EXE_50_cancelling_one_of_two_timers_leaves_the_other_running)
{
  for (int which = 0; which < 2; which++) {
    bench->calls[0] = bench->calls[1] = 0;
    count_with(bench, 0, MS);
    count_with(bench, 1, MS);
    if (which == 0) add_node(bench);
    spin_for(bench, 50 * MS);
    assert_in_range(bench->calls[0], 49, 50); // the one that ends it is due at the last one's instant
    assert_in_range(bench->calls[1], 49, 50);
    assert_int_equal(whorl_timer_cancel(bench->timers[which]), WHORL_OK);
    int before = bench->calls[which];
    spin_for(bench, 150 * MS);
    assert_int_equal(bench->calls[which], before);
    assert_in_range(bench->calls[1 - which], 199, 200);
    for (int i = 0; i < 2; i++) assert_int_equal(whorl_timer_destroy(bench->timers[i]), WHORL_OK);
  }
}

static int reset_the_first(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  return whorl_timer_reset(((bench_t *)arg)->timers[0]);
}

EXECUTOR_TEST(EXE_51_52_a_reset_while_it_spins_wakes_its_own_timer_only)
{
  const whorl_timer_options_t once = {.one_shot = true};
  count_with(bench, 0, MS);
  count_with(bench, 1, MS);
  add_node(bench);
  for (int i = 0; i < 2; i++) assert_int_equal(whorl_timer_cancel(bench->timers[i]), WHORL_OK);
  spin_for(bench, 50 * MS);
  assert_int_equal(bench->calls[0] + bench->calls[1], 0);
  assert_int_equal(whorl_timer_create(bench->node, 50 * MS, reset_the_first, bench, &once, &bench->timers[2]), WHORL_OK);
  spin_for(bench, 200 * MS);
  assert_in_range(bench->calls[0], 149, 150);
  assert_int_equal(bench->calls[1], 0);
  assert_int_equal(whorl_timer_reset(bench->timers[1]), WHORL_OK);
  spin_for(bench, 100 * MS);
  assert_in_range(bench->calls[0], 248, 250);
  assert_in_range(bench->calls[1], 99, 100);
}

static int cancel_the_second(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  bench->calls[0]++;
  return whorl_timer_cancel(bench->timers[1]);
}

EXECUTOR_TEST(EXE_53_a_timer_cancelled_between_ready_and_pick_is_dropped)
{
  make_timer(bench, 0, MS, cancel_the_second, bench);
  count_with(bench, 1, MS);
  add_node(bench);
  bench_let_pass(bench, MS); // both are due, and the second has yet to be picked when the first one's callback runs
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 1);
  assert_int_equal(bench->calls[0], 1);
  assert_int_equal(bench->calls[1], 0);
}

static int look_at_the_next_time(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  expected_ns = info->expected_ns;
  actual_ns = info->actual_ns;
  bench->calls[0]++;
  return whorl_timer_time_until_next(bench->timers[0], &until_next);
}

EXECUTOR_TEST(EXE_53_TMR_15_16_the_next_time_has_moved_on_before_the_callback_runs)
{
  make_timer(bench, 0, 10 * MS, look_at_the_next_time, bench);
  add_node(bench);
  bench_let_pass(bench, 13 * MS); // three milliseconds late
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 1);
  assert_int_equal(until_next, 7 * MS);
  assert_int_equal(actual_ns - expected_ns, 3 * MS);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 0);
}

EXECUTOR_TEST(EXE_55_timers_replaced_between_two_spins_are_served_and_the_old_ones_not)
{
  int old[2] = {0, 0};
  for (int i = 0; i < 2; i++) make_timer(bench, i, 50 * MS, count_tick, &old[i]);
  add_node(bench);
  spin_for(bench, 505 * MS);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(old[i], 10);
    assert_int_equal(whorl_timer_destroy(bench->timers[i]), WHORL_OK);
    count_with(bench, i, 50 * MS);
  }
  spin_for(bench, 505 * MS);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(old[i], 10);
    assert_int_equal(bench->calls[i], 10);
  }
}

EXECUTOR_TEST(EVT_06_a_timer_that_expired_before_the_executor_had_it_runs_once)
{
  count_with(bench, 0, 10 * MS);
  bench_let_pass(bench, 15 * MS);
  add_node(bench);
  int64_t before_ns = bench_now(bench);
  assert_int_equal(whorl_executor_spin_some(bench->executor, WHORL_SECONDS(10)), 1);
  assert_int_equal(bench->calls[0], 1);
  assert_int_equal(bench_now(bench), before_ns);
}

static int tick_slowly(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ++*(int *)arg;
  return whorl_sleep(50 * MS);
}

EXECUTOR_TEST(EVT_11_a_cancel_during_slow_timers_ends_the_spin_with_one_call_of_each)
{
  whorl_timer_options_t options = {0};
  for (int i = 0; i < 2; i++) {
    assert_int_equal(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &options.callback_group), WHORL_OK);
    assert_int_equal(whorl_timer_create(bench->node, MS, tick_slowly, &bench->calls[i], &options, NULL), WHORL_OK);
  }
  add_node(bench);
  int64_t before_ns = bench_now(bench);
  spin_for(bench, 10 * MS);
  assert_int_equal(bench_now(bench) - before_ns, 10 * MS);
  for (int i = 0; i < 2; i++) assert_int_equal(bench->calls[i], 1);
}

EXECUTOR_TEST(EVT_12_a_cancel_while_the_only_timer_is_far_ends_the_spin_at_once)
{
  count_with(bench, 0, WHORL_SECONDS(100));
  add_node(bench);
  assert_int_equal(whorl_executor_cancel(bench->executor), WHORL_OK);
  int64_t before_ns = bench_now(bench);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(bench_now(bench), before_ns);
  assert_int_equal(bench->calls[0], 0);
}

EXECUTOR_TEST(TMR_06_07_nothing_runs_before_its_time_and_equal_periods_keep_step)
{
  count_with(bench, 0, 10 * MS);
  count_with(bench, 1, 10 * MS);
  add_node(bench);
  for (int i = 1; i <= 100; i++) {
    bench_let_pass(bench, 9 * MS);
    assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 0);
    bench_let_pass(bench, MS);
    assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 2);
    assert_int_equal(bench->calls[0], i);
    assert_int_equal(bench->calls[1], i);
  }
}

static int come_and_go(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  if (bench->calls[2]++ % 2 == 0) return whorl_timer_create(bench->node, MS, count_tick, &bench->calls[1], NULL, &bench->timers[1]);
  return whorl_timer_destroy(bench->timers[1]);
}

EXECUTOR_TEST(TMR_09_timers_come_and_go_while_others_run)
{
  count_with(bench, 0, MS);
  make_timer(bench, 2, 10 * MS, come_and_go, bench);
  add_node(bench);
  spin_for(bench, 205 * MS);
  assert_in_range(bench->calls[0], 204, 205);
  assert_int_equal(bench->calls[2], 20);
  assert_in_range(bench->calls[1], 90, 100); // ten lives of ten milliseconds
}

static int cancel_itself_in_the_fifth(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  return ++bench->calls[0] == 5 ? whorl_timer_cancel(bench->timers[0]) : WHORL_OK;
}

EXECUTOR_TEST(TMR_11_a_timer_that_cancels_itself_stays_and_the_other_goes_on)
{
  make_timer(bench, 0, MS, cancel_itself_in_the_fifth, bench);
  count_with(bench, 1, MS);
  add_node(bench);
  spin_for(bench, 20 * MS);
  assert_int_equal(bench->calls[0], 5);
  assert_in_range(bench->calls[1], 19, 20);
}

EXECUTOR_TEST(TMR_12_18_the_flag_of_cancel_and_reset_and_a_timer_that_is_not_started)
{
  bool canceled = true;
  int64_t until_ns;
  count_with(bench, 0, MS);
  assert_int_equal(whorl_timer_is_canceled(bench->timers[0], &canceled), WHORL_OK);
  assert_false(canceled);
  assert_int_equal(whorl_timer_cancel(bench->timers[0]), WHORL_OK);
  assert_int_equal(whorl_timer_is_canceled(bench->timers[0], &canceled), WHORL_OK);
  assert_true(canceled);
  assert_int_equal(whorl_timer_time_until_next(bench->timers[0], &until_ns), WHORL_OK);
  assert_int_equal(until_ns, WHORL_FOREVER);
  const whorl_timer_options_t stopped = {.stopped = true};
  assert_int_equal(whorl_timer_create(bench->node, MS, count_tick, &bench->calls[1], &stopped, &bench->timers[1]), WHORL_OK);
  assert_int_equal(whorl_timer_is_canceled(bench->timers[1], &canceled), WHORL_OK);
  assert_true(canceled);
  add_node(bench);
  spin_for(bench, 10 * MS);
  assert_int_equal(bench->calls[0] + bench->calls[1], 0);
  assert_int_equal(whorl_timer_reset(bench->timers[1]), WHORL_OK);
  assert_int_equal(whorl_timer_is_canceled(bench->timers[1], &canceled), WHORL_OK);
  assert_false(canceled);
  spin_for(bench, 10 * MS);
  assert_in_range(bench->calls[1], 9, 10);
}

EXECUTOR_TEST(TMR_14_17_a_negative_period_is_refused_and_zero_is_ready_again_right_after_its_call)
{
  assert_int_equal(whorl_timer_create(bench->node, -1, count_tick, NULL, NULL, NULL), WHORL_INVALID_ARGUMENT);
  count_with(bench, 0, 0);
  count_with(bench, 1, INT64_MAX);
  add_node(bench);
  for (int i = 1; i <= 3; i++) {
    assert_int_equal(whorl_executor_spin_once(bench->executor, 0), 1);
    assert_int_equal(bench->calls[0], i);
  }
  assert_int_equal(bench->calls[1], 0);
}

EXECUTOR_TEST(TMR_04_a_timer_goes_once_and_needs_a_callback)
{
  count_with(bench, 0, MS);
  assert_int_equal(whorl_timer_destroy(bench->timers[0]), WHORL_OK);
  assert_int_equal(whorl_timer_destroy(bench->timers[0]), WHORL_DESTROYED);
  assert_int_equal(whorl_timer_destroy((whorl_timer_t){0}), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_timer_create(bench->node, MS, NULL, NULL, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "a timer needs a callback");
}

EXECUTOR_TEST(TMR_03_08_destroying_the_node_ends_all_calls)
{
  whorl_node_t other = fixture_make_node(bench->fixture, "other");
  assert_int_equal(whorl_timer_create(other, MS, count_tick, &bench->calls[1], NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, other), WHORL_OK);
  count_with(bench, 0, MS);
  add_node(bench);
  spin_for(bench, 10 * MS);
  int before = bench->calls[1];
  assert_in_range(before, 9, 10);
  assert_int_equal(whorl_node_destroy(other), WHORL_OK);
  spin_for(bench, 10 * MS);
  assert_int_equal(bench->calls[1], before);
  assert_in_range(bench->calls[0], 19, 20);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(EXE_50_cancelling_one_of_two_timers_leaves_the_other_running),
      NODE_TEST(EXE_51_52_a_reset_while_it_spins_wakes_its_own_timer_only),
      NODE_TEST(EXE_53_a_timer_cancelled_between_ready_and_pick_is_dropped),
      NODE_TEST(EXE_53_TMR_15_16_the_next_time_has_moved_on_before_the_callback_runs),
      NODE_TEST(EXE_55_timers_replaced_between_two_spins_are_served_and_the_old_ones_not),
      NODE_TEST(EVT_06_a_timer_that_expired_before_the_executor_had_it_runs_once),
      NODE_TEST(EVT_11_a_cancel_during_slow_timers_ends_the_spin_with_one_call_of_each),
      NODE_TEST(EVT_12_a_cancel_while_the_only_timer_is_far_ends_the_spin_at_once),
      NODE_TEST(TMR_06_07_nothing_runs_before_its_time_and_equal_periods_keep_step),
      NODE_TEST(TMR_09_timers_come_and_go_while_others_run),
      NODE_TEST(TMR_11_a_timer_that_cancels_itself_stays_and_the_other_goes_on),
      NODE_TEST(TMR_12_18_the_flag_of_cancel_and_reset_and_a_timer_that_is_not_started),
      NODE_TEST(TMR_14_17_a_negative_period_is_refused_and_zero_is_ready_again_right_after_its_call),
      NODE_TEST(TMR_04_a_timer_goes_once_and_needs_a_callback),
      NODE_TEST(TMR_03_08_destroying_the_node_ends_all_calls),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
