// Loops: real ones, on real threads, with limits only against hanging. What a test waits for is an event or a thread's end, never time.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/detail.h"
#include "base/memory.h"
#include "whorl/loop.h"
#include "whorl/time.h"

typedef struct world {
  whorl_loop_t loop, other;
  whorl_event_t event, second_event;
  atomic_int count;
  int status, values[64];
  int64_t times[64];
} world_t;

static int setup(void **state)
{
  static world_t world;
  world = (world_t){0};
  assert_int_equal(whorl_loop_create(NULL, &world.loop), WHORL_OK);
  assert_int_equal(whorl_loop_create(&(whorl_loop_options_t){.name = "other"}, &world.other), WHORL_OK);
  assert_int_equal(whorl_event_create(NULL, &world.event), WHORL_OK);
  assert_int_equal(whorl_event_create(NULL, &world.second_event), WHORL_OK);
  *state = &world;
  return 0;
}

static int teardown(void **state)
{
  world_t *world = *state;
  whorl_event_destroy(world->event);
  whorl_event_destroy(world->second_event);
  (void)whorl_loop_destroy(world->other);
  int status = whorl_loop_destroy(world->loop);
  return status == WHORL_OK || status == WHORL_DESTROYED ? 0 : -1;
}

#define LOOP_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

static pthread_t start(void *(*function)(void *arg), void *arg)
{
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, function, arg), 0);
  return thread;
}

static void set_event(void *arg) { whorl_event_set(((world_t *)arg)->event); }
static int wait_for_event(void *arg) { return whorl_event_wait(((world_t *)arg)->event); }

// --- run

static int seventeen(void *arg)
{
  (void)arg;
  return 17;
}

static int fail_with_sentence(void *arg)
{
  (void)arg;
  return whorl__fail(WHORL_IO_ERROR, "the disk is full");
}

static void run_returns_the_functions_result_and_sentence(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_loop_run(world->loop, seventeen, NULL), 17);
  assert_int_equal(whorl_loop_run(world->loop, fail_with_sentence, NULL), WHORL_IO_ERROR);
  assert_string_equal(whorl_detail(), "the disk is full");
  assert_int_equal(whorl_loop_run(world->loop, seventeen, NULL), 17); // as often as you like
}

static int run_nested(void *arg)
{
  world_t *world = arg;
  assert_int_equal(whorl_loop_run(world->loop, seventeen, NULL), WHORL_BUSY);
  assert_int_equal(whorl_loop_run(world->other, seventeen, NULL), WHORL_BUSY);
  assert_non_null(strstr(whorl_detail(), "this thread"));
  assert_int_equal(whorl_loop_destroy(world->loop), WHORL_BUSY);
  return whorl_sleep(WHORL_MICROSECONDS(100)); // nothing has suffered
}

static void a_nested_run_and_destroying_a_running_loop_are_refused(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_loop_run(world->loop, run_nested, world), WHORL_OK);
  assert_int_equal(whorl_loop_run(world->other, seventeen, NULL), 17);
}

static void *run_from_elsewhere(void *arg)
{
  world_t *world = arg;
  world->values[0] = whorl_loop_run(world->loop, seventeen, NULL);
  world->values[1] = whorl_loop_destroy(world->loop);
  world->values[2] = whorl_loop_run(world->other, seventeen, NULL); // another loop is another thing
  set_event(world);
  return NULL;
}

static int let_another_thread_try(void *arg)
{
  pthread_t thread = start(run_from_elsewhere, arg);
  int status = wait_for_event(arg);
  pthread_join(thread, NULL);
  return status;
}

static void a_second_thread_is_refused(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_loop_run(world->loop, let_another_thread_try, world), WHORL_OK);
  assert_int_equal(world->values[0], WHORL_BUSY);
  assert_int_equal(world->values[1], WHORL_BUSY);
  assert_int_equal(world->values[2], 17);
}

static void *run_to_the_end(void *arg)
{
  world_t *world = arg;
  world->status = whorl_loop_run(world->loop, wait_for_event, world);
  return NULL;
}

