// Scopes that a task opens in its caller's storage: groups, timeouts, shields. The storage holds an id; the scope itself lives in the task's seat or in the core's pool, so that a frame
// that is gone cannot corrupt the tree, and so that misuse is found and named (R17).
//
// private_[0] the opening's serial (for a spare: the nesting; outside: why), [1] the scope's address, [2] the state below.
#include "base/detail.h"
#include "base/time_after.h"
#include "task/bug.h"
#include "task/state.h"
#include "whorl/status.h"

enum {
  OPEN = 0x6f70656e,
  SPARE = 0x73706172,   // open, and there was no memory: all of them share the seat's spare scope, which is cancelled
  OUTSIDE = 0x6f757473, // opened where it cannot be: its close says so
  MISSING = 0x6d697373, // open, on a plain thread that has no memory for its first limit: nothing waits inside
  CLOSED = 0x636c6f73,
};
#define EXPIRED (UINT64_C(1) << 40) // beside CLOSED

static uint32_t state_of(const uint64_t handle[3]) { return (uint32_t)handle[2]; }
static whorl__scope_t *scope_of(const uint64_t handle[3])
{
  return (whorl__scope_t *)(uintptr_t)handle[1];
} // NOLINT: an address kept as a number
static uint64_t serial_of(const whorl__scope_t *scope) { return atomic_load_explicit(&scope->serial, memory_order_relaxed); }

bool whorl__scope_handle_outside(const uint64_t handle[3]) { return state_of(handle) == OUTSIDE; }
bool whorl__scope_handle_closed(const uint64_t handle[3]) { return state_of(handle) == CLOSED; }
bool whorl__scope_handle_spare(const uint64_t handle[3]) { return state_of(handle) == SPARE; }

static whorl__scope_t *take_scope(whorl__task_t *task)
{
  whorl__seat_t *seat = task->seat;
  bool fresh;
  if (seat->spare_depth > 0) return NULL; // below a scope that could not be had
  for (int i = 0; i < WHORL__SEAT_SCOPES; i++)
    if (serial_of(&seat->scopes[i]) == 0) return &seat->scopes[i];
  return whorl__pool_take(&task->home->core->scope_pool, &fresh);
}

static void give_scope(whorl__task_t *task, whorl__scope_t *scope)
{
  if (scope == &task->seat->spare) return;
  for (int i = 0; i < WHORL__SEAT_SCOPES; i++)
    if (scope == &task->seat->scopes[i]) return;
  whorl__pool_give(&task->home->core->scope_pool, scope);
}

static void join(whorl__task_t *task, whorl__scope_t *scope, whorl__scope_kind_t kind, const char *name, const char *place,
                 const void *storage)
{
  whorl__core_t *core = task->home->core;
  whorl__core_lock(core);
  whorl__scope_init(scope, core, task->current, kind, name, place);
  scope->task = task;
  scope->storage = storage;
  scope->outer = task->current;
  task->current = scope;
  whorl__core_unlock(core);
}

static bool is_limit(whorl__scope_kind_t kind) { return kind == WHORL__SCOPE_TIMEOUT || kind == WHORL__SCOPE_SHIELD; }

// A plain thread has no children: of scopes, it opens limits only (R35).
static whorl__task_t *find_opener(uint64_t handle[3], whorl__scope_kind_t kind)
{
  whorl__task_t *task = whorl__task_current();
  if (task != NULL && !task->ending) return task;
  int status = is_limit(kind) ? whorl__lone_enter("a timeout or shield", &task) : WHORL_NOT_IN_TASK;
  if (status == WHORL_OK) return task;
  bool missing = status == WHORL_NO_MEMORY || status == WHORL_CANCELED;
  handle[0] = missing ? ++whorl__local()->missing_limits : (uint64_t)-status;
  handle[2] = missing ? MISSING : OUTSIDE;
  return NULL;
}

