// The parser of content filters, by recursive descent. Every fault names its column.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <rosidl_typesupport_introspection_c/field_types.h>

#include "base/detail.h"
#include "base/memory.h"
#include "message/filter_tree.h"
#include "whorl/status.h"

enum { DEEPEST = 64, DEEPEST_TREE = 128, MOST_NODES = 4096 }; // the tree is asked by recursion, on a fiber's stack

typedef struct parser {
  whorl__filter_t *filter;
  const whorl__members_t *members;
  const char *text, *at;         // the expression, or a parameter's
  int parameter;                 // whose text it is; -1: the expression's
  whorl__filter_value_t *parsed; // parameters
  int depth;
} parser_t;

__attribute__((format(printf, 3, 4))) static int fail_at(const parser_t *self, const char *at, const char *format, ...)
{
  char what[160], whose[32] = "";
  va_list words;
  va_start(words, format);
  vsnprintf(what, sizeof what, format, words);
  va_end(words);
  if (self->parameter >= 0) snprintf(whose, sizeof whose, "parameter %%%d of ", self->parameter);
  return whorl__fail(WHORL_INVALID_ARGUMENT, "%sa filter is wrong at column %zu: %s", whose, (size_t)(at - self->text) + 1, what);
}

// --- characters and words

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static void skip_blanks(parser_t *self)
{
  while (*self->at == ' ' || *self->at == '\t' || *self->at == '\n' || *self->at == '\r') self->at++;
}

static size_t word_length(const parser_t *self)
{
  size_t length = 0;
  if (!is_letter(*self->at)) return 0;
  while (is_letter(self->at[length]) || is_digit(self->at[length])) length++;
  return length;
}

static bool is_word(parser_t *self, const char *word)
{
  skip_blanks(self);
  return word_length(self) == strlen(word) && strncasecmp(self->at, word, strlen(word)) == 0;
}

static bool take_word(parser_t *self, const char *word)
{
  bool found = is_word(self, word);
  if (found) self->at += strlen(word);
  return found;
}

static bool take_sign(parser_t *self, const char *sign)
{
  skip_blanks(self);
  bool found = strncmp(self->at, sign, strlen(sign)) == 0;
  if (found) self->at += strlen(sign);
  return found;
}

// --- literals

static int read_text(parser_t *self, whorl__filter_value_t *ret_value)
{
  whorl__filter_t *filter = self->filter;
  const char *begin = self->at++;
  char *text = filter->texts + filter->texts_used, *end = text;
  for (; *self->at != '\'' || self->at[1] == '\''; self->at++) {
    if (*self->at == '\0') return fail_at(self, begin, "a text without its closing quote");
    if (*self->at == '\'') self->at++; // two stand for one
    *end++ = *self->at;
  }
  self->at++;
  *end++ = '\0';
  filter->texts_used += (size_t)(end - text);
  *ret_value = (whorl__filter_value_t){.kind = WHORL__FILTER_TEXT, .text = text};
  return WHORL_OK;
}

static int read_number(parser_t *self, whorl__filter_value_t *ret_value)
{
  const char *begin = self->at, *digits = begin + (*begin == '-' || *begin == '+');
  bool is_hexadecimal = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
  size_t length = strspn(digits, is_hexadecimal ? "0123456789abcdefABCDEFxX" : "0123456789");
  bool is_real = !is_hexadecimal && (digits[length] == '.' || digits[length] == 'e' || digits[length] == 'E');
  char *end;
  errno = 0;
  if (is_real)
    *ret_value = (whorl__filter_value_t){.kind = WHORL__FILTER_FLOAT, .real = strtod(begin, &end)};
  else if (*begin == '-')
    *ret_value = (whorl__filter_value_t){.kind = WHORL__FILTER_SIGNED, .number = strtoll(begin, &end, is_hexadecimal ? 16 : 10)};
  else
    *ret_value = (whorl__filter_value_t){.kind = WHORL__FILTER_UNSIGNED, .natural = strtoull(begin, &end, is_hexadecimal ? 16 : 10)};
  if (end == begin || end == digits) return fail_at(self, begin, "no number");
  if (errno == ERANGE && !is_real) return fail_at(self, begin, "a number that is too large");
  if (is_letter(*end) || is_digit(*end)) return fail_at(self, end, "a number that does not end");
  self->at = end;
  return WHORL_OK;
}

static bool begins_number(const char *text)
{
  const char *digits = text + (*text == '-' || *text == '+');
  return is_digit(*digits) || (*digits == '.' && is_digit(digits[1]));
}

