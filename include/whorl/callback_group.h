// Callback group: which callbacks of a node may run at the same time. It matters under an executor; on a loop every entity stands for itself.
#ifndef WHORL_CALLBACK_GROUP_H
#define WHORL_CALLBACK_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "whorl/node.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_callback_group {
  uint64_t id;
} whorl_callback_group_t;

typedef enum whorl_callback_group_kind {
  WHORL_CALLBACK_GROUP_EXCLUSIVE, // one callback at a time, until it has returned, suspended or not; the others wait by age
  WHORL_CALLBACK_GROUP_REENTRANT, // each entity as often as its max_in_flight allows
} whorl_callback_group_kind_t;

typedef struct whorl_callback_group_options { // zero: the default
  bool manual;                                // does not come to an executor with its node, only by whorl_executor_add_callback_group
  // 0 (the ordinary) to 127. What is ready in a group of higher priority starts before everything of lower priority, and goes on before it after a wait: it waits for callbacks that run, and no others. One
  // that is always ready starves those below it. On loops and in all executors but the static kind, whose order is fixed.
  uint8_t priority;
} whorl_callback_group_options_t;

// Owned by the node. A node that an executor has takes the group there at once, unless it is manual. Entities join a group when they are created, and stay.
// Any thread. INVALID_ARGUMENT: an unknown kind. DESTROYED, SHUTDOWN, NO_MEMORY.
int whorl_callback_group_create(whorl_node_t node, whorl_callback_group_kind_t kind, const whorl_callback_group_options_t *options,
                                whorl_callback_group_t *ret_group);
// Leaves its executor. BUSY while it has entities; WRONG_STATE: it is its node's default group, which goes with the node. Any thread.
int whorl_callback_group_destroy(whorl_callback_group_t group);
int whorl_callback_group_kind(whorl_callback_group_t group, whorl_callback_group_kind_t *ret_kind);
// The group of entities that name none: exclusive, not manual. A stale node's is the zero handle.
whorl_callback_group_t whorl_node_default_callback_group(whorl_node_t node);

#ifdef __cplusplus
}
#endif
#endif
