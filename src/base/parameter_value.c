#include "base/parameter_value.h"

#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "whorl/status.h"

enum { TYPES = WHORL_PARAMETER_STRING_ARRAY + 1 };

const char *whorl_parameter_type_name(whorl_parameter_type_t type)
{
  static const char *const names[TYPES] = {"not_set",    "bool",       "integer",       "double",       "string",
                                           "byte_array", "bool_array", "integer_array", "double_array", "string_array"};
  return (unsigned)type < TYPES ? names[type] : "unknown";
}

// Of an element of the arrays whose elements own nothing; 0: not such a type.
static size_t element_size(whorl_parameter_type_t type)
{
  switch (type) {
  case WHORL_PARAMETER_BYTE_ARRAY: return sizeof(uint8_t);
  case WHORL_PARAMETER_BOOL_ARRAY: return sizeof(bool);
  case WHORL_PARAMETER_INTEGER_ARRAY: return sizeof(int64_t);
  case WHORL_PARAMETER_DOUBLE_ARRAY: return sizeof(double);
  default: return 0;
  }
}

static const char *or_empty(const char *text) { return text != NULL ? text : ""; }

static bool equal_numbers(const double *left, const double *right, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (left[i] != right[i] && !(left[i] != left[i] && right[i] != right[i])) return false;
  return true;
}

static bool equal_texts(const char *const *left, const char *const *right, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp(or_empty(left[i]), or_empty(right[i])) != 0) return false;
  return true;
}

bool whorl_parameter_value_equal(const whorl_parameter_value_t *left, const whorl_parameter_value_t *right)
{
  if (left->type != right->type) return false;
  switch (left->type) {
  case WHORL_PARAMETER_NOT_SET: return true;
  case WHORL_PARAMETER_BOOL: return left->boolean == right->boolean;
  case WHORL_PARAMETER_INTEGER: return left->integer == right->integer;
  case WHORL_PARAMETER_DOUBLE: return equal_numbers(&left->number, &right->number, 1);
  case WHORL_PARAMETER_STRING: return strcmp(or_empty(left->text), or_empty(right->text)) == 0;
  default: break;
  }
  if (left->count != right->count) return false;
  if (left->type == WHORL_PARAMETER_STRING_ARRAY) return equal_texts(left->texts, right->texts, left->count);
  if (left->type == WHORL_PARAMETER_DOUBLE_ARRAY) return equal_numbers(left->numbers, right->numbers, left->count);
  return left->count == 0 || memcmp(left->bytes, right->bytes, left->count * element_size(left->type)) == 0;
}

static void free_texts(const char *const *texts, size_t count)
{
  for (size_t i = 0; i < count; i++) whorl__free((void *)texts[i]);
  whorl__free((void *)texts);
}

static const char **copy_texts(const char *const *texts, size_t count)
{
  const char **copy = whorl__alloc(count * sizeof *copy);
  for (size_t i = 0; copy != NULL && i < count; i++) {
    copy[i] = whorl__strdup(or_empty(texts[i]));
    if (copy[i] != NULL) continue;
    free_texts(copy, i);
    copy = NULL;
  }
  return copy;
}

static void *copy_array(const void *array, size_t size)
{
  void *copy = whorl__alloc(size);
  if (copy != NULL) memcpy(copy, array, size);
  return copy;
}

int whorl__parameter_value_check(const whorl_parameter_value_t *value)
{
  if ((unsigned)value->type >= TYPES) return whorl__fail(WHORL_INVALID_ARGUMENT, "%d is no type of a parameter", (int)value->type);
  if (value->type >= WHORL_PARAMETER_BYTE_ARRAY && value->count > 0 && value->bytes == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "the elements of a %s are NULL", whorl_parameter_type_name(value->type));
  return WHORL_OK;
}

int whorl_parameter_value_copy(const whorl_parameter_value_t *value, whorl_parameter_value_t *ret_value)
{
  if (value == NULL || ret_value == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_parameter_value_copy: %s is NULL", value == NULL ? "value" : "ret_value");
  WHORL_TRY(whorl__parameter_value_check(value));
  whorl_parameter_value_t copy = *value;
  if (value->type >= WHORL_PARAMETER_BYTE_ARRAY && value->count > 0) {
    copy.bytes = value->type == WHORL_PARAMETER_STRING_ARRAY ? (const void *)copy_texts(value->texts, value->count)
                                                             : copy_array(value->bytes, value->count * element_size(value->type));
    if (copy.bytes == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a parameter");
  } else if (value->type >= WHORL_PARAMETER_BYTE_ARRAY) {
    copy.bytes = NULL;
  } else if (value->type == WHORL_PARAMETER_STRING) {
    copy.text = whorl__strdup(or_empty(value->text));
    if (copy.text == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a parameter");
  }
  *ret_value = copy;
  return WHORL_OK;
}

void whorl_parameter_value_fini(whorl_parameter_value_t *value)
{
  if (value == NULL) return;
  if (value->type == WHORL_PARAMETER_STRING) whorl__free((void *)value->text);
  if (element_size(value->type) != 0) whorl__free((void *)value->bytes);
  if (value->type == WHORL_PARAMETER_STRING_ARRAY) free_texts(value->texts, value->count);
  *value = whorl_parameter_of(WHORL_PARAMETER_NOT_SET, 0);
}
