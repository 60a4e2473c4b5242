// A network inside the process, without sockets, threads or clocks of its own: the same calls give the same trace.
//
// As long as nothing else is asked for, matching is immediate (when an open or close has returned, both ends know, and their event hooks have run), and a write
// queues one delivery per matched reader, due at once. Nothing arrives and no QoS limit runs out before somebody calls whorl__sim_deliver. So the owner of the
// virtual clock decides what comes first at one instant (deadlines first, then deliveries).
//
// Faults are drawn from the seed, for each writer and reader by themselves: adding a topic does not change what happens to another one. What QoS promises holds under
// all of them, as it does over DDS: reliable data is sent again until it arrives, in order and once; a best-effort reader never goes backwards, so what was overtaken is lost to it.
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

typedef struct whorl__sim_faults { // of one direction of a link; zero: none. Shares are 0..1
  int64_t delay_ns;                // from write to delivery
  int64_t delay_spread_ns;         // and up to that much more, drawn for each message
  double loss;                     // of what is sent, repetitions too; 1: nothing comes through, like a partition
  double duplication;
  double reordering;           // held back, so that later ones may overtake
  int64_t reordering_delay_ns; // by up to that much; 0: 10 ms
  int64_t retransmission_ns;   // reliable: between a loss and the next try; 0: 10 ms
} whorl__sim_faults_t;

typedef struct whorl__sim_conditions {
  whorl__sim_faults_t faults;  // of every link that has none of its own
  int64_t discovery_delay_ns;  // from open or close of an endpoint until other participants know
  int64_t discovery_spread_ns; // and up to that much more, drawn for each of them
  int64_t lease_ns;            // a participant that is not heard of for so long is forgotten; 0: 10 s
  bool spares_local;           // no faults inside a participant
} whorl__sim_conditions_t;

typedef struct whorl__sim_options {
  uint64_t seed;
  int64_t (*now_ns)(void *arg); // the virtual steady clock; NULL: the network keeps its own, moved by whorl__sim_advance
  void *arg;
  whorl__sim_conditions_t conditions;
} whorl__sim_options_t;

int whorl__sim_network_create(const whorl__sim_options_t *options, whorl__sim_network_t **ret_network); // NO_MEMORY
// Its participants are closed, every sample was given back; deliveries that are due after that do not exist.
void whorl__sim_network_destroy(whorl__sim_network_t *network);
// NO_MEMORY; INVALID_ARGUMENT for a domain above 232. Domains do not see each other.
int whorl__sim_participant_open(whorl__sim_network_t *network, const whorl__participant_options_t *options,
                                whorl__participant_t **ret_participant);

// --- time
int64_t whorl__sim_next_delivery(whorl__sim_network_t *network); // steady time of whatever happens next; WHORL_FOREVER: nothing
size_t whorl__sim_deliver(whorl__sim_network_t *network);        // lets everything happen that is due now, in order; its number
bool whorl__sim_is_idle(whorl__sim_network_t *network); // nothing is on its way; only deadlines that were missed before go on being missed
void whorl__sim_advance(whorl__sim_network_t *network, int64_t duration_ns); // the network's own clock

// --- faults; from any thread, also between two deliveries. What is on its way already stays as it is.
void whorl__sim_set_conditions(whorl__sim_network_t *network, const whorl__sim_conditions_t *conditions);
// One direction between two participants of a domain, or inside one; NULL: as the rest of the network.
void whorl__sim_set_link(whorl__participant_t *from, whorl__participant_t *to, const whorl__sim_faults_t *faults);
void whorl__sim_set_delay(whorl__sim_network_t *network, int64_t delay_ns); // of the conditions; a writer's order is kept all the same
void whorl__sim_throttle(whorl__sim_network_t *network, unsigned writes);   // the next writes are refused with WOULD_BLOCK
// These participants reach each other, but nobody else any more. Best-effort data is lost at the cut; reliable data waits. After the lease both sides forget each other.
void whorl__sim_partition(whorl__sim_network_t *network, whorl__participant_t *const *group, size_t count);
void whorl__sim_heal(whorl__sim_network_t *network); // ends all partitions
// The process is gone without a word: its calls go on succeeding, without effect; its hooks are silent; the others notice by its lease. It is closed like any other one.
void whorl__sim_kill(whorl__participant_t *participant);
bool whorl__sim_is_dead(whorl__participant_t *participant);

// A line of text, without its end, for each thing that happens. Called under the network's lock: it may write the line down, no more. NULL: off.
void whorl__sim_set_trace(whorl__sim_network_t *network, void (*sink)(void *arg, const char *line), void *arg);

#endif
