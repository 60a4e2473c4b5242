// What comes to a loop from other threads, over Cyclone DDS: data (row ASRC-06) and new entities (pain 40). The other thread always waits until the loop has nothing to do; what is sent and created then has to wake it.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <example_interfaces/action/fibonacci.h>

#include "node/service_fixture.h"

enum { BURST = 100, ROUNDS = 60 };

static struct {
  whorl_context_t context;
  whorl_node_t node, other; // `other` is never opened: it publishes and calls
  whorl_loop_t loop;
  whorl_event_t stop;
  whorl_publisher_t publisher;
  whorl_client_t client;
  whorl_action_client_t asker;
  pthread_t loop_thread;
  atomic_int calls, wrong;
  atomic_bool held, released;
} town;

#define FIBONACCI WHORL_ACTION(example_interfaces, Fibonacci)

static const whorl_qos_t all_of_them = {.history = WHORL_HISTORY_KEEP_LAST, .depth = BURST, .reliability = WHORL_RELIABILITY_RELIABLE};

static int setup(void **state)
{
  if (getenv("CYCLONEDDS_URI") == NULL || getenv("ROS_DOMAIN_ID") == NULL) {
    fputs("CYCLONEDDS_URI and ROS_DOMAIN_ID must be set: run this test through ctest, which keeps it on the loopback interface\n", stderr);
    exit(1);
  }
  memset(&town, 0, sizeof town);
  (void)state;
  assert_int_equal(whorl_context_create(0, NULL, NULL, &town.context), WHORL_OK);
  assert_int_equal(whorl_node_create(town.context, "driven", NULL, &town.node), WHORL_OK);
  assert_int_equal(whorl_node_create(town.context, "other", NULL, &town.other), WHORL_OK);
  const whorl_publisher_options_t options = {.qos = &all_of_them};
  assert_int_equal(whorl_publisher_create(town.other, INT32, "numbers", &options, &town.publisher), WHORL_OK);
  assert_int_equal(whorl_client_create(town.other, ADD, "add", NULL, &town.client), WHORL_OK);
  assert_int_equal(whorl_action_client_create(town.other, FIBONACCI, "count", NULL, &town.asker), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &town.loop), WHORL_OK);
  return whorl_event_create(NULL, &town.stop);
}

static int teardown(void **state)
{
  (void)state;
  whorl_event_destroy(town.stop);
  assert_int_equal(whorl_loop_destroy(town.loop), WHORL_OK);
  return whorl_context_destroy(town.context, WHORL_OK);
}

static int stay_open(void *arg)
{
  (void)arg;
  town.loop_thread = pthread_self();
  WHORL_TRY(whorl_node_open(town.node));
  return whorl_node_close(town.node, whorl_event_wait(town.stop));
}

static void expect(bool condition)
{
  if (!condition) atomic_fetch_add(&town.wrong, 1);
}

static uint64_t parks(void)
{
  whorl_loop_counts_t counts = {0};
  expect(whorl_loop_read_counts(town.loop, &counts) == WHORL_OK);
  return counts.parks;
}

static void wait_until_it_sleeps(uint64_t parks_before)
{
  while (parks() <= parks_before) sched_yield();
}

static void wait_for_calls(int calls)
{
  while (atomic_load(&town.calls) < calls) sched_yield();
}

static void run_beside(void *(*thread)(void *arg))
{
  pthread_t id;
  assert_int_equal(pthread_create(&id, NULL, thread, NULL), 0);
  assert_int_equal(whorl_loop_run(town.loop, stay_open, NULL), WHORL_OK);
  pthread_join(id, NULL);
  assert_int_equal(atomic_load(&town.wrong), 0);
}

// --- Data

static int hold_the_first(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)info, (void)arg;
  expect(pthread_equal(pthread_self(), town.loop_thread));
  expect(((const std_msgs__msg__Int32 *)message)->data == atomic_load(&town.calls));
  if (atomic_fetch_add(&town.calls, 1) > 0) return WHORL_OK;
  atomic_store(&town.held, true);
  while (!atomic_load(&town.released)) sched_yield(); // its loop's thread is busy meanwhile
  return WHORL_OK;
}

static void publish(int number) { expect(whorl_publish(town.publisher, &(std_msgs__msg__Int32){.data = number}) == WHORL_OK); }

static void *publish_a_burst(void *arg)
{
  (void)arg;
  wait_until_it_sleeps(0);
  publish(0);
  while (!atomic_load(&town.held)) sched_yield();
  uint64_t before = parks();
  for (int i = 1; i < BURST; i++) publish(i);
  expect(atomic_load(&town.calls) == 1); // storing them ran nothing, here or there
  atomic_store(&town.released, true);
  wait_for_calls(BURST);
  wait_until_it_sleeps(before);
  expect(parks() == before + 1); // one wake-up was for all of them, and it took until nothing was left
  whorl_event_set(town.stop);
  return NULL;
}

