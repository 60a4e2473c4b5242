// Test support, part of the suite of contract_testing.h: what happens to messages between a writer and its readers.
#ifndef WHORL_TRANSPORT_CONTRACT_DATA_TESTING_H
#define WHORL_TRANSPORT_CONTRACT_DATA_TESTING_H

#include <rosidl_typesupport_introspection_c/identifier.h>
#include <rosidl_typesupport_introspection_c/message_introspection.h>

#include "base/memory.h"
#include "transport/contract_testing.h"

// Most promises need one writer and one reader that know each other.
typedef struct contract_pair {
  whorl__participant_t *participant;
  whorl__writer_t *writer;
  whorl__reader_t *reader;
  contract_probe_t writer_probe, reader_probe;
} contract_pair_t;

static void contract_pair_open(contract_pair_t *pair, const char *topic, whorl_message_type_t type, whorl_qos_t qos)
{
  memset(pair, 0, sizeof *pair);
  pair->participant = contract_participant();
  whorl__endpoint_options_t options = contract_options(topic, qos, &pair->writer_probe);
  options.type = contract_type_of(type);
  pair->writer = contract_writer_with(pair->participant, options);
  options.arg = &pair->reader_probe;
  pair->reader = contract_reader_with(pair->participant, options);
  contract_wait_readers(pair->writer, 1);
}

static void contract_pair_close(contract_pair_t *pair)
{
  contract_close_reader(pair->reader);
  contract_close_writer(pair->writer);
  contract_close(pair->participant);
}

#define NUMBERS WHORL_MESSAGE(std_msgs, msg, Int64)
#define TEXTS WHORL_MESSAGE(std_msgs, msg, String)

static void messages_arrive_in_the_order_of_writing(void **state)
{
  (void)state;
  contract_pair_t pair;
  contract_pair_open(&pair, "/contract/order", NUMBERS, contract_keep(50));
  contract_expect_nothing(pair.reader);
  contract_publish_range(pair.writer, 1, 50);
  contract_expect_range(pair.reader, 1, 50);
  contract_expect_nothing(pair.reader);
  contract_pair_close(&pair);
}

