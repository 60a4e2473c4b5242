// Turns: what runs, and in which order (docs/tasks.md R6, R32).
//
// A turn is: the clock, read once; due scopes, all marked and then their waits committed; other due deadlines; posts and foreign cancels; then every task and runnable that became ready in the
// epochs before this one, by key. What becomes ready meanwhile gets the next epoch and so the next turn. One section (hold of the core's lock) publishes or finishes what has just run and picks the next.
#include "task/turn.h"
#include "base/detail.h"
#include "base/memory.h"
#include "task/bug.h"
#include "task/wait.h"
#include "whorl/status.h"

static const int64_t poll_interval_ns = WHORL_MICROSECONDS(20); // of outside sources, while there is always something to run
static const int64_t late_ns = WHORL_MILLISECONDS(100);

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
  if (now - first > late_ns) core->counts.late_turns++;
  expire_until(&core->scopes_due, now);
  for (whorl__link_t *link; (link = whorl__list_pop(&core->marked)) != NULL;)
    whorl__scope_commit_waits(WHORL__CONTAINER(link, struct whorl__scope, marked));
  expire_until(&core->others_due, now);
}

static void read_mail(whorl__core_t *core)
{
  for (size_t count = core->mail_count; count > 0 && core->mail_count > 0; count--) { // what is posted meanwhile is the next turn's
    whorl__link_t *link = whorl__list_pop(&core->mail);
    core->mail_count--;
    whorl__post_t *post = WHORL__CONTAINER(link, whorl__post_t, link);
    if (post->run != NULL) {
      whorl__core_unlock(core);
      post->run(post, false);
      whorl__core_lock(core);
    } else {
      struct whorl__scope *scope = WHORL__CONTAINER(post, struct whorl__scope, request);
      whorl__scope_cancel_for(scope, WHORL__CAUSE_CANCEL, scope->request_text, NULL);
    }
  }
}

// --- What the last finished task left to be done without the lock

static bool has_leftovers(const whorl__worker_t *worker)
{
  return worker->after != NULL || worker->trash != NULL || worker->dead_seat != NULL || !whorl__list_empty(&worker->foreign_drains);
}

static void clear_leftovers(whorl__worker_t *worker) // no lock held
{
  void (*after)(void *arg) = worker->after;
  whorl__seat_t *dead = worker->dead_seat;
  whorl__free(worker->trash);
  worker->after = NULL;
  worker->trash = NULL;
  worker->dead_seat = NULL;
  if (dead != NULL) whorl__worker_free_own_seat(dead);
  if (after != NULL) after(worker->after_arg);
  for (whorl__link_t *link; (link = whorl__list_pop(&worker->foreign_drains)) != NULL;)
    whorl__wait_commit(WHORL__CONTAINER(link, whorl__waiter_t, link), WHORL_OK);
}

static void flush_leftovers(whorl__core_t *core)
{
  while (has_leftovers(&core->worker)) {
    whorl__core_unlock(core);
    clear_leftovers(&core->worker);
    whorl__core_lock(core);
  }
}

// --- Picking

// A new task that will not run: R9, or no stack for it.
static void end_unrun(whorl__core_t *core, whorl__task_t *task, int status)
{
  flush_leftovers(core);
  whorl__core_unlock(core);
  if (status == WHORL_NO_MEMORY) whorl__fail(status, "no stack for task '%s'", task->name);
  whorl__task_never_ran(task, status);
  whorl__core_lock(core);
  whorl__task_finish(task);
}

static void sit_down(whorl__worker_t *worker, whorl__task_t *task)
{
  worker->seated++;
  task->seat->detail.text[0] = '\0';
  whorl__fiber_set(&task->seat->fiber, whorl__task_main, task);
}

