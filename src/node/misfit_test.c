// What does not fit, where no callback listens: a warning of the node's logger, over the simulated network.
#include <stdio.h>

#include <whorl/log.h>

#include "node/fixture.h"

#define MS WHORL_MILLISECONDS

static const whorl_qos_t retained = {.durability = WHORL_DURABILITY_TRANSIENT_LOCAL};

static struct {
  int lines;
  whorl_severity_t severity;
  char logger[64], message[512];
} told[2]; // by the node that has logged: the tested one, the listener

static void hear(const whorl_log_entry_t *entry, void *arg)
{
  (void)arg;
  int who = strcmp(entry->logger, "tested") == 0 ? 0 : 1;
  told[who].lines++;
  told[who].severity = entry->severity;
  snprintf(told[who].logger, sizeof told[who].logger, "%s", entry->logger);
  snprintf(told[who].message, sizeof told[who].message, "%s", entry->message);
}

static whorl_node_t listener;

static int setup(void **state)
{
  fixture_setup(state);
  fixture_t *fixture = *state;
  whorl_context_t other;
  memset(told, 0, sizeof told);
  whorl_log_set_sink(hear, NULL);
  assert_int_equal(whorl_simulation_create_context(fixture->world, &other), WHORL_OK);
  assert_int_equal(whorl_node_create(other, "listener", &(whorl_node_options_t){.node_namespace = "/ears"}, &listener), WHORL_OK);
  return whorl_simulation_run_for(fixture->world, MS(1)); // both contexts know of each other's node
}

static int teardown(void **state)
{
  int status = fixture_teardown(state);
  whorl_log_set_sink(NULL, NULL);
  return status;
}

static int ignore_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_OK;
}

static int count_event(const whorl_qos_event_t *event, void *arg)
{
  ((fixture_t *)arg)->calls += event->kind == WHORL_QOS_EVENT_INCOMPATIBLE_QOS;
  return WHORL_OK;
}

static void request(fixture_t *fixture, const whorl_subscription_options_t *options)
{
  whorl_message_callback_t callback = options->by_hand ? NULL : ignore_message;
  assert_int_equal(whorl_subscription_create(listener, INT32, "/chatter", callback, NULL, options, &fixture->subscription), WHORL_OK);
}

static void run(fixture_t *fixture) { assert_int_equal(whorl_simulation_run_for(fixture->world, MS(10)), WHORL_OK); }

static void EVT_14_without_a_callback_both_nodes_log_what_does_not_fit(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "/chatter");
  request(fixture, &(whorl_subscription_options_t){.qos = &retained});
  run(fixture);
  assert_int_equal(told[0].lines, 1);
  assert_int_equal(told[0].severity, WHORL_SEVERITY_WARN);
  assert_string_equal(told[0].message,
                      "a subscription of node '/ears/listener' on topic '/chatter' requests incompatible QoS, no messages go to it: "
                      "DURABILITY_QOS_POLICY offered volatile, requested transient local");
  assert_int_equal(told[1].lines, 1);
  assert_string_equal(told[1].logger, "ears.listener");
  assert_string_equal(told[1].message,
                      "a publisher of node '/tested' on topic '/chatter' offers incompatible QoS, no messages come from it: "
                      "DURABILITY_QOS_POLICY offered volatile, requested transient local");
}

static void EVT_14_nothing_is_logged_of_a_pair_that_fits(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "/chatter");
  request(fixture, &(whorl_subscription_options_t){0});
  run(fixture);
  assert_int_equal(whorl_publisher_matched_count(fixture->publisher), 1);
  assert_int_equal(told[0].lines + told[1].lines, 0);
}

static void EVT_14_a_callback_comes_in_place_of_the_log(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "/chatter");
  request(fixture, &(whorl_subscription_options_t){.qos = &retained, .on_event = count_event, .event_arg = fixture});
  run(fixture);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(told[0].lines, 1); // the publisher's side has none
  assert_int_equal(told[1].lines, 0);
}

static void EVT_14_every_further_end_is_logged(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "/chatter");
  for (int i = 1; i <= 3; i++) {
    request(fixture, &(whorl_subscription_options_t){.qos = &retained, .by_hand = true});
    run(fixture);
    assert_int_equal(told[0].lines, i);
    assert_int_equal(told[1].lines, i);
  }
}

static void EVT_14_an_end_that_is_gone_by_then_is_not_heard_of(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "/chatter");
  request(fixture, &(whorl_subscription_options_t){.qos = &retained});
  assert_int_equal(whorl_subscription_destroy(fixture->subscription), WHORL_OK);
  run(fixture);
  assert_int_equal(told[1].lines, 0);
  assert_int_equal(told[0].lines, 1);
  assert_string_equal(told[0].message,
                      "a subscription on topic '/chatter' requests incompatible QoS, no messages go to it: DURABILITY_QOS_POLICY");
}

static int open_a_misfit(void *arg)
{
  fixture_t *fixture = arg;
  fixture_create_publisher(fixture, "/chatter");
  request(fixture, &(whorl_subscription_options_t){.qos = &retained});
  return whorl_sleep(MS(1));
}

static void EVT_14_nobody_has_to_drive_the_nodes(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_simulation_run(fixture->world, open_a_misfit, fixture), WHORL_OK); // one task, and nothing else runs
  assert_int_equal(told[0].lines, 1);
  assert_int_equal(told[1].lines, 1);
}

static void EVT_14_the_level_of_the_nodes_logger_silences_it(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_log_set_level(whorl_node_logger(listener), WHORL_SEVERITY_ERROR), WHORL_OK);
  fixture_create_publisher(fixture, "/chatter");
  request(fixture, &(whorl_subscription_options_t){.qos = &retained});
  run(fixture);
  assert_int_equal(whorl_log_set_level(whorl_node_logger(listener), WHORL_SEVERITY_UNSET), WHORL_OK);
  assert_int_equal(told[0].lines, 1);
  assert_int_equal(told[1].lines, 0);
}

// A sink may destroy what the line is about, and make more of it.
static void destroy_the_publisher(const whorl_log_entry_t *entry, void *arg)
{
  fixture_t *fixture = arg;
  if (strcmp(entry->logger, "tested") == 0) assert_int_equal(whorl_publisher_destroy(fixture->publisher), WHORL_OK);
  fixture->calls++;
}

static void EVT_14_the_sink_may_destroy_the_end_that_is_told_of(void **state)
{
  fixture_t *fixture = *state;
  whorl_log_set_sink(destroy_the_publisher, fixture);
  fixture_create_publisher(fixture, "/chatter");
  request(fixture, &(whorl_subscription_options_t){.qos = &retained});
  run(fixture);
  assert_int_equal(fixture->calls, 2);
  assert_int_equal(whorl_publisher_destroy(fixture->publisher), WHORL_DESTROYED);
}

#define MISFIT_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      MISFIT_TEST(EVT_14_without_a_callback_both_nodes_log_what_does_not_fit),
      MISFIT_TEST(EVT_14_nothing_is_logged_of_a_pair_that_fits),
      MISFIT_TEST(EVT_14_a_callback_comes_in_place_of_the_log),
      MISFIT_TEST(EVT_14_every_further_end_is_logged),
      MISFIT_TEST(EVT_14_an_end_that_is_gone_by_then_is_not_heard_of),
      MISFIT_TEST(EVT_14_nobody_has_to_drive_the_nodes),
      MISFIT_TEST(EVT_14_the_level_of_the_nodes_logger_silences_it),
      MISFIT_TEST(EVT_14_the_sink_may_destroy_the_end_that_is_told_of),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
