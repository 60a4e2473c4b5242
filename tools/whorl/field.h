// Fields of messages, as rosidl's introspection tables tell of them.
#ifndef TOOL_FIELD_H
#define TOOL_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include <rosidl_typesupport_introspection_c/field_types.h>
#include <rosidl_typesupport_introspection_c/message_introspection.h>

typedef rosidl_typesupport_introspection_c__MessageMembers members_t;
typedef rosidl_typesupport_introspection_c__MessageMember member_t;

enum {
  FIELD_FLOAT = rosidl_typesupport_introspection_c__ROS_TYPE_FLOAT,
  FIELD_DOUBLE = rosidl_typesupport_introspection_c__ROS_TYPE_DOUBLE,
  FIELD_LONG_DOUBLE = rosidl_typesupport_introspection_c__ROS_TYPE_LONG_DOUBLE,
  FIELD_CHAR = rosidl_typesupport_introspection_c__ROS_TYPE_CHAR,
  FIELD_WCHAR = rosidl_typesupport_introspection_c__ROS_TYPE_WCHAR,
  FIELD_BOOL = rosidl_typesupport_introspection_c__ROS_TYPE_BOOLEAN,
  FIELD_BYTE = rosidl_typesupport_introspection_c__ROS_TYPE_OCTET,
  FIELD_UINT8 = rosidl_typesupport_introspection_c__ROS_TYPE_UINT8,
  FIELD_INT8 = rosidl_typesupport_introspection_c__ROS_TYPE_INT8,
  FIELD_UINT16 = rosidl_typesupport_introspection_c__ROS_TYPE_UINT16,
  FIELD_INT16 = rosidl_typesupport_introspection_c__ROS_TYPE_INT16,
  FIELD_UINT32 = rosidl_typesupport_introspection_c__ROS_TYPE_UINT32,
  FIELD_INT32 = rosidl_typesupport_introspection_c__ROS_TYPE_INT32,
  FIELD_UINT64 = rosidl_typesupport_introspection_c__ROS_TYPE_UINT64,
  FIELD_INT64 = rosidl_typesupport_introspection_c__ROS_TYPE_INT64,
  FIELD_STRING = rosidl_typesupport_introspection_c__ROS_TYPE_STRING,
  FIELD_WSTRING = rosidl_typesupport_introspection_c__ROS_TYPE_WSTRING,
  FIELD_MESSAGE = rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE
};

// One value or the elements of an array or sequence, inside a message.
typedef struct elements {
  void *first;
  size_t count, width;
} elements_t;

const members_t *field_nested(const member_t *member); // of a field that is a message
bool field_is_sequence(const member_t *member);        // its length can change
size_t field_width(const member_t *member);            // of one element, in memory
elements_t field_elements(const member_t *member, const void *message);
static inline void *element_at(const elements_t *elements, size_t index) { return (char *)elements->first + index * elements->width; }
// Gives a sequence that many new elements, with their defaults. False without memory: then it is empty.
bool field_resize(const member_t *member, void *message, size_t count);
const member_t *field_find(const members_t *members, const char *name, size_t length); // NULL: none
void field_names(const members_t *members, char *text, size_t size);                   // "a, b", as many as fit; "none"
// The one field of a message without any, which rosidl puts there.
bool field_is_filler(const members_t *members);

// A whole message in memory of its own, with the defaults of its definition. The program ends without memory.
void *message_create(const members_t *members);
void message_destroy(const members_t *members, void *message);

// Both with malloc: "std_msgs/msg/Header"; "int32[3]", "string<=22[<=3]", "std_msgs/msg/Header[]".
char *members_name(const members_t *members);
char *field_type(const member_t *member);

#endif