whorl__scope_t *whorl__scope_open(uint64_t handle[3], whorl__scope_kind_t kind, const char *name, const char *place)
{
  handle[1] = 0;
  whorl__task_t *task = find_opener(handle, kind);
  if (task == NULL) return NULL;
  whorl__seat_t *seat = task->seat;
  whorl__scope_t *scope = take_scope(task);
  if (scope == NULL) {
    if (seat->spare_depth++ == 0) {
      join(task, &seat->spare, kind, name, place, handle);
      whorl__core_lock(task->home->core);
      whorl__scope_mark(&seat->spare, WHORL__CAUSE_NO_MEMORY, NULL, NULL);
      whorl__core_unlock(task->home->core);
    }
    handle[0] = seat->spare_depth;
    handle[1] = (uintptr_t)&seat->spare;
    handle[2] = SPARE;
    return NULL;
  }
  join(task, scope, kind, name, place, handle);
  handle[0] = serial_of(scope);
  handle[1] = (uintptr_t)scope;
  handle[2] = OPEN;
  return scope;
}

static int close_spare(uint64_t handle[3], whorl__task_t *task, int status)
{
  whorl__seat_t *seat = task->seat;
  WHORL__BUG_IF(handle[0] != seat->spare_depth || task->current != &seat->spare, "scopes are closed in the wrong order (below %s)",
                seat->spare.place);
  handle[2] = CLOSED;
  whorl__fail(WHORL_NO_MEMORY, "no memory for a scope in %s", seat->spare.place);
  if (--seat->spare_depth == 0) whorl__scope_closed(handle, &seat->spare);
  return status < 0 && status != WHORL_CANCELED ? status : WHORL_NO_MEMORY;
}

static int close_missing(uint64_t handle[3], int status)
{
  whorl__local_t *local = whorl__local();
  WHORL__BUG_IF(handle[0] != local->missing_limits, "timeouts and shields are closed in the wrong order, or on another thread");
  local->missing_limits--;
  handle[2] = CLOSED;
  whorl__fail(WHORL_NO_MEMORY, "no memory for a timeout or shield on this thread");
  return status < 0 && status != WHORL_CANCELED ? status : WHORL_NO_MEMORY;
}

static int close_outside(const uint64_t handle[3], whorl__scope_kind_t kind)
{
  if (!is_limit(kind))
    return whorl__fail(WHORL_NOT_IN_TASK, "whorl_task_group_open works only inside a task; there is no task where this group was opened");
  return whorl__fail(-(int)handle[0], "%s is for tasks and plain threads: nothing may wait where this one was opened",
                     kind == WHORL__SCOPE_TIMEOUT ? "whorl_timeout_open" : "whorl_shield_open");
}

whorl__scope_t *whorl__scope_closing(uint64_t handle[3], whorl__scope_kind_t kind, int *status)
{
  whorl__task_t *task = whorl__task_current();
  if (task == NULL) task = whorl__lone_task();
  if (state_of(handle) == OUTSIDE || state_of(handle) == MISSING) {
    *status = state_of(handle) == OUTSIDE ? close_outside(handle, kind) : close_missing(handle, *status);
    return NULL;
  }
  if (state_of(handle) == SPARE && task != NULL) {
    *status = close_spare(handle, task, *status);
    return NULL;
  }
  WHORL__BUG_IF(state_of(handle) != OPEN, "a scope is closed that was never opened");
  whorl__scope_t *scope = scope_of(handle);
  WHORL__BUG_IF(serial_of(scope) != handle[0], "a scope is closed whose task has ended");
  WHORL__BUG_IF(scope->kind != kind, "the scope opened at %s is closed as something else", scope->place);
  WHORL__BUG_IF(task == NULL || scope->task != task, "the scope opened at %s by task '%s' is closed by %s%s", scope->place,
                scope->task->name, task != NULL ? "task " : "no task", task != NULL ? task->name : "");
  WHORL__BUG_IF(task->current != scope, "the scope opened at %s is closed while the one opened at %s is still open inside it", scope->place,
                task->current->place);
  return scope;
}

