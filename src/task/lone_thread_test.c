// (stress) Plain threads that wait, against completers, deadlines and cancellations at any moment: one outcome, no lost wake-up (docs/tasks.md R5, R12, R27, R35).
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "task/kit.h"
#include "task/sanitizer.h"

#ifdef WHORL__TSAN
enum { ROUNDS = 2000 };
#else
enum { ROUNDS = 8000 };
#endif
enum { COMPLETERS = 2, WAITERS = 2, THREADS = COMPLETERS + WAITERS };

static whorl_future_t future;
static char values[COMPLETERS];
static pthread_barrier_t begin, done;
static atomic_int wins, losses, served, timed_out;
static int64_t limit_ns;
static void *got[WAITERS];

static void completes(int who)
{
  int status = whorl_future_complete(future, WHORL_OK, &values[who]);
  CHECK(status == WHORL_OK || status == WHORL_ALREADY_COMPLETED);
  atomic_fetch_add(status == WHORL_OK ? &wins : &losses, 1);
}

static void waits(int who)
{
  whorl_timeout_t limit;
  void *value = NULL;
  whorl_timeout_open(&limit, limit_ns);
  int status = whorl_timeout_close(&limit, whorl_future_wait(future, &value));
  CHECK(status == WHORL_OK || (status == WHORL_TIMED_OUT && limit_ns < WHORL_SECONDS(1)));
  CHECK((status == WHORL_OK) == (value != NULL)); // CANCELED means that it did not happen
  atomic_fetch_add(status == WHORL_OK ? &served : &timed_out, 1);
  got[who] = value;
}

static void *plays(void *arg)
{
  int who = (int)(intptr_t)arg;
  for (int i = 0; i < ROUNDS; i++) {
    pthread_barrier_wait(&begin);
    if (who < COMPLETERS)
      completes(who);
    else
      waits(who - COMPLETERS);
    pthread_barrier_wait(&done);
  }
  return NULL;
}

// In every third round nobody's limit is near, so every waiter must be served; else the limits fall into the race.
static void one_round(int i)
{
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &future));
  limit_ns = i % 3 == 0 ? WHORL_SECONDS(600) : WHORL_MICROSECONDS(i % 40);
  int before = atomic_load(&served);
  pthread_barrier_wait(&begin);
  pthread_barrier_wait(&done);
  if (i % 3 == 0) CHECK_INT(before + WAITERS, atomic_load(&served));
  for (int k = 0; k < WAITERS; k++) CHECK(got[k] == NULL || got[0] == NULL || got[k] == got[0]); // one winner
  CHECK_INT(WHORL_OK, whorl_future_destroy(future));
}

static void R35_R27_two_completers_and_two_waiting_threads_with_limits(void **state)
{
  (void)state;
  pthread_t threads[THREADS];
  pthread_barrier_init(&begin, NULL, THREADS + 1);
  pthread_barrier_init(&done, NULL, THREADS + 1);
  for (intptr_t i = 0; i < THREADS; i++) assert_int_equal(0, pthread_create(&threads[i], NULL, plays, (void *)i));
  for (int i = 0; i < ROUNDS; i++) one_round(i);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&begin);
  pthread_barrier_destroy(&done);
  assert_int_equal(ROUNDS, atomic_load(&wins));
  assert_int_equal(ROUNDS, atomic_load(&losses));
  assert_int_equal(WAITERS * ROUNDS, atomic_load(&served) + atomic_load(&timed_out));
}

// --- A limit that another thread cancels, over and over

static whorl_timeout_t *_Atomic open_limit;

static void *cancels_what_is_open(void *arg)
{
  for (whorl_timeout_t *limit; (limit = atomic_load(&open_limit)) != arg;) {
    if (limit == NULL || !atomic_compare_exchange_strong(&open_limit, &limit, NULL)) {
      sched_yield();
      continue;
    }
    whorl_timeout_cancel(limit);
    whorl_timeout_cancel(limit);
    atomic_fetch_add(&wins, 1);
  }
  return NULL;
}

static void R35_R12_a_waiting_thread_whose_limit_is_cancelled(void **state)
{
  (void)state;
  static whorl_timeout_t the_end;
  pthread_t thread;
  atomic_store(&wins, 0);
  assert_int_equal(0, pthread_create(&thread, NULL, cancels_what_is_open, &the_end));
  for (int i = 0; i < ROUNDS; i++) {
    whorl_timeout_t limit;
    whorl_timeout_open(&limit, WHORL_SECONDS(600));
    atomic_store(&open_limit, &limit);
    int status = whorl_sleep(WHORL_FOREVER);
    while (atomic_load(&wins) <= i) sched_yield(); // the limit is the thread's no longer
    assert_int_equal(WHORL_CANCELED, status);
    assert_int_equal(WHORL_OK, whorl_timeout_close(&limit, status));
  }
  atomic_store(&open_limit, &the_end);
  pthread_join(thread, NULL);
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R35_R27_two_completers_and_two_waiting_threads_with_limits),
      cmocka_unit_test(R35_R12_a_waiting_thread_whose_limit_is_cancelled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
