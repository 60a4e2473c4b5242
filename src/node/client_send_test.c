// Requests whose answer goes into a future, in virtual time: sent from tasks, callbacks and plain threads, waited for later, given up, pruned.
#include "node/service_fixture.h"

static int send_one(const pair_t *pair, int64_t a, whorl_future_t *ret_future)
{
  add_request_t request = {.a = a, .b = 1000};
  return whorl_client_send(pair->client, &request, ret_future);
}

static void set_delay(const pair_t *pair, int64_t delay_ns)
{
  const whorl_simulation_network_t network = {.link.delay_ns = delay_ns};
  assert_int_equal(whorl_simulation_set_network(pair->world, &network), WHORL_OK);
}

static void check_counts(const pair_t *pair, uint64_t answers, uint64_t late, size_t open)
{
  whorl_client_counts_t counts;
  assert_int_equal(whorl_client_read_counts(pair->client, &counts), WHORL_OK);
  assert_int_equal(counts.answers, answers);
  assert_int_equal(counts.late, late);
  assert_int_equal(counts.open, open);
}

static void check_sum(whorl_future_t future, int64_t sum)
{
  add_response_t response = {0};
  assert_int_equal(whorl_future_take(future, &response), WHORL_OK);
  assert_int_equal(response.sum, sum);
}

// --- sent now, waited for later

static int send_three_and_wait_backwards(pair_t *pair)
{
  whorl_future_t futures[3];
  WHORL_TRY(whorl_client_wait_for_service(pair->client));
  for (int i = 0; i < 3; i++) WHORL_TRY(send_one(pair, i, &futures[i]));
  assert_int_equal(whorl_simulation_now_ns(pair->world), 0); // nothing has been waited for
  check_counts(pair, 0, 0, 3);
  for (int i = 2; i >= 0; i--) {
    void *value = NULL;
    WHORL_TRY(whorl_future_wait(futures[i], &value));
    assert_int_equal(((const add_response_t *)value)->sum, i + 1000);
    check_sum(futures[i], i + 1000);
    check_sum(futures[i], i + 1000); // as often as one likes
    WHORL_TRY(whorl_future_destroy(futures[i]));
    assert_int_equal(whorl_future_take(futures[i], &(add_response_t){0}), WHORL_DESTROYED);
  }
  assert_int_equal(whorl_simulation_now_ns(pair->world), MS(20)); // all three side by side
  check_counts(pair, 3, 0, 0);
  return WHORL_OK;
}

static void ACLI_04_requests_are_sent_at_once_and_waited_for_in_any_order(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, WHORL_UNLIMITED);
  pair_connect(pair);
  set_delay(pair, MS(10));
  assert_int_equal(pair_with(pair, send_three_and_wait_backwards), WHORL_OK);
}

static whorl_future_t sent;

static int wait_for_sent(void *arg)
{
  void *value = NULL;
  WHORL_TRY(whorl_future_wait(sent, &value));
  ((pair_t *)arg)->entered += ((const add_response_t *)value)->sum == 1007;
  return WHORL_OK;
}

static int three_waiters(pair_t *pair)
{
  whorl_task_group_t group;
  WHORL_TRY(send_one(pair, 7, &sent));
  whorl_task_group_open(&group);
  for (int i = 0; i < 3; i++) whorl_task_group_spawn(&group, wait_for_sent, pair);
  WHORL_TRY(whorl_task_group_close(&group, WHORL_OK));
  return whorl_future_destroy(sent);
}

static void R27_every_waiter_of_a_request_gets_its_answer(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, three_waiters), WHORL_OK);
  assert_int_equal(pair->entered, 3);
}

static void a_plain_thread_sends_looks_and_takes(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  assert_int_equal(send_one(pair, 7, &sent), WHORL_OK);
  assert_false(whorl_future_is_complete(sent));
  assert_int_equal(whorl_future_take(sent, &(add_response_t){0}), WHORL_WOULD_BLOCK);
  assert_non_null(strstr(whorl_detail(), "/add"));
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(1)), WHORL_OK);
  assert_true(whorl_future_is_complete(sent));
  check_sum(sent, 1007);
  assert_int_equal(whorl_future_destroy(sent), WHORL_OK);
}

static int on_tick_sends(const whorl_timer_info_t *info, void *arg)
{
  pair_t *pair = arg;
  (void)info;
  WHORL_TRY(send_one(pair, 7, &sent));
  pair->entered++;
  return WHORL_OK; // the answer is somebody else's business
}

