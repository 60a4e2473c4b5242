// Content filters: what each condition says of a message, and where a wrong one is wrong.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <rosidl_runtime_c/primitives_sequence_functions.h>
#include <rosidl_runtime_c/string_functions.h>
#include <test_msgs/msg/arrays.h>
#include <test_msgs/msg/basic_types.h>
#include <test_msgs/msg/strings.h>
#include <test_msgs/msg/unbounded_sequences.h>
#include <test_msgs/msg/w_strings.h>

#include "base/memory.h"
#include "message/filter.h"
#include "whorl/status.h"

static const whorl__type_t *type_of(whorl_message_type_t support)
{
  const whorl__type_t *type;
  assert_int_equal(whorl__type_get(support, &type), WHORL_OK);
  return type;
}

#define TYPE(name) type_of(WHORL_MESSAGE(test_msgs, msg, name))

static bool passes_with(const whorl__type_t *type, const void *message, const char *expression, const char *const *parameters, size_t count)
{
  whorl__filter_t *filter;
  int64_t blocks = whorl__memory_blocks();
  if (whorl__filter_create(type, expression, parameters, count, &filter) < 0) fail_msg("%s: %s", expression, whorl_detail());
  bool passes = whorl__filter_passes(filter, message);
  whorl__filter_unref(filter);
  assert_int_equal(whorl__memory_blocks(), blocks);
  return passes;
}

typedef struct expectation {
  const char *expression;
  bool passes;
} expectation_t;

static void expect_all(const whorl__type_t *type, const void *message, const expectation_t *rows, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (passes_with(type, message, rows[i].expression, NULL, 0) != rows[i].passes)
      fail_msg("'%s' should be %s", rows[i].expression, rows[i].passes ? "true" : "false");
}

#define EXPECT(type, message, rows) expect_all((type), (message), (rows), sizeof(rows) / sizeof *(rows))

static void ASK_16_numbers_of_every_type_are_compared(void **state)
{
  static const expectation_t rows[] = {
      {"int32_value = -5", true},
      {"int32_value <> -5", false},
      {"int32_value != -5", false},
      {"int32_value < -4", true},
      {"int32_value <= -5", true},
      {"int32_value > -5", false},
      {"int32_value >= -5", true},
      {"-4 > int32_value", true},
      {"uint8_value = 0xff", true},
      {"uint8_value > -1", true},
      {"int8_value = -128", true},
      {"int16_value=-2", true},
      {"uint16_value = 65535", true},
      {"uint32_value = 4294967295", true},
      {"int64_value = -9223372036854775808", true},
      {"uint64_value = 18446744073709551615", true},
      {"uint64_value > int64_value", true},
      {"int64_value < uint64_value", true},
      {"int32_value = uint8_value", false},
      {"float32_value = 1.5", true},
      {"float64_value > 1e300", true},
      {"float64_value > int32_value", true},
      {"uint64_value < 1.8446744073709552e19", true},
      {"bool_value = TRUE", true},
      {"bool_value = 1", true},
      {"bool_value <> false", true},
      {"byte_value = 7", true},
      {"char_value = 65", true},
      {"int32_value > -5.5", true},
      {"int32_value < +0", true},
      {"float32_value < .5", false},
  };
  (void)state;
  const test_msgs__msg__BasicTypes message = {.bool_value = true,
                                              .byte_value = 7,
                                              .char_value = 65,
                                              .float32_value = 1.5F,
                                              .float64_value = 2e300,
                                              .int8_value = -128,
                                              .uint8_value = 255,
                                              .int16_value = -2,
                                              .uint16_value = 65535,
                                              .int32_value = -5,
                                              .uint32_value = UINT32_MAX,
                                              .int64_value = INT64_MIN,
                                              .uint64_value = UINT64_MAX};
  EXPECT(TYPE(BasicTypes), &message, rows);
}

static void a_nan_is_unequal_to_everything(void **state)
{
  static const expectation_t rows[] = {{"float64_value = 0", false},
                                       {"float64_value <> 0", true},
                                       {"float64_value < 0", false},
                                       {"float64_value >= 0", false},
                                       {"float64_value <> float64_value", true}};
  (void)state;
  const test_msgs__msg__BasicTypes message = {.float64_value = NAN};
  EXPECT(TYPE(BasicTypes), &message, rows);
}

