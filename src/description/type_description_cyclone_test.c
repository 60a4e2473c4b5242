// ~/get_type_description over Cyclone: a node of a real context has it without being told to.
#include <type_description_interfaces/srv/get_type_description.h>

#include <rosidl_runtime_c/string_functions.h>

#include "node/fixture.h"

#define GET WHORL_SERVICE(type_description_interfaces, srv, GetTypeDescription)

typedef struct asking {
  whorl_node_t node;
  whorl_client_t client;
} asking_t;

static int ask(void *arg)
{
  asking_t *self = arg;
  type_description_interfaces__srv__GetTypeDescription_Request request;
  type_description_interfaces__srv__GetTypeDescription_Response response;
  assert_true(type_description_interfaces__srv__GetTypeDescription_Request__init(&request));
  assert_true(type_description_interfaces__srv__GetTypeDescription_Response__init(&response));
  assert_true(
      rosidl_runtime_c__String__assign(&request.type_hash, "RIHS01_df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18"));
  WHORL_TRY(whorl_node_open(self->node));
  int status = whorl_client_call(self->client, &request, &response);
  assert_int_equal(status, WHORL_OK);
  assert_true(response.successful);
  assert_string_equal(response.type_description.type_description.type_name.data, "std_msgs/msg/String");
  type_description_interfaces__srv__GetTypeDescription_Request__fini(&request);
  type_description_interfaces__srv__GetTypeDescription_Response__fini(&response);
  return whorl_node_close(self->node, status);
}

static void ANODE_10_a_node_of_a_real_context_answers(void **state)
{
  (void)state;
  whorl_context_t context;
  whorl_loop_t loop;
  whorl_publisher_t publisher;
  asking_t asking;
  assert_int_equal(whorl_context_create(0, NULL, NULL, &context), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "chatty", NULL, &asking.node), WHORL_OK);
  assert_int_equal(whorl_publisher_create(asking.node, WHORL_MESSAGE(std_msgs, msg, String), "chatter", NULL, &publisher), WHORL_OK);
  assert_int_equal(whorl_client_create(asking.node, GET, "~/get_type_description", NULL, &asking.client), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &loop), WHORL_OK);
  assert_int_equal(whorl_loop_run(loop, ask, &asking), WHORL_OK);
  assert_int_equal(whorl_loop_destroy(loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(ANODE_10_a_node_of_a_real_context_answers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
