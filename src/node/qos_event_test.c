// Events of QoS over the simulated network: what each side is told, when, and in which words. (Over Cyclone, by executors: qos_event_cyclone_test.)
#include <stdio.h>

#include "node/fixture.h"

#define MS WHORL_MILLISECONDS

typedef struct side { // what one end was told
  fixture_t *fixture;
  int calls[8]; // by kind
  whorl_qos_event_t last[8];
  char text[512], other_node[64];
  int64_t wait_ns;  // in the callback
  bool destroys;    // its own end
  int status;       // of the callback
  bool in_callback; // any of the entity
} side_t;

static side_t offering, requesting;
static whorl_node_t listener;

static int note_event(const whorl_qos_event_t *event, void *arg)
{
  side_t *side = arg;
  assert_false(side->in_callback);
  side->in_callback = true;
  side->calls[event->kind]++;
  side->last[event->kind] = *event;
  snprintf(side->text, sizeof side->text, "%s", event->text);
  snprintf(side->other_node, sizeof side->other_node, "%s", event->other_node);
  if (side->wait_ns > 0) WHORL_TRY(whorl_sleep(side->wait_ns));
  if (side->destroys && side == &offering) assert_int_equal(whorl_publisher_destroy(side->fixture->publisher), WHORL_OK);
  if (side->destroys && side == &requesting) assert_int_equal(whorl_subscription_destroy(side->fixture->subscription), WHORL_OK);
  side->in_callback = false;
  return side->status;
}

static int count_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  side_t *side = arg;
  (void)message, (void)info;
  assert_false(side->in_callback);
  side->fixture->calls++;
  return WHORL_OK;
}

static void offer(fixture_t *fixture, const whorl_qos_t *qos)
{
  const whorl_publisher_options_t options = {.qos = qos, .on_event = note_event, .event_arg = &offering};
  assert_int_equal(whorl_publisher_create(fixture->node, INT32, "/chatter", &options, &fixture->publisher), WHORL_OK);
}

static void request(fixture_t *fixture, const whorl_qos_t *qos)
{
  const whorl_subscription_options_t options = {.qos = qos, .on_event = note_event, .event_arg = &requesting};
  assert_int_equal(whorl_subscription_create(listener, INT32, "/chatter", count_message, &requesting, &options, &fixture->subscription),
                   WHORL_OK);
}

static int setup(void **state)
{
  fixture_setup(state);
  whorl_context_t other;
  offering = requesting = (side_t){.fixture = *state};
  assert_int_equal(whorl_simulation_create_context(offering.fixture->world, &other), WHORL_OK);
  assert_int_equal(whorl_node_create(other, "listener", &(whorl_node_options_t){.node_namespace = "/ears"}, &listener), WHORL_OK);
  return whorl_simulation_run_for(offering.fixture->world, MS(1)); // both contexts know of each other's node
}

static void run_ms(fixture_t *fixture, int64_t duration_ms)
{
  assert_int_equal(whorl_simulation_run_for(fixture->world, MS(duration_ms)), WHORL_OK);
}

// --- incompatible

typedef struct misfit {
  whorl_qos_t offered, requested;
  whorl_qos_policy_t policy;
  const char *words;
} misfit_t;

static void both_are_told(fixture_t *fixture, const misfit_t *misfit)
{
  const whorl_qos_event_t *theirs = &requesting.last[WHORL_QOS_EVENT_INCOMPATIBLE_QOS];
  const whorl_qos_event_t *ours = &offering.last[WHORL_QOS_EVENT_INCOMPATIBLE_QOS];
  offer(fixture, &misfit->offered);
  request(fixture, &misfit->requested);
  run_ms(fixture, 100);
  assert_int_equal(offering.calls[WHORL_QOS_EVENT_INCOMPATIBLE_QOS], 1);
  assert_int_equal(requesting.calls[WHORL_QOS_EVENT_INCOMPATIBLE_QOS], 1);
  assert_int_equal(ours->policy, misfit->policy);
  assert_int_equal(theirs->policy, misfit->policy);
  assert_int_equal(ours->total, 1);
  assert_int_equal(ours->total_change, 1);
  assert_string_equal(offering.other_node, "/ears/listener");
  assert_string_equal(requesting.other_node, "/tested");
  assert_memory_equal(&ours->requested, &theirs->requested, sizeof ours->requested);
  assert_memory_equal(&ours->offered, &theirs->offered, sizeof ours->offered);
  assert_non_null(strstr(offering.text, misfit->words));
  assert_non_null(strstr(requesting.text, misfit->words));
  assert_int_equal(offering.calls[WHORL_QOS_EVENT_MATCHED] + requesting.calls[WHORL_QOS_EVENT_MATCHED], 0);
}

