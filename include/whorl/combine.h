// Combinators: functions that run side by side as tasks, under a rule that says when they are done; and one function that is tried again. Each is a group of tasks plus that rule, and as strict as a
// group: when the call returns, everything that it started has ended; a cancellation of the caller reaches all of it. What the functions wait for is their affair: a sleep, an event, a
// future, a channel, the answer of a service, a descriptor, blocking work, another combinator. Law: docs/cancellation.md.
#ifndef WHORL_COMBINE_H
#define WHORL_COMBINE_H

#include <stddef.h>
#include <stdint.h>

#include "whorl/status.h"
#include "whorl/task.h"

#ifdef __cplusplus
extern "C" {
#endif

// One of the functions. Caller's storage, which must stay where it is until the call has returned; may be used again.
typedef struct whorl_branch {
  whorl_task_function_t function;
  void *arg;
  const char *name; // of its task, for dumps and errors; copied (47 bytes of it); default: "branch 0 of file:line"
  int status;       // set by the call: what the function returned; CANCELED when it was cancelled before it began
  void *private_;
} whorl_branch_t;

// All three start the functions in their order and suspend until every one has ended: a cancellation is not refused, but passed on, and its end waited for. In a task: NOT_IN_TASK. CANCELED: the caller was
// cancelled before the rule was met. NO_MEMORY: one could not begin. INVALID_ARGUMENT: a function is NULL. Who loses is cancelled as any task is: it may clean up in a shield, and what it
// had already achieved stays achieved (see its `status`).

// Done when all have succeeded: OK. The first failure cancels the rest and is returned, as a group's; of no branch: OK.
#define whorl_all(...) whorl_all_from(WHORL_PLACE, __VA_ARGS__) // (branches, count)
int whorl_all_from(const char *place, whorl_branch_t *branches, size_t count);
// Done when one has succeeded: the rest is cancelled, and its status (0 or more) returned. Failures count only when all have failed: then the first one is returned. `ret_winner`, an index, may be NULL.
#define whorl_any(...) whorl_any_from(WHORL_PLACE, __VA_ARGS__) // (branches, count, ret_winner)
int whorl_any_from(const char *place, whorl_branch_t *branches, size_t count, size_t *ret_winner);
// Done when one has ended, well or not: the rest is cancelled, and its status returned. For limits of another kind than time, and for time that is not steady. `ret_winner`, set when the
// winner has succeeded, may be NULL.
#define whorl_race(...) whorl_race_from(WHORL_PLACE, __VA_ARGS__) // (branches, count, ret_winner)
int whorl_race_from(const char *place, whorl_branch_t *branches, size_t count, size_t *ret_winner);

typedef struct whorl_retry_options { // zero: the default
  uint32_t attempts;                 // at most so many; 0: until it succeeds, so put a timeout around it
  int64_t first_delay_ns;            // after the first failure; 0: 100 ms
  double factor;                     // by which every further delay grows, 1 or more; 0: 2
  int64_t longest_delay_ns;          // 0: 10 s
  int64_t attempt_limit_ns;          // a timeout around each attempt; 0: none
  // The failures after which it is tried again, closed by 0. NULL: those of the outside world, that is TIMED_OUT, CLOSED, ABANDONED,
  // BUSY, WOULD_BLOCK, NO_MEMORY, LIMIT_EXCEEDED, IO_ERROR, TRANSPORT_ERROR.
  const int *again;
} whorl_retry_options_t;

// Calls function(arg) in the calling task, or on a plain thread (docs/tasks.md R35), until it succeeds, with growing pauses; returns its status. May suspend. A failure that is not tried again, and the last attempt's, is returned as it is. CANCELED ends it
// always, between two attempts too. WOULD_DEADLOCK where nothing may wait, INVALID_ARGUMENT.
#define whorl_retry(function, ...) whorl_retry_from(#function " " WHORL_PLACE, (function), __VA_ARGS__) // (function, arg, options)
int whorl_retry_from(const char *place, whorl_task_function_t function, void *arg, const whorl_retry_options_t *options);

#ifdef __cplusplus
}
#endif
#endif
