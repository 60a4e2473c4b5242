#include "field_path.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

// What stands between the brackets. False: no whole number, or one that no index can be.
static bool read_index(const char *text, long *ret_index, const char **ret_end)
{
  char *end;
  errno = 0;
  *ret_index = strtol(text, &end, 10);
  *ret_end = end + 1;
  return isdigit((unsigned char)text[*text == '-']) && *end == ']' && errno == 0;
}

// "[2]" behind the name of an array: the place becomes that element; [-1] is the last one.
static bool take_element(const char **path, place_t *place, fault_t *fault)
{
  long index;
  const char *end;
  if (!read_index(*path + 1, &index, &end))
    return fault_set(fault, "'%s' begins with no index: one looks like [2], or [-1] for the last element", *path);
  const int length = (int)(end - *path);
  member_t *member = &place->member;
  if (!member->is_array_) return fault_set(fault, "'%.*s': '%s' is no array", length, *path, member->name_);
  bool known = place->message != NULL || !field_is_sequence(member);
  const elements_t elements = place->message != NULL ? field_elements(member, place->message) : (elements_t){.count = member->array_size_};
  const size_t place_of = (size_t)index + (index < 0 ? elements.count : 0); // below the first one it wraps to far behind the last
  if (known && place_of >= elements.count)
    return fault_set(fault, "'%.*s': array '%s' has %zu element%s", length, *path, member->name_, elements.count,
                     elements.count == 1 ? "" : "s");
  if (place->message != NULL) place->message = element_at(&elements, place_of);
  *path = end;
  member->is_array_ = false;
  member->offset_ = 0;
  return true;
}

static bool no_field(const members_t *members, const char *path, size_t length, fault_t *fault)
{
  char names[256], *name = members_name(members);
  field_names(members, names, sizeof names);
  fault_write(fault, "%s has no field '%.*s'; it has: %s", name, (int)length, path, names);
  free(name);
  return false;
}

bool field_path_follow(const char *path, const members_t *members, const void *message, place_t *ret_place, fault_t *fault)
{
  place_t place = {.message = message};
  for (;;) {
    size_t length = strcspn(path, ".[");
    const member_t *member = field_find(members, path, length);
    if (member == NULL) return no_field(members, path, length, fault);
    place.member = *member;
    path += length;
    while (*path == '[')
      if (!take_element(&path, &place, fault)) return false;
    if (*path == '\0') break;
    if (*path != '.') return fault_set(fault, "'%s' is where a dot is expected", path);
    if (place.member.is_array_)
      return fault_set(fault, "'%s': '%s' is an array, one of whose elements is to be named: %s[0]%s", path, place.member.name_,
                       place.member.name_, path);
    if (place.member.type_id_ != FIELD_MESSAGE) return fault_set(fault, "'%s': '%s' has no fields", path, place.member.name_);
    if (place.message != NULL) place.message = (const char *)place.message + place.member.offset_;
    members = field_nested(&place.member);
    path++;
  }
  *ret_place = place;
  return true;
}
