// An action client's life: what it is made of, whether a server is there, and its end.
#include "action/action_client.h"

#include <action_msgs/msg/goal_status_array.h>
#include <action_msgs/srv/cancel_goal.h>

#include "action/part_name.h"
#include "base/detail.h"
#include "base/memory.h"
#include "whorl/graph.h"

whorl__handle_table_t whorl__action_clients = WHORL__HANDLE_TABLE("action client");

static whorl__action_client_t *client_of(whorl__compound_t *base) { return WHORL__CONTAINER(base, whorl__action_client_t, base); }

int whorl__action_client_use(whorl_action_client_t handle, whorl__action_client_t **ret_client)
{
  whorl__compound_t *base;
  WHORL_TRY(whorl__compound_use(&whorl__action_clients, handle.id, &base));
  *ret_client = client_of(base);
  return WHORL_OK;
}

void whorl__action_client_unuse(whorl__action_client_t *client) { whorl__compound_unuse(&client->base); }

static void retire_client(whorl__compound_t *base) { whorl__sent_goals_end(client_of(base)); }

static void free_client(whorl__compound_t *base)
{
  whorl__action_client_t *self = client_of(base);
  whorl__sent_goals_end(self);
  pthread_mutex_destroy(&self->lock);
  whorl__free(base->name);
  whorl__free(self);
}

static void destroy_parts(whorl__action_client_t *self)
{
  (void)whorl_client_destroy(self->send_goal);
  (void)whorl_client_destroy(self->cancel_goal);
  (void)whorl_client_destroy(self->get_result);
  (void)whorl_subscription_destroy(self->feedback);
  (void)whorl_subscription_destroy(self->status);
}

static int make_clients(whorl__action_client_t *self, whorl_node_t node)
{
  WHORL_TRY(
      whorl_client_create(node, self->type.send_goal, whorl__action_part_name(self->base.name, "send_goal").text, NULL, &self->send_goal));
  WHORL_TRY(whorl_client_create(node, WHORL_SERVICE(action_msgs, srv, CancelGoal),
                                whorl__action_part_name(self->base.name, "cancel_goal").text, NULL, &self->cancel_goal));
  return whorl_client_create(node, self->type.get_result, whorl__action_part_name(self->base.name, "get_result").text, NULL,
                             &self->get_result);
}

static int make_topics(whorl__action_client_t *self, whorl_node_t node, whorl_callback_group_t group)
{
  const whorl_subscription_options_t feedback = {.callback_group = group};
  const whorl_subscription_options_t last_one = {.qos = &WHORL_QOS_ACTION_STATUS, .callback_group = group};
  void *arg = whorl__compound_arg(&self->base);
  WHORL_TRY(whorl_subscription_create(node, self->type.feedback_message, whorl__action_part_name(self->base.name, "feedback").text,
                                      whorl__action_on_feedback, arg, &feedback, &self->feedback));
  return whorl_subscription_create(node, WHORL_MESSAGE(action_msgs, msg, GoalStatusArray),
                                   whorl__action_part_name(self->base.name, "status").text, whorl__action_on_status, arg, &last_one,
                                   &self->status);
}

// In use by the caller from its start on: its node may go while this makes the parts.
static int create(whorl__action_client_t *self, const char *name, whorl_callback_group_t group, whorl_action_client_t *ret_client)
{
  whorl__node_t *node;
  int status = whorl__node_enter(self->node, &node);
  if (status == WHORL_OK) {
    status = whorl__compound_start(&self->base, &whorl__action_clients, node, "action", name);
    whorl__node_unuse(node);
  }
  if (status < 0) {
    free_client(&self->base);
    return status;
  }
  status = make_clients(self, self->node);
  if (status == WHORL_OK) status = make_topics(self, self->node, group);
  if (status == WHORL_OK) {
    *ret_client = (whorl_action_client_t){self->base.entity.id};
  } else {
    (void)whorl__compound_end(&self->base);
    destroy_parts(self);
  }
  whorl__action_client_unuse(self);
  return status;
}

int whorl_action_client_create(whorl_node_t node, whorl_action_type_t support, const char *name,
                               const whorl_action_client_options_t *options, whorl_action_client_t *ret_client)
{
  whorl__action_type_t type;
  if (ret_client == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_action_client_create: ret_client is NULL");
  WHORL_TRY(whorl__action_type_get(support, &type));
  whorl__action_client_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for an action client");
  self->base.retire = retire_client;
  self->base.free_self = free_client;
  self->type = type;
  self->node = node;
  pthread_mutex_init(&self->lock, NULL);
  whorl__list_init(&self->goals);
  return create(self, name, options != NULL ? options->callback_group : (whorl_callback_group_t){0}, ret_client);
}

int whorl_action_client_destroy(whorl_action_client_t client)
{
  whorl__action_client_t *self;
  WHORL_TRY(whorl__action_client_use(client, &self));
  int status = whorl__compound_end(&self->base);
  if (status == WHORL_OK) destroy_parts(self);
  whorl__action_client_unuse(self);
  return status;
}

const char *whorl_action_client_name(whorl_action_client_t client) { return whorl__compound_name(&whorl__action_clients, client.id); }

// --- is anybody there?

// 1, 0 or a failure.
static int hears_the_topics(const whorl__action_client_t *self)
{
  int feedback = whorl_subscription_matched_count(self->feedback), status = whorl_subscription_matched_count(self->status);
  if (feedback < 0) return feedback;
  return status < 0 ? status : feedback > 0 && status > 0;
}

static int await_topics(const whorl__action_client_t *self)
{
  for (;;) {
    uint64_t version;
    WHORL_TRY(whorl_node_read_graph_version(self->node, &version));
    int heard = hears_the_topics(self);
    if (heard != 0) return heard < 0 ? heard : WHORL_OK;
    WHORL_TRY(whorl_node_wait_for_graph_change(self->node, version));
  }
}

static int await_server(const whorl__action_client_t *self)
{
  WHORL_TRY(whorl_client_wait_for_service(self->send_goal));
  WHORL_TRY(whorl_client_wait_for_service(self->cancel_goal));
  WHORL_TRY(whorl_client_wait_for_service(self->get_result));
  return whorl__core_current() != NULL ? await_topics(self) : WHORL_OK;
}

int whorl_action_client_wait_for_server(whorl_action_client_t client)
{
  whorl__action_client_t *self;
  WHORL_TRY(whorl__action_client_use(client, &self));
  int status = await_server(self);
  whorl__action_client_unuse(self);
  return status;
}

bool whorl_action_client_server_is_ready(whorl_action_client_t client)
{
  whorl__action_client_t *self;
  if (whorl__action_client_use(client, &self) < 0) return false;
  bool ready = whorl_client_service_is_ready(self->send_goal) && whorl_client_service_is_ready(self->cancel_goal) &&
               whorl_client_service_is_ready(self->get_result) && hears_the_topics(self) == 1;
  whorl__action_client_unuse(self);
  return ready;
}
