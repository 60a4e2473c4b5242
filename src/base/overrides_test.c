// Parameter files and values: what they say, for which nodes, and the sentence with line and column when they are malformed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arguments.h"
#include "base/memory.h"
#include "base/overrides_yaml.h"
#include "whorl/status.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

static whorl_parameter_value_t value_of(const char *text)
{
  whorl_parameter_value_t value = {0};
  if (whorl__yaml_read_value(text, &value) < 0) fail_msg("%s: %s", text, whorl_detail());
  return value;
}

static void a_plain_value_has_the_type_that_it_looks_like(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    whorl_parameter_type_t type;
  } rows[] = {
      {"true", WHORL_PARAMETER_BOOL},
      {"Off", WHORL_PARAMETER_BOOL},
      {"y", WHORL_PARAMETER_BOOL},
      {"42", WHORL_PARAMETER_INTEGER},
      {"-0x10", WHORL_PARAMETER_INTEGER},
      {"1.0", WHORL_PARAMETER_DOUBLE},
      {"1e3", WHORL_PARAMETER_DOUBLE},
      {".nan", WHORL_PARAMETER_DOUBLE},
      {"'true'", WHORL_PARAMETER_STRING},
      {"\"42\"", WHORL_PARAMETER_STRING},
      {"!!str 5", WHORL_PARAMETER_STRING},
      {"tRue", WHORL_PARAMETER_STRING},
      {"a b", WHORL_PARAMETER_STRING},
      {"1_000", WHORL_PARAMETER_STRING},
      {"''", WHORL_PARAMETER_STRING},
      {"[]", WHORL_PARAMETER_NOT_SET},
      {"[no]", WHORL_PARAMETER_BOOL_ARRAY},
      {"[1, 2]", WHORL_PARAMETER_INTEGER_ARRAY},
      {"[1.5]", WHORL_PARAMETER_DOUBLE_ARRAY},
      {"[a, 'b']", WHORL_PARAMETER_STRING_ARRAY},
  };
  for (int i = 0; i < COUNT(rows); i++) {
    whorl_parameter_value_t value = value_of(rows[i].text);
    if (value.type != rows[i].type) fail_msg("%s is of type %d", rows[i].text, (int)value.type);
    whorl_parameter_value_fini(&value);
  }
}

static void values_are_what_was_written(void **state)
{
  (void)state;
  assert_true(value_of("Yes").boolean);
  assert_false(value_of("FALSE").boolean);
  assert_int_equal(value_of("-7").integer, -7);
  assert_int_equal(value_of("0x10").integer, 16);
  assert_true(value_of("2.5").number == 2.5);
  assert_true(isinf(value_of("-.inf").number) && value_of("-.inf").number < 0);
  assert_true(isnan(value_of(".NaN").number));
  whorl_parameter_value_t value = value_of("[10, -20, 30]");
  assert_int_equal(value.count, 3);
  assert_int_equal(value.integers[1], -20);
  whorl_parameter_value_fini(&value);
  value = value_of("[true, false]");
  assert_true(value.booleans[0] && !value.booleans[1]);
  whorl_parameter_value_fini(&value);
  value = value_of("[1.5, 2.0]");
  assert_true(value.numbers[0] == 1.5 && value.numbers[1] == 2.0);
  whorl_parameter_value_fini(&value);
  value = value_of("[left, '2']");
  assert_string_equal(value.texts[0], "left");
  assert_string_equal(value.texts[1], "2");
  whorl_parameter_value_fini(&value);
}

static void patterns_match_whole_parts_of_names(void **state)
{
  (void)state;
  static const struct {
    const char *pattern, *node;
    bool matches;
  } rows[] = {{"/a", "/a", true},
              {"/a", "/ab", false},
              {"/a/b", "/a", false},
              {"/*", "/a", true},
              {"/*", "/a/b", false},
              {"/*/b", "/a/b", true},
              {"/**", "/a", true},
              {"/**", "/a/b/c", true},
              {"/**/c", "/c", true},
              {"/**/c", "/a/b/c", true},
              {"/**/c", "/a/b/d", false},
              {"/a/**", "/a", true},
              {"/a/**/d", "/a/b/c/d", true},
              {"/a/*/d", "/a/b/c/d", false}};
  for (int i = 0; i < COUNT(rows); i++)
    if (whorl__overrides_match(rows[i].pattern, rows[i].node) != rows[i].matches) fail_msg("%s %s", rows[i].pattern, rows[i].node);
}

