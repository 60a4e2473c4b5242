// Simulated time with bare Cyclone DDS: a source of /clock, and the least that a process can do that follows it: a listener takes each
// tick and stores it. Counterpart of whorl_clock.c, as its CPU time is per tick of the source.
// usage: floor_clock source <ticks per second> (until run.py ends it) | reader <seconds>
#include <dds/dds.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "stopwatch.h"

typedef rosgraph_msgs_msg_dds__Clock_ tick_t;

static _Atomic int64_t now_ns;

static void on_data(dds_entity_t reader, void *arg)
{
  static tick_t tick;
  void *samples[1] = {&tick};
  dds_sample_info_t info;
  (void)arg;
  while (dds_take(reader, samples, &info, 1, 1) > 0)
    if (info.valid_data) atomic_store(&now_ns, tick.sec * INT64_C(1000000000) + tick.nanosec);
}

static void sleep_until(int64_t deadline_ns)
{
  struct timespec deadline = {deadline_ns / 1000000000, deadline_ns % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) != 0) {}
}

// A tick of simulated time is a period of real time.
static int publish(dds_entity_t participant, dds_entity_t topic, int64_t period_ns)
{
  dds_entity_t writer = dds_create_writer(participant, topic, NULL, NULL);
  if (writer < 0) return 1;
  int64_t began_ns = stopwatch_now_ns();
  for (int64_t i = 1;; i++) {
    int64_t tick_ns = i * period_ns;
    sleep_until(began_ns + tick_ns);
    tick_t tick = {.sec = (int32_t)(tick_ns / 1000000000), .nanosec = (uint32_t)(tick_ns % 1000000000)};
    if (dds_write(writer, &tick) < 0) return 1;
  }
}

static int read_for(dds_entity_t participant, dds_entity_t topic, int64_t duration_ns)
{
  dds_listener_t *listener = dds_create_listener(NULL);
  dds_lset_data_available(listener, on_data);
  if (dds_create_reader(participant, topic, NULL, listener) < 0) return 1;
  dds_delete_listener(listener);
  for (int i = 0; i < 3000 && atomic_load(&now_ns) == 0; i++) sleep_until(stopwatch_now_ns() + 10000000);
  sleep_until(stopwatch_now_ns() + 500000000);
  int64_t began_ns = atomic_load(&now_ns), began_cpu_ns = stopwatch_cpu_ns();
  sleep_until(stopwatch_now_ns() + duration_ns);
  int64_t cpu_ns = stopwatch_cpu_ns() - began_cpu_ns;
  double ticks = (double)(atomic_load(&now_ns) - began_ns) / 1e6;
  if (ticks < 1) return 1;
  printf("{\"cpu_us\": %.4f, \"ticks\": %.0f}\n", (double)cpu_ns / 1e3 / ticks, ticks);
  return 0;
}

int main(int argc, char **argv)
{
  if (argc != 3) return 2;
  const char *domain = getenv("ROS_DOMAIN_ID");
  dds_entity_t participant = dds_create_participant(domain != NULL ? (dds_domainid_t)strtoul(domain, NULL, 10) : 0, NULL, NULL);
  dds_qos_t *qos = dds_create_qos();
  dds_qset_reliability(qos, DDS_RELIABILITY_BEST_EFFORT, 0);
  dds_qset_history(qos, DDS_HISTORY_KEEP_LAST, 1);
  dds_entity_t topic = dds_create_topic(participant, &rosgraph_msgs_msg_dds__Clock__desc, "rt/clock", qos, NULL);
  dds_delete_qos(qos);
  if (topic < 0) return 1;
  double number = strtod(argv[2], NULL);
  int code = strcmp(argv[1], "source") == 0 ? publish(participant, topic, (int64_t)(1e9 / number))
                                            : read_for(participant, topic, (int64_t)(number * 1e9));
  dds_delete(participant);
  return code;
}
