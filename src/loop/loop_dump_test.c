// Looking at the tasks of real loops: docs/tasks.md R45. What is compared has no times in it.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "whorl/descriptor.h"
#include "whorl/loop.h"
#include "whorl/work.h"

#define CHECK(condition) check((condition), #condition, __LINE__)
static void check(bool good, const char *text, int line) // cmocka's own would jump from one stack to another
{
  if (good) return;
  fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, line, text);
  abort();
}

typedef struct world {
  whorl_loop_t loop;
  whorl_event_t event;
  pthread_barrier_t barrier;
  int pipe_ends[2];
  char text[4096];
} world_t;

static void keep(const char *line, void *arg) { strcat(strcat(((world_t *)arg)->text, line), "\n"); }

static void open_world(world_t *world, const whorl_loop_options_t *options)
{
  *world = (world_t){0};
  assert_int_equal(whorl_loop_create(options, &world->loop), WHORL_OK);
  assert_int_equal(whorl_event_create(&(whorl_event_options_t){.name = "arm up"}, &world->event), WHORL_OK);
  assert_int_equal(pthread_barrier_init(&world->barrier, NULL, 2), 0);
  assert_int_equal(pipe(world->pipe_ends), 0);
}

static void close_world(world_t *world)
{
  close(world->pipe_ends[0]);
  close(world->pipe_ends[1]);
  pthread_barrier_destroy(&world->barrier);
  (void)whorl_event_destroy(world->event);
  assert_int_equal(whorl_loop_destroy(world->loop), WHORL_OK);
}

// --- From another thread, while the loop is stuck

static void *looks_on(void *arg)
{
  world_t *world = arg;
  pthread_barrier_wait(&world->barrier);
  CHECK(whorl_loop_dump(world->loop, keep, world) == WHORL_OK);
  pthread_barrier_wait(&world->barrier);
  return NULL;
}

static int is_stuck(void *arg)
{
  world_t *world = arg;
  pthread_barrier_wait(&world->barrier);
  pthread_barrier_wait(&world->barrier);
  return WHORL_OK;
}

static void R45_another_thread_sees_what_a_loop_is_stuck_in(void **state)
{
  (void)state;
  world_t world;
  pthread_t thread;
  open_world(&world, &(whorl_loop_options_t){.name = "arms"});
  assert_int_equal(pthread_create(&thread, NULL, looks_on, &world), 0);
  assert_int_equal(whorl_loop_run(world.loop, is_stuck, &world), WHORL_OK);
  pthread_join(thread, NULL);
  assert_non_null(strstr(world.text, "#1 'main' on 'arms': running "));
  close_world(&world);
}

// --- While everything changes: for the sanitizers

enum { DUMPS = 200 };

static void look_at(const char *line, void *arg) { CHECK(strlen(line) > 0 && arg != NULL); }

static void *looks_many_times(void *arg)
{
  world_t *world = arg;
  for (int i = 0; i < DUMPS; i++) CHECK(whorl_loop_dump(world->loop, look_at, world) == WHORL_OK);
  whorl_event_set(world->event);
  return NULL;
}

static int gives_up_soon(void *arg)
{
  whorl_event_t never;
  whorl_timeout_t timeout;
  (void)arg;
  int status = whorl_event_create(NULL, &never);
  if (status < 0) return status;
  whorl_timeout_open(&timeout, WHORL_MICROSECONDS(20));
  status = whorl_timeout_close(&timeout, whorl_event_wait(never));
  whorl_event_destroy(never);
  return status == WHORL_TIMED_OUT ? WHORL_OK : status;
}

static int keeps_changing(void *arg)
{
  world_t *world = arg;
  while (!whorl_event_is_set(world->event)) {
    whorl_task_group_t group;
    whorl_task_group_open(&group);
    for (int i = 0; i < 5; i++) whorl_task_group_spawn(&group, gives_up_soon, NULL);
    int status = whorl_task_group_close(&group, WHORL_OK);
    if (status < 0) return status;
  }
  return WHORL_OK;
}

static void R45_dumps_do_not_disturb(void **state)
{
  (void)state;
  world_t world;
  pthread_t thread;
  open_world(&world, NULL);
  assert_int_equal(pthread_create(&thread, NULL, looks_many_times, &world), 0);
  assert_int_equal(whorl_loop_run(world.loop, keeps_changing, &world), WHORL_OK);
  pthread_join(thread, NULL);
  close_world(&world);
}

// --- What the tasks of a loop wait for

static int job(void *arg)
{
  world_t *world = arg;
  pthread_barrier_wait(&world->barrier);
  CHECK(whorl_loop_dump(world->loop, keep, world) == WHORL_OK);
  pthread_barrier_wait(&world->barrier);
  return WHORL_OK;
}

