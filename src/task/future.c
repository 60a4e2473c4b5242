// Futures: completed once, by anybody; many waiters (docs/tasks.md R27). Memory and locking as in event.c.
//
// The value belongs to the future and is released when that is destroyed. A waiter that was committed takes the value from its own record, so a future destroyed between the commit and the
// resumption does not take back the result (R5), unless the value has been released with it. What a producer of the library's own holds (future.h) is made into a value by whoever asks for it, with the
// handle pinned, so it is there all the while.
#include "task/future.h"

#include <pthread.h>

#include "base/detail.h"
#include "base/handle.h"
#include "task/pool.h"
#include "whorl/status.h"

typedef struct whorl__future {
  whorl__link_t pool_link;
  pthread_mutex_t lock;
  whorl__list_t waiters, watches;
  uint64_t id; // 0 while unused
  bool complete;
  int status;
  void *value;
  void (*release)(void *value);
  const whorl__future_ops_t *ops; // NULL: a user's; else `held` is what it works on. Both constant while the id lives
  void *held;
  char name[WHORL__WAIT_NAME];
} future_t;

static const whorl__wait_kind_t a_future = {"future", "", WHORL__WAIT_NOBODY};
static whorl__handle_table_t futures = WHORL__HANDLE_TABLE("future");
static whorl__pool_t pool = WHORL__POOL(pool, future_t);

