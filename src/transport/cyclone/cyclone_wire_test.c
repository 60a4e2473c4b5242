// Two ends over the loopback interface: messages, matching, events and throttling as DDS does them on the wire.
#include <dds/dds.h>
#include <std_msgs/msg/string.h>
#include <std_msgs/msg/u_int64.h>

#include <rosidl_runtime_c/string_functions.h>

#include "base/memory.h"
#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/cyclone_testing.h"
#include "whorl/time.h"

typedef std_msgs__msg__String string_t;
typedef std_msgs__msg__UInt64 number_t;

static whorl__participant_t *near, *far;
static const whorl__type_t *string_type, *number_type;
static testing_bell_t bell = TESTING_BELL;

static int open_both(void **state)
{
  (void)state;
  testing_join_far_domain();
  // Little room for what is not acknowledged, so that the throttle comes early.
  testing_configure(
      testing_domain(),
      "<Internal><Watermarks><WhcHigh>64kB</WhcHigh><WhcLow>1kB</WhcLow><WhcAdaptive>false</WhcAdaptive></Watermarks></Internal>");
  near = testing_open(testing_domain());
  far = testing_open(testing_far_domain());
  string_type = TESTING_TYPE(std_msgs, msg, String);
  number_type = TESTING_TYPE(std_msgs, msg, UInt64);
  return 0;
}

static int close_both(void **state)
{
  (void)state;
  near->ops->participant_close(near);
  far->ops->participant_close(far);
  return 0;
}

static whorl__endpoint_options_t options_of(const whorl__type_t *type, const char *topic, size_t depth)
{
  return (whorl__endpoint_options_t){.type = type,
                                     .topic = topic,
                                     .ready = testing_ring,
                                     .event = testing_ring_for_event,
                                     .arg = &bell,
                                     .qos = {.history = WHORL_HISTORY_KEEP_LAST,
                                             .depth = depth,
                                             .reliability = WHORL_RELIABILITY_RELIABLE,
                                             .durability = WHORL_DURABILITY_VOLATILE,
                                             .liveliness = WHORL_LIVELINESS_AUTOMATIC}};
}

// A reliable writer and a reader that both know of each other.
typedef struct pair {
  whorl__writer_t *writer;
  whorl__reader_t *reader;
} pair_t;

static bool both_matched(void *arg)
{
  pair_t *pair = arg;
  return pair->writer->participant->ops->writer_matched(pair->writer) > 0 &&
         pair->reader->participant->ops->reader_matched(pair->reader) > 0;
}

static pair_t open_pair(whorl__participant_t *from, whorl__participant_t *to, const whorl__endpoint_options_t *options)
{
  pair_t pair = {testing_writer(from, options), testing_reader(to, options)};
  TESTING_WAIT(&bell, both_matched, &pair);
  return pair;
}

static void close_pair(pair_t pair)
{
  pair.writer->participant->ops->writer_close(pair.writer);
  pair.reader->participant->ops->reader_close(pair.reader);
}

static int write_number(whorl__writer_t *writer, uint64_t number)
{
  return writer->participant->ops->write_copy(writer, &(number_t){.data = number});
}

static uint64_t wait_for_number(whorl__reader_t *reader)
{
  const void *native;
  TESTING_WAIT(&bell, testing_has_message, reader);
  whorl__sample_t *sample = testing_take(reader, &native);
  uint64_t number = ((const number_t *)native)->data;
  whorl__sample_unref(sample);
  return number;
}

// --- messages

static void a_message_crosses_the_wire_with_its_writer_and_time(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(string_type, "/wire", 10);
  pair_t pair = open_pair(near, far, &options);
  whorl__message_t *message = whorl__message_new(string_type);
  assert_true(rosidl_runtime_c__String__assign(&((string_t *)message->native)->data, "hello there"));
  int64_t before = near->ops->now_ns(near);
  assert_int_equal(near->ops->write(pair.writer, message), WHORL_OK);
  int64_t after = near->ops->now_ns(near);
  TESTING_WAIT(&bell, testing_has_message, pair.reader);
  const void *native;
  whorl__sample_t *sample = testing_take(pair.reader, &native);
  assert_string_equal(((const string_t *)native)->data.data, "hello there");
  assert_memory_equal(sample->publisher_gid, pair.writer->gid, 16);
  assert_true(before - 1 <= sample->source_timestamp_ns && sample->source_timestamp_ns <= after + 1); // the wire has 2^-32 s
  whorl__sample_unref(sample);
  close_pair(pair);
}

