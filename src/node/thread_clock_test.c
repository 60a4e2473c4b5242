// Plain threads sleep on clocks (docs/tasks.md R35). The clock is a virtual one: ROS time that the test itself publishes.
#include <rosgraph_msgs/msg/clock.h>

#include "base/memory.h"
#include "node/node.h"
#include "node/town_fixture.h"
#include "whorl/clock.h"

static whorl_publisher_t clock_publisher;
static whorl_clock_t ros;

static int setup(void **state)
{
  town_setup(state);
  ros = whorl_node_clock(town.node);
  assert_int_equal(whorl_node_set_use_sim_time(town.node, true), WHORL_OK);
  return whorl_publisher_create(town.server, WHORL_MESSAGE(rosgraph_msgs, msg, Clock), "/clock", NULL, &clock_publisher);
}

#define ENTRY(function) cmocka_unit_test_setup_teardown(function, setup, town_teardown)

static void clock_says(int32_t second)
{
  assert_int_equal(whorl_publish(clock_publisher, &(rosgraph_msgs__msg__Clock){.clock.sec = second}), WHORL_OK);
  while (whorl_clock_now_ns(ros) != WHORL_SECONDS(second)) sched_yield(); // best effort, but nothing is lost here
}

// --- A sleeping thread

typedef struct dozer {
  int64_t duration_ns, until_ns; // one of them; neither: until time has started
  whorl_clock_t clock;
  int status;
  int64_t woke_at_ns;
  atomic_bool awake;
} dozer_t;

static int doze_once(const dozer_t *dozer)
{
  if (dozer->duration_ns != 0) return whorl_clock_sleep(dozer->clock, dozer->duration_ns);
  if (dozer->until_ns != 0) return whorl_clock_sleep_until(dozer->clock, dozer->until_ns);
  return whorl_clock_wait_until_started(dozer->clock);
}

static void *doze(void *arg)
{
  dozer_t *dozer = arg;
  dozer->status = doze_once(dozer);
  dozer->woke_at_ns = whorl_clock_now_ns(dozer->clock);
  atomic_store(&dozer->awake, true);
  return NULL;
}

static bool is_asleep(void) // the node's only alarm is the sleeper's
{
  whorl__node_t *node;
  assert_int_equal(whorl__node_pin(town.node, &node), WHORL_OK);
  pthread_mutex_lock(&node->clock.time->lock);
  bool asleep = !whorl__list_empty(&node->clock.alarms);
  pthread_mutex_unlock(&node->clock.time->lock);
  whorl__node_unpin(node);
  return asleep;
}

static pthread_t send_to_bed(dozer_t *dozer)
{
  dozer->clock = ros;
  pthread_t thread = town_start(doze, dozer);
  while (!is_asleep()) sched_yield();
  return thread;
}

static void R35_a_thread_sleeps_for_a_while_of_ros_time(void **state)
{
  (void)state;
  dozer_t dozer = {.duration_ns = WHORL_SECONDS(3)};
  clock_says(10);
  pthread_t thread = send_to_bed(&dozer);
  clock_says(11);
  clock_says(12);
  assert_true(is_asleep());
  clock_says(13);
  pthread_join(thread, NULL);
  assert_int_equal(dozer.status, WHORL_OK);
  assert_int_equal(dozer.woke_at_ns, WHORL_SECONDS(13));
}

static void R35_a_thread_sleeps_until_a_ros_time(void **state)
{
  (void)state;
  dozer_t dozer = {.until_ns = WHORL_SECONDS(100)};
  clock_says(10);
  pthread_t thread = send_to_bed(&dozer);
  clock_says(99);
  assert_true(is_asleep());
  clock_says(200);
  pthread_join(thread, NULL);
  assert_int_equal(dozer.status, WHORL_OK);
  assert_int_equal(dozer.woke_at_ns, WHORL_SECONDS(200));
  assert_int_equal(whorl_clock_sleep_until(ros, WHORL_SECONDS(100)), WHORL_OK); // at once
  assert_int_equal(whorl_clock_sleep(ros, 0), WHORL_OK);
  assert_int_equal(whorl_clock_sleep(ros, -1), WHORL_OK);
  assert_int_equal(whorl_clock_wait_until_started(ros), WHORL_OK);
}

static void R35_a_thread_waits_until_time_has_started(void **state)
{
  (void)state;
  dozer_t dozer = {0};
  pthread_t thread = send_to_bed(&dozer);
  clock_says(5);
  pthread_join(thread, NULL);
  assert_int_equal(dozer.status, WHORL_OK);
  assert_int_equal(dozer.woke_at_ns, WHORL_SECONDS(5));
}

static void R35_a_thread_sleeps_on_wall_time_too(void **state)
{
  (void)state;
  for (whorl_clock_kind_t kind = WHORL_CLOCK_STEADY; kind <= WHORL_CLOCK_SYSTEM; kind++) {
    whorl_clock_t clock = whorl_node_clock_of_kind(town.node, kind);
    int64_t before_ns = whorl_now_ns();
    assert_int_equal(whorl_clock_sleep(clock, WHORL_MICROSECONDS(200)), WHORL_OK);
    assert_true(whorl_now_ns() - before_ns >= WHORL_MICROSECONDS(200));
  }
}

// --- Other ends

