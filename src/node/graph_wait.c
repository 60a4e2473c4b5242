// Waiting for somebody or something of the graph. One way for all: pin, read the count of changes, look, and wait for the next change, unpinned.
#include <string.h>

#include "base/detail.h"
#include "base/local.h"
#include "base/memory.h"
#include "base/name.h"
#include "node/graph.h"
#include "node/graph_query.h"
#include "node/publisher.h"
#include "node/remap.h"
#include "whorl/graph.h"

// One wait. What a look at the graph says, pinned: 1, 0 or a failure.
typedef struct sought {
  int (*pin)(struct sought *sought, whorl__context_t **ret_context);
  void (*unpin)(struct sought *sought);
  int (*look)(struct sought *sought);
  const whorl__wait_kind_t *kind;
  const char *name; // lives until it is unpinned, and then until the next change
} sought_t;

static int await(sought_t *sought)
{
  for (;;) {
    whorl__context_t *context;
    whorl__waiter_t waiter;
    WHORL_TRY(sought->pin(sought, &context));
    whorl__changes_t *changes = whorl__graph_changes(context);
    uint64_t seen = whorl__changes_count(changes);
    int found = sought->look(sought);
    if (found == 0 && atomic_load(&context->shut_down)) found = whorl__fail(WHORL_SHUTDOWN, "the context was shut down");
    bool wait = found == 0 && whorl__changes_begin(changes, seen, &waiter, sought->kind, sought->name);
    sought->unpin(sought);
    if (found != 0) return found < 0 ? found : WHORL_OK;
    int status = wait ? whorl__changes_end(changes, &waiter) : WHORL_OK;
    if (status == WHORL_DESTROYED) return whorl__fail(status, "the context was destroyed while a task waited for its graph");
    WHORL_TRY(status);
  }
}

// --- a node

typedef struct sought_node {
  sought_t base;
  whorl_node_t handle;
  whorl__node_t *node; // while pinned
  char full_name[WHORL__NAME_FQN_SIZE];
  bool found;
} sought_node_t;

static int pin_node(sought_t *sought, whorl__context_t **ret_context)
{
  sought_node_t *self = WHORL__CONTAINER(sought, sought_node_t, base);
  WHORL_TRY(whorl__node_pin(self->handle, &self->node));
  *ret_context = self->node->context;
  return WHORL_OK;
}

static void unpin_node(sought_t *sought) { whorl__node_unpin(WHORL__CONTAINER(sought, sought_node_t, base)->node); }

static void compare_node(void *arg, const char *name, const char *node_namespace)
{
  sought_node_t *self = arg;
  self->found |= whorl__graph_is_named(self->full_name, name, node_namespace);
}

static int look_for_node(sought_t *sought)
{
  sought_node_t *self = WHORL__CONTAINER(sought, sought_node_t, base);
  self->found = false;
  whorl__graph_visit_nodes(self->node->context, compare_node, self);
  return self->found;
}

