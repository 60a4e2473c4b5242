// Clocks: steady, system and ROS time of a node, and a steady time at simulated speed; sleeping on them, and hearing of their jumps. What happens when simulated time starts, stands, jumps or ends: docs/time.md.
#ifndef WHORL_CLOCK_H
#define WHORL_CLOCK_H

#include "whorl/node.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum whorl_clock_kind {
  WHORL_CLOCK_STEADY, // never set, never back: whorl_now_ns
  WHORL_CLOCK_SYSTEM, // nanoseconds since 1970, as the host has them
  WHORL_CLOCK_ROS,    // simulated time (/clock) while the node uses it, else the system's
  // At the speed of simulated time while the node uses that, else of the steady clock, and never back: of /clock every step forward counts in full, a step back is none, a pause is one. It goes on where it stands
  // when the source changes. Only differences mean something; each node has its own. Nothing sleeps on it longer or shorter than that, whatever /clock does.
  WHORL_CLOCK_SIM_STEADY,
} whorl_clock_kind_t;

// A view of its node, and stale when that is destroyed. Nothing to free.
typedef struct whorl_clock {
  uint64_t id;
} whorl_clock_t;

// Its ROS clock, or another one of its. Never fail: a stale node gives a stale clock. Any thread.
whorl_clock_t whorl_node_clock(whorl_node_t node);
whorl_clock_t whorl_node_clock_of_kind(whorl_node_t node, whorl_clock_kind_t kind);
whorl_clock_kind_t whorl_clock_kind(whorl_clock_t clock);

// Nanoseconds, fresh at every call, also in the middle of a callback. 0: stale, or simulated time that has not started. Any thread.
int64_t whorl_clock_now_ns(whorl_clock_t clock);
bool whorl_clock_ros_time_is_active(whorl_clock_t clock); // a ROS clock, or SIM_STEADY, that follows /clock. Any thread
bool whorl_clock_is_started(whorl_clock_t clock);         // false: it follows /clock, and nothing has come yet; or stale. Any thread

// May suspend; by any task, not only the node's. A plain thread (docs/tasks.md R35) is blocked by it, and a shutdown of the context ends that too (SHUTDOWN). A duration that is not positive, or a target that has passed, lets the others run once. While simulated time has not started it is waited for: a duration counts from the
// first tick. Back jumps: a duration is a distance forward, whatever the clock does; a target stays where it is, until the clock goes back the second time through the same stretch: TIME_JUMPED.
// SIM_STEADY knows neither: TIME_JUMPED and TIME_SOURCE_CHANGED do not occur on it.
// CANCELED, NO_MEMORY; WOULD_DEADLOCK where nothing may wait (a post, a release function, a callback of libuv), and on a plain thread in a simulation; TIME_SOURCE_CHANGED: the node has begun or ceased to use simulated time; DESTROYED: the node was destroyed, before or meanwhile.
int whorl_clock_sleep(whorl_clock_t clock, int64_t duration_ns);
int whorl_clock_sleep_until(whorl_clock_t clock, int64_t target_ns);
int whorl_clock_wait_until_started(whorl_clock_t clock); // at once unless it follows /clock, before its first tick. As whorl_clock_sleep

// Whether the node's ROS clock follows /clock. All nodes of a context share one subscription, which is there while one of them needs it. Nothing fires by the switch: sleeps on the node's ROS clock end with
// TIME_SOURCE_CHANGED, its timers have as much before them on the new time as they had on the old. Without effect when it is so already. Any thread. DESTROYED, NO_MEMORY, TRANSPORT_ERROR: then nothing has changed.
int whorl_node_set_use_sim_time(whorl_node_t node, bool use_sim_time);

// --- Jumps of a node's ROS clock
typedef enum whorl_time_change {
  WHORL_CHANGE_JUMP,         // forward or back on the same source
  WHORL_CHANGE_TO_SIMULATED, // rclcpp: ROS_TIME_ACTIVATED
  WHORL_CHANGE_TO_SYSTEM,
} whorl_time_change_t;

typedef struct whorl_jump_info {
  whorl_time_change_t change; // the last one of the source, when there was one
  int64_t before_ns, now_ns;  // the clock before the first jump that was not told yet, and after the last one
  uint64_t count;             // jumps since the last call: those that come while the callback runs are told together
} whorl_jump_info_t;

// A task of the node's scope; never overlaps itself. An error ends the node.
typedef int (*whorl_jump_callback_t)(const whorl_jump_info_t *info, void *arg);

typedef struct whorl_jump_options { // at least one of them
  bool on_source_change;
  int64_t min_forward_ns;  // from that much on; 0: not of jumps forward. Every tick is one, the first one from 0
  int64_t min_backward_ns; // likewise, as a positive number
} whorl_jump_options_t;

typedef struct whorl_jump_handler {
  uint64_t id;
} whorl_jump_handler_t;

// Called after the jump: simulated time moves on the thread that receives /clock, where no user code runs. INVALID_ARGUMENT: nothing is asked for, or a negative limit. `ret_handler` may be NULL. Any thread.
// DESTROYED, SHUTDOWN, NO_MEMORY.
int whorl_jump_handler_create(whorl_node_t node, const whorl_jump_options_t *options, whorl_jump_callback_t callback, void *arg,
                              whorl_jump_handler_t *ret_handler);
int whorl_jump_handler_destroy(whorl_jump_handler_t handler); // as whorl_subscription_destroy

#ifdef __cplusplus
}
#endif
#endif
