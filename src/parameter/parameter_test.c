// Parameters of a node, by its own user: declaring, setting, looking; and what the command line says.
#include <math.h>

#include "node/context.h"
#include "parameter/parameter_fixture.h"

static const whorl_integer_range_t zero_to_ten = {.from = 0, .to = 10, .step = 5};
static const whorl_parameter_options_t dynamic = {.dynamic_typing = true};

static void every_type_is_declared_set_and_read(void **state)
{
  whorl_node_t node = node_of(state);
  static const uint8_t bytes[] = {1, 255};
  static const bool bools[] = {true, false};
  static const int64_t integers[] = {INT64_MIN, INT64_MAX};
  static const double doubles[] = {-0.5, INFINITY};
  static const char *const texts[] = {"", "two"};
  const whorl_parameter_value_t values[] = {whorl_parameter_bool(true),
                                            whorl_parameter_integer(-7),
                                            whorl_parameter_double(NAN),
                                            whorl_parameter_string("lamp"),
                                            whorl_parameter_bytes(bytes, 2),
                                            whorl_parameter_bools(bools, 2),
                                            whorl_parameter_integers(integers, 2),
                                            whorl_parameter_doubles(doubles, 2),
                                            whorl_parameter_strings(texts, 2)};
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    const char *name = whorl_parameter_type_name(values[i].type);
    whorl_parameter_value_t empty = whorl_parameter_of(values[i].type, 0);
    declare(node, name, empty, NULL);
    should_be(node, name, empty);
    assert_int_equal(whorl_parameter_set(node, name, values[i]), WHORL_OK);
    should_be(node, name, values[i]);
  }
}

static void typed_reads_refuse_another_type(void **state)
{
  whorl_node_t node = node_of(state);
  bool on = false;
  int64_t count = 0;
  double rate = 0;
  declare(node, "on", whorl_parameter_bool(true), NULL);
  declare(node, "count", whorl_parameter_integer(3), NULL);
  declare(node, "rate", whorl_parameter_double(2.5), NULL);
  assert_int_equal(whorl_parameter_get_bool(node, "on", &on), WHORL_OK);
  assert_int_equal(whorl_parameter_get_integer(node, "count", &count), WHORL_OK);
  assert_int_equal(whorl_parameter_get_double(node, "rate", &rate), WHORL_OK);
  assert_true(on && count == 3 && rate == 2.5);
  should_fail(whorl_parameter_get_double(node, "count", &rate), WHORL_WRONG_TYPE, "parameter 'count' is of type integer, not double");
  assert_true(rate == 2.5);
}

static void what_is_not_declared_is_neither_read_nor_set(void **state)
{
  whorl_node_t node = node_of(state);
  whorl_parameter_value_t value;
  should_fail(whorl_parameter_get(node, "nope", &value), WHORL_NOT_FOUND, "node '/tested' has not declared parameter 'nope'");
  should_fail(whorl_parameter_set(node, "nope", whorl_parameter_bool(true)), WHORL_NOT_FOUND,
              "parameter 'nope' cannot be set because it was not declared");
  should_fail(whorl_parameter_undeclare(node, "nope"), WHORL_NOT_FOUND, "node '/tested' has not declared parameter 'nope'");
  assert_false(whorl_parameter_is_declared(node, "nope"));
}

static void a_second_declaration_is_refused(void **state)
{
  whorl_node_t node = node_of(state);
  declare(node, "a", whorl_parameter_bool(true), NULL);
  should_fail(whorl_parameter_declare(node, "a", whorl_parameter_bool(false), NULL, NULL), WHORL_ALREADY_ADDED,
              "node '/tested' has declared parameter 'a' already");
  should_be(node, "a", whorl_parameter_bool(true));
}