static void a_file_names_nodes_in_namespaces_and_parameters_in_groups(void **state)
{
  (void)state;
  static const char text[] = "/**:\n  ros__parameters: {rate: 1, gains: {p: 2, pid.i: 3}}\n"
                             "house:\n  talker:\n    ros__parameters:\n      rate: 4\n  /kitchen/*:\n    ros__parameters: {rate: 5}\n";
  whorl__overrides_t overrides = {0};
  assert_int_equal(whorl__yaml_read_text("robot.yaml", text, strlen(text), &overrides), WHORL_OK);
  assert_int_equal(overrides.count, 5);
  assert_int_equal(whorl__overrides_find(&overrides, "/other", "rate")->integer, 1);
  assert_int_equal(whorl__overrides_find(&overrides, "/other", "gains.p")->integer, 2);
  assert_int_equal(whorl__overrides_find(&overrides, "/a/b", "gains.pid.i")->integer, 3);
  assert_int_equal(whorl__overrides_find(&overrides, "/house/talker", "rate")->integer, 4);
  assert_int_equal(whorl__overrides_find(&overrides, "/house/kitchen/lamp", "rate")->integer, 5);
  assert_null(whorl__overrides_find(&overrides, "/other", "nothing"));
  whorl__overrides_fini(&overrides);
}

static void every_malformed_file_gives_its_line_and_column(void **state)
{
  (void)state;
  static const struct {
    const char *text, *sentence;
  } rows[] = {
      {"", "r.yaml:1:1: it is empty"},
      {"a", "r.yaml:1:1: a map of nodes was expected"},
      {"a: 1", "r.yaml:1:4: a value outside of ros__parameters"},
      {"ros__parameters: {}", "r.yaml:1:1: ros__parameters without a node around it"},
      {"n:\n  ros__parameters: 3", "r.yaml:2:20: ros__parameters must be a map"},
      {"n:\n  ros__parameters:\n    a: [1, x]", "r.yaml:3:12: the elements of a list must be of one type"},
      {"n:\n  ros__parameters:\n    a: [[1]]", "r.yaml:3:9: a list may hold plain values only"},
      {"n:\n  ros__parameters:\n    a: [1, 2}", "r.yaml:3:13: did not find expected ',' or ']'"},
      {"n:\n  ros__parameters:\n    a:", "r.yaml:3:7: no value"},
      {"n:\n  ros__parameters: {a: &x 1, b: *x}", "r.yaml:2:33: aliases are not supported"},
      {"n:\n  ros__parameters: {'': 1}", "r.yaml:2:21: an empty name"},
      {"? [a]\n: b", "r.yaml:1:3: a name must be a plain value"},
      {"n: {x: {}}\n---\nb: {}", "r.yaml:2:1: more than one document"},
      {"n:\n  ros__parameters:\n    a: 'gr\xfcn'", "r.yaml: byte 33: invalid leading UTF-8 octet"},
  };
  for (int i = 0; i < COUNT(rows); i++) {
    whorl__overrides_t overrides = {0};
    assert_int_equal(whorl__yaml_read_text("r.yaml", rows[i].text, strlen(rows[i].text), &overrides), WHORL_MALFORMED);
    assert_string_equal(whorl_detail(), rows[i].sentence);
    whorl__overrides_fini(&overrides);
  }
}

static void names_and_nesting_have_an_end(void **state)
{
  (void)state;
  static char text[4000] = "n: {ros__parameters: ";
  whorl__overrides_t overrides = {0};
  for (int i = 0; i < 100; i++) strcat(text, "{a: ");
  assert_int_equal(whorl__yaml_read_text("r.yaml", text, strlen(text), &overrides), WHORL_MALFORMED);
  assert_non_null(strstr(whorl_detail(), "nested too deeply"));
  strcpy(text, "n: {ros__parameters: {");
  memset(text + strlen(text), 'a', 1030);
  strcat(text, ": 1}}");
  assert_int_equal(whorl__yaml_read_text("r.yaml", text, strlen(text), &overrides), WHORL_MALFORMED);
  assert_string_equal(whorl_detail(), "r.yaml:1:23: too long a name");
  whorl__overrides_fini(&overrides);
}