static void ASRC_06_data_from_another_thread_only_wakes_the_loop_which_takes_it_all(void **state)
{
  (void)state;
  const whorl_subscription_options_t options = {.qos = &all_of_them};
  assert_int_equal(whorl_subscription_create(town.node, INT32, "numbers", hold_the_first, NULL, &options, NULL), WHORL_OK);
  run_beside(publish_a_burst);
  assert_int_equal(atomic_load(&town.calls), BURST);
}

// --- New entities

static int count_tick(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  atomic_fetch_add(&town.calls, 1);
  return WHORL_OK;
}

static int count_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  atomic_fetch_add(&town.calls, 1);
  return WHORL_OK;
}

static int count_request(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const add_request_t *numbers = request;
  (void)call, (void)arg;
  ((add_response_t *)response)->sum = numbers->a + numbers->b;
  atomic_fetch_add(&town.calls, 1);
  return WHORL_OK;
}

static int count_trigger(uint64_t triggers, void *arg)
{
  (void)triggers, (void)arg;
  atomic_fetch_add(&town.calls, 1);
  return WHORL_OK;
}

static int count_goal(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  (void)goal, (void)message, (void)result, (void)arg;
  atomic_fetch_add(&town.calls, 1);
  return WHORL_OK;
}

static void create_a_timer(int calls)
{
  whorl_timer_t timer;
  expect(whorl_timer_create(town.node, 0, count_tick, NULL, &(whorl_timer_options_t){.one_shot = true}, &timer) == WHORL_OK);
  wait_for_calls(calls);
  expect(whorl_timer_destroy(timer) == WHORL_OK);
}

static void create_a_subscription(int calls)
{
  whorl_subscription_t subscription;
  expect(whorl_subscription_create(town.node, INT32, "numbers", count_message, NULL, NULL, &subscription) == WHORL_OK);
  publish(calls);
  wait_for_calls(calls);
  expect(whorl_subscription_destroy(subscription) == WHORL_OK);
}

static void create_a_service(int calls)
{
  whorl_service_t service;
  int64_t sum = 0;
  expect(whorl_service_create(town.node, ADD, "add", count_request, NULL, NULL, &service) == WHORL_OK);
  expect(add(town.client, 20, 22, &sum) == WHORL_OK && sum == 42);
  wait_for_calls(calls);
  expect(whorl_service_destroy(service) == WHORL_OK);
}

static void create_a_guard_condition(int calls)
{
  whorl_guard_condition_t guard;
  expect(whorl_guard_condition_create(town.node, count_trigger, NULL, NULL, &guard) == WHORL_OK);
  expect(whorl_guard_condition_trigger(guard) == WHORL_OK);
  wait_for_calls(calls);
  expect(whorl_guard_condition_destroy(guard) == WHORL_OK);
}

// The driven node's own client: its answer needs no callback, the server's does.
static void create_a_client(int calls)
{
  whorl_service_t service;
  whorl_client_t client;
  int64_t sum = 0;
  expect(whorl_service_create(town.node, ADD, "more", count_request, NULL, NULL, &service) == WHORL_OK);
  expect(whorl_client_create(town.node, ADD, "more", NULL, &client) == WHORL_OK);
  expect(add(client, 20, 22, &sum) == WHORL_OK && sum == 42);
  wait_for_calls(calls);
  expect(whorl_client_destroy(client) == WHORL_OK);
  expect(whorl_service_destroy(service) == WHORL_OK);
}

static void create_an_action(int calls)
{
  whorl_action_server_t server;
  const example_interfaces__action__Fibonacci_Goal goal = {.order = 1};
  example_interfaces__action__Fibonacci_Result result = {{0}};
  expect(whorl_action_server_create(town.node, FIBONACCI, "count", count_goal, NULL, NULL, &server) == WHORL_OK);
  expect(whorl_action_client_call(town.asker, &goal, &result, NULL, NULL) == WHORL_OK);
  example_interfaces__action__Fibonacci_Result__fini(&result);
  wait_for_calls(calls);
  expect(whorl_action_server_destroy(server) == WHORL_OK);
}

static void *create_and_use(void *arg)
{
  static void (*const kinds[])(int calls) = {create_a_timer,           create_a_subscription, create_a_service,
                                             create_a_guard_condition, create_a_client,       create_an_action};
  enum { KINDS = sizeof kinds / sizeof *kinds };
  (void)arg;
  uint64_t before = 0;
  for (int i = 0; i < ROUNDS; i++) {
    wait_until_it_sleeps(before);
    before = parks();
    kinds[i % KINDS](i + 1);
  }
  whorl_event_set(town.stop);
  return NULL;
}

static void PAIN_40_what_another_thread_creates_is_served_though_the_loop_slept(void **state)
{
  (void)state;
  run_beside(create_and_use);
  assert_int_equal(atomic_load(&town.calls), ROUNDS);
}

#define TOWN_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      TOWN_TEST(ASRC_06_data_from_another_thread_only_wakes_the_loop_which_takes_it_all),
      TOWN_TEST(PAIN_40_what_another_thread_creates_is_served_though_the_loop_slept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
