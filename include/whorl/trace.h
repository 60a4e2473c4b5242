// Trace: what ran when, on which thread, and how long it had waited to run. For Perfetto (ui.perfetto.dev) or chrome://tracing.
#ifndef WHORL_TRACE_H
#define WHORL_TRACE_H

#ifdef __cplusplus
extern "C" {
#endif

// From now on every run of a callback or a task, on every loop and executor of the process, is written into the file (trace event format, JSON), on a track for each of their threads; until whorl_trace_stop, or the
// process's exit. A run goes from one suspension to the next; `waited_us` is the time between becoming ready and running. Times are the drivers' own: simulated ones in a simulation. Costs each run a write
// into a buffer; without a trace nothing. The environment's WHORL_TRACE=file.json starts one with the first context. Any thread. IO_ERROR: the file cannot be written; BUSY: there is a trace already.
int whorl_trace_start(const char *path);
// Ends the file. Any thread. WRONG_STATE: there is no trace. IO_ERROR: it could not be written as a whole.
int whorl_trace_stop(void);

#ifdef __cplusplus
}
#endif
#endif
