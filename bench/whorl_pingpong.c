// A round trip between two processes with Whorl: async nodes whose callbacks answer. Counterpart of floor_pingpong.c.
// usage: whorl_pingpong ping|pong <bytes> <round trips>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rosidl_runtime_c/primitives_sequence_functions.h>
#include <std_msgs/msg/u_int8_multi_array.h>
#include <whorl/whorl.h>

#include "stopwatch.h"

typedef struct peer {
  bool is_ping;
  size_t size;
  whorl_publisher_t publisher;
  whorl_event_t done;
  std_msgs__msg__UInt8MultiArray out;
  uint64_t sequence;
  int64_t sent_ns;
  stopwatch_t watch;
} peer_t;

static int send_ping(peer_t *peer)
{
  memcpy(peer->out.data.data, &peer->sequence, sizeof peer->sequence);
  peer->sent_ns = stopwatch_now_ns();
  return whorl_publish(peer->publisher, &peer->out);
}

static int on_ping(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)info;
  peer_t *peer = arg;
  return whorl_publish(peer->publisher, message);
}

static int on_pong(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)info;
  const std_msgs__msg__UInt8MultiArray *in = message;
  peer_t *peer = arg;
  uint64_t sequence;
  memcpy(&sequence, in->data.data, sizeof sequence);
  if (sequence != peer->sequence) return WHORL_OK; // an answer to a ping of an earlier run
  peer->sequence++;
  if (stopwatch_lap(&peer->watch, stopwatch_now_ns() - peer->sent_ns)) return send_ping(peer);
  return whorl_event_set(peer->done);
}

static int measure(peer_t *peer)
{
  while (whorl_publisher_matched_count(peer->publisher) == 0) WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(1)));
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(100))); // the way back is matched too
  WHORL_TRY(send_ping(peer));
  return whorl_event_wait(peer->done);
}

static int app(whorl_context_t context, void *arg)
{
  peer_t *peer = arg;
  whorl_node_t node;
  whorl_message_type_t type = WHORL_MESSAGE(std_msgs, msg, UInt8MultiArray);
  WHORL_TRY(whorl_node_create(context, peer->is_ping ? "ping" : "pong", NULL, &node));
  WHORL_TRY(whorl_publisher_create(node, type, peer->is_ping ? "bench_ping" : "bench_pong", NULL, &peer->publisher));
  WHORL_TRY(whorl_subscription_create(node, type, peer->is_ping ? "bench_pong" : "bench_ping", peer->is_ping ? on_pong : on_ping, peer,
                                      NULL, NULL));
  if (!peer->is_ping) return whorl_node_run(node); // until run.py ends it
  WHORL_TRY(whorl_event_create(NULL, &peer->done));
  WHORL_TRY(whorl_node_open(node));
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_SECONDS(60));
  int status = measure(peer);
  status = whorl_timeout_close(&timeout, status);
  return whorl_node_close(node, status);
}

int main(int argc, char **argv)
{
  if (argc != 4) return 2;
  peer_t peer = {.is_ping = strcmp(argv[1], "ping") == 0, .size = strtoul(argv[2], NULL, 10)};
  uint32_t count = (uint32_t)strtoul(argv[3], NULL, 10);
  stopwatch_init(&peer.watch, count / 10 + 1, count);
  if (!rosidl_runtime_c__uint8__Sequence__init(&peer.out.data, peer.size)) return 1;
  memset(peer.out.data.data, 'w', peer.size);
  int code = whorl_main(1, argv, app, &peer);
  if (code == 0 && peer.is_ping) stopwatch_print(&peer.watch);
  return code;
}
