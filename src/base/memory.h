// The only door to the heap: counted, and able to fail on demand in tests.
#ifndef WHORL_BASE_MEMORY_H
#define WHORL_BASE_MEMORY_H

#include <stdint.h>
#include <stdlib.h>

// Zeroed memory, or NULL. Free with whorl__free. Not for the contents of rosidl messages: those belong to malloc and free (rosidl's own).
void *whorl__alloc(size_t size);
void *whorl__alloc_aligned(size_t alignment, size_t size); // alignment: a power of two; free with whorl__free
void *whorl__realloc(void *memory, size_t size);           // the grown part is not zeroed
// Zeroed, for what lives as long as the process (handle slots, interned types): never freed, counted as an allocation but not as a block alive.
void *whorl__alloc_permanent(size_t size);
void whorl__free_permanent(void *memory); // only for one that lost the race to be published
char *whorl__strdup(const char *text);
void whorl__free(void *memory);

// Tests: allocations made so far and blocks alive; `fail_at` n makes the n-th allocation from now fail (1 = next), 0 never.
uint64_t whorl__memory_allocations(void);
int64_t whorl__memory_blocks(void);
void whorl__memory_fail_at(uint64_t nth);

#endif
