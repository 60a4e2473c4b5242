// The one seam to waiting and to steady time. Nothing in the library sleeps, polls or reads the steady clock in another way.
//
// A parker belongs to one slot, that is to one thread at a time. `unpark` may come from any thread, also under middleware locks: it takes no lock, allocates nothing, and
// makes a system call only when the owner is parked. One unpark before a park makes that park return at once (a token, no counter). park may return early for no reason.
#ifndef WHORL_TASK_PARKER_H
#define WHORL_TASK_PARKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "task/head_start.h"

struct whorl__parker;
typedef struct whorl__parker_ops {
  int64_t (*now_ns)(struct whorl__parker *parker); // steady, never backwards
  void (*park)(struct whorl__parker *parker,
               int64_t until_ns); // WHORL_FOREVER: until unparked; <= now: only look at outside sources (a loop polls its descriptors)
  void (*unpark)(struct whorl__parker *parker);
  bool (*is_stuck)(struct whorl__parker *parker); // has the last park found that nothing can ever end it? NULL: that cannot be known
} whorl__parker_ops_t;

typedef struct whorl__parker {
  const whorl__parker_ops_t *ops;
  whorl__head_start_t head_start; // of those that sleep in the system
} whorl__parker_t;

static inline int64_t whorl__parker_now(whorl__parker_t *parker) { return parker->ops->now_ns(parker); }
static inline void whorl__parker_park(whorl__parker_t *parker, int64_t until_ns) { parker->ops->park(parker, until_ns); }
static inline bool whorl__parker_is_stuck(whorl__parker_t *parker)
{
  return parker->ops->is_stuck != NULL && parker->ops->is_stuck(parker);
}
static inline void whorl__parker_unpark(whorl__parker_t *parker) { parker->ops->unpark(parker); }

// futex_parker.c: for executor threads and plain threads.
typedef struct whorl__futex_parker {
  whorl__parker_t base;
  _Alignas(64) _Atomic uint32_t token; // 0 empty, 1 notified, 2 parked
} whorl__futex_parker_t;
void whorl__futex_parker_init(whorl__futex_parker_t *parker);

// virtual_parker.c: for tests and simulations, one thread. park jumps the clock to `until`, or, when the world has something earlier (a delivery), to that: `next` is asked.
typedef struct whorl__virtual_parker {
  whorl__parker_t base;
  int64_t now;
  int64_t limit;              // park never jumps beyond it
  int64_t (*next)(void *arg); // earliest event of the world outside the core; WHORL_FOREVER. May be NULL
  void *arg;
  uint64_t parks, unparks;  // counted for tests
  bool notified;            // the token
  whorl__parker_t *sleeper; // NULL; who sleeps for real in place of this one, and is unparked then, from any thread
  bool stuck;               // the last park found nothing to wait for within the limit: nobody will ever wake it
} whorl__virtual_parker_t;
void whorl__virtual_parker_init(whorl__virtual_parker_t *parker);

#endif
