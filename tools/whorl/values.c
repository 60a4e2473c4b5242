#include "values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

const option_t VALUES_OPTIONS[] = {
    {"stdin", 0, NULL, "the YAML comes from standard input"},
    {"yaml-file", 'y', "FILE", "the YAML stands in that file"},
    {"use-sim-time", 's', NULL, "`auto` and `now` are the time that comes on /clock, instead of the system's"},
    {"spin-time", 0, "SECONDS", "looks around for so long at most (default: 2)"},
    {"help", 'h', NULL, "says this"},
    {NULL, 0, NULL, NULL},
};

// Everything of a stream. False: it cannot be read.
static bool read_all(FILE *stream, char **ret_text, size_t *ret_length)
{
  char *text = NULL, block[65536];
  size_t length = 0, count;
  FILE *memory = must(open_memstream(&text, &length));
  while ((count = fread(block, 1, sizeof block, stream)) > 0) fwrite(block, 1, count, memory);
  if (fclose(memory) != 0) must(NULL);
  *ret_text = text;
  *ret_length = length;
  return ferror(stream) == 0;
}

int values_check(const arguments_t *arguments, size_t index)
{
  const bool word = arguments_word(arguments, index) != NULL;
  const int ways = word + arguments_has(arguments, "yaml-file") + arguments_has(arguments, "stdin");
  return ways > 1 ? complain_usage("the message is given more than once") : DONE;
}

static int read_text(const arguments_t *arguments, size_t index, char **ret_text, size_t *ret_length)
{
  const char *word = arguments_word(arguments, index), *path = arguments_value(arguments, "yaml-file");
  bool from_stdin = arguments_has(arguments, "stdin");
  if (values_check(arguments, index) != DONE) return USAGE;
  if (path == NULL && !from_stdin) {
    *ret_text = copy_text(word != NULL ? word : "");
    *ret_length = strlen(*ret_text);
    return DONE;
  }
  FILE *stream = from_stdin ? stdin : fopen(path, "r");
  if (stream == NULL) return complain("%s: %s", path, strerror(errno));
  bool good = read_all(stream, ret_text, ret_length);
  int code = good ? DONE : complain("%s: %s", from_stdin ? "standard input" : path, strerror(errno));
  if (!good) free(*ret_text);
  if (!from_stdin) fclose(stream);
  return code;
}

static void *add(values_t *self)
{
  self->at = must(realloc(self->at, (self->count + 1) * sizeof *self->at));
  self->at[self->count].message = message_create(self->members);
  self->at[self->count].stamps = (stamps_t){0};
  return self->at[self->count++].message;
}

static void drop_last(values_t *self)
{
  self->count--;
  message_destroy(self->members, self->at[self->count].message);
  stamps_fini(&self->at[self->count].stamps);
}

int values_read(values_t *self, const arguments_t *arguments, size_t index, const members_t *members)
{
  *self = (values_t){.members = members};
  char *text;
  size_t length;
  int code = read_text(arguments, index, &text, &length);
  if (code != DONE) return code;
  yaml_in_t input;
  yaml_found_t found;
  fault_t fault;
  yaml_in_open(&input, text, length);
  do {
    void *message = add(self);
    found = yaml_in_next(&input, members, message, &self->at[self->count - 1].stamps, &fault);
  } while (found == YAML_MESSAGE);
  if (found == YAML_END && self->count > 1) drop_last(self); // the last one stands for no document
  yaml_in_close(&input);
  free(text);
  if (found == YAML_END) return DONE;
  values_fini(self);
  return complain("%s", fault.text);
}

void values_fini(values_t *self)
{
  while (self->count > 0) drop_last(self);
  free(self->at);
  self->at = NULL;
}