static void bad_declarations_say_what_is_wrong(void **state)
{
  whorl_node_t node = node_of(state);
  const whorl_parameter_value_t one = whorl_parameter_integer(1), none = whorl_parameter_of(WHORL_PARAMETER_NOT_SET, 0);
  should_fail(whorl_parameter_declare(node, "", one, NULL, NULL), WHORL_INVALID_ARGUMENT, "a parameter needs a name");
  should_fail(whorl_parameter_declare(node, "a", none, NULL, NULL), WHORL_INVALID_ARGUMENT,
              "parameter 'a' needs a value, a type or dynamic typing");
  should_fail(
      whorl_parameter_declare(node, "a", one, &(whorl_parameter_options_t){.integer_range = &(whorl_integer_range_t){2, 1, 0}}, NULL),
      WHORL_INVALID_ARGUMENT, "parameter 'a': a range from 2 to 1 is empty");
  should_fail(
      whorl_parameter_declare(node, "a", one, &(whorl_parameter_options_t){.double_range = &(whorl_double_range_t){0, 1, -1}}, NULL),
      WHORL_INVALID_ARGUMENT, "parameter 'a': a range from 0 to 1 in steps of -1 is none");
  should_fail(whorl_parameter_declare(node, "a", one, &(whorl_parameter_options_t){.integer_range = &zero_to_ten}, NULL), WHORL_REJECTED,
              "parameter 'a' cannot be 1: its range is 0 to 10 in steps of 5");
  should_fail(whorl_parameter_declare(node, "a", whorl_parameter_of((whorl_parameter_type_t)12, 0), NULL, NULL), WHORL_INVALID_ARGUMENT,
              "12 is no type of a parameter");
  should_fail(whorl_parameter_declare(node, "a", whorl_parameter_bytes(NULL, 2), NULL, NULL), WHORL_INVALID_ARGUMENT,
              "the elements of a byte_array are NULL");
  assert_false(whorl_parameter_is_declared(node, "a"));
}

static void ranges_hold_for_values_and_for_elements(void **state)
{
  whorl_node_t node = node_of(state);
  const int64_t fitting[] = {0, 5, 10}, wrong[] = {5, 6};
  const whorl_parameter_options_t integers = {.integer_range = &zero_to_ten};
  const whorl_parameter_options_t doubles = {.double_range = &(whorl_double_range_t){.from = 0, .to = 1, .step = 0.1}};
  declare(node, "i", whorl_parameter_integer(5), &integers);
  declare(node, "is", whorl_parameter_integers(NULL, 0), &integers);
  declare(node, "d", whorl_parameter_double(0.1 + 0.2), &doubles);
  assert_int_equal(whorl_parameter_set(node, "i", whorl_parameter_integer(10)), WHORL_OK);
  assert_int_equal(whorl_parameter_set(node, "i", whorl_parameter_integer(11)), WHORL_REJECTED);
  assert_int_equal(whorl_parameter_set(node, "i", whorl_parameter_integer(-5)), WHORL_REJECTED);
  assert_int_equal(whorl_parameter_set(node, "is", whorl_parameter_integers(fitting, 3)), WHORL_OK);
  assert_int_equal(whorl_parameter_set(node, "is", whorl_parameter_integers(wrong, 2)), WHORL_REJECTED);
  assert_int_equal(whorl_parameter_set(node, "d", whorl_parameter_double(1)), WHORL_OK);
  should_fail(whorl_parameter_set(node, "d", whorl_parameter_double(0.15)), WHORL_REJECTED,
              "parameter 'd' cannot be 0.15: its range is 0 to 1 in steps of 0.1");
  assert_int_equal(whorl_parameter_set(node, "d", whorl_parameter_double(NAN)), WHORL_REJECTED);
  should_be(node, "i", whorl_parameter_integer(10));
  should_be(node, "d", whorl_parameter_double(1));
}

