// Every command, each defined in the file of its noun.
#ifndef TOOL_COMMANDS_H
#define TOOL_COMMANDS_H

#include "command.h"

extern const command_t TOPIC_LIST, TOPIC_ECHO, TOPIC_PUB;
extern const command_t SERVICE_CALL;
extern const command_t INTERFACE_SHOW, INTERFACE_LIST, INTERFACE_PACKAGE, INTERFACE_PACKAGES, INTERFACE_PROTO;

#endif
