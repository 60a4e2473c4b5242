// Delivery inside one process under an executor. One subscription is busy, the others only exist. Counterpart of floor_delivery.c.
// All are of one callback group.
// usage: whorl_executor <kind> <threads> <subscriptions> <bytes> <messages> <burst>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rosidl_runtime_c/primitives_sequence_functions.h>
#include <std_msgs/msg/u_int8_multi_array.h>
#include <whorl/whorl.h>

#include "stopwatch.h"

enum { OTHERS = 32 }; // room for what a node brings along

typedef struct delivery {
  uint32_t burst, taken; // of the burst that is under way
  size_t size;
  whorl_executor_t executor;
  whorl_publisher_t publisher;
  std_msgs__msg__UInt8MultiArray out;
  stopwatch_t watch;
} delivery_t;

static int publish(delivery_t *delivery)
{
  int status = WHORL_OK;
  for (uint32_t i = 0; i < delivery->burst && status == WHORL_OK; i++) status = whorl_publish(delivery->publisher, &delivery->out);
  return status;
}

// The last callback of a burst publishes the next one.
static int on_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)info;
  const std_msgs__msg__UInt8MultiArray *in = message;
  delivery_t *delivery = arg;
  if (in->data.size != delivery->size) return WHORL_MALFORMED;
  if (++delivery->taken < delivery->burst) return WHORL_OK;
  delivery->taken = 0;
  for (uint32_t i = 0; i < delivery->burst; i++)
    if (!stopwatch_lap(&delivery->watch, 0)) return whorl_executor_cancel(delivery->executor);
  return publish(delivery);
}

static int create(delivery_t *delivery, whorl_context_t context, char **words)
{
  whorl_executor_kind_t kind;
  whorl_node_t node;
  whorl_message_type_t type = WHORL_MESSAGE(std_msgs, msg, UInt8MultiArray);
  uint32_t subscriptions = (uint32_t)strtoul(words[3], NULL, 10);
  const whorl_executor_options_t options = {.threads = (unsigned)strtoul(words[2], NULL, 10), .capacity = subscriptions + OTHERS};
  WHORL_TRY(whorl_executor_kind_from_name(words[1], &kind));
  WHORL_TRY(whorl_executor_create(context, kind, &options, &delivery->executor));
  WHORL_TRY(whorl_node_create(context, "delivery", NULL, &node));
  WHORL_TRY(whorl_publisher_create(node, type, "bench_busy", NULL, &delivery->publisher));
  for (uint32_t i = 0; i < subscriptions; i++) {
    const char *topic = i == subscriptions / 2 ? "bench_busy" : "bench_idle"; // in the middle of them
    WHORL_TRY(whorl_subscription_create(node, type, topic, on_message, delivery, NULL, NULL));
  }
  return whorl_executor_add_node(delivery->executor, node);
}

static int deliver(delivery_t *delivery)
{
  WHORL_TRY(publish(delivery));
  return whorl_executor_spin(delivery->executor);
}

int main(int argc, char **argv)
{
  whorl_context_t context;
  if (argc != 7) return 2;
  delivery_t delivery = {.size = strtoul(argv[4], NULL, 10), .burst = (uint32_t)strtoul(argv[6], NULL, 10)};
  uint32_t count = (uint32_t)strtoul(argv[5], NULL, 10);
  stopwatch_init(&delivery.watch, count / 10 + 1, count);
  if (!rosidl_runtime_c__uint8__Sequence__init(&delivery.out.data, delivery.size)) return 1;
  memset(delivery.out.data.data, 'w', delivery.size);
  if (whorl_context_create(0, NULL, NULL, &context) < 0) return 1;
  int status = create(&delivery, context, argv);
  if (status == WHORL_OK) status = deliver(&delivery);
  if (status < 0) fprintf(stderr, "whorl_executor: %s: %s\n", whorl_status_name(status), whorl_detail());
  if (whorl_context_destroy(context, status) < 0) return 1;
  stopwatch_print(&delivery.watch);
  return 0;
}
