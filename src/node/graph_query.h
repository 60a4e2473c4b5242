// Who is in the graph, for the library's own use.
#ifndef WHORL_NODE_GRAPH_QUERY_H
#define WHORL_NODE_GRAPH_QUERY_H

#include "node/context.h"

// All nodes that are known now, own ones first. The visitor runs under locks: it may look and copy, no more. No lock held.
void whorl__graph_visit_nodes(whorl__context_t *context, void (*node)(void *arg, const char *name, const char *node_namespace), void *arg);

#endif
