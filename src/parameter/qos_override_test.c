// Policies of publishers and subscriptions that the command line may override, in a world with one node.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "parameter/parameter_fixture.h"

static const whorl_qos_overriding_t usual = {0};

static int publish(whorl_node_t node, const char *topic, const whorl_qos_t *qos, const whorl_qos_overriding_t *overriding)
{
  whorl_publisher_t publisher;
  const whorl_publisher_options_t options = {.qos = qos, .qos_overriding = overriding};
  return whorl_publisher_create(node, INT32, topic, &options, &publisher);
}

static int subscribe(whorl_node_t node, const char *topic, const whorl_qos_t *qos, const whorl_qos_overriding_t *overriding)
{
  const whorl_subscription_options_t options = {.qos = qos, .qos_overriding = overriding, .by_hand = true};
  return whorl_subscription_create(node, INT32, topic, NULL, NULL, &options, NULL);
}

static void note(const whorl_endpoint_info_t *endpoint, void *arg) { *(whorl_qos_t *)arg = endpoint->qos; }

static whorl_qos_t publisher_qos(whorl_node_t node, const char *topic)
{
  whorl_qos_t qos = {0};
  assert_int_equal(whorl_node_visit_publishers(node, topic, NULL, note, &qos), WHORL_OK);
  return qos;
}

static void count_name(const char *name, void *arg)
{
  (void)name;
  ++*(int *)arg;
}

static int declared(whorl_node_t node)
{
  const char *const prefixes[] = {"qos_overrides"};
  int count = 0;
  assert_int_equal(whorl_parameter_list(node, prefixes, 1, 0, count_name, &count), WHORL_OK);
  return count;
}

// --- what is declared

static void without_the_option_nothing_is_declared(void **state)
{
  assert_int_equal(publish(node_of(state), "chatter", NULL, NULL), WHORL_OK);
  assert_int_equal(declared(node_of(state)), 0);
}

static void the_usual_ones_are_history_depth_and_reliability(void **state)
{
  whorl_node_t node = node_of(state);
  assert_int_equal(publish(node, "chatter", &WHORL_QOS_SENSOR_DATA, &usual), WHORL_OK);
  assert_int_equal(subscribe(node, "chatter", NULL, &usual), WHORL_OK);
  assert_int_equal(declared(node), 6);
  should_be(node, "qos_overrides./chatter.publisher.history", whorl_parameter_string("keep_last"));
  should_be(node, "qos_overrides./chatter.publisher.depth", whorl_parameter_integer(5));
  should_be(node, "qos_overrides./chatter.publisher.reliability", whorl_parameter_string("best_effort"));
  should_be(node, "qos_overrides./chatter.subscription.history", whorl_parameter_string("keep_last"));
  should_be(node, "qos_overrides./chatter.subscription.depth", whorl_parameter_integer(10));
  should_be(node, "qos_overrides./chatter.subscription.reliability", whorl_parameter_string("reliable"));
}

static void they_are_read_only_and_described(void **state)
{
  whorl_node_t node = node_of(state);
  whorl_parameter_descriptor_t descriptor;
  assert_int_equal(publish(node, "chatter", NULL, &usual), WHORL_OK);
  should_fail(whorl_parameter_set(node, "qos_overrides./chatter.publisher.depth", whorl_parameter_integer(1)), WHORL_REJECTED,
              "parameter 'qos_overrides./chatter.publisher.depth' cannot be set because it is read-only");
  assert_int_equal(whorl_parameter_describe(node, "qos_overrides./chatter.publisher.depth", &descriptor), WHORL_OK);
  assert_true(descriptor.read_only);
  assert_string_equal(descriptor.description, "QoS of the publisher on /chatter: depth");
  whorl_parameter_descriptor_fini(&descriptor);
}

static void every_policy_may_be_asked_for(void **state)
{
  whorl_node_t node = node_of(state);
  const whorl_qos_overriding_t all = {.policies = WHORL_QOS_OVERRIDE_ALL};
  const whorl_qos_t qos = {.history = WHORL_HISTORY_KEEP_ALL,
                           .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
                           .liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC,
                           .deadline_ns = 5,
                           .lifespan_ns = WHORL_FOREVER,
                           .liveliness_lease_ns = 7};
  assert_int_equal(publish(node, "a", &qos, &all), WHORL_OK);
  assert_int_equal(declared(node), 9);
  should_be(node, "qos_overrides./a.publisher.history", whorl_parameter_string("keep_all"));
  should_be(node, "qos_overrides./a.publisher.durability", whorl_parameter_string("transient_local"));
  should_be(node, "qos_overrides./a.publisher.liveliness", whorl_parameter_string("manual_by_topic"));
  should_be(node, "qos_overrides./a.publisher.deadline", whorl_parameter_integer(5));
  should_be(node, "qos_overrides./a.publisher.lifespan", whorl_parameter_integer(INT64_MAX));
  should_be(node, "qos_overrides./a.publisher.liveliness_lease_duration", whorl_parameter_integer(7));
  should_be(node, "qos_overrides./a.publisher.avoid_ros_namespace_conventions", whorl_parameter_bool(false));
  assert_int_equal(subscribe(node, "a", &WHORL_QOS_BEST_AVAILABLE, &all), WHORL_OK);
  assert_int_equal(declared(node), 17); // a subscription has no lifespan
  should_be(node, "qos_overrides./a.subscription.reliability", whorl_parameter_string("best_available"));
}

