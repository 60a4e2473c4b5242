// For tests of nodes: a simulated world with one context and one node in it, and a body that runs as a task while the node is open.
#ifndef WHORL_NODE_FIXTURE_H
#define WHORL_NODE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <std_msgs/msg/int32.h>
#include <std_msgs/msg/string.h>
#include <whorl/whorl.h>

typedef struct fixture {
  whorl_simulation_t world;
  whorl_context_t context;
  whorl_node_t node;
  int (*body)(struct fixture *fixture);
  whorl_event_t event; // for the test's own use
  whorl_publisher_t publisher;
  whorl_subscription_t subscription;
  whorl_timer_t timer;
  int calls;      // callbacks counted by the test
  int values[64]; // what they saw
  whorl_message_info_t info;
  whorl_timer_info_t timer_info;
} fixture_t;

#define INT32 WHORL_MESSAGE(std_msgs, msg, Int32)

static inline int fixture_setup(void **state)
{
  static fixture_t fixture;
  memset(&fixture, 0, sizeof fixture);
  assert_int_equal(whorl_simulation_create(1, &fixture.world), WHORL_OK);
  fixture.context = whorl_simulation_context(fixture.world);
  assert_int_equal(whorl_node_create(fixture.context, "tested", NULL, &fixture.node), WHORL_OK);
  assert_int_equal(whorl_event_create(NULL, &fixture.event), WHORL_OK);
  *state = &fixture;
  return 0;
}

static inline int fixture_teardown(void **state)
{
  fixture_t *fixture = *state;
  whorl_event_destroy(fixture->event);
  return whorl_simulation_destroy(fixture->world);
}

static inline int fixture_run_open(void *arg)
{
  fixture_t *fixture = arg;
  WHORL_TRY(whorl_node_open(fixture->node));
  int status = fixture->body(fixture);
  return whorl_node_close(fixture->node, status);
}

// open, body, close, as one task; the close's result.
static inline int fixture_with_open_node(fixture_t *fixture, int (*body)(fixture_t *fixture))
{
  fixture->body = body;
  return whorl_simulation_run(fixture->world, fixture_run_open, fixture);
}

static inline int fixture_run_node(void *arg) { return whorl_node_run(((fixture_t *)arg)->node); }

static inline int fixture_publish(fixture_t *fixture, int value)
{
  std_msgs__msg__Int32 message = {.data = value};
  return whorl_publish(fixture->publisher, &message);
}

static inline void fixture_create_publisher(fixture_t *fixture, const char *topic)
{
  assert_int_equal(whorl_publisher_create(fixture->node, INT32, topic, NULL, &fixture->publisher), WHORL_OK);
}

// A second node, in the same context.
static inline whorl_node_t fixture_make_node(fixture_t *fixture, const char *name)
{
  whorl_node_t node;
  assert_int_equal(whorl_node_create(fixture->context, name, NULL, &node), WHORL_OK);
  return node;
}

// A timer of the node with a period of a millisecond.
static inline void fixture_call_soon(whorl_node_t node, whorl_timer_callback_t callback, void *arg)
{
  assert_int_equal(whorl_timer_create(node, WHORL_MILLISECONDS(1), callback, arg, NULL, NULL), WHORL_OK);
}

static inline void fixture_expect_qos(const whorl_qos_t *qos, const whorl_qos_t *expected)
{
  assert_int_equal(qos->history, expected->history);
  assert_int_equal(qos->depth, expected->depth);
  assert_int_equal(qos->reliability, expected->reliability);
  assert_int_equal(qos->durability, expected->durability);
  assert_int_equal(qos->deadline_ns, expected->deadline_ns);
  assert_int_equal(qos->lifespan_ns, expected->lifespan_ns);
  assert_int_equal(qos->liveliness, expected->liveliness);
  assert_int_equal(qos->liveliness_lease_ns, expected->liveliness_lease_ns);
}

#define NODE_TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

#endif
