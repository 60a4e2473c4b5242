// The kernel's own structs: core, worker, task, scope. Private to task/; the seams that the other floors see are core.h, scope.h and wait.h.
//
// Everything here is guarded by the core's lock unless a field says otherwise. "Owner" is the task (or its home thread) to which the struct belongs; what only the owner touches needs no lock.
//
//   core ── workers (slots) ── fibers ── seat: the fiber, a task for callbacks, the detail buffer and a few scopes
//    │              └─ inbox: tasks that are ready (new, resumed, yielding), by ticket
//    ├─ mail: posts and cancels asked for by other threads
//    ├─ runnables (dispatch/) by key, heap of due scopes, heap of other deadlines
//    └─ root scope ── scopes of nodes ── scopes of tasks ── groups, timeouts, shields opened by the task ── scopes of its children ...
#ifndef WHORL_TASK_STATE_H
#define WHORL_TASK_STATE_H

#include "base/local.h"
#include "base/lock.h"
#include "task/busy.h"
#include "task/core.h"
#include "task/fiber.h"
#include "task/pool.h"
#include "task/scope.h"

enum { WHORL__ERRORS_KEPT = 8, WHORL__SEAT_SCOPES = 2, WHORL__BUDGET = 64 };
enum { WHORL__LATE_NS = 100000000 }; // a turn that finds something due for so long is late

// --- Scopes

typedef enum whorl__scope_kind {
  WHORL__SCOPE_STANDING, // root, node: opened by no task
  WHORL__SCOPE_TASK,     // a task's own
  WHORL__SCOPE_GROUP,
  WHORL__SCOPE_TIMEOUT,
  WHORL__SCOPE_SHIELD,
  WHORL__SCOPE_BODY, // of an opener that entered a standing scope
} whorl__scope_kind_t;

typedef enum whorl__cause {
  WHORL__CAUSE_NONE, // active
  WHORL__CAUSE_DEADLINE,
  WHORL__CAUSE_CANCEL,    // somebody asked for it; `cause_text` says who
  WHORL__CAUSE_ERROR,     // the first error of `cause_scope`
  WHORL__CAUSE_NO_MEMORY, // born cancelled
} whorl__cause_t;

typedef struct whorl__error {
  whorl__link_t link;
  int status;
  char task[48];
  char detail[240];
} whorl__error_t;

struct whorl__scope {
  whorl__link_t sibling;       // in the parent's children
  whorl__list_t children;      // in order of opening
  struct whorl__scope *parent; // fixed while tasks live in it; read by them without lock
  whorl__core_t *_Atomic core; // changes under both cores' locks (a node's attach)
  struct whorl__task *task;    // whose calls run in it; NULL for a standing one
  _Atomic int cause;           // whorl__cause_t; written once under the lock, read without
  const char *cause_text;
  struct whorl__scope *cause_scope;
  whorl__post_t request; // a foreign thread's cancel in the core's mail: a post without a function
  const char *request_text;
  whorl__link_t marked;       // while its deadline is being dealt with
  whorl__deadline_t deadline; // is_scope
  int64_t limit_ns;           // as it was asked for, for the detail
  int64_t late_ns;            // the turn that found it due
  int64_t shields_until_ns;   // standing: shields below it end then at the latest; WHORL_FOREVER: as they like
  int64_t grace_ns;           // standing: so long they got then; a shield: it was cut to that; 0: no
  uint64_t stall;             // number of the core's stall that kept that turn waiting; 0: none is known
  whorl__scope_kind_t kind;
  const char *name, *place;   // name may be NULL
  _Atomic uint64_t serial;    // of this opening; 0 while unused
  const void *storage;        // the caller's struct
  struct whorl__scope *outer; // the opener's scope before this one
  struct whorl__scope *body;  // standing: of the task that entered it; body: the standing one
  // What groups and standing scopes have besides.
  size_t live; // tasks whose parent this is; a standing one also counts those of standing scopes directly below (a node: its entities')
  bool child_canceled;
  bool keeps_going; // a group's: errors cancel nothing
  int first_status; // of the first real error
  _Atomic size_t error_count;
  bool first_listed;    // was there memory for the first error's place in the list?
  whorl__list_t errors; // the first WHORL__ERRORS_KEPT, less those for which there was no memory
  whorl__list_t drains; // who waits for `live` to sink
  char *own_name;       // standing: its copy
};

