// A client: a writer of requests, a reader of answers, and the calls between them.
#include "whorl/client.h"

#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "node/blocking.h"
#include "node/calls.h"
#include "node/changes.h"
#include "node/entity.h"
#include "node/publisher.h"
#include "node/reach.h"
#include "node/service_endpoint.h"

typedef struct client {
  whorl__entity_t entity;
  whorl__writer_t *writer;
  whorl__reader_t *reader;
  char *service;
  whorl__throttle_t throttle;
  whorl__calls_t *calls;
  whorl__changes_t *changes; // of what is matched
  _Atomic uint64_t ready_at; // its count when the service was seen to be available
} client_t;

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

static void release_client(whorl__entity_t *entity)
{
  client_t *self = client_of(entity);
  whorl__calls_release(self->calls);
  whorl__changes_release(self->changes);
  whorl__throttle_fini(&self->throttle);
  whorl__free(self->service);
  whorl__free(self);
}

static const whorl__entity_ops_t client_ops = {.retire = retire_client, .close = close_client, .release = release_client};

// --- creation

static void on_event(void *arg, const whorl__endpoint_event_t *event)
{
  client_t *self = arg;
  if (event->kind == WHORL__EVENT_MATCHED) whorl__changes_tell(self->changes);
}

static void on_answer(void *arg, whorl__sample_t *sample) { whorl__calls_answer(((client_t *)arg)->calls, sample); }

static int open_endpoints(client_t *self, const whorl__type_t *request, const whorl__type_t *response, const whorl_qos_t *qos)
{
  whorl__endpoint_options_t options = {.topic = self->service, .event = on_event, .incoming = on_answer, .arg = self};
  WHORL_TRY(whorl__service_qos(qos, &options.qos));
  whorl__service_side_t client = {.key = "clientid", .sends = WHORL__DDS_REQUEST, .sent_type = request, .received_type = response};
  WHORL_TRY(whorl__service_endpoints_open(&self->entity, &client, &options, &self->reader, &self->writer));
  whorl__calls_set_client(self->calls, self->writer->instance, self->service);
  return WHORL_OK;
}

static int create(whorl__node_t *node, const whorl__type_t *request, const whorl__type_t *response, const char *service,
                  const whorl_client_options_t *options, whorl_client_t *ret_client)
{
  const whorl_qos_t *qos = options != NULL && options->qos != NULL ? options->qos : &WHORL_QOS_SERVICES;
  client_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a client");
  whorl__throttle_init(&self->throttle);
  self->calls = whorl__calls_create();
  self->changes = whorl__changes_create();
  int status = WHORL_OK;
  if (self->calls == NULL || self->changes == NULL) status = whorl__fail(WHORL_NO_MEMORY, "no memory for a client");
  if (status == WHORL_OK) status = whorl__expand_name(node, "service", service, qos, &self->service);
  if (status < 0) goto free_parts;
  status = whorl__entity_prepare(&self->entity, &client_ops, &clients, node);
  if (status < 0) goto free_parts;
  status = open_endpoints(self, request, response, qos);
  if (status < 0) goto abandon;
  status = whorl__entity_publish(&self->entity, &ret_client->id);
  if (status < 0) goto close_endpoints;
  return WHORL_OK;
close_endpoints:
  close_client(&self->entity);
abandon:
  whorl__entity_abandon(&self->entity);
free_parts:
  if (self->calls != NULL) whorl__calls_release(self->calls);
  if (self->changes != NULL) whorl__changes_release(self->changes);
  whorl__throttle_fini(&self->throttle);
  whorl__free(self->service);
  whorl__free(self);
  return status;
}

