#include "tool_fixture.h"

#include <math.h>

#include <builtin_interfaces/msg/time.h>
#include <geometry_msgs/msg/pose_stamped.h>
#include <std_msgs/msg/header.h>
#include <std_msgs/msg/string.h>
#include <test_msgs/msg/arrays.h>
#include <test_msgs/msg/basic_types.h>
#include <test_msgs/msg/bounded_sequences.h>
#include <test_msgs/msg/strings.h>
#include <test_msgs/msg/unbounded_sequences.h>
#include <test_msgs/msg/w_strings.h>

#include "yaml_in.h"

// Reads the first document; "" or the fault.
static const char *read_into(const members_t *members, void *message, const char *text)
{
  static fault_t fault;
  yaml_in_t input;
  stamps_t stamps = {0};
  fault.text[0] = '\0';
  yaml_in_open(&input, text, strlen(text));
  yaml_found_t found = yaml_in_next(&input, members, message, &stamps, &fault);
  yaml_in_close(&input);
  stamps_set(&stamps, INT64_C(1700000000000000005));
  stamps_fini(&stamps);
  assert_int_equal(found == YAML_FAULT, fault.text[0] != '\0');
  return fault.text;
}

static void *read_good(const members_t *members, const char *text)
{
  void *message = message_create(members);
  assert_string_equal(read_into(members, message, text), "");
  return message;
}

static void all_plain_types_are_read(void **state)
{
  (void)state;
  const members_t *members = members_of("test_msgs/msg/BasicTypes");
  test_msgs__msg__BasicTypes *message = read_good(
      members, "{bool_value: yes, byte_value: 255, char_value: 0x41, float32_value: 1e-3, float64_value: -.inf, int8_value: -128,\n"
               " uint8_value: 0b101, int16_value: -0x8000, uint16_value: 0o17, int32_value: +5, uint32_value: 4294967295,\n"
               " int64_value: -9223372036854775808, uint64_value: 18446744073709551615}");
  assert_true(message->bool_value);
  assert_int_equal(message->byte_value, 255);
  assert_int_equal(message->char_value, 0x41);
  assert_true(message->float32_value == 1e-3F);
  assert_true(isinf(message->float64_value) && message->float64_value < 0);
  assert_int_equal(message->int8_value, -128);
  assert_int_equal(message->uint8_value, 5);
  assert_int_equal(message->int16_value, -32768);
  assert_int_equal(message->uint16_value, 15);
  assert_int_equal(message->int32_value, 5);
  assert_int_equal(message->uint32_value, UINT32_MAX);
  assert_true(message->int64_value == INT64_MIN && message->uint64_value == UINT64_MAX);
  message_destroy(members, message);
}

typedef struct refusal {
  const char *type, *text, *fault;
} refusal_t;

