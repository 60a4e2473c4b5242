// The services of loggers' levels, over the simulated network.
#include <stdio.h>

#include <rcl_interfaces/msg/logger_level.h>
#include <rcl_interfaces/srv/get_logger_levels.h>
#include <rcl_interfaces/srv/set_logger_levels.h>
#include <rosidl_runtime_c/string_functions.h>
#include <whorl/log.h>

#include "node/fixture.h"

#define GET WHORL_SERVICE(rcl_interfaces, srv, GetLoggerLevels)
#define SET WHORL_SERVICE(rcl_interfaces, srv, SetLoggerLevels)

static whorl_node_t server;

static void make_server(fixture_t *fixture, bool logger_services)
{
  const whorl_node_options_t options = {.node_namespace = "/robot", .logger_services = logger_services};
  assert_int_equal(whorl_node_create(fixture->context, "arm", &options, &server), WHORL_OK);
}

static int teardown(void **state)
{
  static const char *const loggers[] = {"", "robot.arm", "robot.arm.driver"};
  for (size_t i = 0; i < 3; i++) assert_int_equal(whorl_log_set_level(loggers[i], WHORL_SEVERITY_UNSET), WHORL_OK);
  return fixture_teardown(state);
}

static int run_both(void *arg)
{
  fixture_t *fixture = arg;
  WHORL_TRY(whorl_node_open(server));
  int status = fixture_run_open(fixture); // the client's node
  return whorl_node_close(server, status);
}

static void run(fixture_t *fixture, int (*body)(fixture_t *fixture))
{
  fixture->body = body;
  assert_int_equal(whorl_simulation_run(fixture->world, run_both, fixture), WHORL_OK);
}

// --- asking

static int get(fixture_t *fixture, const char *const *names, size_t count, rcl_interfaces__srv__GetLoggerLevels_Response *ret_response)
{
  whorl_client_t client;
  rcl_interfaces__srv__GetLoggerLevels_Request request = {0};
  WHORL_TRY(whorl_client_create(fixture->node, GET, "/robot/arm/get_logger_levels", NULL, &client));
  assert_true(rosidl_runtime_c__String__Sequence__init(&request.names, count));
  for (size_t i = 0; i < count; i++) assert_true(rosidl_runtime_c__String__assign(&request.names.data[i], names[i]));
  int status = whorl_client_call(client, &request, ret_response);
  rcl_interfaces__srv__GetLoggerLevels_Request__fini(&request);
  WHORL_TRY(status);
  return whorl_client_destroy(client);
}

static int ask_for_one(fixture_t *fixture)
{
  static const char *const name = "robot.arm";
  rcl_interfaces__srv__GetLoggerLevels_Response response;
  rcl_interfaces__srv__GetLoggerLevels_Response__init(&response);
  WHORL_TRY(get(fixture, &name, 1, &response));
  assert_int_equal(response.levels.size, 1);
  assert_string_equal(response.levels.data[0].name.data, "robot.arm");
  assert_int_equal(response.levels.data[0].level, WHORL_SEVERITY_WARN);
  rcl_interfaces__srv__GetLoggerLevels_Response__fini(&response);
  return WHORL_OK;
}

static void ANODE_05_the_level_of_a_logger_is_told_in_one_entry_with_its_name(void **state)
{
  make_server(*state, true);
  assert_int_equal(whorl_log_set_level("robot.arm", WHORL_SEVERITY_WARN), WHORL_OK);
  run(*state, ask_for_one);
}

static int ask_for_several(fixture_t *fixture)
{
  static const char *const names[] = {"", "robot.arm", "nobody.knows.it", "robot.arm.driver", "robot.arm"};
  static const unsigned levels[] = {WHORL_SEVERITY_INFO, WHORL_SEVERITY_UNSET, WHORL_SEVERITY_UNSET, WHORL_SEVERITY_DEBUG,
                                    WHORL_SEVERITY_UNSET};
  rcl_interfaces__srv__GetLoggerLevels_Response response;
  rcl_interfaces__srv__GetLoggerLevels_Response__init(&response);
  WHORL_TRY(get(fixture, names, 5, &response));
  assert_int_equal(response.levels.size, 5);
  for (size_t i = 0; i < 5; i++) {
    assert_string_equal(response.levels.data[i].name.data, names[i]);
    assert_int_equal(response.levels.data[i].level, levels[i]);
  }
  WHORL_TRY(get(fixture, NULL, 0, &response));
  assert_int_equal(response.levels.size, 0);
  rcl_interfaces__srv__GetLoggerLevels_Response__fini(&response);
  return WHORL_OK;
}

static void ANODE_05_each_name_gets_its_own_level_and_0_when_it_has_none(void **state)
{
  make_server(*state, true);
  assert_int_equal(whorl_log_set_level("robot.arm.driver", WHORL_SEVERITY_DEBUG), WHORL_OK);
  run(*state, ask_for_several);
}

// --- setting

static int set_three(fixture_t *fixture)
{
  static const struct {
    const char *name;
    uint32_t level;
    const char *reason;
  } rows[] = {{"robot.arm", 40, ""}, {"robot.arm", 15, "15 is no level of a logger"}, {"robot.arm.driver", 10, ""}};
  whorl_client_t client;
  rcl_interfaces__srv__SetLoggerLevels_Request request = {0};
  rcl_interfaces__srv__SetLoggerLevels_Response response;
  rcl_interfaces__srv__SetLoggerLevels_Response__init(&response);
  WHORL_TRY(whorl_client_create(fixture->node, SET, "/robot/arm/set_logger_levels", NULL, &client));
  assert_true(rcl_interfaces__msg__LoggerLevel__Sequence__init(&request.levels, 3));
  for (size_t i = 0; i < 3; i++) {
    assert_true(rosidl_runtime_c__String__assign(&request.levels.data[i].name, rows[i].name));
    request.levels.data[i].level = rows[i].level;
  }
  WHORL_TRY(whorl_client_call(client, &request, &response));
  assert_int_equal(response.results.size, 3);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(response.results.data[i].successful, rows[i].reason[0] == '\0');
    assert_string_equal(response.results.data[i].reason.data, rows[i].reason);
  }
  rcl_interfaces__srv__SetLoggerLevels_Request__fini(&request);
  rcl_interfaces__srv__SetLoggerLevels_Response__fini(&response);
  return WHORL_OK;
}

static void levels_are_set_each_on_its_own_and_what_is_no_level_is_refused(void **state)
{
  make_server(*state, true);
  run(*state, set_three);
  assert_int_equal(whorl_log_level("robot.arm"), WHORL_SEVERITY_ERROR);
  assert_int_equal(whorl_log_level("robot.arm.driver"), WHORL_SEVERITY_DEBUG);
}

// --- on request

static void a_node_has_them_only_when_it_is_asked_to(void **state)
{
  fixture_t *fixture = *state;
  whorl_client_t client;
  make_server(fixture, false);
  assert_int_equal(whorl_client_create(fixture->node, GET, "/robot/arm/get_logger_levels", NULL, &client), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(fixture->world, WHORL_MILLISECONDS(10)), WHORL_OK);
  assert_false(whorl_client_service_is_ready(client));
}

#define SERVICES_TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      SERVICES_TEST(ANODE_05_the_level_of_a_logger_is_told_in_one_entry_with_its_name),
      SERVICES_TEST(ANODE_05_each_name_gets_its_own_level_and_0_when_it_has_none),
      SERVICES_TEST(levels_are_set_each_on_its_own_and_what_is_no_level_is_refused),
      SERVICES_TEST(a_node_has_them_only_when_it_is_asked_to),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
