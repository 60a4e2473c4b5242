// Writing down runs (whorl/trace.h). Off as a rule: then a run costs two looks at a flag.
//
// A worker remembers when its run began; at the run's end, outside any lock, one event is written, under the trace's own lock. A worker that meets a trace for the first time gets the next track in it.
#ifndef WHORL_TASK_TRACE_H
#define WHORL_TASK_TRACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct whorl__core;
struct whorl__worker;
struct whorl__task;

extern atomic_bool whorl__trace_on;

static inline bool whorl__tracing(void) { return atomic_load_explicit(&whorl__trace_on, memory_order_relaxed); }

int64_t whorl__trace_now(
    const struct whorl__core *core); // its clock, read now; never 0, which stands for none: a world that begins at 0 is told to be at 1
void whorl__trace_run_began(struct whorl__worker *worker, struct whorl__task *task);
void whorl__trace_run_ended(struct whorl__worker *worker, const struct whorl__task *task);
// WHORL_TRACE, at the first call of the process. IO_ERROR.
int whorl__trace_from_environment(void);

#endif
