// Periodic traffic inside one process over bare Cyclone DDS: so many writers at 100 Hz, each heard by as many readers, whose listeners take
// in the writing thread. Counterpart of whorl_talk.c; one lap is one reception.
// usage: floor_talk <writers> <receptions>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "floor.h"
#include "stopwatch.h"

enum { SIZE = 64, PERIOD_NS = 10000000 };

typedef struct talk {
  bench_Bytes *in, *out;
  bool over;
  stopwatch_t watch;
} talk_t;

typedef struct talker {
  int timer;
  dds_entity_t writer;
} talker_t;

static void on_data(dds_entity_t reader, void *arg)
{
  talk_t *talk = arg;
  while (floor_take(reader, talk->in))
    if (!talk->over && !stopwatch_lap(&talk->watch, 0)) talk->over = true;
}

static void make_talker(talker_t *talker, dds_entity_t participant, const char *topic, int epoll)
{
  const struct itimerspec period = {.it_interval.tv_nsec = PERIOD_NS, .it_value.tv_nsec = PERIOD_NS};
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = talker};
  talker->writer = floor_writer(participant, topic);
  talker->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (talker->timer < 0 || timerfd_settime(talker->timer, 0, &period, NULL) != 0 ||
      epoll_ctl(epoll, EPOLL_CTL_ADD, talker->timer, &event) != 0)
    abort();
}

static void run(talk_t *talk, int epoll)
{
  while (!talk->over) {
    struct epoll_event events[16];
    int count = epoll_wait(epoll, events, 16, -1);
    for (int i = 0; i < count; i++) {
      const talker_t *talker = events[i].data.ptr;
      uint64_t expirations;
      if (read(talker->timer, &expirations, sizeof expirations) == sizeof expirations) floor_write(talker->writer, talk->out);
    }
  }
}

int main(int argc, char **argv)
{
  if (argc != 3) return 2;
  int count = atoi(argv[1]), epoll = epoll_create1(EPOLL_CLOEXEC);
  uint32_t receptions = (uint32_t)strtoul(argv[2], NULL, 10);
  talk_t talk = {.in = floor_sample(SIZE), .out = floor_sample(SIZE)};
  talker_t *talkers = calloc((size_t)count, sizeof *talkers);
  if (talkers == NULL) abort();
  stopwatch_init(&talk.watch, receptions / 10 + 1, receptions);
  dds_entity_t participant = floor_participant();
  for (int i = 0; i < count; i++) {
    char topic[32];
    snprintf(topic, sizeof topic, "bench_talk_%d", i);
    for (int k = 0; k < count; k++) floor_reader(participant, topic, on_data, &talk);
    make_talker(&talkers[i], participant, topic, epoll);
  }
  run(&talk, epoll);
  dds_delete(participant);
  free(talkers);
  stopwatch_print(&talk.watch);
  return 0;
}
