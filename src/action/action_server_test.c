// An action server, as a peer sees it that knows its parts.
#include "action/parts_fixture.h"

// --- the ways a goal goes

static int ask_one(world_t *world)
{
  WHORL_TRY(ask_goal(world, 1, 3));
  return ask_result(world, 1);
}

static void ASK_01_a_goal_is_accepted_executed_and_its_result_given(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  parts_connect(world);
  assert_int_equal(world_with(world, ask_one), WHORL_OK);
  assert_seen("accepted [E] 1:1 1:2 1:3 [S] S0,1,1");
  assert_string_equal(whorl_action_server_name(world->server), "/fibonacci");
}

static void a_rejected_goal_leaves_no_trace(void **state)
{
  world_t *world = *state;
  world->answer = WHORL_GOAL_REJECT;
  world_serve(world, on_execute, &(whorl_action_server_options_t){.on_goal = on_goal});
  parts_connect(world);
  assert_int_equal(world_with(world, ask_one), WHORL_OK);
  assert_seen("rejected ?");
  assert_int_equal(world->executed, 0);
  assert_int_equal(counts_of(world).rejected, 1);
  whorl_goal_id_t id;
  assert_int_equal(whorl_goal_read_id(world->goals[0], &id), WHORL_DESTROYED);
}

static int ask_twice_under_one_id(world_t *world)
{
  WHORL_TRY(ask_goal(world, 1, 1));
  WHORL_TRY(ask_goal(world, 1, 2));
  return ask_result(world, 1);
}

static void an_id_that_is_known_already_is_rejected(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  parts_connect(world);
  assert_int_equal(world_with(world, ask_twice_under_one_id), WHORL_OK);
  assert_seen("accepted [E] rejected 1:1 [S] S0");
}

static int abort_it(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  (void)arg;
  WHORL_TRY(count_up(goal, ((const goal_message_t *)message)->order, result));
  return whorl_goal_abort(goal);
}

static void a_callback_may_abort_its_goal_and_the_result_goes_out(void **state)
{
  world_t *world = *state;
  world_serve(world, abort_it, NULL);
  parts_connect(world);
  assert_int_equal(world_with(world, ask_one), WHORL_OK);
  assert_seen("accepted [E] 1:1 1:2 1:3 [B] B0,1,1");
  assert_int_equal(counts_of(world).aborted, 1);
}

static int fail_it(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  (void)goal, (void)message, (void)result, (void)arg;
  return WHORL_IO_ERROR;
}

static int refuse_with_an_error(whorl_goal_t goal, const void *message, void *arg)
{
  (void)goal, (void)message, (void)arg;
  return WHORL_IO_ERROR;
}

static void an_error_aborts_the_goal_and_ends_the_nodes_scope(void **state)
{
  world_t *world = *state;
  world_serve(world, fail_it, NULL);
  parts_connect(world);
  assert_int_equal(world_with(world, ask_one), WHORL_IO_ERROR);
  assert_int_equal(counts_of(world).aborted, 1);
}

static void an_error_of_the_first_callback_rejects(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, &(whorl_action_server_options_t){.on_goal = refuse_with_an_error});
  parts_connect(world);
  assert_int_equal(world_with(world, ask_one), WHORL_IO_ERROR);
  assert_int_equal(counts_of(world).rejected, 1);
}

// --- cancelling

static int cancel_after_15_ms(world_t *world)
{
  WHORL_TRY(ask_goal(world, 1, 40));
  WHORL_TRY(whorl_sleep(MS(15)));
  WHORL_TRY(ask_cancel(world, 1, 0));
  return ask_result(world, 1);
}

static void cancelling_a_goal_cancels_its_task(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  parts_connect(world);
  assert_int_equal(world_with(world, cancel_after_15_ms), WHORL_OK);
  assert_seen("accepted [E] 1:1 [X] cancel0(1) [C] C0");
  assert_int_equal(counts_of(world).canceled, 1);
}

static bool refuse_to_cancel(whorl_goal_t goal, void *arg)
{
  (void)goal;
  saw("asked");
  return ((world_t *)arg)->answer != 0;
}

