// Samples: one publication in two forms, each made from the other when it is first asked for.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <geometry_msgs/msg/twist.h>
#include <rosidl_runtime_c/string_functions.h>
#include <std_msgs/msg/string.h>
#include <std_srvs/srv/set_bool.h>

#include "base/memory.h"
#include "message/cdr.h"
#include "message/contents.h"
#include "message/pool.h"
#include "message/sample.h"
#include "whorl/status.h"

static const uint8_t HI[] = {0, 1, 0, 0, 3, 0, 0, 0, 'h', 'i', 0};

static const whorl__type_t *type_of(whorl_message_type_t support)
{
  const whorl__type_t *type = NULL;
  assert_int_equal(whorl__type_get(support, &type), WHORL_OK);
  return type;
}

static int trim(void **state)
{
  (void)state;
  whorl__pools_trim();
  return 0;
}

static void ignore(struct whorl__sample *sample) { (void)sample; }
static const whorl__sample_ops_t OPS = {ignore, ignore};

static void init_received(whorl__sample_t *sample, const whorl__type_t *type, const uint8_t *bytes, size_t size)
{
  whorl__cdr_t *cdr = whorl__cdr_new(type, size);
  assert_non_null(cdr);
  memcpy(cdr->bytes, bytes, size);
  whorl__sample_init(sample, &OPS, type, NULL, cdr);
}

static const char *text_of(whorl__message_t *message) { return ((const std_msgs__msg__String *)message->native)->data.data; }

static void received_bytes_are_decoded_once(void **state)
{
  (void)state;
  whorl__sample_t sample;
  whorl__message_t *first = NULL, *second = NULL;
  init_received(&sample, type_of(WHORL_MESSAGE(std_msgs, msg, String)), HI, sizeof HI);
  assert_int_equal(whorl__sample_message(&sample, &first), WHORL_OK);
  assert_int_equal(whorl__sample_message(&sample, &second), WHORL_OK);
  assert_string_equal(text_of(first), "hi");
  assert_ptr_equal(first, second);
  whorl__sample_fini(&sample);
}

static void a_published_message_is_encoded_once(void **state)
{
  (void)state;
  const whorl__type_t *type = type_of(WHORL_MESSAGE(std_msgs, msg, String));
  whorl__message_t *message = whorl__message_new(type);
  rosidl_runtime_c__String__assign(&((std_msgs__msg__String *)message->native)->data, "hi");
  whorl__sample_t sample;
  const whorl__cdr_t *first = NULL, *second = NULL;
  whorl__sample_init(&sample, &OPS, type, message, NULL);
  assert_int_equal(whorl__sample_cdr(&sample, &first), WHORL_OK);
  assert_int_equal(whorl__sample_cdr(&sample, &second), WHORL_OK);
  assert_ptr_equal(first, second);
  assert_int_equal(first->size, sizeof HI);
  assert_memory_equal(first->bytes, ((const uint8_t[12]){0, 1, 0, 0, 3, 0, 0, 0, 'h', 'i', 0, 0}), 12); // padded with zeros
  whorl__sample_fini(&sample);
}

