// Turns: what runs, and in which order (docs/tasks.md R6, R32).
//
// A turn is: the clock, read at most once; due scopes, all marked and then their waits committed; other due deadlines; posts and foreign cancels; then every task and runnable that became ready in the
// epochs before this one, by key. What becomes ready meanwhile gets the next epoch and so the next turn. One section (hold of the core's lock) publishes or finishes what has just run and picks the next.
//
// That section runs where it comes cheapest. A task that has ended leaves a free stack, which most times the next task would get: then the section, and what begins the next turn, run on that stack, and
// nothing is switched. A task that suspends passes its thread to the next one that was suspended before, in one switch instead of two. Tasks that begin (they may end unrun, which calls their
// `release`), other user code (posts, `after`) and the world outside are left to the scheduler's stack: a suspending task's own may be nearly used up.
#include "task/turn.h"

#include <errno.h>

#include "base/detail.h"
#include "base/memory.h"
#include "base/rare.h"
#include "task/bug.h"
#include "task/wait.h"
#include "whorl/status.h"

// Of outside sources, while there is always something to run. A poll takes 1.5 us.
static const int64_t poll_interval_ns = WHORL_MICROSECONDS(100);

// --- The clock. A reading costs as much as a third of a callback. A turn reads it at its start when a deadline is armed, else when
// somebody asks, and every few turns to see whether it is time to look at outside sources: how few follows from how long turns were.

static void read_clock(whorl__worker_t *worker)
{
  int64_t before = worker->now;
  worker->now = whorl__parker_now(worker->parker);
  worker->now_turn = worker->turns;
  worker->unread_turns = 0;
  if (worker->now - before > poll_interval_ns / 4)
    worker->may_leave_unread = 0;
  else if (worker->may_leave_unread < WHORL__MOST_UNREAD)
    worker->may_leave_unread++;
}

int64_t whorl__turn_now(whorl__worker_t *worker)
{
  if (worker->now_turn != worker->turns) read_clock(worker);
  return worker->now;
}

// --- Deadlines and mail

static void expire_until(whorl__heap_t *heap, int64_t now)
{
  whorl__heap_node_t *top;
  while ((top = whorl__heap_top(heap)) != NULL) {
    whorl__deadline_t *deadline = WHORL__CONTAINER(top, whorl__deadline_t, node);
    if (deadline->when_ns > now) return;
    whorl__heap_pop(heap);
    deadline->expire(deadline, now);
  }
}

static void release_due(whorl__core_t *core, int64_t now)
{
  int64_t first = whorl__core_next_deadline_locked(core);
  if (first > now) return;
  if (now - first > WHORL__LATE_NS) core->counts.late_turns++;
  expire_until(&core->scopes_due, now);
  for (whorl__link_t *link; (link = whorl__list_pop(&core->marked)) != NULL;)
    whorl__scope_commit_waits(WHORL__CONTAINER(link, struct whorl__scope, marked));
  expire_until(&core->others_due, now);
}

// All of it leaves the mail in one piece: who posts meanwhile finds the lock free, and his post is the next turn's. Nobody takes a post back.
static void run_posts(whorl__core_t *core)
{
  whorl__list_t posts;
  whorl__list_move(&core->mail, &posts);
  core->mail_count = 0;
  whorl__core_unlock(core);
  for (whorl__link_t *link; (link = whorl__list_pop(&posts)) != NULL;) {
    whorl__post_t *post = WHORL__CONTAINER(link, whorl__post_t, link);
    post->run(post, false);
  }
  whorl__core_lock(core);
}

// With cancels among it, which are taken back when their scopes close: one by one, in their order.
static void read_one_by_one(whorl__core_t *core)
{
  for (size_t count = core->mail_count; count > 0 && core->mail_count > 0; count--) { // what is posted meanwhile is the next turn's
    whorl__post_t *post = WHORL__CONTAINER(whorl__list_first(&core->mail), whorl__post_t, link);
    if (post->run == NULL) {
      struct whorl__scope *scope = WHORL__CONTAINER(post, struct whorl__scope, request);
      whorl__scope_take_back_request(scope, core);
      whorl__scope_cancel_for(scope, WHORL__CAUSE_CANCEL, scope->request_text, NULL);
      continue;
    }
    whorl__list_remove(&post->link);
    core->mail_count--;
    whorl__core_unlock(core);
    post->run(post, false);
    whorl__core_lock(core);
  }
}

