// Events: docs/tasks.md R26.
#include "task/kit.h"

static whorl_event_t event;

static int waits(void *arg)
{
  int status = whorl_event_wait(event);
  note("%s:%s", (const char *)arg, whorl_status_name(status) + 6);
  return status;
}

static void open_with(whorl_task_group_t *group, int waiters)
{
  static const char *const names[] = {"a", "b", "c"};
  CHECK_INT(WHORL_OK, whorl_event_create(NULL, &event));
  whorl_task_group_open(group);
  for (int i = 0; i < waiters; i++) whorl_task_group_spawn(group, waits, (void *)names[i]);
  CHECK_INT(WHORL_OK, whorl_sleep(1));
}

TASK_TEST(R26_set_wakes_all_in_the_order_of_waiting)
{
  whorl_task_group_t group;
  open_with(&group, 3);
  CHECK_TEXT("", trace);
  CHECK_INT(WHORL_OK, whorl_event_set(event));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("a:OK b:OK c:OK", trace);
  return whorl_event_destroy(event);
}

TASK_TEST(R26_a_set_event_stays_set)
{
  CHECK_INT(WHORL_OK, whorl_event_create(NULL, &event));
  CHECK(!whorl_event_is_set(event));
  whorl_event_set(event);
  whorl_event_set(event); // no counter
  uint64_t switches = whorl__core_read_counts(kit.core).switches;
  CHECK_INT(WHORL_OK, whorl_event_wait(event));
  CHECK_INT(WHORL_OK, whorl_event_wait(event));
  CHECK_INT(switches, whorl__core_read_counts(kit.core).switches);
  whorl_event_reset(event);
  CHECK(!whorl_event_is_set(event));
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, SECONDS(1));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, whorl_event_wait(event)));
  return whorl_event_destroy(event);
}

TASK_TEST(R26_a_reset_takes_nothing_back)
{
  whorl_task_group_t group;
  open_with(&group, 2);
  whorl_event_set(event);
  whorl_event_reset(event);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("a:OK b:OK", trace);
  return whorl_event_destroy(event);
}

TASK_TEST(a_destroyed_event_says_so)
{
  whorl_task_group_t group;
  open_with(&group, 1);
  CHECK_INT(WHORL_OK, whorl_event_destroy(event));
  CHECK_INT(WHORL_DESTROYED, whorl_event_destroy(event));
  CHECK_INT(WHORL_DESTROYED, whorl_event_set(event));
  CHECK_INT(WHORL_DESTROYED, whorl_event_reset(event));
  CHECK_INT(WHORL_DESTROYED, whorl_event_wait(event));
  CHECK(!whorl_event_is_set(event));
  CHECK_INT(WHORL_DESTROYED, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("a:DESTROYED", trace);
  return WHORL_OK;
}

TASK_TEST(a_waiter_cancelled_and_its_event_destroyed_in_one_turn)
{
  whorl_task_group_t group;
  open_with(&group, 1);
  whorl_task_group_cancel(&group);
  CHECK_INT(WHORL_OK, whorl_event_destroy(event)); // takes the cancelled waiter off the list, too late to matter
  whorl_event_t next;
  CHECK_INT(WHORL_OK, whorl_event_create(NULL, &next)); // perhaps in the same memory
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("a:CANCELED", trace);
  return whorl_event_destroy(next);
}

static void bad_arguments(void **state)
{
  (void)state;
  assert_int_equal(WHORL_INVALID_ARGUMENT, whorl_event_create(NULL, NULL));
  assert_int_equal(WHORL_INVALID_HANDLE, whorl_event_set((whorl_event_t){0}));
  assert_int_equal(WHORL_INVALID_HANDLE, whorl_event_destroy((whorl_event_t){0}));
  assert_int_equal(WHORL_NOT_IN_TASK, whorl_event_wait((whorl_event_t){0}));
}

static void events_work_outside_tasks(void **state)
{
  (void)state;
  whorl_event_t mine;
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &mine));
  assert_int_equal(WHORL_OK, whorl_event_set(mine));
  assert_true(whorl_event_is_set(mine));
  assert_int_equal(WHORL_OK, whorl_event_destroy(mine));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R26_set_wakes_all_in_the_order_of_waiting),
      cmocka_unit_test(R26_a_set_event_stays_set),
      cmocka_unit_test(R26_a_reset_takes_nothing_back),
      cmocka_unit_test(a_destroyed_event_says_so),
      cmocka_unit_test(a_waiter_cancelled_and_its_event_destroyed_in_one_turn),
      cmocka_unit_test(bad_arguments),
      cmocka_unit_test(events_work_outside_tasks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
