// Who is in the graph, in a simulated world of two processes.
#include <stdio.h>

#include <rmw_dds_common/msg/participant_entities_info.h>

#include "base/memory.h"
#include "node/fixture.h"

#define MS WHORL_MILLISECONDS

typedef struct world {
  whorl_simulation_t simulation;
  whorl_context_t here, there;
  whorl_node_t node;
  char names[512]; // as the last visit found them
} world_t;

static int setup(void **state)
{
  static world_t world;
  memset(&world, 0, sizeof world);
  assert_int_equal(whorl_simulation_create(1, &world.simulation), WHORL_OK);
  world.here = whorl_simulation_context(world.simulation);
  assert_int_equal(whorl_simulation_create_context(world.simulation, &world.there), WHORL_OK);
  assert_int_equal(whorl_node_create(world.here, "here", NULL, &world.node), WHORL_OK);
  *state = &world;
  return 0;
}

static int teardown(void **state) { return whorl_simulation_destroy(((world_t *)*state)->simulation); }

static void add_name(const char *name, const char *node_namespace, void *arg)
{
  world_t *world = arg;
  size_t length = strlen(world->names);
  snprintf(world->names + length, sizeof world->names - length, "%s%s%s ", node_namespace, node_namespace[1] == '\0' ? "" : "/", name);
}

static void expect_nodes(world_t *world, const char *expected)
{
  world->names[0] = '\0';
  assert_int_equal(whorl_node_visit_nodes(world->node, add_name, world), WHORL_OK);
  assert_string_equal(world->names, expected);
}

static void expect_counts(const world_t *world, const char *topic, size_t publishers, size_t subscribers)
{
  size_t count = 77;
  assert_int_equal(whorl_node_count_publishers(world->node, topic, &count), WHORL_OK);
  assert_int_equal(count, publishers);
  assert_int_equal(whorl_node_count_subscribers(world->node, topic, &count), WHORL_OK);
  assert_int_equal(count, subscribers);
}

static void run(const world_t *world, int64_t duration_ns)
{
  assert_int_equal(whorl_simulation_run_for(world->simulation, duration_ns), WHORL_OK);
}

static whorl_node_t node_there(const world_t *world, const char *name, const char *node_namespace)
{
  whorl_node_t node;
  assert_int_equal(whorl_node_create(world->there, name, &(whorl_node_options_t){.node_namespace = node_namespace}, &node), WHORL_OK);
  return node;
}

static int ignore(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_OK;
}

static whorl_publisher_t publish(whorl_node_t node, const char *topic)
{
  whorl_publisher_t publisher;
  assert_int_equal(whorl_publisher_create(node, INT32, topic, NULL, &publisher), WHORL_OK);
  return publisher;
}

static whorl_subscription_t subscribe(whorl_node_t node, const char *topic)
{
  whorl_subscription_t subscription;
  assert_int_equal(whorl_subscription_create(node, INT32, topic, ignore, NULL, NULL, &subscription), WHORL_OK);
  return subscription;
}

static void ANODE_11_and_12_own_nodes_and_endpoints_are_there_at_once(void **state)
{
  world_t *world = *state;
  whorl_node_t second;
  expect_nodes(world, "/here ");
  assert_int_equal(whorl_node_create(world->here, "second", &(whorl_node_options_t){.node_namespace = "arm"}, &second), WHORL_OK);
  expect_nodes(world, "/here /arm/second ");
  whorl_publisher_t publisher = publish(second, "numbers"); // /arm/numbers
  subscribe(world->node, "/arm/numbers");
  expect_counts(world, "/arm/numbers", 1, 1);
  expect_counts(world, "numbers", 0, 0);
  assert_int_equal(whorl_publisher_destroy(publisher), WHORL_OK);
  expect_counts(world, "/arm/numbers", 0, 1);
  assert_int_equal(whorl_node_destroy(second), WHORL_OK);
  expect_nodes(world, "/here ");
}

