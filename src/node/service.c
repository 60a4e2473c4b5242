// A service: a reader of requests with a handler, and a writer of answers.
#include "whorl/service.h"

#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "node/publisher.h"
#include "node/remap.h"
#include "node/service_call.h"
#include "node/waited.h"
#include "whorl/log.h"
#include "whorl/task.h"

enum { REQUESTS_KEPT = 1024 }; // a burst of requests must not push each other out

whorl__handle_table_t whorl__services = WHORL__HANDLE_TABLE("service");

static whorl__service_t *service_of(whorl__entity_t *entity) { return WHORL__CONTAINER(entity, whorl__service_t, entity); }

// --- serving

static int serve(whorl__service_t *self, whorl__sample_t *sample, const whorl__message_t *request)
{
  whorl__service_call_t *call;
  WHORL_TRY(whorl__service_call_create(self, sample, &call));
  int status = self->callback(request->native, call->response->native, (whorl_service_call_t){call->id}, self->arg);
  int sent = whorl__service_call_finish(self, call, status >= 0);
  return status < 0 ? status : sent;
}

// A service that the node brought along: its user cannot help it when there is no memory for an answer. That request is lost, and the node goes on.
static int report(whorl__service_t *self, int status)
{
  whorl__node_t *node = self->entity.node;
  if (status >= 0 || !self->record.standard || whorl_canceled()) return whorl__entity_report(&self->entity, status);
  atomic_fetch_add(&node->unanswered, 1);
  WHORL_LOG_WARN(node->logger, "a request of service '%s' gets no answer: %s", self->name,
                 whorl_detail()[0] != '\0' ? whorl_detail() : whorl_status_sentence(status));
  return WHORL_OK;
}

// Who does not fit first, then one request per pick (docs/dispatch.md 2.2).
static int run(whorl__record_t *record)
{
  whorl__service_t *self = WHORL__CONTAINER(record, whorl__service_t, record);
  whorl__sample_t *sample;
  whorl__message_t *request;
  bool more = false;
  int told = whorl__service_events_tell(&self->events);
  if (told < 0) {
    whorl__record_more(record); // a request may wait, and nobody will mark it again
    return whorl__entity_report(&self->entity, told);
  }
  int status = whorl__reader_take(self->reader, &sample, &request, &more);
  if (more) whorl__record_more(record);
  if (status == WHORL_WOULD_BLOCK) return WHORL_OK;
  if (status == WHORL_OK) status = serve(self, sample, request);
  return report(self, status);
}

static void quiet(whorl__record_t *record) { whorl__entity_quiet(record, &WHORL__CONTAINER(record, whorl__service_t, record)->entity); }

static void keep(whorl__record_t *record) { whorl__reader_keep(WHORL__CONTAINER(record, whorl__service_t, record)->reader); }

static bool has_input(whorl__record_t *record)
{
  return whorl__ring_ready(&WHORL__CONTAINER(record, whorl__service_t, record)->reader->ring);
}

static const whorl__record_ops_t record_ops = {
    .rank = WHORL__RANK_SERVICE, .has_input = has_input, .run = run, .keep = keep, .quiet = quiet};

whorl__service_t *whorl__service_of_caller(void)
{
  whorl__record_t *record = whorl__record_current();
  return record != NULL && record->ops == &record_ops ? WHORL__CONTAINER(record, whorl__service_t, record) : NULL;
}

static const whorl__service_t *service_of_record(const whorl__record_t *record)
{
  return record->ops == &record_ops && record->live ? WHORL__CONTAINER(record, whorl__service_t, record) : NULL;
}

bool whorl__service_waits_for_caller(const char *name, uint8_t ret_request_reader[16])
{
  bool found = false;
  whorl__record_t *caller = whorl__record_current();
  if (caller == NULL) return false;
  whorl__core_t *core = whorl__record_lock(caller);
  const whorl__mailbox_t *mailbox = whorl__record_mailbox(caller);
  whorl__link_t *link = mailbox->kind == WHORL__MAILBOX_EXCLUSIVE ? whorl__list_first(&mailbox->records) : NULL;
  for (; link != NULL && !found; link = whorl__list_next(&mailbox->records, link)) {
    const whorl__service_t *service = service_of_record(WHORL__CONTAINER(link, whorl__record_t, link));
    found = service != NULL && strcmp(service->name, name) == 0;
    if (found) memcpy(ret_request_reader, service->reader->gid, 16);
  }
  whorl__core_unlock(core);
  return found;
}

