// The public calls: which node, and then what the other files do. A use, not a pin: user code may run inside.
#include "whorl/parameter.h"

#include <string.h>

#include "base/detail.h"
#include "parameter/parameters.h"
#include "whorl/clock.h"

static int check_name(const char *call, const char *name, bool output)
{
  if (name == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: the name is NULL", call);
  return output ? WHORL_OK : whorl__fail(WHORL_INVALID_ARGUMENT, "%s: the output is NULL", call);
}

int whorl_parameter_declare(whorl_node_t handle, const char *name, whorl_parameter_value_t value, const whorl_parameter_options_t *options,
                            whorl_parameter_value_t *ret_value)
{
  static const whorl_parameter_options_t defaults = {0};
  whorl__node_t *node;
  WHORL_TRY(whorl__node_enter(handle, &node));
  int status = whorl__parameters_declare(whorl__parameters_of(node), name, &value, options != NULL ? options : &defaults, ret_value);
  whorl__node_unuse(node);
  return status;
}

static int undeclare(whorl__parameters_t *self, const char *name)
{
  WHORL_TRY(whorl__parameters_begin(self));
  whorl__parameter_t *row = whorl__parameters_find(self, name);
  int status = WHORL_OK;
  if (row == NULL)
    status = whorl__fail(WHORL_NOT_FOUND, "node '%s' has not declared parameter '%s'", self->node->full_name, name);
  else if (strcmp(name, "use_sim_time") == 0)
    status = whorl__fail(WHORL_REJECTED, "parameter 'use_sim_time' belongs to every node");
  else if (row->descriptor.read_only)
    status = whorl__fail(WHORL_REJECTED, "parameter '%s' cannot be undeclared because it is read-only", name);
  else
    whorl__parameters_remove(self, row);
  whorl__parameters_end(self);
  return status;
}

int whorl_parameter_undeclare(whorl_node_t handle, const char *name)
{
  whorl__node_t *node;
  WHORL_TRY(check_name("whorl_parameter_undeclare", name, true));
  WHORL_TRY(whorl__node_enter(handle, &node));
  int status = undeclare(whorl__parameters_of(node), name);
  whorl__node_unuse(node);
  return status;
}

bool whorl_parameter_is_declared(whorl_node_t handle, const char *name)
{
  whorl__node_t *node;
  if (name == NULL || whorl__node_enter(handle, &node) < 0) return false;
  whorl__parameters_t *self = whorl__parameters_of(node);
  pthread_mutex_lock(&self->lock);
  bool declared = whorl__parameters_find(self, name) != NULL;
  pthread_mutex_unlock(&self->lock);
  whorl__node_unuse(node);
  return declared;
}

int whorl_parameter_get(whorl_node_t handle, const char *name, whorl_parameter_value_t *ret_value)
{
  whorl__node_t *node;
  WHORL_TRY(check_name("whorl_parameter_get", name, ret_value != NULL));
  WHORL_TRY(whorl__node_enter(handle, &node));
  int status = whorl__parameters_get(whorl__parameters_of(node), name, ret_value);
  whorl__node_unuse(node);
  return status;
}

static int get_typed(whorl_node_t node, const char *name, whorl_parameter_type_t type, whorl_parameter_value_t *ret_value)
{
  whorl_parameter_value_t value;
  WHORL_TRY(whorl_parameter_get(node, name, &value));
  if (value.type == type) {
    *ret_value = value; // nothing in it is to be freed
    return WHORL_OK;
  }
  const char *real = whorl_parameter_type_name(value.type);
  whorl_parameter_value_fini(&value);
  return whorl__fail(WHORL_WRONG_TYPE, "parameter '%s' is of type %s, not %s", name, real, whorl_parameter_type_name(type));
}

int whorl_parameter_get_bool(whorl_node_t node, const char *name, bool *ret_value)
{
  whorl_parameter_value_t value;
  WHORL_TRY(check_name("whorl_parameter_get_bool", name, ret_value != NULL));
  WHORL_TRY(get_typed(node, name, WHORL_PARAMETER_BOOL, &value));
  *ret_value = value.boolean;
  return WHORL_OK;
}

int whorl_parameter_get_integer(whorl_node_t node, const char *name, int64_t *ret_value)
{
  whorl_parameter_value_t value;
  WHORL_TRY(check_name("whorl_parameter_get_integer", name, ret_value != NULL));
  WHORL_TRY(get_typed(node, name, WHORL_PARAMETER_INTEGER, &value));
  *ret_value = value.integer;
  return WHORL_OK;
}

int whorl_parameter_get_double(whorl_node_t node, const char *name, double *ret_value)
{
  whorl_parameter_value_t value;
  WHORL_TRY(check_name("whorl_parameter_get_double", name, ret_value != NULL));
  WHORL_TRY(get_typed(node, name, WHORL_PARAMETER_DOUBLE, &value));
  *ret_value = value.number;
  return WHORL_OK;
}

int whorl_parameter_set(whorl_node_t node, const char *name, whorl_parameter_value_t value)
{
  return whorl_parameter_set_atomically(node, &(whorl_parameter_t){name, value}, 1);
}

int whorl_parameter_set_atomically(whorl_node_t handle, const whorl_parameter_t *parameters, size_t count)
{
  whorl__node_t *node;
  if (parameters == NULL && count > 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_parameter_set_atomically: %zu parameters at NULL", count);
  WHORL_TRY(whorl__node_enter(handle, &node));
  int status = whorl__parameters_set(whorl__parameters_of(node), parameters, count);
  whorl__node_unuse(node);
  return status;
}

int whorl_parameter_describe(whorl_node_t handle, const char *name, whorl_parameter_descriptor_t *ret_descriptor)
{
  whorl__node_t *node;
  WHORL_TRY(check_name("whorl_parameter_describe", name, ret_descriptor != NULL));
  WHORL_TRY(whorl__node_enter(handle, &node));
  int status = whorl__parameters_describe(whorl__parameters_of(node), name, ret_descriptor);
  whorl__node_unuse(node);
  return status;
}

uint64_t whorl_parameter_lost_events(whorl_node_t handle)
{
  whorl__node_t *node;
  if (whorl__node_enter(handle, &node) < 0) return 0;
  uint64_t lost = atomic_load(&whorl__parameters_of(node)->unheard);
  whorl__node_unuse(node);
  return lost;
}

int whorl_parameter_list(whorl_node_t handle, const char *const *prefixes, size_t prefix_count, uint64_t depth,
                         whorl_parameter_visitor_t visit, void *arg)
{
  whorl__node_t *node;
  char **names;
  size_t count;
  WHORL_TRY(check_name("whorl_parameter_list", prefix_count > 0 && prefixes == NULL ? NULL : "", visit != NULL));
  WHORL_TRY(whorl__node_enter(handle, &node));
  int status = whorl__parameters_list(whorl__parameters_of(node), prefixes, prefix_count, depth, &names, &count);
  whorl__node_unuse(node);
  if (status < 0) return status;
  for (size_t i = 0; i < count; i++) visit(names[i], arg);
  whorl__parameters_free_names(names, count);
  return WHORL_OK;
}

int whorl_node_set_use_sim_time(whorl_node_t node, bool use_sim_time)
{
  bool uses;
  WHORL_TRY(whorl_parameter_get_bool(node, "use_sim_time", &uses));
  return uses == use_sim_time ? WHORL_OK : whorl_parameter_set(node, "use_sim_time", whorl_parameter_bool(use_sim_time));
}
