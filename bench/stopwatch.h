// Stopwatch: what one run of a benchmark measured, printed as one line of JSON for run.py.
#ifndef BENCH_STOPWATCH_H
#define BENCH_STOPWATCH_H

#include <stdbool.h>
#include <stdint.h>

typedef struct stopwatch {
  uint32_t warm_up, count; // laps that are left out, laps that are measured
  uint32_t laps;           // so far
  int64_t *lap_ns;         // of the measured ones
  int64_t began_ns, ended_ns;
  int64_t began_cpu_ns, ended_cpu_ns;
} stopwatch_t;

int64_t stopwatch_now_ns(void);
int64_t stopwatch_cpu_ns(void); // of this process
void stopwatch_init(stopwatch_t *watch, uint32_t warm_up, uint32_t count);
// Counts one lap of that length (0: only the mean is wanted); time and this process's CPU time run from the last lap of the warm-up on. False when it was the last one.
bool stopwatch_lap(stopwatch_t *watch, int64_t lap_ns);
// {"p50_us": median lap, "mean_us": time by laps, "cpu_us": CPU time by laps, "laps": count}
void stopwatch_print(stopwatch_t *watch);
// The same where each lap was so many of the things that are measured: all figures are of one of them.
void stopwatch_print_parts(stopwatch_t *watch, uint32_t parts);

#endif
