// An action client that does all in one call, against our own server, in virtual time.
#include "action/client_fixture.h"
#include "base/memory.h"
#include "whorl/log.h"

// --- in one call

static int call_for_three(world_t *world)
{
  (void)world;
  return call_for(3, &hearing);
}

static void ASK_01_one_call_from_the_goal_to_its_result(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  connect_client(world);
  assert_int_equal(world_with(world, call_for_three), WHORL_OK);
  assert_seen("1 2 3 succeeded:0,1,1");
  assert_string_equal(whorl_action_client_name(client), "/fibonacci");
}

static void a_rejected_goal_ends_the_call(void **state)
{
  world_t *world = *state;
  world->answer = WHORL_GOAL_REJECT;
  world_serve(world, on_execute, &(whorl_action_server_options_t){.on_goal = on_goal});
  connect_client(world);
  assert_int_equal(world_with(world, call_for_three), WHORL_REJECTED);
  assert_seen("WHORL_REJECTED");
}

static int abort_it(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  (void)arg;
  WHORL_TRY(count_up(goal, ((const goal_message_t *)message)->order, result));
  return whorl_goal_abort(goal);
}

static void an_aborted_goal_is_told_with_its_result(void **state)
{
  world_t *world = *state;
  world_serve(world, abort_it, NULL);
  connect_client(world);
  assert_int_equal(world_with(world, call_for_three), WHORL_UNSUCCESSFUL);
  assert_seen("1 2 3 aborted:0,1,1 WHORL_UNSUCCESSFUL");
}

static int call_within(int64_t limit_ns, int order)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, limit_ns);
  return whorl_timeout_close(&timeout, call_for(order, &hearing));
}

static int call_with_too_short_a_limit(world_t *world)
{
  int status = call_within(MS(25), 30);
  saw("%s", whorl_status_name(status));
  return counts_of(world).canceled == 1 && counts_of(world).open == 0 ? WHORL_OK : WHORL_MALFORMED;
}

static void a_call_that_is_cancelled_cancels_its_goal_and_waits_for_its_end(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  connect_client(world);
  assert_int_equal(world_with(world, call_with_too_short_a_limit), WHORL_OK);
  assert_seen("1 2 WHORL_CANCELED WHORL_TIMED_OUT");
}

static int think_it_over(whorl_goal_t goal, const void *message, void *arg)
{
  (void)goal, (void)message, (void)arg;
  WHORL_TRY(whorl_sleep(MS(100)));
  return WHORL_GOAL_ACCEPT;
}

static int give_up_before_the_answer(world_t *world)
{
  saw("%s", whorl_status_name(call_within(MS(25), 30)));
  return counts_of(world).canceled == 1 ? WHORL_OK : WHORL_MALFORMED;
}

static void a_goal_that_is_accepted_too_late_is_taken_back(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, &(whorl_action_server_options_t){.on_goal = think_it_over});
  connect_client(world);
  assert_int_equal(world_with(world, give_up_before_the_answer), WHORL_OK);
  assert_seen("WHORL_CANCELED WHORL_TIMED_OUT");
}

static int clean_up_for_long(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  whorl_shield_t shield;
  (void)message, (void)result, (void)arg, (void)goal;
  whorl_shield_open(&shield, MS(300));
  WHORL_TRY(whorl_shield_close(&shield, whorl_sleep(MS(200))));
  return whorl_sleep(WHORL_SECONDS(1));
}

static int give_up_before_the_answer_and_leave_nothing(world_t *world)
{
  saw("%s", whorl_status_name(call_within(MS(25), 30)));
  return counts_of(world).canceled == 1 && counts_of(world).open == 0 ? WHORL_OK : WHORL_MALFORMED;
}

static void a_goal_that_is_accepted_too_late_has_ended_when_the_call_returns(void **state)
{
  world_t *world = *state;
  world_serve(world, clean_up_for_long, &(whorl_action_server_options_t){.on_goal = think_it_over});
  connect_client(world);
  assert_int_equal(world_with(world, give_up_before_the_answer_and_leave_nothing), WHORL_OK);
  assert_seen("WHORL_CANCELED WHORL_TIMED_OUT");
}

static int give_up_in_no_time(world_t *world)
{
  whorl_timeout_t timeout;
  int64_t before = whorl_now_ns();
  (void)world;
  whorl_timeout_open(&timeout, MS(25));
  int status = call_for(30, &(whorl_action_call_options_t){.cancel_limit_ns = MS(10)});
  saw("%s %d", whorl_status_name(whorl_timeout_close(&timeout, status)), (int)((whorl_now_ns() - before) / MS(1)));
  return WHORL_OK;
}

