// Subscription.
#ifndef WHORL_SUBSCRIPTION_H
#define WHORL_SUBSCRIPTION_H

#include "whorl/callback_group.h"
#include "whorl/message.h"
#include "whorl/node.h"
#include "whorl/qos.h"
#include "whorl/qos_event.h"
#include "whorl/qos_override.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_subscription {
  uint64_t id;
} whorl_subscription_t;

// Runs as a task of the node's scope; may suspend. `message` is the native struct, shared with other subscribers: read only, valid during the callback unless kept.
// An error ends the node's scope with that error. The serialised form gets the CDR bytes as they came, with their encapsulation header, checked by nobody, and valid during the callback.
typedef int (*whorl_message_callback_t)(const void *message, const whorl_message_info_t *info, void *arg);
typedef int (*whorl_serialized_callback_t)(const void *bytes, size_t size, const whorl_message_info_t *info, void *arg);

// What a history that is full has no room for.
typedef enum whorl_overflow {
  WHORL_OVERFLOW_DROP_OLDEST, // as ROS 2 has it: the newest are kept
  WHORL_OVERFLOW_DROP_NEWEST, // those that came first are kept, until they are taken
} whorl_overflow_t;

typedef struct whorl_subscription_options {
  const whorl_qos_t *qos;    // NULL: WHORL_QOS_DEFAULT
  uint32_t max_in_flight;    // callbacks at a time: 0 and 1: the next message waits for the callback; N; WHORL_UNLIMITED
  size_t keep_all_limit;     // entries kept with KEEP_ALL; 0: 4096
  whorl_overflow_t overflow; // of that, or of the history's depth. What is dropped is counted
  // So many messages that wait are a backlog: told to on_event (WHORL_QOS_EVENT_BACKLOG), else logged as a warning, at once and whoever drives the node. Again when it is reached after fewer than half as many had
  // been waiting. More than are kept: when all that are kept wait. 0: never.
  size_t warn_at;
  whorl_callback_group_t callback_group; // zero: the node's default one
  bool by_hand;                          // no callback: for whorl_subscription_take and wait sets
  bool
      every_cycle; // a static executor calls it in each of its cycles: without a message, which is NULL then, when none has come. Other drivers: no difference
  whorl_qos_event_callback_t
      on_event; // NULL: QoS that does not fit and a backlog are logged, the rest counted. It takes turns with the callback for messages, as max_in_flight says; none when taken by hand
  void *event_arg;                              // its
  bool strict_qos;                              // as a publisher's; taken by hand, only the creation fails, and what comes later is logged
  const whorl_qos_overriding_t *qos_overriding; // as a publisher's
  // Of what comes, only messages for which this holds are delivered: "speed > %0 AND name LIKE 'arm%'"; NULL or "": all of them. As whorl_subscription_set_filter.
  const char *filter;
  const char *const *filter_parameters;
  size_t filter_parameter_count;
} whorl_subscription_options_t;

// received = taken + dropped (did not fit the history) + expired (lifespan) + waiting; malformed ones and those that the filter kept back are among the taken.
typedef struct whorl_subscription_counts {
  uint64_t received, taken, dropped, expired, malformed, filtered, waiting;
} whorl_subscription_counts_t;

// Owned by the node; `ret_subscription` may be NULL, and is set before the first callback. Callbacks run while the node is open; what comes before waits in the history. Any thread. Statuses as whorl_publisher_create.
int whorl_subscription_create(whorl_node_t node, whorl_message_type_t type, const char *topic, whorl_message_callback_t callback, void *arg,
                              const whorl_subscription_options_t *options, whorl_subscription_t *ret_subscription);
int whorl_subscription_create_serialized(whorl_node_t node, whorl_message_type_t type, const char *topic,
                                         whorl_serialized_callback_t callback, void *arg, const whorl_subscription_options_t *options,
                                         whorl_subscription_t *ret_subscription);
// As whorl_node_destroy: cancels its callbacks and waits for them; from inside one of them, or from a post, it returns at once, and no other one starts.
int whorl_subscription_destroy(whorl_subscription_t subscription);
// The oldest message that waits, under any driver or none: each goes to one taker or one callback. `ret_message` gets the native struct, shared and read only, the caller's until he calls
// whorl_message_release; `ret_info` may be NULL. Any thread; never suspends. Malformed ones are counted and passed over. WOULD_BLOCK: nothing waits.
int whorl_subscription_take(whorl_subscription_t subscription, const void **ret_message, whorl_message_info_t *ret_info);
// A content filter, in the words of DDS's content filtered topics (docs/messages.md): of messages that are taken from here on. Evaluated here, whatever the middleware or the publisher can do, and counted as `filtered`; a serialised
// callback's messages are decoded for it. A wait set may find a message ready that the filter then keeps back. NULL or "": no filter. Any thread. INVALID_ARGUMENT: the sentence has the column; the old filter stays. NO_MEMORY.
int whorl_subscription_set_filter(whorl_subscription_t subscription, const char *expression, const char *const *parameters,
                                  size_t parameter_count);
// What it is now, as it was given; "" without parameters: none. The strings live during the call; no lock is held.
typedef void (*whorl_filter_visitor_t)(const char *expression, const char *const *parameters, size_t parameter_count, void *arg);
int whorl_subscription_visit_filter(whorl_subscription_t subscription, whorl_filter_visitor_t visit, void *arg);
const char *whorl_subscription_topic(whorl_subscription_t subscription); // expanded name; "" when stale. Lives as long as the subscription
int whorl_subscription_matched_count(whorl_subscription_t subscription); // publishers matched now, or a status
int whorl_subscription_read_counts(whorl_subscription_t subscription, whorl_subscription_counts_t *ret_counts);
int whorl_subscription_read_event(whorl_subscription_t subscription, whorl_qos_event_kind_t kind,
                                  whorl_qos_event_t *ret_event); // as whorl_publisher_read_event

#ifdef __cplusplus
}
#endif
#endif
