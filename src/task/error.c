// Errors of groups and standing scopes: the first one is the result and cancels the rest, the first eight are listed, all are counted (R20). And waiting for the last task.
#include <stdio.h>

#include "base/detail.h"
#include "base/memory.h"
#include "base/rare.h"
#include "task/state.h"
#include "task/wait.h"
#include "whorl/status.h"

whorl__error_t *whorl__error_create(int status, const char *task, const char *detail)
{
  whorl__error_t *error = whorl__alloc(sizeof *error);
  if (error == NULL) return NULL;
  error->status = status;
  snprintf(error->task, sizeof error->task, "%s", task);
  snprintf(error->detail, sizeof error->detail, "%s", detail);
  return error;
}

void whorl__errors_free(whorl__list_t *errors)
{
  for (whorl__link_t *link; (link = whorl__list_pop(errors)) != NULL;) whorl__free(WHORL__CONTAINER(link, whorl__error_t, link));
}

bool whorl__scope_add_error(whorl__scope_t *scope, int status, whorl__error_t *error)
{
  size_t count = atomic_fetch_add_explicit(&scope->error_count, 1, memory_order_relaxed);
  bool taken = error != NULL && count < WHORL__ERRORS_KEPT;
  if (taken) whorl__list_append(&scope->errors, &error->link);
  if (count > 0) return taken;
  scope->first_status = status;
  scope->first_listed = taken;
  if (scope->parent == NULL) { // the root serves the driver's later runs too
    whorl__core_t *core = atomic_load_explicit(&scope->core, memory_order_relaxed);
    if (core->halts_on_error) whorl__core_halt_locked(core);
    return taken;
  }
  if (scope->keeps_going) return taken;
  whorl__scope_cancel_for(scope, WHORL__CAUSE_ERROR, NULL, scope);
  if (scope->body != NULL) whorl__scope_cancel_for(scope->body, WHORL__CAUSE_ERROR, NULL, scope);
  return taken;
}

// A later error's name and sentence must not pass for the first one's.
const whorl__error_t *whorl__scope_listed_first(const whorl__scope_t *scope)
{
  whorl__link_t *link = whorl__list_first(&scope->errors);
  return link != NULL && scope->first_listed ? WHORL__CONTAINER(link, whorl__error_t, link) : NULL;
}

void whorl__scope_fail(whorl__scope_t *scope, int status, const char *who, const char *detail)
{
  whorl__error_t *error = whorl__error_create(status, who, detail);
  whorl__core_t *core = whorl__scope_lock(scope);
  bool taken = whorl__scope_add_error(scope, status, error);
  whorl__core_unlock(core);
  if (!taken) whorl__free(error);
}

int whorl__scope_fail_first(whorl__scope_t *scope)
{
  char text[200], detail[240] = "";
  whorl__core_t *core = whorl__scope_lock(scope);
  int status = scope->first_status;
  const whorl__error_t *error = whorl__scope_listed_first(scope);
  if (error != NULL) snprintf(detail, sizeof detail, "%s", error->detail);
  whorl__scope_error_text(scope, text, sizeof text);
  whorl__core_unlock(core);
  if (status == WHORL_OK) return WHORL_OK;
  return whorl__fail(status, "%s%s%s", text, detail[0] != '\0' ? ": " : "", detail);
}

int whorl__scope_first_error(whorl__scope_t *scope) { return whorl__scope_fail_first(scope); }

// --- An executor's: the root's, told at the end of a spin or while it goes on

// "'/chatter' failed: IO_ERROR: ...", told to somebody or, for NULL, kept as the caller's detail.
static void tell_error(const whorl__error_t *error, void (*told)(void *arg, int status, const char *sentence), void *arg)
{
  char sentence[320];
  const char *name = whorl_status_name(error->status) + sizeof "WHORL_" - 1;
  snprintf(sentence, sizeof sentence, "'%s' failed: %s%s%s", error->task, name, error->detail[0] != '\0' ? ": " : "", error->detail);
  if (told != NULL)
    told(arg, error->status, sentence);
  else
    whorl__fail(error->status, "%s", sentence);
}

int whorl__core_take_error(whorl__core_t *core, void (*told)(void *arg, int status, const char *sentence), void *arg)
{
  whorl__scope_t *root = &core->root;
  whorl__list_t errors;
  whorl__list_init(&errors);
  whorl__core_lock(core);
  int status = root->first_status;
  bool listed = root->first_listed;
  for (whorl__link_t *link; (link = whorl__list_pop(&root->errors)) != NULL;) whorl__list_append(&errors, link);
  root->first_status = WHORL_OK;
  atomic_store_explicit(&root->error_count, 0, memory_order_relaxed);
  whorl__core_unlock(core);
  whorl__error_t *first = listed && !whorl__list_empty(&errors) ? WHORL__CONTAINER(whorl__list_pop(&errors), whorl__error_t, link) : NULL;
  for (whorl__link_t *link; (link = whorl__list_pop(&errors)) != NULL;) {
    whorl__error_t *error = WHORL__CONTAINER(link, whorl__error_t, link);
    if (told != NULL) tell_error(error, told, arg);
    whorl__free(error);
  }
  if (status < 0 && first == NULL) whorl__fail(status, "a callback failed, and there was no memory for its sentence");
  if (first != NULL) tell_error(first, NULL, NULL);
  whorl__free(first);
  return status;
}

// --- Reading them: a closed scope's errors are kept by the task that closed it