int whorl_client_create(whorl_node_t node_handle, whorl_service_type_t support, const char *service, const whorl_client_options_t *options,
                        whorl_client_t *ret_client)
{
  const whorl__type_t *request, *response;
  whorl__node_t *node;
  if (ret_client == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_client_create: ret_client is NULL");
  WHORL_TRY(whorl__service_type_get(support, &request, &response));
  WHORL_TRY(whorl__node_pin(node_handle, &node));
  int status = create(node, request, response, service, options, ret_client);
  whorl__node_unpin(node);
  return status;
}

int whorl_client_destroy(whorl_client_t client) { return whorl__entity_destroy(&clients, client.id); }

static int pin(whorl_client_t handle, client_t **ret_client)
{
  whorl__entity_t *entity;
  WHORL_TRY(whorl__handle_pin(&clients, handle.id, (void **)&entity));
  *ret_client = client_of(entity);
  return WHORL_OK;
}

static void unpin(whorl_client_t handle) { whorl__handle_unpin(&clients, handle.id); }

static int fail_destroyed(const char *what) { return whorl__fail(WHORL_DESTROYED, "the client was destroyed while %s", what); }

// --- is anybody there?

// 1, 0 or a failure. Pinned. What was found stays true until something changes.
static int is_ready(client_t *self, uint64_t seen)
{
  if (atomic_load_explicit(&self->ready_at, memory_order_relaxed) == seen) return 1;
  int ready = whorl__reach_server(self->writer, self->reader);
  if (ready == 1) atomic_store_explicit(&self->ready_at, seen, memory_order_relaxed);
  return ready;
}

static int await_service(whorl_client_t handle)
{
  static const whorl__wait_kind_t a_server = {"server of", "", "whoever offers the service"};
  for (;;) {
    client_t *self;
    WHORL_TRY(pin(handle, &self));
    whorl__changes_t *changes = self->changes;
    uint64_t seen = whorl__changes_count(changes);
    whorl__waiter_t waiter;
    int ready = is_ready(self, seen);
    bool wait = ready == 0 && whorl__changes_begin(changes, seen, &waiter, &a_server, self->service);
    unpin(handle);
    if (ready != 0) return ready < 0 ? ready : WHORL_OK;
    int status = wait ? whorl__changes_end(changes, &waiter) : WHORL_OK;
    if (status < 0) return status == WHORL_DESTROYED ? fail_destroyed("it waited for the service") : status;
  }
}

static int begin_blocking(whorl_client_t handle, whorl__blocking_t *blocking, const char *function)
{
  client_t *self;
  blocking->context = 0;
  if (whorl__core_current() != NULL) return WHORL_OK;
  WHORL_TRY(pin(handle, &self));
  int status = whorl__blocking_begin(blocking, self->entity.node->context, function);
  unpin(handle);
  return status;
}

WHORL__SUSPENDING int whorl_client_wait_for_service(whorl_client_t handle)
{
  whorl__blocking_t blocking;
  WHORL_TRY(whorl__wait_entry_anywhere_checked());
  WHORL_TRY(begin_blocking(handle, &blocking, __func__));
  WHORL_TRY(whorl__blocking_end(&blocking, await_service(handle)));
  whorl__wait_completed_at_once();
  return WHORL_OK;
}

bool whorl_client_service_is_ready(whorl_client_t handle)
{
  client_t *self;
  if (pin(handle, &self) < 0) return false;
  bool ready = is_ready(self, whorl__changes_count(self->changes)) == 1;
  unpin(handle);
  return ready;
}

// --- calling

typedef struct sending {
  whorl__throttled_t write;
  whorl_client_t handle;
  client_t *self; // while pinned
  whorl__service_header_t header;
  whorl__message_t *request;
} sending_t;

static sending_t *sending_of(whorl__throttled_t *write) { return WHORL__CONTAINER(write, sending_t, write); }

static int pin_again(whorl__throttled_t *write, whorl__throttle_t **ret_throttle)
{
  sending_t *sending = sending_of(write);
  WHORL_TRY(pin(sending->handle, &sending->self));
  *ret_throttle = &sending->self->throttle;
  return WHORL_OK;
}

static void unpin_again(whorl__throttled_t *write) { unpin(sending_of(write)->handle); }

static int write_once(whorl__throttled_t *write)
{
  sending_t *sending = sending_of(write);
  return whorl__service_write(sending->self->writer, &sending->header, sending->request);
}

// Pinned; ends the pin.
static int send_request(whorl_client_t handle, client_t *self, int64_t number, whorl__message_t *request)
{
  sending_t sending = {.write = {"client of", self->service, pin_again, unpin_again, write_once},
                       .handle = handle,
                       .self = self,
                       .header = {.client = self->writer->instance, .number = number},
                       .request = request};
  return whorl__throttle_write(&self->throttle, &sending.write);
}

static int copy_request(const client_t *self, const void *native, whorl__message_t **ret_message)
{
  whorl__message_t *message = whorl__message_new(self->writer->type);
  if (message == NULL) return WHORL_NO_MEMORY;
  int status = whorl__type_copy(self->writer->type, native, message->native);
  if (status < 0)
    whorl__message_unref(message);
  else
    *ret_message = message;
  return status;
}

// A request on its way, and `call` open.
static int send(whorl_client_t handle, const void *request, whorl__calls_t **ret_calls, whorl__call_t *call)
{
  client_t *self;
  whorl__message_t *message = NULL;
  WHORL_TRY(pin(handle, &self));
  int64_t number = atomic_fetch_add(&self->entity.node->context->requests, 1) + 1;
  whorl__calls_t *calls = self->calls;
  int status = copy_request(self, request, &message);
  if (status == WHORL_OK) status = whorl__calls_open(calls, call, number);
  if (status < 0) {
    unpin(handle);
    if (message != NULL) whorl__message_unref(message);
    return status;
  }
  status = send_request(handle, self, number, message);
  whorl__message_unref(message);
  if (status < 0)
    whorl__calls_forget(calls, call);
  else
    *ret_calls = calls;
  return status;
}

// Into the caller's struct, all or nothing but for a lack of memory.
static int read_answer(whorl__calls_t *calls, whorl__sample_t *answer, void *response)
{
  whorl__message_t *message;
  int status = whorl__sample_message(answer, &message);
  if (status == WHORL_MALFORMED) whorl__calls_count_malformed(calls);
  if (status == WHORL_OK) status = whorl__type_copy(answer->type, message->native, response);
  whorl__sample_unref(answer);
  return status;
}

static int call_and_wait(whorl_client_t handle, const void *request, void *response)
{
  WHORL_TRY(await_service(handle));
  whorl__calls_t *calls = NULL;
  whorl__call_t call;
  whorl__sample_t *answer = NULL;
  int status = send(handle, request, &calls, &call);
  if (status == WHORL_OK) status = whorl__calls_wait(calls, &call, &answer);
  if (status == WHORL_DESTROYED) return fail_destroyed("a call of it was open");
  return answer != NULL ? read_answer(calls, answer, response) : status;
}

WHORL__SUSPENDING int whorl_client_call(whorl_client_t handle, const void *request, void *response)
{
  if (request == NULL || response == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_client_call: %s is NULL", request == NULL ? "request" : "response");
  whorl__blocking_t blocking;
  WHORL_TRY(whorl__wait_entry_anywhere_checked());
  WHORL_TRY(begin_blocking(handle, &blocking, __func__));
  return whorl__blocking_end(&blocking, call_and_wait(handle, request, response));
}

int whorl_client_read_counts(whorl_client_t handle, whorl_client_counts_t *ret_counts)
{
  client_t *self;
  if (ret_counts == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_client_read_counts: ret_counts is NULL");
  WHORL_TRY(pin(handle, &self));
  *ret_counts = whorl__calls_read_counts(self->calls);
  unpin(handle);
  return WHORL_OK;
}

const char *whorl_client_service(whorl_client_t handle)
{
  client_t *self;
  if (pin(handle, &self) < 0) return "";
  const char *service = self->service;
  unpin(handle);
  return service;
}
