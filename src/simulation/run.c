// How a world moves.
//
// One step: a turn of the core; when nothing is ready any more, what the network has for this instant (after its deadlines); when that is nothing, the end of a job that is out (docs/tasks.md R37); when none is, the
// clock jumps to whatever is earliest. Nothing else moves time.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/local.h"
#include "node/graph.h"
#include "simulation/simulation.h"
#include "task/bug.h"
#include "task/scope.h"
#include "whorl/time.h"

int whorl__simulation_enter(whorl_simulation_t handle, whorl__simulation_t **ret_self)
{
  whorl__simulation_t *self;
  WHORL_TRY(whorl__handle_pin(&whorl__simulations, handle.id, (void **)&self));
  int status = WHORL_OK;
  if (self->busy || whorl__core_thread_is_busy())
    status = whorl__fail(WHORL_BUSY, "a simulation can neither be run nor destroyed from inside itself or from inside a loop");
  else
    self->busy = true;
  whorl__handle_unpin(&whorl__simulations, handle.id); // `busy` keeps it: destroy is refused
  if (status == WHORL_OK) *ret_self = self;
  return status;
}

// Nothing will happen but deadlines that go on being missed.
static bool is_idle(whorl__simulation_t *self)
{
  return whorl__sim_is_idle(self->network) && whorl__core_next_deadline(self->core) == WHORL_FOREVER;
}

// What has been discovered is read as it comes, whether somebody asks or not.
static void read_graphs(whorl__simulation_t *self)
{
  for (size_t i = 0; i < self->context_count; i++) {
    whorl__context_t *context;
    if (whorl__context_pin(self->contexts[i], &context) < 0) continue;
    whorl__peers_refresh(whorl__graph_peers(context));
    whorl__context_unpin(context);
  }
}

// What no callback hears of is logged once nothing is ready any more.
static void log_unheard(whorl__simulation_t *self)
{
  for (size_t i = 0; i < self->context_count; i++) {
    whorl__context_t *context;
    whorl__warning_t warning;
    for (bool more = true; more;) {
      if (whorl__context_pin(self->contexts[i], &context) < 0) break;
      more = whorl__unheard_take(context, &warning);
      whorl__context_unpin(context);
      if (more) whorl__warning_log(&warning);
    }
  }
}

// One step within the limit; false when nothing can happen any more before it. `over` (NULL: nothing) ends it with its turn: the world moves no further then.
static bool step(whorl__simulation_t *self, int64_t limit_ns, bool until_idle, const bool *over)
{
  if (whorl__core_turn(self->core) || (over != NULL && *over)) return true;
  log_unheard(self);
  if (self->drives && whorl__simulation_drive_one(self)) return true;
  int64_t delivery = whorl__sim_next_delivery(self->network);
  if (delivery <= self->clock.now) {
    bool delivered = whorl__sim_deliver(self->network) > 0;
    read_graphs(self);
    return delivered;
  }
  if (whorl__jobs_await(self->jobs, self->core)) return true;
  int64_t next = whorl__core_next_deadline(self->core);
  if (delivery < next) next = delivery;
  if (next == WHORL_FOREVER || next > limit_ns || (until_idle && is_idle(self))) return false;
  if (next > self->clock.now) self->clock.now = next;
  return true;
}

// What the network does between two turns belongs to this thread's driving too: nothing may wait there.
static void bind(whorl__simulation_t *self)
{
  int status = whorl__core_bind(self->core);
  WHORL__BUG_IF(status < 0, "%s", whorl_detail()); // a world belongs to one thread
}

void whorl__simulation_run_out(whorl__simulation_t *self, int64_t limit_ns, bool until_idle)
{
  bind(self);
  while (step(self, limit_ns, until_idle, NULL)) {}
  whorl__core_unbind(self->core);
}

// --- What an executor in this world waits behind: the world goes on until something unparks it.

static whorl__simulation_t *world_of(whorl__parker_t *parker) { return WHORL__CONTAINER(parker, whorl__simulation_t, waiting); }

static int64_t world_now(whorl__parker_t *parker) { return world_of(parker)->clock.now; }

static void wait_in_world(whorl__parker_t *parker, int64_t until_ns)
{
  whorl__simulation_t *self = world_of(parker);
  struct whorl__worker *resting = whorl__core_set_aside();
  bind(self);
  self->stuck = false;
  while (!self->notified && self->clock.now < until_ns && !self->stuck) {
    if (step(self, until_ns, false, &self->notified)) continue;
    if (until_ns == WHORL_FOREVER)
      self->stuck = true;
    else
      self->clock.now = until_ns;
  }
  self->notified = false;
  whorl__core_unbind(self->core);
  whorl__core_take_back(resting);
}

static void wake_in_world(whorl__parker_t *parker) { world_of(parker)->notified = true; }
static bool is_world_stuck(whorl__parker_t *parker) { return world_of(parker)->stuck; }

void whorl__simulation_init_waiting(whorl__simulation_t *self)
{
  static const whorl__parker_ops_t ops = {.now_ns = world_now, .park = wait_in_world, .unpark = wake_in_world, .is_stuck = is_world_stuck};
  self->waiting.ops = &ops;
}

// Drives the world; WHORL_FOREVER has no end, only a world that is idle.
static int run(whorl__simulation_t *self, int64_t end_ns, bool until_idle)
{
  self->drives = true;
  whorl__simulation_run_out(self, end_ns, until_idle || end_ns == WHORL_FOREVER);
  self->drives = false;
  int status = self->first_error == WHORL_OK ? WHORL_OK : whorl__fail(self->first_error, "%s", self->first_detail.text);
  self->first_error = WHORL_OK;
  return status;
}

