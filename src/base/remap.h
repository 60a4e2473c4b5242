// Rules that give names another name at start-up: `from:=to`, `node:from:=to`, `__node:=name`, `__ns:=/namespace`. Pure functions on any thread.
#ifndef WHORL_BASE_REMAP_H
#define WHORL_BASE_REMAP_H

#include <stddef.h>

typedef enum whorl__remap_kind { // bits
  WHORL__REMAP_TOPIC = 1,
  WHORL__REMAP_SERVICE = 2,
  WHORL__REMAP_NODE_NAME = 4,
  WHORL__REMAP_NAMESPACE = 8,
} whorl__remap_kind_t;

typedef struct whorl__remap_rule {
  unsigned kinds; // what it is for: topics and services both, unless a scheme chose
  char *node;     // the name of the only node that it is for; NULL: all
  char *match;    // as written, expanded anew for every node; NULL for node names and namespaces
  char *replacement;
} whorl__remap_rule_t;

typedef struct whorl__remap_rules {
  whorl__remap_rule_t *rows; // first match wins
  size_t count;
} whorl__remap_rules_t;

// The node at the front, "node:rest", with the length of its name; 0 when there is none. Also of parameters.
size_t whorl__remap_node_prefix(const char *text);
// INVALID_ARGUMENT or INVALID_NAME with a sentence on what is wrong; NO_MEMORY. The rule is the caller's: whorl__remap_rule_fini.
int whorl__remap_parse(const char *text, whorl__remap_rule_t *ret_rule);
void whorl__remap_rule_fini(whorl__remap_rule_t *rule);
// The first rule of that kind for the node whose expanded match is `full`. `full` and `node_namespace` are not looked at for node names and namespaces. NULL: none.
const whorl__remap_rule_t *whorl__remap_find(const whorl__remap_rules_t *rules, whorl__remap_kind_t kind, const char *full,
                                             const char *node_name, const char *node_namespace);

#endif
