#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "message/filter.h"
#include "node/graph.h"
#include "node/publisher.h"
#include "node/qos_event.h"
#include "node/qos_override.h"
#include "node/remap.h"
#include "node/subscription.h"
#include "node/waited.h"

typedef struct subscription {
  whorl__entity_t entity;
  whorl__record_t record;
  whorl__reader_t *reader;
  char *topic;
  whorl_message_callback_t callback; // one of the two
  whorl_serialized_callback_t serialized_callback;
  void *arg;
  void (*release)(void *arg);  // NULL: `arg` is somebody else's
  atomic_bool filters;         // has a filter; else nobody looks further
  pthread_mutex_t filter_lock; // a leaf
  whorl__filter_t *filter;     // NULL: none
  atomic_uint_fast64_t filtered;
  whorl__qos_events_t events;
} subscription_t;

whorl__handle_table_t whorl__subscriptions = WHORL__HANDLE_TABLE("subscription");

static subscription_t *subscription_of(whorl__entity_t *entity) { return WHORL__CONTAINER(entity, subscription_t, entity); }

static int64_t read_clock(void *arg)
{
  whorl__participant_t *participant = arg;
  return participant->ops->now_ns(participant);
}

// The turn's clock is a little behind for a message that was published in this very turn. Farther behind, another host's clock is ahead of ours, and the user is to see that.
static int64_t reception_time_ns(const subscription_t *self, const whorl__sample_t *sample, int64_t now_ns)
{
  int64_t ahead_ns = sample->source_timestamp_ns - now_ns;
  if (ahead_ns <= 0) return now_ns;
  return ahead_ns < WHORL_MILLISECONDS(1) ? sample->source_timestamp_ns : read_clock(self->reader->participant);
}

static whorl_message_info_t info_of(const subscription_t *self, const whorl__sample_t *sample, int64_t now_ns)
{
  whorl_message_info_t info = {.source_timestamp_ns = sample->source_timestamp_ns, .publication_sequence = sample->sequence};
  info.reception_timestamp_ns = reception_time_ns(self, sample, now_ns);
  memcpy(info.publisher_gid, sample->publisher_gid, sizeof info.publisher_gid);
  return info;
}

static int call(subscription_t *self, whorl__sample_t *sample, whorl__message_t *message, int64_t now_ns)
{
  whorl_message_info_t info = info_of(self, sample, now_ns);
  if (self->callback != NULL) return self->callback(message->native, &info, self->arg);
  const whorl__cdr_t *cdr;
  WHORL_TRY(whorl__sample_cdr(sample, &cdr));
  return self->serialized_callback(cdr->bytes, cdr->size, &info, self->arg);
}

// The next sample as it came, without a look inside.
static int take_raw(subscription_t *self, int64_t now_ns, whorl__sample_t **ret_sample, bool *ret_more)
{
  whorl__sample_t *sample = whorl__ring_take(&self->reader->ring, now_ns, ret_more);
  if (sample == NULL) return WHORL_WOULD_BLOCK;
  *ret_sample = sample;
  return WHORL_OK;
}

// --- content filters

static whorl__filter_t *take_filter(subscription_t *self) // with a reference
{
  pthread_mutex_lock(&self->filter_lock);
  whorl__filter_t *filter = self->filter != NULL ? whorl__filter_ref(self->filter) : NULL;
  pthread_mutex_unlock(&self->filter_lock);
  return filter;
}

static void set_filter(subscription_t *self, whorl__filter_t *filter) // takes it over
{
  pthread_mutex_lock(&self->filter_lock);
  whorl__filter_t *old = self->filter;
  self->filter = filter;
  atomic_store(&self->filters, filter != NULL);
  pthread_mutex_unlock(&self->filter_lock);
  whorl__filter_unref(old);
}

