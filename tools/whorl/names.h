// A list of names, for what has to be sorted or kept.
#ifndef TOOL_NAMES_H
#define TOOL_NAMES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct names { // zero: empty
  char **at;
  size_t count;
} names_t;

void names_add(names_t *self, const char *name);                    // a copy
void names_add_new(names_t *self, const char *name, size_t length); // unless it is there
void names_sort(names_t *self);
bool names_have(const names_t *self, const char *name);
void names_fini(names_t *self);

#endif
