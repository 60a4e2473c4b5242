// Events of QoS over Cyclone, told by executors of each kind while another thread spins.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "node/fixture.h"

typedef struct ear { // of one end
  atomic_uint policy, current, named;
} ear_t;

static int hear(const whorl_qos_event_t *event, void *arg)
{
  ear_t *ear = arg;
  if (event->kind == WHORL_QOS_EVENT_MATCHED) atomic_store(&ear->current, event->current);
  if (event->kind != WHORL_QOS_EVENT_INCOMPATIBLE_QOS) return WHORL_OK;
  bool named = strstr(event->text, "DURABILITY_QOS_POLICY offered volatile, requested transient local") != NULL &&
               strcmp(event->other_node, "/tested") == 0;
  atomic_store(&ear->named, named);
  atomic_store(&ear->policy, event->policy);
  return WHORL_OK;
}

static int ignore(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_OK;
}

static void *spin(void *executor)
{
  assert_int_equal(whorl_executor_spin(*(whorl_executor_t *)executor), WHORL_OK);
  return NULL;
}

static void wait_until_told(ear_t *ears)
{
  const unsigned durability = WHORL_QOS_POLICY_DURABILITY;
  while (atomic_load(&ears[0].policy) != durability || atomic_load(&ears[1].policy) != durability) sched_yield();
  while (atomic_load(&ears[2].current) != 1 || atomic_load(&ears[3].current) != 1) sched_yield();
}

static void make_ends(whorl_node_t node, ear_t *ears)
{
  static const whorl_qos_t retained = {.durability = WHORL_DURABILITY_TRANSIENT_LOCAL};
  whorl_publisher_t publisher;
  for (int fits = 0; fits < 2; fits++) {
    const char *topic = fits ? "fitting" : "unfitting";
    const whorl_publisher_options_t offered = {.on_event = hear, .event_arg = &ears[2 * fits]};
    const whorl_subscription_options_t requested = {.qos = fits ? NULL : &retained, .on_event = hear, .event_arg = &ears[2 * fits + 1]};
    assert_int_equal(whorl_publisher_create(node, INT32, topic, &offered, &publisher), WHORL_OK);
    assert_int_equal(whorl_subscription_create(node, INT32, topic, ignore, NULL, &requested, NULL), WHORL_OK);
  }
}

static void EVT_14_PAIN_53_each_kind_of_executor_tells_both_sides(void **state)
{
  (void)state;
  static const whorl_executor_kind_t kinds[] = {WHORL_EXECUTOR_SINGLE_THREADED, WHORL_EXECUTOR_EVENTS, WHORL_EXECUTOR_MULTI_THREADED,
                                                WHORL_EXECUTOR_STATIC};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    ear_t ears[4] = {0};
    whorl_context_t context;
    whorl_node_t node;
    whorl_executor_t executor;
    pthread_t spinner;
    const whorl_executor_options_t options = {.threads = 2, .capacity = 16};
    assert_int_equal(whorl_context_create(0, NULL, NULL, &context), WHORL_OK);
    assert_int_equal(whorl_node_create(context, "tested", NULL, &node), WHORL_OK);
    assert_int_equal(whorl_executor_create(context, kinds[i], &options, &executor), WHORL_OK);
    assert_int_equal(whorl_executor_add_node(executor, node), WHORL_OK);
    make_ends(node, ears);
    assert_int_equal(pthread_create(&spinner, NULL, spin, &executor), 0);
    wait_until_told(ears);
    assert_true(atomic_load(&ears[0].named) && atomic_load(&ears[1].named));
    assert_int_equal(whorl_executor_cancel(executor), WHORL_OK);
    pthread_join(spinner, NULL);
    assert_int_equal(whorl_executor_destroy(executor), WHORL_OK);
    assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(EVT_14_PAIN_53_each_kind_of_executor_tells_both_sides)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
