#include "report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <whorl/status.h>

static const char *command = "";

void fault_write(fault_t *fault, const char *format, ...)
{
  va_list list;
  va_start(list, format);
  vsnprintf(fault->text, sizeof fault->text, format, list);
  va_end(list);
}

void report_set_command(const char *name) { command = name; }

static void say(colour_t which, const char *word, const char *format, va_list list)
{
  fflush(stdout); // in the order in which things happened
  fprintf(stderr, "whorl%s%s: %s%s%s", command[0] != '\0' ? " " : "", command, colour(stderr, which), word, colour(stderr, PLAIN));
  vfprintf(stderr, format, list);
  fputc('\n', stderr);
}

void report_failure(const char *format, ...)
{
  va_list list;
  va_start(list, format);
  say(RED, "error: ", format, list);
  va_end(list);
}

void report_misuse(const char *format, ...)
{
  va_list list;
  va_start(list, format);
  say(RED, "error: ", format, list);
  va_end(list);
  fprintf(stderr, "try: whorl %s%s--help\n", command, command[0] != '\0' ? " " : "");
}

void report_status(int status, const char *what)
{
  const char *detail = whorl_detail();
  report_failure("%s: %s%s%s", what, whorl_status_sentence(status), detail[0] != '\0' ? ": " : "", detail);
}

void warn(const char *format, ...)
{
  va_list list;
  va_start(list, format);
  say(YELLOW, "warning: ", format, list);
  va_end(list);
}

bool is_clever_terminal(FILE *stream)
{
  const char *terminal = getenv("TERM");
  return isatty(fileno(stream)) == 1 && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

const char *colour(FILE *stream, colour_t which)
{
  static const char *const escapes[] = {"\033[0m", "\033[1m", "\033[31m", "\033[32m", "\033[33m"};
  const char *no_colour = getenv("NO_COLOR");
  if (no_colour != NULL && no_colour[0] != '\0') return "";
  return is_clever_terminal(stream) ? escapes[which] : "";
}

void *must(void *memory)
{
  if (memory != NULL) return memory;
  fputs("whorl: no memory could be had\n", stderr);
  exit(FAILED);
}

char *copy_text(const char *text) { return must(strdup(text)); }

char *format_text(const char *format, ...)
{
  char *text = NULL;
  va_list list;
  va_start(list, format);
  if (vasprintf(&text, format, list) < 0) text = NULL;
  va_end(list);
  return must(text);
}
