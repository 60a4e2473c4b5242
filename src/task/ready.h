// What may run, by key: a line for keys that come in order, as nearly all do (tickets grow), and a heap for the others. So a turn over many ready runnables costs no comparisons to speak of.
// Guarded by the core's lock.
#ifndef WHORL_TASK_READY_H
#define WHORL_TASK_READY_H

#include "task/core.h"

typedef struct whorl__ready {
  whorl__runnable_t *first, *last; // the line, linked through node.next and node.previous
  whorl__heap_t heap;
} whorl__ready_t;

static inline bool whorl__key_before(const whorl__key_t *a, const whorl__key_t *b)
{
  return a->level != b->level ? a->level < b->level : a->order < b->order;
}

void whorl__ready_init(whorl__ready_t *ready);
void whorl__ready_add(whorl__ready_t *ready, whorl__runnable_t *runnable);    // not queued, its key is set
void whorl__ready_remove(whorl__ready_t *ready, whorl__runnable_t *runnable); // queued
whorl__runnable_t *whorl__ready_top(const whorl__ready_t *ready);             // the smallest key; NULL: none

#endif
