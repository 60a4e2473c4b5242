// Pairs that do not fit, as listed for the whole graph, in a simulated world of three processes: the one that asks, and two others.
#include <stdio.h>

#include <std_srvs/srv/trigger.h>

#include "base/memory.h"
#include "message/type.h"
#include "node/context.h"
#include "node/fixture.h"

#define STRING WHORL_MESSAGE(std_msgs, msg, String)
#define TRIGGER WHORL_SERVICE(std_srvs, srv, Trigger)
#define MS WHORL_MILLISECONDS

typedef struct world {
  whorl_simulation_t simulation;
  whorl_context_t contexts[3];
  whorl_node_t asking, cam, view; // one in each
  // Of the last visit: how many, and the last one.
  size_t count;
  whorl_misfit_t last;
  whorl_endpoint_info_t writer, reader;
  whorl_qos_policy_t policies[8];
  char text[1024], name[64];
} world_t;

static int setup(void **state)
{
  static world_t world;
  memset(&world, 0, sizeof world);
  assert_int_equal(whorl_simulation_create(1, &world.simulation), WHORL_OK);
  world.contexts[0] = whorl_simulation_context(world.simulation);
  for (int i = 1; i < 3; i++) assert_int_equal(whorl_simulation_create_context(world.simulation, &world.contexts[i]), WHORL_OK);
  assert_int_equal(whorl_node_create(world.contexts[0], "asking", NULL, &world.asking), WHORL_OK);
  assert_int_equal(whorl_node_create(world.contexts[1], "cam", NULL, &world.cam), WHORL_OK);
  assert_int_equal(whorl_node_create(world.contexts[2], "view", &(whorl_node_options_t){.node_namespace = "/screen"}, &world.view),
                   WHORL_OK);
  *state = &world;
  return 0;
}

static int teardown(void **state) { return whorl_simulation_destroy(((world_t *)*state)->simulation); }

static void note(const whorl_misfit_t *misfit, void *arg)
{
  world_t *world = arg;
  world->count++;
  world->last = *misfit;
  world->writer = *misfit->writer;
  world->reader = *misfit->reader;
  memcpy(world->policies, misfit->policies, misfit->policy_count * sizeof *misfit->policies);
  snprintf(world->text, sizeof world->text, "%s", misfit->text);
  snprintf(world->name, sizeof world->name, "%s", misfit->writer->name);
}

static void look(world_t *world, const whorl_graph_options_t *options, size_t expected)
{
  world->count = 0;
  assert_int_equal(whorl_simulation_run_for(world->simulation, MS(1)), WHORL_OK);
  assert_int_equal(whorl_node_visit_misfits(world->asking, options, note, world), WHORL_OK);
  assert_int_equal(world->count, expected);
}

static whorl_publisher_t publish(whorl_node_t node, whorl_message_type_t type, const char *topic, const whorl_qos_t *qos)
{
  whorl_publisher_t publisher;
  assert_int_equal(whorl_publisher_create(node, type, topic, &(whorl_publisher_options_t){.qos = qos}, &publisher), WHORL_OK);
  return publisher;
}

static whorl_subscription_t subscribe(whorl_node_t node, const char *topic, const whorl_qos_t *qos)
{
  whorl_subscription_t subscription;
  const whorl_subscription_options_t options = {.qos = qos, .by_hand = true};
  assert_int_equal(whorl_subscription_create(node, INT32, topic, NULL, NULL, &options, &subscription), WHORL_OK);
  return subscription;
}

