// Subscriptions over the simulated network. Rows ASUB-01 to ASUB-05, and destroy in all its places.
#include "base/memory.h"
#include "node/fixture.h"
#include "task/sanitizer.h"

static void subscribe(fixture_t *fixture, whorl_message_callback_t callback, uint32_t max_in_flight)
{
  whorl_subscription_options_t options = {.max_in_flight = max_in_flight};
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "numbers", callback, fixture, &options, &fixture->subscription),
                   WHORL_OK);
}

static int remember(const void *message, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  fixture->info = *info;
  fixture->values[fixture->calls++] = ((const std_msgs__msg__Int32 *)message)->data;
  return whorl_event_set(fixture->event);
}

static int sleep_six_seconds(fixture_t *fixture)
{
  (void)fixture;
  return whorl_sleep(WHORL_SECONDS(6));
}

static int publish_one(fixture_t *fixture)
{
  WHORL_TRY(fixture_publish(fixture, 3));
  return sleep_six_seconds(fixture);
}

static void ASUB_01_a_message_of_the_same_node_arrives_exactly_once(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, remember, 1);
  assert_int_equal(fixture_with_open_node(fixture, publish_one), WHORL_OK);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(fixture->values[0], 3);
}

static int always_fail(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message;
  (void)info;
  (void)arg;
  return WHORL_IO_ERROR;
}

static void an_error_ends_run(fixture_t *fixture, uint32_t max_in_flight)
{
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, always_fail, max_in_flight);
  assert_int_equal(fixture_publish(fixture, 1), WHORL_OK); // waits in the history until the node runs
  assert_int_equal(whorl_simulation_run(fixture->world, fixture_run_node, fixture), WHORL_IO_ERROR);
}

static void ASUB_02_an_error_ends_run_one_callback_at_a_time(void **state) { an_error_ends_run(*state, 1); }
static void ASUB_03_an_error_ends_run_with_concurrent_callbacks(void **state) { an_error_ends_run(*state, WHORL_UNLIMITED); }

// Ends when three of it are active together.
static int meet_two_others(const void *message, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)message;
  (void)info;
  if (++fixture->calls == 3) whorl_event_set(fixture->event);
  return whorl_event_wait(fixture->event);
}

static int publish_three_and_meet(fixture_t *fixture)
{
  for (int i = 0; i < 3; i++) WHORL_TRY(fixture_publish(fixture, i));
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_SECONDS(5));
  int status = whorl_event_wait(fixture->event);
  return whorl_timeout_close(&timeout, status);
}

static void ASUB_04_concurrent_callbacks_are_active_together(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, meet_two_others, 3);
  assert_int_equal(fixture_with_open_node(fixture, publish_three_and_meet), WHORL_OK);
}

static void ASUB_04_unlimited_callbacks_are_active_together(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, meet_two_others, WHORL_UNLIMITED);
  assert_int_equal(fixture_with_open_node(fixture, publish_three_and_meet), WHORL_OK);
}

static void one_at_a_time_never_overlaps(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, meet_two_others, 1);
  assert_int_equal(fixture_with_open_node(fixture, publish_three_and_meet), WHORL_TIMED_OUT);
  assert_int_equal(fixture->calls, 1); // the other two messages wait (ASRC-01)
}

static void ASK_05_two_at_a_time_leave_the_third_waiting(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, meet_two_others, 2);
  assert_int_equal(fixture_with_open_node(fixture, publish_three_and_meet), WHORL_TIMED_OUT);
  assert_int_equal(fixture->calls, 2);
}

static void ASUB_05_the_callback_is_told_when_and_by_whom(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, remember, 1);
  assert_int_equal(fixture_with_open_node(fixture, publish_one), WHORL_OK);
  assert_true(fixture->info.source_timestamp_ns > 0);
  assert_true(fixture->info.reception_timestamp_ns >= fixture->info.source_timestamp_ns);
  static const uint8_t nobody[16];
  assert_memory_not_equal(fixture->info.publisher_gid, nobody, sizeof nobody);
}

static int remember_bytes(const void *bytes, size_t size, const whorl_message_info_t *info, void *arg)
{
  static const uint8_t three[] = {0, 1, 0, 0, 3, 0, 0, 0};
  fixture_t *fixture = arg;
  (void)info;
  assert_int_equal(size, sizeof three);
  assert_memory_equal(bytes, three, sizeof three);
  fixture->calls++;
  return WHORL_OK;
}

