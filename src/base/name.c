#include "base/name.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "whorl/status.h"

typedef whorl__name_fault_t fault_t;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static fault_t fault_at(fault_t fault, size_t index, size_t *ret_index)
{
  *ret_index = index;
  return fault;
}

static fault_t check_length(size_t length, size_t size, size_t *ret_index)
{
  size_t longest = size - 1;
  return length > longest ? fault_at(WHORL__NAME_TOO_LONG, longest - 1, ret_index) : WHORL__NAME_NONE;
}

static fault_t validate_node(const char *name, size_t length, size_t *ret_index)
{
  if (length == 0) return fault_at(WHORL__NAME_EMPTY, 0, ret_index);
  for (size_t i = 0; i < length; i++) {
    if (!is_word(name[i])) return fault_at(WHORL__NAME_BAD_CHARACTER, i, ret_index);
  }
  if (is_digit(name[0])) return fault_at(WHORL__NAME_TOKEN_STARTS_WITH_DIGIT, 0, ret_index);
  return check_length(length, WHORL__NAME_NODE_SIZE, ret_index);
}

static fault_t validate_full(const char *name, size_t length, size_t size, size_t *ret_index)
{
  if (length == 0) return fault_at(WHORL__NAME_EMPTY, 0, ret_index);
  if (name[0] != '/') return fault_at(WHORL__NAME_NOT_ABSOLUTE, 0, ret_index);
  if (name[length - 1] == '/') return fault_at(WHORL__NAME_TRAILING_SLASH, length - 1, ret_index);
  for (size_t i = 0; i < length; i++) {
    if (name[i] != '/' && !is_word(name[i])) return fault_at(WHORL__NAME_BAD_CHARACTER, i, ret_index);
  }
  for (size_t i = 1; i < length; i++) {
    if (name[i - 1] != '/') continue;
    if (name[i] == '/') return fault_at(WHORL__NAME_REPEATED_SLASH, i, ret_index);
    if (is_digit(name[i])) return fault_at(WHORL__NAME_TOKEN_STARTS_WITH_DIGIT, i, ret_index);
  }
  return check_length(length, size, ret_index);
}

static fault_t validate_namespace(const char *name, size_t length, size_t *ret_index)
{
  if (strcmp(name, "/") == 0) return WHORL__NAME_NONE;
  return validate_full(name, length, WHORL__NAME_NAMESPACE_SIZE, ret_index);
}

// The characters of a name before expansion, and its braces.
static fault_t validate_characters(const char *name, size_t length, size_t *ret_index)
{
  size_t open = SIZE_MAX; // index of the open brace
  for (size_t i = 0; i < length; i++) {
    char c = name[i];
    bool inside = open != SIZE_MAX;
    if (is_digit(c) && inside && i == open + 1) return fault_at(WHORL__NAME_SUBSTITUTION_STARTS_WITH_DIGIT, i, ret_index);
    if (is_word(c)) continue;
    if (c == '~') {
      if (i > 0) return fault_at(WHORL__NAME_MISPLACED_TILDE, i, ret_index);
    } else if (c == '}') {
      if (!inside) return fault_at(WHORL__NAME_UNBALANCED_BRACE, i, ret_index);
      open = SIZE_MAX;
    } else if (inside) {
      return fault_at(WHORL__NAME_SUBSTITUTION_BAD_CHARACTER, i, ret_index);
    } else if (c == '{') {
      open = i;
    } else if (c != '/') {
      return fault_at(WHORL__NAME_BAD_CHARACTER, i, ret_index);
    }
  }
  return open != SIZE_MAX ? fault_at(WHORL__NAME_UNBALANCED_BRACE, open, ret_index) : WHORL__NAME_NONE;
}

static fault_t validate_topic(const char *name, size_t length, size_t *ret_index)
{
  if (length == 0) return fault_at(WHORL__NAME_EMPTY, 0, ret_index);
  if (is_digit(name[0])) return fault_at(WHORL__NAME_TOKEN_STARTS_WITH_DIGIT, 0, ret_index);
  if (name[length - 1] == '/') return fault_at(WHORL__NAME_TRAILING_SLASH, length - 1, ret_index);
  fault_t fault = validate_characters(name, length, ret_index);
  if (fault != WHORL__NAME_NONE) return fault;
  if (name[0] == '~' && length > 1 && name[1] != '/') return fault_at(WHORL__NAME_TILDE_WITHOUT_SLASH, 1, ret_index);
  for (size_t i = 1; i < length; i++) {
    if (name[i - 1] == '/' && is_digit(name[i])) return fault_at(WHORL__NAME_TOKEN_STARTS_WITH_DIGIT, i, ret_index);
  }
  return WHORL__NAME_NONE;
}

