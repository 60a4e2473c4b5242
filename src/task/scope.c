// The tree of scopes. A cancellation is a level: a scope is cancelled from its first cause on, and "am I cancelled" is computed by walking up the tree, no further than the first shield.
// Nothing is queued for a task but the commit of the wait that it sits in (docs/tasks.md R1-R3).
//
// Who walks: tasks walk up from their own scope without the lock: the parents of an open scope stay, and a cause is one atomic word. Cancelling walks down with the lock.
#include <stdio.h>

#include "base/detail.h"
#include "base/time_after.h"
#include "task/bug.h"
#include "task/state.h"
#include "whorl/status.h"

// What kept the slot's turn waiting: a run of the turn before, written down for the scopes that it made late. Its number; 0: none.
static uint64_t note_stall(whorl__core_t *core, const whorl__worker_t *slot)
{
  const whorl__busy_t *busy = slot != NULL ? &slot->busy : NULL;
  if (busy == NULL || busy->stall_number == 0 || busy->stall_turn + 1 != slot->turns) return 0;
  struct whorl__stall *stall = &core->stall;
  if (stall->slot != slot || stall->run != busy->stall_number) {
    *stall = (struct whorl__stall){.number = stall->number + 1, .slot = slot, .run = busy->stall_number, .length_ns = busy->stall_ns};
    snprintf(stall->task, sizeof stall->task, "%s", busy->stall_task);
  }
  return stall->number;
}

static void scope_is_due(whorl__deadline_t *deadline, int64_t now_ns)
{
  whorl__scope_t *scope = WHORL__CONTAINER(deadline, whorl__scope_t, deadline);
  if (atomic_load_explicit(&scope->cause, memory_order_relaxed) != WHORL__CAUSE_NONE) return;
  whorl__core_t *core = atomic_load_explicit(&scope->core, memory_order_relaxed);
  scope->late_ns = now_ns - deadline->when_ns;
  scope->stall = note_stall(core, whorl__worker_current());
  whorl__scope_mark(scope, WHORL__CAUSE_DEADLINE, NULL, NULL);
  whorl__list_append(&core->marked, &scope->marked);
}

void whorl__scope_init(whorl__scope_t *scope, whorl__core_t *core, whorl__scope_t *parent, whorl__scope_kind_t kind, const char *name,
                       const char *place)
{
  scope->parent = parent;
  scope->kind = kind;
  scope->name = name;
  scope->place = place;
  scope->task = NULL;
  scope->storage = NULL;
  scope->body = scope->outer = NULL;
  scope->live = 0;
  scope->late_ns = 0;
  scope->shields_until_ns = WHORL_FOREVER;
  scope->grace_ns = 0;
  scope->child_canceled = scope->keeps_going = false;
  scope->first_status = WHORL_OK;
  scope->request.run = NULL;
  scope->deadline.is_scope = true;
  scope->deadline.expire = scope_is_due;
  whorl__list_init(&scope->children);
  whorl__list_init(&scope->errors);
  whorl__list_init(&scope->drains);
  atomic_store_explicit(&scope->error_count, 0, memory_order_relaxed);
  atomic_store_explicit(&scope->cause, WHORL__CAUSE_NONE, memory_order_relaxed);
  atomic_store_explicit(&scope->core, core, memory_order_relaxed);
  atomic_store_explicit(&scope->serial, whorl__core_ticket(core), memory_order_relaxed);
  if (parent != NULL) whorl__list_append(&parent->children, &scope->sibling);
}

void whorl__scope_renew(whorl__scope_t *scope, whorl__scope_t *parent, const char *name)
{
  whorl__core_t *core = atomic_load_explicit(&scope->core, memory_order_relaxed);
  scope->parent = parent;
  scope->name = name;
  atomic_store_explicit(&scope->cause, WHORL__CAUSE_NONE, memory_order_relaxed);
  atomic_store_explicit(&scope->serial, whorl__core_ticket(core), memory_order_relaxed);
  whorl__list_append(&parent->children, &scope->sibling);
}

bool whorl__scope_take_back_request(whorl__scope_t *scope, whorl__core_t *core)
{
  if (!whorl__link_listed(&scope->request.link)) return false;
  whorl__list_remove(&scope->request.link);
  core->mail_count--;
  core->mail_cancels--;
  return true;
}

void whorl__scope_unlink(whorl__scope_t *scope)
{
  whorl__core_t *core = atomic_load_explicit(&scope->core, memory_order_relaxed);
  WHORL__BUG_IF(!whorl__list_empty(&scope->children), "a scope is closed while scopes below it are open");
  if (whorl__link_listed(&scope->sibling)) whorl__list_remove(&scope->sibling);
  whorl__scope_take_back_request(scope, core);
  whorl__core_disarm(core, &scope->deadline);
  if (atomic_load_explicit(&scope->cause, memory_order_relaxed) != WHORL__CAUSE_NONE) core->canceled_scopes--;
  atomic_store_explicit(&scope->serial, 0, memory_order_relaxed);
}

bool whorl__scope_is_below(const whorl__scope_t *scope, const whorl__scope_t *top)
{
  while (scope != NULL && scope != top) scope = scope->parent;
  return scope != NULL;
}

bool whorl__scope_counts(const whorl__scope_t *scope, const whorl__task_t *task)
{
  const whorl__scope_t *parent = task->scope.parent;
  while (parent != NULL && parent != scope) parent = whorl__scope_standing_above(parent);
  return parent != NULL;
}

