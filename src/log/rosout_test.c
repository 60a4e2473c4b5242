// /rosout over the simulated network: who is heard there, what goes on the wire, and that nobody waits for it.
#include <stdio.h>

#include <rcl_interfaces/msg/log.h>
#include <whorl/log.h>

#include "base/detail.h"
#include "base/memory.h"
#include "node/fixture.h"

#define MS WHORL_MILLISECONDS
#define LOG WHORL_MESSAGE(rcl_interfaces, msg, Log)

static struct {
  int lines;
  char name[64], msg[128];
  uint8_t level;
  int64_t stamp_ns;
  uint8_t bytes[2][256];
  size_t sizes[2];
} heard;

static void swallow(const whorl_log_entry_t *entry, void *arg) { (void)entry, (void)arg; }

static int setup(void **state)
{
  memset(&heard, 0, sizeof heard);
  whorl_log_set_sink(swallow, NULL); // in place of the console
  return fixture_setup(state);
}

static int teardown(void **state)
{
  int status = fixture_teardown(state);
  whorl_log_set_sink(NULL, NULL);
  return status;
}

static int hear(const void *message, const whorl_message_info_t *info, void *arg)
{
  const rcl_interfaces__msg__Log *log = message;
  (void)info, (void)arg;
  heard.lines++;
  heard.level = log->level;
  heard.stamp_ns = WHORL_SECONDS((int64_t)log->stamp.sec) + log->stamp.nanosec;
  snprintf(heard.name, sizeof heard.name, "%s", log->name.data);
  snprintf(heard.msg, sizeof heard.msg, "%s", log->msg.data);
  return WHORL_OK;
}

static int hear_bytes(const void *bytes, size_t size, const whorl_message_info_t *info, void *arg)
{
  (void)info, (void)arg;
  assert_true(heard.lines < 2 && size <= sizeof heard.bytes[0]);
  memcpy(heard.bytes[heard.lines], bytes, size);
  heard.sizes[heard.lines++] = size;
  return WHORL_OK;
}

static whorl_node_t make_node(fixture_t *fixture, const char *name, const char *node_namespace, whorl_switch_t rosout)
{
  whorl_node_t node;
  const whorl_node_options_t options = {.node_namespace = node_namespace, .rosout = rosout};
  assert_int_equal(whorl_node_create(fixture->context, name, &options, &node), WHORL_OK);
  return node;
}

static whorl_node_t make_speaker(fixture_t *fixture, const char *name, const char *node_namespace)
{
  return make_node(fixture, name, node_namespace, WHORL_SWITCH_ON);
}

// As `ros2 topic echo /rosout` and rqt_console do.
static void listen(fixture_t *fixture)
{
  const whorl_subscription_options_t options = {.qos = &WHORL_QOS_ROSOUT};
  assert_int_equal(whorl_subscription_create(fixture->node, LOG, "/rosout", hear, NULL, &options, &fixture->subscription), WHORL_OK);
}

static void run(fixture_t *fixture, int64_t duration_ns)
{
  assert_int_equal(whorl_simulation_run_for(fixture->world, duration_ns), WHORL_OK);
}

static void expect_heard(fixture_t *fixture, const char *logger, const char *message)
{
  int before = heard.lines;
  WHORL_LOG_WARN(logger, "%s", message);
  run(fixture, MS(1));
  assert_int_equal(heard.lines, before + 1);
  assert_string_equal(heard.name, logger);
  assert_string_equal(heard.msg, message);
  assert_int_equal(heard.level, WHORL_SEVERITY_WARN);
}

static void expect_silence(fixture_t *fixture, const char *logger)
{
  int before = heard.lines;
  WHORL_LOG_ERROR(logger, "nobody");
  run(fixture, MS(1));
  assert_int_equal(heard.lines, before);
}

static whorl_rosout_counts_t counts_of(whorl_node_t node)
{
  whorl_rosout_counts_t counts;
  assert_int_equal(whorl_node_read_rosout_counts(node, &counts), WHORL_OK);
  return counts;
}

