#include "tool_fixture.h"

#include "command.h"
#include "complete.h"
#include "manual.h"

static const option_t OPTIONS[] = {
    {"rate", 'r', "RATE", ""},  {"once", '1', NULL, ""},     {"verbose", 'v', NULL, ""},
    {"version", 'V', NULL, ""}, {"count", 'c', "COUNT", ""}, {NULL, 0, NULL, NULL},
};
static const option_t *const LISTS[OPTION_LISTS] = {OPTIONS, HELP_OPTIONS};

// Parses the words of a line, for "TOPIC [VALUE...]". The words have to live as long as what comes out of it.
static bool parse(arguments_t *arguments, char *line, fault_t *fault)
{
  static char *words[32];
  int count = 0;
  for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) words[count++] = word;
  return arguments_parse(arguments, LISTS, "TOPIC [VALUE...]", count, words, 0, fault);
}

static void options_have_long_and_short_forms(void **state)
{
  (void)state;
  static const char *const lines[] = {"t -r 5",
                                      "t -r5",
                                      "t --rate 5",
                                      "t --rate=5",
                                      "--rat 5 t",
                                      "-vr 5 t",
                                      "-vr5 t",
                                      "--ra=5 -- t",
                                      "t -r 7 -r 5",
                                      "--ros-args -r a:=b -- t -r 5",
                                      "t -r 5 --ros-args -r a:=b"};
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    char *line = strdup(lines[i]);
    arguments_t arguments;
    fault_t fault;
    assert_true(parse(&arguments, line, &fault));
    assert_string_equal(arguments_value(&arguments, "rate"), "5");
    assert_string_equal(arguments_word(&arguments, 0), "t");
    assert_null(arguments_word(&arguments, 1));
    assert_false(arguments_has(&arguments, "once"));
    arguments_fini(&arguments);
    free(line);
  }
}

static void negative_numbers_are_words(void **state)
{
  (void)state;
  char line[] = "t -5 -.5 -- --once -v";
  arguments_t arguments;
  fault_t fault;
  assert_true(parse(&arguments, line, &fault));
  assert_int_equal(arguments.word_count, 5);
  assert_string_equal(arguments_word(&arguments, 2), "-.5");
  assert_false(arguments_has(&arguments, "once"));
  arguments_fini(&arguments);
  char option[] = "t -1 -11";
  assert_true(parse(&arguments, option, &fault));
  assert_true(arguments_has(&arguments, "once")); // there is an option of that name
  assert_string_equal(arguments_word(&arguments, 1), "-11");
  arguments_fini(&arguments);
}

