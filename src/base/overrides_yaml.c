#include "base/overrides_yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/detail.h"
#include "base/memory.h"
#include "whorl/status.h"

enum { DEEPEST = 64, LONGEST = 1024 };

typedef struct reader {
  yaml_parser_t parser;
  yaml_event_t event; // the present one
  const char *source; // "" for a value
  whorl__overrides_t *overrides;
  char node[LONGEST], name[LONGEST]; // where we are
  int depth;
  FILE *file;
  int error; // errno of a read that failed
} reader_t;

static int fail_at(const reader_t *reader, yaml_mark_t mark, const char *words)
{
  const char *colon = reader->source[0] != '\0' ? ":" : "";
  return whorl__fail(WHORL_MALFORMED, "%.100s%s%zu:%zu: %s", reader->source, colon, mark.line + 1, mark.column + 1, words);
}

static int fail(const reader_t *reader, const char *words) { return fail_at(reader, reader->event.start_mark, words); }

// What is no text has no line and column.
static int fail_at_byte(const reader_t *reader)
{
  return whorl__fail(WHORL_MALFORMED, "%.100s%sbyte %zu: %s", reader->source, reader->source[0] != '\0' ? ": " : "",
                     reader->parser.problem_offset + 1, reader->parser.problem);
}

static int fail_file(int status, const char *path, int error)
{
  return whorl__fail(status, "parameter file '%.100s': %s", path, strerror(error));
}

static int next(reader_t *reader)
{
  yaml_event_delete(&reader->event);
  if (yaml_parser_parse(&reader->parser, &reader->event))
    return reader->event.type == YAML_ALIAS_EVENT ? fail(reader, "aliases are not supported") : WHORL_OK;
  if (reader->error != 0) return fail_file(WHORL_IO_ERROR, reader->source, reader->error);
  if (reader->parser.error == YAML_MEMORY_ERROR) return whorl__fail(WHORL_NO_MEMORY, "no memory for YAML");
  if (reader->parser.error == YAML_READER_ERROR) return fail_at_byte(reader);
  return fail_at(reader, reader->parser.problem_mark, reader->parser.problem != NULL ? reader->parser.problem : "it cannot be read");
}

// --- scalars

static bool is_one_of(const char *text, const char *const *words)
{
  for (; *words != NULL; words++)
    if (strcmp(text, *words) == 0) return true;
  return false;
}

