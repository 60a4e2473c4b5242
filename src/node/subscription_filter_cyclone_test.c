// Content filters over Cyclone DDS on the loopback interface: from the same process, and across the wire.
#include "node/fixture.h"
#include "node/two_domains_testing.h"

typedef struct meeting {
  whorl_node_t here;
  whorl_publisher_t publisher;
  whorl_subscription_t subscription;
  int sum, calls;
} meeting_t;

static int add(const void *message, const whorl_message_info_t *info, void *arg)
{
  meeting_t *self = arg;
  (void)info;
  self->sum += ((const std_msgs__msg__Int32 *)message)->data;
  return ++self->calls == 2 ? whorl_node_destroy(self->here) : WHORL_OK;
}

static int talk(void *arg)
{
  meeting_t *self = arg;
  WHORL_TRY(whorl_publisher_wait_for_subscribers(self->publisher, 1));
  for (int i = 1; i <= 4; i++) WHORL_TRY(whorl_publish(self->publisher, &(std_msgs__msg__Int32){.data = i}));
  return WHORL_OK;
}

static int run(void *arg)
{
  meeting_t *self = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, talk, arg);
  return whorl_task_group_close(&group, whorl_node_run(self->here));
}

static whorl_context_t context_in(uint32_t domain)
{
  whorl_context_t context;
  const whorl_context_options_t options = {.domain_id_given = true, .domain_id = domain, .bare_nodes = true};
  assert_int_equal(whorl_context_create(0, NULL, &options, &context), WHORL_OK);
  return context;
}

static void listen_to(uint32_t domain)
{
  meeting_t self = {0};
  whorl_node_t there;
  whorl_loop_t loop;
  whorl_context_t near = context_in(domain_here()), far = context_in(domain);
  assert_int_equal(whorl_node_create(near, "here", NULL, &self.here), WHORL_OK);
  assert_int_equal(whorl_node_create(far, "there", NULL, &there), WHORL_OK);
  assert_int_equal(whorl_publisher_create(there, INT32, "numbers", NULL, &self.publisher), WHORL_OK);
  assert_int_equal(whorl_subscription_create(self.here, INT32, "numbers", add, &self,
                                             &(whorl_subscription_options_t){.filter = "data = 2 OR data > 3"}, &self.subscription),
                   WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &loop), WHORL_OK);
  assert_int_equal(whorl_loop_run(loop, run, &self), WHORL_OK);
  assert_int_equal(self.sum, 6);
  assert_int_equal(whorl_loop_destroy(loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(far, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(near, WHORL_OK), WHORL_OK);
}

static void ASK_16_in_the_process(void **state)
{
  (void)state;
  listen_to(domain_here());
}

static void ASK_16_across_the_wire(void **state)
{
  (void)state;
  listen_to(domain_there());
}

int main(void)
{
  join_domains_on_the_wire();
  const struct CMUnitTest tests[] = {cmocka_unit_test(ASK_16_in_the_process), cmocka_unit_test(ASK_16_across_the_wire)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