static void a_loop_may_run_on_one_thread_after_the_other(void **state)
{
  world_t *world = *state;
  for (int i = 0; i < 20; i++) {
    whorl_event_reset(world->event);
    pthread_t thread = start(run_to_the_end, world);
    set_event(world);
    pthread_join(thread, NULL);
    assert_int_equal(world->status, WHORL_OK);
    assert_int_equal(whorl_loop_run(world->loop, seventeen, NULL), 17);
  }
}

static int remember_the_name(void *arg)
{
  (void)arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void a_loops_name_need_not_outlive_its_creation(void **state)
{
  (void)state;
  char name[200];
  memset(name, 'n', sizeof name);
  name[sizeof name - 1] = '\0';
  whorl_loop_t loop;
  assert_int_equal(whorl_loop_create(&(whorl_loop_options_t){.name = name}, &loop), WHORL_OK);
  memset(name, '?', sizeof name - 1);
  assert_int_equal(whorl_loop_run(loop, remember_the_name, NULL), WHORL_OK);
  assert_int_equal(whorl_loop_destroy(loop), WHORL_OK);
}

static int outlive(void *arg)
{
  world_t *world = arg;
  int status = whorl_sleep(WHORL_MICROSECONDS(200));
  world->values[3] = 1;
  return status;
}
static int spawn_one_that_outlives_the_function(void *arg)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, outlive, arg);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void run_ends_when_all_that_was_started_has_ended(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_loop_run(world->loop, spawn_one_that_outlives_the_function, world), WHORL_OK);
  assert_int_equal(world->values[3], 1);
}

// --- cancel

static void cancelled_before_it_runs_the_function_never_starts(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_loop_cancel(world->loop), WHORL_OK);
  assert_int_equal(whorl_loop_run(world->loop, seventeen, NULL), WHORL_CANCELED);
  assert_non_null(strstr(whorl_detail(), "cancelled"));
  assert_int_equal(whorl_loop_run(world->loop, seventeen, NULL), 17); // it is used up
}

static void *cancel_the_loop(void *arg)
{
  whorl_loop_cancel(((world_t *)arg)->loop);
  return NULL;
}

static int wait_to_be_cancelled(void *arg)
{
  world_t *world = arg;
  pthread_t thread = start(cancel_the_loop, world);
  int status = wait_for_event(world);
  pthread_join(thread, NULL);
  return status;
}

static void cancelled_from_another_thread_its_waits_end(void **state)
{
  world_t *world = *state;
  for (int i = 0; i < 100; i++) {
    assert_int_equal(whorl_loop_run(world->loop, wait_to_be_cancelled, world), WHORL_CANCELED);
  }
  assert_int_equal(whorl_loop_run(world->loop, seventeen, NULL), 17);
}

// A cancel that meets the end or the next start ends at most one run.
static void *cancel_often(void *arg)
{
  world_t *world = arg;
  for (int i = 0; i < 500; i++) whorl_loop_cancel(world->loop);
  return NULL;
}

static void cancels_that_race_with_runs_end_runs_or_nothing(void **state)
{
  world_t *world = *state;
  pthread_t thread = start(cancel_often, world);
  for (int i = 0; i < 200; i++) {
    int status = whorl_loop_run(world->loop, seventeen, NULL);
    if (status != 17) assert_int_equal(status, WHORL_CANCELED);
  }
  pthread_join(thread, NULL);
  (void)whorl_loop_run(world->loop, seventeen, NULL);
  assert_int_equal(whorl_loop_run(world->loop, seventeen, NULL), 17);
}

// --- post

enum { POSTS = 2000 };

typedef struct poster {
  world_t *world;
  int posted, next;
  bool in_order;
} poster_t;

typedef struct numbered {
  poster_t *poster;
  int number;
} numbered_t;