// --- on the wire

// What a stock node sent: two lines, the first one from before the listener came. Stamps at 4 to 11.
static const char *const captured[] = {"00010000a68d006b5aea0715140000001100000064656d6f2e6c6f676765725f6e6f6465000000002000000066697273742"
                                       "06c696e652c206265666f726520616e79206c"
                                       "697374656e65720009000000706565722e63707000000000050000006d61696e0000000035000000",
                                       "00010000a88d006b5395d8321e0000001100000064656d6f2e6c6f676765725f6e6f646500000000160000007365636f6e6"
                                       "4206c696e652c2076616c756520343200000009"
                                       "000000706565722e63707000000000050000006d61696e0000000037000000"};

static void expect_captured(int line)
{
  char hex[2 * sizeof heard.bytes[0] + 1] = "";
  memset(heard.bytes[line] + 4, 0, 8);
  for (size_t i = 0; i < heard.sizes[line]; i++) snprintf(hex + 2 * i, 3, "%02x", heard.bytes[line][i]);
  assert_int_equal(strlen(hex), strlen(captured[line]));
  assert_memory_equal(hex, captured[line], 8);
  assert_string_equal(hex + 24, captured[line] + 24);
}

static void lines_go_out_as_a_stock_nodes_do_and_wait_for_who_comes_late(void **state)
{
  fixture_t *fixture = *state;
  const whorl_subscription_options_t options = {.qos = &WHORL_QOS_ROSOUT};
  whorl_node_t node = make_speaker(fixture, "logger_node", "/demo");
  whorl_log_write(WHORL_SEVERITY_INFO, whorl_node_logger(node), "main", "peer.cpp", 53, "first line, before any listener");
  run(fixture, MS(500));
  assert_int_equal(whorl_subscription_create_serialized(fixture->node, LOG, "/rosout", hear_bytes, NULL, &options, &fixture->subscription),
                   WHORL_OK);
  run(fixture, MS(500));
  whorl_log_write(WHORL_SEVERITY_WARN, whorl_node_logger(node), "main", "peer.cpp", 55, "second line, value %d", 42);
  run(fixture, MS(1));
  assert_int_equal(heard.lines, 2);
  expect_captured(0);
  expect_captured(1);
}

static void lines_are_kept_for_ten_seconds(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t node = make_speaker(fixture, "n", NULL);
  WHORL_LOG_INFO(whorl_node_logger(node), "old");
  run(fixture, WHORL_SECONDS(6));
  WHORL_LOG_INFO(whorl_node_logger(node), "young");
  run(fixture, WHORL_SECONDS(6));
  listen(fixture);
  run(fixture, MS(1));
  assert_int_equal(heard.lines, 1);
  assert_string_equal(heard.msg, "young");
}

static void a_volatile_listener_gets_what_comes_from_then_on(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t node = make_speaker(fixture, "n", NULL);
  WHORL_LOG_INFO(whorl_node_logger(node), "before");
  assert_int_equal(whorl_subscription_create(fixture->node, LOG, "/rosout", hear, NULL, NULL, &fixture->subscription), WHORL_OK);
  run(fixture, MS(1));
  assert_int_equal(heard.lines, 0);
  expect_heard(fixture, "n", "after");
}

static void the_stamp_is_the_worlds_time(void **state)
{
  fixture_t *fixture = *state;
  make_speaker(fixture, "n", NULL);
  listen(fixture);
  run(fixture, WHORL_SECONDS(3));
  int64_t now_ns = whorl_clock_now_ns(whorl_node_clock_of_kind(fixture->node, WHORL_CLOCK_SYSTEM));
  expect_heard(fixture, "n", "now");
  assert_int_equal(heard.stamp_ns, now_ns);
}

// --- who is heard

