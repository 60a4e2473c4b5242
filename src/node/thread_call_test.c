// Calls of plain threads (docs/tasks.md R35): the thread blocks until its answer, its limit or a shutdown, whoever drives the server meanwhile.
#include "base/memory.h"
#include "node/town_fixture.h"

static whorl_client_counts_t counts_now(void)
{
  whorl_client_counts_t counts;
  assert_int_equal(whorl_client_read_counts(town.client, &counts), WHORL_OK);
  return counts;
}

// --- Answers

static void R35_a_thread_calls_and_another_ones_loop_answers(void **state)
{
  (void)state;
  int64_t sum = 0;
  town_serve(town_answer);
  assert_int_equal(whorl_client_wait_for_service(town.client), WHORL_OK);
  for (int i = 0; i < 100; i++) {
    assert_int_equal(add(town.client, i, 1, &sum), WHORL_OK);
    assert_int_equal(sum, i + 1);
  }
  town_stop_serving();
  assert_int_equal(town.handled, 100);
  assert_int_equal(counts_now().answers, 100);
  assert_int_equal(counts_now().open, 0);
}

enum { THREADS = 4, CALLS = 200 };

static void *calls_often(void *arg)
{
  int64_t mine = *(const int64_t *)arg, good = 0, sum = 0;
  for (int i = 0; i < CALLS; i++) good += add(town.client, mine, i, &sum) == WHORL_OK && sum == mine + i;
  *(int64_t *)arg = good;
  return NULL;
}

static void R35_of_many_threads_each_gets_its_own_answers(void **state)
{
  (void)state;
  pthread_t threads[THREADS];
  int64_t numbers[THREADS];
  town_serve(town_answer);
  for (int i = 0; i < THREADS; i++) {
    numbers[i] = i * 100000;
    threads[i] = town_start(calls_often, &numbers[i]);
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < THREADS; i++) assert_int_equal(numbers[i], CALLS);
  town_stop_serving();
  assert_int_equal(town.handled, THREADS * CALLS);
}

static void *calls_once(void *arg)
{
  int64_t sum = 0;
  *(int *)arg = add(town.client, 20, 22, &sum);
  if (*(int *)arg == WHORL_OK && sum != 42) *(int *)arg = WHORL_MALFORMED;
  return NULL;
}

static void R35_a_call_waits_for_the_service_too(void **state)
{
  (void)state;
  int status = 77;
  pthread_t thread = town_start(calls_once, &status); // before there is any
  town_serve(town_answer);
  pthread_join(thread, NULL);
  assert_int_equal(status, WHORL_OK);
  town_stop_serving();
}

static int call_from_the_pool(void *arg)
{
  (void)arg;
  int status;
  calls_once(&status);
  return status;
}

static int serve_while_work_is_done(void *arg)
{
  (void)arg;
  WHORL_TRY(whorl_node_open(town.server));
  return whorl_node_close(town.server, whorl_work(call_from_the_pool, NULL));
}

