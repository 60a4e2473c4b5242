// All nodes and endpoints that are known now, each endpoint with its node: a copy, to be looked at without a lock.
//
// Endpoints are the transport's, own nodes the tree's, others the peers'. They are read one after the other: what changes meanwhile may be half in it.
#ifndef WHORL_NODE_GRAPH_SNAPSHOT_H
#define WHORL_NODE_GRAPH_SNAPSHOT_H

#include "base/list.h"
#include "node/context.h"
#include "transport/transport.h"

struct whorl__seen_node;

typedef struct whorl__seen_endpoint {
  whorl__link_t link;
  whorl__remote_endpoint_t base; // its strings are copies
  bool is_ros;                   // by its names. Then:
  whorl__dds_topic_kind_t kind;
  char *name, *type; // of the topic or service, as ROS says them; a topic's type may be none of ROS's. Not ROS: as DDS has them
  const struct whorl__seen_node *node; // NULL: not known. The first one of several (nodes of a process share a /clock subscription)
} whorl__seen_endpoint_t;

typedef struct whorl__seen_node {
  whorl__link_t link;
  const char *name, *node_namespace;
  size_t endpoint_count;
  whorl__seen_endpoint_t *endpoints[]; // those of its readers and writers that are known
} whorl__seen_node_t;

typedef struct whorl__snapshot {
  whorl__list_t nodes;     // own ones first
  whorl__list_t endpoints; // writers and readers in the transport's order
} whorl__snapshot_t;

// No lock held. Ended by `fini`, also after a failure. NO_MEMORY and the transport's.
int whorl__snapshot_take(whorl__context_t *context, whorl__snapshot_t *snapshot);
void whorl__snapshot_fini(whorl__snapshot_t *snapshot);

bool whorl__cut_ending(char *text, const char *ending); // of a text that has it, and more

#endif
