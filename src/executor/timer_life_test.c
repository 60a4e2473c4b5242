// That nothing holds on to a timer that has gone, under every kind of executor, and what an executor without timers does.
#include "base/memory.h"
#include "executor/executor_fixture.h"

static const int64_t MS = WHORL_MILLISECONDS(1);

EXECUTOR_TEST(TMR_01_without_a_timer_there_is_no_deadline_and_nothing_to_run)
{
  bench_add_node(bench);
  assert_int_equal(whorl_executor_spin_all(bench->executor, 0), 0);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_DEADLOCK); // the world knows of no time to wait for
  assert_int_equal(whorl_executor_remove_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin_all(bench->executor, 0), 0);
}

// Beginning and end of a timer that has run.
static void run_and_destroy(bench_t *bench)
{
  ticker_t ticker = {0};
  ticker_start(bench, &ticker, 10 * MS, NULL);
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_FOREVER), 1);
  assert_int_equal(whorl_timer_destroy(ticker.timer), WHORL_OK);
}

EXECUTOR_TEST(TMR_02_a_removed_timer_is_not_referred_to)
{
  bench_add_node(bench);
  run_and_destroy(bench);
  int64_t blocks = whorl__memory_blocks();
  for (int i = 0; i < 10; i++) run_and_destroy(bench);
  assert_int_equal(whorl__memory_blocks(), blocks);
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_SECONDS(1)), 0);
}

static void run_a_node_with_timers(bench_t *bench)
{
  whorl_node_t node;
  int64_t blocks = whorl__memory_blocks();
  ticker_t tickers[10] = {{0}};
  assert_int_equal(whorl_node_create(bench->fixture->context, "passing", NULL, &node), WHORL_OK);
  bench->node = node;
  for (int i = 0; i < 10; i++) ticker_start(bench, &tickers[i], 10 * MS, NULL);
  bench_add_node(bench);
  assert_true(whorl__memory_blocks() > blocks + 10);
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_FOREVER), 1);
  assert_int_equal(whorl_node_destroy(node), WHORL_OK);
  assert_int_equal(whorl_executor_spin_all(bench->executor, 0), 0); // the nine that were ready
}

EXECUTOR_TEST(TMR_03_the_end_of_a_node_lets_go_of_every_timer)
{
  run_a_node_with_timers(bench);
  int64_t blocks = whorl__memory_blocks();
  for (int i = 0; i < 10; i++) run_a_node_with_timers(bench);
  assert_int_equal(whorl__memory_blocks(), blocks);
}

EXECUTOR_TEST(TMR_19_every_call_on_a_timer_that_has_gone_says_so)
{
  ticker_t ticker = {0};
  bool canceled = true;
  int64_t number = 7;
  ticker_start(bench, &ticker, MS, NULL);
  bench_add_node(bench);
  assert_int_equal(whorl_timer_destroy(ticker.timer), WHORL_OK);
  assert_int_equal(whorl_timer_cancel(ticker.timer), WHORL_DESTROYED);
  assert_string_equal(whorl_detail(), "the timer was destroyed");
  assert_int_equal(whorl_timer_reset(ticker.timer), WHORL_DESTROYED);
  assert_int_equal(whorl_timer_set_period(ticker.timer, MS), WHORL_DESTROYED);
  assert_int_equal(whorl_timer_is_canceled(ticker.timer, &canceled), WHORL_DESTROYED);
  assert_int_equal(whorl_timer_period(ticker.timer, &number), WHORL_DESTROYED);
  assert_int_equal(whorl_timer_time_until_next(ticker.timer, &number), WHORL_DESTROYED);
  assert_int_equal(whorl_timer_take(ticker.timer, NULL), WHORL_DESTROYED);
  assert_true(canceled && number == 7); // untouched
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(TMR_01_without_a_timer_there_is_no_deadline_and_nothing_to_run),
      NODE_TEST(TMR_02_a_removed_timer_is_not_referred_to),
      NODE_TEST(TMR_03_the_end_of_a_node_lets_go_of_every_timer),
      NODE_TEST(TMR_19_every_call_on_a_timer_that_has_gone_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
