// Inside an executor: a core of its own, and who spins it.
//
// Of a multi-threaded one the other slots are run by helpers, from the beginning of a spin (not of the short forms) until it has drained (crew.h). What is said here of the spinning thread holds for slot 0.
//
// One thread at a time spins (`spinning`), bound to the core's slot for that time. Whatever is to end a spin early writes down why (cancel, shutdown, a time limit, a future) and halts the core: then no callback
// starts any more and the spinning thread looks at the reasons. Callbacks are tasks below the core's root, owned by their records (task/owner.c); their errors are the root's, and halt it too.
#ifndef WHORL_EXECUTOR_EXECUTOR_H
#define WHORL_EXECUTOR_EXECUTOR_H

#include "base/handle.h"
#include "executor/crew.h"
#include "node/group.h"
#include "whorl/executor.h"

typedef struct whorl__cycles whorl__cycles_t;

typedef struct whorl__executor {
  whorl__executor_seat_t seat; // core and handle
  whorl__context_t *context;
  whorl__crew_t *crew; // NULL: one thread
  whorl__futex_parker_t own_parker;
  whorl__parker_t *parker;
  char name[48];
  whorl_executor_options_t options;
  whorl__shutdown_hook_t hook;
  pthread_mutex_t lock; // spinning
  pthread_cond_t rested;
  atomic_bool spinning, canceled, shut_down, destroying;
  // The spinning thread's, but for what is written with the core's lock.
  bool draining, awaited;  // what the spin goes on for when it leaves: all tasks, or those that a destroy elsewhere waits for
  bool one_turn;           // nothing that becomes ready during it
  whorl__cycles_t *cycles; // the static kind's; NULL: another
  whorl__deadline_t limit;
  atomic_bool timed_out, completed; // written before the core is halted
} whorl__executor_t;

int whorl__executor_pin(whorl_executor_t handle, whorl__executor_t **ret_executor);
void whorl__executor_unpin(whorl__executor_t *executor);

// spin.c
void whorl__executor_cancel(whorl__executor_t *executor);
// The calling thread spins from here on; `function` names the caller in sentences. BUSY, WRONG_THREAD.
int whorl__executor_enter(whorl__executor_t *executor, const char *function);
void whorl__executor_leave(whorl__executor_t *executor);
// Between them: cancels what is suspended and runs until it has ended.
void whorl__executor_drain(whorl__executor_t *executor);

// members.c. Tree lock held.
void whorl__executor_visit_groups(const whorl__executor_t *executor, void (*visit)(whorl__group_t *group, void *arg), void *arg);

// cycle.c: the static kind
int whorl__cycles_create(struct whorl__executor *executor, whorl__cycles_t **ret_cycles);
void whorl__cycles_destroy(whorl__cycles_t *cycles);
bool whorl__cycles_ask(void *cycles); // the core's: may one begin?
void whorl__cycles_make_due(whorl__cycles_t *cycles);
// Between these, cycles come by time: each period (0: none), or for the trigger ALWAYS when there was none for so long.
void whorl__cycles_begin(whorl__cycles_t *cycles, int64_t period_ns);
void whorl__cycles_end(whorl__cycles_t *cycles);

#endif
