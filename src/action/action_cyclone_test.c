// Actions over Cyclone DDS on the loopback interface: two contexts on the wire, the server in an executor of several threads, goals at a time from a loop and then from a plain thread.
#include <pthread.h>
#include <stdlib.h>

#include "action/action_fixture.h"
#include "node/two_domains_testing.h"

enum { GOALS = 100, NUMBERS = 3 };

typedef struct side {
  whorl_context_t context;
  whorl_node_t node;
  whorl_executor_t executor;
  whorl_action_server_t server;
  whorl_action_client_t client;
  int status, right;
} side_t;

static void open_side(side_t *side, const char *name, uint32_t domain)
{
  const whorl_context_options_t options = {.domain_id_given = true, .domain_id = domain, .bare_nodes = true};
  *side = (side_t){0};
  int status = whorl_context_create(0, NULL, &options, &side->context);
  if (status < 0) fail_msg("context: %s: %s", whorl_status_name(status), whorl_detail());
  assert_int_equal(whorl_node_create(side->context, name, NULL, &side->node), WHORL_OK);
}

// Order 0: it goes on until somebody cancels it.
static int execute_at_once(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  int order = ((const goal_message_t *)message)->order;
  rosidl_runtime_c__int32__Sequence *numbers = &((result_message_t *)result)->sequence;
  (void)arg;
  if (!rosidl_runtime_c__int32__Sequence__init(numbers, (size_t)order)) return WHORL_NO_MEMORY;
  for (int i = 0; i < order; i++) {
    numbers->data[i] = i;
    WHORL_TRY(whorl_yield());
  }
  do {
    WHORL_TRY(tell_so_far(goal, result));
    WHORL_TRY(order == 0 ? whorl_sleep(MS(1)) : whorl_yield());
  } while (order == 0);
  return WHORL_OK;
}

static void *spin(void *arg)
{
  side_t *side = arg;
  side->status = whorl_executor_spin(side->executor);
  return NULL;
}

static int call_once(void *arg)
{
  side_t *side = arg;
  const goal_message_t goal = {.order = NUMBERS};
  result_message_t result = {0};
  int status = whorl_action_client_call(side->client, &goal, &result, NULL, NULL);
  if (status == WHORL_OK && result.sequence.size == NUMBERS && result.sequence.data[NUMBERS - 1] == NUMBERS - 1) side->right++;
  example_interfaces__action__Fibonacci_Result__fini(&result);
  return status;
}

static int hear(const whorl_goal_id_t *id, const void *feedback, void *arg)
{
  (void)id, (void)feedback;
  whorl_timeout_cancel(arg); // what it has heard is enough
  return WHORL_OK;
}

// The limit is that of the first feedback: then the goal is cancelled.
static int call_until_it_is_heard(side_t *side)
{
  const goal_message_t goal = {.order = 0};
  result_message_t result = {0};
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_FOREVER);
  int status = whorl_action_client_call(side->client, &goal, &result, &(whorl_action_call_options_t){.on_feedback = hear, .arg = &timeout},
                                        NULL);
  side->right += status == WHORL_CANCELED;
  return whorl_timeout_close(&timeout, status);
}

static int call_all(void *arg)
{
  side_t *side = arg;
  whorl_task_group_t group;
  WHORL_TRY(whorl_node_open(side->node)); // for the feedback
  int status = call_until_it_is_heard(side);
  whorl_task_group_open(&group); // after the first one: until it has gone through, no more than the history's ten may be on their way
  for (int i = 0; i < GOALS; i++) whorl_task_group_spawn(&group, call_once, side);
  return whorl_node_close(side->node, whorl_task_group_close(&group, status));
}

static void serve(side_t *side)
{
  const whorl_action_server_options_t options = {.max_in_flight = WHORL_UNLIMITED};
  const whorl_executor_options_t crew = {.threads = 3};
  assert_int_equal(whorl_action_server_create(side->node, FIBONACCI, "fibonacci", execute_at_once, NULL, &options, &side->server),
                   WHORL_OK);
  assert_int_equal(whorl_executor_create(side->context, WHORL_EXECUTOR_MULTI_THREADED, &crew, &side->executor), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(side->executor, side->node), WHORL_OK);
}

static void ASK_01_goals_cross_the_wire_to_a_crew_of_threads(void **state)
{
  side_t server, client;
  pthread_t thread;
  whorl_loop_t loop;
  (void)state;
  open_side(&client, "client", domain_here()); // first: it waits for the server
  open_side(&server, "server", domain_there());
  assert_int_equal(whorl_action_client_create(client.node, FIBONACCI, "fibonacci", NULL, &client.client), WHORL_OK);
  serve(&server);
  pthread_create(&thread, NULL, spin, &server);
  assert_int_equal(whorl_loop_create(NULL, &loop), WHORL_OK);
  assert_int_equal(whorl_loop_run(loop, call_all, &client), WHORL_OK);
  assert_int_equal(client.right, GOALS + 1);
  for (int i = 0; i < 10; i++) assert_int_equal(call_once(&client), WHORL_OK); // a plain thread now (R35)
  assert_int_equal(client.right, GOALS + 11);
  assert_int_equal(whorl_executor_cancel(server.executor), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(server.status, WHORL_OK);
  assert_int_equal(whorl_loop_destroy(loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(client.context, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(server.context, WHORL_OK), WHORL_OK);
}

int main(void)
{
  if (getenv("CYCLONEDDS_URI") == NULL || getenv("ROS_DOMAIN_ID") == NULL) {
    fputs("CYCLONEDDS_URI and ROS_DOMAIN_ID must be set: run this test through ctest, which keeps it on the loopback interface\n", stderr);
    return 1;
  }
  join_domains_on_the_wire();
  const struct CMUnitTest tests[] = {cmocka_unit_test(ASK_01_goals_cross_the_wire_to_a_crew_of_threads)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
