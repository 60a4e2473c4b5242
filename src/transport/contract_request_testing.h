// Test support, part of the suite of contract_testing.h: what requests and replies have beyond messages of a topic.
#ifndef WHORL_TRANSPORT_CONTRACT_REQUEST_TESTING_H
#define WHORL_TRANSPORT_CONTRACT_REQUEST_TESTING_H

#include "transport/contract_matching_testing.h"

static whorl__endpoint_options_t contract_request_options(const char *service, const char *user_data, contract_probe_t *probe)
{
  whorl__endpoint_options_t options = contract_options(service, contract_keep(10), probe);
  options.kind = WHORL__DDS_REQUEST;
  options.user_data = user_data;
  return options;
}

static void contract_ask(whorl__writer_t *writer, int64_t number, int64_t question)
{
  whorl__message_t *message = whorl__message_new(writer->type);
  assert_non_null(message);
  ((std_msgs__msg__Int64 *)(void *)message->native)->data = question;
  whorl__service_header_t header = {.client = writer->instance, .number = number};
  assert_int_equal(writer->participant->ops->write_service(writer, &header, message), WHORL_OK);
}

static void contract_expect_question(whorl__reader_t *reader, const whorl__writer_t *from, int64_t number, int64_t question)
{
  contract_taken_t taken = contract_take(reader);
  assert_true(taken.sample->has_header);
  assert_int_equal(taken.sample->header.client, from->instance);
  assert_int_equal(taken.sample->header.number, number);
  assert_memory_equal(taken.sample->publisher_gid, from->gid, 16);
  assert_int_equal(((const std_msgs__msg__Int64 *)(const void *)taken.message->native)->data, question);
  whorl__sample_unref(taken.sample);
}

// Near: the message itself. Far: its bytes, the header in front.
static void a_request_brings_its_header(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  contract_probe_t probes[4] = {0};
  whorl__reader_t *readers[2];
  whorl__writer_t *writers[2];
  for (int i = 0; i < 2; i++) {
    readers[i] = contract_reader_with(participants[i], contract_request_options("/contract/asked", "serviceid=1;", &probes[i]));
    writers[i] = contract_writer_with(participants[i], contract_request_options("/contract/asked", "clientid=2;", &probes[2 + i]));
  }
  assert_true(writers[0]->instance != writers[1]->instance);
  for (int i = 0; i < 2; i++) {
    contract_wait_readers(writers[i], 2);
    contract_wait_writers(readers[i], 2);
  }
  contract_ask(writers[0], INT64_C(0x1122334455667788), 41);
  for (int i = 0; i < 2; i++) contract_expect_question(readers[i], writers[0], INT64_C(0x1122334455667788), 41);
  contract_ask(writers[1], 2, 42);
  for (int i = 0; i < 2; i++) contract_expect_question(readers[i], writers[1], 2, 42);
  for (int i = 0; i < 2; i++) {
    contract_close_reader(readers[i]);
    contract_close_writer(writers[i]);
    contract_close(participants[i]);
  }
}

// --- who is matched

typedef struct contract_visited {
  int count;
  char user_data[256]; // of the last
  char dds_topic[64];
  uint8_t gid[16];
} contract_visited_t;

static void contract_visit(void *arg, const whorl__remote_endpoint_t *endpoint)
{
  contract_visited_t *visited = arg;
  visited->count++;
  snprintf(visited->user_data, sizeof visited->user_data, "%s", endpoint->user_data);
  snprintf(visited->dds_topic, sizeof visited->dds_topic, "%s", endpoint->dds_topic);
  memcpy(visited->gid, endpoint->gid, sizeof visited->gid);
}

