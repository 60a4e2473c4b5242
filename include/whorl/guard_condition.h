// Guard condition: wakes a node from any thread. What it was triggered for is the user's own business.
#ifndef WHORL_GUARD_CONDITION_H
#define WHORL_GUARD_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "whorl/callback_group.h"
#include "whorl/node.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_guard_condition {
  uint64_t id;
} whorl_guard_condition_t;

// A task of the node's scope, under every driver; never overlaps itself. `triggers`: how often it was triggered since the last call, also while nobody drove the node; at least 1. Triggers that come while it
// runs, or from inside it, make one more call. An error ends the node's scope with that error (an executor tells it).
typedef int (*whorl_guard_condition_callback_t)(uint64_t triggers, void *arg);

typedef struct whorl_guard_condition_options { // zero: the default
  const char *name;                            // in dumps and sentences; copied (47 bytes of it). Default "guard condition"
  bool by_hand;                                // no callback: its triggers are for a wait set, also those that came before it was in one
  whorl_callback_group_t callback_group;       // zero: the node's default one
} whorl_guard_condition_options_t;

// Owned by the node; `ret_guard` may be NULL, and is set before the first call. Any thread. INVALID_ARGUMENT: no callback, or one although by hand, a group of another node. DESTROYED, SHUTDOWN, NO_MEMORY.
int whorl_guard_condition_create(whorl_node_t node, whorl_guard_condition_callback_t callback, void *arg,
                                 const whorl_guard_condition_options_t *options, whorl_guard_condition_t *ret_guard);
// As whorl_subscription_destroy.
int whorl_guard_condition_destroy(whorl_guard_condition_t guard);
// Never suspends or blocks, allocates nothing. Any thread, but no signal handler. DESTROYED.
int whorl_guard_condition_trigger(whorl_guard_condition_t guard);

#ifdef __cplusplus
}
#endif
#endif
