// What timers, sleeps and ticks do not cost, and what they do not care about: pains 9, 11, 13, 17, 21. The first half in virtual time; then real loops, whose wake-ups are counted and not timed.
#include <pthread.h>
#include <sched.h>

#include "base/memory.h"
#include "node/clock_fixture.h"
#include "node/node.h"

static int count(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ((fixture_t *)arg)->calls++;
  return WHORL_OK;
}

static const whorl_timer_options_t on_ros_time = {.clock = WHORL_CLOCK_ROS};

// What a sleep of ten seconds takes of the fixture's driver.
static int64_t turns_of_a_sleep(const fixture_t *fixture)
{
  whorl__node_t *node;
  CHECK_INT(WHORL_OK, whorl__node_pin(fixture->node, &node));
  uint64_t before = whorl__core_read_counts(node->core).turns;
  wall_passes(10);
  uint64_t turns = whorl__core_read_counts(node->core).turns - before;
  whorl__node_unpin(node);
  return (int64_t)turns;
}

static int cancel_a_hundred(fixture_t *fixture)
{
  wall_passes(1);
  int64_t turns = turns_of_a_sleep(fixture);
  for (int i = 0; i < 100; i++) {
    whorl_timer_t timer;
    CHECK_INT(WHORL_OK, whorl_timer_create(fixture->node, WHORL_MILLISECONDS(1 + i), count, fixture, i % 2 ? &on_ros_time : NULL, &timer));
    CHECK_INT(WHORL_OK, whorl_timer_cancel(timer));
  }
  CHECK(turns > 0);
  CHECK_INT(turns, turns_of_a_sleep(fixture));
  CHECK_INT(0, fixture->calls);
  return WHORL_OK;
}

static void PAIN_11_cancelled_timers_wake_nobody(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, cancel_a_hundred), WHORL_OK);
}

static int sleep_often(fixture_t *fixture, int times, int64_t duration_ns)
{
  whorl_clock_t ros = whorl_node_clock(fixture->node), steady = whorl_node_clock_of_kind(fixture->node, WHORL_CLOCK_STEADY);
  for (int i = 0; i < times; i++) {
    WHORL_TRY(whorl_sleep(duration_ns));
    WHORL_TRY(whorl_clock_sleep(steady, duration_ns));
    WHORL_TRY(whorl_clock_sleep(ros, duration_ns));
    WHORL_TRY(whorl_clock_sleep_until(ros, whorl_clock_now_ns(ros) + duration_ns));
  }
  return WHORL_OK;
}

static int count_allocations(fixture_t *fixture)
{
  WHORL_TRY(sleep_often(fixture, 10, 1));
  uint64_t before = whorl__memory_allocations();
  WHORL_TRY(sleep_often(fixture, 1000, 0));
  WHORL_TRY(sleep_often(fixture, 1000, WHORL_MILLISECONDS(1)));
  CHECK_INT((int64_t)before, (int64_t)whorl__memory_allocations());
  return WHORL_OK;
}

static void PAIN_13_a_sleep_costs_no_allocation(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, count_allocations), WHORL_OK);
}

static int sleep_by_ticks(void *arg)
{
  whorl_clock_t ros = whorl_node_clock(((fixture_t *)arg)->node);
  for (;;) WHORL_TRY(whorl_clock_sleep(ros, WHORL_SECONDS(1)));
}

static int count_allocations_of_ticks(fixture_t *fixture)
{
  CHECK_INT(WHORL_OK, whorl_timer_create(fixture->node, WHORL_SECONDS(1), count, fixture, &on_ros_time, NULL));
  CHECK_INT(WHORL_OK, whorl_node_spawn(fixture->node, sleep_by_ticks, fixture));
  uint64_t before = 0;
  for (int i = 1; i <= 1100; i++) {
    clock_says(i);
    if (i == 100) before = whorl__memory_allocations();
  }
  CHECK_INT((int64_t)before, (int64_t)whorl__memory_allocations());
  CHECK_INT(1099, fixture->calls);
  return WHORL_OK;
}

static void PAIN_48_a_tick_with_its_timers_and_sleepers_costs_no_allocation(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, count_allocations_of_ticks), WHORL_OK);
}

// --- The host's clock is set

