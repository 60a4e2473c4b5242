// Something of a node's that is made of several entities: an action's server or client, a lifecycle. It has a handle, and an owner that ends it; its parts (services, topics, a timer) are entities of the node for themselves. This one,
// which no driver knows, ends with the node too.
//
// The parts' callbacks get the handle's id and begin with `use`: one that was picked just before the end finds the handle stale, and one that runs keeps the memory.
#ifndef WHORL_NODE_COMPOUND_H
#define WHORL_NODE_COMPOUND_H

#include "node/entity.h"

typedef struct whorl__compound {
  whorl__entity_t entity;
  atomic_uint references;                       // the handle's, and one of each who is in there: callbacks, and calls that wait
  char *name;                                   // expanded; its owner frees it. NULL: it has none
  void (*retire)(struct whorl__compound *self); // its handle has ended; NULL: nobody is told
  void (*free_self)(struct whorl__compound *self);
} whorl__compound_t;

// With `retire` and `free_self` set: joins the node, in use by the caller; if its `kind` ("action") is given, under a name that is expanded and remapped as a topic's. From then on it is ended by whorl__compound_end; after a failure it is the caller's to free. INVALID_NAME, DESTROYED, SHUTDOWN, NO_MEMORY.
int whorl__compound_start(whorl__compound_t *self, whorl__handle_table_t *table, whorl__node_t *node, const char *kind, const char *name);
int whorl__compound_use(whorl__handle_table_t *table, uint64_t id, whorl__compound_t **ret_self);
void whorl__compound_unuse(whorl__compound_t *self);
// Ends the handle; the parts are the caller's to end, while he uses it. DESTROYED.
int whorl__compound_end(whorl__compound_t *self);
const char *whorl__compound_name(whorl__handle_table_t *table, uint64_t id); // "" when stale

// What callbacks of the parts get for an argument.
_Static_assert(sizeof(void *) >= sizeof(uint64_t), "an id is handed on as a pointer");
static inline void *whorl__compound_arg(const whorl__compound_t *self) { return (void *)(uintptr_t)self->entity.id; }

#endif
