// Services in a graph: chains, late joiners, bad networks, bad calls; in virtual time.
#include <stdio.h>

#include "base/memory.h"
#include "node/bare_client.h"
#include "task/sanitizer.h"

// --- a chain of services on one thread

#if defined(WHORL__TSAN) || defined(WHORL__ASAN)
enum { LINKS = 5, CHAIN_CALLS = 500, ORDERS = 50 }; // these are slow there
#else
enum { LINKS = 5, CHAIN_CALLS = 10000, ORDERS = 1000 };
#endif

typedef struct link {
  whorl_client_t next; // of the service behind; zero: the last
} link_t;

static int on_link(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const add_request_t *numbers = request;
  const link_t *link = arg;
  (void)call;
  int64_t sum = numbers->a;
  if (link->next.id != 0) WHORL_TRY(add(link->next, numbers->a, 1, &sum));
  ((add_response_t *)response)->sum = sum + 1;
  return WHORL_OK;
}

static int call_chain(pair_t *pair)
{
  for (int64_t i = 0; i < CHAIN_CALLS; i++) {
    int64_t sum = 0;
    WHORL_TRY(add(pair->client, i, 0, &sum));
    assert_int_equal(sum, i + LINKS);
  }
  return WHORL_OK;
}

static void PAIN_23_five_services_call_each_other_on_one_thread(void **state)
{
  pair_t *pair = *state;
  static link_t links[LINKS];
  char name[16];
  memset(links, 0, sizeof links);
  for (int i = LINKS - 1; i >= 0; i--) {
    snprintf(name, sizeof name, "link_%d", i);
    assert_int_equal(whorl_service_create(pair->server, ADD, name, on_link, &links[i], NULL, NULL), WHORL_OK);
    whorl_node_t caller = i > 0 ? pair->server : pair->client_node;
    assert_int_equal(whorl_client_create(caller, ADD, name, NULL, i > 0 ? &links[i - 1].next : &pair->client), WHORL_OK);
  }
  assert_int_equal(pair_with(pair, call_chain), WHORL_OK);
}

// --- nothing is lost to discovery

typedef struct order {
  uint64_t random;
  whorl_simulation_t world;
  whorl_context_t contexts[2];
  whorl_node_t nodes[2];
  int answers;
} order_t;

static uint64_t draw(order_t *order, uint64_t limit)
{
  order->random = order->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (order->random >> 33) % limit;
}

static int on_add_plain(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const add_request_t *numbers = request;
  (void)call, (void)arg;
  ((add_response_t *)response)->sum = numbers->a + numbers->b;
  return WHORL_OK;
}

static int start_server(void *arg)
{
  order_t *order = arg;
  WHORL_TRY(whorl_sleep((int64_t)draw(order, 2000) * MS(1)));
  WHORL_TRY(whorl_node_create(order->contexts[0], "server", NULL, &order->nodes[0]));
  WHORL_TRY(whorl_service_create(order->nodes[0], ADD, "add", on_add_plain, NULL, NULL, NULL));
  return whorl_node_run(order->nodes[0]);
}

static int start_client(void *arg)
{
  order_t *order = arg;
  whorl_client_t client;
  WHORL_TRY(whorl_sleep((int64_t)draw(order, 2000) * MS(1)));
  WHORL_TRY(whorl_node_create(order->contexts[1], "client", NULL, &order->nodes[1]));
  WHORL_TRY(whorl_client_create(order->nodes[1], ADD, "add", NULL, &client));
  for (int i = 0; i < 3; i++) {
    int64_t sum = 0;
    WHORL_TRY(add_within(client, WHORL_SECONDS(60), &sum));
    assert_int_equal(sum, 42);
    order->answers++;
  }
  return whorl_node_destroy(order->nodes[0]);
}

