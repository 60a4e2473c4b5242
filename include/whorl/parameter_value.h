// Values of parameters: all types that ROS 2 parameters have.
#ifndef WHORL_PARAMETER_VALUE_H
#define WHORL_PARAMETER_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum whorl_parameter_type { // the numbers of rcl_interfaces/msg/ParameterType
  WHORL_PARAMETER_NOT_SET,
  WHORL_PARAMETER_BOOL,
  WHORL_PARAMETER_INTEGER,
  WHORL_PARAMETER_DOUBLE,
  WHORL_PARAMETER_STRING,
  WHORL_PARAMETER_BYTE_ARRAY,
  WHORL_PARAMETER_BOOL_ARRAY,
  WHORL_PARAMETER_INTEGER_ARRAY,
  WHORL_PARAMETER_DOUBLE_ARRAY,
  WHORL_PARAMETER_STRING_ARRAY
} whorl_parameter_type_t;

// What Whorl gives out as a whole value is the receiver's: whorl_parameter_value_fini. What it is given is read inside the call.
typedef struct whorl_parameter_value {
  whorl_parameter_type_t type;
  size_t count; // of an array's elements
  union {       // `text` and all arrays: NULL stands for an empty one
    bool boolean;
    int64_t integer;
    double number;
    const char *text;
    const uint8_t *bytes;
    const bool *booleans;
    const int64_t *integers;
    const double *numbers;
    const char *const *texts;
  };
} whorl_parameter_value_t;

const char *whorl_parameter_type_name(whorl_parameter_type_t type); // "integer", "string_array"; "unknown" for no type. Static storage
bool whorl_parameter_value_equal(const whorl_parameter_value_t *left, const whorl_parameter_value_t *right); // NaN equals NaN
// A copy with memory of its own. INVALID_ARGUMENT (no type, or a NULL where elements are), NO_MEMORY.
int whorl_parameter_value_copy(const whorl_parameter_value_t *value, whorl_parameter_value_t *ret_value);
void whorl_parameter_value_fini(whorl_parameter_value_t *value); // leaves it not set. NULL: nothing to do

// One value as YAML has it, and as the command line is given it (`-p name:=value`): "1.5", "[1, 2]", "true"; what is nothing else is a string. The receiver's to fini. Any thread. MALFORMED: "1:3: ..."; NO_MEMORY.
int whorl_parameter_value_parse(const char *text, whorl_parameter_value_t *ret_value);
// What a parameter file has for the node of that full name ("/arm/driver"), its wildcards included: `visit` is called once for each parameter, with the value that counts, the last one. Name and value live during the call. Blocks while
// the file is read. Any thread. MALFORMED: "robot.yaml:3:7: ..."; NOT_FOUND, IO_ERROR: "parameter file 'robot.yaml': ..."; NO_MEMORY: then nothing was visited.
typedef void (*whorl_parameter_file_visitor_t)(const char *name, const whorl_parameter_value_t *value, void *arg);
int whorl_parameter_file_visit(const char *path, const char *node, whorl_parameter_file_visitor_t visit, void *arg);

// Values to pass on; they point to what they are given.
static inline whorl_parameter_value_t whorl_parameter_of(whorl_parameter_type_t type, size_t count)
{
  whorl_parameter_value_t value;
  value.type = type;
  value.count = count;
  value.integer = 0;
  return value;
}
static inline whorl_parameter_value_t whorl_parameter_bool(bool boolean)
{
  whorl_parameter_value_t value = whorl_parameter_of(WHORL_PARAMETER_BOOL, 0);
  value.boolean = boolean;
  return value;
}
static inline whorl_parameter_value_t whorl_parameter_integer(int64_t integer)
{
  whorl_parameter_value_t value = whorl_parameter_of(WHORL_PARAMETER_INTEGER, 0);
  value.integer = integer;
  return value;
}
static inline whorl_parameter_value_t whorl_parameter_double(double number)
{
  whorl_parameter_value_t value = whorl_parameter_of(WHORL_PARAMETER_DOUBLE, 0);
  value.number = number;
  return value;
}
static inline whorl_parameter_value_t whorl_parameter_string(const char *text)
{
  whorl_parameter_value_t value = whorl_parameter_of(WHORL_PARAMETER_STRING, 0);
  value.text = text;
  return value;
}
static inline whorl_parameter_value_t whorl_parameter_bytes(const uint8_t *bytes, size_t count)
{
  whorl_parameter_value_t value = whorl_parameter_of(WHORL_PARAMETER_BYTE_ARRAY, count);
  value.bytes = bytes;
  return value;
}
static inline whorl_parameter_value_t whorl_parameter_bools(const bool *booleans, size_t count)
{
  whorl_parameter_value_t value = whorl_parameter_of(WHORL_PARAMETER_BOOL_ARRAY, count);
  value.booleans = booleans;
  return value;
}
static inline whorl_parameter_value_t whorl_parameter_integers(const int64_t *integers, size_t count)
{
  whorl_parameter_value_t value = whorl_parameter_of(WHORL_PARAMETER_INTEGER_ARRAY, count);
  value.integers = integers;
  return value;
}
static inline whorl_parameter_value_t whorl_parameter_doubles(const double *numbers, size_t count)
{
  whorl_parameter_value_t value = whorl_parameter_of(WHORL_PARAMETER_DOUBLE_ARRAY, count);
  value.numbers = numbers;
  return value;
}
static inline whorl_parameter_value_t whorl_parameter_strings(const char *const *texts, size_t count)
{
  whorl_parameter_value_t value = whorl_parameter_of(WHORL_PARAMETER_STRING_ARRAY, count);
  value.texts = texts;
  return value;
}

#ifdef __cplusplus
}
#endif
#endif