static void PAIN_54_every_policy_that_does_not_fit_is_listed_with_both_values(void **state)
{
  static const struct {
    whorl_qos_t offered, requested;
    size_t count;
    whorl_qos_policy_t policies[4];
    const char *words;
  } pairs[] = {
      {{.reliability = WHORL_RELIABILITY_BEST_EFFORT},
       {0},
       1,
       {WHORL_QOS_POLICY_RELIABILITY},
       "RELIABILITY_QOS_POLICY offered best effort, requested reliable"},
      {{0},
       {.durability = WHORL_DURABILITY_TRANSIENT_LOCAL},
       1,
       {WHORL_QOS_POLICY_DURABILITY},
       "DURABILITY_QOS_POLICY offered volatile, requested transient local"},
      {{0}, {.deadline_ns = 5}, 1, {WHORL_QOS_POLICY_DEADLINE}, "DEADLINE_QOS_POLICY offered unlimited, requested 5 ns"},
      {{.liveliness_lease_ns = 7},
       {.liveliness_lease_ns = 6},
       1,
       {WHORL_QOS_POLICY_LIVELINESS},
       "LIVELINESS_QOS_POLICY offered automatic, lease 7 ns, requested automatic, lease 6 ns"},
      {{0},
       {.liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC},
       1,
       {WHORL_QOS_POLICY_LIVELINESS},
       "LIVELINESS_QOS_POLICY offered automatic, lease unlimited, requested manual by topic, lease unlimited"},
      {{.reliability = WHORL_RELIABILITY_BEST_EFFORT, .deadline_ns = 9},
       {.durability = WHORL_DURABILITY_TRANSIENT_LOCAL, .deadline_ns = 8},
       3,
       {WHORL_QOS_POLICY_DURABILITY, WHORL_QOS_POLICY_DEADLINE, WHORL_QOS_POLICY_RELIABILITY},
       "DURABILITY_QOS_POLICY offered volatile, requested transient local; DEADLINE_QOS_POLICY offered 9 ns, requested 8 ns; "
       "RELIABILITY_QOS_POLICY offered best effort, requested reliable"},
      {{.durability = WHORL_DURABILITY_TRANSIENT_LOCAL}, {.reliability = WHORL_RELIABILITY_BEST_EFFORT}, 0, {0}, ""},
  };
  world_t *world = *state;
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    whorl_publisher_t publisher = publish(world->cam, INT32, "image", &pairs[i].offered);
    whorl_subscription_t subscription = subscribe(world->view, "/image", &pairs[i].requested);
    look(world, NULL, pairs[i].count > 0);
    if (pairs[i].count > 0) {
      char expected[1024];
      snprintf(expected, sizeof expected,
               "a publisher of node '/cam' and a subscription of node '/screen/view' on topic '/image' do not fit: %s", pairs[i].words);
      assert_string_equal(world->text, expected);
      assert_int_equal(world->last.policy_count, pairs[i].count);
      assert_memory_equal(world->policies, pairs[i].policies, pairs[i].count * sizeof *pairs[i].policies);
      assert_false(world->last.types_differ || world->last.hashes_differ);
    }
    assert_int_equal(whorl_publisher_destroy(publisher), WHORL_OK);
    assert_int_equal(whorl_subscription_destroy(subscription), WHORL_OK);
  }
  look(world, NULL, 0); // they are gone
}

static void PAIN_54_strangers_pairs_are_listed_too(void **state)
{
  world_t *world = *state;
  (void)publish(world->cam, INT32, "/image", &WHORL_QOS_SENSOR_DATA);
  (void)publish(world->cam, INT32, "/image", NULL);
  (void)publish(world->cam, INT32, "/elsewhere", &WHORL_QOS_SENSOR_DATA);
  (void)subscribe(world->view, "/image", &WHORL_QOS_SENSOR_DATA);
  look(world, NULL, 0);
  (void)subscribe(world->view, "/image", NULL);
  look(world, NULL, 1);
  assert_int_equal(world->writer.qos.reliability, WHORL_RELIABILITY_BEST_EFFORT);
  assert_int_equal(world->reader.qos.reliability, WHORL_RELIABILITY_RELIABLE);
  assert_int_equal(world->writer.kind, WHORL_ENDPOINT_PUBLISHER);
  assert_int_equal(world->reader.kind, WHORL_ENDPOINT_SUBSCRIPTION);
  (void)subscribe(world->asking, "/image", NULL); // one of its own
  look(world, NULL, 2);
}

static void PAIN_54_types_that_differ_by_name_or_by_definition(void **state)
{
  world_t *world = *state;
  const whorl__type_t *type;
  whorl__context_t *context;
  whorl__writer_t *writer;
  whorl_publisher_t words = publish(world->cam, STRING, "/numbers", NULL);
  (void)subscribe(world->view, "/numbers", NULL);
  look(world, NULL, 1);
  assert_true(world->last.types_differ);
  assert_false(world->last.hashes_differ);
  assert_int_equal(world->last.policy_count, 0);
  assert_string_equal(world->text, "a publisher of node '/cam' and a subscription of node '/screen/view' on topic '/numbers' do not fit: "
                                   "type offered std_msgs/msg/String, requested std_msgs/msg/Int32");
  assert_int_equal(whorl_publisher_destroy(words), WHORL_OK);
  look(world, NULL, 0);

  assert_int_equal(whorl__type_get(INT32, &type), WHORL_OK);
  whorl__type_t other = {
      .ros_name = type->ros_name, .dds_name = type->dds_name, .size = type->size, .program = type->program, .members = type->members};
  memset(other.hash, '0', 71);
  memcpy(other.hash, "RIHS01_", 7);
  assert_int_equal(whorl__context_pin(world->contexts[1], &context), WHORL_OK);
  whorl__participant_t *participant = context->participant;
  whorl__context_unpin(context);
  const whorl__endpoint_options_t options = {.type = &other, .topic = "/numbers", .qos = WHORL_QOS_DEFAULT};
  assert_int_equal(participant->ops->writer_open(participant, &options, &writer), WHORL_OK);
  look(world, NULL, 1);
  assert_false(world->last.types_differ);
  assert_true(world->last.hashes_differ);
  assert_non_null(strstr(world->text, "definition of std_msgs/msg/Int32 offered RIHS01_0000"));
  assert_non_null(strstr(world->text, type->hash));
  participant->ops->writer_close(writer);
}

