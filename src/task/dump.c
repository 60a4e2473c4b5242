// Dumps (docs/tasks.md R45): every task of a core in a line, and the wait graph.
//
// Everything is written within one hold of the core's lock, so that the lines belong together and any thread may ask. Of a task only what is guarded is looked at: what it waits for may be read while it is
// SUSPENDED, since whoever ends what it waits for must commit it first, which needs this lock.
#include "whorl/dump.h"

#include "base/detail.h"
#include "base/lines.h"
#include "task/state.h"
#include "task/wait.h"
#include "whorl/status.h"

static whorl__task_state_t state_of(const whorl__task_t *task)
{
  return (whorl__task_state_t)atomic_load_explicit(&task->state, memory_order_relaxed);
}

// Outer scopes first, in order of opening.
static const whorl__scope_t *next_scope(const whorl__scope_t *top, const whorl__scope_t *scope)
{
  const whorl__link_t *child = whorl__list_first(&scope->children);
  if (child != NULL) return WHORL__CONTAINER(child, whorl__scope_t, sibling);
  for (; scope != top; scope = scope->parent) {
    const whorl__link_t *next = whorl__list_next(&scope->parent->children, &scope->sibling);
    if (next != NULL) return WHORL__CONTAINER(next, whorl__scope_t, sibling);
  }
  return NULL;
}

// The next task below `top`; NULL: the first one, and the end.
static const whorl__task_t *next_task(const whorl__scope_t *top, const whorl__task_t *task)
{
  const whorl__scope_t *scope = task != NULL ? next_scope(top, &task->scope) : top;
  while (scope != NULL && scope->kind != WHORL__SCOPE_TASK) scope = next_scope(top, scope);
  return scope != NULL ? scope->task : NULL;
}

void whorl__core_visit_waiting(whorl__core_t *core, void (*visit)(void *arg, const char *task, const char *what), void *arg)
{
  char what[160];
  whorl__core_lock(core);
  for (const whorl__task_t *task = NULL; (task = next_task(&core->root, task)) != NULL;) {
    if (state_of(task) != WHORL__TASK_SUSPENDED) continue;
    whorl__wait_describe(task, what, sizeof what);
    visit(arg, task->name, what);
  }
  whorl__core_unlock(core);
}

// --- Tasks

static double seconds(int64_t from_ns, int64_t to_ns) { return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e9 : 0; }

static void add_name(whorl__lines_t *lines, const whorl__task_t *task)
{
  whorl__lines_add(lines, "#%llu '%s'", (unsigned long long)task->number, task->name);
}

static void add_state(whorl__lines_t *lines, const whorl__task_t *task, int64_t now)
{
  static const char *const words[] = {
      [WHORL__TASK_NEW] = "new",         [WHORL__TASK_RUNNING] = "running", [WHORL__TASK_ARMED] = "suspending",
      [WHORL__TASK_SUSPENDED] = "waits", [WHORL__TASK_READY] = "ready",     [WHORL__TASK_YIELDING] = "yielding",
      [WHORL__TASK_DONE] = "ending",
  };
  char what[160];
  whorl__lines_add(lines, "%s %.9g s", words[state_of(task)], seconds(task->since, now));
  if (state_of(task) != WHORL__TASK_SUSPENDED) return;
  whorl__wait_describe(task, what, sizeof what);
  whorl__lines_add(lines, " for %s", what);
  if (task->joins != NULL) whorl__lines_add(lines, ", %zu live", task->joins->live);
  if (task->wait_deadline.node.queued) whorl__lines_add(lines, ", %.9g s left", seconds(now, task->wait_deadline.when_ns));
}

static void add_scope(whorl__lines_t *lines, const whorl__scope_t *scope, int64_t now)
{
  char text[200];
  whorl__scope_describe(scope, text, sizeof text);
  whorl__lines_add(lines, "%s", text);
  if (scope->deadline.node.queued) whorl__lines_add(lines, " (%.9g s left)", seconds(now, scope->deadline.when_ns));
  if (atomic_load_explicit(&scope->cause, memory_order_relaxed) == WHORL__CAUSE_NONE) return;
  whorl__scope_cause_text(scope, text, sizeof text);
  whorl__lines_add(lines, " (cancelled: %s)", text);
}

