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

// What the row saves is not worth much if its short way pays for the tree's registers and spills.
#define ASIDE __attribute__((noinline)) static

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

static void find_top(whorl__heap_t *heap)
{
  if (heap->first == NULL)
    heap->top = heap->tree;
  else
    heap->top = heap->tree != NULL && heap->before(heap->tree, heap->first) ? heap->tree : heap->first;
}

ASIDE void join_tree(whorl__heap_t *heap, whorl__heap_node_t *node)
{
  *node = (whorl__heap_node_t){.queued = true};
  heap->tree = meld(heap, heap->tree, node);
  find_top(heap);
}

void whorl__heap_push(whorl__heap_t *heap, whorl__heap_node_t *node)
{
  assert(!node->queued);
  whorl__heap_node_t *last = heap->last;
  heap->count++;
  if (last != NULL && heap->before(node, last)) {
    join_tree(heap, node);
    return;
  }
  *node = (whorl__heap_node_t){.previous = last, .queued = true, .in_row = true};
  heap->last = node;
  if (last != NULL) {
    last->next = node; // and what is behind another is not the top
    return;
  }
  heap->first = node;
  find_top(heap);
}

static void leave_row(whorl__heap_t *heap, whorl__heap_node_t *node)
{
  if (node->previous != NULL)
    node->previous->next = node->next;
  else
    heap->first = node->next;
  if (node->next != NULL)
    node->next->previous = node->previous;
  else
    heap->last = node->previous;
}

ASIDE void leave_tree(whorl__heap_t *heap, whorl__heap_node_t *node)
{
  whorl__heap_node_t *children = meld_siblings(heap, node->child);
  if (node == heap->tree) {
    heap->tree = children;
  } else {
    detach(node);
    heap->tree = meld(heap, heap->tree, children);
  }
}

void whorl__heap_remove(whorl__heap_t *heap, whorl__heap_node_t *node)
{
  assert(node->queued);
  if (node->in_row)
    leave_row(heap, node);
  else
    leave_tree(heap, node);
  node->queued = false;
  heap->count--;
  if (node == heap->top) find_top(heap);
}

whorl__heap_node_t *whorl__heap_pop(whorl__heap_t *heap)
{
  whorl__heap_node_t *top = heap->top;
  if (top != NULL) whorl__heap_remove(heap, top);
  return top;
}
