// The threads of a multi-threaded executor besides the one that spins: helpers, one to each slot of the core but the first.
//
// They are made at the first spin and joined at the executor's end. Between spins they wait on the executor's lock; during one each runs its slot until the spin drains and no task is left anywhere. A callback that
// has suspended goes on where it began, so its thread is there as long as the executor is.
#ifndef WHORL_EXECUTOR_CREW_H
#define WHORL_EXECUTOR_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "task/core.h"
#include "whorl/executor.h"

enum { WHORL__CREW_MOST = 256 };

typedef struct whorl__crew whorl__crew_t;

// For `threads` threads, the spinning one among them: their parkers come from here. The settings of the others are copied. `lock` is the executor's. NO_MEMORY.
int whorl__crew_create(unsigned threads, const whorl_executor_options_t *options, pthread_mutex_t *lock, whorl__crew_t **ret_crew);
whorl__parker_t **whorl__crew_parkers(whorl__crew_t *crew);
void whorl__crew_set_core(whorl__crew_t *crew, whorl__core_t *core);
void whorl__crew_join(whorl__crew_t *crew);    // after the core's last run
void whorl__crew_destroy(whorl__crew_t *crew); // after the join and the core's end, which needs the parkers
// They run their slots from here on. A thread that cannot be made, or not as its settings say: the system's reason; none runs then.
int whorl__crew_begin(whorl__crew_t *crew);
// The core is halted and its tasks are cancelled: helpers leave their slots when no task is left in the core. `wait`, when that is so: until they have. Both on the spinning thread.
void whorl__crew_drain(whorl__crew_t *crew);
void whorl__crew_wait(whorl__crew_t *crew);

#endif