static void *doze_in_a_limit(void *arg)
{
  dozer_t *dozer = arg;
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_MILLISECONDS(1));
  dozer->status = whorl_timeout_close(&timeout, doze_once(dozer));
  return NULL;
}

static void R35_R14_a_limit_ends_a_threads_sleep(void **state)
{
  (void)state;
  dozer_t dozer = {.duration_ns = HOUR, .clock = ros};
  clock_says(10);
  pthread_join(town_start(doze_in_a_limit, &dozer), NULL); // no tick comes
  assert_int_equal(dozer.status, WHORL_TIMED_OUT);
  assert_false(is_asleep());
}

static int stop_using_it(void) { return whorl_node_set_use_sim_time(town.node, false); }
static int destroy_the_node(void) { return whorl_node_destroy(town.node); }
static int shut_down(void) { return whorl_context_shutdown(town.context); }

static void R35_a_threads_sleep_ends_with_its_source_its_node_and_its_context(void **state)
{
  const struct {
    int (*end)(void);
    int status;
    const char *says;
  } rows[] = {{stop_using_it, WHORL_TIME_SOURCE_CHANGED, "switched simulated time"},
              {destroy_the_node, WHORL_DESTROYED, "destroyed while"},
              {shut_down, WHORL_SHUTDOWN, "shut down while a thread waited"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    if (i > 0) {
      town_teardown(state);
      setup(state);
    }
    dozer_t dozer = {.duration_ns = HOUR};
    clock_says(10);
    pthread_t thread = send_to_bed(&dozer);
    assert_int_equal(rows[i].end(), WHORL_OK);
    pthread_join(thread, NULL);
    assert_int_equal(dozer.status, rows[i].status);
  }
  assert_int_equal(whorl_clock_sleep(ros, HOUR), WHORL_SHUTDOWN); // and every later one
  assert_non_null(strstr(whorl_detail(), "shut down"));
}

// --- Where nothing may wait

static int post_statuses[3];

static void sleep_in_a_post(void *arg)
{
  post_statuses[0] = whorl_clock_sleep(ros, 1);
  assert_non_null(strstr(whorl_detail(), "whorl_clock_sleep would wait for ever"));
  post_statuses[1] = whorl_clock_sleep_until(ros, 1);
  assert_non_null(strstr(whorl_detail(), "whorl_clock_sleep_until would wait for ever"));
  post_statuses[2] = whorl_clock_wait_until_started(ros);
  assert_non_null(strstr(whorl_detail(), "whorl_clock_wait_until_started would wait for ever"));
  whorl_event_set(*(whorl_event_t *)arg);
}

static int wait_for_a_post(void *arg)
{
  WHORL_TRY(whorl_loop_post(town.loop, sleep_in_a_post, arg, NULL));
  return whorl_event_wait(*(whorl_event_t *)arg);
}

static void R35_a_post_does_not_sleep_on_a_clock(void **state)
{
  (void)state;
  whorl_event_t event;
  assert_int_equal(whorl_event_create(NULL, &event), WHORL_OK);
  assert_int_equal(whorl_loop_run(town.loop, wait_for_a_post, &event), WHORL_OK);
  for (int i = 0; i < 3; i++) assert_int_equal(post_statuses[i], WHORL_WOULD_DEADLOCK);
  whorl_event_destroy(event);
}

static void R35_R37_nor_a_plain_thread_on_that_of_a_world_which_stands_still(void **state)
{
  fixture_t *fixture = *state;
  whorl_clock_t clock = whorl_node_clock(fixture->node);
  assert_int_equal(whorl_clock_sleep(clock, 1), WHORL_WOULD_DEADLOCK);
  assert_string_equal(whorl_detail(), "whorl_clock_sleep: a simulated world does not move while a plain thread waits; call it in a task");
  assert_int_equal(whorl_clock_sleep_until(clock, 1), WHORL_WOULD_DEADLOCK);
  assert_int_equal(whorl_clock_wait_until_started(clock), WHORL_WOULD_DEADLOCK);
}

// --- Without memory: a thread that waits for the first time

static void *has_no_memory(void *arg)
{
  whorl__memory_fail_at(1);
  *(int *)arg = whorl_clock_sleep(ros, HOUR);
  return NULL;
}

static void R35_a_thread_without_memory_does_not_sleep(void **state)
{
  (void)state;
  int status = 77;
  pthread_join(town_start(has_no_memory, &status), NULL);
  assert_int_equal(status, WHORL_NO_MEMORY);
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      ENTRY(R35_a_thread_sleeps_for_a_while_of_ros_time),
      ENTRY(R35_a_thread_sleeps_until_a_ros_time),
      ENTRY(R35_a_thread_waits_until_time_has_started),
      ENTRY(R35_a_thread_sleeps_on_wall_time_too),
      ENTRY(R35_R14_a_limit_ends_a_threads_sleep),
      ENTRY(R35_a_threads_sleep_ends_with_its_source_its_node_and_its_context),
      ENTRY(R35_a_post_does_not_sleep_on_a_clock),
      cmocka_unit_test_setup_teardown(R35_R37_nor_a_plain_thread_on_that_of_a_world_which_stands_still, fixture_setup, fixture_teardown),
      ENTRY(R35_a_thread_without_memory_does_not_sleep),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
