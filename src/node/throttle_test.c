// Publishing into a middleware that refuses for a while: over a simulated network that is told to.
#include <pthread.h>

#include <example_interfaces/srv/add_two_ints.h>

#include "base/memory.h"
#include "message/pool.h"
#include "node/context.h"
#include "node/fixture.h"
#include "transport/sim/sim.h"

typedef struct throttled {
  whorl_simulation_t world; // runs the tasks
  whorl__sim_network_t *network;
  whorl__virtual_parker_t clock;
  fixture_t fixture;
  whorl_service_t service;
  whorl_client_t client;
  int statuses[8];
  int ended;
} throttled_t;

enum { FOR_EVER = 1000000000 };

static int setup(void **state)
{
  static throttled_t self;
  whorl__participant_t *participant;
  self = (throttled_t){0};
  assert_int_equal(whorl_simulation_create(1, &self.world), WHORL_OK);
  assert_int_equal(whorl__sim_network_create(&(whorl__sim_options_t){.seed = 1}, &self.network), WHORL_OK);
  assert_int_equal(whorl__sim_participant_open(self.network, &(whorl__participant_options_t){.enclave = "/"}, &participant), WHORL_OK);
  whorl__virtual_parker_init(&self.clock);
  assert_int_equal(whorl__context_open(participant, &self.clock.base, NULL, &self.fixture.context), WHORL_OK);
  assert_int_equal(whorl_node_create(self.fixture.context, "tested", NULL, &self.fixture.node), WHORL_OK);
  fixture_create_publisher(&self.fixture, "numbers");
  *state = &self;
  return 0;
}

static int teardown(void **state)
{
  throttled_t *self = *state;
  whorl__sim_throttle(self->network, 0);
  assert_int_equal(whorl_simulation_destroy(self->world), WHORL_OK);
  assert_int_equal(whorl_context_destroy(self->fixture.context, WHORL_OK), WHORL_OK);
  whorl__sim_network_destroy(self->network);
  return 0;
}

#define THROTTLE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

static int publish_one(void *arg) { return fixture_publish(&((throttled_t *)arg)->fixture, 1); }

static void a_refused_publish_pauses_its_task_and_tries_again(void **state)
{
  throttled_t *self = *state;
  whorl__sim_throttle(self->network, 5);
  assert_int_equal(whorl_simulation_run(self->world, publish_one, self), WHORL_OK);
  assert_in_range(whorl_simulation_now_ns(self->world), WHORL_MICROSECONDS(50), WHORL_MILLISECONDS(50)); // some short pauses
}

static void or_blocks_a_plain_thread(void **state)
{
  throttled_t *self = *state;
  whorl__sim_throttle(self->network, 3);
  assert_int_equal(fixture_publish(&self->fixture, 1), WHORL_OK);
}

static void publish_from_a_post(void *arg)
{
  throttled_t *self = arg;
  self->statuses[0] = fixture_publish(&self->fixture, 1);
  self->ended = strstr(whorl_detail(), "'/numbers'") != NULL;
  whorl_event_set(self->fixture.event);
}

static int wait_for_the_post(void *arg) { return whorl_event_wait(((throttled_t *)arg)->fixture.event); }

static void but_a_post_is_told_at_once_as_it_would_stop_the_loop(void **state)
{
  throttled_t *self = *state;
  whorl_loop_t loop;
  assert_int_equal(whorl_event_create(NULL, &self->fixture.event), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &loop), WHORL_OK);
  whorl__sim_throttle(self->network, 1);
  assert_int_equal(whorl_loop_post(loop, publish_from_a_post, self, NULL), WHORL_OK);
  assert_int_equal(whorl_loop_run(loop, wait_for_the_post, self), WHORL_OK);
  assert_int_equal(self->statuses[0], WHORL_WOULD_BLOCK);
  assert_true(self->ended); // the sentence names the publisher
  assert_int_equal(fixture_publish(&self->fixture, 2), WHORL_OK);
  assert_int_equal(whorl_loop_destroy(loop), WHORL_OK);
  whorl_event_destroy(self->fixture.event);
}

// --- Order

enum { TASKS = 6, EACH = 5 };

typedef struct sender {
  throttled_t *self;
  int number;
} sender_t;

static int remember(const void *message, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)info;
  fixture->values[fixture->calls++] = ((const std_msgs__msg__Int32 *)message)->data;
  return WHORL_OK;
}

