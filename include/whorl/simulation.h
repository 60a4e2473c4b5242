// Simulation: contexts whose network and clock are made up, in one thread, from a seed. For tests: no sockets, no waiting, the same every time. See docs/simulation.md.
//
// All calls belong to one thread. Those that run the world are refused from inside it (BUSY); the others may be called from its tasks and callbacks too.
#ifndef WHORL_SIMULATION_H
#define WHORL_SIMULATION_H

#include "whorl/context.h"
#include "whorl/dump.h"
#include "whorl/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_simulation {
  uint64_t id;
} whorl_simulation_t;

// Same seed, same run. NO_MEMORY, INVALID_ARGUMENT.
int whorl_simulation_create(uint64_t seed, whorl_simulation_t *ret_simulation);
int whorl_simulation_destroy(whorl_simulation_t simulation);                                      // with its contexts
whorl_context_t whorl_simulation_context(whorl_simulation_t simulation);                          // the first one, made with the simulation
int whorl_simulation_create_context(whorl_simulation_t simulation, whorl_context_t *ret_context); // another process on the same network

// --- Running the world
// Drives every node that has no driver yet, and all tasks, for that much simulated time (takes microseconds). Returns the first error of a driven node.
int whorl_simulation_run_for(whorl_simulation_t simulation, int64_t duration_ns);
// The same until nothing is left to do, and no longer: the clock stands where the last thing happened. TIMED_OUT when something is left after the limit (as with a timer that goes on for
// ever; WHORL_FOREVER: no limit); DEADLOCK when all that is left are tasks that wait for each other, or for something that only the caller could give: the detail names them. Subscriptions without
// messages are idle, and so is a deadline (QoS) that goes on being missed.
int whorl_simulation_run_until_idle(whorl_simulation_t simulation, int64_t limit_ns);
// Runs `function` as a task to its end; time jumps as needed. Its result; DEADLOCK when nothing can move any more (the detail names who waits; the task was cancelled).
int whorl_simulation_run(whorl_simulation_t simulation, whorl_task_function_t function, void *arg);
int64_t whorl_simulation_now_ns(whorl_simulation_t simulation);
// All its tasks in words and who waits for whom, as whorl_dump tells it. From inside and outside its tasks. INVALID_ARGUMENT, NO_MEMORY.
int whorl_simulation_dump(whorl_simulation_t simulation, whorl_dump_sink_t sink, void *arg);
// Who gets that dump when a call is about to return DEADLOCK, while everything still stands as it is: a detail has room for a few names only. The sink may call nothing that runs the world. NULL: nobody, as at first.
int whorl_simulation_set_deadlock_sink(whorl_simulation_t simulation, whorl_dump_sink_t sink, void *arg);

// Tells `hook` of runs of a task or callback that take longer than the limit. Real time, although the world's is made up: the same run may be told of once and not again. 0: 100 ms; WHORL_FOREVER: off, as at
// first. INVALID_ARGUMENT: a negative limit.
int whorl_simulation_report_busy(whorl_simulation_t simulation, int64_t limit_ns, whorl_busy_hook_t hook, void *arg);

// --- Faults of the network. Zero: none. Shares are 0..1, durations not negative.
// They hold for each publisher and subscription by themselves, also within one context. What QoS promises holds under all of them, as over DDS: reliable messages are sent again until they arrive, in
// order and once; a best-effort subscription never goes backwards, so a message that was overtaken is lost to it, and a copy is ignored.
typedef struct whorl_simulation_link {
  int64_t delay_ns;            // from publish to arrival
  int64_t delay_spread_ns;     // and up to that much more, drawn for each message
  double loss;                 // share that is lost, of repetitions too; 1: nothing comes through
  double duplication;          // share that comes twice
  double reordering;           // share that is held back and may be overtaken
  int64_t reordering_delay_ns; // by up to that much; 0: 10 ms
  int64_t retransmission_ns;   // reliable: from a loss to the next try; 0: 10 ms
} whorl_simulation_link_t;

typedef struct whorl_simulation_network {
  whorl_simulation_link_t link; // every link that has no faults of its own
  int64_t discovery_delay_ns;   // until other contexts know of what was created or destroyed
  int64_t discovery_spread_ns;  // and up to that much more, drawn for each: who comes late is the seed's choice
  int64_t lease_ns;             // a context that is not heard of for so long is forgotten by the others; 0: 10 s, as Cyclone DDS has it
  bool spares_local;            // messages within one context go as within one process: at once, none lost
} whorl_simulation_network_t;

// From now on; what is on its way stays as it is. NULL: no faults. INVALID_ARGUMENT names the field.
int whorl_simulation_set_network(whorl_simulation_t simulation, const whorl_simulation_network_t *network);
// The way from one context to another, or within one: faults of its own. NULL: those of the network again. INVALID_ARGUMENT also for a context of another world.
int whorl_simulation_set_link(whorl_simulation_t simulation, whorl_context_t from, whorl_context_t to, const whorl_simulation_link_t *link);
// These contexts reach each other, and nobody else reaches them. Best-effort messages are lost at the cut, reliable ones wait for its end. When it lasts longer than the lease, both sides forget each
// other, and meet anew after it: transient-local subscriptions then get what they missed, volatile ones do not. A second call makes a second group.
int whorl_simulation_partition(whorl_simulation_t simulation, const whorl_context_t *contexts, size_t count);
int whorl_simulation_heal(whorl_simulation_t simulation); // ends all partitions
// The process dies without a word: from now on nothing comes from it, and the others notice when its lease has run out. Inside, its nodes are cancelled as by a shutdown; what they still publish goes nowhere.
// Its context may be destroyed at once or later; the others do not see that.
int whorl_simulation_kill(whorl_simulation_t simulation, whorl_context_t context);
// A line for everything that happens on the network, byte for byte the same for the same seed: "0.105000000 arrive rt/numbers 1.3>2.3 #1". The sink may write it down, and call nothing
// of Whorl. NULL: off, as at first.
int whorl_simulation_set_trace(whorl_simulation_t simulation, void (*sink)(const char *line, void *arg), void *arg);

#ifdef __cplusplus
}
#endif
#endif
