// A timer: a record with a deadline. Phase is kept from creation: deadlines only grow by whole periods, except by reset, by a new period, and when simulated time goes back or takes over.
//
// One state at a time (docs/dispatch.md 2.7, invariant 6): stopped; waiting (its deadline is armed); pending (due, its record is queued or will be when the running callback ends). However
// often it is due meanwhile, it is pending once; the periods that went by are counted as missed.
//
// Two ways to be due. On steady time: `deadline` in the core, which moves on at the pick. On simulated time: `alarm` in the context's time, which moves on when it is due, as a pick must not take
// that lock. Everything is guarded by the lock of the mailbox's core; who changes what the alarm depends on holds the time's lock around it.
#ifndef WHORL_DISPATCH_TIMER_H
#define WHORL_DISPATCH_TIMER_H

#include "dispatch/record.h"
#include "dispatch/ros_time.h"

typedef struct whorl__expiry {    // what a callback is told
  int64_t expected_ns, actual_ns; // of the clock's source
  int64_t offset_ns;              // of what the clock tells to that
  uint64_t missed;
  bool simulated; // whose time those are
} whorl__expiry_t;

typedef struct whorl__timer {
  whorl__record_t record;
  whorl__deadline_t deadline;
  whorl__alarm_t alarm;
  whorl__ros_clock_t *clock; // NULL: steady time, always
  int64_t period_ns;
  int64_t due_ns; // steady: the next expiry, or the one that is pending; simulated: the pending one
  bool stopped, one_shot;
  bool owed;             // one-shot: picked, and its call has not begun
  bool simulated;        // as the clock last said, and so
  int64_t offset_ns;     // of what it tells to its source
  bool pending;          // simulated: due, not picked
  uint64_t missed_since; // simulated: while it was pending
  whorl__expiry_t last;  // written at the pick, read by the callback that was picked
} whorl__timer_t;

typedef struct whorl__timer_options {
  int64_t period_ns;
  whorl__ros_clock_t *clock; // NULL: steady
  bool one_shot;             // stops with its first call
} whorl__timer_options_t;

// `ops->picked` is the timer's own: see whorl__timer_picked. Starts stopped; call reset to start it.
void whorl__timer_init(whorl__timer_t *timer, const whorl__record_ops_t *ops, whorl__mailbox_t *mailbox,
                       const whorl__timer_options_t *options, uint64_t registration, const char *name);
void whorl__timer_fini(whorl__timer_t *timer);                          // its record is closed and quiet
void whorl__timer_picked(whorl__record_t *record, whorl__core_t *core); // for the ops table
// In the callback that was picked, before the user is called. False: it has been, and its record was only kept because that call was cancelled.
bool whorl__timer_begin(whorl__timer_t *timer);
void whorl__timer_cancel(whorl__timer_t *timer);
void whorl__timer_reset(whorl__timer_t *timer);
// By hand, of a record that is not live: the expiry, as if it were picked. False: it is not due. `ready` only looks; `ret_until_ns`: how long by steady time until it is due without anybody's doing.
bool whorl__timer_take(whorl__timer_t *timer, whorl__expiry_t *ret_expiry);
bool whorl__timer_ready(whorl__timer_t *timer, int64_t *ret_until_ns);
// The next call keeps its time, the ones after it come by the new period. Without a next call (an endless period until now): from here.
void whorl__timer_set_period(whorl__timer_t *timer, int64_t period_ns);
int64_t whorl__timer_period(whorl__timer_t *timer);
bool whorl__timer_canceled(whorl__timer_t *timer);
int64_t whorl__timer_until_next(whorl__timer_t *timer); // WHORL_FOREVER when stopped, negative when overdue

#endif
