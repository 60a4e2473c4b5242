#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "whorl/status.h"

static void numbers_run_without_a_hole(void **state)
{
  (void)state;
  int expected = 0;
#define CHECK(name, number, sentence) assert_int_equal(number, expected--);
  WHORL_STATUS_TABLE(CHECK)
#undef CHECK
}

static void every_code_has_its_name_and_sentence(void **state)
{
  (void)state;
#define CHECK(name, number, sentence)                                   \
  assert_string_equal(whorl_status_name(WHORL_##name), "WHORL_" #name); \
  assert_string_equal(whorl_status_sentence(WHORL_##name), sentence);
  WHORL_STATUS_TABLE(CHECK)
#undef CHECK
}

static void other_numbers_are_unknown(void **state)
{
  (void)state;
  static const int numbers[] = {1, -38, -1000, 0x7fffffff, -0x7fffffff - 1};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    assert_string_equal(whorl_status_name(numbers[i]), "WHORL_UNKNOWN");
    assert_true(strlen(whorl_status_sentence(numbers[i])) > 0);
  }
}

static void errno_values_are_translated(void **state)
{
  (void)state;
  assert_int_equal(whorl_status_from_errno(0), WHORL_OK);
  assert_int_equal(whorl_status_from_errno(ENOMEM), WHORL_NO_MEMORY);
  assert_int_equal(whorl_status_from_errno(EAGAIN), WHORL_WOULD_BLOCK);
  assert_int_equal(whorl_status_from_errno(EINTR), WHORL_INTERRUPTED);
  assert_int_equal(whorl_status_from_errno(EMFILE), WHORL_LIMIT_EXCEEDED);
  assert_string_equal(whorl_detail(), "");
  assert_int_equal(whorl_status_from_errno(EIO), WHORL_IO_ERROR);
  assert_non_null(strstr(whorl_detail(), "errno 5"));
}

static int try_it(int status, int *reached)
{
  WHORL_TRY(status);
  *reached = 1;
  return 7;
}

static void try_returns_failures_only(void **state)
{
  (void)state;
  int reached = 0;
  assert_int_equal(try_it(WHORL_BUSY, &reached), WHORL_BUSY);
  assert_int_equal(reached, 0);
  assert_int_equal(try_it(WHORL_OK, &reached), 7);
  assert_int_equal(reached, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_run_without_a_hole), cmocka_unit_test(every_code_has_its_name_and_sentence),
      cmocka_unit_test(other_numbers_are_unknown),  cmocka_unit_test(errno_values_are_translated),
      cmocka_unit_test(try_returns_failures_only),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
