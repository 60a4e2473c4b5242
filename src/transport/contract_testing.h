// Test support: the promises of transport.h as one suite that runs over every transport. This file is the rig: participants, probes behind the hooks, waiting.
// The promises themselves stand in contract_data_testing.h, contract_matching_testing.h, contract_limits_testing.h and contract_request_testing.h; contract_suite_testing.h runs them.
//
// A side says how to get a participant and how its world moves. In a simulated one `step` makes the next thing happen. In a real one things happen
// by themselves: a write has reached every matched reader of the process when it returns, everything else is waited for on a condition variable that the hooks signal.
#ifndef WHORL_TRANSPORT_CONTRACT_TESTING_H
#define WHORL_TRANSPORT_CONTRACT_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rosidl_runtime_c/string_functions.h>
#include <std_msgs/msg/int64.h>
#include <std_msgs/msg/string.h>

#include "transport/transport.h"
#include "whorl/status.h"
#include "whorl/time.h"

typedef struct contract_side {
  int (*open)(whorl__participant_t **ret_participant); // each one on the same network and in the same domain
  bool (*step)(void);                                  // false: nothing is pending any more. NULL: a real world
  bool apart; // participants reach each other over the wire only: nothing is shared, and a write has not arrived when it returns
  bool lossy; // best-effort data may be lost
} contract_side_t;

static contract_side_t contract_side;
static unsigned contract_participants; // open now; a side may place each one by its number

// --- waiting

static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  uint64_t changes;
} contract_news = {.lock = PTHREAD_MUTEX_INITIALIZER};

// From any hook: something may have become true.
static void contract_tell(void)
{
  pthread_mutex_lock(&contract_news.lock);
  contract_news.changes++;
  pthread_cond_broadcast(&contract_news.changed);
  pthread_mutex_unlock(&contract_news.lock);
}

// False when half a minute brought nothing new: only against hanging.
static bool contract_wait_for_news(uint64_t seen)
{
  struct timespec limit;
  clock_gettime(CLOCK_MONOTONIC, &limit);
  limit.tv_sec += 30;
  pthread_mutex_lock(&contract_news.lock);
  int error = 0;
  while (contract_news.changes == seen && error == 0) error = pthread_cond_timedwait(&contract_news.changed, &contract_news.lock, &limit);
  pthread_mutex_unlock(&contract_news.lock);
  return error == 0;
}

static bool contract_wait(bool (*done)(void *arg), void *arg)
{
  for (;;) {
    pthread_mutex_lock(&contract_news.lock);
    uint64_t seen = contract_news.changes;
    pthread_mutex_unlock(&contract_news.lock);
    if (done(arg)) return true; // calls the transport: no lock held
    bool moved = contract_side.step != NULL ? contract_side.step() : contract_wait_for_news(seen);
    if (!moved) return done(arg);
  }
}

// Everything written so far has arrived at the readers that were matched.
static void contract_settle(void)
{
  while (contract_side.step != NULL && contract_side.step()) continue;
}

// --- probes: what the hooks of one endpoint saw

typedef struct contract_probe {
  atomic_uint ready, matched_events, current, matched_total, incompatible, policy;
  atomic_uint missed;
  // Of a reader: writers now, and how often one fell silent or came back; of a writer: how often it was told.
  atomic_uint alive, silences, revivals;
  bool of_reader;
  atomic_bool closed;
  atomic_uint late; // hooks that ran after close had returned
} contract_probe_t;

static void contract_note(contract_probe_t *probe)
{
  if (atomic_load(&probe->closed)) atomic_fetch_add(&probe->late, 1);
  contract_tell();
}

static void contract_ready(void *arg)
{
  contract_probe_t *probe = arg;
  atomic_fetch_add(&probe->ready, 1);
  contract_note(probe);
}

static void contract_note_liveliness(contract_probe_t *probe, const whorl__endpoint_event_t *event)
{
  if (!probe->of_reader) {
    atomic_store(&probe->silences, event->total);
    return;
  }
  unsigned before = atomic_exchange(&probe->alive, event->current);
  if (event->current > before) atomic_fetch_add(&probe->revivals, 1);
  if (event->current < before) atomic_fetch_add(&probe->silences, 1);
}

static void contract_event(void *arg, const whorl__endpoint_event_t *event)
{
  contract_probe_t *probe = arg;
  if (event->kind == WHORL__EVENT_MATCHED) {
    atomic_store(&probe->current, event->current);
    atomic_store(&probe->matched_total, event->total);
    atomic_fetch_add(&probe->matched_events, 1);
  } else if (event->kind == WHORL__EVENT_INCOMPATIBLE_QOS) {
    atomic_store(&probe->policy, event->policy);
    atomic_store(&probe->incompatible, event->total);
  } else if (event->kind == WHORL__EVENT_DEADLINE_MISSED) {
    atomic_store(&probe->missed, event->total);
  } else if (event->kind == WHORL__EVENT_LIVELINESS) {
    contract_note_liveliness(probe, event);
  }
  contract_note(probe);
}

static void contract_change(void *arg)
{
  (void)arg;
  contract_tell();
}

// --- participants and endpoints

static const whorl__type_t *contract_type_of(whorl_message_type_t support)
{
  const whorl__type_t *type = NULL;
  assert_int_equal(whorl__type_get(support, &type), WHORL_OK);
  return type;
}

static const whorl__type_t *contract_number_type(void) { return contract_type_of(WHORL_MESSAGE(std_msgs, msg, Int64)); }
static const whorl__type_t *contract_text_type(void) { return contract_type_of(WHORL_MESSAGE(std_msgs, msg, String)); }

