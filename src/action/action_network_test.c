// Actions over a simulated network that delays and loses, in any order of starting: no goal is lost, cancelled ones end, and whoever dies takes nothing along but himself.
#include "action/action_fixture.h"

enum { SEEDS = 200, CALLS = 3, NUMBERS = 5 };

typedef struct order {
  whorl_simulation_t simulation;
  whorl_context_t contexts[2];
  whorl_node_t nodes[2];
  world_t world; // of the server's callbacks
  whorl_action_client_t client;
  uint64_t random;
  size_t last_heard;
  int ended;
} order_t;

static uint32_t draw(order_t *order, uint32_t below)
{
  order->random = order->random * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(order->random >> 33) % below;
}

static int hear_more(const whorl_goal_id_t *id, const void *feedback, void *arg)
{
  order_t *order = arg;
  size_t count = ((const feedback_message_t *)feedback)->sequence.size;
  (void)id;
  if (count <= order->last_heard) return WHORL_MALFORMED;                                     // in its order, each once
  if (order->last_heard == 0 && order->ended < CALLS && count != 1) return WHORL_WRONG_STATE; // the first one is not lost to discovery
  order->last_heard = count;
  return WHORL_OK;
}

static int start_server(void *arg)
{
  order_t *order = arg;
  WHORL_TRY(whorl_sleep((int64_t)draw(order, 2000) * MS(1)));
  WHORL_TRY(whorl_node_create(order->contexts[0], "server", NULL, &order->nodes[0]));
  WHORL_TRY(whorl_action_server_create(order->nodes[0], FIBONACCI, "fibonacci", on_execute, &order->world, NULL, &order->world.server));
  return whorl_node_run(order->nodes[0]);
}

static int call(order_t *order, int numbers, int64_t limit_ns)
{
  const goal_message_t goal = {.order = numbers};
  const whorl_action_call_options_t options = {.on_feedback = hear_more, .arg = order, .cancel_limit_ns = WHORL_SECONDS(60)};
  result_message_t result = {0};
  whorl_timeout_t timeout;
  order->last_heard = 0;
  whorl_timeout_open(&timeout, limit_ns);
  int status = whorl_timeout_close(&timeout, whorl_action_client_call(order->client, &goal, &result, &options, NULL));
  if (status == WHORL_OK && result.sequence.size != (size_t)numbers) status = WHORL_MALFORMED;
  example_interfaces__action__Fibonacci_Result__fini(&result);
  return status;
}

// All that it called for came to an end: three goals with a result, and one that was cancelled anywhere on its way.
static int call_all(order_t *order)
{
  for (; order->ended < CALLS; order->ended++) WHORL_TRY(call(order, NUMBERS, WHORL_SECONDS(60)));
  int status = call(order, 40, (int64_t)draw(order, 300) * MS(1));
  if (status != WHORL_TIMED_OUT) return status < 0 ? status : WHORL_MALFORMED;
  whorl_action_server_counts_t counts = counts_of(&order->world);
  return counts.open == 0 && counts.succeeded == CALLS && counts.accepted == CALLS + counts.canceled ? WHORL_OK : WHORL_WRONG_STATE;
}

static int run_client(order_t *order)
{
  WHORL_TRY(whorl_sleep((int64_t)draw(order, 2000) * MS(1)));
  WHORL_TRY(whorl_node_create(order->contexts[1], "client", NULL, &order->nodes[1]));
  WHORL_TRY(whorl_action_client_create(order->nodes[1], FIBONACCI, "fibonacci", NULL, &order->client));
  WHORL_TRY(whorl_node_open(order->nodes[1]));
  return whorl_node_close(order->nodes[1], call_all(order));
}

static int start_client(void *arg)
{
  order_t *order = arg;
  WHORL_TRY(run_client(order));
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

static void make(order_t *order, uint64_t seed)
{
  *order = (order_t){.random = seed};
  assert_int_equal(whorl_simulation_create(seed, &order->simulation), WHORL_OK);
  for (int i = 0; i < 2; i++) assert_int_equal(whorl_simulation_create_context(order->simulation, &order->contexts[i]), WHORL_OK);
}

static void ASK_01_no_goal_is_lost_on_a_bad_network(void **state)
{
  (void)state;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    order_t order;
    make(&order, seed);
    const whorl_simulation_network_t network = {
        .link = {.delay_ns = MS(1), .delay_spread_ns = MS(1 + draw(&order, 50)), .loss = (double)draw(&order, 31) / 100},
        .discovery_delay_ns = (int64_t)draw(&order, 300) * MS(1)};
    assert_int_equal(whorl_simulation_set_network(order.simulation, &network), WHORL_OK);
    int status = whorl_simulation_run(order.simulation, start_both, &order);
    if (status < 0) fail_msg("seed %d: %s: %s", (int)seed, whorl_status_name(status), whorl_detail());
    assert_int_equal(whorl_simulation_destroy(order.simulation), WHORL_OK);
  }
}

// --- the client's process dies

static int watch_the_goal(void *arg)
{
  order_t *order = arg;
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(10))); // the client has begun by then
  if (counts_of(&order->world).open != 1) return WHORL_MALFORMED;
  WHORL_TRY(whorl_simulation_kill(order->simulation, order->contexts[1]));
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(30)));
  whorl_action_server_counts_t counts = counts_of(&order->world);
  WHORL_TRY(whorl_node_destroy(order->nodes[0]));
  return counts.open == 0 && counts.succeeded == 1 ? WHORL_OK : WHORL_MALFORMED; // its goal goes on
}

static int call_for_long(void *arg)
{
  order_t *order = arg;
  WHORL_TRY(whorl_node_create(order->contexts[1], "client", NULL, &order->nodes[1]));
  WHORL_TRY(whorl_action_client_create(order->nodes[1], FIBONACCI, "fibonacci", NULL, &order->client));
  WHORL_TRY(whorl_node_open(order->nodes[1]));
  (void)whorl_node_close(order->nodes[1], call(order, 2000, WHORL_SECONDS(60)));
  return WHORL_OK;
}

static int start_all(void *arg)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, start_server, arg);
  whorl_task_group_spawn(&group, call_for_long, arg);
  whorl_task_group_spawn(&group, watch_the_goal, arg);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void a_goal_outlives_the_process_of_its_client(void **state)
{
  order_t order;
  (void)state;
  make(&order, 1);
  int status = whorl_simulation_run(order.simulation, start_all, &order);
  if (status < 0) fail_msg("%s: %s", whorl_status_name(status), whorl_detail());
  assert_int_equal(whorl_simulation_destroy(order.simulation), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ASK_01_no_goal_is_lost_on_a_bad_network),
      cmocka_unit_test(a_goal_outlives_the_process_of_its_client),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
