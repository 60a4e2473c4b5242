// An intrusive doubly linked list; a link knows whether it is in one.
#ifndef WHORL_BASE_LIST_H
#define WHORL_BASE_LIST_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct whorl__link {
  struct whorl__link *next, *previous; // NULL when in no list
} whorl__link_t;

typedef struct whorl__list {
  whorl__link_t head; // circular: head.next is the first
} whorl__list_t;

#define WHORL__CONTAINER(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

static inline void whorl__list_init(whorl__list_t *list) { list->head.next = list->head.previous = &list->head; }
static inline bool whorl__list_empty(const whorl__list_t *list) { return list->head.next == &list->head; }
static inline bool whorl__link_listed(const whorl__link_t *link) { return link->next != NULL; }
static inline whorl__link_t *whorl__list_first(const whorl__list_t *list) { return whorl__list_empty(list) ? NULL : list->head.next; }
static inline whorl__link_t *whorl__list_next(const whorl__list_t *list, const whorl__link_t *link)
{
  return link->next == &list->head ? NULL : link->next;
}
static inline void whorl__list_insert_before(whorl__link_t *next, whorl__link_t *link)
{
  link->previous = next->previous;
  link->next = next;
  next->previous->next = link;
  next->previous = link;
}
static inline void whorl__list_append(whorl__list_t *list, whorl__link_t *link) { whorl__list_insert_before(&list->head, link); }
static inline void whorl__list_remove(whorl__link_t *link)
{
  assert(link->next != NULL && link->previous != NULL);
  link->previous->next = link->next;
  link->next->previous = link->previous;
  link->next = link->previous = NULL;
}
// `to` needs no init: all of `from` in its order, which is empty then.
static inline void whorl__list_move(whorl__list_t *from, whorl__list_t *to)
{
  whorl__list_init(to);
  if (whorl__list_empty(from)) return;
  to->head = from->head;
  to->head.next->previous = to->head.previous->next = &to->head;
  whorl__list_init(from);
}
static inline whorl__link_t *whorl__list_pop(whorl__list_t *list)
{
  whorl__link_t *first = whorl__list_first(list);
  if (first != NULL) whorl__list_remove(first);
  return first;
}

#endif
