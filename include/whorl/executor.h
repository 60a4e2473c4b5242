// Executor: runs the callbacks of nodes and callback groups on the threads that spin it. docs/executors.md tells which kind to take.
#ifndef WHORL_EXECUTOR_H
#define WHORL_EXECUTOR_H

#include "whorl/callback_group.h"
#include "whorl/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_executor {
  uint64_t id;
} whorl_executor_t;

typedef enum whorl_executor_kind {
  WHORL_EXECUTOR_SINGLE_THREADED, // in rounds: what is ready at the start of one runs by kind (timers, subscriptions, services, others), then by age of the entity
  WHORL_EXECUTOR_EVENTS,         // in the order in which things became ready
  WHORL_EXECUTOR_MULTI_THREADED, // in that order, on several threads: callbacks of different groups, and of a reentrant one, run at the same time
  WHORL_EXECUTOR_STATIC, // in cycles: when its trigger allows one, what is ready at that moment runs, each entity once, in the order in which groups were added and entities were made. For a fixed number of entities
} whorl_executor_kind_t;

// --- Cycles of the static kind. Whether one begins is asked when something has become ready, once for a message or call, and at the beginning of each short spin. What a refused cycle would have run stays queued.
// Events of QoS make no entity ready for a trigger, but for ANY, and publishers that tell of them are not among its entities: they are told in the next cycle.
typedef enum whorl_executor_trigger {
  WHORL_TRIGGER_ANY,    // something is ready
  WHORL_TRIGGER_ALL,    // every entity is
  WHORL_TRIGGER_ONE,    // an entity of `trigger_group` is
  WHORL_TRIGGER_ALWAYS, // also with nothing ready: at each short spin, and in a long one after `cycle_ns` at the latest
  WHORL_TRIGGER_USER,   // `trigger_function` says so
} whorl_executor_trigger_t;

typedef struct whorl_executor_member {
  whorl_callback_group_t group;
  const char *name; // of the topic or service; for timers and others what dumps call them
  bool ready;
} whorl_executor_member_t;

// All entities in the order in which they run; the array is the executor's and good for this call. On the spinning thread, outside any callback; may not suspend.
typedef bool (*whorl_executor_trigger_function_t)(const whorl_executor_member_t *members, size_t count, void *arg);

// What a spin for a future ended with; numbers as rclcpp has them.
enum { WHORL_FUTURE_SUCCESS = 0, WHORL_FUTURE_INTERRUPTED = 1, WHORL_FUTURE_TIMEOUT = 2 };
// "SUCCESS", "INTERRUPTED", "TIMEOUT"; a failed spin's status by its own name; "UNKNOWN" for other numbers. Never NULL, static storage. Any thread.
const char *whorl_future_result_name(int result);

// How a thread of a multi-threaded executor runs. Zero: as the thread that makes it.
typedef struct whorl_executor_thread {
  int policy;   // SCHED_FIFO, SCHED_RR, SCHED_OTHER (which is 0), ...; counts with `scheduled` only
  int priority; // of that policy
  bool scheduled;
  uint64_t cpus; // bit n: CPU n may be used; 0: as the thread that makes it
} whorl_executor_thread_t;

