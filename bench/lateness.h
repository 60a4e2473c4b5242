// Lateness: how late periodic calls come, and how many of them are lost. Printed as one line of JSON for run.py.
#ifndef BENCH_LATENESS_H
#define BENCH_LATENESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct lateness {
  uint32_t count, warm_up, seen;
  uint64_t lost;
  int64_t *late_ns;
  int64_t began_cpu_ns, ended_cpu_ns;
} lateness_t;

void lateness_init(lateness_t *lateness, uint32_t count); // after a tenth of it as warm-up
// A call that was due at that steady time, and how many later ones it stands for, as it came so late. False when it was the last one.
bool lateness_note(lateness_t *lateness, int64_t due_ns, uint64_t lost);
// {"p50_us": , "p99_us": , "cpu_us": of the process for each call, "lost": calls that never came}
void lateness_print(lateness_t *lateness);

#endif
