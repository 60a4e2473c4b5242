// The command line of a program, at its context.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <whorl/log.h>
#include <whorl/whorl.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

static void the_command_line_names_the_nodes_and_leaves_the_rest_to_the_program(void **state)
{
  (void)state;
  char *argv[] = {"program",     "--verbose", "--ros-args", "-r", "__ns:=/house", "-r",
                  "a:__node:=b", "--enclave", "/safe",      "--", "file",         NULL};
  int argc = COUNT(argv) - 1;
  whorl_context_t context;
  whorl_node_t node;
  assert_int_equal(whorl_context_create(argc, argv, NULL, &context), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "a", NULL, &node), WHORL_OK);
  assert_string_equal(whorl_node_fully_qualified_name(node), "/house/b");
  assert_int_equal(whorl_remove_ros_arguments(argc, argv, &argc), WHORL_OK);
  assert_int_equal(argc, 3);
  assert_string_equal(argv[1], "--verbose");
  assert_string_equal(argv[2], "file");
  assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
}

static void the_command_line_says_the_levels_of_the_log(void **state)
{
  (void)state;
  char *argv[] = {"program", "--ros-args", "--log-level", "warn", "--log-level", "house.b:=debug"};
  whorl_context_t context;
  assert_int_equal(whorl_context_create(COUNT(argv), argv, NULL, &context), WHORL_OK);
  assert_int_equal(whorl_log_effective_level("anything"), WHORL_SEVERITY_WARN);
  assert_int_equal(whorl_log_effective_level("house.b.child"), WHORL_SEVERITY_DEBUG);
  assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_log_set_level("", WHORL_SEVERITY_UNSET), WHORL_OK);
  assert_int_equal(whorl_log_set_level("house.b", WHORL_SEVERITY_UNSET), WHORL_OK);
}

static void a_malformed_command_line_makes_no_context(void **state)
{
  (void)state;
  char *argv[] = {"program", "--ros-args", "--log-level", "debug", "-r", "a:=b c"};
  whorl_context_t context = {1};
  assert_int_equal(whorl_context_create(COUNT(argv), argv, NULL, &context), WHORL_INVALID_NAME);
  assert_string_equal(whorl_detail(), "argument 5 'a:=b c' is no remap rule: topic name 'b c' is invalid at 1: space");
  assert_int_equal(context.id, 1);
  assert_int_equal(whorl_log_level(""), WHORL_SEVERITY_INFO);
}

static void removing_arguments_wants_a_line_and_a_place_for_the_count(void **state)
{
  (void)state;
  int argc = 9;
  assert_int_equal(whorl_remove_ros_arguments(1, NULL, &argc), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_remove_ros_arguments(-1, NULL, &argc), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_remove_ros_arguments(0, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(argc, 9);
  assert_int_equal(whorl_remove_ros_arguments(0, NULL, &argc), WHORL_OK);
  assert_int_equal(argc, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_command_line_names_the_nodes_and_leaves_the_rest_to_the_program),
      cmocka_unit_test(the_command_line_says_the_levels_of_the_log),
      cmocka_unit_test(a_malformed_command_line_makes_no_context),
      cmocka_unit_test(removing_arguments_wants_a_line_and_a_place_for_the_count),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
