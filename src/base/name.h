// ROS names: which are valid, what relative ones expand to, which are hidden. Pure functions on any thread; ASCII rules, independent of the locale.
// The rules are those of rcl and rmw in Jazzy; names.json holds their answers, name_test.c compares.
#ifndef WHORL_BASE_NAME_H
#define WHORL_BASE_NAME_H

#include <stdbool.h>
#include <stddef.h>

typedef enum whorl__name_kind {
  WHORL__NAME_TOPIC,      // of topics and services as the user writes them: relative, ~, {node}
  WHORL__NAME_FULL_TOPIC, // of topics and services after expansion
  WHORL__NAME_NODE,       // without namespace
  WHORL__NAME_NAMESPACE,
  WHORL__NAME_ENCLAVE, // as a namespace
} whorl__name_kind_t;

// Fault, its code in names.json, its words in a sentence.
#define WHORL__NAME_FAULT_TABLE(X)                                                                             \
  X(NONE, "", "nothing")                                                                                       \
  X(EMPTY, "empty", "it is empty")                                                                             \
  X(NOT_ABSOLUTE, "not_absolute", "no leading slash")                                                          \
  X(TRAILING_SLASH, "trailing_slash", "slash at the end")                                                      \
  X(REPEATED_SLASH, "repeated_slash", "repeated slash")                                                        \
  X(BAD_CHARACTER, "bad_character", "character that is not allowed")                                           \
  X(TOKEN_STARTS_WITH_DIGIT, "token_starts_with_digit", "part that begins with a digit")                       \
  X(TOO_LONG, "too_long", "too long")                                                                          \
  X(MISPLACED_TILDE, "misplaced_tilde", "tilde that is not the first character")                               \
  X(TILDE_WITHOUT_SLASH, "tilde_without_slash", "no slash behind the tilde")                                   \
  X(UNBALANCED_BRACE, "unbalanced_brace", "brace without its partner")                                         \
  X(SUBSTITUTION_BAD_CHARACTER, "substitution_bad_character", "character not allowed between braces")          \
  X(SUBSTITUTION_STARTS_WITH_DIGIT, "substitution_starts_with_digit", "substitution that begins with a digit") \
  X(UNKNOWN_SUBSTITUTION, "unknown_substitution", "unknown substitution")

typedef enum whorl__name_fault {
#define WHORL__NAME_FAULT_CODE(name, code, words) WHORL__NAME_##name,
  WHORL__NAME_FAULT_TABLE(WHORL__NAME_FAULT_CODE)
#undef WHORL__NAME_FAULT_CODE
} whorl__name_fault_t;

enum {
  WHORL__NAME_TOPIC_SIZE = 248,     // longest full topic name, with its NUL
  WHORL__NAME_NAMESPACE_SIZE = 246, // longest namespace
  WHORL__NAME_NODE_SIZE = 256,      // longest node name
  WHORL__NAME_FQN_SIZE = 512,       // longest fully qualified node name
};

// The first fault and the index of its byte (0 and NONE for a valid name). Length is judged last.
whorl__name_fault_t whorl__name_validate(whorl__name_kind_t kind, const char *name, size_t *ret_index);
const char *whorl__name_fault_code(whorl__name_fault_t fault);

// The same as statuses: INVALID_NAME with the sentence "topic name 'a b' is invalid at 1: space"; INVALID_ARGUMENT for NULL.
int whorl__name_check(whorl__name_kind_t kind, const char *name);

// A namespace as a user may give it ("", "a", "/a") in its full form ("/", "/a"), checked. NULL: "/".
int whorl__name_make_namespace(const char *wanted, char ret_namespace[static WHORL__NAME_NAMESPACE_SIZE]);
// Check, expand, check the full name. `what`: "topic" or "service", for the sentence. `node_name` and `node_namespace` are valid ones.
int whorl__name_expand(const char *what, const char *name, const char *node_name, const char *node_namespace,
                       char ret_full[static WHORL__NAME_TOPIC_SIZE]);
// Only the expansion, into any buffer, for the table of names.json and for remapping: TOO_LONG when it does not fit.
whorl__name_fault_t whorl__name_expand_raw(const char *name, const char *node_name, const char *node_namespace, char *buffer, size_t size,
                                           size_t *ret_index);
// Namespace, slash, name: "/listener", "/robot/listener". Of valid names.
void whorl__name_fully_qualify(const char *node_name, const char *node_namespace, char ret_full[static WHORL__NAME_FQN_SIZE]);
// A node's full name becomes its logger's: dots for slashes, none in front.
void whorl__name_make_logger(char *full_name);
// Does any part begin with an underscore? Tools do not list such names.
bool whorl__name_is_hidden(const char *name);

#endif
