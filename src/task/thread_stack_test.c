// whorl_call_on_thread_stack: code that needs much stack and never suspends (docs/tasks.md R40).
#include <errno.h>

#include "base/detail.h"
#include "task/kit.h"
#include "task/state.h"

static bool on_a_fiber(const void *address)
{
  const whorl__task_t *task = whorl__task_on_thread();
  return task != NULL && whorl__fiber_owns(&task->seat->fiber, address);
}

static int needs_a_megabyte(void *arg)
{
  volatile char memory[1024 * 1024];
  memory[0] = memory[sizeof memory - 1] = 1;
  CHECK(!on_a_fiber((const void *)&memory[0]));
  return *(int *)arg + memory[0];
}

static int asks_for_it(void *arg)
{
  int here = 41;
  (void)arg;
  CHECK(on_a_fiber(&here));
  for (int i = 0; i < 3; i++) CHECK_INT(42, whorl_call_on_thread_stack(needs_a_megabyte, &here));
  CHECK_TEXT("small", whorl_task_name());
  return whorl_yield(); // suspending works as before
}

TASK_TEST(R40_a_small_task_runs_what_needs_a_megabyte)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 3; i++)
    whorl_task_group_spawn_with_options(&group, asks_for_it, NULL, &(whorl_task_options_t){.name = "small", .stack_size = 16 * 1024}, NULL,
                                        "here");
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  return WHORL_OK;
}

static int tries_to_suspend(void *arg)
{
  whorl_event_t event = *(whorl_event_t *)arg;
  whorl_task_group_t group;
  whorl_timeout_t timeout;
  CHECK_INT(WHORL_NOT_IN_TASK, whorl_sleep(SECONDS(1)));
  CHECK_TEXT("whorl_sleep works only inside a task: what task 'main' runs on its thread's stack may not suspend", whorl_detail());
  CHECK_INT(WHORL_NOT_IN_TASK, whorl_yield());
  CHECK_INT(WHORL_NOT_IN_TASK, whorl_event_wait(event));
  whorl_timeout_open(&timeout, SECONDS(1));
  CHECK_INT(WHORL_NOT_IN_TASK, whorl_timeout_close(&timeout, WHORL_OK));
  whorl_task_group_open(&group);
  CHECK_INT(WHORL_NOT_IN_TASK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("main", whorl_task_name());
  CHECK_INT(WHORL_OK, whorl_event_set(event)); // what never suspends works
  return WHORL_OK;
}

TASK_TEST(R40_nothing_suspends_on_the_threads_stack)
{
  whorl_event_t event;
  CHECK_INT(WHORL_OK, whorl_event_create(NULL, &event));
  CHECK_INT(WHORL_OK, whorl_call_on_thread_stack(tries_to_suspend, &event));
  CHECK_INT(WHORL_OK, whorl_event_wait(event));
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1)));
  return whorl_event_destroy(event);
}

static int has_errno_and_detail(void *arg)
{
  (void)arg;
  CHECK_INT(ENOENT, errno);
  CHECK_TEXT("before", whorl_detail());
  errno = EBUSY;
  return whorl__fail(WHORL_IO_ERROR, "said on the thread's stack");
}

TASK_TEST(R38_R40_errno_and_the_detail_stay_the_tasks)
{
  whorl__fail(WHORL_IO_ERROR, "before");
  errno = ENOENT;
  CHECK_INT(WHORL_IO_ERROR, whorl_call_on_thread_stack(has_errno_and_detail, NULL));
  CHECK_INT(EBUSY, errno);
  CHECK_TEXT("said on the thread's stack", whorl_detail());
  return WHORL_OK;
}

static int notes(void *arg)
{
  note("%s", (const char *)arg);
  return WHORL_OK;
}

static int spawns(void *arg)
{
  CHECK_INT(WHORL_OK, whorl_task_group_spawn(arg, notes, "child"));
  note("%s", whorl_canceled() ? "cancelled" : "free");
  whorl_task_group_cancel(arg);
  note("%s", whorl_canceled() ? "cancelled" : "free");
  return whorl_call_on_thread_stack(notes, "nested");
}

TASK_TEST(R40_other_tasks_wait_meanwhile_and_a_cancellation_shows)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, notes, "sibling");
  CHECK_INT(WHORL_OK, whorl_call_on_thread_stack(spawns, &group));
  CHECK_INT(WHORL_CANCELED, whorl_yield());
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("free cancelled nested", trace); // neither child began before the cancellation
  return WHORL_OK;
}

static void releases_on_the_threads_stack(void *arg) { CHECK_INT(WHORL_OK, whorl_call_on_thread_stack(notes, arg)); }

TASK_TEST(R40_a_release_may_use_it_too)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn_with_options(&group, notes, "released", &(whorl_task_options_t){.release = releases_on_the_threads_stack}, NULL,
                                      "here");
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("released released", trace);
  return WHORL_OK;
}

static void outside_a_task_it_just_calls(void **state)
{
  int value = 1;
  (void)state;
  assert_int_equal(2, whorl_call_on_thread_stack(needs_a_megabyte, &value));
  assert_int_equal(WHORL_INVALID_ARGUMENT, whorl_call_on_thread_stack(NULL, NULL));
  assert_string_equal("whorl_call_on_thread_stack: the function is NULL", whorl_detail());
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R40_a_small_task_runs_what_needs_a_megabyte),
      cmocka_unit_test(R40_nothing_suspends_on_the_threads_stack),
      cmocka_unit_test(R38_R40_errno_and_the_detail_stay_the_tasks),
      cmocka_unit_test(R40_other_tasks_wait_meanwhile_and_a_cancellation_shows),
      cmocka_unit_test(R40_a_release_may_use_it_too),
      cmocka_unit_test(outside_a_task_it_just_calls),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
