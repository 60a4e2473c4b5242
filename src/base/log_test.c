// Levels, sinks, the macros, and the console's line.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log_line.h"
#include "whorl/log.h"
#include "whorl/status.h"
#include "whorl/time.h"

static char heard[4096];
static int entries;
static whorl_log_entry_t last;

static void hear(const whorl_log_entry_t *entry, void *arg)
{
  assert_ptr_equal(arg, heard);
  snprintf(heard, sizeof heard, "%s", entry->message);
  last = *entry;
  entries++;
}

static int setup(void **state)
{
  (void)state;
  entries = 0;
  heard[0] = '\0';
  whorl_log_set_sink(hear, heard);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  whorl_log_set_sink(NULL, NULL);
  static const char *const names[] = {"", "arm", "arm.driver", "leg"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_int_equal(whorl_log_set_level(names[i], WHORL_SEVERITY_UNSET), WHORL_OK);
  return 0;
}

static void a_logger_has_the_level_of_its_nearest_parent(void **state)
{
  (void)state;
  assert_int_equal(whorl_log_effective_level("arm.driver"), WHORL_SEVERITY_INFO);
  assert_int_equal(whorl_log_set_level("arm", WHORL_SEVERITY_DEBUG), WHORL_OK);
  assert_int_equal(whorl_log_effective_level("arm.driver.left"), WHORL_SEVERITY_DEBUG);
  assert_int_equal(whorl_log_effective_level("armour"), WHORL_SEVERITY_INFO);
  assert_int_equal(whorl_log_set_level("arm.driver", WHORL_SEVERITY_ERROR), WHORL_OK);
  assert_int_equal(whorl_log_effective_level("arm.driver.left"), WHORL_SEVERITY_ERROR);
  assert_int_equal(whorl_log_level("arm.driver.left"), WHORL_SEVERITY_UNSET);
  assert_int_equal(whorl_log_set_level("arm.driver", WHORL_SEVERITY_UNSET), WHORL_OK);
  assert_int_equal(whorl_log_effective_level("arm.driver"), WHORL_SEVERITY_DEBUG);
  assert_int_equal(whorl_log_set_level(NULL, WHORL_SEVERITY_FATAL), WHORL_OK);
  assert_int_equal(whorl_log_effective_level("leg"), WHORL_SEVERITY_FATAL);
}

static void what_is_no_level_is_refused(void **state)
{
  (void)state;
  assert_int_equal(whorl_log_set_level("arm", (whorl_severity_t)15), WHORL_INVALID_ARGUMENT);
  assert_non_null(strstr(whorl_detail(), "15"));
}

static int evaluated(int *count) { return ++*count; }

static void what_is_off_is_neither_told_nor_evaluated(void **state)
{
  (void)state;
  int count = 0;
  WHORL_LOG_DEBUG("arm", "%d", evaluated(&count));
  assert_int_equal(count + entries, 0);
  assert_int_equal(whorl_log_set_level("leg", WHORL_SEVERITY_DEBUG), WHORL_OK); // another one is talkative
  WHORL_LOG_DEBUG("arm", "%d", evaluated(&count));
  assert_int_equal(count + entries, 0);
  WHORL_LOG_DEBUG("leg.left", "%d", evaluated(&count));
  assert_int_equal(count + entries, 2);
}

static void an_entry_says_what_where_and_who(void **state)
{
  (void)state;
  WHORL_LOG_WARN("arm", "%s %d", "joint", 3);
  assert_string_equal(heard, "joint 3");
  assert_int_equal(last.severity, WHORL_SEVERITY_WARN);
  assert_string_equal(last.logger, "arm");
  assert_string_equal(last.function, __func__);
  assert_int_equal(last.line, __LINE__ - 5);
  assert_true(last.stamp_ns > WHORL_SECONDS(1000000000));
}

static void long_messages_come_whole(void **state)
{
  (void)state;
  char text[3000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  WHORL_LOG_ERROR("arm", "%s", text);
  assert_string_equal(heard, text);
}

static void once_skip_first_and_conditions(void **state)
{
  (void)state;
  for (int i = 0; i < 3; i++) WHORL_LOG_ONCE(WHORL_SEVERITY_INFO, "arm", "once %d", i);
  assert_string_equal(heard, "once 0");
  assert_int_equal(entries, 1);
  for (int i = 0; i < 3; i++) WHORL_LOG_SKIP_FIRST(WHORL_SEVERITY_INFO, "arm", "later %d", i);
  assert_string_equal(heard, "later 2");
  assert_int_equal(entries, 3);
  for (int i = 0; i < 3; i++) WHORL_LOG_IF(WHORL_SEVERITY_INFO, i == 1, "arm", "if %d", i);
  assert_string_equal(heard, "if 1");
  assert_int_equal(entries, 4);
}

static void a_throttle_lets_one_through_in_its_period(void **state)
{
  (void)state;
  for (int i = 0; i < 3; i++) WHORL_LOG_THROTTLE(WHORL_SEVERITY_INFO, WHORL_SECONDS(1000000), "arm", "%d", i);
  assert_int_equal(entries, 1);
  for (int i = 0; i < 3; i++) WHORL_LOG_THROTTLE(WHORL_SEVERITY_INFO, 0, "arm", "%d", i);
  assert_int_equal(entries, 4);
}

static void what_is_off_does_not_use_up_the_once(void **state)
{
  (void)state;
  for (int i = 0; i < 2; i++) {
    WHORL_LOG_ONCE(WHORL_SEVERITY_DEBUG, "arm", "%d", i);
    assert_int_equal(whorl_log_set_level("arm", WHORL_SEVERITY_DEBUG), WHORL_OK);
  }
  assert_string_equal(heard, "1");
}

static void expect_line(const char *format, bool coloured, whorl_severity_t severity, const char *expected)
{
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  assert_non_null(stream);
  whorl__log_print_line(stream, format, coloured,
                        &(whorl_log_entry_t){severity, "arm.driver", "moved", INT64_C(1234567890012345678), "move", "arm.c", 7});
  fclose(stream);
  assert_string_equal(text, expected);
  free(text);
}

static void the_console_shows_lines_as_ros_2_does(void **state)
{
  (void)state;
  expect_line(WHORL__LOG_FORMAT, false, WHORL_SEVERITY_INFO, "[INFO] [1234567890.012345678] [arm.driver]: moved\n");
  expect_line(WHORL__LOG_FORMAT, true, WHORL_SEVERITY_WARN, "\033[33m[WARN] [1234567890.012345678] [arm.driver]: moved\033[0m\n");
  expect_line("{time_as_nanoseconds} {function_name} {file_name}:{line_number}", false, WHORL_SEVERITY_INFO,
              "1234567890012345678 move arm.c:7\n");
  expect_line("{message}\\t{nothing} {\\q", false, WHORL_SEVERITY_INFO, "moved\t{nothing} {\\q\n");
}

static void the_date_is_the_local_one(void **state)
{
  (void)state;
  setenv("TZ", "UTC0", 1);
  expect_line("{date_time_with_ms}", false, WHORL_SEVERITY_INFO, "2009-02-13 23:31:30.012\n");
}

typedef struct variable {
  const char *name, *value;
} variable_t;

// What a process with these variables writes to one of its standard streams when it logs.
static void expect_written(const variable_t *variables, size_t count, int stream, const char *expected)
{
  int ends[2];
  char written[512] = "";
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    for (size_t i = 0; i < count; i++) setenv(variables[i].name, variables[i].value, 1);
    dup2(ends[1], stream);
    WHORL_LOG_ERROR("arm", "stuck");
    fflush(stdout);
    _exit(0);
  }
  close(ends[1]);
  size_t size = 0;
  for (ssize_t got; (got = read(ends[0], written + size, sizeof written - 1 - size)) > 0;) size += (size_t)got;
  close(ends[0]);
  assert_int_equal(waitpid(child, NULL, 0), child);
  assert_string_equal(written, expected);
}

static void the_console_obeys_the_variables_of_ros_2(void **state)
{
  (void)state;
  static const variable_t plain[] = {{"RCUTILS_CONSOLE_OUTPUT_FORMAT", "{severity} {message}"}};
  static const variable_t all[] = {{"RCUTILS_CONSOLE_OUTPUT_FORMAT", "{name} {message}"},
                                   {"RCUTILS_COLORIZED_OUTPUT", "1"},
                                   {"RCUTILS_LOGGING_USE_STDOUT", "1"},
                                   {"RCUTILS_LOGGING_BUFFERED_STREAM", "1"}};
  static const variable_t odd[] = {{"RCUTILS_CONSOLE_OUTPUT_FORMAT", "{message}"}, {"RCUTILS_COLORIZED_OUTPUT", "yes"}};
  expect_written(plain, 1, STDERR_FILENO, "ERROR stuck\n");
  expect_written(all, 4, STDOUT_FILENO, "\033[31marm stuck\033[0m\n");
  expect_written(odd, 2, STDERR_FILENO, "RCUTILS_COLORIZED_OUTPUT is 'yes', neither 0 nor 1: ignored\nstuck\n");
}

#define LOG_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      LOG_TEST(a_logger_has_the_level_of_its_nearest_parent),
      LOG_TEST(what_is_no_level_is_refused),
      LOG_TEST(what_is_off_is_neither_told_nor_evaluated),
      LOG_TEST(an_entry_says_what_where_and_who),
      LOG_TEST(long_messages_come_whole),
      LOG_TEST(once_skip_first_and_conditions),
      LOG_TEST(a_throttle_lets_one_through_in_its_period),
      LOG_TEST(what_is_off_does_not_use_up_the_once),
      cmocka_unit_test(the_console_shows_lines_as_ros_2_does),
      cmocka_unit_test(the_console_obeys_the_variables_of_ros_2),
      cmocka_unit_test(the_date_is_the_local_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
