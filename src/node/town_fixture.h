// For tests of plain threads that wait in a context (docs/tasks.md R35): a town of two nodes whose network is a simulated one, moved on by a thread of its own, in real time as for any context outside
// simulations; and a server on a loop in a third thread. Nothing here depends on how long something takes.
#ifndef WHORL_NODE_TOWN_FIXTURE_H
#define WHORL_NODE_TOWN_FIXTURE_H

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/memory.h"
#include "node/context.h"
#include "node/service_fixture.h"
#include "transport/sim/sim.h"

#define HOUR WHORL_SECONDS(3600)

typedef struct town {
  whorl__sim_network_t *network;
  whorl__futex_parker_t clock; // real time, as for any context outside simulations
  whorl_context_t context;
  whorl_node_t server, node;
  whorl_client_t client;
  whorl_service_t service;
  whorl_loop_t loop;
  pthread_t network_thread, loop_thread;
  atomic_bool stop_network;
  int loop_status;
  // Of the handlers; the loop's thread.
  whorl_service_call_t kept;
  int handled;
  sem_t entered; // up once for each request
} town_t;

static town_t town; // of the running test

static inline void *town_move(void *arg)
{
  while (!atomic_load(&town.stop_network)) {
    if (whorl__sim_deliver(town.network) == 0) sched_yield();
  }
  return arg;
}

static inline pthread_t town_start(void *(*function)(void *arg), void *arg)
{
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, function, arg), 0);
  return thread;
}

static inline int town_setup(void **state)
{
  (void)state;
  whorl__participant_t *participant;
  memset(&town, 0, sizeof town);
  assert_int_equal(sem_init(&town.entered, 0, 0), 0);
  whorl__futex_parker_init(&town.clock);
  assert_int_equal(whorl__sim_network_create(&(whorl__sim_options_t){.seed = 1}, &town.network), WHORL_OK);
  assert_int_equal(whorl__sim_participant_open(town.network, &(whorl__participant_options_t){.enclave = "/"}, &participant), WHORL_OK);
  assert_int_equal(whorl__context_open(participant, &town.clock.base, NULL, &town.context), WHORL_OK);
  assert_int_equal(whorl_node_create(town.context, "server", NULL, &town.server), WHORL_OK);
  assert_int_equal(whorl_node_create(town.context, "asking", NULL, &town.node), WHORL_OK);
  assert_int_equal(whorl_client_create(town.node, ADD, "add", NULL, &town.client), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &town.loop), WHORL_OK);
  town.network_thread = town_start(town_move, NULL);
  return 0;
}

static inline int town_teardown(void **state)
{
  (void)state;
  atomic_store(&town.stop_network, true);
  pthread_join(town.network_thread, NULL);
  assert_int_equal(whorl_loop_destroy(town.loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(town.context, WHORL_OK), WHORL_OK);
  whorl__sim_network_destroy(town.network);
  sem_destroy(&town.entered);
  return 0;
}

#define TOWN_TEST(function) cmocka_unit_test_setup_teardown(function, town_setup, town_teardown)

// --- The server, on a loop in a thread of its own

static inline int town_answer(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const add_request_t *numbers = request;
  (void)call, (void)arg;
  town.handled++;
  ((add_response_t *)response)->sum = numbers->a + numbers->b;
  return WHORL_OK;
}

static inline int town_keep(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  int status = town_answer(request, response, call, arg);
  if (status == WHORL_OK) status = whorl_service_call_keep(call);
  town.kept = call;
  sem_post(&town.entered);
  return status;
}

static inline int town_run_server(void *arg)
{
  (void)arg;
  return whorl_node_run(town.server);
}

static inline void *town_run_loop(void *arg)
{
  town.loop_status = whorl_loop_run(town.loop, town_run_server, arg);
  return arg;
}

static inline void town_serve(whorl_service_callback_t handler)
{
  const whorl_service_options_t options = {.max_in_flight = WHORL_UNLIMITED};
  assert_int_equal(whorl_service_create(town.server, ADD, "add", handler, NULL, &options, &town.service), WHORL_OK);
  town.loop_thread = town_start(town_run_loop, NULL);
}

static inline void town_stop_serving(void)
{
  (void)whorl_node_destroy(town.server);
  pthread_join(town.loop_thread, NULL);
  assert_int_equal(town.loop_status, WHORL_OK);
}

#endif
