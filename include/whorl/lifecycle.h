// Lifecycle: a node whose work is configured, activated and stopped from outside, as ROS 2's managed nodes are (design.ros2.org, "Managed nodes"). docs/lifecycle.md.
#ifndef WHORL_LIFECYCLE_H
#define WHORL_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "whorl/callback_group.h"
#include "whorl/node.h"
#include "whorl/publisher.h"

#ifdef __cplusplus
extern "C" {
#endif

// Makes one node a managed one; owned by it.
typedef struct whorl_lifecycle {
  uint64_t id;
} whorl_lifecycle_t;

// The numbers of lifecycle_msgs/msg/State. The first ones stay until somebody asks for a transition; those from 10 on last as long as its callback.
typedef enum whorl_lifecycle_state {
  WHORL_STATE_UNKNOWN = 0,
  WHORL_STATE_UNCONFIGURED = 1,
  WHORL_STATE_INACTIVE = 2,
  WHORL_STATE_ACTIVE = 3,
  WHORL_STATE_FINALIZED = 4,
  WHORL_STATE_CONFIGURING = 10,
  WHORL_STATE_CLEANING_UP = 11,
  WHORL_STATE_SHUTTING_DOWN = 12,
  WHORL_STATE_ACTIVATING = 13,
  WHORL_STATE_DEACTIVATING = 14,
  WHORL_STATE_ERROR_PROCESSING = 15
} whorl_lifecycle_state_t;

// What can be asked for; the numbers of lifecycle_msgs/msg/Transition, in which a shutdown has one for each state that it leaves.
typedef enum whorl_lifecycle_transition {
  WHORL_TRANSITION_CONFIGURE = 1,  // unconfigured to inactive
  WHORL_TRANSITION_CLEANUP = 2,    // inactive to unconfigured
  WHORL_TRANSITION_ACTIVATE = 3,   // inactive to active
  WHORL_TRANSITION_DEACTIVATE = 4, // active to inactive
  WHORL_TRANSITION_SHUTDOWN = 5    // from each of these three to finalized
} whorl_lifecycle_transition_t;

// Does a transition's work; may suspend. `from`: the state that it leaves. OK: the transition succeeds. UNSUCCESSFUL: it fails, and the node is again what it was (after a shutdown: finalized). Any other failure is an
// error, of this node's work and not of its scope: `on_error` is called.
typedef int (*whorl_lifecycle_callback_t)(whorl_lifecycle_state_t from, void *arg);
typedef struct whorl_lifecycle_callbacks { // NULL: there is nothing to do, and it succeeds
  whorl_lifecycle_callback_t on_configure, on_cleanup, on_activate, on_deactivate, on_shutdown;
  // Behind a shield of five seconds. OK: all is cleaned up, the node is unconfigured. Else, and when it is NULL: finalized. `from`: the state of the transition that failed.
  whorl_lifecycle_callback_t on_error;
} whorl_lifecycle_callbacks_t;

typedef struct whorl_lifecycle_options { // zero: the default
  // Of the services; zero: a reentrant one of its own, so that a transition's callback that waits does not keep out those who ask for the state.
  whorl_callback_group_t callback_group;
} whorl_lifecycle_options_t;

// The node is unconfigured. Makes ~/change_state, ~/get_state, ~/get_available_states, ~/get_available_transitions, ~/get_transition_graph and the topic ~/transition_event. The callbacks are
// copied. Any thread. Statuses as whorl_service_create.
int whorl_lifecycle_create(whorl_node_t node, const whorl_lifecycle_callbacks_t *callbacks, void *arg,
                           const whorl_lifecycle_options_t *options, whorl_lifecycle_t *ret_lifecycle);
// As whorl_service_destroy. No callback of its is called by this, nor by the node's end: ask for a shutdown first, if that is wanted.
int whorl_lifecycle_destroy(whorl_lifecycle_t lifecycle);
// Does a transition, calling its callback in the caller's task (or on his plain thread), as a request of ~/change_state does in one of the node's. Each change of the state is told on the topic. OK: it succeeded; UNSUCCESSFUL: it
// failed; else what the callback returned (an error, also CANCELED): the state tells what has become of the node. WRONG_STATE: it is not possible from here. BUSY: another one is under way.
int whorl_lifecycle_change(whorl_lifecycle_t lifecycle, whorl_lifecycle_transition_t transition);
int whorl_lifecycle_read_state(whorl_lifecycle_t lifecycle, whorl_lifecycle_state_t *ret_state); // any thread; never suspends
// From now on what is published by it goes out while the node is active only, and is dropped otherwise: whorl_publish returns OK, and whorl_publisher_read_counts counts it. For as long as the lifecycle. INVALID_ARGUMENT: of another node. NO_MEMORY. Any thread.
int whorl_lifecycle_manage_publisher(whorl_lifecycle_t lifecycle, whorl_publisher_t publisher);

// "inactive", "errorprocessing"; "?" for a number outside the table. Never NULL, static storage. Any thread.
const char *whorl_lifecycle_state_name(whorl_lifecycle_state_t state);

#ifdef __cplusplus
}
#endif
#endif
