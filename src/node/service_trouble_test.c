// Services in trouble: answers that cannot be delivered, bursts, clients in a hurry, waits in vain. Pains 28, 30, 32 and 34, in virtual time.
#include "base/detail.h"
#include "base/memory.h"
#include "node/bare_client.h"
#include "task/sanitizer.h"

#if defined(WHORL__TSAN) || defined(WHORL__ASAN)
enum { CALLS_EACH = 100, WAITS = 1000 }; // these are slow there
#else
enum { CALLS_EACH = 2000, WAITS = 10000 };
#endif

// --- Answers that cannot be delivered

static int call_three_times(pair_t *pair)
{
  for (int i = 0; i < 3; i++) {
    int64_t sum = 0;
    WHORL_TRY(add_within(pair->client, WHORL_SECONDS(1), &sum));
    assert_int_equal(sum, 42);
  }
  return WHORL_OK;
}

static void PAIN_28_the_others_are_served_while_an_answer_waits_for_a_client_that_goes(void **state)
{
  pair_t *pair = *state;
  bare_client_t bare;
  whorl_service_counts_t counts;
  pair_serve(pair, on_add, 1);
  pair_connect(pair);
  bare_open_writer(&bare, whorl_simulation_context(pair->world));
  bare_request(&bare);
  assert_int_equal(pair_with(pair, call_three_times), WHORL_OK);
  assert_int_equal(pair->handled, 4);
  assert_int_equal(whorl_service_read_counts(pair->service, &counts), WHORL_OK);
  assert_int_equal(counts.answers, 3);
  bare.participant->ops->writer_close(bare.writer);
  assert_int_equal(pair_with(pair, call_three_times), WHORL_OK);
  assert_int_equal(whorl_service_read_counts(pair->service, &counts), WHORL_OK);
  assert_int_equal(counts.answers, 6);
  assert_int_equal(counts.unreachable, 1);
}

// The middleware refuses some answers.
static struct {
  const whorl__transport_ops_t *true_ops;
  int refused;
} middleware;

static int refuse_answers(whorl__writer_t *writer, const whorl__service_header_t *header, whorl__message_t *message)
{
  if (middleware.refused > 0 && strstr(writer->type->dds_name, "Response") != NULL) {
    middleware.refused--;
    whorl__message_unref(message);
    return whorl__fail(WHORL_TRANSPORT_ERROR, "planted");
  }
  return middleware.true_ops->write_service(writer, header, message);
}

static whorl__participant_t *participant_of(pair_t *pair)
{
  whorl__context_t *context;
  assert_int_equal(whorl__context_pin(whorl_simulation_context(pair->world), &context), WHORL_OK);
  whorl__participant_t *participant = context->participant; // lives as long as the context
  whorl__context_unpin(context);
  return participant;
}

static int call_while_answers_are_refused(pair_t *pair)
{
  whorl_service_counts_t counts;
  int64_t sum = 0;
  middleware.refused = 2;
  for (int i = 0; i < 2; i++) assert_int_equal(add_within(pair->client, MS(10), &sum), WHORL_TIMED_OUT);
  WHORL_TRY(add_within(pair->client, MS(10), &sum));
  assert_int_equal(sum, 42);
  WHORL_TRY(whorl_service_read_counts(pair->service, &counts));
  assert_int_equal(counts.failed, 2);
  assert_int_equal(counts.answers, 1);
  return WHORL_OK;
}

static void with_answers_refused(pair_t *pair, int (*body)(pair_t *pair))
{
  static whorl__transport_ops_t ops;
  whorl__participant_t *participant = participant_of(pair);
  middleware.true_ops = participant->ops;
  ops = *participant->ops;
  ops.write_service = refuse_answers;
  participant->ops = &ops;
  int status = pair_with(pair, body);
  participant->ops = middleware.true_ops;
  assert_int_equal(status, WHORL_OK);
}

static void PAIN_28_an_answer_that_is_refused_ends_neither_the_handler_nor_the_server(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 1);
  pair_connect(pair);
  with_answers_refused(pair, call_while_answers_are_refused);
  assert_int_equal(pair->handled, 3);
}

static int on_keep_one(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  ((pair_t *)arg)->kept[0] = call;
  WHORL_TRY(whorl_service_call_keep(call));
  return on_add(request, response, call, arg);
}