static void an_id_tells_two_of_a_topic_apart_and_others_share(void **state)
{
  whorl_node_t node = node_of(state);
  const whorl_qos_overriding_t left = {.id = "left"};
  assert_int_equal(publish(node, "chatter", NULL, &usual), WHORL_OK);
  assert_int_equal(publish(node, "chatter", NULL, &usual), WHORL_OK);
  assert_int_equal(declared(node), 3);
  assert_int_equal(publish(node, "chatter", &WHORL_QOS_SENSOR_DATA, &left), WHORL_OK);
  assert_int_equal(declared(node), 6);
  should_be(node, "qos_overrides./chatter.publisher_left.depth", whorl_parameter_integer(5));
}

// --- what the command line says

static void the_command_lines_values_are_used(void **state)
{
  const whorl_qos_overriding_t all = {.policies = WHORL_QOS_OVERRIDE_ALL};
  whorl_node_t node = make_node(
      state,
      &(whorl_node_options_t){ARGUMENTS(
          "-p", "qos_overrides./chatter.publisher.depth:=7", "-p", "qos_overrides./chatter.publisher.reliability:=best_effort", "-p",
          "qos_overrides./chatter.publisher.durability:=transient_local", "-p", "qos_overrides./chatter.publisher.deadline:=1000000", "-p",
          "qos_overrides./chatter.publisher.lifespan:=2000000", "-p", "qos_overrides./chatter.publisher.liveliness:=manual_by_topic", "-p",
          "qos_overrides./chatter.publisher.liveliness_lease_duration:=3000000", "-p", "qos_overrides./chatter.subscription.depth:=99")});
  assert_int_equal(publish(node, "chatter", NULL, &all), WHORL_OK);
  const whorl_qos_t expected = {.history = WHORL_HISTORY_KEEP_LAST,
                                .depth = 7,
                                .reliability = WHORL_RELIABILITY_BEST_EFFORT,
                                .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
                                .deadline_ns = 1000000,
                                .lifespan_ns = 2000000,
                                .liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC,
                                .liveliness_lease_ns = 3000000};
  whorl_qos_t qos = publisher_qos(node, "chatter");
  fixture_expect_qos(&qos, &expected);
  should_be(node, "qos_overrides./chatter.publisher.depth", whorl_parameter_integer(7));
}

static void a_policy_that_is_not_asked_for_stays(void **state)
{
  const whorl_qos_overriding_t depth = {.policies = WHORL_QOS_OVERRIDE_DEPTH};
  whorl_node_t node = make_node(state,
                                &(whorl_node_options_t){ARGUMENTS("-p", "qos_overrides./chatter.publisher.reliability:=best_effort")});
  assert_int_equal(publish(node, "chatter", NULL, &depth), WHORL_OK);
  assert_int_equal(publisher_qos(node, "chatter").reliability, WHORL_RELIABILITY_RELIABLE);
}

static void a_parameter_file_works_too(void **state)
{
  static const char text[] = "/**:\n  ros__parameters:\n    qos_overrides:\n      /chatter:\n        publisher:\n          depth: 42\n"
                             "          history: keep_last\n";
  char path[] = "/tmp/whorl_qos_XXXXXX";
  int file = mkstemp(path);
  assert_true(file >= 0 && write(file, text, sizeof text - 1) == sizeof text - 1);
  whorl_node_t node = make_node(state, &(whorl_node_options_t){ARGUMENTS("--params-file", path)});
  close(file);
  unlink(path);
  assert_int_equal(publish(node, "chatter", NULL, &usual), WHORL_OK);
  assert_int_equal(publisher_qos(node, "chatter").depth, 42);
}

static void the_name_is_the_remapped_one(void **state)
{
  whorl_node_t node = make_node(state,
                                &(whorl_node_options_t){ARGUMENTS("-r", "chatter:=/news", "-p", "qos_overrides./news.publisher.depth:=3")});
  assert_int_equal(publish(node, "chatter", NULL, &usual), WHORL_OK);
  assert_int_equal(publisher_qos(node, "/news").depth, 3);
}

static void a_node_that_declares_all_overrides_has_them_already(void **state)
{
  whorl_node_t node = make_node(state, &(whorl_node_options_t){ARGUMENTS("-p", "qos_overrides./chatter.publisher.depth:=3"),
                                                               .declare_parameters_from_overrides = true});
  assert_int_equal(publish(node, "chatter", NULL, &usual), WHORL_OK);
  assert_int_equal(publisher_qos(node, "chatter").depth, 3);
}

// --- what does not work

