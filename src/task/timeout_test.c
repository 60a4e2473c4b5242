// Timeouts, shields and nesting: docs/tasks.md section B.
#include "task/close_table_testing.h"
#include "task/kit.h"

// --- R14, R15

TASK_TEST(R14_only_the_close_says_timed_out)
{
  whorl_timeout_t timeout;
  whorl_timeout_open_with_options(&timeout, SECONDS(1.5), &(whorl_timeout_options_t){.name = "answer"}, "arm.c:12");
  int status = whorl_sleep(SECONDS(2));
  CHECK_INT(WHORL_CANCELED, status);
  CHECK_TEXT("timeout 'answer' of 1.5 s opened at arm.c:12 passed", whorl_detail());
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, status));
  CHECK_TEXT("timeout 'answer' of 1.5 s opened at arm.c:12 passed", whorl_detail());
  CHECK_INT(SECONDS(1.5), whorl_now_ns());
  CHECK(whorl_timeout_expired(&timeout));
  return whorl_sleep(SECONDS(1));
}

TASK_TEST(R14_the_close_table)
{
  for (size_t i = 0; i < CLOSE_ROWS; i++) {
    const close_row_t *row = &close_table[i];
    whorl_task_group_t group;
    whorl_timeout_t timeout;
    whorl_task_group_open(&group);
    whorl_timeout_open(&timeout, row->scope == EXPIRED ? 0 : SECONDS(1));
    if (row->scope == STOPPED) whorl_timeout_cancel(&timeout);
    if (row->outside) whorl_task_group_cancel(&group);
    int returned = whorl_timeout_close(&timeout, row->body);
    if (returned != row->returned) fprintf(stderr, "row %zu\n", i);
    CHECK_INT(row->returned, returned);
    whorl_task_group_close(&group, WHORL_OK);
  }
  return WHORL_OK;
}

TASK_TEST(R14_a_shield_looks_no_further_than_itself)
{
  whorl_task_group_t group;
  whorl_shield_t shield;
  whorl_task_group_open(&group);
  whorl_task_group_cancel(&group);
  whorl_shield_open(&shield, SECONDS(1));
  CHECK_INT(WHORL_TIMED_OUT, whorl_shield_close(&shield, whorl_sleep(SECONDS(2)))); // though a cancellation is visible outside
  return whorl_task_group_close(&group, WHORL_OK);
}

TASK_TEST(R15_a_limit_that_has_passed_cancels_the_first_call)
{
  const int64_t limits[] = {0, -1, INT64_MIN};
  for (int i = 0; i < 3; i++) {
    whorl_timeout_t timeout;
    whorl_timeout_open(&timeout, limits[i]);
    CHECK_INT(WHORL_CANCELED, whorl_sleep(0));
    CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, WHORL_CANCELED));
  }
  return WHORL_OK;
}

TASK_TEST(R15_a_deadline_moved_to_now_has_passed_at_once)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, SECONDS(9));
  CHECK_INT(WHORL_OK, whorl_timeout_set_deadline(&timeout, whorl_now_ns()));
  CHECK(whorl_timeout_expired(&timeout));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, whorl_sleep(1)));
  return WHORL_OK;
}

TASK_TEST(R15_forever_is_no_limit)
{
  whorl_timeout_t timeout;
  whorl_sleep(1);
  whorl_timeout_open(&timeout, WHORL_FOREVER);
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1e6)));
  return whorl_timeout_close(&timeout, WHORL_OK);
}

TASK_TEST(R15_an_inner_limit_never_extends_an_outer_one)
{
  whorl_timeout_t outer, inner;
  whorl_timeout_open(&outer, SECONDS(1));
  whorl_timeout_open(&inner, SECONDS(5));
  CHECK_INT(WHORL_CANCELED, whorl_timeout_close(&inner, whorl_sleep(SECONDS(2))));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&outer, WHORL_CANCELED));
  CHECK_INT(SECONDS(1), whorl_now_ns());
  return WHORL_OK;
}

TASK_TEST(R15_a_deadline_can_be_moved_until_it_has_passed)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, SECONDS(1));
  CHECK_INT(WHORL_OK, whorl_timeout_set_deadline(&timeout, SECONDS(3)));
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(2)));
  CHECK_INT(WHORL_OK, whorl_timeout_set_deadline(&timeout, SECONDS(2))); // now: counts as passed
  CHECK_INT(WHORL_CANCELED, whorl_yield());
  CHECK_INT(WHORL_OK, whorl_timeout_set_deadline(&timeout, SECONDS(9)));
  CHECK_INT(WHORL_CANCELED, whorl_yield());
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, WHORL_CANCELED));
  CHECK_INT(WHORL_WRONG_STATE, whorl_timeout_set_deadline(&timeout, SECONDS(9)));
  return WHORL_OK;
}

// --- R16

static int says_goodbye(void *arg)
{
  int64_t needs = *(int64_t *)arg;
  int status = whorl_sleep(SECONDS(10));
  whorl_shield_t shield;
  whorl_shield_open(&shield, SECONDS(1));
  int goodbye = whorl_shield_close(&shield, whorl_sleep(needs));
  note("%s@%g", whorl_status_name(goodbye), now_s());
  note("%s", whorl_status_name(whorl_yield()));
  return status;
}

static int cancels_at_one(int64_t needs)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, says_goodbye, &needs);
  whorl_sleep(SECONDS(1));
  whorl_task_group_cancel(&group);
  return whorl_task_group_close(&group, WHORL_OK);
}

