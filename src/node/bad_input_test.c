// The table of bad arguments: what the functions of context.h, node.h, publisher.h, subscription.h, timer.h and qos.h do with NULL, with handles of nothing and of the dead, with wrong names, QoS
// and types, and outside tasks.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/rows.h"

static const std_msgs__msg__Int32 message;
static int task(void *arg)
{
  (void)arg;
  return WHORL_OK;
}
static int on_message(const void *native, const whorl_message_info_t *info, void *arg)
{
  (void)native;
  (void)info;
  (void)arg;
  return WHORL_OK;
}
static int on_bytes(const void *bytes, size_t size, const whorl_message_info_t *info, void *arg)
{
  (void)bytes;
  (void)size;
  (void)info;
  (void)arg;
  return WHORL_OK;
}
static int on_time(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  (void)arg;
  return WHORL_OK;
}

// --- context.h

static void contexts(void **state)
{
  char *arguments[] = {"program", NULL};
  whorl_context_t context = {77};
  (void)state;
  ROW(INVALID_ARGUMENT, "ret_context", whorl_context_create(0, NULL, NULL, NULL));
  ROW(INVALID_ARGUMENT, "argc", whorl_context_create(-1, arguments, NULL, &context));
  ROW(INVALID_ARGUMENT, "argv", whorl_context_create(1, NULL, NULL, &context));
  ROW(INVALID_ARGUMENT, "domain 233",
      whorl_context_create(0, NULL, &(whorl_context_options_t){.domain_id_given = true, .domain_id = 233}, &context));
  ROW(INVALID_ARGUMENT, "domain",
      whorl_context_create(0, NULL, &(whorl_context_options_t){.domain_id_given = true, .domain_id = UINT32_MAX}, &context));
  char *domain = getenv("ROS_DOMAIN_ID");
  char *kept = domain != NULL ? strdup(domain) : NULL;
  static const char *const wrong[] = {"x", "-2", "233", "99999999999999999999", " ", "0abc"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    setenv("ROS_DOMAIN_ID", wrong[i], 1);
    ROW(INVALID_ARGUMENT, "", whorl_context_create(0, NULL, NULL, &context));
    assert_non_null(strstr(whorl_detail(), i == 0 || i >= 4 ? "is not a number" : "outside 0..232"));
    assert_non_null(strstr(whorl_detail(), wrong[i]));
  }
  if (kept != NULL) setenv("ROS_DOMAIN_ID", kept, 1);
  free(kept);
  ROW(INVALID_NAME, "enclave '/a;b=c' is invalid at 2",
      whorl_context_create(0, NULL, &(whorl_context_options_t){.enclave = "/a;b=c"}, &context));
  ROW(INVALID_NAME, "no leading slash", whorl_context_create(0, NULL, &(whorl_context_options_t){.enclave = "a"}, &context));
  assert_int_equal(context.id, 77);
  EACH_OF_NOTHING(id)
  {
    ROW(INVALID_HANDLE, "context", whorl_context_destroy((whorl_context_t){id}, WHORL_OK));
    ROW(INVALID_HANDLE, "context", whorl_context_shutdown((whorl_context_t){id}));
    assert_true(whorl_context_is_shutdown((whorl_context_t){id}));
    assert_int_equal(whorl_context_destroy((whorl_context_t){id}, WHORL_IO_ERROR), WHORL_IO_ERROR);
  }
}

static void dead_contexts(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t node = {77};
  assert_int_equal(whorl_context_destroy(fixture->context, WHORL_OK), WHORL_OK);
  ROW(DESTROYED, "context", whorl_context_destroy(fixture->context, WHORL_OK));
  ROW(DESTROYED, "context", whorl_context_shutdown(fixture->context));
  ROW(DESTROYED, "context", whorl_node_create(fixture->context, "node", NULL, &node));
  assert_int_equal(node.id, 77);
}