static void local_and_remote_readers_share_one_serialisation(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(string_type, "/both", 10);
  pair_t pair = open_pair(near, far, &options);
  whorl__reader_t *local = testing_reader(near, &options);
  whorl__message_t *message = whorl__message_new(string_type);
  assert_true(rosidl_runtime_c__String__assign(&((string_t *)message->native)->data, "to both"));
  assert_int_equal(near->ops->write(pair.writer, message), WHORL_OK);
  const void *native;
  whorl__sample_t *sample = testing_take(local, &native);
  assert_ptr_equal(native, message->native);
  const whorl__cdr_t *sent = atomic_load(&sample->cdr), *cdr;
  assert_non_null(sent);
  assert_int_equal(whorl__sample_cdr(sample, &cdr), WHORL_OK);
  assert_ptr_equal(cdr, sent);
  whorl__sample_unref(sample);
  TESTING_WAIT(&bell, testing_has_message, pair.reader);
  sample = testing_take(pair.reader, &native);
  assert_string_equal(((const string_t *)native)->data.data, "to both");
  whorl__sample_unref(sample);
  near->ops->reader_close(local);
  close_pair(pair);
}

static void a_megabyte_arrives_whole_from_its_fragments(void **state)
{
  (void)state;
  enum { SIZE = 1 << 20 };
  whorl__endpoint_options_t options = options_of(string_type, "/large", 2);
  pair_t pair = open_pair(far, near, &options);
  whorl__message_t *message = whorl__message_new(string_type);
  string_t *string = (string_t *)message->native;
  char *text = malloc(SIZE + 1);
  for (int i = 0; i < SIZE; i++) text[i] = (char)('a' + i % 23);
  text[SIZE] = '\0';
  assert_true(rosidl_runtime_c__String__assign(&string->data, text));
  assert_int_equal(far->ops->write(pair.writer, message), WHORL_OK);
  TESTING_WAIT(&bell, testing_has_message, pair.reader);
  const void *native;
  whorl__sample_t *sample = testing_take(pair.reader, &native);
  assert_int_equal(((const string_t *)native)->data.size, SIZE);
  assert_memory_equal(((const string_t *)native)->data.data, text, SIZE + 1);
  whorl__sample_unref(sample);
  free(text);
  close_pair(pair);
}

static void malformed_bytes_from_the_wire_are_counted_and_the_next_message_comes(void **state)
{
  (void)state;
  static const uint8_t short_one[] = {0, 1, 0, 0, 0xff, 0xff, 0xff, 0x7f, 'x'}, good[] = {0, 1, 0, 0, 3, 0, 0, 0, 'o', 'k', 0};
  whorl__endpoint_options_t options = options_of(string_type, "/malformed", 10);
  pair_t pair = open_pair(far, near, &options);
  assert_int_equal(far->ops->write_cdr(pair.writer, short_one, sizeof short_one), WHORL_OK);
  assert_int_equal(far->ops->write_cdr(pair.writer, good, sizeof good), WHORL_OK);
  assert_int_equal(far->ops->writer_wait_acknowledged(pair.writer, WHORL_SECONDS(TESTING_LIMIT_SECONDS)), WHORL_OK);
  const void *native;
  whorl__sample_t *sample = testing_take(pair.reader, &native);
  assert_string_equal(((const string_t *)native)->data.data, "ok");
  assert_int_equal(whorl__ring_read_counts(&pair.reader->ring).malformed, 1);
  whorl__sample_unref(sample);
  close_pair(pair);
}

static void a_message_that_cannot_be_expressed_is_refused_when_somebody_far_listens(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(string_type, "/inexpressible", 10);
  pair_t pair = open_pair(near, far, &options);
  char no_end[2] = {'a', 'b'};
  string_t native = {.data = {.data = no_end, .size = 1, .capacity = 2}};
  assert_int_equal(near->ops->write_copy(pair.writer, &native), WHORL_MALFORMED);
  assert_true(strlen(whorl_detail()) > 0);
  whorl__endpoint_options_t again = options_of(string_type, "/inexpressible", 10);
  whorl__reader_t *local = testing_reader(near, &again);
  whorl__message_t *message = whorl__message_new(string_type);
  string_t *bad = (string_t *)message->native;
  assert_true(rosidl_runtime_c__String__assign(&bad->data, "ab"));
  bad->data.data[2] = 'c';
  whorl__message_ref(message);
  assert_int_equal(near->ops->write(pair.writer, message), WHORL_MALFORMED);
  assert_true(testing_is_empty(local)); // to nobody, rather than to some
  bad->data.data[2] = '\0';
  whorl__message_unref(message);
  near->ops->reader_close(local);
  close_pair(pair);
}

