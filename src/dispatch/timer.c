#include "dispatch/timer.h"

#include "whorl/time.h"

static whorl__timer_t *timer_of(whorl__record_t *record) { return WHORL__CONTAINER(record, whorl__timer_t, record); }

// A period may be as long as WHORL_FOREVER: then it is never due.
static int64_t after(int64_t time_ns, int64_t period_ns)
{
  int64_t sum;
  return __builtin_add_overflow(time_ns, period_ns, &sum) ? WHORL_FOREVER : sum;
}

static void expire(whorl__deadline_t *deadline, int64_t now_ns)
{
  whorl__timer_t *timer = WHORL__CONTAINER(deadline, whorl__timer_t, deadline);
  (void)now_ns;
  whorl__record_mark_locked(&timer->record, atomic_load_explicit(&timer->record.mailbox->core, memory_order_relaxed));
}

void whorl__timer_init(whorl__timer_t *timer, const whorl__record_ops_t *ops, whorl__mailbox_t *mailbox, int64_t period_ns,
                       uint64_t registration, const char *name)
{
  *timer = (whorl__timer_t){.period_ns = period_ns, .stopped = true, .deadline.expire = expire};
  whorl__record_init(&timer->record, ops, mailbox, 1, registration, name);
  timer->record.deadline = &timer->deadline;
}

void whorl__timer_picked(whorl__record_t *record, whorl__core_t *core)
{
  whorl__timer_t *timer = timer_of(record);
  timer->expected_ns = timer->due_ns;
  timer->actual_ns = whorl__core_now(core);
  timer->missed = 0;
  if (timer->stopped) return;
  if (timer->period_ns == 0) { // again as soon as everybody else who is ready had a turn
    timer->due_ns = timer->actual_ns;
    record->again = true;
    return;
  }
  int64_t late_ns = timer->actual_ns - timer->due_ns;
  timer->missed = (uint64_t)(late_ns / timer->period_ns);
  timer->due_ns = after(timer->actual_ns - late_ns % timer->period_ns, timer->period_ns);
  whorl__core_arm(core, &timer->deadline, timer->due_ns);
}

void whorl__timer_cancel(whorl__timer_t *timer)
{
  whorl__core_t *core = whorl__mailbox_lock(timer->record.mailbox);
  timer->stopped = true;
  whorl__core_disarm(core, &timer->deadline);
  whorl__record_unmark_locked(&timer->record, core);
  whorl__core_unlock(core);
}

void whorl__timer_reset(whorl__timer_t *timer)
{
  whorl__core_t *core = whorl__mailbox_lock(timer->record.mailbox);
  if (!whorl__record_closing(&timer->record)) {
    timer->stopped = false;
    whorl__record_unmark_locked(&timer->record, core);
    timer->due_ns = after(whorl__core_now(core), timer->period_ns);
    if (timer->period_ns == 0)
      whorl__record_mark_locked(&timer->record, core);
    else
      whorl__core_arm(core, &timer->deadline, timer->due_ns);
  }
  whorl__core_unlock(core);
}

bool whorl__timer_canceled(whorl__timer_t *timer)
{
  whorl__core_t *core = whorl__mailbox_lock(timer->record.mailbox);
  bool stopped = timer->stopped;
  whorl__core_unlock(core);
  return stopped;
}

int64_t whorl__timer_until_next(whorl__timer_t *timer)
{
  whorl__core_t *core = whorl__mailbox_lock(timer->record.mailbox);
  int64_t until = timer->stopped || timer->due_ns == WHORL_FOREVER ? WHORL_FOREVER : timer->due_ns - whorl__core_now(core);
  whorl__core_unlock(core);
  return until;
}
