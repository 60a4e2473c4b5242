// Delivery inside one process: by pointer, by Cyclone's matching, in order, bounded.
#include <std_msgs/msg/string.h>
#include <std_msgs/msg/u_int64.h>

#include <rosidl_runtime_c/string_functions.h>

#include "base/memory.h"
#include "message/cdr.h"
#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/cyclone_testing.h"
#include "whorl/time.h"

typedef std_msgs__msg__String string_t;
typedef std_msgs__msg__UInt64 number_t;

static whorl__participant_t *participant;
static const whorl__type_t *string_type, *number_type;

static int open_participant(void **state)
{
  (void)state;
  participant = testing_open(testing_domain());
  string_type = TESTING_TYPE(std_msgs, msg, String);
  number_type = TESTING_TYPE(std_msgs, msg, UInt64);
  return 0;
}

static int close_participant(void **state)
{
  (void)state;
  participant->ops->participant_close(participant);
  return 0;
}

static whorl__endpoint_options_t options_of(const whorl__type_t *type, const char *topic, size_t depth)
{
  return (whorl__endpoint_options_t){.type = type,
                                     .topic = topic,
                                     .qos = {.history = WHORL_HISTORY_KEEP_LAST,
                                             .depth = depth,
                                             .reliability = WHORL_RELIABILITY_RELIABLE,
                                             .durability = WHORL_DURABILITY_VOLATILE,
                                             .liveliness = WHORL_LIVELINESS_AUTOMATIC}};
}

static void write_string(whorl__writer_t *writer, const char *text)
{
  string_t native;
  assert_true(std_msgs__msg__String__init(&native) && rosidl_runtime_c__String__assign(&native.data, text));
  assert_int_equal(participant->ops->write_copy(writer, &native), WHORL_OK);
  std_msgs__msg__String__fini(&native);
}

static void write_number(whorl__writer_t *writer, uint64_t number)
{
  assert_int_equal(participant->ops->write_copy(writer, &(number_t){.data = number}), WHORL_OK);
}

static void assert_next_string(whorl__reader_t *reader, const char *text)
{
  const void *native;
  whorl__sample_t *sample = testing_take(reader, &native);
  assert_string_equal(((const string_t *)native)->data.data, text);
  whorl__sample_unref(sample);
}

static void assert_next_number(whorl__reader_t *reader, uint64_t number)
{
  const void *native;
  whorl__sample_t *sample = testing_take(reader, &native);
  assert_int_equal(((const number_t *)native)->data, number);
  whorl__sample_unref(sample);
}

// --- by pointer

static void all_local_readers_get_the_very_message_that_was_published(void **state)
{
  (void)state;
  whorl__participant_t *second = testing_open(testing_domain()); // another context of the process: the same Cyclone domain
  whorl__endpoint_options_t options = options_of(string_type, "/pointer", 10);
  whorl__writer_t *writer = testing_writer(participant, &options);
  whorl__reader_t *readers[3] = {testing_reader(participant, &options), testing_reader(participant, &options),
                                 testing_reader(second, &options)};
  whorl__message_t *message = whorl__message_new(string_type);
  assert_true(rosidl_runtime_c__String__assign(&((string_t *)message->native)->data, "here"));
  assert_int_equal(participant->ops->write(writer, message), WHORL_OK);
  for (int i = 0; i < 3; i++) {
    const void *native;
    whorl__sample_t *sample = testing_take(readers[i], &native);
    assert_ptr_equal(native, message->native);
    assert_null(atomic_load(&sample->cdr)); // nobody far away: never serialised
    whorl__sample_unref(sample);
    assert_true(testing_is_empty(readers[i]));
  }
  participant->ops->writer_close(writer);
  for (int i = 0; i < 3; i++) readers[i]->participant->ops->reader_close(readers[i]);
  second->ops->participant_close(second);
}