static void read_mail(whorl__worker_t *worker)
{
  whorl__core_t *core = worker->core;
  if (core->mail_cancels > 0)
    read_one_by_one(core);
  else if (core->mail_count > 0)
    run_posts(core);
  whorl__calls_give_back(worker);
}

// --- What the last finished task left to be done without the lock

static bool has_leftovers(const whorl__worker_t *worker)
{
  return worker->after != NULL || worker->trash != NULL || worker->dead_seat != NULL || worker->busy.untold ||
         !whorl__list_empty(&worker->foreign_drains);
}

WHORL__RARE static void clear_leftovers(whorl__worker_t *worker) // no lock held
{
  void (*after)(void *arg) = worker->after;
  whorl__seat_t *dead = worker->dead_seat;
  whorl__free(worker->trash);
  worker->after = NULL;
  worker->trash = NULL;
  worker->dead_seat = NULL;
  if (dead != NULL) whorl__worker_free_own_seat(dead);
  whorl__busy_tell(&worker->busy);
  if (after != NULL) after(worker->after_arg);
  for (whorl__link_t *link; (link = whorl__list_pop(&worker->foreign_drains)) != NULL;)
    whorl__wait_commit(WHORL__CONTAINER(link, whorl__waiter_t, link), WHORL_OK);
  whorl__busy_pause(&worker->busy);
}

WHORL__RARE static void flush_leftovers(whorl__worker_t *worker)
{
  while (has_leftovers(worker)) {
    whorl__core_unlock(worker->core);
    clear_leftovers(worker);
    whorl__core_lock(worker->core);
  }
}

// --- Picking

// A new task that will not run: R9, or no stack for it.
WHORL__RARE static void end_unrun(whorl__worker_t *worker, whorl__task_t *task, int status)
{
  flush_leftovers(worker);
  whorl__core_unlock(worker->core);
  if (status == WHORL_NO_MEMORY) whorl__fail(status, "no stack for task '%s'", task->name);
  whorl__task_never_ran(task, status);
  whorl__core_lock(worker->core);
  whorl__task_finish(task);
}

static void sit_down(whorl__worker_t *worker, whorl__task_t *task)
{
  worker->seated++;
  task->seat->detail.text[0] = '\0';
  whorl__fiber_set(&task->seat->fiber, worker->exceptions, whorl__task_main, task);
}

static bool start_task(whorl__worker_t *worker, whorl__task_t *task)
{
  int status = whorl__scope_visible(&task->scope) ? WHORL_CANCELED : WHORL_OK;
  if (status == WHORL_OK && task->seat == NULL && (task->seat = whorl__worker_take_seat(worker)) == NULL) status = WHORL_NO_MEMORY;
  if (status < 0) {
    if (task->seat != NULL) worker->seated++; // its own stack, given back at the end
    end_unrun(worker, task, status);
    return false;
  }
  sit_down(worker, task);
  return true;
}

static whorl__task_t *start_runnable(whorl__worker_t *worker, whorl__runnable_t *runnable)
{
  whorl__core_t *core = worker->core;
  whorl__seat_t *seat = whorl__worker_take_seat(worker);
  whorl__task_t *task = &seat->callback;
  const whorl__work_t *work = &task->work; // filled in its place
  whorl__heap_remove(&core->runnables, &runnable->node);
  if (!runnable->pick(runnable, &task->work)) {
    whorl__worker_return_seat(worker, seat);
    return NULL;
  }
  struct whorl__scope *scope = work->scope != NULL ? work->scope : &core->root;
  if (atomic_load_explicit(&core->canceled_scopes, memory_order_relaxed) > 0 &&
      whorl__scope_visible(scope)) { // R9: it never runs, and takes no message
    flush_leftovers(worker);
    bool after = work->finish(work->arg, core, WHORL_CANCELED);
    if (after) {
      worker->after = work->after;
      worker->after_arg = work->arg;
    }
    whorl__worker_return_seat(worker, seat);
    if (after) flush_leftovers(worker);
    return NULL;
  }
  task->seat = seat;
  task->owner = work->arg;
  whorl__task_init(task, worker, scope, work->name != NULL ? work->name : "callback");
  task->ready_ns = work->ready_ns;
  task->priority = work->priority;
  sit_down(worker, task);
  return task;
}

