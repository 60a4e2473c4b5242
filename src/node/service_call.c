#include "node/service_call.h"

#include <string.h>

#include "base/detail.h"
#include "node/blocking.h"
#include "node/reach.h"
#include "node/service_endpoint.h"
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

static void unref(whorl__service_call_t *call)
{
  if (atomic_fetch_sub(&call->references, 1) != 1) return;
  whorl__message_unref(call->response);
  if (call->copy != NULL) whorl__message_unref(call->copy);
  whorl__sample_unref(call->sample);
  whorl__pool_give(&pool, call);
}

// --- sending

typedef struct sending {
  whorl__throttled_t write;
  whorl__service_call_t *call;
  whorl__service_t *service; // while pinned
} sending_t;

static sending_t *sending_of(whorl__throttled_t *write) { return WHORL__CONTAINER(write, sending_t, write); }

static int pin_again(whorl__throttled_t *write, whorl__throttle_t **ret_throttle)
{
  sending_t *sending = sending_of(write);
  WHORL_TRY(whorl__service_pin(sending->call->service, &sending->service));
  *ret_throttle = &sending->service->throttle;
  return WHORL_OK;
}

static void unpin(whorl__throttled_t *write) { whorl__service_unpin(sending_of(write)->call->service); }

static void count(whorl__service_t *service, uint64_t *counter)
{
  pthread_mutex_lock(&service->lock);
  ++*counter;
  pthread_mutex_unlock(&service->lock);
}

static int write_once(whorl__throttled_t *write)
{
  const sending_t *sending = sending_of(write);
  const whorl__service_call_t *call = sending->call;
  whorl__service_t *service = sending->service;
  int status = whorl__service_write(service->writer, &call->sample->header, call->copy != NULL ? call->copy : call->response);
  if (status == WHORL_OK) count(service, &service->counts.answers);
  return status;
}

// Pinned; ends the pin.
static int write_answer(whorl__service_t *service, whorl__service_call_t *call)
{
  sending_t sending = {.write = {"service", service->name, pin_again, unpin, write_once}, .call = call, .service = service};
  return whorl__throttle_write(&service->throttle, &sending.write);
}

static size_t place_of(const uint8_t gid[16])
{
  unsigned sum = 0;
  for (int i = 8; i < 16; i++) sum = 31 * sum + gid[i];
  return sum % WHORL__SERVICE_KNOWN;
}

// Can the client be reached? Asked of the transport only after something has changed.
static int reach(whorl__service_t *service, const whorl__service_call_t *call, uint64_t seen)
{
  const uint8_t *gid = call->sample->publisher_gid;
  size_t place = place_of(gid);
  pthread_mutex_lock(&service->lock);
  bool known = service->known[place].seen == seen && memcmp(service->known[place].gid, gid, 16) == 0;
  pthread_mutex_unlock(&service->lock);
  if (known) return WHORL__CLIENT_READY;
  int state = whorl__reach_client(service->reader, service->writer, gid);
  if (state != WHORL__CLIENT_READY) return state;
  pthread_mutex_lock(&service->lock);
  service->known[place].seen = seen;
  memcpy(service->known[place].gid, gid, 16);
  pthread_mutex_unlock(&service->lock);
  return state;
}

enum { COMING = 1 };

// One try, pinned. Its status, with the pin ended; or COMING, still pinned: the client has not been discovered as of `seen` changes.
static int try_to_send(whorl__service_t *service, whorl__service_call_t *call, uint64_t seen)
{
  int state = reach(service, call, seen);
  if (state == WHORL__CLIENT_COMING) return COMING;
  if (state == WHORL__CLIENT_READY) return write_answer(service, call);
  if (state == WHORL__CLIENT_GONE) count(service, &service->counts.unreachable);
  whorl__service_unpin(call->service);
  return state < 0 ? state : WHORL_OK;
}

// In a task, or on a plain thread that blocks. No pin.
static int send_when_reached(whorl__service_call_t *call)
{
  static const whorl__wait_kind_t a_client = {"a client to be discovered, of", "", "discovery"};
  for (;;) {
    whorl__service_t *service;
    whorl__waiter_t waiter;
    WHORL_TRY(whorl__service_pin(call->service, &service));
    whorl__changes_t *changes = service->changes;
    uint64_t seen = whorl__changes_count(changes);
    int status = try_to_send(service, call, seen);
    if (status != COMING) return status;
    bool wait = whorl__changes_begin(changes, seen, &waiter, &a_client, service->name);
    whorl__service_unpin(call->service);
    if (wait) WHORL_TRY(whorl__changes_end(changes, &waiter));
  }
}

// Without waiting. COMING: as above, but not pinned any more.
static int send_now(whorl__service_call_t *call)
{
  whorl__service_t *service;
  WHORL_TRY(whorl__service_pin(call->service, &service));
  int status = try_to_send(service, call, whorl__changes_count(service->changes));
  if (status == COMING) whorl__service_unpin(call->service);
  return status;
}

// --- answers that wait for their client, as tasks of the node's

