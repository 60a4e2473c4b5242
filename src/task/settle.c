// Slots that have nothing to do, and who of them is woken: the last step of every section (docs/dispatch.md 2.6).
//
// What is in a slot's own inbox wakes that slot. For what any slot may take (runnables, new tasks without a home, posts) one is woken at a time, and the next one only when it has come and found more than it takes itself: so k
// ready runnables wake at most k slots, and a producer pays for one wake-up. A slot between two picks counts as one that is coming: an exclusive runnable that is ready again after each run wakes nobody.
//
// One idle slot, the keeper, waits for the earliest deadline, the others for ever. When it leaves while deadlines are armed, another one takes its place: one that waits for no longer anyway, else one
// is woken to do so, since the keeper's callback may last.
//
// Nobody is lost: "queue and look at the idle slots" and "find nothing and go idle" are sections of one lock. From the unlock to the system call that parks, the parker's token bridges.
#include "base/rare.h"
#include "task/bug.h"
#include "task/turn.h"

static whorl__worker_t *slot_of(whorl__link_t *link) { return WHORL__CONTAINER(link, whorl__worker_t, idle); }

bool whorl__slot_is_ready(const whorl__worker_t *worker)
{
  const whorl__core_t *core = worker->core;
  bool may_start = !worker->starved && !atomic_load_explicit(&core->halted, memory_order_relaxed);
  bool starts = core->cycle_due || (!core->held && whorl__heap_top(&core->runnables) != NULL);
  return !whorl__list_empty(&worker->inbox) || !whorl__list_empty(&core->unhomed) || core->mail_count > 0 || (may_start && starts);
}

// The last one that parked has the warmest stack; the keeper last of all, as it would have to be replaced. NULL: none is ready.
static whorl__worker_t *first_ready(const whorl__core_t *core)
{
  for (whorl__link_t *link = core->idle.head.previous; link != &core->idle.head; link = link->previous)
    if (slot_of(link) != core->keeper && whorl__slot_is_ready(slot_of(link))) return slot_of(link);
  return core->keeper != NULL && whorl__slot_is_ready(core->keeper) ? core->keeper : NULL;
}

// Who is to be woken so that the earliest deadline is waited for. NULL: somebody does so.
static whorl__worker_t *late_keeper(whorl__core_t *core)
{
  int64_t deadline = whorl__core_next_deadline_locked(core);
  if (deadline == WHORL_FOREVER || (core->keeper != NULL && core->keeper->parked_until <= deadline)) return NULL;
  for (whorl__link_t *link = core->idle.head.previous; link != &core->idle.head; link = link->previous) {
    if (slot_of(link)->parked_until > deadline) continue;
    core->keeper = slot_of(link);
    return NULL;
  }
  return core->keeper != NULL ? core->keeper : slot_of(core->idle.head.previous);
}

static void settle(whorl__core_t *core) // some slot is idle
{
  if (core->waking != NULL) return;
  bool for_any = core->mail_count > 0 || whorl__heap_top(&core->runnables) != NULL || !whorl__list_empty(&core->unhomed);
  whorl__worker_t *chosen = for_any ? first_ready(core) : NULL;
  if (chosen == NULL) chosen = late_keeper(core);
  if (chosen == NULL) return;
  core->waking = chosen;
  whorl__slot_call(chosen);
}

void whorl__slot_rest(whorl__worker_t *worker)
{
  whorl__core_t *core = worker->core;
  int64_t deadline = whorl__core_next_deadline_locked(core);
  worker->place = WHORL__PLACE_IDLE;
  worker->parked_until = WHORL_FOREVER;
  whorl__list_append(&core->idle, &worker->idle);
  core->resting++;
  core->counts.parks++;
  if (deadline == WHORL_FOREVER || (core->keeper != NULL && core->keeper->parked_until <= deadline)) return;
  core->keeper = worker;
  worker->parked_until = deadline;
}

static void unlist(whorl__worker_t *worker)
{
  whorl__list_remove(&worker->idle);
  if (worker->core->keeper == worker) worker->core->keeper = NULL;
}

void whorl__slot_leave_idle(whorl__worker_t *worker)
{
  unlist(worker);
  worker->core->resting--;
}

void whorl__slot_call(whorl__worker_t *worker)
{
  whorl__core_t *core = worker->core;
  unlist(worker);
  worker->place = WHORL__PLACE_WOKEN;
  if (atomic_load_explicit(&worker->called, memory_order_acquire)) { // somebody is just about to unpark it
    core->resting--;
    return;
  }
  atomic_store_explicit(&worker->called, true, memory_order_relaxed);
  worker->next_called = core->called;
  core->called = worker;
}

void whorl__core_call_slots(whorl__core_t *core)
{
  core->calls++;
  while (!whorl__list_empty(&core->idle)) whorl__slot_call(slot_of(core->idle.head.previous));
}

// --- The end of a section

static void unpark_called(whorl__core_t *core) // gives the lock back
{
  whorl__worker_t *worker = core->called;
  core->called = NULL;
  for (const whorl__worker_t *each = worker; each != NULL; each = each->next_called) core->resting--;
  atomic_fetch_add_explicit(&core->unparking, 1, memory_order_relaxed);
  whorl__unlock(&core->lock);
  while (worker != NULL) {
    whorl__worker_t *next = worker->next_called;
    atomic_store_explicit(&worker->called, false, memory_order_release);
    whorl__parker_unpark(worker->parker); // the owner may be awake already, and even at its end: destroy waits for the line below
    worker = next;
  }
  atomic_fetch_sub_explicit(&core->unparking, 1, memory_order_release);
}

WHORL__RARE static void settle_and_unlock(whorl__core_t *core)
{
  if (!whorl__list_empty(&core->idle)) settle(core);
  if (core->called != NULL)
    unpark_called(core);
  else
    whorl__unlock(&core->lock);
}

void whorl__core_unlock(whorl__core_t *core)
{
  if (core->resting > 0)
    settle_and_unlock(core);
  else
    whorl__unlock(&core->lock);
}
