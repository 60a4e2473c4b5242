// The start-up arguments of a node: its own come before those of its context.
#ifndef WHORL_NODE_REMAP_H
#define WHORL_NODE_REMAP_H

#include "node/node.h"

// The arguments of its own that the options give; NULL when there are none. INVALID_ARGUMENT and INVALID_NAME with the argument's index, NO_MEMORY.
int whorl__node_parse_arguments(const whorl_node_options_t *options, whorl__arguments_t **ret_arguments);
// Replaces name and namespace by what rules say. Each argument may be NULL; the new strings live as long as the arguments.
void whorl__node_remap(const whorl__arguments_t *own, const whorl__arguments_t *global, const char **name, const char **node_namespace);
// The full name of a topic or service (`kind`) that a node's user wrote, after the rules; memory of the caller.
int whorl__expand_name(const whorl__node_t *node, const char *kind, const char *wanted, const whorl_qos_t *qos, char **ret_name);

#endif
