// Actions under executors: a server's and a client's node in one, all kinds, in virtual time.
#include "action/action_fixture.h"
#include "executor/executor_fixture.h"

typedef struct pair {
  bench_t *bench;
  world_t world; // its nodes are the bench's: of the fixtures of actions, what callbacks need
  whorl_action_client_t client;
  whorl_goal_id_t id;
  whorl_future_t accepted, ended;
} pair_t;

static int hear(const whorl_goal_id_t *id, const void *feedback, void *arg)
{
  (void)id, (void)arg;
  saw("%zu", ((const feedback_message_t *)feedback)->sequence.size);
  return WHORL_OK;
}

static void make_pair(pair_t *pair, bench_t *bench)
{
  const whorl_action_server_options_t options = {.max_in_flight = 2};
  *pair = (pair_t){.bench = bench};
  seen[0] = '\0';
  assert_int_equal(whorl_action_server_create(bench->node, FIBONACCI, "fibonacci", on_execute, &pair->world, &options, &pair->world.server),
                   WHORL_OK);
  assert_int_equal(whorl_action_client_create(bench->node, FIBONACCI, "fibonacci", NULL, &pair->client), WHORL_OK);
  bench_add_node(bench);
  bench_spin_for(bench, WHORL_SECONDS(1)); // they find each other
  assert_true(whorl_action_client_server_is_ready(pair->client));
}

static void send_for(pair_t *pair, int order)
{
  const goal_message_t goal = {.order = order};
  const whorl_goal_options_t options = {.on_feedback = hear};
  assert_int_equal(whorl_action_client_send_goal_future(pair->client, &goal, &options, &pair->id, &pair->accepted), WHORL_OK);
  assert_int_equal(whorl_executor_spin_until_future_complete(pair->bench->executor, pair->accepted, WHORL_SECONDS(1)),
                   WHORL_FUTURE_SUCCESS);
  assert_int_equal(whorl_action_client_get_result_future(pair->client, &pair->id, &pair->ended), WHORL_OK);
}

static int8_t end_of(pair_t *pair)
{
  void *answer = NULL;
  assert_int_equal(whorl_executor_spin_until_future_complete(pair->bench->executor, pair->ended, WHORL_SECONDS(10)), WHORL_FUTURE_SUCCESS);
  assert_int_equal(whorl_future_wait(pair->ended, &answer), WHORL_OK);
  int8_t status = ((const example_interfaces__action__Fibonacci_GetResult_Response *)answer)->status;
  assert_int_equal(whorl_future_destroy(pair->accepted), WHORL_OK);
  assert_int_equal(whorl_future_destroy(pair->ended), WHORL_OK);
  return status;
}

// Ready when any part is: the goal, the request for its result, its feedback, its time between, and its cancellation.
EXECUTOR_TEST(RCLC_32_an_action_runs_when_any_of_its_parts_is_ready)
{
  pair_t pair;
  make_pair(&pair, bench);
  send_for(&pair, 3);
  assert_int_equal(end_of(&pair), WHORL_GOAL_SUCCEEDED);
  bench_spin_for(bench, MS(1)); // the last feedback came with the result
  assert_seen("1 2 3");
}

EXECUTOR_TEST(a_goal_that_executes_does_not_keep_out_its_cancellation)
{
  pair_t pair;
  whorl_future_t canceled;
  make_pair(&pair, bench);
  send_for(&pair, 40);
  bench_spin_for(bench, MS(25));
  assert_int_equal(whorl_action_client_cancel_goal_future(pair.client, &pair.id, &canceled), WHORL_OK);
  assert_int_equal(end_of(&pair), WHORL_GOAL_CANCELED);
  assert_seen("1 2");
  assert_int_equal(whorl_future_destroy(canceled), WHORL_OK);
}

// What a static executor has to be made for.
static void RCLC_32_an_action_counts_as_its_parts(void **state)
{
  bench_t bench;
  whorl_callback_group_t group;
  whorl_action_client_t client;
  bench_create(&bench, *state, WHORL_EXECUTOR_STATIC, &(whorl_executor_options_t){.capacity = 5});
  bench_add_node(&bench);
  assert_int_equal(whorl_callback_group_create(bench.node, WHORL_CALLBACK_GROUP_REENTRANT, NULL, &group), WHORL_OK);
  const whorl_action_server_options_t options = {.callback_group = group};
  world_t world = {0};
  assert_int_equal(whorl_action_server_create(bench.node, FIBONACCI, "one", on_execute, &world, &options, &world.server), WHORL_OK); // four
  assert_int_equal(whorl_action_client_create(bench.node, FIBONACCI, "one", NULL, &client), WHORL_LIMIT_EXCEEDED);                   // two
  assert_int_equal(whorl_action_server_destroy(world.server), WHORL_OK);
  assert_int_equal(whorl_action_client_create(bench.node, FIBONACCI, "one", NULL, &client), WHORL_OK);
  bench_destroy(&bench);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(RCLC_32_an_action_runs_when_any_of_its_parts_is_ready),
      NODE_TEST(a_goal_that_executes_does_not_keep_out_its_cancellation),
      NODE_TEST(RCLC_32_an_action_counts_as_its_parts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
