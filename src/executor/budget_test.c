// How long the forms of spin go on: budgets, limits, work that comes meanwhile, and the forms that have a node for the call. For every kind of executor, in virtual time.
#include <std_srvs/srv/trigger.h>

#include "executor/executor_fixture.h"

#define TRIGGER WHORL_SERVICE(std_srvs, srv, Trigger)

static const int64_t MS = WHORL_MILLISECONDS(1);

// Two timers that are ready, each call of which takes that long.
static void make_two_ready(bench_t *bench, ticker_t two[2], int64_t takes_ns)
{
  for (int i = 0; i < 2; i++) {
    two[i] = (ticker_t){.takes_ns = takes_ns};
    ticker_start(bench, &two[i], WHORL_SECONDS(10), NULL);
  }
  bench_let_pass(bench, WHORL_SECONDS(11));
  bench_add_node(bench);
}

EXECUTOR_TEST(EXE_15_the_budget_is_looked_at_between_items_never_inside_one)
{
  ticker_t two[2];
  make_two_ready(bench, two, 200 * MS);
  int64_t before_ns = bench_executor_now();
  assert_int_equal(whorl_executor_spin_some(bench->executor, 100 * MS), 1);
  assert_int_equal(two[0].calls + two[1].calls, 1);
  assert_int_equal(bench_executor_now() - before_ns, 200 * MS);
  assert_int_equal(whorl_executor_spin_all(bench->executor, 100 * MS), 1);
  assert_int_equal(two[0].calls + two[1].calls, 2);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 100 * MS), 0);
}

EXECUTOR_TEST(EXE_16_and_PAIN_39_a_budget_shorter_than_the_callbacks_lets_the_first_run_to_its_end)
{
  ticker_t two[2];
  make_two_ready(bench, two, 10 * MS);
  int64_t before_ns = bench_executor_now();
  assert_int_equal(whorl_executor_spin_some(bench->executor, MS), 1);
  assert_int_equal(two[0].calls + two[1].calls, 1);
  assert_int_equal(bench_executor_now() - before_ns, 10 * MS);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 20 * MS), 1); // and a budget that is large enough lets the other
}

EXECUTOR_TEST(EXE_11_its_budget_ends_spin_all_between_items)
{
  ticker_t busy = {.takes_ns = 10 * MS};
  ticker_start(bench, &busy, 0, NULL); // ready for ever
  bench_add_node(bench);
  assert_int_equal(whorl_executor_spin_all(bench->executor, 45 * MS), 5);
}

EXECUTOR_TEST(EVT_11_a_cancel_during_slow_timers_ends_the_spin_with_one_call_at_most)
{
  ticker_t two[2] = {{.takes_ns = 50 * MS, .cancels_spin_at = 1}, {.takes_ns = 50 * MS, .cancels_spin_at = 1}};
  for (int i = 0; i < 2; i++) ticker_start(bench, &two[i], MS, NULL);
  bench_add_node(bench);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(two[0].calls + two[1].calls, 1);
}

EXECUTOR_TEST(TMR_10_callbacks_longer_than_the_period_leave_room_for_each_other_and_the_end)
{
  ticker_t two[2] = {{.takes_ns = 5 * MS}, {.takes_ns = 5 * MS}};
  for (int i = 0; i < 2; i++) ticker_start(bench, &two[i], MS, NULL);
  bench_add_node(bench);
  int64_t before_ns = bench_executor_now();
  bench_spin_for(bench, 50 * MS);
  assert_in_range(two[0].calls, 4, 6);
  assert_in_range(two[1].calls, 4, 6);
  assert_in_range(bench_executor_now() - before_ns, 50 * MS, 55 * MS);
}

static size_t groups_of(bench_t *bench)
{
  size_t count;
  assert_int_equal(whorl_executor_callback_groups(bench->executor, WHORL_EXECUTOR_GROUPS_ALL, NULL, 0, &count), WHORL_OK);
  return count;
}

static int complete_it(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  bench->calls[0] = (int)groups_of(bench);
  return whorl_future_complete(bench->future, WHORL_OK, NULL);
}