static const refusal_t REFUSALS[] = {
    {"test_msgs/msg/BasicTypes", "int8_value: 128", "line 1, column 13: int8_value (int8): '128' does not fit"},
    {"test_msgs/msg/BasicTypes", "int8_value: -129", "line 1, column 13: int8_value (int8): '-129' does not fit"},
    {"test_msgs/msg/BasicTypes", "uint8_value: -1", "line 1, column 14: uint8_value (uint8): '-1' does not fit"},
    {"test_msgs/msg/BasicTypes", "byte_value: 256", "line 1, column 13: byte_value (byte): '256' does not fit"},
    {"test_msgs/msg/BasicTypes", "uint16_value: 65536", "line 1, column 15: uint16_value (uint16): '65536' does not fit"},
    {"test_msgs/msg/BasicTypes", "int64_value: 9223372036854775808",
     "line 1, column 14: int64_value (int64): '9223372036854775808' does not fit"},
    {"test_msgs/msg/BasicTypes", "uint64_value: 18446744073709551616",
     "line 1, column 15: uint64_value (uint64): '18446744073709551616' does not fit"},
    {"test_msgs/msg/BasicTypes", "int32_value: 1.5", "line 1, column 14: int32_value (int32): '1.5' is no whole number"},
    {"test_msgs/msg/BasicTypes", "int32_value: --5", "line 1, column 14: int32_value (int32): '--5' is no whole number"},
    {"test_msgs/msg/BasicTypes", "int32_value: true", "line 1, column 14: int32_value (int32): 'true' is no whole number"},
    {"test_msgs/msg/BasicTypes", "int32_value: ''", "line 1, column 14: int32_value (int32): '' is no whole number"},
    {"test_msgs/msg/BasicTypes", "bool_value: 2", "line 1, column 13: bool_value (bool): '2' is neither true nor false"},
    {"test_msgs/msg/BasicTypes", "float32_value: 1e39", "line 1, column 16: float32_value (float32): '1e39' does not fit"},
    {"test_msgs/msg/BasicTypes", "float64_value: 1e309", "line 1, column 16: float64_value (float64): '1e309' does not fit"},
    {"test_msgs/msg/BasicTypes", "float64_value: one", "line 1, column 16: float64_value (float64): 'one' is no number"},
    {"test_msgs/msg/BasicTypes", "float64_value: [1]", "line 1, column 16: float64_value (float64) cannot be a sequence"},
    {"test_msgs/msg/BasicTypes", "- 1", "line 1, column 1: is a sequence; fields are expected, {name: value}"},
    {"test_msgs/msg/BasicTypes", "hello",
     "line 1, column 1: (test_msgs/msg/BasicTypes) cannot be 'hello': its fields are expected, {name: value}"},
    {"std_msgs/msg/String", "data: {a: 1}", "line 1, column 7: data (string) cannot be a mapping"},
    {"std_msgs/msg/String", "data: \"a\\0b\"", "line 1, column 7: data (string) has a NUL in it"},
    {"std_msgs/msg/String", "data: !!binary \"?\"", "line 1, column 7: data (string) is no base64"},
    {"std_msgs/msg/String", "date: x", "line 1, column 1: (std_msgs/msg/String) has no field 'date'; it has: data"},
    {"std_msgs/msg/String", "{[a]: x}", "line 1, column 2: has a sequence where the name of a field is expected"},
    {"std_msgs/msg/String", "{data: x,\n data: y}", "line 2, column 2: data is given twice"},
    {"std_msgs/msg/String", "{data: x", "line 2, column 1: this is no YAML: did not find expected ',' or '}'"},
    {"std_msgs/msg/String", "data: \xff", "byte 7: this is no YAML: invalid leading UTF-8 octet"},
    {"std_msgs/msg/String", "data: *a", "line 1, column 7: this is no YAML: found undefined alias"},
    {"test_msgs/msg/Empty", "a: 1", "line 1, column 1: (test_msgs/msg/Empty) has no field 'a'; it has: none"},
    {"geometry_msgs/msg/PoseStamped", "pose:\n  position: {x: 1, y: two}",
     "line 2, column 23: pose.position.y (float64): 'two' is no number"},
    {"geometry_msgs/msg/PoseStamped", "header: now",
     "line 1, column 9: header (std_msgs/msg/Header) cannot be 'now': its fields are expected, {name: value}"},
    {"test_msgs/msg/Arrays", "int32_values: [1, 2]", "line 1, column 15: int32_values has 2 elements, and needs 3"},
    {"test_msgs/msg/Arrays", "int32_values: [1, 2, x]", "line 1, column 22: int32_values[2] (int32): 'x' is no whole number"},
    {"test_msgs/msg/Arrays", "int32_values: 5", "line 1, column 15: int32_values (int32[3]) cannot be a scalar"},
    {"test_msgs/msg/Arrays", "defaults_values: [{}, {int8_value: 200}, {}]",
     "line 1, column 36: defaults_values[1].int8_value (int8): '200' does not fit"},
    {"test_msgs/msg/Arrays", "uint8_values: !!binary AAAAAA==", "line 1, column 15: uint8_values has 4 elements, and needs 3"},
    {"test_msgs/msg/Arrays", "int32_values: !!binary AAAA", "line 1, column 15: int32_values (int32[3]) cannot be a scalar"},
    {"test_msgs/msg/BoundedSequences", "uint16_values: [1, 2, 3, 4]", "line 1, column 16: uint16_values has 4 elements; 3 are the most"},
    {"test_msgs/msg/Strings", "bounded_string_value: aaaaaaaaaaaaaaaaaaaaaaa",
     "line 1, column 23: bounded_string_value (string<=22) is too long: 23"},
    {"test_msgs/msg/WStrings", "wstring_value: [a]", "line 1, column 16: wstring_value (wstring) cannot be a sequence"},
};

static void faults_name_their_place_their_field_and_its_type(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof REFUSALS / sizeof REFUSALS[0]; i++) {
    const members_t *members = members_of(REFUSALS[i].type);
    void *message = message_create(members);
    assert_string_equal(read_into(members, message, REFUSALS[i].text), REFUSALS[i].fault);
    message_destroy(members, message);
  }
}

