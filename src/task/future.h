// Futures whose producer is the library itself, such as an open request: what waiters get is made from what the producer holds, on their own thread, when they ask.
//
// The future owns what is held, and ends it with itself. Until then its producer may complete it from anywhere, also inside a transport's hook.
#ifndef WHORL_TASK_FUTURE_H
#define WHORL_TASK_FUTURE_H

#include "task/wait.h"
#include "whorl/task.h"

typedef struct whorl__future whorl__future_t;

// `status` is what it was completed with. read and copy: no lock held, on any thread, on several at once; they may allocate, not suspend; they return what the caller gets, with its sentence.
typedef struct whorl__future_ops {
  const whorl__wait_kind_t *kind; // in dumps, with the future's name
  int (*read)(void *held, int status, void **ret_value);
  int (*copy)(void *held, int status, void *result); // into a struct of the caller's
  void (*give_up)(void *held);                       // its user has abandoned it: complete already
  void (*end)(void *held);                           // it is being destroyed: nobody may complete it when this has returned
} whorl__future_ops_t;

// NO_MEMORY: then `held` is still the caller's. `name` is copied.
int whorl__future_create(const char *name, const whorl__future_ops_t *ops, void *held, whorl__future_t **ret_inside,
                         whorl_future_t *ret_future);
// False: it is complete already, or being destroyed. Before `end` has returned only. Its lock is taken inside other wait sources'.
bool whorl__future_complete(whorl__future_t *future, int status);

// Is it complete? INVALID_HANDLE, DESTROYED.
int whorl__future_look(whorl_future_t future, bool *ret_complete);

// --- Being told of the completion without a task that waits, of any future

// Told once, on the completing or destroying thread, under the future's lock: it may halt a core or tell of a change, no more.
typedef struct whorl__future_watch {
  whorl__link_t link;
  void (*told)(struct whorl__future_watch *watch);
  whorl__future_t *future;
} whorl__future_watch_t;

// Joins unless the future is complete already: then `ret_complete` is true and nothing was added. INVALID_HANDLE, DESTROYED.
int whorl__future_watch(whorl_future_t future, whorl__future_watch_t *watch, bool *ret_complete);
// After a watch that did not fail, joined or not. When it has returned nobody tells it any more. What has become of the future: OK and whether it is complete, or DESTROYED.
int whorl__future_unwatch(whorl_future_t future, whorl__future_watch_t *watch, bool *ret_complete);

#endif
