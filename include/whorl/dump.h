// Dump: all tasks of a driver in words, one line each, and who waits for whom. For people; the wording may change. How to read it: docs/tasks.md, "Looking at tasks". Law: R45.
//
// `whorl_loop_dump` and `whorl_simulation_dump` do the same for a given driver, from anywhere.
#ifndef WHORL_DUMP_H
#define WHORL_DUMP_H

#include "whorl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

// Gets one line, without its end. Called on the thread that asked for the dump, nothing of Whorl being locked: it may call anything, but the line is gone when it returns.
typedef void (*whorl_dump_sink_t)(const char *line, void *arg);

// Of the driver that runs on the calling thread: from a task, a callback or a post. Never suspends. All lines show one and the same moment; the driver is held up for some microseconds per task.
// NOT_IN_TASK: the thread runs no driver; INVALID_ARGUMENT, NO_MEMORY.
int whorl_dump(whorl_dump_sink_t sink, void *arg);

#ifdef __cplusplus
}
#endif
#endif