static int wait_for_what_a_callback_sent(pair_t *pair)
{
  const whorl_timer_options_t once = {.one_shot = true};
  WHORL_TRY(whorl_timer_create(pair->client_node, MS(1), on_tick_sends, pair, &once, NULL));
  WHORL_TRY(whorl_sleep(MS(2)));
  assert_int_equal(pair->entered, 1);
  WHORL_TRY(wait_for_sent(pair));
  assert_int_equal(pair->entered, 2);
  return whorl_future_destroy(sent);
}

static void a_callback_sends_and_returns(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  set_delay(pair, MS(10));
  assert_int_equal(pair_with(pair, wait_for_what_a_callback_sent), WHORL_OK);
}

static int send_to_nobody(pair_t *pair)
{
  whorl_timeout_t timeout;
  WHORL_TRY(send_one(pair, 7, &sent));
  pair_serve(pair, on_add, 0); // too late for it
  whorl_timeout_open(&timeout, WHORL_SECONDS(1));
  assert_int_equal(whorl_timeout_close(&timeout, whorl_future_wait(sent, NULL)), WHORL_TIMED_OUT);
  assert_int_equal(pair->handled, 0);
  check_counts(pair, 0, 0, 1);
  return whorl_future_destroy(sent);
}

static void what_is_sent_before_a_server_is_found_is_lost(void **state)
{
  pair_t *pair = *state;
  pair_connect(pair);
  assert_int_equal(pair_with(pair, send_to_nobody), WHORL_OK);
}

// --- given up

static int give_up_waiting_and_wait_again(pair_t *pair)
{
  whorl_timeout_t timeout;
  WHORL_TRY(send_one(pair, 7, &sent));
  whorl_timeout_open(&timeout, MS(5));
  assert_int_equal(whorl_timeout_close(&timeout, whorl_future_wait(sent, NULL)), WHORL_TIMED_OUT);
  check_counts(pair, 0, 0, 1); // the request is not the waiter's
  WHORL_TRY(whorl_future_wait(sent, NULL));
  check_sum(sent, 1007);
  check_counts(pair, 1, 0, 0);
  return whorl_future_destroy(sent);
}

static void R27_a_cancelled_waiter_leaves_the_request_alone(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  set_delay(pair, MS(10));
  assert_int_equal(pair_with(pair, give_up_waiting_and_wait_again), WHORL_OK);
}

static int destroy_then_abandon(pair_t *pair)
{
  WHORL_TRY(send_one(pair, 7, &sent));
  WHORL_TRY(whorl_future_destroy(sent));
  check_counts(pair, 0, 0, 0);
  WHORL_TRY(whorl_sleep(MS(30)));
  check_counts(pair, 0, 1, 0);
  WHORL_TRY(send_one(pair, 7, &sent));
  WHORL_TRY(whorl_future_abandon(sent));
  assert_int_equal(whorl_future_abandon(sent), WHORL_ALREADY_COMPLETED);
  check_counts(pair, 0, 1, 0);
  WHORL_TRY(whorl_sleep(MS(30)));
  check_counts(pair, 0, 2, 0);
  assert_int_equal(whorl_future_wait(sent, NULL), WHORL_ABANDONED);
  assert_non_null(strstr(whorl_detail(), "given up"));
  assert_int_equal(whorl_future_take(sent, &(add_response_t){0}), WHORL_ABANDONED);
  assert_int_equal(whorl_client_prune_requests(pair->client, 0, NULL), WHORL_OK);
  return whorl_future_destroy(sent);
}

static void ASRC_05_an_answer_to_a_request_that_was_given_up_completes_nothing(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  set_delay(pair, MS(10));
  assert_int_equal(pair_with(pair, destroy_then_abandon), WHORL_OK);
  assert_int_equal(pair->handled, 2);
}

static int destroy_while_waited_for(void *arg)
{
  (void)arg;
  WHORL_TRY(whorl_sleep(MS(5)));
  return whorl_future_destroy(sent);
}

static int wait_for_a_future_that_goes(pair_t *pair)
{
  whorl_task_group_t group;
  WHORL_TRY(send_one(pair, 7, &sent));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, destroy_while_waited_for, NULL);
  assert_int_equal(whorl_future_wait(sent, NULL), WHORL_DESTROYED);
  assert_non_null(strstr(whorl_detail(), "future was destroyed"));
  check_counts(pair, 0, 0, 0);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void destroying_the_future_ends_the_wait_for_it(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  set_delay(pair, MS(10));
  assert_int_equal(pair_with(pair, wait_for_a_future_that_goes), WHORL_OK);
}

