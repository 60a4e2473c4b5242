// What --help says, from the table of commands.
#include <stdlib.h>
#include <string.h>

#include "command.h"

static void print_row(const char *left, const char *right, FILE *out)
{
  if (strlen(left) > 30)
    fprintf(out, "  %s\n  %-30s  %s\n", left, "", right);
  else
    fprintf(out, "  %-30s  %s\n", left, right);
}

static void print_commands(const char *group, FILE *out)
{
  for (size_t i = 0; i < command_count(); i++) {
    const command_t *command = command_at(i);
    if (group != NULL && strcmp(command->group, group) != 0) continue;
    char *title = command_title(command);
    print_row(title, command->summary, out);
    free(title);
  }
}

void help_print(FILE *out)
{
  fprintf(out,
          "usage: whorl COMMAND [ARGUMENT...] [--ros-args ...]\n       whorl --version\n\nLooks at a ROS 2 graph, and talks to "
          "it.\n\n%sCommands%s\n",
          colour(out, BOLD), colour(out, PLAIN));
  print_commands(NULL, out);
  fputs("\nwhorl COMMAND --help says what a command takes. `man whorl` says more.\n", out);
}

void help_print_version(FILE *out) { fputs("whorl " WHORL_VERSION "\n", out); }

void help_print_group(const char *group, FILE *out)
{
  fprintf(out, "usage: whorl %s COMMAND [ARGUMENT...]\n\n", group);
  print_commands(group, out);
}

static void print_options(const option_t *options, FILE *out)
{
  for (const option_t *option = options; option != NULL && option->name != NULL; option++) {
    if (option->help == NULL) continue; // the tool's own
    char letter[] = {'-', option->letter, ',', ' ', '\0'};
    char *left = format_text("%s--%s%s%s", option->letter != 0 ? letter : "", option->name, option->value != NULL ? " " : "",
                             option->value != NULL ? option->value : "");
    print_row(left, option->help, out);
    free(left);
  }
}

void help_print_command(const command_t *command, FILE *out)
{
  char *title = command_title(command);
  fprintf(out, "usage: whorl %s [OPTION...]%s%s\n\n%s\n", title, command->words[0] != '\0' ? " " : "", command->words, command->summary);
  if (command->more != NULL) fprintf(out, "%s\n", command->more);
  fprintf(out, "\n%sOptions%s\n", colour(out, BOLD), colour(out, PLAIN));
  for (size_t i = 0; i < OPTION_LISTS; i++) print_options(command->lists[i], out);
  free(title);
}
