// Publisher.
#ifndef WHORL_PUBLISHER_H
#define WHORL_PUBLISHER_H

#include "whorl/message.h"
#include "whorl/node.h"
#include "whorl/qos.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_publisher {
  uint64_t id;
} whorl_publisher_t;

typedef struct whorl_publisher_options {
  const whorl_qos_t *qos; // NULL: WHORL_QOS_DEFAULT
} whorl_publisher_options_t;

// Owned by the node. Needs no open node. Any thread. INVALID_NAME, INVALID_QOS, INVALID_TYPE, DESTROYED, SHUTDOWN, NO_MEMORY, TRANSPORT_ERROR.
int whorl_publisher_create(whorl_node_t node, whorl_message_type_t type, const char *topic, const whorl_publisher_options_t *options, whorl_publisher_t *ret_publisher);
int whorl_publisher_destroy(whorl_publisher_t publisher);
// The message is read before the call returns. Any thread; suspends a task (blocks a plain thread) only when the middleware throttles.
int whorl_publish(whorl_publisher_t publisher, const void *message);
// CDR bytes with their encapsulation header, sent as they are; malformed ones are MALFORMED.
int whorl_publish_serialized(whorl_publisher_t publisher, const void *bytes, size_t size);
// A message from the publisher's pool, contents and capacities of an earlier use; NULL + detail on failure. Give it back with one of the next two.
void *whorl_publisher_borrow(whorl_publisher_t publisher);
// On success the message is the middleware's; on failure it is still yours. Giving back works after the publisher was destroyed, too.
int whorl_publish_borrowed(whorl_publisher_t publisher, void *message);
int whorl_publisher_return(whorl_publisher_t publisher, void *message);
const char *whorl_publisher_topic(whorl_publisher_t publisher);            // expanded name; "" when stale
int whorl_publisher_matched_count(whorl_publisher_t publisher);            // subscriptions matched now, or a status

#ifdef __cplusplus
}
#endif
#endif