static int send_some(void *arg)
{
  sender_t *sender = arg;
  for (int i = 0; i < EACH; i++) WHORL_TRY(fixture_publish(&sender->self->fixture, sender->number * 100 + i));
  return WHORL_OK;
}

static int send_from_many_tasks(void *arg)
{
  static sender_t senders[TASKS];
  throttled_t *self = arg;
  WHORL_TRY(whorl_node_open(self->fixture.node));
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < TASKS; i++) {
    senders[i] = (sender_t){self, i};
    whorl_task_group_spawn(&group, send_some, &senders[i]);
  }
  int status = whorl_task_group_close(&group, WHORL_OK);
  while (whorl__sim_deliver(self->network) > 0 && status == WHORL_OK) status = whorl_sleep(WHORL_MILLISECONDS(1));
  return whorl_node_close(self->fixture.node, status);
}

static void each_tasks_messages_keep_their_order_however_often_they_are_refused(void **state)
{
  throttled_t *self = *state;
  const whorl_qos_t qos = {.history = WHORL_HISTORY_KEEP_ALL, .reliability = WHORL_RELIABILITY_RELIABLE};
  assert_int_equal(whorl_subscription_create(self->fixture.node, INT32, "numbers", remember, &self->fixture,
                                             &(whorl_subscription_options_t){.qos = &qos}, NULL),
                   WHORL_OK);
  whorl__sim_throttle(self->network, 40);
  assert_int_equal(whorl_simulation_run(self->world, send_from_many_tasks, self), WHORL_OK);
  assert_int_equal(self->fixture.calls, TASKS * EACH);
  int next[TASKS] = {0};
  for (int i = 0; i < TASKS * EACH; i++) assert_int_equal(self->fixture.values[i] % 100, next[self->fixture.values[i] / 100]++);
  for (int i = 0; i < TASKS; i++)
    assert_int_equal(self->fixture.values[i], i * 100); // and those who waited from the start go in the order in which they came
}

// --- Cancelled, destroyed

static int publish_borrowed_under_a_timeout(void *arg)
{
  throttled_t *self = arg;
  std_msgs__msg__Int32 *borrowed = whorl_publisher_borrow(self->fixture.publisher);
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_SECONDS(1));
  int status = whorl_publish_borrowed(self->fixture.publisher, borrowed);
  self->statuses[0] = status;
  status = whorl_timeout_close(&timeout, status);
  self->statuses[1] = whorl_publisher_return(self->fixture.publisher, borrowed); // still ours
  return status;
}

static void a_cancelled_publish_leaves_the_borrowed_message_to_its_borrower(void **state)
{
  throttled_t *self = *state;
  whorl__pools_trim();
  int64_t blocks = whorl__memory_blocks();
  whorl__sim_throttle(self->network, FOR_EVER);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(whorl_simulation_run(self->world, publish_borrowed_under_a_timeout, self), WHORL_TIMED_OUT);
    assert_int_equal(self->statuses[0], WHORL_CANCELED);
    assert_int_equal(self->statuses[1], WHORL_OK);
    whorl__pools_trim();
    if (i == 0) blocks = whorl__memory_blocks(); // the task's own things are kept for later
    assert_int_equal(whorl__memory_blocks(), blocks);
  }
  whorl__sim_throttle(self->network, 0);
  assert_int_equal(fixture_publish(&self->fixture, 1), WHORL_OK); // nobody is left in front
}

static int publish_borrowed(void *arg)
{
  throttled_t *self = arg;
  std_msgs__msg__Int32 *borrowed = whorl_publisher_borrow(self->fixture.publisher);
  int status = whorl_publish_borrowed(self->fixture.publisher, borrowed);
  if (whorl_publisher_return(self->fixture.publisher, borrowed) != WHORL_OK) return WHORL_WRONG_STATE;
  self->statuses[self->ended++] = status;
  return WHORL_OK;
}

static int destroy_the_publisher_of_waiting_tasks(void *arg)
{
  throttled_t *self = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 3; i++) whorl_task_group_spawn(&group, publish_borrowed, self);
  int status = whorl_sleep(WHORL_MILLISECONDS(1));
  if (status == WHORL_OK) status = whorl_publisher_destroy(self->fixture.publisher);
  return whorl_task_group_close(&group, status);
}

static void destroying_a_publisher_ends_the_publishes_that_wait(void **state)
{
  throttled_t *self = *state;
  whorl__sim_throttle(self->network, FOR_EVER);
  assert_int_equal(whorl_simulation_run(self->world, destroy_the_publisher_of_waiting_tasks, self), WHORL_OK);
  assert_int_equal(self->ended, 3);
  for (int i = 0; i < 3; i++) assert_int_equal(self->statuses[i], WHORL_DESTROYED);
}

