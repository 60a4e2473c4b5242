// Inside a context: the participant, the limbo core, the nodes.
#ifndef WHORL_NODE_CONTEXT_H
#define WHORL_NODE_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arguments.h"
#include "base/handle.h"
#include "base/list.h"
#include "node/gate.h"
#include "node/reaper.h"
#include "node/unheard.h"
#include "task/core.h"
#include "transport/transport.h"
#include "whorl/context.h"

struct whorl__graph;
struct whorl__sim_time;

typedef struct whorl__context {
  uint64_t id;
  whorl__participant_t *participant;
  whorl__arguments_t *arguments; // of the program, for all its nodes; NULL: none
  whorl__core_t *limbo;          // home of mailboxes that nobody drives; it has no worker
  struct whorl__graph *graph;    // ros_discovery_info
  struct whorl__sim_time *sim_time;
  whorl__reaper_t *reaper; // NULL in a simulation
  whorl__unheard_t unheard;
  atomic_bool shut_down; // sticky
  atomic_uint_fast64_t registrations;
  atomic_int_fast64_t requests; // numbers of requests: one count for all clients
  atomic_uint services;         // clients and services made: their ids
  bool handles_signals;
  bool humble_gids;  // of 24 bytes on ros_discovery_info
  bool strict_qos;   // of what the users of its nodes create
  bool bare_nodes;   // its nodes bring nothing along, unless their options say so
  bool is_simulated; // moved by one thread (simulation/), from its making on
  // The tree lock: nodes, their entities, who drives them. Outermost of all locks; no transport call, no wait and no user code under it.
  pthread_mutex_t lock;
  whorl__list_t nodes;
  whorl__list_t ending;      // nodes that are destroyed but not freed: a driver has them open, or their end is under way on some thread
  whorl__gate_t *empty;      // the destroyer of the context waits here until there is none of either
  whorl__list_t on_shutdown; // whorl__shutdown_hook_t
  whorl__list_t callbacks;   // users', on shutdown
  whorl__list_t executors;   // whorl__executor_seat_t
  int64_t grace_ns;          // of a shutdown; 0: none
  whorl__parker_t *parker;   // on which an executor's thread waits; NULL: one of its own
} whorl__context_t;

// Called once when the context shuts down, on whatever thread asked for it, under the tree lock: it may cancel tasks and set events, no more.
typedef struct whorl__shutdown_hook {
  whorl__link_t link;
  void (*run)(struct whorl__shutdown_hook *hook);
} whorl__shutdown_hook_t;

extern whorl__handle_table_t whorl__contexts;

// A context over any transport. Takes over the participant in every outcome. `clock`: whose steady time its timers follow; it must outlive the context.
int whorl__context_open(whorl__participant_t *participant, whorl__parker_t *clock, whorl__reaper_t *reaper, whorl_context_t *ret_context);
// Takes them over. Before anybody else has the context: nodes read them without a lock.
void whorl__context_set_arguments(whorl_context_t context, whorl__arguments_t *arguments);
int whorl__context_pin(whorl_context_t handle, whorl__context_t **ret_context);
void whorl__context_unpin(whorl__context_t *context);
// Shut down: calls the users' callbacks that have not been called. No lock held, nothing pinned.
void whorl__context_call_back(whorl_context_t context);
// False when it is shut down already: then the hook has not been added.
bool whorl__context_add_hook(whorl__context_t *context, whorl__shutdown_hook_t *hook);
void whorl__context_remove_hook(whorl__context_t *context, whorl__shutdown_hook_t *hook);

#endif
