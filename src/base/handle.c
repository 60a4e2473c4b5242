// A slot's whole truth is one 64-bit word: generation, closing flag, number of pins.
//
//   pin      one compare-and-swap that sees the right generation and no closing flag, and adds a pin
//   unpin    subtracts one; whoever does that to a closing slot wakes the retirer
//   retire   sets the flag (only one caller can), sleeps on the word until only its own pins are left, gives the slot back
//
// A slot that is free keeps its last generation and the closing flag, so a stale id finds either that or a later generation. An id from the
// future (a generation not handed out yet) was never created. A slot whose generations are used up is not handed out again.
#define _GNU_SOURCE
#include "base/handle.h"

#include <assert.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/memory.h"
#include "base/rare.h"
#include "whorl/status.h"

#define CLOSING (UINT64_C(1) << 31)
#define PINS (CLOSING - 1)

enum { FIRST_CHUNK = 64, CHUNKS = 24 };

typedef struct slot {
  _Atomic uint64_t word;      // generation << 32 | CLOSING | pins
  _Atomic uint32_t next_free; // index + 1 of the next free slot, while this one is free
  void *_Atomic object;
} slot_t;

// Chunk k is an array of FIRST_CHUNK << k slots; `struct whorl__handle_chunk` is only its name in the header.

static uint32_t generation_of(uint64_t word) { return (uint32_t)(word >> 32); }

static unsigned chunk_of(uint32_t index) { return 31u - (unsigned)__builtin_clz(index / FIRST_CHUNK + 1); }
static uint32_t chunk_start(unsigned chunk) { return FIRST_CHUNK * ((1u << chunk) - 1); }

static inline slot_t *slot_at(const whorl__handle_table_t *table, uint32_t index)
{
  unsigned chunk = chunk_of(index);
  struct whorl__handle_chunk *memory = atomic_load_explicit(&table->chunks[chunk], memory_order_acquire);
  return (slot_t *)(void *)memory + (index - chunk_start(chunk));
}

// An id is the generation and the index + 1, so that 0 is never one.
static inline __attribute__((always_inline)) slot_t *slot_of(const whorl__handle_table_t *table, uint64_t id)
{
  uint32_t place = (uint32_t)id;
  if (place == 0 || generation_of(id) == 0) return NULL;
  if (place > atomic_load_explicit(&table->used, memory_order_acquire)) return NULL;
  return slot_at(table, place - 1);
}

// The futex is the half of the word that holds the flag and the pins.
static uint32_t *futex_of(slot_t *slot)
{
  uint32_t *halves = (uint32_t *)(void *)&slot->word;
  return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? halves : halves + 1;
}

WHORL__RARE static int refuse(const whorl__handle_table_t *table, slot_t *slot, uint64_t id)
{
  bool created = slot != NULL && generation_of(id) <= generation_of(atomic_load(&slot->word));
  if (created) return whorl__fail(WHORL_DESTROYED, "the %s was destroyed", table->kind);
  return whorl__fail(WHORL_INVALID_HANDLE, "this is no handle of a %s", table->kind);
}

static bool make_chunk(whorl__handle_table_t *table, unsigned chunk)
{
  if (atomic_load_explicit(&table->chunks[chunk], memory_order_acquire) != NULL) return true;
  size_t count = (size_t)FIRST_CHUNK << chunk;
  slot_t *slots = whorl__alloc_permanent(count * sizeof *slots);
  if (slots == NULL) return false;
  for (size_t i = 0; i < count; i++) atomic_init(&slots[i].word, CLOSING);
  struct whorl__handle_chunk *expected = NULL;
  if (!atomic_compare_exchange_strong(&table->chunks[chunk], &expected, (struct whorl__handle_chunk *)(void *)slots)) {
    whorl__free_permanent(slots); // another thread was first; nobody has seen these
  }
  return true;
}

static bool pop_free(whorl__handle_table_t *table, uint32_t *ret_index)
{
  uint64_t head = atomic_load_explicit(&table->free_head, memory_order_acquire);
  while ((uint32_t)head != 0) {
    uint32_t index = (uint32_t)head - 1;
    uint32_t next = atomic_load_explicit(&slot_at(table, index)->next_free, memory_order_relaxed);
    uint64_t tagged = ((head >> 32) + 1) << 32 | next; // the tag tells a head from the same one that was away meanwhile
    if (atomic_compare_exchange_weak_explicit(&table->free_head, &head, tagged, memory_order_acq_rel, memory_order_acquire)) {
      *ret_index = index;
      return true;
    }
  }
  return false;
}