static inline whorl__scope_t *whorl__scope_standing_above(const whorl__scope_t *scope)
{
  return scope->kind == WHORL__SCOPE_STANDING && scope->parent != NULL && scope->parent->kind == WHORL__SCOPE_STANDING ? scope->parent
                                                                                                                       : NULL;
}

// --- Tasks

typedef enum whorl__task_state {
  WHORL__TASK_NEW,
  WHORL__TASK_RUNNING,
  WHORL__TASK_ARMED,     // may be committed, still on its fiber
  WHORL__TASK_SUSPENDED, // may be committed
  WHORL__TASK_READY,     // committed: in the inbox with its status
  WHORL__TASK_YIELDING,  // gives the turn to others, still on its fiber
  WHORL__TASK_DONE,
} whorl__task_state_t;

typedef struct whorl__task {
  whorl__link_t link; // in the inbox, or in the home's free list
  whorl__key_t key;   // its place in the order while it is in the inbox
  struct whorl__worker *home;
  struct whorl__seat *seat; // NULL: NEW
  struct whorl__scope scope;
  struct whorl__scope *current; // innermost open scope; owner
  _Atomic int state;            // RUNNING to ARMED or YIELDING by the owner without the lock, everything else under it
  bool drain;                   // the wait cannot be cancelled; owner, before ARMED
  int wait_status;
  int64_t wait_until;                       // owner, before ARMED
  const struct whorl__wait_kind *wait_kind; // for dumps, as the next two; owner, before ARMED
  const char *waits_for;
  const struct whorl__scope *joins; // whose tasks it waits for; NULL: something else, or those of another core
  int64_t since;                    // the turn's clock when its state changed on its home thread
  whorl__deadline_t wait_deadline;
  // Owner's from here on.
  whorl_task_function_t function;
  void *arg;
  void (*release)(void *arg);
  whorl__work_t work; // a callback's; work.run NULL: a spawned task
  const char *name;
  char own_name[48];
  const void *owner; // for whom it runs; NULL: for nobody in particular
  uint64_t id;       // its handle, or 0
  uint64_t number;   // among all of its core, for dumps
  int status;
  bool silent;      // its CANCELED is no error
  bool ending;      // its function has returned: nothing may suspend any more
  bool awaited;     // one of its core's `awaited`; lock held
  uint8_t priority; // with which it begins (not a callback, which has its key) and goes on after a wait; constant while it lives
  int64_t ready_ns; // when it became ready, as the next only while there is a trace; 0: not known
  unsigned runs;
  unsigned at_once; // suspending calls that completed at once in this run
  int saved_errno;
  whorl__error_t *error; // what its end adds to its scope's list
  uint64_t errors_of;    // the owner of the errors below: the last closed group or node (whorl__scope_hand_over_errors)
  size_t error_count;
  whorl__list_t errors;
} whorl__task_t;

// What every run of a function needs: lives at the top of the fiber's stack.
typedef struct whorl__seat {
  whorl__fiber_t fiber;          // first
  whorl__link_t link;            // in the worker's free list; home thread
  whorl__stack_slab_t *own_slab; // a task's own stack of unusual size
  whorl__task_t callback;        // the task of a picked runnable
  whorl__detail_t detail;
  struct whorl__scope scopes[WHORL__SEAT_SCOPES]; // for the scopes that the task opens first
  struct whorl__scope spare;                      // when there is no memory for more
  unsigned spare_depth;
} whorl__seat_t;

