// Hearing of changed parameters, of the own node and of all others: what they tell on /parameter_events. rclcpp: ParameterEventHandler. docs/parameters.md.
#ifndef WHORL_PARAMETER_WATCH_H
#define WHORL_PARAMETER_WATCH_H

#include "whorl/parameter.h"
#include "whorl/subscription.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum whorl_parameter_change_kind {
  WHORL_PARAMETER_NEW, // declared, or first set
  WHORL_PARAMETER_CHANGED,
  WHORL_PARAMETER_DELETED
} whorl_parameter_change_kind_t;

typedef struct whorl_parameter_change {
  whorl_parameter_change_kind_t kind;
  const char *name;
  whorl_parameter_value_t value; // deleted: not set
} whorl_parameter_change_t;

// What one call changed. It and all that it points to live during the callback, also while that waits.
typedef struct whorl_parameter_event {
  const char *node; // whose: its full name
  int64_t stamp_ns; // by that node's clock
  const whorl_parameter_change_t *changes;
  size_t count;
} whorl_parameter_event_t;

// A subscription's callback: a task of the node's scope, may suspend; an error ends the node's scope. Events of a node come in their order.
typedef int (*whorl_parameter_event_callback_t)(const whorl_parameter_event_t *event, void *arg);

typedef struct whorl_parameter_watch_options { // zero: every parameter of every node. Strings are copied
  const char *const *nodes;      // whose: "/arm/driver", "driver" in the node's own namespace, "~" for the node itself. Not remapped
  size_t node_count;             // 0: all nodes
  const char *const *parameters; // which; the event then has these alone, and is not told when there are none
  size_t parameter_count;        // 0: all of them
  uint32_t max_in_flight;        // as a subscription's
  whorl_callback_group_t callback_group;
} whorl_parameter_watch_options_t;

// Each watch is a subscription of its own: end it with whorl_subscription_destroy; `ret_watch` may be NULL. What happened before is not told. Any thread. INVALID_NAME (a node's). Else as whorl_subscription_create.
int whorl_parameter_watch(whorl_node_t node, whorl_parameter_event_callback_t callback, void *arg,
                          const whorl_parameter_watch_options_t *options, whorl_subscription_t *ret_watch);

#ifdef __cplusplus
}
#endif
#endif
