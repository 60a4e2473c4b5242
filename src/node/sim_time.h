// Simulated time of a context: one /clock subscription for all its nodes, there while one of them uses it.
//
// A tick is applied where it arrives, in the reader's ready hook: eight bytes are read and one comparison is made; a driver hears of it only when something of its is due
// (dispatch/ros_time.h). So a tick costs the same for one node and for fifty, and time also passes for a callback that computes for a second.
#ifndef WHORL_NODE_SIM_TIME_H
#define WHORL_NODE_SIM_TIME_H

#include "node/node.h"

int whorl__sim_time_create(whorl__context_t *context, struct whorl__sim_time **ret_sim_time);
void whorl__sim_time_destroy(struct whorl__sim_time *sim_time); // no node uses it, and the reaper is through
whorl__ros_time_t *whorl__sim_time_of(const struct whorl__sim_time *sim_time);
whorl__ros_time_t *whorl__sim_time_steady_of(
    const struct whorl__sim_time *sim_time); // how far the ticks since the first one went forward, in all
// The node begins or ceases to use it; `listed`: the graph is to be told, as the node is in it. Any thread, no lock held.
int whorl__sim_time_use(whorl__node_t *node, bool use, bool listed);

#endif
