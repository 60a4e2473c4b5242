// A client's calls that wait: for a goal to be accepted, for its end, for its cancellation, and all of it in one.
//
// Whoever is cancelled while his goal may have been accepted, or is being executed for him, takes it back before he goes: behind a shield, for a limited time.
#include <stdio.h>

#include <action_msgs/srv/cancel_goal.h>

#include "action/action_client.h"
#include "base/detail.h"
#include "node/client.h"

enum { CANCEL_LIMIT_S = 2, FEEDBACK_DEPTH = 100 };

// Who waits, and what for.
typedef struct asker {
  whorl__action_client_t *client;
  const char *function; // the public one
  bool leaves; // takes his goal back, behind a shield: then a shutdown does not end what a plain thread waits for, as it does not in a task
} asker_t;

static int begin_wait(const asker_t *asker, whorl__blocking_t *blocking)
{
  WHORL_TRY(whorl__wait_entry_anywhere_from(asker->function, NULL));
  blocking->context = 0; // nothing to end
  return asker->leaves ? WHORL_OK : whorl__client_begin_blocking(asker->client->send_goal, blocking, asker->function);
}

// Waits for an answer, which lives as long as the future.
static int await(const asker_t *asker, whorl_future_t future, const void **ret_answer)
{
  whorl__blocking_t blocking;
  void *answer = NULL;
  WHORL_TRY(begin_wait(asker, &blocking));
  WHORL_TRY(whorl__blocking_end(&blocking, whorl_future_wait(future, &answer)));
  *ret_answer = answer;
  return WHORL_OK;
}

static int await_service(const asker_t *asker, whorl_client_t service)
{
  whorl__blocking_t blocking;
  WHORL_TRY(begin_wait(asker, &blocking));
  return whorl__blocking_end(&blocking, whorl__client_await_service(service));
}

// --- cancelling

static int read_code(const action_msgs__srv__CancelGoal_Response *response, const char *name)
{
  switch (response->return_code) {
  case action_msgs__srv__CancelGoal_Response__ERROR_NONE: return WHORL_OK;
  case action_msgs__srv__CancelGoal_Response__ERROR_UNKNOWN_GOAL_ID:
    return whorl__fail(WHORL_NOT_FOUND, "the server of '%s' does not know that goal", name);
  case action_msgs__srv__CancelGoal_Response__ERROR_GOAL_TERMINATED:
    return whorl__fail(WHORL_WRONG_STATE, "that goal of '%s' has ended", name);
  default: return whorl__fail(WHORL_REJECTED, "the server of '%s' will not cancel", name);
  }
}

static int cancel(const asker_t *asker, const whorl_goal_id_t *id, int64_t until_ns, size_t *ret_count)
{
  whorl_future_t future;
  const void *answer = NULL;
  WHORL_TRY(await_service(asker, asker->client->cancel_goal));
  WHORL_TRY(whorl__action_ask_cancel(asker->client, id, until_ns, &future));
  int status = await(asker, future, &answer);
  if (status == WHORL_OK) status = read_code(answer, asker->client->base.name);
  if (status == WHORL_OK) *ret_count = ((const action_msgs__srv__CancelGoal_Response *)answer)->goals_canceling.size;
  (void)whorl_future_destroy(future);
  return status;
}

// Some servers say that all is well, and cancel nothing.
static int cancel_one(const asker_t *asker, const whorl_goal_id_t *id)
{
  size_t count = 0;
  WHORL_TRY(cancel(asker, id, 0, &count));
  return count > 0 ? WHORL_OK : whorl__fail(WHORL_REJECTED, "the server of '%s' will not cancel the goal", asker->client->base.name);
}