static void a_copied_message_is_read_before_write_copy_returns(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(string_type, "/copy", 10);
  whorl__writer_t *writer = testing_writer(participant, &options);
  whorl__reader_t *reader = testing_reader(participant, &options);
  string_t native;
  assert_true(std_msgs__msg__String__init(&native) && rosidl_runtime_c__String__assign(&native.data, "before"));
  assert_int_equal(participant->ops->write_copy(writer, &native), WHORL_OK);
  native.data.data[0] = 'X';
  assert_next_string(reader, "before");
  std_msgs__msg__String__fini(&native);
  participant->ops->writer_close(writer);
  participant->ops->reader_close(reader);
}

static void bytes_are_decoded_by_the_taker_and_malformed_ones_are_skipped_and_counted(void **state)
{
  (void)state;
  static const uint8_t good[] = {0, 1, 0, 0, 3, 0, 0, 0, 'h', 'i', 0}, short_one[] = {0, 1, 0, 0, 9, 0, 0, 0, 'h'};
  whorl__endpoint_options_t options = options_of(string_type, "/bytes", 10);
  whorl__writer_t *writer = testing_writer(participant, &options);
  whorl__reader_t *reader = testing_reader(participant, &options);
  assert_int_equal(participant->ops->write_cdr(writer, short_one, sizeof short_one), WHORL_OK);
  assert_int_equal(participant->ops->write_cdr(writer, good, sizeof good), WHORL_OK);
  assert_next_string(reader, "hi");
  whorl__ring_counts_t counts = whorl__ring_read_counts(&reader->ring);
  assert_int_equal(counts.malformed, 1);
  assert_int_equal(counts.taken, 2);
  assert_int_equal(participant->ops->write_cdr(writer, good, 3), WHORL_MALFORMED);
  assert_string_equal(whorl_detail(), "serialised message has 3 bytes, less than its 4-byte header");
  assert_true(testing_is_empty(reader));
  participant->ops->writer_close(writer);
  participant->ops->reader_close(reader);
}

static void a_sample_says_who_published_it_and_when(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(number_type, "/info", 10);
  whorl__writer_t *writer = testing_writer(participant, &options);
  whorl__reader_t *reader = testing_reader(participant, &options);
  int64_t before = participant->ops->now_ns(participant);
  write_number(writer, 1);
  int64_t after = participant->ops->now_ns(participant);
  const void *native;
  whorl__sample_t *sample = testing_take(reader, &native);
  assert_memory_equal(sample->publisher_gid, writer->gid, 16);
  assert_memory_equal(writer->gid, participant->gid, 12); // a DDS GUID: prefix of the participant
  assert_int_equal(writer->gid[15], 0x03);
  assert_int_equal(reader->gid[15], 0x04);
  assert_true(before <= sample->source_timestamp_ns && sample->source_timestamp_ns <= after);
  assert_int_equal(sample->sequence, 0);
  whorl__sample_unref(sample);
  participant->ops->writer_close(writer);
  participant->ops->reader_close(reader);
}

static void a_sample_outlives_everything_it_came_through(void **state)
{
  (void)state;
  enum { OTHER = 150 }; // a Cyclone domain of its own, gone with its participant
  uint32_t domain = testing_domain() + OTHER > 232 ? testing_domain() : testing_domain() + OTHER;
  whorl__participant_t *brief = testing_open(domain);
  whorl__endpoint_options_t options = options_of(string_type, "/outlive", 10);
  whorl__writer_t *writer = testing_writer(brief, &options);
  whorl__reader_t *reader = testing_reader(brief, &options);
  write_string(writer, "still here");
  write_string(writer, "never taken");
  const void *native;
  whorl__sample_t *sample = testing_take(reader, &native);
  brief->ops->writer_close(writer);
  brief->ops->reader_close(reader);
  brief->ops->participant_close(brief);
  assert_string_equal(((const string_t *)native)->data.data, "still here");
  const whorl__cdr_t *cdr;
  assert_int_equal(whorl__sample_cdr(sample, &cdr), WHORL_OK);
  assert_int_equal(cdr->size, 4 + 4 + 11);
  whorl__sample_unref(sample);
}