static void a_nodes_logger_and_those_below_it_are_heard(void **state)
{
  fixture_t *fixture = *state;
  make_speaker(fixture, "arm", "/robot");
  listen(fixture);
  expect_heard(fixture, "robot.arm", "itself");
  expect_heard(fixture, "robot.arm.driver.left", "a child");
  expect_silence(fixture, "robot");
  expect_silence(fixture, "robot.armour");
  expect_silence(fixture, "");
  expect_silence(fixture, "tested"); // a node of the world without /rosout
}

static void an_entry_goes_to_the_nearest_node(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t arm = make_speaker(fixture, "arm", NULL), driver = make_speaker(fixture, "driver", "/arm");
  listen(fixture);
  expect_heard(fixture, "arm.driver.left", "near");
  assert_int_equal(counts_of(driver).published, 1);
  expect_heard(fixture, "arm.other", "far");
  assert_int_equal(counts_of(arm).published, 1);
}

static void of_two_nodes_with_one_name_the_first_speaks_and_then_the_other(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t first = make_speaker(fixture, "twin", NULL), second = make_speaker(fixture, "twin", NULL);
  listen(fixture);
  expect_heard(fixture, "twin", "one");
  assert_int_equal(counts_of(first).published, 1);
  assert_int_equal(whorl_node_destroy(first), WHORL_OK);
  expect_heard(fixture, "twin", "two");
  assert_int_equal(counts_of(second).published, 1);
  assert_int_equal(whorl_node_destroy(second), WHORL_OK);
  expect_silence(fixture, "twin");
}

static void what_is_off_is_not_published(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t node = make_speaker(fixture, "quiet", NULL);
  assert_int_equal(whorl_log_set_level("quiet", WHORL_SEVERITY_ERROR), WHORL_OK);
  WHORL_LOG_WARN("quiet", "nothing");
  assert_int_equal(whorl_log_set_level("quiet", WHORL_SEVERITY_UNSET), WHORL_OK);
  assert_int_equal(counts_of(node).published, 0);
}

// --- on and off

static void in_a_simulation_a_node_speaks_only_when_it_is_told_to(void **state)
{
  fixture_t *fixture = *state;
  make_node(fixture, "off", NULL, WHORL_SWITCH_OFF);
  make_node(fixture, "default", NULL, WHORL_SWITCH_DEFAULT);
  make_node(fixture, "on", NULL, WHORL_SWITCH_ON);
  listen(fixture);
  expect_silence(fixture, "off");
  expect_silence(fixture, "default");
  expect_heard(fixture, "on", "here");
  assert_int_equal(whorl_subscription_matched_count(fixture->subscription), 1);
}

static void the_command_line_can_switch_it_off(void **state)
{
  fixture_t *fixture = *state;
  static const char *const off[] = {"--ros-args", "--disable-rosout-logs"}, *const on[] = {"--ros-args", "--enable-rosout-logs"};
  whorl_node_t node;
  listen(fixture);
  whorl_node_options_t options = {.rosout = WHORL_SWITCH_ON, .arguments = off, .argument_count = 2};
  assert_int_equal(whorl_node_create(fixture->context, "silenced", &options, &node), WHORL_OK);
  expect_silence(fixture, "silenced");
  options.arguments = on;
  assert_int_equal(whorl_node_create(fixture->context, "speaking", &options, &node), WHORL_OK);
  expect_heard(fixture, "speaking", "here");
}

// --- nobody waits, nobody fails

static int log_in_a_task(void *arg)
{
  (void)arg;
  int64_t before_ns = whorl_now_ns();
  for (int i = 0; i < 1500; i++) WHORL_LOG_INFO("n", "%d", i); // more than are kept
  assert_int_equal(whorl_now_ns(), before_ns);
  return WHORL_OK;
}

static void a_task_logs_without_suspending(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t node = make_speaker(fixture, "n", NULL);
  listen(fixture);
  assert_int_equal(whorl_simulation_run(fixture->world, log_in_a_task, NULL), WHORL_OK);
  assert_int_equal(counts_of(node).published, 1500);
}

