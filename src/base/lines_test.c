#include "base/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "whorl/status.h"

static char told[256];

static void note(const char *line, void *arg)
{
  assert_ptr_equal(arg, told);
  strcat(strcat(told, line), "|");
}

static void write_two(whorl__lines_t *lines)
{
  whorl__lines_add(lines, "%d", 1);
  whorl__lines_add(lines, " and %s", "a half");
  whorl__lines_end(lines);
  whorl__lines_end(lines);
}

static void what_does_not_fit_is_counted_and_fits_the_next_time(void **state)
{
  (void)state;
  whorl__lines_t lines = {0};
  int status = WHORL_OK;
  write_two(&lines);
  assert_int_equal(lines.length, strlen("1 and a half") + 2);
  assert_false(whorl__lines_fit(&lines, &status));
  write_two(&lines);
  assert_true(whorl__lines_fit(&lines, &status));
  assert_int_equal(status, WHORL_OK);
  told[0] = '\0';
  whorl__lines_tell(&lines, note, told);
  assert_string_equal(told, "1 and a half||");
}

static void it_can_grow_again_between_two_tries(void **state)
{
  (void)state;
  whorl__lines_t lines = {0};
  int status = WHORL_OK, tries = 0;
  do {
    for (int i = 0; i < 5 * (tries + 1) && tries < 3; i++) write_two(&lines);
    tries++;
  } while (!whorl__lines_fit(&lines, &status));
  assert_int_equal(tries, 4);
  told[0] = '\0';
  whorl__lines_tell(&lines, note, told);
  assert_string_equal(told, "");
}

static void without_memory_it_says_so(void **state)
{
  (void)state;
  whorl__lines_t lines = {0};
  int status = WHORL_OK;
  write_two(&lines);
  whorl__memory_fail_at(1);
  assert_false(whorl__lines_fit(&lines, &status));
  whorl__memory_fail_at(0);
  assert_int_equal(status, WHORL_NO_MEMORY);
  write_two(&lines);
  assert_int_equal(lines.length, strlen("1 and a half") + 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_does_not_fit_is_counted_and_fits_the_next_time),
      cmocka_unit_test(it_can_grow_again_between_two_tries),
      cmocka_unit_test(without_memory_it_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