static int answer(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call, (void)arg;
  return WHORL_OK;
}

static void of_a_service_the_direction_that_does_not_fit_is_listed(void **state)
{
  world_t *world = *state;
  whorl_client_t client;
  const whorl_service_options_t volatile_one = {.qos = &WHORL_QOS_SENSOR_DATA};
  assert_int_equal(whorl_service_create(world->cam, TRIGGER, "/go", answer, NULL, &volatile_one, NULL), WHORL_OK);
  assert_int_equal(whorl_client_create(world->view, TRIGGER, "/go", NULL, &client), WHORL_OK);
  look(world, NULL, 1); // its requests would arrive
  assert_string_equal(world->text, "a service of node '/cam' and a client of node '/screen/view' on service '/go' do not fit: "
                                   "RELIABILITY_QOS_POLICY offered best effort, requested reliable");
}

static void hidden_names_and_those_of_dds_are_a_matter_of_the_options(void **state)
{
  world_t *world = *state;
  whorl_qos_t offered = WHORL_QOS_SENSOR_DATA, requested = WHORL_QOS_DEFAULT;
  (void)publish(world->cam, INT32, "/_inner/image", &offered);
  (void)subscribe(world->view, "/_inner/image", &requested);
  look(world, NULL, 1);
  look(world, &(whorl_graph_options_t){.skip_hidden = true}, 0);
  offered.avoid_ros_namespace_conventions = requested.avoid_ros_namespace_conventions = true;
  (void)publish(world->cam, INT32, "plain", &offered);
  (void)subscribe(world->view, "plain", &requested);
  look(world, NULL, 1);
  look(world, &(whorl_graph_options_t){.dds_names = true}, 2);
  assert_string_equal(world->name, "/_inner/image"); // "rt/..." comes after "plain"
}

// --- waiting

static void count(const whorl_misfit_t *misfit, void *arg)
{
  (void)misfit;
  (*(int *)arg)++;
}

static int wait_for_misfit(void *arg)
{
  world_t *world = arg;
  for (;;) {
    uint64_t version;
    int found = 0;
    WHORL_TRY(whorl_node_read_graph_version(world->asking, &version));
    WHORL_TRY(whorl_node_visit_misfits(world->asking, NULL, count, &found));
    if (found > 0) return WHORL_OK;
    WHORL_TRY(whorl_node_wait_for_graph_change(world->asking, version));
  }
}

static int wait_while_it_comes(void *arg)
{
  world_t *world = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, wait_for_misfit, world);
  int status = whorl_sleep(WHORL_SECONDS(1));
  (void)subscribe(world->view, "/image", NULL);
  return whorl_task_group_close(&group, status);
}

static void PAIN_54_a_wait_ends_with_the_first_pair(void **state)
{
  world_t *world = *state;
  (void)publish(world->cam, INT32, "/image", &WHORL_QOS_SENSOR_DATA);
  assert_int_equal(whorl_simulation_run(world->simulation, wait_while_it_comes, world), WHORL_OK);
}

static void no_allocation_of_a_look_may_fail_unsaid(void **state)
{
  world_t *world = *state;
  (void)publish(world->cam, INT32, "/image", &WHORL_QOS_SENSOR_DATA);
  (void)subscribe(world->view, "/image", NULL);
  look(world, NULL, 1);
  int status = WHORL_NO_MEMORY;
  for (uint64_t nth = 1; status == WHORL_NO_MEMORY; nth++) {
    int64_t blocks = whorl__memory_blocks();
    world->count = 0;
    whorl__memory_fail_at(nth);
    status = whorl_node_visit_misfits(world->asking, NULL, note, world);
    whorl__memory_fail_at(0);
    assert_int_equal(whorl__memory_blocks(), blocks);
    assert_int_equal(world->count, status == WHORL_OK);
  }
  assert_int_equal(status, WHORL_OK);
}

static void bad_arguments(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_node_visit_misfits(world->asking, NULL, NULL, world), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_node_visit_misfits((whorl_node_t){0}, NULL, note, world), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_node_destroy(world->asking), WHORL_OK);
  assert_int_equal(whorl_node_visit_misfits(world->asking, NULL, note, world), WHORL_DESTROYED);
}

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      WORLD_TEST(PAIN_54_every_policy_that_does_not_fit_is_listed_with_both_values),
      WORLD_TEST(PAIN_54_strangers_pairs_are_listed_too),
      WORLD_TEST(PAIN_54_types_that_differ_by_name_or_by_definition),
      WORLD_TEST(of_a_service_the_direction_that_does_not_fit_is_listed),
      WORLD_TEST(hidden_names_and_those_of_dds_are_a_matter_of_the_options),
      WORLD_TEST(PAIN_54_a_wait_ends_with_the_first_pair),
      WORLD_TEST(no_allocation_of_a_look_may_fail_unsaid),
      WORLD_TEST(bad_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
