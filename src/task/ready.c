#include "task/ready.h"

static whorl__runnable_t *of(whorl__heap_node_t *node) { return node != NULL ? WHORL__CONTAINER(node, whorl__runnable_t, node) : NULL; }

static bool before(const whorl__heap_node_t *a, const whorl__heap_node_t *b)
{
  return whorl__key_before(&WHORL__CONTAINER(a, whorl__runnable_t, node)->key, &WHORL__CONTAINER(b, whorl__runnable_t, node)->key);
}

void whorl__ready_init(whorl__ready_t *ready)
{
  ready->first = ready->last = NULL;
  whorl__heap_init(&ready->heap, before);
}

void whorl__ready_add(whorl__ready_t *ready, whorl__runnable_t *runnable)
{
  runnable->in_line = ready->last == NULL || !whorl__key_before(&runnable->key, &ready->last->key);
  if (!runnable->in_line) {
    whorl__heap_push(&ready->heap, &runnable->node);
    return;
  }
  runnable->node = (whorl__heap_node_t){.previous = ready->last != NULL ? &ready->last->node : NULL, .queued = true};
  if (ready->last != NULL)
    ready->last->node.next = &runnable->node;
  else
    ready->first = runnable;
  ready->last = runnable;
}

void whorl__ready_remove(whorl__ready_t *ready, whorl__runnable_t *runnable)
{
  if (!runnable->in_line) {
    whorl__heap_remove(&ready->heap, &runnable->node);
    return;
  }
  whorl__runnable_t *next = of(runnable->node.next), *previous = of(runnable->node.previous);
  if (next != NULL)
    next->node.previous = runnable->node.previous;
  else
    ready->last = previous;
  if (previous != NULL)
    previous->node.next = runnable->node.next;
  else
    ready->first = next;
  runnable->node = (whorl__heap_node_t){0};
}

whorl__runnable_t *whorl__ready_top(const whorl__ready_t *ready)
{
  whorl__runnable_t *top = of(whorl__heap_top(&ready->heap));
  return ready->first != NULL && (top == NULL || whorl__key_before(&ready->first->key, &top->key)) ? ready->first : top;
}
