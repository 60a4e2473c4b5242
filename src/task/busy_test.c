// Runs that take too long (docs/tasks.md R34), on a made-up run clock: it moves when a task says that it computes.
#include "base/detail.h"
#include "task/kit.h"

static int64_t run_clock;
static int clock_reads;

static int64_t read_run_clock(void)
{
  clock_reads++;
  return run_clock;
}

static void compute(double seconds) { run_clock += SECONDS(seconds); }

static void on_busy(const char *task, int64_t length_ns, void *arg)
{
  CHECK_TEXT("the hook's", arg);
  CHECK_TEXT("", whorl_task_name());
  CHECK_INT(WHORL_WOULD_DEADLOCK, whorl_sleep(SECONDS(1)));
  note("%s:%g", task, (double)length_ns / 1e9);
}

// A world whose tasks may run for `limit_s`; 0: off. How many runs were too long.
static uint64_t run(double limit_s, whorl_task_function_t function)
{
  trace_clear();
  run_clock = 0;
  clock_reads = 0;
  kit_open();
  whorl__core_set_busy(kit.core, &(whorl__busy_options_t){SECONDS(limit_s), on_busy, "the hook's", read_run_clock});
  assert_int_equal(WHORL_OK, kit_run(function, NULL));
  uint64_t count = whorl__core_read_counts(kit.core).busy_runs;
  kit_close();
  return count;
}

static int spawn(whorl_task_group_t *group, const char *name, whorl_task_function_t function, void *arg)
{
  return whorl_task_group_spawn_with_options(group, function, arg, &(whorl_task_options_t){.name = name}, NULL, "here");
}

// --- Which runs

static int computes(void *arg)
{
  compute(*(double *)arg);
  return WHORL_OK;
}

static int one_of_three_is_long(void *arg)
{
  double seconds[] = {0.05, 3.1, 0.05};
  whorl_task_group_t group;
  (void)arg;
  whorl_task_group_open(&group);
  spawn(&group, "first", computes, &seconds[0]);
  spawn(&group, "second", computes, &seconds[1]);
  spawn(&group, "third", computes, &seconds[2]);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void R34_a_long_run_is_told_once_with_its_name(void **state)
{
  (void)state;
  assert_int_equal(1, run(0.1, one_of_three_is_long));
  assert_trace("second:3.1");
}

static void R34_off_reads_no_clock(void **state)
{
  (void)state;
  assert_int_equal(0, run(0, one_of_three_is_long));
  assert_trace("");
  assert_int_equal(0, clock_reads);
}

static void R34_the_limit_itself_is_not_too_long(void **state)
{
  (void)state;
  assert_int_equal(0, run(3.1, one_of_three_is_long));
  assert_int_equal(1, run(3.0, one_of_three_is_long));
}

static int yields_between(void *arg)
{
  (void)arg;
  compute(0.2);
  CHECK_INT(WHORL_OK, whorl_yield());
  compute(0.3);
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(10))); // of the world's time, not of the run's
  compute(0.05);
  CHECK_INT(WHORL_OK, whorl_yield());
  compute(0.06);
  return WHORL_OK;
}

static void R34_a_run_that_yields_is_two_runs(void **state)
{
  (void)state;
  assert_int_equal(2, run(0.1, yields_between));
  assert_trace("main:0.2 main:0.3");
}

static int computes_and_yields(void *arg)
{
  CHECK_INT(WHORL_OK, whorl_yield()); // from here on a task that suspends passes its thread to the next one
  compute(*(double *)arg);
  return whorl_yield();
}