// --- life

static void retire_service(whorl__entity_t *entity)
{
  whorl__changes_close(service_of(entity)->changes);
  whorl__service_call_end_kept(service_of(entity));
  whorl__backlog_end(service_of(entity));
}

static void close_service(whorl__entity_t *entity)
{
  whorl__service_t *self = service_of(entity);
  whorl__service_endpoints_close(self->reader, self->writer);
}

static void free_service(whorl__service_t *self)
{
  if (self->changes != NULL) whorl__changes_release(self->changes);
  whorl__throttle_fini(&self->throttle);
  whorl__service_events_fini(&self->events);
  pthread_mutex_destroy(&self->lock);
  whorl__free(self->name);
  whorl__free(self);
}

static void release_service(whorl__entity_t *entity) { free_service(service_of(entity)); }

static bool is_ready(whorl__entity_t *entity, whorl__readiness_t *ret_readiness)
{
  (void)ret_readiness;
  return whorl__ring_ready(&service_of(entity)->reader->ring);
}

static const whorl__entity_ops_t service_ops = {
    .retire = retire_service, .close = close_service, .release = release_service, .ready = is_ready};

static void on_ready(void *arg) { whorl__record_mark(&((whorl__service_t *)arg)->record); }

static void on_request_event(void *arg, const whorl__endpoint_event_t *event)
{
  whorl__service_t *self = arg;
  whorl__service_events_note(&self->events, &self->events.received, event);
}

static void on_answer_event(void *arg, const whorl__endpoint_event_t *event)
{
  whorl__service_t *self = arg;
  whorl__service_events_note(&self->events, &self->events.sent, event);
}

static int open_endpoints(whorl__service_t *self, const whorl__type_t *request, const whorl__type_t *response, const whorl_qos_t *qos)
{
  whorl__endpoint_options_t options = {.topic = self->name, .least_depth = REQUESTS_KEPT, .ready = on_ready, .arg = self};
  WHORL_TRY(whorl__service_qos(qos, &options.qos));
  self->kept = options.qos.history == WHORL_HISTORY_KEEP_LAST ? (uint64_t)options.qos.depth : 0;
  whorl__service_side_t server = {.key = "serviceid",
                                  .sends = WHORL__DDS_REPLY,
                                  .sent_type = response,
                                  .received_type = request,
                                  .sent_event = on_answer_event,
                                  .received_event = on_request_event};
  return whorl__service_endpoints_open(&self->entity, &server, &options, &self->events, &self->reader, &self->writer);
}

static whorl__service_t *allocate(whorl__node_t *node, whorl_service_callback_t callback, void *arg, bool strict_qos)
{
  whorl__service_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return NULL;
  self->callback = callback;
  self->arg = arg;
  whorl__throttle_init(&self->throttle);
  pthread_mutex_init(&self->lock, NULL);
  whorl__list_init(&self->kept_calls);
  whorl__list_init(&self->backlog.clients);
  self->changes = whorl__changes_create();
  whorl__service_events_init(&self->events, node, strict_qos, self->changes, &self->record);
  if (self->changes != NULL) return self;
  free_service(self);
  return NULL;
}

static int start(whorl__service_t *self, whorl__node_t *node, const whorl__type_t *request, const whorl__type_t *response,
                 const whorl_service_options_t *options, uint64_t *ret_id)
{
  const whorl_qos_t *qos = options->qos != NULL ? options->qos : &WHORL_QOS_SERVICES;
  self->entity.by_hand = options->by_hand;
  WHORL_TRY(whorl__entity_prepare(&self->entity, &service_ops, &whorl__services, node));
  int status = whorl__entity_add_record(&self->entity, &self->record, &record_ops, options->callback_group, options->max_in_flight,
                                        self->name);
  if (status < 0) goto leave;
  status = open_endpoints(self, request, response, qos);
  if (status < 0) goto abandon;
  status = whorl__entity_publish(&self->entity, ret_id);
  if (status < 0) goto close_endpoints;
  return WHORL_OK;
close_endpoints:
  close_service(&self->entity);
abandon:
  (void)whorl__record_close(&self->record);
leave:
  whorl__entity_abandon(&self->entity);
  return status;
}

