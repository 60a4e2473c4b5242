// ~/get_type_description: what the types of a node look like, for those who have only their hashes.
//
// Found by the RIHS01 hash are the types of the node's publishers, subscriptions, services and clients, as they are when it asked. The answer comes from introspection; the texts of .msg files are not known there, so
// there are no type sources.
#ifndef WHORL_DESCRIPTION_TYPE_DESCRIPTION_H
#define WHORL_DESCRIPTION_TYPE_DESCRIPTION_H

#include "node/node.h"

// Unless the options say otherwise: for a node that nobody else has yet. Statuses as whorl_service_create.
int whorl__type_description_bring(whorl__node_t *node, const whorl_node_options_t *options);

#endif
