// Values that the command line gives to parameters, each for the nodes that its pattern matches. Pure functions on any thread.
#ifndef WHORL_BASE_OVERRIDES_H
#define WHORL_BASE_OVERRIDES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "whorl/parameter_value.h"

typedef struct whorl__override {
  char *node; // "/house/talker"; a part may be "*" for one name or "**" for any number of them
  char *name;
  whorl_parameter_value_t value;
} whorl__override_t;

typedef struct whorl__overrides {
  whorl__override_t *rows; // the last match wins
  size_t count;
} whorl__overrides_t;

// Takes the value over in every outcome. NO_MEMORY.
int whorl__overrides_add(whorl__overrides_t *self, const char *node, const char *name, whorl_parameter_value_t *value);
// The value of a parameter of the node with that full name; NULL: none.
const whorl_parameter_value_t *whorl__overrides_find(const whorl__overrides_t *self, const char *node, const char *name);
bool whorl__overrides_match(const char *pattern, const char *node);
void whorl__overrides_fini(whorl__overrides_t *self);

#endif