bool whorl__scope_visible(const whorl__scope_t *scope)
{
  for (; scope != NULL; scope = scope->parent) {
    if (atomic_load_explicit(&scope->cause, memory_order_acquire) != WHORL__CAUSE_NONE) return true;
    if (scope->kind == WHORL__SCOPE_SHIELD) return false;
  }
  return false;
}

bool whorl__scope_visible_outside(const whorl__scope_t *scope)
{
  return scope->kind != WHORL__SCOPE_SHIELD && whorl__scope_visible(scope->parent);
}

void whorl__scope_mark(whorl__scope_t *scope, whorl__cause_t cause, const char *text, whorl__scope_t *from)
{
  if (atomic_load_explicit(&scope->cause, memory_order_relaxed) != WHORL__CAUSE_NONE) return; // the first reason is kept
  atomic_load_explicit(&scope->core, memory_order_relaxed)->canceled_scopes++;
  scope->cause_text = text;
  scope->cause_scope = from;
  atomic_store_explicit(&scope->cause, cause, memory_order_release);
}

// The next scope in the order of opening, parents first. Below a shield, and below what was cancelled before, there is no wait left for this cancellation to end.
static whorl__scope_t *next_below(whorl__scope_t *top, whorl__scope_t *scope)
{
  whorl__link_t *link = whorl__list_first(&scope->children);
  for (;;) {
    for (; link != NULL; link = whorl__list_next(&scope->children, link)) {
      whorl__scope_t *child = WHORL__CONTAINER(link, whorl__scope_t, sibling);
      if (child->kind != WHORL__SCOPE_SHIELD && atomic_load_explicit(&child->cause, memory_order_relaxed) == WHORL__CAUSE_NONE)
        return child;
    }
    if (scope == top) return NULL;
    link = whorl__list_next(&scope->parent->children, &scope->sibling);
    scope = scope->parent;
  }
}

// The same without leaving anything out.
static whorl__scope_t *next_of_all(const whorl__scope_t *top, whorl__scope_t *scope)
{
  whorl__link_t *link = whorl__list_first(&scope->children);
  while (link == NULL && scope != top) {
    link = whorl__list_next(&scope->parent->children, &scope->sibling);
    scope = scope->parent;
  }
  return link != NULL ? WHORL__CONTAINER(link, whorl__scope_t, sibling) : NULL;
}

static void cut_shield(whorl__core_t *core, whorl__scope_t *shield, const whorl__scope_t *top)
{
  bool ends_before = shield->deadline.node.queued && shield->deadline.when_ns <= top->shields_until_ns;
  if (ends_before || atomic_load_explicit(&shield->cause, memory_order_relaxed) != WHORL__CAUSE_NONE) return;
  shield->grace_ns = top->grace_ns;
  whorl__core_arm(core, &shield->deadline, top->shields_until_ns);
}

void whorl__scope_cut_shields(whorl__scope_t *top, int64_t grace_ns)
{
  whorl__core_t *core = whorl__scope_lock(top);
  top->grace_ns = grace_ns;
  top->shields_until_ns = whorl__time_after(whorl__core_now(core), grace_ns);
  for (whorl__scope_t *scope = top; scope != NULL; scope = next_of_all(top, scope))
    if (scope->kind == WHORL__SCOPE_SHIELD) cut_shield(core, scope, top);
  whorl__core_unlock(core);
}

void whorl__scope_commit_waits(whorl__scope_t *top)
{
  for (whorl__scope_t *scope = top; scope != NULL; scope = next_below(top, scope)) {
    whorl__task_t *task = scope->task;
    if (task == NULL || atomic_load_explicit(&task->state, memory_order_relaxed) != WHORL__TASK_SUSPENDED) continue;
    if (task->current == scope && !task->drain) whorl__task_commit(task, WHORL_CANCELED);
  }
}

void whorl__scope_cancel_for(whorl__scope_t *scope, whorl__cause_t cause, const char *text, whorl__scope_t *from)
{
  if (atomic_load_explicit(&scope->cause, memory_order_relaxed) != WHORL__CAUSE_NONE) return;
  whorl__scope_mark(scope, cause, text, from);
  whorl__scope_commit_waits(scope);
}

void whorl__scope_cancel_or_request(whorl__scope_t *scope, whorl__core_t *core, const char *text)
{
  if (whorl__core_is_current(core)) {
    whorl__scope_cancel_for(scope, WHORL__CAUSE_CANCEL, text, NULL);
  } else if (!whorl__link_listed(&scope->request.link) && atomic_load_explicit(&scope->cause, memory_order_relaxed) == WHORL__CAUSE_NONE) {
    scope->request_text = text;
    whorl__list_append(&core->mail, &scope->request.link);
    core->mail_count++;
    core->mail_cancels++;
  }
}

whorl__core_t *whorl__scope_lock(whorl__scope_t *scope)
{
  for (;;) {
    whorl__core_t *core = atomic_load_explicit(&scope->core, memory_order_acquire);
    whorl__core_lock(core);
    if (atomic_load_explicit(&scope->core, memory_order_relaxed) == core) return core;
    whorl__core_unlock(core);
  }
}

void whorl__scope_cancel(whorl__scope_t *scope, const char *reason)
{
  whorl__core_t *core = whorl__scope_lock(scope);
  whorl__scope_cancel_or_request(scope, core, reason);
  whorl__core_unlock(core);
}

bool whorl__scope_canceled(const whorl__scope_t *scope) { return whorl__scope_visible(scope); }
