#include "base/remap.h"

#include <stdbool.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "base/name.h"
#include "whorl/status.h"

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

size_t whorl__remap_node_prefix(const char *text)
{
  size_t length = 0;
  while (is_letter(text[length]) || (length > 0 && text[length] >= '0' && text[length] <= '9')) length++;
  if (text[length] != ':' || text[length + 1] == '=') return 0;
  return strncmp(text + length, "://", 3) == 0 ? 0 : length; // a scheme, not a node
}

static char *copy_part(const char *text, size_t length)
{
  char *copy = whorl__alloc(length + 1);
  if (copy != NULL) memcpy(copy, text, length);
  return copy;
}

// A name before expansion, but without {substitutions}: the grammar of rules has none.
static int check_side(const char *name)
{
  const char *brace = strpbrk(name, "{}");
  if (brace != NULL)
    return whorl__fail(WHORL_INVALID_NAME, "remap name '%.64s' is invalid at %zu: '%c'", name, (size_t)(brace - name), *brace);
  return whorl__name_check(WHORL__NAME_TOPIC, name);
}

static int check_rule(const whorl__remap_rule_t *rule)
{
  if (rule->kinds == WHORL__REMAP_NODE_NAME) return whorl__name_check(WHORL__NAME_NODE, rule->replacement);
  if (rule->match == NULL) return whorl__name_check(WHORL__NAME_NAMESPACE, rule->replacement);
  WHORL_TRY(check_side(rule->match));
  return check_side(rule->replacement);
}

static bool begins(const char **at, const char *with)
{
  size_t length = strlen(with);
  if (strncmp(*at, with, length) != 0) return false;
  *at += length;
  return true;
}

// What the left side [at, separator) is about; leaves `at` behind the scheme.
static unsigned kinds_of(const char **at, const char *separator)
{
  if (begins(at, "rostopic://")) return WHORL__REMAP_TOPIC;
  if (begins(at, "rosservice://")) return WHORL__REMAP_SERVICE;
  size_t length = (size_t)(separator - *at);
  if (length == 6 && (memcmp(*at, "__node", 6) == 0 || memcmp(*at, "__name", 6) == 0)) return WHORL__REMAP_NODE_NAME;
  if (length == 4 && memcmp(*at, "__ns", 4) == 0) return WHORL__REMAP_NAMESPACE;
  return WHORL__REMAP_TOPIC | WHORL__REMAP_SERVICE;
}

int whorl__remap_parse(const char *text, whorl__remap_rule_t *ret_rule)
{
  const char *separator = strstr(text, ":="), *at = text;
  if (separator == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "no ':=' in it");
  whorl__remap_rule_t rule = {0};
  size_t prefix = whorl__remap_node_prefix(text);
  bool complete = true;
  if (prefix > 0) {
    complete = (rule.node = copy_part(text, prefix)) != NULL;
    at += prefix + 1;
  }
  rule.kinds = kinds_of(&at, separator);
  if ((rule.kinds & (WHORL__REMAP_TOPIC | WHORL__REMAP_SERVICE)) != 0)
    complete &= (rule.match = copy_part(at, (size_t)(separator - at))) != NULL;
  complete &= (rule.replacement = whorl__strdup(separator + 2)) != NULL;
  int status = complete ? check_rule(&rule) : whorl__fail(WHORL_NO_MEMORY, "no memory for a remap rule");
  if (status < 0) {
    whorl__remap_rule_fini(&rule);
    return status;
  }
  *ret_rule = rule;
  return WHORL_OK;
}

void whorl__remap_rule_fini(whorl__remap_rule_t *rule)
{
  whorl__free(rule->node);
  whorl__free(rule->match);
  whorl__free(rule->replacement);
  *rule = (whorl__remap_rule_t){0};
}

static bool matches(const whorl__remap_rule_t *rule, const char *full, const char *node_name, const char *node_namespace)
{
  char match[4 * WHORL__NAME_TOPIC_SIZE];
  size_t index;
  if (rule->match == NULL) return true;
  // One that cannot be expanded for this node (too long) matches nothing.
  return whorl__name_expand_raw(rule->match, node_name, node_namespace, match, sizeof match, &index) == WHORL__NAME_NONE &&
         strcmp(match, full) == 0;
}

const whorl__remap_rule_t *whorl__remap_find(const whorl__remap_rules_t *rules, whorl__remap_kind_t kind, const char *full,
                                             const char *node_name, const char *node_namespace)
{
  for (size_t i = 0; i < rules->count; i++) {
    const whorl__remap_rule_t *rule = &rules->rows[i];
    if ((rule->kinds & kind) == 0 || (rule->node != NULL && strcmp(rule->node, node_name) != 0)) continue;
    if (matches(rule, full, node_name, node_namespace)) return rule;
  }
  return NULL;
}