static int start_both(void *arg)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, start_server, arg);
  whorl_task_group_spawn(&group, start_client, arg);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void check_start_order(uint64_t seed)
{
  order_t order = {.random = seed};
  assert_int_equal(whorl_simulation_create(seed, &order.world), WHORL_OK);
  for (int i = 0; i < 2; i++) assert_int_equal(whorl_simulation_create_context(order.world, &order.contexts[i]), WHORL_OK);
  const whorl_simulation_network_t network = {
      .link = {.delay_ns = MS(1), .delay_spread_ns = MS(1 + draw(&order, 50)), .loss = (double)draw(&order, 31) / 100},
      .discovery_delay_ns = (int64_t)draw(&order, 300) * MS(1)};
  assert_int_equal(whorl_simulation_set_network(order.world, &network), WHORL_OK);
  assert_int_equal(whorl_simulation_run(order.world, start_both, &order), WHORL_OK);
  assert_int_equal(order.answers, 3);
  assert_int_equal(whorl_simulation_destroy(order.world), WHORL_OK);
}

static void PAIN_27_ASK_13_no_answer_is_lost_in_any_order_of_starting(void **state)
{
  (void)state;
  for (uint64_t seed = 1; seed <= ORDERS; seed++) check_start_order(seed);
}

// --- who is answered

// Two processes count their requests from 1, each by itself; every client sees every answer.
static whorl_client_t clients[2];

static int call_from_two_processes(pair_t *pair)
{
  (void)pair;
  for (int64_t i = 1; i <= 3; i++) {
    for (int k = 0; k < 2; k++) {
      int64_t sum = 0;
      WHORL_TRY(add(clients[k], i, 100 * k, &sum));
      assert_int_equal(sum, i + 100 * k);
    }
  }
  for (int k = 0; k < 2; k++) {
    whorl_client_counts_t counts;
    WHORL_TRY(whorl_client_read_counts(clients[k], &counts));
    assert_int_equal(counts.answers, 3);
    assert_int_equal(counts.late, 0); // the other one's are nobody's business
  }
  return WHORL_OK;
}

static void clients_of_two_processes_do_not_take_each_others_answers(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 0);
  for (int i = 0; i < 2; i++) {
    whorl_context_t context;
    whorl_node_t node;
    assert_int_equal(whorl_simulation_create_context(pair->world, &context), WHORL_OK);
    assert_int_equal(whorl_node_create(context, "client", NULL, &node), WHORL_OK);
    assert_int_equal(whorl_client_create(node, ADD, "add", NULL, &clients[i]), WHORL_OK);
  }
  assert_int_equal(pair_with(pair, call_from_two_processes), WHORL_OK);
}

static void an_answer_waits_until_its_client_is_discovered(void **state)
{
  pair_t *pair = *state;
  bare_client_t bare;
  whorl_service_counts_t counts;
  pair_serve(pair, on_add, 0);
  bare_open_writer(&bare, whorl_simulation_context(pair->world));
  for (int i = 0; i < 2; i++) bare_request(&bare);
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(10)), WHORL_OK);
  assert_int_equal(pair->handled, 2); // the first answer, waiting, keeps nobody from the second request
  assert_int_equal(whorl_service_read_counts(pair->service, &counts), WHORL_OK);
  assert_int_equal(counts.answers, 0);
  bare_open_reader(&bare);
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(10)), WHORL_OK);
  for (int i = 0; i < 2; i++) {
    whorl__sample_t *sample;
    whorl__message_t *message;
    bool more;
    assert_int_equal(whorl__reader_take(bare.reader, &sample, &message, &more), WHORL_OK);
    assert_int_equal(sample->header.client, 7);
    assert_int_equal(sample->header.number, 9);
    assert_int_equal(((add_response_t *)(void *)message->native)->sum, 42);
    whorl__sample_unref(sample);
  }
  assert_int_equal(whorl_service_read_counts(pair->service, &counts), WHORL_OK);
  assert_int_equal(counts.answers, 2);
  assert_int_equal(counts.unreachable, 0);
  bare.participant->ops->writer_close(bare.writer);
  bare.participant->ops->reader_close(bare.reader);
}

static void an_answer_to_a_client_that_has_gone_is_counted_and_dropped(void **state)
{
  pair_t *pair = *state;
  bare_client_t bare;
  whorl_service_counts_t counts;
  pair_serve(pair, on_add, 0);
  bare_open_writer(&bare, whorl_simulation_context(pair->world));
  bare_request(&bare);
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(10)), WHORL_OK);
  bare.participant->ops->writer_close(bare.writer);
  bare_open_reader(&bare);
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(10)), WHORL_OK);
  assert_false(whorl__ring_ready(&bare.reader->ring));
  assert_int_equal(whorl_service_read_counts(pair->service, &counts), WHORL_OK);
  assert_int_equal(counts.unreachable, 1);
  assert_int_equal(counts.answers, 0);
  bare.participant->ops->reader_close(bare.reader);
}

