// Publisher.
#ifndef WHORL_PUBLISHER_H
#define WHORL_PUBLISHER_H

#include "whorl/callback_group.h"
#include "whorl/message.h"
#include "whorl/node.h"
#include "whorl/qos.h"
#include "whorl/qos_event.h"
#include "whorl/qos_override.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_publisher {
  uint64_t id;
} whorl_publisher_t;

typedef struct whorl_publisher_options {
  const whorl_qos_t *qos;                // NULL: WHORL_QOS_DEFAULT
  whorl_qos_event_callback_t on_event;   // NULL: QoS that does not fit is logged, the rest counted
  void *event_arg;                       // its
  whorl_callback_group_t callback_group; // its; zero: the node's default one
  // QoS that does not fit is an error: INCOMPATIBLE_QOS, of the creation when the other end is known by then, or else in the node's scope, as that of a callback is, once the node is driven. So by the node's or the context's option too.
  bool strict_qos;
  const whorl_qos_overriding_t *
      qos_overriding; // policies that parameters may override; NULL: none. The creation then also: WRONG_TYPE, REJECTED and WRONG_STATE, as whorl_parameter_declare
} whorl_publisher_options_t;

// Owned by the node. Needs no open node. Blocks for a moment (discovery is told). Any thread. Relative topics and `~` are expanded with the node's names.
// INVALID_NAME, INVALID_QOS, INVALID_TYPE, INCOMPATIBLE_QOS (strict_qos; the sentence names topic, policy, both values and the other node), DESTROYED, SHUTDOWN, LIMIT_EXCEEDED (docs/transport.md), NO_MEMORY, TRANSPORT_ERROR.
int whorl_publisher_create(whorl_node_t node, whorl_message_type_t type, const char *topic, const whorl_publisher_options_t *options,
                           whorl_publisher_t *ret_publisher);
// Any thread; never waits for a publish that is throttled: that one ends with DESTROYED. A second destroy is DESTROYED and harmless.
int whorl_publisher_destroy(whorl_publisher_t publisher);
// The message is read before the call returns: it stays the caller's. Any thread. Suspends a task, or blocks a plain thread, only while the middleware throttles, that is until reliable readers have acknowledged enough.
// MALFORMED: a string or sequence in it cannot be read (bounds of a type are the reader's to check, as in stock ROS 2). While throttled: CANCELED; WOULD_BLOCK from a post, which cannot wait. NO_MEMORY, TRANSPORT_ERROR.
int whorl_publish(whorl_publisher_t publisher, const void *message);
// CDR bytes with their encapsulation header, sent as they are. MALFORMED when a stock reader would refuse them. Else as whorl_publish.
int whorl_publish_serialized(whorl_publisher_t publisher, const void *bytes, size_t size);
// A message from the pool of the publisher's type, valid, with contents and capacities of an earlier use (of any publisher): fill every field. NULL and the detail on failure. Any thread. Give it back with
// one of the next two, once. Fill it with rosidl's functions or the like: its memory is malloc's.
void *whorl_publisher_borrow(whorl_publisher_t publisher);
// publish: statuses as whorl_publish. On success the message is the middleware's; on failure it is still yours. return: works after the publisher was destroyed, too.
int whorl_publish_borrowed(whorl_publisher_t publisher, void *message);
int whorl_publisher_return(whorl_publisher_t publisher, void *message);
// May suspend, until every reliable subscription that is matched has acknowledged all that was published before: then it has arrived there, and the publisher may go. DDS does not tell of acknowledgements: it is asked after 1 ms, and then after
// ever longer pauses, up to 16 ms. No limit of its own: use a timeout. CANCELED, DESTROYED, NOT_IN_TASK, TRANSPORT_ERROR. rclcpp: wait_for_all_acked.
int whorl_publisher_wait_for_acknowledged(whorl_publisher_t publisher);
const char *whorl_publisher_topic(whorl_publisher_t publisher); // expanded name; "" when stale
int whorl_publisher_matched_count(whorl_publisher_t publisher); // subscriptions matched now, or a status
// silenced: messages that were dropped, with status OK, because a managed node was not active (whorl_lifecycle_manage_publisher).
typedef struct whorl_publisher_counts {
  uint64_t silenced;
} whorl_publisher_counts_t;
int whorl_publisher_read_counts(whorl_publisher_t publisher,
                                whorl_publisher_counts_t *ret_counts); // any thread. INVALID_ARGUMENT, DESTROYED
// The numbers of one kind of event as they stand, with or without `on_event`; what they have changed since the last one that was told; `text` and what is known of the other end are empty. Any thread. INVALID_ARGUMENT, DESTROYED.
int whorl_publisher_read_event(whorl_publisher_t publisher, whorl_qos_event_kind_t kind, whorl_qos_event_t *ret_event);

#ifdef __cplusplus
}
#endif
#endif