// As recorded from a client and a server of std_srvs/srv/SetBool (docs/transport.md).
static const uint8_t REQUEST[] = {0, 1, 0, 0, 0x2c, 0x7d, 0x66, 0xe7, 0xfc, 0x56, 0x52, 0x38, 2, 0, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t REPLY[] = {0, 1, 0, 0,  0x2c, 0x7d, 0x66, 0xe7, 0xfc, 0x56, 0x52, 0x38, 2,   0,   0,   0,   0,   0,   0,   0, 1,
                                0, 0, 0, 13, 0,    0,    0,    's',  'w',  'i',  't',  'c',  'h', 'e', 'd', ' ', 'o', 'f', 'f', 0};
static const whorl__service_header_t HEADER = {.client = UINT64_C(0x385256fce7667d2c), .number = 2};

static void a_request_and_its_reply_have_the_recorded_bytes(void **state)
{
  (void)state;
  const whorl__type_t *request, *response;
  assert_int_equal(whorl__service_type_get(WHORL_SERVICE(std_srvs, srv, SetBool), &request, &response), WHORL_OK);
  whorl__message_t *question = whorl__message_new_default(request), *answer = whorl__message_new_default(response);
  std_srvs__srv__SetBool_Response *native = (void *)answer->native;
  native->success = true;
  rosidl_runtime_c__String__assign(&native->message, "switched off");
  whorl__sample_t asked, answered;
  const whorl__cdr_t *cdr = NULL;
  whorl__sample_init(&asked, &OPS, request, question, NULL);
  whorl__sample_set_header(&asked, &HEADER);
  assert_int_equal(whorl__sample_cdr(&asked, &cdr), WHORL_OK);
  assert_int_equal(cdr->size, sizeof REQUEST);
  assert_memory_equal(cdr->bytes, REQUEST, sizeof REQUEST);
  whorl__sample_init(&answered, &OPS, response, answer, NULL);
  whorl__sample_set_header(&answered, &HEADER);
  assert_int_equal(whorl__sample_cdr(&answered, &cdr), WHORL_OK);
  assert_int_equal(cdr->size, sizeof REPLY);
  assert_memory_equal(cdr->bytes, REPLY, sizeof REPLY);
  whorl__sample_fini(&asked);
  whorl__sample_fini(&answered);
}

static void a_received_reply_is_read_with_its_header(void **state)
{
  (void)state;
  const whorl__type_t *request, *response;
  whorl__message_t *message = NULL;
  whorl__sample_t sample;
  assert_int_equal(whorl__service_type_get(WHORL_SERVICE(std_srvs, srv, SetBool), &request, &response), WHORL_OK);
  init_received(&sample, response, REPLY, sizeof REPLY);
  whorl__sample_read_header(&sample);
  assert_int_equal(sample.header.client, HEADER.client);
  assert_int_equal(sample.header.number, HEADER.number);
  assert_int_equal(whorl__sample_message(&sample, &message), WHORL_OK);
  assert_string_equal(((std_srvs__srv__SetBool_Response *)(void *)message->native)->message.data, "switched off");
  whorl__sample_fini(&sample);

  const uint8_t big_endian[] = {0, 0, 0, 0, 0x38, 0x52, 0x56, 0xfc, 0xe7, 0x66, 0x7d, 0x2c, 0, 0, 0, 0, 0, 0, 0, 2, 1};
  init_received(&sample, request, big_endian, sizeof big_endian);
  whorl__sample_read_header(&sample);
  assert_int_equal(sample.header.client, HEADER.client);
  assert_int_equal(sample.header.number, HEADER.number);
  assert_int_equal(whorl__sample_message(&sample, &message), WHORL_OK);
  assert_true(((std_srvs__srv__SetBool_Request *)(void *)message->native)->data);
  whorl__sample_fini(&sample);
}

static void a_request_that_is_cut_is_malformed_at_every_length(void **state)
{
  (void)state;
  const whorl__type_t *request, *response;
  assert_int_equal(whorl__service_type_get(WHORL_SERVICE(std_srvs, srv, SetBool), &request, &response), WHORL_OK);
  for (size_t size = 0; size < sizeof REQUEST; size++) {
    whorl__message_t *message = NULL;
    whorl__sample_t sample;
    init_received(&sample, request, REQUEST, size);
    whorl__sample_read_header(&sample);
    assert_int_equal(sample.header.number, size >= 20 ? 2 : 0);
    assert_int_equal(whorl__sample_message(&sample, &message), WHORL_MALFORMED);
    whorl__sample_fini(&sample);
  }
}

static void malformed_bytes_give_no_message(void **state)
{
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  whorl__sample_t sample;
  whorl__message_t *message = (void *)1;
  init_received(&sample, type_of(WHORL_MESSAGE(std_msgs, msg, String)), HI, sizeof HI - 1);
  assert_int_equal(whorl__sample_message(&sample, &message), WHORL_MALFORMED);
  assert_ptr_equal(message, (void *)1);
  whorl__sample_fini(&sample);
  whorl__pools_trim();
  assert_int_equal(whorl__memory_blocks(), blocks);
}

static void without_memory_a_sample_stays_as_it_was(void **state)
{
  (void)state;
  const whorl__type_t *type = type_of(WHORL_MESSAGE(std_msgs, msg, String));
  whorl__sample_t sample;
  whorl__message_t *message = NULL;
  init_received(&sample, type, HI, sizeof HI);
  whorl__memory_fail_at(1);
  assert_int_equal(whorl__sample_message(&sample, &message), WHORL_NO_MEMORY);
  whorl__memory_fail_at(0);
  whorl__contents_fail_at(2);
  assert_int_equal(whorl__sample_message(&sample, &message), WHORL_NO_MEMORY);
  whorl__contents_fail_at(0);
  assert_int_equal(whorl__sample_message(&sample, &message), WHORL_OK);
  whorl__message_ref(message);
  whorl__sample_fini(&sample);
  whorl__pools_trim();

  const whorl__cdr_t *cdr = NULL;
  whorl__sample_init(&sample, &OPS, type, message, NULL);
  whorl__memory_fail_at(1);
  assert_int_equal(whorl__sample_cdr(&sample, &cdr), WHORL_NO_MEMORY);
  whorl__memory_fail_at(0);
  assert_null(cdr);
  assert_int_equal(whorl__sample_cdr(&sample, &cdr), WHORL_OK);
  whorl__sample_fini(&sample);
}

static void fixed_size_messages_allocate_nothing_once_warm(void **state)
{
  (void)state;
  const whorl__type_t *type = type_of(WHORL_MESSAGE(geometry_msgs, msg, Twist));
  uint64_t allocations = 0, contents = 0;
  for (int round = 0; round < 50; round++) {
    if (round == 2) allocations = whorl__memory_allocations(), contents = whorl__contents_allocations();
    whorl__sample_t sent, received;
    const whorl__cdr_t *cdr = NULL;
    whorl__message_t *message = NULL;
    whorl__sample_init(&sent, &OPS, type, whorl__message_new(type), NULL);
    assert_int_equal(whorl__sample_cdr(&sent, &cdr), WHORL_OK);
    init_received(&received, type, cdr->bytes, cdr->size);
    assert_int_equal(whorl__sample_message(&received, &message), WHORL_OK);
    whorl__sample_fini(&sent);
    whorl__sample_fini(&received);
  }
  assert_int_equal(whorl__memory_allocations(), allocations);
  assert_int_equal(whorl__contents_allocations(), contents);
}

// Readers of one sample, on threads of their own, that all ask first.
typedef struct race {
  whorl__sample_t received, published;
  pthread_barrier_t start;
} race_t;

static void *ask(void *arg)
{
  race_t *race = arg;
  whorl__message_t *message = NULL;
  const whorl__cdr_t *cdr = NULL;
  pthread_barrier_wait(&race->start);
  assert_int_equal(whorl__sample_message(&race->received, &message), WHORL_OK);
  assert_int_equal(whorl__sample_cdr(&race->published, &cdr), WHORL_OK);
  assert_string_equal(text_of(message), "hi");
  assert_memory_equal(cdr->bytes, HI, sizeof HI);
  return message;
}

static void threads_agree_on_one_form(void **state)
{
  (void)state;
  const whorl__type_t *type = type_of(WHORL_MESSAGE(std_msgs, msg, String));
  for (int round = 0; round < 50; round++) {
    race_t race;
    pthread_t threads[4];
    void *messages[4];
    whorl__message_t *message = whorl__message_new(type);
    rosidl_runtime_c__String__assign(&((std_msgs__msg__String *)message->native)->data, "hi");
    init_received(&race.received, type, HI, sizeof HI);
    whorl__sample_init(&race.published, &OPS, type, message, NULL);
    pthread_barrier_init(&race.start, NULL, 4);
    for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, ask, &race), 0);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], &messages[i]);
    for (int i = 1; i < 4; i++) assert_ptr_equal(messages[i], messages[0]);
    pthread_barrier_destroy(&race.start);
    whorl__sample_fini(&race.received);
    whorl__sample_fini(&race.published);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(received_bytes_are_decoded_once, trim),
      cmocka_unit_test_teardown(a_published_message_is_encoded_once, trim),
      cmocka_unit_test_teardown(a_request_and_its_reply_have_the_recorded_bytes, trim),
      cmocka_unit_test_teardown(a_received_reply_is_read_with_its_header, trim),
      cmocka_unit_test_teardown(a_request_that_is_cut_is_malformed_at_every_length, trim),
      cmocka_unit_test_teardown(malformed_bytes_give_no_message, trim),
      cmocka_unit_test_teardown(without_memory_a_sample_stays_as_it_was, trim),
      cmocka_unit_test_teardown(fixed_size_messages_allocate_nothing_once_warm, trim),
      cmocka_unit_test_teardown(threads_agree_on_one_form, trim),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
