// SHA-256 over a JSON text whose every blank counts (REP-2016): the type's description, then those of all types it refers to, directly or not, sorted by
// name (description.h).
#include "message/type_hash.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "message/description.h"
#include "message/sha256.h"
#include "whorl/status.h"

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

static int append_type(text_t *text, const whorl__members_t *members)
{
  char name[WHORL__DESCRIPTION_NAME_SIZE];
  WHORL_TRY(whorl__members_name(members, name, sizeof name));
  append(text, "{\"type_name\": \"%s\", \"fields\": [", name);
  for (uint32_t i = 0; i < members->member_count_; i++) {
    whorl__field_description_t field;
    WHORL_TRY(whorl__description_field(members, i, &field));
    append(text,
           "%s{\"name\": \"%s\", \"type\": {\"type_id\": %u, \"capacity\": %zu, \"string_capacity\": %zu, \"nested_type_name\": \"%s\"}}",
           i > 0 ? ", " : "", field.name, field.type_id, field.capacity, field.string_capacity, field.nested_type_name);
  }
  append(text, "]}");
  return WHORL_OK;
}

static int write_text(const whorl__members_t *members, text_t *text)
{
  whorl__description_t description;
  WHORL_TRY(whorl__description_collect(members, &description));
  append(text, "{\"type_description\": ");
  WHORL_TRY(append_type(text, members));
  append(text, ", \"referenced_type_descriptions\": [");
  for (size_t i = 1; i < description.count; i++) {
    if (i > 1) append(text, ", ");
    WHORL_TRY(append_type(text, description.types[i]));
  }
  append(text, "]}");
  return text->failed ? whorl__fail(WHORL_NO_MEMORY, "no memory for the description of a type") : WHORL_OK;
}

int whorl__type_hash(const whorl__members_t *members, char ret_hash[WHORL__TYPE_HASH_SIZE])
{
  text_t text = {0};
  int status = write_text(members, &text);
  if (status == WHORL_OK) {
    uint8_t digest[32];
    whorl__sha256(text.bytes, text.size, digest);
    memcpy(ret_hash, "RIHS01_", sizeof "RIHS01_");
    for (size_t i = 0; i < sizeof digest; i++) snprintf(ret_hash + 7 + 2 * i, 3, "%02x", digest[i]);
  }
  whorl__free(text.bytes);
  return status;
}
