// Where a call is made that cannot be made there, in words: every such sentence names the function and the thread (docs/tasks.md R35, R36).
#ifndef WHORL_TASK_PLACE_H
#define WHORL_TASK_PLACE_H

#include "task/core.h"

// May `function` wait here? In a task and on a plain thread: OK; where a driver's thread is outside its tasks: WOULD_DEADLOCK; on a stack that a task has lent: NOT_IN_TASK.
int whorl__place_check(const char *function);
// All fail. Outside tasks:
int whorl__fail_not_in_task(const char *function);
int whorl__fail_would_deadlock(const char *function);
// What the format says belongs to the thread that runs `core`, or has tasks suspended in it; NULL: to that of some loop.
__attribute__((format(printf, 3, 4))) int whorl__fail_wrong_thread(const char *function, const whorl__core_t *core, const char *format,
                                                                   ...);

#endif