static void the_limit_for_taking_back_holds_for_a_goal_that_nobody_has_answered(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, &(whorl_action_server_options_t){.on_goal = think_it_over});
  connect_client(world);
  assert_int_equal(world_with(world, give_up_in_no_time), WHORL_OK);
  assert_seen("WHORL_CANCELED WHORL_TIMED_OUT 35");
}

static int dislike(const whorl_goal_id_t *id, const void *feedback, void *arg)
{
  (void)id, (void)arg;
  return ((const feedback_message_t *)feedback)->sequence.size == 2 ? WHORL_IO_ERROR : WHORL_OK;
}

static int call_with_bad_ears(world_t *world)
{
  int status = call_for(30, &(whorl_action_call_options_t){.on_feedback = dislike});
  return status == WHORL_IO_ERROR && counts_of(world).canceled == 1 ? WHORL_OK : WHORL_MALFORMED;
}

static void an_error_of_the_feedback_callback_ends_call_and_goal(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  connect_client(world);
  assert_int_equal(world_with(world, call_with_bad_ears), WHORL_OK);
  assert_seen("WHORL_IO_ERROR");
}

// A feedback every 10 ms, and listening takes 25: all of it is heard, the last ones when the goal has ended.
static int hear_slowly(const whorl_goal_id_t *id, const void *feedback, void *arg)
{
  WHORL_TRY(whorl_sleep(MS(25)));
  return hear(id, feedback, arg);
}

static int call_and_hear_slowly(world_t *world)
{
  (void)world;
  return call_for(4, &(whorl_action_call_options_t){.on_feedback = hear_slowly});
}

static void feedback_that_waits_is_heard_before_the_call_returns(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  connect_client(world);
  assert_int_equal(world_with(world, call_and_hear_slowly), WHORL_OK);
  assert_seen("1 2 3 4 succeeded:0,1,1,2");
}

static int hear_the_latest_only(world_t *world)
{
  (void)world;
  return call_for(6, &(whorl_action_call_options_t){.on_feedback = hear_slowly, .feedback_depth = 1});
}

static void of_feedback_that_waits_the_oldest_is_dropped(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  connect_client(world);
  assert_int_equal(world_with(world, hear_the_latest_only), WHORL_OK);
  assert_seen("1 3 5 6 succeeded:0,1,1,2,3,5");
}

static int call_while_the_server_goes(world_t *world)
{
  int status = call_within(WHORL_SECONDS(5), 30);
  saw("%s", whorl_status_name(status));
  (void)world;
  return WHORL_OK;
}

static int destroy_the_servers_node(void *arg)
{
  WHORL_TRY(whorl_sleep(MS(25)));
  return whorl_node_destroy(((world_t *)arg)->server_node);
}

static int call_to_the_end_of_the_server(world_t *world)
{
  WHORL_TRY(whorl_node_spawn(world->client_node, destroy_the_servers_node, world));
  int64_t before = whorl_now_ns();
  WHORL_TRY(call_while_the_server_goes(world));
  return whorl_now_ns() - before == WHORL_SECONDS(7) ? WHORL_OK : WHORL_MALFORMED; // the limit, and two seconds for taking it back
}

static void a_server_that_vanishes_leaves_the_callers_own_limits(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  connect_client(world);
  (void)world_with(world, call_to_the_end_of_the_server);
  assert_seen("1 2 WHORL_CANCELED WHORL_TIMED_OUT");
}

static int call_while_the_client_goes(void *arg)
{
  (void)arg;
  return call_for(30, &hearing) == WHORL_DESTROYED ? WHORL_OK : WHORL_MALFORMED;
}

static int destroy_the_client_meanwhile(world_t *world)
{
  WHORL_TRY(whorl_node_spawn(world->server_node, call_while_the_client_goes, NULL));
  WHORL_TRY(whorl_sleep(MS(25)));
  WHORL_TRY(whorl_action_client_destroy(client));
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(1)));
  return counts_of(world).succeeded == 1 ? WHORL_OK : WHORL_MALFORMED; // the goal goes on at its server
}

