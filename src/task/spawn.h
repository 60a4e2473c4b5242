// How a task comes to be, for groups and standing scopes.
#ifndef WHORL_TASK_SPAWN_H
#define WHORL_TASK_SPAWN_H

#include "task/state.h"

// R18, R19: queues a new task below `parent`, never runs it here; `release` runs once in every outcome. A lack of memory is the parent's error too.
int whorl__task_spawn(whorl__scope_t *parent, const void *owner, whorl_task_function_t function, void *arg,
                      const whorl_task_options_t *options, whorl_task_t *ret_task, const char *place);
// For a spawn that cannot be: `status` with its sentence already written.
int whorl__task_refuse(int status, const whorl_task_options_t *options, void *arg);
// The task's handle ends. No lock held.
void whorl__task_retire(whorl__task_t *task);

#endif
