// /rosout: what a node's logger and those below it say, published for everybody who listens.
//
// One publisher a node, and in this process one list of them, in which an entry of the log looks for the nearest node by its logger's name; of several with one name, that which came first. It is published on the
// thread that logs, by a write that never waits; what the middleware does not take at once is lost and counted.
#ifndef WHORL_LOG_ROSOUT_H
#define WHORL_LOG_ROSOUT_H

#include <rcl_interfaces/msg/log.h>

#include "node/node.h"
#include "whorl/log.h"

// Unless its options or its arguments say otherwise: a publisher for a node that nobody else has yet. Statuses as whorl_publisher_create.
int whorl__rosout_bring(whorl__node_t *node, const whorl_node_options_t *options);
// The message of an entry. It borrows the entry's strings: never to be freed.
void whorl__rosout_fill(const whorl_log_entry_t *entry, rcl_interfaces__msg__Log *ret_message);

#endif
