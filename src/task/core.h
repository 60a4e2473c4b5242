// The scheduler under every driver: one order, one lock, N slots, each of which is one thread while it runs (a loop has one).
//
// A core holds everything that may run: *runnables* (mailboxes of dispatch/, in a heap by key) and *posts*, which any slot takes, as it does *unhomed* tasks, new ones that may begin anywhere; and the *inbox* of each slot (its tasks that are new or
// resumed: a task that has begun never leaves its slot), and everything that is due later (*deadlines*, which any slot releases). The scope tree and the state of every task of a core are guarded by its lock; who asks "am I cancelled" reads atomics up the chain without it.
//
// One turn (docs/tasks.md R6, docs/dispatch.md 3): read the clock (at most once: with nothing armed only when asked); deadlines (mark all due scopes, commit the waits under them, then sleeps and timers, by deadline and arming order);
// inbox posts; then everything that became ready before this turn's limit ticket, oldest ticket first. What becomes ready meanwhile runs next turn.
//
// Lock order: tree (context, node), middleware, wait sources (future, event), core, ring. Under core and ring: no user code, no transport call, no allocation, no switch, no system call
// (unpark happens after the unlock).
#ifndef WHORL_TASK_CORE_H
#define WHORL_TASK_CORE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/list.h"
#include "task/parker.h"
#include "whorl/dump.h"
#include "whorl/task.h"

typedef struct whorl__core whorl__core_t;
struct whorl__scope;
struct
    whorl__outside; // what a libuv loop offers its tasks beyond time: descriptors, blocking work. loop/ defines it, the core only keeps it

typedef struct whorl__key {
  uint64_t level; // from the top: how far below the highest priority (7 bits), epoch (53), rank (4)
  uint64_t order; // ticket, or registration
} whorl__key_t;
enum { WHORL__MOST_PRIORITY = 127, WHORL__RANK_BITS = 4, WHORL__EPOCH_BITS = 53 };

static inline uint64_t whorl__key_level(unsigned priority, uint64_t epoch, unsigned rank)
{
  return (uint64_t)(WHORL__MOST_PRIORITY - priority) << (WHORL__EPOCH_BITS + WHORL__RANK_BITS) | epoch << WHORL__RANK_BITS | rank;
}
static inline uint64_t whorl__key_epoch(const whorl__key_t *key)
{
  return key->level >> WHORL__RANK_BITS & ((UINT64_C(1) << WHORL__EPOCH_BITS) - 1);
}

static inline bool whorl__key_before(const whorl__key_t *a, const whorl__key_t *b)
{
  return a->level != b->level ? a->level < b->level : a->order < b->order;
}

// Which of what is ready comes first: a core's only rule, fixed at its creation (docs/dispatch.md 3).
typedef enum whorl__order {
  WHORL__ORDER_ARRIVAL, // by ticket: as it became ready
  WHORL__ORDER_ROUNDS,  // what was ready at the start of a turn by kind and registration; what comes meanwhile waits for the next one
  WHORL__ORDER_STATIC,  // the same by the mailbox's position and registration, whatever the kind
} whorl__order_t;

// What a pick yields: one run of a callback, as a task of `scope`.
typedef struct whorl__work {
  int (*run)(void *arg); // on a fiber, no lock held; returns the callback's status
  // This core's lock held: the section after run has returned (docs/dispatch.md 2.4). True: `after` is to be called.
  bool (*finish)(void *arg, whorl__core_t *core, int status);
  void (*after)(void *arg); // no lock held, on the scheduler's stack, after finish
  void *arg;
  struct whorl__scope *scope; // the task's parent scope (the node's); NULL: the core's root
  const char *name;
  int64_t ready_ns; // since when it could have run, while there is a trace; else 0
  uint8_t priority; // with which it goes on after a wait
  // A negative status is the scope's error, as a child's is a group's. When a cancellation is visible in the scope at the pick, `run` is left out and `finish` gets CANCELED (R9).
} whorl__work_t;

// Something in the heap of what may run. `pick` (core lock held, already popped) fills `ret_work`, or returns false when there is nothing to run after all.
typedef struct whorl__runnable {
  whorl__heap_node_t node; // node.queued: is it in?
  whorl__key_t key;
  bool (*pick)(struct whorl__runnable *runnable, whorl__work_t *ret_work);
} whorl__runnable_t;

