// What the command line says of logging: levels, and whether the console shows anything.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log_start.h"
#include "base/memory.h"
#include "whorl/log.h"
#include "whorl/status.h"

#define START(...) start((const char *[]){"program", "--ros-args", __VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *) + 2)

static void start(const char *const *argv, size_t argc)
{
  whorl__arguments_t *arguments;
  if (whorl__arguments_parse((int)argc, argv, &arguments) < 0) fail_msg("%s", whorl_detail());
  assert_int_equal(whorl__log_start(arguments), WHORL_OK);
  whorl__arguments_free(arguments);
}

static int forget_levels(void **state)
{
  (void)state;
  static const char *const names[] = {"", "arm", "arm.driver", "leg"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_int_equal(whorl_log_set_level(names[i], WHORL_SEVERITY_UNSET), WHORL_OK);
  return 0;
}

static void levels_are_those_of_the_arguments(void **state)
{
  (void)state;
  START("--log-level", "error", "--log-level", "arm:=debug");
  assert_int_equal(whorl_log_effective_level("leg"), WHORL_SEVERITY_ERROR);
  assert_int_equal(whorl_log_effective_level("arm.driver"), WHORL_SEVERITY_DEBUG);
  assert_int_equal(whorl_log_level("arm.driver"), WHORL_SEVERITY_UNSET);
}

static void the_last_level_of_a_logger_counts(void **state)
{
  (void)state;
  START("--log-level", "arm:=debug", "--log-level", "warn", "--log-level", "arm:=fatal", "--log-level", "info");
  assert_int_equal(whorl_log_level("arm"), WHORL_SEVERITY_FATAL);
  assert_int_equal(whorl_log_level(""), WHORL_SEVERITY_INFO);
}

static void what_is_not_said_stays_as_it_is(void **state)
{
  (void)state;
  assert_int_equal(whorl_log_set_level("arm", WHORL_SEVERITY_WARN), WHORL_OK);
  START("--log-level", "leg:=unset");
  assert_int_equal(whorl_log_level("arm"), WHORL_SEVERITY_WARN);
  assert_int_equal(whorl_log_effective_level("leg"), WHORL_SEVERITY_INFO);
}

// Names that no other test uses: a logger that had a level before needs no memory.
static void without_memory_nothing_changes(void **state)
{
  (void)state;
  static const char *const argv[] = {"program",     "--ros-args",    "--log-level", "debug",
                                     "--log-level", "new.one:=warn", "--log-level", "new.two:=warn"};
  whorl__arguments_t *arguments;
  assert_int_equal(whorl__arguments_parse(8, argv, &arguments), WHORL_OK);
  for (uint64_t nth = 2; nth >= 1; nth--) { // the first logger is known from then on, and needs no memory
    whorl__memory_fail_at(nth);
    assert_int_equal(whorl__log_start(arguments), WHORL_NO_MEMORY);
    whorl__memory_fail_at(0);
    assert_int_equal(whorl_log_level(""), WHORL_SEVERITY_INFO);
    assert_int_equal(whorl_log_level("new.one"), WHORL_SEVERITY_UNSET);
    assert_int_equal(whorl_log_level("new.two"), WHORL_SEVERITY_UNSET);
  }
  whorl__arguments_free(arguments);
}

// What a process writes to its standard error that is started so and logs twice.
static void expect_written(const char *first, const char *second, const char *expected)
{
  int ends[2];
  char written[512] = "";
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    setenv("RCUTILS_CONSOLE_OUTPUT_FORMAT", "{message}", 1);
    dup2(ends[1], STDERR_FILENO);
    START(first);
    WHORL_LOG_ERROR("arm", "one");
    START(second);
    WHORL_LOG_ERROR("arm", "two");
    _exit(0);
  }
  close(ends[1]);
  size_t size = 0;
  for (ssize_t got; (got = read(ends[0], written + size, sizeof written - 1 - size)) > 0;) size += (size_t)got;
  close(ends[0]);
  assert_int_equal(waitpid(child, NULL, 0), child);
  assert_string_equal(written, expected);
}

static void the_console_can_be_silenced_and_heard_again(void **state)
{
  (void)state;
  expect_written("--disable-stdout-logs", "--disable-rosout-logs", "");
  expect_written("--disable-stdout-logs", "--enable-stdout-logs", "two\n");
  expect_written("--disable-external-lib-logs", "--disable-rosout-logs", "one\ntwo\n");
}

static void count(const whorl_log_entry_t *entry, void *arg)
{
  whorl_log_to_console(entry); // it is silent
  ++*(int *)arg;
}

static void a_silent_console_leaves_the_users_sink_alone(void **state)
{
  (void)state;
  int calls = 0;
  START("--disable-stdout-logs");
  whorl_log_set_sink(count, &calls);
  WHORL_LOG_INFO("arm", "moved");
  whorl_log_set_sink(NULL, NULL);
  START("--enable-stdout-logs");
  assert_int_equal(calls, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(levels_are_those_of_the_arguments, forget_levels),
      cmocka_unit_test_teardown(the_last_level_of_a_logger_counts, forget_levels),
      cmocka_unit_test_teardown(what_is_not_said_stays_as_it_is, forget_levels),
      cmocka_unit_test_teardown(without_memory_nothing_changes, forget_levels),
      cmocka_unit_test(the_console_can_be_silenced_and_heard_again),
      cmocka_unit_test(a_silent_console_leaves_the_users_sink_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
