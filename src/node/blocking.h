// What a plain thread waits for inside a context (docs/tasks.md R35). A task is cancelled with its scope when the context shuts down; a thread has no scope that the context knows of, so its wait says for
// its time where it is to be found. In a task nothing of this is needed: then `context` stays 0.
#ifndef WHORL_NODE_BLOCKING_H
#define WHORL_NODE_BLOCKING_H

#include "node/context.h"
#include "whorl/task.h"

typedef struct whorl__blocking { // on the thread's stack
  whorl__shutdown_hook_t hook;
  whorl_timeout_t limit; // without a deadline: what a shutdown ends
  uint64_t context;      // 0: a task waits
  bool shut_down;        // tree lock, until the hook is removed
} whorl__blocking_t;

// May the caller wait for something of this context? A task may. WOULD_DEADLOCK, naming the public `function`: a driver's thread outside its tasks; a plain thread in a simulated world, which would not move.
int whorl__blocking_check(const whorl__context_t *context, const char *function);
// The same, and then a plain thread can be found. After whorl__wait_entry_anywhere. SHUTDOWN besides. After a failure nothing has begun.
int whorl__blocking_begin(whorl__blocking_t *blocking, whorl__context_t *context, const char *function);
// Must follow, nothing pinned; also where a task waits. The wait's status; SHUTDOWN when that is why it was cancelled.
int whorl__blocking_end(whorl__blocking_t *blocking, int status);

#endif