static void a_range_over_all_integers_does_not_overflow(void **state)
{
  whorl_node_t node = node_of(state);
  const whorl_parameter_options_t options = {.integer_range = &(whorl_integer_range_t){INT64_MIN, INT64_MAX, 2}};
  declare(node, "wide", whorl_parameter_integer(INT64_MIN), &options);
  assert_int_equal(whorl_parameter_set(node, "wide", whorl_parameter_integer(INT64_MAX)), WHORL_OK);
  assert_int_equal(whorl_parameter_set(node, "wide", whorl_parameter_integer(0)), WHORL_OK);
  assert_int_equal(whorl_parameter_set(node, "wide", whorl_parameter_integer(1)), WHORL_REJECTED);
}

static void types_are_fixed_unless_they_are_dynamic(void **state)
{
  whorl_node_t node = node_of(state);
  declare(node, "count", whorl_parameter_integer(1), NULL);
  declare(node, "any", whorl_parameter_integer(1), &dynamic);
  should_fail(whorl_parameter_set(node, "count", whorl_parameter_string("x")), WHORL_WRONG_TYPE,
              "Wrong parameter type, parameter {count} is of type {integer}, setting it to {string} is not allowed.");
  assert_int_equal(whorl_parameter_set(node, "count", whorl_parameter_of(WHORL_PARAMETER_NOT_SET, 0)), WHORL_WRONG_TYPE);
  assert_int_equal(whorl_parameter_set(node, "any", whorl_parameter_string("x")), WHORL_OK);
  should_be(node, "any", whorl_parameter_string("x"));
  assert_int_equal(whorl_parameter_set(node, "any", whorl_parameter_of(WHORL_PARAMETER_NOT_SET, 0)), WHORL_OK);
  assert_false(whorl_parameter_is_declared(node, "any"));
}

static void one_without_a_value_waits_for_it(void **state)
{
  whorl_node_t node = node_of(state);
  whorl_parameter_value_t value;
  const whorl_parameter_options_t options = {.type = WHORL_PARAMETER_DOUBLE};
  declare(node, "later", whorl_parameter_of(WHORL_PARAMETER_NOT_SET, 0), &options);
  should_fail(whorl_parameter_get(node, "later", &value), WHORL_WRONG_STATE, "parameter 'later' of node '/tested' has no value yet");
  assert_int_equal(whorl_parameter_set(node, "later", whorl_parameter_integer(1)), WHORL_WRONG_TYPE);
  assert_int_equal(whorl_parameter_set(node, "later", whorl_parameter_double(1)), WHORL_OK);
  should_be(node, "later", whorl_parameter_double(1));
}

static void read_only_ones_keep_their_value(void **state)
{
  whorl_node_t node = node_of(state);
  const whorl_parameter_options_t options = {.read_only = true};
  declare(node, "fixed", whorl_parameter_integer(1), &options);
  should_fail(whorl_parameter_set(node, "fixed", whorl_parameter_integer(2)), WHORL_REJECTED,
              "parameter 'fixed' cannot be set because it is read-only");
  assert_int_equal(whorl_parameter_undeclare(node, "fixed"), WHORL_REJECTED);
  assert_int_equal(whorl_parameter_undeclare(node, "use_sim_time"), WHORL_REJECTED);
  should_be(node, "fixed", whorl_parameter_integer(1));
}

static void all_or_none_are_set(void **state)
{
  whorl_node_t node = node_of(state);
  declare(node, "a", whorl_parameter_integer(1), NULL);
  declare(node, "b", whorl_parameter_integer(1), NULL);
  const whorl_parameter_t bad[] = {{"a", whorl_parameter_integer(2)}, {"b", whorl_parameter_bool(true)}};
  const whorl_parameter_t good[] = {
      {"a", whorl_parameter_integer(2)}, {"b", whorl_parameter_integer(3)}, {"a", whorl_parameter_integer(4)}};
  assert_int_equal(whorl_parameter_set_atomically(node, bad, 2), WHORL_WRONG_TYPE);
  should_be(node, "a", whorl_parameter_integer(1));
  assert_int_equal(whorl_parameter_set_atomically(node, good, 3), WHORL_OK);
  should_be(node, "a", whorl_parameter_integer(4)); // the last one counts
  should_be(node, "b", whorl_parameter_integer(3));
}

