// Events. Each has a lock of its own and lives in type-stable memory: a cancelled waiter takes itself off the list of whatever is there now (docs/tasks.md R26).
#include <pthread.h>

#include "base/detail.h"
#include "base/handle.h"
#include "task/pool.h"
#include "task/wait.h"
#include "whorl/status.h"
#include "whorl/task.h"

typedef struct event {
  whorl__link_t pool_link;
  pthread_mutex_t lock;
  whorl__list_t waiters;
  bool set;
  char name[WHORL__WAIT_NAME];
} event_t;

static const whorl__wait_kind_t an_event = {"event", "", WHORL__WAIT_NOBODY};
static whorl__handle_table_t events = WHORL__HANDLE_TABLE("event");
static whorl__pool_t pool = WHORL__POOL(pool, event_t);

int whorl_event_create_from(const char *place, const whorl_event_options_t *options, whorl_event_t *ret_event)
{
  bool fresh;
  if (ret_event == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_event_create: ret_event is NULL");
  event_t *event = whorl__pool_take(&pool, &fresh);
  if (event == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for an event");
  if (fresh) {
    pthread_mutex_init(&event->lock, NULL);
    whorl__list_init(&event->waiters);
  }
  pthread_mutex_lock(&event->lock);
  event->set = false;
  whorl__wait_name(event->name, options != NULL ? options->name : NULL, place);
  pthread_mutex_unlock(&event->lock);
  uint64_t id;
  int status = whorl__handle_create(&events, event, &id);
  if (status < 0)
    whorl__pool_give(&pool, event);
  else
    *ret_event = (whorl_event_t){id};
  return status;
}

static void commit_all(event_t *event, int status)
{
  for (whorl__link_t *link; (link = whorl__list_pop(&event->waiters)) != NULL;)
    whorl__wait_commit(WHORL__CONTAINER(link, whorl__waiter_t, link), status);
}

static int change(whorl_event_t handle, bool set)
{
  event_t *event;
  int status = whorl__handle_pin(&events, handle.id, (void **)&event);
  if (status < 0) return status;
  pthread_mutex_lock(&event->lock);
  event->set = set;
  if (set) commit_all(event, WHORL_OK);
  pthread_mutex_unlock(&event->lock);
  whorl__handle_unpin(&events, handle.id);
  return WHORL_OK;
}

int whorl_event_set(whorl_event_t handle) { return change(handle, true); }
int whorl_event_reset(whorl_event_t handle) { return change(handle, false); }

bool whorl_event_is_set(whorl_event_t handle)
{
  event_t *event;
  if (whorl__handle_pin(&events, handle.id, (void **)&event) < 0) return false;
  pthread_mutex_lock(&event->lock);
  bool set = event->set;
  pthread_mutex_unlock(&event->lock);
  whorl__handle_unpin(&events, handle.id);
  return set;
}

static int suspend(event_t *event, whorl__waiter_t *waiter)
{
  int status = whorl__wait_suspend(waiter);
  if (status == WHORL_OK) return WHORL_OK;
  pthread_mutex_lock(&event->lock); // perhaps another event's by now; then we are on no list of it
  if (whorl__link_listed(&waiter->link)) whorl__list_remove(&waiter->link);
  pthread_mutex_unlock(&event->lock);
  return status == WHORL_DESTROYED ? whorl__fail(status, "the event was destroyed while this task waited for it") : status;
}

WHORL__SUSPENDING int whorl_event_wait(whorl_event_t handle)
{
  event_t *event;
  int status = whorl__wait_entry_checked();
  if (status < 0) return status;
  status = whorl__handle_pin(&events, handle.id, (void **)&event);
  if (status < 0) return status;
  whorl__waiter_t waiter;
  pthread_mutex_lock(&event->lock);
  bool set = event->set;
  if (!set) {
    whorl__wait_begin_for(&waiter, &an_event, event->name);
    whorl__list_append(&event->waiters, &waiter.link);
  }
  pthread_mutex_unlock(&event->lock);
  whorl__handle_unpin(&events, handle.id);
  if (!set) return suspend(event, &waiter);
  whorl__wait_completed_at_once();
  return WHORL_OK;
}

int whorl_event_destroy(whorl_event_t handle)
{
  event_t *event;
  int status = whorl__handle_pin(&events, handle.id, (void **)&event);
  if (status < 0) return status;
  status = whorl__handle_retire(&events, handle.id, 1);
  if (status < 0) {
    whorl__handle_unpin(&events, handle.id);
    return status;
  }
  pthread_mutex_lock(&event->lock);
  commit_all(event, WHORL_DESTROYED);
  pthread_mutex_unlock(&event->lock);
  whorl__pool_give(&pool, event);
  return WHORL_OK;
}
