// Waiting for a node, for subscribers and for a message, in virtual time: discovered late, lost on the way, cut off, never coming.
#include "node/fixture.h"

#define MS WHORL_MILLISECONDS

typedef struct world {
  whorl_simulation_t simulation;
  whorl_context_t here, there;
  whorl_node_t node;
  whorl_publisher_t publisher;
  int (*wait)(struct world *world); // what is waited for
  int (*act)(struct world *world);  // what is done meanwhile, after a second
  int status;
  int64_t ended_ns;
  std_msgs__msg__Int32 message;
} world_t;

static int setup(void **state)
{
  static world_t world;
  memset(&world, 0, sizeof world);
  assert_int_equal(whorl_simulation_create(1, &world.simulation), WHORL_OK);
  world.here = whorl_simulation_context(world.simulation);
  assert_int_equal(whorl_simulation_create_context(world.simulation, &world.there), WHORL_OK);
  assert_int_equal(whorl_node_create(world.here, "here", NULL, &world.node), WHORL_OK);
  assert_int_equal(whorl_publisher_create(world.node, INT32, "numbers", NULL, &world.publisher), WHORL_OK);
  *state = &world;
  return 0;
}

static int teardown(void **state) { return whorl_simulation_destroy(((world_t *)*state)->simulation); }

static int run_wait(void *arg)
{
  world_t *world = arg;
  world->status = world->wait(world);
  world->ended_ns = whorl_now_ns();
  return WHORL_OK;
}

static int wait_and_act(void *arg)
{
  world_t *world = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, run_wait, world);
  int status = whorl_sleep(WHORL_SECONDS(1));
  if (status == WHORL_OK && world->act != NULL) status = world->act(world);
  return whorl_task_group_close(&group, status);
}

// Waits, acts after a second, and expects the wait to end so, at that time.
static void expect(world_t *world, int (*wait)(world_t *world), int (*act)(world_t *world), int status, int64_t ended_ns)
{
  world->wait = wait;
  world->act = act;
  assert_int_equal(whorl_simulation_run(world->simulation, wait_and_act, world), WHORL_OK);
  assert_int_equal(world->status, status);
  assert_int_equal(world->ended_ns, ended_ns);
}

static void set_delays(const world_t *world, int64_t delay_ns, int64_t discovery_ns)
{
  const whorl_simulation_network_t network = {.link.delay_ns = delay_ns, .discovery_delay_ns = discovery_ns};
  assert_int_equal(whorl_simulation_set_network(world->simulation, &network), WHORL_OK);
}

// --- what is waited for

static int for_node(world_t *world) { return whorl_node_wait_for_node(world->node, "/far/driver"); }
static int for_subscribers(world_t *world) { return whorl_publisher_wait_for_subscribers(world->publisher, 2); }
static int for_message(world_t *world) { return whorl_node_wait_for_message(world->node, INT32, "answers", NULL, &world->message); }

static int within(world_t *world, int64_t limit_ns, int (*wait)(world_t *world))
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, limit_ns);
  return whorl_timeout_close(&timeout, wait(world));
}
static int for_node_300_ms(world_t *world) { return within(world, MS(300), for_node); }
static int for_subscribers_300_ms(world_t *world) { return within(world, MS(300), for_subscribers); }
static int for_message_300_ms(world_t *world) { return within(world, MS(300), for_message); }

// --- what happens meanwhile

static int create_driver(const world_t *world, whorl_context_t context)
{
  whorl_node_t node;
  (void)world;
  return whorl_node_create(context, "driver", &(whorl_node_options_t){.node_namespace = "/far"}, &node);
}
static int driver_there(world_t *world) { return create_driver(world, world->there); }
static int driver_here(world_t *world) { return create_driver(world, world->here); }

static int ignore(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_OK;
}

static int two_subscribers(world_t *world)
{
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(world->there, "listener", NULL, &node));
  WHORL_TRY(whorl_subscription_create(node, INT32, "/numbers", ignore, NULL, NULL, NULL));
  return whorl_subscription_create(world->node, INT32, "/numbers", ignore, NULL, NULL, NULL);
}