static int answer_what_is_refused(pair_t *pair)
{
  int64_t sum = 0;
  middleware.refused = 1;
  assert_int_equal(add_within(pair->client, MS(10), &sum), WHORL_TIMED_OUT);
  assert_int_equal(whorl_service_call_answer(pair->kept[0]), WHORL_TRANSPORT_ERROR); // who answers is told
  assert_string_equal(whorl_detail(), "planted");
  return WHORL_OK;
}

static void PAIN_28_who_answers_a_kept_request_is_told(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_keep_one, 1);
  pair_connect(pair);
  with_answers_refused(pair, answer_what_is_refused);
}

// --- A hurry

enum { CLIENTS = 8 };

typedef struct hasty {
  whorl_client_t client;
  int number;
  int64_t slowest_ns;
} hasty_t;
static hasty_t hasty[CLIENTS];

static int call_as_fast_as_it_goes(void *arg)
{
  hasty_t *self = arg;
  for (int i = 0; i < CALLS_EACH; i++) {
    int64_t begin_ns = whorl_now_ns(), sum = 0;
    WHORL_TRY(add(self->client, i, 1000 * self->number, &sum));
    assert_int_equal(sum, i + 1000 * self->number);
    if (whorl_now_ns() - begin_ns > self->slowest_ns) self->slowest_ns = whorl_now_ns() - begin_ns;
  }
  return WHORL_OK;
}

static int call_from_eight_clients(pair_t *pair)
{
  (void)pair;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < CLIENTS; i++) whorl_task_group_spawn(&group, call_as_fast_as_it_goes, &hasty[i]);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void PAIN_30_eight_clients_in_a_hurry_all_get_on(void **state)
{
  pair_t *pair = *state;
  whorl_service_counts_t counts;
  const whorl_simulation_network_t network = {
      .link = {.delay_ns = WHORL_MICROSECONDS(100), .delay_spread_ns = WHORL_MICROSECONDS(100), .loss = 0.05}};
  assert_int_equal(whorl_simulation_set_network(pair->world, &network), WHORL_OK);
  pair_serve(pair, on_add, 1);
  for (int i = 0; i < CLIENTS; i++) {
    whorl_context_t context;
    whorl_node_t node;
    assert_int_equal(whorl_simulation_create_context(pair->world, &context), WHORL_OK); // a process each
    assert_int_equal(whorl_node_create(context, "hasty", NULL, &node), WHORL_OK);
    hasty[i] = (hasty_t){.number = i};
    assert_int_equal(whorl_client_create(node, ADD, "add", NULL, &hasty[i].client), WHORL_OK);
  }
  assert_int_equal(pair_with(pair, call_from_eight_clients), WHORL_OK);
  for (int i = 0; i < CLIENTS; i++) assert_true(hasty[i].slowest_ns < WHORL_SECONDS(1)); // nobody stalls
  assert_int_equal(whorl_service_read_counts(pair->service, &counts), WHORL_OK);
  assert_int_equal(counts.answers, CLIENTS * CALLS_EACH);
  assert_int_equal(counts.dropped, 0);
}

// --- More requests than fit

static int let_them_arrive(void *arg) // nobody has opened the server
{
  (void)arg;
  return whorl_sleep(MS(1));
}

static void check_burst(pair_t *pair, size_t depth, uint64_t fits)
{
  bare_client_t bare;
  whorl_service_counts_t counts;
  whorl_qos_t qos = WHORL_QOS_SERVICES;
  qos.depth = depth;
  const whorl_service_options_t options = {.qos = &qos};
  assert_int_equal(whorl_service_create(pair->server, ADD, "add", on_add, pair, &options, &pair->service), WHORL_OK);
  bare_open_writer(&bare, whorl_simulation_context(pair->world));
  bare_open_reader(&bare);
  pair->handled = 0;
  for (uint64_t i = 0; i < 10 * fits; i++) bare_request(&bare);
  assert_int_equal(whorl_simulation_run(pair->world, let_them_arrive, NULL), WHORL_OK);
  assert_int_equal(whorl_service_read_counts(pair->service, &counts), WHORL_OK);
  assert_int_equal(counts.received, 10 * fits);
  assert_int_equal(counts.dropped, 9 * fits);
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(10)), WHORL_OK);
  assert_int_equal(whorl_service_read_counts(pair->service, &counts), WHORL_OK);
  assert_int_equal(counts.dropped, 9 * fits);
  assert_int_equal(counts.answers, fits); // every request is answered or counted
  assert_int_equal(pair->handled, fits);
  bare.participant->ops->writer_close(bare.writer);
  bare.participant->ops->reader_close(bare.reader);
  assert_int_equal(whorl_service_destroy(pair->service), WHORL_OK);
}