// May another run begin in this turn?
static bool within_limits(whorl__worker_t *worker)
{
  if (worker->picks_left == 0) return false;
  return worker->pick_until_ns == WHORL_FOREVER || whorl__parker_now(worker->parker) < worker->pick_until_ns;
}

static bool may_start(const whorl__worker_t *worker)
{
  return worker->idle_seats > 0 && worker->core->granted && !atomic_load_explicit(&worker->core->halted, memory_order_relaxed);
}

static whorl__runnable_t *first_startable(const whorl__worker_t *worker)
{
  whorl__runnable_t *runnable = may_start(worker) ? whorl__core_first_runnable(worker->core) : NULL;
  return runnable != NULL && !whorl__cycle_is_later(worker->core, &runnable->key) ? runnable : NULL;
}

static whorl__task_t *first_in(const whorl__list_t *tasks)
{
  whorl__link_t *link = whorl__list_first(tasks);
  return link != NULL ? WHORL__CONTAINER(link, whorl__task_t, link) : NULL;
}

static whorl__task_t *first_task(const whorl__worker_t *worker)
{
  whorl__task_t *own = first_in(&worker->inbox), *unhomed = first_in(&worker->core->unhomed);
  if (__builtin_expect(unhomed == NULL, 1)) return own;
  return own == NULL || whorl__key_before(&unhomed->key, &own->key) ? unhomed : own;
}

// The next of what became ready in an epoch up to the turn's limit, taken out of its queue and ready to be switched to. Lock held; given up in between when something ends without running.
static whorl__task_t *pick(whorl__worker_t *worker)
{
  whorl__core_t *core = worker->core;
  whorl__slot_arrive(worker);
  for (;;) {
    whorl__runnable_t *runnable = first_startable(worker);
    whorl__task_t *task = first_task(worker);
    if (task != NULL && runnable != NULL) {
      if (whorl__key_before(&runnable->key, &task->key))
        task = NULL;
      else
        runnable = NULL;
    }
    if ((task == NULL && runnable == NULL) || !within_limits(worker)) return NULL;
    if (whorl__key_epoch(task != NULL ? &task->key : &runnable->key) > worker->limit) return NULL;
    if (task != NULL) {
      whorl__list_remove(&task->link);
      if (task->home != worker) task->home = worker; // else others may be reading it
      if (atomic_load_explicit(&task->state, memory_order_relaxed) == WHORL__TASK_NEW && !start_task(worker, task)) continue;
    } else {
      task = start_runnable(worker, runnable);
      if (task == NULL) continue;
    }
    if (atomic_load_explicit(&task->state, memory_order_relaxed) == WHORL__TASK_NEW) core->counts.starts++;
    atomic_store_explicit(&task->state, WHORL__TASK_RUNNING, memory_order_relaxed);
    worker->picks_left--;
    return task;
  }
}

// --- Running

// The section after a run: the task has suspended, yielded or ended.
static void publish(whorl__worker_t *worker, whorl__task_t *task)
{
  whorl__core_t *core = worker->core;
  core->counts.switches++;
  switch ((whorl__task_state_t)atomic_load_explicit(&task->state, memory_order_relaxed)) {
  case WHORL__TASK_DONE: whorl__task_finish(task); break;
  case WHORL__TASK_YIELDING:
    if (task->at_once >= WHORL__BUDGET) core->counts.forced_yields++;
    task->since = worker->now;
    atomic_store_explicit(&task->state, WHORL__TASK_READY, memory_order_relaxed);
    whorl__task_push(task);
    break;
  case WHORL__TASK_ARMED: // from now on cancelling finds it; what was cancelled since its entry check is found here
    if (!task->drain && whorl__task_canceled(task)) {
      whorl__task_commit(task, WHORL_CANCELED);
    } else {
      atomic_store_explicit(&task->state, WHORL__TASK_SUSPENDED, memory_order_relaxed);
      task->since = worker->now;
      whorl__core_arm(core, &task->wait_deadline, task->wait_until);
    }
    break;
  case WHORL__TASK_READY: break; // committed before it had left its fiber: it is in the inbox
  default: whorl__bug("task '%s' gave up its thread in a state that does not allow it", task->name);
  }
}