static void the_serialized_form_gives_the_cdr(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_subscription_create_serialized(fixture->node, INT32, "numbers", remember_bytes, fixture, NULL, NULL), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, publish_one), WHORL_OK);
  assert_int_equal(fixture->calls, 1);
}

static const std_msgs__msg__Int32 *kept;
static int keep(const void *message, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)info;
  if (fixture->calls++ == 0) kept = whorl_message_keep(message);
  return WHORL_OK;
}

static int publish_twenty(fixture_t *fixture)
{
  for (int i = 0; i < 20; i++) {
    WHORL_TRY(fixture_publish(fixture, 100 + i));
    WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(1)));
  }
  return WHORL_OK;
}

static void a_kept_message_outlives_its_callback(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, keep, 1);
  assert_int_equal(fixture_with_open_node(fixture, publish_twenty), WHORL_OK);
  assert_int_equal(fixture->calls, 20);
  assert_int_equal(kept->data, 100); // not reused by any of the later ones
  whorl_message_release(kept);
}

static int publish_at_once(fixture_t *fixture)
{
  for (int i = 0; i < 15; i++) WHORL_TRY(fixture_publish(fixture, i));
  return sleep_six_seconds(fixture);
}

static void what_does_not_fit_the_history_is_dropped_and_counted(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, remember, 1);
  assert_int_equal(fixture_with_open_node(fixture, publish_at_once), WHORL_OK);
  assert_int_equal(fixture->calls, 10); // keep last 10
  assert_int_equal(fixture->values[0], 5);
  assert_int_equal(fixture->values[9], 14);
  whorl_subscription_counts_t counts;
  assert_int_equal(whorl_subscription_read_counts(fixture->subscription, &counts), WHORL_OK);
  assert_int_equal(counts.received, 15);
  assert_int_equal(counts.dropped, 5);
  assert_int_equal(counts.taken, 10);
}

#if defined(WHORL__TSAN) || defined(WHORL__ASAN)
enum { FLOOD = 6000 }; // these are slow there
#else
enum { FLOOD = 60000 }; // a minute of it
#endif

static int ten_milliseconds_each(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info;
  ((fixture_t *)arg)->calls++;
  return whorl_sleep(WHORL_MILLISECONDS(10));
}

static int publish_every_millisecond(fixture_t *fixture)
{
  int64_t blocks = 0;
  for (int i = 0; i < FLOOD; i++) {
    WHORL_TRY(fixture_publish(fixture, i));
    WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(1)));
    if (i == 100) blocks = whorl__memory_blocks();
    if (i > 100) assert_int_equal(whorl__memory_blocks(), blocks);
  }
  return whorl_sleep(WHORL_SECONDS(1)); // the rest is taken
}

static void PAIN_47_overload_takes_no_memory_and_what_is_lost_is_counted(void **state)
{
  fixture_t *fixture = *state;
  whorl_subscription_counts_t counts;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, ten_milliseconds_each, 1);
  assert_int_equal(fixture_with_open_node(fixture, publish_every_millisecond), WHORL_OK);
  assert_int_equal(whorl_subscription_read_counts(fixture->subscription, &counts), WHORL_OK);
  assert_int_equal(counts.received, FLOOD);
  assert_int_equal(counts.taken + counts.dropped, FLOOD);
  assert_int_equal(counts.taken, fixture->calls);
  assert_in_range(fixture->calls, FLOOD / 10, FLOOD / 10 + 11); // and the history that was left
}

// --- Destroy

static int destroy_itself(const void *message, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)message;
  (void)info;
  assert_int_equal(whorl_subscription_destroy(fixture->subscription), WHORL_OK);
  fixture->calls++; // the statement after it runs
  assert_int_equal(whorl_sleep(WHORL_SECONDS(1)), WHORL_CANCELED);
  return WHORL_CANCELED;
}

static void a_callback_may_destroy_its_own_subscription(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, destroy_itself, 1);
  assert_int_equal(fixture_with_open_node(fixture, publish_at_once), WHORL_OK);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(whorl_publisher_matched_count(fixture->publisher), 0);
}

static int sleep_long(const void *message, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)message;
  (void)info;
  fixture->calls++;
  int status = whorl_sleep(WHORL_SECONDS(3600));
  fixture->values[0] = status;
  return status;
}

