// The other participants of the domain, as they describe themselves on ros_discovery_info: who has which nodes.
//
// A map by participant. What came is read by one thread of the context, its reaper, and by whoever asks, before he looks; in a simulation by the simulation, after each delivery. So the answer is right although
// nobody spins. Participants come with their sample and go with its writer. Endpoints are not kept here: the transport knows them.
#ifndef WHORL_NODE_PEERS_H
#define WHORL_NODE_PEERS_H

#include "node/context.h"
#include "node/peer.h"
#include "task/changes.h"

typedef struct whorl__peers whorl__peers_t;

// `options` of the reader; its hooks are set here. `changes`: told of every change, lives longer. NO_MEMORY and the transport's.
int whorl__peers_open(whorl__context_t *context, whorl__endpoint_options_t *options, whorl__changes_t *changes, whorl__peers_t **ret_peers);
void whorl__peers_end(whorl__peers_t *peers); // no hook and no work for the reaper any more, whose thread this may not be. Idempotent
void whorl__peers_close(whorl__peers_t *peers);
void whorl__peers_refresh(whorl__peers_t *peers); // reads what came. Any thread, no lock held
// The participants that are there, up to date; the visitor may not call back. No lock held.
void whorl__peers_visit(whorl__peers_t *peers, void (*visit)(void *arg, const whorl__peer_t *peer), void *arg);

typedef struct
    whorl__peers_counts { // malformed: samples that were dropped for that; lost: for lack of memory, or because too many came at once
  uint64_t samples, malformed, lost;
} whorl__peers_counts_t;
whorl__peers_counts_t whorl__peers_read_counts(whorl__peers_t *peers);

#endif