static void ASK_16_conditions_are_combined(void **state)
{
  static const expectation_t rows[] = {
      {"int32_value = 5 AND bool_value = TRUE", true},
      {"int32_value = 4 AND bool_value = TRUE", false},
      {"int32_value = 4 or bool_value = true", true},
      {"NOT int32_value = 4", true},
      {"not not int32_value = 5", true},
      {"int32_value = 5 OR int32_value = 4 AND bool_value = FALSE", true}, // AND binds more
      {"(int32_value = 5 OR int32_value = 4) AND bool_value = FALSE", false},
      {"NOT int32_value = 4 AND bool_value = FALSE", false},
      {"NOT (int32_value = 5 AND bool_value = FALSE)", true},
      {"int32_value BETWEEN 5 AND 6", true},
      {"int32_value between -1 and 4", false},
      {"int32_value NOT BETWEEN 6 AND 7 AND bool_value = TRUE", true},
      {"  int32_value\t=\n5  ", true},
      {"((((int32_value = 5))))", true},
  };
  (void)state;
  const test_msgs__msg__BasicTypes message = {.int32_value = 5, .bool_value = true};
  EXPECT(TYPE(BasicTypes), &message, rows);
}

static void ASK_16_texts_are_compared_and_matched(void **state)
{
  static const expectation_t rows[] = {
      {"string_value = 'arm_left'", true},
      {"string_value <> 'arm'", true},
      {"string_value > 'arm'", true},
      {"string_value < 'b'", true},
      {"string_value LIKE 'arm%'", true},
      {"string_value like '%left'", true},
      {"string_value LIKE 'arm_left'", true},
      {"string_value LIKE '_rm%l_ft'", true},
      {"string_value LIKE 'arm'", false},
      {"string_value LIKE '%'", true},
      {"string_value LIKE ''", false},
      {"string_value LIKE '%m%e%'", true},
      {"string_value LIKE '%right%'", false},
      {"string_value LIKE '%a%a%'", false},
      {"'arm_left' = string_value", true},
      {"string_value BETWEEN 'arm' AND 'leg'", true},
      {"string_value_default2 = 'Hello''world!'", true},
  };
  (void)state;
  test_msgs__msg__Strings message;
  assert_true(test_msgs__msg__Strings__init(&message));
  assert_true(rosidl_runtime_c__String__assign(&message.string_value, "arm_left"));
  assert_true(rosidl_runtime_c__String__assign(&message.string_value_default2, "Hello'world!"));
  EXPECT(TYPE(Strings), &message, rows);
  test_msgs__msg__Strings__fini(&message);
  static const expectation_t empty[] = {{"string_value = ''", true}, {"string_value LIKE '_%'", false}};
  const test_msgs__msg__Strings zero = {0};
  EXPECT(TYPE(Strings), &zero, empty);
}

static void ASK_16_elements_and_fields_of_fields(void **state)
{
  static const expectation_t arrays[] = {{"int32_values[1] = 8", true},
                                         {"int32_values[ 2 ] = 9", true},
                                         {"string_values[0] = 'x'", true},
                                         {"basic_types_values[1].int32_value = 11", true},
                                         {"basic_types_values[0].int32_value = 11", false}};
  static const expectation_t sequences[] = {{"int32_values[1] = 4", true},        {"int32_values[2] = 4", false}, // not there
                                            {"int32_values[2] <> 4", false},      {"NOT int32_values[2] = 4", true},
                                            {"string_values[0] LIKE '%'", false}, {"basic_types_values[0].int32_value = 0", false}};
  (void)state;
  test_msgs__msg__Arrays message;
  assert_true(test_msgs__msg__Arrays__init(&message));
  message.int32_values[1] = 8;
  message.int32_values[2] = 9;
  message.basic_types_values[1].int32_value = 11;
  assert_true(rosidl_runtime_c__String__assign(&message.string_values[0], "x"));
  EXPECT(TYPE(Arrays), &message, arrays);
  test_msgs__msg__Arrays__fini(&message);

  test_msgs__msg__UnboundedSequences unbounded;
  assert_true(test_msgs__msg__UnboundedSequences__init(&unbounded));
  assert_true(rosidl_runtime_c__int32__Sequence__init(&unbounded.int32_values, 2));
  unbounded.int32_values.data[1] = 4;
  EXPECT(TYPE(UnboundedSequences), &unbounded, sequences);
  test_msgs__msg__UnboundedSequences__fini(&unbounded);
}