static int works(void *arg) { return whorl_work(job, arg); }
static int reads(void *arg) { return whorl_wait_readable(((world_t *)arg)->pipe_ends[0]); }

static int waits_for_both(void *arg)
{
  world_t *world = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn_with_options(&group, reads, world, &(whorl_task_options_t){.name = "reader"}, NULL, "here");
  whorl_task_group_spawn_with_options(&group, works, world, &(whorl_task_options_t){.name = "worker"}, NULL, "here");
  int status = whorl_yield(); // both wait by then
  pthread_barrier_wait(&world->barrier);
  pthread_barrier_wait(&world->barrier);
  whorl_task_group_cancel(&group);
  return whorl_task_group_close(&group, status);
}

static void R45_descriptors_and_jobs_have_holders(void **state)
{
  (void)state;
  world_t world;
  char edge[80];
  open_world(&world, NULL);
  assert_int_equal(whorl_loop_run(world.loop, waits_for_both, &world), WHORL_OK);
  snprintf(edge, sizeof edge, " 'reader' -> the kernel: descriptor %d readable\n", world.pipe_ends[0]);
  assert_non_null(strstr(world.text, edge));
  assert_non_null(strstr(world.text, " 'worker' -> a thread of the pool: blocking work\n"));
  close_world(&world);
}

// --- Asked for by a signal

static void keep_and_wake(const char *line, void *arg)
{
  world_t *world = arg;
  keep(line, arg);
  if (strstr(line, "'main' -> ") != NULL) whorl_event_set(world->event);
}

static int asks_by_signal(void *arg)
{
  world_t *world = arg;
  raise(SIGUSR1);
  return whorl_event_wait(world->event);
}

static void R45_a_signal_asks_for_a_dump(void **state)
{
  (void)state;
  static world_t world;
  open_world(&world, &(whorl_loop_options_t){.name = "arms", .dump_signal = SIGUSR1, .dump_sink = keep_and_wake, .dump_arg = &world});
  for (int i = 0; i < 2; i++) { // also in its second run
    world.text[0] = '\0';
    assert_int_equal(whorl_loop_run(world.loop, asks_by_signal, &world), WHORL_OK);
    assert_non_null(strstr(world.text, " 'main' -> anybody: event 'arm up'\n"));
    whorl_event_reset(world.event);
  }
  close_world(&world);
}

static void a_signal_that_cannot_be_watched_is_refused(void **state)
{
  (void)state;
  static const int numbers[] = {SIGKILL, -1, 12345};
  whorl_loop_t loop;
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    assert_int_equal(whorl_loop_create(&(whorl_loop_options_t){.dump_signal = numbers[i], .dump_sink = keep}, &loop),
                     WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_loop_create(&(whorl_loop_options_t){.dump_signal = SIGUSR1}, &loop), WHORL_INVALID_ARGUMENT);
}

// --- Counters

static int yields_thrice(void *arg)
{
  (void)arg;
  for (int i = 0; i < 3; i++) {
    int status = whorl_yield();
    if (status < 0) return status;
  }
  return WHORL_OK;
}

static void counts_tell_what_a_loop_did(void **state)
{
  (void)state;
  world_t world;
  whorl_loop_counts_t before, after;
  open_world(&world, NULL);
  assert_int_equal(whorl_loop_read_counts(world.loop, &before), WHORL_OK);
  assert_int_equal(before.tasks + before.runs + before.turns + before.live_tasks, 0);
  assert_int_equal(whorl_loop_run(world.loop, yields_thrice, NULL), WHORL_OK);
  assert_int_equal(whorl_loop_read_counts(world.loop, &after), WHORL_OK);
  assert_int_equal(after.tasks, 1);
  assert_int_equal(after.runs, 4);
  assert_int_equal(after.forced_yields, 0);
  assert_int_equal(after.live_tasks, 0);
  assert_true(after.turns >= 4);
  assert_int_equal(whorl_loop_read_counts(world.loop, NULL), WHORL_INVALID_ARGUMENT);
  close_world(&world);
  assert_int_equal(whorl_loop_read_counts(world.loop, &after), WHORL_DESTROYED);
  assert_int_equal(whorl_loop_dump(world.loop, keep, &world), WHORL_DESTROYED);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R45_another_thread_sees_what_a_loop_is_stuck_in), cmocka_unit_test(R45_dumps_do_not_disturb),
      cmocka_unit_test(R45_descriptors_and_jobs_have_holders),           cmocka_unit_test(R45_a_signal_asks_for_a_dump),
      cmocka_unit_test(a_signal_that_cannot_be_watched_is_refused),      cmocka_unit_test(counts_tell_what_a_loop_did),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
