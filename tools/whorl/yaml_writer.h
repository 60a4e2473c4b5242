// YAML by events, over libyaml's emitter. The program ends without memory.
#ifndef TOOL_YAML_WRITER_H
#define TOOL_YAML_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <yaml.h>

typedef struct yaml_writer {
  yaml_emitter_t emitter;
  bool flow;
} yaml_writer_t;

void yaml_writer_open(yaml_writer_t *self, bool flow, FILE *out); // one document begins
void yaml_writer_close(yaml_writer_t *self);
void yaml_begin_mapping(yaml_writer_t *self);
void yaml_end_mapping(yaml_writer_t *self);
void yaml_begin_sequence(yaml_writer_t *self);
void yaml_end_sequence(yaml_writer_t *self);
void yaml_put_plain(yaml_writer_t *self, const char *text);               // a number, or a word that stands for itself
void yaml_put_quoted(yaml_writer_t *self, const char *text);              // in quotes, whatever it is
void yaml_put_text(yaml_writer_t *self, const char *text, size_t length); // a string, so that it is read as that

#endif
