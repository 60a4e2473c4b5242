// An intrusive pairing heap: push and re-key never allocate and so never fail; any member can be removed.
#ifndef WHORL_BASE_HEAP_H
#define WHORL_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct whorl__heap_node {
  struct whorl__heap_node *child, *next, *previous; // previous: the left sibling, or the parent of a first child
  bool queued;
} whorl__heap_node_t;

// True when a goes before b. A total order, so that the trace is the same in every run.
typedef bool (*whorl__heap_before_t)(const whorl__heap_node_t *a, const whorl__heap_node_t *b);

typedef struct whorl__heap {
  whorl__heap_node_t *top;
  whorl__heap_before_t before;
  size_t count;
} whorl__heap_t;

void whorl__heap_init(whorl__heap_t *heap, whorl__heap_before_t before);
void whorl__heap_push(whorl__heap_t *heap, whorl__heap_node_t *node);
void whorl__heap_remove(whorl__heap_t *heap, whorl__heap_node_t *node); // a queued member
whorl__heap_node_t *whorl__heap_pop(whorl__heap_t *heap);               // NULL when empty
static inline whorl__heap_node_t *whorl__heap_top(const whorl__heap_t *heap) { return heap->top; }

#endif