// Ends the section. What to run next; NULL: the turn is over, unless something was left to be done without the lock.
static whorl__task_t *pick_or_end(whorl__worker_t *worker)
{
  whorl__task_t *task = pick(worker);
  if (task == NULL && !has_leftovers(worker)) {
    worker->turn_over = true;
    worker->more = whorl__slot_is_ready(worker);
    worker->in_turn = false;
    whorl__slot_promise(worker); // to begin the next one, or to rest
  }
  whorl__core_unlock(worker->core);
  return task;
}

static void begin_turn(whorl__worker_t *worker) // lock held
{
  whorl__core_t *core = worker->core;
  if (worker->place == WHORL__PLACE_IDLE) whorl__slot_leave_idle(worker);
  whorl__slot_arrive(worker);
  worker->place = WHORL__PLACE_RUNNING;
  worker->turn_over = false;
  worker->in_turn = true;
  worker->turns++;
  bool armed = whorl__core_next_deadline_locked(core) != WHORL_FOREVER;
  if (armed || worker->unread_turns >= worker->may_leave_unread)
    read_clock(worker);
  else
    worker->unread_turns++;
  if (armed) release_due(core, worker->now);
}

static void set_limit(whorl__worker_t *worker)
{
  if (worker->core->cycle != NULL)
    whorl__cycle_begin(worker);
  else
    worker->limit = worker->core->epoch++;
}

bool whorl__turn_poll_is_due(const whorl__worker_t *worker) { return worker->now - worker->polled_at >= poll_interval_ns; }

// Between two turns on a fiber's stack: the next one begins here too, unless it has to do with user code other than tasks, or with the world outside.
static whorl__task_t *next_turn(whorl__worker_t *worker)
{
  whorl__core_t *core = worker->core;
  if (worker->done == NULL || whorl__turn_poll_is_due(worker) || worker->done(worker->done_arg)) return NULL;
  whorl__core_lock(core);
  if (core->mail_count > 0 || core->cycle != NULL) {
    whorl__core_unlock(core);
    return NULL;
  }
  begin_turn(worker);
  worker->limit = core->epoch++;
  return pick_or_end(worker);
}

// Most callbacks never suspend. The next one then gets the stack that this one has left, and need not be switched to.
whorl__task_t *whorl__turn_follow(whorl__task_t *ended)
{
  whorl__worker_t *worker = ended->home;
  whorl__core_t *core = worker->core;
  whorl__seat_t *seat = ended->seat;
  if (seat->own_slab != NULL) return NULL; // a stack of its own goes with its task: published from the scheduler's
  worker->running = NULL;
  whorl__worker_end(worker, ended);
  whorl__core_lock(core);
  publish(worker, ended);
  whorl__task_t *next = pick_or_end(worker);
  if (next == NULL && worker->turn_over && worker->more) next = next_turn(worker);
  if (next == NULL || next->seat != seat || has_leftovers(worker)) {
    worker->follower = next;
    return NULL;
  }
  whorl__worker_begin(worker, next);
  return next;
}

// --- Passing the thread on