// Is the sample for the user? `message` NULL: one that is delivered serialised, and is decoded for this. MALFORMED, NO_MEMORY.
static int ask_filter(subscription_t *self, whorl__sample_t *sample, whorl__message_t *message, bool *ret_passes)
{
  whorl__filter_t *filter = take_filter(self);
  int status = filter != NULL && message == NULL ? whorl__sample_message(sample, &message) : WHORL_OK;
  *ret_passes = filter == NULL || (status == WHORL_OK && whorl__filter_passes(filter, message->native));
  whorl__filter_unref(filter);
  return status;
}

// As whorl__reader_take_at, or raw, without those that the filter keeps back.
static int take_next(subscription_t *self, bool raw, int64_t now_ns, whorl__sample_t **ret_sample, whorl__message_t **ret_message,
                     bool *ret_more)
{
  for (;;) {
    bool passes = true;
    int status = raw ? take_raw(self, now_ns, ret_sample, ret_more)
                     : whorl__reader_take_at(self->reader, now_ns, ret_sample, ret_message, ret_more);
    if (status < 0 || !atomic_load_explicit(&self->filters, memory_order_relaxed)) return status;
    status = ask_filter(self, *ret_sample, raw ? NULL : *ret_message, &passes);
    if (status == WHORL_OK && passes) return WHORL_OK;
    whorl__sample_unref(*ret_sample);
    if (status == WHORL_MALFORMED)
      whorl__ring_count_malformed(&self->reader->ring);
    else if (status < 0)
      return status;
    else
      atomic_fetch_add(&self->filtered, 1);
  }
}

// In a cycle without a message.
static int call_idle(subscription_t *self)
{
  const whorl_message_info_t none = {0};
  return self->callback != NULL ? self->callback(NULL, &none, self->arg) : self->serialized_callback(NULL, 0, &none, self->arg);
}

// Events of QoS first, then one message per pick (docs/dispatch.md 2.2). Nothing there: somebody took it by hand, or all that was there was malformed.
static int run(whorl__record_t *record)
{
  subscription_t *self = WHORL__CONTAINER(record, subscription_t, record);
  whorl__sample_t *sample;
  whorl__message_t *message = NULL;
  bool more = false, owed = atomic_load_explicit(&record->owed, memory_order_relaxed);
  // Also when telling of an event fails: the cycle ends for it with that.
  if (owed) atomic_store_explicit(&record->owed, false, memory_order_relaxed);
  int told = whorl__qos_events_tell(&self->events);
  if (told < 0) {
    whorl__record_more(record); // a message may wait, and nobody will mark it again
    return whorl__entity_report(&self->entity, told);
  }
  int64_t now_ns = whorl__core_derive_clock(read_clock, self->reader->participant);
  int status = take_next(self, self->callback == NULL, now_ns, &sample, &message, &more);
  if (more) whorl__record_more(record);
  if (status == WHORL_WOULD_BLOCK) {
    if (!owed) return WHORL_OK;
    status = call_idle(self);
  } else if (status == WHORL_OK) {
    status = call(self, sample, message, now_ns);
    whorl__sample_unref(sample);
  }
  return whorl__entity_report(&self->entity, status);
}

static void quiet(whorl__record_t *record) { whorl__entity_quiet(record, &WHORL__CONTAINER(record, subscription_t, record)->entity); }

static bool has_input(whorl__record_t *record)
{
  return whorl__ring_ready(&WHORL__CONTAINER(record, subscription_t, record)->reader->ring);
}

static void keep(whorl__record_t *record) { whorl__reader_keep(WHORL__CONTAINER(record, subscription_t, record)->reader); }

static const whorl__record_ops_t record_ops = {
    .rank = WHORL__RANK_SUBSCRIPTION, .has_input = has_input, .run = run, .keep = keep, .quiet = quiet};

static void close_subscription(whorl__entity_t *entity)
{
  subscription_t *self = subscription_of(entity);
  entity->node->context->participant->ops->reader_close(self->reader);
}

static void fini_filter(subscription_t *self)
{
  whorl__filter_unref(self->filter);
  pthread_mutex_destroy(&self->filter_lock);
}

