#include "arguments.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const option_t *arguments_find_option(const option_t *const *lists, const char *name, size_t length)
{
  for (size_t i = 0; i < OPTION_LISTS; i++)
    for (const option_t *option = lists[i]; option != NULL && option->name != NULL; option++)
      if (strlen(option->name) == length && memcmp(option->name, name, length) == 0) return option;
  return NULL;
}

// The one option that begins with these letters; NULL: none, or several.
static const option_t *find_short_form(const option_t *const *lists, const char *name, size_t length, bool *ret_several)
{
  const option_t *found = NULL;
  for (size_t i = 0; i < OPTION_LISTS; i++)
    for (const option_t *option = lists[i]; option != NULL && option->name != NULL; option++)
      if (strncmp(option->name, name, length) == 0) {
        if (found != NULL && strcmp(found->name, option->name) != 0) *ret_several = true;
        if (found == NULL) found = option;
      }
  return *ret_several ? NULL : found;
}

static const option_t *find_letter(const option_t *const *lists, char letter)
{
  for (size_t i = 0; i < OPTION_LISTS; i++)
    for (const option_t *option = lists[i]; option != NULL && option->name != NULL; option++)
      if (option->letter == letter) return option;
  return NULL;
}

static bool give(arguments_t *self, const option_t *option, const char *value, fault_t *fault)
{
  if (self->given_count == OPTIONS_GIVEN) return fault_set(fault, "too many options");
  self->given[self->given_count].option = option;
  self->given[self->given_count++].value = value;
  return true;
}

// The value of an option stands in the next word.
static bool take_value(const arguments_t *self, int *index, const char *spelled, const option_t *option, const char **ret_value,
                       fault_t *fault)
{
  if (*index + 1 >= self->argc) return fault_set(fault, "%s needs %s", spelled, option->value);
  *ret_value = self->argv[++*index];
  return true;
}

static bool parse_long(arguments_t *self, int *index, fault_t *fault)
{
  const char *word = self->argv[*index], *equals = strchr(word, '='), *value = NULL;
  size_t length = equals != NULL ? (size_t)(equals - word) - 2 : strlen(word) - 2;
  const option_t *option = arguments_find_option(self->lists, word + 2, length);
  bool several = false;
  if (option == NULL) option = find_short_form(self->lists, word + 2, length, &several);
  if (option == NULL) return fault_set(fault, several ? "'%s' could be several options" : "there is no option '%s'", word);
  if (option->value == NULL && equals != NULL) return fault_set(fault, "--%s takes no value", option->name);
  if (equals != NULL) value = equals + 1;
  if (option->value != NULL && value == NULL && !take_value(self, index, word, option, &value, fault)) return false;
  return give(self, option, value, fault);
}

static bool parse_letters(arguments_t *self, int *index, fault_t *fault)
{
  for (const char *word = self->argv[*index], *letter = word + 1; *letter != '\0'; letter++) {
    const option_t *option = find_letter(self->lists, *letter);
    if (option == NULL) return fault_set(fault, "there is no option '-%c'", *letter);
    const char *value = NULL, spelled[] = {'-', *letter, '\0'};
    if (option->value != NULL && letter[1] != '\0') value = letter + 1;
    if (option->value != NULL && value == NULL && !take_value(self, index, spelled, option, &value, fault)) return false;
    if (!give(self, option, value, fault)) return false;
    if (value != NULL) return true;
  }
  return true;
}

// Words that must be there, and those that may be.
static void count_words(const char *words, size_t *ret_least, size_t *ret_most)
{
  *ret_least = *ret_most = 0;
  for (const char *word = words; *word != '\0'; word += strspn(word, " ")) {
    size_t length = strcspn(word, " ");
    if (*word != '[') (*ret_least)++;
    (*ret_most)++;
    if (memmem(word, length, "...", 3) != NULL) *ret_most = SIZE_MAX;
    word += length;
  }
}

