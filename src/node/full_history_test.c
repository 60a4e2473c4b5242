// Messages that pile up in a subscription: a level at which that is told, and what a full history drops, over the simulated network.
#include <stdio.h>

#include <whorl/log.h>

#include "node/fixture.h"

#define MS WHORL_MILLISECONDS

static struct {
  int lines;
  whorl_severity_t severity;
  char message[256];
} logged;

static void hear(const whorl_log_entry_t *entry, void *arg)
{
  (void)arg;
  logged.lines++;
  logged.severity = entry->severity;
  snprintf(logged.message, sizeof logged.message, "%s", entry->message);
}

static int setup(void **state)
{
  memset(&logged, 0, sizeof logged);
  whorl_log_set_sink(hear, NULL);
  return fixture_setup(state);
}

static int teardown(void **state)
{
  int status = fixture_teardown(state);
  whorl_log_set_sink(NULL, NULL);
  return status;
}

static int remember(const void *message, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)info;
  fixture->values[fixture->calls++] = ((const std_msgs__msg__Int32 *)message)->data;
  return WHORL_OK;
}

static void subscribe(fixture_t *fixture, const whorl_subscription_options_t *options)
{
  fixture_create_publisher(fixture, "/numbers");
  whorl_message_callback_t callback = options->by_hand ? NULL : remember;
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "/numbers", callback, fixture, options, &fixture->subscription),
                   WHORL_OK);
}

static void publish(fixture_t *fixture, int count)
{
  for (int i = 0; i < count; i++) assert_int_equal(fixture_publish(fixture, i), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(fixture->world, MS(1)), WHORL_OK);
}

static void take(fixture_t *fixture, int count)
{
  for (int i = 0; i < count; i++) {
    const void *message;
    assert_int_equal(whorl_subscription_take(fixture->subscription, &message, NULL), WHORL_OK);
    whorl_message_release(message);
  }
}

static whorl_subscription_counts_t counts_of(const fixture_t *fixture)
{
  whorl_subscription_counts_t counts;
  assert_int_equal(whorl_subscription_read_counts(fixture->subscription, &counts), WHORL_OK);
  return counts;
}

// --- the level

static void ASK_06_a_backlog_is_logged_though_nobody_takes(void **state)
{
  fixture_t *fixture = *state;
  subscribe(fixture, &(whorl_subscription_options_t){.by_hand = true, .warn_at = 6});
  publish(fixture, 5);
  assert_int_equal(logged.lines, 0);
  publish(fixture, 1);
  assert_int_equal(logged.lines, 1);
  assert_int_equal(logged.severity, WHORL_SEVERITY_WARN);
  assert_string_equal(logged.message, "6 messages of topic '/numbers' wait: they come faster than they are taken");
  assert_int_equal(counts_of(fixture).waiting, 6);
}

static void ASK_06_it_is_told_again_only_after_it_had_halved(void **state)
{
  fixture_t *fixture = *state;
  whorl_qos_event_t event;
  subscribe(fixture, &(whorl_subscription_options_t){.by_hand = true, .warn_at = 6});
  publish(fixture, 10);
  take(fixture, 7); // 3 are left: a half
  publish(fixture, 4);
  assert_int_equal(logged.lines, 1);
  take(fixture, 5); // 2
  publish(fixture, 3);
  assert_int_equal(logged.lines, 1);
  publish(fixture, 1);
  assert_int_equal(logged.lines, 2);
  assert_int_equal(whorl_subscription_read_event(fixture->subscription, WHORL_QOS_EVENT_BACKLOG, &event), WHORL_OK);
  assert_int_equal(event.total, 2);
  assert_int_equal(event.current, 6);
}

static void ASK_06_a_full_history_is_a_backlog_whatever_the_level(void **state)
{
  fixture_t *fixture = *state;
  subscribe(fixture, &(whorl_subscription_options_t){.by_hand = true, .warn_at = SIZE_MAX});
  publish(fixture, 9);
  assert_int_equal(logged.lines, 0);
  publish(fixture, 20);
  assert_int_equal(logged.lines, 1);
  assert_string_equal(logged.message, "10 messages of topic '/numbers' wait: they come faster than they are taken");
}

