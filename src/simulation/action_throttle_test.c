// What an action's status topic tells when the middleware does not take its messages at once.
#include "action/parts_fixture.h"
#include "simulation/simulation.h"

static void throttle(const world_t *world, unsigned writes)
{
  whorl__simulation_t *simulation;
  assert_int_equal(whorl__simulation_pin(world->simulation, &simulation), WHORL_OK);
  whorl__sim_throttle(simulation->network, writes);
  whorl__simulation_unpin(world->simulation);
}

// Its client goes before it is answered: so the first thing that is written is the goal's status.
static int defer_and_throttle(whorl_goal_t goal, const void *message, void *arg)
{
  world_t *world = arg;
  WHORL_TRY(whorl_client_destroy(world->send_goal));
  throttle(world, 1);
  return on_goal(goal, message, arg);
}

static int execute_while_it_is_throttled(world_t *world)
{
  if (ask_goal(world, 1, 1) != WHORL_DESTROYED) return WHORL_MALFORMED;
  WHORL_TRY(whorl_yield());
  WHORL_TRY(whorl_goal_execute(world->goals[0]));
  return ask_result(world, 1);
}

static void a_goal_that_begins_while_its_acceptance_is_told_is_told_to_execute(void **state)
{
  world_t *world = *state;
  world->answer = WHORL_GOAL_DEFER;
  world_serve(world, on_execute, &(whorl_action_server_options_t){.on_goal = defer_and_throttle});
  parts_connect(world);
  assert_int_equal(world_with(world, execute_while_it_is_throttled), WHORL_OK);
  assert_seen("[A] [E] 1:1 [S] S0");
}

int main(void)
{
  const struct CMUnitTest tests[] = {WORLD_TEST(a_goal_that_begins_while_its_acceptance_is_told_is_told_to_execute)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