EXECUTOR_TEST(EXE_17_a_spin_of_one_node_until_a_future_has_the_node_for_that_time_only)
{
  assert_int_equal(whorl_timer_create(bench->node, MS, complete_it, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_future_create(NULL, &bench->future), WHORL_OK);
  assert_int_equal(whorl_executor_spin_node_until_future_complete(bench->executor, bench->node, bench->future, WHORL_SECONDS(1)),
                   WHORL_FUTURE_SUCCESS);
  assert_int_equal(bench->calls[0], 1);
  assert_int_equal(groups_of(bench), 0);
  bench_add_node(bench); // one that is here stays here
  assert_int_equal(whorl_executor_spin_node_until_future_complete(bench->executor, bench->node, bench->future, 0), WHORL_FUTURE_SUCCESS);
  assert_int_equal(groups_of(bench), 1);
  assert_int_equal(whorl_future_destroy(bench->future), WHORL_OK);
  assert_int_equal(whorl_executor_spin_node_until_future_complete(bench->executor, (whorl_node_t){0}, bench->future, 0),
                   WHORL_INVALID_HANDLE);
}

static int answer(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)call;
  ++*(int *)arg;
  ((std_srvs__srv__Trigger_Response *)response)->success = true;
  return WHORL_OK;
}

static int call_it(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  whorl_client_t client;
  std_srvs__srv__Trigger_Request request = {0};
  std_srvs__srv__Trigger_Response response = {0};
  (void)info;
  assert_int_equal(whorl_client_create(bench->node, TRIGGER, "service", NULL, &client), WHORL_OK);
  bench->status = whorl_client_call(client, &request, &response);
  bench->calls[1] = response.success;
  std_srvs__srv__Trigger_Response__fini(&response);
  return whorl_executor_cancel(bench->executor);
}

EXECUTOR_TEST(EVT_02_a_request_and_its_answer_go_through_one_executor_without_a_wait_for_the_service)
{
  whorl_callback_group_t group;
  assert_int_equal(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &group), WHORL_OK);
  const whorl_timer_options_t once = {.one_shot = true, .callback_group = group};
  assert_int_equal(whorl_service_create(bench->node, TRIGGER, "service", answer, &bench->calls[0], NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_timer_create(bench->node, 0, call_it, bench, &once, NULL), WHORL_OK);
  bench_add_node(bench);
  bench->status = WHORL_IO_ERROR; // until it has ended
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(bench->status, WHORL_OK);
  assert_int_equal(bench->calls[0], 1);
  assert_int_equal(bench->calls[1], 1);
}

static void EXE_36_results_of_spinning_have_names(void **state)
{
  (void)state;
  assert_string_equal(whorl_future_result_name(WHORL_FUTURE_SUCCESS), "SUCCESS");
  assert_string_equal(whorl_future_result_name(WHORL_FUTURE_INTERRUPTED), "INTERRUPTED");
  assert_string_equal(whorl_future_result_name(WHORL_FUTURE_TIMEOUT), "TIMEOUT");
  assert_string_equal(whorl_future_result_name(3), "UNKNOWN");
  assert_string_equal(whorl_future_result_name(WHORL_BUSY), "WHORL_BUSY");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(EXE_15_the_budget_is_looked_at_between_items_never_inside_one),
      NODE_TEST(EXE_16_and_PAIN_39_a_budget_shorter_than_the_callbacks_lets_the_first_run_to_its_end),
      NODE_TEST(EXE_11_its_budget_ends_spin_all_between_items),
      NODE_TEST(EXE_17_a_spin_of_one_node_until_a_future_has_the_node_for_that_time_only),
      NODE_TEST(EVT_02_a_request_and_its_answer_go_through_one_executor_without_a_wait_for_the_service),
      NODE_TEST(EVT_11_a_cancel_during_slow_timers_ends_the_spin_with_one_call_at_most),
      NODE_TEST(TMR_10_callbacks_longer_than_the_period_leave_room_for_each_other_and_the_end),
      cmocka_unit_test(EXE_36_results_of_spinning_have_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
