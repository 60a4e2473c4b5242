// A million numbered messages of several topics, each with a group of its own, under an executor of eight threads: each is taken once, and in order within its group.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "node/fixture.h"
#include "task/sanitizer.h"

#if defined(WHORL__ASAN) || defined(WHORL__TSAN)
enum { EACH = 2000 };
#else
enum { EACH = 166667 };
#endif
enum { TOPICS = 6, THREADS = 8, UNDER_WAY = 500 };

typedef struct topic {
  whorl_publisher_t publisher;
  atomic_int next; // written by its callbacks, which exclude each other
  atomic_int inside;
  atomic_bool wrong;
} topic_t;

static int expect_next(const void *message, const whorl_message_info_t *info, void *arg)
{
  topic_t *topic = arg;
  (void)info;
  if (atomic_fetch_add(&topic->inside, 1) != 0) atomic_store(&topic->wrong, true);
  int next = atomic_load_explicit(&topic->next, memory_order_relaxed);
  if (((const std_msgs__msg__Int32 *)message)->data != next) atomic_store(&topic->wrong, true);
  atomic_store_explicit(&topic->next, next + 1, memory_order_release);
  atomic_fetch_sub(&topic->inside, 1);
  return WHORL_OK;
}

static void *spin(void *arg)
{
  assert_int_equal(whorl_executor_spin(*(whorl_executor_t *)arg), WHORL_OK);
  return NULL;
}

static void make_topic(whorl_node_t node, topic_t *topic, int number)
{
  whorl_qos_t qos = WHORL_QOS_DEFAULT;
  whorl_subscription_options_t options = {.qos = &qos};
  char name[16];
  qos.history = WHORL_HISTORY_KEEP_ALL;
  snprintf(name, sizeof name, "numbers%d", number);
  assert_int_equal(whorl_callback_group_create(node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &options.callback_group), WHORL_OK);
  assert_int_equal(whorl_publisher_create(node, INT32, name, &(whorl_publisher_options_t){.qos = &qos}, &topic->publisher), WHORL_OK);
  assert_int_equal(whorl_subscription_create(node, INT32, name, expect_next, topic, &options, NULL), WHORL_OK);
}

static void await(const topic_t *topic, int seen)
{
  while (atomic_load_explicit(&topic->next, memory_order_acquire) < seen && !atomic_load(&topic->wrong)) sched_yield();
}

static void publish_all(topic_t *topics, int each)
{
  for (int i = 0; i < each; i++)
    for (int j = 0; j < TOPICS; j++) {
      std_msgs__msg__Int32 message = {.data = i};
      await(&topics[j], i - UNDER_WAY); // the history has a limit
      assert_int_equal(whorl_publish(topics[j].publisher, &message), WHORL_OK);
    }
}

static void EXE_49_each_message_is_taken_once_and_in_its_groups_order(void **state)
{
  static topic_t topics[TOPICS];
  const whorl_executor_options_t options = {.threads = THREADS};
  whorl_context_t context;
  whorl_node_t node;
  whorl_executor_t executor;
  pthread_t spinner;
  (void)state;
  memset(topics, 0, sizeof topics);
  assert_int_equal(whorl_context_create(0, NULL, NULL, &context), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "tested", NULL, &node), WHORL_OK);
  for (int i = 0; i < TOPICS; i++) make_topic(node, &topics[i], i);
  assert_int_equal(whorl_executor_create(context, WHORL_EXECUTOR_MULTI_THREADED, &options, &executor), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(executor, node), WHORL_OK);
  assert_int_equal(pthread_create(&spinner, NULL, spin, &executor), 0);
  publish_all(topics, EACH);
  for (int i = 0; i < TOPICS; i++) await(&topics[i], EACH);
  assert_int_equal(whorl_executor_cancel(executor), WHORL_OK);
  pthread_join(spinner, NULL);
  for (int i = 0; i < TOPICS; i++) {
    assert_false(atomic_load(&topics[i].wrong));
    assert_int_equal(atomic_load(&topics[i].next), EACH);
  }
  assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {cmocka_unit_test(EXE_49_each_message_is_taken_once_and_in_its_groups_order)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
