// The messages that a command line gives, as YAML: in a word, on standard input or in a file.
#ifndef TOOL_VALUES_H
#define TOOL_VALUES_H

#include "arguments.h"
#include "yaml_in.h"

extern const option_t VALUES_OPTIONS[]; // --stdin, --yaml-file; with those of GRAPH_OPTIONS

typedef struct values {
  const members_t *members;
  size_t count; // one at least
  struct {
    void *message;
    stamps_t stamps;
  } * at;
} values_t;

// DONE, or USAGE after a complaint: the message is given in several ways.
int values_check(const arguments_t *arguments, size_t index);
// All documents, or without any a message with its defaults. Complains, and returns FAILED or USAGE. `index`: of the word.
int values_read(values_t *self, const arguments_t *arguments, size_t index, const members_t *members);
void values_fini(values_t *self);

#endif
