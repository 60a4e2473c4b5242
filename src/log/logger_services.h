// The services by which others see and set the levels of this process's loggers: ~/get_logger_levels, ~/set_logger_levels.
#ifndef WHORL_LOG_LOGGER_SERVICES_H
#define WHORL_LOG_LOGGER_SERVICES_H

#include "node/node.h"

// If the options ask for them: for a node that nobody else has yet. Statuses as whorl_service_create.
int whorl__logger_services_bring(whorl__node_t *node, const whorl_node_options_t *options);

#endif
