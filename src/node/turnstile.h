// A lock that is held across suspensions: tasks and plain threads come through it one at a time, in the order in which they came.
//
// Free, it is taken without any look at scopes or at the place, as a mutex is; only who has to wait needs a place where that can be done.
#ifndef WHORL_NODE_TURNSTILE_H
#define WHORL_NODE_TURNSTILE_H

#include <pthread.h>

#include "node/context.h"
#include "task/wait.h"

typedef struct whorl__turnstile {
  pthread_mutex_t lock;  // a leaf
  const void *holder;    // the task's or the plain thread's own address; NULL: free
  whorl__list_t waiting; // whorl__waiter_t
} whorl__turnstile_t;

void whorl__turnstile_init(whorl__turnstile_t *turnstile);
void whorl__turnstile_fini(whorl__turnstile_t *turnstile);
// Suspends the task or blocks the plain thread while somebody else is inside. WRONG_STATE: the caller is (no sentence). CANCELED while it waits, WOULD_DEADLOCK and NOT_IN_TASK where it would have to and nothing can; then it is not inside.
// `function` is for sentences, `kind` and `name` for dumps; the name lives until the caller is inside.
int whorl__turnstile_enter(whorl__turnstile_t *turnstile, const whorl__context_t *context, const char *function,
                           const whorl__wait_kind_t *kind, const char *name);
void whorl__turnstile_leave(whorl__turnstile_t *turnstile);

#endif
