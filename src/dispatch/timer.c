#include "dispatch/timer.h"

#include "base/time_after.h"

static whorl__timer_t *timer_of(whorl__record_t *record) { return WHORL__CONTAINER(record, whorl__timer_t, record); }
static whorl__timer_t *timer_of_alarm(whorl__alarm_t *alarm) { return WHORL__CONTAINER(alarm, whorl__timer_t, alarm); }

static whorl__core_t *lock(whorl__timer_t *timer)
{
  if (timer->clock != NULL) pthread_mutex_lock(&timer->clock->time->lock);
  return whorl__record_lock(&timer->record);
}

static void unlock(whorl__timer_t *timer, whorl__core_t *core)
{
  whorl__core_unlock(core);
  if (timer->clock != NULL) pthread_mutex_unlock(&timer->clock->time->lock);
}

// Is it due, and not picked yet?
static bool is_pending(const whorl__timer_t *timer)
{
  return timer->simulated ? timer->pending : timer->record.node.queued || timer->record.again;
}

static void forget(whorl__timer_t *timer, whorl__core_t *core) // whatever it waits for or has become due for
{
  whorl__core_disarm(core, &timer->deadline);
  if (timer->clock != NULL) whorl__alarm_disarm(&timer->alarm);
  timer->pending = false;
  whorl__record_unmark_locked(&timer->record, core);
}

static void start(whorl__timer_t *timer, whorl__core_t *core)
{
  whorl__ros_time_t *time = timer->simulated ? timer->clock->time : NULL;
  int64_t now_ns = time != NULL ? whorl__ros_time_now(time) : whorl__core_now(core);
  timer->due_ns = whorl__time_after(now_ns, timer->period_ns);
  if (timer->period_ns == 0 && (time == NULL || atomic_load(&time->started)))
    whorl__record_mark_locked(&timer->record, core);
  else if (time != NULL)
    whorl__alarm_arm_after(&timer->alarm, timer->period_ns);
  else
    whorl__core_arm(core, &timer->deadline, timer->due_ns);
}

// --- Due

static void expire(whorl__deadline_t *deadline, int64_t now_ns)
{
  whorl__timer_t *timer = WHORL__CONTAINER(deadline, whorl__timer_t, deadline);
  (void)now_ns;
  whorl__record_mark_locked(&timer->record, atomic_load_explicit(&whorl__record_mailbox(&timer->record)->core, memory_order_relaxed));
}

// The time's lock is held. A closed record may still be here until its timer's fini.
static void due(whorl__alarm_t *alarm, int64_t now_ns)
{
  whorl__timer_t *timer = timer_of_alarm(alarm);
  whorl__core_t *core = whorl__record_lock(&timer->record);
  if (!whorl__record_closing(&timer->record)) {
    bool repeats = timer->period_ns > 0 && !timer->one_shot;
    int64_t late_ns = repeats ? now_ns - alarm->when_ns : 0, passed = repeats ? late_ns / timer->period_ns : 0;
    if (!timer->pending) {
      timer->due_ns = alarm->when_ns;
      timer->missed_since = (uint64_t)passed;
    } else {
      timer->missed_since += (uint64_t)passed + 1;
    }
    timer->pending = true;
    if (repeats) whorl__alarm_arm_at(alarm, whorl__time_after(now_ns - late_ns % timer->period_ns, timer->period_ns));
    whorl__record_mark_locked(&timer->record, core);
  }
  whorl__core_unlock(core);
  whorl__record_tell(&timer->record);
}

// As rclcpp has it: by less than what has gone of the period, nothing changes; by more, a whole period begins.
static void back(whorl__alarm_t *alarm, int64_t before_ns, int64_t now_ns)
{
  const whorl__timer_t *timer = timer_of_alarm(alarm);
  (void)before_ns;
  if (alarm->when_ns - timer->period_ns > now_ns) alarm->when_ns = whorl__time_after(now_ns, timer->period_ns);
}

// --- The clock changes its source: what is left until the next call is left on the other time. Nothing becomes due by that.

static void go_on_steady(whorl__timer_t *timer, whorl__core_t *core, int64_t left_ns, bool pending)
{
  int64_t now_ns = whorl__core_now(core);
  timer->pending = false;
  timer->due_ns = pending ? now_ns : left_ns < 0 ? WHORL_FOREVER : whorl__time_after(now_ns, left_ns);
  if (!pending) whorl__core_arm(core, &timer->deadline, timer->due_ns);
}