TASK_TEST(R16_a_cancelled_task_cleans_up_in_a_shield)
{
  CHECK_INT(WHORL_OK, cancels_at_one(SECONDS(0.5)));
  CHECK_TEXT("WHORL_OK@1.5 WHORL_CANCELED", trace);
  return WHORL_OK;
}

TASK_TEST(R16_a_shield_has_a_limit)
{
  CHECK_INT(WHORL_OK, cancels_at_one(SECONDS(5)));
  CHECK_TEXT("WHORL_TIMED_OUT@2 WHORL_CANCELED", trace);
  return WHORL_OK;
}

// --- R17

TASK_TEST(R17_a_second_close_returns_the_first_result)
{
  whorl_timeout_t timeout;
  whorl_shield_t shield;
  whorl_timeout_open(&timeout, 0);
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, WHORL_CANCELED));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, WHORL_OK));
  whorl_shield_open(&shield, SECONDS(1));
  CHECK_INT(WHORL_IO_ERROR, whorl_shield_close(&shield, WHORL_IO_ERROR));
  CHECK_INT(WHORL_IO_ERROR, whorl_shield_close(&shield, WHORL_OK));
  return WHORL_OK;
}

TASK_TEST(R17_scopes_nest_deeper_than_a_seat_has_room)
{
  enum { DEEP = 40 };
  whorl_timeout_t timeouts[DEEP];
  for (int i = 0; i < DEEP; i++) whorl_timeout_open(&timeouts[i], SECONDS(DEEP - i));
  int status = whorl_sleep(SECONDS(DEEP));
  for (int i = DEEP; i-- > 0;) {
    status = whorl_timeout_close(&timeouts[i], status);
    CHECK_INT(i == DEEP - 1 ? WHORL_TIMED_OUT : WHORL_OK, status);
    status = WHORL_OK;
  }
  CHECK_INT(SECONDS(1), whorl_now_ns());
  return WHORL_OK;
}

static int closes_in_the_wrong_order(void *arg)
{
  (void)arg;
  whorl_timeout_t outer, inner;
  whorl_timeout_open_with_options(&outer, 1, NULL, "outer.c:1");
  whorl_timeout_open_with_options(&inner, 1, NULL, "inner.c:2");
  return whorl_timeout_close(&outer, WHORL_OK);
}
static void wrong_order(void) { kit_test(closes_in_the_wrong_order); }

static int returns_with_one_open(void *arg)
{
  (void)arg;
  static whorl_timeout_t timeout;
  whorl_timeout_open_with_options(&timeout, 1, NULL, "left.c:3");
  return WHORL_OK;
}
static void left_open(void) { kit_test(returns_with_one_open); }

static int closes_its_parents(void *arg) { return whorl_timeout_close(arg, WHORL_OK); }
static int has_a_child_close_it(void *arg)
{
  (void)arg;
  whorl_timeout_t timeout;
  whorl_task_group_t group;
  whorl_timeout_open_with_options(&timeout, 1, NULL, "mine.c:4");
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, closes_its_parents, &timeout);
  return whorl_task_group_close(&group, WHORL_OK);
}
static void wrong_task(void) { kit_test(has_a_child_close_it); }

__attribute__((noinline)) static void opens_and_returns(void)
{
  whorl_timeout_t timeout;
  whorl_timeout_open_with_options(&timeout, SECONDS(1), NULL, "helper.c:5");
  __asm__ volatile("" : : "r"(&timeout) : "memory");
}
static int calls_a_helper_that_leaks(void *arg)
{
  (void)arg;
  opens_and_returns();
  return whorl_sleep(1);
}
static void gone_frame(void) { kit_test(calls_a_helper_that_leaks); }

static int closes_what_was_never_opened(void *arg)
{
  (void)arg;
  whorl_timeout_t timeout = {0};
  return whorl_timeout_close(&timeout, WHORL_OK);
}
static void never_opened(void) { kit_test(closes_what_was_never_opened); }

static void R17_misnesting_ends_the_process_and_names_the_places(void **state)
{
  (void)state;
  kit_dies(wrong_order, "opened at outer.c:1 is closed while the one opened at inner.c:2 is still open inside it");
  kit_dies(left_open, "task 'main' returned with the scope opened at left.c:3 still open");
  kit_dies(wrong_task, "opened at mine.c:4 by task 'main' is closed by task closes_its_parents");
  kit_dies(never_opened, "never opened");
#if !defined(__SANITIZE_ADDRESS__) // which puts locals on a stack of its own
  kit_dies(gone_frame, "the function that opened the scope at helper.c:5 has returned without closing it");
#else
  (void)gone_frame;
#endif
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R14_only_the_close_says_timed_out),
      cmocka_unit_test(R14_the_close_table),
      cmocka_unit_test(R14_a_shield_looks_no_further_than_itself),
      cmocka_unit_test(R15_a_limit_that_has_passed_cancels_the_first_call),
      cmocka_unit_test(R15_a_deadline_moved_to_now_has_passed_at_once),
      cmocka_unit_test(R15_forever_is_no_limit),
      cmocka_unit_test(R15_an_inner_limit_never_extends_an_outer_one),
      cmocka_unit_test(R15_a_deadline_can_be_moved_until_it_has_passed),
      cmocka_unit_test(R16_a_cancelled_task_cleans_up_in_a_shield),
      cmocka_unit_test(R16_a_shield_has_a_limit),
      cmocka_unit_test(R17_a_second_close_returns_the_first_result),
      cmocka_unit_test(R17_scopes_nest_deeper_than_a_seat_has_room),
      cmocka_unit_test(R17_misnesting_ends_the_process_and_names_the_places),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
