// What a fresh node looks like from outside: endpoint by endpoint as a recorded rclpy node, in topics, types, hashes, QoS and order.
#include <stdio.h>
#include <stdlib.h>

#include "node/context.h"
#include "node/fixture.h"
#include "standard/captured_node_testing.h"

enum { MOST = 64, COUNT = sizeof captured_endpoints / sizeof captured_endpoints[0] };

typedef struct seen {
  bool is_writer;
  uint8_t gid[16];
  char topic[128], type[128], user_data[256];
  whorl_qos_t qos;
} seen_t;

static struct {
  uint8_t participant[16];
  seen_t endpoints[MOST];
  size_t count;
} seen;

static void note(void *arg, const whorl__remote_endpoint_t *endpoint)
{
  (void)arg;
  if (memcmp(endpoint->participant_gid, seen.participant, 16) != 0) return;
  if (strncmp(endpoint->dds_topic, "DCPS", 4) == 0) return; // Cyclone's own: they do not leave the process
  assert_true(seen.count < MOST);
  seen_t *own = &seen.endpoints[seen.count++];
  own->is_writer = endpoint->is_writer;
  memcpy(own->gid, endpoint->gid, sizeof own->gid);
  snprintf(own->topic, sizeof own->topic, "%s", endpoint->dds_topic);
  snprintf(own->type, sizeof own->type, "%s", endpoint->dds_type);
  snprintf(own->user_data, sizeof own->user_data, "%s", endpoint->user_data);
  own->qos = endpoint->qos;
}

static int compare_gids(const void *left, const void *right)
{
  return memcmp(((const seen_t *)left)->gid + 12, ((const seen_t *)right)->gid + 12, 3); // the last byte is the kind
}

static void look(whorl_context_t handle)
{
  whorl__context_t *context;
  seen.count = 0;
  assert_int_equal(whorl__context_pin(handle, &context), WHORL_OK);
  memcpy(seen.participant, context->participant->gid, sizeof seen.participant);
  assert_int_equal(context->participant->ops->discovery_visit(context->participant, note, NULL), WHORL_OK);
  whorl__context_unpin(context);
  qsort(seen.endpoints, seen.count, sizeof seen.endpoints[0], compare_gids);
}

static int64_t without_limit(int64_t duration_ns) { return duration_ns == 0 ? WHORL_FOREVER : duration_ns; }

static void expect_qos(const seen_t *own, const captured_endpoint_t *captured)
{
  whorl_qos_t expected = *captured->qos;
  expected.deadline_ns = without_limit(expected.deadline_ns);
  expected.lifespan_ns = own->is_writer ? without_limit(expected.lifespan_ns) : WHORL_FOREVER; // of writers only
  expected.liveliness_lease_ns = without_limit(expected.liveliness_lease_ns);
  fixture_expect_qos(&own->qos, &expected);
}

static void a_fresh_node_has_the_endpoints_of_a_recorded_one(void **state)
{
  whorl_context_t context;
  whorl_node_t node;
  (void)state;
  assert_int_equal(whorl_context_create(0, NULL, NULL, &context), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "listener", NULL, &node), WHORL_OK);
  look(context);
  assert_int_equal(seen.count, COUNT);
  for (size_t i = 0; i < COUNT; i++) {
    const captured_endpoint_t *captured = &captured_endpoints[i];
    const seen_t *own = &seen.endpoints[i];
    char hash[96];
    snprintf(hash, sizeof hash, "typehash=%s;", captured->hash);
    assert_string_equal(own->topic, captured->dds_topic);
    assert_int_equal(own->gid[14], captured->entity);
    assert_int_equal(own->is_writer, captured->is_writer);
    assert_string_equal(own->type, captured->dds_type);
    assert_non_null(strstr(own->user_data, hash));
    expect_qos(own, captured);
  }
  assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
}

static void its_parameters_are_those_of_a_recorded_one(void **state)
{
  whorl_context_t context;
  whorl_node_t node;
  bool value;
  whorl_parameter_descriptor_t descriptor;
  (void)state;
  assert_int_equal(whorl_context_create(0, NULL, NULL, &context), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "listener", NULL, &node), WHORL_OK);
  assert_int_equal(whorl_parameter_get_bool(node, "use_sim_time", &value), WHORL_OK);
  assert_false(value);
  assert_int_equal(whorl_parameter_get_bool(node, "start_type_description_service", &value), WHORL_OK);
  assert_true(value);
  assert_int_equal(whorl_parameter_describe(node, "start_type_description_service", &descriptor), WHORL_OK);
  assert_true(descriptor.read_only);
  whorl_parameter_descriptor_fini(&descriptor);
  assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_fresh_node_has_the_endpoints_of_a_recorded_one),
      cmocka_unit_test(its_parameters_are_those_of_a_recorded_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
