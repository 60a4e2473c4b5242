// Publishers over the simulated network. Rows APUB-01, APUB-02.
#include "node/fixture.h"

static int count_value(const void *message, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  fixture->info = *info;
  fixture->values[fixture->calls++] = ((const std_msgs__msg__Int32 *)message)->data;
  return whorl_event_set(fixture->event);
}

static void subscribe(fixture_t *fixture, const char *topic)
{
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, topic, count_value, fixture, NULL, &fixture->subscription), WHORL_OK);
}

static int wait_for_event(fixture_t *fixture) { return whorl_event_wait(fixture->event); }

static void APUB_01_publishing_on_a_destroyed_publisher_is_an_error(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_publisher_destroy(fixture->publisher), WHORL_OK);
  assert_int_equal(fixture_publish(fixture, 1), WHORL_DESTROYED);
  assert_non_null(strstr(whorl_detail(), "publisher"));
}

static void APUB_02_publishing_needs_no_open_node(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, "numbers");
  assert_int_equal(fixture_publish(fixture, 7), WHORL_OK); // nobody drives the node yet
  assert_int_equal(fixture->calls, 0);
  assert_int_equal(fixture_with_open_node(fixture, wait_for_event), WHORL_OK);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(fixture->values[0], 7);
}

static void a_second_destroy_is_harmless(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_publisher_destroy(fixture->publisher), WHORL_OK);
  assert_int_equal(whorl_publisher_destroy(fixture->publisher), WHORL_DESTROYED);
}

static void a_publisher_goes_with_its_node(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK);
  assert_int_equal(fixture_publish(fixture, 1), WHORL_DESTROYED);
}

static void a_borrowed_message_reaches_the_subscriber_as_that_very_memory(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, "numbers");
  std_msgs__msg__Int32 *borrowed = whorl_publisher_borrow(fixture->publisher);
  assert_non_null(borrowed);
  borrowed->data = 42;
  assert_int_equal(whorl_publish_borrowed(fixture->publisher, borrowed), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, wait_for_event), WHORL_OK);
  assert_int_equal(fixture->values[0], 42);
}

static void only_a_borrowed_message_can_be_published_borrowed(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  _Alignas(64) unsigned char own[256] = {0};
  assert_int_equal(whorl_publish_borrowed(fixture->publisher, own + 128), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_publish_borrowed(fixture->publisher, NULL), WHORL_INVALID_ARGUMENT);
  void *borrowed = whorl_publisher_borrow(fixture->publisher);
  assert_int_equal(whorl_publisher_return(fixture->publisher, borrowed), WHORL_OK);
}

static void a_borrowed_message_is_published_once(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, "numbers"); // whose history holds the message
  void *borrowed = whorl_publisher_borrow(fixture->publisher);
  assert_int_equal(whorl_publish_borrowed(fixture->publisher, borrowed), WHORL_OK);
  assert_int_equal(whorl_publish_borrowed(fixture->publisher, borrowed), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_publisher_return(fixture->publisher, borrowed), WHORL_INVALID_ARGUMENT);
}

static void serialized_bytes_are_checked_and_sent(void **state)
{
  fixture_t *fixture = *state;
  static const uint8_t nine[] = {0, 1, 0, 0, 9, 0, 0, 0};
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, "numbers");
  assert_int_equal(whorl_publish_serialized(fixture->publisher, nine, 6), WHORL_MALFORMED);
  assert_int_equal(whorl_publish_serialized(fixture->publisher, nine, sizeof nine), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, wait_for_event), WHORL_OK);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(fixture->values[0], 9);
}

static int publish_as_task(fixture_t *fixture)
{
  WHORL_TRY(fixture_publish(fixture, 5));
  return whorl_event_wait(fixture->event);
}

static void the_matched_count_follows_the_subscriptions(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_publisher_matched_count(fixture->publisher), 0);
  subscribe(fixture, "numbers");
  assert_int_equal(whorl_publisher_matched_count(fixture->publisher), 1);
  assert_int_equal(fixture_with_open_node(fixture, publish_as_task), WHORL_OK);
  assert_int_equal(whorl_subscription_destroy(fixture->subscription), WHORL_OK);
  assert_int_equal(whorl_publisher_matched_count(fixture->publisher), 0);
}

static void the_topic_reads_back_expanded(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "~/numbers");
  assert_string_equal(whorl_publisher_topic(fixture->publisher), "/tested/numbers");
  whorl_publisher_destroy(fixture->publisher);
  assert_string_equal(whorl_publisher_topic(fixture->publisher), "");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(APUB_01_publishing_on_a_destroyed_publisher_is_an_error),
      NODE_TEST(APUB_02_publishing_needs_no_open_node),
      NODE_TEST(a_second_destroy_is_harmless),
      NODE_TEST(a_publisher_goes_with_its_node),
      NODE_TEST(a_borrowed_message_reaches_the_subscriber_as_that_very_memory),
      NODE_TEST(only_a_borrowed_message_can_be_published_borrowed),
      NODE_TEST(a_borrowed_message_is_published_once),
      NODE_TEST(serialized_bytes_are_checked_and_sent),
      NODE_TEST(the_matched_count_follows_the_subscriptions),
      NODE_TEST(the_topic_reads_back_expanded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