static void check_order(void *arg)
{
  numbered_t *numbered = arg;
  if (numbered->number != numbered->poster->next++) numbered->poster->in_order = false;
  if (atomic_fetch_add(&numbered->poster->world->count, 1) + 1 == 2 * POSTS) set_event(numbered->poster->world);
  free(numbered);
}

static void *post_in_order(void *arg)
{
  poster_t *poster = arg;
  for (int i = 0; i < POSTS; i++) {
    numbered_t *numbered = malloc(sizeof *numbered);
    *numbered = (numbered_t){poster, i};
    if (whorl_loop_post(poster->world->loop, check_order, numbered, NULL) == WHORL_OK)
      poster->posted++;
    else
      free(numbered);
  }
  return NULL;
}

static void posts_of_two_threads_run_in_each_ones_order(void **state)
{
  world_t *world = *state;
  poster_t posters[2] = {{.world = world, .in_order = true}, {.world = world, .in_order = true}};
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) threads[i] = start(post_in_order, &posters[i]);
  assert_int_equal(whorl_loop_run(world->loop, wait_for_event, world), WHORL_OK);
  for (int i = 0; i < 2; i++) {
    pthread_join(threads[i], NULL);
    assert_int_equal(posters[i].posted, POSTS);
    assert_true(posters[i].in_order);
  }
  assert_int_equal(atomic_load(&world->count), 2 * POSTS);
}

static atomic_int posts_run, posts_released;
static void run_post(void *arg)
{
  atomic_fetch_add(&posts_run, 1);
  if (arg != NULL) set_event(arg);
}
static void release_post(void *arg)
{
  (void)arg;
  atomic_fetch_add(&posts_released, 1);
}

static void *post_until_closed(void *arg)
{
  world_t *world = arg;
  int posted = 0, status;
  do {
    status = whorl_loop_post(world->loop, run_post, posted == 10 ? world : NULL, release_post); // the tenth ends the main task
    posted++;
  } while (status == WHORL_OK);
  world->values[0] = posted;
  world->status = status;
  return NULL;
}

static void every_post_runs_or_is_only_released_while_the_loop_goes_away(void **state)
{
  world_t *world = *state;
  int64_t blocks = whorl__memory_blocks();
  atomic_store(&posts_run, 0);
  atomic_store(&posts_released, 0);
  pthread_t thread = start(post_until_closed, world);
  assert_int_equal(whorl_loop_run(world->loop, wait_for_event, world), WHORL_OK);
  assert_int_equal(whorl_loop_destroy(world->loop), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(world->status, WHORL_CLOSED);
  assert_int_equal(atomic_load(&posts_released), world->values[0]); // each one once
  assert_true(atomic_load(&posts_run) <= world->values[0] - 1);
  assert_true(atomic_load(&posts_run) >= 11);
  assert_true(whorl__memory_blocks() <= blocks);
}

static void posts_before_the_first_run_wait_for_it(void **state)
{
  world_t *world = *state;
  atomic_store(&posts_run, 0);
  atomic_store(&posts_released, 0);
  for (int i = 0; i < 3; i++) assert_int_equal(whorl_loop_post(world->loop, run_post, NULL, release_post), WHORL_OK);
  assert_int_equal(atomic_load(&posts_run), 0);
  assert_int_equal(whorl_loop_run(world->loop, seventeen, NULL), 17);
  assert_int_equal(atomic_load(&posts_run), 3);
  assert_int_equal(whorl_loop_post(world->loop, run_post, NULL, release_post), WHORL_OK); // nobody runs it any more
  assert_int_equal(whorl_loop_destroy(world->loop), WHORL_OK);
  assert_int_equal(atomic_load(&posts_run), 3);
  assert_int_equal(atomic_load(&posts_released), 4);
}

static void try_to_suspend(void *arg)
{
  world_t *world = arg;
  world->values[0] = whorl_sleep(1);
  world->values[1] = whorl_loop_run(world->other, seventeen, NULL);
  set_event(world);
}

static void a_post_runs_outside_tasks(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_loop_post(world->loop, try_to_suspend, world, NULL), WHORL_OK);
  assert_int_equal(whorl_loop_run(world->loop, wait_for_event, world), WHORL_OK);
  assert_int_equal(world->values[0], WHORL_WOULD_DEADLOCK);
  assert_int_equal(world->values[1], WHORL_BUSY);
}