static int create(const char *name, const char *place, future_t **ret_future)
{
  bool fresh;
  future_t *future = whorl__pool_take(&pool, &fresh);
  if (future == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a future");
  if (fresh) {
    pthread_mutex_init(&future->lock, NULL);
    whorl__list_init(&future->waiters);
    whorl__list_init(&future->watches);
  }
  uint64_t id;
  int status = whorl__handle_create(&futures, future, &id);
  if (status < 0) {
    whorl__pool_give(&pool, future);
    return status;
  }
  pthread_mutex_lock(&future->lock);
  future->id = id;
  future->complete = false;
  future->status = WHORL_OK;
  future->value = NULL;
  future->release = NULL;
  future->ops = NULL;
  future->held = NULL;
  whorl__wait_name(future->name, name, place);
  pthread_mutex_unlock(&future->lock);
  *ret_future = future;
  return WHORL_OK;
}

int whorl_future_create_from(const char *place, const whorl_future_options_t *options, whorl_future_t *ret_future)
{
  future_t *future;
  if (ret_future == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_future_create: ret_future is NULL");
  WHORL_TRY(create(options != NULL ? options->name : NULL, place, &future));
  if (options != NULL) future->release = options->release; // nobody else has the handle yet
  *ret_future = (whorl_future_t){future->id};
  return WHORL_OK;
}

int whorl__future_create(const char *name, const whorl__future_ops_t *ops, void *held, whorl__future_t **ret_inside,
                         whorl_future_t *ret_future)
{
  future_t *future;
  WHORL_TRY(create(name, NULL, &future));
  future->ops = ops;
  future->held = held;
  *ret_inside = future;
  *ret_future = (whorl_future_t){future->id};
  return WHORL_OK;
}

typedef struct waiting {
  whorl__waiter_t waiter;
  int result; // the producer's status: what the wait ends with is another thing
  bool owned; // the value goes with the future
  bool held;  // it has to be asked for
} waiting_t;

static void commit_all(future_t *future, int status)
{
  for (whorl__link_t *link; (link = whorl__list_pop(&future->waiters)) != NULL;) {
    waiting_t *waiting = WHORL__CONTAINER(link, waiting_t, waiter.link);
    waiting->waiter.value = future->value;
    waiting->result = future->status;
    waiting->owned = future->release != NULL && future->value != NULL;
    whorl__wait_commit(&waiting->waiter, status);
  }
  for (whorl__link_t *link; (link = whorl__list_pop(&future->watches)) != NULL;) {
    whorl__future_watch_t *watch = WHORL__CONTAINER(link, whorl__future_watch_t, link);
    watch->told(watch);
  }
}

static bool complete(future_t *future, int result, void *value)
{
  pthread_mutex_lock(&future->lock);
  bool first = !future->complete && future->id != 0;
  if (first) {
    future->complete = true;
    future->status = result;
    future->value = value;
    commit_all(future, WHORL_OK);
  }
  pthread_mutex_unlock(&future->lock);
  return first;
}

bool whorl__future_complete(whorl__future_t *future, int status) { return complete(future, status, NULL); }

static int fail_completed(void) { return whorl__fail(WHORL_ALREADY_COMPLETED, "the future was completed before"); }

int whorl_future_complete(whorl_future_t handle, int result, void *value)
{
  future_t *future;
  WHORL_TRY(whorl__handle_pin(&futures, handle.id, (void **)&future));
  int status = WHORL_OK;
  if (future->ops != NULL)
    status = whorl__fail(WHORL_WRONG_STATE, "the future of '%s' is completed by the library alone; it can be abandoned", future->name);
  else if (!complete(future, result, value))
    status = fail_completed();
  whorl__handle_unpin(&futures, handle.id);
  return status;
}

int whorl_future_abandon(whorl_future_t handle)
{
  future_t *future;
  WHORL_TRY(whorl__handle_pin(&futures, handle.id, (void **)&future));
  int status = complete(future, WHORL_ABANDONED, NULL) ? WHORL_OK : fail_completed();
  if (status == WHORL_OK && future->ops != NULL) future->ops->give_up(future->held);
  whorl__handle_unpin(&futures, handle.id);
  return status;
}

int whorl__future_look(whorl_future_t handle, bool *ret_complete)
{
  future_t *future;
  WHORL_TRY(whorl__handle_pin(&futures, handle.id, (void **)&future));
  pthread_mutex_lock(&future->lock);
  *ret_complete = future->complete;
  pthread_mutex_unlock(&future->lock);
  whorl__handle_unpin(&futures, handle.id);
  return WHORL_OK;
}

bool whorl_future_is_complete(whorl_future_t handle)
{
  bool complete = false;
  (void)whorl__future_look(handle, &complete);
  return complete;
}

// The producer's result as this task's. A producer's failure has no sentence here; ABANDONED has one.
static int deliver(int status, void *value, void **ret_value)
{
  if (status == WHORL_ABANDONED) return whorl__fail(status, "the producer of this future went away");
  if (status < 0) return whorl__fail_plain(status);
  if (ret_value != NULL) *ret_value = value;
  return status;
}

static int fail_destroyed(void) { return whorl__fail(WHORL_DESTROYED, "the future was destroyed while this task waited for it"); }

// The same from a producer of the library's own.
static int deliver_held(whorl_future_t handle, int status, void **ret_value)
{
  future_t *future;
  void *value = NULL;
  if (whorl__handle_pin(&futures, handle.id, (void **)&future) < 0) return fail_destroyed();
  status = future->ops->read(future->held, status, &value);
  whorl__handle_unpin(&futures, handle.id);
  if (status == WHORL_OK && ret_value != NULL) *ret_value = value;
  return status;
}

static int suspend(future_t *future, whorl_future_t handle, waiting_t *waiting, void **ret_value)
{
  int status = whorl__wait_suspend(&waiting->waiter);
  pthread_mutex_lock(&future->lock); // perhaps another future's by now; then we are on no list of it
  if (whorl__link_listed(&waiting->waiter.link)) whorl__list_remove(&waiting->waiter.link);
  bool gone = future->id != handle.id;
  pthread_mutex_unlock(&future->lock);
  if (status == WHORL_CANCELED) return status; // the future is left alone
  if (status == WHORL_DESTROYED || (gone && waiting->owned)) return fail_destroyed();
  if (waiting->held) return deliver_held(handle, waiting->result, ret_value);
  return deliver(waiting->result, waiting->waiter.value, ret_value);
}

WHORL__SUSPENDING int whorl_future_wait(whorl_future_t handle, void **ret_value)
{
  future_t *future;
  int status = whorl__wait_entry_anywhere_checked();
  if (status < 0) return status;
  status = whorl__handle_pin(&futures, handle.id, (void **)&future);
  if (status < 0) return status;
  waiting_t waiting;
  pthread_mutex_lock(&future->lock);
  bool done = future->complete;
  int result = future->status;
  void *value = future->value;
  waiting.held = future->ops != NULL;
  if (!done) {
    whorl__wait_begin_for(&waiting.waiter, future->ops != NULL ? future->ops->kind : &a_future, future->name);
    whorl__list_append(&future->waiters, &waiting.waiter.link);
  }
  pthread_mutex_unlock(&future->lock);
  whorl__handle_unpin(&futures, handle.id);
  if (!done) return suspend(future, handle, &waiting, ret_value);
  status = waiting.held ? deliver_held(handle, result, ret_value) : deliver(result, value, ret_value);
  whorl__wait_completed_at_once();
  return status;
}

// Pinned.
static int take(future_t *future, void *result)
{
  if (future->ops == NULL)
    return whorl__fail(WHORL_WRONG_TYPE, "future '%s' is no request's: whorl_future_wait gives its value", future->name);
  pthread_mutex_lock(&future->lock);
  bool done = future->complete;
  int status = future->status;
  pthread_mutex_unlock(&future->lock);
  if (!done) return whorl__fail(WHORL_WOULD_BLOCK, "the future of '%s' is not complete yet", future->name);
  return future->ops->copy(future->held, status, result);
}

int whorl_future_take(whorl_future_t handle, void *result)
{
  future_t *future;
  if (result == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_future_take: result is NULL");
  WHORL_TRY(whorl__handle_pin(&futures, handle.id, (void **)&future));
  int status = take(future, result);
  whorl__handle_unpin(&futures, handle.id);
  return status;
}

int whorl_future_destroy(whorl_future_t handle)
{
  future_t *future;
  int status = whorl__handle_pin(&futures, handle.id, (void **)&future);
  if (status < 0) return status;
  status = whorl__handle_retire(&futures, handle.id, 1);
  if (status < 0) {
    whorl__handle_unpin(&futures, handle.id);
    return status;
  }
  pthread_mutex_lock(&future->lock);
  commit_all(future, WHORL_DESTROYED);
  future->id = 0;
  void (*release)(void *value) = future->complete ? future->release : NULL;
  void *value = future->value;
  pthread_mutex_unlock(&future->lock);
  if (future->ops != NULL) future->ops->end(future->held); // from here on its producer knows no future any more
  whorl__pool_give(&pool, future);
  if (release != NULL && value != NULL) release(value);
  return WHORL_OK;
}

int whorl__future_watch(whorl_future_t handle, whorl__future_watch_t *watch, bool *ret_complete)
{
  future_t *future;
  int status = whorl__handle_pin(&futures, handle.id, (void **)&future);
  if (status < 0) return status;
  pthread_mutex_lock(&future->lock);
  *ret_complete = future->complete;
  watch->future = future;
  if (!future->complete) whorl__list_append(&future->watches, &watch->link);
  pthread_mutex_unlock(&future->lock);
  whorl__handle_unpin(&futures, handle.id);
  return WHORL_OK;
}

// As in suspend: it may be another future's memory by now, or the handle may be stale while its destroyer has yet to empty the list.
int whorl__future_unwatch(whorl_future_t handle, whorl__future_watch_t *watch, bool *ret_complete)
{
  future_t *future = watch->future;
  pthread_mutex_lock(&future->lock);
  if (whorl__link_listed(&watch->link)) whorl__list_remove(&watch->link);
  bool gone = future->id != handle.id;
  bool done = future->complete;
  pthread_mutex_unlock(&future->lock);
  if (gone) return whorl__fail(WHORL_DESTROYED, "the future was destroyed while this thread spun for it");
  *ret_complete = done;
  return WHORL_OK;
}
