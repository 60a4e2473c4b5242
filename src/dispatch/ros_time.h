// Simulated time of a context, and what waits for it. One state for all nodes, told by whoever receives /clock.
//
// Life: not started (0, and nothing is due) until the first tick; then it stands wherever the last tick put it. A tick compares once when nothing is due, however many nodes, drivers and
// timers there are: everything that is due at a simulated time is in one heap here, not in the cores. (A core's own heap could not hold it: two contexts on one driver have two times.)
//
// A wait source like an event: its lock is outside the cores' (docs/dispatch.md 1), and inside the middleware's: a tick comes from a reader's ready hook. So nothing below calls the user or the
// middleware, or allocates. The memory is type-stable: a sleeper that was cancelled locks it once more, when the context may be gone.
#ifndef WHORL_DISPATCH_ROS_TIME_H
#define WHORL_DISPATCH_ROS_TIME_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/list.h"

typedef struct whorl__ros_time {
  whorl__link_t pool_link;
  pthread_mutex_t lock;
  _Atomic int64_t now_ns; // written with the lock
  atomic_bool started;    // likewise
  whorl__heap_t due;      // armed alarms, once it has started
  whorl__list_t clocks;
  whorl__list_t watches;
  int64_t least_forward_ns, least_backward_ns; // of all watches; WHORL_FOREVER: nobody looks at that
  uint64_t last_order;
} whorl__ros_time_t;

// A node's view: simulated time, or the system's. Lives in its node.
typedef struct whorl__ros_clock {
  whorl__ros_time_t *time;
  whorl__link_t link;    // time->clocks
  whorl__list_t alarms;  // everything that waits on it, whatever its source
  atomic_bool simulated; // written with the lock
  bool continuous;       // what it tells goes on when its source changes; set before that
  int64_t offset_ns;     // of what it tells to the time of its source; 0 unless continuous; the lock
} whorl__ros_clock_t;

// Something that waits on a clock: a timer from its creation to its end, a sleeper while it sleeps. Armed while it waits for a simulated time.
typedef struct whorl__alarm {
  whorl__link_t link;      // clock->alarms
  whorl__heap_node_t node; // time->due
  whorl__ros_clock_t *clock;
  bool armed;
  bool from_start; // armed before time has started: `when_ns` counts from the first tick
  int64_t when_ns;
  uint64_t order;
  const struct whorl__alarm_ops *ops;
} whorl__alarm_t;

// All with the time's lock held.
typedef struct whorl__alarm_ops {
  void (*due)(whorl__alarm_t *alarm, int64_t now_ns); // disarmed before
  // Time went back, and it is armed: it may set `when_ns`, or remove itself.
  void (*back)(whorl__alarm_t *alarm, int64_t before_ns, int64_t now_ns);
  // Its clock has changed its source; disarmed before; what was left until it was due, or -1.
  void (*changed)(whorl__alarm_t *alarm, int64_t left_ns);
  void (*closed)(whorl__alarm_t *alarm); // its clock goes; removed before
} whorl__alarm_ops_t;

// Who wants to hear of jumps. A threshold of WHORL_FOREVER: not of these.
typedef enum whorl__time_change { WHORL__TIME_JUMPED, WHORL__TIME_ACTIVATED, WHORL__TIME_DEACTIVATED } whorl__time_change_t;
typedef struct whorl__jump_watch {
  whorl__link_t link; // time->watches
  whorl__ros_clock_t *clock;
  int64_t forward_ns, backward_ns; // at least so much; both positive
  bool on_change;
  void (*jumped)(struct whorl__jump_watch *watch, whorl__time_change_t change, int64_t before_ns, int64_t now_ns); // the time's lock held
} whorl__jump_watch_t;

int whorl__ros_time_create(whorl__ros_time_t **ret_time); // NO_MEMORY
void whorl__ros_time_destroy(whorl__ros_time_t *time);    // no clock is left
// --- no lock held
void whorl__ros_time_tick(whorl__ros_time_t *time, int64_t now_ns); // any thread, also below the middleware's locks
void whorl__ros_time_stop(whorl__ros_time_t *time);                 // nobody tells the time any more: not started, as at first
void whorl__ros_clock_init(whorl__ros_clock_t *clock, whorl__ros_time_t *time);
// Ends everything that waits on it; its memory stays until the last alarm has been removed.
void whorl__ros_clock_close(whorl__ros_clock_t *clock);
// `wall_ns`: what the clock's other source says now: system time, for those who watch jumps, or of a continuous one steady time. No change: nothing happens.
void whorl__ros_clock_set_simulated(whorl__ros_clock_t *clock, bool simulated, int64_t wall_ns);
void whorl__jump_watch_add(whorl__jump_watch_t *watch);
void whorl__jump_watch_remove(whorl__jump_watch_t *watch);
static inline int64_t whorl__ros_time_now(const whorl__ros_time_t *time)
{
  return atomic_load_explicit(&time->now_ns, memory_order_acquire);
}

// --- with the time's lock held
void whorl__alarm_add(whorl__alarm_t *alarm, whorl__ros_clock_t *clock, const whorl__alarm_ops_t *ops);
void whorl__alarm_remove(whorl__alarm_t *alarm);                     // disarms it too
void whorl__alarm_arm_at(whorl__alarm_t *alarm, int64_t when_ns);    // at that time, or at the next tick when it has passed
void whorl__alarm_arm_after(whorl__alarm_t *alarm, int64_t left_ns); // from now; before the start: from the first tick
void whorl__alarm_disarm(whorl__alarm_t *alarm);                     // if armed

#endif