static void a_description_says_all(void **state)
{
  whorl_node_t node = node_of(state);
  whorl_parameter_descriptor_t descriptor;
  const whorl_parameter_options_t options = {
      .description = "how fast", .additional_constraints = "not on Sundays", .integer_range = &zero_to_ten, .dynamic_typing = true};
  declare(node, "speed", whorl_parameter_integer(5), &options);
  assert_int_equal(whorl_parameter_describe(node, "speed", &descriptor), WHORL_OK);
  assert_int_equal(descriptor.type, WHORL_PARAMETER_INTEGER);
  assert_string_equal(descriptor.description, "how fast");
  assert_string_equal(descriptor.additional_constraints, "not on Sundays");
  assert_true(descriptor.dynamic_typing && descriptor.has_integer_range && !descriptor.has_double_range && !descriptor.read_only);
  assert_int_equal(descriptor.integer_range.to, 10);
  whorl_parameter_descriptor_fini(&descriptor);
  assert_int_equal(whorl_parameter_describe(node, "nope", &descriptor), WHORL_NOT_FOUND);
}

// --- listing

static void note_name(const char *name, void *arg)
{
  strcat(arg, name);
  strcat(arg, " ");
}

static void expect_list(whorl_node_t node, const char *const *prefixes, size_t count, uint64_t depth, const char *expected)
{
  char names[400] = "";
  assert_int_equal(whorl_parameter_list(node, prefixes, count, depth, note_name, names), WHORL_OK);
  assert_string_equal(names, expected);
}

static void lists_go_by_prefix_and_depth(void **state)
{
  whorl_node_t node = node_of(state);
  static const char *const names[] = {"a.b.d", "a.b", "a", "ab", "a.b.c.e"};
  for (int i = 0; i < 5; i++) declare(node, names[i], whorl_parameter_bool(true), NULL);
  expect_list(node, NULL, 0, 0, "a a.b a.b.c.e a.b.d ab start_type_description_service use_sim_time ");
  expect_list(node, NULL, 0, 1, "a ab start_type_description_service use_sim_time ");
  expect_list(node, (const char *[]){"a"}, 1, 0, "a a.b a.b.c.e a.b.d ");
  expect_list(node, (const char *[]){"a"}, 1, 1, "a a.b ");
  expect_list(node, (const char *[]){"a.b", "ab"}, 2, 1, "a.b a.b.d ab ");
  expect_list(node, (const char *[]){"b", ""}, 2, 0, "");
}

// --- the command line, and other options of nodes

static void the_command_line_comes_before_the_default(void **state)
{
  whorl_parameter_value_t value;
  whorl_node_t node = make_node(
      state, &(whorl_node_options_t){ARGUMENTS("-p", "rate:=5", "-p", "stranger:rate:=7", "-p", "name:=lamp", "-p", "fixed:=2")});
  assert_int_equal(whorl_parameter_declare(node, "rate", whorl_parameter_integer(1), NULL, &value), WHORL_OK);
  assert_int_equal(value.integer, 5);
  should_fail(whorl_parameter_declare(node, "name", whorl_parameter_integer(1), NULL, NULL), WHORL_WRONG_TYPE,
              "parameter 'name' is of type integer, but the command line's value for it is of type string");
  declare(node, "name", whorl_parameter_integer(1), &(whorl_parameter_options_t){.ignore_override = true});
  declare(node, "fixed", whorl_parameter_integer(1), &(whorl_parameter_options_t){.read_only = true});
  should_be(node, "name", whorl_parameter_integer(1));
  should_be(node, "fixed", whorl_parameter_integer(2));
}

