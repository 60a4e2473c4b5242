// Simulated time over Cyclone DDS on the loopback interface, with real loops: ticks from the wire and from the own process, the graph, and threads that tick, sleep, switch and destroy at once.
// No wall time is judged: simulated time is what moves.
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>

#include "node/clock_fixture.h"
#include "node/context.h"

typedef struct world {
  whorl_context_t context, other; // two participants: what one publishes reaches the other through the middleware
  whorl_loop_t loop;
  whorl_publisher_t publisher;
  whorl_node_t node;
  double published; // so far
  atomic_bool over;
  int calls;
} world_t;

static int setup(void **state)
{
  static world_t world;
  if (getenv("CYCLONEDDS_URI") == NULL || getenv("ROS_DOMAIN_ID") == NULL) {
    fputs("CYCLONEDDS_URI and ROS_DOMAIN_ID must be set: run this test through ctest, which keeps it on the loopback interface\n", stderr);
    exit(1);
  }
  memset(&world, 0, sizeof world);
  assert_int_equal(whorl_context_create(0, NULL, NULL, &world.context), WHORL_OK);
  assert_int_equal(whorl_context_create(0, NULL, NULL, &world.other), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &world.loop), WHORL_OK);
  assert_int_equal(whorl_node_create(world.context, "sleeper", &(whorl_node_options_t){.use_sim_time = true}, &world.node), WHORL_OK);
  *state = &world;
  return 0;
}

static int teardown(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_loop_destroy(world->loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(world->other, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(world->context, WHORL_OK), WHORL_OK);
  return 0;
}

static void publish_from(world_t *world, whorl_context_t context)
{
  whorl_node_t node;
  assert_int_equal(whorl_node_create(context, "simulator", NULL, &node), WHORL_OK);
  assert_int_equal(whorl_publisher_create(node, WHORL_MESSAGE(rosgraph_msgs, msg, Clock), "/clock", NULL, &world->publisher), WHORL_OK);
}

static int publish_next(world_t *world)
{
  world->published += 0.25;
  rosgraph_msgs__msg__Clock message = {
      .clock = {.sec = (int32_t)world->published, .nanosec = (uint32_t)((world->published - (int32_t)world->published) * 1e9)}};
  return whorl_publish(world->publisher, &message);
}

// Publishes until it is cancelled. Whatever is lost, the next tick tells as well.
static int publish_on(void *arg)
{
  for (;;) {
    WHORL_TRY(publish_next(arg));
    WHORL_TRY(whorl_sleep(WHORL_MICROSECONDS(200)));
  }
}

static int on_tick(const whorl_timer_info_t *info, void *arg)
{
  world_t *world = arg;
  CHECK(info->actual_ns >= info->expected_ns);
  world->calls += 1 + (int)info->missed;
  return WHORL_OK;
}

static int sleep_in_the_open_node(void *arg)
{
  world_t *world = arg;
  whorl_clock_t clock = whorl_node_clock(world->node);
  whorl_task_group_t group;
  CHECK_INT(WHORL_OK, whorl_node_open(world->node));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, publish_on, world);
  int status = whorl_clock_wait_until_started(clock);
  double began = ros_seconds(world->node);
  whorl_timer_t timer;
  if (status == WHORL_OK)
    status = whorl_timer_create(world->node, WHORL_SECONDS(2), on_tick, world, &(whorl_timer_options_t){.clock = WHORL_CLOCK_ROS}, &timer);
  if (status == WHORL_OK) status = whorl_clock_sleep(clock, WHORL_SECONDS(100));
  CHECK_INT(WHORL_OK, status);
  CHECK(ros_seconds(world->node) >= began + 100);
  CHECK(world->calls >= 49 && world->calls <= (ros_seconds(world->node) - began) / 2);
  whorl_task_group_cancel(&group);
  return whorl_node_close(world->node, whorl_task_group_close(&group, WHORL_OK));
}

static void ACLK_06_sleeps_and_timers_follow_ticks_from_the_wire(void **state)
{
  world_t *world = *state;
  publish_from(world, world->other);
  assert_int_equal(whorl_loop_run(world->loop, sleep_in_the_open_node, world), WHORL_OK);
}

static void ACLK_06_sleeps_and_timers_follow_ticks_of_the_own_process(void **state)
{
  world_t *world = *state;
  publish_from(world, world->context);
  assert_int_equal(whorl_loop_run(world->loop, sleep_in_the_open_node, world), WHORL_OK);
}

// --- Threads

static void *tick_from_a_thread(void *arg)
{
  world_t *world = arg;
  while (!atomic_load(&world->over)) {
    CHECK_INT(WHORL_OK, publish_next(world));
    sched_yield();
  }
  return NULL;
}

static void *switch_from_a_thread(void *arg)
{
  world_t *world = arg;
  bool on = false;
  while (!atomic_load(&world->over)) {
    CHECK_INT(WHORL_OK, whorl_node_set_use_sim_time(world->node, on));
    on = !on;
  }
  CHECK_INT(WHORL_OK, whorl_node_set_use_sim_time(world->node, true));
  return NULL;
}

