// Clocks and sleeping on them. A clock is its node's handle and a kind; what it tells of simulated time is the context's (dispatch/ros_time.h).
//
// A sleeper is an alarm of its node's ROS clock whatever it sleeps on: so the node's end finds it, and a change of the source. It waits for simulated time in that alarm, for wall time in its task's own steady
// deadline: a step of the system's clock makes no sleep longer or shorter.
#include "whorl/clock.h"

#include "base/detail.h"
#include "base/time_after.h"
#include "node/blocking.h"
#include "node/sim_time.h"
#include "task/wait.h"

// An id's lower half is an index, far below 2^30.
enum { KIND_SHIFT = 30 };
static const uint64_t kind_mask = UINT64_C(3) << KIND_SHIFT;

static whorl_node_t node_of(whorl_clock_t clock) { return (whorl_node_t){clock.id & ~kind_mask}; }

whorl_clock_kind_t whorl_clock_kind(whorl_clock_t clock) { return (whorl_clock_kind_t)((clock.id & kind_mask) >> KIND_SHIFT); }

whorl_clock_t whorl_node_clock_of_kind(whorl_node_t node, whorl_clock_kind_t kind)
{
  return (whorl_clock_t){(node.id & ~kind_mask) | ((uint64_t)kind << KIND_SHIFT & kind_mask)};
}

whorl_clock_t whorl_node_clock(whorl_node_t node) { return whorl_node_clock_of_kind(node, WHORL_CLOCK_ROS); }

// Whose alarms are those of sleepers on it: for wall time that of the ROS clock, which needs no more than an end.
static whorl__ros_clock_t *source_of(whorl__node_t *node, whorl_clock_kind_t kind)
{
  return kind == WHORL_CLOCK_SIM_STEADY ? &node->sim_steady : &node->clock;
}

static bool is_simulated(whorl__node_t *node, whorl_clock_kind_t kind)
{
  bool may_be = kind == WHORL_CLOCK_ROS || kind == WHORL_CLOCK_SIM_STEADY;
  return may_be && atomic_load_explicit(&source_of(node, kind)->simulated, memory_order_acquire);
}

// Without the offset of a continuous one.
static int64_t now_of_source(whorl__node_t *node, whorl_clock_kind_t kind)
{
  whorl__participant_t *participant = node->context->participant;
  if (is_simulated(node, kind)) return whorl__ros_time_now(source_of(node, kind)->time);
  bool steady = kind == WHORL_CLOCK_STEADY || kind == WHORL_CLOCK_SIM_STEADY;
  return steady ? whorl__core_now(node->context->limbo) : participant->ops->now_ns(participant);
}

static int64_t now_of(whorl__node_t *node, whorl_clock_kind_t kind)
{
  whorl__ros_clock_t *source = source_of(node, kind);
  if (!source->continuous) return now_of_source(node, kind);
  pthread_mutex_lock(&source->time->lock); // source and offset change together
  int64_t now_ns = now_of_source(node, kind) + source->offset_ns;
  pthread_mutex_unlock(&source->time->lock);
  return now_ns;
}

int64_t whorl_clock_now_ns(whorl_clock_t clock)
{
  whorl__node_t *node;
  if (whorl__node_pin(node_of(clock), &node) < 0) return 0;
  int64_t now_ns = now_of(node, whorl_clock_kind(clock));
  whorl__node_unpin(node);
  return now_ns;
}

bool whorl_clock_ros_time_is_active(whorl_clock_t clock)
{
  whorl__node_t *node;
  if (whorl__node_pin(node_of(clock), &node) < 0) return false;
  bool active = is_simulated(node, whorl_clock_kind(clock));
  whorl__node_unpin(node);
  return active;
}

bool whorl_clock_is_started(whorl_clock_t clock)
{
  whorl__node_t *node;
  if (whorl__node_pin(node_of(clock), &node) < 0) return false;
  bool started = !is_simulated(node, whorl_clock_kind(clock)) || atomic_load(&source_of(node, whorl_clock_kind(clock))->time->started);
  whorl__node_unpin(node);
  return started;
}

// --- Sleeping

typedef struct sleeper {
  whorl__alarm_t alarm;
  whorl__waiter_t waiter;
  whorl_clock_kind_t kind;
  int64_t until_ns; // a target of that clock, or
  bool is_duration; // that long
  bool went_back;   // once; then it landed at:
  int64_t landed_ns;
} sleeper_t;

static sleeper_t *sleeper_of(whorl__alarm_t *alarm) { return WHORL__CONTAINER(alarm, sleeper_t, alarm); }

// The time's lock is held, which the woken task takes before it lets go of its memory.
static void wake(sleeper_t *sleeper, int status)
{
  whorl__alarm_remove(&sleeper->alarm);
  whorl__wait_commit(&sleeper->waiter, status);
}

static void due(whorl__alarm_t *alarm, int64_t now_ns)
{
  (void)now_ns;
  wake(sleeper_of(alarm), WHORL_OK);
}

// docs/time.md, "Back": so that no sleep outlives two rounds of a clock that goes round.
static void back(whorl__alarm_t *alarm, int64_t before_ns, int64_t now_ns)
{
  sleeper_t *sleeper = sleeper_of(alarm);
  if (sleeper->is_duration) {
    alarm->when_ns -= before_ns - now_ns;
  } else if (sleeper->went_back && now_ns <= sleeper->landed_ns) {
    wake(sleeper, WHORL_TIME_JUMPED);
  } else if (!sleeper->went_back) {
    sleeper->went_back = true;
    sleeper->landed_ns = now_ns;
  }
}

