// Asking a compiled filter.
#include "message/filter.h"

#include <string.h>

#include <rosidl_runtime_c/string.h>
#include <rosidl_typesupport_introspection_c/field_types.h>

#include "base/detail.h"
#include "base/memory.h"
#include "message/contents.h"
#include "message/filter_tree.h"
#include "whorl/status.h"

// --- values

static const void *find_field(const whorl__filter_operand_t *operand, const void *native)
{
  const char *at = native;
  for (size_t i = 0; i < operand->step_count; i++) {
    const whorl__filter_step_t *step = &operand->steps[i];
    at += step->offset;
    if (step->is_sequence) {
      const whorl__sequence_t *sequence = (const void *)at;
      if (step->index >= sequence->size || sequence->data == NULL) return NULL;
      at = sequence->data;
    }
    at += step->index * step->width;
  }
  return at;
}

#define READ(field, type) (*(const type *)(field))

static whorl__filter_value_t read_field(const whorl__filter_operand_t *operand, const void *native)
{
  whorl__filter_value_t value = {.kind = operand->literal.kind};
  const void *field = find_field(operand, native);
  if (field == NULL) return (whorl__filter_value_t){.kind = WHORL__FILTER_NOTHING};
  switch (operand->type_id) {
  case rosidl_typesupport_introspection_c__ROS_TYPE_INT8: value.number = READ(field, int8_t); break; // NOLINT: -128 to 127 it is to be
  case rosidl_typesupport_introspection_c__ROS_TYPE_INT16: value.number = READ(field, int16_t); break;
  case rosidl_typesupport_introspection_c__ROS_TYPE_INT32: value.number = READ(field, int32_t); break;
  case rosidl_typesupport_introspection_c__ROS_TYPE_INT64: value.number = READ(field, int64_t); break;
  case rosidl_typesupport_introspection_c__ROS_TYPE_UINT16: value.natural = READ(field, uint16_t); break;
  case rosidl_typesupport_introspection_c__ROS_TYPE_UINT32: value.natural = READ(field, uint32_t); break;
  case rosidl_typesupport_introspection_c__ROS_TYPE_UINT64: value.natural = READ(field, uint64_t); break;
  case rosidl_typesupport_introspection_c__ROS_TYPE_FLOAT: value.real = (double)READ(field, float); break;
  case rosidl_typesupport_introspection_c__ROS_TYPE_DOUBLE: value.real = READ(field, double); break;
  case rosidl_typesupport_introspection_c__ROS_TYPE_STRING: value.text = READ(field, rosidl_runtime_c__String).data; break;
  default: value.natural = READ(field, uint8_t); break; // bool, char, octet, uint8
  }
  if (value.kind == WHORL__FILTER_TEXT && value.text == NULL) value.text = "";
  return value;
}

static whorl__filter_value_t value_of(const whorl__filter_operand_t *operand, const void *native)
{
  return operand->is_field ? read_field(operand, native) : operand->literal;
}

// --- predicates

static long double as_real(const whorl__filter_value_t *value)
{
  if (value->kind == WHORL__FILTER_FLOAT) return (long double)value->real;
  return value->kind == WHORL__FILTER_SIGNED ? (long double)value->number : (long double)value->natural;
}

enum { UNORDERED = 2 }; // a NaN

static int order_of(const whorl__filter_value_t *left, const whorl__filter_value_t *right)
{
  if (left->kind == WHORL__FILTER_TEXT) {
    int order = strcmp(left->text, right->text);
    return order < 0 ? -1 : order > 0;
  }
  if (left->kind == WHORL__FILTER_FLOAT || right->kind == WHORL__FILTER_FLOAT) {
    long double a = as_real(left), b = as_real(right);
    if (a != a || b != b) return UNORDERED;
    return a < b ? -1 : a > b;
  }
  bool left_below = left->kind == WHORL__FILTER_SIGNED && left->number < 0;
  bool right_below = right->kind == WHORL__FILTER_SIGNED && right->number < 0;
  if (left_below != right_below) return left_below ? -1 : 1;
  if (left_below) return left->number < right->number ? -1 : left->number > right->number;
  return left->natural < right->natural ? -1 : left->natural > right->natural; // a signed one that is not negative has the same bits
}

// Goes back to the last % when it does not go on.
static bool is_like(const char *text, const char *pattern)
{
  const char *resume_text = NULL, *resume_pattern = NULL;
  while (*text != '\0') {
    if (*pattern == '%') {
      resume_pattern = ++pattern;
      resume_text = text;
    } else if (*pattern == '_' || (*pattern != '\0' && *pattern == *text)) {
      pattern++;
      text++;
    } else if (resume_pattern != NULL) {
      pattern = resume_pattern;
      text = ++resume_text;
    } else {
      return false;
    }
  }
  while (*pattern == '%') pattern++;
  return *pattern == '\0';
}