static void release_subscription(whorl__entity_t *entity)
{
  subscription_t *self = subscription_of(entity);
  if (self->release != NULL) self->release(self->arg);
  fini_filter(self);
  whorl__qos_events_fini(&self->events);
  whorl__free(self->topic);
  whorl__free(self);
}

static bool is_ready(whorl__entity_t *entity, whorl__readiness_t *ret_readiness)
{
  (void)ret_readiness;
  return whorl__ring_ready(&subscription_of(entity)->reader->ring);
}

static const whorl__entity_ops_t subscription_ops = {.close = close_subscription, .release = release_subscription, .ready = is_ready};

static void on_ready(void *arg) { whorl__record_mark(&((subscription_t *)arg)->record); }

static void on_event(void *arg, const whorl__endpoint_event_t *event)
{
  subscription_t *self = arg;
  if (event->kind == WHORL__EVENT_MATCHED) whorl__graph_tell(self->entity.node->context);
  if (whorl__qos_events_note(&self->events, event)) whorl__record_mark(&self->record);
}

static void on_backlog(void *arg, size_t waiting, uint32_t times)
{
  const whorl__endpoint_event_t event = {
      .kind = WHORL__EVENT_BACKLOG, .total = times, .current = waiting < UINT32_MAX ? (uint32_t)waiting : UINT32_MAX};
  on_event(arg, &event);
}

static int open_reader(whorl__node_t *node, subscription_t *self, const whorl__type_t *type, const whorl_qos_t *qos,
                       const whorl_subscription_options_t *options)
{
  whorl__participant_t *participant = node->context->participant;
  whorl__endpoint_options_t endpoint = {.type = type, .topic = self->topic, .ready = on_ready, .event = on_event, .arg = self};
  endpoint.keep_all_limit = options->keep_all_limit;
  endpoint.drop_newest = options->overflow == WHORL_OVERFLOW_DROP_NEWEST;
  endpoint.warn_at = options->warn_at;
  endpoint.backlog = on_backlog;
  WHORL_TRY(whorl__qos_resolve_at(participant, self->topic, false, qos, &endpoint.qos));
  self->events.end.qos = endpoint.qos;
  if (self->events.strict) WHORL_TRY(whorl__qos_events_check(&self->events));
  WHORL_TRY(participant->ops->reader_open(participant, &endpoint, &self->reader));
  self->entity.is_reader = true;
  self->entity.types[0] = type;
  memcpy(self->entity.reader_gid, self->reader->gid, sizeof self->entity.reader_gid);
  return WHORL_OK;
}

// An empty expression: none.
static int make_filter(const whorl__type_t *type, const char *expression, const char *const *parameters, size_t count,
                       whorl__filter_t **ret_filter)
{
  if (expression == NULL || expression[0] == '\0') return WHORL_OK;
  return whorl__filter_create(type, expression, parameters, count, ret_filter);
}

static int create(whorl__node_t *node, const whorl__type_t *type, const char *topic, const whorl_qos_t *qos, const subscription_t *wanted,
                  const whorl_subscription_options_t *options, whorl_subscription_t *ret_subscription)
{
  subscription_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a subscription");
  *self = *wanted;
  self->entity.by_hand = options->by_hand;
  pthread_mutex_init(&self->filter_lock, NULL);
  whorl__filter_t *filter = NULL;
  int status = make_filter(type, options->filter, options->filter_parameters, options->filter_parameter_count, &filter);
  if (status < 0) goto free_self;
  set_filter(self, filter);
  status = whorl__expand_name(node, "topic", topic, qos, &self->topic);
  if (status < 0) goto free_self;
  whorl__qos_events_init(&self->events, node, false, self->topic, options->on_event, options->event_arg);
  self->events.strict = options->strict_qos || node->strict_qos;
  status = whorl__entity_prepare(&self->entity, &subscription_ops, &whorl__subscriptions, node);
  if (status < 0) goto free_topic;
  status = whorl__entity_add_record(&self->entity, &self->record, &record_ops, options->callback_group, options->max_in_flight,
                                    self->topic);
  if (status < 0) goto leave;
  if (options->every_cycle) whorl__record_set_every_cycle(&self->record);
  status = open_reader(node, self, type, qos, options);
  if (status < 0) goto abandon;
  status = whorl__entity_publish(&self->entity, ret_subscription != NULL ? &ret_subscription->id : NULL);
  if (status < 0) goto close_reader;
  return WHORL_OK;
close_reader:
  close_subscription(&self->entity);
abandon:
  (void)whorl__record_close(&self->record);
leave:
  whorl__entity_abandon(&self->entity);
free_topic:
  whorl__qos_events_fini(&self->events);
  whorl__free(self->topic);
free_self:
  fini_filter(self);
  whorl__free(self);
  return status;
}