// --- matching and history

static void the_history_keeps_the_last_and_counts_what_fell_out(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(number_type, "/depth", 3);
  whorl__writer_t *writer = testing_writer(participant, &options);
  whorl__reader_t *reader = testing_reader(participant, &options);
  for (uint64_t i = 1; i <= 8; i++) write_number(writer, i);
  for (uint64_t i = 6; i <= 8; i++) assert_next_number(reader, i);
  assert_true(testing_is_empty(reader));
  whorl__ring_counts_t counts = whorl__ring_read_counts(&reader->ring);
  assert_int_equal(counts.received, 8);
  assert_int_equal(counts.dropped, 5);
  assert_int_equal(counts.taken, 3);
  participant->ops->writer_close(writer);
  participant->ops->reader_close(reader);
}

static void keep_all_is_bounded_by_its_limit_and_never_refuses(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(number_type, "/all", 0);
  options.qos.history = WHORL_HISTORY_KEEP_ALL;
  whorl__writer_t *writer = testing_writer(participant, &options);
  whorl__reader_t *usual = testing_reader(participant, &options);
  options.keep_all_limit = 20;
  whorl__reader_t *narrow = testing_reader(participant, &options);
  for (uint64_t i = 1; i <= 5000; i++) write_number(writer, i);
  assert_next_number(usual, 5000 - 4096 + 1);
  assert_next_number(narrow, 5000 - 20 + 1);
  assert_int_equal(whorl__ring_read_counts(&usual->ring).dropped, 5000 - 4096);
  participant->ops->writer_close(writer);
  participant->ops->reader_close(usual);
  participant->ops->reader_close(narrow);
}

static void a_late_reader_gets_what_a_transient_local_writer_kept_before_it_is_open(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(number_type, "/latched", 6);
  options.qos.durability = WHORL_DURABILITY_TRANSIENT_LOCAL;
  whorl__writer_t *writer = testing_writer(participant, &options);
  for (uint64_t i = 1; i <= 9; i++) write_number(writer, i);
  whorl__reader_t *reader = testing_reader(participant, &options);
  for (uint64_t i = 4; i <= 9; i++) assert_next_number(reader, i);
  options.qos.durability = WHORL_DURABILITY_VOLATILE;
  whorl__reader_t *without = testing_reader(participant, &options);
  assert_true(testing_is_empty(without));
  participant->ops->writer_close(writer);
  participant->ops->reader_close(reader);
  participant->ops->reader_close(without);
}

static void what_is_older_than_its_lifespan_is_not_taken(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(number_type, "/lifespan", 10);
  options.qos.lifespan_ns = WHORL_SECONDS(100);
  whorl__writer_t *writer = testing_writer(participant, &options);
  whorl__reader_t *reader = testing_reader(participant, &options);
  write_number(writer, 1);
  write_number(writer, 2);
  assert_next_number(reader, 1);
  bool more;
  int64_t now = participant->ops->now_ns(participant);
  assert_null(whorl__ring_take(&reader->ring, now + WHORL_SECONDS(101), &more));
  assert_int_equal(whorl__ring_read_counts(&reader->ring).expired, 1);
  participant->ops->writer_close(writer);
  participant->ops->reader_close(reader);
}

static void a_reader_may_ignore_its_own_participant(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(number_type, "/others", 10);
  whorl__participant_t *second = testing_open(testing_domain());
  whorl__writer_t *own = testing_writer(participant, &options), *other = testing_writer(second, &options);
  options.ignore_local = true;
  whorl__reader_t *reader = testing_reader(participant, &options);
  write_number(own, 1);
  write_number(other, 2);
  assert_next_number(reader, 2);
  assert_true(testing_is_empty(reader));
  participant->ops->writer_close(own);
  participant->ops->reader_close(reader);
  second->ops->writer_close(other);
  second->ops->participant_close(second);
}