static bool holds(const whorl__filter_node_t *node, const void *native)
{
  whorl__filter_value_t left = value_of(&node->operands[0], native), right = value_of(&node->operands[1], native);
  if (left.kind == WHORL__FILTER_NOTHING || right.kind == WHORL__FILTER_NOTHING) return false;
  if (node->operator== WHORL__FILTER_LIKE) return is_like(left.text, right.text);
  int order = order_of(&left, &right);
  switch (node->operator) {
  case WHORL__FILTER_EQUAL: return order == 0;
  case WHORL__FILTER_UNEQUAL: return order != 0;
  case WHORL__FILTER_LESS: return order == -1;
  case WHORL__FILTER_LESS_EQUAL: return order == -1 || order == 0;
  case WHORL__FILTER_MORE: return order == 1;
  default: return order == 1 || order == 0;
  }
}

static bool is_true(const whorl__filter_t *self, size_t at, const void *native) // no deeper than the parser went
{
  const whorl__filter_node_t *node = &self->nodes[at];
  switch (node->operator) {
  case WHORL__FILTER_AND: return is_true(self, node->left, native) && is_true(self, node->right, native);
  case WHORL__FILTER_OR: return is_true(self, node->left, native) || is_true(self, node->right, native);
  case WHORL__FILTER_NOT: return !is_true(self, node->left, native);
  default: return holds(node, native);
  }
}

bool whorl__filter_passes(const whorl__filter_t *self, const void *native) { return is_true(self, self->root, native); }

// --- life

static void free_filter(whorl__filter_t *self)
{
  for (size_t i = 0; i < self->parameter_count; i++) whorl__free(self->parameters[i]);
  whorl__free(self->parameters);
  whorl__free(self->expression);
  whorl__free(self->texts);
  whorl__free(self->nodes);
  whorl__free(self);
}

static bool copy_texts(whorl__filter_t *self, const char *expression, const char *const *parameters, size_t count)
{
  size_t all = strlen(expression) + 1;
  self->expression = whorl__strdup(expression);
  self->parameters = whorl__alloc((count + 1) * sizeof *self->parameters);
  if (self->expression == NULL || self->parameters == NULL) return false;
  for (size_t i = 0; i < count; i++) {
    if ((self->parameters[i] = whorl__strdup(parameters[i])) == NULL) return false;
    self->parameter_count++;
  }
  for (size_t i = 0; i < count; i++)
    all += strlen(parameters[i]) + 1; // a literal is shorter than its quotes with it, and a parameter is read once
  self->texts = whorl__alloc(all);
  return self->texts != NULL;
}

int whorl__filter_create(const whorl__type_t *type, const char *expression, const char *const *parameters, size_t parameter_count,
                         whorl__filter_t **ret_filter)
{
  enum { MOST_PARAMETERS = 100, LONGEST = 4096 };
  if (parameter_count > 0 && parameters == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "a filter: %zu parameters at NULL", parameter_count);
  if (parameter_count > MOST_PARAMETERS)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "a filter: %zu parameters, where at most %d may be", parameter_count, MOST_PARAMETERS);
  if (strlen(expression) > LONGEST) return whorl__fail(WHORL_INVALID_ARGUMENT, "a filter of more than %d characters", LONGEST);
  for (size_t i = 0; i < parameter_count; i++) {
    if (parameters[i] == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "a filter: parameter %%%zu is NULL", i);
    if (strlen(parameters[i]) > LONGEST)
      return whorl__fail(WHORL_INVALID_ARGUMENT, "a filter: parameter %%%zu has more than %d characters", i, LONGEST);
  }
  whorl__filter_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a filter");
  atomic_init(&self->references, 1);
  int status = copy_texts(self, expression, parameters, parameter_count) ? whorl__filter_parse(self, type->members)
                                                                         : whorl__fail(WHORL_NO_MEMORY, "no memory for a filter");
  if (status < 0) {
    free_filter(self);
    return status;
  }
  *ret_filter = self;
  return WHORL_OK;
}

whorl__filter_t *whorl__filter_ref(whorl__filter_t *self)
{
  atomic_fetch_add(&self->references, 1);
  return self;
}

void whorl__filter_unref(whorl__filter_t *self)
{
  if (self != NULL && atomic_fetch_sub(&self->references, 1) == 1) free_filter(self);
}

const char *whorl__filter_expression(const whorl__filter_t *self) { return self->expression; }

const char *const *whorl__filter_parameters(const whorl__filter_t *self, size_t *ret_count)
{
  *ret_count = self->parameter_count;
  return (const char *const *)self->parameters;
}