// --- Workers and the core

typedef enum whorl__place { WHORL__PLACE_CLOSED, WHORL__PLACE_RUNNING, WHORL__PLACE_IDLE, WHORL__PLACE_WOKEN } whorl__place_t;

typedef struct whorl__worker { // a slot: one thread at a time
  whorl__core_t *core;
  whorl__parker_t *parker;
  whorl__place_t place;
  bool bound;                        // a thread runs it
  bool is_plain_thread;              // its one task has no fiber (lone.c)
  _Atomic bool called;               // somebody will unpark it, after having read `next_called`
  whorl__list_t inbox;               // tasks, by key
  size_t seated;                     // tasks that have a fiber: while there are any, no other thread can be this worker
  uint64_t turns;                    // written with the lock by the home thread, which reads it without
  whorl__link_t idle;                // in the core's idle slots
  int64_t parked_until;              // while idle
  struct whorl__worker *next_called; // of those that are to be unparked after the section
  uint64_t calls_heard;              // the core's `calls` when `done` was last asked, or later
  // Home thread only:
  int64_t now;       // the clock when a turn last needed it
  uint64_t now_turn; // which turn that was
  bool in_turn;
  int64_t read_at; // whorl__core_derive_clock: the turn's clock then, of whom, what it told
  void *read_arg;
  int64_t read_value;
  whorl__local_t *local;
  whorl__exceptions_t *exceptions; // of the thread
  whorl__task_t *running;
  whorl__detail_t *outer_detail; // the scheduler's own, while a task runs
  whorl__task_t *borrower;       // its fiber waits while a function of its runs on this thread's stack; `running` is NULL then
  int (*lent_function)(void *arg);
  void *lent_arg;
  int lent_result;
  whorl__busy_t busy;
  unsigned trace, track; // which trace it has a track in, and which
  int64_t run_began_ns;  // 0: nobody looked
  int64_t run_waited_ns; // negative: not known
  uint64_t limit;        // the last epoch whose tasks and runnables belong to this turn
  uint64_t picks_left;
  int64_t pick_until_ns; // WHORL_FOREVER: for ever
  bool turn_over;
  bool more;               // at its end: was something ready for the next one?
  whorl__task_t *follower; // picked by the fiber that has just given the thread back
  bool (*done)(void *arg); // whorl__core_run's; NULL: a single turn is made
  void *done_arg;
  bool rested;           // since the last step there was nothing to do
  int64_t polled_at;     // outside sources
  unsigned unread_turns; // since the clock was read
  unsigned may_leave_unread;
  pthread_t thread;
  _Atomic int thread_id; // the system's, of who runs it or ran it last; any thread
  whorl__list_t seats;   // idle fibers
  size_t idle_seats;
  whorl__stack_slab_t *slabs;
  whorl__stack_slab_t *signal_stack; // overflow.c's
  bool signal_stack_armed;
  size_t stack_size;
  bool unguarded;
  bool starved;             // no fiber could be made: only tasks that have one are picked
  void (*after)(void *arg); // of the last finished work
  void *after_arg;
  whorl__error_t *trash;    // of the last finished task
  whorl__seat_t *dead_seat; // of the last finished task
  whorl__list_t free_tasks;
  whorl__list_t done_calls; // records of calls that have been made, and how many
  unsigned done_call_count;
  whorl__list_t foreign_drains; // waiters of other cores to be committed without this core's lock
} whorl__worker_t;

// The last busy run that kept a turn from dealing with a deadline in time, for that scope's detail.
struct whorl__stall {
  uint64_t number; // 0: none yet
  const whorl__worker_t *slot;
  uint64_t run; // that slot's number of it
  int64_t length_ns;
  char task[48];
};

