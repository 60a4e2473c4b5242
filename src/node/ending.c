#include "node/ending.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // below the tree lock
static whorl__list_t endings = {{&endings.head, &endings.head}};

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
  if (whorl__core_current() == NULL) return false;
  pthread_mutex_lock(&lock);
  for (whorl__link_t *link = whorl__list_first(&endings); link != NULL && !found; link = whorl__list_next(&endings, link)) {
    const whorl__ending_t *ending = WHORL__CONTAINER(link, whorl__ending_t, link);
    found = (ending->scope != NULL && whorl__scope_contains_caller(ending->scope)) || whorl__core_caller_is_owned(ending->owner);
  }
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
