// Errors of groups and standing scopes: the first one is the result and cancels the rest, the first eight are listed, all are counted (R20). And waiting for the last task.
#include <stdio.h>

#include "base/detail.h"
#include "base/memory.h"
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
  if (scope->parent == NULL) return taken; // the root serves the driver's later runs too
  whorl__scope_cancel_for(scope, WHORL__CAUSE_ERROR, NULL, scope);
  if (scope->body != NULL) whorl__scope_cancel_for(scope->body, WHORL__CAUSE_ERROR, NULL, scope);
  return taken;
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
  whorl__link_t *link = whorl__list_first(&scope->errors);
  if (link != NULL) snprintf(detail, sizeof detail, "%s", WHORL__CONTAINER(link, whorl__error_t, link)->detail);
  whorl__scope_error_text(scope, text, sizeof text);
  whorl__core_unlock(core);
  if (status == WHORL_OK) return WHORL_OK;
  return whorl__fail(status, "%s%s%s", text, detail[0] != '\0' ? ": " : "", detail);
}

int whorl__scope_first_error(whorl__scope_t *scope) { return whorl__scope_fail_first(scope); }

// --- Waiting for the last task

typedef struct drain {
  whorl__link_t link; // in the scope's drains
  whorl__waiter_t waiter;
  size_t allowance;
} drain_t;

static void one_less(whorl__scope_t *scope, whorl__worker_t *worker)
{
  scope->live--;
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
  for (; scope != NULL; scope = whorl__scope_standing_above(scope)) one_less(scope, worker);
}

int whorl__scope_wait_drained(whorl__scope_t *scope, size_t allowance)
{
  for (;;) {
    drain_t drain = {.allowance = allowance};
    whorl__core_t *core = whorl__scope_lock(scope);
    bool wait = scope->live > allowance;
    if (wait) {
      whorl__wait_begin(&drain.waiter, "tasks to end");
      whorl__list_append(&scope->drains, &drain.link);
    }
    whorl__core_unlock(core);
    if (!wait) return WHORL_OK;
    whorl__wait_suspend_drain(&drain.waiter);
  }
}
