// The lock of short sections: a waiter that looks for the last time, and says that he waits, just when the lock is given back. It takes some hundred thousand rounds until a CPU that
// changes the order of the two steps of either is caught.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "base/lock_testing.h"

enum { ROUNDS = 1000000, LONGEST_HOLD = 8000 };

typedef struct meeting {
  whorl__lock_t lock;
  atomic_int begun, ended; // rounds
} meeting_t;

static void *wait_each_round(void *arg)
{
  meeting_t *meeting = arg;
  for (int round = 1; round <= ROUNDS; round++) {
    while (atomic_load(&meeting->begun) < round) sched_yield();
    whorl__lock(&meeting->lock);
    whorl__unlock(&meeting->lock);
    atomic_store(&meeting->ended, round);
  }
  return NULL;
}

// Nobody takes the lock after him before he has had it: who is forgotten once sleeps for ever.
static void nobody_is_forgotten_who_comes_as_it_is_given_back(void **state)
{
  (void)state;
  meeting_t meeting = {0};
  pthread_t thread;
  uint32_t seed = 1;
  whorl__lock_init(&meeting.lock);
  assert_int_equal(pthread_create(&thread, NULL, wait_each_round, &meeting), 0);
  for (int round = 1; round <= ROUNDS; round++) {
    whorl__lock(&meeting.lock);
    atomic_store(&meeting.begun, round);
    seed = seed * 1664525u + 1013904223u;
    for (uint32_t i = (seed >> 8) % LONGEST_HOLD; i > 0; i--) __asm__ volatile("");
    whorl__unlock(&meeting.lock);
    while (atomic_load(&meeting.ended) < round) sched_yield();
  }
  pthread_join(thread, NULL);
  whorl__lock_fini(&meeting.lock);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(nobody_is_forgotten_who_comes_as_it_is_given_back)};
  return RUN_BOTH_WAYS(tests);
}
