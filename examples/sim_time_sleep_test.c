// A sleep that follows simulated time, and its test. The node waits two seconds of ROS time between its greetings, whether that is wall time or comes from a simulator's /clock.
#include <stdio.h>

#include <rosgraph_msgs/msg/clock.h>
#include <whorl/whorl.h>

// --- the node: it knows nothing of simulations

typedef struct greeter {
  whorl_node_t node;
  int greetings;
} greeter_t;

static int greet(void *arg)
{
  greeter_t *greeter = arg;
  for (;;) {
    int status = whorl_clock_sleep(whorl_node_clock(greeter->node), WHORL_SECONDS(2));
    if (status == WHORL_TIME_SOURCE_CHANGED) continue; // simulated time was switched on or off: two seconds of the new one
    WHORL_TRY(status);
    greeter->greetings++;
  }
}

static int app(void *arg)
{
  greeter_t *greeter = arg;
  WHORL_TRY(whorl_node_open(greeter->node));
  int status = whorl_node_spawn(greeter->node, greet, greeter);
  if (status == WHORL_OK) status = whorl_sleep(WHORL_FOREVER);
  return whorl_node_close(greeter->node, status);
}

// --- the test: a simulator at ten times the speed, in a process of its own

typedef struct simulator {
  whorl_publisher_t publisher;
  int64_t now_ns;
} simulator_t;

static int make_simulator(whorl_context_t context, simulator_t *simulator)
{
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(context, "simulator", NULL, &node));
  return whorl_publisher_create(node, WHORL_MESSAGE(rosgraph_msgs, msg, Clock), "/clock", NULL, &simulator->publisher);
}

static int simulate(simulator_t *simulator, int64_t duration_ns)
{
  int64_t end_ns = simulator->now_ns + duration_ns;
  for (; simulator->now_ns <= end_ns; simulator->now_ns += WHORL_MILLISECONDS(100)) {
    const rosgraph_msgs__msg__Clock message = {
        .clock = {.sec = (int32_t)(simulator->now_ns / WHORL_SECONDS(1)), .nanosec = (uint32_t)(simulator->now_ns % WHORL_SECONDS(1))}};
    WHORL_TRY(whorl_publish(simulator->publisher, &message));
    WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(10)));
  }
  return WHORL_OK;
}

#define CHECK(condition) \
  if (!(condition)) return printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition), WHORL_WRONG_STATE

typedef struct test {
  greeter_t greeter;
  simulator_t simulator;
} test_t;

static int watch(void *arg)
{
  test_t *test = arg;
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(5001))); // wall time
  CHECK(test->greeter.greetings == 2);
  WHORL_TRY(whorl_node_set_use_sim_time(test->greeter.node, true));
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(60)));
  CHECK(test->greeter.greetings == 2); // there is no clock yet
  WHORL_TRY(simulate(&test->simulator, WHORL_SECONDS(10)));
  CHECK(test->greeter.greetings == 2 + 5);
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(60))); // a pause
  CHECK(test->greeter.greetings == 2 + 5);
  return WHORL_OK;
}

static int app_beside_the_watch(void *arg)
{
  test_t *test = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, app, &test->greeter);
  int status = watch(test);
  whorl_task_group_cancel(&group);
  return whorl_task_group_close(&group, status);
}

static int run(whorl_simulation_t world)
{
  test_t test = {.simulator.now_ns = WHORL_SECONDS(1000)};
  whorl_context_t desk;
  WHORL_TRY(whorl_simulation_create_context(world, &desk));
  WHORL_TRY(whorl_node_create(whorl_simulation_context(world), "greeter", NULL, &test.greeter.node));
  WHORL_TRY(make_simulator(desk, &test.simulator));
  return whorl_simulation_run(world, app_beside_the_watch, &test);
}

int main(void)
{
  whorl_simulation_t world;
  int status = whorl_simulation_create(1, &world);
  if (status == WHORL_OK) status = run(world);
  (void)whorl_simulation_destroy(world);
  printf("%s\n", status == WHORL_OK ? "passed" : whorl_status_name(status));
  return status == WHORL_OK ? 0 : 1;
}
