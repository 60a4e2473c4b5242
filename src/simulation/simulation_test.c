// Whole small worlds: time, drivers, several contexts, ends.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <std_msgs/msg/int32.h>
#include <whorl/whorl.h>

#include "simulation/simulation.h"

#define INT32 WHORL_MESSAGE(std_msgs, msg, Int32)

// A counter node publishes 1, 2, 3 ... every 100 ms; a watcher writes down what it hears and when.
typedef struct world {
  whorl_simulation_t simulation;
  whorl_publisher_t publisher;
  int sent, heard;
  int fail_at;
  char trace[4096];
} world_t;

static int on_tick(const whorl_timer_info_t *info, void *arg)
{
  world_t *world = arg;
  std_msgs__msg__Int32 number = {.data = ++world->sent};
  (void)info;
  return whorl_publish(world->publisher, &number);
}

static int on_number(const void *message, const whorl_message_info_t *info, void *arg)
{
  world_t *world = arg;
  int number = ((const std_msgs__msg__Int32 *)message)->data;
  size_t used = strlen(world->trace);
  snprintf(world->trace + used, sizeof world->trace - used, "%lld:%d@%lld ", (long long)whorl_now_ns(), number,
           (long long)info->source_timestamp_ns);
  world->heard++;
  return number == world->fail_at ? WHORL_IO_ERROR : WHORL_OK;
}

static void make_counter(world_t *world, whorl_context_t context)
{
  whorl_node_t node;
  assert_int_equal(whorl_node_create(context, "counter", NULL, &node), WHORL_OK);
  assert_int_equal(whorl_publisher_create(node, INT32, "numbers", NULL, &world->publisher), WHORL_OK);
  assert_int_equal(whorl_timer_create(node, WHORL_MILLISECONDS(100), on_tick, world, NULL, NULL), WHORL_OK);
}

static whorl_node_t make_watcher(world_t *world, whorl_context_t context)
{
  whorl_node_t node;
  assert_int_equal(whorl_node_create(context, "watcher", NULL, &node), WHORL_OK);
  assert_int_equal(whorl_subscription_create(node, INT32, "numbers", on_number, world, NULL, NULL), WHORL_OK);
  return node;
}

static world_t make_world(uint64_t seed)
{
  world_t world = {.sent = 0};
  assert_int_equal(whorl_simulation_create(seed, &world.simulation), WHORL_OK);
  return world;
}

static void run_for_drives_every_node_and_ends_on_time(void **state)
{
  (void)state;
  world_t world = make_world(7);
  make_counter(&world, whorl_simulation_context(world.simulation));
  make_watcher(&world, whorl_simulation_context(world.simulation));
  assert_int_equal(whorl_simulation_run_for(world.simulation, WHORL_SECONDS(10)), WHORL_OK);
  assert_int_equal(whorl_simulation_now_ns(world.simulation), WHORL_SECONDS(10));
  assert_int_equal(world.sent, 100);
  assert_int_equal(world.heard, 100);
  assert_int_equal(whorl_simulation_destroy(world.simulation), WHORL_OK);
}

static void run_for_goes_on_where_it_stopped(void **state)
{
  (void)state;
  world_t world = make_world(7);
  make_counter(&world, whorl_simulation_context(world.simulation));
  assert_int_equal(whorl_simulation_run_for(world.simulation, WHORL_MILLISECONDS(150)), WHORL_OK);
  assert_int_equal(world.sent, 1);
  make_watcher(&world, whorl_simulation_context(world.simulation)); // joins late
  assert_int_equal(whorl_simulation_run_for(world.simulation, WHORL_MILLISECONDS(100)), WHORL_OK);
  assert_int_equal(world.sent, 2);
  assert_int_equal(world.heard, 1);
  whorl_simulation_destroy(world.simulation);
}

static void two_contexts_talk_over_the_same_network(void **state)
{
  (void)state;
  world_t world = make_world(7);
  whorl_context_t other;
  assert_int_equal(whorl_simulation_create_context(world.simulation, &other), WHORL_OK);
  make_counter(&world, whorl_simulation_context(world.simulation));
  make_watcher(&world, other);
  assert_int_equal(whorl_simulation_run_for(world.simulation, WHORL_SECONDS(1)), WHORL_OK);
  assert_int_equal(world.heard, 10);
  whorl_simulation_destroy(world.simulation);
}

static void the_same_seed_gives_the_same_trace(void **state)
{
  (void)state;
  static char first[4096];
  for (int run = 0; run < 20; run++) {
    world_t world = make_world(3);
    make_counter(&world, whorl_simulation_context(world.simulation));
    make_watcher(&world, whorl_simulation_context(world.simulation));
    assert_int_equal(whorl_simulation_run_for(world.simulation, WHORL_SECONDS(5)), WHORL_OK);
    assert_true(world.heard == 50);
    if (run == 0) memcpy(first, world.trace, sizeof first);
    assert_string_equal(world.trace, first);
    whorl_simulation_destroy(world.simulation);
  }
}

