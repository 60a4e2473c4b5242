// A timer: a record with a deadline. Phase is kept from creation: deadlines only grow by whole periods, except by reset.
//
// One state at a time (docs/dispatch.md 2.7, invariant 6): stopped; waiting (its deadline is armed); pending (due, its record is queued or will be when the running callback ends). However
// often it is due meanwhile, it is pending once; the periods that went by are counted as missed. Everything is guarded by the lock of the mailbox's core.
#ifndef WHORL_DISPATCH_TIMER_H
#define WHORL_DISPATCH_TIMER_H

#include "dispatch/record.h"

typedef struct whorl__timer {
  whorl__record_t record;
  whorl__deadline_t deadline;
  int64_t period_ns;
  int64_t due_ns; // the next expiry, or the one that is pending
  bool stopped;
  // What the callback that was picked last is told; written at the pick, read by that callback only.
  int64_t expected_ns, actual_ns;
  uint64_t missed;
} whorl__timer_t;

// `ops->picked` is the timer's own: see whorl__timer_picked. Starts stopped; call reset to start it.
void whorl__timer_init(whorl__timer_t *timer, const whorl__record_ops_t *ops, whorl__mailbox_t *mailbox, int64_t period_ns,
                       uint64_t registration, const char *name);
void whorl__timer_picked(whorl__record_t *record, whorl__core_t *core); // for the ops table
void whorl__timer_cancel(whorl__timer_t *timer);
void whorl__timer_reset(whorl__timer_t *timer);
bool whorl__timer_canceled(whorl__timer_t *timer);
int64_t whorl__timer_until_next(whorl__timer_t *timer); // WHORL_FOREVER when stopped, negative when overdue

#endif
