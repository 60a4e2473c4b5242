// Combinators in virtual time, over what the kernel itself has to wait for. Each test is run as a schedule is (schedule.h): as written, permuted by 20 seeds, and with every allocation failing in turn.
// All of it beside services, descriptors and the ends of nodes: node/matrix_test.c.
#include "task/schedule.h"
#include "whorl/combine.h"

// A branch: sleeps, then ends as it is told; cancelled, it may clean up in a shield, and end with what that says.
typedef struct job {
  const char *name;
  double seconds;
  int status;
  double clean_up;
  int clean_up_status;
} job_t;

static int live;

static int clean_up(const job_t *job)
{
  whorl_shield_t shield;
  whorl_shield_open(&shield, WHORL_FOREVER);
  (void)whorl_sleep(SECONDS(job->clean_up));
  return heard(whorl_shield_close(&shield, job->clean_up_status));
}

static int does(void *arg)
{
  const job_t *job = arg;
  live++;
  step();
  int status = whorl_sleep_until(SECONDS(job->seconds));
  step();
  if (status == WHORL_CANCELED && job->clean_up > 0)
    status = clean_up(job);
  else if (status == WHORL_OK)
    status = job->status;
  note("%s:%s@%g", job->name, status > 0 ? "DONE" : whorl_status_name(status) + 6, now_s());
  live--;
  return status;
}

#define BRANCH(label, when, ...)                                                          \
  {                                                                                       \
    .function = does, .arg = &(job_t) { .name = (label), .seconds = (when), __VA_ARGS__ } \
  }
enum { NOT_SET = 99 };

// --- All

static void R20_all_are_done_when_the_last_one_is(void)
{
  whorl_branch_t branches[] = {BRANCH("a", 2, .status = 7), BRANCH("b", 1), BRANCH("c", 3)};
  REQUIRE_INT(WHORL_OK, whorl_all(branches, 3));
  REQUIRE(now_s() == 3);
  REQUIRE(branches[0].status == 7 && branches[1].status == WHORL_OK && branches[2].status == WHORL_OK);
  REQUIRE_TRACE("b:OK@1 a:DONE@2 c:OK@3");
}

static void R20_the_first_failure_of_all_cancels_the_rest(void)
{
  whorl_branch_t branches[] = {BRANCH("a", 9), BRANCH("b", 1, .status = WHORL_IO_ERROR), BRANCH("c", 9, .clean_up = 0.5)};
  branches[1].name = "arm";
  REQUIRE_INT(WHORL_IO_ERROR, whorl_all(branches, 3));
  REQUIRE(schedule.failing || strstr(whorl_detail(), "task 'arm' failed: IO_ERROR") != NULL); // there may be no memory for the sentence
  REQUIRE(now_s() == 1.5);
  REQUIRE(live == 0 && branches[0].status == WHORL_CANCELED && branches[2].status == WHORL_OK);
  REQUIRE_TRACE("b:IO_ERROR@1 a:CANCELED@1 c:OK@1.5");
}

static void all_of_nothing_is_done(void)
{
  step();
  REQUIRE_INT(WHORL_OK, whorl_all(NULL, 0));
  REQUIRE_INT(0, (int64_t)now_s());
}

static void R03_in_a_cancelled_scope_none_begins(void)
{
  whorl_branch_t branches[] = {BRANCH("a", 1), BRANCH("b", 1)};
  whorl_timeout_t limit;
  size_t winner = NOT_SET;
  whorl_timeout_open(&limit, 0);
  step();
  REQUIRE_INT(WHORL_CANCELED, whorl_all(branches, 2));
  REQUIRE_INT(WHORL_CANCELED, whorl_any(branches, 2, &winner));
  REQUIRE_INT(WHORL_CANCELED, whorl_race(branches, 2, &winner));
  REQUIRE_INT(WHORL_CANCELED, whorl_retry(does, branches[0].arg, NULL));
  REQUIRE_INT(WHORL_TIMED_OUT, whorl_timeout_close(&limit, WHORL_CANCELED));
  REQUIRE(winner == NOT_SET && branches[0].status == WHORL_CANCELED && branches[1].status == WHORL_CANCELED);
  REQUIRE_TRACE("");
}

