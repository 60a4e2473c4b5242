// Topics, services and actions with their types, of the whole graph and of one node, in a simulated world of two processes.
#include <stdio.h>

#include <example_interfaces/action/fibonacci.h>
#include <example_interfaces/srv/add_two_ints.h>

#include "base/memory.h"
#include "node/fixture.h"

#define STRING WHORL_MESSAGE(std_msgs, msg, String)
#define FEEDBACK WHORL_MESSAGE(example_interfaces, action, Fibonacci_FeedbackMessage)
#define ADD WHORL_SERVICE(example_interfaces, srv, AddTwoInts)

typedef int (*whole_t)(whorl_node_t node, const whorl_graph_options_t *options, whorl_names_visitor_t visit, void *arg);
typedef int (*of_node_t)(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit, void *arg);

typedef struct world {
  whorl_simulation_t simulation;
  whorl_context_t here, there;
  whorl_node_t node, far;
  char names[2048]; // as the last visit found them: "name=type,type name=type "
} world_t;

static int setup(void **state)
{
  static world_t world;
  memset(&world, 0, sizeof world);
  assert_int_equal(whorl_simulation_create(1, &world.simulation), WHORL_OK);
  world.here = whorl_simulation_context(world.simulation);
  assert_int_equal(whorl_simulation_create_context(world.simulation, &world.there), WHORL_OK);
  assert_int_equal(whorl_node_create(world.here, "here", NULL, &world.node), WHORL_OK);
  assert_int_equal(whorl_node_create(world.there, "there", &(whorl_node_options_t){.node_namespace = "/far"}, &world.far), WHORL_OK);
  *state = &world;
  return 0;
}

static int teardown(void **state) { return whorl_simulation_destroy(((world_t *)*state)->simulation); }

static void discover(const world_t *world)
{
  assert_int_equal(whorl_simulation_run_for(world->simulation, WHORL_MILLISECONDS(1)), WHORL_OK);
}

static void add_name(const char *name, const char *const *types, size_t type_count, void *arg)
{
  world_t *world = arg;
  char *end = world->names + strlen(world->names);
  end += sprintf(end, "%s=", name);
  for (size_t i = 0; i < type_count; i++) end += sprintf(end, "%s%s", i == 0 ? "" : ",", types[i]);
  sprintf(end, " ");
}

static void expect_with(world_t *world, whole_t visit, const whorl_graph_options_t *options, const char *expected)
{
  world->names[0] = '\0';
  assert_int_equal(visit(world->node, options, add_name, world), WHORL_OK);
  assert_string_equal(world->names, expected);
}

static void expect(world_t *world, whole_t visit, const char *expected) { expect_with(world, visit, NULL, expected); }

static void expect_of(world_t *world, of_node_t visit, const char *of, const char *expected)
{
  world->names[0] = '\0';
  assert_int_equal(visit(world->node, of, NULL, add_name, world), WHORL_OK);
  assert_string_equal(world->names, expected);
}

static whorl_publisher_t publish(whorl_node_t node, whorl_message_type_t type, const char *topic)
{
  whorl_publisher_t publisher;
  assert_int_equal(whorl_publisher_create(node, type, topic, NULL, &publisher), WHORL_OK);
  return publisher;
}

static void subscribe(whorl_node_t node, whorl_message_type_t type, const char *topic)
{
  const whorl_subscription_options_t options = {.by_hand = true};
  assert_int_equal(whorl_subscription_create(node, type, topic, NULL, NULL, &options, NULL), WHORL_OK);
}

static int answer(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call, (void)arg;
  return WHORL_OK;
}

static void serve(whorl_node_t node, const char *service)
{
  assert_int_equal(whorl_service_create(node, ADD, service, answer, NULL, NULL, NULL), WHORL_OK);
}

static void ask(whorl_node_t node, const char *service)
{
  whorl_client_t client;
  assert_int_equal(whorl_client_create(node, ADD, service, NULL, &client), WHORL_OK);
}