static int read_plain_literal(parser_t *self, whorl__filter_value_t *ret_value)
{
  skip_blanks(self);
  if (*self->at == '\'') return read_text(self, ret_value);
  if (begins_number(self->at)) return read_number(self, ret_value);
  bool is_true = take_word(self, "TRUE");
  if (!is_true && !take_word(self, "FALSE")) return fail_at(self, self->at, "a number, a text in single quotes, TRUE or FALSE is missing");
  *ret_value = (whorl__filter_value_t){.kind = WHORL__FILTER_UNSIGNED, .natural = is_true};
  return WHORL_OK;
}

// With the number as it was written.
static int fail_parameter(parser_t *self, const char *begin)
{
  size_t count = self->filter->parameter_count;
  while (is_digit(*self->at)) self->at++;
  int length = self->at - begin <= 32 ? (int)(self->at - begin) : 32;
  if (count == 0) return fail_at(self, begin, "parameter %.*s, but there are none", length, begin);
  if (count == 1) return fail_at(self, begin, "parameter %.*s, but there is only %%0", length, begin);
  return fail_at(self, begin, "parameter %.*s, but there are %%0 to %%%zu", length, begin, count - 1);
}

static int read_parameter(parser_t *self, whorl__filter_value_t *ret_value)
{
  const char *begin = self->at++;
  int number = 0;
  if (!is_digit(*self->at)) return fail_at(self, begin, "a %% without the number of a parameter");
  while (is_digit(*self->at) && number < 1000) number = 10 * number + (*self->at++ - '0');
  if ((size_t)number >= self->filter->parameter_count) return fail_parameter(self, begin);
  if (self->parsed[number].kind == WHORL__FILTER_NOTHING) {
    const char *text = self->filter->parameters[number];
    parser_t inner = {.filter = self->filter, .text = text, .at = text, .parameter = number};
    WHORL_TRY(read_plain_literal(&inner, &self->parsed[number]));
    skip_blanks(&inner);
    if (*inner.at != '\0') return fail_at(&inner, inner.at, "more than one literal");
  }
  *ret_value = self->parsed[number];
  return WHORL_OK;
}

static bool begins_literal(parser_t *self)
{
  skip_blanks(self);
  return *self->at == '\'' || *self->at == '%' || begins_number(self->at) || is_word(self, "TRUE") || is_word(self, "FALSE");
}

static int read_literal(parser_t *self, whorl__filter_operand_t *operand)
{
  *operand = (whorl__filter_operand_t){.is_field = false};
  skip_blanks(self);
  return *self->at == '%' ? read_parameter(self, &operand->literal) : read_plain_literal(self, &operand->literal);
}

// --- fields

static const whorl__member_t *find_member(const whorl__members_t *members, const char *name, size_t length)
{
  for (uint32_t i = 0; i < members->member_count_; i++) {
    const whorl__member_t *member = &members->members_[i];
    if (strlen(member->name_) == length && memcmp(member->name_, name, length) == 0) return member;
  }
  return NULL;
}

static int read_index(parser_t *self, const whorl__member_t *member, whorl__filter_step_t *step)
{
  const char *begin = self->at;
  bool has_index = take_sign(self, "[");
  if (has_index != member->is_array_)
    return fail_at(self, begin, has_index ? "field '%s' has no elements" : "field '%s' has elements: name one, '[0]'", member->name_);
  if (!has_index) return WHORL_OK;
  skip_blanks(self);
  char *end;
  if (!is_digit(*self->at)) return fail_at(self, self->at, "an index is a number");
  errno = 0;
  step->index = strtoul(self->at, &end, 10);
  step->is_sequence = whorl__member_is_sequence(member);
  if (errno == ERANGE || step->index > INT32_MAX || (!step->is_sequence && step->index >= member->array_size_))
    return fail_at(self, self->at, "field '%s' has no such element", member->name_);
  self->at = end;
  return take_sign(self, "]") ? WHORL_OK : fail_at(self, self->at, "']' is missing");
}

static whorl__filter_kind_t kind_of(uint8_t type_id)
{
  switch (type_id) {
  case rosidl_typesupport_introspection_c__ROS_TYPE_INT8:
  case rosidl_typesupport_introspection_c__ROS_TYPE_INT16:
  case rosidl_typesupport_introspection_c__ROS_TYPE_INT32:
  case rosidl_typesupport_introspection_c__ROS_TYPE_INT64: return WHORL__FILTER_SIGNED;
  case rosidl_typesupport_introspection_c__ROS_TYPE_BOOLEAN:
  case rosidl_typesupport_introspection_c__ROS_TYPE_OCTET:
  case rosidl_typesupport_introspection_c__ROS_TYPE_CHAR:
  case rosidl_typesupport_introspection_c__ROS_TYPE_UINT8:
  case rosidl_typesupport_introspection_c__ROS_TYPE_UINT16:
  case rosidl_typesupport_introspection_c__ROS_TYPE_UINT32:
  case rosidl_typesupport_introspection_c__ROS_TYPE_UINT64: return WHORL__FILTER_UNSIGNED;
  case rosidl_typesupport_introspection_c__ROS_TYPE_FLOAT:
  case rosidl_typesupport_introspection_c__ROS_TYPE_DOUBLE: return WHORL__FILTER_FLOAT;
  case rosidl_typesupport_introspection_c__ROS_TYPE_STRING: return WHORL__FILTER_TEXT;
  default: return WHORL__FILTER_NOTHING;
  }
}

