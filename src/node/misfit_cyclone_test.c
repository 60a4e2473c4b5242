// What does not fit is logged over Cyclone too, and nobody spins for it: the line comes from a thread of the context.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include <whorl/log.h>

#include "node/fixture.h"

static atomic_int told[2];
static atomic_bool odd;
static pthread_t user;

static void hear(const whorl_log_entry_t *entry, void *arg)
{
  (void)arg;
  bool offers = strcmp(entry->logger, "house.speaker") == 0;
  const char *other = offers ? "on topic '/house/chatter' requests"
                             : "on topic '/house/chatter' offers"; // whose it is may not be known yet
  bool right = strstr(entry->message, other) != NULL &&
               strstr(entry->message, "DURABILITY_QOS_POLICY offered volatile, requested transient local") != NULL &&
               entry->severity == WHORL_SEVERITY_WARN && !pthread_equal(pthread_self(), user);
  if (!right) atomic_store(&odd, true);
  atomic_fetch_add(&told[offers ? 0 : 1], 1);
}

static int ignore_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_OK;
}

static void EVT_14_both_nodes_log_without_anybody_spinning(void **state)
{
  (void)state;
  static const whorl_qos_t retained = {.durability = WHORL_DURABILITY_TRANSIENT_LOCAL};
  whorl_context_t context;
  whorl_node_t speaker, ear;
  whorl_publisher_t publisher;
  const whorl_node_options_t in_the_house = {.node_namespace = "/house"};
  user = pthread_self();
  whorl_log_set_sink(hear, NULL);
  assert_int_equal(whorl_context_create(0, NULL, NULL, &context), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "speaker", &in_the_house, &speaker), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "ear", &in_the_house, &ear), WHORL_OK);
  assert_int_equal(whorl_publisher_create(speaker, INT32, "chatter", NULL, &publisher), WHORL_OK);
  const whorl_subscription_options_t options = {.qos = &retained};
  assert_int_equal(whorl_subscription_create(ear, INT32, "chatter", ignore_message, NULL, &options, NULL), WHORL_OK);
  while (atomic_load(&told[0]) == 0 || atomic_load(&told[1]) == 0) sched_yield();
  assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
  whorl_log_set_sink(NULL, NULL);
  assert_false(atomic_load(&odd));
  assert_int_equal(atomic_load(&told[0]), 1);
  assert_int_equal(atomic_load(&told[1]), 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(EVT_14_both_nodes_log_without_anybody_spinning)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
