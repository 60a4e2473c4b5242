// Timers: periodic or for once, on steady time or on a clock of the node; absolute phase, missed periods collapse to one call.
#ifndef WHORL_TIMER_H
#define WHORL_TIMER_H

#include "whorl/callback_group.h"
#include "whorl/clock.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_timer {
  uint64_t id;
} whorl_timer_t;

typedef struct whorl_timer_info { // times of the timer's clock
  int64_t expected_ns;            // when it was due
  int64_t actual_ns;              // when the callback was picked; earlier than expected only when simulated time went back in between
  uint64_t missed;                // whole periods that passed without a call before this one
} whorl_timer_info_t;

// A task of the node's scope; never overlaps itself.
typedef int (*whorl_timer_callback_t)(const whorl_timer_info_t *info, void *arg);

typedef struct whorl_timer_options { // zero: the default
  bool by_hand;                      // no callback: for whorl_timer_take and wait sets
  bool stopped;                      // created without starting: the first reset starts it
  bool one_shot;                     // one call, then it counts as cancelled; a reset starts it again
  // Default: steady. ROS and SIM_STEADY: by ticks while its node uses simulated time (docs/time.md). Wall periods are measured steadily on all of them:
  // setting the host's clock moves no call.
  whorl_clock_kind_t clock;
  whorl_callback_group_t callback_group; // zero: the node's default one
} whorl_timer_options_t;

// period 0: as often as the others leave room; WHORL_FOREVER: never. First call one period after creation; while the node is not open, periods pass and are counted as missed. INVALID_ARGUMENT: negative period, NULL callback,
// unknown clock. `ret_timer` may be NULL. Any thread. DESTROYED, SHUTDOWN, NO_MEMORY.
int whorl_timer_create(whorl_node_t node, int64_t period_ns, whorl_timer_callback_t callback, void *arg,
                       const whorl_timer_options_t *options, whorl_timer_t *ret_timer);
// As whorl_subscription_destroy.
int whorl_timer_destroy(whorl_timer_t timer);
int whorl_timer_cancel(
    whorl_timer_t timer); // no call starts after it returned; from another thread than the driver's: but one that is just starting
int whorl_timer_reset(whorl_timer_t timer); // starts (again), one period from now
// The next call keeps its time, the ones after it follow by the new period; a reset begins it at once. INVALID_ARGUMENT: negative. Any thread.
int whorl_timer_set_period(whorl_timer_t timer, int64_t period_ns);
int whorl_timer_is_canceled(whorl_timer_t timer, bool *ret_canceled);
int whorl_timer_period(whorl_timer_t timer, int64_t *ret_period_ns);
// Of one that is taken by hand: the expiry that is due, as its callback would be told; `ret_info` may be NULL. The next one follows. Any thread; each expiry goes to one taker. WOULD_BLOCK: it is not due.
// WRONG_STATE: it has a callback.
int whorl_timer_take(whorl_timer_t timer, whorl_timer_info_t *ret_info);
int whorl_timer_time_until_next(whorl_timer_t timer, int64_t *ret_ns); // WHORL_FOREVER when cancelled; negative when overdue

#ifdef __cplusplus
}
#endif
#endif
