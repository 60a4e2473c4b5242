// Who is in the graph, for the library's own use.
#ifndef WHORL_NODE_GRAPH_QUERY_H
#define WHORL_NODE_GRAPH_QUERY_H

#include "node/context.h"

// All nodes that are known now, own ones first. The visitor runs under locks: it may look and copy, no more. No lock held.
void whorl__graph_visit_nodes(whorl__context_t *context, void (*node)(void *arg, const char *name, const char *node_namespace), void *arg);

// The full name of the node whose writer or reader this is. An endpoint is discovered before its participant says whose it is: until then it is the participant's node, when it has but one. "": not known.
// No lock held.
enum { WHORL__NODE_NAME_SIZE = 256 };
void whorl__graph_find_owner(whorl__context_t *context, const whorl__remote_endpoint_t *endpoint, char *ret_name, size_t size);

#endif
