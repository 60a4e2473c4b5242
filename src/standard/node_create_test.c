// What a node brings along, and what it leaves out when it is told so.
#include <stdio.h>

#include "node/fixture.h"

static int count_triggers(uint64_t triggers, void *arg)
{
  ((fixture_t *)arg)->calls += (int)triggers;
  return WHORL_OK;
}

static void add_name(const char *name, const char *const *types, size_t type_count, void *arg)
{
  char *names = arg;
  size_t length = strlen(names);
  assert_int_equal(type_count, 1);
  snprintf(names + length, 1000 - length, "%s %s\n", name, types[0]);
}

static void expect_names(whorl_node_t node,
                         int (*visit)(whorl_node_t node, const char *of, const whorl_graph_options_t *options,
                                      whorl_names_visitor_t visitor, void *arg),
                         const char *expected)
{
  char names[1000] = "";
  assert_int_equal(visit(node, whorl_node_fully_qualified_name(node), NULL, add_name, names), WHORL_OK);
  assert_string_equal(names, expected);
}

static const char six_services[] = "/house/lamp/describe_parameters rcl_interfaces/srv/DescribeParameters\n"
                                   "/house/lamp/get_parameter_types rcl_interfaces/srv/GetParameterTypes\n"
                                   "/house/lamp/get_parameters rcl_interfaces/srv/GetParameters\n"
                                   "/house/lamp/list_parameters rcl_interfaces/srv/ListParameters\n"
                                   "/house/lamp/set_parameters rcl_interfaces/srv/SetParameters\n"
                                   "/house/lamp/set_parameters_atomically rcl_interfaces/srv/SetParametersAtomically\n";

static whorl_node_t make_lamp(void **state, whorl_switch_t services, whorl_switch_t events)
{
  whorl_node_t node;
  const whorl_node_options_t options = {.node_namespace = "/house", .parameter_services = services, .parameter_events = events};
  assert_int_equal(whorl_node_create(((fixture_t *)*state)->context, "lamp", &options, &node), WHORL_OK);
  return node;
}

static void a_node_brings_along_what_is_switched_on(void **state)
{
  whorl_node_t node = make_lamp(state, WHORL_SWITCH_ON, WHORL_SWITCH_ON);
  expect_names(node, whorl_node_visit_services_of, six_services);
  expect_names(node, whorl_node_visit_publishers_of, "/parameter_events rcl_interfaces/msg/ParameterEvent\n");
  expect_names(node, whorl_node_visit_subscriptions_of, "");
  expect_names(node, whorl_node_visit_clients_of, "");
}

static void count_samples(const char *line, void *arg) { *(int *)arg += strstr(line, " arrive ros_discovery_info ") != NULL; }

static int sleep_a_second(void *arg) { return (void)arg, whorl_sleep(WHORL_SECONDS(1)); }

// At another participant: the bare node, and then all that it brings along in one sample. Each lists everything, so one for each endpoint would cost their square.
static void its_endpoints_are_announced_at_once(void **state)
{
  const fixture_t *fixture = *state;
  whorl_context_t other;
  int samples = 0;
  assert_int_equal(whorl_simulation_create_context(fixture->world, &other), WHORL_OK);
  assert_int_equal(whorl_simulation_run(fixture->world, sleep_a_second, NULL), WHORL_OK);
  assert_int_equal(whorl_simulation_set_trace(fixture->world, count_samples, &samples), WHORL_OK);
  make_lamp(state, WHORL_SWITCH_ON, WHORL_SWITCH_ON);
  assert_int_equal(whorl_simulation_run(fixture->world, sleep_a_second, NULL), WHORL_OK);
  assert_int_equal(samples, 2);
  assert_int_equal(whorl_simulation_set_trace(fixture->world, NULL, NULL), WHORL_OK);
}