static void leave_coming(whorl_service_t handle, int status)
{
  whorl__service_t *service;
  if (whorl__service_pin(handle, &service) < 0) return;
  pthread_mutex_lock(&service->lock);
  service->coming--;
  service->counts.unreachable += status != WHORL_OK && status != WHORL_TRANSPORT_ERROR;
  service->counts.failed += status == WHORL_TRANSPORT_ERROR;
  pthread_mutex_unlock(&service->lock);
  whorl__service_unpin(handle);
}

// What cannot be sent in the end is counted: nobody is left to be told.
static int send_later(void *arg)
{
  whorl__service_call_t *call = arg;
  int status = send_when_reached(call);
  leave_coming(call->service, status);
  return status == WHORL_CANCELED || status == WHORL_DESTROYED || status == WHORL_TRANSPORT_ERROR ? WHORL_OK : status;
}

static void release_call(void *arg) { unref(arg); }

// Takes over the reference. A handler of the service is in flight, so it is there.
static int spawn_sender(whorl__service_t *service, whorl__service_call_t *call)
{
  pthread_mutex_lock(&service->lock);
  bool fits = service->coming < WHORL__SERVICE_COMING_MAX;
  if (fits)
    service->coming++;
  else
    service->counts.unreachable++;
  pthread_mutex_unlock(&service->lock);
  if (!fits) {
    unref(call);
    return WHORL_OK;
  }
  whorl_service_t handle = call->service;
  whorl_node_t node = {service->entity.node->id};
  whorl_task_options_t options = {.name = "answer to a client to be discovered", .release = release_call};
  int status = whorl_node_spawn_with_options(node, send_later, call, &options, NULL, WHORL_PLACE);
  if (status < 0) leave_coming(handle, status);
  return status == WHORL_NO_MEMORY ? status : WHORL_OK; // else the node is ending
}

int whorl__service_call_finish(whorl__service_t *service, whorl__service_call_t *call, bool send)
{
  pthread_mutex_lock(&service->lock);
  bool kept = call->kept;
  call->over = true;
  pthread_mutex_unlock(&service->lock);
  int status = WHORL_OK;
  if (!kept && whorl__handle_retire(&calls, call->id, 0) == WHORL_OK && send) status = send_now(call);
  if (status == COMING) return spawn_sender(service, call);
  if (status == WHORL_TRANSPORT_ERROR) { // this client's trouble, not that of all the others
    count(service, &service->counts.failed);
    status = WHORL_OK;
  }
  unref(call);
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
  whorl__list_append(&service->kept, &call->link);
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
    atomic_fetch_add(&call->references, 1);
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
  atomic_fetch_add(&call->references, 1);
  int status = whorl__handle_retire(&calls, handle.id, 1);
  if (status < 0) whorl__handle_unpin(&calls, handle.id);
  pthread_mutex_lock(&service->lock);
  bool kept = status == WHORL_OK && take_kept(service, call);
  *ret_over = call->over;
  pthread_mutex_unlock(&service->lock);
  whorl__service_unpin(call->service);
  if (kept || status < 0) unref(call); // never the last one
  if (status < 0) return status;
  *ret_call = call;
  return WHORL_OK;
}

static const char answer[] = "whorl_service_call_answer";

// Where nothing may wait, and it would have to: refused while the call is still as it was.
static int check_place(whorl_service_call_t handle)
{
  whorl__service_call_t *call;
  whorl__service_t *service;
  WHORL_TRY(pin_both(handle, &call, &service));
  int status = whorl__blocking_check(service->entity.node->context, answer);
  if (status < 0 && reach(service, call, whorl__changes_count(service->changes)) != WHORL__CLIENT_COMING) status = WHORL_OK;
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
  int status = send_now(call);
  if (status != COMING) return status;
  WHORL_TRY(begin_blocking(call, &blocking));
  return whorl__blocking_end(&blocking, send_when_reached(call));
}

int whorl_service_call_answer(whorl_service_call_t handle)
{
  whorl__service_call_t *call;
  bool over, in_task = whorl__core_current() != NULL;
  if (!in_task) WHORL_TRY(check_place(handle));
  WHORL_TRY(claim(handle, &call, &over));
  int status = over ? WHORL_OK : copy_response(call);
  if (status == WHORL_OK) status = in_task ? send_when_reached(call) : send_outside_tasks(call);
  unref(call);
  return status;
}

int whorl_service_call_drop(whorl_service_call_t handle)
{
  whorl__service_call_t *call;
  bool over;
  WHORL_TRY(claim(handle, &call, &over));
  unref(call);
  return WHORL_OK;
}

void whorl__service_call_end_kept(whorl__service_t *service)
{
  for (;;) {
    pthread_mutex_lock(&service->lock);
    whorl__link_t *link = whorl__list_first(&service->kept);
    whorl__service_call_t *call = link != NULL ? WHORL__CONTAINER(link, whorl__service_call_t, link) : NULL;
    if (call != NULL) take_kept(service, call);
    pthread_mutex_unlock(&service->lock);
    if (call == NULL) return;
    (void)whorl__handle_retire(&calls, call->id, 0);
    unref(call);
  }
}
