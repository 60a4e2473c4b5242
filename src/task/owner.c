// Cancelling tasks by what they run for, not by where they stand. An executor's callbacks all stand below its root, whichever node they belong to: nodes come and go, and what has begun ends where it began.
#include "task/state.h"

// The first scope of a task at or after `scope`, among those that stand below the root without an opener.
static whorl__scope_t *next_task_scope(whorl__scope_t *top, whorl__scope_t *scope)
{
  for (;;) {
    whorl__link_t *link = scope->kind == WHORL__SCOPE_STANDING ? whorl__list_first(&scope->children) : NULL;
    while (link == NULL && scope != top) {
      link = whorl__list_next(&scope->parent->children, &scope->sibling);
      scope = scope->parent;
    }
    if (link == NULL) return NULL;
    scope = WHORL__CONTAINER(link, whorl__scope_t, sibling);
    if (scope->kind == WHORL__SCOPE_TASK) return scope;
  }
}

// The next one's, of those that run for `owner` (NULL: for anybody); NULL after the last. Lock held.
static whorl__scope_t *next_owned(whorl__core_t *core, whorl__scope_t *scope, const void *owner)
{
  do scope = next_task_scope(&core->root, scope);
  while (scope != NULL && owner != NULL && scope->task->owner != owner);
  return scope;
}

void whorl__core_cancel_owned(whorl__core_t *core, const void *owner, const char *text)
{
  whorl__core_lock(core);
  for (whorl__scope_t *scope = &core->root; (scope = next_owned(core, scope, owner)) != NULL;)
    whorl__scope_cancel_for(scope, WHORL__CAUSE_CANCEL, text, NULL);
  whorl__core_unlock(core);
}

void whorl__core_cancel_tasks(whorl__core_t *core, const char *text) { whorl__core_cancel_owned(core, NULL, text); }

bool whorl__core_has_owned(whorl__core_t *core, const void *owner)
{
  whorl__core_lock(core);
  bool has = next_owned(core, &core->root, owner) != NULL;
  whorl__core_unlock(core);
  return has;
}

static void await(whorl__core_t *core, whorl__task_t *task)
{
  if (task->awaited) return;
  task->awaited = true;
  core->awaited++;
}

bool whorl__core_await_owned(whorl__core_t *core, const void *owner)
{
  whorl__core_lock(core);
  whorl__scope_t *first = next_owned(core, &core->root, owner);
  bool driven = whorl__core_is_driven_elsewhere(core);
  for (whorl__scope_t *scope = first; driven && scope != NULL; scope = next_owned(core, scope, owner)) await(core, scope->task);
  whorl__core_unlock(core);
  return first == NULL || driven;
}

bool whorl__core_caller_is_owned(const void *owner)
{
  const whorl__task_t *task = owner != NULL ? whorl__task_on_thread() : NULL; // who has no owner is nobody's
  for (const whorl__scope_t *scope = task != NULL ? task->current : NULL; scope != NULL; scope = scope->parent)
    if (scope->kind == WHORL__SCOPE_TASK && scope->task->owner == owner) return true;
  return false;
}