// --- keeping a call

static int on_keep_and_go(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  pair_t *pair = arg;
  (void)request, (void)response;
  assert_int_equal(whorl_service_call_keep(call), WHORL_OK);
  assert_int_equal(whorl_service_call_keep(call), WHORL_OK); // twice is once
  pair->kept[0] = call;
  return WHORL_OK;
}

static int call_and_drop(pair_t *pair)
{
  whorl_service_counts_t counts;
  int64_t sum;
  assert_int_equal(add_within(pair->client, MS(10), &sum), WHORL_TIMED_OUT);
  WHORL_TRY(whorl_service_read_counts(pair->service, &counts));
  assert_int_equal(counts.kept, 1);
  assert_int_equal(whorl_service_call_drop(pair->kept[0]), WHORL_OK);
  assert_int_equal(whorl_service_call_drop(pair->kept[0]), WHORL_DESTROYED);
  assert_int_equal(whorl_service_call_answer(pair->kept[0]), WHORL_DESTROYED);
  assert_int_equal(add_within(pair->client, MS(10), &sum), WHORL_TIMED_OUT);
  return whorl_service_destroy(pair->service); // with one that is kept
}

static void a_kept_call_can_be_dropped_and_ends_with_its_service(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_keep_and_go, 0);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, call_and_drop), WHORL_OK);
  assert_int_equal(whorl_service_call_answer(pair->kept[0]), WHORL_DESTROYED);
  assert_int_equal(whorl_service_call_keep(pair->kept[0]), WHORL_DESTROYED);
}

static int on_answer_early(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  pair_t *pair = arg;
  on_add(request, response, call, arg);
  assert_int_equal(whorl_service_call_answer(call), WHORL_OK);
  ((add_response_t *)response)->sum = -1; // too late
  whorl_event_set(pair->event);
  return WHORL_OK;
}

static int call_once(pair_t *pair)
{
  int64_t sum = 0;
  WHORL_TRY(add(pair->client, 20, 22, &sum));
  assert_int_equal(sum, 42);
  return WHORL_OK;
}

static void a_handler_may_answer_before_it_returns(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_answer_early, 0);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, call_once), WHORL_OK);
}

// --- the rest