static int publish_until_cancelled(void *arg)
{
  throttled_t *self = arg;
  self->statuses[0] = fixture_publish(&self->fixture, 1);
  self->ended = strstr(whorl_detail(), "the node was destroyed") != NULL;
  return self->statuses[0];
}

static int destroy_the_node_of_a_waiting_task(void *arg)
{
  throttled_t *self = arg;
  WHORL_TRY(whorl_node_open(self->fixture.node));
  WHORL_TRY(whorl_node_spawn(self->fixture.node, publish_until_cancelled, self));
  int status = whorl_sleep(WHORL_MILLISECONDS(1));
  if (status == WHORL_OK) status = whorl_node_destroy(self->fixture.node);
  return whorl_node_close(self->fixture.node, status);
}

static void R08_a_destroyed_nodes_tasks_are_cancelled_though_their_publisher_is_gone_too(void **state)
{
  throttled_t *self = *state;
  whorl__sim_throttle(self->network, FOR_EVER);
  assert_int_equal(whorl_simulation_run(self->world, destroy_the_node_of_a_waiting_task, self), WHORL_OK);
  assert_int_equal(self->statuses[0], WHORL_CANCELED);
  assert_true(self->ended); // and are told why
}

static void *publish_and_wait(void *arg)
{
  throttled_t *self = arg;
  self->statuses[0] = fixture_publish(&self->fixture, 1);
  return NULL;
}

static void and_those_of_plain_threads(void **state)
{
  throttled_t *self = *state;
  pthread_t thread;
  whorl__sim_throttle(self->network, FOR_EVER);
  assert_int_equal(pthread_create(&thread, NULL, publish_and_wait, self), 0);
  assert_int_equal(whorl_publisher_destroy(self->fixture.publisher), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(self->statuses[0], WHORL_DESTROYED);
}

// --- services

static int on_add(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const example_interfaces__srv__AddTwoInts_Request *numbers = request;
  (void)call;
  ((throttled_t *)arg)->fixture.calls++;
  ((example_interfaces__srv__AddTwoInts_Response *)response)->sum = numbers->a + numbers->b;
  return WHORL_OK;
}

static int call_for_a_while(void *arg)
{
  throttled_t *self = arg;
  example_interfaces__srv__AddTwoInts_Request request = {.a = 1};
  example_interfaces__srv__AddTwoInts_Response response = {0};
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_MILLISECONDS(100));
  self->statuses[0] = whorl_timeout_close(&timeout, whorl_client_call(self->client, &request, &response));
  return WHORL_OK;
}

static void offer_and_connect(throttled_t *self)
{
  whorl_service_type_t add = WHORL_SERVICE(example_interfaces, srv, AddTwoInts);
  assert_int_equal(whorl_service_create(self->fixture.node, add, "add", on_add, self, NULL, &self->service), WHORL_OK);
  assert_int_equal(whorl_client_create(self->fixture.node, add, "add", NULL, &self->client), WHORL_OK);
}

static void a_request_that_never_went_out_leaves_no_open_call(void **state)
{
  throttled_t *self = *state;
  whorl_client_counts_t counts;
  offer_and_connect(self);
  whorl__sim_throttle(self->network, FOR_EVER);
  assert_int_equal(whorl_simulation_run(self->world, call_for_a_while, self), WHORL_OK);
  assert_int_equal(self->statuses[0], WHORL_TIMED_OUT);
  assert_int_equal(whorl_client_read_counts(self->client, &counts), WHORL_OK);
  assert_int_equal(counts.open, 0);
}

static int send_one(throttled_t *self, whorl_future_t *ret_future)
{
  example_interfaces__srv__AddTwoInts_Request request = {.a = 1};
  return whorl_client_send(self->client, &request, ret_future);
}

static int send_a_little_later(void *arg)
{
  throttled_t *self = arg;
  whorl_future_t future = {0};
  WHORL_TRY(send_one(self, &future));
  assert_false(whorl_future_is_complete(future));
  return whorl_future_destroy(future);
}

static void sending_only_pauses_its_task_while_the_writer_is_throttled(void **state)
{
  throttled_t *self = *state;
  offer_and_connect(self);
  whorl__sim_throttle(self->network, 5);
  assert_int_equal(whorl_simulation_run(self->world, send_a_little_later, self), WHORL_OK);
  assert_in_range(whorl_simulation_now_ns(self->world), WHORL_MICROSECONDS(50), WHORL_MILLISECONDS(50));
}

