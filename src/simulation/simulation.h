// Inside a simulation: a core with a virtual clock, a simulated network, the contexts on it. All in one thread.
#ifndef WHORL_SIMULATION_SIMULATION_H
#define WHORL_SIMULATION_SIMULATION_H

#include "base/detail.h"
#include "base/handle.h"
#include "loop/jobs.h"
#include "task/core.h"
#include "transport/sim/sim.h"
#include "whorl/simulation.h"

typedef struct whorl__simulation {
  whorl__virtual_parker_t clock;
  whorl__parker_t waiting; // of executors in this world: see run.c
  bool notified, stuck;    // waiting's
  whorl__core_t *core;
  whorl__jobs_t *jobs; // blocking work
  whorl__sim_network_t *network;
  whorl_context_t *contexts;
  size_t context_count;
  bool drives;         // nodes without a driver get one
  size_t driver_count; // that it has
  uint64_t *failed;    // nodes that it drove until their error: they are left alone
  size_t failed_count;
  int first_error;
  whorl__detail_t first_detail;
  bool busy;
  void (*trace)(const char *line, void *arg); // the user's
  void *trace_arg;
  whorl_dump_sink_t deadlock_sink; // the user's
  void *deadlock_arg;
} whorl__simulation_t;

extern whorl__handle_table_t whorl__simulations;

static inline int whorl__simulation_pin(whorl_simulation_t handle, whorl__simulation_t **ret_simulation)
{
  return whorl__handle_pin(&whorl__simulations, handle.id, (void **)ret_simulation);
}
static inline void whorl__simulation_unpin(whorl_simulation_t handle) { whorl__handle_unpin(&whorl__simulations, handle.id); }

// run.c: makes it busy; BUSY, DESTROYED.
int whorl__simulation_enter(whorl_simulation_t handle, whorl__simulation_t **ret_simulation);
// Everything that is left happens, up to the steady time `limit_ns`; with `until_idle` not further than there is something to happen.
void whorl__simulation_run_out(whorl__simulation_t *simulation, int64_t limit_ns, bool until_idle);

void whorl__simulation_init_waiting(whorl__simulation_t *simulation);

// drive.c: spawns a driver for the first node without one and lets it open the node; false when all are driven, or one could not be.
bool whorl__simulation_drive_one(whorl__simulation_t *simulation);
bool whorl__simulation_is_driver(const char *task); // by its name

#endif
