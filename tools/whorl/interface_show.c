// whorl interface show
#include "interface_show.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "types.h"

static const option_t OPTIONS[] = {
    {"all-comments", 0, NULL, "with the comments of nested messages too"},
    {"no-comments", 0, NULL, "without comments and empty lines"},
    {NULL, 0, NULL, NULL},
};

enum { DEEPEST = 32 };

typedef struct show {
  bool comments, all_comments;
} show_t;

static void indent(int depth)
{
  for (int i = 0; i < depth; i++) putchar('\t');
}

// --- from the text of the definition

static bool print_definition(const show_t *self, const type_name_t *name, int depth);

// The message that a line declares a field of, in the package that the line stands in. False: a plain type, or no field.
static bool nested_type(const char *line, const char *package, type_name_t *ret_name)
{
  static const char *const plain[] = {"bool",   "byte",  "char",   "float32", "float64", "int8",   "uint8",  "int16",
                                      "uint16", "int32", "uint32", "int64",   "uint64",  "string", "wstring"};
  size_t length = strcspn(line, " \t[<");
  for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
    if (strlen(plain[i]) == length && memcmp(plain[i], line, length) == 0) return false;
  if (length == 0 || !isalpha((unsigned char)line[0])) return false;
  char *word = must(strndup(line, length));
  char *full = strchr(word, '/') != NULL ? copy_text(word) : format_text("%s/%s", package, word);
  fault_t fault;
  bool good = type_name_parse(full, KIND_MESSAGE, ret_name, &fault);
  free(word);
  free(full);
  return good;
}

// Where a line's comment begins, which is not in a string; its end if it has none.
static size_t comment_at(const char *line)
{
  char quote = '\0';
  size_t i = 0;
  for (; line[i] != '\0' && (quote != '\0' || line[i] != '#'); i++) {
    if (quote != '\0' && line[i] == '\\' && line[i + 1] != '\0')
      i++;
    else if (line[i] == quote)
      quote = '\0';
    else if (quote == '\0' && (line[i] == '"' || line[i] == '\''))
      quote = line[i];
  }
  return i;
}

static void print_line(const show_t *self, const char *line, const type_name_t *owner, int depth)
{
  bool comments = depth == 0 ? self->comments : self->all_comments;
  size_t length = comments ? strlen(line) : comment_at(line);
  while (length > 0 && isspace((unsigned char)line[length - 1])) length--;
  if (length == 0 && (depth > 0 || !self->comments)) return;
  if (length > 0) indent(depth);
  printf("%.*s\n", (int)length, line);
  type_name_t nested;
  if (depth < DEEPEST && nested_type(line, owner->package, &nested)) (void)print_definition(self, &nested, depth + 1);
}

static bool print_definition(const show_t *self, const type_name_t *name, int depth)
{
  char *text = types_definition(name);
  if (text == NULL) return false;
  char *rest = text;
  for (char *line; (line = strsep(&rest, "\n")) != NULL;)
    if (rest != NULL || *line != '\0') print_line(self, line, name, depth); // not the end of the last line
  free(text);
  return true;
}

// --- from introspection

static void print_members(const members_t *members, int depth)
{
  for (uint32_t i = 0; i < members->member_count_ && !field_is_filler(members); i++) {
    const member_t *member = &members->members_[i];
    char *type = field_type(member);
    indent(depth);
    printf("%s %s\n", type, member->name_);
    free(type);
    if (member->type_id_ == FIELD_MESSAGE && depth < DEEPEST) print_members(field_nested(member), depth + 1);
  }
}

static bool print_service(const char *full, fault_t *fault)
{
  whorl_service_type_t type;
  if (!types_load_service(full, &type, fault)) return false;
  print_members(types_request(type), 0);
  puts("---");
  print_members(types_response(type), 0);
  return true;
}

static bool print_action(const type_name_t *name, fault_t *fault)
{
  static const char *const parts[] = {"Goal", "Result", "Feedback"};
  for (size_t i = 0; i < 3; i++) {
    const members_t *members;
    if (!types_load_action_part(name, parts[i], &members, fault)) return false;
    if (i > 0) puts("---");
    print_members(members, 0);
  }
  return true;
}

static bool print_introspection(const type_name_t *name, fault_t *fault)
{
  if (name->kind == KIND_ACTION) return print_action(name, fault);
  char *full = format_text("%s/%s/%s", name->package, kind_folder(name->kind), name->name);
  whorl_message_type_t type;
  bool found = name->kind == KIND_SERVICE ? print_service(full, fault) : types_load_message(full, &type, fault);
  if (found && name->kind == KIND_MESSAGE) print_members(types_members(type), 0);
  free(full);
  return found;
}

static int show(const arguments_t *arguments)
{
  const show_t self = {.comments = !arguments_has(arguments, "no-comments"), .all_comments = arguments_has(arguments, "all-comments")};
  const char *text = arguments_word(arguments, 0);
  type_name_t name;
  fault_t fault;
  if (!type_name_parse(text, KIND_MESSAGE, &name, &fault)) return complain("%s", fault.text);
  if (print_definition(&self, &name, 0)) return DONE;
  return print_introspection(&name, &fault) ? DONE : complain("%s", fault.text);
}

bool interface_find_prototype(const char *name, const members_t **ret_members, fault_t *fault)
{
  type_name_t parts;
  whorl_message_type_t message;
  whorl_service_type_t service;
  if (!type_name_parse(name, KIND_MESSAGE, &parts, fault)) return false;
  if (parts.kind == KIND_ACTION) return types_load_action_part(&parts, "Goal", ret_members, fault);
  if (parts.kind == KIND_SERVICE) {
    if (!types_load_service(name, &service, fault)) return false;
    *ret_members = types_request(service);
    return true;
  }
  if (!types_load_message(name, &message, fault)) return false;
  *ret_members = types_members(message);
  return true;
}

const command_t INTERFACE_SHOW = {
    .group = "interface",
    .name = "show",
    .words = "TYPE",
    .summary = "prints the definition of a message, service or action",
    .more = "From the file that was installed with it; without one from its type support, which has no comments and constants.",
    .lists = {OPTIONS, HELP_OPTIONS},
    .run = show,
};