static void count_ring(void *arg) { ++*(int *)arg; }

static void the_ready_hook_is_called_once_per_filling(void **state)
{
  (void)state;
  int rings = 0;
  whorl__endpoint_options_t options = options_of(number_type, "/ready", 10);
  whorl__writer_t *writer = testing_writer(participant, &options);
  options.ready = count_ring;
  options.arg = &rings;
  whorl__reader_t *reader = testing_reader(participant, &options);
  write_number(writer, 1);
  write_number(writer, 2);
  assert_int_equal(rings, 1);
  assert_next_number(reader, 1);
  assert_next_number(reader, 2);
  write_number(writer, 3);
  assert_int_equal(rings, 2);
  participant->ops->writer_close(writer);
  participant->ops->reader_close(reader);
}

static void two_types_on_one_topic_do_not_meet(void **state)
{
  (void)state;
  whorl__endpoint_options_t strings = options_of(string_type, "/mixed", 10), numbers = options_of(number_type, "/mixed", 10);
  whorl__writer_t *writer = testing_writer(participant, &strings);
  whorl__reader_t *right = testing_reader(participant, &strings), *wrong = testing_reader(participant, &numbers);
  write_string(writer, "text");
  assert_next_string(right, "text");
  assert_true(testing_is_empty(wrong));
  assert_int_equal(participant->ops->writer_matched(writer), 1);
  assert_int_equal(participant->ops->reader_matched(wrong), 0);
  participant->ops->writer_close(writer);
  participant->ops->reader_close(right);
  participant->ops->reader_close(wrong);
}

// --- costs

static void publishing_and_taking_allocate_nothing_once_warm(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(number_type, "/warm", 10);
  whorl__writer_t *writer = testing_writer(participant, &options);
  whorl__reader_t *reader = testing_reader(participant, &options);
  uint64_t warm = 0;
  for (uint64_t i = 0; i < 1000; i++) {
    if (i == 20) warm = whorl__memory_allocations();
    whorl__message_t *message = whorl__message_new(number_type);
    ((number_t *)message->native)->data = i;
    assert_int_equal(participant->ops->write(writer, message), WHORL_OK);
    write_number(writer, i);
    assert_next_number(reader, i);
    assert_next_number(reader, i);
  }
  assert_int_equal(whorl__memory_allocations(), warm);
  participant->ops->writer_close(writer);
  participant->ops->reader_close(reader);
}

// --- faults

static void bad_names_and_qos_are_refused_with_a_sentence(void **state)
{
  (void)state;
  whorl__writer_t *writer = NULL;
  whorl__reader_t *reader = NULL;
  whorl__endpoint_options_t options = options_of(number_type, "/a*b?", 10);
  assert_int_equal(participant->ops->writer_open(participant, &options, &writer), WHORL_INVALID_NAME);
  assert_string_equal(whorl_detail(), "topic 'rt/a*b?' is no DDS topic name");
  options = options_of(number_type, "/deep", (size_t)INT32_MAX + 1);
  assert_int_equal(participant->ops->writer_open(participant, &options, &writer), WHORL_INVALID_QOS);
  assert_string_equal(whorl_detail(), "depth 2147483648 of '/deep' is outside 1..2147483647");
  options = options_of(number_type, "/late", 1);
  options.qos.deadline_ns = -1;
  assert_int_equal(participant->ops->reader_open(participant, &options, &reader), WHORL_INVALID_QOS);
  assert_string_equal(whorl_detail(), "deadline of '/late' is negative: -1 ns");
  options.qos.deadline_ns = 9999; // a missed one takes Cyclone's thread about that long
  assert_int_equal(participant->ops->writer_open(participant, &options, &writer), WHORL_INVALID_QOS);
  assert_string_equal(whorl_detail(), "deadline of '/late' is 9999 ns: Cyclone DDS can keep up with 10000 ns and more");
  assert_int_equal(participant->ops->reader_open(participant, &options, &reader), WHORL_INVALID_QOS);
  assert_null(writer);
  assert_null(reader);
}

