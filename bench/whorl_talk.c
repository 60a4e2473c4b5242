// Periodic traffic inside one process with Whorl: so many nodes, each with a timer at 100 Hz that publishes, and subscriptions to the
// topics of all. Counterpart of floor_talk.c; one lap is one reception.
// usage: whorl_talk <nodes> <receptions>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rosidl_runtime_c/primitives_sequence_functions.h>
#include <std_msgs/msg/u_int8_multi_array.h>
#include <whorl/whorl.h>

#include "stopwatch.h"

enum { SIZE = 64, MOST_NODES = 100 };

typedef struct talk {
  int count;
  whorl_node_t nodes[MOST_NODES];
  whorl_publisher_t publishers[MOST_NODES];
  std_msgs__msg__UInt8MultiArray out;
  whorl_event_t done;
  bool over;
  stopwatch_t watch;
} talk_t;

static talk_t talk;

static int on_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  if (talk.over || stopwatch_lap(&talk.watch, 0)) return WHORL_OK;
  talk.over = true;
  return whorl_event_set(talk.done);
}

static int on_time(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  return whorl_publish(*(whorl_publisher_t *)arg, &talk.out);
}

static int open_talker(whorl_context_t context, int number)
{
  whorl_node_t *node = &talk.nodes[number];
  whorl_publisher_t *publisher = &talk.publishers[number];
  whorl_message_type_t type = WHORL_MESSAGE(std_msgs, msg, UInt8MultiArray);
  char name[32];
  snprintf(name, sizeof name, "talker_%d", number);
  WHORL_TRY(whorl_node_create(context, name, NULL, node));
  for (int i = 0; i < talk.count; i++) {
    snprintf(name, sizeof name, "bench_talk_%d", i);
    WHORL_TRY(whorl_subscription_create(*node, type, name, on_message, NULL, NULL, NULL));
  }
  snprintf(name, sizeof name, "bench_talk_%d", number);
  WHORL_TRY(whorl_publisher_create(*node, type, name, NULL, publisher));
  WHORL_TRY(whorl_timer_create(*node, WHORL_MILLISECONDS(10), on_time, publisher, NULL, NULL));
  return whorl_node_open(*node);
}

static int app(whorl_context_t context, void *arg)
{
  (void)arg;
  int status = whorl_event_create(NULL, &talk.done), opened = 0;
  while (status == WHORL_OK && opened < talk.count) {
    status = open_talker(context, opened);
    if (status == WHORL_OK) opened++;
  }
  if (status == WHORL_OK) status = whorl_event_wait(talk.done);
  while (opened > 0) status = whorl_node_close(talk.nodes[--opened], status);
  return status;
}

int main(int argc, char **argv)
{
  if (argc != 3) return 2;
  talk.count = atoi(argv[1]);
  if (talk.count < 1 || talk.count > MOST_NODES) return 2;
  uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
  stopwatch_init(&talk.watch, count / 10 + 1, count);
  if (!rosidl_runtime_c__uint8__Sequence__init(&talk.out.data, SIZE)) return 1;
  memset(talk.out.data.data, 'w', SIZE);
  int code = whorl_main(1, argv, app, NULL);
  if (code == 0) stopwatch_print(&talk.watch);
  rosidl_runtime_c__uint8__Sequence__fini(&talk.out.data);
  return code;
}