struct whorl__core {
  whorl__link_t link; // in the pool of cores
  whorl__lock_t lock;
  unsigned resting;        // slots that are idle, or called and not yet unparked: none, and a section's end has nothing to settle
  whorl__list_t idle;      // slots that found nothing to do: the last one to come is the first to be woken
  whorl__worker_t *called; // who is to be unparked after this section
  whorl__worker_t *waking; // a slot that is on its way to a pick; until it has come nobody is woken for what may run
  whorl__worker_t *keeper; // the idle slot that waits for the earliest deadline; NULL: none does
  uint64_t calls;          // of all slots
  uint64_t id;
  const char *name;
  whorl__parker_t *clock;  // NULL: the system's
  whorl__heap_t runnables; // by key
  whorl__list_t unhomed;   // new tasks that may begin on any slot, by key
  whorl__heap_t scopes_due, others_due;
  whorl__list_t mail;              // posts and foreign cancels
  size_t mail_count, mail_cancels; // all of it; the cancels
  whorl__list_t spare_calls;       // call.c's records, to be used again
  uint64_t last_ticket, last_arming, epoch;
  _Atomic unsigned unparking; // threads that are about to unpark a slot
  _Atomic unsigned drivers;   // slots that a thread runs; written with the lock
  bool closed;
  whorl__order_t order;
  bool yields;
  bool halts_on_error;
  atomic_bool halted; // written with the lock
  // Cycles. `granted`: what belongs to the present one may start (always so without cycles). `held`: the last one was refused, and nothing has become ready since.
  bool (*cycle)(void *arg);
  void *cycle_arg;
  bool granted, held, cycle_due;
  uint64_t cycle_limit; // the last epoch of what belongs to the present one
  size_t every_cycle;   // records that run in each
  uint32_t last_position;
  struct whorl__outside *outside;
  size_t live_tasks;
  size_t awaited;     // tasks for whose end somebody waits who relies on the threads that run the core now
  uint64_t last_task; // number of the youngest
  // Written with the lock: open ones that have a cause themselves. As a rule none, so nothing needs to be looked for above a callback.
  _Atomic size_t canceled_scopes;
  whorl__core_counts_t counts;
  struct whorl__scope root;
  whorl__list_t marked;     // due scopes whose waits are to be committed
  whorl__pool_t scope_pool; // for scopes beyond a seat's: type-stable while the core lives
  struct whorl__stall stall;
  unsigned slots;           // fixed, as the next
  whorl__worker_t *helpers; // slots 1 and up
  whorl__worker_t worker;   // slot 0
};

static inline whorl__runnable_t *whorl__core_first_runnable(const whorl__core_t *core) // lock held
{
  whorl__heap_node_t *top = whorl__heap_top(&core->runnables);
  return top != NULL ? WHORL__CONTAINER(top, whorl__runnable_t, node) : NULL;
}

static inline whorl__worker_t *whorl__core_slot(whorl__core_t *core, unsigned slot)
{
  return slot == 0 ? &core->worker : &core->helpers[slot - 1];
}

