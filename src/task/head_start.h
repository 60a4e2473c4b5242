// A head start: how much before a deadline a thread asks the system to wake it, in order to be awake at the deadline.
//
// Between the time that was asked for and the thread's first step lie the interrupt, the scheduler, a CPU that has slept and caches that have cooled: 5 to 100 us. The fastest of the last sixteen wake-ups says what that
// takes at least, and so much earlier the next one is asked for. Who is awake before the deadline reads the clock until it has come: for as long as this wake-up was faster than the sixteen before it, now and then some
// microseconds. So there is one wake-up for a deadline, as without. Nothing is early: what is due is what the clock says (turn.c).
//
// Owner's thread only. Nothing before sixteen wake-ups; 100 us and a sixteenth of the wait at most.
#ifndef WHORL_TASK_HEAD_START_H
#define WHORL_TASK_HEAD_START_H

#include <stdbool.h>
#include <stdint.h>

enum { WHORL__HEAD_START_WAKES = 16, WHORL__HEAD_START_MOST_NS = 100000 };

typedef struct whorl__head_start { // zero: nothing has been seen
  bool off;
  uint8_t next;                              // the oldest wake-up
  uint32_t late_ns[WHORL__HEAD_START_WAKES]; // of each, the most at most
  uint32_t least_ns;                         // of them
} whorl__head_start_t;

// When the system is to wake a thread that begins to wait at `now_ns`, until `until_ns`, which is later.
int64_t whorl__head_start_from(const whorl__head_start_t *self, int64_t now_ns, int64_t until_ns);
// It was asked to wake the thread at `asked_ns`, and at `now_ns` that was awake. Not to be told of threads that were awake anyway.
void whorl__head_start_learn(whorl__head_start_t *self, int64_t asked_ns, int64_t now_ns);

#endif
