// Test support, part of the suite of contract_testing.h: what runs out (lifespans, deadlines, leases), and what is refused.
//
// Nothing here waits for a time to pass: what shall happen is waited for, and a lifespan is looked at from a later time.
#ifndef WHORL_TRANSPORT_CONTRACT_LIMITS_TESTING_H
#define WHORL_TRANSPORT_CONTRACT_LIMITS_TESTING_H

#include "transport/contract_matching_testing.h"

// --- lifespan

static int contract_take_later(whorl__reader_t *reader, int64_t later_ns, int64_t *ret_number)
{
  contract_taken_t taken = {.reader = reader};
  int64_t now_ns = reader->participant->ops->now_ns(reader->participant);
  int status = whorl__reader_take_at(reader, now_ns + later_ns, &taken.sample, &taken.message, &taken.more);
  if (status != WHORL_OK) return status;
  *ret_number = ((const std_msgs__msg__Int64 *)(const void *)taken.message->native)->data;
  whorl__sample_unref(taken.sample);
  return status;
}

typedef struct contract_received {
  whorl__reader_t *reader;
  uint64_t count;
} contract_received_t;

static bool contract_has_received(void *arg)
{
  const contract_received_t *received = arg;
  return whorl__ring_read_counts(&received->reader->ring).received == received->count;
}

static void a_message_is_not_taken_after_its_lifespan(void **state)
{
  (void)state;
  whorl__participant_t *participant = contract_participant();
  contract_probe_t probes[2] = {0};
  whorl_qos_t short_lived = contract_qos((whorl_qos_t){.depth = 10, .lifespan_ns = WHORL_SECONDS(3600)});
  whorl__writer_t *writer = contract_writer(participant, "/contract/lifespan", short_lived, &probes[0]);
  whorl__reader_t *reader = contract_reader(participant, "/contract/lifespan", contract_keep(10), &probes[1]); // the writer's counts
  contract_wait_readers(writer, 1);
  contract_publish_range(writer, 1, 4);
  assert_true(contract_wait(contract_has_received, &(contract_received_t){reader, 4}));
  int64_t number = 0;
  assert_int_equal(contract_take_later(reader, WHORL_SECONDS(3500), &number), WHORL_OK);
  assert_int_equal(number, 1);
  assert_int_equal(contract_take_later(reader, WHORL_SECONDS(3601), &number), WHORL_WOULD_BLOCK);
  whorl__ring_counts_t counts = whorl__ring_read_counts(&reader->ring);
  assert_int_equal(counts.received, 4);
  assert_int_equal(counts.taken, 1);
  assert_int_equal(counts.expired, 3);
  assert_int_equal(counts.dropped, 0);
  contract_expect_nothing(reader);
  contract_close_reader(reader);
  contract_close_writer(writer);
  contract_close(participant);
}

// --- deadline

static bool contract_is_exceeded(void *arg)
{
  const contract_count_t *count = arg;
  return atomic_load(count->value) > count->expected;
}

static void contract_wait_more(atomic_uint *value, unsigned than)
{
  assert_true(contract_wait(contract_is_exceeded, &(contract_count_t){value, than}));
}