// What was published before somebody listens is kept for him.
static int talk(world_t *world)
{
  whorl_node_t node;
  whorl_publisher_t publisher;
  std_msgs__msg__Int32 message = {.data = 42};
  const whorl_qos_t qos = {.history = WHORL_HISTORY_KEEP_LAST, .depth = 1, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL};
  WHORL_TRY(whorl_node_create(world->there, "talker", NULL, &node));
  WHORL_TRY(whorl_publisher_create(node, INT32, "answers", &(whorl_publisher_options_t){.qos = &qos}, &publisher));
  WHORL_TRY(whorl_publisher_wait_for_subscribers(publisher, 1));
  return whorl_publish(publisher, &message);
}

static int destroy_here(world_t *world) { return whorl_node_destroy(world->node); }
static int destroy_publisher(world_t *world) { return whorl_publisher_destroy(world->publisher); }
static int shut_down(world_t *world) { return whorl_context_shutdown(world->here); }

// --- a node

static void ANODE_15_a_node_that_is_there_is_found_at_once(void **state)
{
  world_t *world = *state;
  assert_int_equal(driver_there(world), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(world->simulation, MS(1)), WHORL_OK);
  expect(world, for_node, NULL, WHORL_OK, MS(1));
}

static int for_driver_without_slash(world_t *world) { return whorl_node_wait_for_node(world->node, "far/driver"); }
static int for_own_node(world_t *world) { return whorl_node_wait_for_node(world->node, "here"); }
static int for_name_without_namespace(world_t *world)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, MS(300));
  return whorl_timeout_close(&timeout, whorl_node_wait_for_node(world->node, "driver"));
}

static void ASRC_03_a_missing_slash_is_added(void **state)
{
  expect(*state, for_own_node, NULL, WHORL_OK, 0);
  expect(*state, for_driver_without_slash, driver_there, WHORL_OK, WHORL_SECONDS(2)); // a second for the first one
  expect(*state, for_name_without_namespace, NULL, WHORL_TIMED_OUT, WHORL_SECONDS(2) + MS(300));
}

static void ANODE_16_a_node_that_never_comes_ends_with_the_callers_limit(void **state)
{
  expect(*state, for_node_300_ms, NULL, WHORL_TIMED_OUT, MS(300));
}

static void ASRC_03_a_node_that_comes_later_ends_the_wait_when_it_is_known(void **state)
{
  world_t *world = *state;
  set_delays(world, MS(7), 0);
  expect(world, for_node, driver_there, WHORL_OK, WHORL_SECONDS(1) + MS(7));
}

static void one_of_the_own_process_at_once(void **state)
{
  world_t *world = *state;
  set_delays(world, MS(7), 0);
  expect(world, for_node, driver_here, WHORL_OK, WHORL_SECONDS(1));
}

static int cut_and_create(world_t *world)
{
  WHORL_TRY(whorl_simulation_partition(world->simulation, &world->there, 1));
  WHORL_TRY(driver_there(world));
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(20))); // longer than the lease
  return whorl_simulation_heal(world->simulation);
}

static void a_partition_delays_the_wait_until_its_end(void **state)
{
  world_t *world = *state;
  expect(world, for_node, cut_and_create, WHORL_OK, WHORL_SECONDS(21));
}

static int come_and_vanish(world_t *world)
{
  WHORL_TRY(driver_there(world));
  WHORL_TRY(whorl_sleep(MS(1)));
  WHORL_TRY(whorl_context_destroy(world->there, WHORL_OK));
  return whorl_sleep(MS(1));
}

static int vanished_node(world_t *world)
{
  WHORL_TRY(come_and_vanish(world));
  return for_node_300_ms(world);
}

static void a_node_that_has_vanished_is_not_found(void **state) { expect(*state, vanished_node, NULL, WHORL_TIMED_OUT, MS(302)); }

// --- subscribers

