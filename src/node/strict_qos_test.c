// strict_qos: what does not fit is an error, of the creation or of the node, in a simulated world of two processes.
#include "node/fixture.h"

#define MS WHORL_MILLISECONDS

static const whorl_qos_t retained = {.durability = WHORL_DURABILITY_TRANSIENT_LOCAL};
static const whorl_publisher_options_t strict_publisher = {.strict_qos = true};
static const whorl_subscription_options_t strict_subscription = {.qos = &retained, .strict_qos = true};

static whorl_node_t other; // '/far/other', of another context

static int setup(void **state)
{
  fixture_setup(state);
  fixture_t *fixture = *state;
  whorl_context_t context;
  assert_int_equal(whorl_simulation_create_context(fixture->world, &context), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "other", &(whorl_node_options_t){.node_namespace = "/far"}, &other), WHORL_OK);
  return 0;
}

static int ignore_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_OK;
}

static int publish(whorl_node_t node, const whorl_publisher_options_t *options)
{
  whorl_publisher_t publisher;
  return whorl_publisher_create(node, INT32, "/chatter", options, &publisher);
}

static int subscribe(whorl_node_t node, const whorl_subscription_options_t *options)
{
  return whorl_subscription_create(node, INT32, "/chatter", options != NULL && options->by_hand ? NULL : ignore_message, NULL, options,
                                   NULL);
}

static void settle(fixture_t *fixture) { assert_int_equal(whorl_simulation_run_for(fixture->world, MS(1)), WHORL_OK); }

static size_t count(const fixture_t *fixture, int (*ask)(whorl_node_t node, const char *topic, size_t *ret_count))
{
  size_t found = 99;
  assert_int_equal(ask(fixture->node, "/chatter", &found), WHORL_OK);
  return found;
}

// --- what is there already

static void ASK_15_a_publisher_that_does_not_fit_what_is_there_is_not_made(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(subscribe(other, &(whorl_subscription_options_t){.qos = &retained}), WHORL_OK);
  settle(fixture);
  assert_int_equal(publish(fixture->node, &strict_publisher), WHORL_INCOMPATIBLE_QOS);
  assert_string_equal(whorl_detail(),
                      "a subscription of node '/far/other' on topic '/chatter' requests incompatible QoS, no messages go to it: "
                      "DURABILITY_QOS_POLICY offered volatile, requested transient local");
  assert_int_equal(count(fixture, whorl_node_count_publishers), 0);
  assert_int_equal(publish(fixture->node, &(whorl_publisher_options_t){.qos = &retained, .strict_qos = true}), WHORL_OK);
  assert_int_equal(publish(fixture->node, NULL), WHORL_OK); // nobody is strict about this one
}

static void ASK_15_a_subscription_that_does_not_fit_what_is_there_is_not_made(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(publish(other, NULL), WHORL_OK);
  settle(fixture);
  assert_int_equal(subscribe(fixture->node, &strict_subscription), WHORL_INCOMPATIBLE_QOS);
  assert_string_equal(whorl_detail(),
                      "a publisher of node '/far/other' on topic '/chatter' offers incompatible QoS, no messages come from it: "
                      "DURABILITY_QOS_POLICY offered volatile, requested transient local");
  assert_int_equal(count(fixture, whorl_node_count_subscribers), 0);
  assert_int_equal(subscribe(fixture->node, &(whorl_subscription_options_t){.strict_qos = true}), WHORL_OK);
}

static void ends_of_the_same_node_have_to_fit_too(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(publish(fixture->node, NULL), WHORL_OK);
  assert_int_equal(subscribe(fixture->node, &strict_subscription), WHORL_INCOMPATIBLE_QOS);
  assert_int_equal(subscribe(fixture->node, &(whorl_subscription_options_t){.qos = &retained, .strict_qos = true, .by_hand = true}),
                   WHORL_INCOMPATIBLE_QOS);
}

// --- what comes later

static int come_and_wait(fixture_t *fixture)
{
  WHORL_TRY(whorl_sleep(MS(1))); // the contexts know of each other's node
  if (fixture->values[0] == 1)
    WHORL_TRY(publish(other, NULL));
  else
    WHORL_TRY(subscribe(other, &(whorl_subscription_options_t){.qos = &retained}));
  return whorl_event_wait(fixture->event);
}

