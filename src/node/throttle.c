#include "node/throttle.h"

#include "base/detail.h"
#include "task/core.h"
#include "whorl/status.h"
#include "whorl/task.h"

void whorl__throttle_init(whorl__throttle_t *throttle)
{
  pthread_mutex_init(&throttle->lock, NULL);
  whorl__list_init(&throttle->waiting);
}

void whorl__throttle_fini(whorl__throttle_t *throttle) { pthread_mutex_destroy(&throttle->lock); }

static bool is_first(whorl__throttle_t *throttle, const whorl__link_t *link)
{
  pthread_mutex_lock(&throttle->lock);
  bool first = whorl__list_first(&throttle->waiting) == link;
  pthread_mutex_unlock(&throttle->lock);
  return first;
}

static void join(whorl__throttle_t *throttle, whorl__link_t *link)
{
  pthread_mutex_lock(&throttle->lock);
  whorl__list_append(&throttle->waiting, link);
  atomic_fetch_add(&throttle->count, 1);
  pthread_mutex_unlock(&throttle->lock);
}

static void leave(whorl__throttle_t *throttle, whorl__link_t *link)
{
  pthread_mutex_lock(&throttle->lock);
  whorl__list_remove(link);
  atomic_fetch_sub(&throttle->count, 1);
  pthread_mutex_unlock(&throttle->lock);
}

static int try_again(whorl__throttled_t *write, whorl__link_t *link)
{
  for (int64_t pause_ns = WHORL_MICROSECONDS(50);;) {
    int status = whorl_sleep(pause_ns); // the task's, or the plain thread's
    whorl__throttle_t *throttle;
    int gone = write->pin(write, &throttle);
    if (gone < 0) return status < 0 ? whorl_sleep(0) : gone; // cancelled by what destroyed it: the scope goes first (R8), and says why
    if (status == WHORL_OK) status = is_first(throttle, link) ? write->write(write) : WHORL_WOULD_BLOCK;
    if (status != WHORL_WOULD_BLOCK) leave(throttle, link);
    write->unpin(write);
    if (status != WHORL_WOULD_BLOCK) return status;
    if (pause_ns < WHORL_MILLISECONDS(10)) pause_ns *= 2;
  }
}

// Not on a driver's thread outside its tasks, as a post is: it would stop the loop.
static bool may_wait(void) { return whorl__core_current() != NULL || !whorl__core_thread_is_busy(); }

int whorl__throttle_write(whorl__throttle_t *throttle, whorl__throttled_t *write)
{
  whorl__link_t link = {0};
  int status = atomic_load(&throttle->count) == 0 ? write->write(write) : WHORL_WOULD_BLOCK;
  bool wait = status == WHORL_WOULD_BLOCK && may_wait();
  if (wait)
    join(throttle, &link);
  else if (status == WHORL_WOULD_BLOCK)
    whorl__fail(status, "%s '%s' is throttled, and a post cannot wait: spawn a task that does it", write->what, write->name);
  write->unpin(write);
  return wait ? try_again(write, &link) : status;
}
