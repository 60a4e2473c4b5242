// Another node's parameters: each call is one request to one of its six services.
#include "whorl/parameter_client.h"

#include <stdio.h>
#include <string.h>

#include <rcl_interfaces/msg/parameter_value.h>
#include <rcl_interfaces/msg/set_parameters_result.h>
#include <rcl_interfaces/srv/describe_parameters.h>
#include <rcl_interfaces/srv/get_parameter_types.h>
#include <rcl_interfaces/srv/get_parameters.h>
#include <rcl_interfaces/srv/list_parameters.h>
#include <rcl_interfaces/srv/set_parameters.h>
#include <rcl_interfaces/srv/set_parameters_atomically.h>

#include "base/detail.h"
#include "base/memory.h"
#include "base/name.h"
#include "base/parameter_value.h"
#include "parameter/convert.h"

// --- the six clients

int whorl_parameter_client_create(whorl_node_t node, const char *remote, whorl_parameter_client_t *ret_client)
{
  whorl_parameter_client_t self = {0};
  const struct {
    const char *service;
    whorl_service_type_t type;
    whorl_client_t *client;
  } rows[] = {
      {"describe_parameters", WHORL_SERVICE(rcl_interfaces, srv, DescribeParameters), &self.describe},
      {"get_parameters", WHORL_SERVICE(rcl_interfaces, srv, GetParameters), &self.get},
      {"get_parameter_types", WHORL_SERVICE(rcl_interfaces, srv, GetParameterTypes), &self.get_types},
      {"list_parameters", WHORL_SERVICE(rcl_interfaces, srv, ListParameters), &self.list},
      {"set_parameters", WHORL_SERVICE(rcl_interfaces, srv, SetParameters), &self.set},
      {"set_parameters_atomically", WHORL_SERVICE(rcl_interfaces, srv, SetParametersAtomically), &self.set_atomically},
  };
  const whorl_client_options_t options = {.qos = &WHORL_QOS_PARAMETERS};
  if (remote == NULL || ret_client == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_parameter_client_create: %s is NULL", remote == NULL ? "remote" : "ret_client");
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    char name[WHORL__NAME_TOPIC_SIZE + 32]; // too long is too long for the client too
    snprintf(name, sizeof name, "%s/%s", remote, rows[i].service);
    int status = whorl_client_create(node, rows[i].type, name, &options, rows[i].client);
    if (status == WHORL_OK) continue;
    while (i-- > 0) (void)whorl_client_destroy(*rows[i].client);
    return status;
  }
  *ret_client = self;
  return WHORL_OK;
}

int whorl_parameter_client_destroy(whorl_parameter_client_t client)
{
  WHORL_TRY(whorl_client_destroy(client.describe));
  (void)whorl_client_destroy(client.get);
  (void)whorl_client_destroy(client.get_types);
  (void)whorl_client_destroy(client.list);
  (void)whorl_client_destroy(client.set);
  return whorl_client_destroy(client.set_atomically);
}

int whorl_parameter_client_wait(whorl_parameter_client_t client)
{
  WHORL_TRY(whorl_client_wait_for_service(client.describe));
  WHORL_TRY(whorl_client_wait_for_service(client.get));
  WHORL_TRY(whorl_client_wait_for_service(client.get_types));
  WHORL_TRY(whorl_client_wait_for_service(client.list));
  WHORL_TRY(whorl_client_wait_for_service(client.set));
  return whorl_client_wait_for_service(client.set_atomically);
}

// --- what they have in common

static int no_memory(void) { return whorl__fail(WHORL_NO_MEMORY, "no memory to ask for parameters"); }

static int check_list(const char *call, const void *list, size_t count, const void *output)
{
  if ((list != NULL || count == 0) && output != NULL) return WHORL_OK;
  return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: the %s is NULL", call, output == NULL ? "output" : "list");
}

