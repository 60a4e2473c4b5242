// Blocking work of a simulated world where libuv's pool has a single thread (docs/tasks.md R37): which jobs have begun is the world's to say, however late a thread comes to them.
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "task/kit.h" // CHECK
#include "whorl/whorl.h"

enum { JOBS = 6, BEGUN = 4 };

static sem_t gate;
static atomic_int ran;
static int statuses[JOBS];

static int passes_the_gate(void *arg)
{
  sem_wait(&gate);
  atomic_fetch_add(&ran, 1);
  return (int)(intptr_t)arg;
}

static int works_for_a_number(void *arg)
{
  int *status = arg;
  *status = whorl_work(passes_the_gate, (void *)(status - statuses + 1));
  return WHORL_OK;
}

// The one thread is in the first job when all are cancelled: it comes to three of the begun ones only after that.
static int cancels_them(void *arg)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < JOBS; i++) whorl_task_group_spawn(&group, works_for_a_number, &statuses[i]);
  for (int i = 0; i < 3; i++) CHECK_INT(WHORL_OK, whorl_yield());
  whorl_task_group_cancel(&group);
  CHECK_INT(0, atomic_load(&ran));
  for (int i = 0; i < JOBS; i++) sem_post(&gate);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(BEGUN, atomic_load(&ran));
  for (int i = 0; i < JOBS; i++) CHECK_INT(i < BEGUN ? i + 1 : WHORL_CANCELED, statuses[i]);
  return arg == NULL ? WHORL_OK : WHORL_IO_ERROR;
}

static void R30_R37_what_has_begun_runs_although_its_thread_comes_after_the_cancellation(void **state)
{
  whorl_simulation_t world;
  (void)state;
  sem_init(&gate, 0, 0);
  assert_int_equal(WHORL_OK, whorl_simulation_create(7, &world));
  assert_int_equal(WHORL_OK, whorl_simulation_run(world, cancels_them, NULL));
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(world));
  sem_destroy(&gate);
}

int main(void)
{
  alarm(300);                                              // against hanging
  if (setenv("UV_THREADPOOL_SIZE", "1", 1) != 0) return 1; // before libuv has made its pool
  const struct CMUnitTest tests[] = {cmocka_unit_test(R30_R37_what_has_begun_runs_although_its_thread_comes_after_the_cancellation)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
