// Traces: what is written of callbacks and tasks, byte by byte in virtual time, and that the file is sound JSON whatever the names are.
#include <stdlib.h>
#include <unistd.h>

#include "executor/executor_fixture.h"

static char path[] = "/tmp/whorl_trace_XXXXXX";

static int make_file(void **state)
{
  (void)state;
  int descriptor = mkstemp(path);
  return descriptor < 0 ? -1 : close(descriptor);
}

static int remove_file(void **state)
{
  (void)state;
  return unlink(path);
}

static const char *read_trace(void)
{
  static char text[8192];
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  size_t length = fread(text, 1, sizeof text - 1, file);
  text[length] = '\0';
  fclose(file);
  return text;
}

static int sleep_a_little(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return whorl_sleep(WHORL_MILLISECONDS(2));
}

// A message waits for a second until somebody spins; its callback has two runs, with its sleep in between.
EXECUTOR_TEST(a_callback_that_waits_has_two_runs_and_its_waiting_time)
{
  assert_int_equal(whorl_subscription_create(bench->node, INT32, "topic", sleep_a_little, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_trace_start(path), WHORL_OK);
  int64_t origin_ns = bench_now(bench);
  bench_publish(bench, 1);
  bench_let_pass(bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_executor_spin_once(bench->executor, 0), 1);
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_SECONDS(1)), 1);
  assert_int_equal(whorl_trace_stop(), WHORL_OK);
  const char *text = read_trace(), *first = strstr(text, "\"cat\": \"callback\"");
  assert_non_null(first);
  assert_non_null(strstr(text, "{\"ph\": \"M\", \"name\": \"thread_name\", \"pid\": 1, \"tid\": 2, \"args\": {\"name\": \"executor\"}}"));
  char expected[2][256];
  int64_t ran_us = (origin_ns + WHORL_SECONDS(1)) / 1000, woken_us = ran_us + 2000;
  snprintf(expected[0], sizeof expected[0],
           "{\"ph\": \"X\", \"name\": \"/topic\", \"cat\": \"callback\", \"pid\": 1, \"tid\": 2, \"ts\": %lld.000, \"dur\": 0.000, "
           "\"args\": {\"run\": 1, \"waited_us\": ",
           (long long)ran_us);
  snprintf(expected[1], sizeof expected[1],
           "{\"ph\": \"X\", \"name\": \"/topic\", \"cat\": \"callback\", \"pid\": 1, \"tid\": 2, \"ts\": %lld.000, \"dur\": 0.000, "
           "\"args\": {\"run\": 2, \"waited_us\": 0.000}}\n]\n",
           (long long)woken_us);
  const char *run = strstr(text, expected[0]);
  assert_non_null(run);
  assert_in_range(strtod(run + strlen(expected[0]), NULL), 990000, 1000000); // but for the message's way
  assert_string_equal(strstr(text, expected[1]), expected[1]);
}

static int do_nothing(uint64_t word, void *arg)
{
  (void)word, (void)arg;
  return WHORL_OK;
}

static void names_are_written_as_json_wants_them(void **state)
{
  bench_t bench;
  whorl_guard_condition_t guard;
  bench_create(&bench, *state, WHORL_EXECUTOR_EVENTS, NULL);
  const whorl_guard_condition_options_t options = {.name = "a \"b\" \\ \n"};
  assert_int_equal(whorl_guard_condition_create(bench.node, do_nothing, NULL, &options, &guard), WHORL_OK);
  assert_int_equal(whorl_trace_start(path), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench.executor, bench.node), WHORL_OK);
  assert_int_equal(whorl_guard_condition_trigger(guard), WHORL_OK);
  assert_int_equal(whorl_executor_spin_some(bench.executor, 0), 1);
  assert_int_equal(whorl_trace_stop(), WHORL_OK);
  assert_non_null(strstr(read_trace(), "\"name\": \"a \\\"b\\\" \\\\ \\u000a\""));
  bench_destroy(&bench);
}

static void a_trace_without_runs_is_an_empty_list(void **state)
{
  (void)state;
  assert_int_equal(whorl_trace_start(path), WHORL_OK);
  assert_int_equal(whorl_trace_stop(), WHORL_OK);
  assert_string_equal(read_trace(), "[]\n");
}

static void bad_calls_say_what_is_wrong(void **state)
{
  (void)state;
  assert_int_equal(whorl_trace_stop(), WHORL_WRONG_STATE);
  assert_int_equal(whorl_trace_start(NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_trace_start("/nowhere/trace.json"), WHORL_IO_ERROR);
  assert_string_equal(whorl_detail(), "the trace '/nowhere/trace.json' cannot be written: No such file or directory");
  assert_int_equal(whorl_trace_start(path), WHORL_OK);
  assert_int_equal(whorl_trace_start(path), WHORL_BUSY);
  assert_int_equal(whorl_trace_stop(), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(a_callback_that_waits_has_two_runs_and_its_waiting_time),
      NODE_TEST(names_are_written_as_json_wants_them),
      cmocka_unit_test(a_trace_without_runs_is_an_empty_list),
      cmocka_unit_test(bad_calls_say_what_is_wrong),
  };
  return cmocka_run_group_tests(tests, make_file, remove_file);
}
