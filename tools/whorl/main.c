// whorl: looks at a ROS 2 graph, and talks to it.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

// On a full disk a command has failed that was done.
static int flush(int code)
{
  bool written = fflush(stdout) == 0 && ferror(stdout) == 0;
  return !written && code == DONE ? complain("what was to be printed cannot be written") : code;
}

static int run(const command_t *command, int argc, char **argv, int first)
{
  arguments_t arguments;
  fault_t fault;
  char *title = command_title(command);
  report_set_command(title);
  int code;
  if (!arguments_parse(&arguments, command->lists, command->words, argc, argv, first, &fault)) {
    code = complain_usage("%s", fault.text);
  } else if (arguments_has(&arguments, "help")) {
    help_print_command(command, stdout);
    code = DONE;
  } else {
    code = command->run(&arguments);
  }
  arguments_fini(&arguments);
  code = flush(code);
  report_set_command("");
  free(title);
  return code;
}

static bool asks_for_help(const char *word) { return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0; }

// One of the three that is closed would become the first file or socket that is opened, and be printed into.
static void open_standard_streams(void)
{
  int descriptor = open("/dev/null", O_RDWR);
  while (descriptor >= 0 && descriptor <= STDERR_FILENO) descriptor = open("/dev/null", O_RDWR);
  if (descriptor >= 0) close(descriptor);
}

static int choose(int argc, char **argv)
{
  if (argc < 2) {
    help_print(stderr);
    return USAGE;
  }
  const char *group = argv[1], *name = argc > 2 ? argv[2] : NULL;
  if (asks_for_help(group)) {
    help_print(stdout);
    return DONE;
  }
  if (strcmp(group, "--version") == 0) {
    help_print_version(stdout);
    return DONE;
  }
  const command_t *command = command_find(group, NULL);
  if (command != NULL) return run(command, argc, argv, 2);
  if (!command_is_group(group)) return complain_usage("there is no command '%s'", group);
  if (name == NULL || asks_for_help(name)) {
    help_print_group(group, name != NULL ? stdout : stderr);
    return name != NULL ? DONE : USAGE;
  }
  command = command_find(group, name);
  if (command == NULL) return complain_usage("there is no command '%s %s'", group, name);
  return run(command, argc, argv, 3);
}

int main(int argc, char **argv)
{
  open_standard_streams();
  setvbuf(stdout, NULL, _IOLBF, 0);
  return flush(choose(argc, argv));
}