static bool start_task(whorl__core_t *core, whorl__task_t *task)
{
  whorl__worker_t *worker = &core->worker;
  int status = whorl__scope_visible(&task->scope) ? WHORL_CANCELED : WHORL_OK;
  if (status == WHORL_OK && task->seat == NULL && (task->seat = whorl__worker_take_seat(worker)) == NULL) status = WHORL_NO_MEMORY;
  if (status < 0) {
    if (task->seat != NULL) worker->seated++; // its own stack, given back at the end
    end_unrun(core, task, status);
    return false;
  }
  sit_down(worker, task);
  return true;
}

static whorl__task_t *start_runnable(whorl__core_t *core, whorl__runnable_t *runnable)
{
  whorl__worker_t *worker = &core->worker;
  whorl__work_t work;
  whorl__ready_remove(&core->runnables, runnable);
  if (!runnable->pick(runnable, &work)) return NULL;
  struct whorl__scope *scope = work.scope != NULL ? work.scope : &core->root;
  if (whorl__scope_visible(scope)) { // R9: it never runs, and takes no message
    flush_leftovers(core);
    work.finish(work.arg, core, WHORL_CANCELED);
    worker->after = work.after;
    worker->after_arg = work.arg;
    flush_leftovers(core);
    return NULL;
  }
  whorl__seat_t *seat = whorl__worker_take_seat(worker);
  whorl__task_t *task = &seat->callback;
  task->seat = seat;
  task->work = work;
  whorl__task_init(task, worker, scope, work.name != NULL ? work.name : "callback");
  sit_down(worker, task);
  return task;
}

// The next of what became ready in an epoch up to `limit`, taken out of its queue and ready to be switched to. Lock held; given up in between when something ends without running.
static whorl__task_t *pick(whorl__core_t *core, uint64_t limit)
{
  whorl__worker_t *worker = &core->worker;
  for (;;) {
    whorl__link_t *link = whorl__list_first(&worker->inbox);
    whorl__runnable_t *runnable = worker->idle_seats > 0 ? whorl__ready_top(&core->runnables) : NULL;
    whorl__task_t *task = link != NULL ? WHORL__CONTAINER(link, whorl__task_t, link) : NULL;
    if (task != NULL && runnable != NULL) {
      if (whorl__key_before(&runnable->key, &task->key))
        task = NULL;
      else
        runnable = NULL;
    }
    if (task == NULL && runnable == NULL) return NULL;
    if ((task != NULL ? task->key.epoch_rank : runnable->key.epoch_rank) >> 16 > limit) return NULL;
    if (task != NULL) {
      whorl__list_remove(&task->link);
      if (atomic_load_explicit(&task->state, memory_order_relaxed) == WHORL__TASK_NEW && !start_task(core, task)) continue;
    } else {
      task = start_runnable(core, runnable);
      if (task == NULL) continue;
    }
    if (atomic_load_explicit(&task->state, memory_order_relaxed) == WHORL__TASK_NEW) core->counts.starts++;
    atomic_store_explicit(&task->state, WHORL__TASK_RUNNING, memory_order_relaxed);
    return task;
  }
}

// --- Running

// The section after a run: the task has suspended, yielded or ended.
static void publish(whorl__core_t *core, whorl__task_t *task)
{
  core->counts.switches++;
  switch ((whorl__task_state_t)atomic_load_explicit(&task->state, memory_order_relaxed)) {
  case WHORL__TASK_DONE: whorl__task_finish(task); break;
  case WHORL__TASK_YIELDING:
    atomic_store_explicit(&task->state, WHORL__TASK_READY, memory_order_relaxed);
    whorl__task_push(task);
    break;
  case WHORL__TASK_ARMED: // from now on cancelling finds it; what was cancelled since its entry check is found here
    if (!task->drain && whorl__scope_visible(task->current)) {
      whorl__task_commit(task, WHORL_CANCELED);
    } else {
      atomic_store_explicit(&task->state, WHORL__TASK_SUSPENDED, memory_order_relaxed);
      whorl__core_arm(core, &task->wait_deadline, task->wait_until);
    }
    break;
  case WHORL__TASK_READY: break; // committed before it had left its fiber: it is in the inbox
  default: whorl__bug("task '%s' gave up its thread in a state that does not allow it", task->name);
  }
}

