// Scopes inside the library: what nodes and drivers need beyond the public groups, timeouts and shields.
//
// A scope is a node of the cancellation tree. Its state is a level (docs/tasks.md R1, R2). Fields are guarded by the core lock; `reason` may be read without it.
#ifndef WHORL_TASK_SCOPE_H
#define WHORL_TASK_SCOPE_H

#include "task/core.h"
#include "whorl/task.h"

typedef struct whorl__scope whorl__scope_t;

// A scope that no task opened: a node's. It lives until destroyed; tasks of it and scopes below it must be gone by then. It is a group: first real error cancels the rest and
// is kept (R20), later ones are listed.
// Parent NULL: the core's root. Memory from the heap: NO_MEMORY.
int whorl__scope_create(whorl__core_t *core, whorl__scope_t *parent, const char *name, whorl__scope_t **ret_scope);
void whorl__scope_destroy(whorl__scope_t *scope);
// Moves an idle scope (no tasks below it) to another core (attach and detach of a node). Both core locks held in id order by the caller.
void whorl__scope_move(whorl__scope_t *scope, whorl__core_t *core, whorl__scope_t *parent);
// Queues a task of the scope. As whorl_task_group_spawn; `place` names it. Also from any thread while nobody runs the core.
int whorl__scope_spawn(whorl__scope_t *scope, whorl_task_function_t function, void *arg, const whorl_task_options_t *options,
                       whorl_task_t *ret_task, const char *place);
// The same for a task that runs for somebody: see whorl__core_cancel_owned.
int whorl__scope_spawn_owned(whorl__scope_t *scope, const void *owner, whorl_task_function_t function, void *arg,
                             const whorl_task_options_t *options, whorl_task_t *ret_task, const char *place);
// Marks it and ends the cancellable waits under it; from another thread than the core's it is a request, seen in the next turn (R12). `reason`: text for the detail that
// lives as long as the scope; NULL: "scope 'x' was cancelled".
void whorl__scope_cancel(whorl__scope_t *scope, const char *reason);
// Shields below a standing scope, those that are opened later too, end at the latest so long from now: R44's grace. Once only. Any thread.
void whorl__scope_cut_shields(whorl__scope_t *scope, int64_t grace_ns);
bool whorl__scope_canceled(
    const whorl__scope_t *scope); // visible here: this scope or, not through shields, above. Any thread while the scope lives
// A drain wait (not cancellable) of the calling task until no task of the scope and of standing scopes directly below it is left (those of other scopes below end before them), except the one that the caller is or stands below. A scope that is
// not cancelled is waited for as close(OK) does. A task of another core may wait. NOT_IN_TASK outside tasks; WOULD_DEADLOCK when one of those tasks
// ends only after the caller (as far as the waits of one core can tell).
int whorl__scope_drain(whorl__scope_t *scope);
int whorl__scope_first_error(whorl__scope_t *scope); // OK, or the first real error; its sentence becomes the caller's detail
// Records an error as if a task of the scope had ended with it.
void whorl__scope_fail(whorl__scope_t *scope, int status, const char *who, const char *detail);
// The errors listed by a scope in which no task is left go to the calling task, until its next close of a scope with errors. `owner`: whose they are, for reading them: a group's serial, or the complement of a
// node's id.
void whorl__scope_hand_over_errors(whorl__scope_t *scope, uint64_t owner);
size_t whorl__task_error_count(uint64_t owner); // all of them; 0 when the calling task's are another's
bool whorl__task_error_at(uint64_t owner, size_t index, whorl_task_error_t *ret_error);
whorl__scope_t *whorl__scope_current(void); // the calling task's innermost scope; NULL outside tasks
// Is the calling task somewhere below this scope (would draining it wait for itself)?
bool whorl__scope_contains_caller(const whorl__scope_t *scope);
// Joins the body of a node's open and close: a scope of the calling task, inside its present ones, that an error of the standing scope cancels (so the body's waits end with CANCELED). Cancelling the
// standing scope itself, by destroy or shutdown, leaves the body alone (R23). Closed in reverse order of opening like any scope. One body at a time. NOT_IN_TASK.
typedef struct whorl__body { // private
  uint64_t private_[3];
  int status;
} whorl__body_t;
int whorl__scope_enter(whorl__scope_t *scope, whorl__body_t *body, const char *place);
// `status`: the body's. Returned as it is, but for a CANCELED that the standing scope's error caused: then OK (the error itself is whorl__scope_first_error's). A second leave: the same.
int whorl__scope_leave(whorl__body_t *body, int status);

#endif
