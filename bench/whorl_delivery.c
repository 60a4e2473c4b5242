// Delivery inside one process with Whorl: subscriptions' callbacks on a loop. Counterpart of floor_delivery.c. `copied` publishes a message of the caller's, `borrowed` one from the publisher's pool, already filled.
// `burst` messages are published at a time: 1 is a chain, in which each message waits for the one before; more (up to the history's depth of 10) is load.
// usage: whorl_delivery copied|borrowed <subscribers> <bytes> <messages> <burst>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rosidl_runtime_c/primitives_sequence_functions.h>
#include <std_msgs/msg/u_int8_multi_array.h>
#include <whorl/whorl.h>

#include "stopwatch.h"

typedef struct delivery {
  bool borrowed;
  uint32_t subscribers, burst;
  size_t size;
  uint32_t taken; // of the burst that is under way
  whorl_publisher_t publisher;
  whorl_event_t done;
  std_msgs__msg__UInt8MultiArray out;
  stopwatch_t watch;
} delivery_t;

static int publish_borrowed(delivery_t *delivery)
{
  std_msgs__msg__UInt8MultiArray *message = whorl_publisher_borrow(delivery->publisher);
  if (message == NULL) return WHORL_NO_MEMORY;
  int status = WHORL_OK;
  if (message->data.capacity < delivery->size) { // its first use: later ones keep the memory
    rosidl_runtime_c__uint8__Sequence__fini(&message->data);
    if (!rosidl_runtime_c__uint8__Sequence__init(&message->data, delivery->size)) status = WHORL_NO_MEMORY;
  }
  message->data.size = delivery->size;
  if (status == WHORL_OK) status = whorl_publish_borrowed(delivery->publisher, message);
  if (status < 0) whorl_publisher_return(delivery->publisher, message);
  return status;
}

static int publish(delivery_t *delivery)
{
  int status = WHORL_OK;
  for (uint32_t i = 0; i < delivery->burst && status == WHORL_OK; i++)
    status = delivery->borrowed ? publish_borrowed(delivery) : whorl_publish(delivery->publisher, &delivery->out);
  return status;
}

// The last callback of a burst publishes the next one.
static int on_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)info;
  const std_msgs__msg__UInt8MultiArray *in = message;
  delivery_t *delivery = arg;
  if (in->data.size != delivery->size) return WHORL_MALFORMED;
  if (++delivery->taken < delivery->subscribers * delivery->burst) return WHORL_OK;
  delivery->taken = 0;
  for (uint32_t i = 0; i < delivery->burst; i++)
    if (!stopwatch_lap(&delivery->watch, 0)) return whorl_event_set(delivery->done);
  return publish(delivery);
}

static int app(whorl_context_t context, void *arg)
{
  delivery_t *delivery = arg;
  whorl_node_t node;
  whorl_message_type_t type = WHORL_MESSAGE(std_msgs, msg, UInt8MultiArray);
  WHORL_TRY(whorl_node_create(context, "delivery", NULL, &node));
  WHORL_TRY(whorl_publisher_create(node, type, "bench_delivery", NULL, &delivery->publisher));
  for (uint32_t i = 0; i < delivery->subscribers; i++)
    WHORL_TRY(whorl_subscription_create(node, type, "bench_delivery", on_message, delivery, NULL, NULL));
  WHORL_TRY(whorl_event_create(NULL, &delivery->done));
  WHORL_TRY(whorl_node_open(node));
  int status = publish(delivery);
  if (status == WHORL_OK) status = whorl_event_wait(delivery->done);
  return whorl_node_close(node, status);
}

int main(int argc, char **argv)
{
  if (argc != 6) return 2;
  delivery_t delivery = {.borrowed = strcmp(argv[1], "borrowed") == 0,
                         .subscribers = (uint32_t)strtoul(argv[2], NULL, 10),
                         .size = strtoul(argv[3], NULL, 10),
                         .burst = (uint32_t)strtoul(argv[5], NULL, 10)};
  uint32_t count = (uint32_t)strtoul(argv[4], NULL, 10);
  stopwatch_init(&delivery.watch, count / 10 + 1, count);
  if (!rosidl_runtime_c__uint8__Sequence__init(&delivery.out.data, delivery.size)) return 1;
  memset(delivery.out.data.data, 'w', delivery.size);
  int code = whorl_main(1, argv, app, &delivery);
  if (code == 0) stopwatch_print(&delivery.watch);
  return code;
}
