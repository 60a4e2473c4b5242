// `--ros-args`: what is taken, what is refused with which sentence, what is left to the program.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arguments.h"
#include "base/memory.h"
#include "whorl/status.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))
#define PARSE(...) parse((const char *[]){"program", __VA_ARGS__}, COUNT(((const char *[]){"program", __VA_ARGS__})))

static whorl__arguments_t *parse(const char *const *argv, int argc)
{
  whorl__arguments_t *arguments = NULL;
  int status = whorl__arguments_parse(argc, argv, &arguments);
  if (status < 0) fail_msg("%s", whorl_detail());
  return arguments;
}

static void expect_rule(const whorl__remap_rule_t *rule, unsigned kinds, const char *node, const char *match, const char *replacement)
{
  assert_int_equal(rule->kinds, kinds);
  if (node == NULL) assert_null(rule->node);
  if (node != NULL) assert_string_equal(rule->node, node);
  if (match == NULL) assert_null(rule->match);
  if (match != NULL) assert_string_equal(rule->match, match);
  assert_string_equal(rule->replacement, replacement);
}

static void remap_rules_are_taken_apart(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    unsigned kinds;
    const char *node, *match, *replacement;
  } rows[] = {
      {"a:=b", WHORL__REMAP_TOPIC | WHORL__REMAP_SERVICE, NULL, "a", "b"},
      {"/a/b:=~/c", WHORL__REMAP_TOPIC | WHORL__REMAP_SERVICE, NULL, "/a/b", "~/c"},
      {"talker:a:=/b", WHORL__REMAP_TOPIC | WHORL__REMAP_SERVICE, "talker", "a", "/b"},
      {"rostopic://a:=b", WHORL__REMAP_TOPIC, NULL, "a", "b"},
      {"talker:rosservice://~/a:=b", WHORL__REMAP_SERVICE, "talker", "~/a", "b"},
      {"__node:=b", WHORL__REMAP_NODE_NAME, NULL, NULL, "b"},
      {"__name:=b", WHORL__REMAP_NODE_NAME, NULL, NULL, "b"},
      {"talker:__name:=b", WHORL__REMAP_NODE_NAME, "talker", NULL, "b"},
      {"__ns:=/", WHORL__REMAP_NAMESPACE, NULL, NULL, "/"},
      {"talker:__ns:=/b/c", WHORL__REMAP_NAMESPACE, "talker", NULL, "/b/c"},
  };
  for (int i = 0; i < COUNT(rows); i++) {
    whorl__arguments_t *arguments = PARSE("--ros-args", i % 2 == 0 ? "-r" : "--remap", rows[i].text);
    assert_int_equal(arguments->remaps.count, 1);
    expect_rule(&arguments->remaps.rows[0], rows[i].kinds, rows[i].node, rows[i].match, rows[i].replacement);
    whorl__arguments_free(arguments);
  }
}

static void parameters_and_their_files_are_kept_in_order(void **state)
{
  (void)state;
  whorl__arguments_t *arguments = PARSE("--ros-args", "-p", "a.b:=[1, 2]", "--params-file", "x.yaml", "--param",
                                        "talker:rate:=", "--params-file", "y");
  assert_int_equal(arguments->parameter_count, 2);
  assert_null(arguments->parameters[0].node);
  assert_string_equal(arguments->parameters[0].name, "a.b");
  assert_string_equal(arguments->parameters[0].value, "[1, 2]");
  assert_int_equal(arguments->parameters[0].argument, 3);
  assert_string_equal(arguments->parameters[1].node, "talker");
  assert_string_equal(arguments->parameters[1].name, "rate");
  assert_string_equal(arguments->parameters[1].value, "");
  assert_int_equal(arguments->parameter_file_count, 2);
  assert_string_equal(arguments->parameter_files[0].path, "x.yaml");
  assert_string_equal(arguments->parameter_files[1].path, "y");
  assert_int_equal(arguments->parameter_files[1].argument, 9);
  whorl__arguments_free(arguments);
}

