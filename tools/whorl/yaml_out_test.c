#include "tool_fixture.h"

#include <math.h>

#include <rosidl_runtime_c/string_functions.h>
#include <rosidl_runtime_c/u16string_functions.h>
#include <std_msgs/msg/header.h>
#include <std_msgs/msg/string.h>
#include <test_msgs/msg/arrays.h>
#include <test_msgs/msg/basic_types.h>
#include <test_msgs/msg/empty.h>
#include <test_msgs/msg/nested.h>
#include <test_msgs/msg/unbounded_sequences.h>
#include <test_msgs/msg/w_strings.h>

#include "csv.h"
#include "field_path.h"

static const yaml_style_t BLOCK = {0}, FLOW = {.flow = true};

static void all_plain_types_are_printed(void **state)
{
  (void)state;
  const members_t *members = members_of("test_msgs/msg/BasicTypes");
  const test_msgs__msg__BasicTypes message = {true,   255,   'a',       0.1F,       -1e300,    -128,      200,
                                              -32768, 65535, INT32_MIN, UINT32_MAX, INT64_MIN, UINT64_MAX};
  assert_printed(members, &message, &BLOCK,
                 "bool_value: true\nbyte_value: 255\nchar_value: 97\nfloat32_value: 0.1\nfloat64_value: -1.0e+300\nint8_value: -128\n"
                 "uint8_value: 200\nint16_value: -32768\nuint16_value: 65535\nint32_value: -2147483648\nuint32_value: 4294967295\n"
                 "int64_value: -9223372036854775808\nuint64_value: 18446744073709551615\n");
}

static void real_numbers_are_the_shortest_that_come_back(void **state)
{
  (void)state;
  static const struct {
    double value;
    bool single;
    const char *text;
  } rows[] = {{0, false, "0.0"},
              {-0.0, false, "-0.0"},
              {1, false, "1.0"},
              {20, false, "20.0"},
              {-100, false, "-100.0"},
              {3e10F, true, "30000000000.0"},
              {123456789012345680, false, "1.2345678901234568e+17"},
              {9007199254740990, false, "9007199254740990.0"},
              {1e16, false, "1.0e+16"},
              {0.1, false, "0.1"},
              {1e-7, false, "1.0e-07"},
              {1.5e22, false, "1.5e+22"},
              {M_PI, false, "3.141592653589793"},
              {16777216.0F, true, "16777216.0"},
              {0.1F, true, "0.1"},
              {0.1F, false, "0.10000000149011612"},
              {INFINITY, false, ".inf"},
              {-INFINITY, true, "-.inf"},
              {NAN, false, ".nan"},
              {5e-324, false, "5.0e-324"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    char text[YAML_NUMBER_SIZE];
    yaml_real(rows[i].value, rows[i].single, text);
    assert_string_equal(text, rows[i].text);
  }
}

static void strings_are_quoted_where_they_could_be_something_else(void **state)
{
  (void)state;
  static const struct {
    const char *text, *yaml;
  } rows[] = {{"hello", "data: hello\n"},
              {"", "data: ''\n"},
              {"true", "data: 'true'\n"},
              {"No", "data: 'No'\n"},
              {"null", "data: 'null'\n"},
              {"12", "data: '12'\n"},
              {"-1.5e3", "data: '-1.5e3'\n"},
              {"0x1f", "data: '0x1f'\n"},
              {"2026-11-27", "data: '2026-11-27'\n"},
              {"3 little pigs", "data: 3 little pigs\n"},
              {"a: b", "data: 'a: b'\n"},
              {"a #b", "data: 'a #b'\n"},
              {"it's", "data: it's\n"},
              {"'", "data: ''''\n"},
              {"[", "data: '['\n"},
              {" blank ", "data: ' blank '\n"},
              {"two\nlines", "data: \"two\\nlines\"\n"},
              {"tab\there", "data: \"tab\\there\"\n"},
              {"h\xc3\xb6r", "data: h\xc3\xb6r\n"},
              {"\xf0\x9f\x90\x9f", "data: \"\\U0001F41F\"\n"},
              {"no \xff text", "data: !!binary \"bm8g/yB0ZXh0\"\n"}};
  const members_t *members = members_of("std_msgs/msg/String");
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    std_msgs__msg__String message;
    assert_true(std_msgs__msg__String__init(&message) && rosidl_runtime_c__String__assign(&message.data, rows[i].text));
    assert_printed(members, &message, &BLOCK, rows[i].yaml);
    std_msgs__msg__String__fini(&message);
  }
}

