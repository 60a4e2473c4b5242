// Parameters over the real wire: another context finds the services of a node, sets one of its parameters and hears of it; by default, and not where nodes are bare.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <rcl_interfaces/msg/parameter.h>
#include <rcl_interfaces/srv/get_parameters.h>
#include <rcl_interfaces/srv/set_parameters.h>
#include <rosidl_runtime_c/string_functions.h>
#include <whorl/whorl.h>

typedef struct world {
  whorl_context_t context, other_context;
  whorl_node_t node, other;
  whorl_event_t heard;
  int64_t told;
} world_t;

static int note_event(const whorl_parameter_event_t *event, void *arg)
{
  world_t *world = arg;
  if (event->changes[0].kind != WHORL_PARAMETER_CHANGED) return WHORL_OK;
  world->told = event->changes[0].value.integer;
  return whorl_event_set(world->heard);
}

static int set_from_outside(world_t *world, int64_t value)
{
  rcl_interfaces__srv__SetParameters_Request request;
  rcl_interfaces__srv__SetParameters_Response response;
  whorl_client_t client;
  assert_true(rcl_interfaces__srv__SetParameters_Request__init(&request));
  assert_true(rcl_interfaces__srv__SetParameters_Response__init(&response));
  assert_true(rcl_interfaces__msg__Parameter__Sequence__init(&request.parameters, 1));
  assert_true(rosidl_runtime_c__String__assign(&request.parameters.data[0].name, "rate"));
  request.parameters.data[0].value.type = WHORL_PARAMETER_INTEGER;
  request.parameters.data[0].value.integer_value = value;
  WHORL_TRY(whorl_client_create(world->other, WHORL_SERVICE(rcl_interfaces, srv, SetParameters), "/house/lamp/set_parameters",
                                &(whorl_client_options_t){.qos = &WHORL_QOS_PARAMETERS}, &client));
  WHORL_TRY(whorl_client_call(client, &request, &response));
  assert_int_equal(response.results.size, 1);
  assert_true(response.results.data[0].successful);
  rcl_interfaces__srv__SetParameters_Request__fini(&request);
  rcl_interfaces__srv__SetParameters_Response__fini(&response);
  return WHORL_OK;
}

static int open_both(void *arg)
{
  world_t *world = arg;
  int64_t rate = 0;
  WHORL_TRY(whorl_node_open(world->node));
  WHORL_TRY(whorl_node_open(world->other));
  int status = set_from_outside(world, 42);
  if (status == WHORL_OK) status = whorl_event_wait(world->heard);
  if (status == WHORL_OK) status = whorl_parameter_get_integer(world->node, "rate", &rate);
  status = whorl_node_close(world->node, whorl_node_close(world->other, status));
  assert_int_equal(rate, 42);
  return status;
}

static void ANODE_06_another_process_sets_a_parameter_and_hears_of_it(void **state)
{
  world_t world = {0};
  whorl_loop_t loop;
  const char *const lamp[] = {"/house/lamp"}, *const names[] = {"rate"};
  const whorl_parameter_watch_options_t rate = {.nodes = lamp, .node_count = 1, .parameters = names, .parameter_count = 1};
  (void)state;
  assert_int_equal(whorl_context_create(0, NULL, NULL, &world.context), WHORL_OK);
  assert_int_equal(whorl_context_create(0, NULL, &(whorl_context_options_t){.bare_nodes = true}, &world.other_context), WHORL_OK);
  assert_int_equal(whorl_node_create(world.context, "lamp", &(whorl_node_options_t){.node_namespace = "/house"}, &world.node), WHORL_OK);
  assert_int_equal(whorl_node_create(world.other_context, "other", NULL, &world.other), WHORL_OK);
  assert_int_equal(whorl_event_create(NULL, &world.heard), WHORL_OK);
  assert_int_equal(whorl_parameter_watch(world.other, note_event, &world, &rate, NULL), WHORL_OK);
  assert_int_equal(whorl_parameter_declare(world.node, "rate", whorl_parameter_integer(1), NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &loop), WHORL_OK);
  if (whorl_loop_run(loop, open_both, &world) < 0) fail_msg("%s", whorl_detail());
  assert_int_equal(world.told, 42);
  size_t servers = 9;
  assert_int_equal(whorl_node_count_publishers(world.node, "/parameter_events", &servers), WHORL_OK);
  assert_int_equal(servers, 1); // the other one is bare
  assert_int_equal(whorl_loop_destroy(loop), WHORL_OK);
  whorl_event_destroy(world.heard);
  assert_int_equal(whorl_context_destroy(world.context, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(world.other_context, WHORL_OK), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(ANODE_06_another_process_sets_a_parameter_and_hears_of_it)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
