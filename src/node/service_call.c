#include "node/service_call.h"

#include <string.h>

#include "base/detail.h"
#include "node/answer.h"
#include "node/blocking.h"
#include "task/pool.h"

static whorl__handle_table_t calls = WHORL__HANDLE_TABLE("service call");
static whorl__pool_t pool = WHORL__POOL(pool, whorl__service_call_t);

int whorl__service_call_create(whorl__service_t *service, whorl__sample_t *sample, whorl__service_call_t **ret_call)
{
  bool fresh;
  whorl__service_call_t *call = whorl__pool_take(&pool, &fresh);
  if (call != NULL) *call = (whorl__service_call_t){.service.id = service->entity.id, .sample = sample};
  int status = call != NULL ? WHORL_OK : whorl__fail(WHORL_NO_MEMORY, "no memory for a request of '%s'", service->name);
  if (status == WHORL_OK && (call->response = whorl__message_new_default(service->writer->type)) == NULL) status = WHORL_NO_MEMORY;
  if (status == WHORL_OK) status = whorl__handle_create(&calls, call, &call->id);
  if (status < 0) {
    if (call != NULL && call->response != NULL) whorl__message_unref(call->response);
    if (call != NULL) whorl__pool_give(&pool, call);
    whorl__sample_unref(sample);
    return status;
  }
  atomic_init(&call->references, 1);
  *ret_call = call;
  return WHORL_OK;
}

void whorl__service_call_ref(whorl__service_call_t *call) { atomic_fetch_add(&call->references, 1); }

void whorl__service_call_unref(whorl__service_call_t *call)
{
  if (atomic_fetch_sub(&call->references, 1) != 1) return;
  whorl__message_unref(call->response);
  if (call->copy != NULL) whorl__message_unref(call->copy);
  whorl__sample_unref(call->sample);
  whorl__pool_give(&pool, call);
}

int whorl__service_call_finish(whorl__service_t *service, whorl__service_call_t *call, bool send)
{
  pthread_mutex_lock(&service->lock);
  bool kept = call->kept;
  call->over = true;
  pthread_mutex_unlock(&service->lock);
  int status = WHORL_OK;
  if (!kept && whorl__handle_retire(&calls, call->id, 0) == WHORL_OK && send) status = whorl__answer_send_or_queue(service, call);
  if (status == WHORL_TRANSPORT_ERROR) { // this client's trouble, not that of all the others
    whorl__service_count(service, &service->counts.failed);
    status = WHORL_OK;
  }
  whorl__service_call_unref(call);
  return status == WHORL_DESTROYED ? WHORL_OK : status; // destroyed meanwhile: nobody is answered any more
}

// --- calls that the handler keeps

static int pin_call(whorl_service_call_t handle, whorl__service_call_t **ret_call)
{
  return whorl__handle_pin(&calls, handle.id, (void **)ret_call);
}

// Both pinned, or neither. The service first goes, then its calls: so DESTROYED is the truth for either.
static int pin_both(whorl_service_call_t handle, whorl__service_call_t **ret_call, whorl__service_t **ret_service)
{
  WHORL_TRY(pin_call(handle, ret_call));
  int status = whorl__service_pin((*ret_call)->service, ret_service);
  if (status < 0) whorl__handle_unpin(&calls, handle.id);
  return status;
}

static void keep(whorl__service_t *service, whorl__service_call_t *call) // lock held
{
  call->kept = true;
  whorl__list_append(&service->kept_calls, &call->link);
  service->counts.kept++;
}

void whorl__service_call_keep_taken(whorl__service_t *service, whorl__service_call_t *call)
{
  pthread_mutex_lock(&service->lock);
  call->over = true;
  keep(service, call);
  pthread_mutex_unlock(&service->lock);
}

int whorl_service_call_keep(whorl_service_call_t handle)
{
  whorl__service_call_t *call;
  whorl__service_t *service;
  WHORL_TRY(pin_both(handle, &call, &service));
  int status = WHORL_OK;
  pthread_mutex_lock(&service->lock);
  if (call->over && !call->kept) {
    status = whorl__fail(WHORL_DESTROYED, "a request of '%s' is kept by its handler, and that has returned", service->name);
  } else if (!call->kept) {
    whorl__service_call_ref(call);
    keep(service, call);
  }
  pthread_mutex_unlock(&service->lock);
  whorl__service_unpin(call->service);
  whorl__handle_unpin(&calls, handle.id);
  return status;
}

int whorl__service_call_set_response(whorl_service_call_t handle, const void *response)
{
  whorl__service_call_t *call;
  WHORL_TRY(pin_call(handle, &call));
  int status = whorl__type_copy(call->response->type, response, call->response->native);
  whorl__handle_unpin(&calls, handle.id);
  return status;
}

