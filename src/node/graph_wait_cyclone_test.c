// The graph and waits for it over Cyclone DDS on the loopback interface: two contexts, of one process and domain, and of two domains that meet on the wire only.
#include <pthread.h>

#include "node/fixture.h"
#include "node/two_domains_testing.h"

typedef struct meeting {
  whorl_context_t here, there;
  whorl_node_t node, driver;
  whorl_loop_t loop;
  whorl_publisher_t publisher;
  std_msgs__msg__Int32 message;
  int seen;
} meeting_t;

static whorl_context_t context_in(uint32_t domain)
{
  whorl_context_t context;
  int status = whorl_context_create(0, NULL, &(whorl_context_options_t){.domain_id_given = true, .domain_id = domain}, &context);
  if (status < 0) fail_msg("context: %s: %s", whorl_status_name(status), whorl_detail());
  return context;
}

static void look_for_driver(const char *name, const char *node_namespace, void *arg)
{
  ((meeting_t *)arg)->seen += strcmp(name, "driver") == 0 && strcmp(node_namespace, "/far") == 0;
}

static int drivers(meeting_t *self)
{
  self->seen = 0;
  assert_int_equal(whorl_node_visit_nodes(self->node, look_for_driver, self), WHORL_OK);
  return self->seen;
}

static int wait_for_message(void *arg)
{
  meeting_t *self = arg;
  return whorl_node_wait_for_message(self->node, INT32, "/numbers", NULL, &self->message);
}

// The other side may know the subscription of this one before this one knows its publisher.
static int wait_for_the_publisher(meeting_t *self)
{
  for (;;) {
    uint64_t version;
    size_t publishers;
    WHORL_TRY(whorl_node_read_graph_version(self->node, &version));
    WHORL_TRY(whorl_node_count_publishers(self->node, "/numbers", &publishers));
    assert_in_range(publishers, 0, 1);
    if (publishers == 1) return WHORL_OK;
    WHORL_TRY(whorl_node_wait_for_graph_change(self->node, version));
  }
}

// Each thing is waited for, so nothing is lost and nothing sleeps.
static int meet(void *arg)
{
  meeting_t *self = arg;
  std_msgs__msg__Int32 message = {.data = 42};
  whorl_task_group_t group;
  WHORL_TRY(whorl_node_wait_for_node(self->node, "/far/driver"));
  assert_int_equal(drivers(self), 1);
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, wait_for_message, self);
  int status = whorl_publisher_wait_for_subscribers(self->publisher, 1);
  if (status == WHORL_OK) status = wait_for_the_publisher(self);
  if (status == WHORL_OK) status = whorl_publish(self->publisher, &message);
  status = whorl_task_group_close(&group, status);
  assert_int_equal(self->message.data, 42);
  return status;
}

static void create_driver(meeting_t *self)
{
  const whorl_node_options_t options = {.node_namespace = "/far"};
  assert_int_equal(whorl_node_create(self->there, "driver", &options, &self->driver), WHORL_OK);
  assert_int_equal(whorl_publisher_create(self->driver, INT32, "/numbers", NULL, &self->publisher), WHORL_OK);
}

static void *come_later(void *arg) // the loop waits already, or will find it
{
  create_driver(arg);
  return NULL;
}

// A node named after its driver's end: when it is seen, the end of the other one, which was told before, is too.
static int wait_for_the_end(void *arg)
{
  meeting_t *self = arg;
  WHORL_TRY(whorl_node_wait_for_node(self->node, "/after"));
  assert_int_equal(drivers(self), 0);
  return WHORL_OK;
}

static void check_meeting(uint32_t domain)
{
  meeting_t self = {.here = context_in(domain_here()), .there = context_in(domain)};
  whorl_node_t after;
  assert_int_equal(whorl_node_create(self.here, "here", NULL, &self.node), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &self.loop), WHORL_OK);
  create_driver(&self);
  assert_int_equal(whorl_loop_run(self.loop, meet, &self), WHORL_OK);
  assert_int_equal(whorl_node_destroy(self.driver), WHORL_OK);
  assert_int_equal(whorl_node_create(self.there, "after", NULL, &after), WHORL_OK);
  assert_int_equal(whorl_loop_run(self.loop, wait_for_the_end, &self), WHORL_OK);
  assert_int_equal(whorl_loop_destroy(self.loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(self.there, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(self.here, WHORL_OK), WHORL_OK);
}

static void ANODE_15_nodes_and_messages_of_another_context_are_waited_for(void **state)
{
  (void)state;
  check_meeting(domain_here());
}

static void ANODE_15_and_across_the_wire(void **state)
{
  (void)state;
  check_meeting(domain_there());
}

static int wait_for_driver(void *arg) { return whorl_node_wait_for_node(((meeting_t *)arg)->node, "/far/driver"); }

static void a_node_that_comes_later_wakes_the_loop(void **state)
{
  (void)state;
  meeting_t self = {.here = context_in(domain_here()), .there = context_in(domain_there())};
  pthread_t thread;
  assert_int_equal(whorl_node_create(self.here, "here", NULL, &self.node), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &self.loop), WHORL_OK);
  pthread_create(&thread, NULL, come_later, &self);
  assert_int_equal(whorl_loop_run(self.loop, wait_for_driver, &self), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(whorl_loop_destroy(self.loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(self.there, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(self.here, WHORL_OK), WHORL_OK);
}

int main(void)
{
  join_domains_on_the_wire();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ANODE_15_nodes_and_messages_of_another_context_are_waited_for),
      cmocka_unit_test(ANODE_15_and_across_the_wire),
      cmocka_unit_test(a_node_that_comes_later_wakes_the_loop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
