// Stale-proof handles: an index and a generation in 64 bits; a table per kind of object.
//
// A table's slots are type-stable (never given back while the process lives), so a stale id can always be looked up. `pin` gives the object
// and keeps it from being freed until `unpin`; pins are short and never held across a suspension or a call of user code.
// `retire` makes the id stale at once and returns when all other pins are gone: then the caller owns the object alone and may free it.
#ifndef WHORL_BASE_HANDLE_H
#define WHORL_BASE_HANDLE_H

#include <stdint.h>

typedef struct whorl__handle_table {
  const char *kind; // "node": for the detail sentence
  struct whorl__handle_chunk *_Atomic chunks[24];
  _Atomic uint64_t free_head; // tagged index of a free list
  _Atomic uint32_t used;      // slots ever handed out
} whorl__handle_table_t;

#define WHORL__HANDLE_TABLE(kind_name) \
  {                                    \
    .kind = (kind_name)                \
  }

// Gives a fresh id, never 0. NO_MEMORY.
int whorl__handle_create(whorl__handle_table_t *table, void *object, uint64_t *ret_id);
// The object, pinned; or INVALID_HANDLE (never created) or DESTROYED, each with a sentence that names the kind.
int whorl__handle_pin(whorl__handle_table_t *table, uint64_t id, void **ret_object);
void whorl__handle_unpin(whorl__handle_table_t *table, uint64_t id);
// Makes the id stale and waits until only `own_pins` pins (the caller's) are left, which end with it. DESTROYED when another was first:
// the caller's pins are then still its own.
int whorl__handle_retire(whorl__handle_table_t *table, uint64_t id, unsigned own_pins);
// Live ids of this kind; for leak checks in tests.
int64_t whorl__handle_count(const whorl__handle_table_t *table);

#endif
