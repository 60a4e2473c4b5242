// Lines of text that are written while a lock is held: into memory that was there before, or, when that is too small, only counted. The writer then makes more, without the lock, and tries again.
#ifndef WHORL_BASE_LINES_H
#define WHORL_BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct whorl__lines {
  char *text;    // lines, each with its NUL; zero: none
  size_t size;   // of text
  size_t length; // of what was written, or would have been
} whorl__lines_t;

void whorl__lines_add(whorl__lines_t *lines, const char *format, ...) __attribute__((format(printf, 2, 3))); // to the present line
void whorl__lines_end(whorl__lines_t *lines);                                                                // ends it
// Was there room for everything? If not, makes more than was needed, for a new try. No lock held. False: try again, or `*ret_status` is NO_MEMORY.
bool whorl__lines_fit(whorl__lines_t *lines, int *ret_status);
// Gives every line to the sink, and the memory back.
void whorl__lines_tell(whorl__lines_t *lines, void (*sink)(const char *line, void *arg), void *arg);

#endif