static void write_file(char path[static 32], const char *text)
{
  strcpy(path, "/tmp/overrides_XXXXXX");
  int descriptor = mkstemp(path);
  assert_true(descriptor >= 0);
  assert_int_equal(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
  close(descriptor);
}

static void files_come_in_their_order_and_then_the_values_of_the_line(void **state)
{
  (void)state;
  char first[32], second[32];
  write_file(first, "/**: {ros__parameters: {a: 1, b: 1, c: 1}}\n");
  write_file(second, "talker: {ros__parameters: {b: 2, c: 2}}\n");
  const char *argv[] = {"program", "--ros-args", "-p",   "talker:c:=3", "--params-file", first, "--params-file",
                        second,    "-p",         "d:=4", "-p",          "d:=5"};
  whorl__arguments_t *arguments;
  assert_int_equal(whorl__arguments_load(COUNT(argv), argv, &arguments), WHORL_OK);
  assert_int_equal(whorl__overrides_find(&arguments->overrides, "/talker", "a")->integer, 1);
  assert_int_equal(whorl__overrides_find(&arguments->overrides, "/talker", "b")->integer, 2);
  assert_int_equal(whorl__overrides_find(&arguments->overrides, "/talker", "c")->integer, 3);
  assert_int_equal(whorl__overrides_find(&arguments->overrides, "/other", "c")->integer, 1);
  assert_int_equal(whorl__overrides_find(&arguments->overrides, "/other", "d")->integer, 5);
  whorl__arguments_free(arguments);
  unlink(first);
  unlink(second);
}

static void a_malformed_value_or_file_is_told_with_its_argument(void **state)
{
  (void)state;
  static const struct {
    const char *flag, *value;
    int status;
    const char *sentence;
  } rows[] = {
      {"-p", "a:=[1, x]", WHORL_MALFORMED,
       "argument 3: the value of parameter 'a' is malformed at 1:5: the elements of a list must be of one type"},
      {"-p", "a:=", WHORL_MALFORMED, "argument 3: the value of parameter 'a' is malformed at 1:1: it is empty"},
      {"-p", "a:={b: 1}", WHORL_MALFORMED, "argument 3: the value of parameter 'a' is malformed at 1:1: neither a plain value nor a list"},
      {"--params-file", "/nowhere.yaml", WHORL_NOT_FOUND, "argument 3: parameter file '/nowhere.yaml': No such file or directory"},
      {"--params-file", "/tmp", WHORL_IO_ERROR, "argument 3: parameter file '/tmp': Is a directory"},
  };
  for (int i = 0; i < COUNT(rows); i++) {
    const char *argv[] = {"program", "--ros-args", rows[i].flag, rows[i].value};
    whorl__arguments_t *arguments = NULL;
    assert_int_equal(whorl__arguments_load(4, argv, &arguments), rows[i].status);
    assert_string_equal(whorl_detail(), rows[i].sentence);
    assert_null(arguments);
  }
}

static void no_memory_at_any_point_leaves_nothing_behind(void **state)
{
  (void)state;
  static const char text[] = "n: {ros__parameters: {a: b, c: [d, e], f: [1, 2]}}";
  int64_t blocks = whorl__memory_blocks();
  int status = WHORL_NO_MEMORY, failures = 0;
  for (uint64_t nth = 1; status != WHORL_OK; nth++, failures++) {
    whorl__overrides_t overrides = {0};
    whorl__memory_fail_at(nth);
    status = whorl__yaml_read_text("r.yaml", text, strlen(text), &overrides);
    whorl__memory_fail_at(0);
    if (status != WHORL_OK) assert_int_equal(status, WHORL_NO_MEMORY);
    whorl__overrides_fini(&overrides);
    assert_int_equal(whorl__memory_blocks(), blocks);
  }
  assert_true(failures > 10);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_plain_value_has_the_type_that_it_looks_like),
      cmocka_unit_test(values_are_what_was_written),
      cmocka_unit_test(patterns_match_whole_parts_of_names),
      cmocka_unit_test(a_file_names_nodes_in_namespaces_and_parameters_in_groups),
      cmocka_unit_test(every_malformed_file_gives_its_line_and_column),
      cmocka_unit_test(names_and_nesting_have_an_end),
      cmocka_unit_test(files_come_in_their_order_and_then_the_values_of_the_line),
      cmocka_unit_test(a_malformed_value_or_file_is_told_with_its_argument),
      cmocka_unit_test(no_memory_at_any_point_leaves_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