static void all_that_a_ros_node_has(void **state)
{
  char expected[1200];
  whorl_node_t node;
  const whorl_node_options_t options = {.node_namespace = "/house",
                                        .rosout = WHORL_SWITCH_ON,
                                        .parameter_services = WHORL_SWITCH_ON,
                                        .parameter_events = WHORL_SWITCH_ON,
                                        .type_description = WHORL_SWITCH_ON};
  assert_int_equal(whorl_node_create(((fixture_t *)*state)->context, "lamp", &options, &node), WHORL_OK);
  snprintf(expected, sizeof expected, "%.*s/house/lamp/get_type_description type_description_interfaces/srv/GetTypeDescription\n%s",
           (int)(strstr(six_services, "/house/lamp/list") - six_services), six_services, strstr(six_services, "/house/lamp/list"));
  expect_names(node, whorl_node_visit_services_of, expected);
  expect_names(node, whorl_node_visit_publishers_of,
               "/parameter_events rcl_interfaces/msg/ParameterEvent\n/rosout rcl_interfaces/msg/Log\n");
}

static void the_parameter_switches_the_description_off(void **state)
{
  whorl_node_t node;
  static const char *const arguments[] = {"--ros-args", "-p", "start_type_description_service:=false"};
  const whorl_node_options_t options = {.type_description = WHORL_SWITCH_ON, .arguments = arguments, .argument_count = 3};
  assert_int_equal(whorl_node_create(((fixture_t *)*state)->context, "lamp", &options, &node), WHORL_OK);
  expect_names(node, whorl_node_visit_services_of, "");
}

static void in_a_simulation_nothing_is_on_by_default(void **state)
{
  whorl_node_t node = make_lamp(state, WHORL_SWITCH_DEFAULT, WHORL_SWITCH_OFF);
  expect_names(node, whorl_node_visit_services_of, "");
  expect_names(node, whorl_node_visit_publishers_of, "");
}

static void note_qos(const whorl_endpoint_info_t *endpoint, void *arg) { *(whorl_qos_t *)arg = endpoint->qos; }

static void events_have_the_qos_of_every_ros_node(void **state)
{
  whorl_node_t node = make_lamp(state, WHORL_SWITCH_OFF, WHORL_SWITCH_ON);
  whorl_qos_t qos = {0};
  assert_int_equal(whorl_node_visit_publishers(node, "/parameter_events", NULL, note_qos, &qos), WHORL_OK);
  assert_int_equal(qos.depth, 1000);
  assert_int_equal(qos.reliability, WHORL_RELIABILITY_RELIABLE);
  assert_int_equal(qos.durability, WHORL_DURABILITY_VOLATILE);
  expect_names(node, whorl_node_visit_services_of, "");
}

// What a node brings along is not its user's: "all of them are ready" does not mean its services.
static void triggers_do_not_ask_for_it(void **state)
{
  whorl_node_t node = make_lamp(state, WHORL_SWITCH_ON, WHORL_SWITCH_OFF);
  whorl_executor_t executor;
  whorl_guard_condition_t guard;
  fixture_t *fixture = *state;
  const whorl_executor_options_t options = {.capacity = 7, .trigger = WHORL_TRIGGER_ALL};
  assert_int_equal(whorl_guard_condition_create(node, count_triggers, fixture, NULL, &guard), WHORL_OK);
  assert_int_equal(whorl_executor_create(fixture->context, WHORL_EXECUTOR_STATIC, &options, &executor), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(executor, node), WHORL_OK);
  assert_int_equal(whorl_guard_condition_trigger(guard), WHORL_OK);
  assert_true(whorl_executor_spin_some(executor, 0) >= 0);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(whorl_executor_destroy(executor), WHORL_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_node_brings_along_what_is_switched_on),    TEST(its_endpoints_are_announced_at_once),
      TEST(a_node_brings_along_what_is_switched_on),    TEST(all_that_a_ros_node_has),
      TEST(the_parameter_switches_the_description_off), TEST(in_a_simulation_nothing_is_on_by_default),
      TEST(events_have_the_qos_of_every_ros_node),      TEST(triggers_do_not_ask_for_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
