// Busy tasks of real loops: docs/tasks.md R34. Every run is longer than a nanosecond; how long is not judged.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "whorl/loop.h"

static void note_busy_task(const char *task, int64_t length_ns, void *arg)
{
  if (strcmp(task, "main") == 0 && length_ns > 1 && whorl_yield() == WHORL_NOT_IN_TASK) ++*(int *)arg;
}

static int yield_twice(void *arg)
{
  (void)arg;
  WHORL_TRY(whorl_yield());
  return whorl_yield();
}

// How many runs the loop has counted, of a task that yields twice; how many its hook was told of.
static uint64_t run_with_limit(int64_t limit_ns, int *ret_told)
{
  whorl_loop_t loop;
  whorl_loop_counts_t counts;
  *ret_told = 0;
  assert_int_equal(
      whorl_loop_create(&(whorl_loop_options_t){.busy_limit_ns = limit_ns, .on_busy = note_busy_task, .busy_arg = ret_told}, &loop),
      WHORL_OK);
  assert_int_equal(whorl_loop_run(loop, yield_twice, NULL), WHORL_OK);
  assert_int_equal(whorl_loop_read_counts(loop, &counts), WHORL_OK);
  assert_int_equal(whorl_loop_destroy(loop), WHORL_OK);
  return counts.busy_runs;
}

static void R34_each_run_over_the_limit_is_told_and_counted(void **state)
{
  int told;
  (void)state;
  assert_int_equal(run_with_limit(1, &told), 3);
  assert_int_equal(told, 3);
}

static void R34_off_means_never(void **state)
{
  int told;
  (void)state;
  assert_int_equal(run_with_limit(WHORL_FOREVER, &told), 0);
  assert_int_equal(told, 0);
}

static void R34_a_negative_limit_is_refused(void **state)
{
  (void)state;
  whorl_loop_t loop = {7};
  assert_int_equal(whorl_loop_create(&(whorl_loop_options_t){.busy_limit_ns = -1}, &loop), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "whorl_loop_create: busy_limit_ns is negative (WHORL_FOREVER turns the limit off)");
  assert_int_equal(loop.id, 7);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R34_each_run_over_the_limit_is_told_and_counted),
      cmocka_unit_test(R34_off_means_never),
      cmocka_unit_test(R34_a_negative_limit_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
