// Publishers and subscriptions in words.
#ifndef TOOL_ENDPOINT_H
#define TOOL_ENDPOINT_H

#include <whorl/graph.h>

void endpoint_print(const whorl_endpoint_info_t *endpoint, void *arg); // as `ros2 topic info --verbose` prints it, an empty line behind it
char *endpoint_node(const whorl_endpoint_info_t *endpoint); // "/arm/driver", or words for a node that is not known; the caller's to free

#endif
