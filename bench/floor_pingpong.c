// A round trip between two processes over bare Cyclone DDS. `direct` takes and answers in the data-available listener, on the
// middleware's receive thread. `hop` wakes a plain epoll thread by an eventfd, which takes and answers: the least that any program
// pays that does not run user code on the receive thread.
// usage: floor_pingpong ping|pong direct|hop <bytes> <round trips>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "floor.h"
#include "stopwatch.h"

typedef struct peer {
  bool is_ping, hops;
  dds_entity_t writer, reader;
  bench_Bytes *out, *in;
  int wake; // eventfd
  uint64_t sequence;
  int64_t sent_ns;
  stopwatch_t watch;
  atomic_bool answered, done;
} peer_t;

static void send_ping(peer_t *peer)
{
  memcpy(peer->out->data._buffer, &peer->sequence, sizeof peer->sequence);
  peer->sent_ns = stopwatch_now_ns();
  floor_write(peer->writer, peer->out);
}

static void handle(peer_t *peer)
{
  if (!peer->is_ping) {
    floor_write(peer->writer, peer->in);
    return;
  }
  uint64_t sequence;
  memcpy(&sequence, peer->in->data._buffer, sizeof sequence);
  if (sequence != peer->sequence || peer->done) return; // an answer to a first ping that was sent twice
  peer->answered = true;
  peer->sequence++;
  if (stopwatch_lap(&peer->watch, stopwatch_now_ns() - peer->sent_ns))
    send_ping(peer);
  else
    peer->done = true;
}

static void on_data(dds_entity_t reader, void *arg)
{
  peer_t *peer = arg;
  if (peer->hops) {
    if (write(peer->wake, &(uint64_t){1}, sizeof(uint64_t)) < 0) abort();
    return;
  }
  while (floor_take(reader, peer->in)) handle(peer);
}

static void loop_until_done(peer_t *peer, int timeout_ms)
{
  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(epoll, EPOLL_CTL_ADD, peer->wake, &event);
  while (!peer->done) {
    if (epoll_wait(epoll, &event, 1, timeout_ms) <= 0) break;
    uint64_t count;
    if (read(peer->wake, &count, sizeof count) < 0) abort();
    while (floor_take(peer->reader, peer->in)) handle(peer);
  }
  close(epoll);
}

// Both sides are matched when the first answer comes; until then the first ping may find no reader and is sent again.
static void first_ping(peer_t *peer)
{
  dds_publication_matched_status_t matched = {0};
  while (matched.current_count == 0) {
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    dds_get_publication_matched_status(peer->writer, &matched);
  }
  nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
  send_ping(peer);
}

int main(int argc, char **argv)
{
  if (argc != 5) return 2;
  static peer_t peer;
  peer.is_ping = strcmp(argv[1], "ping") == 0;
  peer.hops = strcmp(argv[2], "hop") == 0;
  size_t size = strtoul(argv[3], NULL, 10);
  uint32_t count = (uint32_t)strtoul(argv[4], NULL, 10);
  stopwatch_init(&peer.watch, count / 10 + 1, count);
  peer.out = floor_sample(size);
  peer.in = floor_sample(size);
  peer.wake = eventfd(0, EFD_NONBLOCK);
  dds_entity_t participant = floor_participant();
  peer.writer = floor_writer(participant, peer.is_ping ? "bench_ping" : "bench_pong");
  peer.reader = floor_reader(participant, peer.is_ping ? "bench_pong" : "bench_ping", on_data, &peer);

  if (!peer.is_ping) {
    if (peer.hops)
      loop_until_done(&peer, -1);
    else
      pause(); // until run.py ends it
    return 0;
  }
  first_ping(&peer);
  if (peer.hops) loop_until_done(&peer, 10000);
  for (int i = 0; i < 600 && !peer.done; i++) nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
  if (!peer.done) {
    fprintf(stderr, "floor_pingpong: stuck after %u round trips\n", peer.watch.laps);
    return 1;
  }
  stopwatch_print(&peer.watch);
  dds_delete(participant);
  return 0;
}