static void what_cannot_be_published_is_counted_and_leaves_the_caller_alone(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t node = make_speaker(fixture, "n", NULL);
  listen(fixture);
  expect_heard(fixture, "n", "one");
  (void)whorl__fail(WHORL_BUSY, "my own sentence");
  whorl__memory_fail_at(1);
  WHORL_LOG_INFO("n", "two");
  whorl__memory_fail_at(0);
  assert_string_equal(whorl_detail(), "my own sentence");
  run(fixture, MS(1));
  assert_int_equal(heard.lines, 1);
  assert_int_equal(counts_of(node).published, 1);
  assert_int_equal(counts_of(node).lost, 1);
  expect_heard(fixture, "n", "three");
}

static void a_stale_publisher_is_no_failure_of_the_caller_either(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t node = make_speaker(fixture, "n", NULL);
  assert_int_equal(whorl_node_destroy(node), WHORL_OK);
  (void)whorl__fail(WHORL_BUSY, "my own sentence");
  WHORL_LOG_INFO("n", "late");
  assert_string_equal(whorl_detail(), "my own sentence");
}

static void counts_want_a_place_and_a_node(void **state)
{
  fixture_t *fixture = *state;
  whorl_rosout_counts_t counts = {7, 7};
  assert_int_equal(whorl_node_read_rosout_counts(fixture->node, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_node_read_rosout_counts((whorl_node_t){0}, &counts), WHORL_INVALID_HANDLE);
  assert_int_equal(counts.published, 7);
  assert_int_equal(counts_of(fixture->node).published, 0);
}

// Every allocation of a node with /rosout fails once: no node, and nothing left behind.
static void without_memory_there_is_no_node_and_nothing_is_left(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_node_destroy(make_speaker(fixture, "n", NULL)), WHORL_OK); // pools and types that live on
  run(fixture, WHORL_SECONDS(1));
  for (uint64_t nth = 1, made = 0; !made; nth++) {
    int64_t blocks = whorl__memory_blocks();
    whorl_node_t node;
    whorl__memory_fail_at(nth);
    int status = whorl_node_create(fixture->context, "n", &(whorl_node_options_t){.rosout = WHORL_SWITCH_ON}, &node);
    whorl__memory_fail_at(0);
    made = status == WHORL_OK;
    if (made) assert_int_equal(whorl_node_destroy(node), WHORL_OK);
    if (!made) assert_int_equal(status, WHORL_NO_MEMORY);
    run(fixture, WHORL_SECONDS(1));
    WHORL_LOG_INFO("n", "nobody");
    assert_true(whorl__memory_blocks() <= blocks);
    assert_true(nth < 200);
  }
}

#define ROSOUT_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      ROSOUT_TEST(lines_go_out_as_a_stock_nodes_do_and_wait_for_who_comes_late),
      ROSOUT_TEST(lines_are_kept_for_ten_seconds),
      ROSOUT_TEST(a_volatile_listener_gets_what_comes_from_then_on),
      ROSOUT_TEST(the_stamp_is_the_worlds_time),
      ROSOUT_TEST(a_nodes_logger_and_those_below_it_are_heard),
      ROSOUT_TEST(an_entry_goes_to_the_nearest_node),
      ROSOUT_TEST(of_two_nodes_with_one_name_the_first_speaks_and_then_the_other),
      ROSOUT_TEST(what_is_off_is_not_published),
      ROSOUT_TEST(in_a_simulation_a_node_speaks_only_when_it_is_told_to),
      ROSOUT_TEST(the_command_line_can_switch_it_off),
      ROSOUT_TEST(a_task_logs_without_suspending),
      ROSOUT_TEST(what_cannot_be_published_is_counted_and_leaves_the_caller_alone),
      ROSOUT_TEST(a_stale_publisher_is_no_failure_of_the_caller_either),
      ROSOUT_TEST(counts_want_a_place_and_a_node),
      ROSOUT_TEST(without_memory_there_is_no_node_and_nothing_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