static void EVT_14_PAIN_54_both_sides_are_told_of_each_policy_that_does_not_fit(void **state)
{
  static const misfit_t misfits[] = {
      {{.depth = 1},
       {.durability = WHORL_DURABILITY_TRANSIENT_LOCAL},
       WHORL_QOS_POLICY_DURABILITY,
       "DURABILITY_QOS_POLICY offered volatile, requested transient local"},
      {{.reliability = WHORL_RELIABILITY_BEST_EFFORT},
       {.depth = 1},
       WHORL_QOS_POLICY_RELIABILITY,
       "RELIABILITY_QOS_POLICY offered best effort, requested reliable"},
      {{.deadline_ns = MS(20)},
       {.deadline_ns = MS(10)},
       WHORL_QOS_POLICY_DEADLINE,
       "DEADLINE_QOS_POLICY offered 20000000 ns, requested 10000000 ns"},
      {{.depth = 1},
       {.liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC, .liveliness_lease_ns = MS(10)},
       WHORL_QOS_POLICY_LIVELINESS,
       "LIVELINESS_QOS_POLICY offered automatic, lease unlimited, requested manual by topic, lease 10000000 ns"},
  };
  for (size_t i = 0; i < sizeof misfits / sizeof *misfits; i++) {
    if (i > 0) {
      fixture_teardown(state);
      setup(state);
    }
    both_are_told(*state, &misfits[i]);
  }
}

static void EVT_14_the_sentence_says_who_asks_whom(void **state)
{
  fixture_t *fixture = *state;
  offer(fixture, &WHORL_QOS_SENSOR_DATA);
  request(fixture, NULL);
  run_ms(fixture, 10);
  assert_string_equal(offering.text,
                      "a subscription of node '/ears/listener' on topic '/chatter' requests incompatible QoS, no messages go to it: "
                      "RELIABILITY_QOS_POLICY offered best effort, requested reliable");
  assert_string_equal(requesting.text,
                      "a publisher of node '/tested' on topic '/chatter' offers incompatible QoS, no messages come from it: "
                      "RELIABILITY_QOS_POLICY offered best effort, requested reliable");
}

static void EVT_14_a_pair_that_fits_hears_of_its_match_only(void **state)
{
  fixture_t *fixture = *state;
  offer(fixture, NULL);
  request(fixture, &WHORL_QOS_SENSOR_DATA);
  run_ms(fixture, 100);
  assert_int_equal(offering.calls[WHORL_QOS_EVENT_MATCHED], 1);
  assert_int_equal(requesting.calls[WHORL_QOS_EVENT_MATCHED], 1);
  assert_int_equal(offering.calls[WHORL_QOS_EVENT_INCOMPATIBLE_QOS] + requesting.calls[WHORL_QOS_EVENT_INCOMPATIBLE_QOS], 0);
}

// --- matched

static void matches_come_and_go_with_their_changes(void **state)
{
  fixture_t *fixture = *state;
  const whorl_qos_event_t *matched = &offering.last[WHORL_QOS_EVENT_MATCHED];
  offer(fixture, NULL);
  request(fixture, NULL);
  run_ms(fixture, 10);
  assert_int_equal(matched->current, 1);
  assert_int_equal(matched->current_change, 1);
  assert_string_equal(matched->topic, "/chatter");
  assert_int_equal(whorl_subscription_destroy(fixture->subscription), WHORL_OK);
  run_ms(fixture, 10);
  assert_int_equal(matched->current, 0);
  assert_int_equal(matched->current_change, -1);
  assert_int_equal(matched->total, 1);
  assert_int_equal(matched->total_change, 0);
}

static void what_happens_before_the_node_runs_is_told_in_one_event(void **state)
{
  fixture_t *fixture = *state;
  offer(fixture, NULL);
  for (int i = 0; i < 3; i++) request(fixture, NULL);
  assert_int_equal(offering.calls[WHORL_QOS_EVENT_MATCHED], 0);
  run_ms(fixture, 10);
  assert_int_equal(offering.calls[WHORL_QOS_EVENT_MATCHED], 1);
  assert_int_equal(offering.last[WHORL_QOS_EVENT_MATCHED].total_change, 3);
}