static int two_of_one_turn(void *arg)
{
  double seconds[] = {0.2, 0.3};
  whorl_task_group_t group;
  (void)arg;
  whorl_task_group_open(&group);
  spawn(&group, "first", computes_and_yields, &seconds[0]);
  spawn(&group, "second", computes_and_yields, &seconds[1]);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void R34_each_of_two_in_one_turn_is_told(void **state)
{
  (void)state;
  assert_int_equal(2, run(0.1, two_of_one_turn));
  assert_trace("first:0.2 second:0.3");
}

static int has_a_stack_of_its_own(void *arg)
{
  double seconds = 1;
  whorl_task_group_t group;
  (void)arg;
  whorl_task_group_open(&group);
  whorl_task_group_spawn_with_options(&group, computes, &seconds, &(whorl_task_options_t){.name = "own", .stack_size = 100000}, NULL,
                                      "here");
  return whorl_task_group_close(&group, WHORL_OK);
}

static void R34_a_task_is_named_that_has_gone_with_its_stack(void **state)
{
  (void)state;
  assert_int_equal(1, run(0.1, has_a_stack_of_its_own));
  assert_trace("own:1");
}

static void computes_in_a_post(whorl__post_t *post, bool closed)
{
  (void)post;
  (void)closed;
  compute(5);
}

static int waits_behind_a_post(void *arg)
{
  whorl__post_t post = {.run = computes_in_a_post};
  (void)arg;
  whorl__core_post(kit.core, &post);
  compute(0.05);
  CHECK_INT(WHORL_OK, whorl_yield());
  compute(0.05);
  return WHORL_OK;
}

static void R34_a_post_is_no_tasks_run(void **state)
{
  (void)state;
  assert_int_equal(0, run(0.1, waits_behind_a_post));
}

static void R34_the_clock_is_read_once_per_run(void **state)
{
  (void)state;
  run(0.1, one_of_three_is_long);
  int few = clock_reads;
  run(0.1, yields_between);
  assert_true(few <= 10); // five runs; each turn that the scheduler's own stack begins reads it once more
}

// --- Limits that were dealt with late

static int waits_for_an_answer(void *arg)
{
  whorl_timeout_t timeout;
  whorl_timeout_open_with_options(&timeout, SECONDS(1), NULL, "a.c:1");
  int status = whorl_timeout_close(&timeout, whorl_sleep(SECONDS(10)));
  CHECK_INT(WHORL_TIMED_OUT, status);
  CHECK_TEXT(arg, whorl_detail());
  return WHORL_OK;
}

static int stalls(void *arg)
{
  compute(*(double *)arg);
  kit.parker.now += SECONDS(*(double *)arg);
  return WHORL_OK;
}

static int waits_while_others_stall(const char *expected, double first_s, double second_s)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  spawn(&group, "waits", waits_for_an_answer, (void *)expected);
  spawn(&group, "planner", stalls, &first_s);
  spawn(&group, "gripper", stalls, &second_s);
  return whorl_task_group_close(&group, WHORL_OK);
}

static int planner_stalls(void *arg)
{
  (void)arg;
  return waits_while_others_stall("timeout of 1 s opened at a.c:1 passed; loop stalled 3.1 s by task 'planner'", 3.1, 0.2);
}

static int gripper_stalls(void *arg)
{
  (void)arg;
  return waits_while_others_stall("timeout of 1 s opened at a.c:1 passed; loop stalled 2 s by task 'gripper'", 0.5, 2);
}

static void R34_a_late_timeout_names_the_task_that_stalled_the_loop(void **state)
{
  (void)state;
  assert_int_equal(2, run(0.1, planner_stalls));
  assert_int_equal(2, run(0.1, gripper_stalls));
}

static int nobody_knows_who(void *arg)
{
  (void)arg;
  return waits_while_others_stall("timeout of 1 s opened at a.c:1 passed; the loop's turn came 2.3 s late", 3.1, 0.2);
}

static void R34_a_late_timeout_without_busy_tasks_says_how_late(void **state)
{
  (void)state;
  assert_int_equal(0, run(0, nobody_knows_who));
}

static int stall_is_long_ago(void *arg)
{
  double seconds = 3;
  (void)arg;
  CHECK_INT(WHORL_OK, stalls(&seconds));
  CHECK_INT(WHORL_OK, whorl_yield());
  return waits_for_an_answer("timeout of 1 s opened at a.c:1 passed");
}

static void R34_a_timeout_in_time_blames_nobody(void **state)
{
  (void)state;
  assert_int_equal(1, run(0.1, stall_is_long_ago));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R34_a_long_run_is_told_once_with_its_name),
      cmocka_unit_test(R34_off_reads_no_clock),
      cmocka_unit_test(R34_the_limit_itself_is_not_too_long),
      cmocka_unit_test(R34_a_run_that_yields_is_two_runs),
      cmocka_unit_test(R34_each_of_two_in_one_turn_is_told),
      cmocka_unit_test(R34_a_task_is_named_that_has_gone_with_its_stack),
      cmocka_unit_test(R34_a_post_is_no_tasks_run),
      cmocka_unit_test(R34_the_clock_is_read_once_per_run),
      cmocka_unit_test(R34_a_late_timeout_names_the_task_that_stalled_the_loop),
      cmocka_unit_test(R34_a_late_timeout_without_busy_tasks_says_how_late),
      cmocka_unit_test(R34_a_timeout_in_time_blames_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