// --- Any

static void R25_any_is_done_with_the_first_success(void)
{
  whorl_branch_t branches[] = {BRANCH("a", 9), BRANCH("b", 1, .status = WHORL_IO_ERROR), BRANCH("c", 2, .status = 5),
                               BRANCH("d", 9, .clean_up = 1, .clean_up_status = WHORL_MALFORMED)};
  size_t winner = NOT_SET;
  REQUIRE_INT(5, whorl_any(branches, 4, &winner));
  REQUIRE(winner == 2 && live == 0);
  REQUIRE(now_s() == 3); // d's clean-up was waited for, and its failure spoils nothing
  REQUIRE_TRACE("b:IO_ERROR@1 c:DONE@2 a:CANCELED@2 d:MALFORMED@3");
}

static void R25_of_any_that_all_fail_the_first_failure_is_told(void)
{
  whorl_branch_t branches[] = {BRANCH("a", 3, .status = WHORL_CLOSED), BRANCH("b", 1, .status = WHORL_IO_ERROR),
                               BRANCH("c", 2, .status = WHORL_TIMED_OUT)};
  size_t winner = NOT_SET;
  branches[1].name = "arm";
  REQUIRE_INT(WHORL_IO_ERROR, whorl_any(branches, 3, &winner));
  REQUIRE(strstr(whorl_detail(), "none has succeeded; first 'arm' failed") == whorl_detail());
  REQUIRE(winner == NOT_SET && now_s() == 3);
}

static void of_two_that_succeed_at_once_the_first_wins(void)
{
  whorl_branch_t branches[] = {BRANCH("a", 1, .status = 11), BRANCH("b", 1, .status = 12)};
  size_t winner = NOT_SET;
  int status = whorl_any(branches, 2, &winner);
  REQUIRE_INT(11 + (int)winner, status);
  REQUIRE(winner < 2 && (strncmp(trace, "a", 1) == 0) == (winner == 0)); // whoever it was in time
}

// --- Race

static void the_first_end_decides_a_race(void)
{
  whorl_branch_t branches[] = {BRANCH("a", 9), BRANCH("b", 1, .status = 5),
                               BRANCH("c", 9, .clean_up = 1, .clean_up_status = WHORL_IO_ERROR)};
  size_t winner = NOT_SET;
  REQUIRE_INT(5, whorl_race(branches, 3, &winner));
  REQUIRE(winner == 1 && live == 0 && now_s() == 2);
  REQUIRE_TRACE("b:DONE@1 a:CANCELED@1 c:IO_ERROR@2");
}

static void a_failure_decides_a_race_too(void)
{
  whorl_branch_t branches[] = {BRANCH("a", 9, .clean_up = 0.5), BRANCH("b", 1, .status = WHORL_CLOSED),
                               BRANCH("c", 9, .clean_up = 1, .clean_up_status = WHORL_IO_ERROR)};
  size_t winner = NOT_SET;
  REQUIRE_INT(WHORL_CLOSED, whorl_race(branches, 3, &winner));
  REQUIRE(winner == NOT_SET && live == 0 && now_s() == 2);
  REQUIRE_TRACE("b:CLOSED@1 a:OK@1.5 c:IO_ERROR@2"); // a success that comes later changes nothing
}

static int says_canceled(void *arg)
{
  (void)arg;
  step();
  return WHORL_CANCELED;
}

static void R21_a_stray_canceled_is_a_failure_here_too(void)
{
  whorl_branch_t branches[] = {{.function = says_canceled}, BRANCH("a", 1)};
  size_t winner = NOT_SET;
  REQUIRE_INT(WHORL_CANCELED, whorl_race(branches, 2, &winner));
  REQUIRE(now_s() == 0);
  REQUIRE_INT(WHORL_OK, whorl_any(branches, 2, &winner));
  REQUIRE(winner == 1 && now_s() == 1);
  REQUIRE_INT(WHORL_CANCELED, whorl_all(branches, 1));
}

// --- The caller is cancelled

