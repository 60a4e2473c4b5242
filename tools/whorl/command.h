// The commands: what they are called, what they take, what runs them. Help, completion and the manual page's test read this table.
#ifndef TOOL_COMMAND_H
#define TOOL_COMMAND_H

#include "arguments.h"

typedef struct command {
  const char *group, *name; // "topic", "echo"; a command without a group: "doctor", NULL
  const char *words;        // "TOPIC [TYPE]". TOPIC, NODE, SERVICE, ACTION, TYPE, PACKAGE and SHELL are completed
  const char *summary;      // one line
  const char *more;         // further lines of its help, or NULL
  const option_t *lists[OPTION_LISTS];
  int (*run)(const arguments_t *arguments); // DONE, FAILED or USAGE
} command_t;

size_t command_count(void);
const command_t *command_at(size_t index);
const command_t *command_find(const char *group, const char *name); // NULL: none; `name` NULL: one without a group
bool command_is_group(const char *name);
char *command_title(const command_t *command); // "topic echo"; the caller's to free

void help_print(FILE *out); // of the tool
void help_print_version(FILE *out);
void help_print_group(const char *group, FILE *out);
void help_print_command(const command_t *command, FILE *out);

extern const option_t HELP_OPTIONS[];  // --help, alone
extern const option_t GRAPH_OPTIONS[]; // those of commands that look at the graph, with --help

#endif
