#include "base/memory.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/local.h"

// Statistics, not synchronisation: relaxed throughout. Counted apart for each thread, as far as there are stripes: a block is often taken by
// one thread and freed by another, and a common counter would go to and fro between their CPUs with each.
enum { STRIPES = 16 };
static struct stripe {
  _Alignas(64) _Atomic uint64_t allocations;
  _Atomic uint64_t uncounted; // of them: no new block, or one that is never counted as live
  _Atomic uint64_t frees;
} stripes[STRIPES];
static _Atomic unsigned threads;
static _Atomic int64_t until_failure; // 1: the next one fails; 0 and below: none

static struct stripe *stripe(void)
{
  whorl__local_t *local = whorl__local();
  if (local->memory_stripe == 0) local->memory_stripe = 1 + atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) % STRIPES;
  return &stripes[local->memory_stripe - 1];
}

static bool fails_now(void)
{
  if (atomic_load_explicit(&until_failure, memory_order_relaxed) <= 0) return false;
  return atomic_fetch_sub_explicit(&until_failure, 1, memory_order_relaxed) == 1;
}

static void *counted(void *memory, bool is_block)
{
  if (memory == NULL) return NULL;
  struct stripe *own = stripe();
  atomic_fetch_add_explicit(&own->allocations, 1, memory_order_relaxed);
  if (!is_block) atomic_fetch_add_explicit(&own->uncounted, 1, memory_order_relaxed);
  return memory;
}

static size_t at_least_one(size_t size) { return size > 0 ? size : 1; }

void *whorl__alloc(size_t size)
{
  if (fails_now()) return NULL;
  return counted(calloc(1, at_least_one(size)), true);
}

void *whorl__alloc_permanent(size_t size)
{
  if (fails_now()) return NULL;
  return counted(calloc(1, at_least_one(size)), false);
}

void *whorl__alloc_aligned(size_t alignment, size_t size)
{
  if (fails_now()) return NULL;
  void *memory = NULL;
  if (alignment < sizeof(void *)) alignment = sizeof(void *);
  if (posix_memalign(&memory, alignment, at_least_one(size)) != 0) return NULL;
  memset(memory, 0, size);
  return counted(memory, true);
}

void *whorl__realloc(void *memory, size_t size)
{
  if (fails_now()) return NULL;
  return counted(realloc(memory, at_least_one(size)), memory == NULL);
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
  atomic_fetch_add_explicit(&stripe()->frees, 1, memory_order_relaxed);
  free(memory);
}

void whorl__free_permanent(void *memory) { free(memory); }

typedef struct totals {
  uint64_t allocations, uncounted, frees;
} totals_t;

static totals_t add_up(void)
{
  totals_t totals = {0};
  for (int i = 0; i < STRIPES; i++) {
    totals.frees += atomic_load_explicit(&stripes[i].frees, memory_order_relaxed);
    totals.allocations += atomic_load_explicit(&stripes[i].allocations, memory_order_relaxed);
    totals.uncounted += atomic_load_explicit(&stripes[i].uncounted, memory_order_relaxed);
  }
  return totals;
}

uint64_t whorl__memory_allocations(void) { return add_up().allocations; }

int64_t whorl__memory_blocks(void)
{
  totals_t totals = add_up();
  return (int64_t)(totals.allocations - totals.uncounted - totals.frees);
}

void whorl__memory_fail_at(uint64_t nth) { atomic_store_explicit(&until_failure, (int64_t)nth, memory_order_relaxed); }
