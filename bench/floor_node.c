// What a ROS 2 node's endpoints cost by themselves: nine writers and seven readers of bare Cyclone DDS, each on a topic of its own, made one set after the other.
// usage: floor_node time <sets>: each is deleted before the next one is made; floor_node memory <sets>: all of them stay
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "floor.h"
#include "resident.h"
#include "stopwatch.h"

enum { WRITERS = 9, READERS = 7, ALL = WRITERS + READERS, WARM_UP = 5 };

static void nothing(dds_entity_t reader, void *arg) { (void)reader, (void)arg; }

static void create(dds_entity_t participant, uint32_t number, dds_entity_t endpoints[ALL])
{
  char topic[64];
  for (int i = 0; i < ALL; i++) {
    snprintf(topic, sizeof topic, "rq/node_%u/endpoint_%d", number, i);
    endpoints[i] = i < WRITERS ? floor_writer(participant, topic) : floor_reader(participant, topic, nothing, NULL);
  }
}

static void delete (dds_entity_t endpoints[ALL])
{
  for (int i = 0; i < ALL; i++) {
    dds_entity_t topic = dds_get_topic(endpoints[i]);
    if (dds_delete(endpoints[i]) < 0 || dds_delete(topic) < 0) abort();
  }
}

static void measure_time(dds_entity_t participant, uint32_t count)
{
  dds_entity_t endpoints[ALL];
  stopwatch_t watch;
  stopwatch_init(&watch, WARM_UP, count);
  for (bool more = true; more;) {
    int64_t began_ns = stopwatch_now_ns();
    create(participant, 0, endpoints);
    more = stopwatch_lap(&watch, stopwatch_now_ns() - began_ns);
    delete (endpoints);
  }
  stopwatch_print(&watch);
}

int main(int argc, char **argv)
{
  uint32_t count = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
  if (count == 0) return 2;
  dds_entity_t participant = floor_participant(), endpoints[ALL];
  if (strcmp(argv[1], "time") == 0) {
    measure_time(participant, count);
  } else {
    int64_t before = resident_bytes();
    for (uint32_t i = 0; i < count; i++) create(participant, i, endpoints);
    resident_print(before, count);
  }
  return dds_delete(participant) < 0;
}
