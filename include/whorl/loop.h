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

typedef struct whorl_loop {
  uint64_t id;
} whorl_loop_t;

typedef struct whorl_loop_options {
  const char *name;
  size_t stack_size;     // bytes for each task; 0: 64 KiB
  bool unguarded_stacks; // more than 16,000 suspended tasks on kernels without light guard pages
  // A signal, as SIGQUIT, that makes the running loop dump its tasks (whorl_loop_dump) into `dump_sink`, on its thread between two turns; 0: none. One that nothing else in the process handles: its default
  // action is back when the last loop with it is destroyed.
  int dump_signal;
  whorl_dump_sink_t dump_sink;
  void *dump_arg;
} whorl_loop_options_t;

// Any thread; `options` may be NULL. INVALID_ARGUMENT, NO_MEMORY, IO_ERROR.
int whorl_loop_create(const whorl_loop_options_t *options, whorl_loop_t *ret_loop);
// Runs `function` as the loop's main task on this thread, until it and all that it started have ended; returns its result, with its detail. Can be run again. BUSY: the loop runs already, or this
// thread runs another one. CANCELED: cancelled before the function began. NO_MEMORY: no stack for it.
int whorl_loop_run(whorl_loop_t loop, whorl_task_function_t function, void *arg);
// Runs `function` on the loop's thread outside any task (it may spawn, not suspend), then `release`, which may be NULL. Any thread; FIFO per poster. Between two runs posts wait for the next one. CLOSED, when the
// loop has been destroyed, and NO_MEMORY: only `release` runs, here; a post that is left when the loop is destroyed is released there.
int whorl_loop_post(whorl_loop_t loop, void (*function)(void *arg), void *arg, void (*release)(void *arg));
// Cancels the main task; while the loop does not run, that of its next run. Any thread.
int whorl_loop_cancel(whorl_loop_t loop);
int whorl_loop_destroy(whorl_loop_t loop); // BUSY while it runs

// All its tasks in words and who waits for whom, as whorl_dump tells it. Any thread, also while the loop is stuck in a callback; it is held up for some microseconds per task. Never suspends.
// INVALID_ARGUMENT, NO_MEMORY.
int whorl_loop_dump(whorl_loop_t loop, whorl_dump_sink_t sink, void *arg);

typedef struct whorl_loop_counts { // since the loop was created
  uint64_t turns, parks;           // passes of its scheduler; how often there was nothing to do
  uint64_t tasks;                  // tasks and callbacks that have begun
  uint64_t runs;                   // of tasks and callbacks: from their begin or resumption until they waited, yielded or ended
  uint64_t forced_yields;          // runs that ended after 64 calls which could finish at once (docs/tasks.md R33)
  uint64_t late_turns;             // that found something due for more than 100 ms
  size_t live_tasks;               // now, with callbacks
} whorl_loop_counts_t;
int whorl_loop_read_counts(whorl_loop_t loop, whorl_loop_counts_t *ret_counts); // any thread. INVALID_ARGUMENT

#ifdef __cplusplus
}
#endif
#endif
