#include "dispatch/mailbox.h"

#include "dispatch/record.h"
#include "whorl/status.h"

static bool record_before(const whorl__heap_node_t *a, const whorl__heap_node_t *b)
{
  const whorl__record_t *left = WHORL__CONTAINER(a, whorl__record_t, node);
  const whorl__record_t *right = WHORL__CONTAINER(b, whorl__record_t, node);
  if (left->key.level != right->key.level) return left->key.level < right->key.level;
  if (left->key.order != right->key.order) return left->key.order < right->key.order;
  return left->registration < right->registration;
}

static int run_record(void *arg)
{
  whorl__record_t *record = arg;
  return record->ops->run(record);
}

// The common case of the hot path: nothing is queued any more, and the core knows.
static void update(whorl__mailbox_t *mailbox, whorl__core_t *core)
{
  if (whorl__heap_top(&mailbox->queued) != NULL || mailbox->runnable.node.queued) whorl__mailbox_update(mailbox, core);
}

static void queue_again(whorl__record_t *record, whorl__core_t *core)
{
  record->again = record->more = false;
  whorl__mailbox_t *mailbox = whorl__record_mailbox(record);
  record->key = whorl__record_place(record, mailbox, core, whorl__core_ticket(core));
  whorl__record_note_ready(record, core);
  whorl__heap_push(&mailbox->queued, &record->node);
}

// The last section of a callback; the lock of the mailbox's core is held. `park`: what is left is remembered, but not queued before the mailbox moves. True: the record is quiet now.
static bool finish_here(whorl__record_t *record, whorl__core_t *core, bool park)
{
  whorl__mailbox_t *mailbox = whorl__record_mailbox(record);
  record->in_flight--;
  mailbox->busy--;
  if (atomic_load_explicit(&record->unserved, memory_order_relaxed)) {
    atomic_store_explicit(&record->unserved, false, memory_order_relaxed);
    record->again = true;
  }
  if (!whorl__record_closing(record) && !record->node.queued && (record->again || record->more)) {
    if (park)
      record->again = true;
    else
      queue_again(record, core);
  }
  update(mailbox, core);
  return record->closing && record->in_flight == 0;
}

// Only one core's lock is held; a record that is elsewhere may be moving right now. In this core it cannot.
static bool is_here(const whorl__record_t *record, const whorl__core_t *core)
{
  const whorl__mailbox_t *mailbox = atomic_load_explicit(&record->mailbox, memory_order_acquire);
  return atomic_load_explicit(&mailbox->core, memory_order_relaxed) == core && whorl__record_mailbox(record) == mailbox;
}

// The section after the callback (docs/dispatch.md 2.4). A mailbox that has moved meanwhile belongs to another lock: then leave_record does the work.
//
// CANCELED: its scope is cancelled, and as a rule the callback did not run and took nothing. What made the record ready is still there, and nobody will mark it again, as it never became unready; queued
// again at once it would be picked for nothing, over and over. So it waits until another driver gets the mailbox. (The deadline of a timer that repeats has moved on: for it nothing is left.)
static bool finish_record(void *arg, whorl__core_t *core, int status)
{
  whorl__record_t *record = arg;
  bool canceled = status == WHORL_CANCELED;
  if (canceled && (record->deadline == NULL || record->once)) atomic_store(&record->unserved, true);
  if (is_here(record, core)) return finish_here(record, core, canceled);
  atomic_fetch_add(&record->unfinished, 1);
  return true;
}

static bool take_unfinished(whorl__record_t *record)
{
  unsigned count = atomic_load(&record->unfinished);
  while (count > 0)
    if (atomic_compare_exchange_weak(&record->unfinished, &count, count - 1)) return true;
  return false;
}

static void leave_record(void *arg)
{
  whorl__record_t *record = arg;
  bool quiet = true;
  if (take_unfinished(record)) {
    whorl__core_t *core = whorl__record_lock(record);
    quiet = finish_here(record, core, false);
    whorl__core_unlock(core);
  }
  if (quiet && record->ops->quiet != NULL) record->ops->quiet(record);
}

