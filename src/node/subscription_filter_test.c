// Content filters of subscriptions, over the simulated network: what is kept back is counted.
#include "base/memory.h"
#include "node/fixture.h"

#define MS WHORL_MILLISECONDS

static int note_number(const void *message, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)info;
  fixture->values[fixture->calls++] = ((const std_msgs__msg__Int32 *)message)->data;
  return WHORL_OK;
}

static int count_bytes(const void *bytes, size_t size, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)info;
  assert_int_equal(size, 8);
  fixture->values[fixture->calls++] = ((const uint8_t *)bytes)[4];
  return WHORL_OK;
}

static void subscribe(fixture_t *fixture, const whorl_subscription_options_t *options)
{
  whorl_message_callback_t callback = options->by_hand ? NULL : note_number;
  fixture_create_publisher(fixture, "/numbers");
  if (whorl_subscription_create(fixture->node, INT32, "/numbers", callback, fixture, options, &fixture->subscription) < 0)
    fail_msg("%s", whorl_detail());
}

static void publish(fixture_t *fixture, int first, int last)
{
  for (int i = first; i <= last; i++) assert_int_equal(fixture_publish(fixture, i), WHORL_OK);
}

static void run(fixture_t *fixture) { assert_int_equal(whorl_simulation_run_for(fixture->world, MS(10)), WHORL_OK); }

static uint64_t filtered(const fixture_t *fixture)
{
  whorl_subscription_counts_t counts;
  assert_int_equal(whorl_subscription_read_counts(fixture->subscription, &counts), WHORL_OK);
  return counts.filtered;
}

static void ASK_16_only_what_passes_is_delivered_and_the_rest_counted(void **state)
{
  fixture_t *fixture = *state;
  const char *const parameters[] = {"3"};
  subscribe(fixture, &(whorl_subscription_options_t){
                         .filter = "data > %0 AND data <> 5", .filter_parameters = parameters, .filter_parameter_count = 1});
  publish(fixture, 1, 6);
  run(fixture);
  assert_int_equal(fixture->calls, 2);
  assert_int_equal(fixture->values[0], 4);
  assert_int_equal(fixture->values[1], 6);
  assert_int_equal(filtered(fixture), 4);
}

static void ASK_16_serialised_callbacks_too(void **state)
{
  fixture_t *fixture = *state;
  const whorl_subscription_options_t options = {.filter = "data = 2"};
  fixture_create_publisher(fixture, "/numbers");
  assert_int_equal(
      whorl_subscription_create_serialized(fixture->node, INT32, "/numbers", count_bytes, fixture, &options, &fixture->subscription),
      WHORL_OK);
  publish(fixture, 1, 3);
  run(fixture);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(fixture->values[0], 2);
  assert_int_equal(filtered(fixture), 2);
}

static void ASK_16_what_is_taken_by_hand_too(void **state)
{
  fixture_t *fixture = *state;
  const void *message;
  subscribe(fixture, &(whorl_subscription_options_t){.filter = "data BETWEEN 2 AND 3", .by_hand = true});
  publish(fixture, 1, 4);
  run(fixture);
  for (int i = 2; i <= 3; i++) {
    assert_int_equal(whorl_subscription_take(fixture->subscription, &message, NULL), WHORL_OK);
    assert_int_equal(((const std_msgs__msg__Int32 *)message)->data, i);
    whorl_message_release(message);
  }
  assert_int_equal(whorl_subscription_take(fixture->subscription, &message, NULL), WHORL_WOULD_BLOCK);
  assert_int_equal(filtered(fixture), 2);
}

static void compare(const char *expression, const char *const *parameters, size_t count, void *arg)
{
  const char *const *expected = arg;
  assert_string_equal(expression, expected[0]);
  assert_int_equal(count, expected[1] != NULL);
  if (count > 0) assert_string_equal(parameters[0], expected[1]);
}

static void expect_filter(const fixture_t *fixture, const char *expression, const char *parameter)
{
  const char *expected[] = {expression, parameter};
  assert_int_equal(whorl_subscription_visit_filter(fixture->subscription, compare, expected), WHORL_OK);
}

static void ASK_16_a_filter_is_set_changed_and_removed_at_run_time(void **state)
{
  fixture_t *fixture = *state;
  const char *const parameters[] = {"9"};
  subscribe(fixture, &(whorl_subscription_options_t){0});
  expect_filter(fixture, "", NULL);
  assert_int_equal(whorl_subscription_set_filter(fixture->subscription, "data > %0", parameters, 1), WHORL_OK);
  expect_filter(fixture, "data > %0", "9");
  publish(fixture, 9, 10);
  run(fixture);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(whorl_subscription_set_filter(fixture->subscription, "data >", parameters, 1), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "a filter is wrong at column 7: a field is missing");
  expect_filter(fixture, "data > %0", "9"); // the old one stays
  assert_int_equal(whorl_subscription_set_filter(fixture->subscription, "", NULL, 0), WHORL_OK);
  expect_filter(fixture, "", NULL);
  publish(fixture, 1, 2);
  run(fixture);
  assert_int_equal(fixture->calls, 3);
}

static void a_wrong_filter_makes_no_subscription(void **state)
{
  fixture_t *fixture = *state;
  size_t count = 9;
  int64_t blocks = whorl__memory_blocks();
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "/numbers", note_number, fixture,
                                             &(whorl_subscription_options_t){.filter = "date > 1"}, &fixture->subscription),
                   WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "a filter is wrong at column 1: Int32 has no field 'date'");
  assert_int_equal(whorl_node_count_subscribers(fixture->node, "/numbers", &count), WHORL_OK);
  assert_int_equal(count, 0);
  assert_int_equal(whorl__memory_blocks(), blocks);
  assert_int_equal(whorl_subscription_visit_filter((whorl_subscription_t){0}, compare, NULL), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_subscription_set_filter((whorl_subscription_t){0}, "data > 1", NULL, 0), WHORL_INVALID_HANDLE);
}

static void a_subscription_goes_with_its_filter(void **state)
{
  fixture_t *fixture = *state;
  subscribe(fixture, &(whorl_subscription_options_t){.filter = "data > 1"});
  assert_int_equal(whorl_subscription_destroy(fixture->subscription), WHORL_OK);
  int64_t blocks = whorl__memory_blocks();
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "/numbers", note_number, fixture,
                                             &(whorl_subscription_options_t){.filter = "data > 2"}, &fixture->subscription),
                   WHORL_OK);
  assert_int_equal(whorl_subscription_destroy(fixture->subscription), WHORL_OK);
  assert_int_equal(whorl__memory_blocks(), blocks);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(ASK_16_only_what_passes_is_delivered_and_the_rest_counted),
      NODE_TEST(ASK_16_serialised_callbacks_too),
      NODE_TEST(ASK_16_what_is_taken_by_hand_too),
      NODE_TEST(ASK_16_a_filter_is_set_changed_and_removed_at_run_time),
      NODE_TEST(a_wrong_filter_makes_no_subscription),
      NODE_TEST(a_subscription_goes_with_its_filter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
