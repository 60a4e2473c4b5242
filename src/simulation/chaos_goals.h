// Test support: a chaos serves actions. What a server's callbacks do with a goal, and what must have happened to one whose end is told.
#ifndef WHORL_SIMULATION_CHAOS_GOALS_H
#define WHORL_SIMULATION_CHAOS_GOALS_H

#include <rosidl_runtime_c/primitives_sequence_functions.h>

#include "simulation/chaos_entities.h"

typedef example_interfaces__action__Fibonacci_Goal goal_message_t;
typedef example_interfaces__action__Fibonacci_Result result_message_t;
typedef example_interfaces__action__Fibonacci_Feedback feedback_message_t;

enum { FEEDBACKS = 5 }; // of one goal at most

static bool is_end(whorl_goal_status_t status) { return status >= WHORL_GOAL_SUCCEEDED; }

// --- What is known of a goal

static pursued_t *pursued_by(chaos_t *chaos, const void *message)
{
  int order = ((const goal_message_t *)message)->order;
  assert_true(order >= 0 && (unsigned)order < chaos->pursued_count);
  return &chaos->pursued[order];
}

static goal_message_t message_of(const pursued_t *goal) { return (goal_message_t){.order = (int)(goal - goal->chaos->pursued)}; }

static pursued_t *new_goal(chaos_t *chaos, whorl_action_client_t client)
{
  pursued_t *goal = &chaos->pursued[chaos->pursued_count++];
  *goal = (pursued_t){.chaos = chaos, .client = client, .answer = -1, .chosen = -1};
  return goal;
}

// Some servers ask nobody.
static bool was_welcome(const pursued_t *goal)
{
  return goal->asked == 0 || goal->answer == WHORL_GOAL_ACCEPT || goal->answer == WHORL_GOAL_DEFER;
}

// What the topic says goes forwards, to the end that the result tells.
static void note_status(pursued_t *goal, whorl_goal_status_t status)
{
  assert_true(status <= WHORL_GOAL_ABORTED && (status >= goal->seen || is_end(status)));
  assert_true(!is_end(goal->seen) || status == goal->seen);
  assert_true(!is_end(goal->end) || !is_end(status) || status == goal->end);
  goal->seen = status;
}

// However often it is told, and to whom: a goal ends in one way, and the server has seen to it.
static void note_end(pursued_t *goal, whorl_goal_status_t end, const result_message_t *result)
{
  int order = message_of(goal).order;
  assert_true(is_end(end) && (goal->end == WHORL_GOAL_UNKNOWN || goal->end == end) && (!is_end(goal->seen) || goal->seen == end));
  goal->end = end;
  goal->chaos->ends++;
  write_down(goal->chaos, 5, order * 8 + (int)end);
  assert_true(was_welcome(goal) && !goal->executes);
  if (goal->chosen > 0) assert_true(end == (whorl_goal_status_t)goal->chosen || goal->chaos->scarce);
  if (end == WHORL_GOAL_SUCCEEDED) assert_true(goal->chosen > 0 && result->sequence.size == 1 && result->sequence.data[0] == order);
}

// --- The server's callbacks

static int on_goal(whorl_goal_t handle, const void *message, void *arg)
{
  static const int answers[] = {WHORL_GOAL_ACCEPT, WHORL_GOAL_ACCEPT, WHORL_GOAL_ACCEPT, WHORL_GOAL_DEFER, WHORL_GOAL_REJECT};
  chaos_t *chaos = ((offered_t *)arg)->chaos;
  pursued_t *goal = pursued_by(chaos, message);
  chaos->callbacks++;
  write_down(chaos, 6, message_of(goal).order);
  assert_int_equal(goal->asked++, 0);
  goal->goal = handle;
  int status = act(chaos);
  if (status == WHORL_OK) status = answers[draw(chaos, 5)];
  if (chance(chaos, 8)) expect(chaos, "execute early", whorl_goal_execute(handle), &GONE);
  goal->answer = status;
  return status;
}

static bool on_cancel(whorl_goal_t handle, void *arg)
{
  static const allowed_t gone_or_free = {{WHORL_DESTROYED}};
  chaos_t *chaos = ((offered_t *)arg)->chaos;
  whorl_goal_status_t status = WHORL_GOAL_UNKNOWN;
  if (expect(chaos, "read goal", whorl_goal_read_status(handle, &status), &gone_or_free) == WHORL_OK)
    assert_true(status != WHORL_GOAL_UNKNOWN);
  return act(chaos) == WHORL_OK && !chance(chaos, 4);
}

// Some numbers, the goal's own first. Cut short when it is cancelled.
static int work_at(pursued_t *goal)
{
  static const allowed_t outcomes = {{WHORL_DESTROYED, WHORL_CANCELED}};
  chaos_t *chaos = goal->chaos;
  for (int i = 1, count = (int)draw(chaos, FEEDBACKS); i <= count; i++) {
    int32_t numbers[] = {message_of(goal).order, i};
    feedback_message_t feedback = {.sequence = {numbers, 2, 2}};
    WHORL_TRY(act(chaos)); // its own server may be gone after it
    expect(chaos, "feedback", whorl_goal_publish_feedback(goal->goal, &feedback), &outcomes);
    WHORL_TRY(rest(chaos));
  }
  return WHORL_OK;
}