static int reset_now_and_then(const whorl_timer_info_t *info, void *arg)
{
  world_t *world = arg;
  (void)info;
  return ++world->calls % 7 == 0 ? whorl_yield() : WHORL_OK;
}

// Computes without suspending, until time has gone on ten times.
static int compute(const whorl_timer_info_t *info, void *arg)
{
  world_t *world = arg;
  (void)info;
  double last = ros_seconds(world->node);
  for (int steps = 0; steps < 10;) {
    double now = ros_seconds(world->node);
    steps += now != last;
    last = now;
  }
  return whorl_node_destroy(world->node);
}

static int run_node(void *arg) { return whorl_node_run(((world_t *)arg)->node); }

static void PAIN_18_time_goes_on_for_a_callback_that_does_not_suspend(void **state)
{
  world_t *world = *state;
  pthread_t ticker;
  publish_from(world, world->other);
  pthread_create(&ticker, NULL, tick_from_a_thread, world);
  fixture_call_soon(world->node, compute, world);
  assert_int_equal(whorl_loop_run(world->loop, run_node, world), WHORL_OK);
  atomic_store(&world->over, true);
  pthread_join(ticker, NULL);
}

enum { ROUNDS = 300 };

// Each round: a node on simulated time with a timer and a sleeper comes and goes, while another thread ticks.
static int come_and_go(void *arg)
{
  world_t *world = arg;
  for (int round = 0; round < ROUNDS; round++) {
    whorl_node_t node;
    whorl_task_group_t group;
    CHECK_INT(WHORL_OK, whorl_node_create(world->context, "guest", &(whorl_node_options_t){.use_sim_time = true}, &node));
    const whorl_timer_options_t options = {.clock = WHORL_CLOCK_ROS};
    CHECK_INT(WHORL_OK, whorl_timer_create(node, WHORL_MILLISECONDS(1), reset_now_and_then, world, &options, NULL));
    dozer_t dozer = {"guest", whorl_node_clock(node), .duration_ns = WHORL_SECONDS(round % 3 == 0 ? 1 : 1000000)};
    CHECK_INT(WHORL_OK, whorl_node_open(node));
    whorl_task_group_open(&group);
    whorl_task_group_spawn(&group, doze, &dozer);
    dozer_t own = {"own", whorl_node_clock(world->node), .duration_ns = WHORL_MILLISECONDS(1)};
    int status = doze(&own);
    CHECK(own.status == WHORL_OK || own.status == WHORL_TIME_SOURCE_CHANGED);
    CHECK_INT(WHORL_OK, whorl_node_destroy(node));
    status = whorl_task_group_close(&group, status);
    CHECK(dozer.status == WHORL_OK || dozer.status == WHORL_DESTROYED);
    CHECK_INT(WHORL_OK, whorl_node_close(node, status));
    trace_clear();
  }
  atomic_store(&world->over, true);
  return WHORL_OK;
}

static void nodes_come_and_go_while_other_threads_tick_and_switch(void **state)
{
  world_t *world = *state;
  pthread_t ticker, switcher;
  publish_from(world, world->context);
  pthread_create(&ticker, NULL, tick_from_a_thread, world);
  pthread_create(&switcher, NULL, switch_from_a_thread, world);
  assert_int_equal(whorl_loop_run(world->loop, come_and_go, world), WHORL_OK);
  pthread_join(ticker, NULL);
  pthread_join(switcher, NULL);
  assert_true(whorl_clock_ros_time_is_active(whorl_node_clock(world->node)));
}

#define REAL_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

// Of this process, as the kernel counts them.
static size_t count_threads(void)
{
  size_t count = 0;
  DIR *threads = opendir("/proc/self/task");
  assert_non_null(threads);
  for (const struct dirent *entry; (entry = readdir(threads)) != NULL;) count += entry->d_name[0] != '.';
  closedir(threads);
  return count;
}

static void PAIN_16_more_nodes_on_simulated_time_need_no_more_threads(void **state)
{
  const world_t *world = *state;
  size_t before = count_threads();
  for (int i = 0; i < 20; i++) {
    whorl_node_t node;
    assert_int_equal(whorl_node_create(world->context, "another", &(whorl_node_options_t){.use_sim_time = true}, &node), WHORL_OK);
  }
  assert_int_equal(count_threads(), before);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      REAL_TEST(ACLK_06_sleeps_and_timers_follow_ticks_from_the_wire),
      REAL_TEST(ACLK_06_sleeps_and_timers_follow_ticks_of_the_own_process),
      REAL_TEST(PAIN_18_time_goes_on_for_a_callback_that_does_not_suspend),
      REAL_TEST(PAIN_16_more_nodes_on_simulated_time_need_no_more_threads),
      REAL_TEST(nodes_come_and_go_while_other_threads_tick_and_switch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
