// Message types, and messages that outlive their callback.
#ifndef WHORL_MESSAGE_H
#define WHORL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rosidl_runtime_c/action_type_support_struct.h>
#include <rosidl_runtime_c/message_type_support_struct.h>
#include <rosidl_runtime_c/service_type_support_struct.h>
#include <rosidl_typesupport_interface/macros.h>

#ifdef __cplusplus
extern "C" {
#endif

// The type of a message, WHORL_MESSAGE(std_msgs, msg, String), of a service, WHORL_SERVICE(std_srvs, srv, SetBool), or of an action,
// WHORL_ACTION(example_interfaces, Fibonacci). Declared by the generated header (<std_msgs/msg/string.h>); link the package's
// rosidl_generator_c and rosidl_typesupport_c libraries. The same source builds against the message packages of a ROS installation.
typedef const rosidl_message_type_support_t *whorl_message_type_t;
typedef const rosidl_service_type_support_t *whorl_service_type_t;
typedef const rosidl_action_type_support_t *whorl_action_type_t;
#define WHORL_MESSAGE(package, folder, name) \
  ROSIDL_TYPESUPPORT_INTERFACE__MESSAGE_SYMBOL_NAME(rosidl_typesupport_c, package, folder, name)()
#define WHORL_SERVICE(package, folder, name) \
  ROSIDL_TYPESUPPORT_INTERFACE__SERVICE_SYMBOL_NAME(rosidl_typesupport_c, package, folder, name)()
#define WHORL_ACTION(package, name) ROSIDL_TYPESUPPORT_INTERFACE__ACTION_SYMBOL_NAME(rosidl_typesupport_c, package, action, name)()

// What a type says of itself; its strings live as long as the process.
typedef struct whorl_message_type_info {
  const char *name; // "std_msgs/msg/String"
  const char *hash; // "RIHS01_..."
  size_t size;      // of the native struct, in bytes
} whorl_message_type_info_t;
// For types that come from somewhere, a library that was loaded for instance: is it one that can be used? INVALID_TYPE says why not: no introspection can be reached, or its tables are those of another version of rosidl than
// this build's, and must not be read. Either output may be NULL. Any thread. NO_MEMORY.
int whorl_message_type_read_info(whorl_message_type_t type, whorl_message_type_info_t *ret_info);
int whorl_service_type_read_info(whorl_service_type_t type, whorl_message_type_info_t *ret_request,
                                 whorl_message_type_info_t *ret_response);

// What the middleware knows of a message. Sequence numbers are 0 where the middleware does not tell them (Cyclone DDS 0.10).
typedef struct whorl_message_info {
  int64_t source_timestamp_ns;    // system time at which it was published
  int64_t reception_timestamp_ns; // system time at which it was taken
  uint64_t publication_sequence;  // 0: unknown
  uint64_t reception_sequence;    // 0: unknown
  uint8_t publisher_gid[16];      // the DDS GUID of the publisher's writer
  bool from_intra_process;        // always false: there is one delivery path
} whorl_message_info_t;

// Keeps a message that a subscription callback was given, beyond the callback, and gives it back. The memory stays the very same and is shared
// with every other subscriber: read only. Each keep needs one release. Any thread; never suspend. Only for messages handed to callbacks: keep
// returns its argument, or NULL and the detail for anything else; release ignores anything else, but for the detail.
const void *whorl_message_keep(const void *message);
void whorl_message_release(const void *message);

#ifdef __cplusplus
}
#endif
#endif
