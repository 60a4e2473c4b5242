// For tests of parameters: what one says of them, in a world with one node.
#ifndef WHORL_PARAMETER_PARAMETER_FIXTURE_H
#define WHORL_PARAMETER_PARAMETER_FIXTURE_H

#include "node/fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static inline whorl_node_t node_of(void **state) { return ((fixture_t *)*state)->node; }

static inline void declare(whorl_node_t node, const char *name, whorl_parameter_value_t value, const whorl_parameter_options_t *options)
{
  if (whorl_parameter_declare(node, name, value, options, NULL) < 0) fail_msg("%s: %s", name, whorl_detail());
}

static inline void should_be(whorl_node_t node, const char *name, whorl_parameter_value_t expected)
{
  whorl_parameter_value_t value;
  if (whorl_parameter_get(node, name, &value) < 0) fail_msg("%s: %s", name, whorl_detail());
  if (!whorl_parameter_value_equal(&value, &expected)) fail_msg("%s has another value", name);
  whorl_parameter_value_fini(&value);
}

static inline void should_fail(int status, int expected, const char *detail)
{
  assert_string_equal(whorl_status_name(status), whorl_status_name(expected));
  assert_string_equal(whorl_detail(), detail);
}

#define ARGUMENTS(...)                                      \
  .arguments = (const char *[]){"--ros-args", __VA_ARGS__}, \
  .argument_count = sizeof((const char *[]){"--ros-args", __VA_ARGS__}) / sizeof(char *)

static inline whorl_node_t make_node(void **state, const whorl_node_options_t *options)
{
  fixture_t *fixture = *state;
  whorl_node_t node = {0};
  if (whorl_node_create(fixture->context, "other", options, &node) < 0) fail_msg("%s", whorl_detail());
  return node;
}

#endif