static bool read_bool(const char *text, bool *ret_value)
{
  static const char *const yes[] = {"Y", "y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", NULL};
  static const char *const no[] = {"N", "n", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", NULL};
  *ret_value = is_one_of(text, yes);
  return *ret_value || is_one_of(text, no);
}

static bool read_integer(const char *text, int64_t *ret_value)
{
  char *end;
  errno = 0;
  *ret_value = strtoll(text, &end, 0);
  return end != text && *end == '\0' && errno == 0;
}

// YAML's own forms of what is no number, and C's forms of numbers.
static bool read_double(const char *text, double *ret_value)
{
  static const char *const nan[] = {".nan", ".NaN", ".NAN", NULL};
  static const char *const inf[] = {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", NULL};
  static const char *const minus[] = {"-.inf", "-.Inf", "-.INF", NULL};
  char *end;
  errno = 0;
  *ret_value = strtod(text, &end);
  if (end != text && *end == '\0') return errno == 0;
  if (is_one_of(text, nan))
    *ret_value = strtod("nan", NULL);
  else if (is_one_of(text, inf))
    *ret_value = strtod("inf", NULL);
  else if (is_one_of(text, minus))
    *ret_value = -strtod("inf", NULL);
  else
    return false;
  return true;
}

// Quoted text and !!str stay text.
static bool is_text(const yaml_event_t *event)
{
  yaml_scalar_style_t style = event->data.scalar.style;
  const char *tag = (const char *)event->data.scalar.tag;
  return style != YAML_PLAIN_SCALAR_STYLE || (tag != NULL && strcmp(tag, YAML_STR_TAG) == 0);
}

static int read_scalar(const reader_t *reader, whorl_parameter_value_t *ret_value)
{
  const char *text = (const char *)reader->event.data.scalar.value;
  whorl_parameter_value_t value = {0};
  if (strlen(text) != reader->event.data.scalar.length) return fail(reader, "a NUL in the text");
  if (!is_text(&reader->event)) {
    if (text[0] == '\0') return fail(reader, "no value");
    if (read_bool(text, &value.boolean))
      value.type = WHORL_PARAMETER_BOOL;
    else if (read_integer(text, &value.integer))
      value.type = WHORL_PARAMETER_INTEGER;
    else if (read_double(text, &value.number))
      value.type = WHORL_PARAMETER_DOUBLE;
  }
  if (value.type == WHORL_PARAMETER_NOT_SET) {
    value.type = WHORL_PARAMETER_STRING;
    value.text = whorl__strdup(text);
    if (value.text == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a parameter");
  }
  *ret_value = value;
  return WHORL_OK;
}

// --- lists

static size_t size_of(whorl_parameter_type_t type)
{
  if (type == WHORL_PARAMETER_BOOL) return sizeof(bool);
  if (type == WHORL_PARAMETER_INTEGER) return sizeof(int64_t);
  return type == WHORL_PARAMETER_DOUBLE ? sizeof(double) : sizeof(char *);
}

// The first element says which list it is. Takes the element over when it succeeds.
static int append(const reader_t *reader, whorl_parameter_value_t *list, const whorl_parameter_value_t *element)
{
  whorl_parameter_type_t type = (whorl_parameter_type_t)(element->type + (WHORL_PARAMETER_BOOL_ARRAY - WHORL_PARAMETER_BOOL));
  size_t size = size_of(element->type);
  if (list->type != WHORL_PARAMETER_NOT_SET && list->type != type) return fail(reader, "the elements of a list must be of one type");
  void *grown = whorl__realloc((void *)list->texts, (list->count + 1) * size);
  if (grown == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a parameter");
  memcpy((char *)grown + list->count * size, &element->integer, size); // every member begins where the others do
  list->texts = grown;
  list->type = type;
  list->count++;
  return WHORL_OK;
}

static int read_list(reader_t *reader, whorl_parameter_value_t *ret_value)
{
  whorl_parameter_value_t list = {0};
  int status = next(reader);
  while (status == WHORL_OK && reader->event.type != YAML_SEQUENCE_END_EVENT) {
    whorl_parameter_value_t element = {0};
    status = reader->event.type == YAML_SCALAR_EVENT ? read_scalar(reader, &element) : fail(reader, "a list may hold plain values only");
    if (status == WHORL_OK) status = append(reader, &list, &element);
    if (status < 0) whorl_parameter_value_fini(&element);
    if (status == WHORL_OK) status = next(reader);
  }
  if (status < 0) {
    whorl_parameter_value_fini(&list);
    return status;
  }
  *ret_value = list;
  return WHORL_OK;
}

static int read_value(reader_t *reader, whorl_parameter_value_t *ret_value)
{
  if (reader->event.type == YAML_SCALAR_EVENT) return read_scalar(reader, ret_value);
  if (reader->event.type == YAML_SEQUENCE_START_EVENT) return read_list(reader, ret_value);
  return fail(reader, "neither a plain value nor a list");
}

// --- maps

// The key behind what is there already; the separator only between two.
static int extend(const reader_t *reader, char path[LONGEST], const char *separator)
{
  const char *key = (const char *)reader->event.data.scalar.value;
  size_t length = strlen(path);
  if (key[0] == '\0') return fail(reader, "an empty name");
  int more = snprintf(path + length, LONGEST - length, "%s%s", length > 0 ? separator : "", key);
  return (size_t)more < LONGEST - length ? WHORL_OK : fail(reader, "too long a name");
}

static int next_key(reader_t *reader)
{
  WHORL_TRY(next(reader));
  if (reader->event.type == YAML_MAPPING_END_EVENT || reader->event.type == YAML_SCALAR_EVENT) return WHORL_OK;
  return fail(reader, "a name must be a plain value");
}

static int read_parameters(reader_t *reader);

static int read_parameter(reader_t *reader)
{
  whorl_parameter_value_t value = {0};
  WHORL_TRY(extend(reader, reader->name, "."));
  WHORL_TRY(next(reader));
  if (reader->event.type == YAML_MAPPING_START_EVENT) return read_parameters(reader);
  WHORL_TRY(read_value(reader, &value));
  return whorl__overrides_add(reader->overrides, reader->node, reader->name, &value);
}

static int read_parameters(reader_t *reader)
{
  size_t length = strlen(reader->name);
  if (++reader->depth > DEEPEST) return fail(reader, "nested too deeply");
  for (;;) {
    WHORL_TRY(next_key(reader));
    if (reader->event.type == YAML_MAPPING_END_EVENT) break;
    WHORL_TRY(read_parameter(reader));
    reader->name[length] = '\0';
  }
  reader->depth--;
  return WHORL_OK;
}

static int read_nodes(reader_t *reader);

static int read_below_node(reader_t *reader)
{
  bool parameters = strcmp((const char *)reader->event.data.scalar.value, "ros__parameters") == 0;
  const char *key = (const char *)reader->event.data.scalar.value;
  if (parameters && reader->node[0] == '\0') return fail(reader, "ros__parameters without a node around it");
  if (!parameters && reader->node[0] == '\0' && key[0] != '/') strcpy(reader->node, "/");
  // "/ns" and "/node": a slash at the front of what is nested is no second one.
  const char *separator = key[0] == '/' || strcmp(reader->node, "/") == 0 ? "" : "/";
  if (!parameters) WHORL_TRY(extend(reader, reader->node, separator));
  WHORL_TRY(next(reader));
  if (reader->event.type != YAML_MAPPING_START_EVENT)
    return fail(reader, parameters ? "ros__parameters must be a map" : "a value outside of ros__parameters");
  return parameters ? read_parameters(reader) : read_nodes(reader);
}

static int read_nodes(reader_t *reader)
{
  size_t length = strlen(reader->node);
  if (++reader->depth > DEEPEST) return fail(reader, "nested too deeply");
  for (;;) {
    WHORL_TRY(next_key(reader));
    if (reader->event.type == YAML_MAPPING_END_EVENT) break;
    WHORL_TRY(read_below_node(reader));
    reader->node[length] = '\0';
  }
  reader->depth--;
  return WHORL_OK;
}

// --- whole texts

static int read_document(reader_t *reader)
{
  WHORL_TRY(next(reader)); // the stream's start
  WHORL_TRY(next(reader));
  if (reader->event.type == YAML_STREAM_END_EVENT) return fail(reader, "it is empty");
  return next(reader);
}

static int read_end(reader_t *reader)
{
  WHORL_TRY(next(reader)); // the document's end
  WHORL_TRY(next(reader));
  return reader->event.type == YAML_STREAM_END_EVENT ? WHORL_OK : fail(reader, "more than one document");
}

static int read_node_map(reader_t *reader)
{
  WHORL_TRY(read_document(reader));
  if (reader->event.type != YAML_MAPPING_START_EVENT) return fail(reader, "a map of nodes was expected");
  WHORL_TRY(read_nodes(reader));
  return read_end(reader);
}

static int open_reader(reader_t *reader, const char *source, whorl__overrides_t *overrides)
{
  memset(reader, 0, sizeof *reader);
  reader->source = source;
  reader->overrides = overrides;
  return yaml_parser_initialize(&reader->parser) ? WHORL_OK : whorl__fail(WHORL_NO_MEMORY, "no memory for YAML");
}

static int close_reader(reader_t *reader, int status)
{
  yaml_event_delete(&reader->event);
  yaml_parser_delete(&reader->parser);
  return status;
}

int whorl__yaml_read_text(const char *source, const char *text, size_t length, whorl__overrides_t *overrides)
{
  reader_t reader;
  WHORL_TRY(open_reader(&reader, source, overrides));
  yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
  return close_reader(&reader, read_node_map(&reader));
}

static int read_from_file(void *arg, unsigned char *buffer, size_t size, size_t *ret_size)
{
  reader_t *reader = arg;
  *ret_size = fread(buffer, 1, size, reader->file);
  if (ferror(reader->file)) reader->error = errno;
  return reader->error == 0;
}

int whorl__yaml_read_file(const char *path, whorl__overrides_t *overrides)
{
  reader_t reader;
  FILE *file = fopen(path, "re");
  if (file == NULL) return fail_file(errno == ENOENT ? WHORL_NOT_FOUND : WHORL_IO_ERROR, path, errno);
  int status = open_reader(&reader, path, overrides);
  if (status == WHORL_OK) {
    reader.file = file;
    yaml_parser_set_input(&reader.parser, read_from_file, &reader);
    status = close_reader(&reader, read_node_map(&reader));
  }
  fclose(file);
  return status;
}

int whorl__yaml_read_value(const char *text, whorl_parameter_value_t *ret_value)
{
  reader_t reader;
  whorl_parameter_value_t value = {0};
  WHORL_TRY(open_reader(&reader, "", NULL));
  yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, strlen(text));
  int status = read_document(&reader);
  if (status == WHORL_OK) status = read_value(&reader, &value);
  if (status == WHORL_OK) status = read_end(&reader);
  if (status < 0) whorl_parameter_value_fini(&value);
  if (status == WHORL_OK) *ret_value = value;
  return close_reader(&reader, status);
}
