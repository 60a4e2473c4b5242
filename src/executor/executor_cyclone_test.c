// Executors on real threads and over Cyclone: what another thread does to a spin. (The forms themselves: spin_test, in virtual time.)
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "node/fixture.h"

typedef struct scene {
  whorl_context_t context;
  whorl_node_t node;
  whorl_executor_t executor;
  pthread_t thread;
  whorl_publisher_t publisher;
  whorl_future_t future;
  atomic_int calls, status;
} scene_t;

static void setup(scene_t *scene, whorl_executor_kind_t kind)
{
  memset(scene, 0, sizeof *scene);
  assert_int_equal(whorl_context_create(0, NULL, NULL, &scene->context), WHORL_OK);
  assert_int_equal(whorl_node_create(scene->context, "tested", NULL, &scene->node), WHORL_OK);
  assert_int_equal(whorl_executor_create(scene->context, kind, &(whorl_executor_options_t){.capacity = 64}, &scene->executor), WHORL_OK);
}

static void teardown(scene_t *scene) { assert_int_equal(whorl_context_destroy(scene->context, WHORL_OK), WHORL_OK); }

static void for_each_kind(void (*body)(scene_t *scene))
{
  static const whorl_executor_kind_t kinds[] = {WHORL_EXECUTOR_SINGLE_THREADED, WHORL_EXECUTOR_EVENTS, WHORL_EXECUTOR_MULTI_THREADED,
                                                WHORL_EXECUTOR_STATIC};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    scene_t scene;
    setup(&scene, kinds[i]);
    body(&scene);
    teardown(&scene);
  }
}

#define THREAD_TEST(name)                  \
  static void name##_body(scene_t *scene); \
  static void name(void **state)           \
  {                                        \
    (void)state;                           \
    for_each_kind(name##_body);            \
  }                                        \
  static void name##_body(scene_t *scene)

static void *spin(void *arg)
{
  scene_t *scene = arg;
  atomic_store(&scene->status, whorl_executor_spin(scene->executor));
  return NULL;
}

static void start_spinning(scene_t *scene)
{
  assert_int_equal(pthread_create(&scene->thread, NULL, spin, scene), 0);
  while (!whorl_executor_is_spinning(scene->executor)) sched_yield();
}

static void stop_spinning(scene_t *scene)
{
  assert_int_equal(whorl_executor_cancel(scene->executor), WHORL_OK);
  pthread_join(scene->thread, NULL);
  assert_int_equal(atomic_load(&scene->status), WHORL_OK);
  assert_false(whorl_executor_is_spinning(scene->executor));
}

static int count(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  atomic_fetch_add(&((scene_t *)arg)->calls, 1);
  return WHORL_OK;
}

static int count_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info;
  atomic_fetch_add(&((scene_t *)arg)->calls, 1);
  return WHORL_OK;
}

static void wait_for_calls(scene_t *scene, int wanted)
{
  while (atomic_load(&scene->calls) < wanted) sched_yield();
}

THREAD_TEST(EXE_03_an_empty_executor_spins_until_another_thread_cancels_it)
{
  start_spinning(scene);
  stop_spinning(scene);
}