static void a_nodes_own_line_comes_before_the_programs(void **state)
{
  fixture_t *fixture = *state;
  static const char *const global[] = {"--ros-args", "-p", "a:=1", "-p", "b:=1"};
  whorl__arguments_t *arguments;
  assert_int_equal(whorl__arguments_load(5, global, &arguments), WHORL_OK);
  whorl__context_set_arguments(fixture->context, arguments);
  whorl_node_t node = make_node(state, &(whorl_node_options_t){ARGUMENTS("-p", "b:=2")});
  whorl_node_t alone = make_node(state, &(whorl_node_options_t){.ignore_global_arguments = true});
  declare(node, "a", whorl_parameter_integer(0), NULL);
  declare(node, "b", whorl_parameter_integer(0), NULL);
  declare(alone, "a", whorl_parameter_integer(0), NULL);
  should_be(node, "a", whorl_parameter_integer(1));
  should_be(node, "b", whorl_parameter_integer(2));
  should_be(alone, "a", whorl_parameter_integer(0));
}

static void overrides_are_declared_when_the_node_wants_it(void **state)
{
  whorl_node_t node = make_node(state, &(whorl_node_options_t){.declare_parameters_from_overrides = true,
                                                               ARGUMENTS("-p", "x:=1", "-p", "x:=2", "-p", "use_sim_time:=false")});
  should_be(node, "x", whorl_parameter_integer(2));
  assert_int_equal(whorl_parameter_set(node, "x", whorl_parameter_string("other")), WHORL_OK); // dynamically typed
}

static void undeclared_ones_are_declared_by_setting_where_that_is_allowed(void **state)
{
  whorl_node_t node = make_node(state, &(whorl_node_options_t){.allow_undeclared_parameters = true});
  const whorl_parameter_value_t none = {0};
  should_be(node, "x", none);
  assert_int_equal(whorl_parameter_set(node, "x", none), WHORL_OK); // nothing to do
  assert_false(whorl_parameter_is_declared(node, "x"));
  assert_int_equal(whorl_parameter_set(node, "x", whorl_parameter_integer(1)), WHORL_OK);
  assert_int_equal(whorl_parameter_set(node, "x", whorl_parameter_string("y")), WHORL_OK);
  should_be(node, "x", whorl_parameter_string("y"));
  assert_int_equal(whorl_parameter_undeclare(node, "x"), WHORL_OK);
  assert_false(whorl_parameter_is_declared(node, "x"));
}

static void simulated_time_is_a_parameter(void **state)
{
  whorl_node_t node = make_node(state, &(whorl_node_options_t){ARGUMENTS("-p", "use_sim_time:=true")});
  whorl_clock_t clock = whorl_node_clock(node);
  assert_true(whorl_clock_ros_time_is_active(clock));
  assert_int_equal(whorl_parameter_set(node, "use_sim_time", whorl_parameter_bool(false)), WHORL_OK);
  assert_false(whorl_clock_ros_time_is_active(clock));
  assert_int_equal(whorl_node_set_use_sim_time(node, true), WHORL_OK);
  should_be(node, "use_sim_time", whorl_parameter_bool(true));
  assert_int_equal(whorl_parameter_set(node, "use_sim_time", whorl_parameter_integer(0)), WHORL_WRONG_TYPE);
  assert_true(whorl_clock_ros_time_is_active(clock));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(every_type_is_declared_set_and_read),
      TEST(typed_reads_refuse_another_type),
      TEST(what_is_not_declared_is_neither_read_nor_set),
      TEST(a_second_declaration_is_refused),
      TEST(bad_declarations_say_what_is_wrong),
      TEST(ranges_hold_for_values_and_for_elements),
      TEST(a_range_over_all_integers_does_not_overflow),
      TEST(types_are_fixed_unless_they_are_dynamic),
      TEST(one_without_a_value_waits_for_it),
      TEST(read_only_ones_keep_their_value),
      TEST(all_or_none_are_set),
      TEST(a_description_says_all),
      TEST(lists_go_by_prefix_and_depth),
      TEST(the_command_line_comes_before_the_default),
      TEST(a_nodes_own_line_comes_before_the_programs),
      TEST(overrides_are_declared_when_the_node_wants_it),
      TEST(undeclared_ones_are_declared_by_setting_where_that_is_allowed),
      TEST(simulated_time_is_a_parameter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