// --- time

typedef struct sleeper {
  world_t *world;
  int64_t deadline_ns;
  int number;
} sleeper_t;

static int64_t clock_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return WHORL_SECONDS(now.tv_sec) + now.tv_nsec;
}

static int sleep_to_deadline(void *arg)
{
  sleeper_t *sleeper = arg;
  WHORL_TRY(whorl_sleep_until(sleeper->deadline_ns));
  int place = atomic_fetch_add(&sleeper->world->count, 1);
  sleeper->world->values[place] = sleeper->number;
  sleeper->world->times[place] = clock_ns() - sleeper->deadline_ns;
  return WHORL_OK;
}

enum { SLEEPERS = 16 };

// 1 when the machine was too slow for all of them to be asleep before the first deadline: then their order says nothing.
static int sleep_in_any_order(void *arg)
{
  static sleeper_t sleepers[SLEEPERS];
  whorl_task_group_t group;
  int64_t first = clock_ns() + WHORL_MILLISECONDS(5);
  whorl_task_group_open(&group);
  for (int i = 0; i < SLEEPERS; i++) {
    int number = (i * 7) % SLEEPERS;
    sleepers[i] = (sleeper_t){.world = arg, .deadline_ns = first + WHORL_MICROSECONDS(100) * number, .number = number};
    whorl_task_group_spawn(&group, sleep_to_deadline, &sleepers[i]);
  }
  int status = whorl_yield(); // now each has begun
  bool late = clock_ns() >= first;
  status = whorl_task_group_close(&group, status);
  return status < 0 ? status : late;
}

static void absolute_deadlines_end_in_their_order_and_never_early(void **state)
{
  world_t *world = *state;
  int late = 1;
  for (int i = 0; i < 50 && late != 0; i++) {
    atomic_store(&world->count, 0);
    late = whorl_loop_run(world->loop, sleep_in_any_order, world);
    assert_true(late >= 0);
    assert_int_equal(atomic_load(&world->count), SLEEPERS);
    for (int k = 0; k < SLEEPERS; k++) assert_true(world->times[k] >= 0);
  }
  for (int i = 0; i < SLEEPERS && late == 0; i++) assert_int_equal(world->values[i], i);
}

static int sleep_to_the_past(void *arg)
{
  (void)arg;
  WHORL_TRY(whorl_sleep_until(0));
  WHORL_TRY(whorl_sleep(-WHORL_SECONDS(1)));
  return whorl_sleep(0);
}

static void a_deadline_of_the_past_is_over_at_once(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_loop_run(world->loop, sleep_to_the_past, world), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      LOOP_TEST(run_returns_the_functions_result_and_sentence),
      LOOP_TEST(a_nested_run_and_destroying_a_running_loop_are_refused),
      LOOP_TEST(a_second_thread_is_refused),
      LOOP_TEST(a_loop_may_run_on_one_thread_after_the_other),
      LOOP_TEST(a_loops_name_need_not_outlive_its_creation),
      LOOP_TEST(run_ends_when_all_that_was_started_has_ended),
      LOOP_TEST(cancelled_before_it_runs_the_function_never_starts),
      LOOP_TEST(cancelled_from_another_thread_its_waits_end),
      LOOP_TEST(cancels_that_race_with_runs_end_runs_or_nothing),
      LOOP_TEST(posts_of_two_threads_run_in_each_ones_order),
      LOOP_TEST(every_post_runs_or_is_only_released_while_the_loop_goes_away),
      LOOP_TEST(posts_before_the_first_run_wait_for_it),
      LOOP_TEST(a_post_runs_outside_tasks),
      LOOP_TEST(absolute_deadlines_end_in_their_order_and_never_early),
      LOOP_TEST(a_deadline_of_the_past_is_over_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
