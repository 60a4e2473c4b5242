// Writes that the middleware would not take yet, because reliable readers have not acknowledged enough: tried again with growing pauses, in the order of their calls. A writer has one of these.
#ifndef WHORL_NODE_THROTTLE_H
#define WHORL_NODE_THROTTLE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/list.h"

// Throttled writes queue here, on their callers' stacks: only the first one tries, so a writer's messages keep their order. Who finds it empty writes at once.
typedef struct whorl__throttle {
  pthread_mutex_t lock;
  whorl__list_t waiting;
  atomic_uint count;
} whorl__throttle_t;

// One write. No pin is held while it pauses: what is destroyed meanwhile takes its queue with it, and `pin` then says so.
typedef struct whorl__throttled {
  const char *what; // "publisher of '/chatter'"; the writer's name is read while it is pinned
  const char *name;
  int (*pin)(struct whorl__throttled *self, whorl__throttle_t **ret_throttle);
  void (*unpin)(struct whorl__throttled *self);
  int (*write)(struct whorl__throttled *self); // once; WOULD_BLOCK: not yet
} whorl__throttled_t;

void whorl__throttle_init(whorl__throttle_t *throttle);
void whorl__throttle_fini(whorl__throttle_t *throttle);
// Begins pinned, ends unpinned in every outcome. While throttled it suspends the task or blocks the plain thread; a post and the like gets WOULD_BLOCK. CANCELED, what `write` and `pin` say.
int whorl__throttle_write(whorl__throttle_t *throttle, whorl__throttled_t *write);

#endif
