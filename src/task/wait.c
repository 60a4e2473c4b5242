#include "task/wait.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "task/bug.h"
#include "task/place.h"
#include "task/turn.h"
#include "whorl/status.h"

static inline int check(whorl__task_t *task, const void *frame)
{
  if (frame != NULL) whorl__scope_check_frame(task, frame);
  return whorl__task_canceled(task) ? whorl__scope_fail_canceled(task->current) : WHORL_OK;
}

int whorl__wait_entry_from(const char *function, const void *frame)
{
  whorl__task_t *task = whorl__task_current();
  if (task == NULL || task->ending) return whorl__fail_not_in_task(function);
  return check(task, frame);
}

int whorl__wait_entry_anywhere_from(const char *function, const void *frame)
{
  whorl__task_t *task = whorl__task_current();
  if (task == NULL || task->ending) WHORL_TRY(whorl__lone_enter(function, &task));
  return check(task, frame);
}

void whorl__wait_begin_for(whorl__waiter_t *waiter, const whorl__wait_kind_t *kind, const char *name)
{
  whorl__task_t *task = whorl__task_current();
  if (task == NULL) task = whorl__lone_task();
  WHORL__BUG_IF(task == NULL || atomic_load_explicit(&task->state, memory_order_relaxed) != WHORL__TASK_RUNNING,
                "a wait for %s %s begins where none can", kind->what != NULL ? kind->what : "", name != NULL ? name : "");
  waiter->link = (whorl__link_t){0};
  waiter->task = task;
  task->wait_kind = kind;
  task->waits_for = name;
  task->joins = NULL;
  task->drain = false;
  task->wait_until = WHORL_FOREVER;
  atomic_store_explicit(&task->state, WHORL__TASK_ARMED, memory_order_relaxed); // the source's lock carries it to who commits
}

void whorl__wait_begin(whorl__waiter_t *waiter, const char *what)
{
  static const whorl__wait_kind_t in_words = {NULL, "", WHORL__WAIT_NOBODY};
  whorl__wait_begin_for(waiter, &in_words, what);
}

void whorl__wait_begin_join(whorl__waiter_t *waiter, const whorl__scope_t *scope)
{
  static const whorl__wait_kind_t join = {"close of", "", "its tasks"};
  whorl__wait_begin_for(waiter, &join, NULL);
  waiter->task->joins = scope;
}

void whorl__wait_name(char ret_name[static WHORL__WAIT_NAME], const char *name, const char *place)
{
  const char *folder = name == NULL && place != NULL ? strrchr(place, '/') : NULL;
  if (name == NULL) name = folder != NULL ? folder + 1 : place != NULL ? place : "?";
  size_t length = strnlen(name, WHORL__WAIT_NAME - 1);
  memcpy(ret_name, name, length);
  ret_name[length] = '\0';
}

void whorl__wait_describe(const whorl__task_t *task, char *text, size_t size)
{
  const whorl__wait_kind_t *kind = task->wait_kind;
  char scope[120];
  if (task->joins != NULL) {
    whorl__scope_describe(task->joins, scope, sizeof scope);
    snprintf(text, size, "%s %s", kind->what, scope);
  } else if (kind->what == NULL || task->waits_for == NULL) {
    snprintf(text, size, "%s%s", kind->what != NULL ? kind->what : task->waits_for, kind->suffix);
  } else {
    snprintf(text, size, "%s '%s'%s", kind->what, task->waits_for, kind->suffix);
  }
}

static void block_thread(whorl__task_t *task)
{
  int kept = errno;
  whorl__turn_thread_until_picked(task);
  errno = kept;
}

static int suspend(whorl__task_t *task, int64_t deadline_ns, bool drain)
{
  task->wait_until = deadline_ns;
  task->drain = drain;
  if (__builtin_expect(task->home->is_plain_thread, 0))
    block_thread(task);
  else
    whorl__turn_leave(task);
  int status = task->wait_status;
  if (status == WHORL_CANCELED && whorl__task_canceled(task)) return whorl__scope_fail_canceled(task->current);
  return status;
}

int whorl__wait_suspend(whorl__waiter_t *waiter) { return suspend(waiter->task, WHORL_FOREVER, false); }
int whorl__wait_suspend_until(whorl__waiter_t *waiter, int64_t deadline_ns) { return suspend(waiter->task, deadline_ns, false); }
int whorl__wait_suspend_drain(whorl__waiter_t *waiter) { return suspend(waiter->task, WHORL_FOREVER, true); }

bool whorl__wait_commit(whorl__waiter_t *waiter, int status)
{
  whorl__core_t *core = waiter->task->home->core;
  whorl__core_lock(core);
  bool first = whorl__task_commit(waiter->task, status);
  whorl__core_unlock(core);
  return first;
}

static void yield(whorl__task_t *task)
{
  atomic_store_explicit(&task->state, WHORL__TASK_YIELDING, memory_order_relaxed);
  whorl__turn_leave(task);
}

void whorl__wait_completed_at_once(void)
{
  whorl__task_t *task = whorl__task_current();
  if (task != NULL && ++task->at_once >= WHORL__BUDGET) yield(task);
}

WHORL__SUSPENDING int whorl_yield(void)
{
  whorl__task_t *task = whorl__task_current();
  int status = whorl__wait_entry_checked();
  if (status < 0) return status;
  yield(task);
  return whorl__task_canceled(task) ? whorl__scope_fail_canceled(task->current) : WHORL_OK; // it has no result to lose (R5)
}

bool whorl_canceled(void)
{
  whorl__task_t *task = whorl__task_on_thread();
  return task != NULL ? whorl__task_canceled(task) : whorl__lone_canceled();
}
