// A reader's bounded history: what the wire or a local writer stored and nobody has taken yet.
//
// `store` may run under the middleware's locks, on any of its threads, several at once. It never allocates, never calls user code, never refuses:
// what does not fit falls out by the QoS rule and is counted. The ring's lock is a leaf; samples that fall out are released after it.
// `armed` flips once per filling: whoever flips it calls the ready hook, which may take the owner's lock.
#ifndef WHORL_TRANSPORT_RING_H
#define WHORL_TRANSPORT_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/lock.h"
#include "message/sample.h"

typedef struct whorl__ring_slot {
  whorl__sample_t *sample;
  int64_t expiry_ns; // lifespan, system clock of the transport; WHORL_FOREVER
} whorl__ring_slot_t;

typedef struct whorl__ring_counts {
  uint64_t received, taken, dropped, expired, malformed;
} whorl__ring_counts_t;

// So many samples wait, which is as many as are worth a word, for the `times`th time. Called like the ready hook.
typedef void (*whorl__ring_backlog_t)(void *arg, size_t waiting, uint32_t times);

typedef struct whorl__ring {
  whorl__lock_t lock;
  whorl__ring_slot_t *slots; // capacity entries
  size_t capacity, head, count;
  whorl__sample_t *kept; // the next one for a taker, no longer in the history; NULL: the history's oldest is
  bool armed;
  atomic_bool expires;         // a sample with a lifespan was stored, ever: until then takers need not read the clock
  whorl__ring_counts_t counts; // received = taken + dropped + expired + count; malformed are part of taken
  void (*ready)(void *arg);    // set before the first store, then constant; NULL for a reader that is polled by hand
  void *arg;
  bool drops_newest; // when it is full; set before the first store, as what whorl__ring_watch sets
  size_t low,
      span;     // a store that finds `count` outside of them looks at the level: one comparison for all others, and for rings without one
  size_t level; // of a backlog
  uint32_t backlogs;             // so far
  whorl__ring_backlog_t backlog; // NULL: nobody wants to know
} whorl__ring_t;

// depth: keep last's depth, or the limit for keep all. NO_MEMORY.
int whorl__ring_init(whorl__ring_t *ring, size_t depth, void (*ready)(void *arg), void *arg);
// Before the first store: `backlog` is called, with the ring's `arg`, when a store makes it `level` samples, or fills the ring, and not again before a store has found fewer than half as many.
void whorl__ring_watch(whorl__ring_t *ring, size_t level, whorl__ring_backlog_t backlog);
void whorl__ring_fini(whorl__ring_t *ring); // drops what is left; no store may run any more
// Takes a reference of its own.
void whorl__ring_store(whorl__ring_t *ring, whorl__sample_t *sample, int64_t expiry_ns);
// The oldest sample that has not expired, with its reference; NULL if there is none. `ret_more`: others are left (then the ring stays armed).
whorl__sample_t *whorl__ring_take(whorl__ring_t *ring, int64_t now_ns, bool *ret_more);
// Takes it already now, for the next taker: what comes later cannot push it out. One thread at a time.
void whorl__ring_keep(whorl__ring_t *ring, int64_t now_ns);
bool whorl__ring_ready(whorl__ring_t *ring);
whorl__ring_counts_t whorl__ring_read_counts(whorl__ring_t *ring);
void whorl__ring_count_malformed(whorl__ring_t *ring);

#endif
