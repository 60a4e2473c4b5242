// Messages from YAML: what yaml_out.h prints, and what people write, such as "{header: auto, pose: {position: {x: 1}}}".
//
// What is not named keeps its default. A fault names line and column, the field with its type, and what is wrong with it.
#ifndef TOOL_YAML_IN_H
#define TOOL_YAML_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yaml.h>

#include "field.h"
#include "report.h"

// Times in a message that are to be set when it is sent: those given as "now", and the stamps of headers given as "auto".
typedef struct stamps {
  struct {
    int32_t *sec;
    uint32_t *nanosec;
  } * at;
  size_t count;
} stamps_t;
void stamps_set(const stamps_t *stamps, int64_t time_ns);
void stamps_fini(stamps_t *stamps);

// More bytes of a stream: their number, 0 at its end, below 0 when it cannot be read.
typedef int (*yaml_source_t)(void *arg, unsigned char *buffer, size_t size);

// A text, which has to live as long, or a stream with any number of documents, each a message.
typedef struct yaml_in {
  yaml_parser_t parser;
  size_t length; // of what is known
  yaml_source_t source;
  void *source_arg;
} yaml_in_t;
typedef enum yaml_found { YAML_FAULT, YAML_MESSAGE, YAML_END } yaml_found_t;

void yaml_in_open(yaml_in_t *self, const char *text, size_t length);
// Of a stream, a document is read as soon as the line `---` or `...` behind it has come. `self` has to stay where it is.
void yaml_in_open_stream(yaml_in_t *self, yaml_source_t source, void *arg);
void yaml_in_close(yaml_in_t *self);
// Fills the message, which has to be initialised, from the next document that is not empty. `stamps` gets those of the message, which must stay where it is. After a fault the message can be destroyed, and nothing more can be read.
yaml_found_t yaml_in_next(yaml_in_t *self, const members_t *members, void *message, stamps_t *stamps, fault_t *fault);

#endif
