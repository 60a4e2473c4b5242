// A network inside the process, without sockets, threads or clocks of its own: the same calls give the same trace.
//
// Matching is immediate: when an open or close has returned, both ends know, and their event hooks have run. Data is not: a write queues one delivery
// per matched reader, due at now + delay, and nothing arrives before somebody calls whorl__sim_deliver. So the owner of the virtual clock
// decides what comes first at one instant (deadlines first, then deliveries: DESIGN.md section 8, decision 4).
//
// One lock guards a network. Hooks run under it, on the thread that opens, closes or delivers; as behind every transport they call nothing of the transport.
#ifndef WHORL_TRANSPORT_SIM_SIM_H
#define WHORL_TRANSPORT_SIM_SIM_H

#include <stddef.h>
#include <stdint.h>

#include "transport/transport.h"

// System time of a simulation at steady time 0: 2001-09-09T01:46:40Z.
#define WHORL__SIM_EPOCH_NS INT64_C(1000000000000000000)

typedef struct whorl__sim_network whorl__sim_network_t;

typedef struct whorl__sim_options {
  uint64_t seed;
  int64_t (*now_ns)(void *arg); // the virtual steady clock; NULL: the network keeps its own, moved by whorl__sim_advance
  void *arg;
  int64_t delay_ns; // from write to delivery
} whorl__sim_options_t;

int whorl__sim_network_create(const whorl__sim_options_t *options, whorl__sim_network_t **ret_network); // NO_MEMORY
// Its participants are closed, every sample was given back; deliveries that are due after that do not exist.
void whorl__sim_network_destroy(whorl__sim_network_t *network);
// NO_MEMORY; INVALID_ARGUMENT for a domain above 232. Domains do not see each other.
int whorl__sim_participant_open(whorl__sim_network_t *network, const whorl__participant_options_t *options,
                                whorl__participant_t **ret_participant);

int64_t whorl__sim_next_delivery(whorl__sim_network_t *network);             // steady time of the earliest; WHORL_FOREVER: none
size_t whorl__sim_deliver(whorl__sim_network_t *network);                    // stores everything that is due now, in order; their number
void whorl__sim_advance(whorl__sim_network_t *network, int64_t duration_ns); // the network's own clock
void whorl__sim_set_delay(whorl__sim_network_t *network, int64_t delay_ns);  // of later writes; a writer's order is kept all the same
void whorl__sim_throttle(whorl__sim_network_t *network, unsigned writes);    // the next writes are refused with WOULD_BLOCK

#endif