static int destroy_under_a_callback(fixture_t *fixture)
{
  WHORL_TRY(fixture_publish(fixture, 1));
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(1)));
  assert_int_equal(fixture->calls, 1);
  WHORL_TRY(whorl_subscription_destroy(fixture->subscription)); // cancels and waits
  assert_int_equal(fixture->values[0], WHORL_CANCELED);
  assert_int_equal(whorl_subscription_destroy(fixture->subscription), WHORL_DESTROYED);
  return fixture_publish(fixture, 2);
}

static void destroy_cancels_and_waits_for_the_callback(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, sleep_long, 1);
  assert_int_equal(fixture_with_open_node(fixture, destroy_under_a_callback), WHORL_OK);
  assert_int_equal(fixture->calls, 1);
  assert_true(whorl_simulation_now_ns(fixture->world) < WHORL_SECONDS(2));
}

static void closing_the_node_cancels_its_callbacks(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, sleep_long, WHORL_UNLIMITED);
  assert_int_equal(fixture_with_open_node(fixture, publish_one), WHORL_OK);
  assert_int_equal(fixture->values[0], WHORL_CANCELED);
  assert_int_equal(whorl_simulation_now_ns(fixture->world), WHORL_SECONDS(6));
}

static int destroy_node(const void *message, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)message;
  (void)info;
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK);
  fixture->calls++;
  return whorl_sleep(WHORL_SECONDS(1));
}

static void S14_a_callback_may_destroy_its_own_node_while_the_body_sleeps_on(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, destroy_node, 1);
  assert_int_equal(fixture_with_open_node(fixture, publish_one), WHORL_OK);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(whorl_simulation_now_ns(fixture->world), WHORL_SECONDS(6)); // the body slept on
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_DESTROYED);
}

static void run_ends_well_when_a_callback_destroys_the_node(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, destroy_node, 1);
  assert_int_equal(fixture_publish(fixture, 1), WHORL_OK);
  assert_int_equal(whorl_simulation_run(fixture->world, fixture_run_node, fixture), WHORL_OK);
}

static int create_within(fixture_t *fixture)
{
  subscribe(fixture, remember, 1);
  WHORL_TRY(fixture_publish(fixture, 8));
  return whorl_event_wait(fixture->event);
}

static void a_subscription_made_while_the_node_is_open_is_driven(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(fixture_with_open_node(fixture, create_within), WHORL_OK);
  assert_int_equal(fixture->values[0], 8);
}

static void a_node_can_be_opened_again(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, remember, 1);
  assert_int_equal(fixture_with_open_node(fixture, publish_one), WHORL_OK);
  assert_int_equal(fixture_publish(fixture, 4), WHORL_OK); // closed: waits
  assert_int_equal(fixture_with_open_node(fixture, sleep_six_seconds), WHORL_OK);
  assert_int_equal(fixture->calls, 2);
  assert_int_equal(fixture->values[1], 4);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(ASUB_01_a_message_of_the_same_node_arrives_exactly_once),
      NODE_TEST(ASUB_02_an_error_ends_run_one_callback_at_a_time),
      NODE_TEST(ASUB_03_an_error_ends_run_with_concurrent_callbacks),
      NODE_TEST(ASUB_04_concurrent_callbacks_are_active_together),
      NODE_TEST(ASUB_04_unlimited_callbacks_are_active_together),
      NODE_TEST(one_at_a_time_never_overlaps),
      NODE_TEST(ASK_05_two_at_a_time_leave_the_third_waiting),
      NODE_TEST(ASUB_05_the_callback_is_told_when_and_by_whom),
      NODE_TEST(the_serialized_form_gives_the_cdr),
      NODE_TEST(a_kept_message_outlives_its_callback),
      NODE_TEST(what_does_not_fit_the_history_is_dropped_and_counted),
      NODE_TEST(PAIN_47_overload_takes_no_memory_and_what_is_lost_is_counted),
      NODE_TEST(a_callback_may_destroy_its_own_subscription),
      NODE_TEST(destroy_cancels_and_waits_for_the_callback),
      NODE_TEST(closing_the_node_cancels_its_callbacks),
      NODE_TEST(S14_a_callback_may_destroy_its_own_node_while_the_body_sleeps_on),
      NODE_TEST(run_ends_well_when_a_callback_destroys_the_node),
      NODE_TEST(a_subscription_made_while_the_node_is_open_is_driven),
      NODE_TEST(a_node_can_be_opened_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
