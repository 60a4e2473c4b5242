// For fuzz targets: the message types of a list X(package, folder, name), without their headers. TYPES(FUZZ_DECLARE), and then an array of TYPES(FUZZ_ADDRESS).
#ifndef WHORL_MESSAGE_FUZZ_TYPES_H
#define WHORL_MESSAGE_FUZZ_TYPES_H

#include <rosidl_runtime_c/message_type_support_struct.h>
#include <rosidl_typesupport_interface/macros.h>

#define FUZZ_DECLARE(package, folder, name) \
  const rosidl_message_type_support_t *ROSIDL_TYPESUPPORT_INTERFACE__MESSAGE_SYMBOL_NAME(rosidl_typesupport_c, package, folder, name)(void);
#define FUZZ_ADDRESS(package, folder, name) ROSIDL_TYPESUPPORT_INTERFACE__MESSAGE_SYMBOL_NAME(rosidl_typesupport_c, package, folder, name),
typedef const rosidl_message_type_support_t *(*fuzz_support_t)(void);

#endif