static void what_is_left_out_keeps_its_default(void **state)
{
  (void)state;
  const members_t *members = members_of("test_msgs/msg/Strings");
  test_msgs__msg__Strings *message = read_good(members, "{string_value: 12, string_value_default1: , string_value_default2: null}");
  assert_string_equal(message->string_value.data, "12");
  assert_string_equal(message->string_value_default1.data, "Hello world!");
  assert_string_equal(message->string_value_default2.data, "Hello'world!");
  message_destroy(members, message);
}

static void sequences_take_the_length_they_are_given(void **state)
{
  (void)state;
  const members_t *members = members_of("test_msgs/msg/UnboundedSequences");
  test_msgs__msg__UnboundedSequences *message = read_good(
      members,
      "{float32_values: [.nan, 1], uint8_values: !!binary AQID, string_values: [a, \"b\\nc\"], defaults_values: [{int8_value: 7}, {}],\n"
      " int8_values_default: [], bool_values: &a [true, off], bool_values_default: *a}");
  assert_int_equal(message->float32_values.size, 2);
  assert_true(isnan(message->float32_values.data[0]));
  assert_int_equal(message->uint8_values.size, 3);
  assert_int_equal(message->uint8_values.data[2], 3);
  assert_string_equal(message->string_values.data[1].data, "b\nc");
  assert_int_equal(message->defaults_values.data[0].int8_value, 7);
  assert_int_equal(message->defaults_values.data[1].int8_value, -50); // an element's own default
  assert_int_equal(message->int8_values_default.size, 0);
  assert_int_equal(message->bool_values_default.size, 2);
  message_destroy(members, message);
}

static void wide_strings_are_read_from_utf8(void **state)
{
  (void)state;
  const members_t *members = members_of("test_msgs/msg/WStrings");
  test_msgs__msg__WStrings *message = read_good(members, "wstring_value: \"a\xc3\xa4\xe3\x83\x8f\\U0001F41F\"");
  static const uint16_t units[] = {'a', 0xe4, 0x30cf, 0xd83d, 0xdc1f, 0};
  assert_int_equal(message->wstring_value.size, 5);
  assert_memory_equal(message->wstring_value.data, units, sizeof units);
  message_destroy(members, message);
}

static void now_and_auto_are_set_when_it_is_sent(void **state)
{
  (void)state;
  const members_t *members = members_of("geometry_msgs/msg/PoseStamped"), *header = members_of("std_msgs/msg/Header");
  geometry_msgs__msg__PoseStamped *pose = read_good(members, "header: auto");
  assert_int_equal(pose->header.stamp.sec, 1700000000);
  assert_int_equal(pose->header.stamp.nanosec, 5);
  message_destroy(members, pose);
  std_msgs__msg__Header *message = read_good(header, "{stamp: now, frame_id: now}");
  assert_int_equal(message->stamp.sec, 1700000000);
  assert_string_equal(message->frame_id.data, "now");
  message_destroy(header, message);
}

static void a_text_may_have_several_documents(void **state)
{
  (void)state;
  static const char text[] = "data: a\n---\ndata: b\n---\n---\n{}\n...\n";
  const members_t *members = members_of("std_msgs/msg/String");
  static const char *const expected[] = {"a", "b", ""};
  yaml_in_t input;
  stamps_t stamps = {0};
  fault_t fault;
  yaml_in_open(&input, text, sizeof text - 1);
  for (size_t i = 0; i < 3; i++) {
    std_msgs__msg__String *message = message_create(members);
    assert_int_equal(yaml_in_next(&input, members, message, &stamps, &fault), YAML_MESSAGE);
    assert_string_equal(message->data.data, expected[i]);
    message_destroy(members, message);
  }
  assert_int_equal(yaml_in_next(&input, members, NULL, &stamps, &fault), YAML_END);
  yaml_in_close(&input);
}

typedef struct pieces {
  const char *const *at;
  int asked;
} pieces_t;

static int next_piece(void *arg, unsigned char *buffer, size_t size)
{
  pieces_t *pieces = arg;
  const char *piece = pieces->at[pieces->asked];
  if (piece == NULL) return 0;
  pieces->asked++;
  assert_true(strlen(piece) <= size);
  memcpy(buffer, piece, strlen(piece));
  return (int)strlen(piece);
}

