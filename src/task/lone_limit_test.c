// Plain threads have limits: timeouts and shields, by the rules of tasks (docs/tasks.md R35).
#include <sched.h>

#include "base/detail.h"
#include "task/close_table_testing.h"
#include "task/lone_testing.h"

// --- Limits: the scopes of tasks, so the same table (R14)

static int forever_in_vain(void)
{
  whorl_future_t future = make_future();
  int status = whorl_future_wait(future, NULL);
  whorl_future_destroy(future);
  return status;
}

static int in_two_limits(int64_t outer_ns, int64_t inner_ns, int *ret_inner)
{
  whorl_timeout_t outer, inner;
  whorl_timeout_open_with_options(&outer, outer_ns, NULL, "outer.c:1");
  whorl_timeout_open_with_options(&inner, inner_ns, NULL, "inner.c:2");
  int status = forever_in_vain();
  CHECK_INT(WHORL_CANCELED, status);
  *ret_inner = whorl_timeout_close(&inner, status);
  return whorl_timeout_close(&outer, *ret_inner == WHORL_TIMED_OUT ? WHORL_OK : *ret_inner);
}

THREAD_TEST(R35_R14_of_nested_limits_the_one_that_passed_reports)
{
  int inner;
  CHECK_INT(WHORL_OK, in_two_limits(HOUR, WHORL_MILLISECONDS(1), &inner));
  CHECK_INT(WHORL_TIMED_OUT, inner);
  CHECK_TEXT("timeout of 0.001 s opened at inner.c:2 passed", whorl_detail());
  CHECK_INT(WHORL_TIMED_OUT, in_two_limits(WHORL_MILLISECONDS(1), HOUR, &inner));
  CHECK_INT(WHORL_CANCELED, inner);
  CHECK_TEXT("timeout of 0.001 s opened at outer.c:1 passed", whorl_detail());
  CHECK_INT(WHORL_TIMED_OUT, in_two_limits(0, 0, &inner)); // both: the outer one
  CHECK_INT(WHORL_CANCELED, inner);
}

THREAD_TEST(R35_R14_S01_a_retry_loop_stops_at_the_outer_limit)
{
  whorl_timeout_t outer;
  int status, tries = 0;
  whorl_timeout_open(&outer, WHORL_MILLISECONDS(5));
  do {
    whorl_timeout_t inner;
    whorl_timeout_open(&inner, WHORL_MILLISECONDS(1));
    status = whorl_timeout_close(&inner, forever_in_vain());
    tries++;
  } while (status == WHORL_TIMED_OUT);
  CHECK_INT(WHORL_CANCELED, status);
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&outer, status));
  CHECK(tries <= 6); // none begins after the outer limit
}

// The outer scope is a limit here.
THREAD_TEST(R35_R14_the_close_table)
{
  for (size_t i = 0; i < CLOSE_ROWS; i++) {
    const close_row_t *row = &close_table[i];
    whorl_timeout_t outer, timeout;
    whorl_timeout_open(&outer, HOUR);
    whorl_timeout_open(&timeout, row->scope == EXPIRED ? 0 : HOUR);
    if (row->scope == STOPPED) whorl_timeout_cancel(&timeout);
    if (row->outside) whorl_timeout_cancel(&outer);
    int returned = whorl_timeout_close(&timeout, row->body);
    if (returned != row->returned) fprintf(stderr, "row %zu\n", i);
    CHECK_INT(row->returned, returned);
    CHECK_INT(row->returned, whorl_timeout_close(&timeout, WHORL_OK)); // once more
    CHECK_INT(WHORL_OK, whorl_timeout_close(&outer, WHORL_OK));
  }
}

THREAD_TEST(R35_R01_R03_a_passed_limit_is_a_level_and_looked_at_first)
{
  whorl_timeout_t timeout;
  whorl_future_t future = make_future();
  void *value = &future;
  CHECK_INT(WHORL_OK, whorl_future_complete(future, WHORL_OK, NULL));
  CHECK(!whorl_canceled());
  whorl_timeout_open(&timeout, WHORL_MICROSECONDS(10));
  while (!whorl_canceled()) sched_yield(); // asks the clock too
  CHECK_INT(WHORL_CANCELED, whorl_future_wait(future, &value));
  CHECK(value == &future);
  CHECK_INT(WHORL_CANCELED, whorl_sleep(0));
  CHECK_INT(WHORL_CANCELED, whorl_sleep_until(0));
  CHECK(whorl_timeout_expired(&timeout));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, WHORL_CANCELED));
  CHECK_INT(WHORL_OK, whorl_future_wait(future, &value));
  whorl_future_destroy(future);
}

