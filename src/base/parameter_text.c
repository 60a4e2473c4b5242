// Parameters as text, for users: values, and what a file has for a node.
#include "base/detail.h"
#include "base/overrides_yaml.h"
#include "whorl/status.h"

int whorl_parameter_value_parse(const char *text, whorl_parameter_value_t *ret_value)
{
  if (text == NULL || ret_value == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "a text and a place for its value are needed");
  return whorl__yaml_read_value(text, ret_value);
}

int whorl_parameter_file_visit(const char *path, const char *node, whorl_parameter_file_visitor_t visit, void *arg)
{
  if (path == NULL || visit == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "a path and a visitor are needed");
  if (node == NULL || node[0] != '/') return whorl__fail(WHORL_INVALID_ARGUMENT, "the full name of a node is needed, \"/arm/driver\"");
  whorl__overrides_t overrides = {0};
  int status = whorl__yaml_read_file(path, &overrides);
  for (size_t i = 0; i < overrides.count && status == WHORL_OK; i++) {
    const whorl__override_t *row = &overrides.rows[i];
    if (!whorl__overrides_match(row->node, node)) continue;
    if (whorl__overrides_find(&overrides, node, row->name) == &row->value)
      visit(row->name, &row->value, arg); // else a later row has another one
  }
  whorl__overrides_fini(&overrides);
  return status;
}
