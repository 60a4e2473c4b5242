// strict_qos over Cyclone DDS on the loopback interface: two contexts, of one process and domain, and of two domains that meet on the wire only.
#include <example_interfaces/srv/add_two_ints.h>

#include "node/fixture.h"
#include "node/two_domains_testing.h"

static const whorl_qos_t retained = {.durability = WHORL_DURABILITY_TRANSIENT_LOCAL};

typedef struct meeting {
  whorl_context_t here, there;
  whorl_node_t strict, other;
  whorl_publisher_t publisher;
  whorl_loop_t loop;
} meeting_t;

static void meet(meeting_t *self, uint32_t domain)
{
  const whorl_context_options_t here = {.strict_qos = true}, there = {.domain_id_given = true, .domain_id = domain, .bare_nodes = true};
  assert_int_equal(whorl_context_create(0, NULL, &here, &self->here), WHORL_OK);
  assert_int_equal(whorl_context_create(0, NULL, &there, &self->there), WHORL_OK);
  assert_int_equal(whorl_node_create(self->here, "strict", NULL, &self->strict), WHORL_OK); // with all that a ROS 2 node has
  assert_int_equal(whorl_node_create(self->there, "other", NULL, &self->other), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &self->loop), WHORL_OK);
}

static void part(meeting_t *self)
{
  assert_int_equal(whorl_loop_destroy(self->loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(self->there, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(self->here, WHORL_OK), WHORL_OK);
}

static int subscribe(whorl_node_t node)
{
  const whorl_subscription_options_t options = {.qos = &retained, .by_hand = true};
  return whorl_subscription_create(node, INT32, "numbers", NULL, NULL, &options, NULL);
}

static int wait_for(meeting_t *self, const char *name, int (*count)(whorl_node_t node, const char *name, size_t *ret_count))
{
  for (;;) {
    uint64_t version;
    size_t found;
    WHORL_TRY(whorl_node_read_graph_version(self->strict, &version));
    WHORL_TRY(count(self->strict, name, &found));
    if (found > 0) return whorl_node_wait_for_node(self->strict, "/other");
    WHORL_TRY(whorl_node_wait_for_graph_change(self->strict, version));
  }
}

static int wait_for_other(void *arg) { return wait_for(arg, "numbers", whorl_node_count_subscribers); }

static void check_what_is_there(uint32_t domain)
{
  meeting_t self;
  meet(&self, domain);
  assert_int_equal(subscribe(self.other), WHORL_OK);
  assert_int_equal(whorl_loop_run(self.loop, wait_for_other, &self), WHORL_OK);
  assert_int_equal(whorl_publisher_create(self.strict, INT32, "numbers", NULL, &self.publisher), WHORL_INCOMPATIBLE_QOS);
  assert_string_equal(whorl_detail(),
                      "a subscription of node '/other' on topic '/numbers' requests incompatible QoS, no messages go to it: "
                      "DURABILITY_QOS_POLICY offered volatile, requested transient local");
  part(&self);
}

static void ASK_15_what_is_there_in_the_process(void **state)
{
  (void)state;
  check_what_is_there(domain_here());
}

static void ASK_15_what_is_there_across_the_wire(void **state)
{
  (void)state;
  check_what_is_there(domain_there());
}

#define ADD WHORL_SERVICE(example_interfaces, srv, AddTwoInts)

static int connect_loosely(whorl_node_t node)
{
  const whorl_qos_t loose = {.depth = 10, .reliability = WHORL_RELIABILITY_BEST_EFFORT};
  whorl_client_t client;
  return whorl_client_create(node, ADD, "add", &(whorl_client_options_t){.qos = &loose}, &client);
}

static int answer_nothing(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)arg;
  return whorl_service_call_drop(call);
}

static int run_with(meeting_t *self, int (*come)(whorl_node_t node))
{
  WHORL_TRY(whorl_node_open(self->strict));
  int status = come(self->other);
  if (status == WHORL_OK) status = whorl_node_wait_for_node(self->strict, "/nobody"); // until the node ends
  return whorl_node_close(self->strict, status);
}

static int run(void *arg) { return run_with(arg, subscribe); }

static void check_what_comes_later(uint32_t domain)
{
  meeting_t self;
  meet(&self, domain);
  assert_int_equal(whorl_publisher_create(self.strict, INT32, "numbers", NULL, &self.publisher), WHORL_OK);
  assert_int_equal(whorl_loop_run(self.loop, run, &self), WHORL_INCOMPATIBLE_QOS);
  assert_non_null(strstr(whorl_detail(), "DURABILITY_QOS_POLICY offered volatile, requested transient local"));
  part(&self);
}

static void ASK_15_what_comes_later_in_the_process(void **state)
{
  (void)state;
  check_what_comes_later(domain_here());
}

static void ASK_15_what_comes_later_across_the_wire(void **state)
{
  (void)state;
  check_what_comes_later(domain_there());
}

static int run_with_client(void *arg) { return run_with(arg, connect_loosely); }

static void ASK_15_a_client_that_comes_later_across_the_wire(void **state)
{
  (void)state;
  meeting_t self;
  meet(&self, domain_there());
  assert_int_equal(whorl_service_create(self.strict, ADD, "add", answer_nothing, NULL, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_loop_run(self.loop, run_with_client, &self), WHORL_INCOMPATIBLE_QOS);
  assert_non_null(strstr(whorl_detail(), "on service '/add' offers incompatible QoS, no requests come from it: "
                                         "RELIABILITY_QOS_POLICY offered best effort, requested reliable"));
  part(&self);
}

static int wait_for_client(void *arg) { return wait_for(arg, "add", whorl_node_count_clients); }

static void ASK_15_a_client_that_is_there_across_the_wire(void **state)
{
  (void)state;
  meeting_t self;
  meet(&self, domain_there());
  assert_int_equal(connect_loosely(self.other), WHORL_OK);
  assert_int_equal(whorl_loop_run(self.loop, wait_for_client, &self), WHORL_OK);
  assert_int_equal(whorl_service_create(self.strict, ADD, "add", answer_nothing, NULL, NULL, NULL), WHORL_INCOMPATIBLE_QOS);
  assert_string_equal(whorl_detail(), "a client of node '/other' on service '/add' offers incompatible QoS, no requests come from it: "
                                      "RELIABILITY_QOS_POLICY offered best effort, requested reliable");
  part(&self);
}

int main(void)
{
  join_domains_on_the_wire();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ASK_15_what_is_there_in_the_process),           cmocka_unit_test(ASK_15_what_is_there_across_the_wire),
      cmocka_unit_test(ASK_15_what_comes_later_in_the_process),        cmocka_unit_test(ASK_15_what_comes_later_across_the_wire),
      cmocka_unit_test(ASK_15_a_client_that_is_there_across_the_wire), cmocka_unit_test(ASK_15_a_client_that_comes_later_across_the_wire),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
