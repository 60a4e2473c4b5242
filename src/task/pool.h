// A type-stable store: items are handed out and taken back, but their memory stays what it is, so that somebody who comes too late may still look at one (under its lock, or at an
// atomic field) and find that it is not his any more. Any thread.
#ifndef WHORL_TASK_POOL_H
#define WHORL_TASK_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"

typedef struct whorl__pool { // static: WHORL__POOL(type), for as long as the process lives
  pthread_mutex_t lock;
  whorl__list_t free; // an item's first member is a whorl__link_t, the pool's while the item is free
  size_t size;
  bool permanent;
} whorl__pool_t;

#define WHORL__POOL(name, type)                                                                                                  \
  {                                                                                                                              \
    .lock = PTHREAD_MUTEX_INITIALIZER, .free = {{&(name).free.head, &(name).free.head}}, .size = sizeof(type), .permanent = true \
  }

void whorl__pool_init(whorl__pool_t *pool, size_t size);
void whorl__pool_fini(whorl__pool_t *pool); // every item has been given back
// `*ret_fresh` true: zeroed memory that was never handed out; false: as it was given back, but for the link. NULL: no memory.
void *whorl__pool_take(whorl__pool_t *pool, bool *ret_fresh);
void whorl__pool_give(whorl__pool_t *pool, void *item);

#endif
