// Memory for what is never freed: the tables of interned types.
//
// Bump allocation from chunks that are kept for good. What a failed attempt has taken is given back by rewinding, so that it is used by the next
// attempt: nothing leaks, however often one fails. One thread at a time.
#ifndef WHORL_MESSAGE_ARENA_H
#define WHORL_MESSAGE_ARENA_H

#include <stddef.h>

typedef struct whorl__arena_chunk {
  struct whorl__arena_chunk *next;
  size_t size, used, mark;
  _Alignas(16) unsigned char memory[];
} whorl__arena_chunk_t;

typedef struct whorl__arena {
  whorl__arena_chunk_t *chunks;
} whorl__arena_t;

void *whorl__arena_alloc(whorl__arena_t *arena, size_t size); // zeroed, aligned to 16; NO_MEMORY: NULL
void whorl__arena_mark(whorl__arena_t *arena);                // from here on
void whorl__arena_rewind(whorl__arena_t *arena);              // everything since the mark

#endif