static int cancel_a_short_one(world_t *world)
{
  WHORL_TRY(ask_goal(world, 1, 2));
  WHORL_TRY(whorl_sleep(MS(15)));
  WHORL_TRY(ask_cancel(world, 1, 0));
  return ask_result(world, 1);
}

static void a_cancellation_may_be_refused(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, &(whorl_action_server_options_t){.on_cancel = refuse_to_cancel});
  parts_connect(world);
  assert_int_equal(world_with(world, cancel_a_short_one), WHORL_OK);
  assert_seen("accepted [E] 1:1 asked cancel1() 1:2 [S] S0,1");
}

static int cancel_in_vain(world_t *world)
{
  WHORL_TRY(ask_cancel(world, 1, 0));
  WHORL_TRY(ask_cancel(world, 0, 0));
  WHORL_TRY(ask_goal(world, 1, 1));
  WHORL_TRY(ask_result(world, 1));
  WHORL_TRY(ask_cancel(world, 1, 0));
  return ask_cancel(world, 0, 0);
}

static void unknown_and_ended_goals_cannot_be_cancelled(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  parts_connect(world);
  assert_int_equal(world_with(world, cancel_in_vain), WHORL_OK);
  assert_seen("cancel2() cancel0() accepted [E] 1:1 [S] S0 cancel3() cancel0()");
}

static int linger(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  (void)goal, (void)message, (void)result;
  ((world_t *)arg)->executed++;
  return whorl_sleep(WHORL_SECONDS(1000));
}

static int cancel_by_time(world_t *world)
{
  for (int number = 1; number <= 3; number++) {
    WHORL_TRY(ask_goal(world, number, 100));
    WHORL_TRY(whorl_sleep(WHORL_SECONDS(2)));
  }
  int32_t first_s = (int32_t)(whorl_clock_now_ns(whorl_node_clock(world->client_node)) / WHORL_SECONDS(1)) - 6;
  seen[0] = '\0';
  WHORL_TRY(ask_cancel(world, 0, first_s + 1));
  WHORL_TRY(ask_cancel(world, 3, first_s + 1)); // and one by its name
  WHORL_TRY(whorl_sleep(MS(1)));
  WHORL_TRY(ask_cancel(world, 0, 0));
  return whorl_sleep(MS(1));
}

static void goals_are_cancelled_by_time_by_name_or_all(void **state)
{
  world_t *world = *state;
  world_serve(world, linger, &(whorl_action_server_options_t){.max_in_flight = WHORL_UNLIMITED});
  parts_connect(world);
  assert_int_equal(world_with(world, cancel_by_time), WHORL_OK);
  assert_seen("[XEE] cancel0(1) [CEE] [CEX] cancel0(3) [CEC] [CXC] cancel0(2) [CCC]");
}

static int end_slowly(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  (void)goal, (void)message, (void)result, (void)arg;
  int status = whorl_sleep(WHORL_SECONDS(1000));
  whorl_shield_t shield;
  whorl_shield_open(&shield, WHORL_SECONDS(1));
  (void)whorl_sleep(MS(20));
  return whorl_shield_close(&shield, status);
}

static int cancel_twice(world_t *world)
{
  WHORL_TRY(ask_goal(world, 1, 40));
  WHORL_TRY(ask_cancel(world, 1, 0));
  WHORL_TRY(ask_cancel(world, 1, 0));
  return ask_result(world, 1);
}

static void a_second_cancellation_finds_the_first_one_and_asks_nobody(void **state)
{
  world_t *world = *state;
  world->answer = 1;
  world_serve(world, end_slowly, &(whorl_action_server_options_t){.on_cancel = refuse_to_cancel});
  parts_connect(world);
  assert_int_equal(world_with(world, cancel_twice), WHORL_OK);
  assert_seen("accepted [E] asked [X] cancel0(1) cancel0(1) [C] C");
}

static int ask_itself(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  const world_t *world = arg;
  (void)message, (void)result;
  if (whorl_goal_canceled(goal) != WHORL_WRONG_STATE) return WHORL_MALFORMED;
  while (!whorl_goal_is_canceling(goal)) WHORL_TRY(whorl_sleep(MS(4)));
  WHORL_TRY(whorl_sleep(MS(4))); // it is left alone
  return world->answer == 0 ? whorl_goal_canceled(goal) : WHORL_OK;
}