static void bad_values_are_told_and_nothing_is_made(void **state)
{
  static const struct {
    const char *argument, *sentence;
    int status;
  } cases[] = {
      {"reliability:=sure",
       "parameter 'qos_overrides./chatter.publisher.reliability' is 'sure', which is none of system_default, reliable, best_effort, "
       "best_available",
       WHORL_INVALID_QOS},
      {"history:=keep_few",
       "parameter 'qos_overrides./chatter.publisher.history' is 'keep_few', which is none of system_default, keep_last, keep_all",
       WHORL_INVALID_QOS},
      {"depth:=-1", "parameter 'qos_overrides./chatter.publisher.depth' cannot be -1", WHORL_INVALID_QOS},
      {"depth:=3000000000", "parameter 'qos_overrides./chatter.publisher.depth' cannot be 3000000000", WHORL_INVALID_QOS},
      {"depth:=many", "parameter 'qos_overrides./chatter.publisher.depth' is of type integer, but its value of type string",
       WHORL_WRONG_TYPE},
      {"reliability:=1", "parameter 'qos_overrides./chatter.publisher.reliability' is of type string, but its value of type integer",
       WHORL_WRONG_TYPE},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char argument[128];
    snprintf(argument, sizeof argument, "qos_overrides./chatter.publisher.%s", cases[i].argument);
    whorl_node_t node = make_node(state, &(whorl_node_options_t){ARGUMENTS("-p", argument)});
    should_fail(publish(node, "chatter", NULL, &usual), cases[i].status, cases[i].sentence);
    size_t count;
    assert_int_equal(declared(node), 0);
    assert_int_equal(whorl_node_count_publishers(node, "chatter", &count), WHORL_OK);
    assert_int_equal(count, 0);
    assert_int_equal(whorl_node_destroy(node), WHORL_OK);
  }
}

static void unknown_policies_are_refused(void **state)
{
  const whorl_qos_overriding_t odd = {.policies = 512};
  should_fail(publish(node_of(state), "chatter", NULL, &odd), WHORL_INVALID_ARGUMENT, "qos_overriding: 0x200 has policies that are none");
}

static int at_least_seven(const whorl_qos_t *qos, char reason[WHORL_QOS_REASON_SIZE], void *arg)
{
  (void)arg;
  if (qos->depth >= 7) return WHORL_OK;
  snprintf(reason, WHORL_QOS_REASON_SIZE, "a depth of %zu is too small", qos->depth);
  return WHORL_REJECTED;
}

static void the_user_has_the_last_word(void **state)
{
  const whorl_qos_overriding_t checked = {.validate = at_least_seven};
  whorl_node_t node = make_node(state, &(whorl_node_options_t){ARGUMENTS("-p", "qos_overrides./chatter.publisher.depth:=6")});
  should_fail(publish(node, "chatter", NULL, &checked), WHORL_INVALID_QOS,
              "the QoS of the publisher on '/chatter' was refused: a depth of 6 is too small");
  assert_int_equal(declared(node), 0);
  assert_int_equal(publish(node, "others", NULL, &checked), WHORL_OK); // 10
}

static int refuse_depth(const whorl_parameter_t *parameters, size_t count, char reason[WHORL_PARAMETER_REASON_SIZE], void *arg)
{
  (void)arg;
  (void)reason;
  return count == 1 && strstr(parameters[0].name, ".reliability") != NULL ? WHORL_REJECTED : WHORL_OK;
}

static void a_declaration_that_is_refused_takes_the_others_along(void **state)
{
  whorl_node_t node = node_of(state);
  assert_int_equal(whorl_parameter_on_set(node, refuse_depth, NULL, NULL), WHORL_OK);
  assert_int_equal(publish(node, "chatter", NULL, &usual), WHORL_REJECTED);
  assert_int_equal(declared(node), 0);
}

static void every_allocation_may_fail(void **state)
{
  whorl_node_t node = node_of(state);
  for (uint64_t nth = 1;; nth++) {
    char topic[32];
    snprintf(topic, sizeof topic, "topic_%d", (int)nth);
    int before = declared(node);
    uint64_t allocations = whorl__memory_allocations();
    whorl__memory_fail_at(nth);
    int status = publish(node, topic, NULL, &usual);
    whorl__memory_fail_at(0);
    if (status == WHORL_OK && whorl__memory_allocations() - allocations < nth) return;
    assert_true(status == WHORL_OK || status == WHORL_NO_MEMORY);
    assert_true(declared(node) == before || declared(node) == before + 3); // all or none
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(without_the_option_nothing_is_declared),
      TEST(the_usual_ones_are_history_depth_and_reliability),
      TEST(they_are_read_only_and_described),
      TEST(every_policy_may_be_asked_for),
      TEST(an_id_tells_two_of_a_topic_apart_and_others_share),
      TEST(the_command_lines_values_are_used),
      TEST(a_policy_that_is_not_asked_for_stays),
      TEST(a_parameter_file_works_too),
      TEST(the_name_is_the_remapped_one),
      TEST(a_node_that_declares_all_overrides_has_them_already),
      TEST(bad_values_are_told_and_nothing_is_made),
      TEST(unknown_policies_are_refused),
      TEST(the_user_has_the_last_word),
      TEST(a_declaration_that_is_refused_takes_the_others_along),
      TEST(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