typedef int (*combinator_t)(whorl_branch_t *branches, size_t count);
static int all(whorl_branch_t *branches, size_t count) { return whorl_all(branches, count); }
static int any(whorl_branch_t *branches, size_t count) { return whorl_any(branches, count, NULL); }
static int race(whorl_branch_t *branches, size_t count) { return whorl_race(branches, count, NULL); }
static const combinator_t combinators[] = {all, any, race};

static void R24_a_limit_around_ends_all_and_waits_for_all(void)
{
  for (int i = 0; i < 3; i++) {
    whorl_branch_t branches[] = {BRANCH("a", 99), BRANCH("b", 99, .clean_up = 2, .clean_up_status = WHORL_CANCELED)};
    whorl_timeout_t limit;
    double begin = now_s();
    step();
    whorl_timeout_open(&limit, SECONDS(1));
    REQUIRE_INT(WHORL_TIMED_OUT, whorl_timeout_close(&limit, combinators[i](branches, 2)));
    REQUIRE(live == 0 && now_s() == begin + 3);
    REQUIRE(branches[0].status == WHORL_CANCELED && branches[1].status == WHORL_CANCELED);
  }
}

static void R22_a_failure_beats_the_limit(void)
{
  for (int i = 0; i < 3; i++) {
    whorl_branch_t branches[] = {BRANCH("a", 99), BRANCH("b", 99, .clean_up = 1, .clean_up_status = WHORL_MALFORMED)};
    whorl_timeout_t limit;
    step();
    whorl_timeout_open(&limit, SECONDS(1));
    REQUIRE_INT(WHORL_MALFORMED, whorl_timeout_close(&limit, combinators[i](branches, 2)));
    REQUIRE(whorl_timeout_expired(&limit) && live == 0);
  }
}

// One is in its last step when the limit passes, and succeeds all the same: for one success that is enough, all of them it is not.
static void R11_what_succeeds_under_a_cancellation_counts(void)
{
  static const int expected[] = {WHORL_TIMED_OUT, WHORL_OK, WHORL_OK};
  for (int i = 0; i < 3; i++) {
    whorl_branch_t branches[] = {BRANCH("a", 99), BRANCH("b", 99, .clean_up = 1, .clean_up_status = WHORL_OK)};
    whorl_timeout_t limit;
    step();
    whorl_timeout_open(&limit, SECONDS(1));
    REQUIRE_INT(expected[i], whorl_timeout_close(&limit, combinators[i](branches, 2)));
    REQUIRE(live == 0);
  }
}

static int any_of_two(void *arg)
{
  whorl_branch_t branches[] = {BRANCH("inner", 99, .clean_up = 1, .clean_up_status = WHORL_CANCELED), BRANCH("other", 99)};
  (void)arg;
  return heard(whorl_any(branches, 2, NULL));
}

static void R24_combinators_nest(void)
{
  whorl_branch_t branches[] = {{.function = any_of_two}, BRANCH("outer", 1, .status = 3)};
  REQUIRE_INT(3, whorl_race(branches, 2, NULL));
  REQUIRE(live == 0 && now_s() == 2 && branches[0].status == WHORL_CANCELED);
  REQUIRE_TRACE("outer:DONE@1 other:CANCELED@1 inner:CANCELED@2");
}

// --- Retry

typedef struct shop {
  int failures, status; // so many times, with that
  int calls;
  double lasts;
} shop_t;

static int tries(void *arg)
{
  shop_t *shop = arg;
  shop->calls++;
  note("%g", now_s());
  if (shop->lasts > 0) WHORL_TRY(whorl_sleep(SECONDS(shop->lasts)));
  if (shop->calls > shop->failures) return 4;
  whorl_event_t none = {0};
  (void)whorl_event_set(none); // leaves a sentence behind
  return shop->status;
}

static void retries_pause_longer_and_longer(void)
{
  shop_t shop = {.failures = 5, .status = WHORL_IO_ERROR};
  const whorl_retry_options_t options = {.first_delay_ns = SECONDS(1), .factor = 3, .longest_delay_ns = SECONDS(10)};
  REQUIRE_INT(4, whorl_retry(tries, &shop, &options));
  REQUIRE_TRACE("0 1 4 13 23 33");
}

