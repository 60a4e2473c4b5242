#include "parameter/convert.h"

#include <string.h>

#include <rcl_interfaces/msg/floating_point_range.h>
#include <rcl_interfaces/msg/integer_range.h>
#include <rosidl_runtime_c/primitives_sequence_functions.h>
#include <rosidl_runtime_c/string_functions.h>

#include "base/detail.h"
#include "base/memory.h"
#include "whorl/status.h"

bool whorl__parameter_write_text(rosidl_runtime_c__String *message, const char *text)
{
  return rosidl_runtime_c__String__assign(message, text != NULL ? text : "");
}

bool whorl__parameter_write_texts(rosidl_runtime_c__String__Sequence *message, const char *const *texts, size_t count)
{
  if (!rosidl_runtime_c__String__Sequence__init(message, count)) return false;
  for (size_t i = 0; i < count; i++)
    if (!whorl__parameter_write_text(&message->data[i], texts[i])) return false;
  return true;
}

static void copy(void *to, const void *from, size_t size)
{
  if (size > 0) memcpy(to, from, size);
}

bool whorl__parameter_write_value(rcl_interfaces__msg__ParameterValue *message, const whorl_parameter_value_t *value)
{
  size_t count = value->count;
  message->type = (uint8_t)value->type;
  switch (value->type) {
  case WHORL_PARAMETER_NOT_SET: return true;
  case WHORL_PARAMETER_BOOL: message->bool_value = value->boolean; return true;
  case WHORL_PARAMETER_INTEGER: message->integer_value = value->integer; return true;
  case WHORL_PARAMETER_DOUBLE: message->double_value = value->number; return true;
  case WHORL_PARAMETER_STRING: return whorl__parameter_write_text(&message->string_value, value->text);
  case WHORL_PARAMETER_STRING_ARRAY: return whorl__parameter_write_texts(&message->string_array_value, value->texts, count);
  case WHORL_PARAMETER_BYTE_ARRAY:
    if (!rosidl_runtime_c__octet__Sequence__init(&message->byte_array_value, count)) return false;
    copy(message->byte_array_value.data, value->bytes, count);
    return true;
  case WHORL_PARAMETER_BOOL_ARRAY:
    if (!rosidl_runtime_c__boolean__Sequence__init(&message->bool_array_value, count)) return false;
    copy(message->bool_array_value.data, value->booleans, count * sizeof *value->booleans);
    return true;
  case WHORL_PARAMETER_INTEGER_ARRAY:
    if (!rosidl_runtime_c__int64__Sequence__init(&message->integer_array_value, count)) return false;
    copy(message->integer_array_value.data, value->integers, count * sizeof *value->integers);
    return true;
  case WHORL_PARAMETER_DOUBLE_ARRAY:
    if (!rosidl_runtime_c__double__Sequence__init(&message->double_array_value, count)) return false;
    copy(message->double_array_value.data, value->numbers, count * sizeof *value->numbers);
    return true;
  }
  return false;
}

bool whorl__parameter_write(rcl_interfaces__msg__Parameter *message, const char *name, const whorl_parameter_value_t *value)
{
  return whorl__parameter_write_text(&message->name, name) && whorl__parameter_write_value(&message->value, value);
}

bool whorl__parameter_write_descriptor(rcl_interfaces__msg__ParameterDescriptor *message, const char *name,
                                       const whorl_parameter_descriptor_t *descriptor)
{
  const whorl_integer_range_t *integers = &descriptor->integer_range;
  const whorl_double_range_t *doubles = &descriptor->double_range;
  message->type = (uint8_t)descriptor->type;
  message->read_only = descriptor->read_only;
  message->dynamic_typing = descriptor->dynamic_typing;
  if (descriptor->has_integer_range) {
    if (!rcl_interfaces__msg__IntegerRange__Sequence__init(&message->integer_range, 1)) return false;
    message->integer_range.data[0] = (rcl_interfaces__msg__IntegerRange){
        .from_value = integers->from, .to_value = integers->to, .step = integers->step};
  }
  if (descriptor->has_double_range) {
    if (!rcl_interfaces__msg__FloatingPointRange__Sequence__init(&message->floating_point_range, 1)) return false;
    message->floating_point_range.data[0] = (rcl_interfaces__msg__FloatingPointRange){
        .from_value = doubles->from, .to_value = doubles->to, .step = doubles->step};
  }
  return whorl__parameter_write_text(&message->name, name) && whorl__parameter_write_text(&message->description, descriptor->description) &&
         whorl__parameter_write_text(&message->additional_constraints, descriptor->additional_constraints);
}