static void a_late_far_reader_gets_what_a_transient_local_writer_kept(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(number_type, "/latched", 6);
  options.qos.durability = WHORL_DURABILITY_TRANSIENT_LOCAL;
  whorl__writer_t *writer = testing_writer(near, &options);
  for (uint64_t i = 1; i <= 9; i++) assert_int_equal(write_number(writer, i), WHORL_OK);
  whorl__reader_t *reader = testing_reader(far, &options);
  for (uint64_t i = 4; i <= 9; i++) assert_int_equal(wait_for_number(reader), i);
  near->ops->writer_close(writer);
  far->ops->reader_close(reader);
}

static void sending_and_receiving_do_not_allocate_per_message(void **state)
{
  (void)state;
  enum { DEPTH = 10, MESSAGES = 1000 };
  whorl__endpoint_options_t options = options_of(number_type, "/warm", DEPTH);
  pair_t pair = open_pair(near, far, &options);
  uint64_t before = whorl__memory_allocations();
  for (uint64_t i = 0; i < MESSAGES; i++) {
    assert_int_equal(write_number(pair.writer, i), WHORL_OK);
    assert_int_equal(wait_for_number(pair.reader), i);
  }
  // Each side holds at most its depth: a sample, its bytes and its message for each.
  assert_true(whorl__memory_allocations() - before <= 3 * 2 * (DEPTH + 1));
  close_pair(pair);
}

// --- matching and events

typedef struct log { // guarded by the bell's lock
  whorl__endpoint_event_t events[16];
  int count;
} log_t;
static log_t writer_log, reader_log;

static void keep_event(void *arg, const whorl__endpoint_event_t *event)
{
  log_t *log = arg;
  pthread_mutex_lock(&bell.lock);
  if (log->count < 16) log->events[log->count++] = *event;
  pthread_mutex_unlock(&bell.lock);
  testing_ring(&bell);
}

static const whorl__endpoint_event_t *find_event(log_t *log, whorl__endpoint_event_kind_t kind, int nth)
{
  const whorl__endpoint_event_t *found = NULL;
  pthread_mutex_lock(&bell.lock);
  for (int i = 0; i < log->count && found == NULL; i++)
    if (log->events[i].kind == kind && nth-- == 0) found = &log->events[i];
  pthread_mutex_unlock(&bell.lock);
  return found;
}

static bool matches_came_and_went(void *arg)
{
  (void)arg;
  return find_event(&writer_log, WHORL__EVENT_MATCHED, 1) != NULL;
}

// The counts are there before the hooks have been called.
static bool both_were_told(void *arg)
{
  (void)arg;
  return find_event(&writer_log, WHORL__EVENT_MATCHED, 0) != NULL && find_event(&reader_log, WHORL__EVENT_MATCHED, 0) != NULL &&
         find_event(&reader_log, WHORL__EVENT_LIVELINESS, 0) != NULL;
}

static void matches_and_liveliness_are_told_on_both_sides(void **state)
{
  (void)state;
  writer_log.count = reader_log.count = 0;
  whorl__endpoint_options_t options = options_of(number_type, "/events", 10);
  options.event = keep_event;
  options.arg = &writer_log;
  options.ready = NULL;
  pair_t pair = {.writer = testing_writer(near, &options)};
  assert_int_equal(near->ops->writer_matched(pair.writer), 0);
  options.arg = &reader_log;
  pair.reader = testing_reader(far, &options);
  TESTING_WAIT(&bell, both_matched, &pair);
  TESTING_WAIT(&bell, both_were_told, NULL);
  assert_int_equal(find_event(&writer_log, WHORL__EVENT_MATCHED, 0)->current, 1);
  assert_int_equal(find_event(&reader_log, WHORL__EVENT_MATCHED, 0)->current, 1);
  assert_int_equal(find_event(&reader_log, WHORL__EVENT_LIVELINESS, 0)->current, 1);
  far->ops->reader_close(pair.reader);
  TESTING_WAIT(&bell, matches_came_and_went, NULL);
  assert_int_equal(find_event(&writer_log, WHORL__EVENT_MATCHED, 1)->current, 0);
  assert_int_equal(find_event(&writer_log, WHORL__EVENT_MATCHED, 1)->total, 1);
  assert_int_equal(near->ops->writer_matched(pair.writer), 0);
  near->ops->writer_close(pair.writer);
}