// --- worker.c: fibers
int whorl__worker_reserve(whorl__worker_t *worker);              // no lock held: at least one idle seat. NO_MEMORY
whorl__seat_t *whorl__worker_take_seat(whorl__worker_t *worker); // NULL: none idle
void whorl__worker_return_seat(whorl__worker_t *worker, whorl__seat_t *seat);
int whorl__worker_own_seat(whorl__worker_t *worker, size_t stack_size, whorl__seat_t **ret_seat); // for one task; any thread
void whorl__worker_free_own_seat(whorl__seat_t *seat);                                            // no lock held
// Of the whole stack, with what the kernel keeps at the top of it. Async-signal-safe.
size_t whorl__seat_stack_size(const whorl__seat_t *seat);
void whorl__worker_fini(whorl__worker_t *worker);
// No lock held: until a fiber gives the thread back. The task that did (not always the one that was given: a fiber whose task has ended
// goes on with the next one, and tasks that suspend pass the thread on), to be published; NULL: that has been done, and `follower` is what was picked.
whorl__task_t *whorl__worker_run(whorl__worker_t *worker, whorl__task_t *task);
void whorl__worker_begin(whorl__worker_t *worker, whorl__task_t *task); // just before the task runs
void whorl__worker_end(whorl__worker_t *worker, whorl__task_t *task);   // just after; no lock held
whorl__worker_t *whorl__worker_current(void);                           // of this thread; NULL: a plain thread
whorl__task_t *whorl__task_current(void);                               // the running task; NULL outside
whorl__task_t *whorl__task_on_thread(void); // also one whose function runs on the thread's own stack, where nothing may suspend
// overflow.c, the calling thread: an alternate stack for the handler, when that is wanted, and its end.
void whorl__overflow_arm(whorl__worker_t *worker);
void whorl__overflow_disarm(whorl__worker_t *worker);

// --- lone.c: the task that a plain thread is
// The calling thread's, made when it has none, after a turn of its own. `function` needs it. WOULD_DEADLOCK: the thread runs a driver, outside its tasks; NO_MEMORY; CANCELED: in a limit that there was no memory for.
int whorl__lone_enter(const char *function, whorl__task_t **ret_task);
whorl__task_t *whorl__lone_task(void); // NULL: none yet, or the thread runs a driver
bool whorl__lone_canceled(void);       // is a cancellation visible to it?

// --- task.c: the life of a task
void whorl__task_init(whorl__task_t *task, whorl__worker_t *home, struct whorl__scope *parent,
                      const char *name);                     // lock held: joins the parent
void whorl__task_push(whorl__task_t *task);                  // lock held: into the inbox
void whorl__task_push_unhomed(whorl__task_t *task);          // lock held: a new one, for the slot that comes first
bool whorl__task_commit(whorl__task_t *task, int status);    // lock held
void whorl__task_main(void *task);                           // a fiber's function
void whorl__task_never_ran(whorl__task_t *task, int status); // no lock held: what whorl__task_main does for one that ran
void whorl__task_finish(whorl__task_t *task);                // lock held: the last section
void whorl__task_forget_errors(whorl__task_t *task);

// --- scope.c: the tree and its levels
bool whorl__scope_is_below(const struct whorl__scope *scope, const struct whorl__scope *top); // or is it `top` itself?
bool whorl__scope_counts(const struct whorl__scope *scope, const whorl__task_t *task);        // lock held: is the task one of its `live`?
void whorl__scope_init(struct whorl__scope *scope, whorl__core_t *core, struct whorl__scope *parent, whorl__scope_kind_t kind,
                       const char *name, const char *place); // lock held
// The same for a scope that was one of the same kind, core and task before: what its last opening cannot have changed stays.
void whorl__scope_renew(struct whorl__scope *scope, struct whorl__scope *parent, const char *name); // lock held
void whorl__scope_unlink(struct whorl__scope *scope);                                               // lock held
bool whorl__scope_visible(const struct whorl__scope *scope); // is a cancellation visible in it? By a task of it, or with the lock
// Is a cancellation visible in the task's innermost scope? The same, cheaper: as a rule nothing is cancelled anywhere in its core.
static inline bool whorl__task_canceled(const whorl__task_t *task)
{
  return atomic_load_explicit(&task->home->core->canceled_scopes, memory_order_relaxed) > 0 && whorl__scope_visible(task->current);
}
bool whorl__scope_visible_outside(const struct whorl__scope *scope);
void whorl__scope_mark(struct whorl__scope *scope, whorl__cause_t cause, const char *text, struct whorl__scope *from); // lock held
void whorl__scope_commit_waits(struct whorl__scope *scope); // lock held: the second half of a cancel
void whorl__scope_cancel_for(struct whorl__scope *scope, whorl__cause_t cause, const char *text,
                             struct whorl__scope *from);                              // lock held: both halves
