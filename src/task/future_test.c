// Futures: docs/tasks.md R27, and schedules S2, S3, S20 with a future.
#include "task/kit.h"

static whorl_future_t future;
static int value;

static int waits(void *arg)
{
  void *got = NULL;
  int status = whorl_future_wait(future, &got);
  note("%s:%s%s@%g", (const char *)arg, whorl_status_name(status) + 6, got == &value ? "+" : "", now_s());
  return WHORL_OK;
}

static int waits_and_calls_again(void *arg)
{
  waits(arg);
  note("%s", whorl_status_name(whorl_sleep(1)) + 6);
  return WHORL_OK;
}

TASK_TEST(R27_every_waiter_gets_the_value)
{
  whorl_task_group_t group;
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &future));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits, "a");
  whorl_task_group_spawn(&group, waits, "b");
  whorl_sleep(SECONDS(1));
  CHECK(!whorl_future_is_complete(future));
  CHECK_INT(WHORL_OK, whorl_future_complete(future, WHORL_OK, &value));
  CHECK(whorl_future_is_complete(future));
  whorl_task_group_spawn(&group, waits, "late");
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("a:OK+@1 b:OK+@1 late:OK+@1", trace);
  return whorl_future_destroy(future);
}

TASK_TEST(R27_only_the_first_completion_counts)
{
  void *got = NULL;
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &future));
  CHECK_INT(WHORL_OK, whorl_future_complete(future, WHORL_OK, &value));
  CHECK_INT(WHORL_ALREADY_COMPLETED, whorl_future_complete(future, WHORL_IO_ERROR, NULL));
  CHECK_INT(WHORL_ALREADY_COMPLETED, whorl_future_abandon(future));
  CHECK_INT(WHORL_OK, whorl_future_wait(future, &got));
  CHECK(got == &value);
  return whorl_future_destroy(future);
}

TASK_TEST(R27_a_producers_failure_is_the_waiters_status)
{
  void *got = &future;
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &future));
  whorl_future_complete(future, WHORL_CANCELED, NULL); // the producer's word, not a cancellation here
  CHECK_INT(WHORL_CANCELED, whorl_future_wait(future, &got));
  CHECK(got == &future);
  CHECK(!whorl_canceled());
  return whorl_future_destroy(future);
}

TASK_TEST(R27_abandoned)
{
  whorl_task_group_t group;
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &future));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits, "a");
  whorl_yield();
  CHECK_INT(WHORL_OK, whorl_future_abandon(future));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("a:ABANDONED@0", trace);
  CHECK_INT(WHORL_ABANDONED, whorl_future_wait(future, NULL));
  return whorl_future_destroy(future);
}

TASK_TEST(R27_destroying_a_pending_one_ends_its_waits)
{
  whorl_task_group_t group;
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &future));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits_and_calls_again, "a");
  whorl_yield();
  CHECK_INT(WHORL_OK, whorl_future_destroy(future));
  CHECK_INT(WHORL_DESTROYED, whorl_future_destroy(future));
  CHECK_INT(WHORL_DESTROYED, whorl_future_complete(future, WHORL_OK, NULL));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("a:DESTROYED@0 OK", trace);
  return WHORL_OK;
}

static int released;
static void count_release(void *released_value) { released += released_value == &value; }

TASK_TEST(the_value_is_released_with_the_future)
{
  released = 0;
  whorl_task_group_t group;
  const whorl_future_options_t options = {.release = count_release};
  CHECK_INT(WHORL_OK, whorl_future_create(&options, &future));
  CHECK_INT(WHORL_OK, whorl_future_destroy(future));
  CHECK_INT(0, released); // there was none
  CHECK_INT(WHORL_OK, whorl_future_create(&options, &future));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits, "a");
  whorl_yield();
  whorl_future_complete(future, WHORL_OK, &value);
  CHECK_INT(WHORL_OK, whorl_future_destroy(future)); // before the waiter has run: there is no value left to give it
  CHECK_INT(1, released);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("a:DESTROYED@0", trace);
  return WHORL_OK;
}

TASK_TEST(R05_a_result_and_then_a_cancellation_in_one_turn)
{
  whorl_task_group_t group;
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &future));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits_and_calls_again, "receiver");
  whorl_yield();
  whorl_future_complete(future, WHORL_OK, &value);
  whorl_task_group_cancel(&group);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("receiver:OK+@0 CANCELED", trace);
  return whorl_future_destroy(future);
}

TASK_TEST(R05_a_cancellation_and_then_a_result_in_one_turn)
{
  void *got = NULL;
  whorl_task_group_t group;
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &future));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits, "receiver");
  whorl_yield();
  whorl_task_group_cancel(&group);
  whorl_future_complete(future, WHORL_OK, &value);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("receiver:CANCELED@0", trace);
  CHECK_INT(WHORL_OK, whorl_future_wait(future, &got)); // nothing was lost
  CHECK(got == &value);
  return whorl_future_destroy(future);
}

static void bad_arguments(void **state)
{
  (void)state;
  assert_int_equal(WHORL_INVALID_ARGUMENT, whorl_future_create(NULL, NULL));
  assert_int_equal(WHORL_INVALID_HANDLE, whorl_future_complete((whorl_future_t){0}, WHORL_OK, NULL));
  assert_int_equal(WHORL_INVALID_HANDLE, whorl_future_destroy((whorl_future_t){0}));
  assert_int_equal(WHORL_INVALID_HANDLE, whorl_future_wait((whorl_future_t){0}, NULL));
  assert_false(whorl_future_is_complete((whorl_future_t){0}));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R27_every_waiter_gets_the_value),
      cmocka_unit_test(R27_only_the_first_completion_counts),
      cmocka_unit_test(R27_a_producers_failure_is_the_waiters_status),
      cmocka_unit_test(R27_abandoned),
      cmocka_unit_test(R27_destroying_a_pending_one_ends_its_waits),
      cmocka_unit_test(the_value_is_released_with_the_future),
      cmocka_unit_test(R05_a_result_and_then_a_cancellation_in_one_turn),
      cmocka_unit_test(R05_a_cancellation_and_then_a_result_in_one_turn),
      cmocka_unit_test(bad_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
