#include "base/heap.h"

#include <assert.h>

// Makes the later of two trees the first child of the earlier one; returns that.
static whorl__heap_node_t *meld(const whorl__heap_t *heap, whorl__heap_node_t *a, whorl__heap_node_t *b)
{
  if (a == NULL) return b;
  if (b == NULL) return a;
  if (heap->before(b, a)) {
    whorl__heap_node_t *earlier = b;
    b = a;
    a = earlier;
  }
  b->previous = a;
  b->next = a->child;
  if (a->child != NULL) a->child->previous = b;
  a->child = b;
  a->next = a->previous = NULL;
  return a;
}

// The classic two passes: pairs from left to right, then all of them from right to left. Without recursion: a heap may be one long list.
static whorl__heap_node_t *meld_siblings(const whorl__heap_t *heap, whorl__heap_node_t *first)
{
  whorl__heap_node_t *pairs = NULL; // linked through next, the last one first
  while (first != NULL) {
    whorl__heap_node_t *a = first, *b = first->next;
    first = b != NULL ? b->next : NULL;
    a->next = a->previous = NULL;
    if (b != NULL) b->next = b->previous = NULL;
    whorl__heap_node_t *pair = meld(heap, a, b);
    pair->next = pairs;
    pairs = pair;
  }
  whorl__heap_node_t *top = NULL;
  while (pairs != NULL) {
    whorl__heap_node_t *pair = pairs;
    pairs = pair->next;
    pair->next = NULL;
    top = meld(heap, top, pair);
  }
  return top;
}

static void detach(whorl__heap_node_t *node)
{
  if (node->previous->child == node) {
    node->previous->child = node->next;
  } else {
    node->previous->next = node->next;
  }
  if (node->next != NULL) node->next->previous = node->previous;
}

void whorl__heap_init(whorl__heap_t *heap, whorl__heap_before_t before) { *heap = (whorl__heap_t){.before = before}; }

void whorl__heap_push(whorl__heap_t *heap, whorl__heap_node_t *node)
{
  assert(!node->queued);
  *node = (whorl__heap_node_t){.queued = true};
  heap->top = meld(heap, heap->top, node);
  heap->count++;
}

// Not inlined: the common case below should not pay for its registers.
__attribute__((noinline)) static void take_out(whorl__heap_t *heap, whorl__heap_node_t *node)
{
  whorl__heap_node_t *children = meld_siblings(heap, node->child);
  if (node == heap->top) {
    heap->top = children;
  } else {
    detach(node);
    heap->top = meld(heap, heap->top, children);
  }
}

void whorl__heap_remove(whorl__heap_t *heap, whorl__heap_node_t *node)
{
  assert(node->queued);
  if (heap->count == 1)
    heap->top = NULL;
  else
    take_out(heap, node);
  *node = (whorl__heap_node_t){.queued = false};
  heap->count--;
}

whorl__heap_node_t *whorl__heap_pop(whorl__heap_t *heap)
{
  whorl__heap_node_t *top = heap->top;
  if (top != NULL) whorl__heap_remove(heap, top);
  return top;
}