// --- promises that were not kept

static void PAIN_53_a_missed_deadline_is_told_on_both_sides(void **state)
{
  fixture_t *fixture = *state;
  const whorl_qos_t deadline = {.deadline_ns = MS(10)};
  offer(fixture, &deadline);
  request(fixture, &deadline);
  assert_int_equal(fixture_publish(fixture, 1), WHORL_OK);
  run_ms(fixture, 35);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(offering.calls[WHORL_QOS_EVENT_DEADLINE_MISSED], 3);
  assert_int_equal(requesting.calls[WHORL_QOS_EVENT_DEADLINE_MISSED], 3);
  assert_int_equal(requesting.last[WHORL_QOS_EVENT_DEADLINE_MISSED].total, 3);
  assert_int_equal(requesting.last[WHORL_QOS_EVENT_DEADLINE_MISSED].total_change, 1);
}

static void PAIN_53_deadlines_too_short_to_be_told_one_by_one_are_counted(void **state)
{
  fixture_t *fixture = *state;
  const whorl_qos_t deadline = {.deadline_ns = 1};
  offer(fixture, &deadline);
  request(fixture, &deadline);
  assert_int_equal(fixture_publish(fixture, 1), WHORL_OK);
  run_ms(fixture, 1000);
  const whorl_qos_event_t *last = &requesting.last[WHORL_QOS_EVENT_DEADLINE_MISSED];
  assert_in_range(last->total, WHORL_SECONDS(1) - MS(1), WHORL_SECONDS(1));
  assert_in_range(last->total_change, 2, MS(1));
  assert_in_range(requesting.calls[WHORL_QOS_EVENT_DEADLINE_MISSED], 2, 11000);
}

static void PAIN_53_liveliness_lost_and_changed(void **state)
{
  fixture_t *fixture = *state;
  const whorl_qos_t manual = {.liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC, .liveliness_lease_ns = MS(10)};
  offer(fixture, &manual);
  request(fixture, &manual);
  assert_int_equal(fixture_publish(fixture, 1), WHORL_OK);
  run_ms(fixture, 5);
  assert_int_equal(requesting.last[WHORL_QOS_EVENT_LIVELINESS].current, 1);
  run_ms(fixture, 20);
  assert_int_equal(requesting.last[WHORL_QOS_EVENT_LIVELINESS].current, 0);
  assert_int_equal(requesting.last[WHORL_QOS_EVENT_LIVELINESS].current_change, -1);
  assert_int_equal(offering.last[WHORL_QOS_EVENT_LIVELINESS].total, 1);
}

static void PAIN_53_lost_messages_are_told(void **state)
{
  fixture_t *fixture = *state;
  const whorl_simulation_network_t nothing_arrives = {.link = {.loss = 1}};
  offer(fixture, &WHORL_QOS_SENSOR_DATA);
  request(fixture, &WHORL_QOS_SENSOR_DATA);
  assert_int_equal(whorl_simulation_set_network(fixture->world, &nothing_arrives), WHORL_OK);
  assert_int_equal(fixture_publish(fixture, 1), WHORL_OK);
  assert_int_equal(whorl_simulation_set_network(fixture->world, NULL), WHORL_OK);
  assert_int_equal(fixture_publish(fixture, 2), WHORL_OK);
  run_ms(fixture, 10);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(requesting.last[WHORL_QOS_EVENT_MESSAGE_LOST].total, 1);
}

// --- as callbacks

static void an_event_may_wait_and_no_message_overtakes_it(void **state)
{
  fixture_t *fixture = *state;
  requesting.wait_ns = MS(10);
  offer(fixture, NULL);
  request(fixture, NULL);
  assert_int_equal(fixture_publish(fixture, 1), WHORL_OK);
  run_ms(fixture, 5);
  assert_int_equal(requesting.calls[WHORL_QOS_EVENT_MATCHED], 1);
  assert_int_equal(fixture->calls, 0);
  run_ms(fixture, 100);
  assert_int_equal(fixture->calls, 1);
}

static void a_callback_may_destroy_its_own_end_and_nothing_follows(void **state)
{
  fixture_t *fixture = *state;
  requesting.destroys = offering.destroys = true;
  offer(fixture, NULL);
  request(fixture, NULL);
  assert_int_equal(fixture_publish(fixture, 1), WHORL_OK);
  run_ms(fixture, 100);
  assert_int_equal(requesting.calls[WHORL_QOS_EVENT_MATCHED] + requesting.calls[WHORL_QOS_EVENT_LIVELINESS], 1);
  assert_int_equal(fixture->calls, 0);
  assert_int_equal(whorl_subscription_destroy(fixture->subscription), WHORL_DESTROYED);
  assert_int_equal(whorl_publisher_destroy(fixture->publisher), WHORL_DESTROYED);
}