// whorl_main says what is wrong on standard error and in its exit code.
static void a_program_without_a_function(void **state)
{
  (void)state;
  left_t before = left_now();
  int standard_error = dup(STDERR_FILENO), silence = open("/dev/null", O_WRONLY);
  dup2(silence, STDERR_FILENO);
  int exit_code = whorl_main(0, NULL, NULL, NULL);
  dup2(standard_error, STDERR_FILENO);
  close(standard_error);
  close(silence);
  assert_int_equal(exit_code, 1);
  left_t after = left_now();
  assert_memory_equal(&before, &after, sizeof before);
}

// --- node.h

static void node_names(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t node = {77};
  char long_name[300];
  memset(long_name, 'a', sizeof long_name);
  long_name[sizeof long_name - 1] = '\0';
  ROW(INVALID_ARGUMENT, "ret_node", whorl_node_create(fixture->context, "node", NULL, NULL));
  ROW(INVALID_ARGUMENT, "name is NULL", whorl_node_create(fixture->context, NULL, NULL, &node));
  ROW(INVALID_ARGUMENT, "rosout is 9, which is no switch",
      whorl_node_create(fixture->context, "node", &(whorl_node_options_t){.rosout = (whorl_switch_t)9}, &node));
  ROW(INVALID_ARGUMENT, "parameter_services is -1",
      whorl_node_create(fixture->context, "node", &(whorl_node_options_t){.parameter_services = (whorl_switch_t)-1}, &node));
  ROW(INVALID_ARGUMENT, "parameter_events is 3",
      whorl_node_create(fixture->context, "node", &(whorl_node_options_t){.parameter_events = (whorl_switch_t)3}, &node));
  ROW(INVALID_ARGUMENT, "type_description is 3",
      whorl_node_create(fixture->context, "node", &(whorl_node_options_t){.type_description = (whorl_switch_t)3}, &node));
  ROW(INVALID_NAME, "at 0", whorl_node_create(fixture->context, "", NULL, &node));
  ROW(INVALID_NAME, "at 1: space", whorl_node_create(fixture->context, "a b", NULL, &node));
  ROW(INVALID_NAME, "at 0", whorl_node_create(fixture->context, "1node", NULL, &node));
  ROW(INVALID_NAME, "at 2: '/'", whorl_node_create(fixture->context, "ab/c", NULL, &node));
  ROW(INVALID_NAME, "at 3: '-'", whorl_node_create(fixture->context, "abc-d", NULL, &node));
  ROW(INVALID_NAME, "at 1: byte 0xc3", whorl_node_create(fixture->context, "n\xc3\xb6", NULL, &node));
  ROW(INVALID_NAME, "longer than", whorl_node_create(fixture->context, long_name, NULL, &node));
  static const struct {
    const char *name, *word;
  } namespaces[] = {{"/a b", "at 2: space"}, {"/a//b", "at 3"}, {"/a/", "at 2"}, {"/1a", "at 1"}, {"/~", "at 1"}, {"/a/{x}", "at 3"}};
  for (size_t i = 0; i < sizeof namespaces / sizeof namespaces[0]; i++)
    ROW(INVALID_NAME, namespaces[i].word,
        whorl_node_create(fixture->context, "node", &(whorl_node_options_t){.node_namespace = namespaces[i].name}, &node));
  EACH_OF_NOTHING(id) ROW(INVALID_HANDLE, "context", whorl_node_create((whorl_context_t){id}, "node", NULL, &node));
  assert_int_equal(node.id, 77);
}

static void expect_node_refused(whorl_node_t node, int expected, fixture_t *fixture)
{
  whorl_publisher_t publisher = {77};
  whorl_subscription_t subscription = {77};
  whorl_timer_t timer = {77};
  left_t before = left_now();
  int statuses[] = {whorl_node_destroy(node),
                    whorl_publisher_create(node, INT32, "topic", NULL, &publisher),
                    whorl_subscription_create(node, INT32, "topic", on_message, fixture, NULL, &subscription),
                    whorl_subscription_create_serialized(node, INT32, "topic", on_bytes, fixture, NULL, &subscription),
                    whorl_timer_create(node, 1, on_time, fixture, NULL, &timer),
                    whorl_node_spawn(node, task, NULL)};
  for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
    check_row(__LINE__, "call with a node", before, statuses[i], expected, "node");
  assert_int_equal(publisher.id, 77);
  assert_int_equal(subscription.id, 77);
  assert_int_equal(timer.id, 77);
  assert_string_equal(whorl_node_name(node), "");
  assert_string_equal(whorl_node_namespace(node), "");
  assert_string_equal(whorl_node_fully_qualified_name(node), "");
}