static void go_on_simulated(whorl__timer_t *timer, whorl__core_t *core, bool pending)
{
  int64_t left_ns = timer->due_ns - whorl__core_now(core);
  if (left_ns < 0 && timer->one_shot) left_ns = 0;
  if (left_ns < 0 || pending) left_ns = timer->period_ns - -left_ns % timer->period_ns;
  whorl__core_disarm(core, &timer->deadline);
  timer->pending = pending;
  timer->missed_since = 0;
  timer->due_ns = whorl__ros_time_now(timer->clock->time);
  if (!pending || !timer->one_shot) whorl__alarm_arm_after(&timer->alarm, left_ns);
}

static void changed(whorl__alarm_t *alarm, int64_t left_ns)
{
  whorl__timer_t *timer = timer_of_alarm(alarm);
  whorl__core_t *core = whorl__record_lock(&timer->record);
  bool pending = is_pending(timer), endless = timer->due_ns == WHORL_FOREVER;
  timer->simulated = atomic_load(&timer->clock->simulated);
  timer->offset_ns = timer->clock->offset_ns;
  if (timer->stopped || endless || whorl__record_closing(&timer->record)) {
    // there is nothing to go on with
  } else if (timer->period_ns == 0) {
    forget(timer, core);
    start(timer, core);
  } else if (timer->simulated) {
    go_on_simulated(timer, core, pending);
  } else {
    go_on_steady(timer, core, left_ns, pending);
  }
  whorl__core_unlock(core);
  whorl__record_tell(&timer->record);
}

static void closed(whorl__alarm_t *alarm) { (void)alarm; } // its node goes, and it with it

static const whorl__alarm_ops_t alarm_ops = {.due = due, .back = back, .changed = changed, .closed = closed};

void whorl__timer_init(whorl__timer_t *timer, const whorl__record_ops_t *ops, whorl__mailbox_t *mailbox,
                       const whorl__timer_options_t *options, uint64_t registration, const char *name)
{
  *timer = (whorl__timer_t){
      .period_ns = options->period_ns, .clock = options->clock, .one_shot = options->one_shot, .stopped = true, .deadline.expire = expire};
  whorl__record_init(&timer->record, ops, mailbox, 1, registration, name);
  timer->record.deadline = &timer->deadline;
  timer->record.once = options->one_shot;
  if (timer->clock == NULL) return;
  pthread_mutex_lock(&timer->clock->time->lock);
  whorl__alarm_add(&timer->alarm, timer->clock, &alarm_ops);
  timer->simulated = atomic_load(&timer->clock->simulated);
  timer->offset_ns = timer->clock->offset_ns;
  pthread_mutex_unlock(&timer->clock->time->lock);
}

void whorl__timer_fini(whorl__timer_t *timer)
{
  if (timer->clock == NULL) return;
  pthread_mutex_lock(&timer->clock->time->lock);
  whorl__alarm_remove(&timer->alarm);
  pthread_mutex_unlock(&timer->clock->time->lock);
}

static void move_on_steady(whorl__timer_t *timer, whorl__core_t *core)
{
  int64_t late_ns = timer->last.actual_ns - timer->due_ns;
  timer->last.missed = (uint64_t)(late_ns / timer->period_ns);
  timer->due_ns = whorl__time_after(timer->last.actual_ns - late_ns % timer->period_ns, timer->period_ns);
  whorl__core_arm(core, &timer->deadline, timer->due_ns);
}

void whorl__timer_picked(whorl__record_t *record, whorl__core_t *core)
{
  whorl__timer_t *timer = timer_of(record);
  timer->last.simulated = timer->simulated;
  timer->last.offset_ns = timer->offset_ns;
  timer->last.expected_ns = timer->due_ns;
  timer->last.actual_ns = timer->simulated ? whorl__ros_time_now(timer->clock->time) : whorl__core_now(core);
  timer->last.missed = timer->pending ? timer->missed_since : 0;
  timer->pending = false;
  if (timer->stopped) return;
  if (timer->one_shot) {
    timer->stopped = timer->owed = true;
  } else if (timer->period_ns == 0) { // again as soon as everybody else who is ready had a turn
    timer->due_ns = timer->last.actual_ns;
    record->again = true;
  } else if (!timer->simulated) {
    move_on_steady(timer, core);
  }
}

