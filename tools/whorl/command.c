#include "command.h"

#include <string.h>

#include "commands.h"

static const command_t *const COMMANDS[] = {
    &TOPIC_LIST,
    &TOPIC_INFO,
    &TOPIC_TYPE,
    &TOPIC_FIND,
    &TOPIC_ECHO,
    &TOPIC_PUB,
    &TOPIC_HZ,
    &TOPIC_BW,
    &TOPIC_DELAY,
    &NODE_LIST,
    &NODE_INFO,
    &SERVICE_LIST,
    &SERVICE_INFO,
    &SERVICE_TYPE,
    &SERVICE_FIND,
    &SERVICE_CALL,
    &PARAM_LIST,
    &PARAM_GET,
    &PARAM_SET,
    &PARAM_DESCRIBE,
    &PARAM_DUMP,
    &PARAM_LOAD,
    &PARAM_DELETE,
    &ACTION_LIST,
    &ACTION_INFO,
    &ACTION_TYPE,
    &ACTION_SEND_GOAL,
    &INTERFACE_SHOW,
    &INTERFACE_LIST,
    &INTERFACE_PACKAGE,
    &INTERFACE_PACKAGES,
    &INTERFACE_PROTO,
    &LIFECYCLE_NODES,
    &LIFECYCLE_GET,
    &LIFECYCLE_LIST,
    &LIFECYCLE_SET,
    &DOCTOR,
    &WTF,
    &COMPLETION,
    &COMPLETE,
    &MANUAL,
};

const option_t HELP_OPTIONS[] = {{"help", 'h', NULL, "says this"}, {NULL, 0, NULL, NULL}};
const option_t GRAPH_OPTIONS[] = {
    {"spin-time", 0, "SECONDS", "looks around for so long at most (default: 2)"},
    {"no-daemon", 0, NULL, NULL},      // ros2's; there is none
    {"use-sim-time", 's', NULL, NULL}, // ros2's; without effect where nothing looks at the time
    {"help", 'h', NULL, "says this"},
    {NULL, 0, NULL, NULL},
};

size_t command_count(void) { return sizeof COMMANDS / sizeof COMMANDS[0]; }
const command_t *command_at(size_t index) { return COMMANDS[index]; }

const command_t *command_find(const char *group, const char *name)
{
  for (size_t i = 0; i < command_count(); i++) {
    const command_t *command = COMMANDS[i];
    if (strcmp(command->group, group) != 0 || (command->name == NULL) != (name == NULL)) continue;
    if (name == NULL || strcmp(command->name, name) == 0) return command;
  }
  return NULL;
}

bool command_is_group(const char *name)
{
  for (size_t i = 0; i < command_count(); i++)
    if (strcmp(COMMANDS[i]->group, name) == 0) return true;
  return false;
}

char *command_title(const command_t *command)
{
  return format_text("%s%s%s", command->group, command->name != NULL ? " " : "", command->name != NULL ? command->name : "");
}
