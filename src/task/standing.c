// Standing scopes: opened by no task, like a node's. They are groups that others close: see scope.h.
#include "base/detail.h"
#include "base/memory.h"
#include "task/bug.h"
#include "task/spawn.h"
#include "task/state.h"
#include "whorl/status.h"

int whorl__scope_create(whorl__core_t *core, whorl__scope_t *parent, const char *name, whorl__scope_t **ret_scope)
{
  whorl__scope_t *scope = whorl__alloc(sizeof *scope);
  char *own_name = whorl__strdup(name);
  if (scope == NULL || own_name == NULL) {
    whorl__free(own_name);
    whorl__free(scope);
    return whorl__fail(WHORL_NO_MEMORY, "no memory for scope '%s'", name);
  }
  whorl__core_lock(core);
  whorl__scope_init(scope, core, parent != NULL ? parent : whorl__core_root(core), WHORL__SCOPE_STANDING, own_name, NULL);
  scope->own_name = own_name;
  whorl__core_unlock(core);
  *ret_scope = scope;
  return WHORL_OK;
}

void whorl__scope_destroy(whorl__scope_t *scope)
{
  whorl__core_t *core = whorl__scope_lock(scope);
  WHORL__BUG_IF(scope->live > 0 || scope->body != NULL, "scope '%s' is destroyed while tasks live in it", scope->name);
  whorl__scope_unlink(scope);
  whorl__core_unlock(core);
  whorl__errors_free(&scope->errors);
  whorl__free(scope->own_name);
  whorl__free(scope);
}

void whorl__scope_move(whorl__scope_t *scope, whorl__core_t *core, whorl__scope_t *parent)
{
  whorl__core_t *from = atomic_load_explicit(&scope->core, memory_order_relaxed);
  WHORL__BUG_IF(scope->live > 0 || !whorl__list_empty(&scope->children), "scope '%s' is moved while tasks or scopes are below it",
                scope->name);
  if (whorl__scope_take_back_request(scope, from)) // a cancel that was asked for goes along, served now
    whorl__scope_mark(scope, WHORL__CAUSE_CANCEL, scope->request_text, NULL);
  if (atomic_load_explicit(&scope->cause, memory_order_relaxed) != WHORL__CAUSE_NONE) {
    from->canceled_scopes--;
    core->canceled_scopes++;
  }
  whorl__list_remove(&scope->sibling);
  scope->parent = parent != NULL ? parent : whorl__core_root(core);
  whorl__list_append(&scope->parent->children, &scope->sibling);
  atomic_store_explicit(&scope->core, core, memory_order_release);
}

int whorl__scope_spawn_owned(whorl__scope_t *scope, const void *owner, whorl_task_function_t function, void *arg,
                             const whorl_task_options_t *options, whorl_task_t *ret_task, const char *place)
{
  return whorl__task_spawn(scope, owner, function, arg, options, ret_task, place);
}

int whorl__scope_spawn(whorl__scope_t *scope, whorl_task_function_t function, void *arg, const whorl_task_options_t *options,
                       whorl_task_t *ret_task, const char *place)
{
  return whorl__task_spawn(scope, NULL, function, arg, options, ret_task, place);
}

whorl__scope_t *whorl__scope_current(void)
{
  whorl__task_t *task = whorl__task_current();
  return task != NULL ? task->current : NULL;
}

bool whorl__scope_contains_caller(const whorl__scope_t *scope)
{
  whorl__task_t *task = whorl__task_current();
  if (task == NULL) return false;
  const whorl__scope_t *at = task->current;
  while (at != NULL && at != scope) at = at->parent;
  return at != NULL;
}

int whorl__scope_drain(whorl__scope_t *scope)
{
  if (whorl__task_current() == NULL) return whorl__fail(WHORL_NOT_IN_TASK, "only a task can wait for the tasks of scope '%s'", scope->name);
  return whorl__scope_wait_drained(scope, whorl__scope_contains_caller(scope) ? 1 : 0);
}

// The body is a scope of the opener, under the opener's scopes; only errors of the standing scope reach it (R23: destroy and shutdown do not cancel the body).
int whorl__scope_enter(whorl__scope_t *scope, whorl__body_t *body, const char *place)
{
  whorl__scope_t *opened = whorl__scope_open(body->private_, WHORL__SCOPE_BODY, scope->name, place);
  body->status = WHORL_OK;
  if (opened == NULL) {
    if (whorl__scope_handle_spare(body->private_)) return WHORL_OK; // its calls are cancelled, its leave says NO_MEMORY
    return whorl__fail(WHORL_NOT_IN_TASK, "scope '%s' can be entered only by a task", scope->name);
  }
  whorl__core_t *core = whorl__scope_lock(scope);
  WHORL__BUG_IF(scope->body != NULL, "scope '%s' is entered twice", scope->name);
  WHORL__BUG_IF(core != opened->task->home->core, "scope '%s' is entered by a task of another driver", scope->name);
  scope->body = opened;
  opened->body = scope;
  if (scope->first_status < 0) whorl__scope_mark(opened, WHORL__CAUSE_ERROR, NULL, scope);
  whorl__core_unlock(core);
  return WHORL_OK;
}

int whorl__scope_leave(whorl__body_t *body, int status)
{
  if (whorl__scope_handle_closed(body->private_)) return body->status;
  whorl__scope_t *opened = whorl__scope_closing(body->private_, WHORL__SCOPE_BODY, &status);
  if (opened == NULL) return body->status = status;
  bool caused = status == WHORL_CANCELED && atomic_load_explicit(&opened->cause, memory_order_acquire) != WHORL__CAUSE_NONE &&
                !whorl__scope_visible_outside(opened);
  whorl__core_t *core = whorl__scope_lock(opened->body);
  opened->body->body = NULL;
  whorl__core_unlock(core);
  whorl__scope_closed(body->private_, opened);
  return body->status = caused ? WHORL_OK : status;
}
