// The lock of short sections: one holder at a time, and nobody sleeps for ever.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "base/lock_testing.h"

typedef struct shared {
  whorl__lock_t lock;
  long count; // guarded by lock, as is the next
  bool inside;
  atomic_bool overlapped;
  int laps;
  bool holder_yields; // while it has the lock: others must wait, and sleep
} shared_t;

static void *add(void *arg)
{
  shared_t *shared = arg;
  for (int i = 0; i < shared->laps; i++) {
    whorl__lock(&shared->lock);
    if (shared->inside) atomic_store(&shared->overlapped, true);
    shared->inside = true;
    long before = shared->count;
    if (shared->holder_yields) sched_yield();
    shared->count = before + 1;
    shared->inside = false;
    whorl__unlock(&shared->lock);
  }
  return NULL;
}

static void run_four(shared_t *shared)
{
  enum { THREADS = 4 };
  pthread_t threads[THREADS];
  whorl__lock_init(&shared->lock);
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, add, shared), 0);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  assert_int_equal(shared->count, (long)THREADS * shared->laps);
  assert_false(shared->overlapped);
  whorl__lock_fini(&shared->lock);
}

static void one_holder_at_a_time(void **state)
{
  (void)state;
  run_four(&(shared_t){.laps = 20000});
}

static void who_waits_for_a_slow_holder_gets_it(void **state)
{
  (void)state;
  run_four(&(shared_t){.laps = 2000, .holder_yields = true});
}

static void *take_and_give(void *arg)
{
  shared_t *shared = arg;
  whorl__lock(&shared->lock);
  shared->count++;
  whorl__unlock(&shared->lock);
  return NULL;
}

static void a_sleeper_is_woken(void **state)
{
  (void)state;
  for (int i = 0; i < 200; i++) {
    shared_t shared = {.laps = 1};
    pthread_t thread;
    whorl__lock_init(&shared.lock);
    whorl__lock(&shared.lock);
    assert_int_equal(pthread_create(&thread, NULL, take_and_give, &shared), 0);
#ifndef WHORL__LOCK_IS_MUTEX
    while (atomic_load(&shared.lock.awaited) == 0) sched_yield(); // it sleeps, or is about to
#endif
    assert_int_equal(shared.count, 0);
    whorl__unlock(&shared.lock);
    pthread_join(thread, NULL);
    assert_int_equal(shared.count, 1);
    whorl__lock_fini(&shared.lock);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_holder_at_a_time),
      cmocka_unit_test(who_waits_for_a_slow_holder_gets_it),
      cmocka_unit_test(a_sleeper_is_woken),
  };
  return RUN_BOTH_WAYS(tests);
}
