// Simulated time of a context: one subscription and one time for all nodes, how it is listed, what a tick may look like. In virtual time on the simulated network. Pains 16, 18.
#include "node/clock_fixture.h"

#include <rmw_dds_common/msg/participant_entities_info.h>

#include "node/context.h"

// --- One subscription for all

static size_t clock_readers;
static void count_clock_readers(void *arg, const whorl__remote_endpoint_t *endpoint)
{
  const whorl__participant_t *own = arg;
  if (!endpoint->is_writer && strcmp(endpoint->dds_topic, "rt/clock") == 0 && memcmp(endpoint->participant_gid, own->gid, 16) == 0)
    clock_readers++;
}

static size_t readers_of_clock(fixture_t *fixture)
{
  whorl__context_t *context;
  assert_int_equal(whorl__context_pin(fixture->context, &context), WHORL_OK);
  clock_readers = 0;
  context->participant->ops->discovery_visit(context->participant, count_clock_readers, context->participant);
  whorl__context_unpin(context);
  return clock_readers;
}

static int tick_once(void *arg)
{
  clock_says(*(double *)arg);
  return WHORL_OK;
}

static void says_from_outside(fixture_t *fixture, double seconds)
{
  assert_int_equal(whorl_simulation_run(fixture->world, tick_once, &seconds), WHORL_OK);
}

static void PAIN_16_fifty_nodes_share_one_reader_and_one_time(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t nodes[50];
  assert_int_equal(readers_of_clock(fixture), 0);
  for (int i = 0; i < 50; i++) {
    char name[16];
    snprintf(name, sizeof name, "node_%d", i);
    assert_int_equal(whorl_node_create(fixture->context, name, &(whorl_node_options_t){.use_sim_time = true}, &nodes[i]), WHORL_OK);
  }
  assert_int_equal(readers_of_clock(fixture), 1);
  says_from_outside(fixture, 7);
  for (int i = 0; i < 50; i++) assert_true(ros_seconds(nodes[i]) == 7);
  assert_true(ros_seconds(fixture->node) != 7); // which does not use it
  for (int i = 0; i < 49; i++)
    assert_int_equal(i % 2 ? whorl_node_destroy(nodes[i]) : whorl_node_set_use_sim_time(nodes[i], false), WHORL_OK);
  assert_int_equal(readers_of_clock(fixture), 1);
  says_from_outside(fixture, 8);
  assert_true(ros_seconds(nodes[49]) == 8); // who leaves does not stop it for those who stay
  assert_int_equal(whorl_node_set_use_sim_time(nodes[49], false), WHORL_OK);
  assert_int_equal(readers_of_clock(fixture), 0);
  assert_int_equal(whorl_node_set_use_sim_time(nodes[49], true), WHORL_OK);
  assert_false(whorl_clock_is_started(whorl_node_clock(nodes[49]))); // it begins anew
}

static int tick_inside(const whorl_timer_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)info;
  if (fixture->calls++ > 0) return WHORL_OK;
  clock_says(3);
  CHECK(ros_seconds(fixture->node) == 3);
  clock_says(4);
  CHECK(ros_seconds(fixture->node) == 4);
  return WHORL_OK;
}

static void PAIN_18_time_goes_on_inside_a_callback(void **state)
{
  fixture_t *fixture = *state;
  fixture_call_soon(fixture->node, tick_inside, fixture);
  assert_int_equal(whorl_simulation_run_for(fixture->world, WHORL_MILLISECONDS(5)), WHORL_OK);
  assert_true(fixture->calls > 1); // the first one has ended
}

static int bad_ticks(fixture_t *fixture)
{
  clock_says(5);
  const rosgraph_msgs__msg__Clock before_1970 = {.clock = {.sec = -1}};
  CHECK_INT(WHORL_OK, whorl_publish(clock_publisher, &before_1970));
  wall_passes(0.01);
  CHECK(ros_seconds(fixture->node) == 5);
  static const uint8_t big_endian[] = {0, 0, 0, 0, 0, 0, 0, 6, 0x1d, 0xcd, 0x65, 0}, cut[] = {0, 1, 0, 0, 9, 0, 0, 0};
  CHECK_INT(WHORL_OK, whorl_publish_serialized(clock_publisher, big_endian, sizeof big_endian));
  wall_passes(0.01);
  CHECK(ros_seconds(fixture->node) == 6.5);
  CHECK_INT(WHORL_MALFORMED, whorl_publish_serialized(clock_publisher, cut, sizeof cut)); // never leaves
  wall_passes(0.01);
  CHECK(ros_seconds(fixture->node) == 6.5);
  return WHORL_OK;
}

static void ticks_are_read_in_either_byte_order_and_bad_ones_are_dropped(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, bad_ticks), WHORL_OK);
}

