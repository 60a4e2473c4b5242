// Driving a slot of a core from a thread: single turns, or turns and parking until something is done.
#define _GNU_SOURCE
#include <unistd.h>

#include "base/detail.h"
#include "task/bug.h"
#include "task/place.h"
#include "task/turn.h"
#include "whorl/status.h"

static int thread_id_of(whorl__local_t *local)
{
  if (local->thread_id == 0) local->thread_id = (int)gettid();
  return local->thread_id;
}

static int bind(whorl__worker_t *worker)
{
  whorl__local_t *local = whorl__local();
  whorl__core_t *core = worker->core;
  int status = WHORL_OK;
  if (local->worker != NULL) return whorl__fail(WHORL_BUSY, "this thread already runs core '%s'", local->worker->core->name);
  whorl__core_lock(core);
  if (worker->bound)
    status = WHORL_BUSY;
  else if (worker->seated > 0 && !pthread_equal(worker->thread, pthread_self()))
    status = WHORL_WRONG_THREAD;
  else {
    worker->local = local;
    worker->exceptions = whorl__exceptions_of_thread();
    worker->bound = true;
    atomic_fetch_add(&core->drivers, 1);
    worker->thread = pthread_self();
    atomic_store_explicit(&worker->thread_id, thread_id_of(local), memory_order_relaxed);
    worker->place = WHORL__PLACE_RUNNING;
  }
  whorl__core_unlock(core);
  if (status == WHORL_BUSY) return whorl__fail(status, "core '%s' already runs on another thread", core->name);
  if (status < 0) return whorl__fail_wrong_thread("running a core", core, "what is suspended in '%s'", core->name);
  whorl__overflow_arm(worker);
  local->worker = worker;
  return WHORL_OK;
}

// False: it is as it was, since the core is awaited.
static bool try_unbind(whorl__worker_t *worker, bool also_awaited)
{
  whorl__core_t *core = worker->core;
  whorl__local_t *local = worker->local;
  whorl__core_lock(core);
  bool ends = also_awaited || core->awaited == 0;
  if (ends) {
    worker->done = NULL;
    worker->local = NULL;
    worker->bound = false;
    atomic_fetch_sub(&core->drivers, 1);
    if (worker->place == WHORL__PLACE_IDLE) whorl__slot_leave_idle(worker);
    whorl__slot_arrive(worker);
    worker->place = WHORL__PLACE_CLOSED;
  }
  whorl__core_unlock(core);
  if (ends) local->worker = NULL;
  return ends;
}

static void unbind(whorl__worker_t *worker)
{
  whorl__overflow_disarm(worker);
  (void)try_unbind(worker, true);
}

int whorl__core_bind(whorl__core_t *core) { return bind(&core->worker); }
void whorl__core_unbind(whorl__core_t *core) { unbind(&core->worker); }

bool whorl__core_turn(whorl__core_t *core)
{
  bool was_bound = whorl__worker_current() == &core->worker;
  WHORL__BUG_IF(was_bound && core->worker.in_turn, "core '%s' is turned from inside itself", core->name);
  int status = was_bound ? WHORL_OK : bind(&core->worker);
  WHORL__BUG_IF(status < 0, "%s", whorl_detail());
  core->worker.unread_turns = WHORL__MOST_UNREAD; // nobody knows how long ago the last one was
  bool more = whorl__turn(&core->worker);
  if (!was_bound) unbind(&core->worker);
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

// False: something has become ready meanwhile, or `done` is to be asked again.
static bool rest(whorl__worker_t *worker)
{
  whorl__core_t *core = worker->core;
  whorl__core_lock(core);
  whorl__slot_arrive(worker);
  bool goes_on = whorl__slot_is_ready(worker) || worker->calls_heard != core->calls;
  worker->calls_heard = core->calls;
  if (goes_on)
    whorl__slot_promise(worker);
  else
    whorl__slot_rest(worker);
  whorl__core_unlock(core);
  return !goes_on;
}

bool whorl__core_rest(whorl__core_t *core) { return rest(&core->worker); }

void whorl__drive_rest(whorl__worker_t *worker)
{
  if (rest(worker)) whorl__parker_park(worker->parker, worker->parked_until);
}

static int begin(whorl__worker_t *worker, bool (*done)(void *arg), void *arg)
{
  int status = bind(worker);
  if (status < 0) return status;
  worker->done = done;
  worker->done_arg = arg;
  worker->picks_left = UINT64_MAX;
  worker->pick_until_ns = WHORL_FOREVER;
  return WHORL_OK;
}

static whorl__pace_t step(whorl__worker_t *worker, int64_t *ret_until_ns)
{
  worker->polled_at = worker->now = whorl__parker_now(worker->parker);
  worker->unread_turns = 0;
  bool more = true;
  if (worker->rested) { // what ended the rest is seen to first
    worker->rested = false;
    worker->may_leave_unread = 1;
    more = whorl__turn(worker);
  }
  for (; !worker->done(worker->done_arg); more = whorl__turn(worker)) {
    if (!more && rest(worker)) {
      worker->rested = true;
      *ret_until_ns = worker->parked_until;
      return WHORL__PACE_IDLE;
    }
    if (more && whorl__turn_poll_is_due(worker)) return WHORL__PACE_MORE;
  }
  return WHORL__PACE_DONE;
}

bool whorl__core_end_unless_awaited(whorl__core_t *core)
{
  whorl__worker_t *worker = &core->worker;
  whorl__overflow_disarm(worker);
  if (try_unbind(worker, false)) return true;
  whorl__overflow_arm(worker);
  return false;
}

bool whorl__core_is_awaited(whorl__core_t *core)
{
  whorl__core_lock(core);
  bool awaited = core->awaited > 0;
  whorl__core_unlock(core);
  return awaited;
}

int whorl__core_begin(whorl__core_t *core, bool (*done)(void *arg), void *arg) { return begin(&core->worker, done, arg); }
whorl__pace_t whorl__core_step(whorl__core_t *core, int64_t *ret_until_ns) { return step(&core->worker, ret_until_ns); }
void whorl__core_end(whorl__core_t *core) { unbind(&core->worker); }

int whorl__core_run_slot(whorl__core_t *core, unsigned slot, bool (*done)(void *arg), void *arg)
{
  WHORL__BUG_IF(slot >= core->slots, "slot %u of core '%s', which has %u", slot, core->name, core->slots);
  whorl__worker_t *worker = whorl__core_slot(core, slot);
  int status = begin(worker, done, arg);
  if (status < 0) return status;
  int64_t until_ns = 0;
  for (whorl__pace_t pace; (pace = step(worker, &until_ns)) != WHORL__PACE_DONE;)
    whorl__parker_park(worker->parker, pace == WHORL__PACE_IDLE ? until_ns : 0);
  unbind(worker);
  return WHORL_OK;
}

int whorl__core_run(whorl__core_t *core, bool (*done)(void *arg), void *arg) { return whorl__core_run_slot(core, 0, done, arg); }