static void wide_strings_are_printed_as_utf8(void **state)
{
  (void)state;
  const members_t *members = members_of("test_msgs/msg/WStrings");
  test_msgs__msg__WStrings *message = message_create(members);
  static const uint16_t units[] = {'a', 0xe4, 0x30cf, 0xd83d, 0xdc1f, 0xd800, 'z', 0xdc00, 0};
  assert_true(rosidl_runtime_c__U16String__assignn(&message->wstring_value, units, 8));
  char *narrow = yaml_narrow(units, 8), *text = printed(members, message, &BLOCK);
  assert_string_equal(narrow, "a\xc3\xa4\xe3\x83\x8f\xf0\x9f\x90\x9f\xef\xbf\xbdz\xef\xbf\xbd");
  assert_non_null(strstr(text, "wstring_value_default2: Hell\xc3\xb6 w\xc3\xb6rld!\n"));
  free(narrow);
  free(text);
  message_destroy(members, message);
}

static void nesting_and_sequences_are_printed_in_block_and_flow_style(void **state)
{
  (void)state;
  const members_t *members = members_of("std_msgs/msg/Header");
  std_msgs__msg__Header *header = message_create(members);
  header->stamp.sec = 7;
  assert_printed(members, header, &BLOCK, "stamp:\n  sec: 7\n  nanosec: 0\nframe_id: ''\n");
  assert_printed(members, header, &FLOW, "{stamp: {sec: 7, nanosec: 0}, frame_id: ''}\n");
  message_destroy(members, header);
}

static char *sequences_in(const yaml_style_t *style)
{
  const members_t *members = members_of("test_msgs/msg/UnboundedSequences");
  void *message = message_create(members);
  char *text = printed(members, message, style);
  message_destroy(members, message);
  return text;
}

static void sequences_are_printed_by_element_or_by_length(void **state)
{
  (void)state;
  char *text = sequences_in(&BLOCK);
  assert_non_null(strstr(text, "bool_values: []\n"));
  assert_non_null(strstr(text, "\nfloat32_values_default:\n- 1.125\n- 0.0\n- -1.125\n"));
  assert_non_null(strstr(text, "\nstring_values_default:\n- ''\n- max value\n- min value\nalignment_check: 0\n"));
  free(text);
  text = sequences_in(&(yaml_style_t){.no_arrays = true});
  assert_non_null(strstr(text, "\nfloat64_values_default: '<sequence type: float64, length: 3>'\n"));
  free(text);
  text = sequences_in(&(yaml_style_t){.longest = 2});
  assert_non_null(strstr(text, "\nint8_values_default:\n- 0\n- 127\n- '...'\n"));
  assert_non_null(strstr(text, "\nstring_values_default:\n- ''\n- ma...\n- '...'\n"));
  free(text);
  text = sequences_in(&(yaml_style_t){.no_strings = true, .flow = true});
  assert_non_null(strstr(text, "string_values_default: ['<string length: <0>>', '<string length: <9>>', '<string length: <9>>']"));
  free(text);
}

static void arrays_tell_their_fixed_length(void **state)
{
  (void)state;
  const members_t *members = members_of("test_msgs/msg/Arrays");
  void *message = message_create(members);
  char *text = printed(members, message, &(yaml_style_t){.no_arrays = true});
  assert_non_null(strstr(text, "basic_types_values: '<array type: test_msgs/msg/BasicTypes[3]>'\n"));
  free(text);
  message_destroy(members, message);
}

static void an_empty_message_is_an_empty_mapping(void **state)
{
  (void)state;
  const test_msgs__msg__Empty empty = {0};
  assert_printed(members_of("test_msgs/msg/Empty"), &empty, &BLOCK, "{}\n");
}

