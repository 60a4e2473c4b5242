// The end of an action server, and what it cannot be made of.
#include "action/parts_fixture.h"
#include "base/memory.h"
#include "message/contents.h"
#include "node/group.h"

static int ask_one(world_t *world)
{
  WHORL_TRY(ask_goal(world, 1, 3));
  return ask_result(world, 1);
}

static int ask_again(world_t *world)
{
  WHORL_TRY(ask_result(world, 1));
  WHORL_TRY(ask_goal(world, 1, 1));
  WHORL_TRY(whorl_sleep(MS(50)));
  WHORL_TRY(ask_result(world, 1));
  return ask_result(world, 1);
}

// --- its end

static int destroy_soon(void *arg)
{
  const world_t *world = arg;
  WHORL_TRY(whorl_sleep(MS(15)));
  return whorl_action_server_destroy(world->server);
}

static int ask_while_it_goes(world_t *world)
{
  WHORL_TRY(ask_goal(world, 1, 40));
  WHORL_TRY(ask_goal(world, 2, 40));
  WHORL_TRY(whorl_node_spawn(world->client_node, destroy_soon, world));
  WHORL_TRY(ask_result(world, 1));
  WHORL_TRY(whorl_sleep(MS(1)));
  return whorl_action_server_destroy(world->server) == WHORL_DESTROYED ? WHORL_OK : WHORL_MALFORMED;
}

static void a_server_that_is_destroyed_ends_its_goals_and_tells(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  parts_connect(world);
  assert_int_equal(world_with(world, ask_while_it_goes), WHORL_OK);
  assert_seen("accepted [E] accepted [EA] 1:1 [BA] B0 [BC]");
}

static int destroy_oneself(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  const world_t *world = arg;
  (void)message;
  WHORL_TRY(whorl_action_server_destroy(world->server));
  if (tell_so_far(goal, result) != WHORL_DESTROYED) return WHORL_MALFORMED; // nobody hears of it any more
  return whorl_sleep(MS(1)) == WHORL_CANCELED ? WHORL_CANCELED : WHORL_MALFORMED;
}

static int ask_and_wait_in_vain(world_t *world)
{
  whorl_timeout_t timeout;
  WHORL_TRY(ask_goal(world, 1, 3));
  whorl_timeout_open(&timeout, WHORL_SECONDS(1));
  return whorl_timeout_close(&timeout, ask_result(world, 1)) == WHORL_TIMED_OUT ? WHORL_OK : WHORL_MALFORMED;
}

static void a_goal_may_destroy_its_server(void **state)
{
  world_t *world = *state;
  size_t groups = whorl__handle_count(&whorl__groups);
  world_serve(world, destroy_oneself, NULL);
  parts_connect(world);
  assert_int_equal(world_with(world, ask_and_wait_in_vain), WHORL_OK);
  assert_int_equal(whorl__handle_count(&whorl__groups), groups); // its own group too, though a callback of it has ended it
  assert_int_equal(whorl_action_server_destroy(world->server), WHORL_DESTROYED);
}

static int destroy_own_node(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  const world_t *world = arg;
  (void)goal, (void)message, (void)result;
  WHORL_TRY(whorl_node_destroy(world->server_node));
  return whorl_sleep(MS(1)) == WHORL_CANCELED ? WHORL_CANCELED : WHORL_MALFORMED;
}

static void a_goal_may_destroy_its_node(void **state)
{
  world_t *world = *state;
  world_serve(world, destroy_own_node, NULL);
  parts_connect(world);
  (void)world_with(world, ask_and_wait_in_vain);
  assert_int_equal(whorl_action_server_destroy(world->server), WHORL_DESTROYED);
}

static int leave_it_open(world_t *world) { return ask_goal(world, 1, 40); }

static void a_node_that_closes_ends_the_goals_and_can_go_on_later(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  parts_connect(world);
  assert_int_equal(world_with(world, leave_it_open), WHORL_OK);
  assert_int_equal(counts_of(world).aborted, 1);
  assert_int_equal(world_with(world, ask_again), WHORL_OK);
  assert_non_null(strstr(seen, "rejected")); // it is known: its result is kept
  assert_non_null(strstr(seen, "B"));
}

static void a_node_that_goes_takes_the_server_along(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  assert_int_equal(whorl_node_destroy(world->server_node), WHORL_OK);
  assert_int_equal(whorl_action_server_destroy(world->server), WHORL_DESTROYED);
  assert_string_equal(whorl_action_server_name(world->server), "");
}

