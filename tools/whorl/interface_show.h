// Definitions of interfaces, as they were written or as introspection tells of them.
#ifndef TOOL_INTERFACE_SHOW_H
#define TOOL_INTERFACE_SHOW_H

#include "field.h"
#include "report.h"

// What one would send of a type: the message itself, a service's request, an action's goal. Its name may leave the folder out: "std_msgs/String".
bool interface_find_prototype(const char *name, const members_t **ret_members, fault_t *fault);

#endif
