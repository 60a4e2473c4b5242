// Runs that take too long (docs/tasks.md R34). A run goes from the moment at which a task gets the thread to its next suspension or its end; its length is real time.
//
// The clock is read once per run: the end of one is the beginning of the next. The kernel's coarse clock will do where its tick (1 to 10 ms) is small beside the limit; it costs a tenth of a precise
// reading. What passes between runs (posts, the world outside) is nobody's: then the next run begins with a reading of its own.
#ifndef WHORL_TASK_BUSY_H
#define WHORL_TASK_BUSY_H

#include <stdatomic.h>
#include <time.h>

#include "task/core.h"

typedef struct whorl__busy {
  whorl__busy_options_t options;
  clockid_t clock;
  bool begun; // is `since` the beginning of the present run? Home thread, as all below but the count
  int64_t since;
  _Atomic uint64_t count;
  // The last run that was too long, until the hook has been told, and the longest one of its turn, for the details of limits.
  bool untold;
  int64_t length_ns;
  char task[48];
  uint64_t stall_turn, stall_number; // number 0: none yet
  int64_t stall_ns;
  char stall_task[48];
} whorl__busy_t;

void whorl__busy_init(whorl__busy_t *busy, const whorl__busy_options_t *options);
int64_t whorl__busy_clock(const whorl__busy_t *busy);
void whorl__busy_note(whorl__busy_t *busy, const char *task, int64_t length_ns, uint64_t turn);
void whorl__busy_tell(whorl__busy_t *busy); // no lock held, outside any task: calls the hook

static inline void whorl__busy_begin(whorl__busy_t *busy)
{
  if (busy->options.limit_ns == 0 || busy->begun) return;
  busy->since = whorl__busy_clock(busy);
  busy->begun = true;
}

static inline void whorl__busy_end(whorl__busy_t *busy, const char *task, uint64_t turn)
{
  if (busy->options.limit_ns == 0) return;
  int64_t now = whorl__busy_clock(busy), length = now - busy->since;
  busy->since = now;
  if (length > busy->options.limit_ns) whorl__busy_note(busy, task, length, turn);
}

// Something else than a run has taken time.
static inline void whorl__busy_pause(whorl__busy_t *busy) { busy->begun = false; }

#endif