static void what_is_wrong_is_said(void **state)
{
  (void)state;
  static const struct {
    const char *line, *fault;
  } rows[] = {{"--once", "TOPIC is missing"},
              {"t --twice", "there is no option '--twice'"},
              {"t --ver", "'--ver' could be several options"},
              {"t --once=1", "--once takes no value"},
              {"t -r", "-r needs RATE"},
              {"t --rate", "--rate needs RATE"},
              {"t -vx", "there is no option '-x'"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    char *line = strdup(rows[i].line);
    arguments_t arguments;
    fault_t fault;
    assert_false(parse(&arguments, line, &fault));
    assert_string_equal(fault.text, rows[i].fault);
    arguments_fini(&arguments);
    free(line);
  }
}

static void numbers_are_read(void **state)
{
  (void)state;
  char line[] = "t -r 2.5 -c 12";
  arguments_t arguments;
  fault_t fault;
  assert_true(parse(&arguments, line, &fault));
  double rate = 1;
  uint64_t count = 1;
  int64_t time_ns = 0;
  assert_true(arguments_number(&arguments, "rate", 0, &rate, &fault) && rate == 2.5);
  assert_true(arguments_count(&arguments, "count", 1, &count, &fault) && count == 12);
  assert_true(arguments_seconds(&arguments, "rate", &time_ns, &fault) && time_ns == INT64_C(2500000000));
  assert_false(arguments_number(&arguments, "rate", 3, &rate, &fault));
  assert_string_equal(fault.text, "--rate: 2.5 is less than 3");
  assert_false(arguments_count(&arguments, "rate", 1, &count, &fault));
  assert_string_equal(fault.text, "--rate: '2.5' is no whole number");
  arguments_fini(&arguments);
}

static void every_command_can_be_found_and_explained(void **state)
{
  (void)state;
  char *text = NULL;
  size_t size = 0;
  FILE *memory = open_memstream(&text, &size);
  help_print(memory);
  for (size_t i = 0; i < command_count(); i++) {
    const command_t *command = command_at(i);
    assert_ptr_equal(command_find(command->group, command->name), command);
    assert_true(command_is_group(command->group));
    assert_non_null(arguments_find_option(command->lists, "help", 4));
    help_print_command(command, memory);
    help_print_group(command->group, memory);
  }
  fclose(memory);
  assert_non_null(strstr(text, "usage: whorl topic echo [OPTION...] TOPIC [TYPE]\n"));
  assert_null(strchr(text, '\033')); // no colour: this is no terminal
  free(text);
}

// A command's name stands in the manual as it is, an option with its hyphens escaped.
static void the_manual_has_every_command_and_option(void **state)
{
  (void)state;
  char *text = NULL;
  size_t size = 0;
  FILE *memory = open_memstream(&text, &size);
  manual_print(memory);
  fclose(memory);
  for (size_t i = 0; i < command_count(); i++) {
    const command_t *command = command_at(i);
    char *title = command_title(command), *heading = format_text(".SS whorl %s %s\n", title, command->words);
    assert_non_null(strstr(text, heading));
    free(title);
    free(heading);
  }
  assert_non_null(strstr(text, "\\fB\\-r\\fR, \\fB\\-\\-rate\\fR \\fIRATE\\fR\n"));
  assert_null(strstr(text, "beacon"));
  free(text);
}

static const char *completed(const char *line, complete_kind_t *ret_kind)
{
  static char text[4096];
  char *copy = strdup(line), *words[16];
  size_t count = 0;
  names_t candidates = {0};
  for (char *rest = copy, *word; (word = strsep(&rest, " ")) != NULL;) words[count++] = word;
  *ret_kind = complete_words(words, count, &candidates);
  text[0] = '\0';
  for (size_t i = 0; i < candidates.count; i++) {
    strcat(text, i > 0 ? " " : "");
    strcat(text, candidates.at[i]);
  }
  names_fini(&candidates);
  free(copy);
  return text;
}

static void command_lines_are_completed(void **state)
{
  (void)state;
  static const struct {
    const char *line;
    complete_kind_t kind;
    const char *words;
  } rows[] = {{"", COMPLETE_NOTHING, "topic node service param action interface lifecycle doctor wtf completion complete manual"},
              {"node ", COMPLETE_NOTHING, "list info"},
              {"nothing ", COMPLETE_NOTHING, ""},
              {"topic echo ", COMPLETE_TOPIC, ""},
              {"topic echo --once ", COMPLETE_TOPIC, ""},
              {"topic echo --timeout 5 /cha", COMPLETE_TOPIC, ""},
              {"topic echo -l 5 ", COMPLETE_TOPIC, ""},
              {"topic echo -l ", COMPLETE_NOTHING, ""},
              {"topic echo /chatter ", COMPLETE_MESSAGE_TYPE, ""},
              {"topic echo /chatter x ", COMPLETE_NOTHING, ""},
              {"topic echo --qos-durability ", COMPLETE_NOTHING, "volatile transient_local best_available system_default"},
              {"topic type -", COMPLETE_NOTHING, "--spin-time --help"},
              {"service call /add ", COMPLETE_SERVICE_TYPE, ""},
              {"service info ", COMPLETE_SERVICE, ""},
              {"param list ", COMPLETE_NODE, ""},
              {"action info ", COMPLETE_ACTION, ""},
              {"action send_goal /count ", COMPLETE_ACTION_TYPE, ""},
              {"lifecycle ", COMPLETE_NOTHING, "nodes get list set"},
              {"lifecycle set ", COMPLETE_NODE, ""},
              {"lifecycle set /arm ", COMPLETE_NOTHING, "configure cleanup activate deactivate shutdown"},
              {"lifecycle set /arm -", COMPLETE_NOTHING, "--timeout --spin-time --help"},
              {"interface show ", COMPLETE_ANY_TYPE, ""},
              {"interface package ", COMPLETE_PACKAGE, ""},
              {"completion ", COMPLETE_NOTHING, "bash"},
              {"doctor -", COMPLETE_NOTHING, "--include-warnings --report --spin-time --help"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    complete_kind_t kind;
    assert_string_equal(completed(rows[i].line, &kind), rows[i].words);
    assert_int_equal(kind, rows[i].kind);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(options_have_long_and_short_forms),
      cmocka_unit_test(negative_numbers_are_words),
      cmocka_unit_test(what_is_wrong_is_said),
      cmocka_unit_test(numbers_are_read),
      cmocka_unit_test(every_command_can_be_found_and_explained),
      cmocka_unit_test(the_manual_has_every_command_and_option),
      cmocka_unit_test(command_lines_are_completed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
