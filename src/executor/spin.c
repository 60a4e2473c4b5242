// Spinning. Every form is: enter, run until something halts the core or the form has had enough, look at the reasons, leave.
#include <inttypes.h>
#include <limits.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/local.h"
#include "base/time_after.h"
#include "executor/executor.h"
#include "task/future.h"

void whorl__executor_cancel(whorl__executor_t *self)
{
  atomic_store(&self->canceled, true);
  whorl__core_halt(self->seat.core);
}

// Asked between turns, and where a callback or a task would begin the next turn itself.
static bool done(void *arg)
{
  whorl__executor_t *self = arg;
  if (self->draining) return whorl__core_live_tasks(self->seat.core) == 0;
  if (self->awaited) return !whorl__core_is_awaited(self->seat.core);
  return self->one_turn || whorl__core_is_halted(self->seat.core) || whorl__core_picks_left(self->seat.core) == 0;
}

// --- Running

// Until `done`. DEADLOCK: in a simulated world in which nothing can happen any more.
static int run(whorl__executor_t *self)
{
  int64_t until_ns = 0;
  for (whorl__pace_t pace; (pace = whorl__core_step(self->seat.core, &until_ns)) != WHORL__PACE_DONE;) {
    whorl__parker_park(self->parker, pace == WHORL__PACE_IDLE ? until_ns : 0);
    if (pace == WHORL__PACE_IDLE && until_ns == WHORL_FOREVER && whorl__parker_is_stuck(self->parker))
      return whorl__fail(WHORL_DEADLOCK, "executor '%s' waits, and in its simulated world nothing can happen any more", self->name);
  }
  return WHORL_OK;
}

// What a short form leaves suspended goes on in the next spin, but not what a destroy on another thread waits for: that ends now, since nobody knows when the next spin comes.
static void run_awaited(whorl__executor_t *self)
{
  whorl__core_halt(self->seat.core);
  whorl__core_limit(self->seat.core, UINT64_MAX, WHORL_FOREVER);
  self->awaited = true;
  while (!done(self)) (void)run(self); // cancelled already; their shields have limits
  self->awaited = false;
}

// --- Entering and leaving

static int take_spin(whorl__executor_t *self, const char *function)
{
  if (whorl__core_thread_is_busy())
    return whorl__fail(WHORL_BUSY, "%s: this thread is inside a callback, or runs a loop or an executor", function);
  pthread_mutex_lock(&self->lock);
  bool busy = atomic_exchange(&self->spinning, true);
  pthread_mutex_unlock(&self->lock);
  return busy ? whorl__fail(WHORL_BUSY, "%s: another thread spins executor '%s'", function, self->name) : WHORL_OK;
}

static void give_spin(whorl__executor_t *self)
{
  pthread_mutex_lock(&self->lock);
  atomic_store(&self->spinning, false);
  pthread_cond_broadcast(&self->rested);
  pthread_mutex_unlock(&self->lock);
}

int whorl__executor_enter(whorl__executor_t *self, const char *function)
{
  WHORL_TRY(take_spin(self, function));
  int status = whorl__core_begin(self->seat.core, done, self);
  if (status == WHORL_OK) {
    if (atomic_load(&self->canceled)) whorl__core_halt(self->seat.core); // it may have come while the last spin left
    return WHORL_OK;
  }
  give_spin(self);
  return whorl__fail(status, "%s: executor '%s' has callbacks that wait on another thread, which must spin it", function, self->name);
}

// A cancel that came until now is answered by this spin's end; the other reasons were its own. First the halt is lifted: a cancel in between leaves one behind for which the next spin finds no reason.
void whorl__executor_leave(whorl__executor_t *self)
{
  while (!whorl__core_end_unless_awaited(self->seat.core)) run_awaited(self);
  whorl__core_unhalt(self->seat.core);
  atomic_store(&self->canceled, false);
  atomic_store(&self->timed_out, false);
  atomic_store(&self->completed, false);
  give_spin(self);
}