fault_t whorl__name_validate(whorl__name_kind_t kind, const char *name, size_t *ret_index)
{
  size_t length = strlen(name);
  *ret_index = 0;
  switch (kind) {
  case WHORL__NAME_TOPIC: return validate_topic(name, length, ret_index);
  case WHORL__NAME_FULL_TOPIC: return validate_full(name, length, WHORL__NAME_TOPIC_SIZE, ret_index);
  case WHORL__NAME_NODE: return validate_node(name, length, ret_index);
  case WHORL__NAME_NAMESPACE:
  case WHORL__NAME_ENCLAVE: return validate_namespace(name, length, ret_index);
  }
  assert(!"a name of no kind");
  return WHORL__NAME_EMPTY;
}

const char *whorl__name_fault_code(fault_t fault)
{
  static const char *const codes[] = {
#define FAULT_CODE(name, code, words) code,
      WHORL__NAME_FAULT_TABLE(FAULT_CODE)
#undef FAULT_CODE
  };
  return codes[fault];
}

// --- sentences

typedef struct phrase {
  char text[80];
} phrase_t;

static phrase_t words_of_character(char c)
{
  phrase_t phrase;
  if (c == ' ') return (phrase_t){"space"};
  if (c == '\n' || c == '\r') return (phrase_t){"line break"};
  if (c == '\t') return (phrase_t){"tab"};
  if (c > ' ' && c < 0x7f) {
    snprintf(phrase.text, sizeof phrase.text, "'%c'", c);
  } else {
    snprintf(phrase.text, sizeof phrase.text, "byte 0x%02x", (unsigned)(unsigned char)c);
  }
  return phrase;
}

static phrase_t words_of(fault_t fault, const char *name, size_t index)
{
  static const char *const words[] = {
#define FAULT_WORDS(name, code, words) words,
      WHORL__NAME_FAULT_TABLE(FAULT_WORDS)
#undef FAULT_WORDS
  };
  if (fault == WHORL__NAME_BAD_CHARACTER) return words_of_character(name[index]);
  phrase_t phrase;
  if (fault == WHORL__NAME_TOO_LONG) {
    snprintf(phrase.text, sizeof phrase.text, "longer than %zu characters", index + 1);
  } else {
    snprintf(phrase.text, sizeof phrase.text, "%s", words[fault]);
  }
  return phrase;
}

// A long name is quoted by its beginning, so that the reason still fits into the sentence.
static phrase_t quote(const char *name)
{
  enum { LONGEST = 64 };
  phrase_t phrase;
  size_t length = strlen(name);
  if (length <= LONGEST) {
    snprintf(phrase.text, sizeof phrase.text, "'%s'", name);
    return phrase;
  }
  length = LONGEST;
  while (length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80) length--;
  snprintf(phrase.text, sizeof phrase.text, "'%.*s...'", (int)length, name);
  return phrase;
}

static int fail(const char *what, const char *name, fault_t fault, size_t index)
{
  return whorl__fail(WHORL_INVALID_NAME, "%s %s is invalid at %zu: %s", what, quote(name).text, index, words_of(fault, name, index).text);
}

int whorl__name_check(whorl__name_kind_t kind, const char *name)
{
  static const char *const whats[] = {"topic name", "topic name", "node name", "namespace", "enclave"};
  if (name == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "the %s is NULL", whats[kind]);
  size_t index;
  fault_t fault = whorl__name_validate(kind, name, &index);
  return fault == WHORL__NAME_NONE ? WHORL_OK : fail(whats[kind], name, fault, index);
}

int whorl__name_make_namespace(const char *wanted, char ret_namespace[static WHORL__NAME_NAMESPACE_SIZE])
{
  char full[4 * WHORL__NAME_NAMESPACE_SIZE]; // wide enough to find other faults than the length first
  if (wanted == NULL) wanted = "";
  snprintf(full, sizeof full, "%s%s", wanted[0] == '/' ? "" : "/", wanted);
  size_t index;
  fault_t fault = whorl__name_validate(WHORL__NAME_NAMESPACE, full, &index);
  if (fault != WHORL__NAME_NONE) return fail("namespace", full, fault, index);
  strcpy(ret_namespace, full);
  return WHORL_OK;
}

// --- expansion

typedef struct writer {
  char *buffer;
  size_t size, length;
  bool full;
} writer_t;

