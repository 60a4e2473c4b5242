// Every command, each defined in the file of its noun.
#ifndef TOOL_COMMANDS_H
#define TOOL_COMMANDS_H

#include "command.h"

extern const command_t TOPIC_LIST, TOPIC_INFO, TOPIC_TYPE, TOPIC_FIND, TOPIC_ECHO, TOPIC_PUB, TOPIC_HZ, TOPIC_BW, TOPIC_DELAY;
extern const command_t NODE_LIST, NODE_INFO;
extern const command_t SERVICE_LIST, SERVICE_INFO, SERVICE_TYPE, SERVICE_FIND, SERVICE_CALL;
extern const command_t ACTION_LIST, ACTION_INFO, ACTION_TYPE;
extern const command_t INTERFACE_SHOW, INTERFACE_LIST, INTERFACE_PACKAGE, INTERFACE_PACKAGES, INTERFACE_PROTO;

#endif
