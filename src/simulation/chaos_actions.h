// Test support: a chaos makes and ends action servers and clients, sends goals in one call, step by step and by futures, hears of them, cancels and forgets them.
#ifndef WHORL_SIMULATION_CHAOS_ACTIONS_H
#define WHORL_SIMULATION_CHAOS_ACTIONS_H

#include <action_msgs/srv/cancel_goal.h>

#include "action/action_client.h"
#include "base/memory.h"
#include "simulation/chaos_goals.h"

static const allowed_t ASKED = {{WHORL_DESTROYED, WHORL_INVALID_HANDLE, WHORL_TIMED_OUT, WHORL_CANCELED, WHORL_WOULD_DEADLOCK,
                                 WHORL_REJECTED, WHORL_NOT_FOUND, WHORL_WRONG_STATE, WHORL_SHUTDOWN}};

static whorl_action_client_t draw_action_client(chaos_t *chaos) { return chaos->action_clients[draw(chaos, ACTION_CLIENTS)]; }

// Seldom long enough for all of it.
static int64_t some_limit(chaos_t *chaos) { return some_time(chaos, chance(chaos, 2) ? 20000 : 3000); }

// Rather in the place of one that has gone with its node: goals that are sent by nobody teach nothing.
static void make_an_action_client(chaos_t *chaos)
{
  whorl_action_client_t *place = &chaos->action_clients[draw(chaos, ACTION_CLIENTS)], fresh = {0};
  for (int tries = 0; tries < 4 && whorl_action_client_name(*place)[0] != '\0'; tries++)
    place = &chaos->action_clients[draw(chaos, ACTION_CLIENTS)];
  int status = whorl_action_client_create(draw_node(chaos), FIBONACCI, action_names[draw(chaos, ACTION_SERVERS)], NULL, &fresh);
  if (expect(chaos, "make action client", status, &GONE_OR_SHUT) < 0) return;
  whorl_action_client_t old = *place;
  *place = fresh;
  expect(chaos, "end action client", whorl_action_client_destroy(old), &GONE);
}

// --- Feedback

static void check_feedback(const pursued_t *goal, const feedback_message_t *feedback)
{
  const rosidl_runtime_c__int32__Sequence *numbers = &feedback->sequence;
  assert_true(numbers->size == 2 && numbers->data[0] == message_of(goal).order && numbers->data[1] > 0 && numbers->data[1] <= FEEDBACKS);
}

// In its order, one after the other, and none when the call is over or the goal forgotten.
static int hear(const whorl_goal_id_t *id, const void *feedback, void *arg)
{
  pursued_t *goal = arg;
  (void)id;
  check_feedback(goal, feedback);
  int number = ((const feedback_message_t *)feedback)->sequence.data[1];
  assert_true(!goal->over && goal->hearing++ == 0 && number > goal->last_heard);
  goal->last_heard = number;
  goal->chaos->callbacks++;
  int status = act(goal->chaos);
  goal->hearing--;
  return status;
}

static void await_feedback(chaos_t *chaos, const pursued_t *goal)
{
  static const allowed_t outcomes = {{WHORL_DESTROYED, WHORL_TIMED_OUT, WHORL_CANCELED, WHORL_NOT_FOUND, WHORL_WRONG_STATE, WHORL_CLOSED}};
  feedback_message_t feedback = {0};
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, some_limit(chaos));
  int status = whorl_timeout_close(&timeout, whorl_action_client_next_feedback(goal->client, &goal->id, &feedback));
  if (status == WHORL_OK) check_feedback(goal, &feedback);
  example_interfaces__action__Fibonacci_Feedback__fini(&feedback);
  expect(chaos, "next feedback", status, &outcomes);
}

// --- Goals in one call

