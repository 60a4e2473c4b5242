#include "transport/ring.h"

#include <assert.h>

#include "base/detail.h"
#include "base/memory.h"
#include "whorl/status.h"
#include "whorl/time.h"

int whorl__ring_init(whorl__ring_t *ring, size_t depth, void (*ready)(void *arg), void *arg)
{
  assert(depth > 0);
  whorl__ring_slot_t *slots = NULL;
  if (depth <= SIZE_MAX / sizeof *slots) slots = whorl__alloc(depth * sizeof *slots);
  if (slots == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a history of %zu messages", depth);
  *ring = (whorl__ring_t){.slots = slots, .capacity = depth, .ready = ready, .arg = arg, .span = SIZE_MAX};
  whorl__lock_init(&ring->lock);
  return WHORL_OK;
}

void whorl__ring_watch(whorl__ring_t *ring, size_t level, whorl__ring_backlog_t backlog)
{
  ring->level = ring->span = level < ring->capacity ? level : ring->capacity;
  ring->backlog = backlog;
}

// Removes the oldest. Lock held, not empty.
static whorl__ring_slot_t pop(whorl__ring_t *ring)
{
  whorl__ring_slot_t slot = ring->slots[ring->head];
  ring->head = ring->head + 1 == ring->capacity ? 0 : ring->head + 1;
  ring->count--;
  return slot;
}

static void push(whorl__ring_t *ring, whorl__ring_slot_t slot)
{
  size_t tail = ring->head + ring->count;
  ring->slots[tail >= ring->capacity ? tail - ring->capacity : tail] = slot;
  ring->count++;
}

void whorl__ring_fini(whorl__ring_t *ring)
{
  const whorl__ring_counts_t *counts = &ring->counts;
  assert(counts->received == counts->taken + counts->dropped + counts->expired + ring->count); // docs/dispatch.md, invariant 8
  while (ring->count > 0) whorl__sample_unref(pop(ring).sample);
  if (ring->kept != NULL) whorl__sample_unref(ring->kept);
  whorl__lock_fini(&ring->lock);
  whorl__free(ring->slots);
  ring->slots = NULL;
}

// Lock held, full: one falls out, the oldest or the new one.
static whorl__sample_t *push_out(whorl__ring_t *ring, whorl__ring_slot_t slot)
{
  ring->counts.dropped++;
  if (ring->drops_newest) return slot.sample;
  whorl__sample_t *oldest = pop(ring).sample;
  push(ring, slot);
  return oldest;
}

// Lock held, after a push. From the quiet state the count has risen to the level; from the other one it had sunk below a half of it. True: it is a backlog.
static bool look_at_level(whorl__ring_t *ring)
{
  bool reached = ring->count >= ring->level;
  ring->low = reached ? (ring->level + 1) / 2 + 1 : 0; // and the one that was pushed
  ring->span = reached ? SIZE_MAX - ring->low : ring->level;
  ring->backlogs += reached;
  return reached;
}

void whorl__ring_store(whorl__ring_t *ring, whorl__sample_t *sample, int64_t expiry_ns)
{
  const whorl__ring_slot_t slot = {.sample = sample, .expiry_ns = expiry_ns};
  whorl__sample_t *dropped = NULL;
  size_t waiting = 0; // and worth a word
  uint32_t backlogs = 0;
  if (expiry_ns != WHORL_FOREVER) atomic_store_explicit(&ring->expires, true, memory_order_relaxed); // the lock orders it
  whorl__sample_ref(sample);
  whorl__lock(&ring->lock);
  ring->counts.received++;
  if (ring->count == ring->capacity)
    dropped = push_out(ring, slot);
  else
    push(ring, slot);
  if (ring->count - ring->low >= ring->span && look_at_level(ring)) {
    waiting = ring->count;
    backlogs = ring->backlogs;
  }
  bool flipped = !ring->armed;
  ring->armed = true;
  whorl__unlock(&ring->lock);
  // The last reference may end here; what that frees, it frees outside the lock.
  if (dropped != NULL) whorl__sample_unref(dropped);
  if (flipped && ring->ready != NULL) ring->ready(ring->arg);
  if (waiting > 0) ring->backlog(ring->arg, waiting, backlogs);
}

whorl__sample_t *whorl__ring_take(whorl__ring_t *ring, int64_t now_ns, bool *ret_more)
{
  for (;;) {
    whorl__lock(&ring->lock);
    whorl__ring_slot_t slot = {.sample = ring->kept};
    bool expired = false;
    ring->kept = NULL;
    if (slot.sample == NULL && ring->count > 0) {
      slot = pop(ring);
      expired = slot.expiry_ns <= now_ns;
      if (expired) {
        ring->counts.expired++;
      } else {
        ring->counts.taken++;
      }
    }
    ring->armed = *ret_more = ring->count > 0;
    whorl__unlock(&ring->lock);
    if (!expired) return slot.sample;
    whorl__sample_unref(slot.sample);
  }
}

void whorl__ring_keep(whorl__ring_t *ring, int64_t now_ns)
{
  bool more;
  whorl__sample_t *sample = whorl__ring_take(ring, now_ns, &more); // or what was kept before
  whorl__lock(&ring->lock);
  ring->kept = sample;
  whorl__unlock(&ring->lock);
}

bool whorl__ring_ready(whorl__ring_t *ring)
{
  whorl__lock(&ring->lock);
  bool ready = ring->kept != NULL || ring->count > 0;
  whorl__unlock(&ring->lock);
  return ready;
}

whorl__ring_counts_t whorl__ring_read_counts(whorl__ring_t *ring)
{
  whorl__lock(&ring->lock);
  whorl__ring_counts_t counts = ring->counts;
  whorl__unlock(&ring->lock);
  return counts;
}

void whorl__ring_count_malformed(whorl__ring_t *ring)
{
  whorl__lock(&ring->lock);
  ring->counts.malformed++;
  whorl__unlock(&ring->lock);
}
