// Steady time: reading it and sleeping on it.
#include <time.h>

#include "base/time_after.h"
#include "task/state.h"
#include "task/wait.h"
#include "whorl/status.h"

int64_t whorl_now_ns(void)
{
  whorl__worker_t *worker = whorl__worker_current();
  if (worker != NULL) return whorl__parker_now(worker->parker);
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * WHORL_SECONDS(1) + now.tv_nsec;
}

static int sleep_until(int64_t deadline_ns)
{
  if (deadline_ns <= whorl_now_ns()) {
    whorl__wait_completed_at_once();
    return WHORL_OK;
  }
  static const whorl__wait_kind_t sleep = {"sleep", "", "the clock"};
  whorl__waiter_t waiter;
  whorl__wait_begin_for(&waiter, &sleep, NULL);
  int status = whorl__wait_suspend_until(&waiter, deadline_ns);
  return status == WHORL_TIMED_OUT ? WHORL_OK : status;
}

WHORL__SUSPENDING int whorl_sleep_until(int64_t deadline_ns)
{
  int status = whorl__wait_entry_anywhere_checked();
  return status < 0 ? status : sleep_until(deadline_ns);
}

WHORL__SUSPENDING int whorl_sleep(int64_t duration_ns)
{
  int status = whorl__wait_entry_anywhere_checked();
  return status < 0 ? status : sleep_until(whorl__time_after(whorl_now_ns(), duration_ns));
}
