// Answers of plain threads to requests that a handler has kept (docs/tasks.md R35): the thread blocks until the client has been discovered, as a task would suspend.
#include "node/bare_client.h"
#include "node/town_fixture.h"

// A request of a client whose answers cannot arrive yet, kept by the handler.
static bare_client_t bare;

static int setup(void **state)
{
  town_setup(state);
  town_serve(town_keep);
  bare_open_writer(&bare, town.context);
  bare_request(&bare);
  sem_wait(&town.entered);
  return 0;
}

static int teardown(void **state)
{
  town_stop_serving();
  bare.participant->ops->writer_close(bare.writer);
  if (bare.reader != NULL) bare.participant->ops->reader_close(bare.reader);
  bare = (bare_client_t){0};
  return town_teardown(state);
}

#define ENTRY(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

static whorl_service_counts_t counts_now(void)
{
  whorl_service_counts_t counts;
  assert_int_equal(whorl_service_read_counts(town.service, &counts), WHORL_OK);
  return counts;
}

static void expect_the_answer(void)
{
  whorl__sample_t *sample;
  whorl__message_t *message;
  bool more;
  while (!whorl__ring_ready(&bare.reader->ring)) sched_yield();
  assert_int_equal(whorl__reader_take(bare.reader, &sample, &message, &more), WHORL_OK);
  assert_int_equal(sample->header.number, 9);
  assert_int_equal(((add_response_t *)(void *)message->native)->sum, 42);
  whorl__sample_unref(sample);
}

static void *answers(void *arg)
{
  *(int *)arg = whorl_service_call_answer(town.kept);
  return NULL;
}

// Its right to answer is taken: from here on the thread waits, or is about to.
static void await_the_claim(void)
{
  while (counts_now().kept > 0) sched_yield();
}

static void R35_a_threads_answer_waits_until_its_client_is_discovered(void **state)
{
  (void)state;
  int status = 77;
  pthread_t thread = town_start(answers, &status);
  await_the_claim();
  assert_int_equal(counts_now().answers, 0);
  bare_open_reader(&bare);
  pthread_join(thread, NULL);
  assert_int_equal(status, WHORL_OK);
  expect_the_answer();
  assert_int_equal(counts_now().answers, 1);
  assert_int_equal(whorl_service_call_answer(town.kept), WHORL_DESTROYED); // once
}

static void R35_a_thread_answers_at_once_when_it_can(void **state)
{
  (void)state;
  bare_open_reader(&bare);
  assert_int_equal(whorl_service_call_answer(town.kept), WHORL_OK);
  expect_the_answer();
  assert_int_equal(counts_now().answers, 1);
}

static void *answers_within_a_limit(void *arg)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_MILLISECONDS(1));
  *(int *)arg = whorl_timeout_close(&timeout, whorl_service_call_answer(town.kept));
  return NULL;
}

static void R35_R14_a_limit_ends_a_threads_answer(void **state)
{
  (void)state;
  int status = 77;
  pthread_join(town_start(answers_within_a_limit, &status), NULL);
  assert_int_equal(status, WHORL_TIMED_OUT);
  assert_int_equal(counts_now().answers, 0);
  assert_int_equal(counts_now().kept, 0);
}

static void R35_R44_a_shutdown_ends_a_threads_answer(void **state)
{
  (void)state;
  int status = 77;
  pthread_t thread = town_start(answers, &status);
  await_the_claim();
  assert_int_equal(whorl_context_shutdown(town.context), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(status, WHORL_SHUTDOWN);
}

static void R35_destroying_the_service_ends_a_threads_answer(void **state)
{
  (void)state;
  int status = 77;
  pthread_t thread = town_start(answers, &status);
  await_the_claim();
  assert_int_equal(whorl_service_destroy(town.service), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(status, WHORL_DESTROYED);
}

// --- Where nothing may wait the call stays as it was

static void answer_in_a_post(void *arg)
{
  whorl_future_t future = *(whorl_future_t *)arg;
  int status = whorl_service_call_answer(town.kept);
  assert_non_null(strstr(whorl_detail(), "whorl_service_call_answer would wait for ever"));
  whorl_future_complete(future, status, NULL);
}

static void R35_a_post_does_not_wait_and_the_call_can_still_be_answered(void **state)
{
  (void)state;
  int status = 77;
  whorl_future_t future;
  assert_int_equal(whorl_future_create(NULL, &future), WHORL_OK);
  assert_int_equal(whorl_loop_post(town.loop, answer_in_a_post, &future, NULL), WHORL_OK);
  assert_int_equal(whorl_future_wait(future, NULL), WHORL_WOULD_DEADLOCK);
  whorl_future_destroy(future);
  assert_int_equal(counts_now().kept, 1);
  bare_open_reader(&bare);
  answers(&status);
  assert_int_equal(status, WHORL_OK);
  expect_the_answer();
}

static int keep_it(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  pair_t *pair = arg;
  pair->kept[0] = call;
  (void)on_add(request, response, call, arg);
  return whorl_service_call_keep(call);
}

static void R35_R37_nor_does_a_plain_thread_in_a_world_that_stands_still(void **state)
{
  pair_t *pair = *state;
  bare_client_t client;
  pair_serve(pair, keep_it, 0);
  bare_open_writer(&client, whorl_simulation_context(pair->world));
  bare_request(&client);
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(10)), WHORL_OK);
  assert_int_equal(whorl_service_call_answer(pair->kept[0]), WHORL_WOULD_DEADLOCK);
  assert_non_null(strstr(whorl_detail(), "whorl_service_call_answer: a simulated world does not move"));
  bare_open_reader(&client);
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(10)), WHORL_OK);
  assert_int_equal(whorl_service_call_answer(pair->kept[0]), WHORL_OK); // there is nothing to wait for
  client.participant->ops->writer_close(client.writer);
  client.participant->ops->reader_close(client.reader);
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      ENTRY(R35_a_threads_answer_waits_until_its_client_is_discovered),
      ENTRY(R35_a_thread_answers_at_once_when_it_can),
      ENTRY(R35_R14_a_limit_ends_a_threads_answer),
      ENTRY(R35_R44_a_shutdown_ends_a_threads_answer),
      ENTRY(R35_destroying_the_service_ends_a_threads_answer),
      ENTRY(R35_a_post_does_not_wait_and_the_call_can_still_be_answered),
      PAIR_TEST(R35_R37_nor_does_a_plain_thread_in_a_world_that_stands_still),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