static char *field_of(const members_t *members, const void *message, const char *path)
{
  place_t place;
  fault_t fault;
  if (!field_path_follow(path, members, message, &place, &fault)) return strdup(fault.text);
  char *text = NULL;
  size_t size = 0;
  FILE *memory = open_memstream(&text, &size);
  yaml_print_field(&place.member, place.message, &BLOCK, memory);
  fclose(memory);
  return text;
}

static void a_path_leads_to_a_field(void **state)
{
  (void)state;
  static const struct {
    const char *path, *text;
  } rows[] = {
      {"int32_values_default[1]", "2147483647\n"},
      {"string_values_default[0]", "''\n"},
      {"bool_values_default", "- false\n- true\n- false\n"},
      {"defaults_values[2].int16_value", "-1000\n"},
      {"constants_values[0]", "{}\n"},
      {"int32_values_default[-2]", "2147483647\n"},
      {"defaults_values[-3].int16_value", "-1000\n"},
      {"defaults_values[2].",
       "test_msgs/msg/Defaults has no field ''; it has: bool_value, byte_value, char_value, float32_value, float64_value, int8_value, "
       "uint8_value, int16_value, uint16_value, int32_value, uint32_value, int64_value, uint64_value"},
      {"defaults_values[3].int16_value", "'[3]': array 'defaults_values' has 3 elements"},
      {"defaults_values[-4].int16_value", "'[-4]': array 'defaults_values' has 3 elements"},
      {"defaults_values[-9223372036854775808]", "'[-9223372036854775808]': array 'defaults_values' has 3 elements"},
      {"defaults_values.int16_value",
       "'.int16_value': 'defaults_values' is an array, one of whose elements is to be named: defaults_values[0].int16_value"},
      {"alignment_check[0]", "'[0]': 'alignment_check' is no array"},
      {"int32_values[0][1]", "'[1]': 'int32_values' is no array"},
      {"alignment_check.x", "'.x': 'alignment_check' has no fields"},
      {"int32_values[x]", "'[x]' begins with no index: one looks like [2], or [-1] for the last element"},
      {"int32_values[", "'[' begins with no index: one looks like [2], or [-1] for the last element"},
      {"int32_values[1", "'[1' begins with no index: one looks like [2], or [-1] for the last element"},
      {"int32_values[-]", "'[-]' begins with no index: one looks like [2], or [-1] for the last element"},
      {"int32_values[ 1]", "'[ 1]' begins with no index: one looks like [2], or [-1] for the last element"},
      {"int32_values[0:2]", "'[0:2]' begins with no index: one looks like [2], or [-1] for the last element"},
      {"int32_values[99999999999999999999]",
       "'[99999999999999999999]' begins with no index: one looks like [2], or [-1] for the last element"},
      {"int32_values[0]x", "'x' is where a dot is expected"}};
  const members_t *members = members_of("test_msgs/msg/Arrays");
  void *message = message_create(members);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    char *text = field_of(members, message, rows[i].path);
    assert_string_equal(text, rows[i].text);
    free(text);
  }
  message_destroy(members, message);
}

static void a_line_of_csv_has_all_values(void **state)
{
  (void)state;
  const members_t *members = members_of("std_msgs/msg/Header");
  std_msgs__msg__Header *header = message_create(members);
  assert_true(rosidl_runtime_c__String__assign(&header->frame_id, "a \"b\", c"));
  char *text = NULL;
  size_t size = 0;
  FILE *memory = open_memstream(&text, &size);
  csv_print(members, header, memory);
  fclose(memory);
  assert_string_equal(text, "0,0,\"a \"\"b\"\", c\"\n");
  free(text);
  message_destroy(members, header);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_plain_types_are_printed),
      cmocka_unit_test(real_numbers_are_the_shortest_that_come_back),
      cmocka_unit_test(strings_are_quoted_where_they_could_be_something_else),
      cmocka_unit_test(wide_strings_are_printed_as_utf8),
      cmocka_unit_test(nesting_and_sequences_are_printed_in_block_and_flow_style),
      cmocka_unit_test(sequences_are_printed_by_element_or_by_length),
      cmocka_unit_test(arrays_tell_their_fixed_length),
      cmocka_unit_test(an_empty_message_is_an_empty_mapping),
      cmocka_unit_test(a_path_leads_to_a_field),
      cmocka_unit_test(a_line_of_csv_has_all_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
