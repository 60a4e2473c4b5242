// whorl manual: the manual page in troff, from the table of commands.
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "manual.h"

// Hyphens that are typed, and backslashes, are escaped; a line must not begin with a dot or a quote.
static void put(const char *text, FILE *out)
{
  if (text[0] == '.' || text[0] == '\'') fputs("\\&", out);
  for (; *text != '\0'; text++) {
    if (*text == '-')
      fputs("\\-", out);
    else if (*text == '\\')
      fputs("\\e", out);
    else
      fputc(*text, out);
  }
}

static void put_option(const option_t *option, FILE *out)
{
  fputs(".TP\n", out);
  if (option->letter != 0) fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
  fputs("\\fB\\-\\-", out);
  put(option->name, out);
  fputs("\\fR", out);
  if (option->value != NULL) fprintf(out, " \\fI%s\\fR", option->value);
  fputc('\n', out);
  put(option->help, out);
  fputc('\n', out);
}

static void put_options(const option_t *const *lists, FILE *out)
{
  for (size_t i = 0; i < OPTION_LISTS; i++)
    for (const option_t *option = lists[i]; option != NULL && option->name != NULL; option++)
      if (option->help != NULL && strcmp(option->name, "help") != 0) put_option(option, out);
}

static void put_command(const command_t *command, FILE *out)
{
  char *title = command_title(command);
  fprintf(out, ".SS whorl %s %s\n", title, command->words);
  put(command->summary, out);
  fputs(".\n", out);
  if (command->more != NULL) put(command->more, out);
  if (command->more != NULL) fputc('\n', out);
  put_options(command->lists, out);
  free(title);
}

void manual_print(FILE *out)
{
  fputs(".TH WHORL 1 \"\" \"Whorl " WHORL_VERSION
        "\" \"User Commands\"\n.SH NAME\nwhorl \\- looks at a ROS 2 graph, and talks to it\n.SH SYNOPSIS\n"
        ".B whorl\n.I COMMAND\n[\\fIARGUMENT\\fR...] [\\fB\\-\\-ros\\-args\\fR ...]\n.br\n.B whorl \\-\\-version\n.SH DESCRIPTION\n"
        "Its commands, options and formats are those of stock\n.B ros2\nas far as they go. It needs no daemon and no ROS 2 installation. "
        "While it runs it is a hidden node\n"
        ".IR /_whorl_<process> .\nOptions may be shortened while nothing else begins so; what stands behind \\fB\\-\\-\\fR is no "
        "option.\n.SH COMMANDS\n"
        "Each command has \\fB\\-h\\fR, \\fB\\-\\-help\\fR.\n",
        out);
  for (size_t i = 0; i < command_count(); i++) put_command(command_at(i), out);
  fputs(".SH ENVIRONMENT\n.TP\n\\fBWHORL_TYPESUPPORT_PATH\\fR, \\fBAMENT_PREFIX_PATH\\fR\nPrefixes, separated by colons, below which "
        "interface "
        "packages are installed.\n"
        ".TP\n\\fBROS_DOMAIN_ID\\fR, \\fBROS_STATIC_PEERS\\fR, \\fBCYCLONEDDS_URI\\fR ...\nWhich graph, as for every "
        "ROS 2 node.\n"
        ".TP\n.B NO_COLOR\nNo colours on terminals either.\n.SH EXIT STATUS\n"
        "0: done, also when a command that goes on forever is interrupted. 1: it failed. 2: the command line makes no sense. "
        "130: it was interrupted (SIGINT, SIGTERM) before it was done.\n.SH "
        "EXAMPLES\n.nf\n"
        "whorl topic echo /chatter \\-\\-once\n"
        "whorl topic pub \\-r 10 /pose geometry_msgs/msg/PoseStamped \"{header: auto, pose: {position: {x: 1.5}}}\"\n"
        "whorl service call /add example_interfaces/srv/AddTwoInts \"{a: 1, b: 2}\"\n"
        "whorl param set /motor speed 2.0\n.fi\n",
        out);
}

static int print(const arguments_t *arguments)
{
  (void)arguments;
  manual_print(stdout);
  return DONE;
}

const command_t MANUAL = {
    .group = "manual",
    .words = "",
    .summary = "prints the manual page: whorl manual | man -l -",
    .lists = {HELP_OPTIONS},
    .run = print,
};
