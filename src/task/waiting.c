// Who waits: a walk through the scope tree.
#include "task/state.h"

static void visit_below(const whorl__scope_t *scope, void (*visit)(void *arg, const char *task, const char *what), void *arg)
{
  for (const whorl__link_t *link = whorl__list_first(&scope->children); link != NULL; link = whorl__list_next(&scope->children, link)) {
    const whorl__scope_t *child = WHORL__CONTAINER(link, whorl__scope_t, sibling);
    const whorl__task_t *task = child->kind == WHORL__SCOPE_TASK ? child->task : NULL;
    if (task != NULL && atomic_load_explicit(&task->state, memory_order_relaxed) == WHORL__TASK_SUSPENDED)
      visit(arg, task->name, task->waits_for);
    visit_below(child, visit, arg);
  }
}

void whorl__core_visit_waiting(whorl__core_t *core, void (*visit)(void *arg, const char *task, const char *what), void *arg)
{
  whorl__core_lock(core);
  visit_below(whorl__core_root(core), visit, arg);
  whorl__core_unlock(core);
}
