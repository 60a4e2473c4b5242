// What may be declared, and what may be set. The sentences go out as reasons in answers of the parameter services.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/detail.h"
#include "parameter/parameters.h"

// --- ranges

static bool is_in_integer_range(const whorl_integer_range_t *range, int64_t value)
{
  if (value < range->from || value > range->to) return false;
  return range->step == 0 || value == range->to || ((uint64_t)value - (uint64_t)range->from) % range->step == 0;
}

// Doubles that were computed: equal but for their last digits.
static bool are_close(double left, double right)
{
  double scale = fmax(fabs(left), fabs(right));
  return left == right || fabs(left - right) <= 1e-12 * scale;
}

static bool is_in_double_range(const whorl_double_range_t *range, double value)
{
  if (are_close(value, range->from) || are_close(value, range->to)) return true;
  if (!(value > range->from && value < range->to)) return false;
  if (range->step == 0) return true;
  double steps = round((value - range->from) / range->step);
  return are_close(value, range->from + steps * range->step);
}

static int check_integer(const whorl__parameter_t *row, int64_t value)
{
  const whorl_integer_range_t *range = &row->descriptor.integer_range;
  if (is_in_integer_range(range, value)) return WHORL_OK;
  return whorl__fail(WHORL_REJECTED, "parameter '%s' cannot be %" PRId64 ": its range is %" PRId64 " to %" PRId64 " in steps of %" PRIu64,
                     row->name, value, range->from, range->to, range->step != 0 ? range->step : 1);
}

static int check_double(const whorl__parameter_t *row, double value)
{
  const whorl_double_range_t *range = &row->descriptor.double_range;
  if (is_in_double_range(range, value)) return WHORL_OK;
  if (range->step == 0)
    return whorl__fail(WHORL_REJECTED, "parameter '%s' cannot be %g: its range is %g to %g", row->name, value, range->from, range->to);
  return whorl__fail(WHORL_REJECTED, "parameter '%s' cannot be %g: its range is %g to %g in steps of %g", row->name, value, range->from,
                     range->to, range->step);
}

static int check_ranges(const whorl__parameter_t *row, const whorl_parameter_value_t *value)
{
  const whorl_parameter_descriptor_t *descriptor = &row->descriptor;
  if (descriptor->has_integer_range && value->type == WHORL_PARAMETER_INTEGER) WHORL_TRY(check_integer(row, value->integer));
  if (descriptor->has_integer_range && value->type == WHORL_PARAMETER_INTEGER_ARRAY)
    for (size_t i = 0; i < value->count; i++) WHORL_TRY(check_integer(row, value->integers[i]));
  if (descriptor->has_double_range && value->type == WHORL_PARAMETER_DOUBLE) WHORL_TRY(check_double(row, value->number));
  if (descriptor->has_double_range && value->type == WHORL_PARAMETER_DOUBLE_ARRAY)
    for (size_t i = 0; i < value->count; i++) WHORL_TRY(check_double(row, value->numbers[i]));
  return WHORL_OK;
}

int whorl__parameter_check_value(const whorl__parameter_t *row, const whorl_parameter_value_t *value)
{
  if (!row->descriptor.dynamic_typing && value->type != row->descriptor.type)
    return whorl__fail(WHORL_WRONG_TYPE, "Wrong parameter type, parameter {%s} is of type {%s}, setting it to {%s} is not allowed.",
                       row->name, whorl_parameter_type_name(row->descriptor.type), whorl_parameter_type_name(value->type));
  return check_ranges(row, value);
}

// --- declarations

static int check_integer_range(const char *name, const whorl_integer_range_t *range)
{
  if (range->from <= range->to) return WHORL_OK;
  return whorl__fail(WHORL_INVALID_ARGUMENT, "parameter '%s': a range from %" PRId64 " to %" PRId64 " is empty", name, range->from,
                     range->to);
}

static int check_double_range(const char *name, const whorl_double_range_t *range)
{
  if (range->from <= range->to && range->step >= 0) return WHORL_OK;
  return whorl__fail(WHORL_INVALID_ARGUMENT, "parameter '%s': a range from %g to %g in steps of %g is none", name, range->from, range->to,
                     range->step);
}

int whorl__parameter_check_options(const char *name, const whorl_parameter_options_t *options)
{
  if (name == NULL || name[0] == '\0') return whorl__fail(WHORL_INVALID_ARGUMENT, "a parameter needs a name");
  if ((unsigned)options->type > WHORL_PARAMETER_STRING_ARRAY)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "parameter '%s': %d is no type of a parameter", name, (int)options->type);
  if (options->integer_range != NULL) WHORL_TRY(check_integer_range(name, options->integer_range));
  if (options->double_range != NULL) WHORL_TRY(check_double_range(name, options->double_range));
  return WHORL_OK;
}
