// A client: a writer of requests, a reader of answers, and the calls between them.
#include "node/client.h"

#include "base/detail.h"
#include "base/memory.h"
#include "node/publisher.h"
#include "node/reach.h"
#include "node/remap.h"

typedef whorl__client_t client_t;

static whorl__handle_table_t clients = WHORL__HANDLE_TABLE("client");

static client_t *client_of(whorl__entity_t *entity) { return WHORL__CONTAINER(entity, client_t, entity); }

static void retire_client(whorl__entity_t *entity)
{
  whorl__calls_close(client_of(entity)->calls);
  whorl__changes_close(client_of(entity)->changes);
}

static void close_client(whorl__entity_t *entity)
{
  client_t *self = client_of(entity);
  whorl__service_endpoints_close(self->reader, self->writer);
}

static void free_client(client_t *self)
{
  if (self->calls != NULL) whorl__calls_release(self->calls);
  if (self->changes != NULL) whorl__changes_release(self->changes);
  whorl__throttle_fini(&self->throttle);
  whorl__service_events_fini(&self->events);
  whorl__free(self->service);
  whorl__free(self);
}

static void release_client(whorl__entity_t *entity) { free_client(client_of(entity)); }

static const whorl__entity_ops_t client_ops = {.retire = retire_client, .close = close_client, .release = release_client};

// --- creation

static int run_events(whorl__record_t *record)
{
  client_t *self = WHORL__CONTAINER(record, client_t, record);
  return whorl__entity_report(&self->entity, whorl__service_events_tell(&self->events));
}

static void quiet(whorl__record_t *record) { whorl__entity_quiet(record, &WHORL__CONTAINER(record, client_t, record)->entity); }

static const whorl__record_ops_t record_ops = {.rank = WHORL__RANK_OTHER, .only_tells = true, .run = run_events, .quiet = quiet};

static void on_request_event(void *arg, const whorl__endpoint_event_t *event)
{
  client_t *self = arg;
  whorl__service_events_note(&self->events, &self->events.sent, event);
}

static void on_answer_event(void *arg, const whorl__endpoint_event_t *event)
{
  client_t *self = arg;
  whorl__service_events_note(&self->events, &self->events.received, event);
}

static void on_answer(void *arg, whorl__sample_t *sample) { whorl__calls_answer(((client_t *)arg)->calls, sample); }

static int open_endpoints(client_t *self, const whorl__type_t *request, const whorl__type_t *response, const whorl_qos_t *qos)
{
  whorl__endpoint_options_t options = {.topic = self->service, .incoming = on_answer, .arg = self};
  WHORL_TRY(whorl__service_qos(qos, &options.qos));
  whorl__service_side_t client = {.key = "clientid",
                                  .sends = WHORL__DDS_REQUEST,
                                  .sent_type = request,
                                  .received_type = response,
                                  .sent_event = on_request_event,
                                  .received_event = on_answer_event};
  WHORL_TRY(whorl__service_endpoints_open(&self->entity, &client, &options, &self->events, &self->reader, &self->writer));
  whorl__calls_set_client(self->calls, self->writer->instance, self->service);
  return WHORL_OK;
}

static client_t *allocate(whorl__node_t *node, bool strict_qos)
{
  client_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return NULL;
  whorl__throttle_init(&self->throttle);
  self->calls = whorl__calls_create();
  self->changes = whorl__changes_create();
  whorl__service_events_init(&self->events, node, strict_qos, self->changes, &self->record);
  if (self->calls != NULL && self->changes != NULL) return self;
  free_client(self);
  return NULL;
}

// Only a strict one has a record. Before the endpoints: their hooks mark it.
static int make_record(client_t *self)
{
  static const whorl_callback_group_t default_group = {0};
  if (!self->events.sent.strict) return WHORL_OK;
  return whorl__entity_add_record(&self->entity, &self->record, &record_ops, default_group, 1, self->service);
}

static int create(whorl__node_t *node, const whorl__type_t *request, const whorl__type_t *response, const char *service,
                  const whorl_client_options_t *options, whorl_client_t *ret_client)
{
  const whorl_qos_t *qos = options->qos != NULL ? options->qos : &WHORL_QOS_SERVICES;
  client_t *self = allocate(node, options->strict_qos);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a client");
  int status = whorl__expand_name(node, "service", service, qos, &self->service);
  if (status < 0) goto free_self;
  status = whorl__entity_prepare(&self->entity, &client_ops, &clients, node);
  if (status < 0) goto free_self;
  status = make_record(self);
  if (status < 0) goto abandon;
  status = open_endpoints(self, request, response, qos);
  if (status < 0) goto close_record;
  status = whorl__entity_publish(&self->entity, &ret_client->id);
  if (status < 0) goto close_endpoints;
  return WHORL_OK;
close_endpoints:
  close_client(&self->entity);
close_record:
  if (self->entity.record != NULL) (void)whorl__record_close(&self->record);
abandon:
  whorl__entity_abandon(&self->entity);
free_self:
  free_client(self);
  return status;
}