static void an_error_ends_the_node(void **state)
{
  fixture_t *fixture = *state;
  offering.status = WHORL_MALFORMED;
  offer(fixture, NULL);
  request(fixture, NULL);
  assert_int_equal(whorl_simulation_run_for(fixture->world, MS(10)), WHORL_MALFORMED);
  assert_non_null(strstr(whorl_detail(), "/chatter"));
}

// --- by hand

static void the_numbers_can_be_read_without_a_callback(void **state)
{
  fixture_t *fixture = *state;
  whorl_qos_event_t event;
  const whorl_subscription_options_t by_hand = {.by_hand = true};
  fixture_create_publisher(fixture, "/chatter");
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "/chatter", NULL, NULL, &by_hand, &fixture->subscription), WHORL_OK);
  request(fixture, &(whorl_qos_t){.durability = WHORL_DURABILITY_TRANSIENT_LOCAL});
  assert_int_equal(whorl_publisher_read_event(fixture->publisher, WHORL_QOS_EVENT_INCOMPATIBLE_QOS, &event), WHORL_OK);
  assert_int_equal(event.total, 1);
  assert_int_equal(event.policy, WHORL_QOS_POLICY_DURABILITY);
  assert_int_equal(whorl_publisher_read_event(fixture->publisher, WHORL_QOS_EVENT_MATCHED, &event), WHORL_OK);
  assert_int_equal(event.current, 1);
  assert_string_equal(event.topic, "/chatter");
  assert_int_equal(whorl_publisher_read_event(fixture->publisher, (whorl_qos_event_kind_t)9, &event), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_subscription_read_event(fixture->subscription, WHORL_QOS_EVENT_MATCHED, NULL), WHORL_INVALID_ARGUMENT);
}

static void a_subscription_taken_by_hand_has_no_event_callback(void **state)
{
  fixture_t *fixture = *state;
  const whorl_subscription_options_t options = {.by_hand = true, .on_event = note_event};
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "/chatter", NULL, NULL, &options, &fixture->subscription),
                   WHORL_INVALID_ARGUMENT);
  assert_non_null(strstr(whorl_detail(), "by hand"));
}

static void policies_are_named_as_ros_2_names_them(void **state)
{
  (void)state;
  assert_string_equal(whorl_qos_policy_name(WHORL_QOS_POLICY_RELIABILITY), "RELIABILITY_QOS_POLICY");
  assert_string_equal(whorl_qos_policy_name(WHORL_QOS_POLICY_DURABILITY), "DURABILITY_QOS_POLICY");
  assert_string_equal(whorl_qos_policy_name((whorl_qos_policy_t)77), "UNKNOWN_QOS_POLICY");
}

#define EVENT_TEST(function) cmocka_unit_test_setup_teardown(function, setup, fixture_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      EVENT_TEST(EVT_14_PAIN_54_both_sides_are_told_of_each_policy_that_does_not_fit),
      EVENT_TEST(EVT_14_the_sentence_says_who_asks_whom),
      EVENT_TEST(EVT_14_a_pair_that_fits_hears_of_its_match_only),
      EVENT_TEST(matches_come_and_go_with_their_changes),
      EVENT_TEST(what_happens_before_the_node_runs_is_told_in_one_event),
      EVENT_TEST(PAIN_53_a_missed_deadline_is_told_on_both_sides),
      EVENT_TEST(PAIN_53_deadlines_too_short_to_be_told_one_by_one_are_counted),
      EVENT_TEST(PAIN_53_liveliness_lost_and_changed),
      EVENT_TEST(PAIN_53_lost_messages_are_told),
      EVENT_TEST(an_event_may_wait_and_no_message_overtakes_it),
      EVENT_TEST(a_callback_may_destroy_its_own_end_and_nothing_follows),
      EVENT_TEST(an_error_ends_the_node),
      EVENT_TEST(the_numbers_can_be_read_without_a_callback),
      EVENT_TEST(a_subscription_taken_by_hand_has_no_event_callback),
      cmocka_unit_test(policies_are_named_as_ros_2_names_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
