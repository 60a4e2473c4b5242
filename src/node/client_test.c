// Clients and services together, in virtual time. Rows ACLI, ASVC and ASRC are those of the peers' own tests.
#include "base/memory.h"
#include "node/service_fixture.h"
#include "task/sanitizer.h"

// --- ACLI

static int wait_and_call(pair_t *pair)
{
  int64_t sum = 0;
  WHORL_TRY(whorl_client_wait_for_service(pair->client));
  WHORL_TRY(add(pair->client, 20, 22, &sum));
  assert_int_equal(sum, 42);
  return WHORL_OK;
}

static void ACLI_01_a_plain_handler_answers_a_call(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, wait_and_call), WHORL_OK);
  assert_int_equal(pair->handled, 1);
  whorl_client_counts_t counts;
  assert_int_equal(whorl_client_read_counts(pair->client, &counts), WHORL_OK);
  assert_int_equal(counts.requests, 1);
  assert_int_equal(counts.answers, 1);
  assert_int_equal(counts.open, 0);
}

static int wait_half_a_second(pair_t *pair)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, MS(500));
  int status = whorl_client_wait_for_service(pair->client);
  assert_int_equal(status, WHORL_CANCELED);
  assert_int_equal(whorl_timeout_close(&timeout, status), WHORL_TIMED_OUT);
  assert_int_equal(whorl_simulation_now_ns(pair->world), MS(500));
  return WHORL_OK;
}

static void ACLI_02_waiting_for_nobody_ends_with_the_callers_limit(void **state)
{
  pair_t *pair = *state;
  pair_connect(pair);
  assert_int_equal(pair_with(pair, wait_half_a_second), WHORL_OK);
}

static int call_destroyed(pair_t *pair)
{
  int64_t sum;
  assert_int_equal(whorl_client_destroy(pair->client), WHORL_OK);
  assert_int_equal(whorl_client_destroy(pair->client), WHORL_DESTROYED);
  assert_int_equal(add(pair->client, 1, 2, &sum), WHORL_DESTROYED);
  assert_int_equal(whorl_client_wait_for_service(pair->client), WHORL_DESTROYED);
  assert_false(whorl_client_service_is_ready(pair->client));
  return WHORL_OK;
}

static void ACLI_03_a_destroyed_client_refuses_calls(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, call_destroyed), WHORL_OK);
}

// Handlers that meet: nobody answers before three are there.
static int on_add_together(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  pair_t *pair = arg;
  if (++pair->entered == 3) whorl_event_set(pair->event);
  WHORL_TRY(whorl_event_wait(pair->event));
  return on_add(request, response, call, arg);
}

static int call_with_its_own(void *arg)
{
  const pair_t *pair = arg;
  static int64_t next;
  int64_t mine = ++next, sum = 0;
  WHORL_TRY(add(pair->client, mine, 1000, &sum));
  assert_int_equal(sum, mine + 1000);
  return WHORL_OK;
}

static int three_calls(pair_t *pair)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 3; i++) whorl_task_group_spawn(&group, call_with_its_own, pair);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void ACLI_04_and_ASVC_01_three_calls_at_once_each_get_their_own_answer(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add_together, 3);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, three_calls), WHORL_OK);
  assert_int_equal(pair->handled, 3);
}

// The first never answers; the others do.
static int on_add_but_the_first(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  pair_t *pair = arg;
  if (++pair->entered == 1) WHORL_TRY(whorl_event_wait(pair->event));
  return on_add(request, response, call, arg);
}

static int give_up_and_call_again(pair_t *pair)
{
  int64_t sum = 0;
  assert_int_equal(add_within(pair->client, MS(200), &sum), WHORL_TIMED_OUT);
  assert_int_equal(sum, 0);
  WHORL_TRY(add(pair->client, 1, 2, &sum));
  assert_int_equal(sum, 3);
  whorl_event_set(pair->event); // the first answers now, too late
  WHORL_TRY(whorl_sleep(MS(10)));
  whorl_client_counts_t counts;
  WHORL_TRY(whorl_client_read_counts(pair->client, &counts));
  assert_int_equal(counts.requests, 2);
  assert_int_equal(counts.answers, 1);
  assert_int_equal(counts.late, 1);
  assert_int_equal(counts.open, 0);
  return WHORL_OK;
}

static void ACLI_05_after_a_call_that_timed_out_the_next_one_works(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add_but_the_first, WHORL_UNLIMITED);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, give_up_and_call_again), WHORL_OK);
}

static int on_add_destroys_the_client(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  assert_int_equal(whorl_client_destroy(((pair_t *)arg)->client), WHORL_OK);
  return on_add(request, response, call, arg);
}

static int call_and_be_destroyed(pair_t *pair)
{
  int64_t sum;
  assert_int_equal(add(pair->client, 1, 2, &sum), WHORL_DESTROYED);
  assert_non_null(strstr(whorl_detail(), "client was destroyed"));
  return whorl_sleep(MS(100)); // one call, not a level; the answer arrives meanwhile
}