static void nodes_of_nothing_and_dead_ones(void **state)
{
  fixture_t *fixture = *state;
  EACH_OF_NOTHING(id) expect_node_refused((whorl_node_t){id}, WHORL_INVALID_HANDLE, fixture);
  whorl_node_destroy(fixture->node);
  expect_node_refused(fixture->node, WHORL_DESTROYED, fixture);
}

static void nodes_outside_tasks(void **state)
{
  fixture_t *fixture = *state;
  ROW(NOT_IN_TASK, "task", whorl_node_open(fixture->node));
  ROW(NOT_IN_TASK, "task", whorl_node_run(fixture->node));
  ROW(NOT_IN_TASK, "task", whorl_node_close(fixture->node, WHORL_OK));
  ROW(WRONG_STATE, "not open", whorl_node_spawn(fixture->node, task, NULL));
  ROW(INVALID_ARGUMENT, "function", whorl_node_spawn(fixture->node, NULL, NULL));
}

static int in_a_task(void *arg)
{
  fixture_t *fixture = arg;
  EACH_OF_NOTHING(id)
  {
    ROW(INVALID_HANDLE, "node", whorl_node_open((whorl_node_t){id}));
    ROW(INVALID_HANDLE, "node", whorl_node_run((whorl_node_t){id}));
    ROW(WRONG_STATE, "open", whorl_node_close((whorl_node_t){id}, WHORL_OK));
    ROW(INVALID_HANDLE, "event", whorl_event_wait((whorl_event_t){id}));
    ROW(INVALID_HANDLE, "future", whorl_future_wait((whorl_future_t){id}, NULL));
  }
  ROW(BUSY, "inside", whorl_simulation_run(fixture->world, task, NULL));
  ROW(BUSY, "inside", whorl_simulation_run_for(fixture->world, 1));
  ROW(BUSY, "inside", whorl_simulation_destroy(fixture->world));
  whorl_node_destroy(fixture->node);
  ROW(DESTROYED, "node", whorl_node_open(fixture->node));
  ROW(DESTROYED, "node", whorl_node_run(fixture->node));
  return WHORL_OK;
}

static void calls_of_a_task(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_simulation_run(fixture->world, in_a_task, fixture), WHORL_OK);
}

// --- publisher.h, subscription.h: what creation refuses

static void topic_names(void **state)
{
  fixture_t *fixture = *state;
  whorl_publisher_t publisher = {77};
  whorl_subscription_t subscription = {77};
  static const struct {
    const char *name, *word;
    int status;
  } rows[] = {{NULL, "NULL", WHORL_INVALID_ARGUMENT},
              {"", "at 0", WHORL_INVALID_NAME},
              {"a b", "at 1: space", WHORL_INVALID_NAME},
              {"1a", "at 0", WHORL_INVALID_NAME},
              {"a/", "at 1", WHORL_INVALID_NAME},
              {"a/1b", "at 2", WHORL_INVALID_NAME},
              {"a~", "at 1", WHORL_INVALID_NAME},
              {"~a", "at 1", WHORL_INVALID_NAME},
              {"a/{node", "at 2", WHORL_INVALID_NAME},
              {"a}", "at 1", WHORL_INVALID_NAME},
              {"a/{nobody}", "nobody", WHORL_INVALID_NAME},
              {"a-b", "at 1: '-'", WHORL_INVALID_NAME},
              {"a//b", "at", WHORL_INVALID_NAME}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    left_t before = left_now();
    check_row(__LINE__, rows[i].name, before, whorl_publisher_create(fixture->node, INT32, rows[i].name, NULL, &publisher), rows[i].status,
              rows[i].word);
    check_row(__LINE__, rows[i].name, before,
              whorl_subscription_create(fixture->node, INT32, rows[i].name, on_message, NULL, NULL, &subscription), rows[i].status,
              rows[i].word);
    check_row(__LINE__, rows[i].name, before,
              whorl_subscription_create_serialized(fixture->node, INT32, rows[i].name, on_bytes, NULL, NULL, &subscription), rows[i].status,
              rows[i].word);
  }
  assert_int_equal(publisher.id, 77);
  assert_int_equal(subscription.id, 77);
}

