// What is said on stderr of a task in which the process is about to die. Async-signal-safe: formatted by hand, written with write(2).
#ifndef WHORL_TASK_LAST_WORDS_H
#define WHORL_TASK_LAST_WORDS_H

#include <stddef.h>

#include "task/state.h"

typedef struct whorl__last_words {
  char text[512];
  size_t length;
} whorl__last_words_t;

// "whorl: task 'home 2' (spawned at arm.c:12)"; of a callback: "whorl: task '/scan' (a callback)". What does not fit is left out.
void whorl__last_words_begin(whorl__last_words_t *words, const whorl__task_t *task);
void whorl__last_words_say(whorl__last_words_t *words, const char *more);
void whorl__last_words_say_number(whorl__last_words_t *words, size_t number);
void whorl__last_words_write(const whorl__last_words_t *words);

#endif
