#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time_after.h"

static void durations_are_nanoseconds(void **state)
{
  (void)state;
  assert_int_equal(WHORL_NANOSECONDS(7), 7);
  assert_int_equal(WHORL_MICROSECONDS(7), 7000);
  assert_int_equal(WHORL_MILLISECONDS(7), 7000000);
  assert_int_equal(WHORL_SECONDS(7), 7000000000);
  assert_int_equal(WHORL_SECONDS(-1), -1000000000);
}

static void small_types_and_fractions_are_not_cut(void **state)
{
  (void)state;
  int large = 2000000000;
  unsigned char small = 255;
  assert_int_equal(WHORL_SECONDS(large), INT64_C(2000000000000000000));
  assert_int_equal(WHORL_MILLISECONDS(small), 255000000);
  assert_int_equal(WHORL_SECONDS(0.25), 250000000);
  assert_int_equal(WHORL_MILLISECONDS(1 + 1), 2000000);
}

static void forever_is_the_latest_time(void **state)
{
  (void)state;
  assert_int_equal(WHORL_FOREVER, INT64_MAX);
  assert_int_equal(sizeof(WHORL_FOREVER), sizeof(int64_t));
}

static void a_sum_beyond_all_times_is_the_end_of_time(void **state)
{
  (void)state;
  assert_true(whorl__time_after(40, 2) == 42);
  assert_true(whorl__time_after(1, WHORL_FOREVER) == WHORL_FOREVER);
  assert_true(whorl__time_after(WHORL_FOREVER, WHORL_FOREVER) == WHORL_FOREVER);
  assert_true(whorl__time_after(-2, INT64_MIN) == INT64_MIN);
  assert_true(whorl__time_after(0, INT64_MIN) == INT64_MIN);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(durations_are_nanoseconds),
      cmocka_unit_test(small_types_and_fractions_are_not_cut),
      cmocka_unit_test(forever_is_the_latest_time),
      cmocka_unit_test(a_sum_beyond_all_times_is_the_end_of_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