typedef struct whorl_executor_options { // zero: the default
  const char *name;                     // for dumps and sentences; copied (47 bytes of it). Default "executor"
  // A callback's error, of whichever thread: told here on the spinning thread, outside any callback, and the spin goes on. NULL: the spin ends and returns it.
  void (*on_error)(void *arg, int status, const char *sentence);
  void *on_error_arg;
  // Of the multi-threaded kind, the one that spins among them; 0: as many as CPUs may be used, at least 2; at most 256. The others are made at the first spin, with all signals blocked, and end with the executor. In
  // a simulation it is always 1.
  unsigned threads;
  // One for each of those others, copied; or NULL. What the system refuses fails the first spin. The thread that spins is the program's own, and stays as it is.
  const whorl_executor_thread_t *thread_settings;
  size_t thread_settings_count; // threads - 1, or fewer: the rest is as it comes
  size_t stack_size;            // of callbacks, at most 4 GiB; 0: 64 KiB
  bool unguarded_stacks;
  bool yield_before_run; // each thread lets others of the machine run before it runs a callback
  bool no_head_start;    // threads ask the system to wake them when a timer is due, not before (docs/time.md)
  // Overruns: a run of a callback that is longer, from its start or its going on after a wait to its end or next wait, is counted and told, on the thread that ran it, outside any callback. 0: not looked at. Real
  // time, to 8 coarse ticks of the system or exactly below that.
  int64_t overrun_ns;
  whorl_busy_hook_t on_overrun;
  void *on_overrun_arg;
  size_t capacity; // most entities that it can have, by nodes and groups; the static kind needs it, for others 0 is no limit
  // Of the static kind:
  whorl_executor_trigger_t trigger;
  whorl_callback_group_t trigger_group;
  whorl_executor_trigger_function_t trigger_function;
  void *trigger_arg;
  bool
      keep_inputs; // logical execution time: what subscriptions and services will take is taken when the cycle begins, so callbacks of one cycle do not see each other's messages. false: just before each callback
  int64_t cycle_ns; // of the trigger ALWAYS, see there; 0: a second
} whorl_executor_options_t;

// Belongs to the context, which destroys it. Any thread. INVALID_ARGUMENT (unknown kind or trigger, a static one without capacity or what its trigger needs), SHUTDOWN, NO_MEMORY.
int whorl_executor_create(whorl_context_t context, whorl_executor_kind_t kind, const whorl_executor_options_t *options,
                          whorl_executor_t *ret_executor);
// Ends its spin, waits for that, lets suspended callbacks end cancelled, and gives its nodes and groups up; they can be added elsewhere. BUSY from inside one of its callbacks, or on a thread that runs a
// loop or another executor. WRONG_THREAD: a short spin of another thread has left callbacks suspended; only that thread can end them. Any thread; blocks.
int whorl_executor_destroy(whorl_executor_t executor);
// "single_threaded", "events", "multi_threaded", "static": for programs that let their users choose. INVALID_ARGUMENT names the ones there are.
int whorl_executor_kind_from_name(const char *name, whorl_executor_kind_t *ret_kind);

// --- What it runs. A node brings its callback groups, but for manual ones, and those that it gets later. Any thread; a resting spin sees the change at once. What has begun ends where it began.
// ALREADY_ADDED: it is here. ADDED_ELSEWHERE: in another executor. ALREADY_DRIVEN: a loop or a simulation has the node. LIMIT_EXCEEDED: its capacity; then making an entity in a group that is here is refused too. INVALID_ARGUMENT: of another context. DESTROYED, SHUTDOWN.
int whorl_executor_add_node(whorl_executor_t executor, whorl_node_t node);
int whorl_executor_add_callback_group(whorl_executor_t executor, whorl_callback_group_t group);
// Remove: no callback of it starts here any more. NOT_ADDED: it is in no executor. ADDED_ELSEWHERE: in another one. Groups that were added by hand stay when their node goes, and WRONG_STATE refuses
// to take away a group that came with its node.
int whorl_executor_remove_node(whorl_executor_t executor, whorl_node_t node);
int whorl_executor_remove_callback_group(whorl_executor_t executor, whorl_callback_group_t group);

// How many entities it has, by kind; those that are taken by hand too. Clients are none of them: their answers go to who waits for them. Any thread.
typedef struct whorl_executor_counts {
  size_t timers, subscriptions, services, others;
} whorl_executor_counts_t;
uint64_t whorl_executor_overruns(whorl_executor_t executor); // so far; 0 for a stale one
int whorl_executor_count_entities(whorl_executor_t executor, whorl_executor_counts_t *ret_counts);

