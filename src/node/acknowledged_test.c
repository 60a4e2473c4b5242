// Waiting for acknowledgements, in virtual time: late ones, none, and those that nobody owes.
#include "node/fixture.h"

#define MS WHORL_MILLISECONDS

typedef struct world {
  whorl_simulation_t simulation;
  whorl_context_t there;
  whorl_node_t near, far;
  whorl_publisher_t publisher;
} world_t;

static int setup(void **state)
{
  static world_t world;
  memset(&world, 0, sizeof world);
  assert_int_equal(whorl_simulation_create(1, &world.simulation), WHORL_OK);
  assert_int_equal(whorl_simulation_create_context(world.simulation, &world.there), WHORL_OK);
  assert_int_equal(whorl_node_create(whorl_simulation_context(world.simulation), "near", NULL, &world.near), WHORL_OK);
  assert_int_equal(whorl_node_create(world.there, "far", NULL, &world.far), WHORL_OK);
  assert_int_equal(whorl_publisher_create(world.near, INT32, "numbers", NULL, &world.publisher), WHORL_OK);
  *state = &world;
  return 0;
}

static int teardown(void **state) { return whorl_simulation_destroy(((world_t *)*state)->simulation); }

static void subscribe(const world_t *world, whorl_reliability_t reliability)
{
  const whorl_qos_t qos = {.reliability = reliability};
  const whorl_subscription_options_t options = {.qos = &qos, .by_hand = true};
  assert_int_equal(whorl_subscription_create(world->far, INT32, "numbers", NULL, NULL, &options, NULL), WHORL_OK);
}

static void set_link(const world_t *world, int64_t delay_ns, double loss)
{
  const whorl_simulation_network_t network = {.link = {.delay_ns = delay_ns, .loss = loss}};
  assert_int_equal(whorl_simulation_set_network(world->simulation, &network), WHORL_OK);
}

static int publish_and_wait(void *arg)
{
  const world_t *world = arg;
  const std_msgs__msg__Int32 message = {.data = 1};
  WHORL_TRY(whorl_publisher_wait_for_subscribers(world->publisher, 1));
  WHORL_TRY(whorl_publish(world->publisher, &message));
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, MS(500));
  return whorl_timeout_close(&timeout, whorl_publisher_wait_for_acknowledged(world->publisher));
}

static void it_ends_when_the_message_has_arrived(void **state)
{
  world_t *world = *state;
  set_link(world, MS(100), 0);
  subscribe(world, WHORL_RELIABILITY_RELIABLE);
  int64_t began_ns = whorl_simulation_now_ns(world->simulation);
  assert_int_equal(whorl_simulation_run(world->simulation, publish_and_wait, world), WHORL_OK);
  int64_t took_ns = whorl_simulation_now_ns(world->simulation) - began_ns;
  assert_true(took_ns >= MS(100) && took_ns <= MS(116)); // a pause later at most
}

static void it_waits_while_nothing_comes_through(void **state)
{
  world_t *world = *state;
  set_link(world, MS(1), 1);
  subscribe(world, WHORL_RELIABILITY_RELIABLE);
  assert_int_equal(whorl_simulation_run(world->simulation, publish_and_wait, world), WHORL_TIMED_OUT);
}

static void best_effort_subscriptions_owe_nothing(void **state)
{
  world_t *world = *state;
  set_link(world, MS(100), 1);
  subscribe(world, WHORL_RELIABILITY_BEST_EFFORT);
  int64_t began_ns = whorl_simulation_now_ns(world->simulation);
  assert_int_equal(whorl_simulation_run(world->simulation, publish_and_wait, world), WHORL_OK);
  assert_int_equal(whorl_simulation_now_ns(world->simulation), began_ns);
}

static int destroy_later(void *arg)
{
  WHORL_TRY(whorl_sleep(MS(50)));
  return whorl_publisher_destroy(((world_t *)arg)->publisher);
}

static int wait_and_destroy(void *arg)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, destroy_later, arg);
  return whorl_task_group_close(&group, publish_and_wait(arg));
}

static void the_publishers_end_ends_it(void **state)
{
  world_t *world = *state;
  set_link(world, MS(1), 1);
  subscribe(world, WHORL_RELIABILITY_RELIABLE);
  assert_int_equal(whorl_simulation_run(world->simulation, wait_and_destroy, world), WHORL_DESTROYED);
}

static int call_badly(void *arg)
{
  const world_t *world = arg;
  assert_int_equal(whorl_publisher_wait_for_acknowledged((whorl_publisher_t){0}), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_publisher_wait_for_acknowledged(world->publisher), WHORL_OK); // nobody is there
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, 0);
  assert_int_equal(whorl_timeout_close(&timeout, whorl_publisher_wait_for_acknowledged(world->publisher)),
                   WHORL_TIMED_OUT); // cancelled before
  return WHORL_OK;
}

static void bad_places_and_arguments(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_simulation_run(world->simulation, call_badly, world), WHORL_OK);
  assert_int_equal(whorl_publisher_wait_for_acknowledged(world->publisher), WHORL_NOT_IN_TASK);
}

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      WORLD_TEST(it_ends_when_the_message_has_arrived),
      WORLD_TEST(it_waits_while_nothing_comes_through),
      WORLD_TEST(best_effort_subscriptions_owe_nothing),
      WORLD_TEST(the_publishers_end_ends_it),
      WORLD_TEST(bad_places_and_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
