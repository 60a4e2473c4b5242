// Plain threads wait: sleeps, futures, and what a thread has of its own (docs/tasks.md R35).
#include <errno.h>
#include <stdatomic.h>

#include "base/detail.h"
#include "task/lone_testing.h"

// --- Sleeping and waiting

THREAD_TEST(R35_a_thread_sleeps_until_its_deadline)
{
  int64_t deadline = whorl_now_ns() + WHORL_MILLISECONDS(2);
  CHECK_INT(WHORL_OK, whorl_sleep_until(deadline));
  CHECK(whorl_now_ns() >= deadline);
  for (int i = 0; i < 200; i++) CHECK_INT(WHORL_OK, whorl_sleep(0)); // no budget: there is nobody to yield to
  CHECK_INT(WHORL_OK, whorl_sleep(-1));
  CHECK_INT(WHORL_OK, whorl_sleep(WHORL_MICROSECONDS(100)));
}

static void *completes(void *arg)
{
  static int value = 5;
  CHECK_INT(WHORL_OK, whorl_future_complete(*(whorl_future_t *)arg, 7, &value));
  return NULL;
}

THREAD_TEST(R35_a_thread_waits_for_a_future)
{
  pthread_t thread;
  void *value = NULL;
  whorl_future_t future = make_future();
  CHECK_INT(0, pthread_create(&thread, NULL, completes, &future));
  CHECK_INT(7, whorl_future_wait(future, &value));
  CHECK_INT(5, *(int *)value);
  CHECK_INT(7, whorl_future_wait(future, NULL)); // at once
  pthread_join(thread, NULL);
  whorl_future_destroy(future);
  CHECK_INT(WHORL_DESTROYED, whorl_future_wait(future, NULL));
}

static void *abandons(void *arg)
{
  CHECK_INT(WHORL_OK, whorl_future_abandon(*(whorl_future_t *)arg));
  return NULL;
}

static void *destroys(void *arg)
{
  CHECK_INT(WHORL_OK, whorl_future_destroy(*(whorl_future_t *)arg));
  return NULL;
}

THREAD_TEST(R35_R27_the_producer_or_the_future_goes_away)
{
  pthread_t thread;
  whorl_future_t future = make_future(), other = make_future();
  CHECK_INT(0, pthread_create(&thread, NULL, abandons, &future));
  CHECK_INT(WHORL_ABANDONED, whorl_future_wait(future, NULL));
  pthread_join(thread, NULL);
  whorl_future_destroy(future);
  CHECK_INT(0, pthread_create(&thread, NULL, destroys, &other));
  CHECK_INT(WHORL_DESTROYED, whorl_future_wait(other, NULL));
  pthread_join(thread, NULL);
}

static whorl_future_t asked, answered;

static int answers(void *arg)
{
  (void)arg;
  CHECK_INT(WHORL_OK, whorl_future_wait(asked, NULL));
  return whorl_future_complete(answered, 42, NULL);
}

static bool has_answered(void *arg)
{
  (void)arg;
  return whorl_future_is_complete(answered) && whorl__core_read_counts(kit.core).live_tasks == 0;
}

static void *asks(void *arg)
{
  CHECK_INT(WHORL_OK, whorl_future_complete(asked, WHORL_OK, NULL));
  *(int *)arg = whorl_future_wait(answered, NULL);
  return NULL;
}

static void R35_a_thread_and_a_task_wait_for_each_other(void **state)
{
  (void)state;
  int answer = 0;
  pthread_t thread;
  whorl__futex_parker_t parker;
  asked = make_future();
  answered = make_future();
  whorl__futex_parker_init(&parker);
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.parker = &parker.base, .name = "driver"}, &kit.core));
  assert_int_equal(WHORL_OK, whorl__scope_spawn(whorl__core_root(kit.core), answers, NULL, NULL, NULL, "answers"));
  assert_int_equal(0, pthread_create(&thread, NULL, asks, &answer));
  assert_int_equal(WHORL_OK, whorl__core_run(kit.core, has_answered, NULL));
  pthread_join(thread, NULL);
  assert_int_equal(42, answer);
  whorl__core_destroy(kit.core);
  whorl_future_destroy(asked);
  whorl_future_destroy(answered);
}

