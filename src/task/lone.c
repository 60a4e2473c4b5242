// The lone task of a plain thread (docs/tasks.md R35): what makes timeouts, shields and waits work on a thread that runs no driver.
//
// It is a task like others, of a core of its own: its scopes, its deadlines and the commits of its waits are the code that fibers use.
// Only the fiber is missing: the task *is* the thread. So nobody else makes this core's turns; the thread makes one when it enters a call
// that may suspend, to see which limits have passed, and as many as it takes while it waits (turn.c), asleep on a futex in between.
//
// Made at a thread's first need, ended with the thread. The thread finds it in the library's one thread-local; the pthread key beside it
// holds nothing that is ever read, it is how a library hears of a thread's end.
#define _GNU_SOURCE
#include <pthread.h>

#include "base/detail.h"
#include "base/memory.h"
#include "task/bug.h"
#include "task/place.h"
#include "task/state.h"
#include "task/turn.h"
#include "task/wait.h"
#include "whorl/status.h"

struct whorl__lone {
  whorl__futex_parker_t parker;
  whorl__core_t *core;
  whorl__seat_t seat; // its fiber is never switched to: it only tells where the thread's stack lies
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_thread_end;
static bool can_hear_of_it;

static whorl__task_t *task_of(struct whorl__lone *lone) { return &lone->seat.callback; }

static void leave_core(whorl__core_t *core, whorl__task_t *task)
{
  whorl__core_lock(core);
  whorl__scope_unlink(&task->scope);
  whorl__scope_task_gone(whorl__core_root(core), &core->worker);
  whorl__core_unlock(core);
}

static void end(void *value)
{
  struct whorl__lone *lone = value;
  whorl__task_t *task = task_of(lone);
  const struct whorl__scope *open = task->current;
  WHORL__BUG_IF(open != &task->scope, "a thread ends with the scope opened at %s still open", open->place);
  leave_core(lone->core, task);
  whorl__core_destroy(lone->core);
  whorl__free(lone);
  whorl__local()->lone = NULL;
}

static void make_key(void) { can_hear_of_it = pthread_key_create(&at_thread_end, end) == 0; }

static void find_stack(whorl__fiber_t *fiber) // unknown: a scope's frame is not looked after (R17)
{
  pthread_attr_t attributes;
  void *bottom;
  size_t size;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  if (pthread_attr_getstack(&attributes, &bottom, &size) == 0) {
    fiber->bottom = bottom;
    fiber->size = size;
  }
  pthread_attr_destroy(&attributes);
}

static void join_core(struct whorl__lone *lone)
{
  whorl__task_t *task = task_of(lone);
  whorl__core_t *core = lone->core;
  whorl__list_init(&task->errors);
  task->seat = &lone->seat;
  core->worker.is_plain_thread = true;
  whorl__core_lock(core);
  whorl__task_init(task, &core->worker, whorl__core_root(core), "a plain thread");
  atomic_store_explicit(&task->state, WHORL__TASK_RUNNING, memory_order_relaxed);
  whorl__core_unlock(core);
}

static int create(whorl__local_t *local)
{
  pthread_once(&once, make_key);
  struct whorl__lone *lone = whorl__alloc_aligned(_Alignof(struct whorl__lone), sizeof *lone);
  if (lone == NULL) goto no_memory;
  whorl__futex_parker_init(&lone->parker);
  if (whorl__core_create(&(whorl__core_options_t){.parker = &lone->parker.base, .name = "a plain thread"}, &lone->core) < 0) goto free_lone;
  if (!can_hear_of_it || pthread_setspecific(at_thread_end, lone) != 0) goto destroy_core;
  find_stack(&lone->seat.fiber);
  join_core(lone);
  local->lone = lone;
  return WHORL_OK;
destroy_core:
  whorl__core_destroy(lone->core);
free_lone:
  whorl__free(lone);
no_memory:
  return whorl__fail(WHORL_NO_MEMORY, "no memory for a plain thread to wait with");
}

int whorl__lone_enter(const char *function, whorl__task_t **ret_task)
{
  whorl__local_t *local = whorl__local();
  WHORL_TRY(whorl__place_check(function));
  if (local->missing_limits > 0) return whorl__fail(WHORL_CANCELED, "there was no memory for a timeout or shield around %s", function);
  if (local->lone == NULL) WHORL_TRY(create(local));
  whorl__turn_of_thread(task_of(local->lone)->home);
  *ret_task = task_of(local->lone);
  return WHORL_OK;
}

whorl__task_t *whorl__lone_task(void)
{
  const whorl__local_t *local = whorl__local();
  return local->worker == NULL && local->lone != NULL ? task_of(local->lone) : NULL;
}

bool whorl__lone_canceled(void)
{
  const whorl__task_t *task = whorl__lone_task();
  if (whorl__local()->missing_limits > 0) return !whorl__core_thread_is_busy();
  if (task == NULL) return false;
  whorl__turn_of_thread(task->home);
  return whorl__scope_visible(task->current);
}