static void a_client_that_is_destroyed_ends_its_calls(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  connect_client(world);
  assert_int_equal(world_with(world, destroy_the_client_meanwhile), WHORL_OK);
  assert_seen("1 2 WHORL_DESTROYED");
  assert_int_equal(whorl_action_client_destroy(client), WHORL_DESTROYED);
}

// --- many

enum { MANY = 1000 };
static int in_flight, most_in_flight;

static int execute_one_of_many(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  if (++in_flight > most_in_flight) most_in_flight = in_flight;
  int status = on_execute(goal, message, result, arg);
  in_flight--;
  return status;
}

static int one_of_many(void *arg)
{
  const goal_message_t goal = {.order = 3};
  result_message_t result = {0};
  (void)arg;
  int status = whorl_action_client_call(client, &goal, &result, NULL, NULL);
  bool right = status == WHORL_OK && result.sequence.size == 3;
  example_interfaces__action__Fibonacci_Result__fini(&result);
  return right || status < 0 ? status : WHORL_MALFORMED;
}

static int call_many(world_t *world)
{
  whorl_task_group_t group;
  (void)world;
  whorl_task_group_open(&group);
  for (int i = 0; i < MANY; i++) whorl_task_group_spawn(&group, one_of_many, NULL);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void ASK_01_a_thousand_goals_at_a_time_on_one_thread(void **state)
{
  world_t *world = *state;
  in_flight = most_in_flight = 0;
  world_serve(world, execute_one_of_many, &(whorl_action_server_options_t){.max_in_flight = WHORL_UNLIMITED});
  connect_client(world);
  assert_int_equal(world_with(world, call_many), WHORL_OK);
  assert_int_equal(counts_of(world).succeeded, MANY);
  assert_int_equal(most_in_flight, MANY); // all of them at once
}

// --- without memory

static uint64_t failing, allocations;

static int call_with_a_failure(world_t *world)
{
  (void)world;
  WHORL_TRY(whorl_action_client_wait_for_server(client));
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_SECONDS(10));
  uint64_t before = whorl__memory_allocations();
  whorl__memory_fail_at(failing);
  int status = call_for(2, &hearing);
  whorl__memory_fail_at(0);
  if (failing == 0) allocations = whorl__memory_allocations() - before;
  return whorl_timeout_close(&timeout, status);
}

// Each allocation of a whole call fails once, on either side: the call ends by itself or at its limit, and nothing is left.
static void a_call_in_which_memory_lacks_ends(void **state)
{
  int64_t blocks = 0;
  allocations = UINT64_MAX;
  WHORL_LOG_WARN("server", "what is made once for the log is made now");
  for (failing = 0; failing <= allocations; failing++) { // first none fails
    world_t *world = *state;
    if (failing == 1) blocks = whorl__memory_blocks();
    if (failing > 1) assert_int_equal(whorl__memory_blocks(), blocks);
    world_serve(world, on_execute, NULL);
    connect_client(world);
    int status = world_with(world, call_with_a_failure);
    assert_true(status == WHORL_OK || status == WHORL_NO_MEMORY || status == WHORL_TIMED_OUT || status == WHORL_REJECTED ||
                status == WHORL_UNSUCCESSFUL);
    assert_int_equal(world_teardown(state), 0);
    assert_int_equal(world_setup(state), 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      WORLD_TEST(ASK_01_one_call_from_the_goal_to_its_result),
      WORLD_TEST(a_rejected_goal_ends_the_call),
      WORLD_TEST(an_aborted_goal_is_told_with_its_result),
      WORLD_TEST(a_call_that_is_cancelled_cancels_its_goal_and_waits_for_its_end),
      WORLD_TEST(a_goal_that_is_accepted_too_late_is_taken_back),
      WORLD_TEST(a_goal_that_is_accepted_too_late_has_ended_when_the_call_returns),
      WORLD_TEST(the_limit_for_taking_back_holds_for_a_goal_that_nobody_has_answered),
      WORLD_TEST(an_error_of_the_feedback_callback_ends_call_and_goal),
      WORLD_TEST(feedback_that_waits_is_heard_before_the_call_returns),
      WORLD_TEST(of_feedback_that_waits_the_oldest_is_dropped),
      WORLD_TEST(a_server_that_vanishes_leaves_the_callers_own_limits),
      WORLD_TEST(a_client_that_is_destroyed_ends_its_calls),
      WORLD_TEST(ASK_01_a_thousand_goals_at_a_time_on_one_thread),
      WORLD_TEST(a_call_in_which_memory_lacks_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