static void subscribers_end_the_wait_when_enough_are_matched(void **state)
{
  world_t *world = *state;
  set_delays(world, 0, MS(7));
  expect(world, for_subscribers, two_subscribers, WHORL_OK, WHORL_SECONDS(1) + MS(7));
  expect(world, for_subscribers, NULL, WHORL_OK, world->ended_ns); // they are still there
}

static void too_few_subscribers_end_with_the_callers_limit(void **state)
{
  expect(*state, for_subscribers_300_ms, NULL, WHORL_TIMED_OUT, MS(300));
}

// --- a message

static void a_message_ends_the_wait_and_is_copied(void **state)
{
  world_t *world = *state;
  size_t subscribers = 77;
  set_delays(world, MS(3), MS(7));
  expect(world, for_message, talk, WHORL_OK, WHORL_SECONDS(1) + MS(10));
  assert_int_equal(world->message.data, 42);
  assert_int_equal(whorl_node_count_subscribers(world->node, "answers", &subscribers), WHORL_OK);
  assert_int_equal(subscribers, 0); // it does not listen any more
}

static int for_old_message(world_t *world)
{
  const whorl_qos_t qos = {.history = WHORL_HISTORY_KEEP_LAST, .depth = 1, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL};
  return whorl_node_wait_for_message(world->node, INT32, "answers", &(whorl_wait_for_message_options_t){.qos = &qos}, &world->message);
}

static void a_late_joiner_gets_what_was_kept_for_it(void **state)
{
  world_t *world = *state;
  expect(world, for_message, talk, WHORL_OK, WHORL_SECONDS(1));
  world->message.data = 0;
  expect(world, for_old_message, NULL, WHORL_OK, WHORL_SECONDS(1));
  assert_int_equal(world->message.data, 42);
}

static void no_message_ends_with_the_callers_limit_and_leaves_nothing(void **state)
{
  world_t *world = *state;
  size_t subscribers = 77;
  world->message.data = 77;
  expect(world, for_message_300_ms, NULL, WHORL_TIMED_OUT, MS(300));
  assert_int_equal(world->message.data, 77);
  assert_int_equal(whorl_node_count_subscribers(world->node, "answers", &subscribers), WHORL_OK);
  assert_int_equal(subscribers, 0);
}

// --- other ends

static int (*const waits[])(world_t *world) = {for_node, for_subscribers, for_message};
enum { WAITS = sizeof waits / sizeof *waits };

static void check_each(void **state, int (*act)(world_t *world), int status)
{
  for (int i = 0; i < WAITS; i++) {
    expect(*state, waits[i], act, status, WHORL_SECONDS(1));
    teardown(state);
    setup(state);
  }
}

static void destroying_the_node_ends_each_wait(void **state) { check_each(state, destroy_here, WHORL_DESTROYED); }
static void a_shutdown_ends_each_wait(void **state) { check_each(state, shut_down, WHORL_SHUTDOWN); }

static void destroying_the_publisher_ends_its_wait(void **state)
{
  expect(*state, for_subscribers, destroy_publisher, WHORL_DESTROYED, WHORL_SECONDS(1));
}

static int cancel_the_wait(void *arg)
{
  world_t *world = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, run_wait, world);
  (void)whorl_sleep(WHORL_SECONDS(1));
  whorl_task_group_cancel(&group);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void a_cancellation_ends_each_wait(void **state)
{
  world_t *world = *state;
  for (int i = 0; i < WAITS; i++) {
    world->wait = waits[i];
    assert_int_equal(whorl_simulation_run(world->simulation, cancel_the_wait, world), WHORL_OK);
    assert_int_equal(world->status, WHORL_CANCELED);
    assert_int_equal(world->ended_ns, WHORL_SECONDS(i + 1));
  }
}

static void look_for_words(const char *line, void *arg)
{
  static const char *const expected[] = {"node '/far/driver'", "subscribers of '/numbers'", "message on '/answers'"};
  int *found = arg;
  for (int i = 0; i < WAITS; i++)
    if (strstr(line, expected[i]) != NULL) *found |= 1 << i;
}