static void all_readers_share_the_message_that_was_written(void **state)
{
  (void)state;
  enum { READERS = 4 };
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  contract_probe_t probes[READERS + 1] = {0};
  whorl__writer_t *writer = contract_writer(participants[0], "/contract/shared", contract_keep(5), &probes[READERS]);
  whorl__reader_t *readers[READERS];
  for (int i = 0; i < READERS; i++) readers[i] = contract_reader(participants[i % 2], "/contract/shared", contract_keep(5), &probes[i]);
  contract_wait_readers(writer, READERS);
  whorl__message_t *message = whorl__message_new(contract_number_type());
  whorl__message_ref(message); // one for the writer, one to compare with
  assert_int_equal(participants[0]->ops->write(writer, message), WHORL_OK);
  contract_publish(writer, 43);
  contract_settle();
  contract_taken_t written[READERS], copied[READERS]; // all kept to the end, so that no address is used twice
  for (int i = 0; i < READERS; i++) {
    written[i] = contract_take(readers[i]);
    copied[i] = contract_take(readers[i]);
    if (contract_side.apart && i % 2 == 1) continue; // what came over the wire is another copy
    assert_ptr_equal(written[i].message, message);
    assert_true(written[i].more);
    assert_ptr_equal(copied[i].message, copied[0].message);
    assert_false(copied[i].more);
  }
  for (int i = 0; i < READERS; i++) {
    whorl__sample_unref(written[i].sample);
    whorl__sample_unref(copied[i].sample);
    contract_close_reader(readers[i]);
  }
  whorl__message_unref(message);
  contract_close_writer(writer);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

static void a_message_outlives_its_endpoints(void **state)
{
  (void)state;
  contract_pair_t pair;
  contract_pair_open(&pair, "/contract/outlives", TEXTS, contract_keep(5));
  char text[] = "kept";
  std_msgs__msg__String native = {.data = {.data = text, .size = 4, .capacity = 5}};
  assert_int_equal(pair.participant->ops->write_copy(pair.writer, &native), WHORL_OK);
  text[0] = 'x'; // the copy was made before the call returned
  contract_settle();
  contract_taken_t taken = contract_take(pair.reader);
  whorl__message_t *message = whorl__message_ref(taken.message);
  whorl__sample_unref(taken.sample);
  contract_pair_close(&pair);
  assert_string_equal(((const std_msgs__msg__String *)(const void *)message->native)->data.data, "kept");
  whorl__message_unref(message);
}

static void a_large_message_arrives_whole(void **state)
{
  (void)state;
  enum { SIZE = 1 << 20 };
  contract_pair_t pair;
  contract_pair_open(&pair, "/contract/large", TEXTS, contract_keep(5));
  whorl__message_t *message = whorl__message_new(contract_text_type());
  std_msgs__msg__String *native = (void *)message->native;
  char *text = whorl__alloc(SIZE + 1);
  for (int i = 0; i < SIZE; i++) text[i] = (char)('a' + i % 26);
  text[SIZE] = '\0';
  assert_true(rosidl_runtime_c__String__assignn(&native->data, text, SIZE));
  assert_int_equal(pair.participant->ops->write(pair.writer, message), WHORL_OK);
  contract_settle();
  contract_taken_t taken = contract_take(pair.reader);
  const std_msgs__msg__String *seen = (const void *)taken.message->native;
  assert_int_equal(seen->data.size, SIZE);
  assert_int_equal(memcmp(seen->data.data, text, SIZE + 1), 0);
  whorl__sample_unref(taken.sample);
  whorl__free(text);
  contract_pair_close(&pair);
}

// --- histories

static void keep_last_drops_the_oldest_and_counts_it(void **state)
{
  (void)state;
  contract_pair_t pair;
  contract_pair_open(&pair, "/contract/keep_last", NUMBERS, contract_keep(3));
  contract_publish_range(pair.writer, 1, 8);
  whorl__ring_counts_t counts = whorl__ring_read_counts(&pair.reader->ring);
  assert_int_equal(counts.received, 8);
  assert_int_equal(counts.dropped, 5);
  contract_expect_range(pair.reader, 6, 8);
  contract_expect_nothing(pair.reader);
  assert_int_equal(whorl__ring_read_counts(&pair.reader->ring).taken, 3);
  contract_pair_close(&pair);
}

static void keep_all_keeps_up_to_its_limit(void **state)
{
  (void)state;
  whorl__participant_t *participant = contract_participant();
  contract_probe_t probes[3] = {0};
  whorl_qos_t all = contract_qos((whorl_qos_t){.history = WHORL_HISTORY_KEEP_ALL});
  whorl__endpoint_options_t limited = contract_options("/contract/keep_all", all, &probes[1]);
  limited.keep_all_limit = 5;
  whorl__writer_t *writer = contract_writer(participant, "/contract/keep_all", all, &probes[0]);
  whorl__reader_t *small = contract_reader_with(participant, limited);
  whorl__reader_t *large = contract_reader(participant, "/contract/keep_all", all, &probes[2]);
  contract_wait_readers(writer, 2);
  contract_publish_range(writer, 1, 100);
  contract_expect_range(large, 1, 100);
  contract_expect_range(small, 96, 100);
  assert_int_equal(whorl__ring_read_counts(&small->ring).dropped, 95);
  contract_close_reader(small);
  contract_close_reader(large);
  contract_close_writer(writer);
  contract_close(participant);
}

static void a_late_joiner_gets_what_is_retained(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  contract_probe_t probes[5] = {0};
  whorl__writer_t *writer = contract_writer(participants[0], "/contract/late", contract_retain(3), &probes[0]);
  contract_publish_range(writer, 1, 5);
  whorl__reader_t *late[3] = {
      contract_reader(participants[0], "/contract/late", contract_retain(2), &probes[1]), // its own depth holds fewer
      contract_reader(participants[1], "/contract/late", contract_retain(10), &probes[2]),
      // Volatile: nothing of before. (Not behind the wire: there Cyclone gives it what the reader beside it asked to be sent again.)
      contract_reader(participants[0], "/contract/late", contract_keep(10), &probes[3]),
  };
  contract_wait_readers(writer, 3);
  contract_settle();
  contract_expect_range(late[0], 4, 5);
  contract_expect_range(late[1], 3, 5);
  contract_publish_range(writer, 6, 6);
  for (int i = 0; i < 3; i++) contract_expect_range(late[i], 6, 6);
  for (int i = 0; i < 3; i++) contract_expect_nothing(late[i]);
  for (int i = 0; i < 3; i++) contract_close_reader(late[i]);
  contract_close_writer(writer);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

static void a_volatile_reader_gets_nothing_of_before(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  contract_probe_t probes[2] = {0};
  whorl__writer_t *writer = contract_writer(participants[0], "/contract/volatile", contract_retain(10), &probes[0]);
  contract_publish_range(writer, 1, 5);
  whorl__reader_t *reader = contract_reader(participants[1], "/contract/volatile", contract_keep(10), &probes[1]);
  contract_wait_readers(writer, 1);
  contract_wait_writers(reader, 1);
  contract_publish_range(writer, 6, 6);
  contract_expect_range(reader, 6, 6);
  contract_expect_nothing(reader);
  contract_close_reader(reader);
  contract_close_writer(writer);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

static void a_keep_all_writer_retains_everything(void **state)
{
  (void)state;
  whorl__participant_t *participant = contract_participant();
  contract_probe_t probes[2] = {0};
  whorl_qos_t all = contract_qos((whorl_qos_t){.history = WHORL_HISTORY_KEEP_ALL, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL});
  whorl__writer_t *writer = contract_writer(participant, "/contract/retain_all", all, &probes[0]);
  contract_publish_range(writer, 1, 70);
  whorl__reader_t *reader = contract_reader(participant, "/contract/retain_all", all, &probes[1]);
  contract_wait_readers(writer, 1);
  contract_settle();
  contract_expect_range(reader, 1, 70);
  contract_close_reader(reader);
  contract_close_writer(writer);
  contract_close(participant);
}

// --- serialised forms

static void bytes_and_messages_are_two_forms_of_one_thing(void **state)
{
  (void)state;
  static const uint8_t bytes[] = {0, 1, 0, 0, 6, 0, 0, 0, 'h', 'e', 'l', 'l', 'o', 0};
  contract_pair_t pair;
  contract_pair_open(&pair, "/contract/bytes", TEXTS, contract_keep(5));
  assert_int_equal(pair.participant->ops->write_cdr(pair.writer, bytes, sizeof bytes), WHORL_OK);
  contract_settle();
  contract_taken_t taken = contract_take(pair.reader);
  const std_msgs__msg__String *native = (const void *)taken.message->native;
  assert_string_equal(native->data.data, "hello");
  assert_int_equal(pair.participant->ops->write(pair.writer, whorl__message_ref(taken.message)), WHORL_OK);
  contract_settle();
  contract_taken_t again = contract_take(pair.reader);
  const whorl__cdr_t *cdr = NULL;
  assert_int_equal(whorl__sample_cdr(again.sample, &cdr), WHORL_OK);
  assert_int_equal(cdr->size, sizeof bytes);
  assert_int_equal(memcmp(cdr->bytes, bytes, sizeof bytes), 0);
  whorl__sample_unref(taken.sample);
  whorl__sample_unref(again.sample);
  contract_pair_close(&pair);
}

// Another description of the same type, as a second copy of a message package in the process would bring it.
static whorl_message_type_t contract_twin_of(whorl_message_type_t original)
{
  static rosidl_typesupport_introspection_c__MessageMembers members;
  static rosidl_message_type_support_t twin;
  const rosidl_message_type_support_t *introspection = get_message_typesupport_handle(original,
                                                                                      rosidl_typesupport_introspection_c__identifier);
  assert_non_null(introspection);
  members = *(const rosidl_typesupport_introspection_c__MessageMembers *)introspection->data;
  twin = *introspection;
  twin.data = &members;
  return &twin;
}

static void a_type_may_be_described_twice(void **state)
{
  (void)state;
  whorl__participant_t *participant = contract_participant();
  contract_probe_t probes[3] = {0};
  whorl__endpoint_options_t options = contract_options("/contract/twin", contract_keep(5), &probes[0]);
  options.type = contract_text_type();
  whorl__writer_t *writer = contract_writer_with(participant, options);
  options.arg = &probes[1];
  whorl__reader_t *reader = contract_reader_with(participant, options);
  options.arg = &probes[2];
  options.type = contract_type_of(contract_twin_of(TEXTS));
  whorl__reader_t *twin = contract_reader_with(participant, options);
  assert_ptr_not_equal(twin->type, reader->type);
  contract_wait_readers(writer, 2);
  char text[] = "both";
  std_msgs__msg__String native = {.data = {.data = text, .size = 4, .capacity = 5}};
  assert_int_equal(participant->ops->write_copy(writer, &native), WHORL_OK);
  contract_settle();
  contract_taken_t taken[2] = {contract_take(reader), contract_take(twin)};
  for (int i = 0; i < 2; i++) {
    assert_string_equal(((const std_msgs__msg__String *)(const void *)taken[i].message->native)->data.data, "both");
    assert_memory_equal(taken[i].sample->publisher_gid, writer->gid, 16);
  }
  assert_ptr_equal(taken[1].message->type, twin->type); // each in the form of its own type
  assert_int_equal(taken[0].sample->source_timestamp_ns, taken[1].sample->source_timestamp_ns);
  for (int i = 0; i < 2; i++) whorl__sample_unref(taken[i].sample);
  contract_close_reader(twin);
  contract_close_reader(reader);
  contract_close_writer(writer);
  contract_close(participant);
}

static void malformed_bytes_are_counted_and_skipped(void **state)
{
  (void)state;
  static const uint8_t bad[] = {0, 1, 0, 0, 0xff, 0xff, 0xff, 0x7f, 'a', 0, 0, 0};
  static const uint8_t good[] = {0, 1, 0, 0, 2, 0, 0, 0, 'a', 0};
  contract_pair_t pair;
  contract_pair_open(&pair, "/contract/malformed", TEXTS, contract_keep(5));
  assert_int_equal(pair.participant->ops->write_cdr(pair.writer, bad, sizeof bad), WHORL_OK);
  assert_int_equal(pair.participant->ops->write_cdr(pair.writer, bad, sizeof bad), WHORL_OK);
  assert_int_equal(pair.participant->ops->write_cdr(pair.writer, good, sizeof good), WHORL_OK);
  contract_settle();
  contract_taken_t taken = contract_take(pair.reader);
  assert_string_equal(((const std_msgs__msg__String *)(const void *)taken.message->native)->data.data, "a");
  whorl__sample_unref(taken.sample);
  whorl__ring_counts_t counts = whorl__ring_read_counts(&pair.reader->ring);
  assert_int_equal(counts.malformed, 2);
  assert_int_equal(counts.taken, 3);
  contract_expect_nothing(pair.reader);
  contract_pair_close(&pair);
}

// --- what a sample tells

static void a_sample_names_its_writer(void **state)
{
  (void)state;
  whorl__participant_t *participant = contract_participant();
  contract_probe_t probes[3] = {0};
  whorl__writer_t *first = contract_writer(participant, "/contract/gid", contract_keep(5), &probes[0]);
  whorl__writer_t *second = contract_writer(participant, "/contract/gid", contract_keep(5), &probes[1]);
  whorl__reader_t *reader = contract_reader(participant, "/contract/gid", contract_keep(5), &probes[2]);
  contract_wait_writers(reader, 2);
  whorl__writer_t *writers[2] = {second, first};
  for (int i = 0; i < 2; i++) {
    contract_publish_range(writers[i], i, i);
    contract_taken_t taken = contract_take(reader);
    assert_memory_equal(taken.sample->publisher_gid, writers[i]->gid, 16);
    whorl__sample_unref(taken.sample);
  }
  contract_close_reader(reader);
  contract_close_writer(first);
  contract_close_writer(second);
  contract_close(participant);
}

static void a_sample_tells_when_it_was_written(void **state)
{
  (void)state;
  contract_pair_t pair;
  contract_pair_open(&pair, "/contract/stamp", NUMBERS, contract_keep(20));
  int64_t before_ns = pair.participant->ops->now_ns(pair.participant);
  contract_publish_range(pair.writer, 1, 20);
  int64_t after_ns = pair.participant->ops->now_ns(pair.participant);
  assert_true(before_ns > 0);
  int64_t last_ns = before_ns;
  for (int i = 0; i < 20; i++) {
    contract_taken_t taken = contract_take(pair.reader);
    assert_in_range(taken.sample->source_timestamp_ns, last_ns, after_ns);
    last_ns = taken.sample->source_timestamp_ns;
    whorl__sample_unref(taken.sample);
  }
  contract_pair_close(&pair);
}

static void the_ready_hook_is_called_once_per_filling(void **state)
{
  (void)state;
  contract_pair_t pair;
  contract_pair_open(&pair, "/contract/ready", NUMBERS, contract_keep(10));
  assert_int_equal(atomic_load(&pair.reader_probe.ready), 0);
  for (unsigned filling = 1; filling <= 3; filling++) {
    contract_publish_range(pair.writer, 1, 4);
    assert_int_equal(atomic_load(&pair.reader_probe.ready), filling);
    contract_expect_range(pair.reader, 1, 3);
    contract_publish_range(pair.writer, 5, 6); // not empty yet: no new call
    assert_int_equal(atomic_load(&pair.reader_probe.ready), filling);
    contract_expect_range(pair.reader, 4, 6);
    contract_expect_nothing(pair.reader);
  }
  contract_pair_close(&pair);
}

#undef NUMBERS
#undef TEXTS
#endif
