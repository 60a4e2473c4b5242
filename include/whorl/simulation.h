// Simulation: contexts whose network and clock are made up, in one thread, from a seed. For tests: no sockets, no waiting, the same every time.
#ifndef WHORL_SIMULATION_H
#define WHORL_SIMULATION_H

#include "whorl/context.h"
#include "whorl/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_simulation {
  uint64_t id;
} whorl_simulation_t;

// Same seed, same run. NO_MEMORY, INVALID_ARGUMENT.
int whorl_simulation_create(uint64_t seed, whorl_simulation_t *ret_simulation);
int whorl_simulation_destroy(whorl_simulation_t simulation);           // with its contexts
whorl_context_t whorl_simulation_context(whorl_simulation_t simulation); // the first one, made with the simulation
int whorl_simulation_create_context(whorl_simulation_t simulation, whorl_context_t *ret_context); // another process on the same network
// Drives every node that has no driver yet, and all tasks, for that much simulated time (takes microseconds). Returns the first error of a driven node.
int whorl_simulation_run_for(whorl_simulation_t simulation, int64_t duration_ns);
// Runs `function` as a task to its end; time jumps as needed. Its result; DEADLOCK when nothing can move any more.
int whorl_simulation_run(whorl_simulation_t simulation, whorl_task_function_t function, void *arg);
int64_t whorl_simulation_now_ns(whorl_simulation_t simulation);

#ifdef __cplusplus
}
#endif
#endif