THREAD_TEST(R35_R16_a_shield_hides_a_passed_limit_up_to_its_own)
{
  whorl_timeout_t timeout;
  whorl_shield_t shield;
  whorl_timeout_open(&timeout, 0);
  CHECK_INT(WHORL_CANCELED, whorl_sleep(HOUR));
  whorl_shield_open(&shield, HOUR);
  CHECK_INT(WHORL_OK, whorl_shield_close(&shield, whorl_sleep(WHORL_MICROSECONDS(100))));
  whorl_shield_open(&shield, WHORL_MILLISECONDS(1));
  CHECK_INT(WHORL_TIMED_OUT, whorl_shield_close(&shield, whorl_sleep(HOUR)));
  CHECK_INT(WHORL_CANCELED, whorl_sleep(HOUR));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, WHORL_CANCELED));
}

THREAD_TEST(R35_R17_limits_nest_deeper_than_a_seat_has_room)
{
  enum { DEEP = 40 };
  whorl_timeout_t timeouts[DEEP];
  for (int i = 0; i < DEEP; i++) whorl_timeout_open(&timeouts[i], i == DEEP / 2 ? WHORL_MILLISECONDS(1) : HOUR);
  int status = whorl_sleep(HOUR);
  for (int i = DEEP; i-- > 0;) {
    status = whorl_timeout_close(&timeouts[i], status);
    CHECK_INT(i > DEEP / 2 ? WHORL_CANCELED : i == DEEP / 2 ? WHORL_TIMED_OUT : WHORL_OK, status);
    if (i <= DEEP / 2) status = WHORL_OK;
  }
}

static void *cancels(void *arg)
{
  whorl_timeout_cancel(arg);
  return NULL;
}

static void *moves_the_deadline(void *arg)
{
  CHECK_INT(WHORL_OK, whorl_timeout_set_deadline(arg, whorl_now_ns() + WHORL_MILLISECONDS(1)));
  return NULL;
}

THREAD_TEST(R35_R12_another_thread_ends_a_limit)
{
  void *(*const means[])(void *arg) = {cancels, moves_the_deadline};
  for (int i = 0; i < 2; i++) {
    pthread_t thread;
    whorl_timeout_t timeout;
    whorl_timeout_open(&timeout, HOUR);
    CHECK_INT(0, pthread_create(&thread, NULL, means[i], &timeout));
    int status = whorl_sleep(HOUR);
    CHECK_INT(WHORL_CANCELED, status);
    pthread_join(thread, NULL);
    CHECK_INT(i == 0 ? WHORL_OK : WHORL_TIMED_OUT, whorl_timeout_close(&timeout, status));
  }
}

THREAD_TEST(R35_R10_a_thread_ends_its_own_limit)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, HOUR);
  whorl_timeout_cancel(&timeout);
  CHECK(whorl_canceled());
  CHECK_INT(WHORL_OK, whorl_timeout_close(&timeout, whorl_sleep(HOUR)));
  whorl_timeout_open(&timeout, HOUR);
  CHECK_INT(WHORL_OK, whorl_timeout_set_deadline(&timeout, whorl_now_ns()));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, whorl_sleep(HOUR)));
}

// --- Misuse

static void *leaves_a_limit_open(void *arg)
{
  whorl_timeout_open_with_options(arg, HOUR, NULL, "left.c:3");
  return NULL;
}

static void ends_with_an_open_scope(void)
{
  static whorl_timeout_t timeout;
  in_a_thread(leaves_a_limit_open, &timeout);
}

static void *closes(void *arg)
{
  (void)whorl_timeout_close(arg, WHORL_OK);
  return NULL;
}

static void closes_another_threads(void)
{
  whorl_timeout_t timeout;
  whorl_timeout_open_with_options(&timeout, HOUR, NULL, "mine.c:4");
  in_a_thread(closes, &timeout);
}