static void an_error_of_a_driven_node_comes_out_of_run_for(void **state)
{
  (void)state;
  world_t world = make_world(7);
  world.fail_at = 3;
  make_counter(&world, whorl_simulation_context(world.simulation));
  make_watcher(&world, whorl_simulation_context(world.simulation));
  assert_int_equal(whorl_simulation_run_for(world.simulation, WHORL_SECONDS(1)), WHORL_IO_ERROR);
  assert_non_null(strstr(whorl_detail(), "/numbers")); // which callback
  assert_int_equal(world.sent, 10);                    // the other node went on
  assert_int_equal(world.heard, 3);                    // this one stays down
  assert_int_equal(whorl_simulation_run_for(world.simulation, WHORL_SECONDS(1)), WHORL_OK);
  assert_int_equal(world.heard, 3);
  whorl_simulation_destroy(world.simulation);
}

static int wait_for_nothing(void *arg)
{
  whorl_event_t event;
  WHORL_TRY(whorl_event_create(NULL, &event));
  int status = whorl_event_wait(event);
  *(int *)arg = status;
  (void)whorl_event_destroy(event);
  return status;
}

static void a_world_that_cannot_move_is_a_deadlock(void **state)
{
  (void)state;
  world_t world = make_world(7);
  int seen = WHORL_OK;
  make_watcher(&world, whorl_simulation_context(world.simulation)); // an idle subscription does not count
  assert_int_equal(whorl_simulation_run(world.simulation, wait_for_nothing, &seen), WHORL_DEADLOCK);
  assert_int_equal(seen, WHORL_CANCELED); // so it could clean up
  whorl_simulation_destroy(world.simulation);
}

static int run_again(void *arg) { return whorl_simulation_run_for(*(whorl_simulation_t *)arg, 1); }

static void a_world_is_not_run_from_inside_itself(void **state)
{
  (void)state;
  world_t world = make_world(7);
  assert_int_equal(whorl_simulation_run(world.simulation, run_again, &world.simulation), WHORL_BUSY);
  assert_int_equal(whorl_simulation_run_for(world.simulation, -1), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_simulation_destroy(world.simulation), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(world.simulation, 1), WHORL_DESTROYED);
  assert_int_equal(whorl_simulation_destroy(world.simulation), WHORL_DESTROYED);
}

static int sleep_an_hour(void *arg)
{
  (void)arg;
  return whorl_sleep(WHORL_SECONDS(3600));
}

static void an_hour_passes_at_once(void **state)
{
  (void)state;
  world_t world = make_world(7);
  assert_int_equal(whorl_simulation_run(world.simulation, sleep_an_hour, NULL), WHORL_OK);
  assert_int_equal(whorl_simulation_now_ns(world.simulation), WHORL_SECONDS(3600));
  whorl_simulation_destroy(world.simulation);
}

static void a_shut_down_context_leaves_the_others_running(void **state)
{
  (void)state;
  world_t world = make_world(7);
  whorl_context_t other;
  assert_int_equal(whorl_simulation_create_context(world.simulation, &other), WHORL_OK);
  make_counter(&world, whorl_simulation_context(world.simulation));
  make_watcher(&world, other);
  assert_int_equal(whorl_simulation_run_for(world.simulation, WHORL_SECONDS(1)), WHORL_OK);
  assert_int_equal(whorl_context_shutdown(other), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(world.simulation, WHORL_SECONDS(1)), WHORL_OK);
  assert_int_equal(world.sent, 20);
  assert_int_equal(world.heard, 10);
  assert_int_equal(whorl_context_destroy(other, WHORL_OK), WHORL_OK); // drained: nothing drives it any more
  assert_int_equal(whorl_simulation_run_for(world.simulation, WHORL_SECONDS(1)), WHORL_OK);
  assert_int_equal(world.sent, 30);
  whorl_simulation_destroy(world.simulation);
}

// Every step of a world looks at its contexts.
static void contexts_that_were_destroyed_cost_no_step_any_more(void **state)
{
  whorl__simulation_t *simulation;
  whorl_context_t other;
  (void)state;
  world_t world = make_world(7);
  for (int i = 0; i < 100; i++) {
    assert_int_equal(whorl_simulation_create_context(world.simulation, &other), WHORL_OK);
    assert_int_equal(whorl_context_destroy(other, WHORL_OK), WHORL_OK);
  }
  assert_int_equal(whorl_context_destroy(whorl_simulation_context(world.simulation), WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_simulation_create_context(world.simulation, &other), WHORL_OK);
  assert_int_equal(whorl__simulation_pin(world.simulation, &simulation), WHORL_OK);
  assert_int_equal(simulation->context_count, 2); // the first one is asked for by its place
  whorl__simulation_unpin(world.simulation);
  assert_int_equal(whorl_context_destroy(whorl_simulation_context(world.simulation), WHORL_OK), WHORL_DESTROYED);
  assert_int_equal(whorl_simulation_set_link(world.simulation, other, other, NULL), WHORL_OK);
  whorl_simulation_destroy(world.simulation);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(run_for_drives_every_node_and_ends_on_time),
      cmocka_unit_test(run_for_goes_on_where_it_stopped),
      cmocka_unit_test(two_contexts_talk_over_the_same_network),
      cmocka_unit_test(the_same_seed_gives_the_same_trace),
      cmocka_unit_test(an_error_of_a_driven_node_comes_out_of_run_for),
      cmocka_unit_test(a_world_that_cannot_move_is_a_deadlock),
      cmocka_unit_test(a_world_is_not_run_from_inside_itself),
      cmocka_unit_test(an_hour_passes_at_once),
      cmocka_unit_test(a_shut_down_context_leaves_the_others_running),
      cmocka_unit_test(contexts_that_were_destroyed_cost_no_step_any_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
