// What an action's server and client have in common: a handle, and an owner that ends them. Their parts (services, topics, a timer) are entities of the node for themselves; this one, which no driver knows, ends with the node too.
//
// The parts' callbacks get the handle's id and begin with `use`: one that was picked just before the end finds the handle stale, and one that runs keeps the memory.
#ifndef WHORL_ACTION_ACTION_ENTITY_H
#define WHORL_ACTION_ACTION_ENTITY_H

#include "node/entity.h"

typedef struct whorl__action_entity {
  whorl__entity_t entity;
  atomic_uint references;                            // the handle's, and one of each who is in there: callbacks, and calls that wait
  char *name;                                        // expanded
  void (*retire)(struct whorl__action_entity *self); // its handle has ended; NULL: nobody is told
  void (*free_self)(struct whorl__action_entity *self);
} whorl__action_entity_t;

// With `retire` and `free_self` set: joins the node under its expanded name, in use by the caller. From then on it is ended by whorl__action_entity_end; after a failure it is the caller's to free. INVALID_NAME, DESTROYED, SHUTDOWN, NO_MEMORY.
int whorl__action_entity_start(whorl__action_entity_t *self, whorl__handle_table_t *table, whorl__node_t *node, const char *name);
int whorl__action_entity_use(whorl__handle_table_t *table, uint64_t id, whorl__action_entity_t **ret_self);
void whorl__action_entity_unuse(whorl__action_entity_t *self);
// Ends the handle; the parts are the caller's to end, while he uses it. DESTROYED.
int whorl__action_entity_end(whorl__action_entity_t *self);
const char *whorl__action_entity_name(whorl__handle_table_t *table, uint64_t id); // "" when stale

// What callbacks of the parts get for an argument.
_Static_assert(sizeof(void *) >= sizeof(uint64_t), "an id is handed on as a pointer");
static inline void *whorl__action_entity_arg(const whorl__action_entity_t *self)
{
  return (void *)(uintptr_t)self->entity.id;
} // NOLINT(performance-no-int-to-ptr)

enum { WHORL__ACTION_PART_SIZE = 300 };
typedef struct whorl__action_part_name {
  char text[WHORL__ACTION_PART_SIZE];
} whorl__action_part_name_t;
whorl__action_part_name_t whorl__action_part_name(const whorl__action_entity_t *self, const char *part); // "/fibonacci/_action/<part>"

#endif
