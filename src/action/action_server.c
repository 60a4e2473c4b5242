// An action server's life: what it is made of, and its end.
#include "action/action_server.h"

#include <action_msgs/msg/goal_status_array.h>
#include <action_msgs/srv/cancel_goal.h>

#include "action/part_name.h"
#include "base/detail.h"
#include "base/memory.h"
#include "whorl/log.h"

enum { DEFAULT_LIFETIME_S = 15 * 60 };

whorl__handle_table_t whorl__action_servers = WHORL__HANDLE_TABLE("action server");

static whorl__action_server_t *server_of(whorl__compound_t *base) { return WHORL__CONTAINER(base, whorl__action_server_t, base); }

int whorl__action_server_use(void *arg, whorl__action_server_t **ret_server)
{
  whorl__compound_t *base;
  WHORL_TRY(whorl__compound_use(&whorl__action_servers, (uint64_t)(uintptr_t)arg, &base));
  *ret_server = server_of(base);
  return WHORL_OK;
}

void whorl__action_server_unuse(whorl__action_server_t *server) { whorl__compound_unuse(&server->base); }

void whorl__action_lose(const whorl__action_server_t *server, whorl_service_call_t call, int status)
{
  if (status == WHORL_DESTROYED) return;
  WHORL_LOG_WARN(whorl_node_logger(server->node), "a request to the server of action '%s' gets no answer: %s", server->base.name,
                 whorl_detail()[0] != '\0' ? whorl_detail() : whorl_status_sentence(status));
  (void)whorl_service_call_drop(call);
}

static void retire_server(whorl__compound_t *base)
{
  whorl__action_server_t *self = server_of(base);
  pthread_mutex_lock(&self->lock);
  self->ends = true;
  pthread_mutex_unlock(&self->lock);
}

static void free_server(whorl__compound_t *base)
{
  whorl__action_server_t *self = server_of(base);
  whorl__goals_free(self);
  (void)whorl_channel_destroy(self->turn);
  pthread_mutex_destroy(&self->lock);
  whorl__free(base->name);
  whorl__free(self);
}

// The first service is where goals come from: it takes their tasks along, while those who wait for results can still be told.
static void destroy_parts(whorl__action_server_t *self)
{
  (void)whorl_service_destroy(self->send_goal);
  (void)whorl_service_destroy(self->cancel_goal);
  (void)whorl_service_destroy(self->get_result);
  (void)whorl_timer_destroy(self->expiry);
  (void)whorl_publisher_destroy(self->feedback);
  (void)whorl_publisher_destroy(self->status);
  whorl__group_end(self->group);
}

static int make_group(whorl__action_server_t *self, whorl_node_t node)
{
  if (self->options.callback_group.id != 0) return WHORL_OK;
  WHORL_TRY(whorl_callback_group_create(node, WHORL_CALLBACK_GROUP_REENTRANT, NULL, &self->group));
  self->options.callback_group = self->group;
  return WHORL_OK;
}

static int make_topics(whorl__action_server_t *self, whorl_node_t node)
{
  const whorl_publisher_options_t last_one = {.qos = &WHORL_QOS_ACTION_STATUS};
  WHORL_TRY(whorl_publisher_create(node, self->type.feedback_message, whorl__action_part_name(self->base.name, "feedback").text, NULL,
                                   &self->feedback));
  return whorl_publisher_create(node, WHORL_MESSAGE(action_msgs, msg, GoalStatusArray),
                                whorl__action_part_name(self->base.name, "status").text, &last_one, &self->status);
}

static int make_timer(whorl__action_server_t *self, whorl_node_t node)
{
  const whorl_timer_options_t options = {.stopped = true, .one_shot = true, .callback_group = self->options.callback_group};
  return whorl_timer_create(node, self->options.result_lifetime_ns, whorl__action_on_expiry, whorl__compound_arg(&self->base), &options,
                            &self->expiry);
}

// Goals come last: whoever takes one finds all the rest, the user's handle too.
static int make_services(whorl__action_server_t *self, whorl_node_t node, whorl_action_server_t *ret_server)
{
  const whorl_service_options_t options = {.max_in_flight = WHORL_UNLIMITED, .callback_group = self->options.callback_group};
  void *arg = whorl__compound_arg(&self->base);
  WHORL_TRY(whorl_service_create(node, WHORL_SERVICE(action_msgs, srv, CancelGoal),
                                 whorl__action_part_name(self->base.name, "cancel_goal").text, whorl__action_on_cancel, arg, &options,
                                 &self->cancel_goal));
  WHORL_TRY(whorl_service_create(node, self->type.get_result, whorl__action_part_name(self->base.name, "get_result").text,
                                 whorl__action_on_result, arg, &options, &self->get_result));
  const whorl_action_server_t before = *ret_server;
  *ret_server = (whorl_action_server_t){self->base.entity.id};
  int status = whorl_service_create(node, self->type.send_goal, whorl__action_part_name(self->base.name, "send_goal").text,
                                    whorl__action_on_goal, arg, &options, &self->send_goal);
  if (status < 0) *ret_server = before;
  return status;
}