static void what_is_said_about_logs_and_the_enclave_is_kept(void **state)
{
  (void)state;
  whorl__arguments_t *arguments = PARSE("--ros-args", "--log-level", "WARN", "--log-level", "a.b:=debug", "-e", "/x", "--enclave", "/y",
                                        "--disable-rosout-logs", "--disable-stdout-logs", "--enable-stdout-logs", "--log-config-file", "f",
                                        "--log-file-name", "g");
  assert_int_equal(arguments->log_level_count, 2);
  assert_null(arguments->log_levels[0].logger);
  assert_int_equal(arguments->log_levels[0].level, 30);
  assert_string_equal(arguments->log_levels[1].logger, "a.b");
  assert_int_equal(arguments->log_levels[1].level, 10);
  assert_string_equal(arguments->enclave, "/y");
  assert_int_equal(arguments->rosout_logs, WHORL__SWITCH_OFF);
  assert_int_equal(arguments->stdout_logs, WHORL__SWITCH_ON);
  assert_int_equal(arguments->external_lib_logs, WHORL__SWITCH_DEFAULT);
  assert_string_equal(arguments->log_config_file, "f");
  assert_string_equal(arguments->log_file_name, "g");
  whorl__arguments_free(arguments);
}

static void two_dashes_end_them_and_they_may_begin_again(void **state)
{
  (void)state;
  whorl__arguments_t *arguments = PARSE("-r", "x", "--ros-args", "-r", "a:=b", "--", "-r", "y", "--ros-args", "--ros-args", "-r", "c:=d");
  assert_int_equal(arguments->remaps.count, 2);
  assert_string_equal(arguments->remaps.rows[1].match, "c");
  whorl__arguments_free(arguments);
}

static void every_malformed_argument_gives_its_index_and_place(void **state)
{
  (void)state;
  static const struct {
    const char *flag, *value;
    int status;
    const char *sentence;
  } rows[] = {
      {"-r", "a", WHORL_INVALID_ARGUMENT, "argument 3 'a' is no remap rule: no ':=' in it"},
      {"-r", "a b:=c", WHORL_INVALID_NAME, "argument 3 'a b:=c' is no remap rule: topic name 'a b' is invalid at 1: space"},
      {"-r", "a:=", WHORL_INVALID_NAME, "argument 3 'a:=' is no remap rule: topic name '' is invalid at 0: it is empty"},
      {"-r", ":=a", WHORL_INVALID_NAME, "argument 3 ':=a' is no remap rule: topic name '' is invalid at 0: it is empty"},
      {"-r", "a*:=b", WHORL_INVALID_NAME, "argument 3 'a*:=b' is no remap rule: topic name 'a*' is invalid at 1: '*'"},
      {"-r", "a:={ns}", WHORL_INVALID_NAME, "argument 3 'a:={ns}' is no remap rule: remap name '{ns}' is invalid at 0: '{'"},
      {"-r", "__node:=a/b", WHORL_INVALID_NAME, "argument 3 '__node:=a/b' is no remap rule: node name 'a/b' is invalid at 1: '/'"},
      {"-r", "__ns:=a", WHORL_INVALID_NAME, "argument 3 '__ns:=a' is no remap rule: namespace 'a' is invalid at 0: no leading slash"},
      {"-p", "a", WHORL_INVALID_ARGUMENT, "argument 3 'a' is no parameter: no ':=' in it"},
      {"-p", "n::=1", WHORL_INVALID_NAME, "argument 3 'n::=1' is no parameter: the parameter's name is empty"},
      {"-p", "a b:=1", WHORL_INVALID_NAME, "argument 3 'a b:=1' is no parameter: parameter name 'a b' is invalid at 1"},
      {"--params-file", "", WHORL_INVALID_ARGUMENT, "argument 3 '' is no parameter file: it is empty"},
      {"--log-level", "loud", WHORL_INVALID_ARGUMENT,
       "argument 3 'loud' is no log level: 'loud' is none of debug, info, warn, error, fatal, unset"},
      {"--log-level", ":=info", WHORL_INVALID_ARGUMENT, "argument 3 ':=info' is no log level: the logger's name is empty"},
      {"-e", "x", WHORL_INVALID_NAME, "argument 3 'x' is no enclave: enclave 'x' is invalid at 0: no leading slash"},
      {"-r", NULL, WHORL_INVALID_ARGUMENT, "argument 2 '-r' is the last one: no remap rule behind it"},
      {"--log-levle", "info", WHORL_INVALID_ARGUMENT, "argument 2 '--log-levle' stands behind --ros-args but is no ROS argument"},
      {"--disable-logs", "", WHORL_INVALID_ARGUMENT, "argument 2 '--disable-logs' stands behind --ros-args but is no ROS argument"},
  };
  for (int i = 0; i < COUNT(rows); i++) {
    whorl__arguments_t *untouched = (whorl__arguments_t *)&rows;
    const char *argv[] = {"program", "--ros-args", rows[i].flag, rows[i].value};
    assert_int_equal(whorl__arguments_parse(4, argv, &untouched), rows[i].status);
    assert_string_equal(whorl_detail(), rows[i].sentence);
    assert_ptr_equal(untouched, &rows);
  }
}

