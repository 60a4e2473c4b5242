#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/json_rows.h"
#include "base/name.h"
#include "whorl/status.h"

// Calls `check` for each row of one section of names.json; returns their number.
static int each_row(const char *section, void (*check)(const char *row, void *arg), void *arg)
{
  FILE *file = json_rows_open(__FILE__, "names.json");
  assert_non_null(file);
  char row[4096], wanted[64];
  snprintf(wanted, sizeof wanted, " \"%s\":[", section);
  bool inside = false;
  int rows = 0;
  while (fgets(row, sizeof row, file) != NULL) {
    if (strncmp(row, wanted, strlen(wanted)) == 0) {
      inside = true;
    } else if (inside && strncmp(row, " ]", 2) == 0) {
      inside = false;
    } else if (inside) {
      check(row, arg);
      rows++;
    }
  }
  fclose(file);
  return rows;
}

static void check_validation(const char *row, void *arg)
{
  char name[1024], reason[64] = "";
  assert_true(json_text(row, "name", name, sizeof name));
  json_text(row, "reason", reason, sizeof reason);
  size_t index = 99;
  whorl__name_fault_t fault = whorl__name_validate(*(whorl__name_kind_t *)arg, name, &index);
  print_message("%.70s\n", name);
  assert_string_equal(whorl__name_fault_code(fault), reason);
  assert_int_equal(index, json_number(row, "index", 0));
  assert_int_equal(fault == WHORL__NAME_NONE, json_true(row, "valid"));
}

static void names_are_valid_or_not_as_recorded(void **state)
{
  (void)state;
  whorl__name_kind_t kind = WHORL__NAME_TOPIC;
  assert_int_equal(each_row("topic_name_before_expansion", check_validation, &kind), 45);
  kind = WHORL__NAME_FULL_TOPIC;
  assert_int_equal(each_row("full_topic_name", check_validation, &kind), 45);
  kind = WHORL__NAME_NODE;
  assert_int_equal(each_row("node_name", check_validation, &kind), 12);
  kind = WHORL__NAME_NAMESPACE;
  assert_int_equal(each_row("namespace", check_validation, &kind), 15);
}

static void check_expansion(const char *row, void *arg)
{
  (void)arg;
  char name[256], node[64], node_namespace[64], expected[256], error[64], expanded[256];
  assert_true(json_text(row, "name", name, sizeof name));
  assert_true(json_text(row, "node", node, sizeof node));
  assert_true(json_text(row, "namespace", node_namespace, sizeof node_namespace));
  print_message("%s %s %s\n", name, node, node_namespace);
  size_t index;
  whorl__name_fault_t fault = whorl__name_expand_raw(name, node, node_namespace, expanded, sizeof expanded, &index);
  char full[WHORL__NAME_TOPIC_SIZE] = "untouched";
  int status = whorl__name_expand("topic", name, node, node_namespace, full);
  if (json_text(row, "error", error, sizeof error)) {
    assert_string_equal(whorl__name_fault_code(fault), error);
  } else {
    assert_int_equal(fault, WHORL__NAME_NONE);
    assert_true(json_text(row, "expanded", expected, sizeof expected));
    assert_string_equal(expanded, expected);
  }
  bool valid = json_true(row, "full_name_valid");
  assert_int_equal(status, valid ? WHORL_OK : WHORL_INVALID_NAME);
  assert_string_equal(full, valid ? expanded : "untouched");
}

static void names_expand_as_recorded(void **state)
{
  (void)state;
  assert_int_equal(each_row("expansion", check_expansion, NULL), 50);
}

static void check_hidden(const char *row, void *arg)
{
  (void)arg;
  char name[256];
  assert_true(json_text(row, "name", name, sizeof name));
  assert_int_equal(whorl__name_is_hidden(name), json_true(row, "hidden"));
}

static void hidden_names_are_known_as_recorded(void **state)
{
  (void)state;
  assert_int_equal(each_row("hidden", check_hidden, NULL), 8);
}