static void other_processes_nodes_and_endpoints_come_and_go(void **state)
{
  world_t *world = *state;
  whorl_node_t node = node_there(world, "there", "/far");
  publish(node, "/numbers");
  subscribe(node, "/numbers");
  subscribe(node, "/numbers");
  run(world, MS(1));
  expect_nodes(world, "/here /far/there ");
  expect_counts(world, "numbers", 1, 2);
  node_there(world, "there", "/far"); // names are not made unique
  run(world, MS(1));
  expect_nodes(world, "/here /far/there /far/there ");
  assert_int_equal(whorl_node_destroy(node), WHORL_OK);
  run(world, MS(1));
  expect_nodes(world, "/here /far/there ");
  expect_counts(world, "numbers", 0, 0);
  assert_int_equal(whorl_context_shutdown(world->there), WHORL_OK); // so that the simulation does not drive its nodes any more
  run(world, MS(1));
  assert_int_equal(whorl_context_destroy(world->there, WHORL_OK), WHORL_OK);
  run(world, MS(1));
  expect_nodes(world, "/here ");
}

static void a_late_joiner_sees_what_was_there_before(void **state)
{
  world_t *world = *state;
  whorl_context_t third;
  whorl_node_t late;
  publish(node_there(world, "there", NULL), "numbers");
  run(world, MS(1));
  assert_int_equal(whorl_simulation_create_context(world->simulation, &third), WHORL_OK);
  assert_int_equal(whorl_node_create(third, "late", NULL, &late), WHORL_OK);
  run(world, MS(1));
  world->node = late;
  expect_nodes(world, "/late /here /there ");
  expect_counts(world, "numbers", 1, 0);
}

static void what_is_discovered_late_is_seen_late(void **state)
{
  world_t *world = *state;
  const whorl_simulation_network_t network = {.link.delay_ns = MS(10)};
  assert_int_equal(whorl_simulation_set_network(world->simulation, &network), WHORL_OK);
  node_there(world, "there", NULL);
  run(world, MS(9));
  expect_nodes(world, "/here ");
  run(world, MS(2));
  expect_nodes(world, "/here /there ");
}

static void a_process_that_died_goes_when_its_lease_has_run_out(void **state)
{
  world_t *world = *state;
  publish(node_there(world, "there", NULL), "numbers");
  run(world, MS(1));
  assert_int_equal(whorl_simulation_kill(world->simulation, world->there), WHORL_OK);
  run(world, WHORL_SECONDS(9));
  expect_nodes(world, "/here /there ");
  run(world, WHORL_SECONDS(2));
  expect_nodes(world, "/here ");
  expect_counts(world, "numbers", 0, 0);
}

static void a_partition_takes_nodes_away_and_its_end_gives_them_back(void **state)
{
  world_t *world = *state;
  node_there(world, "there", NULL);
  run(world, MS(1));
  assert_int_equal(whorl_simulation_partition(world->simulation, &world->there, 1), WHORL_OK);
  run(world, WHORL_SECONDS(11));
  expect_nodes(world, "/here ");
  assert_int_equal(whorl_simulation_heal(world->simulation), WHORL_OK);
  run(world, WHORL_SECONDS(1));
  expect_nodes(world, "/here /there ");
  assert_int_equal(whorl_simulation_partition(world->simulation, &world->there, 1), WHORL_OK);
  run(world, WHORL_SECONDS(11));
  node_there(world, "new", NULL);
  assert_int_equal(whorl_simulation_heal(world->simulation), WHORL_OK);
  run(world, WHORL_SECONDS(1));
  expect_nodes(world, "/here /there /new ");
}

// --- what does not come from us

static whorl_publisher_t stranger(const world_t *world)
{
  const whorl_qos_t qos = {.history = WHORL_HISTORY_KEEP_LAST,
                           .depth = 1,
                           .reliability = WHORL_RELIABILITY_RELIABLE,
                           .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
                           .avoid_ros_namespace_conventions = true};
  whorl_publisher_t publisher;
  whorl_message_type_t type = WHORL_MESSAGE(rmw_dds_common, msg, ParticipantEntitiesInfo);
  whorl_node_t node = node_there(world, "there", NULL);
  assert_int_equal(whorl_publisher_create(node, type, "ros_discovery_info", &(whorl_publisher_options_t){.qos = &qos}, &publisher),
                   WHORL_OK);
  run(world, MS(1));
  return publisher;
}

