#include "node/turnstile.h"

#include "base/local.h"
#include "node/blocking.h"
#include "task/state.h"
#include "whorl/status.h"

void whorl__turnstile_init(whorl__turnstile_t *self)
{
  pthread_mutex_init(&self->lock, NULL);
  whorl__list_init(&self->waiting);
  self->holder = NULL;
}

void whorl__turnstile_fini(whorl__turnstile_t *self) { pthread_mutex_destroy(&self->lock); }

static const void *caller(void)
{
  const void *task = whorl__task_on_thread();
  return task != NULL ? task : whorl__local();
}

// Lock held.
static bool take_free(whorl__turnstile_t *self, const void *me)
{
  if (self->holder != NULL) return false;
  self->holder = me;
  return true;
}

static int wait(whorl__turnstile_t *self, const whorl__wait_kind_t *kind, const char *name, const void *me)
{
  whorl__waiter_t waiter;
  pthread_mutex_lock(&self->lock);
  bool taken = take_free(self, me);
  if (!taken) {
    whorl__wait_begin_for(&waiter, kind, name);
    waiter.value = (void *)me;
    whorl__list_append(&self->waiting, &waiter.link);
  }
  pthread_mutex_unlock(&self->lock);
  if (taken) return WHORL_OK;
  int status = whorl__wait_suspend(&waiter);
  if (status == WHORL_OK) return WHORL_OK; // who left has let it in
  pthread_mutex_lock(&self->lock);
  if (whorl__link_listed(&waiter.link)) whorl__list_remove(&waiter.link);
  pthread_mutex_unlock(&self->lock);
  return status;
}

int whorl__turnstile_enter(whorl__turnstile_t *self, const whorl__context_t *context, const char *function, const whorl__wait_kind_t *kind,
                           const char *name)
{
  const void *me = caller();
  pthread_mutex_lock(&self->lock);
  bool inside = self->holder == me, taken = take_free(self, me);
  pthread_mutex_unlock(&self->lock);
  if (inside) return WHORL_WRONG_STATE;
  if (taken) return WHORL_OK;
  WHORL_TRY(whorl__blocking_check(context, function));
  WHORL_TRY(whorl__wait_entry_anywhere_from(function, NULL));
  return wait(self, kind, name, me);
}

void whorl__turnstile_leave(whorl__turnstile_t *self)
{
  pthread_mutex_lock(&self->lock);
  self->holder = NULL;
  for (whorl__link_t *link; self->holder == NULL && (link = whorl__list_pop(&self->waiting)) != NULL;) {
    whorl__waiter_t *waiter = WHORL__CONTAINER(link, whorl__waiter_t, link);
    const void *next = waiter->value;
    if (whorl__wait_commit(waiter, WHORL_OK)) self->holder = next; // else it was cancelled before
  }
  pthread_mutex_unlock(&self->lock);
}
