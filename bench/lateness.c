#include "lateness.h"

#include <stdio.h>
#include <stdlib.h>

#include "stopwatch.h"

void lateness_init(lateness_t *lateness, uint32_t count)
{
  *lateness = (lateness_t){.count = count, .warm_up = count / 10 + 1, .late_ns = calloc(count, sizeof(int64_t))};
  if (lateness->late_ns == NULL) abort();
}

bool lateness_note(lateness_t *lateness, int64_t due_ns, uint64_t lost)
{
  int64_t late_ns = stopwatch_now_ns() - due_ns;
  uint32_t index = lateness->seen++;
  if (index < lateness->warm_up) {
    lateness->began_cpu_ns = stopwatch_cpu_ns();
    return true;
  }
  index -= lateness->warm_up;
  if (index >= lateness->count) return false;
  lateness->late_ns[index] = late_ns;
  lateness->lost += lost;
  if (index + 1 < lateness->count) return true;
  lateness->ended_cpu_ns = stopwatch_cpu_ns();
  return false;
}

static int compare(const void *a, const void *b)
{
  int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

void lateness_print(lateness_t *lateness)
{
  const int64_t *late_ns = lateness->late_ns;
  qsort(lateness->late_ns, lateness->count, sizeof *late_ns, compare);
  double cpu_us = (double)(lateness->ended_cpu_ns - lateness->began_cpu_ns) / 1e3 / lateness->count;
  printf("{\"p50_us\": %.3f, \"p99_us\": %.3f, \"cpu_us\": %.4f, \"lost\": %llu}\n", (double)late_ns[lateness->count / 2] / 1e3,
         (double)late_ns[(uint64_t)lateness->count * 99 / 100] / 1e3, cpu_us, (unsigned long long)lateness->lost);
  free(lateness->late_ns);
}