bool whorl__timer_begin(whorl__timer_t *timer)
{
  bool owed = timer->owed || !timer->one_shot;
  timer->owed = false;
  return owed;
}

// --- From outside

void whorl__timer_cancel(whorl__timer_t *timer)
{
  whorl__core_t *core = lock(timer);
  timer->stopped = true;
  forget(timer, core);
  unlock(timer, core);
}

void whorl__timer_reset(whorl__timer_t *timer)
{
  whorl__core_t *core = lock(timer);
  if (!whorl__record_closing(&timer->record)) {
    timer->stopped = false;
    forget(timer, core);
    start(timer, core);
  }
  unlock(timer, core);
  whorl__record_tell(&timer->record);
}

// Not by a pick: whether its record waits in a queue does not matter.
static bool is_due(const whorl__timer_t *timer, whorl__core_t *core)
{
  if (timer->stopped || whorl__record_closing(&timer->record)) return false;
  return timer->simulated ? timer->pending || timer->record.again : timer->due_ns <= whorl__core_now(core);
}

bool whorl__timer_take(whorl__timer_t *timer, whorl__expiry_t *ret_expiry)
{
  whorl__core_t *core = lock(timer);
  bool due = is_due(timer, core);
  if (due) {
    whorl__core_disarm(core, &timer->deadline);
    whorl__record_unmark_locked(&timer->record, core);
    whorl__timer_picked(&timer->record, core);
    *ret_expiry = timer->last;
  }
  unlock(timer, core);
  return due;
}

bool whorl__timer_ready(whorl__timer_t *timer, int64_t *ret_until_ns)
{
  whorl__core_t *core = lock(timer);
  bool due = is_due(timer, core), waits = !due && !timer->stopped && !timer->simulated && timer->due_ns != WHORL_FOREVER;
  *ret_until_ns = waits ? timer->due_ns - whorl__core_now(core) : WHORL_FOREVER;
  unlock(timer, core);
  return due;
}

// Has it no next call, although it runs?
static bool is_endless(const whorl__timer_t *timer) { return !is_pending(timer) && !timer->deadline.node.queued && !timer->alarm.armed; }

void whorl__timer_set_period(whorl__timer_t *timer, int64_t period_ns)
{
  whorl__core_t *core = lock(timer);
  bool was_zero = timer->period_ns == 0;
  timer->period_ns = period_ns;
  if (!timer->stopped && !whorl__record_closing(&timer->record)) {
    if (is_endless(timer) && !(was_zero && timer->simulated))
      start(timer, core);
    else if (was_zero && timer->simulated && !timer->one_shot && period_ns > 0 && !timer->alarm.armed)
      whorl__alarm_arm_after(&timer->alarm, period_ns); // its pick, which may not, would have to
  }
  unlock(timer, core);
  whorl__record_tell(&timer->record);
}

int64_t whorl__timer_period(whorl__timer_t *timer)
{
  whorl__core_t *core = lock(timer);
  int64_t period_ns = timer->period_ns;
  unlock(timer, core);
  return period_ns;
}

bool whorl__timer_canceled(whorl__timer_t *timer)
{
  whorl__core_t *core = lock(timer);
  bool stopped = timer->stopped;
  unlock(timer, core);
  return stopped;
}

static int64_t until_next_simulated(const whorl__timer_t *timer)
{
  const whorl__alarm_t *alarm = &timer->alarm;
  int64_t now_ns = whorl__ros_time_now(timer->clock->time);
  if (timer->pending || timer->period_ns == 0) return timer->due_ns - now_ns;
  if (!alarm->armed) return WHORL_FOREVER;
  return alarm->from_start ? alarm->when_ns : alarm->when_ns - now_ns;
}

int64_t whorl__timer_until_next(whorl__timer_t *timer)
{
  int64_t until = WHORL_FOREVER;
  whorl__core_t *core = lock(timer);
  if (timer->stopped)
    until = WHORL_FOREVER;
  else if (timer->simulated)
    until = until_next_simulated(timer);
  else if (timer->due_ns != WHORL_FOREVER)
    until = timer->due_ns - whorl__core_now(core);
  unlock(timer, core);
  return until;
}
