// What a node has of parameters from the start.
#include "parameter/parameters.h"

static int declare_own(whorl__parameters_t *self, const whorl_node_options_t *options)
{
  const whorl_parameter_value_t sim_time = whorl_parameter_bool(options->use_sim_time);
  const whorl_parameter_value_t descriptions = whorl_parameter_bool(true);
  const whorl_parameter_options_t read_only = {.read_only = true,
                                               .description = "Whether the node tells of its types by the service get_type_description"};
  const whorl_parameter_options_t plain = {.description = "Whether the node's clock follows the topic /clock"};
  WHORL_TRY(whorl__parameters_declare(self, "use_sim_time", &sim_time, &plain, NULL));
  return whorl__parameters_declare(self, "start_type_description_service", &descriptions, &read_only, NULL);
}

static int declare_overrides(whorl__parameters_t *self, const whorl__arguments_t *arguments)
{
  static const whorl_parameter_options_t any = {.dynamic_typing = true};
  static const whorl_parameter_value_t none = {0}; // the command line's comes instead
  for (size_t i = 0; arguments != NULL && i < arguments->overrides.count; i++) {
    const whorl__override_t *override = &arguments->overrides.rows[i];
    if (!whorl__overrides_match(override->node, self->node->full_name)) continue;
    if (whorl__parameters_find(self, override->name) != NULL) continue;
    WHORL_TRY(whorl__parameters_declare(self, override->name, &none, &any, NULL));
  }
  return WHORL_OK;
}

int whorl__parameters_bring(whorl__node_t *node, const whorl_node_options_t *options)
{
  whorl__parameters_t *self;
  const whorl_node_t handle = {node->id};
  WHORL_TRY(whorl__parameters_create(node, &self));
  whorl__node_keep(node, WHORL__KEPT_PARAMETERS, self, whorl__parameters_free);
  node->override_qos = whorl__parameters_override_qos;
  self->allows_undeclared = options->allow_undeclared_parameters;
  WHORL_TRY(declare_own(self, options));
  if (options->declare_parameters_from_overrides) {
    WHORL_TRY(declare_overrides(self, node->arguments));
    if (!node->ignores_global) WHORL_TRY(declare_overrides(self, node->context->arguments));
  }
  if (whorl__node_wants(node, options->parameter_events)) WHORL_TRY(whorl__parameters_open_events(self, handle));
  return whorl__node_wants(node, options->parameter_services) ? whorl__parameters_open_services(self, handle) : WHORL_OK;
}
