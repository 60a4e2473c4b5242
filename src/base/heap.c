#include "base/heap.h"

#include <assert.h>

#include "base/rare.h"

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

WHORL__RARE static void enter_tree(whorl__heap_t *heap, whorl__heap_node_t *node) { heap->root = meld(heap, heap->root, node); }

void whorl__heap_init(whorl__heap_t *heap, whorl__heap_before_t before) { *heap = (whorl__heap_t){.before = before}; }

void whorl__heap_push(whorl__heap_t *heap, whorl__heap_node_t *node)
{
  assert(!node->queued);
  bool in_line = heap->last == NULL || !heap->before(node, heap->last);
  *node = (whorl__heap_node_t){.previous = in_line ? heap->last : NULL, .queued = true, .in_line = in_line};
  if (!in_line)
    enter_tree(heap, node);
  else if (heap->last != NULL)
    heap->last->next = node;
  else
    heap->first = node;
  if (in_line) heap->last = node;
  if (heap->top == NULL || (node->previous == NULL && heap->before(node, heap->top))) heap->top = node;
  heap->count++;
}

static inline void leave_line(whorl__heap_t *heap, whorl__heap_node_t *node)
{
  if (node->next != NULL)
    node->next->previous = node->previous;
  else
    heap->last = node->previous;
  if (node->previous != NULL)
    node->previous->next = node->next;
  else
    heap->first = node->next;
}

WHORL__RARE static void leave_tree(whorl__heap_t *heap, whorl__heap_node_t *node)
{
  whorl__heap_node_t *children = meld_siblings(heap, node->child);
  if (node == heap->root) {
    heap->root = children;
  } else {
    detach(node);
    heap->root = meld(heap, heap->root, children);
  }
}

static whorl__heap_node_t *earliest(const whorl__heap_t *heap)
{
  if (heap->first == NULL || heap->root == NULL) return heap->first != NULL ? heap->first : heap->root;
  return heap->before(heap->root, heap->first) ? heap->root : heap->first;
}

void whorl__heap_remove(whorl__heap_t *heap, whorl__heap_node_t *node)
{
  assert(node->queued);
  if (node->in_line)
    leave_line(heap, node);
  else
    leave_tree(heap, node);
  if (node == heap->top) heap->top = earliest(heap);
  *node = (whorl__heap_node_t){.queued = false};
  heap->count--;
}

whorl__heap_node_t *whorl__heap_pop(whorl__heap_t *heap)
{
  whorl__heap_node_t *top = heap->top;
  if (top != NULL) whorl__heap_remove(heap, top);
  return top;
}