int whorl_client_create(whorl_node_t node_handle, whorl_service_type_t support, const char *service, const whorl_client_options_t *options,
                        whorl_client_t *ret_client)
{
  static const whorl_client_options_t defaults = {0};
  const whorl__type_t *request, *response;
  whorl__node_t *node;
  if (options == NULL) options = &defaults;
  if (ret_client == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_client_create: ret_client is NULL");
  WHORL_TRY(whorl__service_type_get(support, &request, &response));
  WHORL_TRY(whorl__node_pin(node_handle, &node));
  int status = create(node, request, response, service, options, ret_client);
  whorl__node_unpin(node);
  return status;
}

int whorl_client_destroy(whorl_client_t client) { return whorl__entity_destroy(&clients, client.id); }

int whorl__client_pin(whorl_client_t handle, whorl__client_t **ret_client)
{
  whorl__entity_t *entity;
  WHORL_TRY(whorl__handle_pin(&clients, handle.id, (void **)&entity));
  *ret_client = client_of(entity);
  return WHORL_OK;
}

void whorl__client_unpin(whorl_client_t handle) { whorl__handle_unpin(&clients, handle.id); }

int whorl__client_fail_destroyed(const char *what) { return whorl__fail(WHORL_DESTROYED, "the client was destroyed while %s", what); }

// --- is anybody there?

// 1, 0 or a failure. Pinned. What was found stays true until something changes.
static int is_ready(client_t *self, uint64_t seen)
{
  if (atomic_load_explicit(&self->ready_at, memory_order_relaxed) == seen) return 1;
  int ready = whorl__reach_server(self->writer, self->reader);
  if (ready == 1) atomic_store_explicit(&self->ready_at, seen, memory_order_relaxed);
  return ready;
}

int whorl__client_await_service(whorl_client_t handle)
{
  static const whorl__wait_kind_t a_server = {"server of", "", "whoever offers the service"};
  for (;;) {
    client_t *self;
    WHORL_TRY(whorl__client_pin(handle, &self));
    whorl__changes_t *changes = self->changes;
    uint64_t seen = whorl__changes_count(changes);
    whorl__waiter_t waiter;
    int ready = is_ready(self, seen);
    bool wait = ready == 0 && whorl__changes_begin(changes, seen, &waiter, &a_server, self->service);
    whorl__client_unpin(handle);
    if (ready != 0) return ready < 0 ? ready : WHORL_OK;
    int status = wait ? whorl__changes_end(changes, &waiter) : WHORL_OK;
    if (status < 0) return status == WHORL_DESTROYED ? whorl__client_fail_destroyed("it waited for the service") : status;
  }
}

int whorl__client_begin_blocking(whorl_client_t handle, whorl__blocking_t *blocking, const char *function)
{
  client_t *self;
  blocking->context = 0;
  if (whorl__core_current() != NULL) return WHORL_OK;
  WHORL_TRY(whorl__client_pin(handle, &self));
  int status = whorl__blocking_begin(blocking, self->entity.node->context, function);
  whorl__client_unpin(handle);
  return status;
}

WHORL__SUSPENDING int whorl_client_wait_for_service(whorl_client_t handle)
{
  whorl__blocking_t blocking;
  WHORL_TRY(whorl__wait_entry_anywhere_checked());
  WHORL_TRY(whorl__client_begin_blocking(handle, &blocking, __func__));
  WHORL_TRY(whorl__blocking_end(&blocking, whorl__client_await_service(handle)));
  whorl__wait_completed_at_once();
  return WHORL_OK;
}

bool whorl_client_service_is_ready(whorl_client_t handle)
{
  client_t *self;
  if (whorl__client_pin(handle, &self) < 0) return false;
  bool ready = is_ready(self, whorl__changes_count(self->changes)) == 1;
  whorl__client_unpin(handle);
  return ready;
}

int whorl_client_read_counts(whorl_client_t handle, whorl_client_counts_t *ret_counts)
{
  client_t *self;
  if (ret_counts == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_client_read_counts: ret_counts is NULL");
  WHORL_TRY(whorl__client_pin(handle, &self));
  *ret_counts = whorl__calls_read_counts(self->calls);
  whorl__client_unpin(handle);
  return WHORL_OK;
}

const char *whorl_client_service(whorl_client_t handle)
{
  client_t *self;
  if (whorl__client_pin(handle, &self) < 0) return "";
  const char *service = self->service;
  whorl__client_unpin(handle);
  return service;
}