static bool both_know_the_policy(void *arg)
{
  (void)arg;
  return find_event(&writer_log, WHORL__EVENT_INCOMPATIBLE_QOS, 0) != NULL &&
         find_event(&reader_log, WHORL__EVENT_INCOMPATIBLE_QOS, 0) != NULL;
}

static void incompatible_qos_is_told_on_both_sides_with_the_policy(void **state)
{
  (void)state;
  writer_log.count = reader_log.count = 0;
  whorl__endpoint_options_t options = options_of(number_type, "/incompatible", 10);
  options.event = keep_event;
  options.arg = &writer_log;
  options.ready = NULL;
  options.qos.reliability = WHORL_RELIABILITY_BEST_EFFORT;
  whorl__writer_t *writer = testing_writer(near, &options);
  options.arg = &reader_log;
  options.qos.reliability = WHORL_RELIABILITY_RELIABLE;
  whorl__reader_t *reader = testing_reader(far, &options);
  TESTING_WAIT(&bell, both_know_the_policy, NULL);
  enum { RELIABILITY = 11 }; // DDS's number
  assert_int_equal(find_event(&writer_log, WHORL__EVENT_INCOMPATIBLE_QOS, 0)->policy, RELIABILITY);
  assert_int_equal(find_event(&reader_log, WHORL__EVENT_INCOMPATIBLE_QOS, 0)->policy, RELIABILITY);
  assert_int_equal(find_event(&reader_log, WHORL__EVENT_INCOMPATIBLE_QOS, 0)->total, 1);
  assert_int_equal(near->ops->writer_matched(writer), 0);
  near->ops->writer_close(writer);
  far->ops->reader_close(reader);
}

static bool both_missed_a_deadline(void *arg)
{
  (void)arg;
  return find_event(&writer_log, WHORL__EVENT_DEADLINE_MISSED, 0) != NULL &&
         find_event(&reader_log, WHORL__EVENT_DEADLINE_MISSED, 1) != NULL;
}

static void a_missed_deadline_is_told_on_both_sides_for_every_period(void **state)
{
  (void)state;
  writer_log.count = reader_log.count = 0;
  whorl__endpoint_options_t options = options_of(number_type, "/deadline", 10);
  options.qos.deadline_ns = WHORL_MILLISECONDS(20);
  options.event = keep_event;
  options.arg = &writer_log;
  options.ready = NULL;
  pair_t pair = {.writer = testing_writer(near, &options)};
  options.arg = &reader_log;
  pair.reader = testing_reader(far, &options);
  TESTING_WAIT(&bell, both_matched, &pair);
  assert_null(find_event(&reader_log, WHORL__EVENT_DEADLINE_MISSED, 0)); // the watch begins with the first message
  assert_int_equal(write_number(pair.writer, 1), WHORL_OK);
  TESTING_WAIT(&bell, both_missed_a_deadline, NULL);
  assert_int_equal(find_event(&reader_log, WHORL__EVENT_DEADLINE_MISSED, 0)->total, 1);
  assert_int_equal(find_event(&reader_log, WHORL__EVENT_DEADLINE_MISSED, 1)->total, 2);
  close_pair(pair);
}

static bool liveliness_went(void *arg)
{
  (void)arg;
  const whorl__endpoint_event_t *went = find_event(&reader_log, WHORL__EVENT_LIVELINESS, 1);
  return went != NULL && went->current == 0 && find_event(&writer_log, WHORL__EVENT_LIVELINESS, 0) != NULL;
}

static void a_silent_writer_with_manual_liveliness_is_told_to_have_lost_it(void **state)
{
  (void)state;
  writer_log.count = reader_log.count = 0;
  whorl__endpoint_options_t options = options_of(number_type, "/manual", 10);
  options.qos.liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC;
  options.qos.liveliness_lease_ns = WHORL_MILLISECONDS(30);
  options.event = keep_event;
  options.arg = &writer_log;
  options.ready = NULL;
  pair_t pair = {.writer = testing_writer(near, &options)};
  options.arg = &reader_log;
  pair.reader = testing_reader(far, &options);
  TESTING_WAIT(&bell, both_matched, &pair);
  assert_int_equal(write_number(pair.writer, 1), WHORL_OK);
  TESTING_WAIT(&bell, liveliness_went, NULL);
  assert_int_equal(find_event(&writer_log, WHORL__EVENT_LIVELINESS, 0)->total, 1);
  close_pair(pair);
}