static void ASK_16_parameters_stand_for_literals(void **state)
{
  const char *const parameters[] = {"5", " 'a' ", "TRUE", "unused ("};
  (void)state;
  const test_msgs__msg__BasicTypes message = {.int32_value = 5, .bool_value = true};
  assert_true(passes_with(TYPE(BasicTypes), &message, "int32_value = %0 AND %0 = int32_value AND bool_value=%2", parameters, 4));
  assert_false(passes_with(TYPE(BasicTypes), &message, "int32_value BETWEEN 6 AND %0", parameters, 4));
  const test_msgs__msg__Strings text = {.string_value = {.data = (char *)"a", .size = 1, .capacity = 2}};
  assert_true(passes_with(TYPE(Strings), &text, "string_value = %1", parameters, 4));
}

static void ASK_16_a_fault_names_its_column(void **state)
{
  static const struct {
    const char *expression, *sentence;
  } rows[] = {
      {"", "a filter is wrong at column 1: a field is missing"},
      {"int32_value", "a filter is wrong at column 12: =, <>, <, <=, >, >=, LIKE or BETWEEN is missing"},
      {"int32_value == 5", "a filter is wrong at column 14: a field is missing"},
      {"int32_value = ", "a filter is wrong at column 15: a field is missing"},
      {"speed > 5", "a filter is wrong at column 1: BasicTypes has no field 'speed'"},
      {"int32_value > 5 AND", "a filter is wrong at column 20: a field is missing"},
      {"int32_value > 5 int8_value", "a filter is wrong at column 17: AND, OR or the end is missing"},
      {"int32_value > 5)", "a filter is wrong at column 16: AND, OR or the end is missing"},
      {"(int32_value > 5", "a filter is wrong at column 17: ')' is missing"},
      {"int32_value > 'x'", "a filter is wrong at column 1: a text is compared with a number"},
      {"int32_value LIKE 5", "a filter is wrong at column 1: LIKE is for texts"},
      {"5 = 5", "a filter is wrong at column 1: a comparison without a field"},
      {"int32_value = 'x", "a filter is wrong at column 15: a text without its closing quote"},
      {"int32_value = 12a", "a filter is wrong at column 17: a number that does not end"},
      {"int32_value = 99999999999999999999", "a filter is wrong at column 15: a number that is too large"},
      {"int32_value = 0x", "a filter is wrong at column 16: a number that does not end"},
      {"int32_value = %3", "a filter is wrong at column 15: parameter %3, but there are %0 to %2"},
      {"int32_value = %99999999999 AND", "a filter is wrong at column 15: parameter %99999999999, but there are %0 to %2"},
      {"int32_value = %x", "a filter is wrong at column 15: a % without the number of a parameter"},
      {"int32_value = %1", "parameter %1 of a filter is wrong at column 1: a number, a text in single quotes, TRUE or FALSE is missing"},
      {"int32_value = %2", "parameter %2 of a filter is wrong at column 3: more than one literal"},
      {"int32_value[0] = 1", "a filter is wrong at column 12: field 'int32_value' has no elements"},
      {"int32_value BETWEEN 1 OR 2", "a filter is wrong at column 23: AND of a BETWEEN is missing"},
      {"int32_value NOT = 2", "a filter is wrong at column 17: BETWEEN is missing"},
      {"5 BETWEEN 1 AND 2", "a filter is wrong at column 1: BETWEEN without a field"},
  };
  const char *const parameters[] = {"1", "one", "1 2"};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    whorl__filter_t *filter;
    assert_int_equal(whorl__filter_create(TYPE(BasicTypes), rows[i].expression, parameters, 3, &filter), WHORL_INVALID_ARGUMENT);
    assert_string_equal(whorl_detail(), rows[i].sentence);
  }
}

static void expect_fault(const whorl__type_t *type, const char *expression, const char *sentence)
{
  whorl__filter_t *filter;
  assert_int_equal(whorl__filter_create(type, expression, NULL, 0, &filter), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), sentence);
}