static void ANODE_11_own_topics_and_services_are_there_at_once(void **state)
{
  world_t *world = *state;
  whorl_publisher_t publisher = publish(world->node, INT32, "numbers");
  subscribe(world->node, STRING, "words");
  serve(world->node, "add");
  expect(world, whorl_node_visit_topics, "/numbers=std_msgs/msg/Int32 /words=std_msgs/msg/String ");
  expect(world, whorl_node_visit_services, "/add=example_interfaces/srv/AddTwoInts ");
  assert_int_equal(whorl_publisher_destroy(publisher), WHORL_OK);
  expect(world, whorl_node_visit_topics, "/words=std_msgs/msg/String ");
}

static void ANODE_14_what_a_node_has_is_listed_by_its_name(void **state)
{
  world_t *world = *state;
  publish(world->node, INT32, "numbers");
  subscribe(world->node, STRING, "words");
  serve(world->node, "add");
  ask(world->node, "sum");
  expect_of(world, whorl_node_visit_publishers_of, "/here", "/numbers=std_msgs/msg/Int32 ");
  expect_of(world, whorl_node_visit_subscriptions_of, "/here", "/words=std_msgs/msg/String ");
  expect_of(world, whorl_node_visit_services_of, "/here", "/add=example_interfaces/srv/AddTwoInts ");
  expect_of(world, whorl_node_visit_clients_of, "/here", "/sum=example_interfaces/srv/AddTwoInts ");
  expect_of(world, whorl_node_visit_publishers_of, "here", "/numbers=std_msgs/msg/Int32 "); // the slash is added
}

static void ANODE_14_and_so_is_another_processs_node(void **state)
{
  world_t *world = *state;
  publish(world->far, INT32, "numbers");
  subscribe(world->far, STRING, "/words");
  serve(world->far, "add");
  ask(world->far, "~/sum");
  discover(world);
  expect_of(world, whorl_node_visit_publishers_of, "/far/there", "/far/numbers=std_msgs/msg/Int32 ");
  expect_of(world, whorl_node_visit_subscriptions_of, "/far/there", "/words=std_msgs/msg/String ");
  expect_of(world, whorl_node_visit_services_of, "/far/there", "/far/add=example_interfaces/srv/AddTwoInts ");
  expect_of(world, whorl_node_visit_clients_of, "/far/there", "/far/there/sum=example_interfaces/srv/AddTwoInts ");
  expect_of(world, whorl_node_visit_publishers_of, "/here", "");
}

static void nodes_of_one_name_are_put_together(void **state)
{
  world_t *world = *state;
  whorl_node_t twin;
  assert_int_equal(whorl_node_create(world->here, "there", &(whorl_node_options_t){.node_namespace = "/far"}, &twin), WHORL_OK);
  publish(twin, INT32, "/one");
  publish(world->far, INT32, "/two");
  publish(twin, INT32, "/two");
  discover(world);
  expect_of(world, whorl_node_visit_publishers_of, "/far/there", "/one=std_msgs/msg/Int32 /two=std_msgs/msg/Int32 ");
}

static void nodes_that_share_the_clock_each_list_it(void **state)
{
  world_t *world = *state;
  whorl_node_t second;
  assert_int_equal(whorl_node_create(world->there, "second", &(whorl_node_options_t){.use_sim_time = true}, &second), WHORL_OK);
  assert_int_equal(whorl_node_set_use_sim_time(world->far, true), WHORL_OK);
  discover(world);
  expect_of(world, whorl_node_visit_subscriptions_of, "/second", "/clock=rosgraph_msgs/msg/Clock ");
  expect_of(world, whorl_node_visit_subscriptions_of, "/far/there", "/clock=rosgraph_msgs/msg/Clock ");
}

static void a_name_with_several_types_is_listed_once(void **state)
{
  world_t *world = *state;
  publish(world->far, STRING, "/mixed");
  publish(world->far, STRING, "/mixed");
  subscribe(world->node, INT32, "/mixed");
  discover(world);
  expect(world, whorl_node_visit_topics, "/mixed=std_msgs/msg/Int32,std_msgs/msg/String ");
}

