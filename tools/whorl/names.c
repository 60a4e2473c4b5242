#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

static void add(names_t *self, char *name)
{
  self->at = must(realloc(self->at, (self->count + 1) * sizeof *self->at));
  self->at[self->count++] = name;
}

void names_add(names_t *self, const char *name) { add(self, copy_text(name)); }

void names_add_new(names_t *self, const char *name, size_t length)
{
  char *copy = must(strndup(name, length));
  if (names_have(self, copy))
    free(copy);
  else
    add(self, copy);
}

static int compare(const void *left, const void *right) { return strcmp(*(char *const *)left, *(char *const *)right); }

void names_sort(names_t *self)
{
  if (self->count > 1) qsort(self->at, self->count, sizeof *self->at, compare);
}

bool names_have(const names_t *self, const char *name)
{
  for (size_t i = 0; i < self->count; i++)
    if (strcmp(self->at[i], name) == 0) return true;
  return false;
}

void names_fini(names_t *self)
{
  for (size_t i = 0; i < self->count; i++) free(self->at[i]);
  free(self->at);
  *self = (names_t){0};
}