static void a_bad_name_is_told_with_its_place(void **state)
{
  (void)state;
  static const struct {
    whorl__name_kind_t kind;
    const char *name, *sentence;
  } rows[] = {
      {WHORL__NAME_TOPIC, "a b", "topic name 'a b' is invalid at 1: space"},
      {WHORL__NAME_TOPIC, "", "topic name '' is invalid at 0: it is empty"},
      {WHORL__NAME_TOPIC, "/a-b", "topic name '/a-b' is invalid at 2: '-'"},
      {WHORL__NAME_TOPIC, "a\n", "topic name 'a\n' is invalid at 1: line break"},
      {WHORL__NAME_TOPIC, "\xc3\xa4", "topic name '\xc3\xa4' is invalid at 0: byte 0xc3"},
      {WHORL__NAME_TOPIC, "~a", "topic name '~a' is invalid at 1: no slash behind the tilde"},
      {WHORL__NAME_FULL_TOPIC, "a", "topic name 'a' is invalid at 0: no leading slash"},
      {WHORL__NAME_NODE, "9n", "node name '9n' is invalid at 0: part that begins with a digit"},
      {WHORL__NAME_NAMESPACE, "/a//b", "namespace '/a//b' is invalid at 3: repeated slash"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    assert_int_equal(whorl__name_check(rows[i].kind, rows[i].name), WHORL_INVALID_NAME);
    assert_string_equal(whorl_detail(), rows[i].sentence);
  }
  assert_int_equal(whorl__name_check(WHORL__NAME_NODE, NULL), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "the node name is NULL");
}

static void the_fault_of_an_expanded_name_shows_both(void **state)
{
  (void)state;
  char full[WHORL__NAME_TOPIC_SIZE];
  assert_int_equal(whorl__name_expand("service", "x/{ns}", "n", "/a", full), WHORL_INVALID_NAME);
  assert_string_equal(whorl_detail(), "service name 'x/{ns}' expands to '/a/x//a', which is invalid at 5: repeated slash");
  assert_int_equal(whorl__name_expand("topic", "/a//b", "n", "/a", full), WHORL_INVALID_NAME);
  assert_string_equal(whorl_detail(), "topic name '/a//b' is invalid at 3: repeated slash");
  assert_int_equal(whorl__name_expand("topic", NULL, "n", "/a", full), WHORL_INVALID_ARGUMENT);
}

static void a_short_name_that_becomes_far_too_long_is_not_told_by_a_place_behind_its_end(void **state)
{
  (void)state;
  char full[WHORL__NAME_TOPIC_SIZE], node[WHORL__NAME_NODE_SIZE];
  memset(node, 'n', sizeof node - 1);
  node[sizeof node - 1] = '\0';
  assert_int_equal(whorl__name_expand("topic", "{node}", node, "/", full), WHORL_INVALID_NAME);
  assert_non_null(strstr(whorl_detail(), "topic name '{node}' expands to '/nnn"));
  assert_int_equal(whorl__name_expand("topic", "{node}{node}{node}{node}", node, "/", full), WHORL_INVALID_NAME);
  assert_string_equal(whorl_detail(),
                      "topic name '{node}{node}{node}{node}' expands to one that is invalid at 246: longer than 247 characters");
}

static void a_long_name_leaves_room_for_the_reason(void **state)
{
  (void)state;
  char name[3000] = "/", full[WHORL__NAME_TOPIC_SIZE];
  static const size_t lengths[] = {248, 900, 2999};
  for (size_t i = 0; i < 3; i++) {
    memset(name + 1, 'a', lengths[i] - 1);
    name[lengths[i]] = '\0';
    assert_int_equal(whorl__name_expand("topic", name, "n", "/", full), WHORL_INVALID_NAME);
    assert_non_null(strstr(whorl_detail(), "aaa...' is invalid at 246: longer than 247 characters"));
  }
}

static void the_longest_names_fit(void **state)
{
  (void)state;
  char name[256], full[WHORL__NAME_TOPIC_SIZE], node[WHORL__NAME_NODE_SIZE], node_namespace[WHORL__NAME_NAMESPACE_SIZE],
      fqn[WHORL__NAME_FQN_SIZE];
  memset(name, 'a', sizeof name);
  name[246] = '\0';
  assert_int_equal(whorl__name_expand("topic", name, "n", "/", full), WHORL_OK);
  assert_int_equal(strlen(full), 247);
  memset(node, 'n', sizeof node);
  node[255] = '\0';
  name[244] = '\0';
  assert_int_equal(whorl__name_check(WHORL__NAME_NODE, node), WHORL_OK);
  assert_int_equal(whorl__name_make_namespace(name, node_namespace), WHORL_OK);
  whorl__name_fully_qualify(node, node_namespace, fqn);
  assert_int_equal(strlen(fqn), 245 + 1 + 255);
}

static void a_namespace_may_lack_its_slash(void **state)
{
  (void)state;
  char full[WHORL__NAME_NAMESPACE_SIZE] = "untouched";
  assert_int_equal(whorl__name_make_namespace("a//b", full), WHORL_INVALID_NAME);
  assert_string_equal(full, "untouched");
  assert_int_equal(whorl__name_make_namespace(NULL, full), WHORL_OK);
  assert_string_equal(full, "/");
  assert_int_equal(whorl__name_make_namespace("", full), WHORL_OK);
  assert_string_equal(full, "/");
  assert_int_equal(whorl__name_make_namespace("robot/arm", full), WHORL_OK);
  assert_string_equal(full, "/robot/arm");
  assert_int_equal(whorl__name_make_namespace("/robot", full), WHORL_OK);
  assert_string_equal(full, "/robot");
}

static void a_node_is_known_by_its_full_name(void **state)
{
  (void)state;
  char full[WHORL__NAME_FQN_SIZE];
  whorl__name_fully_qualify("listener", "/", full);
  assert_string_equal(full, "/listener");
  whorl__name_fully_qualify("listener", "/robot", full);
  assert_string_equal(full, "/robot/listener");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_valid_or_not_as_recorded),
      cmocka_unit_test(names_expand_as_recorded),
      cmocka_unit_test(hidden_names_are_known_as_recorded),
      cmocka_unit_test(a_bad_name_is_told_with_its_place),
      cmocka_unit_test(the_fault_of_an_expanded_name_shows_both),
      cmocka_unit_test(a_short_name_that_becomes_far_too_long_is_not_told_by_a_place_behind_its_end),
      cmocka_unit_test(a_long_name_leaves_room_for_the_reason),
      cmocka_unit_test(the_longest_names_fit),
      cmocka_unit_test(a_namespace_may_lack_its_slash),
      cmocka_unit_test(a_node_is_known_by_its_full_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
