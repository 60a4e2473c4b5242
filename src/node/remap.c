#include "node/remap.h"

#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "base/name.h"

int whorl__node_parse_arguments(const whorl_node_options_t *options, whorl__arguments_t **ret_arguments)
{
  int count = options->argument_count;
  if (count < 0 || (count > 0 && options->arguments == NULL))
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_node_create: argument_count is %d and arguments does not fit", count);
  return count > 0 ? whorl__arguments_load(count, options->arguments, ret_arguments) : WHORL_OK;
}

// The first rule that matches, the node's own ones before the others.
static const whorl__remap_rule_t *find(const whorl__arguments_t *own, const whorl__arguments_t *global, whorl__remap_kind_t kind,
                                       const char *full, const char *name, const char *node_namespace)
{
  const whorl__remap_rule_t *rule = own != NULL ? whorl__remap_find(&own->remaps, kind, full, name, node_namespace) : NULL;
  if (rule == NULL && global != NULL) rule = whorl__remap_find(&global->remaps, kind, full, name, node_namespace);
  return rule;
}

void whorl__node_remap(const whorl__arguments_t *own, const whorl__arguments_t *global, const char **name, const char **node_namespace)
{
  const whorl__remap_rule_t *rule = find(own, global, WHORL__REMAP_NODE_NAME, "", *name, "/");
  if (rule != NULL) *name = rule->replacement;
  rule = find(own, global, WHORL__REMAP_NAMESPACE, "", *name, "/"); // a rule for one node goes by its new name
  if (rule != NULL) *node_namespace = rule->replacement;
}

static int expand(const whorl__node_t *node, const char *kind, const char *wanted, char full[static WHORL__NAME_TOPIC_SIZE])
{
  const whorl__arguments_t *global = node->ignores_global ? NULL : node->context->arguments;
  WHORL_TRY(whorl__name_expand(kind, wanted, node->name, node->node_namespace, full));
  if (node->arguments == NULL && global == NULL) return WHORL_OK;
  whorl__remap_kind_t bit = strcmp(kind, "service") == 0 ? WHORL__REMAP_SERVICE : WHORL__REMAP_TOPIC;
  const whorl__remap_rule_t *rule = find(node->arguments, global, bit, full, node->name, node->node_namespace);
  return rule != NULL ? whorl__name_expand(kind, rule->replacement, node->name, node->node_namespace, full) : WHORL_OK;
}

int whorl__expand_name(const whorl__node_t *node, const char *kind, const char *wanted, const whorl_qos_t *qos, char **ret_name)
{
  char full[WHORL__NAME_TOPIC_SIZE];
  const char *name = wanted;
  if (wanted == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "the %s name is NULL", kind);
  if (!qos->avoid_ros_namespace_conventions) {
    WHORL_TRY(expand(node, kind, wanted, full));
    name = full;
  }
  char *copy = whorl__strdup(name);
  if (copy == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for %s '%s'", kind, name);
  *ret_name = copy;
  return WHORL_OK;
}
