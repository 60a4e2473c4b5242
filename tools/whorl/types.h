// Types of messages and services by their names, at run time: from the introspection libraries of the interface packages.
//
// Packages are looked for below the prefixes of WHORL_TYPESUPPORT_PATH, then of AMENT_PREFIX_PATH (both separated by colons), then where Whorl's own ones are installed. What was loaded stays. Not for several threads at once.
#ifndef TOOL_TYPES_H
#define TOOL_TYPES_H

#include <stdbool.h>

#include <whorl/message.h>

#include "field.h"
#include "report.h"

typedef enum kind { KIND_MESSAGE, KIND_SERVICE, KIND_ACTION, KINDS } kind_t;
const char *kind_folder(kind_t kind); // "msg"

// A name in its parts: "std_msgs/msg/String", or "std_msgs/String" of the given kind. False: it is none.
typedef struct type_name {
  char package[128], name[128];
  kind_t kind;
} type_name_t;
bool type_name_parse(const char *text, kind_t kind, type_name_t *ret_name, fault_t *fault);

bool types_load_message(const char *name, whorl_message_type_t *ret_type, fault_t *fault);
bool types_load_service(const char *name, whorl_service_type_t *ret_type, fault_t *fault);
const members_t *types_members(whorl_message_type_t type);
const members_t *types_request(whorl_service_type_t type);
const members_t *types_response(whorl_service_type_t type);
// The parts of an action, that are messages of their own: "Goal", "Result", "Feedback".
bool types_load_action_part(const type_name_t *action, const char *part, const members_t **ret_members, fault_t *fault);

// All that an action client needs, and the members of what is sent and comes back.
typedef struct action_parts {
  rosidl_action_type_support_t support;
  const members_t *goal, *result, *feedback;
} action_parts_t;
bool types_load_action(const char *name, action_parts_t *ret_parts, fault_t *fault);

// The definition's text, as it was written: share/<package>/<folder>/<name>.<folder>; NULL: there is none. The caller's to free.
char *types_definition(const type_name_t *name);
// Every interface of that kind that is installed, in alphabetical order; of one package, or with NULL of all. False: no such package.
typedef void (*types_visitor_t)(const char *package, const char *name, void *arg);
bool types_visit(const char *package, kind_t kind, types_visitor_t visit, void *arg);

#endif
