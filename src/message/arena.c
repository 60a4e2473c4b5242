#include "message/arena.h"

#include <string.h>

#include "base/memory.h"

enum { CHUNK_SIZE = 32 * 1024 };

void *whorl__arena_alloc(whorl__arena_t *arena, size_t size)
{
  size = (size + 15) & ~(size_t)15;
  whorl__arena_chunk_t *chunk = arena->chunks;
  while (chunk != NULL && chunk->size - chunk->used < size) chunk = chunk->next;
  if (chunk == NULL) {
    size_t chunk_size = size > CHUNK_SIZE ? size : CHUNK_SIZE;
    chunk = whorl__alloc_permanent(sizeof *chunk + chunk_size);
    if (chunk == NULL) return NULL;
    chunk->size = chunk_size;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
  }
  void *memory = chunk->memory + chunk->used;
  chunk->used += size;
  return memset(memory, 0, size);
}

void whorl__arena_mark(whorl__arena_t *arena)
{
  for (whorl__arena_chunk_t *chunk = arena->chunks; chunk != NULL; chunk = chunk->next) chunk->mark = chunk->used;
}

void whorl__arena_rewind(whorl__arena_t *arena)
{
  for (whorl__arena_chunk_t *chunk = arena->chunks; chunk != NULL; chunk = chunk->next) chunk->used = chunk->mark;
}
