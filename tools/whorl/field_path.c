#include "field_path.h"

#include <stdlib.h>
#include <string.h>

// "[2]" behind the name of an array: the place becomes that element.
static bool take_element(const char **path, place_t *place, fault_t *fault)
{
  char *end;
  unsigned long index = strtoul(*path + 1, &end, 10);
  if (end == *path + 1 || *end != ']') return fault_set(fault, "'%s': a whole number and ] are missing", *path);
  *path = end + 1;
  member_t *member = &place->member;
  if (!member->is_array_) return fault_set(fault, "field '%s' is no array", member->name_);
  bool known = place->message != NULL || !field_is_sequence(member);
  const elements_t elements = place->message != NULL ? field_elements(member, place->message) : (elements_t){.count = member->array_size_};
  if (known && index >= elements.count) return fault_set(fault, "field '%s' has %zu elements", member->name_, elements.count);
  if (place->message != NULL) place->message = element_at(&elements, index);
  member->is_array_ = false;
  member->offset_ = 0;
  return true;
}

bool field_path_follow(const char *path, const members_t *members, const void *message, place_t *ret_place, fault_t *fault)
{
  place_t place = {.message = message};
  for (;;) {
    size_t length = strcspn(path, ".[");
    const member_t *member = field_find(members, path, length);
    if (member == NULL) {
      char *name = members_name(members);
      fault_write(fault, "%s has no field '%.*s'", name, (int)length, path);
      free(name);
      return false;
    }
    place.member = *member;
    path += length;
    if (*path == '[' && !take_element(&path, &place, fault)) return false;
    if (*path == '\0') break;
    if (*path != '.') return fault_set(fault, "'%s': a dot is missing", path);
    if (place.member.type_id_ != FIELD_MESSAGE || place.member.is_array_)
      return fault_set(fault, "field '%s' has no fields", place.member.name_);
    if (place.message != NULL) place.message = (const char *)place.message + place.member.offset_;
    members = field_nested(&place.member);
    path++;
  }
  *ret_place = place;
  return true;
}
