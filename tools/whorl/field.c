#include "field.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <rosidl_runtime_c/string.h>
#include <rosidl_runtime_c/u16string.h>

#include "report.h"

// The form of every rosidl sequence.
typedef struct __attribute__((may_alias)) sequence {
  void *data;
  size_t size, capacity;
} sequence_t;

const members_t *field_nested(const member_t *member) { return member->members_->data; }
bool field_is_sequence(const member_t *member) { return member->is_array_ && (member->array_size_ == 0 || member->is_upper_bound_); }

size_t field_width(const member_t *member)
{
  switch (member->type_id_) {
  case FIELD_FLOAT:
  case FIELD_UINT32:
  case FIELD_INT32: return sizeof(uint32_t);
  case FIELD_DOUBLE:
  case FIELD_UINT64:
  case FIELD_INT64: return sizeof(uint64_t);
  case FIELD_LONG_DOUBLE: return sizeof(long double);
  case FIELD_WCHAR:
  case FIELD_UINT16:
  case FIELD_INT16: return sizeof(uint16_t);
  case FIELD_STRING: return sizeof(rosidl_runtime_c__String);
  case FIELD_WSTRING: return sizeof(rosidl_runtime_c__U16String);
  case FIELD_MESSAGE: return field_nested(member)->size_of_;
  default: return 1;
  }
}

elements_t field_elements(const member_t *member, const void *message)
{
  char *place = (char *)message + member->offset_; // a reader's is const again by what it does
  elements_t elements = {.first = place, .count = member->is_array_ ? member->array_size_ : 1, .width = field_width(member)};
  if (!field_is_sequence(member)) return elements;
  const sequence_t *sequence = (const sequence_t *)(const void *)place;
  elements.first = sequence->data;
  elements.count = sequence->size;
  return elements;
}

bool field_resize(const member_t *member, void *message, size_t count)
{
  sequence_t *sequence = (sequence_t *)(void *)((char *)message + member->offset_);
  return member->resize_function(sequence, count);
}

const member_t *field_find(const members_t *members, const char *name, size_t length)
{
  for (uint32_t i = 0; i < members->member_count_; i++)
    if (strlen(members->members_[i].name_) == length && memcmp(members->members_[i].name_, name, length) == 0) return &members->members_[i];
  return NULL;
}

bool field_is_filler(const members_t *members)
{
  return members->member_count_ == 1 && strcmp(members->members_[0].name_, "structure_needs_at_least_one_member") == 0;
}

void *message_create(const members_t *members)
{
  void *message = must(calloc(1, members->size_of_));
  members->init_function(message, ROSIDL_RUNTIME_C_MSG_INIT_ALL);
  return message;
}

void message_destroy(const members_t *members, void *message)
{
  if (message == NULL) return;
  members->fini_function(message);
  free(message);
}

void field_names(const members_t *members, char *text, size_t size)
{
  size_t used = (size_t)snprintf(text, size, "%s", field_is_filler(members) ? "none" : "");
  for (uint32_t i = 0; i < members->member_count_ && !field_is_filler(members) && used < size; i++)
    used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", members->members_[i].name_);
}

char *members_name(const members_t *members)
{
  char *name = format_text("%s/%s", members->message_namespace_, members->message_name_);
  char *to = name;
  for (const char *from = name; *from != '\0'; from++)
    if (strncmp(from, "__", 2) == 0) {
      *to++ = '/';
      from++;
    } else {
      *to++ = *from;
    }
  *to = '\0';
  return name;
}

static const char *plain_type(uint8_t type)
{
  switch (type) {
  case FIELD_FLOAT: return "float32";
  case FIELD_DOUBLE: return "float64";
  case FIELD_LONG_DOUBLE: return "float128";
  case FIELD_CHAR: return "char";
  case FIELD_WCHAR: return "wchar";
  case FIELD_BOOL: return "bool";
  case FIELD_BYTE: return "byte";
  case FIELD_UINT8: return "uint8";
  case FIELD_INT8: return "int8";
  case FIELD_UINT16: return "uint16";
  case FIELD_INT16: return "int16";
  case FIELD_UINT32: return "uint32";
  case FIELD_INT32: return "int32";
  case FIELD_UINT64: return "uint64";
  case FIELD_INT64: return "int64";
  case FIELD_STRING: return "string";
  case FIELD_WSTRING: return "wstring";
  default: return "unknown";
  }
}

char *field_type(const member_t *member)
{
  char bound[32] = "", array[32] = "";
  if (member->string_upper_bound_ != 0) snprintf(bound, sizeof bound, "<=%zu", member->string_upper_bound_);
  if (member->is_array_ && member->array_size_ == 0) strcpy(array, "[]");
  if (member->is_array_ && member->array_size_ != 0)
    snprintf(array, sizeof array, "[%s%zu]", member->is_upper_bound_ ? "<=" : "", member->array_size_);
  char *nested = member->type_id_ == FIELD_MESSAGE ? members_name(field_nested(member)) : NULL;
  char *type = format_text("%s%s%s", nested != NULL ? nested : plain_type(member->type_id_), bound, array);
  free(nested);
  return type;
}