// Lock held. True: it was kept, and its reference is the caller's now.
static bool take_kept(whorl__service_t *service, whorl__service_call_t *call)
{
  if (!whorl__link_listed(&call->link)) return false;
  whorl__list_remove(&call->link);
  service->counts.kept--;
  return true;
}

// Sent messages are shared with their receivers, and a handler that has not returned may still write into its response.
static int copy_response(whorl__service_call_t *call)
{
  const whorl__type_t *type = call->response->type;
  if ((call->copy = whorl__message_new(type)) == NULL) return WHORL_NO_MEMORY;
  return whorl__type_copy(type, call->response->native, call->copy->native);
}

// The right to answer, and a reference to the call. Ends unpinned.
static int claim(whorl_service_call_t handle, whorl__service_call_t **ret_call, bool *ret_over)
{
  whorl__service_call_t *call;
  whorl__service_t *service;
  WHORL_TRY(pin_both(handle, &call, &service));
  whorl__service_call_ref(call);
  int status = whorl__handle_retire(&calls, handle.id, 1);
  if (status < 0) whorl__handle_unpin(&calls, handle.id);
  pthread_mutex_lock(&service->lock);
  bool kept = status == WHORL_OK && take_kept(service, call);
  *ret_over = call->over;
  pthread_mutex_unlock(&service->lock);
  whorl__service_unpin(call->service);
  if (kept || status < 0) whorl__service_call_unref(call); // never the last one
  if (status < 0) return status;
  *ret_call = call;
  return WHORL_OK;
}

static const char answer[] = "whorl_service_call_answer";

static bool must_wait(whorl__service_t *service, const whorl__service_call_t *call)
{
  uint8_t reader[16];
  int state = whorl__answer_reach(service, call->sample->publisher_gid, true, whorl__changes_count(service->changes), reader);
  return state == WHORL__CLIENT_COMING || state == WHORL__CLIENT_UNHEARD;
}

// Where nothing may wait, and it would have to: refused while the call is still as it was.
static int check_place(whorl_service_call_t handle)
{
  whorl__service_call_t *call;
  whorl__service_t *service;
  WHORL_TRY(pin_both(handle, &call, &service));
  int status = whorl__blocking_check(service->entity.node->context, answer);
  if (status < 0 && !must_wait(service, call)) status = WHORL_OK;
  whorl__service_unpin(call->service);
  whorl__handle_unpin(&calls, handle.id);
  return status;
}

static int begin_blocking(whorl__service_call_t *call, whorl__blocking_t *blocking)
{
  whorl__service_t *service;
  WHORL_TRY(whorl__wait_entry_anywhere_from(answer, NULL));
  WHORL_TRY(whorl__service_pin(call->service, &service));
  int status = whorl__blocking_begin(blocking, service->entity.node->context, answer);
  whorl__service_unpin(call->service);
  return status;
}

static int send_outside_tasks(whorl__service_call_t *call)
{
  whorl__blocking_t blocking;
  int status = whorl__answer_send_now(call);
  if (status <= 0) return status;
  WHORL_TRY(begin_blocking(call, &blocking));
  return whorl__blocking_end(&blocking, whorl__answer_send(call));
}

int whorl_service_call_answer(whorl_service_call_t handle)
{
  whorl__service_call_t *call;
  bool over, in_task = whorl__core_current() != NULL;
  if (!in_task) WHORL_TRY(check_place(handle));
  WHORL_TRY(claim(handle, &call, &over));
  int status = over ? WHORL_OK : copy_response(call);
  if (status == WHORL_OK) status = in_task ? whorl__answer_send(call) : send_outside_tasks(call);
  whorl__service_call_unref(call);
  return status;
}

int whorl_service_call_drop(whorl_service_call_t handle)
{
  whorl__service_call_t *call;
  bool over;
  WHORL_TRY(claim(handle, &call, &over));
  whorl__service_call_unref(call);
  return WHORL_OK;
}

void whorl__service_call_end_kept(whorl__service_t *service)
{
  for (;;) {
    pthread_mutex_lock(&service->lock);
    whorl__link_t *link = whorl__list_first(&service->kept_calls);
    whorl__service_call_t *call = link != NULL ? WHORL__CONTAINER(link, whorl__service_call_t, link) : NULL;
    if (call != NULL) take_kept(service, call);
    pthread_mutex_unlock(&service->lock);
    if (call == NULL) return;
    (void)whorl__handle_retire(&calls, call->id, 0);
    whorl__service_call_unref(call);
  }
}
