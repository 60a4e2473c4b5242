// Cycles of a core that has them (one slot only): what may start belongs to one, and what becomes ready meanwhile to a later one.
//
// A cycle is more than a turn: a short spin may end within it, and a callback of it may lack a fiber. Turns go by then, and tasks that have begun go on in them; only what a later cycle begins with waits.
#include "task/turn.h"

bool whorl__cycle_is_later(const whorl__core_t *core, const whorl__key_t *key)
{
  return core->cycle != NULL && whorl__key_epoch(key) > core->cycle_limit;
}

void whorl__cycle_begin(whorl__worker_t *worker)
{
  whorl__core_t *core = worker->core;
  const whorl__runnable_t *top = whorl__core_first_runnable(core);
  worker->limit = core->epoch++;
  if (core->granted && top != NULL && !whorl__cycle_is_later(core, &top->key)) return;
  core->cycle_limit = worker->limit;
  core->granted = false;
  bool asks = core->cycle_due || (top != NULL && !core->held);
  if (!asks || atomic_load_explicit(&core->halted, memory_order_relaxed)) return;
  core->cycle_due = false;
  core->held = true; // until something becomes ready
  whorl__core_unlock(core);
  bool granted = core->cycle(core->cycle_arg);
  whorl__core_lock(core);
  core->granted = granted;
  if (granted) core->held = false;
}

bool whorl__core_in_cycle(const whorl__core_t *core, const whorl__key_t *key) { return !whorl__cycle_is_later(core, key); }

whorl__key_t whorl__core_key_in_cycle(const whorl__core_t *core, whorl__key_t key)
{
  return (whorl__key_t){.level = key.level - ((whorl__key_epoch(&key) - core->cycle_limit) << WHORL__RANK_BITS), .order = key.order};
}

bool whorl__core_has_in_cycle(const whorl__core_t *core)
{
  const whorl__runnable_t *top = whorl__core_first_runnable(core);
  return top != NULL && whorl__core_in_cycle(core, &top->key);
}

void whorl__core_ask_again_locked(whorl__core_t *core) { core->held = false; }

void whorl__core_make_cycle_due_locked(whorl__core_t *core) { core->cycle_due = true; }

void whorl__core_count_every_cycle(whorl__core_t *core, int difference) { core->every_cycle += (size_t)difference; }

size_t whorl__core_every_cycle(const whorl__core_t *core) { return core->every_cycle; }