static int64_t end_of(const whorl__simulation_t *self, int64_t duration_ns)
{
  return duration_ns > WHORL_FOREVER - self->clock.now ? WHORL_FOREVER : self->clock.now + duration_ns;
}

int whorl_simulation_run_for(whorl_simulation_t handle, int64_t duration_ns)
{
  whorl__simulation_t *self;
  if (duration_ns < 0) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_simulation_run_for: the duration is negative");
  WHORL_TRY(whorl__simulation_enter(handle, &self));
  int64_t end_ns = end_of(self, duration_ns);
  int status = run(self, end_ns, false);
  if (end_ns != WHORL_FOREVER) self->clock.now = end_ns;
  self->busy = false;
  return status;
}

// --- Who waits

typedef struct waiting {
  char text[184];
  size_t length, count, left_out;
} waiting_t;

// Core lock held. A driver waits for its node's end: that is how a node is idle.
static void list_waiting(void *arg, const char *task, const char *what)
{
  waiting_t *waiting = arg;
  char words[184];
  if (whorl__simulation_is_driver(task)) return;
  int length = snprintf(words, sizeof words, "%s'%.48s' for %s", waiting->count > 0 ? ", " : "", task, what);
  waiting->count++;
  if (waiting->left_out > 0 || waiting->length + (size_t)length >= sizeof waiting->text) {
    waiting->left_out++;
    return;
  }
  memcpy(waiting->text + waiting->length, words, (size_t)length + 1);
  waiting->length += (size_t)length;
}

static waiting_t who_waits(whorl__simulation_t *self)
{
  waiting_t waiting = {.text = ""};
  whorl__core_visit_waiting(self->core, list_waiting, &waiting);
  return waiting;
}

// Without memory the detail must do.
static void tell_deadlock(whorl__simulation_t *self)
{
  if (self->deadlock_sink != NULL) (void)whorl__core_dump(self->core, self->deadlock_sink, self->deadlock_arg);
}

static int fail_deadlock(const waiting_t *waiting)
{
  char others[32] = "";
  if (waiting->left_out > 0) snprintf(others, sizeof others, " and %zu more", waiting->left_out);
  return whorl__fail(WHORL_DEADLOCK, "nothing can move any more, and %zu wait: %s%s", waiting->count, waiting->text, others);
}

int whorl_simulation_run_until_idle(whorl_simulation_t handle, int64_t limit_ns)
{
  whorl__simulation_t *self;
  if (limit_ns < 0) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_simulation_run_until_idle: the limit is negative");
  WHORL_TRY(whorl__simulation_enter(handle, &self));
  int64_t end_ns = end_of(self, limit_ns);
  int status = run(self, end_ns, true);
  bool idle = is_idle(self);
  if (!idle) self->clock.now = end_ns;
  waiting_t waiting = who_waits(self);
  if (status == WHORL_OK && idle && waiting.count > 0) tell_deadlock(self);
  self->busy = false;
  if (status < 0) return status;
  if (!idle) return whorl__fail(WHORL_TIMED_OUT, "the simulated world was not idle after %.9g s", (double)limit_ns * 1e-9);
  return waiting.count > 0 ? fail_deadlock(&waiting) : WHORL_OK;
}

// --- One task to its end

typedef struct main_run {
  whorl_task_function_t function;
  void *arg;
  int status;
  whorl__detail_t detail;
  bool started, ended;
} main_run_t;

static int main_entry(void *arg)
{
  main_run_t *run = arg;
  run->started = true;
  run->status = run->function(run->arg);
  run->detail = *whorl__local()->detail;
  return WHORL_OK;
}

static void main_ended(void *arg) { ((main_run_t *)arg)->ended = true; }

int whorl_simulation_run(whorl_simulation_t handle, whorl_task_function_t function, void *arg)
{
  whorl__simulation_t *self;
  if (function == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_simulation_run: the function is NULL");
  WHORL_TRY(whorl__simulation_enter(handle, &self));
  main_run_t run = {.function = function, .arg = arg, .status = WHORL_CANCELED};
  whorl_task_t task = {0};
  int status = whorl__scope_spawn(whorl__core_root(self->core), main_entry, &run,
                                  &(whorl_task_options_t){.name = "main", .release = main_ended}, &task, "whorl_simulation_run");
  waiting_t waiting = {.count = 0};
  bool stuck = false;
  bind(self);
  while (!run.ended) {
    if (step(self, WHORL_FOREVER, true, &run.ended)) continue;
    WHORL__BUG_IF(stuck, "the main task of a simulation was cancelled, and waits for something that nobody can end");
    waiting = who_waits(self);
    tell_deadlock(self);
    stuck = true; // every task waits, nothing is due: the main task is cancelled so that it can clean up
    if (whorl_task_cancel(task) < 0) break;
  }
  assert(run.ended);
  whorl__core_unbind(self->core);
  self->busy = false;
  if (status < 0) return status;
  if (!run.started) return whorl__fail(WHORL_NO_MEMORY, "no stack for the main task of a simulation");
  if (stuck) return fail_deadlock(&waiting);
  return run.status < 0 ? whorl__fail(run.status, "%s", run.detail.text) : run.status;
}
