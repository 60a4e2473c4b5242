// Blocking work of a world whose time is made up (docs/tasks.md R37). Jobs run on the pool's threads as ever, in real time; what the world sees of them follows from the world alone: it stands still while one is
// out, at most four have begun, and their ends are handed over in the order of their beginnings, whichever was faster. So the same seed gives the same run.
//
// No libuv loop is made before the first job. It has nothing else to do: the world's thread turns it while only a job can go on.
#ifndef WHORL_LOOP_JOBS_H
#define WHORL_LOOP_JOBS_H

#include "task/core.h"

typedef struct whorl__jobs whorl__jobs_t;

// `clock`: the core's parker. NO_MEMORY.
int whorl__jobs_create(whorl__virtual_parker_t *clock, whorl__jobs_t **ret_jobs);
void whorl__jobs_destroy(whorl__jobs_t *jobs);                   // after its core, whose tasks have ended
struct whorl__outside *whorl__jobs_outside(whorl__jobs_t *jobs); // the core's
// Between two turns, when nothing but time is left to go on. False: no job is out. True: take turns again, either as the end of the first one was handed over, or as this has waited for it.
bool whorl__jobs_await(whorl__jobs_t *jobs, whorl__core_t *core);

#endif