static void R35_R30_blocking_work_calls_a_service_of_the_loop_that_waits_for_it(void **state)
{
  (void)state;
  assert_int_equal(whorl_service_create(town.server, ADD, "add", town_answer, NULL, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_loop_run(town.loop, serve_while_work_is_done, NULL), WHORL_OK);
  assert_int_equal(town.handled, 1);
}

// --- Ends without an answer

static int call_within(int64_t limit_ns)
{
  int64_t sum = 0;
  return add_within(town.client, limit_ns, &sum);
}

static void R35_R14_the_threads_limit_ends_a_call_and_its_answer_comes_late(void **state)
{
  (void)state;
  town_serve(town_keep);
  assert_int_equal(whorl_client_wait_for_service(town.client), WHORL_OK);
  assert_int_equal(call_within(WHORL_MILLISECONDS(1)), WHORL_TIMED_OUT);
  assert_int_equal(counts_now().open, 0);
  sem_wait(&town.entered);
  assert_int_equal(whorl_service_call_answer(town.kept), WHORL_OK);
  while (counts_now().late == 0) sched_yield();
  town_stop_serving();
  assert_int_equal(call_within(0), WHORL_TIMED_OUT); // not even begun
  assert_int_equal(counts_now().requests, 1);
}

static void R35_R14_and_the_wait_for_a_service_that_nobody_offers(void **state)
{
  (void)state;
  assert_int_equal(call_within(WHORL_MILLISECONDS(1)), WHORL_TIMED_OUT);
  assert_int_equal(counts_now().requests, 0);
}

static whorl_timeout_t limit;

static void *calls_in_a_limit(void *arg)
{
  whorl_timeout_open(&limit, HOUR);
  calls_once(arg);
  int closed = whorl_timeout_close(&limit, *(int *)arg);
  if (closed != WHORL_OK) *(int *)arg = closed; // the body's CANCELED is the limit's own
  return NULL;
}

static void R35_R12_another_thread_cancels_the_limit_of_a_call(void **state)
{
  (void)state;
  int status = 77;
  town_serve(town_keep);
  pthread_t thread = town_start(calls_in_a_limit, &status);
  sem_wait(&town.entered);
  whorl_timeout_cancel(&limit);
  pthread_join(thread, NULL);
  assert_int_equal(status, WHORL_CANCELED);
  town_stop_serving();
}

static void R35_destroying_the_client_ends_a_call(void **state)
{
  (void)state;
  int status = 77;
  town_serve(town_keep);
  pthread_t thread = town_start(calls_once, &status);
  sem_wait(&town.entered);
  assert_int_equal(whorl_client_destroy(town.client), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(status, WHORL_DESTROYED);
  town_stop_serving();
  assert_int_equal(call_within(HOUR), WHORL_DESTROYED);
}

static void R35_R44_a_shutdown_ends_a_call(void **state)
{
  (void)state;
  int status = 77;
  town_serve(town_keep);
  pthread_t thread = town_start(calls_once, &status);
  sem_wait(&town.entered);
  assert_int_equal(whorl_context_shutdown(town.context), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(status, WHORL_SHUTDOWN);
  town_stop_serving();
  assert_int_equal(counts_now().open, 0);
  assert_int_equal(call_within(HOUR), WHORL_SHUTDOWN); // and every later one
  assert_int_equal(whorl_client_wait_for_service(town.client), WHORL_SHUTDOWN);
}

static void *waits_for_the_service(void *arg)
{
  *(int *)arg = whorl_client_wait_for_service(town.client);
  return NULL;
}

static void R35_R44_and_a_wait_for_the_service(void **state)
{
  (void)state;
  int statuses[THREADS];
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) threads[i] = town_start(waits_for_the_service, &statuses[i]);
  assert_int_equal(whorl_context_shutdown(town.context), WHORL_OK);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < THREADS; i++) assert_int_equal(statuses[i], WHORL_SHUTDOWN);
}

// (stress) Answers against limits, and a shutdown into the middle of it: one outcome for each call.
static void *calls_until_the_shutdown(void *arg)
{
  int64_t sum = 0;
  for (int i = 0;; i++) {
    int status = i % 2 == 0 ? add(town.client, i, 0, &sum) : add_within(town.client, WHORL_MICROSECONDS(i % 64), &sum);
    if (status == WHORL_SHUTDOWN) return NULL;
    if (status != WHORL_OK && (status != WHORL_TIMED_OUT || i % 2 == 0)) {
      *(int *)arg = status;
      return NULL;
    }
  }
}

static void R35_R44_a_shutdown_among_many_calls_and_limits(void **state)
{
  (void)state;
  int statuses[THREADS] = {0};
  pthread_t threads[THREADS];
  town_serve(town_answer);
  for (int i = 0; i < THREADS; i++) threads[i] = town_start(calls_until_the_shutdown, &statuses[i]);
  while (counts_now().answers < 500) sched_yield();
  assert_int_equal(whorl_context_shutdown(town.context), WHORL_OK);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < THREADS; i++) assert_int_equal(statuses[i], WHORL_OK);
  town_stop_serving();
  assert_int_equal(counts_now().open, 0);
}

// --- Where nothing may wait

