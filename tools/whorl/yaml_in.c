// One walk over a document of libyaml, led by the members of the type. Aliases are nodes that are met again; what they could multiply to is limited.
#include "yaml_in.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <rosidl_runtime_c/string_functions.h>
#include <rosidl_runtime_c/u16string_functions.h>

#include "base64.h"
#include "yaml_value.h"

enum { PATH_SIZE = 256, SPARE_VALUES = 1000000 };

typedef struct reader {
  yaml_document_t document;
  stamps_t *stamps;
  fault_t *fault;
  size_t values_left; // no document has more values than bytes, unless by aliases
  char path[PATH_SIZE];
  size_t path_length;
} reader_t;

void stamps_set(const stamps_t *stamps, int64_t time_ns)
{
  for (size_t i = 0; i < stamps->count; i++) {
    *stamps->at[i].sec = (int32_t)(time_ns / 1000000000);
    *stamps->at[i].nanosec = (uint32_t)(time_ns % 1000000000);
  }
}

void stamps_fini(stamps_t *stamps)
{
  free(stamps->at);
  *stamps = (stamps_t){0};
}

static bool fail_at(reader_t *self, const yaml_node_t *node, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool fail_at(reader_t *self, const yaml_node_t *node, const char *format, ...)
{
  char text[384];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  return fault_set(self->fault, "line %zu, column %zu: %s%s%s", node->start_mark.line + 1, node->start_mark.column + 1, self->path,
                   self->path_length > 0 ? " " : "", text);
}

// The path to the present field, "poses[2].position"; what does not fit is left out.
static size_t push_path(reader_t *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
static size_t push_path(reader_t *self, const char *format, ...)
{
  size_t before = self->path_length;
  va_list list;
  va_start(list, format);
  int length = vsnprintf(self->path + before, PATH_SIZE - before, format, list);
  va_end(list);
  self->path_length = before + (size_t)length < PATH_SIZE ? before + (size_t)length : PATH_SIZE - 1;
  return before;
}

static void pop_path(reader_t *self, size_t before)
{
  self->path[before] = '\0';
  self->path_length = before;
}

static const char *kind_of(const yaml_node_t *node)
{
  return node->type == YAML_MAPPING_NODE ? "a mapping" : node->type == YAML_SEQUENCE_NODE ? "a sequence" : "a scalar";
}

static const char *text_of(const yaml_node_t *node) { return (const char *)node->data.scalar.value; }

static bool is_plain(const yaml_node_t *node)
{
  return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

// Plain, and without a tag of its own: nothing, or the word for it.
static bool is_null(const yaml_node_t *node)
{
  if (!is_plain(node) || strcmp((const char *)node->tag, YAML_STR_TAG) != 0) return false;
  const char *text = text_of(node);
  return text[0] == '\0' || strcmp(text, "~") == 0 || strcasecmp(text, "null") == 0;
}

static bool is_binary(const yaml_node_t *node)
{
  return node->type == YAML_SCALAR_NODE && node->tag != NULL && strcmp((const char *)node->tag, "tag:yaml.org,2002:binary") == 0;
}

static bool no_memory(reader_t *self, const yaml_node_t *node) { return fail_at(self, node, "is too large: no memory"); }

static bool expected(reader_t *self, const yaml_node_t *node, const member_t *member)
{
  char *type = field_type(member);
  fail_at(self, node, "(%s) cannot be %s", type, kind_of(node));
  free(type);
  return false;
}

static bool read_message(reader_t *self, const yaml_node_t *node, const members_t *members, void *message);

// --- strings

static bool check_bound(reader_t *self, const yaml_node_t *node, const member_t *member, size_t length)
{
  if (member->string_upper_bound_ == 0 || length <= member->string_upper_bound_) return true;
  return fail_at(self, node, "(%s<=%zu) is too long: %zu", member->type_id_ == FIELD_STRING ? "string" : "wstring",
                 member->string_upper_bound_, length);
}

static bool set_string(reader_t *self, const yaml_node_t *node, const member_t *member, void *value, const char *text, size_t length)
{
  if (memchr(text, '\0', length) != NULL) return fail_at(self, node, "(string) has a NUL in it");
  if (!check_bound(self, node, member, length)) return false;
  return rosidl_runtime_c__String__assignn(value, text, length) || no_memory(self, node);
}

static bool read_string(reader_t *self, const yaml_node_t *node, const member_t *member, void *value)
{
  if (node->type != YAML_SCALAR_NODE) return expected(self, node, member);
  if (!is_binary(node)) return set_string(self, node, member, value, text_of(node), node->data.scalar.length);
  uint8_t *bytes;
  size_t size;
  if (!base64_decode(text_of(node), node->data.scalar.length, &bytes, &size)) return fail_at(self, node, "(string) is no base64");
  bool good = set_string(self, node, member, value, (const char *)bytes, size);
  free(bytes);
  return good;
}

static bool read_wstring(reader_t *self, const yaml_node_t *node, const member_t *member, void *value)
{
  if (node->type != YAML_SCALAR_NODE) return expected(self, node, member);
  uint16_t *units;
  size_t count;
  yaml_widen(text_of(node), node->data.scalar.length, &units, &count);
  bool good = check_bound(self, node, member, count);
  if (good && memchr(text_of(node), '\0', node->data.scalar.length) != NULL) good = fail_at(self, node, "(wstring) has a NUL in it");
  if (good) good = rosidl_runtime_c__U16String__assignn(value, units, count) || no_memory(self, node);
  free(units);
  return good;
}

// --- values

static bool read_plain(reader_t *self, const yaml_node_t *node, const member_t *member, void *value)
{
  if (node->type != YAML_SCALAR_NODE || is_binary(node)) return expected(self, node, member);
  const char *text = text_of(node), *objection = yaml_value(text, member->type_id_, value);
  if (objection == NULL) return true;
  member_t element = *member;
  element.is_array_ = false;
  char *type = field_type(&element);
  fail_at(self, node, "(%s): '%.64s' %s", type, text, objection);
  free(type);
  return false;
}

static bool read_value(reader_t *self, const yaml_node_t *node, const member_t *member, void *value)
{
  if (self->values_left == 0) return fail_at(self, node, "is repeated too often");
  self->values_left--;
  if (is_null(node)) return true; // as it is
  switch (member->type_id_) {
  case FIELD_MESSAGE: return read_message(self, node, field_nested(member), value);
  case FIELD_STRING: return read_string(self, node, member, value);
  case FIELD_WSTRING: return read_wstring(self, node, member, value);
  default: return read_plain(self, node, member, value);
  }
}

// Makes room for that many elements, where the type allows them.
static bool make_room(reader_t *self, const yaml_node_t *node, const member_t *member, void *message, size_t count)
{
  size_t limit = member->array_size_;
  bool fixed = !field_is_sequence(member);
  if (fixed && count != limit) return fail_at(self, node, "has %zu elements, and needs %zu", count, limit);
  if (!fixed && member->is_upper_bound_ && count > limit) return fail_at(self, node, "has %zu elements; %zu are the most", count, limit);
  return fixed || field_resize(member, message, count) || no_memory(self, node);
}

// Arrays of bytes may be given as base64.
static bool read_bytes(reader_t *self, const yaml_node_t *node, const member_t *member, void *message)
{
  uint8_t *bytes;
  size_t size;
  if (field_width(member) != 1 || member->type_id_ == FIELD_BOOL) return expected(self, node, member);
  if (!base64_decode(text_of(node), node->data.scalar.length, &bytes, &size)) return fail_at(self, node, "is no base64");
  bool good = make_room(self, node, member, message, size);
  const elements_t elements = field_elements(member, message);
  if (good && size > 0) memcpy(elements.first, bytes, size);
  free(bytes);
  return good;
}

static bool read_array(reader_t *self, const yaml_node_t *node, const member_t *member, void *message)
{
  if (is_null(node)) return true;
  if (is_binary(node)) return read_bytes(self, node, member, message);
  if (node->type != YAML_SEQUENCE_NODE) return expected(self, node, member);
  const yaml_node_item_t *items = node->data.sequence.items.start;
  size_t count = (size_t)(node->data.sequence.items.top - items);
  if (count > self->values_left) return fail_at(self, node, "is repeated too often");
  if (!make_room(self, node, member, message, count)) return false;
  const elements_t elements = field_elements(member, message);
  for (size_t i = 0; i < count; i++) {
    size_t before = push_path(self, "[%zu]", i);
    const yaml_node_t *item = yaml_document_get_node(&self->document, items[i]);
    if (!read_value(self, item, member, element_at(&elements, i))) return false;
    pop_path(self, before);
  }
  return true;
}

// --- messages

static void add_stamp(stamps_t *stamps, const members_t *members, void *message)
{
  const member_t *sec = field_find(members, "sec", 3), *nanosec = field_find(members, "nanosec", 7);
  stamps->at = must(realloc(stamps->at, (stamps->count + 1) * sizeof *stamps->at));
  stamps->at[stamps->count].sec = (int32_t *)(void *)((char *)message + sec->offset_);
  stamps->at[stamps->count++].nanosec = (uint32_t *)(void *)((char *)message + nanosec->offset_);
}

static bool is_type(const members_t *members, const char *message_namespace, const char *name)
{
  return strcmp(members->message_namespace_, message_namespace) == 0 && strcmp(members->message_name_, name) == 0;
}

// The words that stand for a whole message: "now" for a time, "auto" for a header.
static bool read_word(reader_t *self, const yaml_node_t *node, const members_t *members, void *message)
{
  const char *word = text_of(node);
  if (strcmp(word, "now") == 0 && is_type(members, "builtin_interfaces__msg", "Time")) {
    add_stamp(self->stamps, members, message);
    return true;
  }
  if (strcmp(word, "auto") == 0 && is_type(members, "std_msgs__msg", "Header")) {
    const member_t *stamp = field_find(members, "stamp", 5);
    add_stamp(self->stamps, field_nested(stamp), (char *)message + stamp->offset_);
    return true;
  }
  char *name = members_name(members);
  fail_at(self, node, "(%s) cannot be '%.64s': its fields are expected, {name: value}", name, word);
  free(name);
  return false;
}

static bool unknown_field(reader_t *self, const yaml_node_t *key, const members_t *members)
{
  char names[256], *name = members_name(members);
  field_names(members, names, sizeof names);
  fail_at(self, key, "(%s) has no field '%.64s'; it has: %s", name, text_of(key), names);
  free(name);
  return false;
}

static bool read_pair(reader_t *self, const yaml_node_t *key, const yaml_node_t *value, const members_t *members, void *message, bool *seen)
{
  if (key->type != YAML_SCALAR_NODE) return fail_at(self, key, "has %s where the name of a field is expected", kind_of(key));
  const member_t *member = field_is_filler(members) ? NULL : field_find(members, text_of(key), key->data.scalar.length);
  if (member == NULL) return unknown_field(self, key, members);
  size_t before = push_path(self, "%s%s", self->path_length > 0 ? "." : "", member->name_);
  if (seen[member - members->members_]) return fail_at(self, key, "is given twice");
  seen[member - members->members_] = true;
  bool good = member->is_array_ ? read_array(self, value, member, message)
                                : read_value(self, value, member, (char *)message + member->offset_);
  if (good) pop_path(self, before);
  return good;
}

static bool read_message(reader_t *self, const yaml_node_t *node, const members_t *members, void *message)
{
  if (node->type == YAML_SCALAR_NODE) return read_word(self, node, members, message);
  if (node->type == YAML_SEQUENCE_NODE) return fail_at(self, node, "is a sequence; fields are expected, {name: value}");
  bool *seen = must(calloc(members->member_count_ + 1, sizeof *seen)), good = true;
  for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top && good; pair++)
    good = read_pair(self, yaml_document_get_node(&self->document, pair->key), yaml_document_get_node(&self->document, pair->value),
                     members, message, seen);
  free(seen);
  return good;
}

// --- documents

void yaml_in_open(yaml_in_t *self, const char *text, size_t length)
{
  if (!yaml_parser_initialize(&self->parser)) must(NULL);
  yaml_parser_set_input_string(&self->parser, (const unsigned char *)text, length);
  self->length = length;
}

static int feed(void *arg, unsigned char *buffer, size_t size, size_t *ret_size)
{
  yaml_in_t *self = arg;
  int count = self->source(self->source_arg, buffer, size);
  *ret_size = count > 0 ? (size_t)count : 0;
  self->length += *ret_size;
  return count >= 0;
}

void yaml_in_open_stream(yaml_in_t *self, yaml_source_t source, void *arg)
{
  if (!yaml_parser_initialize(&self->parser)) must(NULL);
  self->length = 0;
  self->source = source;
  self->source_arg = arg;
  yaml_parser_set_input(&self->parser, feed, self);
}

void yaml_in_close(yaml_in_t *self) { yaml_parser_delete(&self->parser); }

static bool malformed(const yaml_in_t *self, fault_t *fault)
{
  const yaml_parser_t *parser = &self->parser;
  if (parser->error == YAML_MEMORY_ERROR) must(NULL);
  if (parser->error == YAML_READER_ERROR)
    return fault_set(fault, "byte %zu: this is no YAML: %s", parser->problem_offset + 1, parser->problem);
  return fault_set(fault, "line %zu, column %zu: this is no YAML: %s", parser->problem_mark.line + 1, parser->problem_mark.column + 1,
                   parser->problem);
}

yaml_found_t yaml_in_next(yaml_in_t *self, const members_t *members, void *message, stamps_t *stamps, fault_t *fault)
{
  for (;;) {
    reader_t reader = {.stamps = stamps, .fault = fault, .values_left = self->length + SPARE_VALUES};
    if (!yaml_parser_load(&self->parser, &reader.document)) return malformed(self, fault) ? YAML_MESSAGE : YAML_FAULT;
    const yaml_node_t *root = yaml_document_get_root_node(&reader.document);
    bool empty = root != NULL && is_null(root), good = true;
    if (root != NULL && !empty) good = read_message(&reader, root, members, message);
    yaml_document_delete(&reader.document);
    if (root == NULL) return YAML_END;
    if (!empty) return good ? YAML_MESSAGE : YAML_FAULT;
  }
}