static int call_for(pursued_t *goal, const whorl_action_call_options_t *options)
{
  const goal_message_t message = message_of(goal);
  result_message_t result = {0};
  whorl_goal_status_t end = WHORL_GOAL_UNKNOWN;
  int status = whorl_action_client_call(goal->client, &message, &result, options, &end);
  if (status == WHORL_OK || status == WHORL_UNSUCCESSFUL) {
    assert_true((status == WHORL_OK) == (end == WHORL_GOAL_SUCCEEDED));
    note_end(goal, end, &result);
  }
  if (status == WHORL_REJECTED) assert_true(goal->executed == 0 && (goal->chaos->scarce || !was_welcome(goal)));
  example_interfaces__action__Fibonacci_Result__fini(&result);
  return status;
}

static void call_an_action(chaos_t *chaos)
{
  static const allowed_t outcomes = {{WHORL_DESTROYED, WHORL_INVALID_HANDLE, WHORL_TIMED_OUT, WHORL_CANCELED, WHORL_REJECTED,
                                      WHORL_UNSUCCESSFUL, WHORL_NOT_FOUND, WHORL_IO_ERROR, WHORL_SHUTDOWN}};
  pursued_t *goal = new_goal(chaos, draw_action_client(chaos));
  const whorl_action_call_options_t options = {.on_feedback = chance(chaos, 3) ? NULL : hear,
                                               .arg = goal,
                                               .feedback_depth = draw(chaos, 4),
                                               .cancel_limit_ns = TICK + some_time(chaos, 3000)};
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, some_limit(chaos));
  int status = whorl_timeout_close(&timeout, call_for(goal, &options));
  assert_int_equal(goal->hearing, 0);
  goal->over = true;
  expect(chaos, "call action", status, &outcomes);
}

// --- Step by step

static whorl_goal_options_t draw_goal_options(chaos_t *chaos, pursued_t *goal)
{
  return (whorl_goal_options_t){.on_feedback = chance(chaos, 2) ? hear : NULL, .arg = goal, .feedback_depth = draw(chaos, 3)};
}

static void send_a_goal(chaos_t *chaos)
{
  pursued_t *goal = new_goal(chaos, draw_action_client(chaos));
  const whorl_goal_options_t options = draw_goal_options(chaos, goal);
  const goal_message_t message = message_of(goal);
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, some_limit(chaos));
  int status = whorl_action_client_send_goal(goal->client, &message, &options, &goal->id);
  goal->listens = status == WHORL_OK;
  status = whorl_timeout_close(&timeout, status);
  if (goal->listens) chaos->goals[draw(chaos, GOALS)] = goal; // who was there is left to its fate
  if (!goal->listens) goal->over = true;
  expect(chaos, "send goal", status, &ASKED);
}

// Its client forgets it: from here on no callback of its begins.
static void note_forgotten(pursued_t *goal)
{
  goal->listens = false;
  goal->over = goal->hearing == 0;
}

static void await_result(chaos_t *chaos, pursued_t *goal)
{
  bool by_another = chance(chaos, 6); // client, perhaps of another action
  whorl_action_client_t client = by_another ? draw_action_client(chaos) : goal->client;
  result_message_t result = {0};
  whorl_goal_status_t end = WHORL_GOAL_UNKNOWN;
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, some_limit(chaos));
  int status = whorl_action_client_get_result(client, &goal->id, &result, &end);
  if (status == WHORL_OK) note_end(goal, end, &result);
  if (status == WHORL_OK && client.id == goal->client.id) note_forgotten(goal);
  example_interfaces__action__Fibonacci_Result__fini(&result);
  expect(chaos, "get result", whorl_timeout_close(&timeout, status), &ASKED);
}

static void cancel_goals(chaos_t *chaos, const pursued_t *goal)
{
  size_t count = 0;
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, some_limit(chaos));
  int status = chance(chaos, 5)
                   ? whorl_action_client_cancel_goals(goal->client, chance(chaos, 2) ? 0 : whorl_simulation_now_ns(chaos->world), &count)
                   : whorl_action_client_cancel_goal(goal->client, &goal->id);
  expect(chaos, "cancel goal", whorl_timeout_close(&timeout, status), &ASKED);
}