static void a_document_of_a_stream_is_read_before_more_of_it_is_asked_for(void **state)
{
  (void)state;
  static const char *const texts[] = {"data: on", "e\n---\n", "data: two\n", "---\n", "data: [3]", "\n", NULL};
  pieces_t pieces = {.at = texts};
  yaml_in_t input;
  fault_t fault;
  stamps_t stamps = {0};
  const members_t *members = members_of("std_msgs/msg/String");
  std_msgs__msg__String *message = message_create(members);
  yaml_in_open_stream(&input, next_piece, &pieces);
  assert_int_equal(yaml_in_next(&input, members, message, &stamps, &fault), YAML_MESSAGE);
  assert_string_equal(message->data.data, "one");
  assert_int_equal(pieces.asked, 2);
  assert_int_equal(yaml_in_next(&input, members, message, &stamps, &fault), YAML_MESSAGE);
  assert_string_equal(message->data.data, "two");
  assert_int_equal(pieces.asked, 4);
  assert_int_equal(yaml_in_next(&input, members, message, &stamps, &fault), YAML_FAULT);
  assert_string_equal(fault.text, "line 5, column 7: data (string) cannot be a sequence");
  yaml_in_close(&input);
  stamps_fini(&stamps);
  message_destroy(members, message);
}

static void aliases_cannot_multiply_without_end(void **state)
{
  (void)state;
  const members_t *members = members_of("test_msgs/msg/MultiNested");
  enum { TIMES = 900 };
  char *text = strdup("unbounded_sequence_of_unbounded_sequences: [&b {basic_types_values: &a [{int8_value: 1}"), *longer;
  for (int i = 0; i < TIMES; i++) {
    longer = format_text("%s,{}", text);
    free(text);
    text = longer;
  }
  longer = format_text("%s]}", text);
  free(text);
  text = longer;
  for (int i = 0; i < 2 * TIMES; i++) {
    longer = format_text("%s,*b", text);
    free(text);
    text = longer;
  }
  longer = format_text("%s]", text);
  void *message = message_create(members);
  assert_non_null(strstr(read_into(members, message, longer), "is repeated too often"));
  free(text);
  free(longer);
  message_destroy(members, message);
}

// Every type of the test set, as its default stands and with something in its sequences.
static void what_is_printed_is_read_as_the_same(void **state)
{
  (void)state;
  static const struct {
    const char *type, *text;
  } rows[] = {{"test_msgs/msg/BasicTypes", "{float32_value: 0.1, float64_value: 0.1}"},
              {"test_msgs/msg/Defaults", ""},
              {"test_msgs/msg/Constants", "{}"},
              {"test_msgs/msg/Empty", "{}"},
              {"test_msgs/msg/Builtins", "{duration_value: {sec: -1, nanosec: 5}}"},
              {"test_msgs/msg/Strings", "{string_value: \"a: b\\n\", bounded_string_value: '~'}"},
              {"test_msgs/msg/WStrings", "{unbounded_sequence_of_wstrings: [\"\\u30cf\", \"\\U0001F41F\", '12']}"},
              {"test_msgs/msg/Nested", ""},
              {"test_msgs/msg/Arrays", "{string_values: [\"\", \" \", !!binary \"/w==\"]}"},
              {"test_msgs/msg/BoundedSequences", "{basic_types_values: [{}, {int8_value: 3}]}"},
              {"test_msgs/msg/UnboundedSequences", "{float64_values: [.inf, -.inf, .nan, 5e-324, 1.7976931348623157e308]}"},
              {"test_msgs/msg/MultiNested", "{unbounded_sequence_of_arrays: [{}]}"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    for (int flow = 0; flow < 2; flow++) {
      const members_t *members = members_of(rows[i].type);
      void *first = read_good(members, rows[i].text);
      char *text = printed(members, first, &(yaml_style_t){.flow = flow == 1});
      void *second = read_good(members, text);
      assert_printed(members, second, &(yaml_style_t){.flow = flow == 1}, text);
      free(text);
      message_destroy(members, first);
      message_destroy(members, second);
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_plain_types_are_read),
      cmocka_unit_test(faults_name_their_place_their_field_and_its_type),
      cmocka_unit_test(what_is_left_out_keeps_its_default),
      cmocka_unit_test(sequences_take_the_length_they_are_given),
      cmocka_unit_test(wide_strings_are_read_from_utf8),
      cmocka_unit_test(now_and_auto_are_set_when_it_is_sent),
      cmocka_unit_test(a_text_may_have_several_documents),
      cmocka_unit_test(a_document_of_a_stream_is_read_before_more_of_it_is_asked_for),
      cmocka_unit_test(aliases_cannot_multiply_without_end),
      cmocka_unit_test(what_is_printed_is_read_as_the_same),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
