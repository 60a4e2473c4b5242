// Watching /parameter_events: a subscription whose callback makes of each message what its user wants to hear.
#include "whorl/parameter_watch.h"

#include <string.h>

#include <rcl_interfaces/msg/parameter_event.h>

#include "base/detail.h"
#include "base/memory.h"
#include "base/name.h"
#include "node/node.h"
#include "node/subscription.h"
#include "parameter/convert.h"
#include "whorl/time.h"

typedef rcl_interfaces__msg__Parameter__Sequence list_t;

typedef struct names {
  char **names; // its own
  size_t count;
} names_t;

typedef struct watch { // the subscription's
  whorl_parameter_event_callback_t callback;
  void *arg;
  names_t nodes, parameters; // empty: all
} watch_t;

static void free_names(names_t *names)
{
  for (size_t i = 0; i < names->count; i++) whorl__free(names->names[i]);
  whorl__free(names->names);
}

static void free_watch(void *arg)
{
  watch_t *self = arg;
  free_names(&self->nodes);
  free_names(&self->parameters);
  whorl__free(self);
}

static bool has(const names_t *names, const char *name)
{
  for (size_t i = 0; i < names->count; i++)
    if (strcmp(names->names[i], name) == 0) return true;
  return names->count == 0;
}

// --- telling

typedef struct gathered {
  whorl_parameter_change_t *changes;
  const char ***texts; // of string arrays among their values
  size_t count;
} gathered_t;

// What cannot be read, of a node that is none of ROS's, is left out.
static int gather(const watch_t *self, const list_t *list, whorl_parameter_change_kind_t kind, gathered_t *gathered)
{
  for (size_t i = 0; i < list->size; i++) {
    const rcl_interfaces__msg__Parameter *parameter = &list->data[i];
    whorl_parameter_change_t *change = &gathered->changes[gathered->count];
    if (!has(&self->parameters, parameter->name.data)) continue;
    *change = (whorl_parameter_change_t){.kind = kind, .name = parameter->name.data};
    int status = whorl__parameter_read_value(&parameter->value, &change->value, &gathered->texts[gathered->count]);
    if (status == WHORL_INVALID_ARGUMENT) continue;
    WHORL_TRY(status);
    gathered->count++;
  }
  return WHORL_OK;
}

static int gather_all(const watch_t *self, const rcl_interfaces__msg__ParameterEvent *message, gathered_t *gathered)
{
  WHORL_TRY(gather(self, &message->new_parameters, WHORL_PARAMETER_NEW, gathered));
  WHORL_TRY(gather(self, &message->changed_parameters, WHORL_PARAMETER_CHANGED, gathered));
  return gather(self, &message->deleted_parameters, WHORL_PARAMETER_DELETED, gathered);
}

static int tell(const watch_t *self, const rcl_interfaces__msg__ParameterEvent *message, gathered_t *gathered)
{
  WHORL_TRY(gather_all(self, message, gathered));
  if (gathered->count == 0 && self->parameters.count > 0) return WHORL_OK;
  const whorl_parameter_event_t event = {.node = message->node.data,
                                         .stamp_ns = WHORL_SECONDS((int64_t)message->stamp.sec) + message->stamp.nanosec,
                                         .changes = gathered->changes,
                                         .count = gathered->count};
  return self->callback(&event, self->arg);
}

static int on_message(const void *native, const whorl_message_info_t *info, void *arg)
{
  const rcl_interfaces__msg__ParameterEvent *message = native;
  const watch_t *self = arg;
  (void)info;
  if (message == NULL || !has(&self->nodes, message->node.data)) return WHORL_OK;
  size_t most = message->new_parameters.size + message->changed_parameters.size + message->deleted_parameters.size;
  gathered_t gathered = {.changes = whorl__alloc((most + 1) * sizeof *gathered.changes),
                         .texts = whorl__alloc((most + 1) * sizeof *gathered.texts)};
  int status = gathered.changes != NULL && gathered.texts != NULL
                   ? tell(self, message, &gathered)
                   : whorl__fail(WHORL_NO_MEMORY, "no memory for an event of %zu parameters", most);
  for (size_t i = 0; i < most && gathered.texts != NULL; i++) whorl__free(gathered.texts[i]);
  whorl__free(gathered.changes);
  whorl__free(gathered.texts);
  return status;
}

// --- making one

static int copy_names(const char *const *names, size_t count, const char *what, names_t *ret_names)
{
  if (count > 0 && names == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_parameter_watch: %zu %s at NULL", count, what);
  if (count == 0) return WHORL_OK;
  ret_names->names = whorl__alloc(count * sizeof *ret_names->names);
  if (ret_names->names == NULL) return whorl__fail(WHORL_NO_MEMORY, "whorl_parameter_watch: no memory");
  for (size_t i = 0; i < count; i++) {
    if (names[i] == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_parameter_watch: one of %zu %s is NULL", count, what);
    ret_names->names[i] = whorl__strdup(names[i]);
    if (ret_names->names[i] == NULL) return whorl__fail(WHORL_NO_MEMORY, "whorl_parameter_watch: no memory");
    ret_names->count++;
  }
  return WHORL_OK;
}

static int expand_nodes(const whorl__node_t *node, names_t *names)
{
  for (size_t i = 0; i < names->count; i++) {
    char full[WHORL__NAME_TOPIC_SIZE];
    WHORL_TRY(whorl__name_expand("node", names->names[i], node->name, node->node_namespace, full));
    char *copy = whorl__strdup(full);
    if (copy == NULL) return whorl__fail(WHORL_NO_MEMORY, "whorl_parameter_watch: no memory");
    whorl__free(names->names[i]);
    names->names[i] = copy;
  }
  return WHORL_OK;
}

static int fill(whorl_node_t handle, const whorl_parameter_watch_options_t *options, watch_t *self)
{
  whorl__node_t *node;
  WHORL_TRY(copy_names(options->parameters, options->parameter_count, "parameters", &self->parameters));
  WHORL_TRY(copy_names(options->nodes, options->node_count, "nodes", &self->nodes));
  WHORL_TRY(whorl__node_pin(handle, &node));
  int status = expand_nodes(node, &self->nodes);
  whorl__node_unpin(node);
  return status;
}

int whorl_parameter_watch(whorl_node_t node, whorl_parameter_event_callback_t callback, void *arg,
                          const whorl_parameter_watch_options_t *options, whorl_subscription_t *ret_watch)
{
  static const whorl_parameter_watch_options_t defaults = {0};
  if (callback == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_parameter_watch: the callback is NULL");
  if (options == NULL) options = &defaults;
  watch_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "whorl_parameter_watch: no memory");
  self->callback = callback;
  self->arg = arg;
  const whorl_subscription_options_t subscription = {
      .qos = &WHORL_QOS_PARAMETER_EVENTS, .max_in_flight = options->max_in_flight, .callback_group = options->callback_group};
  int status = fill(node, options, self);
  if (status == WHORL_OK)
    status = whorl__subscription_create_owning(node, WHORL_MESSAGE(rcl_interfaces, msg, ParameterEvent), "/parameter_events", on_message,
                                               self, free_watch, &subscription, ret_watch);
  if (status < 0) free_watch(self);
  return status;
}