static void a_goal_may_be_left_alone_and_ask_whether_it_is_cancelled(void **state)
{
  world_t *world = *state;
  world_serve(world, ask_itself, &(whorl_action_server_options_t){.by_query = true});
  parts_connect(world);
  assert_int_equal(world_with(world, cancel_after_15_ms), WHORL_OK);
  assert_seen("accepted [E] [X] cancel0(1) [C] C");
}

static void a_goal_that_is_cancelled_may_succeed_all_the_same(void **state)
{
  world_t *world = *state;
  world->answer = 1;
  world_serve(world, ask_itself, &(whorl_action_server_options_t){.by_query = true});
  parts_connect(world);
  assert_int_equal(world_with(world, cancel_after_15_ms), WHORL_OK);
  assert_seen("accepted [E] [X] cancel0(1) [S] S");
}

// --- whose turn it is

static int ask_three(world_t *world)
{
  for (int number = 1; number <= 3; number++) WHORL_TRY(ask_goal(world, number, 1));
  for (int number = 1; number <= 3; number++) WHORL_TRY(ask_result(world, number));
  return WHORL_OK;
}

static void goals_above_the_limit_wait_accepted_in_their_order(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  parts_connect(world);
  assert_int_equal(world_with(world, ask_three), WHORL_OK);
  assert_seen("accepted [E] accepted [EA] accepted [EAA] 1:1 [SEA] S0 2:1 [SSE] S0 3:1 [SSS] S0");
}

static int cancel_the_second(world_t *world)
{
  WHORL_TRY(ask_goal(world, 1, 2));
  WHORL_TRY(ask_goal(world, 2, 2));
  WHORL_TRY(ask_cancel(world, 2, 0));
  return ask_result(world, 2);
}

static void a_goal_that_is_cancelled_before_its_turn_never_runs(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  parts_connect(world);
  assert_int_equal(world_with(world, cancel_the_second), WHORL_OK);
  assert_seen("accepted [E] accepted [EA] [EX] cancel0(2) [EC] C");
  assert_int_equal(world->executed, 1);
}

static int execute_it_later(world_t *world)
{
  WHORL_TRY(ask_goal(world, 1, 1));
  WHORL_TRY(whorl_sleep(MS(50)));
  saw("go");
  WHORL_TRY(whorl_goal_execute(world->goals[0]));
  if (whorl_goal_execute(world->goals[0]) != WHORL_WRONG_STATE) return WHORL_MALFORMED;
  return ask_result(world, 1);
}

static void a_deferred_goal_waits_until_it_is_executed(void **state)
{
  world_t *world = *state;
  world->answer = WHORL_GOAL_DEFER;
  world_serve(world, on_execute, &(whorl_action_server_options_t){.on_goal = on_goal});
  parts_connect(world);
  assert_int_equal(world_with(world, execute_it_later), WHORL_OK);
  assert_seen("accepted [A] go [E] 1:1 [S] S0");
}

static int cancel_a_deferred_one(world_t *world)
{
  WHORL_TRY(ask_goal(world, 1, 1));
  WHORL_TRY(ask_cancel(world, 1, 0));
  WHORL_TRY(ask_result(world, 1));
  return whorl_goal_execute(world->goals[0]) == WHORL_WRONG_STATE ? WHORL_OK : WHORL_MALFORMED;
}

static void a_deferred_goal_can_be_cancelled(void **state)
{
  world_t *world = *state;
  world->answer = WHORL_GOAL_DEFER;
  world_serve(world, on_execute, &(whorl_action_server_options_t){.on_goal = on_goal});
  parts_connect(world);
  assert_int_equal(world_with(world, cancel_a_deferred_one), WHORL_OK);
  assert_seen("accepted [A] [X] cancel0(1) [C] C");
  assert_int_equal(world->executed, 0);
}

static int execute_at_once(whorl_goal_t goal, const void *message, void *arg)
{
  (void)message, (void)arg;
  return whorl_goal_execute(goal) == WHORL_OK ? WHORL_GOAL_DEFER : WHORL_GOAL_REJECT;
}

