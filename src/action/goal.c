// One goal, from its request to its end: the run of the handler that took it.
#include <stdio.h>
#include <string.h>

#include "action/action_server.h"
#include "base/detail.h"

enum { LAST_WORDS_MS = 1000 }; // for telling of an end that a cancellation brought, where the middleware throttles

static builtin_interfaces__msg__Time now_of(const whorl__action_server_t *server)
{
  int64_t now = whorl_clock_now_ns(server->clock);
  return (builtin_interfaces__msg__Time){.sec = (int32_t)(now / WHORL_SECONDS(1)), .nanosec = (uint32_t)(now % WHORL_SECONDS(1))};
}

// --- is it welcome?

// Listed, as nobody else's goal can have its id then. NULL: one has it.
static int enter(whorl__action_server_t *server, const whorl_goal_id_t *id, whorl__goal_t **ret_goal)
{
  whorl__goal_t *goal;
  WHORL_TRY(whorl__goal_create(server, id, &goal));
  pthread_mutex_lock(&server->lock);
  bool taken = whorl__goals_find(server, id) != NULL;
  if (!taken) whorl__list_append(&server->goals, &goal->link);
  goal->references -= taken;
  pthread_mutex_unlock(&server->lock);
  if (taken) whorl__goal_unref(goal);
  *ret_goal = taken ? NULL : goal;
  return WHORL_OK;
}

// True: it is accepted.
static bool settle(whorl__goal_t *goal, int answer)
{
  whorl__action_server_t *server = goal->server;
  bool accepted = answer == WHORL_GOAL_ACCEPT || answer == WHORL_GOAL_DEFER;
  builtin_interfaces__msg__Time stamp = now_of(server);
  pthread_mutex_lock(&server->lock);
  if (accepted) {
    goal->stamp = stamp;
    goal->status = WHORL_GOAL_ACCEPTED;
    goal->deferred = answer == WHORL_GOAL_DEFER && goal->deferred;
    server->counts.accepted++;
    server->counts.open++;
    server->counts.known++;
    whorl__goals_start(server);
  } else {
    whorl__list_remove(&goal->link);
    goal->references--;
    server->counts.rejected++;
  }
  pthread_mutex_unlock(&server->lock);
  return accepted;
}

static void count_rejected(whorl__action_server_t *server)
{
  pthread_mutex_lock(&server->lock);
  server->counts.rejected++;
  pthread_mutex_unlock(&server->lock);
}

// A goal that was accepted, with a reference; NULL: it was not. An error is one of the user's callback: then it was not either.
static int consider(whorl__action_server_t *server, const whorl_goal_id_t *id, const void *message, whorl__goal_t **ret_goal)
{
  whorl__goal_t *goal = NULL;
  int answer = WHORL_GOAL_ACCEPT;
  if (enter(server, id, &goal) < 0 || goal == NULL) { // no memory for it: not welcome
    count_rejected(server);
    return WHORL_OK;
  }
  goal->deferred = true; // until it is executed: in the callback already, perhaps
  if (server->options.on_goal != NULL) answer = server->options.on_goal((whorl_goal_t){goal->handle}, message, server->arg);
  if (settle(goal, answer)) {
    *ret_goal = goal;
    return WHORL_OK;
  }
  whorl__goal_unref(goal);
  return answer < 0 ? answer : WHORL_OK;
}

// --- executing it

// Until its turn has come, or it need not any more. It may have come while its acceptance was told.
static void await_turn(whorl__goal_t *goal)
{
  whorl__action_server_t *server = goal->server;
  if (!whorl_event_is_set(goal->go)) (void)whorl_event_wait(goal->go); // cancelled: it will not begin
  pthread_mutex_lock(&server->lock);
  bool begins = goal->status == WHORL_GOAL_EXECUTING && goal->told != WHORL_GOAL_EXECUTING;
  pthread_mutex_unlock(&server->lock);
  if (begins) whorl__action_publish_status(server);
}

// From here on a cancellation of the goal cancels `scope`. False: one came before, and it does not begin.
static bool begin(whorl__goal_t *goal, whorl_task_group_t *scope)
{
  pthread_mutex_lock(&goal->server->lock);
  bool begins = goal->started && goal->status == WHORL_GOAL_EXECUTING && !whorl_canceled();
  if (begins) goal->callback = scope;
  pthread_mutex_unlock(&goal->server->lock);
  return begins;
}