void whorl__scope_hand_over_errors(whorl__scope_t *scope, uint64_t owner)
{
  whorl__task_t *task = whorl__task_current();
  if (task == NULL) return;
  whorl__task_forget_errors(task);
  whorl__core_t *core = whorl__scope_lock(scope);
  for (whorl__link_t *link; (link = whorl__list_pop(&scope->errors)) != NULL;) whorl__list_append(&task->errors, link);
  task->error_count = atomic_load_explicit(&scope->error_count, memory_order_relaxed);
  task->errors_of = owner;
  whorl__core_unlock(core);
}

static whorl__task_t *task_with_errors_of(uint64_t owner)
{
  whorl__task_t *task = whorl__task_current();
  return task != NULL && task->errors_of == owner ? task : NULL;
}

size_t whorl__task_error_count(uint64_t owner)
{
  const whorl__task_t *task = task_with_errors_of(owner);
  return task != NULL ? task->error_count : 0;
}

bool whorl__task_error_at(uint64_t owner, size_t index, whorl_task_error_t *ret_error)
{
  whorl__task_t *task = task_with_errors_of(owner);
  if (task == NULL) return false;
  whorl__link_t *link = whorl__list_first(&task->errors);
  while (link != NULL && index-- > 0) link = whorl__list_next(&task->errors, link);
  if (link == NULL) return false;
  const whorl__error_t *error = WHORL__CONTAINER(link, whorl__error_t, link);
  *ret_error = (whorl_task_error_t){.status = error->status, .task = error->task, .detail = error->detail};
  return true;
}

// --- Waiting for the last task

typedef struct drain {
  whorl__link_t link; // in the scope's drains
  whorl__waiter_t waiter;
  size_t allowance;
} drain_t;

WHORL__RARE static void end_drains(whorl__scope_t *scope, whorl__worker_t *worker)
{
  whorl__link_t *next;
  for (whorl__link_t *link = whorl__list_first(&scope->drains); link != NULL; link = next) {
    next = whorl__list_next(&scope->drains, link);
    drain_t *drain = WHORL__CONTAINER(link, drain_t, link);
    if (scope->live > drain->allowance) continue;
    whorl__list_remove(link);
    if (drain->waiter.task->home->core == worker->core)
      whorl__task_commit(drain->waiter.task, WHORL_OK);
    else
      whorl__list_append(&worker->foreign_drains,
                         &drain->waiter.link); // its home's lock cannot be taken here; it stays until then, as nothing else ends its wait
  }
}

void whorl__scope_task_gone(whorl__scope_t *scope, whorl__worker_t *worker)
{
  worker->core->live_tasks--;
  for (; scope != NULL; scope = whorl__scope_standing_above(scope)) {
    scope->live--;
    if (!whorl__list_empty(&scope->drains)) end_drains(scope, worker);
  }
}

// --- Waits that could never end. Who waits for the tasks of a standing scope must not be what one of them waits for in turn. "Ends after": a task ends after those below it, and after those whose end it
// waits for. Only waits within one core are known.

enum { DEEPEST_CHAIN = 64 };

static whorl__task_t *opener_above(const whorl__task_t *task)
{
  const whorl__scope_t *scope = task->scope.parent;
  while (scope != NULL && scope->task == NULL) scope = scope->parent;
  return scope != NULL ? scope->task : NULL;
}

// Is one of the tasks that end after `task`, itself included, one that the caller would wait for?
static bool is_waited_for(const whorl__scope_t *wanted, const whorl__task_t *caller, const whorl__task_t *task, int depth)
{
  for (; task != NULL; task = opener_above(task)) {
    if (whorl__scope_counts(wanted, task) && !whorl__scope_is_below(&caller->scope, &task->scope)) return true;
    for (const whorl__scope_t *scope = task->scope.parent; scope != NULL; scope = whorl__scope_standing_above(scope)) {
      for (const whorl__link_t *link = whorl__list_first(&scope->drains); link != NULL; link = whorl__list_next(&scope->drains, link)) {
        const whorl__task_t *waiter = WHORL__CONTAINER(link, drain_t, link)->waiter.task;
        if (waiter->joins != scope || whorl__scope_is_below(&waiter->scope, &task->scope)) continue; // of another core; not for `task`
        if (depth < DEEPEST_CHAIN && is_waited_for(wanted, caller, waiter, depth + 1)) return true;
      }
    }
  }
  return false;
}

static bool would_deadlock(const whorl__scope_t *scope, const whorl__core_t *core)
{
  const whorl__task_t *caller = whorl__task_current();
  return scope->kind == WHORL__SCOPE_STANDING && caller->home->core == core && is_waited_for(scope, caller, caller, 0);
}

int whorl__scope_wait_drained(whorl__scope_t *scope, size_t allowance)
{
  for (;;) {
    drain_t drain = {.allowance = allowance};
    whorl__core_t *core = whorl__scope_lock(scope);
    bool wait = scope->live > allowance, refused = wait && would_deadlock(scope, core);
    if (wait && !refused) {
      if (core == whorl__core_current())
        whorl__wait_begin_join(&drain.waiter, scope);
      else
        whorl__wait_begin(&drain.waiter, "tasks of another driver");
      whorl__list_append(&scope->drains, &drain.link);
    }
    whorl__core_unlock(core);
    if (refused)
      return whorl__fail(WHORL_WOULD_DEADLOCK, "a task of scope '%s' ends only after this one, which would wait for it", scope->name);
    if (!wait) return WHORL_OK;
    whorl__wait_suspend_drain(&drain.waiter);
  }
}
