// QoS that the command line may change: policies of a publisher or subscription as read-only parameters of its node.
//
// With `qos_overriding` in its options, the creation declares `qos_overrides.<topic>.<publisher or subscription>.<policy>` for each policy that is named there, with the value that the program asks for, and uses what the parameter then
// has: a value of the command line or of a parameter file comes before it, as for any parameter. `<topic>` is the full name, after remaps: `-p qos_overrides./chatter.publisher.depth:=100`. rclcpp: QosOverridingOptions. docs/qos.md.
#ifndef WHORL_QOS_OVERRIDE_H
#define WHORL_QOS_OVERRIDE_H

#include "whorl/qos.h"

#ifdef __cplusplus
extern "C" {
#endif

// Which policies; the parameter's name, its type and its words.
typedef enum whorl_qos_overridable {
  WHORL_QOS_OVERRIDE_HISTORY = 1,         // history: "keep_last", "keep_all"
  WHORL_QOS_OVERRIDE_DEPTH = 2,           // depth: integer
  WHORL_QOS_OVERRIDE_RELIABILITY = 4,     // reliability: "reliable", "best_effort", "best_available"
  WHORL_QOS_OVERRIDE_DURABILITY = 8,      // durability: "volatile", "transient_local", "best_available"
  WHORL_QOS_OVERRIDE_DEADLINE = 16,       // deadline: integer, ns
  WHORL_QOS_OVERRIDE_LIFESPAN = 32,       // lifespan: integer, ns; of publishers only, subscriptions pass it over
  WHORL_QOS_OVERRIDE_LIVELINESS = 64,     // liveliness: "automatic", "manual_by_topic", "best_available"
  WHORL_QOS_OVERRIDE_LEASE = 128,         // liveliness_lease_duration: integer, ns
  WHORL_QOS_OVERRIDE_AVOID_PREFIXES = 256 // avoid_ros_namespace_conventions: bool
} whorl_qos_overridable_t;                // every word policy: also "system_default"
#define WHORL_QOS_OVERRIDE_ALL 511u

#define WHORL_QOS_REASON_SIZE 200
// Zero: history, depth and reliability, without an id.
typedef struct whorl_qos_overriding {
  unsigned policies; // of whorl_qos_overridable_t, or'ed; 0: history, depth and reliability
  const char *
      id; // not NULL or empty: the parameters are those of `publisher_<id>`. Several of a topic in one node with the same id, or none, share them
  // The last word: any status but OK refuses, and the creation fails with INVALID_QOS and the reason (empty at first, to be filled with snprintf). On the caller's thread or task, no lock is held; nothing has been declared yet. NULL: everything is
  // accepted.
  int (*validate)(const whorl_qos_t *qos, char reason[WHORL_QOS_REASON_SIZE], void *arg);
  void *arg;
} whorl_qos_overriding_t;

#ifdef __cplusplus
}
#endif
#endif