// Another thread's task may be writing on its stack meanwhile: the mark is of some moment then.
static void add_stack(whorl__lines_t *lines, const whorl__seat_t *seat)
{
  size_t used = whorl__fiber_high_water(&seat->fiber);
  whorl__lines_add(lines, "; stack %zu of %zu KiB", (used + 1023) / 1024, whorl__seat_stack_size(seat) / 1024);
}

static void add_task(whorl__lines_t *lines, const whorl__core_t *core, const whorl__task_t *task, int64_t now)
{
  add_name(lines, task);
  whorl__lines_add(lines, " on '%s': ", core->name);
  add_state(lines, task, now);
  for (const whorl__scope_t *scope = task->current; scope != NULL; scope = scope->parent) {
    whorl__lines_add(lines, scope == task->current ? "; in " : " < ");
    add_scope(lines, scope, now);
  }
  if (task->scope.place != NULL) whorl__lines_add(lines, "; from %s", task->scope.place);
  if (task->seat != NULL) add_stack(lines, task->seat);
  whorl__lines_end(lines);
}

// --- The wait graph

// Who waits below a scope whose end it waits for does not wait for itself.
static void add_joined(whorl__lines_t *lines, const whorl__task_t *waiter)
{
  const char *before = "";
  for (const whorl__task_t *task = NULL; (task = next_task(waiter->joins, task)) != NULL;) {
    if (!whorl__scope_counts(waiter->joins, task) || whorl__scope_is_below(&waiter->scope, &task->scope)) continue;
    whorl__lines_add(lines, "%s", before);
    add_name(lines, task);
    before = ", ";
  }
}

static void add_edge(whorl__lines_t *lines, const whorl__task_t *task)
{
  char what[160];
  whorl__wait_describe(task, what, sizeof what);
  add_name(lines, task);
  whorl__lines_add(lines, " -> ");
  if (task->joins != NULL)
    add_joined(lines, task);
  else
    whorl__lines_add(lines, "%s", task->wait_kind->holder);
  whorl__lines_add(lines, ": %s", what);
  whorl__lines_end(lines);
}

static void write_all(whorl__lines_t *lines, const whorl__core_t *core, int64_t now)
{
  whorl__lines_add(lines, "tasks of '%s': %zu", core->name, core->live_tasks);
  whorl__lines_end(lines);
  for (const whorl__task_t *task = NULL; (task = next_task(&core->root, task)) != NULL;) add_task(lines, core, task, now);
  whorl__lines_add(lines, "who waits for whom:");
  whorl__lines_end(lines);
  for (const whorl__task_t *task = NULL; (task = next_task(&core->root, task)) != NULL;)
    if (state_of(task) == WHORL__TASK_SUSPENDED) add_edge(lines, task);
}

int whorl__core_dump(whorl__core_t *core, whorl_dump_sink_t sink, void *arg)
{
  whorl__lines_t lines = {0};
  int status = WHORL_OK;
  if (sink == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "a dump needs a sink");
  int64_t now = whorl__core_now(core);
  do {
    whorl__core_lock(core);
    write_all(&lines, core, now);
    whorl__core_unlock(core);
  } while (!whorl__lines_fit(&lines, &status) && status == WHORL_OK);
  if (status < 0) return status;
  whorl__lines_tell(&lines, sink, arg);
  return WHORL_OK;
}

int whorl_dump(whorl_dump_sink_t sink, void *arg)
{
  whorl__worker_t *worker = whorl__worker_current();
  if (worker == NULL) return whorl__fail(WHORL_NOT_IN_TASK, "this thread runs no driver whose tasks could be listed");
  return whorl__core_dump(worker->core, sink, arg);
}
