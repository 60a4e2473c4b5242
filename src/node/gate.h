// A gate: one waiter, task or plain thread, until something has become quiet. Used by destroy: whoever ends last opens it.
#ifndef WHORL_NODE_GATE_H
#define WHORL_NODE_GATE_H

#include <pthread.h>
#include <stdbool.h>

#include "task/wait.h"

typedef struct whorl__gate {
  pthread_mutex_t lock;
  bool open;
  whorl__waiter_t *task;         // the waiting task, or
  whorl__futex_parker_t *thread; // the waiting plain thread; NULL: nobody
} whorl__gate_t;

void whorl__gate_init(whorl__gate_t *gate);
void whorl__gate_fini(whorl__gate_t *gate);
void whorl__gate_open(whorl__gate_t *gate);
// Suspends the task (a drain wait: cancellation does not end it), or blocks the plain thread, until the gate is open. The gate may be finished right after.
// `kind` and `name` are for dumps; the name lives until the gate is open.
void whorl__gate_wait(whorl__gate_t *gate, const whorl__wait_kind_t *kind, const char *name);

#endif
