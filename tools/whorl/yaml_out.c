// One walk over a message that feeds a writer of YAML.
#include "yaml_out.h"

#include <stdlib.h>
#include <string.h>

#include <rosidl_runtime_c/string.h>
#include <rosidl_runtime_c/u16string.h>

#include "report.h"
#include "yaml_writer.h"

typedef struct walk {
  yaml_writer_t writer;
  const yaml_style_t *style;
} walk_t;

static void put_note(walk_t *self, char *text)
{
  yaml_put_quoted(&self->writer, text);
  free(text);
}

static void put_string(walk_t *self, const char *text, size_t length)
{
  size_t longest = self->style->longest;
  if (self->style->no_strings) {
    put_note(self, format_text("<string length: <%zu>>", length));
  } else if (longest != 0 && length > longest) {
    while (longest > 0 && ((unsigned char)text[longest] & 0xc0) == 0x80) longest--; // not in the middle of a character
    char *cut = format_text("%.*s...", (int)longest, text);
    yaml_put_text(&self->writer, cut, strlen(cut));
    free(cut);
  } else {
    yaml_put_text(&self->writer, text, length);
  }
}

static void put_wide(walk_t *self, const rosidl_runtime_c__U16String *wide)
{
  char *text = yaml_narrow((const uint16_t *)wide->data, wide->size);
  put_string(self, text, strlen(text));
  free(text);
}

static void put_message(walk_t *self, const members_t *members, const void *message);

static void put_value(walk_t *self, const member_t *member, const void *value)
{
  const rosidl_runtime_c__String *string = value;
  char text[YAML_NUMBER_SIZE];
  switch (member->type_id_) {
  case FIELD_STRING: put_string(self, string->data != NULL ? string->data : "", string->size); break;
  case FIELD_WSTRING: put_wide(self, value); break;
  case FIELD_MESSAGE: put_message(self, field_nested(member), value); break;
  default: yaml_number(member->type_id_, value, text); yaml_put_plain(&self->writer, text);
  }
}

static void put_array(walk_t *self, const member_t *member, const elements_t *elements)
{
  size_t count = elements->count;
  if (self->style->longest != 0 && count > self->style->longest) count = self->style->longest;
  yaml_begin_sequence(&self->writer);
  for (size_t i = 0; i < count; i++) put_value(self, member, element_at(elements, i));
  if (count < elements->count) yaml_put_quoted(&self->writer, "...");
  yaml_end_sequence(&self->writer);
}

static void put_array_note(walk_t *self, const member_t *member, size_t count)
{
  member_t element = *member;
  element.is_array_ = false;
  char *type = field_type(&element);
  put_note(self, field_is_sequence(member) ? format_text("<sequence type: %s, length: %zu>", type, count)
                                           : format_text("<array type: %s[%zu]>", type, count));
  free(type);
}

static void put_field(walk_t *self, const member_t *member, const void *message)
{
  elements_t elements = field_elements(member, message);
  if (!member->is_array_)
    put_value(self, member, elements.first);
  else if (self->style->no_arrays)
    put_array_note(self, member, elements.count);
  else
    put_array(self, member, &elements);
}

static void put_message(walk_t *self, const members_t *members, const void *message)
{
  bool empty = field_is_filler(members);
  yaml_begin_mapping(&self->writer);
  for (uint32_t i = 0; i < members->member_count_ && !empty; i++) {
    yaml_put_plain(&self->writer, members->members_[i].name_);
    put_field(self, &members->members_[i], message);
  }
  yaml_end_mapping(&self->writer);
}

void yaml_print(const members_t *members, const void *message, const yaml_style_t *style, FILE *out)
{
  walk_t walk = {.style = style};
  yaml_writer_open(&walk.writer, style->flow, out);
  put_message(&walk, members, message);
  yaml_writer_close(&walk.writer);
}

void yaml_print_field(const member_t *member, const void *message, const yaml_style_t *style, FILE *out)
{
  char *text = NULL;
  size_t size = 0;
  FILE *memory = must(open_memstream(&text, &size));
  walk_t walk = {.style = style};
  yaml_writer_open(&walk.writer, style->flow, memory);
  put_field(&walk, member, message);
  yaml_writer_close(&walk.writer);
  fclose(memory);
  // Behind a plain scalar that is a document of its own the emitter has to put the document's end, which nobody wants to see.
  if (size >= 5 && strcmp(text + size - 5, "\n...\n") == 0) size -= 4;
  fwrite(text, 1, size, out);
  free(text);
}

char *yaml_line(const members_t *members, const void *message)
{
  char *text = NULL;
  size_t size = 0;
  FILE *memory = must(open_memstream(&text, &size));
  yaml_print(members, message, &(yaml_style_t){.flow = true}, memory);
  fclose(memory);
  if (size > 0 && text[size - 1] == '\n') text[size - 1] = '\0';
  return text;
}
