// WHORL_TRACE, which the first context of a process reads: so each case is a process of its own.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executor/executor_fixture.h"

static int run_in_a_child(int (*body)(void))
{
  int result;
  pid_t child = fork();
  if (child == 0) exit(body()); // exit: the trace is ended as any process ends it
  assert_true(child > 0);
  assert_int_equal(waitpid(child, &result, 0), child);
  return WIFEXITED(result) ? WEXITSTATUS(result) : -1;
}

static int yield_once(void *arg)
{
  (void)arg;
  return whorl_yield();
}

static int trace_a_world(void)
{
  whorl_simulation_t world;
  if (whorl_simulation_create(1, &world) < 0) return 1;
  return whorl_simulation_run(world, yield_once, NULL) == WHORL_OK ? 0 : 2;
}

static void a_process_that_just_exits_leaves_a_whole_file(void **state)
{
  char path[] = "/tmp/whorl_trace_XXXXXX", text[2048];
  (void)state;
  int descriptor = mkstemp(path);
  assert_true(descriptor >= 0);
  assert_int_equal(setenv("WHORL_TRACE", path, 1), 0);
  assert_int_equal(run_in_a_child(trace_a_world), 0);
  ssize_t length = read(descriptor, text, sizeof text - 1);
  assert_in_range(length, 1, sizeof text - 1);
  text[length] = '\0';
  assert_string_equal(text + length - 3, "\n]\n");
  assert_non_null(strstr(text, "\"name\": \"main\", \"cat\": \"task\""));
  assert_int_equal(close(descriptor), 0);
  assert_int_equal(unlink(path), 0);
}

static int fail_twice(void)
{
  whorl_simulation_t world;
  for (int i = 0; i < 2; i++) { // it is not forgotten that a trace was wanted
    if (whorl_simulation_create(1, &world) != WHORL_IO_ERROR) return 1;
    if (strcmp(whorl_detail(), "WHORL_TRACE is '/nowhere/trace.json', which cannot be written") != 0) return 2;
  }
  return 0;
}

static void a_file_that_cannot_be_written_is_an_error(void **state)
{
  (void)state;
  assert_int_equal(setenv("WHORL_TRACE", "/nowhere/trace.json", 1), 0);
  assert_int_equal(run_in_a_child(fail_twice), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_process_that_just_exits_leaves_a_whole_file),
      cmocka_unit_test(a_file_that_cannot_be_written_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