static void qos(void **state)
{
  fixture_t *fixture = *state;
  whorl_publisher_t publisher = {77};
  whorl_subscription_t subscription = {77};
  static const struct {
    whorl_qos_t qos;
    const char *word;
  } rows[] = {{{.history = (whorl_history_t)9}, "history"},
              {{.reliability = (whorl_reliability_t)9}, "reliability"},
              {{.durability = (whorl_durability_t)9}, "durability"},
              {{.liveliness = (whorl_liveliness_t)9}, "liveliness"},
              {{.deadline_ns = -1}, "deadline"},
              {{.lifespan_ns = -1}, "lifespan"},
              {{.lifespan_ns = WHORL_QOS_DURATION_BEST_AVAILABLE}, "lifespan"},
              {{.liveliness_lease_ns = -1}, "lease"},
              {{.depth = SIZE_MAX}, "depth"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    ROW(INVALID_QOS, rows[i].word,
        whorl_publisher_create(fixture->node, INT32, "topic", &(whorl_publisher_options_t){.qos = &rows[i].qos}, &publisher));
    ROW(INVALID_QOS, rows[i].word,
        whorl_subscription_create(fixture->node, INT32, "topic", on_message, NULL, &(whorl_subscription_options_t){.qos = &rows[i].qos},
                                  &subscription));
  }
  assert_int_equal(publisher.id, 77);
  assert_int_equal(subscription.id, 77);
}

static void incompatible_profiles_of_nothing(void **state)
{
  char reason[80] = "?";
  (void)state;
  assert_int_equal(whorl_qos_check_compatible(NULL, &WHORL_QOS_DEFAULT, reason, sizeof reason), WHORL_QOS_ERROR);
  assert_non_null(strstr(reason, "NULL"));
  assert_int_equal(whorl_qos_check_compatible(&WHORL_QOS_DEFAULT, NULL, NULL, 0), WHORL_QOS_ERROR);
  assert_int_equal(whorl_qos_check_compatible(&WHORL_QOS_DEFAULT, &WHORL_QOS_DEFAULT, NULL, sizeof reason), WHORL_QOS_OK);
  assert_int_equal(whorl_qos_check_compatible(&WHORL_QOS_DEFAULT, &WHORL_QOS_DEFAULT, reason, 0), WHORL_QOS_OK);
}

static const rosidl_message_type_support_t *leads_nowhere(const rosidl_message_type_support_t *self, const char *identifier)
{
  (void)self;
  (void)identifier;
  return NULL;
}

static void types(void **state)
{
  fixture_t *fixture = *state;
  whorl_publisher_t publisher = {77};
  static const rosidl_message_type_support_t empty = {0}, foreign = {.typesupport_identifier = "some_other_vendor", .func = leads_nowhere};
  ROW(INVALID_TYPE, "type is NULL", whorl_publisher_create(fixture->node, NULL, "topic", NULL, &publisher));
  ROW(INVALID_TYPE, "type is NULL", whorl_publisher_create(fixture->node, &empty, "topic", NULL, &publisher));
  ROW(INVALID_TYPE, "some_other_vendor", whorl_publisher_create(fixture->node, &foreign, "topic", NULL, &publisher));
  ROW(INVALID_TYPE, "type is NULL", whorl_subscription_create(fixture->node, NULL, "topic", on_message, NULL, NULL, NULL));
  ROW(INVALID_TYPE, "some_other_vendor",
      whorl_subscription_create_serialized(fixture->node, &foreign, "topic", on_bytes, NULL, NULL, NULL));
  ROW(INVALID_ARGUMENT, "ret_publisher", whorl_publisher_create(fixture->node, INT32, "topic", NULL, NULL));
  ROW(INVALID_ARGUMENT, "callback", whorl_subscription_create(fixture->node, INT32, "topic", NULL, NULL, NULL, NULL));
  ROW(INVALID_ARGUMENT, "callback", whorl_subscription_create_serialized(fixture->node, INT32, "topic", NULL, NULL, NULL, NULL));
  assert_int_equal(publisher.id, 77);
}

// --- publisher.h: publishing

static void what_is_published(void **state)
{
  fixture_t *fixture = *state;
  static const uint8_t good[8] = {0, 1};
  whorl_publisher_t of_strings;
  _Alignas(64) unsigned char own[256] = {0};
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_publisher_create(fixture->node, WHORL_MESSAGE(std_msgs, msg, String), "words", NULL, &of_strings), WHORL_OK);
  void *borrowed = whorl_publisher_borrow(fixture->publisher);
  assert_int_equal(whorl_publisher_return(fixture->publisher, whorl_publisher_borrow(fixture->publisher)),
                   WHORL_OK); // one is in the pool: checking bytes takes one
  ROW(INVALID_ARGUMENT, "message is NULL", whorl_publish(fixture->publisher, NULL));
  ROW(INVALID_ARGUMENT, "bytes are NULL", whorl_publish_serialized(fixture->publisher, NULL, 8));
  ROW(MALFORMED, "too few", whorl_publish_serialized(fixture->publisher, good, 0));
  ROW(MALFORMED, "too few", whorl_publish_serialized(fixture->publisher, good, 4));
  ROW(MALFORMED, "", whorl_publish_serialized(fixture->publisher, good, 7));
  ROW(INVALID_ARGUMENT, "ret_counts is NULL", whorl_publisher_read_counts(fixture->publisher, NULL));
  ROW(INVALID_ARGUMENT, "borrowed", whorl_publish_borrowed(fixture->publisher, NULL));
  ROW(INVALID_ARGUMENT, "borrowed", whorl_publish_borrowed(fixture->publisher, own + 96));
  ROW(INVALID_ARGUMENT, "borrowed", whorl_publish_borrowed(of_strings, borrowed)); // of another type
  ROW(INVALID_ARGUMENT, "borrowed", whorl_publisher_return(fixture->publisher, NULL));
  ROW(INVALID_ARGUMENT, "borrowed", whorl_publisher_return(fixture->publisher, own + 96));
  ROW(INVALID_ARGUMENT, "borrowed", whorl_publisher_return(of_strings, borrowed));
  assert_int_equal(whorl_publisher_return(fixture->publisher, borrowed), WHORL_OK);
  ROW(INVALID_ARGUMENT, "borrowed", whorl_publisher_return(fixture->publisher, borrowed)); // twice
}

