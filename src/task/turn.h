// Between core.c, turn.c, settle.c and drive.c.
#ifndef WHORL_TASK_TURN_H
#define WHORL_TASK_TURN_H

#include "task/state.h"

bool whorl__slot_is_ready(const whorl__worker_t *worker); // lock held: is anything there that it could run now?
int64_t whorl__core_next_deadline_locked(const whorl__core_t *core);
bool whorl__core_deliver_locked(whorl__core_t *core, whorl__post_t *post); // false: it is closed
// call.c: lock held, home thread: records of calls that have been made may be used again.
void whorl__calls_give_back(whorl__worker_t *worker);
void whorl__calls_free(whorl__core_t *core);
// One turn of a slot, outside the core's lock. True: something is ready for the next one.
bool whorl__turn(whorl__worker_t *worker);
// Has something been ready for so long that outside sources must be looked at?
bool whorl__turn_poll_is_due(const whorl__worker_t *worker);
enum { WHORL__MOST_UNREAD = 7 }; // turns that may go by without a look at the clock
// Inside a turn: its clock, read once.
int64_t whorl__turn_now(whorl__worker_t *worker);
// Turns of a plain thread, made by itself. One of them; and as many as it takes until `task`, its own, which is ARMED, has been committed and runs again.
void whorl__turn_of_thread(whorl__worker_t *worker);
void whorl__turn_thread_until_picked(whorl__task_t *task);
void whorl__drive_rest(whorl__worker_t *worker); // drive.c: parks while nothing is ready
// On the fiber of a task that has ended, no lock held: publishes that and picks the next. A task that can begin on this very fiber, which it then has; NULL: the fiber gives the thread back.
whorl__task_t *whorl__turn_follow(whorl__task_t *ended);
// On the fiber of a task that suspends or yields, no lock held: returns when it runs again.
void whorl__turn_leave(whorl__task_t *task);

// --- cycle.c. Core lock held
bool whorl__cycle_is_later(const whorl__core_t *core, const whorl__key_t *key); // does the key belong to a cycle after the present one?
void whorl__cycle_begin(whorl__worker_t *worker); // a turn's, perhaps a cycle's too; the lock is given up meanwhile

// --- settle.c: idle slots, and who of them is woken. Core lock held
void whorl__slot_rest(whorl__worker_t *worker);       // it found nothing: idle from now on
void whorl__slot_call(whorl__worker_t *worker);       // idle: is unparked after the section
void whorl__slot_leave_idle(whorl__worker_t *worker); // idle: no longer
// Nobody need be woken for what this slot is about to look at: its next section picks, rests or leaves, and no user code comes before.
static inline void whorl__slot_promise(whorl__worker_t *worker)
{
  if (worker->core->waking == NULL) worker->core->waking = worker;
}
static inline void whorl__slot_arrive(whorl__worker_t *worker) // to pick
{
  if (worker->core->waking == worker) worker->core->waking = NULL;
}

#endif
