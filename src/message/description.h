// A message type in the words of type_description_interfaces, from introspection: the fields of each type, and the types that it refers to.
//
// What a type is hashed over and what is told of it to who asks are the same words. Constants and default values are not in them; introspection tells a bounded string only by its bound, and has no fixed-length ones.
#ifndef WHORL_MESSAGE_DESCRIPTION_H
#define WHORL_MESSAGE_DESCRIPTION_H

#include "message/members.h"

enum { WHORL__DESCRIPTION_NAME_SIZE = 512, WHORL__DESCRIPTION_MOST_TYPES = 512 };

typedef struct whorl__description {
  // The type, then those that it refers to, directly or not: sorted by name, each name once.
  const whorl__members_t *types[1 + WHORL__DESCRIPTION_MOST_TYPES];
  size_t count;
} whorl__description_t;

typedef struct whorl__field_description {
  const char *name;
  unsigned type_id; // of type_description_interfaces/msg/FieldType
  size_t capacity, string_capacity;
  char nested_type_name[WHORL__DESCRIPTION_NAME_SIZE]; // "": no message
} whorl__field_description_t;

// The members must have been checked, nested ones too. LIMIT_EXCEEDED: too many types, or a name too long.
int whorl__description_collect(const whorl__members_t *members, whorl__description_t *ret_description);
int whorl__description_field(const whorl__members_t *members, uint32_t index, whorl__field_description_t *ret_field);

#endif
