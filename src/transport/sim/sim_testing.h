// Test support: a network of its own for each test, a clock that is moved by hand, and endpoints whose hooks write down what they hear and when.
#ifndef WHORL_TRANSPORT_SIM_SIM_TESTING_H
#define WHORL_TRANSPORT_SIM_SIM_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <std_msgs/msg/int64.h>

#include "base/memory.h"
#include "transport/sim/sim.h"
#include "whorl/status.h"
#include "whorl/time.h"

// No test needs all of it.
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-const-variable"

#define MS WHORL_MILLISECONDS

static whorl__sim_network_t *network; // of the running test
static int64_t now_ns;

typedef struct end { // a writer or a reader with its diary: "5ms matched 1; 12ms missed 1; "
  whorl__writer_t *writer;
  whorl__reader_t *reader;
  char diary[1024];
  unsigned lost, missed, told; // of missed deadlines: how many, and in how many events
} end_t;

static void open_network(uint64_t seed, whorl__sim_conditions_t conditions)
{
  now_ns = 0;
  whorl__sim_options_t options = {.seed = seed, .conditions = conditions};
  assert_int_equal(whorl__sim_network_create(&options, &network), WHORL_OK);
}

static whorl__participant_t *open_process(void)
{
  whorl__participant_t *participant = NULL;
  assert_int_equal(whorl__sim_participant_open(network, &(whorl__participant_options_t){.domain_id = 0}, &participant), WHORL_OK);
  return participant;
}

static void write_down(void *arg, const whorl__endpoint_event_t *event)
{
  static const char *const words[] = {"matched", "refused", "missed", "alive", "lost"};
  end_t *end = arg;
  size_t used = strlen(end->diary);
  if (event->kind == WHORL__EVENT_SAMPLE_LOST) end->lost = event->total;
  if (event->kind == WHORL__EVENT_DEADLINE_MISSED) {
    end->missed = event->total;
    end->told++;
  }
  bool current = event->kind == WHORL__EVENT_MATCHED || (event->kind == WHORL__EVENT_LIVELINESS && end->writer == NULL);
  snprintf(end->diary + used, sizeof end->diary - used, "%lldms %s %u; ", (long long)(now_ns / MS(1)), words[event->kind],
           current ? event->current : event->total);
}

static whorl__endpoint_options_t end_options(const char *topic, whorl_qos_t qos, end_t *end)
{
  whorl__endpoint_options_t options = {.topic = topic, .event = write_down, .arg = end};
  assert_int_equal(whorl__type_get(WHORL_MESSAGE(std_msgs, msg, Int64), &options.type), WHORL_OK);
  assert_int_equal(whorl__qos_resolve(&qos, &options.qos), WHORL_OK);
  return options;
}

static void open_writer(end_t *end, whorl__participant_t *process, const char *topic, whorl_qos_t qos)
{
  memset(end, 0, sizeof *end);
  end->writer = (whorl__writer_t *)1; // the hook may be called within
  whorl__endpoint_options_t options = end_options(topic, qos, end);
  assert_int_equal(process->ops->writer_open(process, &options, &end->writer), WHORL_OK);
}

static void open_reader(end_t *end, whorl__participant_t *process, const char *topic, whorl_qos_t qos)
{
  memset(end, 0, sizeof *end);
  whorl__endpoint_options_t options = end_options(topic, qos, end);
  assert_int_equal(process->ops->reader_open(process, &options, &end->reader), WHORL_OK);
}

static void close_end(end_t *end)
{
  if (end->writer != NULL) end->writer->participant->ops->writer_close(end->writer);
  if (end->reader != NULL) end->reader->participant->ops->reader_close(end->reader);
}

static void publish(end_t *end, int64_t number)
{
  std_msgs__msg__Int64 message = {.data = number};
  assert_int_equal(end->writer->participant->ops->write_copy(end->writer, &message), WHORL_OK);
}

// Everything until then happens, each at its time.
static void run_until(int64_t end_ns)
{
  for (;;) {
    int64_t next_ns = whorl__sim_next_delivery(network);
    if (next_ns > end_ns) next_ns = end_ns;
    if (next_ns > now_ns) {
      whorl__sim_advance(network, next_ns - now_ns);
      now_ns = next_ns;
    }
    if (whorl__sim_deliver(network) == 0 && now_ns == end_ns) return;
  }
}

// -1: nothing there.
static int64_t take(end_t *end)
{
  whorl__sample_t *sample;
  whorl__message_t *message;
  bool more;
  if (whorl__reader_take(end->reader, &sample, &message, &more) != WHORL_OK) return -1;
  int64_t number = ((const std_msgs__msg__Int64 *)(const void *)message->native)->data;
  whorl__sample_unref(sample);
  return number;
}

static void expect(end_t *end, int64_t first, int64_t last)
{
  for (int64_t number = first; number <= last; number++) assert_int_equal(take(end), number);
  assert_int_equal(take(end), -1);
}

// --- the usual world: one process writes, another one reads

static whorl__participant_t *here, *there;
static end_t writer, reader;

static void open_world(uint64_t seed, whorl__sim_conditions_t conditions, whorl_qos_t qos)
{
  open_network(seed, conditions);
  here = open_process();
  there = open_process();
  open_writer(&writer, here, "/numbers", qos);
  open_reader(&reader, there, "/numbers", qos);
}

static void close_world(void)
{
  close_end(&writer);
  close_end(&reader);
  here->ops->participant_close(here);
  there->ops->participant_close(there);
  whorl__sim_network_destroy(network);
}

static const whorl_qos_t reliable = {.depth = 1000};
static const whorl_qos_t best_effort = {.depth = 1000, .reliability = WHORL_RELIABILITY_BEST_EFFORT};
static const whorl_qos_t retained = {.depth = 5, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL};

// How many endpoints of the topic the process knows, its own included.
static void count_endpoint(void *arg, const whorl__remote_endpoint_t *endpoint)
{
  *(int *)arg += strcmp(endpoint->dds_topic, "rt/numbers") == 0;
}

static int count_known(whorl__participant_t *process)
{
  int count = 0;
  assert_int_equal(process->ops->discovery_visit(process, count_endpoint, &count), WHORL_OK);
  return count;
}

#endif
