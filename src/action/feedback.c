// The goals that a client listens for, and what comes on the topics about them.
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <action_msgs/msg/goal_status_array.h>

#include "action/action_client.h"
#include "base/detail.h"
#include "base/memory.h"

static bool is_end(whorl_goal_status_t status) { return status >= WHORL_GOAL_SUCCEEDED; }

// Lock held.
static whorl__sent_goal_t *find(whorl__action_client_t *client, const void *id)
{
  for (whorl__link_t *link = whorl__list_first(&client->goals); link != NULL; link = whorl__list_next(&client->goals, link)) {
    whorl__sent_goal_t *goal = WHORL__CONTAINER(link, whorl__sent_goal_t, link);
    if (memcmp(goal->id.bytes, id, sizeof goal->id.bytes) == 0) return goal;
  }
  return NULL;
}

// --- life

static void release_kept(void *message) { whorl_message_release(message); }

static int make_id(whorl_goal_id_t *ret_id)
{
  ssize_t got;
  do got = getrandom(ret_id->bytes, sizeof ret_id->bytes, 0);
  while (got < 0 && errno == EINTR);
  if (got == (ssize_t)sizeof ret_id->bytes) return WHORL_OK;
  return whorl__fail(WHORL_IO_ERROR, "no random numbers for the id of a goal");
}

