#include "tool_fixture.h"

#include "names.h"
#include "prefixes.h"

static void names_of_types_are_taken_apart(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    kind_t kind;
    const char *package, *name; // NULL: it is no name
  } rows[] = {{"std_msgs/msg/String", KIND_MESSAGE, "std_msgs", "String"},
              {"std_srvs/srv/SetBool", KIND_SERVICE, "std_srvs", "SetBool"},
              {"example_interfaces/action/Fibonacci", KIND_ACTION, "example_interfaces", "Fibonacci"},
              {"std_msgs/String", KIND_MESSAGE, "std_msgs", "String"},
              {"String", KIND_MESSAGE, NULL, NULL},
              {"", KIND_MESSAGE, NULL, NULL},
              {"/String", KIND_MESSAGE, NULL, NULL},
              {"std_msgs/", KIND_MESSAGE, NULL, NULL},
              {"std_msgs/idl/String", KIND_MESSAGE, NULL, NULL},
              {"std_msgs//String", KIND_MESSAGE, NULL, NULL},
              {"../../evil", KIND_MESSAGE, NULL, NULL},
              {"a b/msg/C", KIND_MESSAGE, NULL, NULL}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    type_name_t name;
    fault_t fault;
    bool good = type_name_parse(rows[i].text, KIND_MESSAGE, &name, &fault);
    assert_int_equal(good, rows[i].package != NULL);
    if (!good) continue;
    assert_string_equal(name.package, rows[i].package);
    assert_string_equal(name.name, rows[i].name);
    assert_int_equal(name.kind, rows[i].kind);
  }
}

static void messages_and_services_are_loaded(void **state)
{
  (void)state;
  whorl_service_type_t service;
  fault_t fault;
  assert_string_equal(members_of("std_msgs/String")->message_name_, "String");
  assert_true(types_load_service("std_srvs/SetBool", &service, &fault));
  assert_string_equal(types_request(service)->members_[0].name_, "data");
  assert_int_equal(types_response(service)->member_count_, 2);
}

static void an_action_is_loaded_by_its_parts(void **state)
{
  (void)state;
  type_name_t name;
  const members_t *members;
  fault_t fault;
  assert_true(type_name_parse("example_interfaces/action/Fibonacci", KIND_MESSAGE, &name, &fault));
  assert_true(types_load_action_part(&name, "Goal", &members, &fault));
  assert_string_equal(members->members_[0].name_, "order");
}

static void what_is_not_there_is_named(void **state)
{
  (void)state;
  whorl_message_type_t type;
  fault_t fault;
  assert_false(types_load_message("no_msgs/msg/String", &type, &fault));
  assert_string_equal(fault.text, "there is no package no_msgs with a type support in WHORL_TYPESUPPORT_PATH or AMENT_PREFIX_PATH");
  assert_false(types_load_message("std_msgs/msg/Strin", &type, &fault));
  assert_string_equal(fault.text, "package std_msgs has no message msg/Strin");
}

static void types_of_fields_have_their_bounds(void **state)
{
  (void)state;
  static const struct {
    const char *message, *field, *type;
  } rows[] = {{"test_msgs/msg/Arrays", "char_values", "uint8[3]"},
              {"test_msgs/msg/Arrays", "byte_values", "byte[3]"},
              {"test_msgs/msg/Arrays", "basic_types_values", "test_msgs/msg/BasicTypes[3]"},
              {"test_msgs/msg/BoundedSequences", "float64_values", "float64[<=3]"},
              {"test_msgs/msg/UnboundedSequences", "bool_values", "bool[]"},
              {"test_msgs/msg/Strings", "bounded_string_value", "string<=22"},
              {"test_msgs/msg/WStrings", "wstring_value", "wstring"},
              {"test_msgs/msg/Builtins", "time_value", "builtin_interfaces/msg/Time"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const member_t *member = field_find(members_of(rows[i].message), rows[i].field, strlen(rows[i].field));
    assert_non_null(member);
    char *type = field_type(member);
    assert_string_equal(type, rows[i].type);
    free(type);
  }
}

static void the_index_lists_packages_and_interfaces(void **state)
{
  (void)state;
  names_t packages = {0};
  prefixes_list_packages(&packages);
  assert_true(names_have(&packages, "std_msgs"));
  assert_false(names_have(&packages, "rosidl_typesupport_c"));
  names_fini(&packages);
}

static void add_row(const char *package, const char *name, void *arg)
{
  char *row = format_text("%s %s", package, name);
  names_add(arg, row);
  free(row);
}

static void services_are_listed_without_their_requests(void **state)
{
  (void)state;
  names_t rows = {0};
  assert_true(types_visit("std_srvs", KIND_SERVICE, add_row, &rows));
  assert_int_equal(rows.count, 3);
  assert_string_equal(rows.at[1], "std_srvs SetBool");
  assert_true(types_visit("std_srvs", KIND_MESSAGE, add_row, &rows));
  assert_int_equal(rows.count, 3);
  assert_false(types_visit("no_msgs", KIND_MESSAGE, add_row, &rows));
  names_fini(&rows);
}

static void a_definition_is_found_or_not(void **state)
{
  (void)state;
  type_name_t name = {.package = "std_srvs", .name = "SetBool", .kind = KIND_SERVICE};
  char *text = types_definition(&name);
  assert_non_null(text);
  assert_non_null(strstr(text, "bool success"));
  free(text);
  name.kind = KIND_MESSAGE;
  assert_null(types_definition(&name));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_of_types_are_taken_apart),
      cmocka_unit_test(messages_and_services_are_loaded),
      cmocka_unit_test(an_action_is_loaded_by_its_parts),
      cmocka_unit_test(what_is_not_there_is_named),
      cmocka_unit_test(types_of_fields_have_their_bounds),
      cmocka_unit_test(the_index_lists_packages_and_interfaces),
      cmocka_unit_test(services_are_listed_without_their_requests),
      cmocka_unit_test(a_definition_is_found_or_not),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
