// A request's answer, given by hand: what a transport's thread may bring, and when.
#include "node/request.h"

#include <example_interfaces/srv/add_two_ints.h>

#include "message/cdr.h"
#include "task/kit.h"
#include "whorl/status.h"

enum { CLIENT = 7, NUMBER = 3 };

typedef struct world {
  whorl__calls_t *calls;
  const whorl__type_t *response;
  whorl__request_t *request;
  whorl_future_t future;
  whorl__sample_t answer; // as received: serialised
  int references;         // of it
} world_t;
static world_t world;

static void ref(whorl__sample_t *sample)
{
  (void)sample;
  world.references++;
}

static void unref(whorl__sample_t *sample)
{
  (void)sample;
  world.references--;
}

static const whorl__sample_ops_t counting = {ref, unref};

static int open_world(void **state)
{
  const whorl__type_t *request;
  (void)state;
  world = (world_t){.calls = whorl__calls_create(), .references = 1};
  assert_non_null(world.calls);
  whorl__calls_set_client(world.calls, CLIENT, "/add");
  assert_int_equal(whorl__service_type_get(WHORL_SERVICE(example_interfaces, srv, AddTwoInts), &request, &world.response), WHORL_OK);
  assert_int_equal(whorl__request_create(world.calls, "/add", 5, &world.request, &world.future), WHORL_OK);
  assert_int_equal(whorl__calls_open(world.calls, &world.request->call, NUMBER), WHORL_OK);
  return 0;
}

static int close_world(void **state)
{
  (void)state;
  whorl__sample_fini(&world.answer);
  whorl__calls_close(world.calls);
  whorl__calls_release(world.calls);
  return 0;
}

// The sum 9 in so many bytes behind the service header.
static void receive(size_t size)
{
  static const uint8_t bytes[] = {0, 1, 0, 0, CLIENT, 0, 0, 0, 0, 0, 0, 0, NUMBER, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0};
  whorl__cdr_t *cdr = whorl__cdr_new(world.response, WHORL__CDR_HEADER + WHORL__CDR_SERVICE_HEADER + size);
  assert_non_null(cdr);
  memcpy(cdr->bytes, bytes, cdr->size);
  whorl__sample_init(&world.answer, &counting, world.response, NULL, cdr);
  whorl__sample_read_header(&world.answer);
  whorl__calls_answer(world.calls, &world.answer);
}

static void a_received_answer_is_decoded_by_who_asks_for_it(void **state)
{
  example_interfaces__srv__AddTwoInts_Response response = {0};
  (void)state;
  receive(8);
  assert_null(atomic_load(&world.answer.message));
  assert_int_equal(world.references, 2);
  assert_int_equal(whorl_future_take(world.future, &response), WHORL_OK);
  assert_int_equal(response.sum, 9);
  assert_int_equal(whorl_future_destroy(world.future), WHORL_OK);
  assert_int_equal(world.references, 1);
}

static void ASRC_05_a_second_answer_is_late(void **state)
{
  (void)state;
  receive(8);
  whorl__calls_answer(world.calls, &world.answer);
  whorl_client_counts_t counts = whorl__calls_read_counts(world.calls);
  assert_int_equal(counts.answers, 1);
  assert_int_equal(counts.late, 1);
  assert_int_equal(world.references, 2);
  assert_int_equal(whorl_future_destroy(world.future), WHORL_OK);
  assert_int_equal(world.references, 1);
}

static void a_malformed_answer_is_counted_once(void **state)
{
  example_interfaces__srv__AddTwoInts_Response response = {.sum = 77};
  (void)state;
  receive(4);
  assert_true(whorl_future_is_complete(world.future));
  for (int i = 0; i < 2; i++) assert_int_equal(whorl_future_take(world.future, &response), WHORL_MALFORMED);
  assert_int_equal(response.sum, 77);
  assert_int_equal(whorl__calls_read_counts(world.calls).malformed, 1);
  assert_int_equal(whorl_future_destroy(world.future), WHORL_OK);
  assert_int_equal(world.references, 1);
}

static void and_not_for_the_next_client_in_the_same_memory(void **state)
{
  example_interfaces__srv__AddTwoInts_Response response = {0};
  (void)state;
  receive(4);
  whorl__calls_set_client(world.calls, CLIENT + 1, "/another");
  assert_int_equal(whorl_future_take(world.future, &response), WHORL_MALFORMED);
  assert_int_equal(whorl__calls_read_counts(world.calls).malformed, 0);
  assert_int_equal(whorl_future_destroy(world.future), WHORL_OK);
}

static void ASRC_05_an_answer_between_abandoning_and_forgetting_completes_nothing(void **state)
{
  (void)state;
  assert_true(whorl__future_complete(world.request->future, WHORL_ABANDONED)); // the call is still open
  receive(8);
  assert_int_equal(whorl__calls_read_counts(world.calls).late, 1);
  assert_int_equal(whorl__calls_read_counts(world.calls).answers, 0);
  assert_int_equal(whorl_future_take(world.future, &world), WHORL_ABANDONED);
  assert_int_equal(whorl_future_destroy(world.future), WHORL_OK);
  assert_int_equal(world.references, 1);
}

TASK_TEST(R05_an_answer_and_then_a_cancellation_of_its_waiter)
{
  whorl_timeout_t timeout;
  void *value = NULL;
  receive(8);
  whorl_timeout_open(&timeout, WHORL_FOREVER);
  whorl_timeout_cancel(&timeout);
  CHECK_INT(WHORL_CANCELED, whorl_future_wait(world.future, &value)); // R3: nothing is waited for in a cancelled scope
  CHECK_INT(WHORL_OK, whorl_timeout_close(&timeout, WHORL_CANCELED));
  CHECK_INT(WHORL_OK, whorl_future_wait(world.future, &value));
  CHECK_INT(9, ((example_interfaces__srv__AddTwoInts_Response *)value)->sum);
  return whorl_future_destroy(world.future);
}

#define REQUEST_TEST(function) cmocka_unit_test_setup_teardown(function, open_world, close_world)

int main(void)
{
  const struct CMUnitTest tests[] = {
      REQUEST_TEST(a_received_answer_is_decoded_by_who_asks_for_it),
      REQUEST_TEST(ASRC_05_a_second_answer_is_late),
      REQUEST_TEST(a_malformed_answer_is_counted_once),
      REQUEST_TEST(and_not_for_the_next_client_in_the_same_memory),
      REQUEST_TEST(ASRC_05_an_answer_between_abandoning_and_forgetting_completes_nothing),
      REQUEST_TEST(R05_an_answer_and_then_a_cancellation_of_its_waiter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
