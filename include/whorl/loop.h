// Loop: a libuv event loop that runs tasks. A node opened by one of its tasks has its callbacks run there.
#ifndef WHORL_LOOP_H
#define WHORL_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "whorl/dump.h"
#include "whorl/task.h"

#ifdef __cplusplus
extern "C" {
#endif

struct uv_loop_s;

typedef struct whorl_loop {
  uint64_t id;
} whorl_loop_t;

typedef struct whorl_loop_options {
  const char *name;
  size_t stack_size;     // bytes for each task, at most 4 GiB; 0: 64 KiB
  bool unguarded_stacks; // more than 16,000 suspended tasks on kernels without light guard pages
  // A signal, as SIGQUIT, that makes the running loop dump its tasks (whorl_loop_dump) into `dump_sink`, on its thread between two turns; 0: none. One that nothing else in the process handles: its default
  // action is back when the last loop with it is destroyed. Not on a libuv loop of yours: there a uv_signal_t of your own can call whorl_loop_dump.
  int dump_signal;
  whorl_dump_sink_t dump_sink;
  void *dump_arg;
  // A task that keeps the thread for longer than this, from a resumption to its next suspension, is counted and told to the hook. Real time, exact to an eighth of the limit; 0: 100 ms, WHORL_FOREVER: off.
  int64_t busy_limit_ns;
  whorl_busy_hook_t on_busy; // NULL: they are only counted
  void *busy_arg;
  // The thread asks the system to wake it before a timer or sleep is due, by as much as waking takes at least (docs/time.md). true: to wake it when that is due. On a loop that is not Whorl's it always is so.
  bool no_head_start;
  struct uv_loop_s *uv_loop; // a uv_loop_t of yours to live on, initialised, there until `loop` is destroyed; NULL: one of its own
} whorl_loop_options_t;

// Any thread; `options` may be NULL. INVALID_ARGUMENT (also a negative busy_limit_ns), NO_MEMORY, IO_ERROR.
int whorl_loop_create(const whorl_loop_options_t *options, whorl_loop_t *ret_loop);
// Runs `function` as the loop's main task on this thread, until it and all that it started have ended; returns its result, with its detail. Can be run again. BUSY: the loop runs already, or this
// thread runs another one. CANCELED: cancelled before the function began. NO_MEMORY: no stack for it.
int whorl_loop_run(whorl_loop_t loop, whorl_task_function_t function, void *arg);
// Runs `function` on the loop's thread outside any task (it may spawn, not suspend), then `release`, which may be NULL. Any thread; FIFO per poster. Between two runs posts wait for the next one. CLOSED, when the
// loop has been destroyed, and NO_MEMORY: only `release` runs, here; a post that is left when the loop is destroyed is released there.
int whorl_loop_post(whorl_loop_t loop, void (*function)(void *arg), void *arg, void (*release)(void *arg));
// Cancels the main task; while the loop does not run, that of its next run. Any thread.
int whorl_loop_cancel(whorl_loop_t loop);
// BUSY while it runs or is started, and while the libuv loop that it made still has a handle or request of yours, which the detail names. A libuv loop of yours is not touched.
int whorl_loop_destroy(whorl_loop_t loop);

// --- On a loop that is not Whorl's (docs/other-loops.md)
// Runs `function` as the loop's main task while you turn its libuv loop (uv_run) or call whorl_loop_dispatch, on this thread; returns at once. When the task and all that it started have ended, and nothing of
// Whorl's is left in the libuv loop, `on_done` (may be NULL) gets its result, with its detail. It may start the loop anew or destroy it, but under uv_run not run it, nor destroy one that made its own libuv loop.
// Until then this thread counts as running the loop. As whorl_loop_run: BUSY; further IO_ERROR: libuv refuses a handle.
int whorl_loop_start(whorl_loop_t loop, whorl_task_function_t function, void *arg, void (*on_done)(void *arg, int status));
// The descriptor that is readable while a started loop has something to do. It stays the same; only poll it. Any thread.
int whorl_loop_descriptor(whorl_loop_t loop, int *ret_fd);
// Does what a started loop has to do, then leaves the descriptor waiting for more; never blocks, apart from what callbacks do. After about `budget_ns` (0: one pass, at most some 100 us of callbacks) it leaves
// the rest, and the descriptor readable. To be called after the start, after use of the libuv loop's handles, and when the descriptor is readable. WRONG_STATE: not started. WRONG_THREAD: started by another
// thread. BUSY: from inside the loop, or whorl_loop_run runs it.
int whorl_loop_dispatch(whorl_loop_t loop, int64_t budget_ns);

// All its tasks in words and who waits for whom, as whorl_dump tells it. Any thread, also while the loop is stuck in a callback; it is held up for some microseconds per task. Never suspends.
// INVALID_ARGUMENT, NO_MEMORY.
int whorl_loop_dump(whorl_loop_t loop, whorl_dump_sink_t sink, void *arg);

typedef struct whorl_loop_counts { // since the loop was created
  uint64_t turns, parks;           // passes of its scheduler; how often there was nothing to do
  uint64_t tasks;                  // tasks and callbacks that have begun
  uint64_t runs;                   // of tasks and callbacks: from their begin or resumption until they waited, yielded or ended
  uint64_t forced_yields;          // runs that ended after 64 calls which could finish at once (docs/tasks.md R33)
  uint64_t late_turns;             // that found something due for more than 100 ms
  uint64_t busy_runs;              // that took longer than busy_limit_ns (R34)
  size_t live_tasks;               // now, with callbacks
} whorl_loop_counts_t;
int whorl_loop_read_counts(whorl_loop_t loop, whorl_loop_counts_t *ret_counts); // any thread. INVALID_ARGUMENT

#ifdef __cplusplus
}
#endif
#endif
