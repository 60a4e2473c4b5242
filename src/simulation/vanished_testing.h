// Test support: calls to a server whose process has died without a word. Until its lease has run out the requests go out to nobody; from then on there is no service to be found, until another one takes its
// place, and dies as well.
#ifndef WHORL_SIMULATION_VANISHED_TESTING_H
#define WHORL_SIMULATION_VANISHED_TESTING_H

#include "base/memory.h"
#include "node/service_fixture.h"

enum { CALLS_IN_VAIN = 100 }; // after each death, each with a limit of a millisecond
enum { HISTORIES_FULL = 50 }; // deaths after which what is kept of the graph is as much as will ever be

static int vanished_deaths;

static int run_server(void *arg) { return whorl_node_run(((pair_t *)arg)->server); }

// A server that answers one call; then its process is killed.
static void serve_and_vanish(pair_t *pair, whorl_context_t context)
{
  whorl_task_group_t group;
  int64_t sum = 0;
  assert_int_equal(whorl_node_create(context, "server", NULL, &pair->server), WHORL_OK);
  pair_serve(pair, on_add, 0);
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, run_server, pair);
  assert_int_equal(add_within(pair->client, MS(1000), &sum), WHORL_OK);
  assert_int_equal(sum, 42);
  assert_int_equal(whorl_simulation_kill(pair->world, context), WHORL_OK);
  assert_int_equal(whorl_task_group_close(&group, WHORL_OK), WHORL_OK); // killed, it is shut down
}

static void call_in_vain(pair_t *pair)
{
  whorl_client_counts_t before, after;
  int64_t sum = 0;
  assert_int_equal(whorl_client_read_counts(pair->client, &before), WHORL_OK);
  for (int i = 0; i < CALLS_IN_VAIN; i++) assert_int_equal(add_within(pair->client, MS(1), &sum), WHORL_TIMED_OUT);
  assert_int_equal(whorl_client_read_counts(pair->client, &after), WHORL_OK);
  assert_in_range(after.requests - before.requests, CALLS_IN_VAIN / 4, CALLS_IN_VAIN * 3 / 4); // went out; the others found nobody
  assert_int_equal(after.answers, before.answers);
  assert_int_equal(after.open, 0);
  assert_false(whorl_client_service_is_ready(pair->client));
}

static int see_servers_vanish(pair_t *pair)
{
  int64_t blocks = 0;
  for (int i = 0; i < vanished_deaths; i++) {
    whorl_context_t context;
    WHORL_TRY(whorl_simulation_create_context(pair->world, &context));
    serve_and_vanish(pair, context);
    call_in_vain(pair);
    WHORL_TRY(whorl_context_destroy(context, WHORL_OK));
    if (i == HISTORIES_FULL) blocks = whorl__memory_blocks();
    if (i > HISTORIES_FULL) assert_int_equal(whorl__memory_blocks(), blocks);
  }
  return WHORL_OK;
}

static void call_servers_that_vanish(pair_t *pair, int deaths)
{
  const whorl_simulation_network_t network = {.link.delay_ns = WHORL_MICROSECONDS(100), .lease_ns = MS(CALLS_IN_VAIN / 2)};
  vanished_deaths = deaths;
  assert_int_equal(whorl_simulation_set_network(pair->world, &network), WHORL_OK);
  assert_int_equal(whorl_node_destroy(pair->server), WHORL_OK); // the fixture's lives in the client's process
  pair_connect(pair);
  pair->body = see_servers_vanish;
  assert_int_equal(whorl_simulation_run(pair->world, pair_run_client, pair), WHORL_OK);
}

#endif
