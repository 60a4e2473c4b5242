// Driving a core from a thread: single turns, or turns and parking until something is done.
#define _GNU_SOURCE
#include <unistd.h>

#include "base/detail.h"
#include "task/bug.h"
#include "task/place.h"
#include "task/turn.h"
#include "whorl/status.h"

int whorl__core_bind(whorl__core_t *core)
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
    atomic_store_explicit(&worker->thread_id, (int)gettid(), memory_order_relaxed);
    worker->place = WHORL__PLACE_RUNNING;
  }
  whorl__core_unlock(core);
  if (status == WHORL_BUSY) return whorl__fail(status, "core '%s' already runs on another thread", core->name);
  if (status < 0) return whorl__fail_wrong_thread("running a core", core, "what is suspended in '%s'", core->name);
  whorl__overflow_arm(worker);
  local->worker = worker;
  return WHORL_OK;
}

void whorl__core_unbind(whorl__core_t *core)
{
  whorl__overflow_disarm(&core->worker);
  core->worker.local->worker = NULL;
  whorl__core_lock(core);
  core->worker.local = NULL;
  atomic_store(&core->worker.bound, false);
  core->worker.place = WHORL__PLACE_CLOSED;
  whorl__core_unlock(core);
}

bool whorl__core_turn(whorl__core_t *core)
{
  bool was_bound = whorl__worker_current() == &core->worker;
  WHORL__BUG_IF(was_bound && core->in_turn, "core '%s' is turned from inside itself", core->name);
  int status = was_bound ? WHORL_OK : whorl__core_bind(core);
  WHORL__BUG_IF(status < 0, "%s", whorl_detail());
  core->worker.unread_turns = WHORL__MOST_UNREAD; // nobody knows how long ago the last one was
  bool more = whorl__turn(core);
  if (!was_bound) whorl__core_unbind(core);
  return more;
}

struct whorl__worker *whorl__core_set_aside(void)
{
  whorl__local_t *local = whorl__local();
  whorl__worker_t *resting = local->worker;
  local->worker = NULL;
  return resting;
}

void whorl__core_take_back(struct whorl__worker *resting) { whorl__local()->worker = resting; }

void whorl__core_limit(whorl__core_t *core, uint64_t picks, int64_t until_ns)
{
  core->worker.picks_left = picks;
  core->worker.pick_until_ns = until_ns;
}

uint64_t whorl__core_picks_left(const whorl__core_t *core) { return core->worker.picks_left; }

bool whorl__core_rest(whorl__core_t *core)
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
  return !ready;
}

void whorl__drive_park(whorl__core_t *core)
{
  if (whorl__core_rest(core)) whorl__parker_park(core->worker.parker, core->worker.parked_until);
}

int whorl__core_begin(whorl__core_t *core, bool (*done)(void *arg), void *arg)
{
  int status = whorl__core_bind(core);
  if (status < 0) return status;
  core->worker.done = done;
  core->worker.done_arg = arg;
  whorl__core_limit(core, UINT64_MAX, WHORL_FOREVER);
  return WHORL_OK;
}

whorl__pace_t whorl__core_step(whorl__core_t *core, int64_t *ret_until_ns)
{
  whorl__worker_t *worker = &core->worker;
  worker->polled_at = core->now = whorl__parker_now(worker->parker);
  worker->unread_turns = 0;
  bool more = true;
  if (worker->rested) { // what ended the rest is seen to first
    worker->rested = false;
    worker->may_leave_unread = 1;
    more = whorl__turn(core);
  }
  for (; !worker->done(worker->done_arg); more = whorl__turn(core)) {
    if (!more && whorl__core_rest(core)) {
      worker->rested = true;
      *ret_until_ns = worker->parked_until;
      return WHORL__PACE_IDLE;
    }
    if (more && whorl__turn_poll_is_due(core)) return WHORL__PACE_MORE;
  }
  return WHORL__PACE_DONE;
}

void whorl__core_end(whorl__core_t *core)
{
  core->worker.done = NULL;
  whorl__core_unbind(core);
}

int whorl__core_run(whorl__core_t *core, bool (*done)(void *arg), void *arg)
{
  int status = whorl__core_begin(core, done, arg);
  if (status < 0) return status;
  int64_t until_ns = 0;
  for (whorl__pace_t pace; (pace = whorl__core_step(core, &until_ns)) != WHORL__PACE_DONE;)
    whorl__parker_park(core->worker.parker, pace == WHORL__PACE_IDLE ? until_ns : 0);
  whorl__core_end(core);
  return WHORL_OK;
}
