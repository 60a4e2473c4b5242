#define _GNU_SOURCE // memmem
// Listings of the graph over Cyclone DDS on the loopback interface: two contexts, of one process and domain, and of two domains that meet on the wire only.
#include <stdio.h>

#include <example_interfaces/action/fibonacci.h>
#include <example_interfaces/srv/add_two_ints.h>
#include <rmw_dds_common/msg/participant_entities_info.h>

#include "node/fixture.h"
#include "node/two_domains_testing.h"

#define FEEDBACK WHORL_MESSAGE(example_interfaces, action, Fibonacci_FeedbackMessage)
#define ADD WHORL_SERVICE(example_interfaces, srv, AddTwoInts)

static const whorl_qos_t every_policy = {.history = WHORL_HISTORY_KEEP_LAST,
                                         .depth = 7,
                                         .reliability = WHORL_RELIABILITY_RELIABLE,
                                         .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
                                         .deadline_ns = WHORL_SECONDS(1),
                                         .lifespan_ns = WHORL_SECONDS(2),
                                         .liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC,
                                         .liveliness_lease_ns = WHORL_SECONDS(3)};

typedef struct meeting {
  whorl_context_t here, there;
  whorl_node_t node, driver;
  whorl_loop_t loop;
  char names[1024]; // as the last visit found them
  whorl_endpoint_info_t endpoint;
  char type[64], hash[80], node_name[64];
  size_t endpoints;
} meeting_t;

static whorl_context_t context_with(uint32_t domain, uint32_t gid_size)
{
  whorl_context_t context;
  const whorl_context_options_t options = {.domain_id_given = true, .domain_id = domain, .bare_nodes = true, .gid_size = gid_size};
  int status = whorl_context_create(0, NULL, &options, &context);
  if (status < 0) fail_msg("context: %s: %s", whorl_status_name(status), whorl_detail());
  return context;
}

static whorl_context_t context_in(uint32_t domain) { return context_with(domain, 0); }

static int answer(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call, (void)arg;
  return WHORL_OK;
}

static void create_driver(meeting_t *self)
{
  const whorl_node_options_t options = {.node_namespace = "/far"};
  const whorl_subscription_options_t by_hand = {.by_hand = true};
  whorl_publisher_t publisher;
  whorl_client_t client;
  assert_int_equal(whorl_node_create(self->there, "driver", &options, &self->driver), WHORL_OK);
  assert_int_equal(whorl_publisher_create(self->driver, INT32, "numbers", &(whorl_publisher_options_t){.qos = &every_policy}, &publisher),
                   WHORL_OK);
  assert_int_equal(whorl_publisher_create(self->driver, FEEDBACK, "/grow/_action/feedback", NULL, &publisher), WHORL_OK);
  assert_int_equal(whorl_subscription_create(self->driver, INT32, "orders", NULL, NULL, &by_hand, NULL), WHORL_OK);
  assert_int_equal(whorl_client_create(self->driver, ADD, "sum", NULL, &client), WHORL_OK);
  assert_int_equal(whorl_service_create(self->driver, ADD, "add", answer, NULL, NULL, NULL), WHORL_OK); // the last one
}

static void add_name(const char *name, const char *const *types, size_t type_count, void *arg)
{
  meeting_t *self = arg;
  size_t length = strlen(self->names);
  snprintf(self->names + length, sizeof self->names - length, "%s=%s%s ", name, types[0], type_count > 1 ? ",..." : "");
}

typedef int (*of_node_t)(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit, void *arg);

static void expect_of(meeting_t *self, of_node_t visit, const char *expected)
{
  self->names[0] = '\0';
  assert_int_equal(visit(self->node, "/far/driver", NULL, add_name, self), WHORL_OK);
  assert_string_equal(self->names, expected);
}

static void note(const whorl_endpoint_info_t *endpoint, void *arg)
{
  meeting_t *self = arg;
  self->endpoints++;
  self->endpoint = *endpoint;
  snprintf(self->type, sizeof self->type, "%s", endpoint->type);
  snprintf(self->hash, sizeof self->hash, "%s", endpoint->type_hash);
  snprintf(self->node_name, sizeof self->node_name, "%s%s", endpoint->node_namespace, endpoint->node_name);
}

