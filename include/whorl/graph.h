// Graph: who is there, in the whole domain: nodes, publishers, subscribers. And waiting until somebody is.
//
// What this process has created is there at once; the rest as it is discovered. Waits are woken by discovery, they do not poll, and have no limit of their own: use a timeout. docs/graph.md.
#ifndef WHORL_GRAPH_H
#define WHORL_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "whorl/message.h"
#include "whorl/node.h"
#include "whorl/publisher.h"
#include "whorl/qos.h"

#ifdef __cplusplus
extern "C" {
#endif

// Calls `visit` for every node that is known now, the process's own first; names may occur twice, as in the graph. The strings live during the call. Any thread, no lock is held. `node` is any node of the
// context that asks. DESTROYED, NO_MEMORY.
typedef void (*whorl_node_visitor_t)(const char *name, const char *node_namespace, void *arg);
int whorl_node_visit_nodes(whorl_node_t node, whorl_node_visitor_t visit, void *arg);
// How many there are on a topic now, whatever their types, own ones included. The name is expanded with the node's. Any thread. INVALID_NAME, DESTROYED, NO_MEMORY.
int whorl_node_count_publishers(whorl_node_t node, const char *topic, size_t *ret_count);
int whorl_node_count_subscribers(whorl_node_t node, const char *topic, size_t *ret_count);
// What came on ros_discovery_info. malformed: descriptions that were dropped for what is in them; lost: for lack of memory, or because more came at once than fit.
typedef struct whorl_graph_counts {
  uint64_t samples, malformed, lost;
} whorl_graph_counts_t;
int whorl_node_read_graph_counts(whorl_node_t node, whorl_graph_counts_t *ret_counts);

// May suspend, until a node of that full name ("/arm/driver"; a leading slash is added when it is missing) is in the graph, in this process or another one. CANCELED, INVALID_NAME; DESTROYED: the node that
// waits was destroyed, or its context; SHUTDOWN; NOT_IN_TASK, NO_MEMORY.
int whorl_node_wait_for_node(whorl_node_t node, const char *name);
// May suspend, until at least so many subscriptions are matched with the publisher. CANCELED, DESTROYED, SHUTDOWN, NOT_IN_TASK.
int whorl_publisher_wait_for_subscribers(whorl_publisher_t publisher, size_t count);
// May suspend, until a message comes on the topic: subscribes, takes the first one, and unsubscribes. The node need not be open. `message` must be initialised (zeros will do); it is filled on success only, and
// what it owns then is the caller's to fini. Malformed messages are passed over. CANCELED, DESTROYED, SHUTDOWN, NOT_IN_TASK, and as whorl_subscription_create.
typedef struct whorl_wait_for_message_options { // zero: the default
  const whorl_qos_t *qos;                       // NULL: WHORL_QOS_DEFAULT
} whorl_wait_for_message_options_t;
int whorl_node_wait_for_message(whorl_node_t node, whorl_message_type_t type, const char *topic,
                                const whorl_wait_for_message_options_t *options, void *message);

#ifdef __cplusplus
}
#endif
#endif