static void bad_arguments_are_named(void **state)
{
  pair_t *pair = *state;
  whorl_client_t client = {0};
  add_request_t request = {0};
  add_response_t response = {0};
  const whorl_qos_t qos = {.history = WHORL_HISTORY_KEEP_LAST, .depth = 1, .deadline_ns = -1};
  assert_int_equal(whorl_client_create(pair->client_node, ADD, "a b", NULL, &client), WHORL_INVALID_NAME);
  assert_non_null(strstr(whorl_detail(), "service name 'a b'"));
  assert_int_equal(whorl_client_create(pair->client_node, NULL, "add", NULL, &client), WHORL_INVALID_TYPE);
  assert_int_equal(whorl_client_create(pair->client_node, ADD, NULL, NULL, &client), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_client_create(pair->client_node, ADD, "add", NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_client_create(pair->client_node, ADD, "add", &(whorl_client_options_t){.qos = &qos}, &client), WHORL_INVALID_QOS);
  assert_int_equal(client.id, 0);
  assert_int_equal(whorl_service_create(pair->server, ADD, "add", NULL, NULL, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_service_create(pair->server, ADD, "1add", on_add, pair, NULL, NULL), WHORL_INVALID_NAME);
  assert_int_equal(whorl_client_call(client, &request, &response), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_client_destroy(client), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_service_destroy((whorl_service_t){0}), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_service_call_answer((whorl_service_call_t){0}), WHORL_INVALID_HANDLE);
  pair_connect(pair);
  assert_int_equal(whorl_client_call(pair->client, NULL, &response), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_client_call(pair->client, &request, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_client_read_counts(pair->client, NULL), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_client_service(pair->client), "/add");
}

static void best_available_is_what_services_have(void **state)
{
  (void)state;
  whorl_qos_t best, services;
  whorl_qos_t wanted = WHORL_QOS_BEST_AVAILABLE;
  assert_int_equal(whorl__service_qos(&wanted, &best), WHORL_OK);
  assert_int_equal(whorl__service_qos(&WHORL_QOS_SERVICES, &services), WHORL_OK);
  assert_int_equal(best.reliability, services.reliability);
  assert_int_equal(best.durability, services.durability);
  assert_int_equal(best.liveliness, services.liveliness);
  assert_int_equal(best.deadline_ns, services.deadline_ns);
  assert_int_equal(best.liveliness_lease_ns, services.liveliness_lease_ns);
}

static int call_while_memory_fails(pair_t *pair)
{
  int64_t sum = 0;
  WHORL_TRY(add(pair->client, 20, 22, &sum)); // warm
  for (uint64_t nth = 1; nth < 12; nth++) {
    whorl__memory_fail_at(nth);
    int status = add_within(pair->client, WHORL_SECONDS(1), &sum);
    whorl__memory_fail_at(0);
    if (status != WHORL_OK && status != WHORL_NO_MEMORY && status != WHORL_CANCELED)
      fail_msg("allocation %d: %s", (int)nth, whorl_status_name(status));
    if (status == WHORL_CANCELED) return status; // the handler had none: its error ends the server's scope
  }
  return WHORL_OK;
}

static void a_lack_of_memory_is_told_and_leaves_nothing(void **state)
{
  pair_t *pair = *state;
  whorl_client_counts_t counts;
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  int status = pair_with(pair, call_while_memory_fails);
  if (status != WHORL_OK) assert_int_equal(status, WHORL_NO_MEMORY);
  assert_int_equal(whorl_client_read_counts(pair->client, &counts), WHORL_OK);
  assert_int_equal(counts.open, 0);
}

static void every_allocation_of_a_creation_may_fail(void **state)
{
  pair_t *pair = *state;
  whorl_client_t client;
  whorl_service_t service;
  assert_int_equal(whorl_client_create(pair->client_node, ADD, "warm", NULL, &client), WHORL_OK);
  assert_int_equal(whorl_service_create(pair->server, ADD, "warm", on_add, pair, NULL, &service), WHORL_OK);
  int64_t blocks = whorl__memory_blocks();
  for (int kind = 0; kind < 2; kind++) {
    int status = WHORL_NO_MEMORY;
    for (uint64_t nth = 1; status != WHORL_OK; nth++) {
      assert_true(nth < 100);
      whorl__memory_fail_at(nth);
      status = kind == 0 ? whorl_client_create(pair->client_node, ADD, "add", NULL, &client)
                         : whorl_service_create(pair->server, ADD, "add", on_add, pair, NULL, &service);
      whorl__memory_fail_at(0);
      if (status == WHORL_OK) break;
      assert_int_equal(status, WHORL_NO_MEMORY);
      assert_int_equal(whorl__memory_blocks(), blocks);
    }
    assert_int_equal(kind == 0 ? whorl_client_destroy(client) : whorl_service_destroy(service), WHORL_OK);
    blocks = whorl__memory_blocks();
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      PAIR_TEST(PAIN_23_five_services_call_each_other_on_one_thread),
      cmocka_unit_test(PAIN_27_ASK_13_no_answer_is_lost_in_any_order_of_starting),
      PAIR_TEST(clients_of_two_processes_do_not_take_each_others_answers),
      PAIR_TEST(an_answer_waits_until_its_client_is_discovered),
      PAIR_TEST(an_answer_to_a_client_that_has_gone_is_counted_and_dropped),
      PAIR_TEST(a_kept_call_can_be_dropped_and_ends_with_its_service),
      PAIR_TEST(a_handler_may_answer_before_it_returns),
      PAIR_TEST(bad_arguments_are_named),
      cmocka_unit_test(best_available_is_what_services_have),
      PAIR_TEST(a_lack_of_memory_is_told_and_leaves_nothing),
      PAIR_TEST(every_allocation_of_a_creation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
