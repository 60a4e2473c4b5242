#include "overload.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "stopwatch.h"

static const double LOWEST_HZ = 63, HIGHEST_HZ = 2000;

typedef struct schedule {
  int64_t next_ns[OVERLOAD_TOPICS], period_ns[OVERLOAD_TOPICS];
} schedule_t;

static void make_schedule(schedule_t *schedule, int64_t began_ns)
{
  for (int i = 0; i < OVERLOAD_TOPICS; i++) {
    double rate_hz = LOWEST_HZ * pow(HIGHEST_HZ / LOWEST_HZ, (double)i / (OVERLOAD_TOPICS - 1));
    schedule->period_ns[i] = (int64_t)(1e9 / rate_hz);
    schedule->next_ns[i] = began_ns + schedule->period_ns[i];
  }
}

static int first_of(const schedule_t *schedule)
{
  int first = 0;
  for (int i = 1; i < OVERLOAD_TOPICS; i++)
    if (schedule->next_ns[i] < schedule->next_ns[first]) first = i;
  return first;
}

static void sleep_until(int64_t when_ns)
{
  const struct timespec when = {.tv_sec = when_ns / 1000000000, .tv_nsec = when_ns % 1000000000};
  if (stopwatch_now_ns() < when_ns) clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}

void overload_run(overload_t *overload, int seconds)
{
  schedule_t schedule;
  overload->began_cpu_ns = stopwatch_cpu_ns();
  overload->began_ns = stopwatch_now_ns();
  int64_t until_ns = overload->began_ns + seconds * INT64_C(1000000000);
  make_schedule(&schedule, overload->began_ns);
  for (int i = first_of(&schedule); schedule.next_ns[i] <= until_ns; i = first_of(&schedule)) {
    sleep_until(schedule.next_ns[i]);
    overload->send(overload->arg, i);
    overload->sent[i]++;
    int64_t late_periods = (stopwatch_now_ns() - schedule.next_ns[i]) / schedule.period_ns[i];
    schedule.next_ns[i] += (late_periods > 0 ? late_periods : 1) * schedule.period_ns[i];
  }
  for (int i = 0; i < OVERLOAD_TOPICS; i++) overload->due += (uint64_t)((until_ns - overload->began_ns) / schedule.period_ns[i]);
  overload->ended_ns = stopwatch_now_ns();
  overload->ended_cpu_ns = stopwatch_cpu_ns();
}

void overload_work(int us)
{
  struct timespec began, now;
  if (us == 0) return;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
  do clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  while ((now.tv_sec - began.tv_sec) * INT64_C(1000000000) + now.tv_nsec - began.tv_nsec < us * INT64_C(1000));
}

uint64_t overload_sent(const overload_t *overload)
{
  uint64_t sent = 0;
  for (int i = 0; i < OVERLOAD_TOPICS; i++) sent += overload->sent[i];
  return sent;
}

void overload_print(const overload_t *overload, uint64_t delivered, uint64_t dropped)
{
  double cpu_ns = (double)(overload->ended_cpu_ns - overload->began_cpu_ns);
  printf("{\"served\": %.3f, \"cpu\": %.3f, \"cpu_us\": %.3f, \"due\": %llu, \"sent\": %llu, \"delivered\": %llu, \"dropped\": %llu}\n",
         100.0 * (double)delivered / (double)overload->due, 100.0 * cpu_ns / (double)(overload->ended_ns - overload->began_ns),
         delivered > 0 ? cpu_ns / 1e3 / (double)delivered : 0.0, (unsigned long long)overload->due,
         (unsigned long long)overload_sent(overload), (unsigned long long)delivered, (unsigned long long)dropped);
}