WHORL__SUSPENDING int whorl_node_wait_for_node(whorl_node_t handle, const char *name)
{
  static const whorl__wait_kind_t a_node = {"node", "", "discovery"};
  sought_node_t self = {.base = {pin_node, unpin_node, look_for_node, &a_node, NULL}, .handle = handle};
  if (name == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_node_wait_for_node: name is NULL");
  WHORL_TRY(whorl__graph_full_node_name(name, self.full_name));
  self.base.name = self.full_name;
  WHORL_TRY(whorl__wait_entry_checked());
  WHORL_TRY(await(&self.base));
  whorl__wait_completed_at_once();
  return WHORL_OK;
}

// --- any change

typedef struct sought_change {
  sought_t base;
  whorl_node_t handle;
  whorl__node_t *node; // while pinned
  uint64_t since;
} sought_change_t;

static int pin_changing(sought_t *sought, whorl__context_t **ret_context)
{
  sought_change_t *self = WHORL__CONTAINER(sought, sought_change_t, base);
  WHORL_TRY(whorl__node_pin(self->handle, &self->node));
  *ret_context = self->node->context;
  return WHORL_OK;
}

static void unpin_changing(sought_t *sought) { whorl__node_unpin(WHORL__CONTAINER(sought, sought_change_t, base)->node); }

static int look_for_change(sought_t *sought)
{
  const sought_change_t *self = WHORL__CONTAINER(sought, sought_change_t, base);
  return whorl__changes_count(whorl__graph_changes(self->node->context)) != self->since;
}

int whorl_node_read_graph_version(whorl_node_t handle, uint64_t *ret_version)
{
  whorl__node_t *node;
  if (ret_version == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_node_read_graph_version: ret_version is NULL");
  WHORL_TRY(whorl__node_pin(handle, &node));
  *ret_version = whorl__changes_count(whorl__graph_changes(node->context));
  whorl__node_unpin(node);
  return WHORL_OK;
}

WHORL__SUSPENDING int whorl_node_wait_for_graph_change(whorl_node_t handle, uint64_t since)
{
  static const whorl__wait_kind_t a_change = {"change of the graph", "", "discovery"};
  sought_change_t self = {.base = {pin_changing, unpin_changing, look_for_change, &a_change, NULL}, .handle = handle, .since = since};
  WHORL_TRY(whorl__wait_entry_checked());
  WHORL_TRY(await(&self.base));
  whorl__wait_completed_at_once();
  return WHORL_OK;
}

// --- subscribers

typedef struct sought_subscribers {
  sought_t base;
  whorl_publisher_t handle;
  whorl__publisher_t *publisher; // while pinned
  size_t count;
} sought_subscribers_t;

static int pin_publisher(sought_t *sought, whorl__context_t **ret_context)
{
  sought_subscribers_t *self = WHORL__CONTAINER(sought, sought_subscribers_t, base);
  WHORL_TRY(whorl__publisher_pin(self->handle, &self->publisher));
  sought->name = self->publisher->topic;
  *ret_context = self->publisher->entity.node->context;
  return WHORL_OK;
}

static void unpin_publisher(sought_t *sought) { whorl__publisher_unpin(WHORL__CONTAINER(sought, sought_subscribers_t, base)->handle); }

static int look_for_subscribers(sought_t *sought)
{
  const sought_subscribers_t *self = WHORL__CONTAINER(sought, sought_subscribers_t, base);
  whorl__writer_t *writer = self->publisher->writer;
  return writer->participant->ops->writer_matched(writer) >= self->count;
}

WHORL__SUSPENDING int whorl_publisher_wait_for_subscribers(whorl_publisher_t handle, size_t count)
{
  static const whorl__wait_kind_t subscribers = {"subscribers of", "", "discovery"};
  sought_subscribers_t self = {
      .base = {pin_publisher, unpin_publisher, look_for_subscribers, &subscribers, NULL}, .handle = handle, .count = count};
  WHORL_TRY(whorl__wait_entry_checked());
  WHORL_TRY(await(&self.base));
  whorl__wait_completed_at_once();
  return WHORL_OK;
}

// --- a message: an entity of the node's, without callbacks, as long as the wait

typedef struct listener {
  whorl__entity_t entity;
  whorl__reader_t *reader;
  char *topic;
} listener_t;

static whorl__handle_table_t listeners = WHORL__HANDLE_TABLE("wait for a message");

static listener_t *listener_of(whorl__entity_t *entity) { return WHORL__CONTAINER(entity, listener_t, entity); }

static void retire_listener(whorl__entity_t *entity) { whorl__graph_tell(entity->node->context); } // its topic is about to go
static void close_listener(whorl__entity_t *entity)
{
  whorl__reader_t *reader = listener_of(entity)->reader;
  reader->participant->ops->reader_close(reader);
}

static void release_listener(whorl__entity_t *entity)
{
  listener_t *self = listener_of(entity);
  whorl__free(self->topic);
  whorl__free(self);
}

static void on_ready(void *arg) { whorl__graph_tell(((listener_t *)arg)->entity.node->context); }

static int open_reader(listener_t *self, const whorl__type_t *type, const whorl_qos_t *qos)
{
  whorl__participant_t *participant = self->entity.node->context->participant;
  whorl__endpoint_options_t options = {.type = type, .topic = self->topic, .ready = on_ready, .arg = self};
  WHORL_TRY(whorl__qos_resolve_at(participant, self->topic, false, qos, &options.qos));
  WHORL_TRY(participant->ops->reader_open(participant, &options, &self->reader));
  self->entity.is_reader = true;
  memcpy(self->entity.reader_gid, self->reader->gid, sizeof self->entity.reader_gid);
  return WHORL_OK;
}

// Pinned.
static int listen(whorl__node_t *node, const whorl__type_t *type, const char *topic, const whorl_qos_t *qos, uint64_t *ret_id)
{
  static const whorl__entity_ops_t ops = {.retire = retire_listener, .close = close_listener, .release = release_listener};
  listener_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory to wait for a message");
  int status = whorl__expand_name(node, "topic", topic, qos, &self->topic);
  if (status < 0) goto free_self;
  status = whorl__entity_prepare(&self->entity, &ops, &listeners, node);
  if (status < 0) goto free_self;
  status = open_reader(self, type, qos);
  if (status < 0) goto abandon;
  status = whorl__entity_publish(&self->entity, ret_id);
  if (status < 0) goto close_reader;
  return WHORL_OK;
close_reader:
  close_listener(&self->entity);
abandon:
  whorl__entity_abandon(&self->entity);
free_self:
  whorl__free(self->topic);
  whorl__free(self);
  return status;
}

typedef struct sought_message {
  sought_t base;
  uint64_t id;
  listener_t *listener; // while pinned
  whorl__sample_t *sample;
  whorl__message_t *message;
} sought_message_t;

static int pin_listener(sought_t *sought, whorl__context_t **ret_context)
{
  sought_message_t *self = WHORL__CONTAINER(sought, sought_message_t, base);
  whorl__entity_t *entity;
  if (whorl__handle_pin(&listeners, self->id, (void **)&entity) < 0)
    return whorl__fail(WHORL_DESTROYED, "the node was destroyed while a task of it waited for a message");
  self->listener = listener_of(entity);
  sought->name = self->listener->topic;
  *ret_context = entity->node->context;
  return WHORL_OK;
}

static void unpin_listener(sought_t *sought) { whorl__handle_unpin(&listeners, WHORL__CONTAINER(sought, sought_message_t, base)->id); }

static int look_for_message(sought_t *sought)
{
  sought_message_t *self = WHORL__CONTAINER(sought, sought_message_t, base);
  bool more;
  int status = whorl__reader_take(self->listener->reader, &self->sample, &self->message, &more);
  return status == WHORL_OK ? 1 : status == WHORL_WOULD_BLOCK ? 0 : status;
}

static int listen_on(whorl_node_t handle, whorl_message_type_t support, const char *topic, const whorl_wait_for_message_options_t *options,
                     uint64_t *ret_id)
{
  const whorl__type_t *type;
  whorl__node_t *node;
  WHORL_TRY(whorl__type_get(support, &type));
  WHORL_TRY(whorl__node_pin(handle, &node));
  int status = listen(node, type, topic, options != NULL && options->qos != NULL ? options->qos : &WHORL_QOS_DEFAULT, ret_id);
  whorl__node_unpin(node);
  return status;
}

WHORL__SUSPENDING int whorl_node_wait_for_message(whorl_node_t handle, whorl_message_type_t support, const char *topic,
                                                  const whorl_wait_for_message_options_t *options, void *message)
{
  static const whorl__wait_kind_t a_message = {"message on", "", "whoever publishes it"};
  sought_message_t self = {.base = {pin_listener, unpin_listener, look_for_message, &a_message, NULL}};
  if (message == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_node_wait_for_message: message is NULL");
  WHORL_TRY(whorl__wait_entry_checked());
  WHORL_TRY(listen_on(handle, support, topic, options, &self.id));
  int status = await(&self.base);
  if (status == WHORL_OK) {
    status = whorl__type_copy(self.sample->type, self.message->native, message);
    whorl__sample_unref(self.sample);
  }
  whorl__detail_t detail = *whorl__local()->detail;
  (void)whorl__entity_destroy(&listeners, self.id);
  if (status < 0) *whorl__local()->detail = detail; // which the end of the subscription may have written over
  return status;
}
