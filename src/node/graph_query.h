// Who is in the graph, for the library's own use.
#ifndef WHORL_NODE_GRAPH_QUERY_H
#define WHORL_NODE_GRAPH_QUERY_H

#include "base/name.h"
#include "node/context.h"
#include "node/graph_snapshot.h"
#include "whorl/graph.h"

// All nodes that are known now, own ones first. The visitor runs under locks: it may look and copy, no more. No lock held.
void whorl__graph_visit_nodes(whorl__context_t *context, void (*node)(void *arg, const char *name, const char *node_namespace), void *arg);

// The full name of the node whose writer or reader this is. An endpoint is discovered before its participant says whose it is: until then it is the participant's node, when it has but one. "": not known.
// No lock held.
enum { WHORL__NODE_NAME_SIZE = 256 };
void whorl__graph_find_owner(whorl__context_t *context, const whorl__remote_endpoint_t *endpoint, char *ret_name, size_t size);

// A node's full name as a user may give it, checked; the slash in front is added when it is missing. INVALID_NAME.
int whorl__graph_full_node_name(const char *name, char ret_full[static WHORL__NAME_FQN_SIZE]);
bool whorl__graph_is_named(const char *full_name, const char *name, const char *node_namespace);

// What the user is told of an endpoint of a snapshot, which has its strings.
typedef struct whorl__described_endpoint {
  whorl_endpoint_info_t info;
  char type_hash[72];
} whorl__described_endpoint_t;
void whorl__graph_describe(const whorl__seen_endpoint_t *endpoint, whorl__described_endpoint_t *ret_described);

// The snapshot of the context of a node's. Ended by `fini` when it succeeded.
int whorl__graph_take_snapshot(whorl_node_t node, whorl__snapshot_t *ret_snapshot);

#endif
