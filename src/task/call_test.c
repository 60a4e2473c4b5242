// Calls asked for by other threads (docs/tasks.md R31): order, what becomes of them at the end, and that their records are used again.
#include "task/kit.h"
#include "whorl/status.h"

static int number[] = {0, 1, 2, 3, 4};

static void note_call(void *arg) { note("%d", *(int *)arg); }
static void note_release(void *arg) { note("-%d", *(int *)arg); }

static int make_calls(int count)
{
  for (int i = 1; i <= count; i++) {
    int status = whorl__core_call(kit.core, note_call, &number[i], note_release);
    if (status < 0) return status;
  }
  return WHORL_OK;
}

static void R31_calls_are_made_in_their_order_and_each_is_released(void **state)
{
  (void)state;
  trace_clear();
  kit_open();
  assert_int_equal(WHORL_OK, make_calls(3));
  assert_trace("");
  assert_false(whorl__core_turn(kit.core)); // nothing is left
  assert_trace("1 -1 2 -2 3 -3");
  kit_close();
}

static void R31_a_call_that_nobody_makes_is_released_by_the_cores_end(void **state)
{
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  trace_clear();
  kit_open();
  assert_int_equal(WHORL_OK, make_calls(2));
  whorl__core_t *core = kit.core;
  kit_close();
  assert_trace("-1 -2");
  assert_int_equal(WHORL_OK, whorl__core_call(core, note_call, &number[3], note_release)); // the core's memory is type-stable
  assert_trace("-1 -2 -3");
  assert_int_equal(blocks, whorl__memory_blocks());
}

static void ignore_call(void *arg) { (void)arg; }

static void make_rounds(int rounds, int count)
{
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < count; i++) assert_int_equal(WHORL_OK, whorl__core_call(kit.core, ignore_call, NULL, NULL));
    whorl__core_turn(kit.core);
  }
}

static void R31_records_are_used_again(void **state)
{
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  kit_open();
  make_rounds(2, 100); // the first round's are there for the second one
  uint64_t allocations = whorl__memory_allocations();
  make_rounds(50, 100);
  assert_int_equal(allocations, whorl__memory_allocations());
  kit_close();
  assert_int_equal(blocks, whorl__memory_blocks());
}

static void R31_not_all_records_of_a_great_burst_are_kept(void **state)
{
  (void)state;
  kit_open();
  int64_t blocks = whorl__memory_blocks();
  make_rounds(3, 10000);
  assert_in_range(whorl__memory_blocks() - blocks, 1, 3000);
  kit_close();
}

static void R31_a_call_without_memory_is_an_error_and_not_half_a_call(void **state)
{
  (void)state;
  trace_clear();
  kit_open();
  whorl__memory_fail_at(1);
  assert_int_equal(WHORL_NO_MEMORY, make_calls(1));
  assert_int_equal(WHORL_OK, make_calls(2));
  whorl__memory_fail_at(0);
  whorl__core_turn(kit.core);
  assert_trace("1 -1 2 -2");
  kit_close();
}

static void call_again(void *arg)
{
  int *left = arg;
  note("%d", *left);
  if (--*left > 0) assert_int_equal(WHORL_OK, whorl__core_call(kit.core, call_again, left, NULL));
}

static void R31_a_call_made_by_a_call_belongs_to_the_next_turn(void **state)
{
  (void)state;
  int left = 3;
  trace_clear();
  kit_open();
  assert_int_equal(WHORL_OK, whorl__core_call(kit.core, call_again, &left, NULL));
  whorl__core_turn(kit.core);
  assert_trace("3");
  while (whorl__core_turn(kit.core)) {}
  assert_trace("3 2 1");
  kit_close();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R31_calls_are_made_in_their_order_and_each_is_released),
      cmocka_unit_test(R31_a_call_that_nobody_makes_is_released_by_the_cores_end),
      cmocka_unit_test(R31_records_are_used_again),
      cmocka_unit_test(R31_not_all_records_of_a_great_burst_are_kept),
      cmocka_unit_test(R31_a_call_without_memory_is_an_error_and_not_half_a_call),
      cmocka_unit_test(R31_a_call_made_by_a_call_belongs_to_the_next_turn),
  };
  return cmocka_run_group_tests_name("task/call", tests, NULL, NULL);
}