static void more_endpoints_than_cyclone_can_count_are_refused(void **state)
{
  (void)state;
  whorl__reader_t *reader = NULL, *other = NULL;
  whorl__endpoint_options_t options = options_of(number_type, "/many", 1);
  atomic_uint *count = &((whorl__cyclone_participant_t *)participant)->endpoints;
  atomic_fetch_add(count, 15999);
  assert_int_equal(participant->ops->reader_open(participant, &options, &reader), WHORL_OK);
  assert_int_equal(participant->ops->reader_open(participant, &options, &other), WHORL_LIMIT_EXCEEDED);
  assert_string_equal(
      whorl_detail(),
      "'/many' cannot be opened: Cyclone DDS has room for 16000 publishers, subscriptions and ends of services in a context");
  participant->ops->reader_close(reader);
  assert_int_equal(participant->ops->reader_open(participant, &options, &other), WHORL_OK);
  participant->ops->reader_close(other);
  atomic_fetch_sub(count, 15999);
}

static void every_failing_allocation_leaves_nothing_behind(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(number_type, "/memory", 10);
  participant->ops->writer_close(testing_writer(participant, &options)); // the type's companion stays for ever
  int64_t blocks = whorl__memory_blocks();
  for (uint64_t nth = 1, failures = 0;; nth++) {
    whorl__writer_t *writer = NULL;
    whorl__reader_t *reader = NULL;
    whorl__memory_fail_at(nth);
    int opened_writer = participant->ops->writer_open(participant, &options, &writer);
    int opened_reader = participant->ops->reader_open(participant, &options, &reader);
    whorl__memory_fail_at(0);
    if (opened_writer == WHORL_OK) participant->ops->writer_close(writer);
    if (opened_reader == WHORL_OK) participant->ops->reader_close(reader);
    if (opened_writer == WHORL_OK && opened_reader == WHORL_OK) {
      assert_true(failures >= 6);
      break;
    }
    failures++;
    assert_true(opened_writer == WHORL_NO_MEMORY || opened_reader == WHORL_NO_MEMORY);
    assert_true(whorl__memory_blocks() <= blocks + 8); // serdata that rest in their pool
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_local_readers_get_the_very_message_that_was_published),
      cmocka_unit_test(a_copied_message_is_read_before_write_copy_returns),
      cmocka_unit_test(bytes_are_decoded_by_the_taker_and_malformed_ones_are_skipped_and_counted),
      cmocka_unit_test(a_sample_says_who_published_it_and_when),
      cmocka_unit_test(a_sample_outlives_everything_it_came_through),
      cmocka_unit_test(the_history_keeps_the_last_and_counts_what_fell_out),
      cmocka_unit_test(keep_all_is_bounded_by_its_limit_and_never_refuses),
      cmocka_unit_test(a_late_reader_gets_what_a_transient_local_writer_kept_before_it_is_open),
      cmocka_unit_test(what_is_older_than_its_lifespan_is_not_taken),
      cmocka_unit_test(a_reader_may_ignore_its_own_participant),
      cmocka_unit_test(the_ready_hook_is_called_once_per_filling),
      cmocka_unit_test(two_types_on_one_topic_do_not_meet),
      cmocka_unit_test(publishing_and_taking_allocate_nothing_once_warm),
      cmocka_unit_test(bad_names_and_qos_are_refused_with_a_sentence),
      cmocka_unit_test(more_endpoints_than_cyclone_can_count_are_refused),
      cmocka_unit_test(every_failing_allocation_leaves_nothing_behind),
  };
  return cmocka_run_group_tests(tests, open_participant, close_participant);
}