static int make_parts(whorl__action_server_t *self, whorl_node_t node, whorl_action_server_t *ret_server)
{
  WHORL_TRY(make_group(self, node));
  WHORL_TRY(make_topics(self, node));
  WHORL_TRY(make_timer(self, node));
  return make_services(self, node, ret_server);
}

static int check(whorl_goal_execute_callback_t execute, const whorl_action_server_options_t *options)
{
  if (execute == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "an action server needs a callback that executes goals");
  if (options->result_lifetime_ns < 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "results cannot be kept for %lld ns", (long long)options->result_lifetime_ns);
  return WHORL_OK;
}

static int allocate(whorl__action_server_t **ret_self)
{
  whorl__action_server_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for an action server");
  self->base.retire = retire_server;
  self->base.free_self = free_server;
  pthread_mutex_init(&self->lock, NULL);
  whorl__list_init(&self->goals);
  whorl__list_init(&self->kept);
  *ret_self = self;
  return WHORL_OK;
}

static void fill(whorl__action_server_t *self, const whorl_action_server_options_t *options, whorl_node_t node)
{
  self->options = *options;
  if (self->options.max_in_flight == 0) self->options.max_in_flight = 1;
  if (self->options.result_lifetime_ns == 0) self->options.result_lifetime_ns = WHORL_SECONDS(DEFAULT_LIFETIME_S);
  self->node = node;
  self->clock = whorl_node_clock(node);
}

// Joins the node; on failure it is as if it had never been.
static int start(whorl__action_server_t *self, whorl__node_t *node, const char *name)
{
  int status = whorl_channel_create(1, &(whorl_channel_options_t){.name = "status of an action"}, &self->turn);
  if (status == WHORL_OK) status = whorl__compound_start(&self->base, &whorl__action_servers, node, "action", name);
  if (status < 0) free_server(&self->base);
  return status;
}

// In use by the caller from its start on: its node may go while this makes the parts.
static int create(whorl__action_server_t *self, whorl_node_t handle, const char *name, whorl_action_server_t *ret_server)
{
  whorl__node_t *node;
  int status = whorl__node_enter(handle, &node);
  if (status < 0) {
    free_server(&self->base);
    return status;
  }
  status = start(self, node, name);
  whorl__node_unuse(node);
  if (status < 0) return status;
  status = make_parts(self, handle, ret_server);
  if (status < 0) {
    (void)whorl__compound_end(&self->base);
    destroy_parts(self);
  }
  whorl__action_server_unuse(self);
  return status;
}

int whorl_action_server_create(whorl_node_t node, whorl_action_type_t support, const char *name, whorl_goal_execute_callback_t execute,
                               void *arg, const whorl_action_server_options_t *options, whorl_action_server_t *ret_server)
{
  static const whorl_action_server_options_t defaults = {0};
  whorl__action_type_t type;
  whorl__action_server_t *self = NULL;
  whorl_action_server_t server;
  if (options == NULL) options = &defaults;
  WHORL_TRY(check(execute, options));
  WHORL_TRY(whorl__action_type_get(support, &type));
  WHORL_TRY(allocate(&self));
  self->type = type;
  self->execute = execute;
  self->arg = arg;
  fill(self, options, node);
  return create(self, node, name, ret_server != NULL ? ret_server : &server);
}

int whorl_action_server_destroy(whorl_action_server_t server)
{
  whorl__compound_t *base;
  WHORL_TRY(whorl__compound_use(&whorl__action_servers, server.id, &base));
  int status = whorl__compound_end(base);
  if (status == WHORL_OK) destroy_parts(server_of(base));
  whorl__compound_unuse(base);
  return status;
}

int whorl_action_server_read_counts(whorl_action_server_t server, whorl_action_server_counts_t *ret_counts)
{
  whorl__compound_t *base;
  if (ret_counts == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_action_server_read_counts: ret_counts is NULL");
  WHORL_TRY(whorl__compound_use(&whorl__action_servers, server.id, &base));
  whorl__action_server_t *self = server_of(base);
  pthread_mutex_lock(&self->lock);
  *ret_counts = self->counts;
  pthread_mutex_unlock(&self->lock);
  whorl__compound_unuse(base);
  return WHORL_OK;
}

const char *whorl_action_server_name(whorl_action_server_t server) { return whorl__compound_name(&whorl__action_servers, server.id); }
