#include "node/ending.h"

#include <pthread.h>

#include "base/local.h"
#include "task/state.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // below the tree lock
static whorl__list_t endings = {{&endings.head, &endings.head}};
static whorl__list_t stays = {{&stays.head, &stays.head}};

static const void *caller(void)
{
  const void *task = whorl__task_on_thread();
  return task != NULL ? task : whorl__local();
}

void whorl__stay_begin(whorl__stay_t *stay, const void *owner)
{
  stay->caller = caller();
  stay->owner = owner;
  pthread_mutex_lock(&lock);
  whorl__list_append(&stays, &stay->link);
  pthread_mutex_unlock(&lock);
}

void whorl__stay_end(whorl__stay_t *stay)
{
  pthread_mutex_lock(&lock);
  whorl__list_remove(&stay->link);
  pthread_mutex_unlock(&lock);
}

// Lock held.
static bool stays_with(const void *owner)
{
  const void *me = caller();
  for (whorl__link_t *link = whorl__list_first(&stays); link != NULL; link = whorl__list_next(&stays, link)) {
    const whorl__stay_t *stay = WHORL__CONTAINER(link, whorl__stay_t, link);
    if (stay->caller == me && stay->owner == owner) return true;
  }
  return false;
}

bool whorl__stay_has_caller(const void *owner)
{
  pthread_mutex_lock(&lock);
  bool found = stays_with(owner);
  pthread_mutex_unlock(&lock);
  return found;
}

// Lock held.
static bool has_caller(const whorl__ending_t *ending)
{
  if (ending->owner != NULL && stays_with(ending->owner)) return true;
  if (whorl__core_current() == NULL) return false;
  return (ending->scope != NULL && whorl__scope_contains_caller(ending->scope)) || whorl__core_caller_is_owned(ending->owner);
}

void whorl__ending_begin(whorl__ending_t *ending, const whorl__scope_t *scope, const void *owner)
{
  if (scope == NULL && owner == NULL) return;
  pthread_mutex_lock(&lock);
  ending->scope = scope;
  ending->owner = owner;
  whorl__list_append(&endings, &ending->link);
  pthread_mutex_unlock(&lock);
}

void whorl__ending_drop_scope(whorl__ending_t *ending)
{
  pthread_mutex_lock(&lock);
  ending->scope = NULL;
  pthread_mutex_unlock(&lock);
}

void whorl__ending_end(whorl__ending_t *ending)
{
  pthread_mutex_lock(&lock);
  if (whorl__link_listed(&ending->link)) whorl__list_remove(&ending->link);
  pthread_mutex_unlock(&lock);
}

bool whorl__ending_has_caller(void)
{
  bool found = false;
  pthread_mutex_lock(&lock);
  for (whorl__link_t *link = whorl__list_first(&endings); link != NULL && !found; link = whorl__list_next(&endings, link))
    found = has_caller(WHORL__CONTAINER(link, whorl__ending_t, link));
  pthread_mutex_unlock(&lock);
  return found;
}

// In a post nobody waits: two loops' posts must not wait for each other's callbacks either.
static bool is_post(void) { return whorl__core_current() == NULL && whorl__core_thread_is_busy(); }

bool whorl__ending_can_wait_for(whorl__core_t *core)
{
  return !is_post() && (whorl__core_is_current(core) || whorl__core_is_driven_elsewhere(core));
}

bool whorl__ending_can_wait_for_owned(whorl__core_t *core, const void *owner)
{
  if (is_post()) return !whorl__core_has_owned(core, owner);
  return whorl__core_is_current(core) || whorl__core_await_owned(core, owner);
}