// A client that lives knows exactly the goals whose results it has not had yet.
static void look_at(chaos_t *chaos, pursued_t *goal)
{
  static const allowed_t outcomes = {{WHORL_NOT_FOUND, WHORL_DESTROYED}};
  whorl_goal_status_t seen = WHORL_GOAL_UNKNOWN;
  int status = expect(chaos, "read status", whorl_action_client_read_status(goal->client, &goal->id, &seen), &outcomes);
  if (status == WHORL_OK || status == WHORL_NOT_FOUND) assert_true((status == WHORL_OK) == goal->listens);
  if (status == WHORL_OK) note_status(goal, seen);
}

static void forget(chaos_t *chaos, pursued_t *goal)
{
  static const allowed_t outcomes = {{WHORL_NOT_FOUND, WHORL_DESTROYED}};
  int status = expect(chaos, "forget goal", whorl_action_client_forget_goal(goal->client, &goal->id), &outcomes);
  if (status == WHORL_OK || status == WHORL_NOT_FOUND) assert_true((status == WHORL_OK) == goal->listens);
  note_forgotten(goal);
}

// --- By futures

static void keep_promise(chaos_t *chaos, promised_t promised)
{
  promised_t *place = &chaos->promised[draw(chaos, ANSWERS)], old = *place;
  *place = promised;
  expect(chaos, "end future", whorl_future_destroy(old.future), &GONE);
}

static void promise_a_goal(chaos_t *chaos)
{
  static const allowed_t outcomes = {{WHORL_DESTROYED, WHORL_INVALID_HANDLE, WHORL_CANCELED}};
  pursued_t *goal = new_goal(chaos, draw_action_client(chaos));
  const whorl_goal_options_t options = draw_goal_options(chaos, goal);
  const goal_message_t message = message_of(goal);
  promised_t promised = {.goal = goal, .kind = PROMISED_GOAL};
  int status = whorl_action_client_send_goal_future(goal->client, &message, &options, &goal->id, &promised.future);
  goal->listens = status == WHORL_OK;
  if (expect(chaos, "send goal future", status, &outcomes) < 0) return;
  chaos->goals[draw(chaos, GOALS)] = goal;
  keep_promise(chaos, promised);
}

static void promise_an_answer(chaos_t *chaos, pursued_t *goal)
{
  static const allowed_t outcomes = {{WHORL_DESTROYED, WHORL_INVALID_HANDLE, WHORL_CANCELED}};
  promised_t promised = {.goal = goal, .kind = chance(chaos, 2) ? PROMISED_RESULT : PROMISED_CANCEL};
  int status = promised.kind == PROMISED_RESULT ? whorl_action_client_get_result_future(goal->client, &goal->id, &promised.future)
                                                : whorl_action_client_cancel_goal_future(goal->client, &goal->id, &promised.future);
  if (expect(chaos, "ask for future", status, &outcomes) == WHORL_OK) keep_promise(chaos, promised);
}

static void check_promise(const promised_t *promised, const void *answer)
{
  pursued_t *goal = promised->goal;
  if (promised->kind == PROMISED_GOAL) {
    const example_interfaces__action__Fibonacci_SendGoal_Response *response = answer;
    assert_true(goal->chaos->scarce || response->accepted == was_welcome(goal));
  } else if (promised->kind == PROMISED_RESULT) {
    const example_interfaces__action__Fibonacci_GetResult_Response *response = answer;
    if (response->status != WHORL_GOAL_UNKNOWN) note_end(goal, (whorl_goal_status_t)response->status, &response->result);
  } else {
    assert_true(((const action_msgs__srv__CancelGoal_Response *)answer)->goals_canceling.size <= 1);
  }
}

static void await_a_promise(chaos_t *chaos)
{
  static const allowed_t outcomes = {{WHORL_DESTROYED, WHORL_INVALID_HANDLE, WHORL_TIMED_OUT, WHORL_CANCELED}};
  const promised_t promised = chaos->promised[draw(chaos, ANSWERS)];
  void *answer = NULL;
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, some_limit(chaos));
  int status = whorl_future_wait(promised.future, &answer);
  if (status == WHORL_OK) check_promise(&promised, answer);
  expect(chaos, "await future", whorl_timeout_close(&timeout, status), &outcomes);
}