typedef enum whorl_executor_groups {
  WHORL_EXECUTOR_GROUPS_ALL,
  WHORL_EXECUTOR_GROUPS_BY_HAND,
  WHORL_EXECUTOR_GROUPS_FROM_NODES
} whorl_executor_groups_t;
// Its groups, by age of their nodes: up to `capacity` into `ret_groups` (NULL with 0: only the number), how many there are into `ret_count`. Any thread.
int whorl_executor_callback_groups(whorl_executor_t executor, whorl_executor_groups_t which, whorl_callback_group_t *ret_groups,
                                   size_t capacity, size_t *ret_count);

// --- Running it, on the calling thread (a multi-threaded one by `spin` on its other threads too, by the short forms not). One spin at a time: BUSY when another thread spins it, or from inside any callback, task or post; nothing is changed then. WRONG_THREAD: a short spin of another
// thread has left callbacks suspended. SHUTDOWN: its context is shut down, before or meanwhile. A callback's error is returned, unless on_error takes it.
// Until cancel or shutdown. When it has returned, no callback of it stands on a stack any more: suspended ones have been cancelled and have ended. OK after a cancel.
int whorl_executor_spin(whorl_executor_t executor);
// Of the static kind: the same with a cycle every `period_ns`, if its trigger allows it, and none in between. Counted from the call; a late cycle does not move the later ones. INVALID_ARGUMENT: not positive. WRONG_STATE: another kind.
int whorl_executor_spin_period(whorl_executor_t executor, int64_t period_ns);
// Reserves the memory that its callbacks need, so that the first spin need not: for all entities of its capacity, or without one for those that it has. Calling it again is harmless. Not while it spins: BUSY. NO_MEMORY.
int whorl_executor_prepare(whorl_executor_t executor);
// The short forms return how many runs there were (a callback's start, or its going on after a wait), so 0 means nothing to do; a cancel ends them early. Callbacks that wait stay suspended
// until the next spin on this same thread.
// once: the next run, waiting for it up to `timeout_ns`; 0: does not wait; WHORL_FOREVER or negative: no limit.
// some: what is ready at entry, each entity once. all: until nothing is ready. `max_ns` is looked at between runs; 0: no limit. INVALID_ARGUMENT: negative.
int whorl_executor_spin_once(whorl_executor_t executor, int64_t timeout_ns);
int whorl_executor_spin_some(whorl_executor_t executor, int64_t max_ns);
int whorl_executor_spin_all(whorl_executor_t executor, int64_t max_ns);
// The same with a node that is added for the call, if it is in no executor. Statuses of add_node besides.
int whorl_executor_spin_node_once(whorl_executor_t executor, whorl_node_t node, int64_t timeout_ns);
int whorl_executor_spin_node_some(whorl_executor_t executor, whorl_node_t node, int64_t max_ns);
int whorl_executor_spin_node_all(whorl_executor_t executor, whorl_node_t node, int64_t max_ns);
int whorl_executor_spin_node_until_future_complete(whorl_executor_t executor, whorl_node_t node, whorl_future_t future, int64_t timeout_ns);
// Until the future is complete, whoever completes it: WHORL_FUTURE_SUCCESS (looked at first, before anything runs), INTERRUPTED by cancel or shutdown, TIMEOUT. `timeout_ns`: as for once; 0: what is ready runs, once.
// INVALID_HANDLE, DESTROYED: the future's, also when it is destroyed meanwhile.
int whorl_executor_spin_until_future_complete(whorl_executor_t executor, whorl_future_t future, int64_t timeout_ns);
// Ends the spin that runs, or else the next one at once: never lost. Callbacks that run go on to their end, none starts any more. Any thread, callbacks too; a second one before that is the same one.
int whorl_executor_cancel(whorl_executor_t executor);
bool whorl_executor_is_spinning(whorl_executor_t executor); // until the last callback has returned; a stale executor's is false

// --- Without an executor of one's own: a single-threaded one for the call, with that node in it.
int whorl_spin(whorl_node_t node);
int whorl_spin_some(whorl_node_t node, int64_t max_ns);
int whorl_spin_all(whorl_node_t node, int64_t max_ns);
int whorl_spin_until_future_complete(whorl_node_t node, whorl_future_t future, int64_t timeout_ns);

#ifdef __cplusplus
}
#endif
#endif
