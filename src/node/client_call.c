// Calls of a client: a request sent, and an answer that a task waits for or a future gets.
#include <string.h>

#include "base/detail.h"
#include "node/client.h"
#include "node/reach.h"
#include "node/request.h"
#include "node/service.h"
#include "node/service_endpoint.h"

typedef struct sending {
  whorl__throttled_t write;
  whorl_client_t handle;
  whorl__client_t *self; // while pinned
  whorl__service_header_t header;
  whorl__message_t *request;
} sending_t;

static sending_t *sending_of(whorl__throttled_t *write) { return WHORL__CONTAINER(write, sending_t, write); }

static int pin_again(whorl__throttled_t *write, whorl__throttle_t **ret_throttle)
{
  sending_t *sending = sending_of(write);
  WHORL_TRY(whorl__client_pin(sending->handle, &sending->self));
  *ret_throttle = &sending->self->throttle;
  return WHORL_OK;
}

static void unpin_again(whorl__throttled_t *write) { whorl__client_unpin(sending_of(write)->handle); }

static int write_once(whorl__throttled_t *write)
{
  sending_t *sending = sending_of(write);
  return whorl__service_write(sending->self->writer, &sending->header, sending->request);
}

// Pinned; ends the pin.
static int send_request(whorl_client_t handle, whorl__client_t *self, int64_t number, whorl__message_t *request)
{
  sending_t sending = {.write = {"client of", self->service, pin_again, unpin_again, write_once},
                       .handle = handle,
                       .self = self,
                       .header = {.client = self->writer->instance, .number = number},
                       .request = request};
  return whorl__throttle_write(&self->throttle, &sending.write);
}

static int copy_request(const whorl__client_t *self, const void *native, whorl__message_t **ret_message)
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

// Pinned; ends the pin. OK: the request is on its way, and `call` open.
static int send(whorl_client_t handle, whorl__client_t *self, const void *request, whorl__call_t *call)
{
  whorl__message_t *message = NULL;
  int64_t number = atomic_fetch_add(&self->entity.node->context->requests, 1) + 1;
  whorl__calls_t *calls = self->calls; // type-stable: also when the client goes while the writer is throttled
  int status = copy_request(self, request, &message);
  if (status == WHORL_OK) status = whorl__calls_open(calls, call, number);
  if (status < 0) {
    whorl__client_unpin(handle);
    if (message != NULL) whorl__message_unref(message);
    return status;
  }
  status = send_request(handle, self, number, message);
  whorl__message_unref(message);
  if (status < 0) whorl__calls_forget(calls, call);
  return status;
}

// Into the caller's struct, all or nothing but for a lack of memory.
static int read_answer(whorl__calls_t *calls, const whorl__call_t *call, whorl__sample_t *answer, void *response)
{
  whorl__message_t *message;
  int status = whorl__sample_message(answer, &message);
  if (status == WHORL_MALFORMED) whorl__calls_count_malformed(calls, call);
  if (status == WHORL_OK) status = whorl__type_copy(answer->type, message->native, response);
  whorl__sample_unref(answer);
  return status;
}

// Pinned. Would only the caller's own end let somebody take the request? So it is when the caller is a handler of the service, the one that may be in flight, and nobody else offers the service.
static int refuse_own_service(const whorl__client_t *self)
{
  const whorl__service_t *service = whorl__service_of_caller();
  if (service == NULL || service->record.max_in_flight != 1 || strcmp(service->name, self->service) != 0) return WHORL_OK;
  int only = whorl__reach_only(self->writer, service->reader->gid);
  if (only <= 0) return only;
  return whorl__fail(
      WHORL_WOULD_DEADLOCK,
      "a handler of service '%s' in node '%s' calls it by a client of node '%s', but nobody else offers it, and its max_in_flight is 1",
      service->name, service->entity.node->full_name, self->entity.node->full_name);
}

// The same where the handler's callback group is the caller's, which stays busy until the caller has returned.
static int refuse_own_group(const whorl__client_t *self)
{
  uint8_t request_reader[16];
  if (!whorl__service_waits_for_caller(self->service, request_reader)) return WHORL_OK;
  int only = whorl__reach_only(self->writer, request_reader);
  if (only <= 0) return only;
  return whorl__fail(WHORL_WOULD_DEADLOCK, "service '%s' is called by a callback of its own exclusive group, and nobody else offers it",
                     self->service);
}

static int call_and_wait(whorl_client_t handle, const void *request, void *response)
{
  WHORL_TRY(whorl__client_await_service(handle));
  whorl__client_t *self;
  whorl__call_t call = {0};
  whorl__sample_t *answer = NULL;
  WHORL_TRY(whorl__client_pin(handle, &self));
  int status = refuse_own_service(self);
  if (status == WHORL_OK) status = refuse_own_group(self);
  if (status < 0) {
    whorl__client_unpin(handle);
    return status;
  }
  whorl__calls_t *calls = self->calls;
  status = send(handle, self, request, &call);
  if (status == WHORL_OK) status = whorl__calls_wait(calls, &call, &answer);
  if (status == WHORL_DESTROYED) return whorl__client_fail_destroyed("a call of it was open");
  return answer != NULL ? read_answer(calls, &call, answer, response) : status;
}

WHORL__SUSPENDING int whorl_client_call(whorl_client_t handle, const void *request, void *response)
{
  if (request == NULL || response == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_client_call: %s is NULL", request == NULL ? "request" : "response");
  whorl__blocking_t blocking;
  WHORL_TRY(whorl__wait_entry_anywhere_checked());
  WHORL_TRY(whorl__client_begin_blocking(handle, &blocking, __func__));
  return whorl__blocking_end(&blocking, call_and_wait(handle, request, response));
}

// --- sending only

// Pinned. Ages are told by the steady clock of the context: tasks or not, that is what its timers go by.
static int64_t steady_ns(const whorl__client_t *self) { return whorl__core_now(self->entity.node->context->limbo); }

int whorl_client_send(whorl_client_t handle, const void *native, whorl_future_t *ret_future)
{
  whorl__client_t *self;
  whorl__request_t *request;
  whorl_future_t future;
  if (native == NULL || ret_future == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_client_send: %s is NULL", native == NULL ? "request" : "ret_future");
  WHORL_TRY(whorl__client_pin(handle, &self));
  int status = whorl__request_create(self->calls, self->service, steady_ns(self), &request, &future);
  if (status < 0) {
    whorl__client_unpin(handle);
    return status;
  }
  status = send(handle, self, native, &request->call);
  if (status == WHORL_OK) {
    *ret_future = future;
    return WHORL_OK;
  }
  (void)whorl_future_destroy(future); // nobody has heard of it; the request goes with it
  return status;
}

int whorl_client_prune_requests(whorl_client_t handle, int64_t age_ns, size_t *ret_count)
{
  whorl__client_t *self;
  if (age_ns < 0) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_client_prune_requests: the age is %lld ns", (long long)age_ns);
  WHORL_TRY(whorl__client_pin(handle, &self));
  size_t count = whorl__calls_prune(self->calls, steady_ns(self) - age_ns);
  whorl__client_unpin(handle);
  if (ret_count != NULL) *ret_count = count;
  return WHORL_OK;
}
