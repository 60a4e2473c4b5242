// Messages, requests and timers while another thread spins, over Cyclone, for every kind of executor.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include <std_srvs/srv/trigger.h>

#include "node/fixture.h"

typedef struct scene {
  whorl_context_t context;
  whorl_node_t node;
  whorl_executor_t executor;
  pthread_t spinner;
  atomic_int calls;
  atomic_bool wrong;
  int64_t last_ns;
} scene_t;

static void setup(scene_t *scene, whorl_executor_kind_t kind)
{
  memset(scene, 0, sizeof *scene);
  assert_int_equal(whorl_context_create(0, NULL, NULL, &scene->context), WHORL_OK);
  assert_int_equal(whorl_node_create(scene->context, "tested", NULL, &scene->node), WHORL_OK);
  assert_int_equal(whorl_executor_create(scene->context, kind, &(whorl_executor_options_t){.threads = 3, .capacity = 64}, &scene->executor),
                   WHORL_OK);
  assert_int_equal(whorl_executor_add_node(scene->executor, scene->node), WHORL_OK);
}

static void *spin(void *arg)
{
  assert_int_equal(whorl_executor_spin(((scene_t *)arg)->executor), WHORL_OK);
  return NULL;
}

// What happens while another thread spins, and what is there after its end.
static void for_each_kind(void (*body)(scene_t *scene))
{
  static const whorl_executor_kind_t kinds[] = {WHORL_EXECUTOR_SINGLE_THREADED, WHORL_EXECUTOR_EVENTS, WHORL_EXECUTOR_MULTI_THREADED,
                                                WHORL_EXECUTOR_STATIC};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    scene_t scene;
    setup(&scene, kinds[i]);
    assert_int_equal(pthread_create(&scene.spinner, NULL, spin, &scene), 0);
    body(&scene);
    assert_int_equal(whorl_executor_cancel(scene.executor), WHORL_OK);
    pthread_join(scene.spinner, NULL);
    assert_false(atomic_load(&scene.wrong));
    assert_int_equal(whorl_executor_remove_node(scene.executor, scene.node), WHORL_OK);
    assert_int_equal(whorl_context_destroy(scene.context, WHORL_OK), WHORL_OK);
  }
}

#define TRAFFIC_TEST(name)                 \
  static void name##_body(scene_t *scene); \
  static void name(void **state)           \
  {                                        \
    (void)state;                           \
    for_each_kind(name##_body);            \
  }                                        \
  static void name##_body(scene_t *scene)

static void await_calls(scene_t *scene, int calls)
{
  while (atomic_load(&scene->calls) < calls) sched_yield();
}

static int count_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info;
  atomic_fetch_add(&((scene_t *)arg)->calls, 1);
  return WHORL_OK;
}

TRAFFIC_TEST(EVT_01_messages_of_a_sensor_arrive_while_another_thread_spins)
{
  whorl_publisher_t publisher;
  const std_msgs__msg__Int32 message = {.data = 1};
  assert_int_equal(
      whorl_publisher_create(scene->node, INT32, "sensor", &(whorl_publisher_options_t){.qos = &WHORL_QOS_SENSOR_DATA}, &publisher),
      WHORL_OK);
  assert_int_equal(whorl_subscription_create(scene->node, INT32, "sensor", count_message, scene,
                                             &(whorl_subscription_options_t){.qos = &WHORL_QOS_SENSOR_DATA}, NULL),
                   WHORL_OK);
  for (int i = 1; i <= 20; i++) {
    assert_int_equal(whorl_publish(publisher, &message), WHORL_OK);
    await_calls(scene, i);
  }
}

static int answer(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)call;
  atomic_fetch_add(&((scene_t *)arg)->calls, 1);
  ((std_srvs__srv__Trigger_Response *)response)->success = true;
  return WHORL_OK;
}

TRAFFIC_TEST(EVT_02_a_request_needs_no_wait_for_the_service_first)
{
  whorl_service_type_t type = WHORL_SERVICE(std_srvs, srv, Trigger);
  whorl_client_t client;
  const std_srvs__srv__Trigger_Request request = {0};
  assert_int_equal(whorl_service_create(scene->node, type, "service", answer, scene, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_client_create(scene->node, type, "service", NULL, &client), WHORL_OK);
  for (int i = 0; i < 10; i++) {
    std_srvs__srv__Trigger_Response response = {0};
    assert_int_equal(whorl_client_call(client, &request, &response), WHORL_OK);
    assert_true(response.success);
    std_srvs__srv__Trigger_Response__fini(&response);
  }
  assert_int_equal(atomic_load(&scene->calls), 10);
}

static int count_tick(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  atomic_fetch_add(&((scene_t *)arg)->calls, 1);
  return WHORL_OK;
}

TRAFFIC_TEST(EXE_23_a_group_and_its_timer_go_while_the_executor_waits_for_them)
{
  for (int i = 0; i < 10; i++) {
    whorl_timer_options_t options = {0};
    whorl_timer_t timer;
    assert_int_equal(whorl_callback_group_create(scene->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &options.callback_group), WHORL_OK);
    assert_int_equal(whorl_timer_create(scene->node, WHORL_MICROSECONDS(200), count_tick, scene, &options, &timer), WHORL_OK);
    await_calls(scene, 3);
    assert_int_equal(whorl_callback_group_destroy(options.callback_group), WHORL_BUSY); // it has a timer
    assert_int_equal(whorl_timer_destroy(timer), WHORL_OK);
    assert_int_equal(whorl_callback_group_destroy(options.callback_group), WHORL_OK);
    int calls = atomic_exchange(&scene->calls, 0);
    for (int j = 0; j < 100; j++) sched_yield();
    assert_int_equal(atomic_load(&scene->calls), 0); // when destroy has returned, it is called no more
    assert_in_range(calls, 3, 1000000);
  }
}

// The callbacks of one timer never overlap, so what it last saw is its own.
static int expect_later(const whorl_timer_info_t *info, void *arg)
{
  scene_t *scene = arg;
  if (info->expected_ns <= scene->last_ns) atomic_store(&scene->wrong, true);
  scene->last_ns = info->expected_ns;
  atomic_fetch_add(&scene->calls, 1);
  return WHORL_OK;
}

TRAFFIC_TEST(EXE_54_no_expiry_is_run_twice)
{
  whorl_timer_options_t options = {0};
  assert_int_equal(whorl_callback_group_create(scene->node, WHORL_CALLBACK_GROUP_REENTRANT, NULL, &options.callback_group), WHORL_OK);
  assert_int_equal(whorl_timer_create(scene->node, WHORL_MICROSECONDS(50), expect_later, scene, &options, NULL), WHORL_OK);
  await_calls(scene, 1000);
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(EVT_01_messages_of_a_sensor_arrive_while_another_thread_spins),
      cmocka_unit_test(EVT_02_a_request_needs_no_wait_for_the_service_first),
      cmocka_unit_test(EXE_23_a_group_and_its_timer_go_while_the_executor_waits_for_them),
      cmocka_unit_test(EXE_54_no_expiry_is_run_twice),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
