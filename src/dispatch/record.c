#include "dispatch/record.h"

#include <assert.h>

void whorl__record_init(whorl__record_t *record, const whorl__record_ops_t *ops, whorl__mailbox_t *mailbox, uint32_t max_in_flight,
                        uint64_t registration, const char *name)
{
  *record = (whorl__record_t){
      .ops = ops, .registration = registration, .name = name, .max_in_flight = max_in_flight == 0 ? 1 : max_in_flight};
  atomic_init(&record->mailbox, mailbox);
  whorl__core_t *core = whorl__mailbox_lock(mailbox);
  whorl__list_append(&mailbox->records, &record->link);
  whorl__core_unlock(core);
}

void whorl__record_mark_locked(whorl__record_t *record, whorl__core_t *core)
{
  if (whorl__record_closing(record)) return;
  if (record->node.queued) {
    if (record->inputless) whorl__core_ask_again_locked(core);
    return;
  }
  if (!record->live || record->in_flight >= record->max_in_flight) {
    record->again = true;
    return;
  }
  record->again = false;
  whorl__mailbox_t *mailbox = whorl__record_mailbox(record);
  record->key = whorl__record_place(record, mailbox, core, whorl__core_ticket(core));
  whorl__record_note_ready(record, core);
  whorl__heap_push(&mailbox->queued, &record->node);
  whorl__mailbox_update(mailbox, core);
}

void whorl__record_unmark_locked(whorl__record_t *record, whorl__core_t *core)
{
  record->again = false;
  if (!record->node.queued) return;
  whorl__mailbox_t *mailbox = whorl__record_mailbox(record);
  whorl__heap_remove(&mailbox->queued, &record->node);
  whorl__mailbox_update(mailbox, core);
}

void whorl__record_set_every_cycle(whorl__record_t *record)
{
  whorl__core_t *core = whorl__record_lock(record);
  record->every_cycle = true;
  whorl__core_count_every_cycle(core, 1);
  whorl__core_unlock(core);
}

bool whorl__record_in_cycle(const whorl__record_t *record, const whorl__core_t *core)
{
  return record->node.queued && whorl__core_in_cycle(core, &record->key);
}

bool whorl__record_ready_in_cycle(whorl__record_t *record, const whorl__core_t *core)
{
  if (!whorl__record_in_cycle(record, core)) return false;
  record->inputless = record->ops->has_input != NULL && !record->ops->has_input(record);
  return !record->inputless;
}

void whorl__record_join_cycle(whorl__record_t *record, whorl__core_t *core)
{
  if (!record->live || record->closing || record->in_flight > 0) return;
  whorl__mailbox_t *mailbox = whorl__record_mailbox(record);
  atomic_store_explicit(&record->owed, record->every_cycle, memory_order_relaxed); // a message that comes before is taken all the same
  if (record->node.queued) whorl__heap_remove(&mailbox->queued, &record->node);
  record->key = whorl__core_key_in_cycle(core, whorl__record_place(record, mailbox, core, whorl__core_ticket(core)));
  whorl__heap_push(&mailbox->queued, &record->node);
  whorl__mailbox_update(mailbox, core);
}

void whorl__record_mark(whorl__record_t *record)
{
  whorl__core_t *core = whorl__record_lock(record);
  whorl__record_mark_locked(record, core);
  whorl__core_unlock(core);
  whorl__record_tell(record);
}

// Whoever marks has made it ready before he looks for a watcher; whoever watches looks whether it is ready after he has come. So one of both sees the other.
void whorl__record_tell(whorl__record_t *record)
{
  whorl__changes_t *watch = atomic_load(&record->watch);
  if (watch != NULL) whorl__changes_tell(watch); // whose memory is there for good
}

bool whorl__record_watch(whorl__record_t *record, whorl__changes_t *watch)
{
  whorl__changes_t *nobody = NULL;
  return atomic_compare_exchange_strong(&record->watch, &nobody, watch);
}

void whorl__record_unwatch(whorl__record_t *record) { atomic_store(&record->watch, NULL); }

void whorl__record_go_live(whorl__record_t *record)
{
  whorl__core_t *core = whorl__record_lock(record);
  assert(!record->live);
  record->live = true;
  if (record->again) whorl__record_mark_locked(record, core);
  whorl__core_unlock(core);
}

void whorl__record_more(whorl__record_t *record)
{
  if (record->max_in_flight == 1)
    record->more = true;
  else
    whorl__record_mark(record);
}

bool whorl__record_close(whorl__record_t *record)
{
  whorl__record_tell(record);
  whorl__record_unwatch(record);
  whorl__core_t *core = whorl__record_lock(record);
  whorl__record_unmark_locked(record, core);
  if (record->deadline != NULL) whorl__core_disarm(core, record->deadline);
  whorl__list_remove(&record->link);
  if (record->every_cycle) whorl__core_count_every_cycle(core, -1);
  assert(!record->closing);
  record->closing = true;
  bool quiet = record->in_flight == 0;
  whorl__core_unlock(core); // the last look at it: from here on whoever leaves last may free it
  return quiet;
}