static bool pick_record(whorl__runnable_t *runnable, whorl__work_t *ret_work)
{
  whorl__mailbox_t *mailbox = WHORL__CONTAINER(runnable, whorl__mailbox_t, runnable);
  whorl__core_t *core = atomic_load_explicit(&mailbox->core, memory_order_relaxed);
  whorl__heap_node_t *node = whorl__heap_pop(&mailbox->queued);
  if (node == NULL) return false;
  whorl__record_t *record = WHORL__CONTAINER(node, whorl__record_t, node);
  record->in_flight++;
  record->picks++;
  mailbox->busy++;
  if (record->ops->picked != NULL) record->ops->picked(record, core);
  update(mailbox, core);
  *ret_work = (whorl__work_t){.run = run_record,
                              .finish = finish_record,
                              .after = leave_record,
                              .arg = record,
                              .scope = record->scope,
                              .name = record->name,
                              .priority = mailbox->priority,
                              .ready_ns = record->ready_ns};
  record->ready_ns = 0;
  return true;
}

whorl__record_t *whorl__record_current(void) { return whorl__core_current_callback(run_record); }

void whorl__mailbox_init(whorl__mailbox_t *mailbox, whorl__core_t *core, whorl__mailbox_kind_t kind)
{
  *mailbox = (whorl__mailbox_t){.kind = kind, .runnable.pick = pick_record};
  atomic_init(&mailbox->core, core);
  whorl__heap_init(&mailbox->queued, record_before);
  whorl__list_init(&mailbox->records);
}

whorl__core_t *whorl__mailbox_lock(whorl__mailbox_t *mailbox)
{
  for (;;) {
    whorl__core_t *core = atomic_load_explicit(&mailbox->core, memory_order_acquire);
    whorl__core_lock(core);
    if (atomic_load_explicit(&mailbox->core, memory_order_relaxed) == core) return core;
    whorl__core_unlock(core); // it moved in between; cores outlive their mailboxes' contexts, so the look was safe
  }
}

// Out of line: the saving of registers that it needs is not for every mark.
__attribute__((noinline)) static void queue_at(whorl__mailbox_t *mailbox, whorl__core_t *core, uint64_t level, uint64_t order)
{
  whorl__core_unqueue(core, &mailbox->runnable);
  mailbox->runnable.key.level = level;
  mailbox->runnable.key.order = order;
  whorl__core_queue(core, &mailbox->runnable);
}

void whorl__mailbox_update(whorl__mailbox_t *mailbox, whorl__core_t *core)
{
  whorl__heap_node_t *top = whorl__heap_top(&mailbox->queued);
  const whorl__runnable_t *runnable = &mailbox->runnable;
  if (top == NULL || (mailbox->kind != WHORL__MAILBOX_REENTRANT && mailbox->busy > 0)) {
    whorl__core_unqueue(core, &mailbox->runnable);
    return;
  }
  // By halves: a key that has just been written so is slow to be read as a whole.
  const whorl__record_t *record = WHORL__CONTAINER(top, whorl__record_t, node);
  uint64_t level = record->key.level, order = record->key.order;
  if (!runnable->node.queued || runnable->key.level != level || runnable->key.order != order) queue_at(mailbox, core, level, order);
}

whorl__core_t *whorl__record_lock(whorl__record_t *record)
{
  for (;;) {
    whorl__mailbox_t *mailbox = atomic_load_explicit(&record->mailbox, memory_order_acquire);
    whorl__core_t *core = whorl__mailbox_lock(mailbox);
    if (whorl__record_mailbox(record) == mailbox) return core;
    whorl__core_unlock(core);
  }
}

// --- Moving. Two cores' locks, smaller id first; they may be one and the same.

static void lock_both(whorl__core_t *a, whorl__core_t *b)
{
  whorl__core_lock(whorl__core_id(a) < whorl__core_id(b) ? a : b);
  if (a != b) whorl__core_lock(whorl__core_id(a) < whorl__core_id(b) ? b : a);
}

