// Overload: fifty topics, from 63 to 2,000 messages a second, published by one thread, whether or not who listens can keep up.
#ifndef BENCH_OVERLOAD_H
#define BENCH_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>

enum { OVERLOAD_TOPICS = 50, OVERLOAD_DEPTH = 10 }; // the depth of each history

typedef struct overload {
  void (*send)(void *arg, int topic); // publishes one message
  void *arg;
  uint64_t due, sent[OVERLOAD_TOPICS]; // due: what the rates ask for in that time
  int64_t began_ns, ended_ns, began_cpu_ns, ended_cpu_ns;
} overload_t;

// Publishes on the calling thread for that long. Like a timer it leaves out what it comes too late for: that is due and never sent.
void overload_run(overload_t *overload, int seconds);
// What a callback does: takes so much CPU time, however busy the machine is.
void overload_work(int us);
uint64_t overload_sent(const overload_t *overload); // of all topics
// {"served": percent of what was due that was delivered, "cpu": percent of one CPU that this process took, "cpu_us": CPU time by messages delivered, ...}
void overload_print(const overload_t *overload, uint64_t delivered, uint64_t dropped);

#endif