// As rcl_action finds them: by the feedback topic.
static void actions_are_found_by_their_feedback(void **state)
{
  world_t *world = *state;
  publish(world->far, FEEDBACK, "/grow/_action/feedback");
  subscribe(world->node, FEEDBACK, "/grow/_action/feedback");
  subscribe(world->node, FEEDBACK, "/shrink/_action/feedback");
  publish(world->node, INT32, "/none/_action/feedback"); // by its type it is no action's
  publish(world->node, FEEDBACK, "/none");
  discover(world);
  expect(world, whorl_node_visit_actions, "/grow=example_interfaces/action/Fibonacci /shrink=example_interfaces/action/Fibonacci ");
  expect_of(world, whorl_node_visit_action_servers_of, "/far/there", "/grow=example_interfaces/action/Fibonacci ");
  expect_of(world, whorl_node_visit_action_clients_of, "/far/there", "");
  expect_of(world, whorl_node_visit_action_clients_of, "/here",
            "/grow=example_interfaces/action/Fibonacci /shrink=example_interfaces/action/Fibonacci ");
}

static void hidden_names_are_left_out_when_asked_for(void **state)
{
  world_t *world = *state;
  const whorl_graph_options_t options = {.skip_hidden = true};
  publish(world->node, INT32, "a/_b/c");
  publish(world->node, INT32, "a/b_/c");
  serve(world->node, "_add");
  expect(world, whorl_node_visit_topics, "/a/_b/c=std_msgs/msg/Int32 /a/b_/c=std_msgs/msg/Int32 ");
  expect_with(world, whorl_node_visit_topics, &options, "/a/b_/c=std_msgs/msg/Int32 ");
  expect(world, whorl_node_visit_services, "/_add=example_interfaces/srv/AddTwoInts ");
  expect_with(world, whorl_node_visit_services, &options, "");
  assert_true(whorl_name_is_hidden("/a/_b/c"));
  assert_false(whorl_name_is_hidden("/a/b_/c"));
  assert_false(whorl_name_is_hidden(NULL));
}

static void topics_that_are_none_of_ros_come_only_by_their_names_in_dds(void **state)
{
  world_t *world = *state;
  whorl_publisher_t publisher;
  const whorl_qos_t qos = {.avoid_ros_namespace_conventions = true};
  const whorl_graph_options_t options = {.dds_names = true};
  assert_int_equal(whorl_publisher_create(world->node, INT32, "bare", &(whorl_publisher_options_t){.qos = &qos}, &publisher), WHORL_OK);
  publish(world->node, INT32, "numbers");
  expect(world, whorl_node_visit_topics, "/numbers=std_msgs/msg/Int32 ");
  expect_with(world, whorl_node_visit_topics, &options,
              "bare=std_msgs::msg::dds_::Int32_ ros_discovery_info=rmw_dds_common::msg::dds_::ParticipantEntitiesInfo_ "
              "rt/numbers=std_msgs::msg::dds_::Int32_ ");
}

// A reader with the name of a request's, whose type is no request.
static void a_services_name_with_a_messages_type_is_no_service(void **state)
{
  world_t *world = *state;
  whorl_publisher_t publisher;
  const whorl_qos_t qos = {.avoid_ros_namespace_conventions = true};
  assert_int_equal(whorl_publisher_create(world->node, INT32, "rq/addRequest", &(whorl_publisher_options_t){.qos = &qos}, &publisher),
                   WHORL_OK);
  expect(world, whorl_node_visit_services, "");
  expect(world, whorl_node_visit_topics, "");
}

static void servers_and_clients_are_counted(void **state)
{
  const world_t *world = *state;
  size_t servers = 77, clients = 77;
  serve(world->far, "/add");
  serve(world->node, "add");
  ask(world->far, "/add");
  discover(world);
  assert_int_equal(whorl_node_count_services(world->node, "add", &servers), WHORL_OK);
  assert_int_equal(whorl_node_count_clients(world->node, "add", &clients), WHORL_OK);
  assert_int_equal(servers, 2);
  assert_int_equal(clients, 1);
}

