#include "node/publisher.h"

#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "base/name.h"
#include "message/cdr.h"
#include "node/graph.h"
#include "node/qos_override.h"
#include "node/remap.h"

static whorl__handle_table_t publishers = WHORL__HANDLE_TABLE("publisher");

static whorl__publisher_t *publisher_of(whorl__entity_t *entity) { return WHORL__CONTAINER(entity, whorl__publisher_t, entity); }

static void retire_publisher(whorl__entity_t *entity) { whorl__graph_tell(entity->node->context); }

static void close_publisher(whorl__entity_t *entity)
{
  whorl__publisher_t *self = publisher_of(entity);
  entity->node->context->participant->ops->writer_close(self->writer);
}

static void release_publisher(whorl__entity_t *entity)
{
  whorl__publisher_t *self = publisher_of(entity);
  whorl__throttle_fini(&self->throttle);
  whorl__qos_events_fini(&self->events);
  whorl__free(self->topic);
  whorl__free(self);
}

static const whorl__entity_ops_t publisher_ops = {.retire = retire_publisher, .close = close_publisher, .release = release_publisher};

static int run_events(whorl__record_t *record)
{
  whorl__publisher_t *self = WHORL__CONTAINER(record, whorl__publisher_t, record);
  return whorl__entity_report(&self->entity, whorl__qos_events_tell(&self->events));
}

static void quiet(whorl__record_t *record) { whorl__entity_quiet(record, &WHORL__CONTAINER(record, whorl__publisher_t, record)->entity); }

static const whorl__record_ops_t record_ops = {.rank = WHORL__RANK_OTHER, .only_tells = true, .run = run_events, .quiet = quiet};

static void on_event(void *arg, const whorl__endpoint_event_t *event)
{
  whorl__publisher_t *self = arg;
  if (event->kind == WHORL__EVENT_MATCHED) whorl__graph_tell(self->entity.node->context);
  if (whorl__qos_events_note(&self->events, event)) whorl__record_mark(&self->record);
}

// Only a publisher that tells of its events has a record. Before the writer: its hook marks it.
static int make_record(whorl__publisher_t *self, const whorl_publisher_options_t *options)
{
  if (self->events.callback == NULL && !self->events.strict) return WHORL_OK;
  return whorl__entity_add_record(&self->entity, &self->record, &record_ops, options->callback_group, 1, self->topic);
}

static int open_writer(whorl__node_t *node, whorl__publisher_t *self, const whorl_qos_t *qos)
{
  whorl__participant_t *participant = node->context->participant;
  whorl__endpoint_options_t options = {.type = self->type, .topic = self->topic, .event = on_event, .arg = self};
  WHORL_TRY(whorl__qos_resolve_at(participant, self->topic, true, qos, &options.qos));
  self->events.end.qos = options.qos;
  if (self->events.strict) WHORL_TRY(whorl__qos_events_check(&self->events));
  WHORL_TRY(participant->ops->writer_open(participant, &options, &self->writer));
  self->entity.is_writer = true;
  self->entity.types[0] = self->type;
  memcpy(self->entity.writer_gid, self->writer->gid, sizeof self->entity.writer_gid);
  return WHORL_OK;
}

static int create(whorl__node_t *node, const whorl__type_t *type, const char *topic, const whorl_qos_t *qos,
                  const whorl_publisher_options_t *options, whorl_publisher_t *ret_publisher)
{
  whorl__publisher_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a publisher");
  self->type = type;
  whorl__throttle_init(&self->throttle);
  int status = whorl__expand_name(node, "topic", topic, qos, &self->topic);
  if (status < 0) goto free_self;
  whorl__qos_events_init(&self->events, node, true, self->topic, options->on_event, options->event_arg);
  self->events.strict = options->strict_qos || node->strict_qos;
  status = whorl__entity_prepare(&self->entity, &publisher_ops, &publishers, node);
  if (status < 0) goto free_topic;
  status = make_record(self, options);
  if (status < 0) goto abandon;
  status = open_writer(node, self, qos);
  if (status < 0) goto close_record;
  status = whorl__entity_publish(&self->entity, ret_publisher != NULL ? &ret_publisher->id : NULL);
  if (status < 0) goto close_writer;
  return WHORL_OK;
close_writer:
  close_publisher(&self->entity);
close_record:
  if (self->entity.record != NULL) (void)whorl__record_close(&self->record);
abandon:
  whorl__entity_abandon(&self->entity);
free_topic:
  whorl__qos_events_fini(&self->events);
  whorl__free(self->topic);
free_self:
  whorl__throttle_fini(&self->throttle);
  whorl__free(self);
  return status;
}

