// The forms of timeouts, shields and groups that cannot be left open: what they are told, what they return, and that an early return leaves nothing open.
#include "task/kit.h"

static int sleeps_two(void *arg)
{
  WHORL_TRY(whorl_sleep(SECONDS(2)));
  *(bool *)arg = true;
  return WHORL_OK;
}

TASK_TEST(R14_a_function_within_a_timeout)
{
  bool ran = false;
  CHECK_INT(WHORL_OK, whorl_with_timeout(SECONDS(3), sleeps_two, &ran));
  CHECK(ran);
  ran = false;
  CHECK_INT(WHORL_TIMED_OUT, whorl_with_timeout(SECONDS(1), sleeps_two, &ran)); // it returned early
  CHECK(strstr(whorl_detail(), "timeout of 1 s opened at sleeps_two ") == whorl_detail());
  CHECK(!ran);
  CHECK_INT(SECONDS(3), whorl_now_ns());
  const whorl_timeout_options_t options = {.name = "patience"};
  CHECK_INT(WHORL_TIMED_OUT, whorl_with_timeout_with_options(0, sleeps_two, &ran, &options, "a.c:1"));
  CHECK_TEXT("timeout 'patience' of 0 s opened at a.c:1 passed", whorl_detail());
  return whorl_sleep(1);
}

TASK_TEST(R16_a_function_within_a_shield)
{
  bool ran = false;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_cancel(&group);
  CHECK_INT(WHORL_OK, whorl_with_shield(SECONDS(3), sleeps_two, &ran));
  CHECK(ran);
  CHECK_INT(WHORL_TIMED_OUT, whorl_with_shield(SECONDS(1), sleeps_two, &ran));
  const whorl_timeout_options_t options = {.name = "goodbye"};
  CHECK_INT(WHORL_TIMED_OUT, whorl_with_shield_with_options(0, sleeps_two, &ran, &options, "a.c:1"));
  CHECK_TEXT("shield 'goodbye' of 0 s opened at a.c:1 passed", whorl_detail());
  CHECK_INT(WHORL_CANCELED, whorl_yield());
  return whorl_task_group_close(&group, WHORL_OK);
}

static int notes_the_end(void *arg)
{
  int status = whorl_sleep(SECONDS(1));
  note("%s:%s", (const char *)arg, whorl_status_name(status) + 6);
  return status;
}

static int spawns_two(whorl_task_group_t *group, void *arg)
{
  WHORL_TRY(whorl_task_group_spawn(group, notes_the_end, "a"));
  WHORL_TRY(whorl_task_group_spawn(group, notes_the_end, "b"));
  WHORL_TRY(whorl_yield());
  return *(int *)arg;
}

TASK_TEST(R23_a_function_with_a_group)
{
  int status = WHORL_OK;
  CHECK_INT(WHORL_OK, whorl_with_group(spawns_two, &status));
  CHECK_TEXT("a:OK b:OK", trace);
  trace_clear();
  status = WHORL_MALFORMED;
  const whorl_task_group_options_t options = {.name = "arms"};
  CHECK_INT(WHORL_MALFORMED, whorl_with_group_with_options(spawns_two, &status, &options, "a.c:1"));
  CHECK(strstr(whorl_detail(), "group 'arms': ") == whorl_detail());
  CHECK_TEXT("a:CANCELED b:CANCELED", trace);
  return whorl_sleep(1);
}

TASK_TEST(R14_one_within_the_other_the_outermost_reports)
{
  bool ran = false;
  whorl_timeout_t outer;
  whorl_timeout_open(&outer, SECONDS(1));
  int status = whorl_with_timeout(SECONDS(1), sleeps_two, &ran);
  CHECK_INT(WHORL_CANCELED, status);
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&outer, status));
  return WHORL_OK;
}

static int sleeps_once(void *arg) { return *(int *)arg = whorl_sleep(1); }

static int cannot_spawn(whorl_task_group_t *group, void *arg) { return *(int *)arg = whorl_task_group_spawn(group, sleeps_once, arg); }

static void R35_on_a_plain_thread_limits_work_and_a_group_says_that_it_does_not(void **state)
{
  (void)state;
  int status = 1;
  assert_int_equal(WHORL_OK, whorl_with_timeout(SECONDS(1000), sleeps_once, &status));
  assert_int_equal(WHORL_TIMED_OUT, whorl_with_timeout(0, sleeps_once, &status));
  assert_int_equal(WHORL_CANCELED, status);
  assert_int_equal(WHORL_TIMED_OUT, whorl_with_shield(0, sleeps_once, &status));
  assert_int_equal(WHORL_NOT_IN_TASK, whorl_with_group(cannot_spawn, &status));
  assert_int_equal(WHORL_NOT_IN_TASK, status);
}

TASK_TEST(no_function_is_refused)
{
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_with_timeout(SECONDS(1), NULL, NULL));
  CHECK_TEXT("whorl_with_timeout: the function is NULL", whorl_detail());
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_with_shield(SECONDS(1), NULL, NULL));
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_with_group(NULL, NULL));
  return whorl_sleep(1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R14_a_function_within_a_timeout),
      cmocka_unit_test(R14_one_within_the_other_the_outermost_reports),
      cmocka_unit_test(R16_a_function_within_a_shield),
      cmocka_unit_test(R23_a_function_with_a_group),
      cmocka_unit_test(no_function_is_refused),
      cmocka_unit_test(R35_on_a_plain_thread_limits_work_and_a_group_says_that_it_does_not),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