static void PAIN_32_the_depth_that_was_set_is_used_and_what_overflows_is_counted(void **state)
{
  pair_t *pair = *state;
  check_burst(pair, 1500, 1500);
  check_burst(pair, 10, 1024); // never less
}

// --- Limits

static int on_add_when_told(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  pair_t *pair = arg;
  pair->entered++;
  WHORL_TRY(whorl_event_wait(pair->event));
  return on_add(request, response, call, arg);
}

static int call_once(void *arg)
{
  int64_t sum;
  return add(((pair_t *)arg)->client, 20, 22, &sum);
}

static int call_two_handlers_three_times(pair_t *pair)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 3; i++) whorl_task_group_spawn(&group, call_once, pair);
  int status = whorl_sleep(WHORL_SECONDS(1));
  assert_int_equal(pair->entered, 2);
  whorl_event_set(pair->event);
  return whorl_task_group_close(&group, status);
}

static void ASK_05_two_handlers_leave_the_third_request_waiting(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add_when_told, 2);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, call_two_handlers_three_times), WHORL_OK);
  assert_int_equal(pair->handled, 3);
}

// --- Waits for a server

static int wait_in_vain_often(pair_t *pair)
{
  int64_t blocks = 0;
  for (int i = 0; i < WAITS; i++) {
    whorl_timeout_t timeout;
    whorl_timeout_open(&timeout, i % 2 * 1000);
    assert_int_equal(whorl_timeout_close(&timeout, whorl_client_wait_for_service(pair->client)), WHORL_TIMED_OUT);
    if (i == 10) blocks = whorl__memory_blocks();
  }
  assert_int_equal(whorl__memory_blocks(), blocks);
  return WHORL_OK;
}

static void PAIN_34_waits_for_a_service_leave_nothing(void **state)
{
  pair_t *pair = *state;
  pair_connect(pair);
  assert_int_equal(pair_with(pair, wait_in_vain_often), WHORL_OK);
}

static int wait_for_it(void *arg)
{
  pair_t *pair = arg;
  WHORL_TRY(whorl_client_wait_for_service(pair->client));
  assert_int_equal(whorl_now_ns(), WHORL_SECONDS(1) + MS(40)); // with its discovery, no later
  pair->entered++;
  return WHORL_OK;
}

static int wait_and_then_serve(pair_t *pair)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 3; i++) whorl_task_group_spawn(&group, wait_for_it, pair);
  int status = whorl_sleep(WHORL_SECONDS(1));
  assert_int_equal(pair->entered, 0);
  pair_serve(pair, on_add, 0);
  return whorl_task_group_close(&group, status);
}

static void PAIN_34_and_see_a_server_that_comes_after_them(void **state)
{
  pair_t *pair = *state;
  const whorl_simulation_network_t network = {.discovery_delay_ns = MS(40)};
  whorl_context_t context;
  assert_int_equal(whorl_simulation_set_network(pair->world, &network), WHORL_OK);
  assert_int_equal(whorl_simulation_create_context(pair->world, &context), WHORL_OK); // the client's process is another one
  assert_int_equal(whorl_node_destroy(pair->client_node), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "client", NULL, &pair->client_node), WHORL_OK);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, wait_and_then_serve), WHORL_OK);
  assert_int_equal(pair->entered, 3);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      PAIR_TEST(PAIN_28_the_others_are_served_while_an_answer_waits_for_a_client_that_goes),
      PAIR_TEST(PAIN_28_an_answer_that_is_refused_ends_neither_the_handler_nor_the_server),
      PAIR_TEST(PAIN_28_who_answers_a_kept_request_is_told),
      PAIR_TEST(PAIN_30_eight_clients_in_a_hurry_all_get_on),
      PAIR_TEST(PAIN_32_the_depth_that_was_set_is_used_and_what_overflows_is_counted),
      PAIR_TEST(ASK_05_two_handlers_leave_the_third_request_waiting),
      PAIR_TEST(PAIN_34_waits_for_a_service_leave_nothing),
      PAIR_TEST(PAIN_34_and_see_a_server_that_comes_after_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