// How the goal is to end when `status` is returned.
static int choose_end(pursued_t *goal, int status)
{
  static const allowed_t not_canceling = {{WHORL_WRONG_STATE, WHORL_DESTROYED}};
  chaos_t *chaos = goal->chaos;
  if (status != WHORL_OK && status != WHORL_CANCELED) goal->chosen = WHORL_GOAL_ABORTED;
  if (status == WHORL_CANCELED) goal->chosen = 0;
  if (status != WHORL_OK) return status;
  goal->chosen = WHORL_GOAL_SUCCEEDED;
  if (chance(chaos, 4) && expect(chaos, "abort", whorl_goal_abort(goal->goal), &GONE) == WHORL_OK) goal->chosen = WHORL_GOAL_ABORTED;
  if (chance(chaos, 4) && expect(chaos, "canceled", whorl_goal_canceled(goal->goal), &not_canceling) == WHORL_OK)
    goal->chosen = WHORL_GOAL_CANCELED;
  return WHORL_OK;
}

static int on_execute(whorl_goal_t handle, const void *message, void *result, void *arg)
{
  rosidl_runtime_c__int32__Sequence *numbers = &((result_message_t *)result)->sequence;
  offered_t *offered = arg;
  chaos_t *chaos = offered->chaos;
  pursued_t *goal = pursued_by(chaos, message);
  write_down(chaos, 7, message_of(goal).order);
  assert_true(goal->executed++ == 0 && goal->asked == (offered->options.on_goal != NULL));
  assert_true(offered->executing++ < (offered->options.max_in_flight != 0 ? offered->options.max_in_flight : 1));
  goal->goal = handle;
  goal->executes = true;
  int status = rosidl_runtime_c__int32__Sequence__init(numbers, 1) ? WHORL_OK : WHORL_NO_MEMORY;
  if (status == WHORL_OK) numbers->data[0] = message_of(goal).order;
  if (status == WHORL_OK) status = work_at(goal);
  status = choose_end(goal, status);
  goal->executes = false;
  offered->executing--;
  return status;
}

// --- Servers

static void check_offered(const offered_t *offered, bool nothing_open)
{
  whorl_action_server_counts_t counts;
  if (whorl_action_server_read_counts(offered->server, &counts) < 0) return;
  assert_true(counts.accepted == counts.succeeded + counts.canceled + counts.aborted + counts.open);
  assert_true(counts.open <= counts.known && counts.known <= counts.accepted);
  if (nothing_open) assert_true(counts.open == 0 && (counts.known == 0 || offered->options.result_lifetime_ns == WHORL_FOREVER));
}

static const char *const action_names[ACTION_SERVERS] = {"climb", "dive", "fly"};

// Each under its own name, the old one first: a goal is asked for once. Rather where there is none any more.
static void make_an_action_server(chaos_t *chaos)
{
  static const uint32_t in_flight[] = {0, 1, 3, WHORL_UNLIMITED};
  unsigned place = draw(chaos, ACTION_SERVERS);
  for (int tries = 0;
       tries < 4 && chaos->action_servers[place] != NULL && whorl_action_server_name(chaos->action_servers[place]->server)[0] != '\0';
       tries++)
    place = draw(chaos, ACTION_SERVERS);
  offered_t *old = chaos->action_servers[place];
  if (old != NULL) {
    check_offered(old, false);
    expect(chaos, "end action server", whorl_action_server_destroy(old->server), &GONE);
  }
  if (chaos->action_servers[place] != old) return; // somebody else was faster
  offered_t *fresh = &chaos->offered[chaos->offered_count++];
  *fresh = (offered_t){.chaos = chaos};
  fresh->options = (whorl_action_server_options_t){.on_goal = chance(chaos, 4) ? NULL : on_goal,
                                                   .on_cancel = chance(chaos, 2) ? NULL : on_cancel,
                                                   .max_in_flight = in_flight[draw(chaos, 4)],
                                                   .result_lifetime_ns = chance(chaos, 6) ? WHORL_FOREVER : TICK + some_time(chaos, 5000),
                                                   .by_query = chance(chaos, 4)};
  chaos->action_servers[place] = fresh;
  int status = whorl_action_server_create(draw_node(chaos), FIBONACCI, action_names[place], on_execute, fresh, &fresh->options,
                                          &fresh->server);
  expect(chaos, "make action server", status, &GONE_OR_SHUT);
}

static void execute_a_deferred_goal(chaos_t *chaos)
{
  static const allowed_t outcomes = {{WHORL_WRONG_STATE, WHORL_DESTROYED, WHORL_INVALID_HANDLE}};
  if (chaos->pursued_count == 0) return;
  unsigned latest = chaos->pursued_count < 20 ? chaos->pursued_count : 20;
  const pursued_t *goal = &chaos->pursued[chaos->pursued_count - 1 - draw(chaos, latest)];
  expect(chaos, "execute goal", whorl_goal_execute(goal->goal), &outcomes);
}

#endif