static int destroy_the_client(void *arg)
{
  WHORL_TRY(whorl_sleep(MS(15)));
  return whorl_client_destroy(((pair_t *)arg)->client);
}

static int wait_for_a_client_that_goes(pair_t *pair)
{
  whorl_task_group_t group;
  whorl_future_t answered;
  WHORL_TRY(send_one(pair, 7, &answered));
  WHORL_TRY(whorl_sleep(MS(10)));
  WHORL_TRY(send_one(pair, 8, &sent));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, destroy_the_client, pair);
  assert_int_equal(whorl_future_wait(sent, NULL), WHORL_DESTROYED);
  assert_non_null(strstr(whorl_detail(), "client was destroyed"));
  assert_int_equal(whorl_future_wait(sent, NULL), WHORL_DESTROYED); // its result
  WHORL_TRY(whorl_task_group_close(&group, WHORL_OK));
  check_sum(answered, 1007);
  WHORL_TRY(whorl_future_destroy(sent));
  return whorl_future_destroy(answered);
}

static void ACLI_06_destroying_the_client_ends_what_is_open_and_leaves_what_is_answered(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  set_delay(pair, MS(10));
  assert_int_equal(pair_with(pair, wait_for_a_client_that_goes), WHORL_OK);
}

static void an_answer_outlives_its_world(void **state)
{
  whorl_future_t answered, open;
  (void)state;
  void *another;
  pair_setup(&another);
  pair_t *pair = another;
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  assert_int_equal(send_one(pair, 7, &answered), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(1)), WHORL_OK);
  assert_int_equal(send_one(pair, 8, &open), WHORL_OK);
  pair_teardown(&another);
  check_sum(answered, 1007);
  assert_int_equal(whorl_future_take(open, &(add_response_t){0}), WHORL_DESTROYED);
  assert_int_equal(whorl_future_destroy(answered), WHORL_OK);
  assert_int_equal(whorl_future_destroy(open), WHORL_OK);
}

// --- pruned

static int call_for_a_second(void *arg)
{
  pair_t *pair = arg;
  int64_t sum;
  pair->status = add_within(pair->client, WHORL_SECONDS(1), &sum);
  return WHORL_OK;
}

static int prune_the_old_ones(pair_t *pair)
{
  whorl_task_group_t group;
  whorl_future_t futures[4];
  size_t pruned = 77;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, call_for_a_second, pair);
  for (int i = 0; i < 4; i++) {
    assert_int_equal(send_one(pair, i, &futures[i]), WHORL_OK);
    assert_int_equal(whorl_sleep(MS(10)), WHORL_OK);
  }
  assert_int_equal(whorl_client_prune_requests(pair->client, MS(30), &pruned), WHORL_OK); // sent at 0 and 10 ms
  assert_int_equal(pruned, 2);
  assert_int_equal(whorl_future_wait(futures[1], NULL), WHORL_ABANDONED);
  assert_true(whorl_future_is_complete(futures[0]));
  assert_false(whorl_future_is_complete(futures[2]));
  check_counts(pair, 0, 0, 3);
  assert_int_equal(whorl_client_prune_requests(pair->client, MS(30), &pruned), WHORL_OK);
  assert_int_equal(pruned, 0);
  assert_int_equal(whorl_client_prune_requests(pair->client, 0, &pruned), WHORL_OK);
  assert_int_equal(pruned, 2);
  check_counts(pair, 0, 0, 1); // the call of the task
  for (int i = 0; i < 4; i++) assert_int_equal(whorl_future_destroy(futures[i]), WHORL_OK);
  int status = whorl_task_group_close(&group, WHORL_OK);
  assert_int_equal(pair->status, WHORL_TIMED_OUT);
  return status;
}

static int on_add_never(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call, (void)arg;
  return whorl_sleep(WHORL_FOREVER);
}

static void pruning_gives_up_what_was_sent_long_ago(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add_never, WHORL_UNLIMITED);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, prune_the_old_ones), WHORL_OK);
}

