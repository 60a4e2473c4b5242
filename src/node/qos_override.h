// QoS that parameters of the node override: asked for here, done by the floor of parameters, which puts its hook into the node.
#ifndef WHORL_NODE_QOS_OVERRIDE_H
#define WHORL_NODE_QOS_OVERRIDE_H

#include "node/node.h"
#include "whorl/qos_override.h"

// For an endpoint about to be created: replaces `qos` by what the parameters say. `overriding` NULL: nothing to do. User code may run inside: nothing locked, nothing pinned. Leaves no parameter behind when it fails.
int whorl__qos_override(whorl_node_t node, const char *topic, bool is_writer, const whorl_qos_overriding_t *overriding, whorl_qos_t *qos);

#endif