static void a_single_message_can_be_a_backlog(void **state)
{
  fixture_t *fixture = *state;
  subscribe(fixture, &(whorl_subscription_options_t){.by_hand = true, .warn_at = 1});
  publish(fixture, 3);
  assert_int_equal(logged.lines, 1);
  take(fixture, 3);
  publish(fixture, 1);
  assert_int_equal(logged.lines, 2);
}

static void without_a_level_nobody_is_told(void **state)
{
  fixture_t *fixture = *state;
  subscribe(fixture, &(whorl_subscription_options_t){.by_hand = true});
  publish(fixture, 20);
  assert_int_equal(logged.lines, 0);
}

static int note_backlog(const whorl_qos_event_t *event, void *arg)
{
  fixture_t *fixture = arg;
  if (event->kind != WHORL_QOS_EVENT_BACKLOG) return WHORL_OK;
  assert_int_equal(event->total, 1);
  assert_int_equal(event->current, 4);
  assert_string_equal(event->topic, "/numbers");
  assert_string_equal(event->text, "4 messages of topic '/numbers' wait: they come faster than they are taken");
  fixture->values[63]++;
  return WHORL_OK;
}

static void ASK_06_a_callback_comes_in_place_of_the_log(void **state)
{
  fixture_t *fixture = *state;
  subscribe(fixture, &(whorl_subscription_options_t){.warn_at = 4, .on_event = note_backlog, .event_arg = fixture});
  publish(fixture, 8);
  assert_int_equal(fixture->values[63], 1);
  assert_int_equal(fixture->calls, 8);
  assert_int_equal(logged.lines, 0);
}

// --- what is dropped

static void ASK_06_a_full_history_keeps_those_that_came_first_when_asked_to(void **state)
{
  fixture_t *fixture = *state;
  subscribe(fixture, &(whorl_subscription_options_t){.overflow = WHORL_OVERFLOW_DROP_NEWEST});
  publish(fixture, 15);
  assert_int_equal(fixture->calls, 10);
  for (int i = 0; i < 10; i++) assert_int_equal(fixture->values[i], i);
  whorl_subscription_counts_t counts = counts_of(fixture);
  assert_int_equal(counts.received, 15);
  assert_int_equal(counts.dropped, 5);
  assert_int_equal(counts.taken, 10);
  assert_int_equal(counts.waiting, 0);
}

static void so_does_a_history_that_keeps_all(void **state)
{
  fixture_t *fixture = *state;
  const whorl_qos_t all = {.history = WHORL_HISTORY_KEEP_ALL};
  subscribe(fixture, &(whorl_subscription_options_t){.qos = &all, .keep_all_limit = 3, .overflow = WHORL_OVERFLOW_DROP_NEWEST});
  publish(fixture, 7);
  assert_int_equal(fixture->calls, 3);
  assert_int_equal(fixture->values[2], 2);
}

static void an_overflow_that_is_none_is_refused(void **state)
{
  fixture_t *fixture = *state;
  whorl_subscription_options_t options = {.by_hand = true, .overflow = (whorl_overflow_t)2};
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "/numbers", NULL, NULL, &options, NULL), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "2 is no way to treat a full history");
}

#define BACKLOG_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      BACKLOG_TEST(ASK_06_a_backlog_is_logged_though_nobody_takes),
      BACKLOG_TEST(ASK_06_it_is_told_again_only_after_it_had_halved),
      BACKLOG_TEST(ASK_06_a_full_history_is_a_backlog_whatever_the_level),
      BACKLOG_TEST(a_single_message_can_be_a_backlog),
      BACKLOG_TEST(without_a_level_nobody_is_told),
      BACKLOG_TEST(ASK_06_a_callback_comes_in_place_of_the_log),
      BACKLOG_TEST(ASK_06_a_full_history_keeps_those_that_came_first_when_asked_to),
      BACKLOG_TEST(so_does_a_history_that_keeps_all),
      BACKLOG_TEST(an_overflow_that_is_none_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
