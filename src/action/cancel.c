// Requests to cancel goals: one, those up to a time, or all.
#include <string.h>

#include <action_msgs/srv/cancel_goal.h>

#include "action/action_server.h"
#include "base/detail.h"
#include "base/memory.h"
#include "message/contents.h"

enum { NONE = action_msgs__srv__CancelGoal_Response__ERROR_NONE };

typedef struct candidates {
  whorl__goal_t **goals; // with a reference each
  bool *is_new;          // it has been running until now
  size_t count, room;
  int8_t code; // of the answer, when there are none
} candidates_t;

static bool id_is_zero(const whorl_goal_id_t *id)
{
  static const whorl_goal_id_t zero;
  return memcmp(id, &zero, sizeof zero) == 0;
}

static bool is_wanted(const whorl__goal_t *goal, const whorl_goal_id_t *id, const builtin_interfaces__msg__Time *until)
{
  bool any_time = until->sec == 0 && until->nanosec == 0;
  if (memcmp(goal->id.bytes, id->bytes, sizeof id->bytes) == 0) return true;
  if (any_time) return id_is_zero(id);
  return goal->stamp.sec < until->sec || (goal->stamp.sec == until->sec && goal->stamp.nanosec <= until->nanosec);
}

// Why there are none: only a goal that was named can be missed.
static int8_t explain(const whorl__action_server_t *server, const whorl_goal_id_t *id, bool any_time)
{
  if (id_is_zero(id) || !any_time) return NONE;
  const whorl__goal_t *goal = whorl__goals_find(server, id);
  return goal == NULL || goal->status == WHORL_GOAL_UNKNOWN ? action_msgs__srv__CancelGoal_Response__ERROR_UNKNOWN_GOAL_ID
                                                            : action_msgs__srv__CancelGoal_Response__ERROR_GOAL_TERMINATED;
}

// Lock held; there is room for all.
static void gather(whorl__action_server_t *server, const action_msgs__msg__GoalInfo *info, candidates_t *ret)
{
  whorl_goal_id_t id;
  memcpy(id.bytes, info->goal_id.uuid, sizeof id.bytes);
  for (whorl__link_t *link = whorl__list_first(&server->goals); link != NULL && ret->count < ret->room;
       link = whorl__list_next(&server->goals, link)) {
    whorl__goal_t *goal = WHORL__CONTAINER(link, whorl__goal_t, link);
    if (!whorl__goal_is_open(goal) || !is_wanted(goal, &id, &info->stamp)) continue;
    goal->references++;
    ret->goals[ret->count++] = goal;
  }
  if (ret->count == 0) ret->code = explain(server, &id, info->stamp.sec == 0 && info->stamp.nanosec == 0);
}

static int find(whorl__action_server_t *server, const action_msgs__msg__GoalInfo *info, candidates_t *ret)
{
  pthread_mutex_lock(&server->lock);
  ret->room = server->counts.open;
  pthread_mutex_unlock(&server->lock);
  ret->goals = whorl__alloc((ret->room + 1) * sizeof(whorl__goal_t *));
  ret->is_new = whorl__alloc(ret->room + 1);
  if (ret->goals == NULL || ret->is_new == NULL)
    return whorl__fail(WHORL_NO_MEMORY, "no memory to cancel goals of '%s'", server->base.name);
  pthread_mutex_lock(&server->lock);
  gather(server, info, ret);
  pthread_mutex_unlock(&server->lock);
  return WHORL_OK;
}

// The user is asked once about each goal. True: it is being cancelled now.
static bool mark(whorl__goal_t *goal, bool *ret_is_new)
{
  whorl__action_server_t *server = goal->server;
  pthread_mutex_lock(&server->lock);
  bool asked_before = goal->status == WHORL_GOAL_CANCELING;
  pthread_mutex_unlock(&server->lock);
  if (asked_before) return true;
  if (server->options.on_cancel != NULL && !server->options.on_cancel((whorl_goal_t){goal->handle}, server->arg)) return false;
  pthread_mutex_lock(&server->lock);
  *ret_is_new = goal->status == WHORL_GOAL_ACCEPTED || goal->status == WHORL_GOAL_EXECUTING;
  if (*ret_is_new) goal->status = WHORL_GOAL_CANCELING;
  bool cancels = goal->status == WHORL_GOAL_CANCELING; // not if it has ended meanwhile
  pthread_mutex_unlock(&server->lock);
  return cancels;
}

// After everybody could see that it is being cancelled.
static void cancel(whorl__goal_t *goal)
{
  whorl__action_server_t *server = goal->server;
  pthread_mutex_lock(&server->lock);
  if (!goal->started) (void)whorl_event_set(goal->go);
  if (goal->callback != NULL && !server->options.by_query) whorl_task_group_cancel(goal->callback);
  pthread_mutex_unlock(&server->lock);
}

static int answer(whorl__action_server_t *server, candidates_t *found, action_msgs__srv__CancelGoal_Response *response)
{
  action_msgs__msg__GoalInfo__Sequence *list = &response->goals_canceling;
  if (!whorl__contents_reserve((whorl__sequence_t *)list, found->count, sizeof *list->data))
    return whorl__fail(WHORL_NO_MEMORY, "no memory to cancel goals of '%s'", server->base.name);
  bool any_new = false;
  for (size_t i = 0; i < found->count; i++) {
    if (!mark(found->goals[i], &found->is_new[i])) continue;
    any_new |= found->is_new[i];
    action_msgs__msg__GoalInfo *info = &list->data[list->size++];
    memcpy(info->goal_id.uuid, found->goals[i]->id.bytes, sizeof info->goal_id.uuid);
    info->stamp = found->goals[i]->stamp;
  }
  response->return_code = found->count > 0 && list->size == 0 ? action_msgs__srv__CancelGoal_Response__ERROR_REJECTED : found->code;
  if (any_new) whorl__action_publish_status(server);
  for (size_t i = 0; i < found->count; i++)
    if (found->is_new[i]) cancel(found->goals[i]);
  return WHORL_OK;
}

int whorl__action_on_cancel(const void *message, void *response, whorl_service_call_t call, void *arg)
{
  const action_msgs__srv__CancelGoal_Request *request = message;
  whorl__action_server_t *server;
  candidates_t found = {0};
  if (whorl__action_server_use(arg, &server) < 0) return WHORL_OK;
  int status = find(server, &request->goal_info, &found);
  if (status == WHORL_OK) status = answer(server, &found, response);
  if (status < 0) whorl__action_lose(server, call, status);
  for (size_t i = 0; i < found.count; i++) whorl__goal_unref(found.goals[i]);
  whorl__free(found.goals);
  whorl__free(found.is_new);
  whorl__action_server_unuse(server);
  return WHORL_OK;
}