static void changed(whorl__alarm_t *alarm, int64_t left_ns)
{
  sleeper_t *sleeper = sleeper_of(alarm);
  (void)left_ns;
  if (sleeper->kind == WHORL_CLOCK_ROS || sleeper->kind == WHORL_CLOCK_SIM_STEADY) wake(sleeper, WHORL_TIME_SOURCE_CHANGED);
}

static void closed(whorl__alarm_t *alarm) { wake(sleeper_of(alarm), WHORL_DESTROYED); }

static const whorl__alarm_ops_t sleeper_ops = {.due = due, .back = back, .changed = changed, .closed = closed};

// The time's lock is held. False: it has passed already. `ret_deadline_ns`: the steady one, for wall time.
static bool begin(sleeper_t *sleeper, whorl__node_t *node, int64_t *ret_deadline_ns)
{
  whorl__ros_clock_t *source = source_of(node, sleeper->kind);
  bool simulated = is_simulated(node, sleeper->kind), started = atomic_load(&source->time->started);
  int64_t target_ns = whorl__time_after(sleeper->until_ns, -source->offset_ns); // of the source; when it is one
  int64_t left_ns = sleeper->is_duration ? sleeper->until_ns : whorl__time_after(target_ns, -now_of_source(node, sleeper->kind));
  if (!sleeper->is_duration && sleeper->until_ns == WHORL_FOREVER) left_ns = WHORL_FOREVER;
  if (left_ns <= 0 && (!simulated || started || sleeper->is_duration)) return false;
  whorl__wait_begin(&sleeper->waiter, simulated ? "simulated time" : "sleep on a clock");
  whorl__alarm_add(&sleeper->alarm, source, &sleeper_ops);
  *ret_deadline_ns = simulated ? WHORL_FOREVER : whorl__time_after(whorl_now_ns(), left_ns);
  if (simulated && sleeper->is_duration)
    whorl__alarm_arm_after(&sleeper->alarm, sleeper->until_ns);
  else if (simulated)
    whorl__alarm_arm_at(&sleeper->alarm, sleeper->until_ns == WHORL_FOREVER ? WHORL_FOREVER : target_ns);
  return true;
}

static int end(sleeper_t *sleeper, whorl__ros_time_t *time, int status)
{
  pthread_mutex_lock(&time->lock); // perhaps another context's by now: then we wait for nothing of it
  if (whorl__link_listed(&sleeper->alarm.link)) whorl__alarm_remove(&sleeper->alarm);
  pthread_mutex_unlock(&time->lock);
  switch (status) {
  case WHORL_TIMED_OUT: return WHORL_OK;
  case WHORL_DESTROYED: return whorl__fail(status, "the clock's node was destroyed while this task slept on it");
  case WHORL_TIME_SOURCE_CHANGED: return whorl__fail(status, "the clock's node has switched simulated time on or off");
  case WHORL_TIME_JUMPED: return whorl__fail(status, "the clock went back for the second time without reaching what was waited for");
  default: return status;
  }
}

// Pinned; ends the pin.
static int sleep_pinned(whorl__node_t *node, sleeper_t *sleeper)
{
  int64_t deadline_ns = WHORL_FOREVER;
  whorl__ros_time_t *time = source_of(node, sleeper->kind)->time;
  pthread_mutex_lock(&time->lock);
  bool sleeps = begin(sleeper, node, &deadline_ns);
  pthread_mutex_unlock(&time->lock);
  whorl__node_unpin(node);
  if (sleeps) return end(sleeper, time, whorl__wait_suspend_until(&sleeper->waiter, deadline_ns));
  return whorl__core_current() != NULL ? whorl_yield() : WHORL_OK; // a plain thread has nobody to let run
}

// What is continuous has no durations but targets, which are the same on either source.
static void aim(sleeper_t *sleeper, whorl__node_t *node)
{
  if (sleeper->kind != WHORL_CLOCK_SIM_STEADY || !sleeper->is_duration || sleeper->until_ns <= 0) return;
  sleeper->until_ns = whorl__time_after(now_of(node, sleeper->kind), sleeper->until_ns);
  sleeper->is_duration = false;
}

static int sleep_once(whorl_clock_t clock, const char *function, sleeper_t *sleeper)
{
  whorl__node_t *node;
  whorl__blocking_t blocking;
  WHORL_TRY(whorl__node_pin(node_of(clock), &node));
  aim(sleeper, node);
  int status = whorl__blocking_begin(&blocking, node->context, function);
  if (status == WHORL_OK) return whorl__blocking_end(&blocking, sleep_pinned(node, sleeper));
  whorl__node_unpin(node);
  return status;
}

static int sleep_on(whorl_clock_t clock, const char *function, sleeper_t *sleeper)
{
  int status;
  sleeper->kind = whorl_clock_kind(clock);
  do status = sleep_once(clock, function, sleeper);
  while (status == WHORL_TIME_SOURCE_CHANGED && sleeper->kind == WHORL_CLOCK_SIM_STEADY); // the rest of it on the other source
  return status;
}

WHORL__SUSPENDING int whorl_clock_sleep(whorl_clock_t clock, int64_t duration_ns)
{
  int status = whorl__wait_entry_anywhere_checked();
  return status < 0 ? status : sleep_on(clock, __func__, &(sleeper_t){.until_ns = duration_ns, .is_duration = true});
}

WHORL__SUSPENDING int whorl_clock_sleep_until(whorl_clock_t clock, int64_t target_ns)
{
  int status = whorl__wait_entry_anywhere_checked();
  return status < 0 ? status : sleep_on(clock, __func__, &(sleeper_t){.until_ns = target_ns});
}

WHORL__SUSPENDING int whorl_clock_wait_until_started(whorl_clock_t clock)
{
  int status = whorl__wait_entry_anywhere_checked();
  return status < 0 ? status : sleep_on(clock, __func__, &(sleeper_t){.until_ns = INT64_MIN});
}