static void a_deferred_goal_may_be_executed_before_it_is_accepted(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, &(whorl_action_server_options_t){.on_goal = execute_at_once});
  parts_connect(world);
  assert_int_equal(world_with(world, ask_one), WHORL_OK);
  assert_seen("accepted [E] 1:1 1:2 1:3 [S] S0,1,1");
}

// --- results

static int ask_again(world_t *world)
{
  WHORL_TRY(ask_result(world, 1));
  WHORL_TRY(ask_goal(world, 1, 1));
  WHORL_TRY(whorl_sleep(MS(50)));
  WHORL_TRY(ask_result(world, 1));
  return ask_result(world, 1);
}

static void a_result_can_be_had_after_the_end_and_as_often_as_wanted(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  parts_connect(world);
  assert_int_equal(world_with(world, ask_again), WHORL_OK);
  assert_seen("? accepted [E] 1:1 [S] S0 S0"); // the first "?": nobody knew it yet
}

static int work_for_a_second(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  (void)message, (void)result, (void)arg;
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(1)));
  return whorl_goal_abort(goal);
}

static int wait_for_expiry(world_t *world)
{
  WHORL_TRY(ask_goal(world, 1, 0));
  WHORL_TRY(whorl_sleep(MS(500)));
  WHORL_TRY(ask_goal(world, 2, 0)); // begins when the first one has ended: at two seconds it ends
  WHORL_TRY(whorl_sleep(MS(500) + WHORL_SECONDS(10) - MS(1)));
  seen[0] = '\0';
  WHORL_TRY(ask_result(world, 1));
  WHORL_TRY(whorl_sleep(MS(1)));
  if (counts_of(world).known != 1) return WHORL_MALFORMED;
  WHORL_TRY(ask_result(world, 1));
  WHORL_TRY(ask_result(world, 2));
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(1)));
  WHORL_TRY(ask_result(world, 2));
  return counts_of(world).known == 0 ? WHORL_OK : WHORL_MALFORMED;
}

static void PAIN_14_results_are_kept_for_a_while_from_the_end_on(void **state)
{
  world_t *world = *state;
  world_serve(world, work_for_a_second, &(whorl_action_server_options_t){.result_lifetime_ns = WHORL_SECONDS(10)});
  parts_connect(world);
  assert_int_equal(world_with(world, wait_for_expiry), WHORL_OK);
  assert_seen("B ? B ?");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      WORLD_TEST(ASK_01_a_goal_is_accepted_executed_and_its_result_given),
      WORLD_TEST(a_rejected_goal_leaves_no_trace),
      WORLD_TEST(an_id_that_is_known_already_is_rejected),
      WORLD_TEST(a_callback_may_abort_its_goal_and_the_result_goes_out),
      WORLD_TEST(an_error_aborts_the_goal_and_ends_the_nodes_scope),
      WORLD_TEST(an_error_of_the_first_callback_rejects),
      WORLD_TEST(cancelling_a_goal_cancels_its_task),
      WORLD_TEST(a_cancellation_may_be_refused),
      WORLD_TEST(unknown_and_ended_goals_cannot_be_cancelled),
      WORLD_TEST(goals_are_cancelled_by_time_by_name_or_all),
      WORLD_TEST(a_second_cancellation_finds_the_first_one_and_asks_nobody),
      WORLD_TEST(a_goal_may_be_left_alone_and_ask_whether_it_is_cancelled),
      WORLD_TEST(a_goal_that_is_cancelled_may_succeed_all_the_same),
      WORLD_TEST(goals_above_the_limit_wait_accepted_in_their_order),
      WORLD_TEST(a_goal_that_is_cancelled_before_its_turn_never_runs),
      WORLD_TEST(a_deferred_goal_waits_until_it_is_executed),
      WORLD_TEST(a_deferred_goal_can_be_cancelled),
      WORLD_TEST(a_deferred_goal_may_be_executed_before_it_is_accepted),
      WORLD_TEST(a_result_can_be_had_after_the_end_and_as_often_as_wanted),
      WORLD_TEST(PAIN_14_results_are_kept_for_a_while_from_the_end_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