static void expect_publisher_refused(whorl_publisher_t publisher, int expected)
{
  static const uint8_t bytes[8] = {0, 1};
  left_t before = left_now();
  int statuses[] = {whorl_publish(publisher, &message),       whorl_publish_serialized(publisher, bytes, sizeof bytes),
                    whorl_publish_borrowed(publisher, NULL),  whorl_publisher_return(publisher, NULL),
                    whorl_publisher_matched_count(publisher), whorl_publisher_destroy(publisher)};
  for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
    check_row(__LINE__, "call with a publisher", before, statuses[i], expected, "publisher");
  assert_null(whorl_publisher_borrow(publisher));
  assert_non_null(strstr(whorl_detail(), "publisher"));
  assert_string_equal(whorl_publisher_topic(publisher), "");
}

static void publishers_of_nothing_and_dead_ones(void **state)
{
  fixture_t *fixture = *state;
  EACH_OF_NOTHING(id) expect_publisher_refused((whorl_publisher_t){id}, WHORL_INVALID_HANDLE);
  fixture_create_publisher(fixture, "numbers");
  void *borrowed = whorl_publisher_borrow(fixture->publisher);
  assert_int_equal(whorl_publisher_destroy(fixture->publisher), WHORL_OK);
  expect_publisher_refused(fixture->publisher, WHORL_DESTROYED);
  ROW(DESTROYED, "publisher", whorl_publish_borrowed(fixture->publisher, borrowed));
  assert_int_equal(whorl_publisher_return(fixture->publisher, borrowed), WHORL_OK); // still ours, and not lost
}

