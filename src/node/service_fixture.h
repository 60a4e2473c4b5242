// For tests of services: a world with a server's node and a client's node, both in the first context unless a test says otherwise, and a body that runs as a task while both are open.
#ifndef WHORL_NODE_SERVICE_FIXTURE_H
#define WHORL_NODE_SERVICE_FIXTURE_H

#include <example_interfaces/srv/add_two_ints.h>

#include "node/fixture.h"

typedef example_interfaces__srv__AddTwoInts_Request add_request_t;
typedef example_interfaces__srv__AddTwoInts_Response add_response_t;
#define ADD WHORL_SERVICE(example_interfaces, srv, AddTwoInts)
#define MS WHORL_MILLISECONDS

typedef struct pair {
  whorl_simulation_t world;
  whorl_node_t server, client_node;
  whorl_service_t service;
  whorl_client_t client;
  whorl_event_t event;
  whorl_service_call_t kept[1024];
  int handled, entered, status;
  int (*body)(struct pair *pair);
} pair_t;

static inline int pair_setup(void **state)
{
  static pair_t pair;
  memset(&pair, 0, sizeof pair);
  assert_int_equal(whorl_simulation_create(1, &pair.world), WHORL_OK);
  whorl_context_t context = whorl_simulation_context(pair.world);
  assert_int_equal(whorl_node_create(context, "server", NULL, &pair.server), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "client", NULL, &pair.client_node), WHORL_OK);
  assert_int_equal(whorl_event_create(NULL, &pair.event), WHORL_OK);
  *state = &pair;
  return 0;
}

static inline int pair_teardown(void **state)
{
  pair_t *pair = *state;
  whorl_event_destroy(pair->event);
  return whorl_simulation_destroy(pair->world);
}

static inline void pair_serve(pair_t *pair, whorl_service_callback_t callback, uint32_t max_in_flight)
{
  const whorl_service_options_t options = {.max_in_flight = max_in_flight};
  assert_int_equal(whorl_service_create(pair->server, ADD, "add", callback, pair, &options, &pair->service), WHORL_OK);
}

static inline void pair_connect(pair_t *pair)
{
  assert_int_equal(whorl_client_create(pair->client_node, ADD, "add", NULL, &pair->client), WHORL_OK);
}

static inline int pair_run_client(void *arg)
{
  pair_t *pair = arg;
  WHORL_TRY(whorl_node_open(pair->client_node));
  pair->status = pair->body(pair);
  return whorl_node_close(pair->client_node, pair->status);
}

static inline int pair_run_both(void *arg)
{
  pair_t *pair = arg;
  WHORL_TRY(whorl_node_open(pair->server));
  int status = pair_run_client(pair);
  return whorl_node_close(pair->server, status);
}

// server open { client open { body } }; the outer close's result.
static inline int pair_with(pair_t *pair, int (*body)(pair_t *pair))
{
  pair->body = body;
  return whorl_simulation_run(pair->world, pair_run_both, pair);
}

static inline int add(whorl_client_t client, int64_t a, int64_t b, int64_t *ret_sum)
{
  add_request_t request = {.a = a, .b = b};
  add_response_t response = {0};
  int status = whorl_client_call(client, &request, &response);
  if (status == WHORL_OK) *ret_sum = response.sum;
  return status;
}

static inline int add_within(whorl_client_t client, int64_t limit_ns, int64_t *ret_sum)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, limit_ns);
  return whorl_timeout_close(&timeout, add(client, 20, 22, ret_sum));
}

static inline int on_add(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const add_request_t *numbers = request;
  (void)call;
  ((pair_t *)arg)->handled++;
  ((add_response_t *)response)->sum = numbers->a + numbers->b;
  return WHORL_OK;
}

#define PAIR_TEST(function) cmocka_unit_test_setup_teardown(function, pair_setup, pair_teardown)

#endif
