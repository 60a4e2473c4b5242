// Whatever another thread does for a sleeping loop wakes it: pain 37 and wish 18. Each round the thread waits until the loop has nothing to do; only what the thread does then can wake it.
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop/loop.h"
#include "task/kit.h"

enum { ROUNDS = 2000 };
typedef enum way { BY_FUTURE, BY_EVENT, BY_POST, BY_CANCELLING } way_t;

static struct {
  way_t way;
  whorl_loop_t loop;
  whorl_future_t future;
  whorl_event_t event;
  whorl_task_group_t group;
  atomic_int round;
  atomic_ullong parks; // as the round began
} sleeper;

static uint64_t parks_of_the_loop(void)
{
  whorl_loop_counts_t counts = {0};
  CHECK_INT(WHORL_OK, whorl_loop_read_counts(sleeper.loop, &counts));
  return counts.parks;
}

static int sleep_for_good(void *arg)
{
  (void)arg;
  CHECK_INT(WHORL_CANCELED, whorl_sleep(WHORL_FOREVER));
  return WHORL_CANCELED;
}

static void begin_round(int round)
{
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &sleeper.future));
  CHECK_INT(WHORL_OK, whorl_event_create(NULL, &sleeper.event));
  whorl_task_group_open(&sleeper.group);
  if (sleeper.way == BY_CANCELLING) whorl_task_group_spawn(&sleeper.group, sleep_for_good, NULL);
  atomic_store(&sleeper.parks, parks_of_the_loop());
  atomic_store(&sleeper.round, round);
}

static int sleep_in_rounds(void *arg)
{
  (void)arg;
  for (int round = 1; round <= ROUNDS; round++) {
    void *value = NULL;
    begin_round(round);
    if (sleeper.way == BY_FUTURE) {
      CHECK_INT(WHORL_OK, whorl_future_wait(sleeper.future, &value));
      CHECK(value == &sleeper);
    } else if (sleeper.way != BY_CANCELLING)
      CHECK_INT(WHORL_OK, whorl_event_wait(sleeper.event));
    CHECK_INT(WHORL_OK, whorl_task_group_close(&sleeper.group, WHORL_OK));
    CHECK_INT(WHORL_OK, whorl_future_destroy(sleeper.future));
    CHECK_INT(WHORL_OK, whorl_event_destroy(sleeper.event));
  }
  return WHORL_OK;
}

static void set_event(void *arg)
{
  (void)arg;
  CHECK_INT(WHORL_OK, whorl_event_set(sleeper.event));
}

static void wake(void)
{
  switch (sleeper.way) {
  case BY_FUTURE: CHECK_INT(WHORL_OK, whorl_future_complete(sleeper.future, WHORL_OK, &sleeper)); break;
  case BY_EVENT: CHECK_INT(WHORL_OK, whorl_event_set(sleeper.event)); break;
  case BY_POST: CHECK_INT(WHORL_OK, whorl_loop_post(sleeper.loop, set_event, NULL, NULL)); break;
  case BY_CANCELLING: whorl_task_group_cancel(&sleeper.group); break;
  }
}

static void *wake_in_rounds(void *arg)
{
  (void)arg;
  for (int round = 1; round <= ROUNDS; round++) {
    while (atomic_load(&sleeper.round) < round) sched_yield();
    while (parks_of_the_loop() <= atomic_load(&sleeper.parks)) sched_yield();
    wake();
  }
  return NULL;
}

static void wake_a_loop(way_t way)
{
  pthread_t thread;
  sleeper.way = way;
  atomic_store(&sleeper.round, 0);
  assert_int_equal(whorl_loop_create(NULL, &sleeper.loop), WHORL_OK);
  assert_int_equal(pthread_create(&thread, NULL, wake_in_rounds, NULL), 0);
  assert_int_equal(whorl_loop_run(sleeper.loop, sleep_in_rounds, NULL), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(whorl_loop_destroy(sleeper.loop), WHORL_OK);
}

static void PAIN_37_a_future_that_another_thread_completes(void **state)
{
  (void)state;
  wake_a_loop(BY_FUTURE);
}

static void PAIN_37_an_event_that_another_thread_sets(void **state)
{
  (void)state;
  wake_a_loop(BY_EVENT);
}

static void PAIN_37_a_group_that_another_thread_cancels(void **state)
{
  (void)state;
  wake_a_loop(BY_CANCELLING);
}

static void ASK_18_what_another_thread_wants_to_run_soon(void **state)
{
  (void)state;
  wake_a_loop(BY_POST);
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(PAIN_37_a_future_that_another_thread_completes),
      cmocka_unit_test(PAIN_37_an_event_that_another_thread_sets),
      cmocka_unit_test(PAIN_37_a_group_that_another_thread_cancels),
      cmocka_unit_test(ASK_18_what_another_thread_wants_to_run_soon),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