static void unlock_both(whorl__core_t *a, whorl__core_t *b)
{
  whorl__core_unlock(a);
  if (a != b) whorl__core_unlock(b);
}

typedef struct move {
  whorl__core_t *from, *to;
  uint64_t ticket; // of all that is queued: so ties go by registration
} move_t;

static void move_deadline(const whorl__record_t *record, const move_t *move)
{
  whorl__deadline_t *deadline = record->deadline;
  if (deadline == NULL || !deadline->node.queued || move->from == move->to) return;
  whorl__core_disarm(move->from, deadline);
  whorl__core_arm(move->to, deadline, deadline->when_ns);
}

static void move_count(const whorl__record_t *record, const move_t *move)
{
  if (!record->every_cycle) return;
  whorl__core_count_every_cycle(move->from, -1);
  whorl__core_count_every_cycle(move->to, 1);
}

// Its place in the queue of `from` becomes one in the queue of `to`. What was parked (see finish_record) is queued again.
static void move_place(whorl__record_t *record, const move_t *move, whorl__mailbox_t *from, whorl__mailbox_t *to)
{
  atomic_store_explicit(&record->owed, false, memory_order_relaxed);
  record->inputless = false;
  bool parked = record->live && record->again && record->in_flight < record->max_in_flight;
  if (!record->node.queued && !parked) return;
  record->again = false;
  if (record->node.queued) whorl__heap_remove(&from->queued, &record->node);
  record->key = whorl__record_place(record, to, move->to, move->ticket);
  whorl__heap_push(&to->queued, &record->node);
}

void whorl__mailbox_move(whorl__mailbox_t *mailbox, whorl__core_t *core)
{
  move_t move = {.to = core};
  for (;;) {
    move.from = atomic_load_explicit(&mailbox->core, memory_order_acquire);
    if (move.from == core) return;
    lock_both(move.from, core);
    if (atomic_load_explicit(&mailbox->core, memory_order_relaxed) == move.from) break;
    unlock_both(move.from, core);
  }
  whorl__core_unqueue(move.from, &mailbox->runnable);
  atomic_store_explicit(&mailbox->core, core, memory_order_release);
  move.ticket = whorl__core_ticket(core);
  mailbox->position = whorl__core_position(core);
  for (whorl__link_t *link = whorl__list_first(&mailbox->records); link != NULL; link = whorl__list_next(&mailbox->records, link)) {
    whorl__record_t *record = WHORL__CONTAINER(link, whorl__record_t, link);
    move_deadline(record, &move);
    move_place(record, &move, mailbox, mailbox);
    move_count(record, &move);
  }
  whorl__mailbox_update(mailbox, core);
  unlock_both(move.from, core);
}

void whorl__record_regroup(whorl__record_t *record, whorl__mailbox_t *to)
{
  whorl__mailbox_t *from;
  move_t move;
  for (;;) {
    from = atomic_load_explicit(&record->mailbox, memory_order_acquire);
    if (from == to) return;
    move.from = atomic_load_explicit(&from->core, memory_order_acquire);
    move.to = atomic_load_explicit(&to->core, memory_order_acquire);
    lock_both(move.from, move.to);
    if (whorl__record_mailbox(record) == from && atomic_load_explicit(&from->core, memory_order_relaxed) == move.from &&
        atomic_load_explicit(&to->core, memory_order_relaxed) == move.to)
      break;
    unlock_both(move.from, move.to);
  }
  if (!record->closing) { // else it has left the list already
    whorl__list_remove(&record->link);
    whorl__list_append(&to->records, &record->link);
    move_count(record, &move);
  }
  from->busy -= record->in_flight;
  to->busy += record->in_flight;
  move.ticket = whorl__core_ticket(move.to);
  move_deadline(record, &move);
  move_place(record, &move, from, to);
  atomic_store_explicit(&record->mailbox, to, memory_order_release);
  whorl__mailbox_update(from, move.from);
  whorl__mailbox_update(to, move.to);
  unlock_both(move.from, move.to);
}