static void each_kind_of_clock_tells_its_own_time(void **state)
{
  fixture_t *fixture = *state;
  says_from_outside(fixture, 7);
  for (whorl_clock_kind_t kind = WHORL_CLOCK_STEADY; kind <= WHORL_CLOCK_ROS; kind++) {
    whorl_clock_t clock = whorl_node_clock_of_kind(fixture->node, kind);
    assert_int_equal(whorl_clock_kind(clock), kind);
    assert_int_equal(whorl_clock_ros_time_is_active(clock), kind == WHORL_CLOCK_ROS);
    assert_true(whorl_clock_is_started(clock));
    assert_int_equal(whorl_clock_now_ns(clock) == WHORL_SECONDS(7), kind == WHORL_CLOCK_ROS);
  }
  assert_int_equal(whorl_clock_now_ns(whorl_node_clock_of_kind(fixture->node, WHORL_CLOCK_STEADY)),
                   whorl_simulation_now_ns(fixture->world));
}

// --- The graph

static void no_matter(void *arg) { (void)arg; }

// From another process: how many nodes list that endpoint as a reader of theirs, in the last sample of their process.
static int nodes_that_list(whorl__reader_t *graph, const uint8_t gid[16])
{
  int count = 0;
  whorl__sample_t *sample;
  whorl__message_t *message;
  bool more = true;
  while (more && whorl__reader_take(graph, &sample, &message, &more) == WHORL_OK) {
    const rmw_dds_common__msg__ParticipantEntitiesInfo *info = (const void *)message->native;
    if (memcmp(info->gid.data, gid, 12) == 0) count = 0; // a participant's endpoints begin as it does
    for (size_t i = 0; i < info->node_entities_info_seq.size; i++) {
      const rmw_dds_common__msg__Gid__Sequence *readers = &info->node_entities_info_seq.data[i].reader_gid_seq;
      for (size_t j = 0; j < readers->size; j++) count += memcmp(readers->data[j].data, gid, 16) == 0;
    }
    whorl__sample_unref(sample);
  }
  return count;
}

static uint8_t clock_gid[16];
static void find_clock_reader(void *arg, const whorl__remote_endpoint_t *endpoint)
{
  (void)arg;
  if (!endpoint->is_writer && strcmp(endpoint->dds_topic, "rt/clock") == 0) memcpy(clock_gid, endpoint->gid, 16);
}

static whorl__reader_t *read_the_graph(whorl__context_t *far)
{
  const whorl_qos_t qos = {.history = WHORL_HISTORY_KEEP_ALL,
                           .reliability = WHORL_RELIABILITY_RELIABLE,
                           .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
                           .avoid_ros_namespace_conventions = true};
  whorl__endpoint_options_t options = {.topic = "ros_discovery_info", .ignore_local = true, .ready = no_matter};
  whorl__reader_t *reader;
  assert_int_equal(whorl__type_get(WHORL_MESSAGE(rmw_dds_common, msg, ParticipantEntitiesInfo), &options.type), WHORL_OK);
  assert_int_equal(whorl__qos_resolve(&qos, &options.qos), WHORL_OK);
  assert_int_equal(far->participant->ops->reader_open(far->participant, &options, &reader), WHORL_OK);
  return reader;
}

static void each_node_that_uses_it_lists_the_one_reader(void **state)
{
  fixture_t *fixture = *state;
  whorl_context_t other;
  whorl__context_t *far;
  whorl_node_t node;
  assert_int_equal(whorl_simulation_create_context(fixture->world, &other), WHORL_OK);
  assert_int_equal(whorl__context_pin(other, &far), WHORL_OK);
  whorl__context_unpin(far); // it lives as long as the test
  assert_int_equal(whorl_node_create(fixture->context, "a", &(whorl_node_options_t){.use_sim_time = true}, &node), WHORL_OK);
  assert_int_equal(whorl_node_set_use_sim_time(fixture->node, true), WHORL_OK);
  (void)fixture_make_node(fixture, "on_wall_time");
  assert_int_equal(whorl_simulation_run_for(fixture->world, WHORL_MILLISECONDS(10)), WHORL_OK);
  assert_int_equal(far->participant->ops->discovery_visit(far->participant, find_clock_reader, NULL), WHORL_OK);
  whorl__reader_t *graph = read_the_graph(far);
  int counts[3];
  for (int i = 0; i < 3; i++) {
    if (i == 1) whorl_node_set_use_sim_time(fixture->node, false);
    if (i == 2) whorl_node_destroy(node);
    (void)whorl_simulation_run_for(fixture->world, WHORL_MILLISECONDS(10));
    counts[i] = nodes_that_list(graph, clock_gid);
  }
  far->participant->ops->reader_close(graph);
  assert_int_equal(counts[0], 2);
  assert_int_equal(counts[1], 1);
  assert_int_equal(counts[2], 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      CLOCK_TEST(PAIN_16_fifty_nodes_share_one_reader_and_one_time),
      SIM_TIME_TEST(PAIN_18_time_goes_on_inside_a_callback),
      SIM_TIME_TEST(ticks_are_read_in_either_byte_order_and_bad_ones_are_dropped),
      SIM_TIME_TEST(each_kind_of_clock_tells_its_own_time),
      CLOCK_TEST(each_node_that_uses_it_lists_the_one_reader),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
