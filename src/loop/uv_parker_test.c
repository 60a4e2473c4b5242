// The libuv parker under a core: what wakes it, and how often it is written to.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop/uv_parker.h"
#include "task/core.h"
#include "task/scope.h"
#include "whorl/status.h"
#include "whorl/task.h"
#include "whorl/time.h"

typedef struct world {
  uv_loop_t uv;
  whorl__uv_parker_t parker;
  whorl__core_t *core;
  whorl_event_t event;
  whorl_task_function_t main;
  int status;
  bool ended;
  // A task that holds its thread, and the one that lets it go.
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool busy, free;
  int values[8];
} world_t;

static int setup(void **state)
{
  static world_t world;
  world = (world_t){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
  assert_int_equal(uv_loop_init(&world.uv), 0);
  assert_int_equal(whorl__uv_parker_open(&world.parker, &world.uv), WHORL_OK);
  assert_int_equal(whorl__uv_parker_attach(&world.parker), WHORL_OK);
  assert_int_equal(whorl__core_create(&(whorl__core_options_t){.parker = &world.parker.base, .name = "uv"}, &world.core), WHORL_OK);
  assert_int_equal(whorl_event_create(NULL, &world.event), WHORL_OK);
  *state = &world;
  return 0;
}

static int teardown(void **state)
{
  world_t *world = *state;
  whorl_event_destroy(world->event);
  whorl__core_destroy(world->core);
  whorl__uv_parker_detach(&world->parker);
  whorl__uv_parker_close(&world->parker);
  return uv_loop_close(&world->uv);
}

#define PARKER_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

static int run_main(void *arg)
{
  world_t *world = arg;
  world->status = world->main(world);
  world->ended = true;
  return WHORL_OK;
}

static bool has_ended(void *arg) { return ((world_t *)arg)->ended; }

static int run(world_t *world, whorl_task_function_t function)
{
  world->main = function;
  world->ended = false;
  assert_int_equal(whorl__scope_spawn(whorl__core_root(world->core), run_main, world, NULL, NULL, "test"), WHORL_OK);
  assert_int_equal(whorl__core_run(world->core, has_ended, world), WHORL_OK);
  return world->status;
}

static uint64_t parks(world_t *world) { return whorl__core_read_counts(world->core).parks; }

// --- Idle

static int sleep_a_while(void *arg)
{
  world_t *world = arg;
  uint64_t before = parks(world);
  int status = whorl_sleep(WHORL_MILLISECONDS(30));
  world->values[0] = (int)(parks(world) - before);
  return status;
}

static void an_idle_loop_makes_no_wake_ups_of_its_own(void **state)
{
  world_t *world = *state;
  assert_int_equal(run(world, sleep_a_while), WHORL_OK);
  assert_int_equal(world->values[0], 1); // one park for all of it
  assert_int_equal(atomic_load(&world->parker.wakes), 0);
}

static int sleep_again_and_again(void *arg)
{
  world_t *world = arg;
  int64_t begin = whorl_now_ns();
  for (int i = 1; i <= 20; i++) {
    WHORL_TRY(whorl_sleep_until(begin + i * WHORL_MICROSECONDS(500)));
    if (whorl_now_ns() < begin + i * WHORL_MICROSECONDS(500)) world->values[1]++; // early
  }
  return WHORL_OK;
}

static void deadlines_need_no_descriptor_to_be_written(void **state)
{
  world_t *world = *state;
  assert_int_equal(run(world, sleep_again_and_again), WHORL_OK);
  assert_int_equal(world->values[1], 0);
  assert_int_equal(atomic_load(&world->parker.wakes), 0);
}

static int cancel_a_sleep(void *arg)
{
  (void)arg;
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_MILLISECONDS(1));
  int status = whorl_sleep(WHORL_SECONDS(3600)); // the timerfd was armed for the earlier one
  return whorl_timeout_close(&timeout, status) == WHORL_TIMED_OUT ? whorl_sleep(WHORL_MILLISECONDS(1)) : WHORL_WRONG_STATE;
}

static void the_earliest_deadline_counts(void **state) { assert_int_equal(run(*state, cancel_a_sleep), WHORL_OK); }

// --- The timer

static void begin_with_a_head_start(world_t *world)
{
  whorl__head_start_t *head_start = &world->parker.base.head_start;
  for (int i = 0; i < WHORL__HEAD_START_WAKES; i++) whorl__head_start_learn(head_start, 0, WHORL_SECONDS(1));
}

static int sleep_with_a_head_start(void *arg)
{
  world_t *world = arg;
  uint64_t before = parks(world);
  for (int i = 0; i < 50; i++) {
    int64_t until_ns = whorl_now_ns() + WHORL_MILLISECONDS(2);
    begin_with_a_head_start(world);
    WHORL_TRY(whorl_sleep_until(until_ns));
    if (whorl_now_ns() < until_ns) world->values[1]++;
  }
  world->values[0] = (int)(parks(world) - before);
  return WHORL_OK;
}