int whorl_action_client_cancel_goal(whorl_action_client_t handle, const whorl_goal_id_t *id)
{
  whorl__action_client_t *client;
  if (id == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_action_client_cancel_goal: the id is NULL");
  WHORL_TRY(whorl__action_client_use(handle, &client));
  int status = cancel_one(&(asker_t){client, __func__, .leaves = false}, id);
  whorl__action_client_unuse(client);
  return status;
}

int whorl_action_client_cancel_goals(whorl_action_client_t handle, int64_t until_ns, size_t *ret_count)
{
  static const whorl_goal_id_t any = {{0}};
  whorl__action_client_t *client;
  size_t count = 0;
  if (until_ns < 0) return whorl__fail(WHORL_INVALID_ARGUMENT, "goals cannot be cancelled until %lld ns", (long long)until_ns);
  WHORL_TRY(whorl__action_client_use(handle, &client));
  int status = cancel(&(asker_t){client, __func__, .leaves = false}, &any, until_ns, &count);
  whorl__action_client_unuse(client);
  if (status == WHORL_OK && ret_count != NULL) *ret_count = count;
  return status;
}

// --- the result

// `result` NULL: it is not of interest.
static int fetch(const asker_t *asker, const whorl_goal_id_t *id, void *result, whorl_goal_status_t *ret_status)
{
  whorl__action_client_t *client = asker->client;
  const whorl__action_type_t *type = &client->type;
  whorl_future_t future;
  const void *answer = NULL;
  WHORL_TRY(await_service(asker, client->get_result));
  WHORL_TRY(whorl__action_ask_result(client, id, &future));
  int status = await(asker, future, &answer);
  whorl_goal_status_t end = status == WHORL_OK ? (whorl_goal_status_t) * (const int8_t *)answer : WHORL_GOAL_UNKNOWN;
  if (status == WHORL_OK && end == WHORL_GOAL_UNKNOWN)
    status = whorl__fail(WHORL_NOT_FOUND, "the server of '%s' does not know that goal", client->base.name);
  if (status == WHORL_OK && result != NULL)
    status = whorl__type_copy(type->result, (const unsigned char *)answer + type->result_offset, result);
  if (status == WHORL_OK) *ret_status = end;
  (void)whorl_future_destroy(future);
  return status;
}

int whorl_action_client_get_result(whorl_action_client_t handle, const whorl_goal_id_t *id, void *result, whorl_goal_status_t *ret_status)
{
  whorl__action_client_t *client;
  if (id == NULL || result == NULL || ret_status == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_action_client_get_result: id, result or ret_status is NULL");
  WHORL_TRY(whorl__action_client_use(handle, &client));
  int status = fetch(&(asker_t){client, __func__, .leaves = false}, id, result, ret_status);
  if (status == WHORL_OK) (void)whorl__sent_goal_remove(client, id);
  whorl__action_client_unuse(client);
  return status;
}

// --- taking a goal back

// How much is done for a goal that is given up.
typedef struct giving_up {
  int64_t limit_ns; // for all of it
  bool to_its_end;  // waits for that
} giving_up_t;

static int check_cancel_limit(int64_t limit_ns)
{
  if (limit_ns >= 0) return WHORL_OK;
  return whorl__fail(WHORL_INVALID_ARGUMENT, "a goal cannot be cancelled within %lld ns", (long long)limit_ns);
}

static int64_t cancel_limit(int64_t given_ns) { return given_ns != 0 ? given_ns : WHORL_SECONDS(CANCEL_LIMIT_S); }

static int take_back(const asker_t *asker, const whorl_goal_id_t *id, bool to_its_end)
{
  whorl_goal_status_t end;
  WHORL_TRY(cancel_one(asker, id));
  return to_its_end ? fetch(asker, id, NULL, &end) : WHORL_OK;
}

static void take_back_accepted(const asker_t *asker, const whorl_goal_id_t *id, int64_t limit_ns)
{
  const asker_t leaving = {asker->client, asker->function, .leaves = true};
  whorl_shield_t shield;
  whorl_shield_open(&shield, limit_ns);
  (void)whorl_shield_close(&shield, take_back(&leaving, id, true));
}

// Was it accepted after all?
static void take_back_unanswered(const asker_t *asker, const whorl_goal_id_t *id, whorl_future_t future, const giving_up_t *how)
{
  const asker_t leaving = {asker->client, asker->function, .leaves = true};
  const void *answer = NULL;
  whorl_shield_t shield;
  whorl_shield_open(&shield, how->limit_ns);
  int status = await(&leaving, future, &answer);
  if (status == WHORL_OK && *(const bool *)answer) status = take_back(&leaving, id, how->to_its_end);
  (void)whorl_shield_close(&shield, status);
}

// --- sending

static int send(const asker_t *asker, const whorl_goal_id_t *id, const void *goal, const giving_up_t *how)
{
  whorl__action_client_t *client = asker->client;
  whorl_future_t future;
  const void *answer = NULL;
  WHORL_TRY(whorl_action_client_wait_for_server((whorl_action_client_t){client->base.entity.id}));
  WHORL_TRY(whorl__action_ask_goal(client, id, goal, &future));
  int status = await(asker, future, &answer);
  if (status == WHORL_CANCELED || status == WHORL_SHUTDOWN) {
    take_back_unanswered(asker, id, future, how);
    status = whorl__fail(status, "a goal of '%s' was taken back", client->base.name);
  }
  if (status == WHORL_OK && !*(const bool *)answer)
    status = whorl__fail(WHORL_REJECTED, "the server of '%s' rejected the goal", client->base.name);
  (void)whorl_future_destroy(future);
  return status;
}

static int add_and_send(const asker_t *asker, const void *goal, const whorl_goal_options_t *options, const giving_up_t *how,
                        whorl_goal_id_t *ret_id)
{
  whorl_goal_id_t id;
  WHORL_TRY(whorl__sent_goal_add(asker->client, options, &id));
  int status = send(asker, &id, goal, how);
  if (status == WHORL_OK)
    *ret_id = id;
  else
    (void)whorl__sent_goal_remove(asker->client, &id);
  return status;
}

int whorl_action_client_send_goal(whorl_action_client_t handle, const void *goal, const whorl_goal_options_t *options,
                                  whorl_goal_id_t *ret_id)
{
  whorl__action_client_t *client;
  if (goal == NULL || ret_id == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_action_client_send_goal: %s is NULL", goal == NULL ? "goal" : "ret_id");
  if (options != NULL) WHORL_TRY(check_cancel_limit(options->cancel_limit_ns));
  WHORL_TRY(whorl__action_client_use(handle, &client));
  const giving_up_t how = {.limit_ns = cancel_limit(options != NULL ? options->cancel_limit_ns : 0)};
  int status = add_and_send(&(asker_t){client, __func__, .leaves = false}, goal, options, &how, ret_id);
  whorl__action_client_unuse(client);
  return status;
}

// --- all in one

typedef struct call {
  asker_t asker;
  const whorl_action_call_options_t *options;
  whorl_goal_id_t id;
  void *result;
  whorl_goal_status_t end;
} call_t;

// Hands on the feedback until the goal has ended.
static int hear(void *arg)
{
  const call_t *call = arg;
  whorl__action_client_t *client = call->asker.client;
  const size_t offset = client->type.feedback_offset;
  whorl_channel_t kept;
  void *message;
  WHORL_TRY(whorl__sent_goal_kept(client, &call->id, &kept));
  for (;;) {
    int status = whorl_channel_receive(kept, &message);
    if (status == WHORL_CLOSED) return WHORL_OK;
    WHORL_TRY(status);
    status = call->options->on_feedback(&call->id, (const unsigned char *)message + offset, call->options->arg);
    whorl_message_release(message);
    WHORL_TRY(status);
  }
}

static int await_end(call_t *call)
{
  whorl_task_group_t group;
  if (call->options->on_feedback == NULL) return fetch(&call->asker, &call->id, call->result, &call->end);
  whorl_task_group_open(&group);
  int status = whorl_task_group_spawn(&group, hear, call);
  if (status == WHORL_OK) status = fetch(&call->asker, &call->id, call->result, &call->end);
  whorl__sent_goal_close(call->asker.client, &call->id); // what is there is still heard
  return whorl_task_group_close(&group, status);
}

static int run(call_t *call, const void *goal)
{
  const whorl_action_call_options_t *options = call->options;
  size_t depth = options->feedback_depth != 0 ? options->feedback_depth : FEEDBACK_DEPTH;
  const giving_up_t how = {cancel_limit(options->cancel_limit_ns), .to_its_end = true};
  const whorl_goal_options_t listening = {.feedback_depth = options->on_feedback != NULL ? depth : 0};
  WHORL_TRY(add_and_send(&call->asker, goal, &listening, &how, &call->id));
  int status = await_end(call);
  if (status < 0 && status != WHORL_NOT_FOUND) {
    whorl__detail_t why;
    snprintf(why.text, sizeof why.text, "%s", whorl_detail());
    take_back_accepted(&call->asker, &call->id, how.limit_ns);
    status = whorl__fail(status, "%s", why.text);
  }
  (void)whorl__sent_goal_remove(call->asker.client, &call->id);
  if (status == WHORL_OK && call->end != WHORL_GOAL_SUCCEEDED)
    return whorl__fail(WHORL_UNSUCCESSFUL, "the goal of '%s' was %s", call->asker.client->base.name, whorl_goal_status_name(call->end));
  return status;
}

static int check_call(const void *goal, const void *result, const whorl_action_call_options_t *options)
{
  if (goal == NULL || result == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_action_client_call: %s is NULL", goal == NULL ? "goal" : "result");
  WHORL_TRY(check_cancel_limit(options->cancel_limit_ns));
  if (options->on_feedback != NULL && whorl__core_current() == NULL)
    return whorl__fail(WHORL_NOT_IN_TASK, "whorl_action_client_call: feedback is heard in tasks only");
  return WHORL_OK;
}

int whorl_action_client_call(whorl_action_client_t handle, const void *goal, void *result, const whorl_action_call_options_t *options,
                             whorl_goal_status_t *ret_status)
{
  static const whorl_action_call_options_t defaults = {0};
  call_t call = {.asker.function = __func__, .options = options != NULL ? options : &defaults, .result = result};
  WHORL_TRY(check_call(goal, result, call.options));
  WHORL_TRY(whorl__action_client_use(handle, &call.asker.client));
  int status = run(&call, goal);
  if ((status == WHORL_OK || status == WHORL_UNSUCCESSFUL) && ret_status != NULL) *ret_status = call.end;
  whorl__action_client_unuse(call.asker.client);
  return status;
}
