// An intrusive queue by key: push and re-key never allocate and so never fail; any member can be removed.
//
// A line for members that come in order, as nearly all do (tickets grow, so do deadlines of one period), and a pairing heap for the others: in order nothing is sorted.
#ifndef WHORL_BASE_HEAP_H
#define WHORL_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct whorl__heap_node {
  struct whorl__heap_node *child, *next, *previous; // in line the neighbours, else siblings; previous of a first child: its parent
  bool queued, in_line;
} whorl__heap_node_t;

// True when a goes before b. A total order, so that the trace is the same in every run.
typedef bool (*whorl__heap_before_t)(const whorl__heap_node_t *a, const whorl__heap_node_t *b);

typedef struct whorl__heap {
  whorl__heap_node_t *top;          // of both
  whorl__heap_node_t *first, *last; // the line
  whorl__heap_node_t *root;         // the pairing heap
  whorl__heap_before_t before;
  size_t count;
} whorl__heap_t;

void whorl__heap_init(whorl__heap_t *heap, whorl__heap_before_t before);
void whorl__heap_push(whorl__heap_t *heap, whorl__heap_node_t *node);
void whorl__heap_remove(whorl__heap_t *heap, whorl__heap_node_t *node); // a queued member
whorl__heap_node_t *whorl__heap_pop(whorl__heap_t *heap);               // NULL when empty
static inline whorl__heap_node_t *whorl__heap_top(const whorl__heap_t *heap) { return heap->top; }

#endif