static void faults_of_fields(void **state)
{
  (void)state;
  expect_fault(TYPE(Arrays), "int32_values = 1", "a filter is wrong at column 13: field 'int32_values' has elements: name one, '[0]'");
  expect_fault(TYPE(Arrays), "int32_values[3] = 1", "a filter is wrong at column 14: field 'int32_values' has no such element");
  expect_fault(TYPE(Arrays), "int32_values[x] = 1", "a filter is wrong at column 14: an index is a number");
  expect_fault(TYPE(Arrays), "int32_values[1 = 1", "a filter is wrong at column 16: ']' is missing");
  expect_fault(TYPE(Arrays), "basic_types_values[0] = 1",
               "a filter is wrong at column 23: field 'basic_types_values' is a message: name one of its fields");
  expect_fault(TYPE(WStrings), "wstring_value = 'x'", "a filter is wrong at column 1: field 'wstring_value' cannot be compared");
}

static void faults_of_parameters(void **state)
{
  static char text[4098];
  const char *many[101];
  whorl__filter_t *filter;
  (void)state;
  expect_fault(TYPE(BasicTypes), "int32_value = %9999", "a filter is wrong at column 15: parameter %9999, but there are none");
  for (size_t i = 0; i < 101; i++) many[i] = "1";
  assert_int_equal(whorl__filter_create(TYPE(BasicTypes), "int32_value = %01", many, 1, &filter), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "a filter is wrong at column 15: parameter %01, but there is only %0");
  assert_int_equal(whorl__filter_create(TYPE(BasicTypes), "int32_value = %0", many, 101, &filter), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "a filter: 101 parameters, where at most 100 may be");
  assert_int_equal(whorl__filter_create(TYPE(BasicTypes), "int32_value = %0", NULL, 101, &filter), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "a filter: 101 parameters at NULL");
  many[1] = memset(text, '1', 4097);
  assert_int_equal(whorl__filter_create(TYPE(BasicTypes), "int32_value = %0", many, 2, &filter), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "a filter: parameter %1 has more than 4096 characters");
}

static void what_is_too_much_is_refused(void **state)
{
  static char text[8192];
  whorl__filter_t *filter;
  (void)state;
  memset(text, '(', 100);
  strcpy(text + 100, "int32_value = 1");
  assert_int_equal(whorl__filter_create(TYPE(BasicTypes), text, NULL, 0, &filter), WHORL_INVALID_ARGUMENT);
  assert_non_null(strstr(whorl_detail(), "nested too deep"));
  strcpy(text, "bool_value=1");
  for (int i = 0; i < 129; i++) strcat(text, " OR bool_value=1");
  assert_int_equal(whorl__filter_create(TYPE(BasicTypes), text, NULL, 0, &filter), WHORL_INVALID_ARGUMENT);
  assert_non_null(strstr(whorl_detail(), "too many conditions"));
  memset(text, ' ', 5000);
  assert_int_equal(whorl__filter_create(TYPE(BasicTypes), text, NULL, 0, &filter), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl__filter_create(TYPE(BasicTypes), "bool_value=1", NULL, 2, &filter), WHORL_INVALID_ARGUMENT);
}

static void every_allocation_may_fail(void **state)
{
  const char *const parameters[] = {"5", "6"};
  whorl__filter_t *filter;
  int status = WHORL_NO_MEMORY;
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  for (uint64_t nth = 1; status == WHORL_NO_MEMORY; nth++) {
    whorl__memory_fail_at(nth);
    status = whorl__filter_create(TYPE(BasicTypes), "int32_value=%0 OR int32_value=%1 OR int32_value=1 OR int32_value=2", parameters, 2,
                                  &filter);
    whorl__memory_fail_at(0);
    if (status == WHORL_OK) whorl__filter_unref(filter);
    assert_int_equal(whorl__memory_blocks(), blocks);
  }
  assert_int_equal(status, WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ASK_16_numbers_of_every_type_are_compared),
      cmocka_unit_test(a_nan_is_unequal_to_everything),
      cmocka_unit_test(ASK_16_conditions_are_combined),
      cmocka_unit_test(ASK_16_texts_are_compared_and_matched),
      cmocka_unit_test(ASK_16_elements_and_fields_of_fields),
      cmocka_unit_test(ASK_16_parameters_stand_for_literals),
      cmocka_unit_test(ASK_16_a_fault_names_its_column),
      cmocka_unit_test(faults_of_fields),
      cmocka_unit_test(faults_of_parameters),
      cmocka_unit_test(what_is_too_much_is_refused),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