static int64_t step_ns;
static const whorl__transport_ops_t *true_ops;
static int64_t stepped_now_ns(whorl__participant_t *participant) { return true_ops->now_ns(participant) + step_ns; }

// Sets the host's clock, as this node sees it, back by an hour.
static void set_the_clock_back(const fixture_t *fixture)
{
  static whorl__transport_ops_t ops;
  whorl__node_t *node;
  CHECK_INT(WHORL_OK, whorl__node_pin(fixture->node, &node));
  true_ops = node->context->participant->ops;
  ops = *true_ops;
  ops.now_ns = stepped_now_ns;
  step_ns = -WHORL_SECONDS(3600);
  node->context->participant->ops = &ops;
  whorl__node_unpin(node);
}

static void undo_the_step(const fixture_t *fixture)
{
  whorl__node_t *node;
  CHECK_INT(WHORL_OK, whorl__node_pin(fixture->node, &node));
  node->context->participant->ops = true_ops;
  whorl__node_unpin(node);
}

static int note_the_time(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  note("%s@%g", (const char *)arg, (double)whorl_now_ns() / 1e9);
  return WHORL_OK;
}

static int step_under_timers(fixture_t *fixture)
{
  static const whorl_clock_kind_t kinds[] = {WHORL_CLOCK_STEADY, WHORL_CLOCK_SYSTEM, WHORL_CLOCK_ROS};
  static const char *const names[] = {"steady", "system", "ros"};
  dozer_t dozers[3];
  whorl_task_group_t group;
  whorl_clock_t system = whorl_node_clock_of_kind(fixture->node, WHORL_CLOCK_SYSTEM);
  int64_t base_ns = whorl_now_ns();
  CHECK_INT(0, base_ns);
  whorl_task_group_open(&group);
  for (int i = 0; i < 3; i++) {
    const whorl_timer_options_t options = {.clock = kinds[i]};
    CHECK_INT(WHORL_OK, whorl_timer_create(fixture->node, WHORL_SECONDS(2), note_the_time, (void *)names[i], &options, NULL));
    dozers[i] = (dozer_t){.clock = whorl_node_clock_of_kind(fixture->node, kinds[i])};
    dozers[i].until_ns = whorl_clock_now_ns(dozers[i].clock) + WHORL_SECONDS(3);
    whorl_task_group_spawn(&group, doze, &dozers[i]);
  }
  wall_passes(1);
  int64_t before_ns = whorl_clock_now_ns(system);
  set_the_clock_back(fixture);
  CHECK_INT(before_ns - WHORL_SECONDS(3600), whorl_clock_now_ns(system));
  wall_passes(1.5);
  CHECK_TEXT("steady@2 system@2 ros@2", trace);
  wall_passes(0.5); // the sleeps end at 3, as they would have
  CHECK_INT(WHORL_OK, whorl_yield());
  CHECK(dozers[0].awake && dozers[1].awake && dozers[2].awake);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  trace_clear();
  wall_passes(1.5);
  CHECK_TEXT("steady@4 system@4 ros@4", trace);
  undo_the_step(fixture);
  return WHORL_OK;
}

static void PAIN_21_setting_the_hosts_clock_moves_no_timer_and_no_sleep(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, step_under_timers), WHORL_OK);
}

// --- On a real loop

typedef struct looped {
  fixture_t *fixture;
  whorl_loop_t loop;
  whorl_event_t stop;
  whorl_timer_t timer;
  atomic_int calls;
} looped_t;

static void begin(looped_t *looped, fixture_t *fixture)
{
  *looped = (looped_t){.fixture = fixture};
  assert_int_equal(whorl_loop_create(NULL, &looped->loop), WHORL_OK);
  assert_int_equal(whorl_event_create(NULL, &looped->stop), WHORL_OK);
}

static void end(looped_t *looped)
{
  assert_int_equal(whorl_loop_destroy(looped->loop), WHORL_OK);
  whorl_event_destroy(looped->stop);
}

static int stay_open(void *arg)
{
  looped_t *looped = arg;
  WHORL_TRY(whorl_node_open(looped->fixture->node));
  return whorl_node_close(looped->fixture->node, whorl_event_wait(looped->stop));
}