// Something that is due at a steady time. `expire` runs with the core lock held, already popped.
typedef struct whorl__deadline {
  whorl__heap_node_t node;
  int64_t when_ns;
  uint64_t order; // arming order; given by whorl__core_arm
  bool is_scope;  // due scopes are all marked before anything else of the same instant or earlier is released
  void (*expire)(struct whorl__deadline *deadline, int64_t now_ns);
} whorl__deadline_t;

// A function posted to the core: runs on a thread of it outside any task; may spawn, may not suspend. With several slots two posts may run at a time.
typedef struct whorl__post {
  whorl__link_t link;
  void (*run)(struct whorl__post *post, bool closed); // closed: the core has ended, only release
} whorl__post_t;

// Runs of a task that are longer than this are counted and told (docs/tasks.md R34). Real time, whatever the parker's clock is.
typedef struct whorl__busy_options {
  int64_t limit_ns;          // 0: off, no clock is read
  whorl_busy_hook_t hook;    // no lock held; NULL: they are only counted
  void *arg;                 // the hook's
  int64_t (*clock_ns)(void); // tests: a made-up clock; NULL: the system's
} whorl__busy_options_t;

// From what the public options say: 0 stands for 100 ms, WHORL_FOREVER for off.
static inline whorl__busy_options_t whorl__busy_options(int64_t limit_ns, whorl_busy_hook_t hook, void *arg)
{
  int64_t limit = limit_ns == 0 ? WHORL_MILLISECONDS(100) : limit_ns == WHORL_FOREVER ? 0 : limit_ns;
  return (whorl__busy_options_t){.limit_ns = limit, .hook = hook, .arg = arg};
}

typedef struct whorl__core_options {
  whorl__parker_t *parker; // NULL: a core without workers (limbo): nothing ever runs, only marks are kept
  unsigned workers;        // slots; 0 stands for 1
  whorl__parker_t *const
      *parkers;           // instead of `parker`: so many, slot 0's first, which live as long as the core; needed for more than one slot
  whorl__parker_t *clock; // limbo: whose time whorl__core_now tells; NULL: the system's steady clock
  const char *name;
  size_t stack_size; // 0: 64 KiB (256 KiB under sanitizers)
  bool unguarded_stacks;
  struct whorl__outside *outside; // NULL: nothing
  whorl__busy_options_t busy;
  bool yields;        // its threads let others run before each run of a task
  bool no_head_start; // of its parkers
  whorl__order_t order;
  bool halts_on_error; // an error of the root scope halts the core
  // Not NULL: the core has cycles (one slot only). At the start of a turn with something new to start, or when a cycle is due, it is asked, without a lock, on the scheduler's stack: may what was ready at that
  // moment start? What it refuses stays queued, and it is not asked again before something else has become ready, or a cycle is due.
  bool (*cycle)(void *arg);
  void *cycle_arg;
} whorl__core_options_t;

int whorl__core_create(const whorl__core_options_t *options, whorl__core_t **ret_core);
// No task, runnable or deadline may be left. Posts that are left are released (closed). When it has returned nobody touches the parker any more.
void whorl__core_destroy(whorl__core_t *core);

uint64_t whorl__core_id(const whorl__core_t *core); // two cores are locked smaller id first; used again with the core's memory
void whorl__core_lock(whorl__core_t *core);
void whorl__core_unlock(whorl__core_t *core); // settles, unlocks, then unparks whom settle chose