static void a_head_start_makes_nothing_early_and_no_second_park(void **state)
{
  world_t *world = *state;
  assert_int_equal(run(world, sleep_with_a_head_start), WHORL_OK);
  assert_int_equal(world->values[1], 0);
  assert_true(world->values[0] <= 50);
}

static bool is_readable(int fd) { return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) > 0; }

// Armed, and gone off while its thread did not park: `until_ns` is yet to come then, by as much as the head start is.
static int64_t let_the_timer_go_off(world_t *world)
{
  int64_t until_ns = whorl_now_ns() + WHORL_MILLISECONDS(2);
  whorl__parker_unpark(&world->parker.base);
  whorl__parker_park(&world->parker.base, until_ns);
  while (!is_readable(world->parker.timer_fd)) {}
  return until_ns;
}

static void a_timer_that_goes_off_while_its_thread_is_busy_teaches_nothing(void **state)
{
  world_t *world = *state;
  begin_with_a_head_start(world);
  whorl__parker_park(&world->parker.base, let_the_timer_go_off(world));
  assert_int_equal(world->parker.base.head_start.least_ns, WHORL__HEAD_START_MOST_NS);
}

static void who_settles_has_no_head_start(void **state) // he could not wait for the rest of it
{
  world_t *world = *state;
  int64_t until_ns = whorl_now_ns() + WHORL_SECONDS(3600);
  begin_with_a_head_start(world);
  assert_true(whorl__uv_parker_settle(&world->parker, until_ns));
  assert_int_equal(world->parker.asked_ns, until_ns);
  whorl__uv_parker_unsettle(&world->parker);
}

static void a_timer_that_has_gone_off_is_readable_until_it_is_armed_or_seen_again(void **state)
{
  world_t *world = *state;
  (void)let_the_timer_go_off(world);
  whorl__parker_park(&world->parker.base, 0);
  whorl__uv_parker_arm(&world->parker, WHORL_FOREVER);
  assert_false(is_readable(world->parker.timer_fd));
  (void)let_the_timer_go_off(world);
  whorl__parker_park(&world->parker.base, 0);
  whorl__parker_park(&world->parker.base, 0);
  assert_false(is_readable(world->parker.timer_fd));
}

// --- Producers

static int wait_for_event(void *arg) { return whorl_event_wait(((world_t *)arg)->event); }

static bool is_parked(world_t *world) { return atomic_load(&world->parker.token) == 2; }

static void *set_when_parked(void *arg)
{
  world_t *world = arg;
  while (!is_parked(world)) sched_yield();
  whorl_event_set(world->event);
  whorl_event_set(world->event);
  whorl_event_set(world->event);
  return NULL;
}

static void one_write_wakes_a_parked_owner(void **state)
{
  world_t *world = *state;
  pthread_t thread;
  for (unsigned i = 1; i <= 50; i++) {
    whorl_event_reset(world->event);
    assert_int_equal(pthread_create(&thread, NULL, set_when_parked, world), 0);
    assert_int_equal(run(world, wait_for_event), WHORL_OK);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&world->parker.wakes), i); // three events, one write
  }
}

typedef struct counted_post {
  whorl__post_t post;
  world_t *world;
} counted_post_t;

static void count_post(whorl__post_t *post, bool closed)
{
  (void)closed;
  WHORL__CONTAINER(post, counted_post_t, post)->world->values[2]++;
}

enum { POSTS = 100 };
static counted_post_t posts[POSTS];

static void *post_while_it_runs(void *arg)
{
  world_t *world = arg;
  pthread_mutex_lock(&world->lock);
  while (!world->busy) pthread_cond_wait(&world->changed, &world->lock);
  for (int i = 0; i < POSTS; i++) {
    posts[i] = (counted_post_t){.post.run = count_post, .world = world};
    whorl__core_post(world->core, &posts[i].post);
  }
  world->free = true;
  pthread_cond_broadcast(&world->changed);
  pthread_mutex_unlock(&world->lock);
  return NULL;
}

static int hold_the_thread(void *arg)
{
  world_t *world = arg;
  pthread_mutex_lock(&world->lock);
  world->busy = true;
  pthread_cond_broadcast(&world->changed);
  while (!world->free) pthread_cond_wait(&world->changed, &world->lock);
  pthread_mutex_unlock(&world->lock);
  for (int i = 0; i < 3; i++) WHORL_TRY(whorl_yield());
  return WHORL_OK;
}

