// Graph: who is there, in the whole domain: nodes, publishers, subscribers.
//
// What this process has created is there at once; the rest as it is discovered. docs/graph.md.
#ifndef WHORL_GRAPH_H
#define WHORL_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "whorl/node.h"

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

#ifdef __cplusplus
}
#endif
#endif