static int read_field(parser_t *self, whorl__filter_operand_t *operand)
{
  const whorl__members_t *members = self->members;
  *operand = (whorl__filter_operand_t){.is_field = true};
  for (;;) {
    skip_blanks(self);
    const char *begin = self->at;
    size_t length = word_length(self);
    if (length == 0) return fail_at(self, begin, "a field is missing");
    const whorl__member_t *member = find_member(members, begin, length);
    if (member == NULL)
      return fail_at(self, begin, "%s has no field '%.*s'", members->message_name_, (int)(length < 64 ? length : 64), begin);
    if (operand->step_count == WHORL__FILTER_STEPS) return fail_at(self, begin, "a field that lies too deep");
    whorl__filter_step_t *step = &operand->steps[operand->step_count++];
    bool is_message = member->type_id_ == rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE;
    step->offset = member->offset_;
    step->width = whorl__member_width(member);
    self->at += length;
    WHORL_TRY(read_index(self, member, step));
    if (!is_message) {
      operand->type_id = member->type_id_;
      operand->literal.kind = kind_of(member->type_id_);
      return operand->literal.kind != WHORL__FILTER_NOTHING ? WHORL_OK
                                                            : fail_at(self, begin, "field '%s' cannot be compared", member->name_);
    }
    WHORL_TRY(whorl__members_nested(member, &members));
    step->width = members->size_of_;
    if (!take_sign(self, ".")) return fail_at(self, self->at, "field '%s' is a message: name one of its fields", member->name_);
  }
}

static int read_operand(parser_t *self, whorl__filter_operand_t *operand)
{
  return begins_literal(self) ? read_literal(self, operand) : read_field(self, operand);
}

// --- conditions

static int add_node(parser_t *self, const whorl__filter_node_t *node, size_t *ret_at)
{
  whorl__filter_t *filter = self->filter;
  unsigned depth = 0;
  if (node->operator>= WHORL__FILTER_AND) depth = filter->nodes[node->left].depth + 1;
  if (node->operator== WHORL__FILTER_AND || node->operator== WHORL__FILTER_OR) {
    unsigned right = filter->nodes[node->right].depth + 1;
    if (right > depth) depth = right;
  }
  if (depth > DEEPEST_TREE) return fail_at(self, self->at, "too many conditions in a row, or one in the other");
  if (filter->count == MOST_NODES) return fail_at(self, self->at, "a filter with too many conditions");
  if (filter->count == filter->room) {
    size_t room = 2 * filter->room + 4;
    whorl__filter_node_t *grown = whorl__realloc(filter->nodes, room * sizeof *grown);
    if (grown == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a filter");
    filter->nodes = grown;
    filter->room = room;
  }
  filter->nodes[filter->count] = *node;
  filter->nodes[filter->count].depth = depth;
  *ret_at = filter->count++;
  return WHORL_OK;
}

static int read_operator(parser_t *self, whorl__filter_operator_t *ret_operator)
{
  static const struct {
    const char *sign;
    whorl__filter_operator_t operator;
  } signs[] = {{"<>", WHORL__FILTER_UNEQUAL},    {"!=", WHORL__FILTER_UNEQUAL}, {"<=", WHORL__FILTER_LESS_EQUAL},
               {">=", WHORL__FILTER_MORE_EQUAL}, {"<", WHORL__FILTER_LESS},     {">", WHORL__FILTER_MORE},
               {"=", WHORL__FILTER_EQUAL}};
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
    if (!take_sign(self, signs[i].sign)) continue;
    *ret_operator = signs[i].operator;
    return WHORL_OK;
  }
  *ret_operator = WHORL__FILTER_LIKE;
  return take_word(self, "LIKE") ? WHORL_OK : fail_at(self, self->at, "=, <>, <, <=, >, >=, LIKE or BETWEEN is missing");
}

static int check_operands(const parser_t *self, const char *begin, const whorl__filter_node_t *node)
{
  const whorl__filter_operand_t *left = &node->operands[0], *right = &node->operands[1];
  bool left_is_text = left->literal.kind == WHORL__FILTER_TEXT, right_is_text = right->literal.kind == WHORL__FILTER_TEXT;
  if (!left->is_field && !right->is_field) return fail_at(self, begin, "a comparison without a field");
  if (left_is_text != right_is_text) return fail_at(self, begin, "a text is compared with a number");
  if (node->operator== WHORL__FILTER_LIKE && !left_is_text) return fail_at(self, begin, "LIKE is for texts");
  return WHORL_OK;
}