static void ASK_15_who_comes_later_and_does_not_fit_a_publisher_ends_the_node(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(publish(fixture->node, &strict_publisher), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, come_and_wait), WHORL_INCOMPATIBLE_QOS);
  assert_non_null(strstr(whorl_detail(),
                         "a subscription of node '/far/other' on topic '/chatter' requests incompatible QoS, no messages go to it: "
                         "DURABILITY_QOS_POLICY offered volatile, requested transient local"));
}

static void ASK_15_who_comes_later_and_does_not_fit_a_subscription_ends_the_node(void **state)
{
  fixture_t *fixture = *state;
  fixture->values[0] = 1;
  assert_int_equal(subscribe(fixture->node, &strict_subscription), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, come_and_wait), WHORL_INCOMPATIBLE_QOS);
  assert_non_null(strstr(whorl_detail(), "a publisher of node '/far/other'"));
}

static void a_node_that_is_not_driven_hears_of_it_once_it_is(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(publish(fixture->node, &strict_publisher), WHORL_OK);
  assert_int_equal(subscribe(other, &(whorl_subscription_options_t){.qos = &retained}), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(fixture->world, MS(1)), WHORL_INCOMPATIBLE_QOS); // which drives it
}

static int note_and_end(const whorl_qos_event_t *event, void *arg)
{
  fixture_t *fixture = arg;
  fixture->calls += event->kind == WHORL_QOS_EVENT_INCOMPATIBLE_QOS;
  return WHORL_OK;
}

static void a_callback_is_told_before(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(publish(fixture->node, &(whorl_publisher_options_t){.strict_qos = true, .on_event = note_and_end, .event_arg = fixture}),
                   WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, come_and_wait), WHORL_INCOMPATIBLE_QOS);
  assert_int_equal(fixture->calls, 1);
}

static int meet(fixture_t *fixture)
{
  WHORL_TRY(publish(other, NULL));
  WHORL_TRY(subscribe(other, NULL));
  WHORL_TRY(whorl_sleep(MS(10)));
  return fixture->calls;
}

static void what_fits_is_no_error(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(publish(fixture->node, &strict_publisher), WHORL_OK);
  assert_int_equal(subscribe(fixture->node, &(whorl_subscription_options_t){.strict_qos = true}), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, meet), WHORL_OK);
}

static int meet_and_go_on(fixture_t *fixture)
{
  (void)fixture;
  WHORL_TRY(publish(other, NULL));
  return whorl_sleep(MS(10));
}

static void one_that_is_taken_by_hand_logs_who_comes_later(void **state)
{
  fixture_t *fixture = *state;
  const whorl_subscription_options_t options = {.qos = &retained, .strict_qos = true, .by_hand = true};
  assert_int_equal(subscribe(fixture->node, &options), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, meet_and_go_on), WHORL_OK);
}

// --- by the node's option

static void ASK_15_the_option_of_a_node_is_that_of_all_it_creates(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t strict;
  assert_int_equal(whorl_node_create(fixture->context, "strict", &(whorl_node_options_t){.strict_qos = true}, &strict), WHORL_OK);
  assert_int_equal(publish(other, NULL), WHORL_OK);
  assert_int_equal(subscribe(other, NULL), WHORL_OK);
  settle(fixture);
  assert_int_equal(subscribe(strict, &(whorl_subscription_options_t){.qos = &retained}), WHORL_INCOMPATIBLE_QOS);
  assert_int_equal(publish(strict, &(whorl_publisher_options_t){.qos = &WHORL_QOS_SENSOR_DATA}), WHORL_INCOMPATIBLE_QOS);
  assert_int_equal(publish(strict, NULL), WHORL_OK);
}

#define STRICT_TEST(function) cmocka_unit_test_setup_teardown(function, setup, fixture_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      STRICT_TEST(ASK_15_a_publisher_that_does_not_fit_what_is_there_is_not_made),
      STRICT_TEST(ASK_15_a_subscription_that_does_not_fit_what_is_there_is_not_made),
      STRICT_TEST(ends_of_the_same_node_have_to_fit_too),
      STRICT_TEST(ASK_15_who_comes_later_and_does_not_fit_a_publisher_ends_the_node),
      STRICT_TEST(ASK_15_who_comes_later_and_does_not_fit_a_subscription_ends_the_node),
      STRICT_TEST(a_node_that_is_not_driven_hears_of_it_once_it_is),
      STRICT_TEST(a_callback_is_told_before),
      STRICT_TEST(what_fits_is_no_error),
      STRICT_TEST(one_that_is_taken_by_hand_logs_who_comes_later),
      STRICT_TEST(ASK_15_the_option_of_a_node_is_that_of_all_it_creates),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