// --- core lock held
// Unparks every idle slot after the section; each slot asks its `done` once more before it goes idle.
void whorl__core_call_slots(whorl__core_t *core);
uint64_t whorl__core_ticket(whorl__core_t *core);                                     // strictly growing
whorl__key_t whorl__core_key(whorl__core_t *core, unsigned priority, uint64_t order); // with the current epoch and the first rank
// What the place in the core's order follows from, for something that becomes ready now.
typedef struct whorl__place_in_order {
  uint8_t priority;  // of its mailbox
  uint8_t rank;      // of its kind
  uint32_t position; // of its mailbox
  uint64_t registration;
  uint64_t ticket; // its own, or one that it shares
} whorl__place_in_order_t;
whorl__key_t whorl__core_place(whorl__core_t *core, const whorl__place_in_order_t *place);
uint32_t whorl__core_position(whorl__core_t *core); // the next one
// With cycles, from the moment at which `cycle` is asked: does the key belong to this one? The key as if what it belongs to had been ready before.
bool whorl__core_in_cycle(const whorl__core_t *core, const whorl__key_t *key);
whorl__key_t whorl__core_key_in_cycle(const whorl__core_t *core, whorl__key_t key);
bool whorl__core_has_in_cycle(const whorl__core_t *core);                // is anything to start in it?
void whorl__core_ask_again_locked(whorl__core_t *core);                  // lock held: as if something had become ready
void whorl__core_make_cycle_due_locked(whorl__core_t *core);             // asked in the next turn, though nothing may be ready
void whorl__core_count_every_cycle(whorl__core_t *core, int difference); // of its records that run in every cycle
size_t whorl__core_every_cycle(const whorl__core_t *core);
void whorl__core_queue(whorl__core_t *core, whorl__runnable_t *runnable);                // runnable->key is set
void whorl__core_unqueue(whorl__core_t *core, whorl__runnable_t *runnable);              // if queued
void whorl__core_arm(whorl__core_t *core, whorl__deadline_t *deadline, int64_t when_ns); // re-arms when armed
void whorl__core_disarm(whorl__core_t *core, whorl__deadline_t *deadline);               // if armed
struct whorl__scope *whorl__core_root(whorl__core_t *core);
// --- no lock held
void whorl__core_post(whorl__core_t *core, whorl__post_t *post); // any thread
// Any thread: the core's calls function(arg), then release(arg), which may be NULL; a core that is destroyed before only releases. NO_MEMORY: neither.
int whorl__core_call(whorl__core_t *core, void (*function)(void *arg), void *arg, void (*release)(void *arg));
int64_t whorl__core_now(whorl__core_t *core); // the turn's clock on a thread of its own, else slot 0's parker's
// What read(arg) told, moved on inside a turn by its clock, which goes at the same pace: for clocks that are asked for each message. Asked itself again after a millisecond at most, as system time may be set.
int64_t whorl__core_derive_clock(int64_t (*read)(void *arg), void *arg);
bool whorl__core_is_current(whorl__core_t *core); // does the calling thread run this core, or is it a plain one whose own core this is?
const char *whorl__core_name(const whorl__core_t *core); // as the options said, as long as the core lives
bool whorl__core_is_driven_elsewhere(
    whorl__core_t *core);                         // do other threads run it right now, and not this one? Then waiting for it makes sense
bool whorl__core_thread_is_busy(void);            // does the calling thread run a core already?
struct whorl__outside *whorl__core_outside(void); // of the core that the calling thread runs; NULL: it has none, or the thread runs none
whorl__core_t *whorl__core_current(void);         // the core of the task that calls; NULL outside tasks, as in a release function
// What the callback `run` was called with, when the calling task is one: the task itself, none below it. NULL else.
void *whorl__core_current_callback(int (*run)(void *arg));