static void those_that_are_matched_are_visited(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  const whorl__transport_ops_t *ops = participants[0]->ops;
  contract_probe_t probes[3] = {0};
  contract_visited_t seen = {0};
  whorl__writer_t *writer = contract_writer_with(participants[0], contract_request_options("/contract/met", "clientid=2;", &probes[0]));
  assert_int_equal(ops->writer_visit_matched(writer, contract_visit, &seen), WHORL_OK);
  assert_int_equal(seen.count, 0);
  whorl__reader_t *reader = contract_reader_with(participants[1], contract_request_options("/contract/met", "serviceid=1;", &probes[1]));
  whorl__reader_t *topic = contract_reader(participants[1], "/contract/met", contract_keep(1),
                                           &probes[2]); // of the same name: a topic is no service
  contract_wait_readers(writer, 1);
  contract_wait_writers(reader, 1);
  assert_int_equal(ops->writer_visit_matched(writer, contract_visit, &seen), WHORL_OK);
  assert_int_equal(seen.count, 1);
  assert_non_null(strstr(seen.user_data, "serviceid=1;"));
  assert_string_equal(seen.dds_topic, "rq/contract/metRequest");
  assert_memory_equal(seen.gid, reader->gid, 16);
  seen.count = 0;
  assert_int_equal(ops->reader_visit_matched(reader, contract_visit, &seen), WHORL_OK);
  assert_int_equal(seen.count, 1);
  assert_non_null(strstr(seen.user_data, "clientid=2;"));
  assert_memory_equal(seen.gid, writer->gid, 16);
  contract_close_reader(reader);
  contract_wait_readers(writer, 0);
  seen.count = 0;
  assert_int_equal(ops->writer_visit_matched(writer, contract_visit, &seen), WHORL_OK);
  assert_int_equal(seen.count, 0);
  contract_close_reader(topic);
  contract_close_writer(writer);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

// --- straight from the transport's thread

typedef struct contract_caught {
  contract_probe_t probe; // first: the other hooks get the same argument
  atomic_uint count;
  _Atomic int64_t numbers;
} contract_caught_t;

static void contract_catch(void *arg, whorl__sample_t *sample)
{
  contract_caught_t *caught = arg;
  atomic_fetch_add(&caught->numbers, sample->header.number);
  atomic_fetch_add(&caught->count, 1);
  contract_note(&caught->probe);
}

static void who_takes_what_comes_leaves_nothing_in_the_ring(void **state)
{
  (void)state;
  whorl__participant_t *participant = contract_participant();
  contract_probe_t probe = {0};
  contract_caught_t caught = {0};
  whorl__endpoint_options_t options = contract_request_options("/contract/caught", "serviceid=1;", &caught.probe);
  options.incoming = contract_catch;
  whorl__reader_t *reader = contract_reader_with(participant, options);
  whorl__writer_t *writer = contract_writer_with(participant, contract_request_options("/contract/caught", "clientid=2;", &probe));
  contract_wait_readers(writer, 1);
  contract_wait_writers(reader, 1);
  for (int64_t number = 1; number <= 20; number++) { // more than its history has room for
    contract_ask(writer, number, 0);
    contract_settle();
  }
  contract_wait_count(&caught.count, 20);
  assert_int_equal(atomic_load(&caught.numbers), 210);
  assert_int_equal(atomic_load(&caught.probe.ready), 0);
  contract_expect_nothing(reader);
  contract_close_reader(reader);
  atomic_store(&caught.probe.closed, true);
  contract_ask(writer, 21, 0);
  contract_settle();
  assert_int_equal(atomic_load(&caught.probe.late), 0);
  contract_close_writer(writer);
  contract_close(participant);
}

static void a_request_cut_off_in_its_header_is_malformed(void **state)
{
  (void)state;
  static const uint8_t bytes[4 + 16 + 8] = {0, 1, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7};
  whorl__participant_t *participant = contract_participant();
  contract_probe_t probes[2] = {0};
  whorl__reader_t *reader = contract_reader_with(participant, contract_request_options("/contract/cut", "serviceid=1;", &probes[0]));
  whorl__writer_t *writer = contract_writer_with(participant, contract_request_options("/contract/cut", "clientid=2;", &probes[1]));
  contract_wait_readers(writer, 1);
  for (size_t size = 4; size < sizeof bytes; size += 4) {
    assert_int_equal(participant->ops->write_cdr(writer, bytes, size), WHORL_OK);
    contract_settle();
    contract_expect_nothing(reader);
  }
  assert_int_equal(whorl__ring_read_counts(&reader->ring).malformed, 6);
  assert_int_equal(participant->ops->write_cdr(writer, bytes, sizeof bytes), WHORL_OK);
  contract_taken_t taken = contract_take(reader);
  assert_int_equal(taken.sample->header.client, 9);
  assert_int_equal(taken.sample->header.number, 3);
  assert_int_equal(((const std_msgs__msg__Int64 *)(const void *)taken.message->native)->data, 7);
  whorl__sample_unref(taken.sample);
  contract_close_reader(reader);
  contract_close_writer(writer);
  contract_close(participant);
}

#endif
