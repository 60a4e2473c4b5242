// Sleeping on bare libuv: one timer for each sleep, and no task. Counterpart of whorl_tasks.c.
// `zero_sleep` starts a timer of 0 ms again and again from its own callback. `sleeps` starts so many at once, of 100 to 199 ms, and lets
// all of them expire; the second such round is measured, when the memory is there.
// usage: bare_timers zero_sleep|sleeps <count>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "stopwatch.h"

enum { PER_LAP = 1000, LEAST_MS = 100, SPREAD_MS = 100 };

typedef struct restarts {
  int64_t began_ns;
  uint32_t done;
  stopwatch_t watch;
} restarts_t;

static void on_zero(uv_timer_t *timer)
{
  restarts_t *restarts = timer->data;
  if (++restarts->done == PER_LAP) {
    int64_t now_ns = stopwatch_now_ns();
    if (!stopwatch_lap(&restarts->watch, now_ns - restarts->began_ns)) return;
    restarts->began_ns = now_ns;
    restarts->done = 0;
  }
  uv_timer_start(timer, on_zero, 0, 0);
}

static int sleep_zero(uint32_t count)
{
  uv_timer_t timer;
  restarts_t restarts = {.began_ns = stopwatch_now_ns()};
  stopwatch_init(&restarts.watch, count / PER_LAP / 10 + 1, count / PER_LAP);
  uv_timer_init(uv_default_loop(), &timer);
  timer.data = &restarts;
  uv_timer_start(&timer, on_zero, 0, 0);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  stopwatch_print_parts(&restarts.watch, PER_LAP);
  return 0;
}

static void on_end(uv_timer_t *timer) { ++*(uint32_t *)timer->data; }

static void sleep_all(uv_timer_t *timers, uint32_t count)
{
  uint32_t ended = 0;
  for (uint32_t i = 0; i < count; i++) {
    uv_timer_init(uv_default_loop(), &timers[i]);
    timers[i].data = &ended;
    uv_timer_start(&timers[i], on_end, LEAST_MS + i % SPREAD_MS, 0);
  }
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  if (ended != count) abort();
}

static int sleep_at_once(uint32_t count)
{
  stopwatch_t watch;
  uv_timer_t *timers = calloc(count, sizeof *timers);
  if (timers == NULL) abort();
  stopwatch_init(&watch, 1, 1);
  do sleep_all(timers, count);
  while (stopwatch_lap(&watch, 0));
  stopwatch_print_parts(&watch, count);
  free(timers);
  return 0;
}

int main(int argc, char **argv)
{
  if (argc != 3) return 2;
  uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
  if (strcmp(argv[1], "zero_sleep") == 0) return sleep_zero(count);
  return strcmp(argv[1], "sleeps") == 0 ? sleep_at_once(count) : 2;
}