// --- All of it

static void use_a_goal(chaos_t *chaos)
{
  pursued_t *goal = chaos->goals[draw(chaos, GOALS)];
  unsigned what = draw(chaos, 100);
  if (goal == NULL) return;
  if (what < 30)
    await_result(chaos, goal);
  else if (what < 50)
    cancel_goals(chaos, goal);
  else if (what < 65)
    await_feedback(chaos, goal);
  else if (what < 80)
    look_at(chaos, goal);
  else if (what < 85)
    forget(chaos, goal);
  else
    promise_an_answer(chaos, goal);
}

static void use_actions(chaos_t *chaos)
{
  unsigned what = draw(chaos, 100);
  if (what < 20)
    call_an_action(chaos);
  else if (what < 24) // seldom: when it is cancelled without an answer, it waits for two seconds
    send_a_goal(chaos);
  else if (what < 37)
    promise_a_goal(chaos);
  else if (what < 62)
    use_a_goal(chaos);
  else if (what < 69)
    await_a_promise(chaos);
  else if (what < 73)
    execute_a_deferred_goal(chaos);
  else if (what < 84)
    make_an_action_server(chaos);
  else if (what < 86)
    expect(chaos, "end action client", whorl_action_client_destroy(draw_action_client(chaos)), &GONE);
  else
    make_an_action_client(chaos);
}

// --- The end

static void check_part(whorl_client_t part)
{
  whorl_client_counts_t counts;
  if (whorl_client_read_counts(part, &counts) == WHORL_OK) assert_int_equal(counts.open, 0);
}

// It waits for no answer, and knows the goals that it should.
static void check_action_client(const chaos_t *chaos, whorl_action_client_t handle)
{
  whorl__action_client_t *client;
  size_t known = 0, listened = 0;
  if (whorl__action_client_use(handle, &client) < 0) return;
  check_part(client->send_goal);
  check_part(client->cancel_goal);
  check_part(client->get_result);
  for (whorl__link_t *link = whorl__list_first(&client->goals); link != NULL; link = whorl__list_next(&client->goals, link)) known++;
  for (unsigned i = 0; i < chaos->pursued_count; i++) listened += chaos->pursued[i].listens && chaos->pursued[i].client.id == handle.id;
  assert_int_equal(known, listened);
  whorl__action_client_unuse(client);
}

static void check_actions(chaos_t *chaos)
{
  for (int i = 0; i < ACTION_SERVERS; i++)
    if (chaos->action_servers[i] != NULL) check_offered(chaos->action_servers[i], true);
  for (int i = 0; i < ACTION_CLIENTS; i++) check_action_client(chaos, chaos->action_clients[i]);
}

// Nobody asks for anything any more, and those that were deferred may run.
static void let_goals_end(chaos_t *chaos)
{
  for (int i = 0; i < ANSWERS; i++) (void)whorl_future_destroy(chaos->promised[i].future);
  for (unsigned i = 0; i < chaos->pursued_count; i++) (void)whorl_goal_execute(chaos->pursued[i].goal);
}

static void expect_no_actions(const chaos_t *chaos)
{
  for (unsigned i = 0; i < chaos->offered_count; i++) {
    assert_int_not_equal(whorl_action_server_destroy(chaos->offered[i].server), WHORL_OK);
    assert_int_equal(chaos->offered[i].executing, 0);
  }
  for (int i = 0; i < ACTION_CLIENTS; i++) assert_int_not_equal(whorl_action_client_destroy(chaos->action_clients[i]), WHORL_OK);
  for (unsigned i = 0; i < chaos->pursued_count; i++) {
    assert_true(!chaos->pursued[i].executes && chaos->pursued[i].hearing == 0);
    assert_int_not_equal(whorl_goal_execute(chaos->pursued[i].goal), WHORL_OK);
  }
}

#endif