// --- What a thread has of its own

THREAD_TEST(R35_R38_errno_and_detail_are_the_threads)
{
  errno = 77;
  CHECK_INT(WHORL_OK, whorl_sleep(WHORL_MICROSECONDS(100)));
  CHECK_INT(77, errno);
  CHECK_TEXT("", whorl_task_name());
  CHECK(whorl__core_current() == NULL && !whorl__core_thread_is_busy());
}

static int sleeps_in_virtual_time(void *arg)
{
  (void)arg;
  CHECK(!whorl_canceled());
  return whorl_sleep(HOUR);
}

THREAD_TEST(R35_a_driver_that_the_thread_runs_does_not_see_the_threads_limits)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, 0);
  kit_open();
  CHECK_INT(WHORL_OK, kit_run(sleeps_in_virtual_time, NULL));
  kit_close();
  CHECK(whorl_canceled());
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, whorl_sleep(1)));
}

static void *sleeps_once(void *arg)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, HOUR);
  int status = whorl_timeout_close(&timeout, whorl_sleep(WHORL_MICROSECONDS(10)));
  atomic_fetch_add((atomic_int *)arg, status == WHORL_OK);
  return NULL;
}

static void R35_threads_come_and_go(void **state)
{
  (void)state;
  enum { ROUNDS = 50, TOGETHER = 4 };
  atomic_int good = 0;
  int64_t blocks = whorl__memory_blocks();
  for (int i = 0; i < ROUNDS; i++) {
    pthread_t threads[TOGETHER];
    for (int k = 0; k < TOGETHER; k++) assert_int_equal(0, pthread_create(&threads[k], NULL, sleeps_once, &good));
    for (int k = 0; k < TOGETHER; k++) pthread_join(threads[k], NULL);
  }
  assert_int_equal(ROUNDS * TOGETHER, atomic_load(&good));
  assert_int_equal(blocks, whorl__memory_blocks()); // all that a thread had went with it
}

static pthread_key_t late;

static void waits_at_the_very_end(void *arg) { atomic_store((atomic_int *)arg, whorl_sleep(WHORL_MICROSECONDS(10)) == WHORL_OK ? 2 : 3); }

static void *ends_late(void *arg)
{
  (void)whorl_sleep(1);
  pthread_setspecific(late, arg);
  return NULL;
}

static void R35_a_thread_waits_in_its_last_destructors_too(void **state)
{
  (void)state;
  atomic_int seen = 1;
  int64_t blocks = whorl__memory_blocks();
  assert_int_equal(0, pthread_key_create(&late, waits_at_the_very_end));
  in_a_thread(ends_late, &seen);
  pthread_key_delete(late);
  assert_int_equal(2, atomic_load(&seen));
  assert_int_equal(blocks, whorl__memory_blocks());
}

int main(void)
{
  static atomic_int ignored;
  alarm(300);                         // against hanging
  in_a_thread(sleeps_once, &ignored); // the first use of the library's pools
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R35_a_thread_sleeps_until_its_deadline),
      cmocka_unit_test(R35_a_thread_waits_for_a_future),
      cmocka_unit_test(R35_R27_the_producer_or_the_future_goes_away),
      cmocka_unit_test(R35_a_thread_and_a_task_wait_for_each_other),
      cmocka_unit_test(R35_R38_errno_and_detail_are_the_threads),
      cmocka_unit_test(R35_a_driver_that_the_thread_runs_does_not_see_the_threads_limits),
      cmocka_unit_test(R35_threads_come_and_go),
      cmocka_unit_test(R35_a_thread_waits_in_its_last_destructors_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