// Its services come last: when they are known with their node, all is.
static int wait_for_services(void *arg)
{
  meeting_t *self = arg;
  for (self->names[0] = '\0'; self->names[0] == '\0';) {
    uint64_t version;
    WHORL_TRY(whorl_node_read_graph_version(self->node, &version));
    int status = whorl_node_visit_services_of(self->node, "/far/driver", NULL, add_name, self);
    if (status != WHORL_NOT_FOUND) WHORL_TRY(status);
    if (self->names[0] == '\0') WHORL_TRY(whorl_node_wait_for_graph_change(self->node, version));
  }
  return WHORL_OK;
}

static void expect_endpoint(meeting_t *self)
{
  assert_int_equal(whorl_node_visit_publishers(self->node, "/far/numbers", NULL, note, self), WHORL_OK);
  assert_int_equal(self->endpoints, 1);
  assert_string_equal(self->node_name, "/fardriver");
  assert_string_equal(self->type, "std_msgs/msg/Int32");
  assert_string_equal(self->hash, "RIHS01_b6578ded3c58c626cfe8d1a6fb6e04f706f97e9f03d2727c9ff4e74b1cef0deb");
  fixture_expect_qos(&self->endpoint.qos, &every_policy);
}

static void check_listings(uint32_t domain, uint32_t gid_size)
{
  meeting_t self = {.here = context_with(domain_here(), 16), .there = context_with(domain, gid_size)};
  assert_int_equal(whorl_node_create(self.here, "here", NULL, &self.node), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &self.loop), WHORL_OK);
  create_driver(&self);
  assert_int_equal(whorl_loop_run(self.loop, wait_for_services, &self), WHORL_OK);
  expect_of(&self, whorl_node_visit_publishers_of,
            "/far/numbers=std_msgs/msg/Int32 /grow/_action/feedback=example_interfaces/action/Fibonacci_FeedbackMessage ");
  expect_of(&self, whorl_node_visit_subscriptions_of, "/far/orders=std_msgs/msg/Int32 ");
  expect_of(&self, whorl_node_visit_services_of, "/far/add=example_interfaces/srv/AddTwoInts ");
  expect_of(&self, whorl_node_visit_clients_of, "/far/sum=example_interfaces/srv/AddTwoInts ");
  expect_of(&self, whorl_node_visit_action_servers_of, "/grow=example_interfaces/action/Fibonacci ");
  expect_endpoint(&self);
  assert_int_equal(whorl_loop_destroy(self.loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(self.there, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(self.here, WHORL_OK), WHORL_OK);
}

static void ANODE_14_a_node_of_another_context_is_listed(void **state)
{
  (void)state;
  check_listings(domain_here(), 16);
}

static void ANODE_14_and_across_the_wire(void **state)
{
  (void)state;
  check_listings(domain_there(), 16);
}

static int note_driver(const void *bytes, size_t size, const whorl_message_info_t *info, void *arg)
{
  meeting_t *self = arg;
  (void)info;
  if (memmem(bytes, size, "driver", sizeof "driver") == NULL) return WHORL_OK; // our own
  self->endpoints = size;
  return whorl_node_destroy(self->node);
}

static int run_node(void *arg) { return whorl_node_run(((meeting_t *)arg)->node); }

// How many bytes tell of one node without endpoints.
static size_t size_of_state(uint32_t gid_size)
{
  meeting_t self = {.here = context_in(domain_here()), .there = context_with(domain_there(), gid_size)};
  const whorl_qos_t qos = {.durability = WHORL_DURABILITY_TRANSIENT_LOCAL, .avoid_ros_namespace_conventions = true};
  const whorl_subscription_options_t options = {.qos = &qos};
  assert_int_equal(whorl_node_create(self.here, "here", NULL, &self.node), WHORL_OK);
  assert_int_equal(whorl_node_create(self.there, "driver", NULL, &self.driver), WHORL_OK);
  assert_int_equal(whorl_subscription_create_serialized(self.node, WHORL_MESSAGE(rmw_dds_common, msg, ParticipantEntitiesInfo),
                                                        "ros_discovery_info", note_driver, &self, &options, NULL),
                   WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &self.loop), WHORL_OK);
  assert_int_equal(whorl_loop_run(self.loop, run_node, &self), WHORL_OK);
  assert_int_equal(whorl_loop_destroy(self.loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(self.there, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(self.here, WHORL_OK), WHORL_OK);
  return self.endpoints;
}

static void one_that_speaks_as_ros_2_humble_does_is_listed(void **state)
{
  (void)state;
  assert_int_equal(size_of_state(16), 52);
  assert_int_equal(size_of_state(24), 60); // its own GID is longer (humble_state_test has the bytes)
  check_listings(domain_there(), 24);
}

static void the_environment_has_a_say_too(void **state)
{
  (void)state;
  whorl_context_t context;
  setenv("WHORL_GID_SIZE", "24", 1);
  check_listings(domain_there(), 0);
  setenv("WHORL_GID_SIZE", "25", 1);
  assert_int_equal(whorl_context_create(0, NULL, NULL, &context), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "WHORL_GID_SIZE '25' is neither 16 nor 24");
  check_listings(domain_there(), 24); // the option comes before it
  unsetenv("WHORL_GID_SIZE");
  assert_int_equal(whorl_context_create(0, NULL, &(whorl_context_options_t){.gid_size = 17}, &context), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "whorl_context_create: a gid_size of 17 is neither 16 nor 24");
}

static void ANODE_11_13_14_own_entities_are_listed_at_once(void **state)
{
  (void)state;
  meeting_t self = {.there = context_in(domain_here())};
  create_driver(&self);
  self.node = self.driver;
  expect_of(&self, whorl_node_visit_services_of, "/far/add=example_interfaces/srv/AddTwoInts ");
  expect_of(&self, whorl_node_visit_clients_of, "/far/sum=example_interfaces/srv/AddTwoInts ");
  expect_of(&self, whorl_node_visit_subscriptions_of, "/far/orders=std_msgs/msg/Int32 ");
  expect_endpoint(&self);
  assert_int_equal(whorl_context_destroy(self.there, WHORL_OK), WHORL_OK);
}

static void note_misfit(const whorl_misfit_t *misfit, void *arg)
{
  meeting_t *self = arg;
  self->endpoints++;
  snprintf(self->names, sizeof self->names, "%s", misfit->text);
}

static int wait_for_misfit(void *arg)
{
  meeting_t *self = arg;
  for (;;) {
    uint64_t version;
    WHORL_TRY(whorl_node_read_graph_version(self->node, &version));
    WHORL_TRY(whorl_node_visit_misfits(self->node, NULL, note_misfit, self));
    if (strstr(self->names, "'/driver'") != NULL) return WHORL_OK; // it may be known a little before its node
    WHORL_TRY(whorl_node_wait_for_graph_change(self->node, version));
  }
}

static void PAIN_54_a_pair_that_does_not_fit_is_listed_on_both_sides_of_the_wire(void **state)
{
  (void)state;
  meeting_t self = {.here = context_in(domain_here()), .there = context_in(domain_there())};
  whorl_publisher_t publisher;
  whorl_node_t driver;
  const whorl_publisher_options_t weak = {.qos = &WHORL_QOS_SENSOR_DATA};
  assert_int_equal(whorl_node_create(self.here, "here", NULL, &self.node), WHORL_OK);
  assert_int_equal(whorl_node_create(self.there, "driver", NULL, &driver), WHORL_OK);
  assert_int_equal(whorl_publisher_create(driver, INT32, "numbers", &weak, &publisher), WHORL_OK);
  assert_int_equal(
      whorl_subscription_create(self.node, INT32, "numbers", NULL, NULL, &(whorl_subscription_options_t){.by_hand = true}, NULL), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &self.loop), WHORL_OK);
  assert_int_equal(whorl_loop_run(self.loop, wait_for_misfit, &self), WHORL_OK);
  assert_string_equal(self.names, "a publisher of node '/driver' and a subscription of node '/here' on topic '/numbers' do not fit: "
                                  "RELIABILITY_QOS_POLICY offered best effort, requested reliable");
  assert_int_equal(whorl_loop_destroy(self.loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(self.there, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(self.here, WHORL_OK), WHORL_OK);
}

int main(void)
{
  join_domains_on_the_wire();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ANODE_14_a_node_of_another_context_is_listed),
      cmocka_unit_test(ANODE_14_and_across_the_wire),
      cmocka_unit_test(one_that_speaks_as_ros_2_humble_does_is_listed),
      cmocka_unit_test(the_environment_has_a_say_too),
      cmocka_unit_test(PAIN_54_a_pair_that_does_not_fit_is_listed_on_both_sides_of_the_wire),
      cmocka_unit_test(ANODE_11_13_14_own_entities_are_listed_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