// The handle's part of it: destroy waits for a spin, which needs no pin.
static int enter(whorl_executor_t handle, const char *function, whorl__executor_t **ret_self)
{
  whorl__executor_t *self;
  WHORL_TRY(whorl__executor_pin(handle, &self));
  int status = atomic_load(&self->shut_down) ? whorl__fail(WHORL_SHUTDOWN, "%s: the context was shut down", function) : WHORL_OK;
  if (status == WHORL_OK) status = whorl__executor_enter(self, function);
  whorl__executor_unpin(self);
  *ret_self = self; // not to be looked at after a failure
  return status;
}

// --- Until it is drained

void whorl__executor_drain(whorl__executor_t *self)
{
  whorl__core_halt(self->seat.core);
  whorl__core_limit(self->seat.core, UINT64_MAX, WHORL_FOREVER);
  whorl__core_cancel_tasks(self->seat.core, "the executor's spin was ended");
  self->draining = true;
  if (self->crew != NULL) whorl__crew_drain(self->crew);
  while (!done(self))
    if (run(self) < 0) whorl__core_cancel_tasks(self->seat.core, "the executor's spin was ended"); // shields have limits: it goes on
  if (self->crew != NULL) whorl__crew_wait(self->crew);
  self->draining = false;
}

// The callbacks' errors since the last look: OK when there was none, or on_error has taken them.
static int take_errors(whorl__executor_t *self)
{
  const whorl_executor_options_t *options = &self->options;
  int status = whorl__core_take_error(self->seat.core, options->on_error, options->on_error_arg);
  if (status == WHORL_OK || options->on_error == NULL) return status;
  whorl__detail_t sentence = *whorl__local()->detail;
  options->on_error(options->on_error_arg, status, sentence.text);
  return WHORL_OK;
}

typedef enum reason { GO_ON, ENOUGH } reason_t;

// Why was the core halted? It is so no longer, unless for good. `ret_status`: of the spin, when it has had enough.
static reason_t look(whorl__executor_t *self, int *ret_status)
{
  whorl__core_unhalt(self->seat.core);
  *ret_status = take_errors(self);
  if (*ret_status < 0) return ENOUGH;
  if (atomic_load(&self->shut_down)) *ret_status = whorl__fail(WHORL_SHUTDOWN, "the context was shut down");
  bool ended = *ret_status < 0 || atomic_load(&self->canceled) || atomic_load(&self->timed_out) || atomic_load(&self->completed);
  return ended ? ENOUGH : GO_ON;
}

// Until a reason to end, or until the picks are used up.
static int run_until_enough(whorl__executor_t *self, int64_t period_ns)
{
  int status = WHORL_OK, ran;
  if (self->cycles != NULL) whorl__cycles_begin(self->cycles, period_ns);
  do ran = run(self);
  while (whorl__core_is_halted(self->seat.core) && look(self, &status) != ENOUGH);
  if (self->cycles != NULL) whorl__cycles_end(self->cycles);
  return status < 0 ? status : ran;
}

static int spin(whorl__executor_t *self, int64_t period_ns)
{
  int status = self->crew != NULL ? whorl__crew_begin(self->crew) : WHORL_OK;
  if (status == WHORL_OK) status = run_until_enough(self, period_ns);
  whorl__detail_t detail = *whorl__local()->detail;
  whorl__executor_drain(self);
  int late = take_errors(self);
  whorl__executor_leave(self);
  if (status < 0) return whorl__fail(status, "%s", detail.text);
  return late;
}

int whorl_executor_spin(whorl_executor_t handle)
{
  whorl__executor_t *self;
  WHORL_TRY(enter(handle, "whorl_executor_spin", &self));
  return spin(self, 0);
}

static int check_cycles(whorl_executor_t handle)
{
  whorl__executor_t *self;
  WHORL_TRY(whorl__executor_pin(handle, &self));
  int status = self->cycles != NULL
                   ? WHORL_OK
                   : whorl__fail(WHORL_WRONG_STATE, "executor '%s' has no cycles: only the static kind spins by a period", self->name);
  whorl__executor_unpin(self);
  return status;
}