static void a_running_owner_is_not_written_to(void **state)
{
  world_t *world = *state;
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, post_while_it_runs, world), 0);
  assert_int_equal(run(world, hold_the_thread), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(world->values[2], POSTS);
  assert_int_equal(atomic_load(&world->parker.wakes), 0);
}

// --- Other handles of the loop

static void on_other(uv_poll_t *handle, int status, int events)
{
  (void)status;
  (void)events;
  char byte;
  world_t *world = handle->data;
  world->values[3] = (int)read(world->values[4], &byte, 1);
  whorl_event_set(world->event);
}

static void other_handles_of_the_loop_are_served_while_it_is_parked(void **state)
{
  world_t *world = *state;
  uv_poll_t other;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  world->values[4] = ends[0];
  assert_int_equal(uv_poll_init(&world->uv, &other, ends[0]), 0);
  other.data = world;
  assert_int_equal(uv_poll_start(&other, UV_READABLE, on_other), 0);
  assert_int_equal(write(ends[1], "x", 1), 1);
  assert_int_equal(run(world, wait_for_event), WHORL_OK);
  assert_int_equal(world->values[3], 1);
  assert_int_equal(atomic_load(&world->parker.wakes),
                   1); // by its own thread: a callback cannot know whether the loop is about to poll or has polled
  uv_close((uv_handle_t *)&other, NULL);
  uv_run(&world->uv, UV_RUN_NOWAIT);
  close(ends[0]);
  close(ends[1]);
}

static int yield_until_served(void *arg)
{
  world_t *world = arg;
  for (int i = 0; i < 1000000 && !whorl_event_is_set(world->event); i++) WHORL_TRY(whorl_yield());
  return whorl_event_is_set(world->event) ? WHORL_OK : WHORL_TIMED_OUT;
}

static void and_while_it_is_busy(void **state)
{
  world_t *world = *state;
  uv_poll_t other;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  world->values[4] = ends[0];
  assert_int_equal(uv_poll_init(&world->uv, &other, ends[0]), 0);
  other.data = world;
  assert_int_equal(uv_poll_start(&other, UV_READABLE, on_other), 0);
  assert_int_equal(write(ends[1], "x", 1), 1);
  assert_int_equal(run(world, yield_until_served), WHORL_OK);
  uv_close((uv_handle_t *)&other, NULL);
  uv_run(&world->uv, UV_RUN_NOWAIT);
  close(ends[0]);
  close(ends[1]);
}

// --- The end

static void an_unpark_after_the_close_writes_to_nobodys_descriptor(void **state)
{
  (void)state;
  static whorl__uv_parker_t parker;
  uv_loop_t uv;
  assert_int_equal(uv_loop_init(&uv), 0);
  assert_int_equal(whorl__uv_parker_open(&parker, &uv), WHORL_OK);
  int number = parker.wake_fd;
  whorl__uv_parker_close(&parker);
  assert_int_equal(uv_loop_close(&uv), 0);
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(dup2(ends[1], number), number); // now the number is somebody else's
  whorl__parker_unpark(&parker.base);
  whorl__parker_unpark(&parker.base);
  assert_int_equal(atomic_load(&parker.wakes), 0);
  assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
  char byte;
  assert_int_equal(read(ends[0], &byte, 1), -1); // and got nothing
  if (number != ends[0] && number != ends[1]) close(number);
  close(ends[0]);
  close(ends[1]);
}

static void one_unpark_before_a_park_makes_that_park_return(void **state)
{
  world_t *world = *state;
  whorl__parker_unpark(&world->parker.base);
  whorl__parker_unpark(&world->parker.base);
  whorl__parker_park(&world->parker.base, WHORL_FOREVER); // would hang
  whorl__parker_park(&world->parker.base, 0);             // only looks
  assert_int_equal(atomic_load(&world->parker.wakes), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      PARKER_TEST(an_idle_loop_makes_no_wake_ups_of_its_own),
      PARKER_TEST(deadlines_need_no_descriptor_to_be_written),
      PARKER_TEST(the_earliest_deadline_counts),
      PARKER_TEST(a_head_start_makes_nothing_early_and_no_second_park),
      PARKER_TEST(a_timer_that_goes_off_while_its_thread_is_busy_teaches_nothing),
      PARKER_TEST(who_settles_has_no_head_start),
      PARKER_TEST(a_timer_that_has_gone_off_is_readable_until_it_is_armed_or_seen_again),
      PARKER_TEST(one_write_wakes_a_parked_owner),
      PARKER_TEST(a_running_owner_is_not_written_to),
      PARKER_TEST(other_handles_of_the_loop_are_served_while_it_is_parked),
      PARKER_TEST(and_while_it_is_busy),
      cmocka_unit_test(an_unpark_after_the_close_writes_to_nobodys_descriptor),
      PARKER_TEST(one_unpark_before_a_park_makes_that_park_return),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
