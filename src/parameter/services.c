// The six services by which others look at a node's parameters and set them. Their answers are those of the peers' nodes, also where they refuse.
#include <string.h>

#include <rcl_interfaces/msg/parameter_value.h>
#include <rcl_interfaces/msg/set_parameters_result.h>
#include <rcl_interfaces/srv/describe_parameters.h>
#include <rcl_interfaces/srv/get_parameter_types.h>
#include <rcl_interfaces/srv/get_parameters.h>
#include <rcl_interfaces/srv/list_parameters.h>
#include <rcl_interfaces/srv/set_parameters.h>
#include <rcl_interfaces/srv/set_parameters_atomically.h>
#include <rosidl_runtime_c/primitives_sequence_functions.h>
#include <rosidl_runtime_c/string_functions.h>

#include "base/detail.h"
#include "base/memory.h"
#include "parameter/convert.h"
#include "parameter/parameters.h"
#include "whorl/service.h"

static int no_memory(const whorl__parameters_t *self)
{
  return whorl__fail(WHORL_NO_MEMORY, "no memory for an answer of the parameters of node '%s'", self->node->full_name);
}

// --- looking. One name that is not declared leaves the whole answer empty.

static bool knows_all(whorl__parameters_t *self, const rosidl_runtime_c__String__Sequence *names)
{
  bool known = true;
  pthread_mutex_lock(&self->lock);
  for (size_t i = 0; i < names->size && known; i++) known = whorl__parameters_find(self, names->data[i].data) != NULL;
  pthread_mutex_unlock(&self->lock);
  return known;
}

// One that has no value is not set.
static int look_up(whorl__parameters_t *self, const char *name, whorl_parameter_value_t *ret_value)
{
  int status = whorl__parameters_get(self, name, ret_value);
  if (status != WHORL_NOT_FOUND && status != WHORL_WRONG_STATE) return status;
  *ret_value = (whorl_parameter_value_t){0};
  return WHORL_OK;
}

static int get_parameters(const void *message, void *answer, whorl_service_call_t call, void *arg)
{
  const rcl_interfaces__srv__GetParameters_Request *request = message;
  rcl_interfaces__srv__GetParameters_Response *response = answer;
  whorl__parameters_t *self = arg;
  (void)call;
  if (!self->allows_undeclared && !knows_all(self, &request->names)) return WHORL_OK;
  if (!rcl_interfaces__msg__ParameterValue__Sequence__init(&response->values, request->names.size)) return no_memory(self);
  for (size_t i = 0; i < request->names.size; i++) {
    whorl_parameter_value_t value;
    WHORL_TRY(look_up(self, request->names.data[i].data, &value));
    bool written = whorl__parameter_write_value(&response->values.data[i], &value);
    whorl_parameter_value_fini(&value);
    if (!written) return no_memory(self);
  }
  return WHORL_OK;
}

static int get_parameter_types(const void *message, void *answer, whorl_service_call_t call, void *arg)
{
  const rcl_interfaces__srv__GetParameterTypes_Request *request = message;
  rcl_interfaces__srv__GetParameterTypes_Response *response = answer;
  whorl__parameters_t *self = arg;
  (void)call;
  if (!self->allows_undeclared && !knows_all(self, &request->names)) return WHORL_OK;
  if (!rosidl_runtime_c__uint8__Sequence__init(&response->types, request->names.size)) return no_memory(self);
  for (size_t i = 0; i < request->names.size; i++) {
    whorl_parameter_value_t value;
    WHORL_TRY(look_up(self, request->names.data[i].data, &value));
    response->types.data[i] = (uint8_t)value.type;
    whorl_parameter_value_fini(&value);
  }
  return WHORL_OK;
}

static int describe_parameter(whorl__parameters_t *self, const char *name, rcl_interfaces__msg__ParameterDescriptor *answer)
{
  whorl_parameter_descriptor_t descriptor = {0};
  int status = whorl__parameters_describe(self, name, &descriptor);
  if (status < 0 && status != WHORL_NOT_FOUND) return status; // not found: one that may be set, and has not been
  bool written = whorl__parameter_write_descriptor(answer, name, &descriptor);
  whorl_parameter_descriptor_fini(&descriptor);
  return written ? WHORL_OK : no_memory(self);
}

static int describe_parameters(const void *message, void *answer, whorl_service_call_t call, void *arg)
{
  const rcl_interfaces__srv__DescribeParameters_Request *request = message;
  rcl_interfaces__srv__DescribeParameters_Response *response = answer;
  whorl__parameters_t *self = arg;
  (void)call;
  if (!self->allows_undeclared && !knows_all(self, &request->names)) return WHORL_OK;
  if (!rcl_interfaces__msg__ParameterDescriptor__Sequence__init(&response->descriptors, request->names.size)) return no_memory(self);
  for (size_t i = 0; i < request->names.size; i++)
    WHORL_TRY(describe_parameter(self, request->names.data[i].data, &response->descriptors.data[i]));
  return WHORL_OK;
}

// --- listing

// What stands before the last dots of the names, each once. Shortens the names.
static size_t cut_to_prefixes(char **names, size_t count)
{
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    char *dot = strrchr(names[i], '.');
    bool is_new = dot != NULL;
    if (is_new) *dot = '\0';
    for (size_t k = 0; k < kept && is_new; k++) is_new = strcmp(names[k], names[i]) != 0;
    if (!is_new) continue;
    char *name = names[i];
    names[i] = names[kept];
    names[kept++] = name;
  }
  return kept;
}