static void retries_have_defaults(void)
{
  shop_t shop = {.failures = 9, .status = WHORL_TIMED_OUT};
  REQUIRE_INT(4, whorl_retry(tries, &shop, NULL));
  REQUIRE_TRACE("0 0.1 0.3 0.7 1.5 3.1 6.3 12.7 22.7 32.7");
}

static void a_first_delay_beyond_the_longest_is_cut(void)
{
  shop_t shop = {.failures = 2, .status = WHORL_IO_ERROR};
  const whorl_retry_options_t options = {.first_delay_ns = SECONDS(60), .longest_delay_ns = SECONDS(2)};
  REQUIRE_INT(4, whorl_retry(tries, &shop, &options));
  REQUIRE_TRACE("0 2 4");
}

static void the_last_attempts_failure_is_returned(void)
{
  shop_t shop = {.failures = 9, .status = WHORL_IO_ERROR};
  const whorl_retry_options_t options = {.attempts = 3, .first_delay_ns = SECONDS(1)};
  REQUIRE_INT(WHORL_IO_ERROR, whorl_retry(tries, &shop, &options));
  REQUIRE(strstr(whorl_detail(), "3 of 3 attempts have failed; the last: ") == whorl_detail());
  REQUIRE_TRACE("0 1 3");
}

static void what_is_not_on_the_list_is_not_tried_again(void)
{
  shop_t malformed = {.failures = 9, .status = WHORL_MALFORMED}, closed = {.failures = 1, .status = WHORL_CLOSED};
  static const int again[] = {WHORL_MALFORMED, WHORL_BUSY, 0};
  REQUIRE_INT(WHORL_MALFORMED, whorl_retry(tries, &malformed, NULL));
  REQUIRE_INT(4, whorl_retry(tries, &closed, NULL));
  closed.calls = 0;
  REQUIRE_INT(WHORL_CLOSED, whorl_retry(tries, &closed, &(whorl_retry_options_t){.again = again}));
  malformed.calls = 8;
  REQUIRE_INT(4, whorl_retry(tries, &malformed, &(whorl_retry_options_t){.again = again}));
  REQUIRE_TRACE("0 0 0.1 0.1 0.1 0.2");
}

// S1 with less to write: limits of 1 s around attempts that nobody answers, without pauses to speak of, in a limit of 3 s.
static void S01_R14_retries_inside_a_limit(void)
{
  shop_t shop = {.lasts = 99};
  whorl_timeout_t outer;
  step();
  whorl_timeout_open(&outer, SECONDS(3));
  const whorl_retry_options_t options = {.attempt_limit_ns = SECONDS(1), .first_delay_ns = 1, .factor = 1};
  int status = whorl_retry(tries, &shop, &options);
  REQUIRE_INT(WHORL_CANCELED, status);
  REQUIRE_INT(WHORL_TIMED_OUT, whorl_timeout_close(&outer, status));
  REQUIRE(shop.calls == 3 && now_s() == 3);
}

static void R03_a_limit_may_pass_between_two_attempts(void)
{
  shop_t shop = {.failures = 99, .status = WHORL_IO_ERROR};
  whorl_timeout_t outer;
  whorl_timeout_open(&outer, SECONDS(2));
  const whorl_retry_options_t options = {.first_delay_ns = SECONDS(1.5), .factor = 1};
  REQUIRE_INT(WHORL_TIMED_OUT, whorl_timeout_close(&outer, whorl_retry(tries, &shop, &options)));
  REQUIRE_TRACE("0 1.5");
  REQUIRE(now_s() == 2);
}

// --- Words

static int is_busy(void *arg)
{
  (void)arg;
  return WHORL_BUSY;
}

TASK_TEST(an_older_sentence_is_not_said_of_an_attempt)
{
  const whorl_retry_options_t options = {.attempts = 2};
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_retry(NULL, NULL, NULL));
  CHECK_INT(WHORL_BUSY, whorl_retry(is_busy, NULL, &options));
  CHECK_TEXT("2 of 2 attempts have failed; the last: somebody else is in there", whorl_detail());
  return WHORL_OK;
}

