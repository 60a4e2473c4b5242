// For tests of simulated time: the fixture's world, in which the test itself publishes /clock. ROS time and the world's own steady time have nothing to do with each other.
#ifndef WHORL_NODE_CLOCK_FIXTURE_H
#define WHORL_NODE_CLOCK_FIXTURE_H

#include <rosgraph_msgs/msg/clock.h>

#include "node/fixture.h"
#include "task/kit.h"

static whorl_publisher_t clock_publisher;

// Another process of the world, which has the clock.
static inline void clock_join(fixture_t *fixture)
{
  whorl_context_t other;
  whorl_node_t node;
  assert_int_equal(whorl_simulation_create_context(fixture->world, &other), WHORL_OK);
  assert_int_equal(whorl_node_create(other, "simulator", NULL, &node), WHORL_OK);
  assert_int_equal(whorl_publisher_create(node, WHORL_MESSAGE(rosgraph_msgs, msg, Clock), "/clock", NULL, &clock_publisher), WHORL_OK);
}

static inline int clock_setup(void **state)
{
  fixture_setup(state);
  trace_clear();
  clock_join(*state);
  return 0;
}

static inline int clock_setup_simulated(void **state)
{
  clock_setup(state);
  assert_int_equal(whorl_node_set_use_sim_time(((fixture_t *)*state)->node, true), WHORL_OK);
  return 0;
}

static inline void clock_publish(double seconds)
{
  int64_t now_ns = SECONDS(seconds);
  rosgraph_msgs__msg__Clock message = {
      .clock = {.sec = (int32_t)(now_ns / WHORL_SECONDS(1)), .nanosec = (uint32_t)(now_ns % WHORL_SECONDS(1))}};
  CHECK_INT(WHORL_OK, whorl_publish(clock_publisher, &message));
}

// In a task: /clock says so, and everybody has done what he does about it.
static inline void clock_says(double seconds)
{
  clock_publish(seconds);
  CHECK_INT(WHORL_OK, whorl_sleep(WHORL_MILLISECONDS(1)));
}

static inline void wall_passes(double seconds) { CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(seconds))); }

static inline double ros_seconds(whorl_node_t node) { return (double)whorl_clock_now_ns(whorl_node_clock(node)) / 1e9; }

// A task that sleeps on a clock and notes how that ended.
typedef struct dozer {
  const char *name;
  whorl_clock_t clock;
  int64_t duration_ns, until_ns; // one of them
  int status;
  bool awake;
} dozer_t;

static inline int doze(void *arg)
{
  dozer_t *dozer = arg;
  dozer->status = dozer->until_ns != 0 ? whorl_clock_sleep_until(dozer->clock, dozer->until_ns)
                                       : whorl_clock_sleep(dozer->clock, dozer->duration_ns);
  dozer->awake = true;
  note("%s:%s@%g", dozer->name, whorl_status_name(dozer->status) + strlen("WHORL_"), (double)whorl_clock_now_ns(dozer->clock) / 1e9);
  return WHORL_OK; // however it ended, it is not the group's failure
}

#define CLOCK_TEST(function) cmocka_unit_test_setup_teardown(function, clock_setup, fixture_teardown)
#define SIM_TIME_TEST(function) cmocka_unit_test_setup_teardown(function, clock_setup_simulated, fixture_teardown)

#endif
