// More messages than a process can take, over bare Cyclone DDS: one thread waits for fifty readers and takes. Counterpart of whorl_overload.c.
// usage: floor_overload <bytes> <us of work for each message> <seconds>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "floor.h"
#include "overload.h"

typedef struct traffic {
  dds_entity_t writers[OVERLOAD_TOPICS], readers[OVERLOAD_TOPICS];
  dds_entity_t waitset, over; // over: a guard condition that ends the wait
  bench_Bytes *in, *out;
  uint64_t delivered;
  int work_us;
  atomic_bool ended;
} traffic_t;

static void send(void *arg, int topic)
{
  const traffic_t *traffic = arg;
  floor_write(traffic->writers[topic], traffic->out);
}

// One of each that is ready, by turns, as an executor does.
static void *take_all(void *arg)
{
  traffic_t *traffic = arg;
  dds_attach_t ready[OVERLOAD_TOPICS + 1];
  while (!traffic->ended) {
    dds_return_t count = dds_waitset_wait(traffic->waitset, ready, OVERLOAD_TOPICS + 1, DDS_INFINITY);
    for (dds_return_t i = 0; i < count && !traffic->ended; i++)
      if (ready[i] < OVERLOAD_TOPICS && floor_take(traffic->readers[ready[i]], traffic->in)) {
        traffic->delivered++;
        overload_work(traffic->work_us);
      }
  }
  return NULL;
}

static void create(traffic_t *traffic, dds_entity_t participant)
{
  traffic->waitset = dds_create_waitset(participant);
  traffic->over = dds_create_guardcondition(participant);
  if (dds_waitset_attach(traffic->waitset, traffic->over, OVERLOAD_TOPICS) < 0) abort();
  for (int i = 0; i < OVERLOAD_TOPICS; i++) {
    char topic[32];
    snprintf(topic, sizeof topic, "bench_overload_%d", i);
    traffic->readers[i] = floor_reader(participant, topic, NULL, NULL);
    traffic->writers[i] = floor_writer(participant, topic);
    dds_entity_t condition = dds_create_readcondition(traffic->readers[i], DDS_ANY_STATE);
    if (dds_waitset_attach(traffic->waitset, condition, i) < 0) abort();
  }
}

int main(int argc, char **argv)
{
  if (argc != 4) return 2;
  size_t size = strtoul(argv[1], NULL, 10);
  traffic_t traffic = {.in = floor_sample(size), .out = floor_sample(size), .work_us = atoi(argv[2])};
  overload_t overload = {.send = send, .arg = &traffic};
  pthread_t taker;
  dds_entity_t participant = floor_participant();
  create(&traffic, participant);
  if (pthread_create(&taker, NULL, take_all, &traffic) != 0) abort();
  overload_run(&overload, atoi(argv[3]));
  traffic.ended = true;
  dds_set_guardcondition(traffic.over, true);
  pthread_join(taker, NULL);
  uint64_t left = 0;
  for (int i = 0; i < OVERLOAD_TOPICS; i++)
    while (floor_take(traffic.readers[i], traffic.in)) left++;
  dds_delete(participant);
  overload_print(&overload, traffic.delivered, overload_sent(&overload) - traffic.delivered - left);
  return 0;
}
