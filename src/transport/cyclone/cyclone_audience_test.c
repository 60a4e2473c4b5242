// Who listens to a writer, and when its messages need not go through Cyclone: nobody sees a difference.
#include <pthread.h>
#include <sched.h>

#include <std_msgs/msg/u_int64.h>

#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/cyclone_testing.h"
#include "whorl/time.h"

typedef std_msgs__msg__UInt64 number_t;

enum { DEPTH = 1 << 16, ROUNDS = 40 };

static whorl__participant_t *near, *far;
static const whorl__type_t *type;
static testing_bell_t bell = TESTING_BELL;

static int open_participants(void **state)
{
  (void)state;
  testing_join_far_domain();
  near = testing_open(testing_domain());
  far = testing_open(testing_far_domain());
  type = TESTING_TYPE(std_msgs, msg, UInt64);
  return 0;
}

static int close_participants(void **state)
{
  (void)state;
  near->ops->participant_close(near);
  far->ops->participant_close(far);
  return 0;
}

static whorl__endpoint_options_t options_of(const char *topic)
{
  return (whorl__endpoint_options_t){.type = type,
                                     .topic = topic,
                                     .qos = {.history = WHORL_HISTORY_KEEP_LAST,
                                             .depth = DEPTH,
                                             .reliability = WHORL_RELIABILITY_RELIABLE,
                                             .durability = WHORL_DURABILITY_VOLATILE,
                                             .liveliness = WHORL_LIVELINESS_AUTOMATIC},
                                     .ready = testing_ring,
                                     .event = testing_ring_for_event,
                                     .arg = &bell};
}

static void write_number(whorl__writer_t *writer, uint64_t number)
{
  assert_int_equal(writer->participant->ops->write_copy(writer, &(number_t){.data = number}), WHORL_OK);
}

static void assert_next(whorl__reader_t *reader, uint64_t number)
{
  const void *native;
  whorl__sample_t *sample = testing_take(reader, &native);
  assert_int_equal(((const number_t *)native)->data, number);
  whorl__sample_unref(sample);
}

static bool is_direct(whorl__writer_t *writer) { return atomic_load(&((whorl__cyclone_writer_t *)writer)->audience.direct); }

static bool has_one(void *writer) { return whorl__cyclone_writer_matched(writer) == 1; }
static bool has_two(void *writer) { return whorl__cyclone_writer_matched(writer) == 2; }

static void messages_go_direct_while_all_who_listen_are_of_this_process(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of("/direct");
  whorl__writer_t *writer = testing_writer(near, &options);
  whorl__reader_t *here = testing_reader(near, &options);
  write_number(writer, 1);
  assert_true(is_direct(writer));
  assert_next(here, 1);

  whorl__reader_t *there = testing_reader(far, &options);
  TESTING_WAIT(&bell, has_two, writer);
  write_number(writer, 2);
  assert_false(is_direct(writer));
  assert_next(here, 2);
  TESTING_WAIT(&bell, testing_has_message, there);
  assert_next(there, 2);
  assert_true(testing_is_empty(there));

  far->ops->reader_close(there);
  TESTING_WAIT(&bell, has_one, writer);
  write_number(writer, 3);
  assert_true(is_direct(writer));
  assert_next(here, 3);
  assert_true(testing_is_empty(here));
  near->ops->reader_close(here);
  near->ops->writer_close(writer);
}

static void serialised_messages_too(void **state)
{
  (void)state;
  static const uint8_t five[] = {0, 1, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0};
  whorl__endpoint_options_t options = options_of("/direct_bytes");
  whorl__writer_t *writer = testing_writer(near, &options);
  whorl__reader_t *readers[2] = {testing_reader(near, &options), testing_reader(near, &options)};
  assert_int_equal(near->ops->write_cdr(writer, five, sizeof five), WHORL_OK);
  assert_true(is_direct(writer));
  for (int i = 0; i < 2; i++) {
    assert_next(readers[i], 5);
    near->ops->reader_close(readers[i]);
  }
  near->ops->writer_close(writer);
}