// --- subscription.h

static void expect_subscription_refused(whorl_subscription_t subscription, int expected)
{
  whorl_subscription_counts_t counts = {.received = 77};
  left_t before = left_now();
  int statuses[] = {whorl_subscription_matched_count(subscription), whorl_subscription_read_counts(subscription, &counts),
                    whorl_subscription_destroy(subscription)};
  for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
    check_row(__LINE__, "call with a subscription", before, statuses[i], expected, "subscription");
  assert_string_equal(whorl_subscription_topic(subscription), "");
  assert_int_equal(counts.received, 77);
}

static void subscriptions_of_nothing_and_dead_ones(void **state)
{
  fixture_t *fixture = *state;
  EACH_OF_NOTHING(id) expect_subscription_refused((whorl_subscription_t){id}, WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "topic", on_message, NULL, NULL, &fixture->subscription), WHORL_OK);
  ROW(INVALID_ARGUMENT, "ret_counts", whorl_subscription_read_counts(fixture->subscription, NULL));
  whorl_subscription_destroy(fixture->subscription);
  expect_subscription_refused(fixture->subscription, WHORL_DESTROYED);
}

// --- timer.h

static void expect_timer_refused(whorl_timer_t timer, int expected)
{
  bool canceled = true;
  int64_t number = 77;
  left_t before = left_now();
  int statuses[] = {whorl_timer_cancel(timer),          whorl_timer_reset(timer),
                    whorl_timer_set_period(timer, 1),   whorl_timer_is_canceled(timer, &canceled),
                    whorl_timer_period(timer, &number), whorl_timer_time_until_next(timer, &number),
                    whorl_timer_destroy(timer)};
  for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
    check_row(__LINE__, "call with a timer", before, statuses[i], expected, "timer");
  assert_true(canceled);
  assert_int_equal(number, 77);
}

static void timers(void **state)
{
  fixture_t *fixture = *state;
  EACH_OF_NOTHING(id) expect_timer_refused((whorl_timer_t){id}, WHORL_INVALID_HANDLE);
  ROW(INVALID_ARGUMENT, "callback", whorl_timer_create(fixture->node, 1, NULL, NULL, NULL, NULL));
  ROW(INVALID_ARGUMENT, "negative", whorl_timer_create(fixture->node, -1, on_time, NULL, NULL, NULL));
  ROW(INVALID_ARGUMENT, "negative", whorl_timer_create(fixture->node, INT64_MIN, on_time, NULL, NULL, NULL));
  assert_int_equal(whorl_timer_create(fixture->node, WHORL_FOREVER, on_time, NULL, NULL, &fixture->timer),
                   WHORL_OK); // never due, but no error
  ROW(INVALID_ARGUMENT, "negative", whorl_timer_set_period(fixture->timer, -1));
  ROW(INVALID_ARGUMENT, "ret_canceled", whorl_timer_is_canceled(fixture->timer, NULL));
  ROW(INVALID_ARGUMENT, "ret_period_ns", whorl_timer_period(fixture->timer, NULL));
  ROW(INVALID_ARGUMENT, "ret_ns", whorl_timer_time_until_next(fixture->timer, NULL));
  whorl_timer_destroy(fixture->timer);
  expect_timer_refused(fixture->timer, WHORL_DESTROYED);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(contexts),
      NODE_TEST(dead_contexts),
      cmocka_unit_test(a_program_without_a_function),
      NODE_TEST(node_names),
      NODE_TEST(nodes_of_nothing_and_dead_ones),
      NODE_TEST(nodes_outside_tasks),
      NODE_TEST(calls_of_a_task),
      NODE_TEST(topic_names),
      NODE_TEST(qos),
      cmocka_unit_test(incompatible_profiles_of_nothing),
      NODE_TEST(types),
      NODE_TEST(what_is_published),
      NODE_TEST(publishers_of_nothing_and_dead_ones),
      NODE_TEST(subscriptions_of_nothing_and_dead_ones),
      NODE_TEST(timers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