static int check_names(const char *call, const char *const *names, size_t count, const void *output)
{
  WHORL_TRY(check_list(call, names, count, output));
  for (size_t i = 0; i < count; i++)
    if (names[i] == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: name %zu is NULL", call, i);
  return WHORL_OK;
}

// Peers answer with nothing when one name is unknown.
static int check_answers(whorl_client_t client, size_t answers, const char *const *names, size_t count)
{
  if (answers == count) return WHORL_OK;
  if (answers == 0)
    return whorl__fail(WHORL_NOT_FOUND, "service '%s' has not declared parameter '%s'%s", whorl_client_service(client), names[0],
                       count > 1 ? ", or another one that was asked for" : "");
  return whorl__fail(WHORL_MALFORMED, "service '%s' answered with %zu values to %zu names", whorl_client_service(client), answers, count);
}

// --- looking

// The caller's room is written once all of it is there.
static int take_values(const rcl_interfaces__msg__ParameterValue__Sequence *message, whorl_parameter_value_t *ret_values)
{
  if (message->size == 0) return WHORL_OK;
  whorl_parameter_value_t *values = whorl__alloc(message->size * sizeof *values);
  int status = values != NULL ? WHORL_OK : no_memory();
  for (size_t i = 0; i < message->size && status == WHORL_OK; i++) status = whorl__parameter_copy_value(&message->data[i], &values[i]);
  if (status == WHORL_OK) memcpy(ret_values, values, message->size * sizeof *values);
  for (size_t i = 0; values != NULL && i < message->size && status < 0; i++) whorl_parameter_value_fini(&values[i]);
  whorl__free(values);
  return status == WHORL_INVALID_ARGUMENT ? WHORL_MALFORMED : status;
}

int whorl_parameter_client_get(whorl_parameter_client_t client, const char *const *names, size_t count, whorl_parameter_value_t *ret_values)
{
  rcl_interfaces__srv__GetParameters_Request request = {0};
  rcl_interfaces__srv__GetParameters_Response response = {0};
  WHORL_TRY(check_names("whorl_parameter_client_get", names, count, ret_values));
  int status = whorl__parameter_write_texts(&request.names, names, count) ? WHORL_OK : no_memory();
  if (status == WHORL_OK) status = whorl_client_call(client.get, &request, &response);
  if (status == WHORL_OK) status = check_answers(client.get, response.values.size, names, count);
  if (status == WHORL_OK) status = take_values(&response.values, ret_values);
  rcl_interfaces__srv__GetParameters_Request__fini(&request);
  rcl_interfaces__srv__GetParameters_Response__fini(&response);
  return status;
}

int whorl_parameter_client_get_types(whorl_parameter_client_t client, const char *const *names, size_t count,
                                     whorl_parameter_type_t *ret_types)
{
  rcl_interfaces__srv__GetParameterTypes_Request request = {0};
  rcl_interfaces__srv__GetParameterTypes_Response response = {0};
  WHORL_TRY(check_names("whorl_parameter_client_get_types", names, count, ret_types));
  int status = whorl__parameter_write_texts(&request.names, names, count) ? WHORL_OK : no_memory();
  if (status == WHORL_OK) status = whorl_client_call(client.get_types, &request, &response);
  if (status == WHORL_OK) status = check_answers(client.get_types, response.types.size, names, count);
  for (size_t i = 0; status == WHORL_OK && i < count; i++) ret_types[i] = (whorl_parameter_type_t)response.types.data[i];
  rcl_interfaces__srv__GetParameterTypes_Request__fini(&request);
  rcl_interfaces__srv__GetParameterTypes_Response__fini(&response);
  return status;
}

static int take_descriptors(const rcl_interfaces__msg__ParameterDescriptor__Sequence *message,
                            whorl_parameter_descriptor_t *ret_descriptors)
{
  if (message->size == 0) return WHORL_OK;
  whorl_parameter_descriptor_t *descriptors = whorl__alloc(message->size * sizeof *descriptors);
  bool good = descriptors != NULL;
  for (size_t i = 0; i < message->size && good; i++) good = whorl__parameter_copy_descriptor(&message->data[i], &descriptors[i]);
  if (good) memcpy(ret_descriptors, descriptors, message->size * sizeof *descriptors);
  for (size_t i = 0; descriptors != NULL && i < message->size && !good; i++) whorl_parameter_descriptor_fini(&descriptors[i]);
  whorl__free(descriptors);
  return good ? WHORL_OK : no_memory();
}

int whorl_parameter_client_describe(whorl_parameter_client_t client, const char *const *names, size_t count,
                                    whorl_parameter_descriptor_t *ret_descriptors)
{
  rcl_interfaces__srv__DescribeParameters_Request request = {0};
  rcl_interfaces__srv__DescribeParameters_Response response = {0};
  WHORL_TRY(check_names("whorl_parameter_client_describe", names, count, ret_descriptors));
  int status = whorl__parameter_write_texts(&request.names, names, count) ? WHORL_OK : no_memory();
  if (status == WHORL_OK) status = whorl_client_call(client.describe, &request, &response);
  if (status == WHORL_OK) status = check_answers(client.describe, response.descriptors.size, names, count);
  if (status == WHORL_OK) status = take_descriptors(&response.descriptors, ret_descriptors);
  rcl_interfaces__srv__DescribeParameters_Request__fini(&request);
  rcl_interfaces__srv__DescribeParameters_Response__fini(&response);
  return status;
}

int whorl_parameter_client_list(whorl_parameter_client_t client, const char *const *prefixes, size_t prefix_count, uint64_t depth,
                                whorl_parameter_visitor_t visit, void *arg)
{
  rcl_interfaces__srv__ListParameters_Request request = {.depth = depth};
  rcl_interfaces__srv__ListParameters_Response response = {0};
  WHORL_TRY(check_names("whorl_parameter_client_list", prefixes, prefix_count, &request));
  if (visit == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_parameter_client_list: the visitor is NULL");
  int status = whorl__parameter_write_texts(&request.prefixes, prefixes, prefix_count) ? WHORL_OK : no_memory();
  if (status == WHORL_OK) status = whorl_client_call(client.list, &request, &response);
  for (size_t i = 0; status == WHORL_OK && i < response.result.names.size; i++) visit(response.result.names.data[i].data, arg);
  rcl_interfaces__srv__ListParameters_Request__fini(&request);
  rcl_interfaces__srv__ListParameters_Response__fini(&response);
  return status;
}

// --- setting

static int write_parameters(rcl_interfaces__msg__Parameter__Sequence *message, const whorl_parameter_t *parameters, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    if (parameters[i].name == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "setting parameters: name %zu is NULL", i);
    WHORL_TRY(whorl__parameter_value_check(&parameters[i].value));
  }
  if (!rcl_interfaces__msg__Parameter__Sequence__init(message, count)) return no_memory();
  for (size_t i = 0; i < count; i++)
    if (!whorl__parameter_write(&message->data[i], parameters[i].name, &parameters[i].value)) return no_memory();
  return WHORL_OK;
}

static int check_result(const rcl_interfaces__msg__SetParametersResult *result, const char *name)
{
  if (result->successful) return WHORL_OK;
  return whorl__fail(WHORL_REJECTED, "parameter '%s' was refused: %s", name,
                     result->reason.size > 0 ? result->reason.data : "no reason was given");
}

static int read_results(const rcl_interfaces__msg__SetParametersResult__Sequence *results, const whorl_parameter_t *parameters,
                        bool *ret_accepted)
{
  size_t refused = results->size;
  for (size_t i = results->size; i-- > 0;) {
    if (ret_accepted != NULL) ret_accepted[i] = results->data[i].successful;
    if (!results->data[i].successful) refused = i;
  }
  return refused < results->size ? check_result(&results->data[refused], parameters[refused].name) : WHORL_OK;
}

int whorl_parameter_client_set(whorl_parameter_client_t client, const whorl_parameter_t *parameters, size_t count, bool *ret_accepted)
{
  rcl_interfaces__srv__SetParameters_Request request = {0};
  rcl_interfaces__srv__SetParameters_Response response = {0};
  WHORL_TRY(check_list("whorl_parameter_client_set", parameters, count, &request));
  int status = write_parameters(&request.parameters, parameters, count);
  if (status == WHORL_OK) status = whorl_client_call(client.set, &request, &response);
  if (status == WHORL_OK && response.results.size != count)
    status = whorl__fail(WHORL_MALFORMED, "service '%s' answered with %zu results to %zu parameters", whorl_client_service(client.set),
                         response.results.size, count);
  if (status == WHORL_OK) status = read_results(&response.results, parameters, ret_accepted);
  rcl_interfaces__srv__SetParameters_Request__fini(&request);
  rcl_interfaces__srv__SetParameters_Response__fini(&response);
  return status;
}

int whorl_parameter_client_set_atomically(whorl_parameter_client_t client, const whorl_parameter_t *parameters, size_t count)
{
  rcl_interfaces__srv__SetParametersAtomically_Request request = {0};
  rcl_interfaces__srv__SetParametersAtomically_Response response = {0};
  WHORL_TRY(check_list("whorl_parameter_client_set_atomically", parameters, count, &request));
  int status = write_parameters(&request.parameters, parameters, count);
  if (status == WHORL_OK) status = whorl_client_call(client.set_atomically, &request, &response);
  if (status == WHORL_OK) status = check_result(&response.result, count > 0 ? parameters[0].name : "");
  rcl_interfaces__srv__SetParametersAtomically_Request__fini(&request);
  rcl_interfaces__srv__SetParametersAtomically_Response__fini(&response);
  return status;
}
