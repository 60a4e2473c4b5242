// The endpoints of a topic with their nodes, types, GIDs and QoS, in a simulated world of two processes.
#include <stdio.h>

#include <std_srvs/srv/trigger.h>

#include "message/type.h"
#include "node/fixture.h"

#define STRING WHORL_MESSAGE(std_msgs, msg, String)

typedef int (*visit_t)(whorl_node_t node, const char *topic, const whorl_graph_options_t *options, whorl_endpoint_visitor_t visit,
                       void *arg);

typedef struct world {
  whorl_simulation_t simulation;
  whorl_context_t here, there;
  whorl_node_t node, far;
  size_t count; // of the last visit
  whorl_endpoint_info_t last;
  char name[64], type[64], hash[80], node_name[64], node_namespace[64]; // its strings
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

static void note(const whorl_endpoint_info_t *endpoint, void *arg)
{
  world_t *world = arg;
  world->count++;
  world->last = *endpoint;
  snprintf(world->name, sizeof world->name, "%s", endpoint->name);
  snprintf(world->type, sizeof world->type, "%s", endpoint->type);
  snprintf(world->hash, sizeof world->hash, "%s", endpoint->type_hash);
  snprintf(world->node_name, sizeof world->node_name, "%s", endpoint->node_name);
  snprintf(world->node_namespace, sizeof world->node_namespace, "%s", endpoint->node_namespace);
}

static void look_with(world_t *world, visit_t visit, const char *topic, const whorl_graph_options_t *options, size_t expected)
{
  world->count = 0;
  assert_int_equal(visit(world->node, topic, options, note, world), WHORL_OK);
  assert_int_equal(world->count, expected);
}

static void look(world_t *world, visit_t visit, const char *topic, size_t expected) { look_with(world, visit, topic, NULL, expected); }

static void publish(whorl_node_t node, whorl_message_type_t type, const char *topic, const whorl_qos_t *qos,
                    whorl_publisher_t *ret_publisher)
{
  assert_int_equal(whorl_publisher_create(node, type, topic, &(whorl_publisher_options_t){.qos = qos}, ret_publisher), WHORL_OK);
}

static void subscribe(whorl_node_t node, const char *topic, const whorl_qos_t *qos, whorl_subscription_t *ret_subscription)
{
  const whorl_subscription_options_t options = {.qos = qos, .by_hand = true};
  assert_int_equal(whorl_subscription_create(node, INT32, topic, NULL, NULL, &options, ret_subscription), WHORL_OK);
}

static void ANODE_13_own_endpoints_are_listed_at_once_with_their_node(void **state)
{
  world_t *world = *state;
  whorl_publisher_t publisher;
  look(world, whorl_node_visit_publishers, "numbers", 0);
  publish(world->node, INT32, "numbers", NULL, &publisher);
  look(world, whorl_node_visit_publishers, "numbers", 1);
  look(world, whorl_node_visit_subscriptions, "numbers", 0);
  look(world, whorl_node_visit_publishers, "numbers", 1);
  assert_int_equal(world->last.kind, WHORL_ENDPOINT_PUBLISHER);
  assert_string_equal(world->node_name, "here");
  assert_string_equal(world->node_namespace, "/");
  assert_string_equal(world->name, "/numbers");
  assert_string_equal(world->type, "std_msgs/msg/Int32");

  subscribe(world->node, "numbers", NULL, NULL);
  look(world, whorl_node_visit_subscriptions, "numbers", 1);
  assert_int_equal(world->last.kind, WHORL_ENDPOINT_SUBSCRIPTION);
  assert_string_equal(world->node_name, "here");
  assert_int_equal(whorl_publisher_destroy(publisher), WHORL_OK);
  look(world, whorl_node_visit_publishers, "numbers", 0);
}

static void ANODE_13_another_processs_endpoints_come_with_their_node(void **state)
{
  world_t *world = *state;
  whorl_publisher_t publisher;
  publish(world->far, STRING, "/words", NULL, &publisher);
  discover(world);
  look(world, whorl_node_visit_publishers, "words", 1);
  assert_string_equal(world->node_name, "there");
  assert_string_equal(world->node_namespace, "/far");
  assert_string_equal(world->type, "std_msgs/msg/String");
}

static void the_type_hash_is_that_of_the_message(void **state)
{
  world_t *world = *state;
  const whorl__type_t *type;
  whorl_publisher_t publisher;
  publish(world->far, STRING, "/words", NULL, &publisher);
  discover(world);
  look(world, whorl_node_visit_publishers, "words", 1);
  assert_int_equal(whorl__type_get(STRING, &type), WHORL_OK);
  assert_string_equal(world->hash, type->hash);
}

static void every_policy_is_told(void **state)
{
  world_t *world = *state;
  whorl_publisher_t publisher;
  const whorl_qos_t qos = {.history = WHORL_HISTORY_KEEP_LAST,
                           .depth = 7,
                           .reliability = WHORL_RELIABILITY_RELIABLE,
                           .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
                           .deadline_ns = WHORL_SECONDS(1),
                           .lifespan_ns = WHORL_SECONDS(2),
                           .liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC,
                           .liveliness_lease_ns = WHORL_SECONDS(3)};
  publish(world->far, INT32, "/numbers", &qos, &publisher);
  discover(world);
  look(world, whorl_node_visit_publishers, "numbers", 1);
  fixture_expect_qos(&world->last.qos, &qos);
}

static void what_was_best_available_is_told_as_it_stands(void **state)
{
  world_t *world = *state;
  subscribe(world->node, "numbers", &WHORL_QOS_BEST_AVAILABLE, NULL);
  look(world, whorl_node_visit_subscriptions, "numbers", 1);
  assert_int_equal(world->last.qos.reliability, WHORL_RELIABILITY_RELIABLE);
  assert_int_equal(world->last.qos.durability, WHORL_DURABILITY_TRANSIENT_LOCAL);
  assert_int_equal(world->last.qos.depth, 10);
}

static void the_gid_is_the_one_that_messages_carry(void **state)
{
  world_t *world = *state;
  whorl_publisher_t publisher;
  whorl_subscription_t subscription;
  whorl_message_info_t info;
  const void *message;
  publish(world->far, INT32, "/numbers", NULL, &publisher);
  subscribe(world->node, "numbers", NULL, &subscription);
  discover(world);
  assert_int_equal(whorl_publish(publisher, &(std_msgs__msg__Int32){.data = 1}), WHORL_OK);
  discover(world);
  assert_int_equal(whorl_subscription_take(subscription, &message, &info), WHORL_OK);
  whorl_message_release(message);
  look(world, whorl_node_visit_publishers, "numbers", 1);
  assert_memory_equal(world->last.gid, info.publisher_gid, sizeof info.publisher_gid);
}

static void each_of_several_is_told(void **state)
{
  world_t *world = *state;
  for (int i = 0; i < 3; i++) subscribe(i == 0 ? world->node : world->far, "/numbers", NULL, NULL);
  subscribe(world->node, "/others", NULL, NULL);
  discover(world);
  look(world, whorl_node_visit_subscriptions, "/numbers", 3);
}

// As an rclcpp node does: what its publisher of that name would be on.
static void the_name_is_remapped_as_a_publishers(void **state)
{
  world_t *world = *state;
  whorl_publisher_t publisher;
  whorl_node_t plain = world->node;
  const char *const arguments[] = {"--ros-args", "-r", "numbers:=figures"};
  const whorl_node_options_t options = {.argument_count = 3, .arguments = arguments};
  assert_int_equal(whorl_node_create(world->here, "remapped", &options, &world->node), WHORL_OK);
  publish(world->node, INT32, "numbers", NULL, &publisher);
  look(world, whorl_node_visit_publishers, "numbers", 1);
  assert_string_equal(world->name, "/figures");
  world->node = plain;
  look(world, whorl_node_visit_publishers, "numbers", 0);
}

static void topics_that_are_none_of_ros_are_asked_for_by_their_names_in_dds(void **state)
{
  world_t *world = *state;
  const whorl_graph_options_t options = {.dds_names = true};
  discover(world);
  look_with(world, whorl_node_visit_publishers, "ros_discovery_info", &options, 2);
  assert_string_equal(world->name, "ros_discovery_info");
  assert_string_equal(world->node_name, ""); // no node's
  assert_string_equal(world->type, "rmw_dds_common/msg/ParticipantEntitiesInfo");
}

static int answer(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call, (void)arg;
  return WHORL_OK;
}

static void a_services_endpoints_say_whose_they_are(void **state)
{
  world_t *world = *state;
  whorl_client_t client;
  whorl_service_type_t trigger = WHORL_SERVICE(std_srvs, srv, Trigger);
  const whorl_graph_options_t options = {.dds_names = true};
  assert_int_equal(whorl_service_create(world->far, trigger, "/go", answer, NULL, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_client_create(world->node, trigger, "go", NULL, &client), WHORL_OK);
  discover(world);
  look_with(world, whorl_node_visit_publishers, "rq/goRequest", &options, 1);
  assert_int_equal(world->last.kind, WHORL_ENDPOINT_CLIENT);
  assert_string_equal(world->name, "/go");
  assert_string_equal(world->type, "std_srvs/srv/Trigger");
  assert_string_equal(world->node_name, "here");
  look_with(world, whorl_node_visit_subscriptions, "rq/goRequest", &options, 1);
  assert_int_equal(world->last.kind, WHORL_ENDPOINT_SERVICE);
  assert_string_equal(world->node_name, "there");
  look_with(world, whorl_node_visit_publishers, "rr/goReply", &options, 1);
  assert_int_equal(world->last.kind, WHORL_ENDPOINT_SERVICE);
  look_with(world, whorl_node_visit_subscriptions, "rr/goReply", &options, 1);
  assert_int_equal(world->last.kind, WHORL_ENDPOINT_CLIENT);
}

static void bad_arguments(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_node_visit_publishers(world->node, "a b", NULL, note, world), WHORL_INVALID_NAME);
  assert_int_equal(whorl_node_visit_publishers(world->node, NULL, NULL, note, world), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "whorl_node_visit_publishers: topic is NULL");
  assert_int_equal(whorl_node_visit_subscriptions(world->node, "numbers", NULL, NULL, world), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "whorl_node_visit_subscriptions: visit is NULL");
  assert_int_equal(whorl_node_visit_subscriptions((whorl_node_t){0}, "numbers", NULL, note, world), WHORL_INVALID_HANDLE);
  assert_int_equal(world->count, 0);
}

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      WORLD_TEST(ANODE_13_own_endpoints_are_listed_at_once_with_their_node),
      WORLD_TEST(ANODE_13_another_processs_endpoints_come_with_their_node),
      WORLD_TEST(the_type_hash_is_that_of_the_message),
      WORLD_TEST(every_policy_is_told),
      WORLD_TEST(what_was_best_available_is_told_as_it_stands),
      WORLD_TEST(the_gid_is_the_one_that_messages_carry),
      WORLD_TEST(each_of_several_is_told),
      WORLD_TEST(the_name_is_remapped_as_a_publishers),
      WORLD_TEST(topics_that_are_none_of_ros_are_asked_for_by_their_names_in_dds),
      WORLD_TEST(a_services_endpoints_say_whose_they_are),
      WORLD_TEST(bad_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