static void push_free(whorl__handle_table_t *table, slot_t *slot, uint32_t index)
{
  uint64_t head = atomic_load_explicit(&table->free_head, memory_order_relaxed);
  uint64_t tagged;
  do {
    atomic_store_explicit(&slot->next_free, (uint32_t)head, memory_order_relaxed);
    tagged = ((head >> 32) + 1) << 32 | (index + 1);
  } while (!atomic_compare_exchange_weak_explicit(&table->free_head, &head, tagged, memory_order_release, memory_order_relaxed));
}

static bool take_fresh(whorl__handle_table_t *table, uint32_t *ret_index)
{
  uint32_t used = atomic_load_explicit(&table->used, memory_order_acquire);
  do {
    unsigned chunk = chunk_of(used);
    if (chunk >= CHUNKS || !make_chunk(table, chunk)) return false;
  } while (!atomic_compare_exchange_weak_explicit(&table->used, &used, used + 1, memory_order_acq_rel, memory_order_acquire));
  *ret_index = used;
  return true;
}

int whorl__handle_create(whorl__handle_table_t *table, void *object, uint64_t *ret_id)
{
  uint32_t index;
  if (!pop_free(table, &index) && !take_fresh(table, &index)) {
    return whorl__fail(WHORL_NO_MEMORY, "no memory for the handle of a %s", table->kind);
  }
  slot_t *slot = slot_at(table, index);
  uint64_t generation = generation_of(atomic_load_explicit(&slot->word, memory_order_relaxed)) + UINT64_C(1);
  atomic_store_explicit(&slot->object, object, memory_order_relaxed);
  atomic_store_explicit(&slot->word, generation << 32, memory_order_release);
  *ret_id = generation << 32 | (index + 1);
  return WHORL_OK;
}

int whorl__handle_pin(whorl__handle_table_t *table, uint64_t id, void **ret_object)
{
  slot_t *slot = slot_of(table, id);
  if (slot == NULL) return refuse(table, slot, id);
  uint64_t word = atomic_load_explicit(&slot->word, memory_order_relaxed);
  do {
    if (generation_of(word) != generation_of(id) || (word & CLOSING) != 0) return refuse(table, slot, id);
    assert((word & PINS) < PINS);
  } while (!atomic_compare_exchange_weak_explicit(&slot->word, &word, word + 1, memory_order_acquire, memory_order_relaxed));
  *ret_object = atomic_load_explicit(&slot->object, memory_order_relaxed);
  return WHORL_OK;
}

WHORL__RARE static void wake_retirer(slot_t *slot) { syscall(SYS_futex, futex_of(slot), FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0); }

void whorl__handle_unpin(whorl__handle_table_t *table, uint64_t id)
{
  slot_t *slot = slot_of(table, id);
  assert(slot != NULL);
  uint64_t before = atomic_fetch_sub_explicit(&slot->word, 1, memory_order_release);
  assert((before & PINS) > 0 && generation_of(before) == generation_of(id));
  // By now the slot may already serve another object: the wake-up is then one too many, which every futex waiter must bear.
  if ((before & CLOSING) != 0) wake_retirer(slot);
}

static void wait_for_pins(slot_t *slot, unsigned own_pins)
{
  for (;;) {
    uint64_t word = atomic_load_explicit(&slot->word, memory_order_acquire);
    assert((word & PINS) >= own_pins);
    if ((word & PINS) == own_pins) return;
    syscall(SYS_futex, futex_of(slot), FUTEX_WAIT_PRIVATE, (uint32_t)word, NULL, NULL, 0);
  }
}

int whorl__handle_retire(whorl__handle_table_t *table, uint64_t id, unsigned own_pins)
{
  slot_t *slot = slot_of(table, id);
  if (slot == NULL) return refuse(table, slot, id);
  uint64_t word = atomic_load_explicit(&slot->word, memory_order_relaxed);
  do {
    if (generation_of(word) != generation_of(id) || (word & CLOSING) != 0) return refuse(table, slot, id);
  } while (!atomic_compare_exchange_weak_explicit(&slot->word, &word, word | CLOSING, memory_order_acq_rel, memory_order_relaxed));
  wait_for_pins(slot, own_pins);
  uint64_t generation = generation_of(id);
  atomic_store_explicit(&slot->object, NULL, memory_order_relaxed);
  atomic_store_explicit(&slot->word, generation << 32 | CLOSING, memory_order_release);
  if (generation < UINT32_MAX) push_free(table, slot, (uint32_t)id - 1);
  return WHORL_OK;
}

int64_t whorl__handle_count(const whorl__handle_table_t *table)
{
  int64_t live = 0;
  uint32_t used = atomic_load_explicit(&table->used, memory_order_acquire);
  for (uint32_t index = 0; index < used; index++) {
    live += (atomic_load_explicit(&slot_at(table, index)->word, memory_order_relaxed) & CLOSING) == 0;
  }
  return live;
}
