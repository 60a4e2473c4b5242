// Timers on simulated time under every kind of executor: two of them, cancelled and reset. (On steady time: timer_spin_test.)
#include "executor/executor_fixture.h"
#include "node/clock_fixture.h"

static const whorl_timer_options_t on_ros_time = {.clock = WHORL_CLOCK_ROS};
static int64_t clock_ms; // what /clock said last

// /clock goes on by that many milliseconds at a quarter of the world's speed, while the executor spins.
static void clock_passes(bench_t *bench, int duration_ms)
{
  for (int i = 0; i < duration_ms; i++) {
    clock_publish((double)++clock_ms / 1e3);
    bench_spin_for(bench, WHORL_MILLISECONDS(4));
  }
}

static void run_two(bench_t *bench, ticker_t two[2])
{
  clock_join(bench->fixture);
  clock_ms = 1000;
  assert_int_equal(whorl_node_set_use_sim_time(bench->node, true), WHORL_OK);
  for (int i = 0; i < 2; i++) ticker_start(bench, &two[i], WHORL_MILLISECONDS(1), &on_ros_time);
  bench_add_node(bench);
  bench_spin_for(bench, WHORL_SECONDS(1)); // the clock stands: it has said nothing yet
  assert_int_equal(two[0].calls, 0);
  clock_passes(bench, 51); // the first says where the periods begin
  assert_int_equal(two[0].calls, 50);
  assert_int_equal(two[1].calls, 50);
}

static void cancel_one(bench_t *bench, int canceled)
{
  ticker_t two[2] = {{0}};
  run_two(bench, two);
  assert_int_equal(whorl_timer_cancel(two[canceled].timer), WHORL_OK);
  clock_passes(bench, 150);
  assert_int_equal(two[canceled].calls, 50);
  assert_int_equal(two[1 - canceled].calls, 200);
  assert_int_equal(whorl_timer_reset(two[canceled].timer), WHORL_OK);
  clock_passes(bench, 150);
  assert_int_equal(two[canceled].calls, 200);
  assert_int_equal(two[1 - canceled].calls, 350);
}

EXECUTOR_TEST(EXE_50_and_51_on_simulated_time_the_first_of_two_timers) { cancel_one(bench, 0); }
EXECUTOR_TEST(EXE_50_and_51_on_simulated_time_the_second_of_two_timers) { cancel_one(bench, 1); }

EXECUTOR_TEST(EXE_52_on_simulated_time_each_reset_wakes_its_own_only)
{
  ticker_t two[2] = {{0}};
  run_two(bench, two);
  for (int i = 0; i < 2; i++) assert_int_equal(whorl_timer_cancel(two[i].timer), WHORL_OK);
  clock_passes(bench, 50);
  assert_int_equal(two[0].calls + two[1].calls, 100);
  assert_int_equal(whorl_timer_reset(two[1].timer), WHORL_OK);
  clock_passes(bench, 50);
  assert_int_equal(two[0].calls, 50);
  assert_int_equal(two[1].calls, 100);
  assert_int_equal(whorl_timer_reset(two[0].timer), WHORL_OK);
  clock_passes(bench, 50);
  assert_int_equal(two[0].calls, 100);
  assert_int_equal(two[1].calls, 150);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(EXE_50_and_51_on_simulated_time_the_first_of_two_timers),
      NODE_TEST(EXE_50_and_51_on_simulated_time_the_second_of_two_timers),
      NODE_TEST(EXE_52_on_simulated_time_each_reset_wakes_its_own_only),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
