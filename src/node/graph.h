// The ROS graph: what this context says on ros_discovery_info, what the others say there (peers.h), and whoever waits for a change of either.
//
// Every sample holds the complete state of the participant: all nodes, each with the GIDs of its readers and writers. One is published after each change.
#ifndef WHORL_NODE_GRAPH_H
#define WHORL_NODE_GRAPH_H

#include "node/context.h"
#include "node/peers.h"
#include "task/changes.h"

typedef struct whorl__graph whorl__graph_t;

// Opens the topic's writer and reader: they have to be the first endpoints of the participant.
int whorl__graph_open(whorl__context_t *context, whorl__graph_t **ret_graph);
void whorl__graph_end(whorl__graph_t *graph); // no work for the reaper from here on: it is about to end
void whorl__graph_close(whorl__graph_t *graph);
// Publishes the present state. Any thread; no lock held. A sample that cannot be published now (memory, throttled) is made up for a little later.
void whorl__graph_update(whorl__context_t *context);
// Between these, which nest, what would be published waits, and is published once by the last one: each sample lists all there is. Any thread; no lock held.
void whorl__graph_hold(whorl__context_t *context);
void whorl__graph_let_go(whorl__context_t *context);
whorl__peers_t *whorl__graph_peers(const whorl__context_t *context);
// Told of whatever may end a wait in graph_wait.c: something discovered or lost, matched, created, destroyed, received, and the shutdown. Lives as long as the context has nodes.
whorl__changes_t *whorl__graph_changes(const whorl__context_t *context);
void whorl__graph_tell(const whorl__context_t *context); // any thread, also inside a transport's hook

#endif