static void what_remains_is_the_programs(void **state)
{
  (void)state;
  char *argv[] = {"program", "-r", "--ros-args", "-r", "a:=b", "--", "file", "--", "--ros-args", "--anything"};
  assert_int_equal(whorl__arguments_strip(COUNT(argv), argv), 4);
  assert_string_equal(argv[0], "program");
  assert_string_equal(argv[1], "-r");
  assert_string_equal(argv[2], "file");
  assert_string_equal(argv[3], "--"); // outside of --ros-args it is nothing special
}

static const whorl__remap_rule_t *find(const whorl__arguments_t *arguments, whorl__remap_kind_t kind, const char *full)
{
  return whorl__remap_find(&arguments->remaps, kind, full, "talker", "/demo");
}

static void a_rule_matches_what_both_sides_expand_to_and_the_first_one_wins(void **state)
{
  (void)state;
  whorl__arguments_t *arguments = PARSE("--ros-args", "-r", "other:a:=never", "-r", "rosservice://a:=served", "-r", "/demo/a:=first", "-r",
                                        "a:=second", "-r", "~/own:=third", "-r", "other:__node:=x", "-r", "talker:__node:=y");
  assert_string_equal(find(arguments, WHORL__REMAP_TOPIC, "/demo/a")->replacement, "first");
  assert_string_equal(find(arguments, WHORL__REMAP_SERVICE, "/demo/a")->replacement, "served");
  assert_string_equal(find(arguments, WHORL__REMAP_TOPIC, "/demo/talker/own")->replacement, "third");
  assert_string_equal(find(arguments, WHORL__REMAP_NODE_NAME, "")->replacement, "y");
  assert_null(find(arguments, WHORL__REMAP_TOPIC, "/a"));
  assert_null(find(arguments, WHORL__REMAP_NAMESPACE, ""));
  whorl__arguments_free(arguments);
}

static void no_memory_at_any_point_leaves_nothing_behind(void **state)
{
  (void)state;
  const char *argv[] = {"program",       "--ros-args", "-r",          "n:a:=b",  "-p", "n:c:=1",
                        "--params-file", "f",          "--log-level", "l:=info", "-e", "/x"};
  int64_t blocks = whorl__memory_blocks();
  int status = WHORL_NO_MEMORY, failures = 0;
  for (uint64_t nth = 1; status != WHORL_OK; nth++) {
    whorl__arguments_t *arguments = NULL;
    whorl__memory_fail_at(nth);
    status = whorl__arguments_parse(COUNT(argv), argv, &arguments);
    whorl__memory_fail_at(0);
    if (status == WHORL_OK) whorl__arguments_free(arguments);
    if (status != WHORL_OK) assert_int_equal(status, WHORL_NO_MEMORY);
    assert_int_equal(whorl__memory_blocks(), blocks);
    failures++;
  }
  assert_int_equal(failures, 15); // one per allocation, and the time that it went well
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(remap_rules_are_taken_apart),
      cmocka_unit_test(parameters_and_their_files_are_kept_in_order),
      cmocka_unit_test(what_is_said_about_logs_and_the_enclave_is_kept),
      cmocka_unit_test(two_dashes_end_them_and_they_may_begin_again),
      cmocka_unit_test(every_malformed_argument_gives_its_index_and_place),
      cmocka_unit_test(what_remains_is_the_programs),
      cmocka_unit_test(a_rule_matches_what_both_sides_expand_to_and_the_first_one_wins),
      cmocka_unit_test(no_memory_at_any_point_leaves_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
