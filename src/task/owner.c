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

// `owner` NULL: everybody's. `text` NULL: they are only counted.
static size_t visit(whorl__core_t *core, const void *owner, const char *text)
{
  size_t count = 0;
  whorl__core_lock(core);
  for (whorl__scope_t *scope = next_task_scope(&core->root, &core->root); scope != NULL; scope = next_task_scope(&core->root, scope)) {
    if (owner != NULL && scope->task->owner != owner) continue;
    if (text != NULL) whorl__scope_cancel_for(scope, WHORL__CAUSE_CANCEL, text, NULL);
    count++;
  }
  whorl__core_unlock(core);
  return count;
}

void whorl__core_cancel_tasks(whorl__core_t *core, const char *text) { (void)visit(core, NULL, text); }

size_t whorl__core_cancel_owned(whorl__core_t *core, const void *owner, const char *text) { return visit(core, owner, text); }

size_t whorl__core_count_owned(whorl__core_t *core, const void *owner) { return visit(core, owner, NULL); }

bool whorl__core_caller_is_owned(const void *owner)
{
  const whorl__task_t *task = owner != NULL ? whorl__task_on_thread() : NULL; // who has no owner is nobody's
  for (const whorl__scope_t *scope = task != NULL ? task->current : NULL; scope != NULL; scope = scope->parent)
    if (scope->kind == WHORL__SCOPE_TASK && scope->task->owner == owner) return true;
  return false;
}
