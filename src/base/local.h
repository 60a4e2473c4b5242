// The one thread-local of the library: what a thread must know without being told.
//
// A fiber never changes its thread, but a compiler may keep a thread-local's address in a register across a switch; hence the
// accessor is never inlined. `detail` points at the buffer of the running task, or at the thread's own one: the task kernel swaps it.
#ifndef WHORL_BASE_LOCAL_H
#define WHORL_BASE_LOCAL_H

#include "base/detail.h"

struct whorl__worker; // task/: who runs tasks on this thread; NULL on a plain thread
struct whorl__job;    // loop/: the blocking work that runs on this thread; NULL elsewhere
struct whorl__lone;   // task/: what this thread waits with while it runs no tasks; NULL: it never has

typedef struct whorl__local {
  struct whorl__worker *worker;
  struct whorl__job *job;
  struct whorl__lone *lone;
  unsigned missing_limits;    // open timeouts and shields of this thread that there was no memory for
  whorl__detail_t *detail;    // never NULL
  whorl__detail_t own_detail; // for code outside tasks
  unsigned memory_stripe;     // memory.c: which of its counters; 0: none yet
  int thread_id;              // the system's, asked for once (task/drive.c), as asking is a system call; 0: not yet
} whorl__local_t;

whorl__local_t *whorl__local(void);

#endif
