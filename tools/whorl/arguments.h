// The words of a command line, sorted into options and what is none.
#ifndef TOOL_ARGUMENTS_H
#define TOOL_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"

typedef struct option {
  const char *name;  // "once": given as --once, and shorter while nothing else begins so
  char letter;       // 'r': given as -r; 0: none
  const char *value; // "RATE": what stands behind it, --rate RATE, --rate=RATE, -r RATE, -rRATE; NULL: nothing
  const char *help;  // NULL: none of the user's business
} option_t;

enum { OPTION_LISTS = 3, OPTIONS_GIVEN = 32 };

typedef struct arguments {
  int argc; // everything, for the context: what stands behind --ros-args is ROS's
  char **argv;
  const option_t *const *lists; // OPTION_LISTS of them, each closed by a name NULL; NULL: no such list
  struct {
    const option_t *option;
    const char *value;
  } given[OPTIONS_GIVEN];
  size_t given_count;
  char **words; // what is no option; argv's words, in an array that is the parser's
  size_t word_count;
} arguments_t;

// Parses argv from `first` on. `words` says what else is expected: "TOPIC [TYPE]", "[NAME...]", "NODE NAME...". Behind `--` everything is a word, and so is a negative number.
bool arguments_parse(arguments_t *self, const option_t *const *lists, const char *words, int argc, char **argv, int first, fault_t *fault);
void arguments_fini(arguments_t *self);
const option_t *arguments_find_option(const option_t *const *lists, const char *name, size_t length); // in full; NULL: no such one

bool arguments_has(const arguments_t *self, const char *name);
const char *arguments_value(const arguments_t *self, const char *name);                                    // the last one; NULL: not given
size_t arguments_values(const arguments_t *self, const char *name, const char *ret_values[OPTIONS_GIVEN]); // all of them: how many
const char *arguments_word(const arguments_t *self, size_t index);                                         // NULL: not given
// Leave the number as it is when the option is not given. False: the fault says what is wrong.
bool arguments_number(const arguments_t *self, const char *name, double least, double *number, fault_t *fault);
bool arguments_count(const arguments_t *self, const char *name, uint64_t least, uint64_t *count, fault_t *fault);
bool arguments_seconds(const arguments_t *self, const char *name, int64_t *time_ns, fault_t *fault); // 0 or more

#endif
