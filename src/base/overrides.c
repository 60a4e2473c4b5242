#include "base/overrides.h"

#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "whorl/status.h"

static void fini_row(whorl__override_t *row)
{
  whorl__free(row->node);
  whorl__free(row->name);
  whorl_parameter_value_fini(&row->value);
}

int whorl__overrides_add(whorl__overrides_t *self, const char *node, const char *name, whorl_parameter_value_t *value)
{
  whorl__override_t row = {.node = whorl__strdup(node), .name = whorl__strdup(name), .value = *value};
  whorl__override_t *rows = NULL;
  *value = (whorl_parameter_value_t){0};
  if (row.node != NULL && row.name != NULL) rows = whorl__realloc(self->rows, (self->count + 1) * sizeof *rows);
  if (rows == NULL) {
    fini_row(&row);
    return whorl__fail(WHORL_NO_MEMORY, "no memory for parameter '%s'", name);
  }
  self->rows = rows;
  rows[self->count++] = row;
  return WHORL_OK;
}

// Both begin with a slash, or are at their end.
bool whorl__overrides_match(const char *pattern, const char *node)
{
  if (*pattern == '\0') return *node == '\0';
  size_t part = strcspn(++pattern, "/");
  if (part == 2 && memcmp(pattern, "**", 2) == 0) {
    while (!whorl__overrides_match(pattern + 2, node)) {
      if (*node == '\0') return false;
      node += 1 + strcspn(node + 1, "/");
    }
    return true;
  }
  if (*node == '\0') return false;
  size_t own = strcspn(++node, "/");
  bool any = part == 1 && *pattern == '*';
  if (!any && (part != own || memcmp(pattern, node, part) != 0)) return false;
  return whorl__overrides_match(pattern + part, node + own);
}

const whorl_parameter_value_t *whorl__overrides_find(const whorl__overrides_t *self, const char *node, const char *name)
{
  for (size_t i = self->count; i-- > 0;)
    if (strcmp(self->rows[i].name, name) == 0 && whorl__overrides_match(self->rows[i].node, node)) return &self->rows[i].value;
  return NULL;
}

void whorl__overrides_fini(whorl__overrides_t *self)
{
  for (size_t i = 0; i < self->count; i++) fini_row(&self->rows[i]);
  whorl__free(self->rows);
  *self = (whorl__overrides_t){0};
}
