// Delivery inside one process over bare Cyclone DDS: each reader's listener takes, in the writing thread itself.
// usage: floor_delivery <subscribers> <bytes> <messages>
#include <stdio.h>
#include <stdlib.h>

#include "floor.h"
#include "stopwatch.h"

typedef struct counter {
  uint64_t taken;
  bench_Bytes *in;
} counter_t;

static void on_data(dds_entity_t reader, void *arg)
{
  counter_t *counter = arg;
  while (floor_take(reader, counter->in)) counter->taken++;
}

int main(int argc, char **argv)
{
  if (argc != 4) return 2;
  uint32_t subscribers = (uint32_t)strtoul(argv[1], NULL, 10);
  size_t size = strtoul(argv[2], NULL, 10);
  uint32_t count = (uint32_t)strtoul(argv[3], NULL, 10);
  counter_t counter = {.in = floor_sample(size)};
  bench_Bytes *out = floor_sample(size);
  dds_entity_t participant = floor_participant();
  dds_entity_t writer = floor_writer(participant, "bench_delivery");
  for (uint32_t i = 0; i < subscribers; i++) floor_reader(participant, "bench_delivery", on_data, &counter);

  stopwatch_t watch;
  stopwatch_init(&watch, count / 10 + 1, count);
  do floor_write(writer, out);
  while (stopwatch_lap(&watch, 0));
  uint64_t expected = (uint64_t)watch.laps * subscribers;
  dds_delete(participant);
  if (counter.taken != expected) {
    fprintf(stderr, "floor_delivery: %llu taken instead of %llu\n", (unsigned long long)counter.taken, (unsigned long long)expected);
    return 1;
  }
  stopwatch_print(&watch);
  return 0;
}
