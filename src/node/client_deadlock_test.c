// A call that only its own caller could answer is refused; whatever might be answered is not.
#include "node/service_fixture.h"

// Calls its own service, once, and answers all the same.
static int on_add_calls_itself(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  pair_t *pair = arg;
  int64_t sum = 0;
  if (pair->entered++ == 0) {
    int64_t before_ns = whorl_now_ns();
    pair->status = add(pair->client, 1, 2, &sum);
    assert_int_equal(whorl_now_ns(), before_ns);
    assert_true(pair->status != WHORL_OK || sum == 3);
    if (pair->status == WHORL_WOULD_DEADLOCK) {
      assert_non_null(strstr(whorl_detail(), "'/add'"));
      assert_non_null(strstr(whorl_detail(), "'/server'"));
      assert_non_null(strstr(whorl_detail(), "'/client'"));
    }
  }
  return on_add(request, response, call, arg);
}

static int call_from_outside(pair_t *pair)
{
  int64_t sum = 0;
  WHORL_TRY(add(pair->client, 20, 22, &sum));
  assert_int_equal(sum, 42);
  WHORL_TRY(whorl_sleep(MS(1))); // whoever is not done yet
  return pair->status;
}

static void PAIN_23_a_handler_that_calls_its_own_service_is_told_at_once(void **state)
{
  pair_t *pair = *state;
  whorl_client_counts_t counts;
  pair_serve(pair, on_add_calls_itself, 1);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, call_from_outside), WHORL_WOULD_DEADLOCK);
  assert_int_equal(pair->handled, 1);
  assert_int_equal(whorl_client_read_counts(pair->client, &counts), WHORL_OK);
  assert_int_equal(counts.requests, 1); // the refused one was not sent
}

static void with_room_for_a_second_request_it_is_answered(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add_calls_itself, 2);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, call_from_outside), WHORL_OK);
  assert_int_equal(pair->handled, 2);
}

static whorl_node_t other;

static int run_three(void *arg)
{
  WHORL_TRY(whorl_node_open(other));
  return whorl_node_close(other, pair_run_both(arg));
}

static void and_so_it_is_by_another_server(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add_calls_itself, 1);
  pair_connect(pair);
  assert_int_equal(whorl_node_create(whorl_simulation_context(pair->world), "other", NULL, &other), WHORL_OK);
  assert_int_equal(whorl_service_create(other, ADD, "add", on_add, pair, NULL, NULL), WHORL_OK);
  pair->body = call_from_outside;
  assert_int_equal(whorl_simulation_run(pair->world, run_three, pair), WHORL_OK);
  assert_int_equal(pair->entered, 2); // its own second request waited for it
}

// A task of the handler's is another task: the handler may cancel it, or answer before it has ended.
static int call_again(void *arg)
{
  pair_t *pair = arg;
  int64_t sum;
  pair->status = add_within(pair->client, MS(50), &sum);
  return WHORL_OK;
}

static int on_add_leaves_it_to_a_task(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  whorl_task_group_t group;
  if (((pair_t *)arg)->entered++ == 0) {
    whorl_task_group_open(&group);
    whorl_task_group_spawn(&group, call_again, arg);
    WHORL_TRY(whorl_task_group_close(&group, WHORL_OK));
  }
  return on_add(request, response, call, arg);
}

static void a_task_of_the_handlers_waits_under_its_own_limit(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add_leaves_it_to_a_task, 1);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, call_from_outside), WHORL_TIMED_OUT);
}

static whorl_client_t next;

static int on_first_calls_second(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const add_request_t *numbers = request;
  (void)call, (void)arg;
  return add(next, numbers->a, numbers->b, &((add_response_t *)response)->sum);
}

static void a_handler_that_calls_another_service_is_not_refused(void **state)
{
  pair_t *pair = *state;
  assert_int_equal(whorl_service_create(pair->server, ADD, "add", on_first_calls_second, pair, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_service_create(pair->server, ADD, "second", on_add, pair, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_client_create(pair->server, ADD, "second", NULL, &next), WHORL_OK);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, call_from_outside), WHORL_OK);
  assert_int_equal(pair->handled, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      PAIR_TEST(PAIN_23_a_handler_that_calls_its_own_service_is_told_at_once),
      PAIR_TEST(with_room_for_a_second_request_it_is_answered),
      PAIR_TEST(and_so_it_is_by_another_server),
      PAIR_TEST(a_task_of_the_handlers_waits_under_its_own_limit),
      PAIR_TEST(a_handler_that_calls_another_service_is_not_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