static void look_again(const char *name, const char *const *types, size_t type_count, void *arg)
{
  (void)name, (void)types, (void)type_count;
  world_t *world = arg;
  subscribe(world->node, INT32, "seen");
  assert_int_equal(whorl_node_visit_topics(world->node, NULL, add_name, world), WHORL_OK);
}

static void a_visitor_may_call_back(void **state)
{
  world_t *world = *state;
  publish(world->node, INT32, "numbers");
  assert_int_equal(whorl_node_visit_topics(world->node, NULL, look_again, world), WHORL_OK);
  assert_string_equal(world->names, "/numbers=std_msgs/msg/Int32 /seen=std_msgs/msg/Int32 ");
}

static void no_memory_is_told_and_nothing_is_left(void **state)
{
  world_t *world = *state;
  publish(world->node, INT32, "numbers");
  serve(world->far, "add");
  discover(world);
  int status = WHORL_NO_MEMORY, failures = 0;
  while (status == WHORL_NO_MEMORY) {
    int64_t blocks = whorl__memory_blocks();
    world->names[0] = '\0';
    whorl__memory_fail_at((uint64_t)failures + 1);
    status = whorl_node_visit_publishers_of(world->node, "/here", NULL, add_name, world);
    whorl__memory_fail_at(0);
    assert_int_equal(whorl__memory_blocks(), blocks);
    if (status == WHORL_NO_MEMORY) assert_string_equal(world->names, "");
    failures += status == WHORL_NO_MEMORY;
  }
  assert_int_equal(status, WHORL_OK);
  assert_string_equal(world->names, "/numbers=std_msgs/msg/Int32 ");
  assert_true(failures > 5);
}

static void bad_arguments(void **state)
{
  world_t *world = *state;
  const whorl_graph_options_t dds_names = {.dds_names = true};
  size_t count = 77;
  assert_int_equal(whorl_node_visit_publishers_of(world->node, "/nobody", NULL, add_name, world), WHORL_NOT_FOUND);
  assert_string_equal(whorl_detail(), "no node '/nobody' is known in the graph");
  assert_int_equal(whorl_node_visit_clients_of(world->node, "/a//b", NULL, add_name, world), WHORL_INVALID_NAME);
  assert_int_equal(whorl_node_visit_services_of(world->node, NULL, NULL, add_name, world), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "whorl_node_visit_services_of: of is NULL");
  assert_int_equal(whorl_node_visit_topics(world->node, NULL, NULL, world), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_node_visit_services(world->node, &dds_names, add_name, world), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "whorl_node_visit_services: dds_names is for topics");
  assert_int_equal(whorl_node_visit_topics((whorl_node_t){0}, NULL, add_name, world), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_node_count_services(world->node, "a b", &count), WHORL_INVALID_NAME);
  assert_int_equal(whorl_node_count_clients(world->node, NULL, &count), WHORL_INVALID_ARGUMENT);
  assert_int_equal(count, 77);
  assert_string_equal(world->names, "");
}

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      WORLD_TEST(ANODE_11_own_topics_and_services_are_there_at_once),
      WORLD_TEST(ANODE_14_what_a_node_has_is_listed_by_its_name),
      WORLD_TEST(ANODE_14_and_so_is_another_processs_node),
      WORLD_TEST(nodes_of_one_name_are_put_together),
      WORLD_TEST(nodes_that_share_the_clock_each_list_it),
      WORLD_TEST(a_name_with_several_types_is_listed_once),
      WORLD_TEST(actions_are_found_by_their_feedback),
      WORLD_TEST(hidden_names_are_left_out_when_asked_for),
      WORLD_TEST(topics_that_are_none_of_ros_come_only_by_their_names_in_dds),
      WORLD_TEST(a_services_name_with_a_messages_type_is_no_service),
      WORLD_TEST(servers_and_clients_are_counted),
      WORLD_TEST(a_visitor_may_call_back),
      WORLD_TEST(no_memory_is_told_and_nothing_is_left),
      WORLD_TEST(bad_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
