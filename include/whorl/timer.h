// Wall timers: steady time, absolute phase, missed periods collapse to one call.
#ifndef WHORL_TIMER_H
#define WHORL_TIMER_H

#include "whorl/node.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_timer {
  uint64_t id;
} whorl_timer_t;

typedef struct whorl_timer_info {
  int64_t expected_ns; // steady time at which it was due
  int64_t actual_ns;   // steady time at which the callback was picked
  uint64_t missed;     // whole periods that passed without a call before this one
} whorl_timer_info_t;

// A task of the node's scope; never overlaps itself.
typedef int (*whorl_timer_callback_t)(const whorl_timer_info_t *info, void *arg);

typedef struct whorl_timer_options {
  bool stopped; // created without starting: the first reset starts it
} whorl_timer_options_t;

// period 0: as often as the others leave room. First call one period after creation; while the node is not open, periods pass and are counted as missed. INVALID_ARGUMENT: negative period, NULL callback. `ret_timer` may be NULL. Any thread. DESTROYED, SHUTDOWN, NO_MEMORY.
int whorl_timer_create(whorl_node_t node, int64_t period_ns, whorl_timer_callback_t callback, void *arg,
                       const whorl_timer_options_t *options, whorl_timer_t *ret_timer);
// As whorl_subscription_destroy.
int whorl_timer_destroy(whorl_timer_t timer);
int whorl_timer_cancel(
    whorl_timer_t timer); // no call starts after it returned; from another thread than the driver's: but one that is just starting
int whorl_timer_reset(whorl_timer_t timer); // starts (again), one period from now
int whorl_timer_is_canceled(whorl_timer_t timer, bool *ret_canceled);
int whorl_timer_period(whorl_timer_t timer, int64_t *ret_period_ns);
int whorl_timer_time_until_next(whorl_timer_t timer, int64_t *ret_ns); // WHORL_FOREVER when cancelled; negative when overdue

#ifdef __cplusplus
}
#endif
#endif
