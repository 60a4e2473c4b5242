// The node's place in the ROS graph: what this context says on ros_discovery_info.
//
// Every sample holds the complete state of the participant: all nodes, each with the GIDs of its readers and writers. One is published after each change.
#ifndef WHORL_NODE_GRAPH_H
#define WHORL_NODE_GRAPH_H

#include "node/context.h"

typedef struct whorl__graph whorl__graph_t;

// Opens the topic's writer and reader: they have to be the first endpoints of the participant.
int whorl__graph_open(whorl__context_t *context, whorl__graph_t **ret_graph);
void whorl__graph_end(whorl__graph_t *graph); // no retries from here on: the reaper is about to end
void whorl__graph_close(whorl__graph_t *graph);
// Publishes the present state. Any thread; no lock held. A sample that cannot be published now (memory, throttled) is made up for a little later.
void whorl__graph_update(whorl__context_t *context);

#endif