// --- what cannot be

static void bad_calls(void **state)
{
  world_t *world = *state;
  whorl_action_server_t server = {0};
  whorl_goal_t goal = {0};
  whorl_node_t node = world->server_node;
  assert_int_equal(whorl_action_server_create(node, FIBONACCI, "fibonacci", NULL, NULL, NULL, &server), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_server_create(node, NULL, "fibonacci", on_execute, NULL, NULL, &server), WHORL_INVALID_TYPE);
  assert_int_equal(whorl_action_server_create(node, FIBONACCI, NULL, on_execute, NULL, NULL, &server), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_server_create(node, FIBONACCI, "a b", on_execute, NULL, NULL, &server), WHORL_INVALID_NAME);
  assert_int_equal(whorl_action_server_create((whorl_node_t){0}, FIBONACCI, "a", on_execute, NULL, NULL, &server), WHORL_INVALID_HANDLE);
  const whorl_action_server_options_t negative = {.result_lifetime_ns = -1};
  assert_int_equal(whorl_action_server_create(node, FIBONACCI, "a", on_execute, NULL, &negative, &server), WHORL_INVALID_ARGUMENT);
  const whorl_action_server_options_t other_group = {.callback_group = whorl_node_default_callback_group(world->client_node)};
  assert_int_equal(whorl_action_server_create(node, FIBONACCI, "a", on_execute, NULL, &other_group, &server), WHORL_INVALID_ARGUMENT);
  assert_int_equal(server.id, 0);
  assert_int_equal(whorl_action_server_destroy(server), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_goal_execute(goal), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_goal_abort(goal), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_goal_publish_feedback(goal, &goal), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_goal_publish_feedback(goal, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_goal_read_id(goal, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_goal_read_status(goal, NULL), WHORL_INVALID_ARGUMENT);
  assert_false(whorl_goal_is_canceling(goal));
  assert_string_equal(whorl_goal_status_name(WHORL_GOAL_CANCELING), "canceling");
  assert_string_equal(whorl_goal_status_name((whorl_goal_status_t)7), "?");
}

static void a_server_that_no_memory_can_be_had_for_leaves_nothing(void **state)
{
  world_t *world = *state;
  int status = WHORL_NO_MEMORY;
  world_serve(world, on_execute, NULL); // what is made once in a process is made now
  assert_int_equal(whorl_action_server_destroy(world->server), WHORL_OK);
  for (uint64_t nth = 1; status == WHORL_NO_MEMORY; nth++) {
    int64_t blocks = whorl__memory_blocks();
    whorl__memory_fail_at(nth);
    status = whorl_action_server_create(world->server_node, FIBONACCI, "fibonacci", on_execute, world, NULL, &world->server);
    whorl__memory_fail_at(0);
    if (status == WHORL_NO_MEMORY) assert_int_equal(whorl__memory_blocks(), blocks);
  }
  assert_int_equal(status, WHORL_OK);
  parts_connect(world);
  assert_int_equal(world_with(world, ask_one), WHORL_OK);
}

static int ask_when_memory_lacks(world_t *world)
{
  whorl_timeout_t timeout;
  WHORL_TRY(ask_goal(world, 1, 45));
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(1)));
  seen[0] = '\0';
  whorl_timeout_open(&timeout, WHORL_SECONDS(1));
  whorl__contents_fail_at(1); // what is copied into the answer
  int status = whorl_timeout_close(&timeout, ask_result(world, 1));
  whorl__contents_fail_at(0);
  saw("%s", whorl_status_name(status));
  return ask_goal(world, 2, 1);
}

static void a_request_that_there_is_no_memory_to_answer_is_lost_alone(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  parts_connect(world);
  assert_int_equal(world_with(world, ask_when_memory_lacks), WHORL_OK);
  assert_seen("WHORL_TIMED_OUT accepted");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      WORLD_TEST(a_server_that_is_destroyed_ends_its_goals_and_tells),
      WORLD_TEST(a_goal_may_destroy_its_server),
      WORLD_TEST(a_goal_may_destroy_its_node),
      WORLD_TEST(a_node_that_closes_ends_the_goals_and_can_go_on_later),
      WORLD_TEST(a_node_that_goes_takes_the_server_along),
      WORLD_TEST(bad_calls),
      WORLD_TEST(a_server_that_no_memory_can_be_had_for_leaves_nothing),
      WORLD_TEST(a_request_that_there_is_no_memory_to_answer_is_lost_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
