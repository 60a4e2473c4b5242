#include "message/description.h"

#include <string.h>

#include <rosidl_typesupport_introspection_c/field_types.h>

#include "base/detail.h"
#include "whorl/status.h"

// The numbers of type_description_interfaces/msg/FieldType.
static unsigned type_id(const whorl__member_t *member)
{
  static const unsigned char plain[] = {
      [rosidl_typesupport_introspection_c__ROS_TYPE_FLOAT] = 10,   [rosidl_typesupport_introspection_c__ROS_TYPE_DOUBLE] = 11,
      [rosidl_typesupport_introspection_c__ROS_TYPE_CHAR] = 13,    [rosidl_typesupport_introspection_c__ROS_TYPE_BOOLEAN] = 15,
      [rosidl_typesupport_introspection_c__ROS_TYPE_OCTET] = 16,   [rosidl_typesupport_introspection_c__ROS_TYPE_UINT8] = 3,
      [rosidl_typesupport_introspection_c__ROS_TYPE_INT8] = 2,     [rosidl_typesupport_introspection_c__ROS_TYPE_UINT16] = 5,
      [rosidl_typesupport_introspection_c__ROS_TYPE_INT16] = 4,    [rosidl_typesupport_introspection_c__ROS_TYPE_UINT32] = 7,
      [rosidl_typesupport_introspection_c__ROS_TYPE_INT32] = 6,    [rosidl_typesupport_introspection_c__ROS_TYPE_UINT64] = 9,
      [rosidl_typesupport_introspection_c__ROS_TYPE_INT64] = 8,    [rosidl_typesupport_introspection_c__ROS_TYPE_STRING] = 17,
      [rosidl_typesupport_introspection_c__ROS_TYPE_WSTRING] = 18, [rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE] = 1,
  };
  unsigned id = plain[member->type_id_];
  if (member->string_upper_bound_ > 0) id += 4; // 21 and 22
  if (!member->is_array_) return id;
  if (!whorl__member_is_sequence(member)) return id + 48;
  return id + (member->is_upper_bound_ ? 96 : 144);
}

int whorl__description_field(const whorl__members_t *members, uint32_t index, whorl__field_description_t *ret_field)
{
  const whorl__member_t *member = &members->members_[index];
  const whorl__members_t *nested = NULL;
  *ret_field = (whorl__field_description_t){.name = member->name_,
                                            .type_id = type_id(member),
                                            .capacity = member->is_array_ ? member->array_size_ : 0,
                                            .string_capacity = member->string_upper_bound_};
  if (member->type_id_ != rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE) return WHORL_OK;
  WHORL_TRY(whorl__members_nested(member, &nested));
  return whorl__members_name(nested, ret_field->nested_type_name, sizeof ret_field->nested_type_name);
}

static int compare(const whorl__members_t *a, const whorl__members_t *b)
{
  char name_a[WHORL__DESCRIPTION_NAME_SIZE], name_b[WHORL__DESCRIPTION_NAME_SIZE];
  if (whorl__members_name(a, name_a, sizeof name_a) < 0 || whorl__members_name(b, name_b, sizeof name_b) < 0) return 0;
  return strcmp(name_a, name_b);
}

// Sorts it in; false: it is there already.
static int insert(whorl__description_t *self, const whorl__members_t *members, bool *ret_new)
{
  size_t place = 1;
  while (place < self->count && compare(self->types[place], members) < 0) place++;
  *ret_new = place == self->count || compare(self->types[place], members) != 0;
  if (!*ret_new) return WHORL_OK;
  if (self->count > WHORL__DESCRIPTION_MOST_TYPES)
    return whorl__fail(WHORL_LIMIT_EXCEEDED, "a type refers to more than %d others", WHORL__DESCRIPTION_MOST_TYPES);
  for (size_t k = self->count; k > place; k--) self->types[k] = self->types[k - 1];
  self->types[place] = members;
  self->count++;
  return WHORL_OK;
}

static int add_referred(whorl__description_t *self, const whorl__members_t *members)
{
  for (uint32_t i = 0; i < members->member_count_; i++) {
    const whorl__member_t *member = &members->members_[i];
    if (member->type_id_ != rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE) continue;
    const whorl__members_t *nested = NULL;
    bool is_new;
    WHORL_TRY(whorl__members_nested(member, &nested));
    WHORL_TRY(insert(self, nested, &is_new));
    if (is_new) WHORL_TRY(add_referred(self, nested));
  }
  return WHORL_OK;
}

int whorl__description_collect(const whorl__members_t *members, whorl__description_t *ret_description)
{
  ret_description->types[0] = members;
  ret_description->count = 1;
  return add_referred(ret_description, members);
}
