// Wait sets on plain threads and over Cyclone: what other threads do while one waits. (What a wait says: wait_set_test, in virtual time.)
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "node/fixture.h"

enum { MESSAGES = 2000, TRIGGERS = 20000 };

typedef struct scene {
  whorl_context_t context;
  whorl_node_t node;
  whorl_wait_set_t set;
  whorl_wait_item_t item;
  whorl_publisher_t publisher;
  whorl_executor_t executor;
  atomic_int ran;
  _Atomic(unsigned char) seen[MESSAGES];
} scene_t;

static void setup(scene_t *scene)
{
  memset(scene, 0, sizeof *scene);
  assert_int_equal(whorl_context_create(0, NULL, NULL, &scene->context), WHORL_OK);
  assert_int_equal(whorl_node_create(scene->context, "tested", NULL, &scene->node), WHORL_OK);
  assert_int_equal(whorl_wait_set_create(scene->context, NULL, &scene->set), WHORL_OK);
}

static void teardown(scene_t *scene)
{
  assert_int_equal(whorl_context_destroy(scene->context, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_wait_set_destroy(scene->set), WHORL_OK);
}

static int wait_once(scene_t *scene, whorl_wait_item_t *ret_item)
{
  size_t count;
  return whorl_wait_set_wait(scene->set, WHORL_FOREVER, ret_item, 1, &count);
}

static void add_guard(scene_t *scene)
{
  whorl_guard_condition_t guard;
  const whorl_guard_condition_options_t options = {.by_hand = true};
  assert_int_equal(whorl_guard_condition_create(scene->node, NULL, NULL, &options, &guard), WHORL_OK);
  scene->item = whorl_wait_on_guard_condition(guard, NULL);
  assert_int_equal(whorl_wait_set_add(scene->set, &scene->item), WHORL_OK);
}

static void *trigger_often(void *arg)
{
  scene_t *scene = arg;
  for (int i = 0; i < TRIGGERS; i++) assert_int_equal(whorl_guard_condition_trigger(scene->item.on.guard_condition), WHORL_OK);
  return NULL;
}

// A wake-up that is lost makes this hang.
static void no_trigger_is_lost_between_the_look_and_the_wait(void **state)
{
  scene_t scene;
  pthread_t threads[2];
  uint64_t sum = 0;
  (void)state;
  setup(&scene);
  add_guard(&scene);
  for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, trigger_often, &scene), 0);
  while (sum < UINT64_C(2) * TRIGGERS) {
    whorl_wait_item_t ready;
    assert_int_equal(wait_once(&scene, &ready), WHORL_WAIT_READY);
    sum += ready.signals;
  }
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  assert_int_equal(sum, 2 * TRIGGERS);
  teardown(&scene);
}

static void *shut_down(void *arg)
{
  scene_t *scene = arg;
  while (whorl_guard_condition_trigger(scene->item.on.guard_condition) == WHORL_OK && atomic_load(&scene->ran) == 0) sched_yield();
  whorl_context_shutdown(scene->context);
  return NULL;
}

static void a_shutdown_ends_the_wait_of_a_thread(void **state)
{
  scene_t scene;
  pthread_t thread;
  int result;
  (void)state;
  setup(&scene);
  add_guard(&scene);
  assert_int_equal(pthread_create(&thread, NULL, shut_down, &scene), 0);
  for (whorl_wait_item_t ready; (result = wait_once(&scene, &ready)) == WHORL_WAIT_READY;) atomic_store(&scene.ran, 1);
  assert_int_equal(result, WHORL_SHUTDOWN);
  pthread_join(thread, NULL);
  teardown(&scene);
}

static void *publish_all(void *arg)
{
  scene_t *scene = arg;
  for (int i = 0; i < MESSAGES; i++) {
    std_msgs__msg__Int32 message = {.data = i};
    assert_int_equal(whorl_publish(scene->publisher, &message), WHORL_OK);
  }
  return NULL;
}

static int see(const void *message, const whorl_message_info_t *info, void *arg)
{
  scene_t *scene = arg;
  (void)info;
  atomic_fetch_add(&scene->seen[((const std_msgs__msg__Int32 *)message)->data], 1);
  atomic_fetch_add(&scene->ran, 1);
  return WHORL_OK;
}

static void *spin(void *arg)
{
  assert_int_equal(whorl_executor_spin(((scene_t *)arg)->executor), WHORL_OK);
  return NULL;
}

// Until everything has been seen by somebody; with a limit, as the last one may go to the executor.
static void take_until_all_are_seen(scene_t *scene)
{
  while (atomic_load(&scene->ran) < MESSAGES) {
    const void *message;
    whorl_wait_item_t ready;
    size_t count;
    assert_in_range(whorl_wait_set_wait(scene->set, WHORL_MILLISECONDS(5), &ready, 1, &count), WHORL_WAIT_READY, WHORL_WAIT_TIMEOUT);
    if (whorl_subscription_take(scene->item.on.subscription, &message, NULL) < 0) continue;
    see(message, NULL, scene);
    whorl_message_release(message);
  }
}

static void each_message_goes_to_the_executor_or_to_the_wait_set(void **state)
{
  static scene_t scene;
  pthread_t spinner, publisher;
  whorl_qos_t qos = WHORL_QOS_DEFAULT;
  (void)state;
  setup(&scene);
  qos.history = WHORL_HISTORY_KEEP_ALL;
  scene.item.kind = WHORL_WAIT_SUBSCRIPTION;
  assert_int_equal(whorl_publisher_create(scene.node, INT32, "topic", &(whorl_publisher_options_t){.qos = &qos}, &scene.publisher),
                   WHORL_OK);
  assert_int_equal(whorl_subscription_create(scene.node, INT32, "topic", see, &scene, &(whorl_subscription_options_t){.qos = &qos},
                                             &scene.item.on.subscription),
                   WHORL_OK);
  assert_int_equal(whorl_wait_set_add(scene.set, &scene.item), WHORL_OK);
  assert_int_equal(whorl_executor_create(scene.context, WHORL_EXECUTOR_EVENTS, NULL, &scene.executor), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(scene.executor, scene.node), WHORL_OK);
  assert_int_equal(pthread_create(&spinner, NULL, spin, &scene), 0);
  assert_int_equal(pthread_create(&publisher, NULL, publish_all, &scene), 0);
  take_until_all_are_seen(&scene);
  pthread_join(publisher, NULL);
  assert_int_equal(whorl_executor_cancel(scene.executor), WHORL_OK);
  pthread_join(spinner, NULL);
  for (int i = 0; i < MESSAGES; i++) assert_int_equal(atomic_load(&scene.seen[i]), 1);
  teardown(&scene);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_trigger_is_lost_between_the_look_and_the_wait),
      cmocka_unit_test(a_shutdown_ends_the_wait_of_a_thread),
      cmocka_unit_test(each_message_goes_to_the_executor_or_to_the_wait_set),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