static void run_ready(whorl__core_t *core, uint64_t limit)
{
  whorl__worker_t *worker = &core->worker;
  for (;;) {
    whorl__task_t *task = pick(core, limit);
    if (task == NULL && !has_leftovers(worker)) return;
    whorl__core_unlock(core);
    clear_leftovers(worker);
    if (task != NULL) whorl__worker_run(worker, task);
    if (worker->idle_seats == 0) whorl__worker_reserve(worker); // a fiber for the next one, while no lock is held
    whorl__core_lock(core);
    if (task != NULL) publish(core, task);
  }
}

static bool turn(whorl__core_t *core)
{
  whorl__worker_t *worker = &core->worker;
  if (worker->idle_seats == 0) whorl__worker_reserve(worker);
  int64_t now = whorl__parker_now(worker->parker);
  whorl__core_lock(core);
  worker->place = WHORL__PLACE_RUNNING;
  core->in_turn = true;
  core->now = now;
  core->counts.turns++;
  release_due(core, now);
  read_mail(core);
  run_ready(core, core->epoch++);
  core->in_turn = false;
  bool more = whorl__core_ready_locked(core);
  whorl__core_unlock(core);
  return more;
}

// --- Driving

static int bind(whorl__core_t *core)
{
  whorl__local_t *local = whorl__local();
  whorl__worker_t *worker = &core->worker;
  int status = WHORL_OK;
  if (local->worker != NULL) return whorl__fail(WHORL_BUSY, "this thread already runs core '%s'", local->worker->core->name);
  whorl__core_lock(core);
  if (atomic_load(&worker->bound))
    status = WHORL_BUSY;
  else if (worker->seated > 0 && !pthread_equal(worker->thread, pthread_self()))
    status = WHORL_WRONG_THREAD;
  else {
    worker->local = local;
    atomic_store(&worker->bound, true);
    worker->thread = pthread_self();
    worker->place = WHORL__PLACE_RUNNING;
  }
  whorl__core_unlock(core);
  if (status == WHORL_BUSY) return whorl__fail(status, "core '%s' already runs on another thread", core->name);
  if (status < 0) return whorl__fail(status, "core '%s' has suspended tasks whose home is another thread", core->name);
  local->worker = worker;
  return WHORL_OK;
}

static void unbind(whorl__core_t *core)
{
  core->worker.local->worker = NULL;
  whorl__core_lock(core);
  core->worker.local = NULL;
  atomic_store(&core->worker.bound, false);
  core->worker.place = WHORL__PLACE_CLOSED;
  whorl__core_unlock(core);
}

bool whorl__core_turn(whorl__core_t *core)
{
  if (whorl__core_is_current(core)) whorl__bug("core '%s' is turned from inside itself", core->name);
  int status = bind(core);
  WHORL__BUG_IF(status < 0, "%s", whorl_detail());
  bool more = turn(core);
  unbind(core);
  return more;
}

static void rest(whorl__core_t *core)
{
  whorl__worker_t *worker = &core->worker;
  whorl__core_lock(core);
  bool ready = whorl__core_ready_locked(core);
  if (!ready) {
    worker->place = WHORL__PLACE_IDLE;
    worker->parked_until = whorl__core_next_deadline_locked(core);
    core->counts.parks++;
  }
  whorl__core_unlock(core);
  if (!ready) whorl__parker_park(worker->parker, worker->parked_until);
}

int whorl__core_run(whorl__core_t *core, bool (*done)(void *arg), void *arg)
{
  int status = bind(core);
  if (status < 0) return status;
  whorl__parker_t *parker = core->worker.parker;
  bool more = true;
  int64_t polled = core->now = whorl__parker_now(parker);
  while (!done(arg)) {
    if (!more) {
      rest(core);
      polled = whorl__parker_now(parker);
    } else if (core->now - polled >= poll_interval_ns) {
      polled = core->now;
      whorl__parker_park(parker, polled);
    }
    more = turn(core);
  }
  unbind(core);
  return WHORL_OK;
}
