#include "node/gate.h"

#include "whorl/status.h"
#include "whorl/time.h"

void whorl__gate_init(whorl__gate_t *gate)
{
  *gate = (whorl__gate_t){0};
  pthread_mutex_init(&gate->lock, NULL);
}

void whorl__gate_fini(whorl__gate_t *gate) { pthread_mutex_destroy(&gate->lock); }

void whorl__gate_open(whorl__gate_t *gate)
{
  pthread_mutex_lock(&gate->lock);
  gate->open = true;
  if (gate->task != NULL) whorl__wait_commit(gate->task, WHORL_OK);
  if (gate->thread != NULL) whorl__parker_unpark(&gate->thread->base);
  pthread_mutex_unlock(&gate->lock); // the waiter takes this lock once more before it goes on: nothing of ours is touched after it
}

static void wait_as_task(whorl__gate_t *gate, const whorl__wait_kind_t *kind, const char *name)
{
  whorl__waiter_t waiter;
  pthread_mutex_lock(&gate->lock);
  bool wait = !gate->open;
  if (wait) {
    whorl__wait_begin_for(&waiter, kind, name);
    gate->task = &waiter;
  }
  pthread_mutex_unlock(&gate->lock);
  if (wait) (void)whorl__wait_suspend_drain(&waiter);
}

static void wait_as_thread(whorl__gate_t *gate)
{
  whorl__futex_parker_t parker;
  whorl__futex_parker_init(&parker);
  pthread_mutex_lock(&gate->lock);
  gate->thread = &parker;
  while (!gate->open) {
    pthread_mutex_unlock(&gate->lock);
    whorl__parker_park(&parker.base, WHORL_FOREVER);
    pthread_mutex_lock(&gate->lock);
  }
  gate->thread = NULL;
  pthread_mutex_unlock(&gate->lock);
}

void whorl__gate_wait(whorl__gate_t *gate, const whorl__wait_kind_t *kind, const char *name)
{
  if (whorl__core_current() != NULL) {
    wait_as_task(gate, kind, name);
    pthread_mutex_lock(&gate->lock); // until the opener has let go
    pthread_mutex_unlock(&gate->lock);
  } else {
    wait_as_thread(gate);
  }
}