static bool check_count(const arguments_t *self, const char *words, fault_t *fault)
{
  size_t least, most;
  count_words(words, &least, &most);
  if (self->word_count > most) return fault_set(fault, "'%s' is one word too many", self->words[most]);
  if (self->word_count >= least) return true;
  const char *missing = words;
  for (size_t i = 0; i < self->word_count; i++) missing += strcspn(missing, " ") + 1;
  return fault_set(fault, "%.*s is missing", (int)strcspn(missing, " ."), missing);
}

// -5 and -.5 are numbers, unless there is an option -5.
static bool is_option(const arguments_t *self, const char *word)
{
  if (word[0] != '-' || word[1] == '\0' || word[1] == '.') return false;
  return !isdigit((unsigned char)word[1]) || (word[2] == '\0' && find_letter(self->lists, word[1]) != NULL);
}

bool arguments_parse(arguments_t *self, const option_t *const *lists, const char *words, int argc, char **argv, int first, fault_t *fault)
{
  *self = (arguments_t){.argc = argc, .argv = argv, .lists = lists, .words = must(calloc((size_t)argc + 1, sizeof(char *)))};
  bool only_words = false;
  for (int i = first; i < argc; i++) {
    if (!only_words && strcmp(argv[i], "--ros-args") == 0) {
      while (i + 1 < argc && strcmp(argv[i + 1], "--") != 0) i++;
      i++; // that `--` ends ROS's arguments
    } else if (!only_words && strcmp(argv[i], "--") == 0) {
      only_words = true;
    } else if (!only_words && strncmp(argv[i], "--", 2) == 0) {
      if (!parse_long(self, &i, fault)) return false;
    } else if (!only_words && is_option(self, argv[i])) {
      if (!parse_letters(self, &i, fault)) return false;
    } else {
      self->words[self->word_count++] = argv[i];
    }
  }
  return arguments_has(self, "help") || check_count(self, words, fault);
}

void arguments_fini(arguments_t *self)
{
  free(self->words);
  *self = (arguments_t){0};
}

bool arguments_has(const arguments_t *self, const char *name)
{
  assert(arguments_find_option(self->lists, name, strlen(name)) != NULL);
  for (size_t i = 0; i < self->given_count; i++)
    if (strcmp(self->given[i].option->name, name) == 0) return true;
  return false;
}

const char *arguments_value(const arguments_t *self, const char *name)
{
  assert(arguments_find_option(self->lists, name, strlen(name)) != NULL);
  const char *value = NULL;
  for (size_t i = 0; i < self->given_count; i++)
    if (strcmp(self->given[i].option->name, name) == 0) value = self->given[i].value;
  return value;
}

size_t arguments_values(const arguments_t *self, const char *name, const char *ret_values[OPTIONS_GIVEN])
{
  size_t count = 0;
  for (size_t i = 0; i < self->given_count; i++)
    if (strcmp(self->given[i].option->name, name) == 0) ret_values[count++] = self->given[i].value;
  return count;
}

const char *arguments_word(const arguments_t *self, size_t index) { return index < self->word_count ? self->words[index] : NULL; }

bool arguments_number(const arguments_t *self, const char *name, double least, double *number, fault_t *fault)
{
  const char *text = arguments_value(self, name);
  if (text == NULL) return true;
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end != '\0' || !isfinite(value)) return fault_set(fault, "--%s: '%s' is no number", name, text);
  if (value < least) return fault_set(fault, "--%s: %s is less than %g", name, text, least);
  *number = value;
  return true;
}

bool arguments_count(const arguments_t *self, const char *name, uint64_t least, uint64_t *count, fault_t *fault)
{
  const char *text = arguments_value(self, name);
  if (text == NULL) return true;
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0) return fault_set(fault, "--%s: '%s' is no whole number", name, text);
  if (value < least) return fault_set(fault, "--%s: %s is less than %ju", name, text, (uintmax_t)least);
  *count = value;
  return true;
}

bool arguments_seconds(const arguments_t *self, const char *name, int64_t *time_ns, fault_t *fault)
{
  double seconds = (double)*time_ns / 1e9;
  if (!arguments_number(self, name, 0, &seconds, fault)) return false;
  if (arguments_value(self, name) == NULL) return true;
  *time_ns = seconds < 9e9 ? (int64_t)llround(seconds * 1e9) : INT64_MAX;
  return true;
}
