// /rosout over Cyclone: a node of a real context speaks without being told to, from every thread at once, while nodes come and go.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#include <rcl_interfaces/msg/log.h>
#include <whorl/log.h>

#include "node/fixture.h"

enum { THREADS = 4, LINES = 100 };
#define LOG WHORL_MESSAGE(rcl_interfaces, msg, Log)

static void swallow(const whorl_log_entry_t *entry, void *arg) { (void)entry, (void)arg; }

static int setup(void **state)
{
  (void)state;
  whorl_log_set_sink(swallow, NULL);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  whorl_log_set_sink(NULL, NULL);
  return 0;
}

// A process of its own that reads by hand.
static whorl_subscription_t listen(whorl_context_t *ret_context)
{
  whorl_node_t node;
  whorl_subscription_t subscription;
  const whorl_subscription_options_t options = {.qos = &WHORL_QOS_ROSOUT, .by_hand = true};
  assert_int_equal(whorl_context_create(0, NULL, &(whorl_context_options_t){.bare_nodes = true}, ret_context), WHORL_OK);
  assert_int_equal(whorl_node_create(*ret_context, "listener", NULL, &node), WHORL_OK);
  assert_int_equal(whorl_subscription_create(node, LOG, "/rosout", NULL, NULL, &options, &subscription), WHORL_OK);
  return subscription;
}

static bool hear_one(whorl_subscription_t subscription, char name[64], char message[64])
{
  const void *taken;
  if (whorl_subscription_take(subscription, &taken, NULL) != WHORL_OK) return false;
  const rcl_interfaces__msg__Log *log = taken;
  snprintf(name, 64, "%s", log->name.data);
  snprintf(message, 64, "%s", log->msg.data);
  whorl_message_release(taken);
  return true;
}

static void *chatter(void *arg)
{
  (void)arg;
  for (int i = 0; i < LINES; i++) {
    WHORL_LOG_INFO("house.speaker.child", "line");
    WHORL_LOG_INFO("house.passing", "maybe heard");
  }
  return NULL;
}

static void come_and_go(whorl_context_t context)
{
  whorl_node_t node;
  for (int i = 0; i < 10; i++) {
    assert_int_equal(whorl_node_create(context, "passing", &(whorl_node_options_t){.node_namespace = "/house"}, &node), WHORL_OK);
    assert_int_equal(whorl_node_destroy(node), WHORL_OK);
  }
}

static void every_thread_speaks_while_nodes_come_and_go(void **state)
{
  (void)state;
  whorl_context_t context, other;
  whorl_node_t speaker;
  pthread_t threads[THREADS];
  whorl_rosout_counts_t counts;
  char name[64], message[64];
  whorl_subscription_t subscription = listen(&other);
  assert_int_equal(whorl_context_create(0, NULL, NULL, &context), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "speaker", &(whorl_node_options_t){.node_namespace = "/house"}, &speaker), WHORL_OK);
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, chatter, NULL), 0);
  come_and_go(context);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  assert_int_equal(whorl_node_read_rosout_counts(speaker, &counts), WHORL_OK);
  assert_int_equal(counts.published + counts.lost, THREADS * LINES);
  for (uint64_t heard = 0; heard < counts.published;) {
    if (!hear_one(subscription, name, message)) {
      sched_yield();
      continue;
    }
    bool own = strcmp(name, "house.speaker.child") == 0;
    assert_string_equal(message, own ? "line" : "maybe heard");
    heard += own;
  }
  assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(other, WHORL_OK), WHORL_OK);
}

static void the_command_line_switches_it_off(void **state)
{
  (void)state;
  char *argv[] = {"program", "--ros-args", "--disable-rosout-logs"};
  whorl_context_t context, other;
  whorl_node_t node;
  whorl_rosout_counts_t counts;
  whorl_subscription_t subscription = listen(&other);
  assert_int_equal(whorl_context_create(3, argv, NULL, &context), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "silent", NULL, &node), WHORL_OK);
  WHORL_LOG_INFO("silent", "nothing");
  assert_int_equal(whorl_node_read_rosout_counts(node, &counts), WHORL_OK);
  assert_int_equal(counts.published + counts.lost, 0);
  assert_int_equal(whorl_node_create(context, "alone", &(whorl_node_options_t){.ignore_global_arguments = true}, &node), WHORL_OK);
  WHORL_LOG_INFO("alone", "this");
  char name[64], message[64];
  while (!hear_one(subscription, name, message)) sched_yield();
  assert_string_equal(name, "alone");
  assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(other, WHORL_OK), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(every_thread_speaks_while_nodes_come_and_go, setup, teardown),
      cmocka_unit_test_setup_teardown(the_command_line_switches_it_off, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
