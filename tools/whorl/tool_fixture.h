// For the tests of the tool: message types by name, and YAML as text.
#ifndef TOOL_TOOL_FIXTURE_H
#define TOOL_TOOL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "types.h"
#include "yaml_out.h"

static inline const members_t *members_of(const char *name)
{
  whorl_message_type_t type;
  fault_t fault = {{0}};
  if (!types_load_message(name, &type, &fault)) fail_msg("%s", fault.text);
  return types_members(type);
}

static inline char *printed(const members_t *members, const void *message, const yaml_style_t *style)
{
  char *text = NULL;
  size_t size = 0;
  FILE *memory = open_memstream(&text, &size);
  yaml_print(members, message, style, memory);
  fclose(memory);
  return text;
}

static inline void assert_printed(const members_t *members, const void *message, const yaml_style_t *style, const char *expected)
{
  char *text = printed(members, message, style);
  assert_string_equal(text, expected);
  free(text);
}

#endif