static whorl__participant_t *contract_participant(void)
{
  whorl__participant_t *participant = NULL;
  assert_int_equal(contract_side.open(&participant), WHORL_OK);
  contract_participants++;
  participant->ops->discovery_hook(participant, contract_change, NULL);
  return participant;
}

static void contract_close(whorl__participant_t *participant)
{
  participant->ops->discovery_hook(participant, NULL, NULL);
  participant->ops->participant_close(participant);
  contract_participants--;
}

static whorl_qos_t contract_qos(whorl_qos_t wanted)
{
  whorl_qos_t resolved;
  assert_int_equal(whorl__qos_resolve(&wanted, &resolved), WHORL_OK);
  return resolved;
}

static whorl_qos_t contract_keep(size_t depth) { return contract_qos((whorl_qos_t){.depth = depth}); }
static whorl_qos_t contract_retain(size_t depth)
{
  return contract_qos((whorl_qos_t){.depth = depth, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL});
}

static whorl__endpoint_options_t contract_options(const char *topic, whorl_qos_t qos, contract_probe_t *probe)
{
  return (whorl__endpoint_options_t){
      .type = contract_number_type(), .topic = topic, .qos = qos, .ready = contract_ready, .event = contract_event, .arg = probe};
}

static whorl__writer_t *contract_writer_with(whorl__participant_t *participant, whorl__endpoint_options_t options)
{
  whorl__writer_t *writer = NULL;
  options.ready = NULL;
  assert_int_equal(participant->ops->writer_open(participant, &options, &writer), WHORL_OK);
  return writer;
}

static whorl__reader_t *contract_reader_with(whorl__participant_t *participant, whorl__endpoint_options_t options)
{
  whorl__reader_t *reader = NULL;
  ((contract_probe_t *)options.arg)->of_reader = true;
  assert_int_equal(participant->ops->reader_open(participant, &options, &reader), WHORL_OK);
  return reader;
}

static whorl__writer_t *contract_writer(whorl__participant_t *participant, const char *topic, whorl_qos_t qos, contract_probe_t *probe)
{
  return contract_writer_with(participant, contract_options(topic, qos, probe));
}

static whorl__reader_t *contract_reader(whorl__participant_t *participant, const char *topic, whorl_qos_t qos, contract_probe_t *probe)
{
  return contract_reader_with(participant, contract_options(topic, qos, probe));
}

static void contract_close_writer(whorl__writer_t *writer) { writer->participant->ops->writer_close(writer); }
static void contract_close_reader(whorl__reader_t *reader) { reader->participant->ops->reader_close(reader); }

// --- matching

typedef struct contract_expected {
  whorl__writer_t *writer;
  whorl__reader_t *reader;
  uint32_t count;
} contract_expected_t;

static bool contract_is_matched(void *arg)
{
  const contract_expected_t *expected = arg;
  if (expected->writer != NULL) return expected->writer->participant->ops->writer_matched(expected->writer) == expected->count;
  return expected->reader->participant->ops->reader_matched(expected->reader) == expected->count;
}

static void contract_wait_readers(whorl__writer_t *writer, uint32_t count)
{
  assert_true(contract_wait(contract_is_matched, &(contract_expected_t){.writer = writer, .count = count}));
}

static void contract_wait_writers(whorl__reader_t *reader, uint32_t count)
{
  assert_true(contract_wait(contract_is_matched, &(contract_expected_t){.reader = reader, .count = count}));
}

// --- numbers through a topic

static void contract_publish(whorl__writer_t *writer, int64_t number)
{
  std_msgs__msg__Int64 message = {.data = number};
  assert_int_equal(writer->participant->ops->write_copy(writer, &message), WHORL_OK);
}

static void contract_publish_range(whorl__writer_t *writer, int64_t first, int64_t last)
{
  for (int64_t number = first; number <= last; number++) contract_publish(writer, number);
  contract_settle();
}

typedef struct contract_taken {
  whorl__reader_t *reader;
  whorl__sample_t *sample;
  whorl__message_t *message;
  bool more;
} contract_taken_t;

static bool contract_try_take(void *arg)
{
  contract_taken_t *taken = arg;
  return whorl__reader_take(taken->reader, &taken->sample, &taken->message, &taken->more) == WHORL_OK;
}

// The next sample, waited for; give it back with whorl__sample_unref.
static contract_taken_t contract_take(whorl__reader_t *reader)
{
  contract_taken_t taken = {.reader = reader};
  assert_true(contract_wait(contract_try_take, &taken));
  return taken;
}

static int64_t contract_take_number(whorl__reader_t *reader)
{
  contract_taken_t taken = contract_take(reader);
  int64_t number = ((const std_msgs__msg__Int64 *)(const void *)taken.message->native)->data;
  whorl__sample_unref(taken.sample);
  return number;
}

static void contract_expect_range(whorl__reader_t *reader, int64_t first, int64_t last)
{
  for (int64_t number = first; number <= last; number++) assert_int_equal(contract_take_number(reader), number);
}

static void contract_expect_nothing(whorl__reader_t *reader)
{
  contract_taken_t taken = {.reader = reader, .more = true};
  assert_int_equal(whorl__reader_take(reader, &taken.sample, &taken.message, &taken.more), WHORL_WOULD_BLOCK);
  assert_null(taken.sample);
  assert_null(taken.message);
  assert_false(taken.more);
}

#endif