static int send_until_it_is_destroyed(void *arg)
{
  throttled_t *self = arg;
  self->statuses[0] = send_one(self, &(whorl_future_t){0});
  return WHORL_OK;
}

static int destroy_the_client_of_a_throttled_request(void *arg)
{
  throttled_t *self = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, send_until_it_is_destroyed, self);
  int status = whorl_sleep(WHORL_MILLISECONDS(5));
  assert_int_equal(whorl_client_destroy(self->client), WHORL_OK);
  return whorl_task_group_close(&group, status);
}

static void destroying_the_client_ends_a_send_that_waits(void **state)
{
  throttled_t *self = *state;
  offer_and_connect(self);
  whorl__sim_throttle(self->network, FOR_EVER);
  assert_int_equal(whorl_simulation_run(self->world, destroy_the_client_of_a_throttled_request, self), WHORL_OK);
  assert_int_equal(self->statuses[0], WHORL_DESTROYED);
}

static void send_from_a_post(void *arg)
{
  throttled_t *self = arg;
  self->statuses[0] = send_one(self, &(whorl_future_t){0});
  whorl_event_set(self->fixture.event);
}

static void a_post_that_sends_is_told_at_once_and_leaves_nothing_open(void **state)
{
  throttled_t *self = *state;
  whorl_loop_t loop;
  whorl_client_counts_t counts;
  offer_and_connect(self);
  assert_int_equal(whorl_event_create(NULL, &self->fixture.event), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &loop), WHORL_OK);
  whorl__sim_throttle(self->network, 1);
  assert_int_equal(whorl_loop_post(loop, send_from_a_post, self, NULL), WHORL_OK);
  assert_int_equal(whorl_loop_run(loop, wait_for_the_post, self), WHORL_OK);
  assert_int_equal(self->statuses[0], WHORL_WOULD_BLOCK);
  assert_int_equal(whorl_client_read_counts(self->client, &counts), WHORL_OK);
  assert_int_equal(counts.open, 0);
  assert_int_equal(whorl_loop_destroy(loop), WHORL_OK);
  whorl_event_destroy(self->fixture.event);
}

static int throttle_the_answer(void *arg)
{
  throttled_t *self = arg;
  whorl_task_group_t group;
  WHORL_TRY(whorl_node_open(self->fixture.node));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, call_for_a_while, self);
  (void)whorl_yield(); // the request goes out
  whorl__sim_deliver(self->network);
  whorl__sim_throttle(self->network, FOR_EVER);
  return whorl_node_close(self->fixture.node, whorl_task_group_close(&group, WHORL_OK));
}

static void an_answer_that_never_went_out_is_not_counted_as_one(void **state)
{
  throttled_t *self = *state;
  whorl_service_counts_t counts;
  offer_and_connect(self);
  assert_int_equal(whorl_simulation_run(self->world, throttle_the_answer, self), WHORL_OK);
  assert_int_equal(self->fixture.calls, 1);
  assert_int_equal(self->statuses[0], WHORL_TIMED_OUT);
  assert_int_equal(whorl_service_read_counts(self->service, &counts), WHORL_OK);
  assert_int_equal(counts.answers, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      THROTTLE_TEST(a_refused_publish_pauses_its_task_and_tries_again),
      THROTTLE_TEST(or_blocks_a_plain_thread),
      THROTTLE_TEST(but_a_post_is_told_at_once_as_it_would_stop_the_loop),
      THROTTLE_TEST(each_tasks_messages_keep_their_order_however_often_they_are_refused),
      THROTTLE_TEST(a_cancelled_publish_leaves_the_borrowed_message_to_its_borrower),
      THROTTLE_TEST(destroying_a_publisher_ends_the_publishes_that_wait),
      THROTTLE_TEST(and_those_of_plain_threads),
      THROTTLE_TEST(R08_a_destroyed_nodes_tasks_are_cancelled_though_their_publisher_is_gone_too),
      THROTTLE_TEST(a_request_that_never_went_out_leaves_no_open_call),
      THROTTLE_TEST(sending_only_pauses_its_task_while_the_writer_is_throttled),
      THROTTLE_TEST(destroying_the_client_ends_a_send_that_waits),
      THROTTLE_TEST(a_post_that_sends_is_told_at_once_and_leaves_nothing_open),
      THROTTLE_TEST(an_answer_that_never_went_out_is_not_counted_as_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
