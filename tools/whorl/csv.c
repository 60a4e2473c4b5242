#include "csv.h"

#include <stdlib.h>
#include <string.h>

#include <rosidl_runtime_c/string.h>
#include <rosidl_runtime_c/u16string.h>

#include "yaml_out.h"

typedef struct line {
  FILE *out;
  const char *comma; // before the next value
} line_t;

// Quotes stand where a reader would be misled, as RFC 4180 has them.
static void put_text(line_t *self, const char *text, size_t length)
{
  fputs(self->comma, self->out);
  self->comma = ",";
  bool quoted = memchr(text, ',', length) != NULL || memchr(text, '"', length) != NULL || memchr(text, '\n', length) != NULL;
  if (quoted) fputc('"', self->out);
  for (size_t i = 0; i < length; i++) {
    if (text[i] == '"') fputc('"', self->out);
    fputc(text[i], self->out);
  }
  if (quoted) fputc('"', self->out);
}

static void put_message(line_t *self, const members_t *members, const void *message);

static void put_value(line_t *self, const member_t *member, const void *value)
{
  const rosidl_runtime_c__String *string = value;
  const rosidl_runtime_c__U16String *wide = value;
  char number[YAML_NUMBER_SIZE], *text;
  switch (member->type_id_) {
  case FIELD_MESSAGE: put_message(self, field_nested(member), value); break;
  case FIELD_STRING: put_text(self, string->data != NULL ? string->data : "", string->size); break;
  case FIELD_WSTRING:
    text = yaml_narrow((const uint16_t *)wide->data, wide->size);
    put_text(self, text, strlen(text));
    free(text);
    break;
  default: yaml_number(member->type_id_, value, number); put_text(self, number, strlen(number));
  }
}

static void put_field(line_t *self, const member_t *member, const void *message)
{
  const elements_t elements = field_elements(member, message);
  for (size_t i = 0; i < elements.count; i++) put_value(self, member, element_at(&elements, i));
}

static void put_message(line_t *self, const members_t *members, const void *message)
{
  for (uint32_t i = 0; i < members->member_count_ && !field_is_filler(members); i++) put_field(self, &members->members_[i], message);
}

void csv_print(const members_t *members, const void *message, FILE *out)
{
  put_message(&(line_t){out, ""}, members, message);
  fputc('\n', out);
}

void csv_print_field(const member_t *member, const void *message, FILE *out)
{
  put_field(&(line_t){out, ""}, member, message);
  fputc('\n', out);
}