static void a_missed_deadline_is_told_on_both_sides(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  contract_probe_t probes[2] = {0};
  whorl_qos_t strict = contract_qos((whorl_qos_t){.depth = 10, .deadline_ns = WHORL_MILLISECONDS(100)});
  whorl__writer_t *writer = contract_writer(participants[0], "/contract/punctual", strict, &probes[0]);
  whorl__reader_t *reader = contract_reader(participants[1], "/contract/punctual", strict, &probes[1]);
  contract_wait_readers(writer, 1);
  contract_wait_writers(reader, 1);
  assert_int_equal(atomic_load(&probes[1].missed), 0); // the watch begins with the first message
  for (int64_t number = 1; number <= 2; number++) {
    unsigned writer_missed = atomic_load(&probes[0].missed), reader_missed = atomic_load(&probes[1].missed);
    contract_publish(writer, number);
    assert_int_equal(contract_take_number(reader), number);
    contract_wait_more(&probes[0].missed, writer_missed);
    contract_wait_more(&probes[1].missed, reader_missed);
  }
  contract_close_writer(writer);
  contract_close_reader(reader);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

// --- liveliness

static void an_automatic_writer_is_alive_until_it_goes(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  contract_probe_t probes[3] = {0};
  whorl_qos_t automatic = contract_qos((whorl_qos_t){.liveliness = WHORL_LIVELINESS_AUTOMATIC, .liveliness_lease_ns = WHORL_SECONDS(60)});
  whorl__reader_t *reader = contract_reader(participants[1], "/contract/alive", automatic, &probes[2]);
  whorl__writer_t *first = contract_writer(participants[0], "/contract/alive", automatic, &probes[0]);
  contract_wait_count(&probes[2].alive, 1);
  whorl__writer_t *second = contract_writer(participants[0], "/contract/alive", automatic, &probes[1]);
  contract_wait_count(&probes[2].alive, 2);
  contract_close_writer(first);
  contract_wait_count(&probes[2].alive, 1);
  contract_close_writer(second);
  contract_wait_count(&probes[2].alive, 0);
  assert_int_equal(atomic_load(&probes[0].silences), 0); // going is not falling silent
  contract_close_reader(reader);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

static void a_manual_writer_is_alive_while_it_writes(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  contract_probe_t probes[2] = {0};
  whorl_qos_t manual = contract_qos(
      (whorl_qos_t){.depth = 10, .liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC, .liveliness_lease_ns = WHORL_MILLISECONDS(100)});
  whorl__writer_t *writer = contract_writer(participants[0], "/contract/manual", manual, &probes[0]);
  whorl__reader_t *reader = contract_reader(participants[1], "/contract/manual", manual, &probes[1]);
  contract_wait_readers(writer, 1);
  contract_wait_writers(reader, 1);
  for (int64_t number = 1; number <= 2; number++) {
    unsigned silences = atomic_load(&probes[0].silences), gone = atomic_load(&probes[1].silences);
    contract_publish(writer, number);
    contract_wait_more(&probes[1].revivals, (unsigned)number - 1);
    assert_int_equal(contract_take_number(reader), number);
    contract_wait_more(&probes[0].silences, silences); // the writer itself is told
    contract_wait_more(&probes[1].silences, gone);
  }
  contract_wait_writers(reader, 1); // silent, and still matched
  contract_close_reader(reader);
  contract_close_writer(writer);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

// --- refusals

static void every_refused_reader_is_counted(void **state)
{
  (void)state;
  whorl__participant_t *participant = contract_participant();
  contract_probe_t probes[3] = {0};
  whorl_qos_t offered = contract_qos(WHORL_QOS_SENSOR_DATA);
  whorl__writer_t *writer = contract_writer(participant, "/contract/refused", offered, &probes[0]);
  whorl__reader_t *first = contract_reader(participant, "/contract/refused", contract_keep(5), &probes[1]);
  contract_wait_count(&probes[0].incompatible, 1);
  whorl__reader_t *second = contract_reader(participant, "/contract/refused", contract_keep(5), &probes[2]);
  contract_wait_count(&probes[0].incompatible, 2);
  contract_wait_count(&probes[1].incompatible, 1);
  contract_wait_count(&probes[2].incompatible, 1);
  contract_close_reader(first);
  contract_close_reader(second);
  assert_int_equal(atomic_load(&probes[0].matched_events), 0);
  contract_close_writer(writer);
  contract_close(participant);
}

static void bytes_without_their_header_are_refused(void **state)
{
  (void)state;
  static const uint8_t bytes[] = {0, 1, 0, 0};
  whorl__participant_t *participant = contract_participant();
  contract_probe_t probe = {0};
  whorl__writer_t *writer = contract_writer(participant, "/contract/headless", contract_keep(5), &probe);
  for (size_t size = 0; size < sizeof bytes; size++) assert_int_equal(participant->ops->write_cdr(writer, bytes, size), WHORL_MALFORMED);
  assert_string_equal(whorl_detail(), "serialised message has 3 bytes, less than its 4-byte header");
  contract_close_writer(writer);
  contract_close(participant);
}

static void strange_encodings_are_counted_as_malformed(void **state)
{
  (void)state;
  static const uint8_t strange[][8] = {
      {0, 3, 0, 0, 0, 0, 0, 0}, // a parameter list
      {7, 1, 0, 0, 0, 0, 0, 0}, // no known encoding
      {0, 1, 0, 0, 0, 0, 0, 0}, // half a number
  };
  whorl__participant_t *participant = contract_participant();
  contract_probe_t probes[2] = {0};
  whorl__writer_t *writer = contract_writer(participant, "/contract/strange", contract_keep(5), &probes[0]);
  whorl__reader_t *reader = contract_reader(participant, "/contract/strange", contract_keep(5), &probes[1]);
  contract_wait_readers(writer, 1);
  for (int i = 0; i < 3; i++) assert_int_equal(participant->ops->write_cdr(writer, strange[i], sizeof strange[i]), WHORL_OK);
  contract_publish_range(writer, 7, 7);
  contract_expect_range(reader, 7, 7);
  assert_int_equal(whorl__ring_read_counts(&reader->ring).malformed, 3);
  contract_close_reader(reader);
  contract_close_writer(writer);
  contract_close(participant);
}

#endif