static void closes_in_the_wrong_order(void)
{
  whorl_timeout_t outer;
  whorl_shield_t inner;
  whorl_timeout_open_with_options(&outer, HOUR, NULL, "outer.c:1");
  whorl_shield_open_with_options(&inner, HOUR, NULL, "inner.c:2");
  (void)whorl_timeout_close(&outer, WHORL_OK);
}

__attribute__((noinline)) static void opens_and_returns(void)
{
  whorl_timeout_t timeout;
  whorl_timeout_open_with_options(&timeout, HOUR, NULL, "helper.c:5");
  __asm__ volatile("" : : "r"(&timeout) : "memory");
}

static void calls_a_helper_that_leaks(void)
{
  opens_and_returns();
  (void)whorl_sleep(1);
}

static void R35_R17_misnesting_ends_the_process_and_names_the_places(void **state)
{
  (void)state;
  kit_dies(ends_with_an_open_scope, "a thread ends with the scope opened at left.c:3 still open");
  kit_dies(closes_another_threads, "the scope opened at mine.c:4 by task 'a plain thread' is closed by no task");
  kit_dies(closes_in_the_wrong_order, "opened at outer.c:1 is closed while the one opened at inner.c:2 is still open inside it");
#if !defined(__SANITIZE_ADDRESS__) // which puts locals on a stack of its own
  kit_dies(calls_a_helper_that_leaks, "the function that opened the scope at helper.c:5 has returned without closing it");
#else
  (void)calls_a_helper_that_leaks;
#endif
}

// --- Without memory

static void *cannot_wait(void *arg)
{
  whorl_timeout_t outer, inner;
  whorl_future_t future = make_future();
  whorl__memory_fail_at(1);
  CHECK_INT(WHORL_NO_MEMORY, whorl_sleep(HOUR));
  whorl__memory_fail_at(1);
  whorl_timeout_open(&outer, HOUR);
  CHECK(whorl_canceled());
  CHECK_INT(WHORL_CANCELED, whorl_sleep(HOUR)); // there is memory by now; but no limit that would end this
  whorl_timeout_open(&inner, HOUR);
  CHECK_INT(WHORL_CANCELED, whorl_future_wait(future, NULL));
  CHECK_INT(WHORL_IO_ERROR, whorl_timeout_close(&inner, WHORL_IO_ERROR));
  CHECK_INT(WHORL_NO_MEMORY, whorl_timeout_close(&outer, WHORL_CANCELED));
  CHECK_INT(WHORL_NO_MEMORY, whorl_timeout_close(&outer, WHORL_OK));
  CHECK(!whorl_canceled());
  CHECK_INT(WHORL_OK, whorl_sleep(1));
  whorl_future_destroy(future);
  return arg;
}

static void R35_without_memory_nothing_waits_without_its_limit(void **state)
{
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  in_a_thread(cannot_wait, NULL);
  assert_int_equal(blocks, whorl__memory_blocks());
}

static void *opens_one(void *arg)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, HOUR);
  CHECK_INT(WHORL_OK, whorl_timeout_close(&timeout, WHORL_OK));
  return arg;
}

int main(void)
{
  alarm(300);                   // against hanging
  in_a_thread(opens_one, NULL); // the first use of the library's pools
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R35_R14_of_nested_limits_the_one_that_passed_reports),
      cmocka_unit_test(R35_R14_S01_a_retry_loop_stops_at_the_outer_limit),
      cmocka_unit_test(R35_R14_the_close_table),
      cmocka_unit_test(R35_R01_R03_a_passed_limit_is_a_level_and_looked_at_first),
      cmocka_unit_test(R35_R16_a_shield_hides_a_passed_limit_up_to_its_own),
      cmocka_unit_test(R35_R17_limits_nest_deeper_than_a_seat_has_room),
      cmocka_unit_test(R35_R12_another_thread_ends_a_limit),
      cmocka_unit_test(R35_R10_a_thread_ends_its_own_limit),
      cmocka_unit_test(R35_R17_misnesting_ends_the_process_and_names_the_places),
      cmocka_unit_test(R35_without_memory_nothing_waits_without_its_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