int whorl__sent_goal_add(whorl__action_client_t *client, const whorl_goal_options_t *options, whorl_goal_id_t *ret_id)
{
  static const whorl_goal_options_t defaults = {0};
  if (options == NULL) options = &defaults;
  whorl__sent_goal_t *goal = whorl__alloc(sizeof *goal);
  if (goal == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a goal of '%s'", client->base.name);
  goal->on_feedback = options->on_feedback;
  goal->arg = options->arg;
  int status = make_id(&goal->id);
  if (status == WHORL_OK && options->feedback_depth > 0)
    status = whorl_channel_create(options->feedback_depth, &(whorl_channel_options_t){.name = "feedback", .release = release_kept},
                                  &goal->kept);
  if (status < 0) {
    whorl__free(goal);
    return status;
  }
  *ret_id = goal->id;
  pthread_mutex_lock(&client->lock);
  whorl__list_append(&client->goals, &goal->link);
  pthread_mutex_unlock(&client->lock);
  return WHORL_OK;
}

static void free_goal(whorl__sent_goal_t *goal)
{
  if (goal->kept.id != 0) (void)whorl_channel_destroy(goal->kept);
  whorl__free(goal);
}

bool whorl__sent_goal_remove(whorl__action_client_t *client, const whorl_goal_id_t *id)
{
  pthread_mutex_lock(&client->lock);
  whorl__sent_goal_t *goal = find(client, id->bytes);
  if (goal != NULL) whorl__list_remove(&goal->link);
  pthread_mutex_unlock(&client->lock);
  if (goal != NULL) free_goal(goal);
  return goal != NULL;
}

void whorl__sent_goals_end(whorl__action_client_t *client)
{
  whorl__list_t goals;
  pthread_mutex_lock(&client->lock);
  whorl__list_move(&client->goals, &goals);
  pthread_mutex_unlock(&client->lock);
  for (whorl__link_t *link; (link = whorl__list_pop(&goals)) != NULL;) free_goal(WHORL__CONTAINER(link, whorl__sent_goal_t, link));
}

void whorl__sent_goal_close(whorl__action_client_t *client, const whorl_goal_id_t *id)
{
  pthread_mutex_lock(&client->lock);
  const whorl__sent_goal_t *goal = find(client, id->bytes);
  if (goal != NULL && goal->kept.id != 0) (void)whorl_channel_close(goal->kept);
  pthread_mutex_unlock(&client->lock);
}

int whorl_action_client_forget_goal(whorl_action_client_t handle, const whorl_goal_id_t *id)
{
  whorl__action_client_t *client;
  if (id == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_action_client_forget_goal: the id is NULL");
  WHORL_TRY(whorl__action_client_use(handle, &client));
  bool known = whorl__sent_goal_remove(client, id);
  whorl__action_client_unuse(client);
  return known ? WHORL_OK : whorl__fail(WHORL_NOT_FOUND, "the action client does not know that goal");
}

// --- what comes

// Lock held. The oldest makes room for the newest.
static void keep(const whorl__sent_goal_t *goal, const void *message)
{
  const void *kept = whorl_message_keep(message);
  void *oldest;
  if (kept == NULL) return;
  if (whorl_channel_try_send(goal->kept, (void *)(uintptr_t)kept) == WHORL_OK) return;
  if (whorl_channel_try_receive(goal->kept, &oldest) == WHORL_OK) whorl_message_release(oldest);
  if (whorl_channel_try_send(goal->kept, (void *)(uintptr_t)kept) != WHORL_OK) whorl_message_release(kept); // the goal has ended
}

int whorl__action_on_feedback(const void *message, const whorl_message_info_t *info, void *arg)
{
  whorl__action_client_t *client;
  whorl_goal_feedback_callback_t on_feedback = NULL;
  void *user = NULL;
  whorl_goal_id_t id;
  int status = WHORL_OK;
  (void)info;
  if (whorl__action_client_use((whorl_action_client_t){(uint64_t)(uintptr_t)arg}, &client) < 0) return WHORL_OK;
  pthread_mutex_lock(&client->lock);
  const whorl__sent_goal_t *goal = find(client, message);
  if (goal != NULL) {
    id = goal->id;
    on_feedback = goal->on_feedback;
    user = goal->arg;
    if (goal->kept.id != 0) keep(goal, message);
  }
  pthread_mutex_unlock(&client->lock);
  if (on_feedback != NULL) status = on_feedback(&id, (const unsigned char *)message + client->type.feedback_offset, user);
  whorl__action_client_unuse(client);
  return status;
}

int whorl__action_on_status(const void *message, const whorl_message_info_t *info, void *arg)
{
  const action_msgs__msg__GoalStatusArray *array = message;
  whorl__action_client_t *client;
  (void)info;
  if (whorl__action_client_use((whorl_action_client_t){(uint64_t)(uintptr_t)arg}, &client) < 0) return WHORL_OK;
  pthread_mutex_lock(&client->lock);
  for (size_t i = 0; i < array->status_list.size && !whorl__list_empty(&client->goals); i++) {
    const action_msgs__msg__GoalStatus *row = &array->status_list.data[i];
    whorl__sent_goal_t *goal = find(client, row->goal_info.goal_id.uuid);
    if (goal == NULL || is_end(goal->status)) continue;
    goal->status = (whorl_goal_status_t)row->status;
    if (is_end(goal->status) && goal->kept.id != 0) (void)whorl_channel_close(goal->kept);
  }
  pthread_mutex_unlock(&client->lock);
  whorl__action_client_unuse(client);
  return WHORL_OK;
}

// --- what the user asks

int whorl_action_client_read_status(whorl_action_client_t handle, const whorl_goal_id_t *id, whorl_goal_status_t *ret_status)
{
  whorl__action_client_t *client;
  if (id == NULL || ret_status == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_action_client_read_status: %s is NULL", id == NULL ? "id" : "ret_status");
  WHORL_TRY(whorl__action_client_use(handle, &client));
  pthread_mutex_lock(&client->lock);
  const whorl__sent_goal_t *goal = find(client, id->bytes);
  if (goal != NULL) *ret_status = goal->status;
  pthread_mutex_unlock(&client->lock);
  whorl__action_client_unuse(client);
  return goal != NULL ? WHORL_OK : whorl__fail(WHORL_NOT_FOUND, "the action client does not know that goal");
}

int whorl__sent_goal_kept(whorl__action_client_t *client, const whorl_goal_id_t *id, whorl_channel_t *ret_kept)
{
  pthread_mutex_lock(&client->lock);
  const whorl__sent_goal_t *goal = find(client, id->bytes);
  *ret_kept = goal != NULL ? goal->kept : (whorl_channel_t){0};
  pthread_mutex_unlock(&client->lock);
  if (goal == NULL) return whorl__fail(WHORL_NOT_FOUND, "the action client does not know that goal");
  return ret_kept->id != 0 ? WHORL_OK : whorl__fail(WHORL_WRONG_STATE, "no feedback of that goal is kept: its feedback_depth is 0");
}

int whorl_action_client_next_feedback(whorl_action_client_t handle, const whorl_goal_id_t *id, void *feedback)
{
  whorl__action_client_t *client;
  whorl_channel_t kept;
  void *message;
  if (id == NULL || feedback == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_action_client_next_feedback: %s is NULL", id == NULL ? "id" : "feedback");
  WHORL_TRY(whorl__action_client_use(handle, &client));
  const whorl__action_type_t type = client->type;
  int status = whorl__sent_goal_kept(client, id, &kept);
  whorl__action_client_unuse(client);
  WHORL_TRY(status);
  WHORL_TRY(whorl_channel_receive(kept, &message));
  status = whorl__type_copy(type.feedback, (const unsigned char *)message + type.feedback_offset, feedback);
  whorl_message_release(message);
  return status;
}