// Behind "field [NOT] BETWEEN".
static int read_between(parser_t *self, const char *begin, const whorl__filter_operand_t *field, bool negated, size_t *ret_at)
{
  whorl__filter_node_t least = {.operator= WHORL__FILTER_MORE_EQUAL, .operands[0] = *field};
  whorl__filter_node_t most = {.operator= WHORL__FILTER_LESS_EQUAL, .operands[0] = *field};
  whorl__filter_node_t both = {.operator= WHORL__FILTER_AND };
  WHORL_TRY(read_literal(self, &least.operands[1]));
  if (!take_word(self, "AND")) return fail_at(self, self->at, "AND of a BETWEEN is missing");
  WHORL_TRY(read_literal(self, &most.operands[1]));
  WHORL_TRY(check_operands(self, begin, &least));
  WHORL_TRY(check_operands(self, begin, &most));
  WHORL_TRY(add_node(self, &least, &both.left));
  WHORL_TRY(add_node(self, &most, &both.right));
  WHORL_TRY(add_node(self, &both, ret_at));
  whorl__filter_node_t not_both = {.operator= WHORL__FILTER_NOT, .left = *ret_at};
  return negated ? add_node(self, &not_both, ret_at) : WHORL_OK;
}

static int read_predicate(parser_t *self, size_t *ret_at)
{
  whorl__filter_node_t node = {.operator= WHORL__FILTER_EQUAL };
  skip_blanks(self);
  const char *begin = self->at;
  WHORL_TRY(read_operand(self, &node.operands[0]));
  bool negated = node.operands[0].is_field && take_word(self, "NOT");
  if (negated || is_word(self, "BETWEEN")) {
    if (!node.operands[0].is_field) return fail_at(self, begin, "BETWEEN without a field");
    if (!take_word(self, "BETWEEN")) return fail_at(self, self->at, "BETWEEN is missing");
    return read_between(self, begin, &node.operands[0], negated, ret_at);
  }
  WHORL_TRY(read_operator(self, &node.operator));
  WHORL_TRY(read_operand(self, &node.operands[1]));
  WHORL_TRY(check_operands(self, begin, &node));
  return add_node(self, &node, ret_at);
}

static int read_condition(parser_t *self, size_t *ret_at);

static int read_factor(parser_t *self, size_t *ret_at)
{
  whorl__filter_node_t negation = {.operator= WHORL__FILTER_NOT };
  if (++self->depth > DEEPEST) return fail_at(self, self->at, "conditions that are nested too deep");
  int status;
  if (take_word(self, "NOT")) {
    status = read_factor(self, &negation.left);
    if (status == WHORL_OK) status = add_node(self, &negation, ret_at);
  } else if (take_sign(self, "(")) {
    status = read_condition(self, ret_at);
    if (status == WHORL_OK && !take_sign(self, ")")) status = fail_at(self, self->at, "')' is missing");
  } else {
    status = read_predicate(self, ret_at);
  }
  self->depth--;
  return status;
}

// A row of what binds more, between words.
static int read_row(parser_t *self, whorl__filter_operator_t operator, size_t * ret_at)
{
  const char *word = operator== WHORL__FILTER_AND ? "AND" : "OR";
  int status = operator== WHORL__FILTER_AND ? read_factor(self, ret_at) : read_row(self, WHORL__FILTER_AND, ret_at);
  while (status == WHORL_OK && take_word(self, word)) {
    whorl__filter_node_t both = {.operator= operator, .left = * ret_at };
    status = operator== WHORL__FILTER_AND ? read_factor(self, &both.right) : read_row(self, WHORL__FILTER_AND, &both.right);
    if (status == WHORL_OK) status = add_node(self, &both, ret_at);
  }
  return status;
}

static int read_condition(parser_t *self, size_t *ret_at) { return read_row(self, WHORL__FILTER_OR, ret_at); }

int whorl__filter_parse(whorl__filter_t *filter, const whorl__members_t *members)
{
  parser_t self = {.filter = filter, .members = members, .text = filter->expression, .at = filter->expression, .parameter = -1};
  self.parsed = whorl__alloc((filter->parameter_count + 1) * sizeof *self.parsed);
  if (self.parsed == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a filter");
  int status = read_condition(&self, &filter->root);
  skip_blanks(&self);
  if (status == WHORL_OK && *self.at != '\0') status = fail_at(&self, self.at, "AND, OR or the end is missing");
  whorl__free(self.parsed);
  return status;
}