static int list_with(whorl__parameters_t *self, const rcl_interfaces__srv__ListParameters_Request *request, const char *const *prefixes,
                     rcl_interfaces__msg__ListParametersResult *result)
{
  char **names;
  size_t count;
  WHORL_TRY(whorl__parameters_list(self, prefixes, request->prefixes.size, request->depth, &names, &count));
  bool written = whorl__parameter_write_texts(&result->names, (const char *const *)names, count);
  size_t prefix_count = cut_to_prefixes(names, count);
  written = written && whorl__parameter_write_texts(&result->prefixes, (const char *const *)names, prefix_count);
  whorl__parameters_free_names(names, count);
  return written ? WHORL_OK : no_memory(self);
}

static int list_parameters(const void *message, void *answer, whorl_service_call_t call, void *arg)
{
  const rcl_interfaces__srv__ListParameters_Request *request = message;
  rcl_interfaces__srv__ListParameters_Response *response = answer;
  whorl__parameters_t *self = arg;
  (void)call;
  const char **prefixes = whorl__alloc((request->prefixes.size + 1) * sizeof *prefixes);
  if (prefixes == NULL) return no_memory(self);
  for (size_t i = 0; i < request->prefixes.size; i++) prefixes[i] = request->prefixes.data[i].data;
  int status = list_with(self, request, prefixes, &response->result);
  whorl__free(prefixes);
  return status;
}

// --- setting

static void free_read(whorl_parameter_t *parameters, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (parameters[i].value.type == WHORL_PARAMETER_STRING_ARRAY) whorl__free((void *)parameters[i].value.texts);
  whorl__free(parameters);
}

static int read_all(const rcl_interfaces__msg__Parameter__Sequence *message, whorl_parameter_t **ret_parameters)
{
  whorl_parameter_t *parameters = whorl__alloc((message->size + 1) * sizeof *parameters);
  if (parameters == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory to set parameters");
  for (size_t i = 0; i < message->size; i++) {
    const char **texts;
    parameters[i].name = message->data[i].name.data;
    int status = whorl__parameter_read_value(&message->data[i].value, &parameters[i].value, &texts);
    if (status == WHORL_OK) continue;
    free_read(parameters, i);
    return status;
  }
  *ret_parameters = parameters;
  return WHORL_OK;
}

static bool write_result(rcl_interfaces__msg__SetParametersResult *result, int status)
{
  const char *reason = whorl_detail()[0] != '\0' ? whorl_detail() : whorl_status_sentence(status);
  result->successful = status == WHORL_OK;
  return whorl__parameter_write_text(&result->reason, status == WHORL_OK ? "" : reason);
}

static int set_one(whorl__parameters_t *self, const rcl_interfaces__msg__Parameter *message)
{
  const char **texts;
  whorl_parameter_t parameter = {.name = message->name.data};
  WHORL_TRY(whorl__parameter_read_value(&message->value, &parameter.value, &texts));
  int status = whorl__parameters_set(self, &parameter, 1);
  whorl__free(texts);
  return status;
}

static int set_parameters(const void *message, void *answer, whorl_service_call_t call, void *arg)
{
  const rcl_interfaces__srv__SetParameters_Request *request = message;
  rcl_interfaces__srv__SetParameters_Response *response = answer;
  whorl__parameters_t *self = arg;
  (void)call;
  if (!rcl_interfaces__msg__SetParametersResult__Sequence__init(&response->results, request->parameters.size)) return no_memory(self);
  for (size_t i = 0; i < request->parameters.size; i++)
    if (!write_result(&response->results.data[i], set_one(self, &request->parameters.data[i]))) return no_memory(self);
  return WHORL_OK;
}

static int set_parameters_atomically(const void *message, void *answer, whorl_service_call_t call, void *arg)
{
  const rcl_interfaces__srv__SetParametersAtomically_Request *request = message;
  rcl_interfaces__srv__SetParametersAtomically_Response *response = answer;
  whorl__parameters_t *self = arg;
  whorl_parameter_t *parameters = NULL;
  (void)call;
  int status = read_all(&request->parameters, &parameters);
  if (status == WHORL_OK) status = whorl__parameters_set(self, parameters, request->parameters.size);
  bool undeclared = status == WHORL_NOT_FOUND;
  if (undeclared) status = whorl__fail(status, "One or more parameters were not declared before setting");
  bool written = write_result(&response->result, status);
  if (parameters != NULL) free_read(parameters, request->parameters.size);
  return written ? WHORL_OK : no_memory(self);
}

// --- all of them

int whorl__parameters_open_services(whorl__parameters_t *self, whorl_node_t node)
{
  const whorl_service_options_t options = {.qos = &WHORL_QOS_PARAMETERS};
  const struct {
    const char *name;
    whorl_service_type_t type;
    whorl_service_callback_t serve;
  } services[] = {
      {"~/describe_parameters", WHORL_SERVICE(rcl_interfaces, srv, DescribeParameters), describe_parameters},
      {"~/get_parameters", WHORL_SERVICE(rcl_interfaces, srv, GetParameters), get_parameters},
      {"~/get_parameter_types", WHORL_SERVICE(rcl_interfaces, srv, GetParameterTypes), get_parameter_types},
      {"~/list_parameters", WHORL_SERVICE(rcl_interfaces, srv, ListParameters), list_parameters},
      {"~/set_parameters", WHORL_SERVICE(rcl_interfaces, srv, SetParameters), set_parameters},
      {"~/set_parameters_atomically", WHORL_SERVICE(rcl_interfaces, srv, SetParametersAtomically), set_parameters_atomically},
  };
  for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
    WHORL_TRY(whorl_service_create(node, services[i].type, services[i].name, services[i].serve, self, &options, NULL));
  return WHORL_OK;
}
