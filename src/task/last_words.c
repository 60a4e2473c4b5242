#include "task/last_words.h"

#include <unistd.h>

void whorl__last_words_say(whorl__last_words_t *words, const char *more)
{
  while (*more != '\0' && words->length < sizeof words->text - 1) words->text[words->length++] = *more++;
}

void whorl__last_words_say_number(whorl__last_words_t *words, size_t number)
{
  char digits[24];
  char *at = digits + sizeof digits;
  *--at = '\0';
  do *--at = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  whorl__last_words_say(words, at);
}

void whorl__last_words_begin(whorl__last_words_t *words, const whorl__task_t *task)
{
  words->length = 0;
  whorl__last_words_say(words, "whorl: task '");
  whorl__last_words_say(words, task->name);
  if (task->scope.place != NULL) {
    whorl__last_words_say(words, "' (spawned at ");
    whorl__last_words_say(words, task->scope.place);
    whorl__last_words_say(words, ")");
  } else {
    whorl__last_words_say(words, "' (a callback)");
  }
}

void whorl__last_words_write(const whorl__last_words_t *words)
{
  for (size_t written = 0; written < words->length;) {
    ssize_t count = write(STDERR_FILENO, words->text + written, words->length - written);
    if (count <= 0) return;
    written += (size_t)count;
  }
}
