#include "node/watch.h"

#include <pthread.h>

#include "task/pool.h"
#include "whorl/status.h"

struct whorl__watch {
  whorl__link_t pool_link;
  pthread_mutex_t lock;
  uint64_t changes;
  bool closed;
  whorl__list_t waiters;
};

static whorl__pool_t pool = WHORL__POOL(pool, whorl__watch_t);

whorl__watch_t *whorl__watch_create(void)
{
  bool fresh;
  whorl__watch_t *watch = whorl__pool_take(&pool, &fresh);
  if (watch == NULL) return NULL;
  if (fresh) {
    pthread_mutex_init(&watch->lock, NULL);
    whorl__list_init(&watch->waiters);
  }
  pthread_mutex_lock(&watch->lock);
  watch->closed = false;
  watch->changes = 1; // 0: never looked
  pthread_mutex_unlock(&watch->lock);
  return watch;
}

static void change(whorl__watch_t *watch, bool close, int status)
{
  pthread_mutex_lock(&watch->lock);
  watch->changes++;
  watch->closed |= close;
  for (whorl__link_t *link; (link = whorl__list_pop(&watch->waiters)) != NULL;)
    whorl__wait_commit(WHORL__CONTAINER(link, whorl__waiter_t, link), status);
  pthread_mutex_unlock(&watch->lock);
}

void whorl__watch_tell(whorl__watch_t *watch) { change(watch, false, WHORL_OK); }
void whorl__watch_close(whorl__watch_t *watch) { change(watch, true, WHORL_DESTROYED); }
void whorl__watch_release(whorl__watch_t *watch) { whorl__pool_give(&pool, watch); }

uint64_t whorl__watch_changes(whorl__watch_t *watch)
{
  pthread_mutex_lock(&watch->lock);
  uint64_t changes = watch->changes;
  pthread_mutex_unlock(&watch->lock);
  return changes;
}

bool whorl__watch_begin(whorl__watch_t *watch, uint64_t seen, whorl__waiter_t *waiter, const whorl__wait_kind_t *kind, const char *name)
{
  pthread_mutex_lock(&watch->lock);
  bool wait = !watch->closed && watch->changes == seen;
  if (wait) {
    whorl__wait_begin_for(waiter, kind, name);
    whorl__list_append(&watch->waiters, &waiter->link);
  }
  pthread_mutex_unlock(&watch->lock);
  return wait;
}

int whorl__watch_end(whorl__watch_t *watch, whorl__waiter_t *waiter)
{
  int status = whorl__wait_suspend(waiter);
  if (status == WHORL_OK) return status;
  pthread_mutex_lock(&watch->lock); // perhaps another one by now; then we are on no list of it
  if (whorl__link_listed(&waiter->link)) whorl__list_remove(&waiter->link);
  pthread_mutex_unlock(&watch->lock);
  return status;
}
