// SHA-256 over a JSON text whose every blank counts (REP-2016): the type's description, then those of all types it refers to, directly or not, sorted by
// name. Constants and default values are not in it. Introspection tells a bounded string only by its bound, and has no fixed-length strings.
#include "message/type_hash.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <rosidl_typesupport_introspection_c/field_types.h>

#include "base/detail.h"
#include "base/memory.h"
#include "message/sha256.h"
#include "whorl/status.h"

enum { NAME_SIZE = 512, MOST_REFERRED = 512 };

typedef struct text {
  char *bytes;
  size_t size, capacity;
  bool failed;
} text_t;

static void __attribute__((format(printf, 2, 3))) append(text_t *text, const char *format, ...)
{
  for (;;) {
    va_list arguments;
    va_start(arguments, format);
    size_t left = text->capacity - text->size;
    int wanted = vsnprintf(left > 0 ? text->bytes + text->size : NULL, left, format, arguments);
    va_end(arguments);
    if (wanted >= 0 && (size_t)wanted < left) {
      text->size += (size_t)wanted;
      return;
    }
    size_t capacity = 2 * text->capacity + (size_t)wanted + 1024;
    char *bytes = text->failed || wanted < 0 ? NULL : whorl__realloc(text->bytes, capacity);
    if (bytes == NULL) {
      text->failed = true;
      return;
    }
    text->bytes = bytes;
    text->capacity = capacity;
  }
}

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

static int append_description(text_t *text, const whorl__members_t *members)
{
  char name[NAME_SIZE];
  WHORL_TRY(whorl__members_name(members, name, sizeof name));
  append(text, "{\"type_name\": \"%s\", \"fields\": [", name);
  for (uint32_t i = 0; i < members->member_count_; i++) {
    const whorl__member_t *member = &members->members_[i];
    const whorl__members_t *nested = NULL;
    name[0] = '\0';
    if (member->type_id_ == rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE) {
      WHORL_TRY(whorl__members_nested(member, &nested));
      WHORL_TRY(whorl__members_name(nested, name, sizeof name));
    }
    append(text,
           "%s{\"name\": \"%s\", \"type\": {\"type_id\": %u, \"capacity\": %zu, \"string_capacity\": %zu, \"nested_type_name\": \"%s\"}}",
           i > 0 ? ", " : "", member->name_, type_id(member), member->is_array_ ? member->array_size_ : 0, member->string_upper_bound_,
           name);
  }
  append(text, "]}");
  return WHORL_OK;
}

typedef struct referred {
  const whorl__members_t *types[MOST_REFERRED]; // sorted by name, each name once
  size_t count;
} referred_t;

static int compare(const whorl__members_t *a, const whorl__members_t *b)
{
  char name_a[NAME_SIZE], name_b[NAME_SIZE];
  if (whorl__members_name(a, name_a, sizeof name_a) < 0 || whorl__members_name(b, name_b, sizeof name_b) < 0) return 0;
  return strcmp(name_a, name_b);
}

static int add_referred(referred_t *referred, const whorl__members_t *members)
{
  for (uint32_t i = 0; i < members->member_count_; i++) {
    const whorl__member_t *member = &members->members_[i];
    if (member->type_id_ != rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE) continue;
    const whorl__members_t *nested = NULL;
    WHORL_TRY(whorl__members_nested(member, &nested));
    size_t place = 0;
    while (place < referred->count && compare(referred->types[place], nested) < 0) place++;
    if (place < referred->count && compare(referred->types[place], nested) == 0) continue;
    if (referred->count == MOST_REFERRED) return whorl__fail(WHORL_LIMIT_EXCEEDED, "a type refers to more than %d others", MOST_REFERRED);
    for (size_t k = referred->count; k > place; k--) referred->types[k] = referred->types[k - 1];
    referred->types[place] = nested;
    referred->count++;
    WHORL_TRY(add_referred(referred, nested));
  }
  return WHORL_OK;
}

static int write_text(const whorl__members_t *members, referred_t *referred, text_t *text)
{
  append(text, "{\"type_description\": ");
  WHORL_TRY(append_description(text, members));
  append(text, ", \"referenced_type_descriptions\": [");
  WHORL_TRY(add_referred(referred, members));
  for (size_t i = 0; i < referred->count; i++) {
    if (i > 0) append(text, ", ");
    WHORL_TRY(append_description(text, referred->types[i]));
  }
  append(text, "]}");
  return text->failed ? whorl__fail(WHORL_NO_MEMORY, "no memory for the description of a type") : WHORL_OK;
}

int whorl__type_hash(const whorl__members_t *members, char ret_hash[WHORL__TYPE_HASH_SIZE])
{
  text_t text = {0};
  referred_t referred = {.count = 0};
  int status = write_text(members, &referred, &text);
  if (status == WHORL_OK) {
    uint8_t digest[32];
    whorl__sha256(text.bytes, text.size, digest);
    memcpy(ret_hash, "RIHS01_", sizeof "RIHS01_");
    for (size_t i = 0; i < sizeof digest; i++) snprintf(ret_hash + 7 + 2 * i, 3, "%02x", digest[i]);
  }
  whorl__free(text.bytes);
  return status;
}
