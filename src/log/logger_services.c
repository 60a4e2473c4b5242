#include "log/logger_services.h"

#include <rcl_interfaces/msg/logger_level.h>
#include <rcl_interfaces/msg/set_logger_levels_result.h>
#include <rcl_interfaces/srv/get_logger_levels.h>
#include <rcl_interfaces/srv/set_logger_levels.h>
#include <rosidl_runtime_c/string_functions.h>

#include "base/detail.h"
#include "whorl/log.h"
#include "whorl/service.h"

typedef rcl_interfaces__srv__GetLoggerLevels_Request get_request_t;
typedef rcl_interfaces__srv__GetLoggerLevels_Response get_response_t;
typedef rcl_interfaces__srv__SetLoggerLevels_Request set_request_t;
typedef rcl_interfaces__srv__SetLoggerLevels_Response set_response_t;

// Each logger's own level, 0 when it has none, as rclcpp and rclpy answer.
static bool fill_levels(const get_request_t *request, get_response_t *response)
{
  rcl_interfaces__msg__LoggerLevel__Sequence__fini(&response->levels);
  if (!rcl_interfaces__msg__LoggerLevel__Sequence__init(&response->levels, request->names.size)) return false;
  for (size_t i = 0; i < request->names.size; i++) {
    const char *name = request->names.data[i].data;
    rcl_interfaces__msg__LoggerLevel *level = &response->levels.data[i];
    if (!rosidl_runtime_c__String__assign(&level->name, name)) return false;
    level->level = (uint32_t)whorl_log_level(name);
  }
  return true;
}

// A request that there is no memory for is not answered: it is no fault of the node.
static int get_levels(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)arg;
  return fill_levels(request, response) ? WHORL_OK : whorl_service_call_drop(call);
}

static bool set_level(const rcl_interfaces__msg__LoggerLevel *level, rcl_interfaces__msg__SetLoggerLevelsResult *result)
{
  int status = whorl_log_set_level(level->name.data, (whorl_severity_t)level->level);
  result->successful = status == WHORL_OK;
  return rosidl_runtime_c__String__assign(&result->reason, status == WHORL_OK ? "" : whorl_detail());
}

static bool set_each(const set_request_t *request, set_response_t *response)
{
  rcl_interfaces__msg__SetLoggerLevelsResult__Sequence__fini(&response->results);
  if (!rcl_interfaces__msg__SetLoggerLevelsResult__Sequence__init(&response->results, request->levels.size)) return false;
  for (size_t i = 0; i < request->levels.size; i++)
    if (!set_level(&request->levels.data[i], &response->results.data[i])) return false;
  return true;
}

static int set_levels(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)arg;
  return set_each(request, response) ? WHORL_OK : whorl_service_call_drop(call);
}

int whorl__logger_services_bring(whorl__node_t *node, const whorl_node_options_t *options)
{
  whorl_node_t handle = {node->id};
  if (!options->logger_services) return WHORL_OK;
  WHORL_TRY(whorl_service_create(handle, WHORL_SERVICE(rcl_interfaces, srv, GetLoggerLevels), "~/get_logger_levels", get_levels, NULL, NULL,
                                 NULL));
  return whorl_service_create(handle, WHORL_SERVICE(rcl_interfaces, srv, SetLoggerLevels), "~/set_logger_levels", set_levels, NULL, NULL,
                              NULL);
}
