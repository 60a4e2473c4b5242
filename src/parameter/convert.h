// Parameters as rcl_interfaces' messages have them. What a message owns is rosidl's.
#ifndef WHORL_PARAMETER_CONVERT_H
#define WHORL_PARAMETER_CONVERT_H

#include <rcl_interfaces/msg/parameter.h>
#include <rcl_interfaces/msg/parameter_descriptor.h>

#include "whorl/parameter.h"

// Into a message that is initialised; false: no memory.
bool whorl__parameter_write_text(rosidl_runtime_c__String *message, const char *text);
bool whorl__parameter_write_texts(rosidl_runtime_c__String__Sequence *message, const char *const *texts, size_t count);
bool whorl__parameter_write_value(rcl_interfaces__msg__ParameterValue *message, const whorl_parameter_value_t *value);
bool whorl__parameter_write(rcl_interfaces__msg__Parameter *message, const char *name, const whorl_parameter_value_t *value);
bool whorl__parameter_write_descriptor(rcl_interfaces__msg__ParameterDescriptor *message, const char *name,
                                       const whorl_parameter_descriptor_t *descriptor);
// Points into the message, but for `ret_texts`: the pointers of a string array, to be freed, else NULL. INVALID_ARGUMENT: its type is none; NO_MEMORY.
int whorl__parameter_read_value(const rcl_interfaces__msg__ParameterValue *message, whorl_parameter_value_t *ret_value,
                                const char ***ret_texts);
// The same with memory of its own.
int whorl__parameter_copy_value(const rcl_interfaces__msg__ParameterValue *message, whorl_parameter_value_t *ret_value);
// false: no memory.
bool whorl__parameter_copy_descriptor(const rcl_interfaces__msg__ParameterDescriptor *message,
                                      whorl_parameter_descriptor_t *ret_descriptor);

#endif
