// The tables are plain structs of another library. Where a newer rosidl inserts a member, we would read a size as a pointer or a flag as a
// count; so everything is checked before it is used: pointers before they are followed, kinds, offsets that must rise and fit into
// the struct. It cannot prove that the versions agree, but no known difference gets past it.
#include "message/members.h"

#include <stdio.h>
#include <string.h>

#include <rosidl_runtime_c/string.h>
#include <rosidl_runtime_c/u16string.h>
#include <rosidl_typesupport_introspection_c/field_types.h>
#include <rosidl_typesupport_introspection_c/identifier.h>

#include "base/detail.h"
#include "whorl/status.h"

enum { MOST_MEMBERS = 4096, LARGEST_STRUCT = 1 << 28 };

static bool pointer_plausible(const void *pointer, size_t alignment)
{
  return (uintptr_t)pointer >= 4096 && (uintptr_t)pointer % alignment == 0;
}

static bool identifier_plausible(const char *text)
{
  if (!pointer_plausible(text, 1)) return false;
  size_t length = 0;
  for (; text[length] != '\0' && length < 256; length++) {
    char c = text[length];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return length > 0 && length < 256;
}

size_t whorl__member_width(const whorl__member_t *member)
{
  switch (member->type_id_) {
  case rosidl_typesupport_introspection_c__ROS_TYPE_FLOAT:
  case rosidl_typesupport_introspection_c__ROS_TYPE_UINT32:
  case rosidl_typesupport_introspection_c__ROS_TYPE_INT32: return 4;
  case rosidl_typesupport_introspection_c__ROS_TYPE_DOUBLE:
  case rosidl_typesupport_introspection_c__ROS_TYPE_UINT64:
  case rosidl_typesupport_introspection_c__ROS_TYPE_INT64: return 8;
  case rosidl_typesupport_introspection_c__ROS_TYPE_UINT16:
  case rosidl_typesupport_introspection_c__ROS_TYPE_INT16: return 2;
  case rosidl_typesupport_introspection_c__ROS_TYPE_CHAR:
  case rosidl_typesupport_introspection_c__ROS_TYPE_BOOLEAN:
  case rosidl_typesupport_introspection_c__ROS_TYPE_OCTET:
  case rosidl_typesupport_introspection_c__ROS_TYPE_UINT8:
  case rosidl_typesupport_introspection_c__ROS_TYPE_INT8: return 1;
  case rosidl_typesupport_introspection_c__ROS_TYPE_STRING: return sizeof(rosidl_runtime_c__String);
  case rosidl_typesupport_introspection_c__ROS_TYPE_WSTRING: return sizeof(rosidl_runtime_c__U16String);
  default: return 0;
  }
}

int whorl__members_nested(const whorl__member_t *member, const whorl__members_t **ret_members)
{
  const rosidl_message_type_support_t *support = member->members_;
  if (!pointer_plausible(support, _Alignof(rosidl_message_type_support_t)) || support->typesupport_identifier == NULL ||
      strcmp(support->typesupport_identifier, rosidl_typesupport_introspection_c__identifier) != 0) {
    return whorl__fail(WHORL_INVALID_TYPE, "field '%s' has no C introspection for its message type", member->name_);
  }
  *ret_members = support->data;
  return WHORL_OK;
}

// Returns what is wrong with the member, or NULL. `end` is where the member before it ended, and then where this one does.
static const char *member_fault(const whorl__member_t *member, size_t struct_size, size_t *end)
{
  if (!identifier_plausible(member->name_)) return "its name is not one";
  size_t width = whorl__member_width(member);
  bool nested = member->type_id_ == rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE;
  if (width == 0 && !nested) return "a type that .msg files do not have";
  if (nested && !pointer_plausible(member->members_, sizeof(void *))) return "the tables of its type are missing";
  if (member->is_upper_bound_ && !member->is_array_) return "a bound without a sequence";
  if (!member->is_array_ && member->array_size_ != 0) return "a size without an array";
  if (member->offset_ < *end || member->offset_ > struct_size) return "its place in the struct cannot be";
  if (whorl__member_is_sequence(member)) {
    width = 3 * sizeof(size_t);
  } else {
    size_t count = member->is_array_ ? member->array_size_ : 1;
    if (nested) width = 1; // at least
    if (count > struct_size / width) return "its size cannot be";
    width *= count;
  }
  *end = member->offset_ + width;
  return *end > struct_size ? "it does not fit into the struct" : NULL;
}

int whorl__members_check(const whorl__members_t *members)
{
  if (!pointer_plausible(members, _Alignof(whorl__members_t)))
    return whorl__fail(WHORL_INVALID_TYPE, "a type support without introspection tables");
  if (!identifier_plausible(members->message_name_) || !identifier_plausible(members->message_namespace_)) {
    return whorl__fail(WHORL_INVALID_TYPE, "introspection tables without the name of their type");
  }
  const char *name = members->message_name_, *folder = members->message_namespace_;
  if (members->member_count_ == 0 || members->member_count_ > MOST_MEMBERS || members->size_of_ == 0 ||
      members->size_of_ > LARGEST_STRUCT || !pointer_plausible(members->members_, _Alignof(whorl__member_t))) {
    return whorl__fail(WHORL_INVALID_TYPE, "%s__%s: its introspection does not look like that of the rosidl this was built with", folder,
                       name);
  }
  size_t end = 0;
  for (uint32_t i = 0; i < members->member_count_; i++) {
    const char *fault = member_fault(&members->members_[i], members->size_of_, &end);
    if (fault != NULL)
      return whorl__fail(WHORL_INVALID_TYPE, "%s__%s: field %u: %s; generated by another version of rosidl?", folder, name, (unsigned)i,
                         fault);
  }
  return WHORL_OK;
}

int whorl__members_name(const whorl__members_t *members, char *text, size_t size)
{
  size_t used = 0;
  for (const char *c = members->message_namespace_; *c != '\0' && used < size; c++) {
    bool separator = c[0] == '_' && c[1] == '_';
    text[used++] = separator ? '/' : *c;
    if (separator) c++;
  }
  int rest = used < size ? snprintf(text + used, size - used, "/%s", members->message_name_) : -1;
  if (rest < 0 || (size_t)rest >= size - used)
    return whorl__fail(WHORL_LIMIT_EXCEEDED, "the name of type %s is too long", members->message_name_);
  return WHORL_OK;
}