// --- driving; the calling thread is bound to slot 0 for the duration
// From here to unbind this thread is the core's, also between its turns: nothing that it calls there may wait (R35). BUSY, WRONG_THREAD as whorl__core_run.
int whorl__core_bind(whorl__core_t *core);
void whorl__core_unbind(whorl__core_t *core);
// One turn, bound or not. Returns true when something is ready to run now (the next turn should follow without parking).
bool whorl__core_turn(whorl__core_t *core);
// Between two turns of a bound thread that is about to sleep. False: something is ready. True: nothing is, and from now to its next turn whoever makes something ready, or due earlier, unparks the core's parker.
bool whorl__core_rest(whorl__core_t *core);
int64_t whorl__core_next_deadline(whorl__core_t *core); // WHORL_FOREVER
// Turns and parks until `done(arg)`, asked between turns. BUSY when this thread already runs a core or another thread runs this one (R36); WRONG_THREAD when tasks are suspended whose home is
// another thread (a fiber never changes its thread). Outside sources of a loop are polled at every park and at least every 100 us of busy turns, not at every turn.
int whorl__core_run(whorl__core_t *core, bool (*done)(void *arg), void *arg);
// The same in steps, for a thread on which somebody else's loop turns: begin (statuses as above), steps until one says DONE, end; all on one thread, which counts as running the core all the while.
// A step takes turns for as long as outside sources may go unlooked at (MORE: the next step is due at once), or until nothing is ready (IDLE: due when unparked, or at `ret_until_ns`).
typedef enum whorl__pace { WHORL__PACE_DONE, WHORL__PACE_IDLE, WHORL__PACE_MORE } whorl__pace_t;
int whorl__core_begin(whorl__core_t *core, bool (*done)(void *arg), void *arg);
whorl__pace_t whorl__core_step(whorl__core_t *core, int64_t *ret_until_ns);
void whorl__core_end(whorl__core_t *core);
// False, and it goes on running the core, while somebody waits for the end of tasks in it (whorl__core_await_owned).
bool whorl__core_end_unless_awaited(whorl__core_t *core);
bool whorl__core_is_awaited(whorl__core_t *core); // the same question without ending
// whorl__core_run for any slot. Slots come and go in any order; what a slot's own tasks need (its inbox) waits while no thread runs it.
int whorl__core_run_slot(whorl__core_t *core, unsigned slot, bool (*done)(void *arg), void *arg);
// --- For executors, which run a core piece by piece
// The calling thread's core rests (it is parked) while the thread runs another one: for a parker behind which a simulated world goes on.
struct whorl__worker *whorl__core_set_aside(void);
void whorl__core_take_back(struct whorl__worker *resting);
// Runs of tasks and callbacks that may still be started or resumed, and until when. Between begin and end; begin itself sets no limit.
// On the thread that runs it: so many callbacks can be suspended or run without memory being asked for. NO_MEMORY.
int whorl__core_reserve(whorl__core_t *core, size_t callbacks);
void whorl__core_limit(whorl__core_t *core, uint64_t picks, int64_t until_ns);
uint64_t whorl__core_picks_left(const whorl__core_t *core); // on the core's thread
// A halted core starts no callback any more; tasks that have begun go on. Its driver, if it rests, is woken to see. Any thread.
void whorl__core_halt(whorl__core_t *core);
void whorl__core_halt_locked(whorl__core_t *core); // the same with the core's lock held
void whorl__core_unhalt(whorl__core_t *core);
bool whorl__core_is_halted(const whorl__core_t *core);
bool whorl__core_halts_on_error(const whorl__core_t *core);
size_t whorl__core_live_tasks(whorl__core_t *core);
// Cancels every task below the root and below standing scopes, with what it has opened. The scopes themselves stay as they are: what starts later is not cancelled. Any thread.
void whorl__core_cancel_tasks(whorl__core_t *core, const char *text);
// The first error of the root scope since the last call, with its sentence as the caller's detail; OK: none. The others go to `told`, which may be NULL, with their sentences.
int whorl__core_take_error(whorl__core_t *core, void (*told)(void *arg, int status, const char *sentence), void *arg);

// Calls `visit` for every task that waits for something, outer scopes first, in order of opening. The core's lock is held: `visit` may write it down, no more.
void whorl__core_visit_waiting(whorl__core_t *core, void (*visit)(void *arg, const char *task, const char *what), void *arg);
// All tasks and who waits for whom, in words (whorl/dump.h). Any thread; no lock held. NO_MEMORY, INVALID_ARGUMENT.
int whorl__core_dump(whorl__core_t *core, whorl_dump_sink_t sink, void *arg);
void whorl__core_set_busy(whorl__core_t *core, const whorl__busy_options_t *options); // while nobody runs it; counts from 0 again
// A task's owner: for whom it runs (a callback's: work.arg). Cancels the owner's tasks, wherever they stand. Any thread.
void whorl__core_cancel_owned(whorl__core_t *core, const void *owner, const char *text);
bool whorl__core_has_owned(whorl__core_t *core, const void *owner);
// May the caller, who does not run the core, wait for the end of the owner's tasks? Not when there are some and nobody runs it. Who runs it now does so until they have ended (whorl__core_end_unless_awaited). Any thread.
bool whorl__core_await_owned(whorl__core_t *core, const void *owner);
bool whorl__core_caller_is_owned(const void *owner); // does the calling task, or one above it, belong to that owner?

// Cancels the root scope: shutdown. Any thread.
void whorl__core_cancel(whorl__core_t *core);

typedef struct whorl__core_counts {
  uint64_t turns, switches, parks, starts, live_tasks, late_turns, forced_yields, busy_runs;
} whorl__core_counts_t;
whorl__core_counts_t whorl__core_read_counts(whorl__core_t *core);

#endif
