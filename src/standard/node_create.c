// A node as its user gets it: the bare one, and then what a ROS 2 node brings along, through the calls of the floors below.
#include "base/detail.h"
#include "description/type_description.h"
#include "log/logger_services.h"
#include "log/rosout.h"
#include "node/graph.h"
#include "parameter/parameters.h"

// By the node's option, and by the parameter that every node has for it.
static int bring_type_description(whorl__node_t *node, const whorl_node_options_t *options)
{
  bool wanted;
  WHORL_TRY(whorl_parameter_get_bool((whorl_node_t){node->id}, "start_type_description_service", &wanted));
  return wanted ? whorl__type_description_bring(node, options) : WHORL_OK;
}

// In this order, which is that of rclpy's nodes.
static int bring_along(whorl__node_t *node, const whorl_node_options_t *options)
{
  WHORL_TRY(whorl__rosout_bring(node, options));
  WHORL_TRY(whorl__parameters_bring(node, options));
  WHORL_TRY(bring_type_description(node, options));
  return whorl__logger_services_bring(node, options);
}

static int furnish(whorl_node_t handle, const whorl_node_options_t *options)
{
  whorl__node_t *node;
  WHORL_TRY(whorl__node_pin(handle, &node));
  whorl__graph_hold(node->context);
  int status = bring_along(node, options);
  whorl__graph_let_go(node->context);
  if (status == WHORL_OK) whorl__node_mark_standard(node, options->strict_qos);
  whorl__node_unpin(node);
  return status;
}

int whorl_node_create(whorl_context_t context, const char *name, const whorl_node_options_t *options, whorl_node_t *ret_node)
{
  static const whorl_node_options_t defaults = {0};
  whorl_node_t node;
  if (ret_node == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_node_create: ret_node is NULL");
  if (options == NULL) options = &defaults;
  WHORL_TRY(whorl__node_create(context, name, options, &node));
  int status = furnish(node, options);
  if (status < 0) {
    (void)whorl_node_destroy(node);
    return status;
  }
  *ret_node = node;
  return WHORL_OK;
}
