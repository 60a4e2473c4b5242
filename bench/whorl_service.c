// A service's round trip between two processes: a task that calls, and a plain handler that answers. Beside whorl_pingpong.c: a call is
// no more than a message each way, as long as nothing is lost.
// usage: whorl_service ping|pong <calls>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <example_interfaces/srv/add_two_ints.h>
#include <whorl/whorl.h>

#include "stopwatch.h"

typedef example_interfaces__srv__AddTwoInts_Request request_t;
typedef example_interfaces__srv__AddTwoInts_Response response_t;

typedef struct caller {
  bool is_ping;
  stopwatch_t watch;
} caller_t;

static int add(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)call, (void)arg;
  const request_t *numbers = request;
  ((response_t *)response)->sum = numbers->a + numbers->b;
  return WHORL_OK;
}

static int call_all(whorl_client_t client, stopwatch_t *watch)
{
  request_t request = {.a = 1};
  response_t response = {0};
  int64_t began_ns;
  WHORL_TRY(whorl_client_wait_for_service(client));
  do {
    request.b++;
    began_ns = stopwatch_now_ns();
    WHORL_TRY(whorl_client_call(client, &request, &response));
    if (response.sum != request.a + request.b) return WHORL_MALFORMED;
  } while (stopwatch_lap(watch, stopwatch_now_ns() - began_ns));
  return WHORL_OK;
}

static int app(whorl_context_t context, void *arg)
{
  caller_t *caller = arg;
  whorl_node_t node;
  whorl_client_t client;
  whorl_service_type_t type = WHORL_SERVICE(example_interfaces, srv, AddTwoInts);
  WHORL_TRY(whorl_node_create(context, caller->is_ping ? "ping" : "pong", NULL, &node));
  if (!caller->is_ping) {
    WHORL_TRY(whorl_service_create(node, type, "bench_service", add, NULL, NULL, NULL));
    return whorl_node_run(node); // until run.py ends it
  }
  WHORL_TRY(whorl_client_create(node, type, "bench_service", NULL, &client));
  WHORL_TRY(whorl_node_open(node));
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_SECONDS(60));
  int status = call_all(client, &caller->watch);
  status = whorl_timeout_close(&timeout, status);
  return whorl_node_close(node, status);
}

int main(int argc, char **argv)
{
  if (argc != 3) return 2;
  caller_t caller = {.is_ping = strcmp(argv[1], "ping") == 0};
  uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
  stopwatch_init(&caller.watch, count / 10 + 1, count);
  int code = whorl_main(1, argv, app, &caller);
  if (code == 0 && caller.is_ping) stopwatch_print(&caller.watch);
  return code;
}
