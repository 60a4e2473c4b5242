#include "task/changes.h"

#include <pthread.h>

#include "task/pool.h"
#include "whorl/status.h"

struct whorl__changes {
  whorl__link_t pool_link;
  pthread_mutex_t lock;
  uint64_t count;
  bool closed;
  whorl__list_t waiters;
};

static whorl__pool_t pool = WHORL__POOL(pool, whorl__changes_t);

whorl__changes_t *whorl__changes_create(void)
{
  bool fresh;
  whorl__changes_t *changes = whorl__pool_take(&pool, &fresh);
  if (changes == NULL) return NULL;
  if (fresh) {
    pthread_mutex_init(&changes->lock, NULL);
    whorl__list_init(&changes->waiters);
  }
  pthread_mutex_lock(&changes->lock);
  changes->closed = false;
  changes->count = 1; // 0: never looked
  pthread_mutex_unlock(&changes->lock);
  return changes;
}

static void change(whorl__changes_t *changes, bool close, int status)
{
  pthread_mutex_lock(&changes->lock);
  changes->count++;
  changes->closed |= close;
  for (whorl__link_t *link; (link = whorl__list_pop(&changes->waiters)) != NULL;)
    whorl__wait_commit(WHORL__CONTAINER(link, whorl__waiter_t, link), status);
  pthread_mutex_unlock(&changes->lock);
}

void whorl__changes_tell(whorl__changes_t *changes) { change(changes, false, WHORL_OK); }
void whorl__changes_close(whorl__changes_t *changes) { change(changes, true, WHORL_DESTROYED); }
void whorl__changes_release(whorl__changes_t *changes) { whorl__pool_give(&pool, changes); }

uint64_t whorl__changes_count(whorl__changes_t *changes)
{
  pthread_mutex_lock(&changes->lock);
  uint64_t count = changes->count;
  pthread_mutex_unlock(&changes->lock);
  return count;
}

bool whorl__changes_begin(whorl__changes_t *changes, uint64_t seen, whorl__waiter_t *waiter, const whorl__wait_kind_t *kind,
                          const char *name)
{
  pthread_mutex_lock(&changes->lock);
  bool wait = !changes->closed && changes->count == seen;
  if (wait) {
    whorl__wait_begin_for(waiter, kind, name);
    whorl__list_append(&changes->waiters, &waiter->link);
  }
  pthread_mutex_unlock(&changes->lock);
  return wait;
}

int whorl__changes_end(whorl__changes_t *changes, whorl__waiter_t *waiter)
{
  return whorl__changes_end_until(changes, waiter, WHORL_FOREVER);
}

int whorl__changes_end_until(whorl__changes_t *changes, whorl__waiter_t *waiter, int64_t deadline_ns)
{
  int status = whorl__wait_suspend_until(waiter, deadline_ns);
  if (status == WHORL_OK) return status;
  pthread_mutex_lock(&changes->lock); // perhaps another one by now; then we are on no list of it
  if (whorl__link_listed(&waiter->link)) whorl__list_remove(&waiter->link);
  pthread_mutex_unlock(&changes->lock);
  return status;
}
