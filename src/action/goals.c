// The goals of a server, and what their users ask of them.
#include <string.h>

#include <action_msgs/msg/goal_status_array.h>

#include "action/action_server.h"
#include "base/detail.h"
#include "base/memory.h"
#include "message/contents.h"
#include "node/publisher.h"

whorl__handle_table_t whorl__goals = WHORL__HANDLE_TABLE("goal");

const char *whorl_goal_status_name(whorl_goal_status_t status)
{
  static const char *const names[] = {"unknown", "accepted", "executing", "canceling", "succeeded", "canceled", "aborted"};
  return (unsigned)status < sizeof names / sizeof names[0] ? names[status] : "?";
}

// --- life

int whorl__goal_create(whorl__action_server_t *server, const whorl_goal_id_t *id, whorl__goal_t **ret_goal)
{
  whorl__goal_t *goal = whorl__alloc(sizeof *goal);
  if (goal == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a goal of '%s'", server->base.name);
  goal->server = server;
  goal->id = *id;
  goal->references = 2;
  whorl__list_init(&goal->waiting);
  int status = WHORL_OK;
  goal->result = whorl__message_new_default(server->type.result_response);
  if (goal->result == NULL) status = WHORL_NO_MEMORY;
  if (status == WHORL_OK) status = whorl_event_create(&(whorl_event_options_t){.name = "turn of a goal"}, &goal->go);
  if (status == WHORL_OK) status = whorl__handle_create(&whorl__goals, goal, &goal->handle);
  if (status < 0) {
    (void)whorl_event_destroy(goal->go);
    if (goal->result != NULL) whorl__message_unref(goal->result);
    whorl__free(goal);
    return status;
  }
  *ret_goal = goal;
  return WHORL_OK;
}

static void free_goal(whorl__goal_t *goal)
{
  (void)whorl__handle_retire(&whorl__goals, goal->handle, 0);
  (void)whorl_event_destroy(goal->go);
  for (whorl__link_t *link; (link = whorl__list_pop(&goal->waiting)) != NULL;) whorl__free(link); // their calls have ended with the service
  whorl__message_unref(goal->result);
  whorl__free(goal);
}

void whorl__goal_unref(whorl__goal_t *goal)
{
  whorl__action_server_t *server = goal->server;
  pthread_mutex_lock(&server->lock);
  bool last = --goal->references == 0;
  pthread_mutex_unlock(&server->lock);
  if (last) free_goal(goal);
}

void whorl__goals_free(whorl__action_server_t *server)
{
  for (whorl__link_t *link; (link = whorl__list_pop(&server->goals)) != NULL;) free_goal(WHORL__CONTAINER(link, whorl__goal_t, link));
}

// A walk along all: among a thousand goals it takes a fifth of the instructions that one more goal costs, and the statuses, which name them all, most of the rest.
whorl__goal_t *whorl__goals_find(const whorl__action_server_t *server, const whorl_goal_id_t *id)
{
  for (whorl__link_t *link = whorl__list_first(&server->goals); link != NULL; link = whorl__list_next(&server->goals, link)) {
    whorl__goal_t *goal = WHORL__CONTAINER(link, whorl__goal_t, link);
    if (memcmp(goal->id.bytes, id->bytes, sizeof id->bytes) == 0) return goal;
  }
  return NULL;
}

void whorl__goals_start(whorl__action_server_t *server)
{
  whorl__link_t *link = server->ends ? NULL : whorl__list_first(&server->goals);
  for (; link != NULL && server->executing < server->options.max_in_flight; link = whorl__list_next(&server->goals, link)) {
    whorl__goal_t *goal = WHORL__CONTAINER(link, whorl__goal_t, link);
    if (goal->status != WHORL_GOAL_ACCEPTED || goal->deferred) continue;
    goal->status = WHORL_GOAL_EXECUTING;
    goal->started = true;
    server->executing++;
    (void)whorl_event_set(goal->go);
  }
}

// --- telling

static void fill(whorl__action_server_t *server, action_msgs__msg__GoalStatusArray *message, size_t room)
{
  size_t count = 0;
  pthread_mutex_lock(&server->lock);
  for (whorl__link_t *link = whorl__list_first(&server->goals); link != NULL && count < room;
       link = whorl__list_next(&server->goals, link)) {
    whorl__goal_t *goal = WHORL__CONTAINER(link, whorl__goal_t, link);
    if (goal->status == WHORL_GOAL_UNKNOWN) continue;
    goal->told = goal->status;
    action_msgs__msg__GoalStatus *row = &message->status_list.data[count++];
    memcpy(row->goal_info.goal_id.uuid, goal->id.bytes, sizeof goal->id.bytes);
    row->goal_info.stamp = goal->stamp;
    row->status = (int8_t)goal->status;
  }
  pthread_mutex_unlock(&server->lock);
  message->status_list.size = count;
}

static size_t count_goals(whorl__action_server_t *server)
{
  pthread_mutex_lock(&server->lock);
  size_t count = server->counts.known;
  pthread_mutex_unlock(&server->lock);
  return count;
}

// The caller has the turn: so no other message of the topic is made meanwhile. (More goals may come: they have their own one after it.)
static int publish_status(whorl__action_server_t *server)
{
  void *borrowed = NULL;
  WHORL_TRY(whorl__publisher_borrow(server->status, &borrowed));
  action_msgs__msg__GoalStatusArray *message = borrowed;
  size_t room = count_goals(server);
  int status = WHORL_NO_MEMORY;
  if (whorl__contents_reserve((whorl__sequence_t *)&message->status_list, room, sizeof *message->status_list.data)) {
    fill(server, message, room);
    status = whorl_publish_borrowed(server->status, message);
  }
  if (status < 0) (void)whorl_publisher_return(server->status, message);
  return status;
}

void whorl__action_publish_status(whorl__action_server_t *server)
{
  void *seat;
  int status = whorl_channel_send(server->turn, NULL);
  if (status == WHORL_OK) {
    status = publish_status(server);
    (void)whorl_channel_try_receive(server->turn, &seat);
  }
  if (status == WHORL_OK) return;
  pthread_mutex_lock(&server->lock);
  server->counts.untold++;
  pthread_mutex_unlock(&server->lock);
}

// --- what a user asks of a goal

static int pin(whorl_goal_t handle, whorl__goal_t **ret_goal)
{
  WHORL_TRY(whorl__handle_pin(&whorl__goals, handle.id, (void **)ret_goal));
  pthread_mutex_lock(&(*ret_goal)->server->lock);
  return WHORL_OK;
}

static void unpin(whorl__goal_t *goal)
{
  uint64_t handle = goal->handle;
  pthread_mutex_unlock(&goal->server->lock);
  whorl__handle_unpin(&whorl__goals, handle);
}

int whorl_goal_execute(whorl_goal_t handle)
{
  whorl__goal_t *goal;
  WHORL_TRY(pin(handle, &goal));
  bool can_begin = goal->status == WHORL_GOAL_UNKNOWN || (goal->status == WHORL_GOAL_ACCEPTED && goal->deferred);
  int status = can_begin ? WHORL_OK : whorl__fail(WHORL_WRONG_STATE, "the goal is %s", whorl_goal_status_name(goal->status));
  if (can_begin) {
    goal->deferred = false;
    whorl__goals_start(goal->server);
  }
  unpin(goal);
  return status;
}

static int decide(whorl_goal_t handle, whorl_goal_status_t wanted)
{
  whorl__goal_t *goal;
  int status = WHORL_OK;
  WHORL_TRY(pin(handle, &goal));
  if (goal->callback == NULL)
    status = whorl__fail(WHORL_WRONG_STATE, "the goal's callback does not run");
  else if (wanted == WHORL_GOAL_CANCELED && goal->status != WHORL_GOAL_CANCELING)
    status = whorl__fail(WHORL_WRONG_STATE, "nobody has cancelled the goal");
  else
    goal->wanted = wanted;
  unpin(goal);
  return status;
}

int whorl_goal_succeed(whorl_goal_t goal) { return decide(goal, WHORL_GOAL_SUCCEEDED); }
int whorl_goal_abort(whorl_goal_t goal) { return decide(goal, WHORL_GOAL_ABORTED); }
int whorl_goal_canceled(whorl_goal_t goal) { return decide(goal, WHORL_GOAL_CANCELED); }

int whorl_goal_read_status(whorl_goal_t handle, whorl_goal_status_t *ret_status)
{
  whorl__goal_t *goal;
  if (ret_status == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_goal_read_status: ret_status is NULL");
  WHORL_TRY(pin(handle, &goal));
  *ret_status = goal->status;
  unpin(goal);
  return WHORL_OK;
}

bool whorl_goal_is_canceling(whorl_goal_t handle)
{
  whorl_goal_status_t status;
  return whorl_goal_read_status(handle, &status) == WHORL_OK && status == WHORL_GOAL_CANCELING;
}

int whorl_goal_read_id(whorl_goal_t handle, whorl_goal_id_t *ret_id)
{
  whorl__goal_t *goal;
  if (ret_id == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_goal_read_id: ret_id is NULL");
  WHORL_TRY(pin(handle, &goal));
  *ret_id = goal->id;
  unpin(goal);
  return WHORL_OK;
}

// What a message of the feedback topic is made of.
typedef struct feedback {
  whorl_publisher_t publisher;
  whorl_goal_id_t id;
  const whorl__type_t *type;
  size_t offset;
} feedback_t;

static int look_up(whorl_goal_t handle, feedback_t *ret_feedback)
{
  whorl__goal_t *goal;
  WHORL_TRY(pin(handle, &goal));
  const whorl__action_server_t *server = goal->server;
  bool runs = goal->status == WHORL_GOAL_EXECUTING || goal->status == WHORL_GOAL_CANCELING;
  int status = runs ? WHORL_OK : whorl__fail(WHORL_WRONG_STATE, "the goal is %s", whorl_goal_status_name(goal->status));
  *ret_feedback = (feedback_t){server->feedback, goal->id, server->type.feedback, server->type.feedback_offset};
  unpin(goal);
  return status;
}

int whorl_goal_publish_feedback(whorl_goal_t handle, const void *feedback)
{
  feedback_t what;
  void *message = NULL;
  if (feedback == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_goal_publish_feedback: the feedback is NULL");
  WHORL_TRY(look_up(handle, &what));
  WHORL_TRY(whorl__publisher_borrow(what.publisher, &message)); // its server may be gone, in its own callback
  memcpy(message, what.id.bytes, sizeof what.id.bytes);
  int status = whorl__type_copy(what.type, feedback, (unsigned char *)message + what.offset);
  if (status == WHORL_OK) status = whorl_publish_borrowed(what.publisher, message);
  if (status < 0) (void)whorl_publisher_return(what.publisher, message);
  return status;
}
