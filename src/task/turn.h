// Between core.c and turn.c.
#ifndef WHORL_TASK_TURN_H
#define WHORL_TASK_TURN_H

#include "task/state.h"

bool whorl__core_ready_locked(const whorl__core_t *core); // is anything there to be run now?
int64_t whorl__core_next_deadline_locked(const whorl__core_t *core);

#endif