int whorl_executor_spin_period(whorl_executor_t handle, int64_t period_ns)
{
  whorl__executor_t *self;
  if (period_ns <= 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_executor_spin_period: a period of %" PRId64 " ns is not positive", period_ns);
  WHORL_TRY(check_cycles(handle));
  WHORL_TRY(enter(handle, "whorl_executor_spin_period", &self));
  return spin(self, period_ns);
}

// Each has a stack, of which a page is touched at least.
static int check_memory_for(size_t entities)
{
  long pages = sysconf(_SC_PHYS_PAGES);
  if (pages <= 0 || entities <= (size_t)pages) return WHORL_OK;
  return whorl__fail(WHORL_NO_MEMORY, "no memory for the callbacks of %zu entities", entities);
}

int whorl_executor_prepare(whorl_executor_t handle)
{
  whorl__executor_t *self;
  WHORL_TRY(enter(handle, "whorl_executor_prepare", &self));
  pthread_mutex_lock(&self->context->lock);
  size_t entities = self->seat.capacity != 0 ? self->seat.capacity : self->seat.entities;
  pthread_mutex_unlock(&self->context->lock);
  int status = check_memory_for(entities);
  if (status == WHORL_OK) status = whorl__core_reserve(self->seat.core, entities);
  whorl__executor_leave(self);
  return status;
}

// --- Short forms

static int runs(const whorl__executor_t *self, uint64_t limit)
{
  uint64_t count = limit - whorl__core_picks_left(self->seat.core);
  return count > INT_MAX ? INT_MAX : (int)count;
}

static void limit_passed(whorl__deadline_t *deadline, int64_t now_ns)
{
  whorl__executor_t *self = WHORL__CONTAINER(deadline, whorl__executor_t, limit);
  (void)now_ns;
  atomic_store(&self->timed_out, true);
  whorl__core_halt_locked(self->seat.core);
}

// Negative, or WHORL_FOREVER: none.
static void arm_limit(whorl__executor_t *self, int64_t timeout_ns)
{
  if (timeout_ns < 0 || timeout_ns == WHORL_FOREVER) return;
  self->limit.expire = limit_passed;
  int64_t now_ns = whorl__core_now(self->seat.core);
  whorl__core_lock(self->seat.core);
  whorl__core_arm(self->seat.core, &self->limit, whorl__time_after(now_ns, timeout_ns));
  whorl__core_unlock(self->seat.core);
}

static void disarm_limit(whorl__executor_t *self)
{
  whorl__core_lock(self->seat.core);
  whorl__core_disarm(self->seat.core, &self->limit);
  whorl__core_unlock(self->seat.core);
}

// One turn: what is ready at entry. The first of a spin is a cycle's time, whether something is ready or not.
static int turn(whorl__executor_t *self, bool first, bool *ret_more)
{
  int status = WHORL_OK;
  if (first && self->cycles != NULL) whorl__cycles_make_due(self->cycles);
  self->one_turn = true;
  *ret_more = whorl__core_turn(self->seat.core);
  self->one_turn = false;
  if (whorl__core_is_halted(self->seat.core) && look(self, &status) == ENOUGH) *ret_more = false;
  return status;
}

int whorl_executor_spin_once(whorl_executor_t handle, int64_t timeout_ns)
{
  whorl__executor_t *self;
  WHORL_TRY(enter(handle, "whorl_executor_spin_once", &self));
  whorl__core_limit(self->seat.core, 1, WHORL_FOREVER);
  bool more;
  int status = turn(self, true, &more);
  if (status == WHORL_OK && timeout_ns != 0 && runs(self, 1) == 0 && !atomic_load(&self->canceled)) {
    arm_limit(self, timeout_ns);
    status = run_until_enough(self, 0);
    disarm_limit(self);
  }
  int count = runs(self, 1);
  whorl__executor_leave(self);
  return status < 0 ? status : count;
}

static int run_ready(whorl__executor_t *self, int64_t max_ns, bool all)
{
  int64_t until_ns = max_ns == 0 ? WHORL_FOREVER : whorl__time_after(whorl__core_now(self->seat.core), max_ns);
  bool more, first = true;
  int status;
  whorl__core_limit(self->seat.core, UINT64_MAX, until_ns);
  do {
    status = turn(self, first, &more);
    first = false;
  } while (status == WHORL_OK && all && more && whorl__core_now(self->seat.core) < until_ns);
  int count = runs(self, UINT64_MAX);
  return status < 0 ? status : count;
}

static int spin_ready(whorl_executor_t handle, int64_t max_ns, bool all, const char *function)
{
  whorl__executor_t *self;
  if (max_ns < 0) return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: a time of %" PRId64 " ns is negative", function, max_ns);
  WHORL_TRY(enter(handle, function, &self));
  int result = run_ready(self, max_ns, all);
  whorl__executor_leave(self);
  return result;
}

int whorl_executor_spin_some(whorl_executor_t executor, int64_t max_ns)
{
  return spin_ready(executor, max_ns, false, "whorl_executor_spin_some");
}

int whorl_executor_spin_all(whorl_executor_t executor, int64_t max_ns)
{
  return spin_ready(executor, max_ns, true, "whorl_executor_spin_all");
}

// --- Until a future is complete

typedef struct watch {
  whorl__future_watch_t watch;
  whorl__executor_t *executor;
} watch_t;

static void future_ended(whorl__future_watch_t *watch)
{
  whorl__executor_t *self = WHORL__CONTAINER(watch, watch_t, watch)->executor;
  atomic_store(&self->completed, true);
  whorl__core_halt(self->seat.core);
}

static int run_for_future(whorl__executor_t *self, int64_t timeout_ns)
{
  bool more;
  if (timeout_ns == 0) return turn(self, true, &more);
  arm_limit(self, timeout_ns);
  int status = run_until_enough(self, 0);
  disarm_limit(self);
  return status;
}

int whorl_executor_spin_until_future_complete(whorl_executor_t handle, whorl_future_t future, int64_t timeout_ns)
{
  whorl__executor_t *self;
  bool complete = false;
  if (whorl_future_is_complete(future)) return WHORL_FUTURE_SUCCESS;
  int status = enter(handle, "whorl_executor_spin_until_future_complete", &self);
  if (status == WHORL_SHUTDOWN) return WHORL_FUTURE_INTERRUPTED;
  if (status < 0) return status;
  watch_t watch = {.watch.told = future_ended, .executor = self};
  int watched = whorl__future_watch(future, &watch.watch, &complete);
  if (watched == WHORL_OK && !complete) {
    status = run_for_future(self, timeout_ns);
    whorl__detail_t detail = *whorl__local()->detail;
    watched = whorl__future_unwatch(future, &watch.watch, &complete);
    if (status < 0) whorl__fail(status, "%s", detail.text);
  }
  bool interrupted = atomic_load(&self->canceled) || status == WHORL_SHUTDOWN;
  whorl__executor_leave(self);
  if (complete) return WHORL_FUTURE_SUCCESS;
  if (interrupted) return WHORL_FUTURE_INTERRUPTED;
  if (watched < 0) return watched;
  return status < 0 ? status : WHORL_FUTURE_TIMEOUT;
}

const char *whorl_future_result_name(int result)
{
  static const char *const names[] = {"SUCCESS", "INTERRUPTED", "TIMEOUT"};
  if (result < 0) return whorl_status_name(result);
  return result <= WHORL_FUTURE_TIMEOUT ? names[result] : "UNKNOWN";
}

// --- From other threads

int whorl_executor_cancel(whorl_executor_t handle)
{
  whorl__executor_t *self;
  WHORL_TRY(whorl__executor_pin(handle, &self));
  whorl__executor_cancel(self);
  whorl__executor_unpin(self);
  return WHORL_OK;
}

bool whorl_executor_is_spinning(whorl_executor_t handle)
{
  whorl__executor_t *self;
  if (whorl__executor_pin(handle, &self) < 0) return false;
  bool spinning = atomic_load(&self->spinning);
  whorl__executor_unpin(self);
  return spinning;
}
