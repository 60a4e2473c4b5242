// More messages than a process can take, under an executor: fifty subscriptions, each of a group of its own. It fails unless each message that was
// sent has been delivered, is counted as dropped, or waits in a history of bounded depth. Counterpart of floor_overload.c.
// usage: whorl_overload <kind> <threads> <bytes> <us of work in each callback> <seconds>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rosidl_runtime_c/primitives_sequence_functions.h>
#include <std_msgs/msg/u_int8_multi_array.h>
#include <whorl/whorl.h>

#include "overload.h"

enum { OTHERS = 32 }; // room for what a node brings along

typedef struct topic {
  whorl_publisher_t publisher;
  whorl_subscription_t subscription;
  size_t size;
  int work_us;
  uint64_t called; // by its callback; of an exclusive group
} topic_t;

typedef struct traffic {
  whorl_executor_t executor;
  topic_t topics[OVERLOAD_TOPICS];
  std_msgs__msg__UInt8MultiArray out;
  atomic_int status; // the first failure
} traffic_t;

static void send(void *arg, int topic)
{
  traffic_t *traffic = arg;
  int status = whorl_publish(traffic->topics[topic].publisher, &traffic->out);
  if (status < 0) traffic->status = status;
}

static int on_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)info;
  const std_msgs__msg__UInt8MultiArray *in = message;
  topic_t *topic = arg;
  topic->called++;
  overload_work(topic->work_us);
  return in->data.size == topic->size ? WHORL_OK : WHORL_MALFORMED;
}

static int create_topic(whorl_node_t node, int number, topic_t *topic)
{
  whorl_message_type_t type = WHORL_MESSAGE(std_msgs, msg, UInt8MultiArray);
  char name[32];
  whorl_qos_t qos = WHORL_QOS_DEFAULT;
  whorl_subscription_options_t options = {.qos = &qos};
  snprintf(name, sizeof name, "bench_overload_%d", number);
  qos.depth = OVERLOAD_DEPTH;
  WHORL_TRY(whorl_callback_group_create(node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &options.callback_group));
  WHORL_TRY(whorl_subscription_create(node, type, name, on_message, topic, &options, &topic->subscription));
  return whorl_publisher_create(node, type, name, NULL, &topic->publisher);
}

static int create(traffic_t *traffic, whorl_context_t context, char **words)
{
  whorl_executor_kind_t kind;
  whorl_node_t node;
  const whorl_executor_options_t options = {.threads = (unsigned)strtoul(words[2], NULL, 10), .capacity = OVERLOAD_TOPICS + OTHERS};
  WHORL_TRY(whorl_executor_kind_from_name(words[1], &kind));
  WHORL_TRY(whorl_executor_create(context, kind, &options, &traffic->executor));
  WHORL_TRY(whorl_node_create(context, "overload", NULL, &node));
  for (int i = 0; i < OVERLOAD_TOPICS; i++) WHORL_TRY(create_topic(node, i, &traffic->topics[i]));
  return whorl_executor_add_node(traffic->executor, node);
}

static void *spin(void *arg)
{
  traffic_t *traffic = arg;
  int status = whorl_executor_spin(traffic->executor);
  if (status < 0) traffic->status = status;
  return NULL;
}

static int run(traffic_t *traffic, overload_t *overload, int seconds)
{
  pthread_t spinner;
  if (pthread_create(&spinner, NULL, spin, traffic) != 0) return WHORL_NO_MEMORY;
  overload_run(overload, seconds);
  int status = whorl_executor_cancel(traffic->executor);
  pthread_join(spinner, NULL);
  return status < 0 ? status : traffic->status;
}

static uint64_t take_what_waits(const topic_t *topic)
{
  const void *message;
  uint64_t count = 0;
  for (; whorl_subscription_take(topic->subscription, &message, NULL) == WHORL_OK; count++) whorl_message_release(message);
  return count;
}

// Each message is somewhere, once.
static bool adds_up(const topic_t *topic, uint64_t sent, uint64_t *ret_lost)
{
  whorl_subscription_counts_t counts;
  uint64_t left = take_what_waits(topic);
  if (whorl_subscription_read_counts(topic->subscription, &counts) < 0) return false;
  *ret_lost = counts.dropped;
  return counts.received == sent && counts.taken == topic->called + left && counts.received == counts.taken + counts.dropped &&
         counts.malformed == 0 && left <= OVERLOAD_DEPTH;
}

static bool all_add_up(const traffic_t *traffic, const overload_t *overload, uint64_t *ret_delivered, uint64_t *ret_lost)
{
  *ret_delivered = *ret_lost = 0;
  for (int i = 0; i < OVERLOAD_TOPICS; i++) {
    uint64_t lost = 0;
    if (!adds_up(&traffic->topics[i], overload->sent[i], &lost)) {
      fprintf(stderr, "whorl_overload: topic %d: %llu sent, and %llu delivered, %llu lost\n", i, (unsigned long long)overload->sent[i],
              (unsigned long long)traffic->topics[i].called, (unsigned long long)lost);
      return false;
    }
    *ret_delivered += traffic->topics[i].called;
    *ret_lost += lost;
  }
  return true;
}

int main(int argc, char **argv)
{
  static traffic_t traffic;
  overload_t overload = {.send = send, .arg = &traffic};
  whorl_context_t context;
  uint64_t delivered, lost;
  if (argc != 6) return 2;
  size_t size = strtoul(argv[3], NULL, 10);
  for (int i = 0; i < OVERLOAD_TOPICS; i++) traffic.topics[i] = (topic_t){.size = size, .work_us = atoi(argv[4])};
  if (!rosidl_runtime_c__uint8__Sequence__init(&traffic.out.data, size)) return 1;
  memset(traffic.out.data.data, 'w', size);
  if (whorl_context_create(0, NULL, NULL, &context) < 0) return 1;
  int status = create(&traffic, context, argv);
  if (status == WHORL_OK) status = run(&traffic, &overload, atoi(argv[5]));
  if (status < 0) fprintf(stderr, "whorl_overload: %s: %s\n", whorl_status_name(status), whorl_detail());
  bool good = status == WHORL_OK && all_add_up(&traffic, &overload, &delivered, &lost);
  if (whorl_context_destroy(context, status) < 0 || !good) return 1;
  overload_print(&overload, delivered, lost);
  rosidl_runtime_c__uint8__Sequence__fini(&traffic.out.data);
  return 0;
}
