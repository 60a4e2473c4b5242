// A message type: rosidl's introspection, compiled once into a layout program, with its names, its hash and its pool of messages.
//
// Types are interned for the life of the process: one whorl__type_t per introspection members pointer, so equality is pointer equality.
#ifndef WHORL_MESSAGE_TYPE_H
#define WHORL_MESSAGE_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "whorl/message.h"

typedef struct whorl__type {
  const char *ros_name; // "std_msgs/msg/String"
  const char *dds_name; // "std_msgs::msg::dds_::String_"
  char hash[72];        // "RIHS01_" and 64 hex digits
  size_t size;          // of the native C struct
  size_t alignment;
  bool fixed_size; // no strings and no sequences inside: a copy is one memcpy
  const struct whorl__program *program;
  struct whorl__message_pool *pool;
  const void *members;             // rosidl_typesupport_introspection_c__MessageMembers
  _Atomic(void *) transport_cache; // the transport's own interned companion (Cyclone: the sertype); set once by compare-and-swap
} whorl__type_t;

// The interned type. INVALID_TYPE with a sentence: NULL, no introspection reachable, a member kind that is not supported, an ABI that does not fit.
int whorl__type_get(whorl_message_type_t support, const whorl__type_t **ret_type);
// Request and response of a service.
int whorl__service_type_get(whorl_service_type_t support, const whorl__type_t **ret_request, const whorl__type_t **ret_response);

// Deep copy into an initialised message of the same type, reusing its capacities. NO_MEMORY, or MALFORMED as whorl__cdr_size, leaves
// the target valid (initialised, contents undefined).
int whorl__type_copy(const whorl__type_t *type, const void *from, void *to);

#endif
