// What a user's value of a parameter must be to be read.
#ifndef WHORL_BASE_PARAMETER_VALUE_H
#define WHORL_BASE_PARAMETER_VALUE_H

#include "whorl/parameter_value.h"

// INVALID_ARGUMENT: its type is none, or it is an array whose elements are NULL although there are some.
int whorl__parameter_value_check(const whorl_parameter_value_t *value);

#endif