static int read_texts(const rosidl_runtime_c__String__Sequence *message, whorl_parameter_value_t *ret_value, const char ***ret_texts)
{
  const char **texts = whorl__alloc((message->size + 1) * sizeof *texts);
  if (texts == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a parameter");
  for (size_t i = 0; i < message->size; i++) texts[i] = message->data[i].data;
  *ret_texts = texts;
  *ret_value = whorl_parameter_strings(texts, message->size);
  return WHORL_OK;
}

int whorl__parameter_read_value(const rcl_interfaces__msg__ParameterValue *message, whorl_parameter_value_t *ret_value,
                                const char ***ret_texts)
{
  *ret_texts = NULL;
  switch (message->type) {
  case WHORL_PARAMETER_NOT_SET: *ret_value = (whorl_parameter_value_t){0}; break;
  case WHORL_PARAMETER_BOOL: *ret_value = whorl_parameter_bool(message->bool_value); break;
  case WHORL_PARAMETER_INTEGER: *ret_value = whorl_parameter_integer(message->integer_value); break;
  case WHORL_PARAMETER_DOUBLE: *ret_value = whorl_parameter_double(message->double_value); break;
  case WHORL_PARAMETER_STRING: *ret_value = whorl_parameter_string(message->string_value.data); break;
  case WHORL_PARAMETER_BYTE_ARRAY:
    *ret_value = whorl_parameter_bytes(message->byte_array_value.data, message->byte_array_value.size);
    break;
  case WHORL_PARAMETER_BOOL_ARRAY:
    *ret_value = whorl_parameter_bools(message->bool_array_value.data, message->bool_array_value.size);
    break;
  case WHORL_PARAMETER_INTEGER_ARRAY:
    *ret_value = whorl_parameter_integers(message->integer_array_value.data, message->integer_array_value.size);
    break;
  case WHORL_PARAMETER_DOUBLE_ARRAY:
    *ret_value = whorl_parameter_doubles(message->double_array_value.data, message->double_array_value.size);
    break;
  case WHORL_PARAMETER_STRING_ARRAY: return read_texts(&message->string_array_value, ret_value, ret_texts);
  default: return whorl__fail(WHORL_INVALID_ARGUMENT, "%u is no type of a parameter", message->type);
  }
  return WHORL_OK;
}

int whorl__parameter_copy_value(const rcl_interfaces__msg__ParameterValue *message, whorl_parameter_value_t *ret_value)
{
  whorl_parameter_value_t value;
  const char **texts;
  WHORL_TRY(whorl__parameter_read_value(message, &value, &texts));
  int status = whorl_parameter_value_copy(&value, ret_value);
  whorl__free(texts);
  return status;
}

bool whorl__parameter_copy_descriptor(const rcl_interfaces__msg__ParameterDescriptor *message, whorl_parameter_descriptor_t *ret_descriptor)
{
  whorl_parameter_descriptor_t descriptor = {.type = (whorl_parameter_type_t)message->type,
                                             .description = whorl__strdup(message->description.data),
                                             .additional_constraints = whorl__strdup(message->additional_constraints.data),
                                             .read_only = message->read_only,
                                             .dynamic_typing = message->dynamic_typing,
                                             .has_integer_range = message->integer_range.size > 0,
                                             .has_double_range = message->floating_point_range.size > 0};
  if (descriptor.has_integer_range) {
    const rcl_interfaces__msg__IntegerRange *range = message->integer_range.data;
    descriptor.integer_range = (whorl_integer_range_t){range->from_value, range->to_value, range->step};
  }
  if (descriptor.has_double_range) {
    const rcl_interfaces__msg__FloatingPointRange *range = message->floating_point_range.data;
    descriptor.double_range = (whorl_double_range_t){range->from_value, range->to_value, range->step};
  }
  if (descriptor.description != NULL && descriptor.additional_constraints != NULL) {
    *ret_descriptor = descriptor;
    return true;
  }
  whorl_parameter_descriptor_fini(&descriptor);
  return false;
}