static const uint8_t humble[] = {
    0, 1, 0, 0, 7, 7, 7, 7, 7,   7, 7, 7, 7, 7, 7, 7, 0,   0,   1,   0xc1, 0,   0,   0, 0, 0, 0, 0, 0, // its GID, and eight zeros
    1, 0, 0, 0, 2, 0, 0, 0, '/', 0, 0, 0, 7, 0, 0, 0, 'h', 'u', 'm', 'b',  'l', 'e', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

static void a_humble_nodes_longer_gids_are_understood(void **state)
{
  world_t *world = *state;
  whorl_publisher_t publisher = stranger(world);
  assert_int_equal(whorl_publish_serialized(publisher, humble, sizeof humble), WHORL_OK);
  run(world, MS(1));
  expect_nodes(world, "/here /there /humble ");
  assert_int_equal(whorl_publisher_destroy(publisher), WHORL_OK); // its participant is known by this writer
  run(world, MS(1));
  expect_nodes(world, "/here /there ");
}

static void a_writer_speaks_of_one_participant_at_a_time(void **state)
{
  world_t *world = *state;
  whorl_publisher_t publisher = stranger(world);
  uint8_t bytes[sizeof humble];
  memcpy(bytes, humble, sizeof humble);
  int64_t blocks = 0;
  for (uint8_t i = 0; i < 40; i++) {
    bytes[4] = i; // another participant
    assert_int_equal(whorl_publish_serialized(publisher, bytes, sizeof bytes), WHORL_OK);
    run(world, MS(1));
    expect_nodes(world, "/here /there /humble ");
    if (i == 4) blocks = whorl__memory_blocks();
  }
  assert_int_equal(whorl__memory_blocks(), blocks);
}

static void a_malformed_description_is_counted_and_dropped(void **state)
{
  world_t *world = *state;
  whorl_graph_counts_t before, counts;
  whorl_publisher_t publisher = stranger(world);
  uint8_t bytes[sizeof humble + 8] = {0};
  memcpy(bytes, humble, sizeof humble); // and more behind than any description has
  assert_int_equal(whorl_node_read_graph_counts(world->node, &before), WHORL_OK);
  assert_int_equal(whorl_publish_serialized(publisher, bytes, sizeof bytes), WHORL_OK);
  run(world, MS(1));
  expect_nodes(world, "/here /there ");
  assert_int_equal(whorl_node_read_graph_counts(world->node, &counts), WHORL_OK);
  assert_int_equal(counts.samples, before.samples + 1);
  assert_int_equal(counts.malformed, 1);
  assert_int_equal(counts.lost, 0);
}

static void a_burst_of_changes_loses_nothing(void **state)
{
  world_t *world = *state;
  whorl_graph_counts_t counts;
  whorl_node_t node = node_there(world, "there", NULL);
  for (int i = 0; i < 3000; i++) { // more than its history has room for, if nobody looked
    assert_int_equal(whorl_publisher_destroy(publish(node, "numbers")), WHORL_OK);
    if (i % 100 == 99) run(world, MS(1));
  }
  assert_int_equal(whorl_node_read_graph_counts(world->node, &counts), WHORL_OK);
  assert_true(counts.samples > 6000);
  assert_int_equal(counts.lost, 0);
  expect_nodes(world, "/here /there ");
}

static void bad_arguments(void **state)
{
  const world_t *world = *state;
  size_t count = 77;
  whorl_graph_counts_t counts;
  assert_int_equal(whorl_node_visit_nodes(world->node, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_node_visit_nodes((whorl_node_t){0}, add_name, NULL), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_node_count_publishers(world->node, "a b", &count), WHORL_INVALID_NAME);
  assert_int_equal(whorl_node_count_publishers(world->node, NULL, &count), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_node_count_subscribers(world->node, "numbers", NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_node_count_subscribers((whorl_node_t){0}, "numbers", &count), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_node_read_graph_counts(world->node, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_node_read_graph_counts((whorl_node_t){0}, &counts), WHORL_INVALID_HANDLE);
  assert_int_equal(count, 77);
}

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      WORLD_TEST(ANODE_11_and_12_own_nodes_and_endpoints_are_there_at_once),
      WORLD_TEST(other_processes_nodes_and_endpoints_come_and_go),
      WORLD_TEST(a_late_joiner_sees_what_was_there_before),
      WORLD_TEST(what_is_discovered_late_is_seen_late),
      WORLD_TEST(a_process_that_died_goes_when_its_lease_has_run_out),
      WORLD_TEST(a_partition_takes_nodes_away_and_its_end_gives_them_back),
      WORLD_TEST(a_humble_nodes_longer_gids_are_understood),
      WORLD_TEST(a_writer_speaks_of_one_participant_at_a_time),
      WORLD_TEST(a_malformed_description_is_counted_and_dropped),
      WORLD_TEST(a_burst_of_changes_loses_nothing),
      WORLD_TEST(bad_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
