// Tasks: functions that may suspend. A task runs on a fiber of one thread (its home), belongs to a scope and never outlives it. Law: docs/tasks.md.
#ifndef WHORL_TASK_H
#define WHORL_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "whorl/status.h"
#include "whorl/time.h"

#ifdef __cplusplus
extern "C" {
#endif

// What a task runs; its result goes to its group. `arg` is whatever was given to spawn.
typedef int (*whorl_task_function_t)(void *arg);

// A task, by id and generation: for cancelling and listing. It needs no freeing.
typedef struct whorl_task {
  uint64_t id;
} whorl_task_t;

typedef struct whorl_task_options { // zero: the default
  const char *name;                 // copied (47 bytes of it); default: the spelled function and place of the spawn
  void (*release)(void *arg);       // runs exactly once when the task is over or could not be spawned; may not suspend
  size_t stack_size;                // bytes; default 64 KiB, at most 4 GiB: more is NO_MEMORY
  // Begins on whichever thread of a multi-threaded executor is free, beside others of its group, and stays there; default: on the thread that spawns it. Other drivers: no difference.
  bool any_thread;
} whorl_task_options_t;

// Is told of a run that was too long, just after it: the task's name, valid during the call, and the run's length. On the driver's thread, outside any task: it may post, spawn and write it down, not suspend.
typedef void (*whorl_busy_hook_t)(const char *task, int64_t length_ns, void *arg);

// --- Task groups: own their tasks. Caller's storage; opening cannot fail. May be opened only inside a task; closed by the task that opened it, scopes in reverse order.
typedef struct whorl_task_group { // private
  uint64_t private_[3];
  int status;
} whorl_task_group_t;

typedef struct whorl_task_group_options {
  const char *name; // not copied: lives until the group is closed
  bool keep_going;  // an error cancels nobody: every task comes to its own end, and close returns the first error all the same
} whorl_task_group_options_t;

#define WHORL_STRING_(x) #x
#define WHORL_STRING(x) WHORL_STRING_(x)
#define WHORL_PLACE __FILE__ ":" WHORL_STRING(__LINE__)

// From here on the group covers the body too: its cancellation is visible in every suspending call until close.
#define whorl_task_group_open(group) whorl_task_group_open_with_options((group), NULL, WHORL_PLACE)
void whorl_task_group_open_with_options(whorl_task_group_t *group, const whorl_task_group_options_t *options, const char *place);
// Queues a new task of the group; never runs it here. From a task of the group's driver thread. A failure (CANCELED, NO_MEMORY, WRONG_THREAD, NOT_IN_TASK, INVALID_ARGUMENT: no function) is
// also kept by the group (except CANCELED and WRONG_THREAD), so a loop of spawns may ignore it. `release` runs once in every outcome.
#define whorl_task_group_spawn(group, function, arg) \
  whorl_task_group_spawn_with_options((group), (function), (arg), NULL, NULL, #function " " WHORL_PLACE)
int whorl_task_group_spawn_with_options(whorl_task_group_t *group, whorl_task_function_t function, void *arg,
                                        const whorl_task_options_t *options, whorl_task_t *ret_task, const char *place);
// Cancels all tasks of the group and its body. Any task or thread while the group is open; idempotent. From another thread it is a request, seen in the driver's next turn.
void whorl_task_group_cancel(whorl_task_group_t *group);
// Suspends until every task of the group has ended (not cancellable). `status`: the body's result; a failure cancels the tasks (not with keep_going). Returns the first real error, else CANCELED
// when cancelled from outside, else OK. A second close returns the same. Opened outside a task: NOT_IN_TASK. Opened without memory: its calls were cancelled, NO_MEMORY.
int whorl_task_group_close(whorl_task_group_t *group, int status);
// The errors of the last closed group, first one first, valid until the task's next close of a group or a node: 8 kept (fewer when memory lacked for one), all counted.
typedef struct whorl_task_error {
  int status;
  const char *task; // name
  const char *detail;
} whorl_task_error_t;
size_t whorl_task_group_error_count(const whorl_task_group_t *group);
bool whorl_task_group_error_at(const whorl_task_group_t *group, size_t index, whorl_task_error_t *ret_error);

// The form that cannot be left open: opens a group, calls function(group, arg) as its body and closes the group with what that returned; returns what close did. So the body may
// return early (WHORL_TRY). May suspend; in a task. Statuses: close's.
typedef int (*whorl_task_group_function_t)(whorl_task_group_t *group, void *arg);
#define whorl_with_group(function, ...) \
  whorl_with_group_with_options((function), (__VA_ARGS__), NULL, #function " " WHORL_PLACE) // (function, arg)
int whorl_with_group_with_options(whorl_task_group_function_t function, void *arg, const whorl_task_group_options_t *options,
                                  const char *place);

// --- Timeouts and shields: scopes with an absolute deadline on the steady clock. Caller's storage; opening cannot fail. Inside a task or on a plain thread, that is one that runs no driver (docs/tasks.md R35):
// there they limit whorl_sleep, whorl_sleep_until, whorl_future_wait and a throttled publish, which block the thread. A thread ends with all of its own closed.
typedef struct whorl_timeout {
  uint64_t private_[3];
  int status;
} whorl_timeout_t;
typedef struct whorl_shield {
  uint64_t private_[3];
  int status;
} whorl_shield_t;

// The limit counts from now; WHORL_FOREVER never ends.
#define whorl_timeout_open(timeout, limit_ns) whorl_timeout_open_with_options((timeout), (limit_ns), NULL, WHORL_PLACE)
typedef struct whorl_timeout_options {
  const char *name; // not copied: lives until the timeout is closed
} whorl_timeout_options_t;
// The same with a name for dumps; `place` names it otherwise.
void whorl_timeout_open_with_options(whorl_timeout_t *timeout, int64_t limit_ns, const whorl_timeout_options_t *options, const char *place);
// Returns `status` unless that is CANCELED because of this timeout: then TIMED_OUT. Never suspends. Opened where nothing may wait (a post, a release function, a
// callback of libuv): WOULD_DEADLOCK. Opened without memory: its calls were cancelled, NO_MEMORY.
int whorl_timeout_close(whorl_timeout_t *timeout, int status);
bool whorl_timeout_expired(const whorl_timeout_t *timeout); // open or closed
void whorl_timeout_cancel(whorl_timeout_t *timeout);        // ends the body early; close then returns OK
int whorl_timeout_set_deadline(whorl_timeout_t *timeout,
                               int64_t deadline_ns); // steady time; after expiry without effect. WRONG_STATE when it is not open

// Hides outer cancellations from the code inside, up to its own mandatory limit.
#define whorl_shield_open(shield, limit_ns) whorl_shield_open_with_options((shield), (limit_ns), NULL, WHORL_PLACE)
void whorl_shield_open_with_options(whorl_shield_t *shield, int64_t limit_ns, const whorl_timeout_options_t *options, const char *place);
int whorl_shield_close(whorl_shield_t *shield, int status);

// The forms that cannot be left open: function(arg) inside a timeout or a shield, closed with what it returned; they return what close did. So the function may return early
// (WHORL_TRY). May suspend when the function does; in a task. Statuses: close's.
#define whorl_with_timeout(limit_ns, function, ...) /* (limit_ns, function, arg) */ \
  whorl_with_timeout_with_options((limit_ns), (function), (__VA_ARGS__), NULL, #function " " WHORL_PLACE)
int whorl_with_timeout_with_options(int64_t limit_ns, whorl_task_function_t function, void *arg, const whorl_timeout_options_t *options,
                                    const char *place);
#define whorl_with_shield(limit_ns, function, ...) /* (limit_ns, function, arg) */ \
  whorl_with_shield_with_options((limit_ns), (function), (__VA_ARGS__), NULL, #function " " WHORL_PLACE)
int whorl_with_shield_with_options(int64_t limit_ns, whorl_task_function_t function, void *arg, const whorl_timeout_options_t *options,
                                   const char *place);

// --- Calls of the running task, or of a plain thread, which the sleeps block (NO_MEMORY there). WOULD_DEADLOCK: nothing may wait here, as above
int whorl_sleep(int64_t duration_ns);       // steady time; may suspend; at once when the time has passed. CANCELED, WOULD_DEADLOCK
int whorl_sleep_until(int64_t deadline_ns); // steady time; may suspend; the same
int whorl_yield(void);                      // lets others run; CANCELED also when it became visible meanwhile. NOT_IN_TASK
bool whorl_canceled(void);                  // is a cancellation visible here? Never suspends. A plain thread asks about its own limits
int64_t whorl_now_ns(void);                 // steady time of this driver (simulated where it is simulated); a plain thread: the system's
int whorl_task_cancel(whorl_task_t task);   // its CANCELED is silent; DESTROYED when it is over
const char *whorl_task_name(void);          // of the running task; "" outside
// Calls the function on the thread's own stack, which is large, and returns its result: for code that needs more stack than a task has, as a parser or a solver may. It must come back (no longjmp, no
// exception) and may not suspend: suspending calls in it say NOT_IN_TASK. errno and the detail are the task's. Scopes of the task cannot be closed in it. Outside a task it just calls. INVALID_ARGUMENT: no function.
int whorl_call_on_thread_stack(int (*function)(void *arg), void *arg);
// From now on, a task that overflows its stack is named on stderr, with its spawn site and the size of its stack, before the process dies of it as it would have. For the whole process: handles SIGSEGV and
// SIGBUS, and passes on what is no such overflow to the handler that was there before. Covers the calling thread, and others from their next run of a driver on. A second call does nothing. IO_ERROR: a handler cannot be set.
int whorl_report_stack_overflow(void);
// From now on, a task that ends the process by a C++ exception which nobody in it catches (an exception cannot leave a task), or by std::terminate for any other reason, is named on stderr, with its spawn site, before the
// handler runs that was there before. For the whole process, by std::set_terminate; a second call does nothing, nor does any in a process without C++. Any thread. OK.
int whorl_report_uncaught_exceptions(void);

// --- Events: sticky flags that tasks wait for. Handles; from any thread. The creator destroys; waiters then get DESTROYED.
typedef struct whorl_event {
  uint64_t id;
} whorl_event_t;
typedef struct whorl_event_options { // zero: the default
  const char *name;                  // for dumps; copied (47 bytes of it); default: file:line
} whorl_event_options_t;
#define whorl_event_create(...) whorl_event_create_from(WHORL_PLACE, __VA_ARGS__) // (options, ret_event); `options` may be NULL
int whorl_event_create_from(const char *place, const whorl_event_options_t *options,
                            whorl_event_t *ret_event); // NO_MEMORY, INVALID_ARGUMENT
int whorl_event_set(whorl_event_t event);              // wakes all waiters, in their order
int whorl_event_reset(whorl_event_t event);            // who was woken stays woken
bool whorl_event_is_set(whorl_event_t event);
int whorl_event_wait(whorl_event_t event); // inside a task; may suspend. CANCELED, DESTROYED, NOT_IN_TASK
int whorl_event_destroy(whorl_event_t event);

// --- Futures: a result that somebody completes once. Handles; complete from any thread; many waiters.
typedef struct whorl_future {
  uint64_t id;
} whorl_future_t;
typedef struct whorl_future_options { // zero: the default
  void (*release)(void *value);       // of a completed future's value (not NULL), when the future is destroyed
  const char *name;                   // for dumps; copied (47 bytes of it); default: file:line
} whorl_future_options_t;
#define whorl_future_create(...) whorl_future_create_from(WHORL_PLACE, __VA_ARGS__) // (options, ret_future); `options` may be NULL
int whorl_future_create_from(const char *place, const whorl_future_options_t *options,
                             whorl_future_t *ret_future);                  // NO_MEMORY, INVALID_ARGUMENT
int whorl_future_complete(whorl_future_t future, int status, void *value); // ALREADY_COMPLETED, DESTROYED; WRONG_STATE: a request's
int whorl_future_abandon(whorl_future_t future); // the producer goes: waiters get ABANDONED. ALREADY_COMPLETED, DESTROYED
bool whorl_future_is_complete(whorl_future_t future);
// Inside a task or on a plain thread, which it blocks; may suspend. The producer's status; the value (`ret_value` may be NULL) stays the future's, until that is destroyed. CANCELED, DESTROYED, ABANDONED;
// WOULD_DEADLOCK where nothing may wait: a post, a release function, a callback of libuv; NO_MEMORY on a plain thread. Nobody knows who will complete it: on a plain thread, open a timeout around it.
int whorl_future_wait(whorl_future_t future, void **ret_value);
// Of a request (whorl_client_send): copies the answer into `result`, an initialised response of its type (zeros will do), whose contents are the caller's; as often as one likes. Any thread; never
// suspends. WOULD_BLOCK: there is no answer yet; WRONG_TYPE: of no request; what whorl_future_wait says of one that was given up, destroyed with its client or malformed; NO_MEMORY.
int whorl_future_take(whorl_future_t future, void *result);
int whorl_future_destroy(whorl_future_t future); // waiters get DESTROYED

#ifdef __cplusplus
}
#endif
#endif
