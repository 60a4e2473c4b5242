// A record: what the dispatcher knows of one entity that has callbacks. One per entity, never one per message.
//
// Life: init (not live) -> go_live (the entity exists for good) -> close. Marks that come before it is live are remembered. `mark` may come from any thread, under any middleware
// lock; it allocates nothing and cannot fail; marking twice or too late is harmless, because the take decides.
//
// Quiet: a closing record is quiet when no callback of it is in flight any more, the last one having returned. Both are known under the lock of the mailbox's core, so exactly one side sees the end:
// close itself when nothing was in flight, else the last one's finishing section, after which `quiet` is called. After that nobody touches the record.
#ifndef WHORL_DISPATCH_RECORD_H
#define WHORL_DISPATCH_RECORD_H

#include "dispatch/mailbox.h"
#include "task/changes.h"
#include "task/trace.h"

typedef struct whorl__record whorl__record_t;

// The order of kinds within a round (docs/dispatch.md 3).
typedef enum whorl__rank {
  WHORL__RANK_RESUMED, // tasks
  WHORL__RANK_TIMER,
  WHORL__RANK_SUBSCRIPTION,
  WHORL__RANK_SERVICE,
  WHORL__RANK_CLIENT,
  WHORL__RANK_OTHER,
} whorl__rank_t;

typedef struct whorl__record_ops {
  whorl__rank_t rank;
  // On a fiber, no lock held: takes one message (or whatever makes it ready) and calls the user. Nothing there: OK.
  int (*run)(whorl__record_t *record);
  // Core lock held, at the pick: a timer moves its deadline here. May be NULL.
  void (*picked)(whorl__record_t *record, whorl__core_t *core);
  // Core lock held, queued: is there more than events of QoS to tell of? NULL: there is.
  bool (*has_input)(whorl__record_t *record);
  bool only_tells; // of events: no cycle is waited for or begun for its sake
  // No core's lock held: what the next run would take is taken now, for it. May be NULL.
  void (*keep)(whorl__record_t *record);
  // The last callback of a closing record has ended and left its stack; no lock held, on the stack of the worker or of the closer. May be NULL.
  void (*quiet)(whorl__record_t *record);
} whorl__record_ops_t;

struct whorl__record {
  const whorl__record_ops_t *ops;
  _Atomic(whorl__mailbox_t *) mailbox; // changes only with the locks of both mailboxes' cores held
  whorl__link_t link;                  // in mailbox->records
  whorl__heap_node_t node;             // in mailbox->queued
  whorl__key_t key;
  uint64_t registration;      // breaks ties
  struct whorl__scope *scope; // its callbacks' scope; NULL while nobody drives it
  const char *name;
  whorl__deadline_t *deadline; // a timer's; NULL otherwise. Moves with the mailbox
  bool live, closing, again;   // again: marked while it could not be queued, or picked in vain in a cancelled scope
  bool more;                   // its single callback in flight left something in the ring; written by that callback only
  bool once;                   // a timer's that calls once: no later deadline makes up for a call that was cancelled before it began
  bool standard;               // of what a node brings along, not of its user's: written before an executor has it
  bool every_cycle;            // runs in each cycle of an executor that has cycles, with or without anything to take
  atomic_bool owed;            // it has joined such a cycle and not run since: its user is called even when nothing is to be taken
  bool inputless;              // as a trigger saw it: queued, and without an input
  uint32_t in_flight, max_in_flight;
  uint64_t picks;
  int64_t ready_ns;                  // when it was queued, while there is a trace
  atomic_uint unfinished;            // callbacks that ended on their old core after the mailbox had moved
  atomic_bool unserved;              // picked, but the callback did not run: to be remembered in the finishing section
  _Atomic(whorl__changes_t *) watch; // who else wants to know when it may have become ready: a wait set. NULL: nobody
};

// max_in_flight 0 means 1. The mailbox must be initialised; the record joins it.
void whorl__record_init(whorl__record_t *record, const whorl__record_ops_t *ops, whorl__mailbox_t *mailbox, uint32_t max_in_flight,
                        uint64_t registration, const char *name);
// Locks and returns the core of the mailbox that the record is in at that moment. Any thread.
whorl__core_t *whorl__record_lock(whorl__record_t *record);
// Moves it into another mailbox, with its deadline, its place in the queue and the count of its callbacks in flight. Both mailboxes outlive it. No lock held.
void whorl__record_regroup(whorl__record_t *record, whorl__mailbox_t *mailbox);
// Being watched: one watcher at a time. The watch is told of every mark, and once when the record closes, which ends it; perhaps once more after its own end. False: somebody watches it already.
bool whorl__record_watch(whorl__record_t *record, whorl__changes_t *watch);
void whorl__record_unwatch(whorl__record_t *record);
static inline bool whorl__record_is_watched(const whorl__record_t *record) { return atomic_load(&record->watch) != NULL; }
void whorl__record_tell(whorl__record_t *record); // the watcher, of something else than a mark. No core's lock held
void whorl__record_go_live(whorl__record_t *record);
void whorl__record_mark(whorl__record_t *record);
void whorl__record_mark_locked(whorl__record_t *record, whorl__core_t *core);   // the lock of the mailbox's core held
void whorl__record_unmark_locked(whorl__record_t *record, whorl__core_t *core); // takes it out of the queue; a callback in flight goes on
void whorl__record_set_every_cycle(whorl__record_t *record);                    // before it is live; no lock held
// Lock held, at the beginning of a cycle (core.h): is it to run in it? Is it ready for that, as triggers mean it, with an input? When only that is lacking, its next mark has the trigger asked anew. Join: it is to run,
// unless it runs already, in its place whenever it became ready.
bool whorl__record_in_cycle(const whorl__record_t *record, const whorl__core_t *core);
bool whorl__record_ready_in_cycle(whorl__record_t *record, const whorl__core_t *core);
void whorl__record_join_cycle(whorl__record_t *record, whorl__core_t *core);
// From inside run: something is left, queue it again: at once when more callbacks are allowed, else when this one has ended.
void whorl__record_more(whorl__record_t *record);
// Whose callback the calling task is; NULL: none, or a task below one.
whorl__record_t *whorl__record_current(void);
// Takes it out of every heap; no callback starts any more. True: it is quiet already (and `quiet` was not called: the caller goes on itself). False: `quiet` will be called. Only once.
bool whorl__record_close(whorl__record_t *record);
// Lock held: where in the core's order it stands when it becomes ready now.
static inline whorl__key_t whorl__record_place(const whorl__record_t *record, const whorl__mailbox_t *mailbox, whorl__core_t *core,
                                               uint64_t ticket)
{
  return whorl__core_place(
      core, &(whorl__place_in_order_t){mailbox->priority, (uint8_t)record->ops->rank, mailbox->position, record->registration, ticket});
}
static inline void whorl__record_note_ready(whorl__record_t *record, const whorl__core_t *core) // lock held
{
  if (whorl__tracing()) record->ready_ns = whorl__trace_now(core);
}
static inline whorl__mailbox_t *whorl__record_mailbox(const whorl__record_t *record) // lock held
{
  return atomic_load_explicit(&record->mailbox, memory_order_relaxed);
}
static inline bool whorl__record_closing(const whorl__record_t *record) { return record->closing; } // lock held

#endif