static void ACLI_06_and_S16_destroying_the_client_ends_its_open_call_once(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add_destroys_the_client, 0);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, call_and_be_destroyed), WHORL_OK);
  assert_int_equal(pair->handled, 1);
}

// --- ASVC

static int on_add_fails(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call, (void)arg;
  return WHORL_IO_ERROR;
}

static int call_for_five_seconds(pair_t *pair)
{
  int64_t sum;
  return add_within(pair->client, WHORL_SECONDS(5), &sum);
}

static void check_failing_handler(pair_t *pair, uint32_t max_in_flight)
{
  pair_serve(pair, on_add_fails, max_in_flight);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, call_for_five_seconds), WHORL_IO_ERROR);
  assert_int_equal(pair->status, WHORL_CANCELED); // the body inside, long before its limit
  assert_true(whorl_simulation_now_ns(pair->world) < WHORL_SECONDS(1));
}

static void ASVC_02_a_handlers_error_ends_the_servers_scope(void **state) { check_failing_handler(*state, 1); }
static void ASVC_03_and_so_does_one_of_many_handlers(void **state) { check_failing_handler(*state, WHORL_UNLIMITED); }

static int on_add_never(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call;
  pair_t *pair = arg;
  pair->entered++;
  int status = whorl_sleep(WHORL_SECONDS(999));
  pair->handled += status == WHORL_CANCELED;
  return status;
}

static int destroy_server(void *arg)
{
  WHORL_TRY(whorl_sleep(MS(100)));
  return whorl_node_destroy(((pair_t *)arg)->server);
}

static int call_a_server_that_goes(pair_t *pair)
{
  int64_t sum;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, destroy_server, pair);
  assert_int_equal(add_within(pair->client, MS(500), &sum), WHORL_TIMED_OUT);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void check_server_that_goes(pair_t *pair, uint32_t max_in_flight)
{
  pair_serve(pair, on_add_never, max_in_flight);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, call_a_server_that_goes), WHORL_OK);
  assert_int_equal(pair->entered, 1);
  assert_int_equal(pair->handled, 1);
  assert_int_equal(whorl_simulation_now_ns(pair->world), MS(500));
}

static void ASVC_04_destroying_the_server_cancels_its_handler_silently(void **state) { check_server_that_goes(*state, 1); }
static void ASVC_05_and_so_with_many_handlers(void **state) { check_server_that_goes(*state, WHORL_UNLIMITED); }

// --- S1, S4, ASRC-05

static int retry_within_three_seconds(pair_t *pair)
{
  static const int expected[] = {WHORL_TIMED_OUT, WHORL_TIMED_OUT, WHORL_CANCELED};
  whorl_timeout_t outer;
  int64_t sum;
  int tries = 0, status;
  whorl_timeout_open(&outer, WHORL_SECONDS(3));
  do {
    status = add_within(pair->client, WHORL_SECONDS(1), &sum);
    assert_int_equal(status, expected[tries]);
    tries++;
  } while (status == WHORL_TIMED_OUT);
  assert_int_equal(tries, 3);
  assert_int_equal(whorl_timeout_close(&outer, status), WHORL_TIMED_OUT);
  assert_int_equal(whorl_simulation_now_ns(pair->world), WHORL_SECONDS(3));
  return WHORL_OK;
}

static void S01_retries_end_with_the_outer_limit(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add_never, WHORL_UNLIMITED);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, retry_within_three_seconds), WHORL_OK);
}

// Request and answer take 10 ms each: the answer arrives at 20 ms.
static int answer_at_the_limit(pair_t *pair)
{
  int64_t sum = 0;
  whorl_client_counts_t counts;
  assert_int_equal(add_within(pair->client, MS(20), &sum), WHORL_TIMED_OUT);
  WHORL_TRY(whorl_sleep(1));
  WHORL_TRY(whorl_client_read_counts(pair->client, &counts));
  assert_int_equal(counts.late, 1);
  assert_int_equal(counts.open, 0);
  assert_int_equal(add_within(pair->client, MS(20) + 1, &sum), WHORL_OK); // 1 ns earlier than its limit
  assert_int_equal(sum, 42);
  return WHORL_OK;
}

static void S04_an_answer_at_the_very_deadline_is_late(void **state)
{
  pair_t *pair = *state;
  const whorl_simulation_network_t network = {.link.delay_ns = MS(10)};
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  assert_int_equal(whorl_simulation_set_network(pair->world, &network), WHORL_OK);
  assert_int_equal(pair_with(pair, answer_at_the_limit), WHORL_OK);
}

static int add_as_task(void *arg)
{
  pair_t *pair = arg;
  int64_t sum = 0;
  pair->status = add(pair->client, 1, 2, &sum);
  return WHORL_OK;
}

