// A mailbox: the callbacks of a callback group (under a loop: of one entity) that are ready, and which of them may run.
//
// It sits in exactly one core at any time: its driver's, or the context's limbo core, which has no workers; so "nobody drives this node" is no special case. `core` changes only
// with both cores' locks held; everything else belongs to the lock of the core it names. It is in its core's heap exactly when it has a queued record and is reentrant or not busy; its key
// there is its oldest record's, so a group of ten gets ten turns where ten groups of one get them (docs/dispatch.md 2.4, invariants 1 and 2).
#ifndef WHORL_DISPATCH_MAILBOX_H
#define WHORL_DISPATCH_MAILBOX_H

#include <stdatomic.h>

#include "task/core.h"

typedef enum whorl__mailbox_kind { WHORL__MAILBOX_EXCLUSIVE, WHORL__MAILBOX_REENTRANT } whorl__mailbox_kind_t;

typedef struct whorl__mailbox {
  _Atomic(whorl__core_t *) core;
  whorl__runnable_t runnable;
  whorl__heap_t queued;  // records by key
  whorl__list_t records; // all of them, for moves
  whorl__mailbox_kind_t kind;
  uint8_t priority;  // 0: the ordinary, to WHORL__MOST_PRIORITY; constant once a record is in it
  uint32_t position; // among those that its core has got, by time
  uint32_t busy;     // callbacks that have begun and not finished
} whorl__mailbox_t;

void whorl__mailbox_init(whorl__mailbox_t *mailbox, whorl__core_t *core, whorl__mailbox_kind_t kind);
// Locks and returns the core that the mailbox is in at that moment. Any thread.
whorl__core_t *whorl__mailbox_lock(whorl__mailbox_t *mailbox);
// Moves it with its queued records and deadlines; what is queued gets new keys that share one ticket. Callbacks that have begun end where they began. No lock held.
void whorl__mailbox_move(whorl__mailbox_t *mailbox, whorl__core_t *core);
// Its key or its right to run has changed: in, out or elsewhere in the core's heap. Core lock held.
void whorl__mailbox_update(whorl__mailbox_t *mailbox, whorl__core_t *core);

#endif