// --- throttling

static void set_deaf(whorl__participant_t *participant, bool deaf)
{
  dds_entity_t entity = ((whorl__cyclone_participant_t *)participant)->entity;
  assert_int_equal(dds_domain_set_deafmute(entity, deaf, deaf, DDS_INFINITY), DDS_RETCODE_OK);
}

static whorl__message_t *padded_string(uint64_t number)
{
  whorl__message_t *message = whorl__message_new(string_type);
  char text[8000];
  memset(text, '.', sizeof text);
  snprintf(text, sizeof text, "%llu", (unsigned long long)number);
  text[strlen(text)] = ' ';
  assert_true(rosidl_runtime_c__String__assignn(&((string_t *)message->native)->data, text, sizeof text));
  return message;
}

static bool can_write(void *arg)
{
  whorl__writer_t *writer = arg;
  whorl__message_t *message = padded_string(0);
  int status = writer->participant->ops->write(writer, message);
  if (status == WHORL_OK) return true;
  assert_int_equal(status, WHORL_WOULD_BLOCK);
  whorl__message_unref(message);
  testing_ring(&bell); // ask again: acknowledgements ring no bell
  return false;
}

static void a_throttled_writer_says_would_block_at_once_and_loses_nothing(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of(string_type, "/throttle", 0);
  options.qos.history = WHORL_HISTORY_KEEP_ALL;
  pair_t pair = open_pair(near, far, &options);
  set_deaf(far, true);
  uint64_t written = 0;
  int status;
  for (;;) {
    whorl__message_t *message = padded_string(written + 1);
    status = near->ops->write(pair.writer, message);
    if (status != WHORL_OK) {
      assert_int_equal(atomic_load(&message->references), 1); // still the caller's, nobody else's
      whorl__message_unref(message);
      break;
    }
    assert_true(++written < 10000);
  }
  assert_int_equal(status, WHORL_WOULD_BLOCK);
  assert_string_equal(whorl_detail(), "writer of '/throttle' is throttled: its readers have not acknowledged enough yet");
  assert_int_equal(near->ops->write_copy(pair.writer, &(string_t){.data = {"x", 1, 2}}), WHORL_WOULD_BLOCK);
  assert_int_equal(near->ops->writer_wait_acknowledged(pair.writer, 1), WHORL_TIMED_OUT);
  set_deaf(far, false);
  TESTING_WAIT(&bell, can_write, pair.writer);
  for (uint64_t i = 1; i <= written + 1; i++) {
    TESTING_WAIT(&bell, testing_has_message, pair.reader);
    const void *native;
    whorl__sample_t *sample = testing_take(pair.reader, &native);
    assert_int_equal(strtoull(((const string_t *)native)->data.data, NULL, 10), i <= written ? i : 0);
    whorl__sample_unref(sample);
  }
  close_pair(pair);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_message_crosses_the_wire_with_its_writer_and_time),
      cmocka_unit_test(local_and_remote_readers_share_one_serialisation),
      cmocka_unit_test(a_megabyte_arrives_whole_from_its_fragments),
      cmocka_unit_test(malformed_bytes_from_the_wire_are_counted_and_the_next_message_comes),
      cmocka_unit_test(a_message_that_cannot_be_expressed_is_refused_when_somebody_far_listens),
      cmocka_unit_test(a_late_far_reader_gets_what_a_transient_local_writer_kept),
      cmocka_unit_test(sending_and_receiving_do_not_allocate_per_message),
      cmocka_unit_test(matches_and_liveliness_are_told_on_both_sides),
      cmocka_unit_test(incompatible_qos_is_told_on_both_sides_with_the_policy),
      cmocka_unit_test(a_missed_deadline_is_told_on_both_sides_for_every_period),
      cmocka_unit_test(a_silent_writer_with_manual_liveliness_is_told_to_have_lost_it),
      cmocka_unit_test(a_throttled_writer_says_would_block_at_once_and_loses_nothing),
  };
  return cmocka_run_group_tests(tests, open_both, close_both);
}
