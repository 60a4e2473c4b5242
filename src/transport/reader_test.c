#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <std_msgs/msg/string.h>

#include "base/memory.h"
#include "transport/transport.h"
#include "whorl/status.h"
#include "whorl/time.h"

// A reader without a transport: the test stores what the wire would.
typedef struct stored {
  whorl__sample_t base;
  atomic_int references;
} stored_t;

static int64_t clock_ns;
static int64_t read_clock(whorl__participant_t *participant)
{
  (void)participant;
  return clock_ns;
}

static void add(whorl__sample_t *sample) { atomic_fetch_add(&((stored_t *)(void *)sample)->references, 1); }
static void drop(whorl__sample_t *sample)
{
  if (atomic_fetch_sub(&((stored_t *)(void *)sample)->references, 1) != 1) return;
  whorl__sample_fini(sample);
  whorl__free(sample);
}

static const whorl__sample_ops_t sample_ops = {add, drop};
static const whorl__transport_ops_t transport_ops = {.name = "test", .now_ns = read_clock};
static whorl__participant_t participant = {.ops = &transport_ops};

static void open_reader(whorl__reader_t *reader)
{
  memset(reader, 0, sizeof *reader);
  reader->participant = &participant;
  assert_int_equal(whorl__type_get(WHORL_MESSAGE(std_msgs, msg, String), &reader->type), WHORL_OK);
  assert_int_equal(whorl__ring_init(&reader->ring, 10, NULL, NULL), WHORL_OK);
  clock_ns = 0;
}

static void arrive(whorl__reader_t *reader, const void *bytes, size_t size, int64_t expiry_ns)
{
  stored_t *stored = whorl__alloc(sizeof *stored);
  whorl__cdr_t *cdr = whorl__cdr_new(reader->type, size);
  memcpy(cdr->bytes, bytes, size);
  whorl__sample_init(&stored->base, &sample_ops, reader->type, NULL, cdr);
  atomic_init(&stored->references, 1);
  whorl__ring_store(&reader->ring, &stored->base, expiry_ns);
  whorl__sample_unref(&stored->base);
}

static const uint8_t letter[] = {0, 1, 0, 0, 2, 0, 0, 0, 'a', 0};
static const uint8_t broken[] = {0, 1, 0, 0, 9, 0, 0, 0, 'a', 0};

typedef struct taken {
  whorl__sample_t *sample;
  whorl__message_t *message;
  bool more;
} taken_t;

static int take(whorl__reader_t *reader, taken_t *taken)
{
  return whorl__reader_take(reader, &taken->sample, &taken->message, &taken->more);
}

static void nothing_there_would_block(void **state)
{
  (void)state;
  whorl__reader_t reader;
  open_reader(&reader);
  taken_t taken = {.more = true};
  assert_int_equal(take(&reader, &taken), WHORL_WOULD_BLOCK);
  assert_null(taken.sample);
  assert_null(taken.message);
  assert_false(taken.more);
  whorl__ring_fini(&reader.ring);
}

static void a_message_is_decoded_when_it_is_taken(void **state)
{
  (void)state;
  whorl__reader_t reader;
  open_reader(&reader);
  arrive(&reader, letter, sizeof letter, WHORL_FOREVER);
  arrive(&reader, letter, sizeof letter, WHORL_FOREVER);
  taken_t taken = {0};
  assert_int_equal(take(&reader, &taken), WHORL_OK);
  assert_true(taken.more);
  assert_string_equal(((const std_msgs__msg__String *)(const void *)taken.message->native)->data.data, "a");
  whorl__message_t *message = NULL;
  assert_int_equal(whorl__sample_message(taken.sample, &message), WHORL_OK); // the sample keeps it
  assert_ptr_equal(message, taken.message);
  whorl__sample_unref(taken.sample);
  whorl__ring_fini(&reader.ring);
}

static void malformed_ones_are_skipped_up_to_the_end(void **state)
{
  (void)state;
  whorl__reader_t reader;
  open_reader(&reader);
  arrive(&reader, broken, sizeof broken, WHORL_FOREVER);
  arrive(&reader, letter, 3, WHORL_FOREVER); // not even a header
  taken_t taken = {0};
  assert_int_equal(take(&reader, &taken), WHORL_WOULD_BLOCK);
  assert_null(taken.sample);
  whorl__ring_counts_t counts = whorl__ring_read_counts(&reader.ring);
  assert_int_equal(counts.malformed, 2);
  assert_int_equal(counts.taken, 2);
  arrive(&reader, broken, sizeof broken, WHORL_FOREVER);
  arrive(&reader, letter, sizeof letter, WHORL_FOREVER);
  assert_int_equal(take(&reader, &taken), WHORL_OK);
  whorl__sample_unref(taken.sample);
  assert_int_equal(whorl__ring_read_counts(&reader.ring).malformed, 3);
  whorl__ring_fini(&reader.ring);
}

static void expired_ones_are_not_decoded(void **state)
{
  (void)state;
  whorl__reader_t reader;
  open_reader(&reader);
  arrive(&reader, broken, sizeof broken, 100);
  arrive(&reader, letter, sizeof letter, 200);
  clock_ns = 150;
  taken_t taken = {0};
  assert_int_equal(take(&reader, &taken), WHORL_OK);
  whorl__sample_unref(taken.sample);
  assert_int_equal(whorl__ring_read_counts(&reader.ring).malformed, 0);
  assert_int_equal(whorl__ring_read_counts(&reader.ring).expired, 1);
  whorl__ring_fini(&reader.ring);
}

static void a_message_that_finds_no_memory_is_lost_and_told(void **state)
{
  (void)state;
  whorl__reader_t reader;
  open_reader(&reader);
  arrive(&reader, letter, sizeof letter, WHORL_FOREVER);
  arrive(&reader, letter, sizeof letter, WHORL_FOREVER);
  taken_t held[16], taken = {0}; // empty the pool of messages, so that the next one has to be allocated
  int count = 0;
  for (; count < 16; count++) {
    arrive(&reader, letter, sizeof letter, WHORL_FOREVER);
    whorl__memory_fail_at(1);
    held[count] = (taken_t){0};
    int status = take(&reader, &held[count]);
    whorl__memory_fail_at(0);
    if (status != WHORL_OK) {
      assert_int_equal(status, WHORL_NO_MEMORY);
      assert_null(held[count].sample);
      assert_true(held[count].more);
      break;
    }
  }
  assert_true(count < 16);
  assert_int_equal(take(&reader, &taken), WHORL_OK); // the next one is not harmed
  whorl__sample_unref(taken.sample);
  while (count > 0) whorl__sample_unref(held[--count].sample);
  assert_int_equal(whorl__ring_read_counts(&reader.ring).malformed, 0);
  whorl__ring_fini(&reader.ring);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_there_would_block),
      cmocka_unit_test(a_message_is_decoded_when_it_is_taken),
      cmocka_unit_test(malformed_ones_are_skipped_up_to_the_end),
      cmocka_unit_test(expired_ones_are_not_decoded),
      cmocka_unit_test(a_message_that_finds_no_memory_is_lost_and_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
