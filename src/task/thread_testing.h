// A core on a futex parker, and two real threads beside it.
#ifndef WHORL_TASK_THREAD_TESTING_H
#define WHORL_TASK_THREAD_TESTING_H

#include <pthread.h>
#include <stdatomic.h>

#include "task/kit.h"

static whorl__futex_parker_t parker;
static whorl__core_t *core;
static atomic_bool ended;

static bool is_done(void *arg)
{
  (void)arg;
  return atomic_load(&ended) && whorl__core_read_counts(core).live_tasks == 0;
}

static int main_task(void *arg)
{
  (void)arg;
  kit.status = kit.function(NULL);
  atomic_store(&ended, true);
  return WHORL_OK;
}

// Runs `function` as a task while two threads run `outside`.
static void with_two_threads(whorl_task_function_t function, void *(*outside)(void *arg))
{
  pthread_t threads[2];
  atomic_store(&ended, false);
  kit.function = function;
  whorl__futex_parker_init(&parker);
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.parker = &parker.base, .name = "stress"}, &core));
  assert_int_equal(WHORL_OK,
                   whorl__scope_spawn(whorl__core_root(core), main_task, NULL, &(whorl_task_options_t){.name = "main"}, NULL, "here"));
  for (intptr_t i = 0; i < 2; i++) assert_int_equal(0, pthread_create(&threads[i], NULL, outside, (void *)i));
  assert_int_equal(WHORL_OK, whorl__core_run(core, is_done, NULL));
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  assert_int_equal(WHORL_OK, kit.status);
  whorl__core_destroy(core);
}

#endif
