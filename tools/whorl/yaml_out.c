// One walk over a message that feeds libyaml's emitter.
#include "yaml_out.h"

#include <stdlib.h>
#include <string.h>

#include <rosidl_runtime_c/string.h>
#include <rosidl_runtime_c/u16string.h>
#include <yaml.h>

#include "base64.h"
#include "report.h"

typedef struct writer {
  yaml_emitter_t emitter;
  const yaml_style_t *style;
} writer_t;

static void emit(writer_t *self, yaml_event_t *event, int made)
{
  if (!made || !yaml_emitter_emit(&self->emitter, event)) must(NULL); // it says no only without memory: what it is given is well-formed
}

static void emit_scalar(writer_t *self, const char *tag, const char *text, size_t length, yaml_scalar_style_t scalar_style)
{
  yaml_event_t event;
  int made = yaml_scalar_event_initialize(&event, NULL, (const yaml_char_t *)tag, (const yaml_char_t *)text, (int)length, tag == NULL,
                                          tag == NULL, scalar_style);
  emit(self, &event, made);
}

static void emit_plain(writer_t *self, const char *text) { emit_scalar(self, NULL, text, strlen(text), YAML_PLAIN_SCALAR_STYLE); }

static void emit_note(writer_t *self, char *text)
{
  emit_scalar(self, NULL, text, strlen(text), YAML_SINGLE_QUOTED_SCALAR_STYLE);
  free(text);
}

static bool has_control(const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) return true;
  return false;
}

static void emit_text(writer_t *self, const char *text, size_t length)
{
  yaml_form_t form = yaml_form(text, length);
  if (form == YAML_BINARY) {
    char *digits = base64_encode(text, length);
    emit_scalar(self, "tag:yaml.org,2002:binary", digits, strlen(digits), YAML_DOUBLE_QUOTED_SCALAR_STYLE);
    free(digits);
    return;
  }
  yaml_scalar_style_t quotes = has_control(text, length) ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_SINGLE_QUOTED_SCALAR_STYLE;
  emit_scalar(self, NULL, text, length, form == YAML_AS_IS ? YAML_PLAIN_SCALAR_STYLE : quotes);
}

static void emit_string(writer_t *self, const char *text, size_t length)
{
  size_t longest = self->style->longest;
  if (self->style->no_strings) {
    emit_note(self, format_text("<string length: <%zu>>", length));
  } else if (longest != 0 && length > longest) {
    while (longest > 0 && ((unsigned char)text[longest] & 0xc0) == 0x80) longest--; // not in the middle of a character
    char *cut = format_text("%.*s...", (int)longest, text);
    emit_text(self, cut, strlen(cut));
    free(cut);
  } else {
    emit_text(self, text, length);
  }
}

static void emit_wide(writer_t *self, const rosidl_runtime_c__U16String *wide)
{
  char *text = yaml_narrow((const uint16_t *)wide->data, wide->size);
  emit_string(self, text, strlen(text));
  free(text);
}

static void emit_message(writer_t *self, const members_t *members, const void *message);

static void emit_value(writer_t *self, const member_t *member, const void *value)
{
  const rosidl_runtime_c__String *string = value;
  char text[YAML_NUMBER_SIZE];
  switch (member->type_id_) {
  case FIELD_STRING: emit_string(self, string->data != NULL ? string->data : "", string->size); break;
  case FIELD_WSTRING: emit_wide(self, value); break;
  case FIELD_MESSAGE: emit_message(self, field_nested(member), value); break;
  default: yaml_number(member->type_id_, value, text); emit_plain(self, text);
  }
}

static void emit_array(writer_t *self, const member_t *member, const elements_t *elements)
{
  size_t count = elements->count;
  if (self->style->longest != 0 && count > self->style->longest) count = self->style->longest;
  yaml_event_t event;
  int made = yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
                                                  self->style->flow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE);
  emit(self, &event, made);
  for (size_t i = 0; i < count; i++) emit_value(self, member, element_at(elements, i));
  if (count < elements->count) emit_note(self, copy_text("..."));
  emit(self, &event, yaml_sequence_end_event_initialize(&event));
}

static void emit_array_note(writer_t *self, const member_t *member, size_t count)
{
  member_t element = *member;
  element.is_array_ = false;
  char *type = field_type(&element);
  emit_note(self, field_is_sequence(member) ? format_text("<sequence type: %s, length: %zu>", type, count)
                                            : format_text("<array type: %s[%zu]>", type, count));
  free(type);
}

static void emit_field(writer_t *self, const member_t *member, const void *message)
{
  elements_t elements = field_elements(member, message);
  if (!member->is_array_)
    emit_value(self, member, elements.first);
  else if (self->style->no_arrays)
    emit_array_note(self, member, elements.count);
  else
    emit_array(self, member, &elements);
}

static void emit_message(writer_t *self, const members_t *members, const void *message)
{
  bool empty = field_is_filler(members);
  yaml_event_t event;
  int made = yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
                                                 self->style->flow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE);
  emit(self, &event, made);
  for (uint32_t i = 0; i < members->member_count_ && !empty; i++) {
    emit_plain(self, members->members_[i].name_);
    emit_field(self, &members->members_[i], message);
  }
  emit(self, &event, yaml_mapping_end_event_initialize(&event));
}

static void begin(writer_t *self, const yaml_style_t *style, FILE *out)
{
  yaml_event_t event;
  self->style = style;
  if (!yaml_emitter_initialize(&self->emitter)) must(NULL);
  yaml_emitter_set_output_file(&self->emitter, out);
  yaml_emitter_set_unicode(&self->emitter, 1);
  yaml_emitter_set_width(&self->emitter, -1);
  emit(self, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
  emit(self, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
}

static void end(writer_t *self)
{
  yaml_event_t event;
  emit(self, &event, yaml_document_end_event_initialize(&event, 1));
  emit(self, &event, yaml_stream_end_event_initialize(&event));
  yaml_emitter_delete(&self->emitter);
}

void yaml_print(const members_t *members, const void *message, const yaml_style_t *style, FILE *out)
{
  writer_t writer;
  begin(&writer, style, out);
  emit_message(&writer, members, message);
  end(&writer);
}

void yaml_print_field(const member_t *member, const void *message, const yaml_style_t *style, FILE *out)
{
  char *text = NULL;
  size_t size = 0;
  FILE *memory = must(open_memstream(&text, &size));
  writer_t writer;
  begin(&writer, style, memory);
  emit_field(&writer, member, message);
  end(&writer);
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
