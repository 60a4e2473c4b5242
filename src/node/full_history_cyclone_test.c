// A backlog over Cyclone DDS on the loopback interface: in the process and across the wire. Nobody drives the node; the warning comes from a thread of the context.
#include <semaphore.h>
#include <stdio.h>

#include <whorl/log.h>

#include "node/fixture.h"
#include "node/two_domains_testing.h"

static sem_t told;
static char message[256];

static void hear(const whorl_log_entry_t *entry, void *arg)
{
  (void)arg;
  if (strstr(entry->message, "wait:") == NULL) return;
  snprintf(message, sizeof message, "%s", entry->message);
  sem_post(&told);
}

static int flood(void *arg)
{
  const whorl_publisher_t *publisher = arg;
  WHORL_TRY(whorl_publisher_wait_for_subscribers(*publisher, 1));
  for (int i = 0; i < 15; i++) WHORL_TRY(whorl_publish(*publisher, &(std_msgs__msg__Int32){.data = i}));
  return WHORL_OK;
}

static void flood_from(uint32_t domain)
{
  const whorl_context_options_t near = {.bare_nodes = true}, far = {.domain_id_given = true, .domain_id = domain, .bare_nodes = true};
  const whorl_qos_t offered = {.depth = 15, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL}; // whoever matches first, all of them come
  const whorl_qos_t requested = {.depth = 10, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL};
  const whorl_publisher_options_t keeping = {.qos = &offered};
  const whorl_subscription_options_t options = {.qos = &requested, .by_hand = true, .warn_at = 7, .overflow = WHORL_OVERFLOW_DROP_NEWEST};
  whorl_context_t here, there;
  whorl_node_t listener, talker;
  whorl_publisher_t publisher;
  whorl_subscription_t subscription;
  whorl_loop_t loop;
  const void *first;
  sem_init(&told, 0, 0);
  whorl_log_set_sink(hear, NULL);
  assert_int_equal(whorl_context_create(0, NULL, &near, &here), WHORL_OK);
  assert_int_equal(whorl_context_create(0, NULL, &far, &there), WHORL_OK);
  assert_int_equal(whorl_node_create(here, "listener", NULL, &listener), WHORL_OK);
  assert_int_equal(whorl_node_create(there, "talker", NULL, &talker), WHORL_OK);
  assert_int_equal(whorl_publisher_create(talker, INT32, "numbers", &keeping, &publisher), WHORL_OK);
  assert_int_equal(whorl_subscription_create(listener, INT32, "numbers", NULL, NULL, &options, &subscription), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &loop), WHORL_OK);
  assert_int_equal(whorl_loop_run(loop, flood, &publisher), WHORL_OK);
  while (sem_wait(&told) != 0) {}
  assert_string_equal(message, "7 messages of topic '/numbers' wait: they come faster than they are taken");
  assert_int_equal(whorl_subscription_take(subscription, &first, NULL), WHORL_OK);
  assert_int_equal(((const std_msgs__msg__Int32 *)first)->data, 0); // not pushed out by the fifteenth
  whorl_message_release(first);
  assert_int_equal(whorl_loop_destroy(loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(there, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(here, WHORL_OK), WHORL_OK);
  whorl_log_set_sink(NULL, NULL);
  sem_destroy(&told);
}

static void ASK_06_in_the_process(void **state)
{
  (void)state;
  flood_from(domain_here());
}

static void ASK_06_across_the_wire(void **state)
{
  (void)state;
  flood_from(domain_there());
}

int main(void)
{
  join_domains_on_the_wire();
  const struct CMUnitTest tests[] = {cmocka_unit_test(ASK_06_in_the_process), cmocka_unit_test(ASK_06_across_the_wire)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