static int wait_for_each(void *arg)
{
  world_t *world = arg;
  whorl_task_group_t group;
  int found = 0;
  world_t each[WAITS];
  whorl_task_group_open(&group);
  for (int i = 0; i < WAITS; i++) {
    each[i] = *world;
    each[i].wait = waits[i];
    whorl_task_group_spawn(&group, run_wait, &each[i]);
  }
  (void)whorl_sleep(1);
  int status = whorl_simulation_dump(world->simulation, look_for_words, &found);
  assert_int_equal(found, (1 << WAITS) - 1);
  whorl_task_group_cancel(&group);
  return whorl_task_group_close(&group, status);
}

static void R45_waits_say_what_they_are_for(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_simulation_run(world->simulation, wait_for_each, world), WHORL_OK);
}

static int call_badly(void *arg)
{
  world_t *world = arg;
  static const char *const bad[] = {"", "/", "a b", "/a//b", "/a/", "1a"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(whorl_node_wait_for_node(world->node, bad[i]), WHORL_INVALID_NAME);
    assert_true(whorl_detail()[0] != '\0');
  }
  assert_int_equal(whorl_node_wait_for_node(world->node, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_node_wait_for_node((whorl_node_t){0}, "a"), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_publisher_wait_for_subscribers((whorl_publisher_t){0}, 1), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_publisher_wait_for_subscribers(world->publisher, 0), WHORL_OK);
  assert_int_equal(whorl_node_wait_for_message(world->node, NULL, "topic", NULL, &world->message), WHORL_INVALID_TYPE);
  assert_int_equal(whorl_node_wait_for_message(world->node, INT32, "a b", NULL, &world->message), WHORL_INVALID_NAME);
  assert_int_equal(whorl_node_wait_for_message(world->node, INT32, "topic", NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_node_wait_for_message((whorl_node_t){0}, INT32, "topic", NULL, &world->message), WHORL_INVALID_HANDLE);
  return WHORL_OK;
}

static void bad_arguments(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_simulation_run(world->simulation, call_badly, world), WHORL_OK);
  assert_int_equal(whorl_node_wait_for_node(world->node, "a"), WHORL_NOT_IN_TASK);
  assert_int_equal(whorl_publisher_wait_for_subscribers(world->publisher, 1), WHORL_NOT_IN_TASK);
  assert_int_equal(whorl_node_wait_for_message(world->node, INT32, "topic", NULL, &world->message), WHORL_NOT_IN_TASK);
}

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      WORLD_TEST(ANODE_15_a_node_that_is_there_is_found_at_once),
      WORLD_TEST(ASRC_03_a_missing_slash_is_added),
      WORLD_TEST(ANODE_16_a_node_that_never_comes_ends_with_the_callers_limit),
      WORLD_TEST(ASRC_03_a_node_that_comes_later_ends_the_wait_when_it_is_known),
      WORLD_TEST(one_of_the_own_process_at_once),
      WORLD_TEST(a_partition_delays_the_wait_until_its_end),
      WORLD_TEST(a_node_that_has_vanished_is_not_found),
      WORLD_TEST(subscribers_end_the_wait_when_enough_are_matched),
      WORLD_TEST(too_few_subscribers_end_with_the_callers_limit),
      WORLD_TEST(a_message_ends_the_wait_and_is_copied),
      WORLD_TEST(a_late_joiner_gets_what_was_kept_for_it),
      WORLD_TEST(no_message_ends_with_the_callers_limit_and_leaves_nothing),
      WORLD_TEST(destroying_the_node_ends_each_wait),
      WORLD_TEST(a_shutdown_ends_each_wait),
      WORLD_TEST(destroying_the_publisher_ends_its_wait),
      WORLD_TEST(a_cancellation_ends_each_wait),
      WORLD_TEST(R45_waits_say_what_they_are_for),
      WORLD_TEST(bad_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
