// Blocking work: what would stop a loop runs on libuv's thread pool, while the task that asked for it waits. Law: docs/tasks.md R30.
#ifndef WHORL_WORK_H
#define WHORL_WORK_H

#include <stdbool.h>

#include "whorl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

// May suspend. Runs function(arg) on a thread of the pool (4, or as UV_THREADPOOL_SIZE says) and returns its status, its detail too. Cancelled while the function is still queued: it never runs, CANCELED.
// Cancelled while it runs: waits for its end all the same and returns its status, as it did happen. The function may use what works on a plain thread (docs/tasks.md R35): it may
// set events, wait for futures, sleep, post. NOT_IN_TASK, INVALID_ARGUMENT, IO_ERROR; UNSUPPORTED under an executor. In a simulation time stands until it has ended (docs/simulation.md).
int whorl_work(int (*function)(void *arg), void *arg);

// Inside such a function: was the task that waits for it cancelled? A long one asks now and then, and ends early. False elsewhere.
bool whorl_work_canceled(void);

#ifdef __cplusplus
}
#endif
#endif
