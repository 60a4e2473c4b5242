// Loop: a libuv event loop that runs tasks. A node opened by one of its tasks has its callbacks run there.
#ifndef WHORL_LOOP_H
#define WHORL_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#ifdef __cplusplus
}
#endif
#endif