THREAD_TEST(EXE_05_a_timer_runs_while_another_thread_spins)
{
  assert_int_equal(whorl_timer_create(scene->node, WHORL_MILLISECONDS(1), count, scene, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(scene->executor, scene->node), WHORL_OK);
  start_spinning(scene);
  wait_for_calls(scene, 3);
  stop_spinning(scene);
}

THREAD_TEST(EXE_06_a_second_thread_that_spins_is_refused)
{
  start_spinning(scene);
  assert_int_equal(whorl_executor_spin(scene->executor), WHORL_BUSY);
  assert_string_equal(whorl_detail(), "whorl_executor_spin: another thread spins executor 'executor'");
  assert_int_equal(whorl_executor_spin_some(scene->executor, 0), WHORL_BUSY);
  assert_true(whorl_executor_is_spinning(scene->executor));
  stop_spinning(scene);
}

THREAD_TEST(EXE_21_what_is_created_while_spinning_is_served)
{
  whorl_subscription_t first;
  std_msgs__msg__Int32 message = {.data = 1};
  start_spinning(scene);
  assert_int_equal(whorl_executor_add_node(scene->executor, scene->node), WHORL_OK);
  assert_int_equal(whorl_publisher_create(scene->node, INT32, "topic", NULL, &scene->publisher), WHORL_OK);
  assert_int_equal(whorl_subscription_create(scene->node, INT32, "topic", count_message, scene, NULL, &first), WHORL_OK);
  assert_int_equal(whorl_publish(scene->publisher, &message), WHORL_OK);
  wait_for_calls(scene, 1);
  assert_int_equal(whorl_subscription_create(scene->node, INT32, "topic", count_message, scene, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_publish(scene->publisher, &message), WHORL_OK);
  wait_for_calls(scene, 3);
  assert_int_equal(whorl_subscription_destroy(first), WHORL_OK); // waits for a callback that runs, no more
  assert_int_equal(whorl_publish(scene->publisher, &message), WHORL_OK);
  wait_for_calls(scene, 4);
  stop_spinning(scene);
  assert_int_equal(atomic_load(&scene->calls), 4);
}

static int sleep_long(const void *message, const whorl_message_info_t *info, void *arg)
{
  scene_t *scene = arg;
  (void)message, (void)info;
  atomic_fetch_add(&scene->calls, 1);
  int status = whorl_sleep(WHORL_SECONDS(1000));
  atomic_fetch_add(&scene->calls, 1);
  return status;
}

static whorl_subscription_t begin_long_sleep(scene_t *scene)
{
  whorl_subscription_t subscription;
  std_msgs__msg__Int32 message = {.data = 1};
  assert_int_equal(whorl_publisher_create(scene->node, INT32, "topic", NULL, &scene->publisher), WHORL_OK);
  assert_int_equal(whorl_subscription_create(scene->node, INT32, "topic", sleep_long, scene, NULL, &subscription), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(scene->executor, scene->node), WHORL_OK);
  assert_int_equal(whorl_publish(scene->publisher, &message), WHORL_OK);
  return subscription;
}

THREAD_TEST(PAIN_42_destroy_from_another_thread_ends_a_suspended_callback_first)
{
  start_spinning(scene);
  whorl_subscription_t subscription = begin_long_sleep(scene);
  wait_for_calls(scene, 1);
  assert_int_equal(whorl_subscription_destroy(subscription), WHORL_OK);
  assert_int_equal(atomic_load(&scene->calls), 2);
  stop_spinning(scene);
}

THREAD_TEST(destroying_a_node_from_another_thread_ends_its_callbacks_first)
{
  start_spinning(scene);
  (void)begin_long_sleep(scene);
  wait_for_calls(scene, 1);
  assert_int_equal(whorl_node_destroy(scene->node), WHORL_OK);
  assert_int_equal(atomic_load(&scene->calls), 2);
  stop_spinning(scene);
}

THREAD_TEST(destroying_the_executor_ends_the_spin_of_another_thread)
{
  start_spinning(scene);
  (void)begin_long_sleep(scene);
  wait_for_calls(scene, 1);
  assert_int_equal(whorl_executor_destroy(scene->executor), WHORL_OK);
  pthread_join(scene->thread, NULL);
  assert_int_equal(atomic_load(&scene->status), WHORL_OK);
  assert_int_equal(atomic_load(&scene->calls), 2);
}

static void *try_to_spin(void *arg)
{
  scene_t *scene = arg;
  atomic_store(&scene->status, whorl_executor_spin_some(scene->executor, 0));
  if (whorl_executor_destroy(scene->executor) != WHORL_WRONG_THREAD) atomic_store(&scene->status, WHORL_OK);
  return NULL;
}

THREAD_TEST(S22_a_callback_left_suspended_belongs_to_its_thread)
{
  whorl_subscription_t subscription = begin_long_sleep(scene);
  while (atomic_load(&scene->calls) == 0) assert_true(whorl_executor_spin_once(scene->executor, WHORL_SECONDS(1)) >= 0);
  assert_int_equal(pthread_create(&scene->thread, NULL, try_to_spin, scene), 0);
  pthread_join(scene->thread, NULL);
  assert_int_equal(atomic_load(&scene->status), WHORL_WRONG_THREAD);
  assert_int_equal(atomic_load(&scene->calls), 1);
  assert_int_equal(whorl_subscription_destroy(subscription), WHORL_OK); // nobody spins: it ends with the next spin
  assert_int_equal(whorl_executor_spin_some(scene->executor, 0), 1);
  assert_int_equal(atomic_load(&scene->calls), 2);
}

static void *complete_future(void *arg)
{
  scene_t *scene = arg;
  while (!whorl_executor_is_spinning(scene->executor)) sched_yield();
  atomic_store(&scene->status, whorl_future_complete(scene->future, WHORL_OK, NULL));
  return NULL;
}

THREAD_TEST(PAIN_37_a_future_completed_by_another_thread_ends_the_spin)
{
  for (int i = 0; i < 200; i++) {
    assert_int_equal(whorl_future_create(NULL, &scene->future), WHORL_OK);
    assert_int_equal(pthread_create(&scene->thread, NULL, complete_future, scene), 0);
    assert_int_equal(whorl_executor_spin_until_future_complete(scene->executor, scene->future, WHORL_FOREVER), WHORL_FUTURE_SUCCESS);
    pthread_join(scene->thread, NULL);
    assert_int_equal(atomic_load(&scene->status), WHORL_OK);
    assert_int_equal(whorl_future_destroy(scene->future), WHORL_OK);
  }
}

static void *cancel_once(void *arg)
{
  (void)whorl_executor_cancel(((scene_t *)arg)->executor);
  return NULL;
}

THREAD_TEST(PAIN_35_a_cancel_that_races_with_a_spin_is_never_lost)
{
  for (int i = 0; i < 1000; i++) {
    assert_int_equal(pthread_create(&scene->thread, NULL, cancel_once, scene), 0);
    assert_int_equal(whorl_executor_spin(scene->executor), WHORL_OK);
    pthread_join(scene->thread, NULL);
  }
}

THREAD_TEST(EXE_25_nodes_come_and_go_while_another_thread_spins)
{
  start_spinning(scene);
  for (int i = 0; i < 100; i++) {
    whorl_node_t node;
    assert_int_equal(whorl_node_create(scene->context, "passing", NULL, &node), WHORL_OK);
    assert_int_equal(whorl_timer_create(node, 0, count, scene, NULL, NULL), WHORL_OK);
    assert_int_equal(whorl_executor_add_node(scene->executor, node), WHORL_OK);
    wait_for_calls(scene, i + 1);
    if (i % 2 == 0) assert_int_equal(whorl_executor_remove_node(scene->executor, node), WHORL_OK);
    assert_int_equal(whorl_node_destroy(node), WHORL_OK);
  }
  stop_spinning(scene);
}

static void *shut_down(void *arg)
{
  scene_t *scene = arg;
  while (!whorl_executor_is_spinning(scene->executor)) sched_yield();
  (void)whorl_context_shutdown(scene->context);
  return NULL;
}

THREAD_TEST(a_shutdown_from_another_thread_ends_the_spin)
{
  assert_int_equal(pthread_create(&scene->thread, NULL, shut_down, scene), 0);
  assert_int_equal(whorl_executor_spin(scene->executor), WHORL_SHUTDOWN);
  pthread_join(scene->thread, NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(EXE_03_an_empty_executor_spins_until_another_thread_cancels_it),
      cmocka_unit_test(EXE_05_a_timer_runs_while_another_thread_spins),
      cmocka_unit_test(EXE_06_a_second_thread_that_spins_is_refused),
      cmocka_unit_test(EXE_21_what_is_created_while_spinning_is_served),
      cmocka_unit_test(PAIN_42_destroy_from_another_thread_ends_a_suspended_callback_first),
      cmocka_unit_test(destroying_a_node_from_another_thread_ends_its_callbacks_first),
      cmocka_unit_test(destroying_the_executor_ends_the_spin_of_another_thread),
      cmocka_unit_test(S22_a_callback_left_suspended_belongs_to_its_thread),
      cmocka_unit_test(PAIN_37_a_future_completed_by_another_thread_ends_the_spin),
      cmocka_unit_test(PAIN_35_a_cancel_that_races_with_a_spin_is_never_lost),
      cmocka_unit_test(EXE_25_nodes_come_and_go_while_another_thread_spins),
      cmocka_unit_test(a_shutdown_from_another_thread_ends_the_spin),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