static whorl_loop_counts_t counts_of(whorl_loop_t loop)
{
  whorl_loop_counts_t counts = {0};
  CHECK_INT(WHORL_OK, whorl_loop_read_counts(loop, &counts));
  return counts;
}

static int count_atomically(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  atomic_fetch_add(&((looped_t *)arg)->calls, 1);
  return WHORL_OK;
}

// Every time the loop sleeps without a deadline; only the reset can wake it.
static void *reset_a_sleeping_loops_timer(void *arg)
{
  looped_t *looped = arg;
  uint64_t seen = 0;
  for (int i = 0; i < 300; i++) {
    while (counts_of(looped->loop).parks == seen) sched_yield();
    seen = counts_of(looped->loop).parks;
    if (i % 2) CHECK_INT(WHORL_OK, whorl_timer_set_period(looped->timer, i % 4 == 1 ? 1000 : 0));
    CHECK_INT(WHORL_OK, whorl_timer_reset(looped->timer));
    while (atomic_load(&looped->calls) == i) sched_yield();
  }
  CHECK_INT(WHORL_OK, whorl_event_set(looped->stop));
  return NULL;
}

static void PAIN_09_a_reset_from_another_thread_wakes_a_sleeping_loop(void **state)
{
  looped_t looped;
  pthread_t thread;
  begin(&looped, *state);
  const whorl_timer_options_t options = {.stopped = true, .one_shot = true};
  assert_int_equal(whorl_timer_create(looped.fixture->node, 0, count_atomically, &looped, &options, &looped.timer), WHORL_OK);
  pthread_create(&thread, NULL, reset_a_sleeping_loops_timer, &looped);
  assert_int_equal(whorl_loop_run(looped.loop, stay_open, &looped), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(atomic_load(&looped.calls), 300);
  end(&looped);
}

// From another thread, straight into the context's time, as the reader of /clock does it.
static void *tick_by_hand(void *arg)
{
  looped_t *looped = arg;
  whorl__node_t *node;
  CHECK_INT(WHORL_OK, whorl__node_pin(looped->fixture->node, &node));
  whorl__ros_time_t *time = node->clock.time;
  whorl__node_unpin(node);
  whorl__ros_time_tick(time, WHORL_SECONDS(1));
  while (counts_of(looped->loop).parks == 0) sched_yield(); // all is open, and asleep
  uint64_t turns = counts_of(looped->loop).turns;
  for (int i = 1; i <= 10000; i++) whorl__ros_time_tick(time, WHORL_SECONDS(1) + i * WHORL_MILLISECONDS(1));
  CHECK_INT((int64_t)turns, (int64_t)counts_of(looped->loop).turns);
  CHECK_INT(0, atomic_load(&looped->calls));
  whorl__ros_time_tick(time, WHORL_SECONDS(1000000)); // now all of them
  while (atomic_load(&looped->calls) < 1000) sched_yield();
  CHECK_INT(WHORL_OK, whorl_event_set(looped->stop));
  return NULL;
}

static void PAIN_17_ticks_for_which_nothing_is_due_wake_nobody(void **state)
{
  looped_t looped;
  pthread_t thread;
  begin(&looped, *state);
  for (int i = 0; i < 1000; i++)
    assert_int_equal(whorl_timer_create(looped.fixture->node, WHORL_SECONDS(100 + i), count_atomically, &looped, &on_ros_time, NULL),
                     WHORL_OK);
  pthread_create(&thread, NULL, tick_by_hand, &looped);
  assert_int_equal(whorl_loop_run(looped.loop, stay_open, &looped), WHORL_OK);
  pthread_join(thread, NULL);
  end(&looped);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      CLOCK_TEST(PAIN_11_cancelled_timers_wake_nobody),
      SIM_TIME_TEST(PAIN_11_cancelled_timers_wake_nobody),
      CLOCK_TEST(PAIN_13_a_sleep_costs_no_allocation),
      SIM_TIME_TEST(PAIN_48_a_tick_with_its_timers_and_sleepers_costs_no_allocation),
      CLOCK_TEST(PAIN_21_setting_the_hosts_clock_moves_no_timer_and_no_sleep),
      CLOCK_TEST(PAIN_09_a_reset_from_another_thread_wakes_a_sleeping_loop),
      SIM_TIME_TEST(PAIN_17_ticks_for_which_nothing_is_due_wake_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