static int create_any(whorl_node_t node_handle, whorl_message_type_t support, const char *topic, const subscription_t *wanted,
                      const whorl_subscription_options_t *options, whorl_subscription_t *ret_subscription)
{
  static const whorl_subscription_options_t defaults = {0};
  const whorl__type_t *type;
  whorl__node_t *node;
  if (options == NULL) options = &defaults;
  bool has_callback = wanted->callback != NULL || wanted->serialized_callback != NULL;
  WHORL_TRY(whorl__entity_check_callback("subscription", has_callback, options->by_hand));
  if (options->by_hand && options->on_event != NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "a subscription that is taken by hand has no on_event: use whorl_subscription_read_event");
  if ((unsigned)options->overflow > WHORL_OVERFLOW_DROP_NEWEST)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "%d is no way to treat a full history", (int)options->overflow);
  WHORL_TRY(whorl__type_get(support, &type));
  whorl_qos_t qos = options->qos != NULL ? *options->qos : WHORL_QOS_DEFAULT;
  WHORL_TRY(whorl__qos_override(node_handle, topic, false, options->qos_overriding, &qos));
  WHORL_TRY(whorl__node_pin(node_handle, &node));
  int status = create(node, type, topic, &qos, wanted, options, ret_subscription);
  whorl__node_unpin(node);
  return status;
}

int whorl_subscription_create(whorl_node_t node, whorl_message_type_t type, const char *topic, whorl_message_callback_t callback, void *arg,
                              const whorl_subscription_options_t *options, whorl_subscription_t *ret_subscription)
{
  return create_any(node, type, topic, &(subscription_t){.callback = callback, .arg = arg}, options, ret_subscription);
}

int whorl__subscription_create_owning(whorl_node_t node, whorl_message_type_t type, const char *topic, whorl_message_callback_t callback,
                                      void *arg, void (*release)(void *arg), const whorl_subscription_options_t *options,
                                      whorl_subscription_t *ret_subscription)
{
  return create_any(node, type, topic, &(subscription_t){.callback = callback, .arg = arg, .release = release}, options, ret_subscription);
}

int whorl_subscription_create_serialized(whorl_node_t node, whorl_message_type_t type, const char *topic,
                                         whorl_serialized_callback_t callback, void *arg, const whorl_subscription_options_t *options,
                                         whorl_subscription_t *ret_subscription)
{
  return create_any(node, type, topic, &(subscription_t){.serialized_callback = callback, .arg = arg}, options, ret_subscription);
}

int whorl_subscription_destroy(whorl_subscription_t subscription) { return whorl__entity_destroy(&whorl__subscriptions, subscription.id); }

static int pin(whorl_subscription_t handle, subscription_t **ret_subscription)
{
  whorl__entity_t *entity;
  WHORL_TRY(whorl__handle_pin(&whorl__subscriptions, handle.id, (void **)&entity));
  *ret_subscription = subscription_of(entity);
  return WHORL_OK;
}

