// Values that the command line gives to parameters, each for the nodes that its pattern matches. Pure functions on any thread.
#ifndef WHORL_BASE_OVERRIDES_H
#define WHORL_BASE_OVERRIDES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum whorl__value_type { // the numbers of rcl_interfaces/msg/ParameterType
  WHORL__VALUE_NOT_SET,
  WHORL__VALUE_BOOL,
  WHORL__VALUE_INTEGER,
  WHORL__VALUE_DOUBLE,
  WHORL__VALUE_STRING,
  WHORL__VALUE_BYTE_ARRAY,
  WHORL__VALUE_BOOL_ARRAY,
  WHORL__VALUE_INTEGER_ARRAY,
  WHORL__VALUE_DOUBLE_ARRAY,
  WHORL__VALUE_STRING_ARRAY,
} whorl__value_type_t;

typedef struct whorl__value {
  whorl__value_type_t type;
  size_t count; // of arrays
  union {
    bool boolean;
    int64_t integer;
    double number;
    char *text;
    bool *booleans;
    int64_t *integers;
    double *numbers;
    char **texts;
  };
} whorl__value_t;

typedef struct whorl__override {
  char *node; // "/house/talker"; a part may be "*" for one name or "**" for any number of them
  char *name;
  whorl__value_t value;
} whorl__override_t;

typedef struct whorl__overrides {
  whorl__override_t *rows; // the last match wins
  size_t count;
} whorl__overrides_t;

void whorl__value_fini(whorl__value_t *value);
// Takes the value over in every outcome. NO_MEMORY.
int whorl__overrides_add(whorl__overrides_t *self, const char *node, const char *name, whorl__value_t *value);
// The value of a parameter of the node with that full name; NULL: none.
const whorl__value_t *whorl__overrides_find(const whorl__overrides_t *self, const char *node, const char *name);
bool whorl__overrides_match(const char *pattern, const char *node);
void whorl__overrides_fini(whorl__overrides_t *self);

#endif
