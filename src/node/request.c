#include "node/request.h"

#include "base/detail.h"
#include "task/pool.h"
#include "whorl/status.h"

static whorl__pool_t pool = WHORL__POOL(pool, whorl__request_t);

// The calls' lock held, possibly in a transport's hook: nothing is decoded here.
static bool end_call(whorl__call_t *call, whorl__sample_t *answer, int status)
{
  whorl__request_t *self = WHORL__CONTAINER(call, whorl__request_t, call);
  whorl__message_t *message = answer != NULL ? atomic_load_explicit(&answer->message, memory_order_acquire) : NULL;
  if (message != NULL) {
    self->message = whorl__message_ref(message);
  } else if (answer != NULL) {
    whorl__sample_ref(answer);
    self->sample = answer;
  }
  return whorl__future_complete(self->future, status); // when nobody wants it, what was taken goes with the future
}

// The answer, borrowed: it lives as long as the request.
static int read_answer(whorl__request_t *self, whorl__message_t **ret_message)
{
  if (self->message != NULL) {
    *ret_message = self->message;
    return WHORL_OK;
  }
  int status = whorl__sample_message(self->sample, ret_message);
  if (status == WHORL_MALFORMED && !atomic_exchange(&self->malformed, true)) whorl__calls_count_malformed(self->calls, &self->call);
  return status;
}

static int check(int status)
{
  if (status == WHORL_DESTROYED) return whorl__fail(status, "the client was destroyed while this request of it was open");
  if (status == WHORL_ABANDONED) return whorl__fail(status, "this request was given up before its answer came");
  return status;
}

static int read(void *held, int status, void **ret_value)
{
  whorl__message_t *message;
  WHORL_TRY(check(status));
  WHORL_TRY(read_answer(held, &message));
  *ret_value = message->native;
  return WHORL_OK;
}

static int copy(void *held, int status, void *result)
{
  whorl__message_t *message;
  WHORL_TRY(check(status));
  WHORL_TRY(read_answer(held, &message));
  return whorl__type_copy(message->type, message->native, result);
}

static void give_up(void *held)
{
  whorl__request_t *self = held;
  whorl__calls_forget(self->calls, &self->call);
}

static void end(void *held)
{
  whorl__request_t *self = held;
  whorl__calls_forget(self->calls, &self->call);
  if (self->message != NULL) whorl__message_unref(self->message);
  if (self->sample != NULL) whorl__sample_unref(self->sample);
  whorl__pool_give(&pool, self);
}

int whorl__request_create(whorl__calls_t *calls, const char *service, int64_t now_ns, whorl__request_t **ret_request,
                          whorl_future_t *ret_future)
{
  static const whorl__wait_kind_t an_answer = {"answer of", "", "the server"};
  static const whorl__future_ops_t ops = {.kind = &an_answer, .read = read, .copy = copy, .give_up = give_up, .end = end};
  bool fresh;
  whorl__request_t *self = whorl__pool_take(&pool, &fresh);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a request of '%s'", service);
  *self = (whorl__request_t){.calls = calls, .call = {.end = end_call, .sent_ns = now_ns}};
  int status = whorl__future_create(service, &ops, self, &self->future, ret_future);
  if (status < 0)
    whorl__pool_give(&pool, self);
  else
    *ret_request = self;
  return status;
}
