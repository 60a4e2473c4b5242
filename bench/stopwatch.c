#include "stopwatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

int64_t stopwatch_now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t stopwatch_cpu_ns(void)
{
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000000) +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * INT64_C(1000);
}

void stopwatch_init(stopwatch_t *watch, uint32_t warm_up, uint32_t count)
{
  *watch = (stopwatch_t){.warm_up = warm_up, .count = count};
  watch->lap_ns = calloc(count, sizeof *watch->lap_ns);
  if (watch->lap_ns == NULL || warm_up == 0) abort();
}

bool stopwatch_lap(stopwatch_t *watch, int64_t lap_ns)
{
  if (watch->laps >= watch->warm_up) watch->lap_ns[watch->laps - watch->warm_up] = lap_ns;
  watch->laps++;
  if (watch->laps == watch->warm_up) {
    watch->began_cpu_ns = stopwatch_cpu_ns();
    watch->began_ns = stopwatch_now_ns();
  }
  if (watch->laps < watch->warm_up + watch->count) return true;
  watch->ended_ns = stopwatch_now_ns();
  watch->ended_cpu_ns = stopwatch_cpu_ns();
  return false;
}

static int compare(const void *a, const void *b)
{
  int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

void stopwatch_print_parts(stopwatch_t *watch, uint32_t parts)
{
  double unit = 1e3 * parts, all = unit * watch->count;
  qsort(watch->lap_ns, watch->count, sizeof *watch->lap_ns, compare);
  printf("{\"p50_us\": %.5f, \"mean_us\": %.5f, \"cpu_us\": %.5f, \"laps\": %u}\n", (double)watch->lap_ns[watch->count / 2] / unit,
         (double)(watch->ended_ns - watch->began_ns) / all, (double)(watch->ended_cpu_ns - watch->began_cpu_ns) / all, watch->count);
  free(watch->lap_ns);
}

void stopwatch_print(stopwatch_t *watch) { stopwatch_print_parts(watch, 1); }