static void append(writer_t *writer, const char *text, size_t length)
{
  if (writer->full || length >= writer->size - writer->length) {
    writer->full = true;
    return;
  }
  memcpy(writer->buffer + writer->length, text, length);
  writer->length += length;
  writer->buffer[writer->length] = '\0';
}

static void append_text(writer_t *writer, const char *text) { append(writer, text, strlen(text)); }

static void append_namespace_and_slash(writer_t *writer, const char *node_namespace)
{
  append_text(writer, node_namespace);
  if (strcmp(node_namespace, "/") != 0) append_text(writer, "/");
}

static const char *substitute(const char *word, size_t length, const char *node_name, const char *node_namespace)
{
  if (length == 4 && memcmp(word, "node", 4) == 0) return node_name;
  if (length == 2 && memcmp(word, "ns", 2) == 0) return node_namespace;
  if (length == 9 && memcmp(word, "namespace", 9) == 0) return node_namespace;
  return NULL;
}

fault_t whorl__name_expand_raw(const char *name, const char *node_name, const char *node_namespace, char *buffer, size_t size,
                               size_t *ret_index)
{
  fault_t fault = whorl__name_validate(WHORL__NAME_TOPIC, name, ret_index);
  if (fault != WHORL__NAME_NONE) return fault;
  writer_t writer = {.buffer = buffer, .size = size};
  const char *at = name;
  // A name that begins with {ns} is absolute by what comes out of it.
  bool absolute = name[0] == '/' || strncmp(name, "{ns}", 4) == 0 || strncmp(name, "{namespace}", 11) == 0;
  if (!absolute) append_namespace_and_slash(&writer, node_namespace);
  if (*at == '~') {
    append_text(&writer, node_name);
    at++;
  }
  while (*at != '\0') {
    size_t plain = strcspn(at, "{");
    append(&writer, at, plain);
    at += plain;
    if (*at == '\0') break;
    size_t word = strcspn(at + 1, "}");
    const char *text = substitute(at + 1, word, node_name, node_namespace);
    if (text == NULL) return fault_at(WHORL__NAME_UNKNOWN_SUBSTITUTION, (size_t)(at - name), ret_index);
    append_text(&writer, text);
    at += word + 2;
  }
  return writer.full ? fault_at(WHORL__NAME_TOO_LONG, WHORL__NAME_TOPIC_SIZE - 2, ret_index) : WHORL__NAME_NONE;
}

int whorl__name_expand(const char *what, const char *name, const char *node_name, const char *node_namespace,
                       char ret_full[static WHORL__NAME_TOPIC_SIZE])
{
  char label[32], full[4 * WHORL__NAME_TOPIC_SIZE]; // wide enough to find other faults than the length first
  snprintf(label, sizeof label, "%s name", what);
  if (name == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "the %s is NULL", label);
  size_t index;
  fault_t fault = whorl__name_expand_raw(name, node_name, node_namespace, full, sizeof full, &index);
  if (fault == WHORL__NAME_TOO_LONG && index >= strlen(name)) { // it is not the name itself
    return whorl__fail(WHORL_INVALID_NAME, "%s %s expands to one that is invalid at %zu: %s", label, quote(name).text, index,
                       words_of(fault, name, index).text);
  }
  if (fault != WHORL__NAME_NONE) return fail(label, name, fault, index);
  fault = whorl__name_validate(WHORL__NAME_FULL_TOPIC, full, &index);
  if (fault != WHORL__NAME_NONE && strcmp(full, name) == 0) return fail(label, name, fault, index);
  if (fault != WHORL__NAME_NONE) {
    return whorl__fail(WHORL_INVALID_NAME, "%s %s expands to %s, which is invalid at %zu: %s", label, quote(name).text, quote(full).text,
                       index, words_of(fault, full, index).text);
  }
  strcpy(ret_full, full);
  return WHORL_OK;
}

void whorl__name_fully_qualify(const char *node_name, const char *node_namespace, char ret_full[static WHORL__NAME_FQN_SIZE])
{
  writer_t writer = {.buffer = ret_full, .size = WHORL__NAME_FQN_SIZE};
  append_namespace_and_slash(&writer, node_namespace);
  append_text(&writer, node_name);
  assert(!writer.full);
}

void whorl__name_make_logger(char *full_name)
{
  memmove(full_name, full_name + 1, strlen(full_name)); // the slash in front; with the NUL
  for (char *c = full_name; *c != '\0'; c++)
    if (*c == '/') *c = '.';
}

bool whorl__name_is_hidden(const char *name) { return name[0] == '_' || strstr(name, "/_") != NULL; }