bool whorl__scope_take_back_request(struct whorl__scope *scope, whorl__core_t *core); // lock held: was there one in its mail?
void whorl__scope_cancel_or_request(struct whorl__scope *scope, whorl__core_t *core, const char *text); // lock held: R12
whorl__core_t *whorl__scope_lock(struct whorl__scope *scope); // takes the lock of the core that it belongs to

// --- reason.c: sentences
void whorl__scope_describe(const struct whorl__scope *scope, char *text, size_t size);   // "group 'arms'"
void whorl__scope_cause_text(const struct whorl__scope *scope, char *text, size_t size); // lock held: of its own cancellation
void whorl__wait_describe(const whorl__task_t *task, char *text, size_t size);           // lock held, SUSPENDED: "event 'start'" (wait.c)
void whorl__scope_reason(struct whorl__scope *scope, char *text, size_t size); // no lock held: of the cancellation that is visible in it
int whorl__scope_fail_canceled(struct whorl__scope *scope);                    // CANCELED with that sentence
void whorl__scope_limit_text(const struct whorl__scope *scope, char *text,
                             size_t size); // lock held: "timeout of 3 s opened at a.c:12 passed"

void whorl__scope_error_text(const struct whorl__scope *scope, char *text,
                             size_t size); // lock held: "group 'arms': task 'home 2' failed: IO_ERROR"
const whorl__error_t *whorl__scope_listed_first(
    const whorl__scope_t *scope); // lock held: the first error's; NULL: none, or there was no memory for it

// --- error.c: errors of groups and standing scopes
whorl__error_t *whorl__error_create(int status, const char *task, const char *detail); // no lock held; NULL: no memory
void whorl__errors_free(whorl__list_t *errors);
bool whorl__scope_add_error(struct whorl__scope *scope, int status,
                            whorl__error_t *error);      // lock held. Cancels the rest; `error` (NULL: no memory): was it taken?
int whorl__scope_fail_first(struct whorl__scope *scope); // no lock held: the first error with its sentence
void whorl__scope_task_gone(struct whorl__scope *scope, whorl__worker_t *worker); // lock held: one task less
int whorl__scope_wait_drained(struct whorl__scope *scope,
                              size_t allowance); // no lock held, in a task: until no more than that many tasks are left; WOULD_DEADLOCK

// --- open.c: scopes opened by a task in the caller's storage. `handle` is the struct's private_.
struct whorl__scope *whorl__scope_open(uint64_t handle[3], whorl__scope_kind_t kind, const char *name, const char *place);
// The scope to be closed, checked (R17). NULL: `*status` is the answer already (closed before, opened outside tasks, or no memory).
struct whorl__scope *whorl__scope_closing(uint64_t handle[3], whorl__scope_kind_t kind, int *status);
void whorl__scope_closed(uint64_t handle[3], struct whorl__scope *scope); // unlinks it and gives its memory back
int whorl__scope_close_limit(uint64_t handle[3], whorl__scope_kind_t kind, int status,
                             int *kept_status); // timeouts and shields: the table of docs/tasks.md
void whorl__scope_set_limit(struct whorl__scope *scope, int64_t limit_ns);
whorl__core_t *whorl__scope_lock_open(const uint64_t handle[3], struct whorl__scope **ret_scope); // any thread; NULL: it is not open
bool whorl__scope_handle_outside(const uint64_t handle[3]);                                       // was it opened outside tasks?
bool whorl__scope_handle_closed(const uint64_t handle[3]);                                        // closed before?
bool whorl__scope_handle_spare(const uint64_t handle[3]);                                         // was there no memory for it?
bool whorl__scope_handle_expired(const uint64_t handle[3]);                                       // open or closed: did its deadline pass?
void whorl__scope_check_frame(const whorl__task_t *task, const void *frame);                      // R17

#endif