static void leave(whorl__goal_t *goal)
{
  pthread_mutex_lock(&goal->server->lock);
  goal->callback = NULL;
  pthread_mutex_unlock(&goal->server->lock);
}

// The user's status, with its detail; CANCELED when his callback has not been called.
static int execute(whorl__goal_t *goal, const void *message, whorl__detail_t *ret_detail)
{
  const whorl__action_server_t *server = goal->server;
  whorl_task_group_t scope;
  int status = WHORL_CANCELED;
  whorl_task_group_open_with_options(&scope, &(whorl_task_group_options_t){.name = "a goal"}, WHORL_PLACE);
  if (begin(goal, &scope)) {
    status = server->execute((whorl_goal_t){goal->handle}, message, goal->result->native + server->type.result_offset, server->arg);
    leave(goal);
    snprintf(ret_detail->text, sizeof ret_detail->text, "%s", whorl_detail());
  }
  int closed = whorl_task_group_close(&scope, status);
  return status == WHORL_OK ? closed : status; // the scope's own: there was no memory to open it
}

// --- its end

static whorl_goal_status_t outcome_of(const whorl__goal_t *goal, int status)
{
  if (!goal->started) return WHORL_GOAL_CANCELED;
  if (status == WHORL_OK) return goal->wanted != WHORL_GOAL_UNKNOWN ? goal->wanted : WHORL_GOAL_SUCCEEDED;
  if (status != WHORL_CANCELED) return WHORL_GOAL_ABORTED;
  if (goal->wanted != WHORL_GOAL_UNKNOWN) return goal->wanted;
  return goal->status == WHORL_GOAL_CANCELING ? WHORL_GOAL_CANCELED : WHORL_GOAL_ABORTED;
}

static void end(whorl__goal_t *goal, int status)
{
  whorl__action_server_t *server = goal->server;
  whorl_action_server_counts_t *counts = &server->counts;
  pthread_mutex_lock(&server->lock);
  whorl_goal_status_t outcome = outcome_of(goal, status);
  goal->status = outcome;
  *(int8_t *)goal->result->native = (int8_t)outcome; // what is in front of the result
  counts->open--;
  counts->succeeded += outcome == WHORL_GOAL_SUCCEEDED;
  counts->canceled += outcome == WHORL_GOAL_CANCELED;
  counts->aborted += outcome == WHORL_GOAL_ABORTED;
  server->executing -= goal->started;
  whorl__goals_start(server); // the next one
  pthread_mutex_unlock(&server->lock);
}

static void tell(whorl__goal_t *goal)
{
  whorl__action_publish_status(goal->server);
  whorl__action_give_result(goal);
}

// Also of a goal that ends because everything does: others wait for it.
static void tell_all(whorl__goal_t *goal)
{
  if (!whorl_canceled()) {
    tell(goal);
    return;
  }
  whorl_shield_t shield;
  whorl_shield_open(&shield, WHORL_MILLISECONDS(LAST_WORDS_MS));
  tell(goal);
  (void)whorl_shield_close(&shield, WHORL_OK);
}

static int live(whorl__goal_t *goal, const void *message)
{
  whorl__detail_t detail = {""};
  whorl__action_publish_status(goal->server);
  await_turn(goal);
  int status = execute(goal, message, &detail);
  end(goal, status);
  tell_all(goal);
  bool was_canceled = status == WHORL_CANCELED && goal->status == WHORL_GOAL_CANCELED;
  whorl__goal_unref(goal);
  return status < 0 && !was_canceled ? whorl__fail(status, "%s", detail.text) : WHORL_OK;
}

int whorl__action_on_goal(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  whorl__action_server_t *server;
  whorl__goal_t *goal = NULL;
  whorl_goal_id_t id;
  if (whorl__action_server_use(arg, &server) < 0) return WHORL_OK;
  memcpy(id.bytes, request, sizeof id.bytes);
  const void *message = (const unsigned char *)request + server->type.goal_offset;
  int status = consider(server, &id, message, &goal);
  *(bool *)response = goal != NULL;
  if (goal != NULL) memcpy((unsigned char *)response + server->type.stamp_offset, &goal->stamp, sizeof goal->stamp);
  (void)whorl_service_call_answer(call); // a client that has gone meanwhile, or cannot be told, has a goal all the same
  if (goal != NULL) status = live(goal, message);
  whorl__action_server_unuse(server);
  return status;
}