// Taken out of the inbox: the next in order, when it is a task that was suspended. With nothing left of this turn the next one begins here, if it may and need not be where user code is called. Lock held.
static whorl__task_t *take_suspended(whorl__worker_t *worker, bool may_begin)
{
  whorl__core_t *core = worker->core;
  const whorl__runnable_t *runnable = whorl__core_first_runnable(core);
  whorl__task_t *task = first_task(worker);
  if (task == NULL || worker->idle_seats == 0 || !within_limits(worker)) return NULL;
  if (worker->busy.untold) return NULL; // its hook comes before the next run, on the scheduler's stack
  if (whorl__key_epoch(&task->key) > worker->limit) {
    bool left = core->mail_count > 0 || core->cycle != NULL || has_leftovers(worker) ||
                (runnable != NULL && whorl__key_epoch(&runnable->key) <= worker->limit);
    if (!may_begin || left) return NULL;
    begin_turn(worker);
    worker->limit = core->epoch++;
    runnable = whorl__core_first_runnable(core); // a timer may have become due
  }
  if (runnable != NULL && !atomic_load_explicit(&core->halted, memory_order_relaxed) && whorl__key_before(&runnable->key, &task->key))
    return NULL;
  if (atomic_load_explicit(&task->state, memory_order_relaxed) == WHORL__TASK_NEW) return NULL;
  atomic_store_explicit(&task->state, WHORL__TASK_RUNNING, memory_order_relaxed);
  whorl__list_remove(&task->link);
  worker->picks_left--;
  return task;
}

// Published while its fiber still runs: from then on others may commit it, but only this thread resumes it.
void whorl__turn_leave(whorl__task_t *task)
{
  whorl__worker_t *worker = task->home;
  whorl__core_t *core = worker->core;
  task->saved_errno = errno;
  whorl__worker_end(worker, task);
  worker->running = NULL;
  worker->local->detail = worker->outer_detail;
  bool may_begin = worker->done != NULL && !whorl__turn_poll_is_due(worker) && !worker->done(worker->done_arg);
  whorl__core_lock(core);
  publish(worker, task);
  whorl__task_t *next = take_suspended(worker, may_begin);
  if (next == NULL) whorl__slot_promise(worker); // the scheduler's stack picks
  whorl__core_unlock(core);
  if (next == NULL) {
    worker->follower = NULL;
    whorl__fiber_suspend(&task->seat->fiber);
    return;
  }
  worker->local->detail = &next->seat->detail;
  whorl__worker_begin(worker, next);
  if (next != task) whorl__fiber_pass(&task->seat->fiber, &next->seat->fiber);
}

static void run_ready(whorl__worker_t *worker) // gives the lock back
{
  whorl__task_t *task = pick_or_end(worker);
  while (!worker->turn_over) {
    if (has_leftovers(worker)) clear_leftovers(worker);
    whorl__task_t *ran = task != NULL ? whorl__worker_run(worker, task) : NULL;
    if (worker->idle_seats == 0) whorl__worker_reserve(worker); // a fiber for the next one, while no lock is held
    if (task != NULL && ran == NULL) {
      task = worker->follower;
      continue;
    }
    whorl__core_lock(worker->core);
    if (ran != NULL) publish(worker, ran);
    task = pick_or_end(worker);
  }
}

bool whorl__turn(whorl__worker_t *worker)
{
  whorl__core_t *core = worker->core;
  if (worker->idle_seats == 0) whorl__worker_reserve(worker);
  whorl__core_lock(core);
  begin_turn(worker);
  read_mail(worker);
  set_limit(worker);
  whorl__busy_pause(&worker->busy); // posts, and what was outside the turn
  run_ready(worker);
  return worker->more;
}

// --- Plain threads: no fiber to leave and no runnables, so a turn is deadlines, requests of other threads, and whether the one task is ready.

void whorl__turn_of_thread(whorl__worker_t *worker)
{
  whorl__core_lock(worker->core);
  begin_turn(worker);
  read_mail(worker);
  worker->in_turn = false;
  whorl__core_unlock(worker->core);
}

void whorl__turn_thread_until_picked(whorl__task_t *task)
{
  whorl__worker_t *worker = task->home;
  whorl__core_t *core = worker->core;
  whorl__core_lock(core);
  publish(worker, task);
  for (;;) {
    begin_turn(worker);
    read_mail(worker);
    worker->limit = core->epoch++;
    bool picked = pick(worker) == task;
    worker->in_turn = false;
    whorl__core_unlock(core);
    if (picked) return;
    whorl__drive_rest(worker);
    whorl__core_lock(core);
  }
}