static void what_cyclone_must_know_of_each_message_goes_through_it(void **state)
{
  (void)state;
  whorl__endpoint_options_t rows[5];
  for (int i = 0; i < 5; i++) rows[i] = options_of("/promised");
  rows[0].qos.durability = WHORL_DURABILITY_TRANSIENT_LOCAL;
  rows[1].qos.deadline_ns = WHORL_SECONDS(3600);
  rows[2].qos.lifespan_ns = WHORL_SECONDS(3600);
  rows[3].qos.liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC;
  rows[4].kind = WHORL__DDS_REQUEST;
  for (int i = 0; i < 5; i++) {
    whorl__writer_t *writer = testing_writer(near, &rows[i]);
    whorl__reader_t *reader = testing_reader(near, &rows[i]);
    whorl__message_t *message = whorl__message_new(type);
    ((number_t *)(void *)message->native)->data = 7;
    assert_int_equal(near->ops->write_service(writer, i == 4 ? &(whorl__service_header_t){1, 1} : NULL, message), WHORL_OK);
    assert_false(is_direct(writer));
    assert_next(reader, 7);
    near->ops->reader_close(reader);
    near->ops->writer_close(writer);
  }
}

// --- readers come and go while another thread writes

typedef struct stream {
  whorl__writer_t *writer;
  atomic_bool over;
  uint64_t written;            // the writing thread's; read when it has ended
  _Atomic(uint64_t) witnessed; // it goes ahead of this by what the witness has room for
} stream_t;

static void *write_on(void *arg)
{
  stream_t *stream = arg;
  while (!atomic_load(&stream->over)) {
    const number_t next = {.data = stream->written + 1};
    int status = WHORL_WOULD_BLOCK;
    if (next.data < atomic_load(&stream->witnessed) + DEPTH) status = stream->writer->participant->ops->write_copy(stream->writer, &next);
    if (status == WHORL_OK)
      stream->written++;
    else if (status == WHORL_WOULD_BLOCK)
      sched_yield();
    else
      abort();
  }
  return NULL;
}

// Takes all that there is: one after the other, without a gap.
static void witness_on(stream_t *stream, whorl__reader_t *witness)
{
  whorl__sample_t *sample;
  whorl__message_t *message;
  bool more;
  while (whorl__reader_take(witness, &sample, &message, &more) == WHORL_OK) {
    const number_t *number = (const void *)message->native;
    assert_int_equal(number->data, atomic_load(&stream->witnessed) + 1);
    atomic_store(&stream->witnessed, number->data);
    whorl__sample_unref(sample);
  }
}

static void no_message_is_lost_or_out_of_order_when_readers_come_and_go(void **state)
{
  (void)state;
  whorl__endpoint_options_t options = options_of("/stream"), guest_options = options;
  options.ready = guest_options.ready = NULL;
  options.event = guest_options.event = NULL;
  guest_options.qos.depth = 1;
  stream_t stream = {.writer = testing_writer(near, &options)};
  whorl__reader_t *witness = testing_reader(near, &options);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, write_on, &stream), 0);
  for (int round = 0; round < ROUNDS; round++) {
    whorl__participant_t *home = round % 4 == 3 ? far : near; // most of them of this process
    whorl__reader_t *guest = testing_reader(home, &guest_options);
    do witness_on(&stream, witness);
    while (home == near && !testing_has_message(guest)); // what is written from now on comes
    home->ops->reader_close(guest);
  }
  atomic_store(&stream.over, true);
  pthread_join(thread, NULL);
  witness_on(&stream, witness);
  assert_int_equal(atomic_load(&stream.witnessed), stream.written);
  near->ops->reader_close(witness);
  near->ops->writer_close(stream.writer);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(messages_go_direct_while_all_who_listen_are_of_this_process),
      cmocka_unit_test(serialised_messages_too),
      cmocka_unit_test(what_cyclone_must_know_of_each_message_goes_through_it),
      cmocka_unit_test(no_message_is_lost_or_out_of_order_when_readers_come_and_go),
  };
  return cmocka_run_group_tests(tests, open_participants, close_participants);
}