static int cancel_as_the_answer_comes(pair_t *pair)
{
  whorl_task_group_t group;
  whorl_client_counts_t counts;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, add_as_task, pair);
  (void)whorl_sleep(MS(20)); // armed after the call's scope; deliveries come after deadlines
  whorl_task_group_cancel(&group);
  assert_int_equal(whorl_task_group_close(&group, WHORL_OK), WHORL_OK);
  assert_int_equal(pair->status, WHORL_CANCELED);
  WHORL_TRY(whorl_sleep(MS(20)));
  WHORL_TRY(whorl_client_read_counts(pair->client, &counts));
  assert_int_equal(counts.late, 1);
  assert_int_equal(counts.answers, 0);
  assert_int_equal(counts.open, 0);
  return WHORL_OK;
}

static void ASRC_05_an_answer_to_a_cancelled_call_completes_nothing(void **state)
{
  pair_t *pair = *state;
  const whorl_simulation_network_t network = {.link.delay_ns = MS(10)};
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  assert_int_equal(whorl_simulation_set_network(pair->world, &network), WHORL_OK);
  assert_int_equal(pair_with(pair, cancel_as_the_answer_comes), WHORL_OK);
}

// --- many

static int on_keep(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  pair_t *pair = arg;
  const add_request_t *numbers = request;
  add_response_t *answer = response;
  answer->sum = numbers->a + numbers->b;
  WHORL_TRY(whorl_service_call_keep(call));
  pair->kept[pair->entered++] = call;
  if (pair->entered == 1000) whorl_event_set(pair->event);
  return WHORL_OK;
}

static int answer_backwards(void *arg)
{
  pair_t *pair = arg;
  WHORL_TRY(whorl_event_wait(pair->event));
  for (int i = 999; i >= 0; i--) WHORL_TRY(whorl_service_call_answer(pair->kept[i]));
  assert_int_equal(whorl_service_call_answer(pair->kept[0]), WHORL_DESTROYED); // once
  return WHORL_OK;
}

static int thousand_calls(pair_t *pair)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 1000; i++) whorl_task_group_spawn(&group, call_with_its_own, pair);
  whorl_task_group_spawn(&group, answer_backwards, pair);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void PAIN_24_a_thousand_kept_requests_are_answered_later_in_any_order(void **state)
{
  pair_t *pair = *state;
  whorl_service_counts_t counts;
  pair_serve(pair, on_keep, 0);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, thousand_calls), WHORL_OK);
  assert_int_equal(whorl_service_read_counts(pair->service, &counts), WHORL_OK);
  assert_int_equal(counts.answers, 1000);
  assert_int_equal(counts.dropped, 0);
  assert_int_equal(counts.kept, 0);
}

#if defined(WHORL__TSAN) || defined(WHORL__ASAN)
enum { CALLS_TO_NOBODY = 2500 }; // these are slow there
#else
enum { CALLS_TO_NOBODY = 10000 };
#endif

static int call_nobody_often(pair_t *pair)
{
  whorl_client_counts_t counts;
  int64_t sum, blocks = 0;
  for (int i = 0; i < CALLS_TO_NOBODY; i++) {
    assert_int_equal(add_within(pair->client, MS(1), &sum), WHORL_TIMED_OUT);
    if (i == 2000) blocks = whorl__memory_blocks(); // by then the waiting requests fill the service's history
  }
  WHORL_TRY(whorl_client_read_counts(pair->client, &counts));
  assert_int_equal(counts.open, 0);
  assert_int_equal(whorl__memory_blocks(), blocks);
  return WHORL_OK;
}

static void ASRC_04_calls_to_a_server_that_does_not_answer_leave_nothing(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add_never, 1);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, call_nobody_often), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      PAIR_TEST(ACLI_01_a_plain_handler_answers_a_call),
      PAIR_TEST(ACLI_02_waiting_for_nobody_ends_with_the_callers_limit),
      PAIR_TEST(ACLI_03_a_destroyed_client_refuses_calls),
      PAIR_TEST(ACLI_04_and_ASVC_01_three_calls_at_once_each_get_their_own_answer),
      PAIR_TEST(ACLI_05_after_a_call_that_timed_out_the_next_one_works),
      PAIR_TEST(ACLI_06_and_S16_destroying_the_client_ends_its_open_call_once),
      PAIR_TEST(ASVC_02_a_handlers_error_ends_the_servers_scope),
      PAIR_TEST(ASVC_03_and_so_does_one_of_many_handlers),
      PAIR_TEST(ASVC_04_destroying_the_server_cancels_its_handler_silently),
      PAIR_TEST(ASVC_05_and_so_with_many_handlers),
      PAIR_TEST(S01_retries_end_with_the_outer_limit),
      PAIR_TEST(S04_an_answer_at_the_very_deadline_is_late),
      PAIR_TEST(ASRC_05_an_answer_to_a_cancelled_call_completes_nothing),
      PAIR_TEST(PAIN_24_a_thousand_kept_requests_are_answered_later_in_any_order),
      PAIR_TEST(ASRC_04_calls_to_a_server_that_does_not_answer_leave_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