int whorl_service_create(whorl_node_t node_handle, whorl_service_type_t support, const char *name, whorl_service_callback_t callback,
                         void *arg, const whorl_service_options_t *options, whorl_service_t *ret_service)
{
  static const whorl_service_options_t defaults = {0};
  const whorl__type_t *request, *response;
  whorl__node_t *node;
  if (options == NULL) options = &defaults;
  WHORL_TRY(whorl__entity_check_callback("service", callback != NULL, options->by_hand));
  WHORL_TRY(whorl__service_type_get(support, &request, &response));
  WHORL_TRY(whorl__node_pin(node_handle, &node));
  whorl__service_t *self = allocate(node, callback, arg, options->strict_qos);
  int status = self != NULL ? WHORL_OK : whorl__fail(WHORL_NO_MEMORY, "no memory for a service");
  if (status == WHORL_OK)
    status = whorl__expand_name(node, "service", name, options->qos != NULL ? options->qos : &WHORL_QOS_SERVICES, &self->name);
  if (status == WHORL_OK) status = start(self, node, request, response, options, ret_service != NULL ? &ret_service->id : NULL);
  if (status < 0 && self != NULL) free_service(self);
  whorl__node_unpin(node);
  return status;
}

int whorl_service_destroy(whorl_service_t service) { return whorl__entity_destroy(&whorl__services, service.id); }

int whorl__service_pin(whorl_service_t handle, whorl__service_t **ret_service)
{
  whorl__entity_t *entity;
  WHORL_TRY(whorl__handle_pin(&whorl__services, handle.id, (void **)&entity));
  *ret_service = service_of(entity);
  return WHORL_OK;
}

void whorl__service_count(whorl__service_t *self, uint64_t *counter)
{
  pthread_mutex_lock(&self->lock);
  ++*counter;
  pthread_mutex_unlock(&self->lock);
}

void whorl__service_unpin(whorl_service_t handle) { whorl__handle_unpin(&whorl__services, handle.id); }

static int take(whorl__service_t *self, const void **ret_request, void **ret_response, whorl_service_call_t *ret_call)
{
  whorl__sample_t *sample;
  whorl__message_t *request;
  whorl__service_call_t *call;
  bool more;
  WHORL_TRY(whorl__reader_take(self->reader, &sample, &request, &more));
  WHORL_TRY(whorl__service_call_create(self, sample, &call));
  *ret_request = request->native;
  *ret_response = call->response->native;
  *ret_call = (whorl_service_call_t){call->id};
  whorl__service_call_keep_taken(self, call);
  return WHORL_OK;
}

int whorl_service_take(whorl_service_t handle, const void **ret_request, void **ret_response, whorl_service_call_t *ret_call)
{
  whorl__service_t *self;
  if (ret_request == NULL || ret_response == NULL || ret_call == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_service_take: an output is NULL");
  WHORL_TRY(whorl__service_pin(handle, &self));
  int status = take(self, ret_request, ret_response, ret_call);
  whorl__service_unpin(handle);
  return status;
}

int whorl_service_read_counts(whorl_service_t handle, whorl_service_counts_t *ret_counts)
{
  whorl__service_t *self;
  if (ret_counts == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_service_read_counts: ret_counts is NULL");
  WHORL_TRY(whorl__service_pin(handle, &self));
  whorl__ring_counts_t ring = whorl__ring_read_counts(&self->reader->ring);
  pthread_mutex_lock(&self->lock);
  whorl_service_counts_t counts = self->counts;
  pthread_mutex_unlock(&self->lock);
  whorl__service_unpin(handle);
  counts.received = ring.received;
  counts.taken = ring.taken;
  counts.dropped = ring.dropped;
  counts.malformed = ring.malformed;
  *ret_counts = counts;
  return WHORL_OK;
}

const char *whorl_service_name(whorl_service_t handle)
{
  whorl__service_t *self;
  if (whorl__service_pin(handle, &self) < 0) return "";
  const char *name = self->name;
  whorl__service_unpin(handle);
  return name;
}
