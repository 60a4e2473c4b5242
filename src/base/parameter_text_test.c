#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "whorl/parameter_value.h"
#include "whorl/status.h"

static void values_are_what_yaml_says(void **state)
{
  (void)state;
  whorl_parameter_value_t value;
  assert_int_equal(whorl_parameter_value_parse("1.5", &value), WHORL_OK);
  assert_true(value.type == WHORL_PARAMETER_DOUBLE && value.number == 1.5);
  assert_int_equal(whorl_parameter_value_parse("-3", &value), WHORL_OK);
  assert_true(value.type == WHORL_PARAMETER_INTEGER && value.integer == -3);
  assert_int_equal(whorl_parameter_value_parse("yes", &value), WHORL_OK);
  assert_true(value.type == WHORL_PARAMETER_BOOL && value.boolean);
  assert_int_equal(whorl_parameter_value_parse("'3'", &value), WHORL_OK);
  assert_int_equal(value.type, WHORL_PARAMETER_STRING);
  assert_string_equal(value.text, "3");
  whorl_parameter_value_fini(&value);
  assert_int_equal(whorl_parameter_value_parse("[left, right]", &value), WHORL_OK);
  assert_true(value.type == WHORL_PARAMETER_STRING_ARRAY && value.count == 2);
  assert_string_equal(value.texts[1], "right");
  whorl_parameter_value_fini(&value);
}

static void what_is_no_value_is_refused(void **state)
{
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  whorl_parameter_value_t value = whorl_parameter_integer(7);
  assert_int_equal(whorl_parameter_value_parse("[1, two", &value), WHORL_MALFORMED);
  assert_int_equal(strncmp(whorl_detail(), "1:", 2), 0);
  assert_int_equal(whorl_parameter_value_parse("{a: 1}", &value), WHORL_MALFORMED);
  assert_int_equal(whorl_parameter_value_parse(NULL, &value), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_parameter_value_parse("1", NULL), WHORL_INVALID_ARGUMENT);
  assert_true(value.type == WHORL_PARAMETER_INTEGER && value.integer == 7);
  assert_int_equal(whorl__memory_blocks(), blocks);
}

static char path[64];

static int write_file(void **state)
{
  static const char text[] = "/**:\n  ros__parameters: {all: 1, speed: 1}\n"
                             "/arm/driver:\n  ros__parameters:\n    speed: 2.5\n    names: {first: a}\n"
                             "/leg:\n  ros__parameters: {toes: 5}\n";
  (void)state;
  snprintf(path, sizeof path, "/tmp/whorl_parameter_text_XXXXXX");
  int file = mkstemp(path);
  bool good = file >= 0 && write(file, text, sizeof text - 1) == (ssize_t)(sizeof text - 1);
  if (file >= 0) close(file);
  return good ? 0 : -1;
}

static int remove_file(void **state)
{
  (void)state;
  return unlink(path);
}

static void note(const char *name, const whorl_parameter_value_t *value, void *arg)
{
  char *notes = arg;
  size_t used = strlen(notes);
  snprintf(notes + used, 256 - used, "%s %s;", name, whorl_parameter_type_name(value->type));
}

static void a_file_is_visited_for_one_node(void **state)
{
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  char notes[256] = "";
  assert_int_equal(whorl_parameter_file_visit(path, "/arm/driver", note, notes), WHORL_OK);
  assert_string_equal(notes, "all integer;speed double;names.first string;");
  notes[0] = '\0';
  assert_int_equal(whorl_parameter_file_visit(path, "/nobody", note, notes), WHORL_OK);
  assert_string_equal(notes, "all integer;speed integer;");
  assert_int_equal(whorl__memory_blocks(), blocks);
}

static void a_file_that_cannot_be_read_is_refused(void **state)
{
  (void)state;
  char notes[256] = "";
  static const struct {
    const char *path, *words;
    int status;
  } files[] = {
      {"/nowhere/at/all", "parameter file '/nowhere/at/all': No such file or directory", WHORL_NOT_FOUND},
      {"/proc", "parameter file '/proc': Is a directory", WHORL_IO_ERROR},
      {"/proc/version/1", "parameter file '/proc/version/1': Not a directory", WHORL_IO_ERROR},
      {"/dev/null", "/dev/null:1:1: it is empty", WHORL_MALFORMED},
      {"/proc/self/exe", "/proc/self/exe: byte 1: control characters are not allowed", WHORL_MALFORMED},
  };
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    assert_int_equal(whorl_parameter_file_visit(files[i].path, "/arm", note, notes), files[i].status);
    assert_string_equal(whorl_detail(), files[i].words);
  }
  assert_int_equal(whorl_parameter_file_visit(WHORL_SOURCE_DIR "/CMakeLists.txt", "/arm", note, notes), WHORL_MALFORMED);
  assert_int_equal(whorl_parameter_file_visit(path, "arm", note, notes), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_parameter_file_visit(path, NULL, note, notes), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_parameter_file_visit(NULL, "/arm", note, notes), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_parameter_file_visit(path, "/arm", NULL, notes), WHORL_INVALID_ARGUMENT);
  assert_string_equal(notes, "");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_are_what_yaml_says),
      cmocka_unit_test(what_is_no_value_is_refused),
      cmocka_unit_test_setup_teardown(a_file_is_visited_for_one_node, write_file, remove_file),
      cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read_is_refused, write_file, remove_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