void whorl__scope_closed(uint64_t handle[3], whorl__scope_t *scope)
{
  whorl__task_t *task = scope->task;
  whorl__core_t *core = task->home->core;
  bool expired = atomic_load_explicit(&scope->cause, memory_order_relaxed) == WHORL__CAUSE_DEADLINE;
  handle[2] = CLOSED | (expired ? EXPIRED : 0);
  whorl__core_lock(core);
  task->current = scope->outer;
  whorl__scope_unlink(scope);
  whorl__core_unlock(core);
  give_scope(task, scope);
}

// --- Limits

// A shield's deadline, cut to what the standing scopes above it allow. Lock held.
static int64_t cut(whorl__scope_t *shield, int64_t deadline)
{
  for (const whorl__scope_t *above = shield->parent; above != NULL; above = above->parent) {
    if (above->shields_until_ns >= deadline) continue;
    deadline = above->shields_until_ns;
    shield->grace_ns = above->grace_ns;
  }
  return deadline;
}

void whorl__scope_set_limit(whorl__scope_t *scope, int64_t limit_ns)
{
  whorl__core_t *core = scope->task->home->core;
  int64_t now = whorl__parker_now(scope->task->home->parker), deadline = whorl__time_after(now, limit_ns);
  scope->limit_ns = limit_ns;
  if (deadline == WHORL_FOREVER && scope->kind != WHORL__SCOPE_SHIELD) return;
  whorl__core_lock(core);
  if (scope->kind == WHORL__SCOPE_SHIELD) deadline = cut(scope, deadline);
  if (deadline <= now)
    whorl__scope_mark(scope, WHORL__CAUSE_DEADLINE, NULL, NULL); // nothing waits below it yet
  else
    whorl__core_arm(core, &scope->deadline, deadline);
  whorl__core_unlock(core);
}

int whorl__scope_close_limit(uint64_t handle[3], whorl__scope_kind_t kind, int status, int *kept_status)
{
  if (state_of(handle) == CLOSED) return *kept_status; // harmless
  whorl__scope_t *scope = whorl__scope_closing(handle, kind, &status);
  if (scope == NULL) return *kept_status = status;
  int cause = atomic_load_explicit(&scope->cause, memory_order_acquire);
  if (status == WHORL_CANCELED && cause != WHORL__CAUSE_NONE && !whorl__scope_visible_outside(scope)) {
    char text[200];
    whorl__core_lock(scope->task->home->core); // what made it late is written by whichever slot finds something due
    whorl__scope_limit_text(scope, text, sizeof text);
    whorl__core_unlock(scope->task->home->core);
    status = cause == WHORL__CAUSE_DEADLINE ? whorl__fail(WHORL_TIMED_OUT, "%s", text) : whorl__fail_plain(WHORL_OK);
  }
  whorl__scope_closed(handle, scope);
  return *kept_status = status;
}

whorl__core_t *whorl__scope_lock_open(const uint64_t handle[3], whorl__scope_t **ret_scope)
{
  if (state_of(handle) != OPEN) return NULL;
  whorl__scope_t *scope = scope_of(handle);
  whorl__core_t *core = whorl__scope_lock(scope);
  if (serial_of(scope) == handle[0]) {
    *ret_scope = scope;
    return core;
  }
  whorl__core_unlock(core);
  return NULL;
}

bool whorl__scope_handle_expired(const uint64_t handle[3])
{
  if (state_of(handle) == CLOSED) return (handle[2] & EXPIRED) != 0;
  return state_of(handle) == OPEN && atomic_load_explicit(&scope_of(handle)->cause, memory_order_acquire) == WHORL__CAUSE_DEADLINE;
}

// A scope whose storage lay in a frame that has returned: its address is below the frame that now runs (stacks grow down).
void whorl__scope_check_frame(const whorl__task_t *task, const void *frame)
{
  const whorl__scope_t *scope = task->current;
  const whorl__fiber_t *fiber = &task->seat->fiber;
  if (scope->storage == NULL || !whorl__fiber_owns(fiber, scope->storage)) return;
  if (task->home->is_plain_thread && !whorl__fiber_owns(fiber, frame)) return; // it may have stacks of its own too
  WHORL__BUG_IF((const char *)scope->storage < (const char *)frame,
                "the function that opened the scope at %s has returned without closing it", scope->place);
}
