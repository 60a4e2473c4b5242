#include "base/log_line.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { SECOND_NS = 1000000000 };

const char *whorl__log_severity_name(whorl_severity_t severity)
{
  switch (severity) {
  case WHORL_SEVERITY_DEBUG: return "DEBUG";
  case WHORL_SEVERITY_INFO: return "INFO";
  case WHORL_SEVERITY_WARN: return "WARN";
  case WHORL_SEVERITY_ERROR: return "ERROR";
  case WHORL_SEVERITY_FATAL: return "FATAL";
  default: return "UNSET";
  }
}

static const char *colour_of(whorl_severity_t severity)
{
  switch (severity) {
  case WHORL_SEVERITY_DEBUG: return "\033[32m";
  case WHORL_SEVERITY_WARN: return "\033[33m";
  case WHORL_SEVERITY_ERROR:
  case WHORL_SEVERITY_FATAL: return "\033[31m";
  default: return "\033[0m";
  }
}

static void print_severity(FILE *stream, const whorl_log_entry_t *entry) { fputs(whorl__log_severity_name(entry->severity), stream); }
static void print_name(FILE *stream, const whorl_log_entry_t *entry) { fputs(entry->logger, stream); }
static void print_message(FILE *stream, const whorl_log_entry_t *entry) { fputs(entry->message, stream); }
static void print_function(FILE *stream, const whorl_log_entry_t *entry) { fputs(entry->function, stream); }
static void print_file(FILE *stream, const whorl_log_entry_t *entry) { fputs(entry->file, stream); }
static void print_number(FILE *stream, const whorl_log_entry_t *entry) { fprintf(stream, "%d", entry->line); }
static void print_time(FILE *stream, const whorl_log_entry_t *entry)
{
  fprintf(stream, "%" PRId64 ".%09d", entry->stamp_ns / SECOND_NS, (int)(entry->stamp_ns % SECOND_NS));
}
static void print_nanoseconds(FILE *stream, const whorl_log_entry_t *entry) { fprintf(stream, "%019" PRId64, entry->stamp_ns); }

static void print_date(FILE *stream, const whorl_log_entry_t *entry)
{
  char date[64] = "";
  struct tm local;
  time_t seconds = (time_t)(entry->stamp_ns / SECOND_NS);
  if (localtime_r(&seconds, &local) != NULL) (void)strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &local);
  fprintf(stream, "%s.%03d", date, (int)(entry->stamp_ns % SECOND_NS / 1000000));
}

static const struct {
  const char *name;
  void (*print)(FILE *stream, const whorl_log_entry_t *entry);
} tokens[] = {
    {"{severity}", print_severity},
    {"{name}", print_name},
    {"{message}", print_message},
    {"{time}", print_time},
    {"{time_as_nanoseconds}", print_nanoseconds},
    {"{date_time_with_ms}", print_date},
    {"{function_name}", print_function},
    {"{file_name}", print_file},
    {"{line_number}", print_number},
};

// How many characters of the format it took; 0: no token begins here.
static size_t print_token(FILE *stream, const char *format, const whorl_log_entry_t *entry)
{
  for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
    size_t length = strlen(tokens[i].name);
    if (strncmp(format, tokens[i].name, length) != 0) continue;
    tokens[i].print(stream, entry);
    return length;
  }
  return 0;
}

static size_t print_escape(FILE *stream, const char *format)
{
  static const char letters[] = "abnrt\\", meanings[] = "\a\b\n\r\t\\";
  const char *letter = format[0] == '\\' && format[1] != '\0' ? strchr(letters, format[1]) : NULL;
  if (letter == NULL) return 0;
  fputc(meanings[letter - letters], stream);
  return 2;
}

void whorl__log_print_line(FILE *stream, const char *format, bool coloured, const whorl_log_entry_t *entry)
{
  flockfile(stream);
  if (coloured) fputs(colour_of(entry->severity), stream);
  while (*format != '\0') {
    size_t taken = print_token(stream, format, entry);
    if (taken == 0) taken = print_escape(stream, format);
    if (taken == 0) fputc(*format, stream);
    format += taken == 0 ? 1 : taken;
  }
  fputs(coloured ? "\033[0m\n" : "\n", stream);
  funlockfile(stream);
}