TASK_TEST(bad_arguments_are_refused)
{
  static const int canceled[] = {WHORL_CANCELED, 0}, success[] = {7, 0};
  static const whorl_retry_options_t rows[] = {{.first_delay_ns = -1}, {.longest_delay_ns = -1}, {.attempt_limit_ns = -1}, {.factor = 0.5},
                                               {.factor = -2},         {.again = canceled},      {.again = success}};
  whorl_branch_t branches[] = {BRANCH("a", 1), {0}};
  size_t winner = NOT_SET;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_retry(does, branches[0].arg, &rows[i]));
    CHECK(strstr(whorl_detail(), "whorl_retry: ") == whorl_detail());
  }
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_retry(NULL, NULL, NULL));
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_all(branches, 2));
  CHECK_TEXT("whorl_all: the function of branch 1 is NULL", whorl_detail());
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_any(branches, 0, &winner));
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_any(NULL, 2, &winner));
  CHECK_TEXT("whorl_any: 2 branches at NULL", whorl_detail());
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_race(NULL, 0, &winner));
  CHECK(winner == NOT_SET);
  CHECK_TEXT("", trace);
  return WHORL_OK;
}

static int succeeds_at_the_third(void *arg) { return ++*(int *)arg < 3 ? WHORL_BUSY : 7; }

static void R35_on_a_plain_thread_only_retry_works(void **state)
{
  whorl_branch_t branches[] = {BRANCH("a", 1)};
  int calls = 0;
  (void)state;
  trace_clear();
  assert_int_equal(whorl_all(branches, 1), WHORL_NOT_IN_TASK);
  assert_int_equal(whorl_any(branches, 1, NULL), WHORL_NOT_IN_TASK);
  assert_int_equal(whorl_race(branches, 1, NULL), WHORL_NOT_IN_TASK);
  assert_non_null(strstr(whorl_detail(), "whorl_race"));
  assert_int_equal(whorl_retry(succeeds_at_the_third, &calls, &(whorl_retry_options_t){.first_delay_ns = 1}), 7);
  assert_int_equal(calls, 3);
  assert_trace("");
}

static int names_itself(void *arg)
{
  (void)arg;
  note("%s", whorl_task_name());
  return WHORL_OK;
}

TASK_TEST(R45_branches_have_names)
{
  whorl_branch_t branches[] = {{.function = names_itself, .name = "left"}, {.function = names_itself}};
  CHECK_INT(WHORL_OK, whorl_all_from("arms/home.c:12", branches, 2));
  CHECK_TEXT("left branch 1 of home.c:12", trace);
  return WHORL_OK;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SCHEDULE(R20_all_are_done_when_the_last_one_is),
      SCHEDULE(R20_the_first_failure_of_all_cancels_the_rest),
      cmocka_unit_test(an_older_sentence_is_not_said_of_an_attempt),
      cmocka_unit_test(bad_arguments_are_refused),
      cmocka_unit_test(R35_on_a_plain_thread_only_retry_works),
      cmocka_unit_test(R45_branches_have_names),
      SCHEDULE(all_of_nothing_is_done),
      SCHEDULE(R03_in_a_cancelled_scope_none_begins),
      SCHEDULE(R25_any_is_done_with_the_first_success),
      SCHEDULE(R25_of_any_that_all_fail_the_first_failure_is_told),
      SCHEDULE(of_two_that_succeed_at_once_the_first_wins),
      SCHEDULE(the_first_end_decides_a_race),
      SCHEDULE(a_failure_decides_a_race_too),
      SCHEDULE(R21_a_stray_canceled_is_a_failure_here_too),
      SCHEDULE(R24_a_limit_around_ends_all_and_waits_for_all),
      SCHEDULE(R22_a_failure_beats_the_limit),
      SCHEDULE(R11_what_succeeds_under_a_cancellation_counts),
      SCHEDULE(R24_combinators_nest),
      SCHEDULE(retries_pause_longer_and_longer),
      SCHEDULE(retries_have_defaults),
      SCHEDULE(a_first_delay_beyond_the_longest_is_cut),
      SCHEDULE(the_last_attempts_failure_is_returned),
      SCHEDULE(what_is_not_on_the_list_is_not_tried_again),
      SCHEDULE(S01_R14_retries_inside_a_limit),
      SCHEDULE(R03_a_limit_may_pass_between_two_attempts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