static int send_a_thousand(pair_t *pair)
{
  static whorl_future_t futures[1000];
  size_t pruned;
  for (int i = 0; i < 1000; i++) WHORL_TRY(send_one(pair, i, &futures[i]));
  check_counts(pair, 0, 0, 1000);
  WHORL_TRY(whorl_client_prune_requests(pair->client, 0, &pruned));
  assert_int_equal(pruned, 1000);
  check_counts(pair, 0, 0, 0);
  for (int i = 0; i < 1000; i++) WHORL_TRY(whorl_future_destroy(futures[i]));
  return WHORL_OK;
}

static void PAIN_25_a_thousand_open_requests_are_pruned_at_once(void **state)
{
  pair_t *pair = *state;
  pair_connect(pair);
  assert_int_equal(pair_with(pair, send_a_thousand), WHORL_OK);
}

// --- what is said

static void note_words(const char *line, void *arg)
{
  pair_t *pair = arg;
  pair->entered += strstr(line, "answer of '/add'") != NULL;
}

static int dump_the_wait(pair_t *pair)
{
  whorl_task_group_t group;
  WHORL_TRY(send_one(pair, 7, &sent));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, wait_for_sent, pair);
  int status = whorl_yield();
  if (status == WHORL_OK) status = whorl_simulation_dump(pair->world, note_words, pair);
  assert_true(pair->entered > 0);
  whorl_task_group_cancel(&group);
  (void)whorl_task_group_close(&group, status);
  return whorl_future_destroy(sent);
}

static void R45_a_wait_for_an_answer_has_the_services_name(void **state)
{
  pair_t *pair = *state;
  pair_connect(pair);
  assert_int_equal(pair_with(pair, dump_the_wait), WHORL_OK);
}

static void bad_arguments(void **state)
{
  pair_t *pair = *state;
  add_request_t request = {.a = 1};
  whorl_future_t future = {77}, plain;
  pair_connect(pair);
  assert_int_equal(whorl_client_send((whorl_client_t){0}, &request, &future), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_client_send(pair->client, NULL, &future), WHORL_INVALID_ARGUMENT);
  assert_non_null(strstr(whorl_detail(), "request is NULL"));
  assert_int_equal(whorl_client_send(pair->client, &request, NULL), WHORL_INVALID_ARGUMENT);
  assert_non_null(strstr(whorl_detail(), "ret_future is NULL"));
  assert_int_equal(whorl_client_prune_requests((whorl_client_t){0}, 0, NULL), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_client_prune_requests(pair->client, -1, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(future.id, 77);
  assert_int_equal(whorl_client_send(pair->client, &request, &future), WHORL_OK);
  assert_int_equal(whorl_future_complete(future, WHORL_OK, &request), WHORL_WRONG_STATE);
  assert_non_null(strstr(whorl_detail(), "/add"));
  assert_int_equal(whorl_future_take(future, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_future_destroy(future), WHORL_OK);
  assert_int_equal(whorl_future_create(NULL, &plain), WHORL_OK);
  assert_int_equal(whorl_future_take(plain, &request), WHORL_WRONG_TYPE);
  assert_int_equal(whorl_future_destroy(plain), WHORL_OK);
  assert_int_equal(whorl_client_destroy(pair->client), WHORL_OK);
  assert_int_equal(whorl_client_send(pair->client, &request, &future), WHORL_DESTROYED);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      PAIR_TEST(ACLI_04_requests_are_sent_at_once_and_waited_for_in_any_order),
      PAIR_TEST(R27_every_waiter_of_a_request_gets_its_answer),
      PAIR_TEST(a_plain_thread_sends_looks_and_takes),
      PAIR_TEST(a_callback_sends_and_returns),
      PAIR_TEST(what_is_sent_before_a_server_is_found_is_lost),
      PAIR_TEST(R27_a_cancelled_waiter_leaves_the_request_alone),
      PAIR_TEST(ASRC_05_an_answer_to_a_request_that_was_given_up_completes_nothing),
      PAIR_TEST(destroying_the_future_ends_the_wait_for_it),
      PAIR_TEST(ACLI_06_destroying_the_client_ends_what_is_open_and_leaves_what_is_answered),
      cmocka_unit_test(an_answer_outlives_its_world),
      PAIR_TEST(pruning_gives_up_what_was_sent_long_ago),
      PAIR_TEST(PAIN_25_a_thousand_open_requests_are_pruned_at_once),
      PAIR_TEST(R45_a_wait_for_an_answer_has_the_services_name),
      PAIR_TEST(bad_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
