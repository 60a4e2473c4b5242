#include "yaml_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "report.h"
#include "yaml_out.h"

static void emit(yaml_writer_t *self, yaml_event_t *event, int made)
{
  if (!made || !yaml_emitter_emit(&self->emitter, event)) must(NULL); // it says no only without memory: what it is given is well-formed
}

static void emit_scalar(yaml_writer_t *self, const char *tag, const char *text, size_t length, yaml_scalar_style_t style)
{
  yaml_event_t event;
  int made = yaml_scalar_event_initialize(&event, NULL, (const yaml_char_t *)tag, (const yaml_char_t *)text, (int)length, tag == NULL,
                                          tag == NULL, style);
  emit(self, &event, made);
}

void yaml_put_plain(yaml_writer_t *self, const char *text) { emit_scalar(self, NULL, text, strlen(text), YAML_PLAIN_SCALAR_STYLE); }

void yaml_put_quoted(yaml_writer_t *self, const char *text)
{
  emit_scalar(self, NULL, text, strlen(text), YAML_SINGLE_QUOTED_SCALAR_STYLE);
}

static bool has_control(const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) return true;
  return false;
}

void yaml_put_text(yaml_writer_t *self, const char *text, size_t length)
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

void yaml_begin_mapping(yaml_writer_t *self)
{
  yaml_event_t event;
  yaml_mapping_style_t style = self->flow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE;
  emit(self, &event, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, style));
}

void yaml_end_mapping(yaml_writer_t *self)
{
  yaml_event_t event;
  emit(self, &event, yaml_mapping_end_event_initialize(&event));
}

void yaml_begin_sequence(yaml_writer_t *self)
{
  yaml_event_t event;
  yaml_sequence_style_t style = self->flow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE;
  emit(self, &event, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style));
}

void yaml_end_sequence(yaml_writer_t *self)
{
  yaml_event_t event;
  emit(self, &event, yaml_sequence_end_event_initialize(&event));
}

// What cannot be written is no fault of the emitter's: the stream remembers it.
static int write_to(void *out, unsigned char *text, size_t size)
{
  (void)fwrite(text, 1, size, out);
  return 1;
}

void yaml_writer_open(yaml_writer_t *self, bool flow, FILE *out)
{
  yaml_event_t event;
  self->flow = flow;
  if (!yaml_emitter_initialize(&self->emitter)) must(NULL);
  yaml_emitter_set_output(&self->emitter, write_to, out);
  yaml_emitter_set_unicode(&self->emitter, 1);
  yaml_emitter_set_width(&self->emitter, -1);
  emit(self, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
  emit(self, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
}

void yaml_writer_close(yaml_writer_t *self)
{
  yaml_event_t event;
  emit(self, &event, yaml_document_end_event_initialize(&event, 1));
  emit(self, &event, yaml_stream_end_event_initialize(&event));
  yaml_emitter_delete(&self->emitter);
}
