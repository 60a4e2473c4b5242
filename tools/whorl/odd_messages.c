// An introspection library whose table makes no sense, as one of another version of rosidl would be: for types_test.c.
#include <rosidl_typesupport_introspection_c/field_types.h>
#include <rosidl_typesupport_introspection_c/identifier.h>
#include <rosidl_typesupport_introspection_c/message_introspection.h>

static const rosidl_typesupport_introspection_c__MessageMember MEMBER = {
    .name_ = "far", .type_id_ = rosidl_typesupport_introspection_c__ROS_TYPE_INT32, .offset_ = 4096};
static const rosidl_typesupport_introspection_c__MessageMembers MEMBERS = {
    .message_namespace_ = "odd_msgs__msg", .message_name_ = "Odd", .member_count_ = 1, .size_of_ = 8, .members_ = &MEMBER};

static const rosidl_message_type_support_t *same(const rosidl_message_type_support_t *support, const char *identifier)
{
  (void)identifier;
  return support;
}

static rosidl_message_type_support_t support = {.data = &MEMBERS, .func = same};

const rosidl_message_type_support_t *rosidl_typesupport_introspection_c__get_message_type_support_handle__odd_msgs__msg__Odd(void);

const rosidl_message_type_support_t *rosidl_typesupport_introspection_c__get_message_type_support_handle__odd_msgs__msg__Odd(void)
{
  support.typesupport_identifier = rosidl_typesupport_introspection_c__identifier;
  return &support;
}