// The next readable one. The message stays the caller's; the sample does not.
static int take(subscription_t *self, const void **ret_message, whorl_message_info_t *ret_info)
{
  whorl__sample_t *sample;
  whorl__message_t *message;
  bool more;
  int64_t now_ns = read_clock(self->reader->participant);
  WHORL_TRY(take_next(self, false, now_ns, &sample, &message, &more));
  if (ret_info != NULL) *ret_info = info_of(self, sample, now_ns);
  *ret_message = whorl__message_ref(message)->native;
  whorl__sample_unref(sample);
  return WHORL_OK;
}

int whorl_subscription_take(whorl_subscription_t handle, const void **ret_message, whorl_message_info_t *ret_info)
{
  subscription_t *self;
  if (ret_message == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_subscription_take: ret_message is NULL");
  WHORL_TRY(pin(handle, &self));
  int status = take(self, ret_message, ret_info);
  whorl__handle_unpin(&whorl__subscriptions, handle.id);
  return status;
}

const char *whorl_subscription_topic(whorl_subscription_t handle)
{
  subscription_t *self;
  if (pin(handle, &self) < 0) return "";
  const char *topic = self->topic;
  whorl__handle_unpin(&whorl__subscriptions, handle.id);
  return topic;
}

int whorl_subscription_matched_count(whorl_subscription_t handle)
{
  subscription_t *self;
  WHORL_TRY(pin(handle, &self));
  int count = (int)self->reader->participant->ops->reader_matched(self->reader);
  whorl__handle_unpin(&whorl__subscriptions, handle.id);
  return count;
}

int whorl_subscription_read_counts(whorl_subscription_t handle, whorl_subscription_counts_t *ret_counts)
{
  subscription_t *self;
  if (ret_counts == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_subscription_read_counts: ret_counts is NULL");
  WHORL_TRY(pin(handle, &self));
  whorl__ring_counts_t counts = whorl__ring_read_counts(&self->reader->ring);
  uint64_t filtered = atomic_load(&self->filtered);
  whorl__handle_unpin(&whorl__subscriptions, handle.id);
  uint64_t waiting = counts.received - counts.taken - counts.dropped - counts.expired;
  *ret_counts = (whorl_subscription_counts_t){counts.received,  counts.taken, counts.dropped, counts.expired,
                                              counts.malformed, filtered,     waiting};
  return WHORL_OK;
}

int whorl_subscription_read_event(whorl_subscription_t handle, whorl_qos_event_kind_t kind, whorl_qos_event_t *ret_event)
{
  subscription_t *self;
  WHORL_TRY(pin(handle, &self));
  int status = whorl__qos_events_read(&self->events, kind, ret_event);
  whorl__handle_unpin(&whorl__subscriptions, handle.id);
  return status;
}

int whorl_subscription_set_filter(whorl_subscription_t handle, const char *expression, const char *const *parameters,
                                  size_t parameter_count)
{
  subscription_t *self;
  whorl__filter_t *filter = NULL;
  WHORL_TRY(pin(handle, &self));
  int status = make_filter(self->reader->type, expression, parameters, parameter_count, &filter);
  if (status == WHORL_OK) set_filter(self, filter);
  whorl__handle_unpin(&whorl__subscriptions, handle.id);
  return status;
}

int whorl_subscription_visit_filter(whorl_subscription_t handle, whorl_filter_visitor_t visit, void *arg)
{
  subscription_t *self;
  size_t count = 0;
  if (visit == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_subscription_visit_filter: visit is NULL");
  WHORL_TRY(pin(handle, &self));
  whorl__filter_t *filter = take_filter(self);
  whorl__handle_unpin(&whorl__subscriptions, handle.id);
  const char *const *parameters = filter != NULL ? whorl__filter_parameters(filter, &count) : NULL;
  visit(filter != NULL ? whorl__filter_expression(filter) : "", parameters, count, arg);
  whorl__filter_unref(filter);
  return WHORL_OK;
}