static int statuses_of_a_post[2];

static void call_in_a_post(void *arg)
{
  int64_t sum = 0;
  statuses_of_a_post[0] = add(town.client, 1, 2, &sum);
  assert_non_null(strstr(whorl_detail(), "whorl_client_call"));
  statuses_of_a_post[1] = whorl_client_wait_for_service(town.client);
  assert_non_null(strstr(whorl_detail(), "whorl_client_wait_for_service"));
  whorl_event_set(*(whorl_event_t *)arg);
}

static int wait_for_a_post(void *arg)
{
  WHORL_TRY(whorl_loop_post(town.loop, call_in_a_post, arg, NULL));
  return whorl_event_wait(*(whorl_event_t *)arg);
}

static void R35_a_call_in_a_post_would_stop_the_loop(void **state)
{
  (void)state;
  whorl_event_t event;
  assert_int_equal(whorl_event_create(NULL, &event), WHORL_OK);
  assert_int_equal(whorl_loop_run(town.loop, wait_for_a_post, &event), WHORL_OK);
  assert_int_equal(statuses_of_a_post[0], WHORL_WOULD_DEADLOCK);
  assert_int_equal(statuses_of_a_post[1], WHORL_WOULD_DEADLOCK);
  assert_int_equal(counts_now().requests, 0);
  whorl_event_destroy(event);
}

static int call_in_the_world(pair_t *pair)
{
  int64_t sum = 0;
  return add(pair->client, 1, 2, &sum);
}

static void R35_R37_a_simulated_world_stands_still_while_a_plain_thread_waits(void **state)
{
  pair_t *pair = *state;
  int64_t sum = 0;
  whorl_client_counts_t counts;
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  assert_int_equal(add(pair->client, 1, 2, &sum), WHORL_WOULD_DEADLOCK);
  assert_non_null(strstr(whorl_detail(), "whorl_client_call"));
  assert_int_equal(whorl_client_wait_for_service(pair->client), WHORL_WOULD_DEADLOCK);
  assert_non_null(strstr(whorl_detail(), "whorl_client_wait_for_service"));
  assert_int_equal(whorl_client_read_counts(pair->client, &counts), WHORL_OK);
  assert_int_equal(counts.requests, 0);
  assert_int_equal(pair_with(pair, call_in_the_world), WHORL_OK);
  assert_int_equal(pair->handled, 1);
}

// --- Without memory: a thread that waits for the first time

static void *has_no_memory(void *arg)
{
  whorl__memory_fail_at(1);
  *(int *)arg = whorl_client_wait_for_service(town.client);
  return NULL;
}

static void R35_a_thread_without_memory_does_not_wait(void **state)
{
  (void)state;
  int status = 77;
  pthread_join(town_start(has_no_memory, &status), NULL);
  assert_int_equal(status, WHORL_NO_MEMORY);
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      TOWN_TEST(R35_a_thread_calls_and_another_ones_loop_answers),
      TOWN_TEST(R35_of_many_threads_each_gets_its_own_answers),
      TOWN_TEST(R35_a_call_waits_for_the_service_too),
      TOWN_TEST(R35_R30_blocking_work_calls_a_service_of_the_loop_that_waits_for_it),
      TOWN_TEST(R35_R14_the_threads_limit_ends_a_call_and_its_answer_comes_late),
      TOWN_TEST(R35_R14_and_the_wait_for_a_service_that_nobody_offers),
      TOWN_TEST(R35_R12_another_thread_cancels_the_limit_of_a_call),
      TOWN_TEST(R35_destroying_the_client_ends_a_call),
      TOWN_TEST(R35_R44_a_shutdown_ends_a_call),
      TOWN_TEST(R35_R44_and_a_wait_for_the_service),
      TOWN_TEST(R35_R44_a_shutdown_among_many_calls_and_limits),
      TOWN_TEST(R35_a_call_in_a_post_would_stop_the_loop),
      PAIR_TEST(R35_R37_a_simulated_world_stands_still_while_a_plain_thread_waits),
      TOWN_TEST(R35_a_thread_without_memory_does_not_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
