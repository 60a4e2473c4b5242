// Events of QoS: who is matched with a publisher or subscription, who cannot be and why, what was promised and not kept, and whose history fills up.
//
// Give `on_event` in the options of a publisher or subscription. It runs like any callback of the entity: in its callback group, on whatever drives the node, and may suspend. What happens before the node is
// driven waits. Events of a kind that come faster than they are told are told in one: see total_change. docs/qos.md.
#ifndef WHORL_QOS_EVENT_H
#define WHORL_QOS_EVENT_H

#include <stdint.h>

#include "whorl/qos.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum whorl_qos_event_kind {
  WHORL_QOS_EVENT_MATCHED,          // current: other ends that are matched now; total: those that ever were
  WHORL_QOS_EVENT_INCOMPATIBLE_QOS, // total: other ends that asked for more, or offered less; policy and the fields after it say about one of them
  WHORL_QOS_EVENT_DEADLINE_MISSED, // total: periods that passed without a message, since the first one
  WHORL_QOS_EVENT_LIVELINESS, // subscription: current: publishers that are alive, total: those that are known; publisher: total: leases that it let run out
  WHORL_QOS_EVENT_MESSAGE_LOST, // subscription; total: messages that did not come. Cyclone DDS 0.10 does not tell it
  WHORL_QOS_EVENT_BACKLOG, // subscription with `warn_at`; current: messages that waited when the level was reached, total: how often it was
} whorl_qos_event_kind_t;

typedef enum whorl_qos_policy {
  WHORL_QOS_POLICY_NONE,
  WHORL_QOS_POLICY_DURABILITY,
  WHORL_QOS_POLICY_DEADLINE,
  WHORL_QOS_POLICY_LIVELINESS, // its kind or its lease
  WHORL_QOS_POLICY_RELIABILITY,
  WHORL_QOS_POLICY_OTHER, // another one of DDS
} whorl_qos_policy_t;

// Its strings live during the callback.
typedef struct whorl_qos_event {
  whorl_qos_event_kind_t kind;
  uint32_t total, current;
  int32_t total_change, current_change; // since the last event of this kind
  const char *topic;                    // full name
  whorl_qos_policy_t policy;            // incompatible QoS: the first one that does not fit. Then also:
  whorl_qos_t offered, requested;       // both sides' profiles, as they stand; zeros when the other end has gone already
  uint8_t other_gid[16];                // the other end
  const char *other_node;               // the full name of its node; "" when it is not known
  const char *text;                     // all of this in a sentence, as for a backlog; "" for other kinds
} whorl_qos_event_t;

// An error ends the node's scope with that error, as of every callback.
typedef int (*whorl_qos_event_callback_t)(const whorl_qos_event_t *event, void *arg);

const char *whorl_qos_policy_name(whorl_qos_policy_t policy); // as ROS 2 says it: "RELIABILITY_QOS_POLICY". Static

#ifdef __cplusplus
}
#endif
#endif
