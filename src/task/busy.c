#include "task/busy.h"

#include <stdio.h>

#include "whorl/time.h"

enum { TICKS_PER_LIMIT = 8 }; // a limit of fewer coarse ticks gets the precise clock

static int64_t nanoseconds(const struct timespec *time) { return (int64_t)time->tv_sec * WHORL_SECONDS(1) + time->tv_nsec; }

void whorl__busy_init(whorl__busy_t *busy, const whorl__busy_options_t *options)
{
  struct timespec tick;
  busy->options = *options;
  busy->begun = busy->untold = false;
  busy->stall_number = 0;
  atomic_store_explicit(&busy->count, 0, memory_order_relaxed);
  bool coarse = clock_getres(CLOCK_MONOTONIC_COARSE, &tick) == 0 && nanoseconds(&tick) <= options->limit_ns / TICKS_PER_LIMIT;
  busy->clock = coarse ? CLOCK_MONOTONIC_COARSE : CLOCK_MONOTONIC;
}

int64_t whorl__busy_clock(const whorl__busy_t *busy)
{
  if (busy->options.clock_ns != NULL) return busy->options.clock_ns();
  struct timespec now;
  clock_gettime(busy->clock, &now);
  return nanoseconds(&now);
}

void whorl__busy_note(whorl__busy_t *busy, const char *task, int64_t length_ns, uint64_t turn)
{
  uint64_t number = atomic_fetch_add_explicit(&busy->count, 1, memory_order_relaxed) + 1;
  busy->untold = busy->options.hook != NULL;
  busy->length_ns = length_ns;
  snprintf(busy->task, sizeof busy->task, "%s", task); // the task may be gone when this is read
  if (busy->stall_number != 0 && busy->stall_turn == turn && busy->stall_ns >= length_ns) return;
  busy->stall_number = number;
  busy->stall_turn = turn;
  busy->stall_ns = length_ns;
  snprintf(busy->stall_task, sizeof busy->stall_task, "%s", task);
}

void whorl__busy_tell(whorl__busy_t *busy)
{
  if (!busy->untold) return;
  busy->untold = false;
  busy->options.hook(busy->task, busy->length_ns, busy->options.arg);
}
