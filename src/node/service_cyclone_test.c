// Services over Cyclone DDS on the loopback interface: client and server each with a context and a thread of its own, many calls at once, and many requests whose answers go into futures.
#include <pthread.h>

#include "node/service_fixture.h"
#include "node/two_domains_testing.h"

typedef struct side {
  whorl_context_t context;
  whorl_loop_t loop;
  whorl_node_t node;
  whorl_client_t client;
  int status, answers;
} side_t;

static int run_node(void *arg) { return whorl_node_run(((side_t *)arg)->node); }

static void *run_server(void *arg)
{
  side_t *side = arg;
  side->status = whorl_loop_run(side->loop, run_node, side);
  return NULL;
}

static int on_request(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const add_request_t *numbers = request;
  (void)call, (void)arg;
  ((add_response_t *)response)->sum = numbers->a + numbers->b;
  return WHORL_OK;
}

static int call_once(void *arg)
{
  side_t *side = arg;
  static int64_t next;
  int64_t mine = ++next, sum = 0;
  WHORL_TRY(add(side->client, mine, 1000000, &sum));
  assert_int_equal(sum, mine + 1000000);
  side->answers++;
  return WHORL_OK;
}

static int send_all(side_t *side)
{
  enum { COUNT = 200 };
  static whorl_future_t futures[COUNT];
  for (int i = 0; i < COUNT; i++) {
    add_request_t request = {.a = i, .b = 2000000};
    WHORL_TRY(whorl_client_send(side->client, &request, &futures[i]));
  }
  for (int i = 0; i < COUNT; i++) {
    add_response_t response = {0};
    void *value = NULL;
    WHORL_TRY(whorl_future_wait(futures[i], &value));
    WHORL_TRY(whorl_future_take(futures[i], &response));
    assert_int_equal(((const add_response_t *)value)->sum, i + 2000000);
    assert_int_equal(response.sum, i + 2000000);
    WHORL_TRY(whorl_future_destroy(futures[i]));
    side->answers++;
  }
  return WHORL_OK;
}

static int call_all(void *arg)
{
  whorl_task_group_t group;
  side_t *side = arg;
  for (int i = 0; i < 50; i++) WHORL_TRY(call_once(side));
  whorl_task_group_open(&group);
  for (int i = 0; i < 200; i++) whorl_task_group_spawn(&group, call_once, side);
  WHORL_TRY(whorl_task_group_close(&group, WHORL_OK));
  return send_all(side);
}

static int send_at_once(void *arg)
{
  side_t *side = arg;
  WHORL_TRY(whorl_client_wait_for_service(side->client));
  return send_all(side);
}

static void open_side(side_t *side, const char *name, uint32_t domain)
{
  *side = (side_t){0};
  const whorl_context_options_t options = {.domain_id_given = true, .domain_id = domain};
  int status = whorl_context_create(0, NULL, &options, &side->context);
  if (status < 0) fail_msg("context: %s: %s", whorl_status_name(status), whorl_detail());
  assert_int_equal(whorl_node_create(side->context, name, NULL, &side->node), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &side->loop), WHORL_OK);
}

static void close_side(side_t *side)
{
  assert_int_equal(whorl_loop_destroy(side->loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(side->context, WHORL_OK), WHORL_OK);
}

static void check(uint32_t client_domain, uint32_t server_domain, int (*body)(void *side), int answers)
{
  side_t server, client;
  pthread_t thread;
  open_side(&client, "client", client_domain); // first: it waits for the server
  assert_int_equal(whorl_client_create(client.node, ADD, "add", NULL, &client.client), WHORL_OK);
  assert_false(whorl_client_service_is_ready(client.client));
  open_side(&server, "server", server_domain);
  assert_int_equal(whorl_service_create(server.node, ADD, "add", on_request, NULL, NULL, NULL), WHORL_OK);
  pthread_create(&thread, NULL, run_server, &server);
  assert_int_equal(whorl_loop_run(client.loop, body, &client), WHORL_OK);
  for (int i = 0; i < 50; i++)
    assert_int_equal(call_once(&client), WHORL_OK); // this thread is a plain one now, and nobody drives the node (R35)
  assert_int_equal(client.answers, answers);
  assert_int_equal(whorl_node_destroy(server.node), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(server.status, WHORL_OK);
  close_side(&client);
  close_side(&server);
}

static void ACLI_01_calls_and_their_answers_cross_contexts_and_threads(void **state)
{
  (void)state;
  check(domain_here(), domain_here(), call_all, 500);
}

static void ACLI_01_and_the_wire(void **state)
{
  (void)state;
  check(domain_here(), domain_there(), call_all, 500);
}

// The client is matched before the server knows it, and the other way round, and the histories hold ten.
static void the_first_requests_and_their_answers_arrive_however_many_they_are(void **state)
{
  (void)state;
  check(domain_here(), domain_there(), send_at_once, 250);
}

int main(void)
{
  join_domains_on_the_wire();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ACLI_01_calls_and_their_answers_cross_contexts_and_threads),
      cmocka_unit_test(ACLI_01_and_the_wire),
      cmocka_unit_test(the_first_requests_and_their_answers_arrive_however_many_they_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