int whorl_publisher_create(whorl_node_t node_handle, whorl_message_type_t support, const char *topic,
                           const whorl_publisher_options_t *options, whorl_publisher_t *ret_publisher)
{
  static const whorl_publisher_options_t defaults = {0};
  const whorl__type_t *type;
  whorl__node_t *node;
  if (options == NULL) options = &defaults;
  if (ret_publisher == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_publisher_create: ret_publisher is NULL");
  WHORL_TRY(whorl__type_get(support, &type));
  whorl_qos_t qos = options->qos != NULL ? *options->qos : WHORL_QOS_DEFAULT;
  WHORL_TRY(whorl__qos_override(node_handle, topic, true, options->qos_overriding, &qos));
  WHORL_TRY(whorl__node_pin(node_handle, &node));
  int status = create(node, type, topic, &qos, options, ret_publisher);
  whorl__node_unpin(node);
  return status;
}

int whorl_publisher_destroy(whorl_publisher_t publisher) { return whorl__entity_destroy(&publishers, publisher.id); }

int whorl__publisher_pin(whorl_publisher_t handle, whorl__publisher_t **ret_publisher)
{
  whorl__entity_t *entity;
  WHORL_TRY(whorl__handle_pin(&publishers, handle.id, (void **)&entity));
  *ret_publisher = publisher_of(entity);
  return WHORL_OK;
}

int whorl__publisher_set_silent(whorl_publisher_t handle, bool is_silent)
{
  whorl__publisher_t *self;
  WHORL_TRY(whorl__publisher_pin(handle, &self));
  atomic_store(&self->is_silent, is_silent);
  whorl__publisher_unpin(handle);
  return WHORL_OK;
}

void whorl__publisher_unpin(whorl_publisher_t handle) { whorl__handle_unpin(&publishers, handle.id); }

// What is to be published, in one of three forms.
typedef struct outgoing {
  whorl__throttled_t write;
  whorl_publisher_t handle;
  whorl__publisher_t *self;  // while pinned
  const void *native;        // copied
  whorl__message_t *message; // the user's reference; lent
  const uint8_t *bytes;      // serialised
  size_t size;
} outgoing_t;

static outgoing_t *outgoing_of(whorl__throttled_t *write) { return WHORL__CONTAINER(write, outgoing_t, write); }

static int write_once(whorl__throttled_t *write)
{
  const outgoing_t *what = outgoing_of(write);
  whorl__publisher_t *self = what->self;
  const whorl__transport_ops_t *ops = self->writer->participant->ops;
  if (what->message != NULL) {
    whorl__message_ref(what->message); // the transport takes one over in every outcome but WOULD_BLOCK; the user keeps his on failure
    int status = ops->write(self->writer, what->message);
    if (status == WHORL_WOULD_BLOCK) whorl__message_unref(what->message);
    return status;
  }
  if (what->bytes != NULL) return ops->write_cdr(self->writer, what->bytes, what->size);
  return ops->write_copy(self->writer, what->native);
}

static int pin_again(whorl__throttled_t *write, whorl__throttle_t **ret_throttle)
{
  outgoing_t *what = outgoing_of(write);
  WHORL_TRY(whorl__publisher_pin(what->handle, &what->self));
  *ret_throttle = &what->self->throttle;
  return WHORL_OK;
}

static void unpin(whorl__throttled_t *write) { whorl__publisher_unpin(outgoing_of(write)->handle); }

// Ends the pin.
static int publish(whorl_publisher_t handle, whorl__publisher_t *self, outgoing_t *what)
{
  if (atomic_load_explicit(&self->is_silent, memory_order_relaxed)) {
    atomic_fetch_add_explicit(&self->silenced, 1, memory_order_relaxed);
    whorl__publisher_unpin(handle);
    return WHORL_OK;
  }
  what->handle = handle;
  what->self = self;
  what->write = (whorl__throttled_t){"publisher of", self->topic, pin_again, unpin, write_once};
  return whorl__throttle_write(&self->throttle, &what->write);
}

int whorl_publish(whorl_publisher_t handle, const void *message)
{
  whorl__publisher_t *self;
  if (message == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_publish: the message is NULL");
  WHORL_TRY(whorl__publisher_pin(handle, &self));
  return publish(handle, self, &(outgoing_t){.native = message});
}

int whorl_publish_serialized(whorl_publisher_t handle, const void *bytes, size_t size)
{
  whorl__publisher_t *self;
  if (bytes == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_publish_serialized: the bytes are NULL");
  if (size <= WHORL__CDR_HEADER) return whorl__fail(WHORL_MALFORMED, "%zu bytes are too few for a serialised message", size);
  WHORL_TRY(whorl__publisher_pin(handle, &self));
  int status = whorl__cdr_check(self->type, bytes, size); // would a stock reader take them?
  if (status == WHORL_OK) return publish(handle, self, &(outgoing_t){.bytes = bytes, .size = size});
  whorl__publisher_unpin(handle);
  return status;
}

int whorl__publisher_borrow(whorl_publisher_t handle, void **ret_message)
{
  whorl__publisher_t *self;
  int status = WHORL_OK;
  WHORL_TRY(whorl__publisher_pin(handle, &self));
  whorl__message_t *message = whorl__message_new(self->type);
  if (message != NULL) {
    whorl__message_lend(message);
    *ret_message = message->native;
  } else {
    status = whorl__fail(WHORL_NO_MEMORY, "no memory for a message of %s", self->type->ros_name);
  }
  whorl__publisher_unpin(handle);
  return status;
}

void *whorl_publisher_borrow(whorl_publisher_t handle)
{
  void *message = NULL;
  return whorl__publisher_borrow(handle, &message) == WHORL_OK ? message : NULL;
}

// The pooled message behind what the user hands in. A pointer that came from elsewhere is refused, and so is one that was published or returned before.
static int borrowed_message(whorl__publisher_t *self, void *native, whorl__message_t **ret_message)
{
  whorl__message_t *message = native == NULL ? NULL : whorl__message_of(native, self->type);
  if (message == NULL || !whorl__message_reclaim(message))
    return whorl__fail(WHORL_INVALID_ARGUMENT, "the message was not borrowed from a publisher of %s", self->type->ros_name);
  *ret_message = message;
  return WHORL_OK;
}

int whorl_publish_borrowed(whorl_publisher_t handle, void *native)
{
  whorl__publisher_t *self;
  whorl__message_t *message = NULL;
  WHORL_TRY(whorl__publisher_pin(handle, &self));
  int status = borrowed_message(self, native, &message);
  if (status < 0) {
    whorl__publisher_unpin(handle);
    return status;
  }
  status = publish(handle, self, &(outgoing_t){.message = message});
  if (status < 0) {
    whorl__message_lend(message);
  } else {
    whorl__message_unref(message);
  }
  return status;
}

int whorl_publisher_return(whorl_publisher_t handle, void *native)
{
  whorl__publisher_t *self;
  whorl__message_t *message = NULL;
  int status = whorl__publisher_pin(handle, &self);
  if (status == WHORL_OK) {
    status = borrowed_message(self, native, &message);
    whorl__publisher_unpin(handle);
  } else if (status == WHORL_DESTROYED && (message = whorl__message_of(native, NULL)) != NULL && whorl__message_reclaim(message)) {
    status = WHORL_OK; // the pool is the type's: it outlives the publisher
  }
  if (status == WHORL_OK) whorl__message_unref(message);
  return status;
}

const char *whorl_publisher_topic(whorl_publisher_t handle)
{
  whorl__publisher_t *self;
  if (whorl__publisher_pin(handle, &self) < 0) return "";
  const char *topic = self->topic;
  whorl__publisher_unpin(handle);
  return topic;
}

int whorl_publisher_matched_count(whorl_publisher_t handle)
{
  whorl__publisher_t *self;
  WHORL_TRY(whorl__publisher_pin(handle, &self));
  int count = (int)self->writer->participant->ops->writer_matched(self->writer);
  whorl__publisher_unpin(handle);
  return count;
}

int whorl_publisher_read_counts(whorl_publisher_t handle, whorl_publisher_counts_t *ret_counts)
{
  whorl__publisher_t *self;
  if (ret_counts == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_publisher_read_counts: ret_counts is NULL");
  WHORL_TRY(whorl__publisher_pin(handle, &self));
  *ret_counts = (whorl_publisher_counts_t){.silenced = atomic_load_explicit(&self->silenced, memory_order_relaxed)};
  whorl__publisher_unpin(handle);
  return WHORL_OK;
}

int whorl_publisher_read_event(whorl_publisher_t handle, whorl_qos_event_kind_t kind, whorl_qos_event_t *ret_event)
{
  whorl__publisher_t *self;
  WHORL_TRY(whorl__publisher_pin(handle, &self));
  int status = whorl__qos_events_read(&self->events, kind, ret_event);
  whorl__publisher_unpin(handle);
  return status;
}
