#include "base/memory.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

// Statistics, not synchronisation: relaxed throughout.
static _Atomic uint64_t allocations;
static _Atomic int64_t blocks;
static _Atomic int64_t until_failure; // 1: the next one fails; 0 and below: none

static bool fails_now(void)
{
  if (atomic_load_explicit(&until_failure, memory_order_relaxed) <= 0) return false;
  return atomic_fetch_sub_explicit(&until_failure, 1, memory_order_relaxed) == 1;
}

static void *counted(void *memory, int64_t new_blocks)
{
  if (memory == NULL) return NULL;
  atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&blocks, new_blocks, memory_order_relaxed);
  return memory;
}

static size_t at_least_one(size_t size) { return size > 0 ? size : 1; }

void *whorl__alloc(size_t size)
{
  if (fails_now()) return NULL;
  return counted(calloc(1, at_least_one(size)), 1);
}

void *whorl__alloc_permanent(size_t size)
{
  if (fails_now()) return NULL;
  return counted(calloc(1, at_least_one(size)), 0);
}

void *whorl__alloc_aligned(size_t alignment, size_t size)
{
  if (fails_now()) return NULL;
  void *memory = NULL;
  if (alignment < sizeof(void *)) alignment = sizeof(void *);
  if (posix_memalign(&memory, alignment, at_least_one(size)) != 0) return NULL;
  memset(memory, 0, size);
  return counted(memory, 1);
}

void *whorl__realloc(void *memory, size_t size)
{
  if (fails_now()) return NULL;
  return counted(realloc(memory, at_least_one(size)), memory == NULL ? 1 : 0);
}

char *whorl__strdup(const char *text)
{
  size_t size = strlen(text) + 1;
  char *copy = whorl__alloc(size);
  if (copy != NULL) memcpy(copy, text, size);
  return copy;
}

void whorl__free(void *memory)
{
  if (memory == NULL) return;
  atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
  free(memory);
}

void whorl__free_permanent(void *memory) { free(memory); }

uint64_t whorl__memory_allocations(void) { return atomic_load_explicit(&allocations, memory_order_relaxed); }
int64_t whorl__memory_blocks(void) { return atomic_load_explicit(&blocks, memory_order_relaxed); }
void whorl__memory_fail_at(uint64_t nth) { atomic_store_explicit(&until_failure, (int64_t)nth, memory_order_relaxed); }
