// Nasty schedules of nodes, by number: the ends of nodes and clients; of contexts: schedule_shutdown_test.c. How they are run: task/schedule.h.
#include <example_interfaces/srv/add_two_ints.h>
#include <std_msgs/msg/int32.h>

#include "node/schedule_fixture.h"

#define INT32 WHORL_MESSAGE(std_msgs, msg, Int32)
#define ADD WHORL_SERVICE(example_interfaces, srv, AddTwoInts)
typedef example_interfaces__srv__AddTwoInts_Request add_request_t;
typedef example_interfaces__srv__AddTwoInts_Response add_response_t;

static whorl_node_t first, second;
static whorl_client_t client;
static whorl_service_t service;

// --- S14: a callback destroys its own node, executes a statement, then sleeps; the node's body sleeps on too. The statement ran, the callback's sleep is CANCELED, the body's ends as usual, close says OK.

static int destroys_its_own_node(void)
{
  step();
  REQUIRE_INT(WHORL_OK, whorl_node_destroy(first));
  note("ran on");
  REQUIRE_INT(WHORL_DESTROYED, whorl_node_destroy(first)); // idempotent
  int status = whorl_sleep(SECONDS(9));
  note("%s@%g", whorl_status_name(status) + 6, now_s());
  return status;
}

static int timer_destroys_its_own_node(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  return destroys_its_own_node();
}

static void S14_ANODE_26_a_callback_destroys_its_own_node(void)
{
  NEED(whorl_node_create(world.context, "own", NULL, &first));
  NEED(whorl_timer_create(first, SECONDS(1), timer_destroys_its_own_node, NULL, NULL, NULL));
  NEED(whorl_node_open(first));
  step();
  int status = whorl_sleep_until(SECONDS(2));
  REQUIRE_INT(WHORL_OK, status);
  REQUIRE_INT(WHORL_OK, whorl_node_close(first, status));
  REQUIRE_TRACE("ran on CANCELED@1");
  REQUIRE_INT(SECONDS(2), whorl_now_ns());
}

// The same from a message's callback, a handler and a spawned task, while the node is run: run returns OK at once.
static int message_destroys_its_own_node(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return destroys_its_own_node();
}

static int handler_destroys_its_own_node(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call, (void)arg;
  return destroys_its_own_node();
}

static int task_destroys_its_own_node(void *arg)
{
  (void)arg;
  return destroys_its_own_node();
}

static void run_until_it_destroys_itself(void)
{
  NEED(whorl_node_open(second));
  int status = heard(whorl_node_run(first));
  REQUIRE_INT(WHORL_OK, status);
  REQUIRE_INT(WHORL_OK, whorl_node_close(second, status));
  REQUIRE_TRACE("ran on CANCELED@1");
  REQUIRE_INT(SECONDS(1), whorl_now_ns());
}

static int publishes(const whorl_timer_info_t *info, void *publisher)
{
  (void)info;
  return heard(whorl_publish(*(whorl_publisher_t *)publisher, &(std_msgs__msg__Int32){.data = 1}));
}

static void S14_ANODE_08_and_so_may_a_messages_callback(void)
{
  whorl_publisher_t publisher;
  NEED(whorl_node_create(world.context, "own", NULL, &first));
  NEED(whorl_node_create(world.context, "talker", NULL, &second));
  NEED(whorl_subscription_create(first, INT32, "numbers", message_destroys_its_own_node, NULL, NULL, NULL));
  NEED(whorl_publisher_create(second, INT32, "numbers", NULL, &publisher));
  NEED(whorl_timer_create(second, SECONDS(1), publishes, &publisher, NULL, NULL));
  run_until_it_destroys_itself();
}

static int calls_soon(const whorl_timer_info_t *info, void *arg)
{
  add_response_t response = {0};
  (void)info, (void)arg;
  return whorl_client_call(client, &(add_request_t){.a = 1}, &response); // nobody answers; ends with its node
}

static void S14_R41_and_so_may_a_handler(void)
{
  NEED(whorl_node_create(world.context, "own", NULL, &first));
  NEED(whorl_node_create(world.context, "caller", NULL, &second));
  NEED(whorl_service_create(first, ADD, "add", handler_destroys_its_own_node, NULL, NULL, NULL));
  NEED(whorl_client_create(second, ADD, "add", NULL, &client));
  NEED(whorl_timer_create(second, SECONDS(1), calls_soon, NULL, NULL, NULL));
  run_until_it_destroys_itself();
}

static int spawns_the_destroyer(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  return spawn_in_node(first, "destroyer", task_destroys_its_own_node, NULL);
}

static void S14_R41_and_so_may_a_spawned_task(void)
{
  NEED(whorl_node_create(world.context, "own", NULL, &first));
  NEED(whorl_node_create(world.context, "other", NULL, &second));
  NEED(whorl_timer_create(first, SECONDS(1), spawns_the_destroyer, NULL, NULL, NULL));
  run_until_it_destroys_itself();
}

// --- R23: that its own node was destroyed is no error of a body's; that another one was is.

static int call_until_its_node_ends(whorl_node_t of)
{
  add_response_t response = {0};
  int status = heard(whorl_client_create(of, ADD, "add", NULL, &client));
  if (status == WHORL_OK) status = heard(whorl_client_call(client, &(add_request_t){.a = 1}, &response)); // nobody answers
  REQUIRE_INT(WHORL_DESTROYED, status);
  REQUIRE_INT(SECONDS(1), whorl_now_ns());
  return status;
}

static void R23_a_body_tells_of_its_own_nodes_end(void)
{
  NEED(whorl_node_create(world.context, "own", NULL, &first));
  NEED(whorl_timer_create(first, SECONDS(1), timer_destroys_its_own_node, NULL, NULL, NULL));
  NEED(whorl_node_open(first));
  REQUIRE_INT(WHORL_OK, whorl_node_close(first, call_until_its_node_ends(first)));
}

static int timer_destroys_second(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  return heard(whorl_node_destroy(second));
}

static void R23_a_body_tells_of_another_nodes_end(void)
{
  NEED(whorl_node_create(world.context, "own", NULL, &first));
  NEED(whorl_node_create(world.context, "other", NULL, &second));
  NEED(whorl_timer_create(first, SECONDS(1), timer_destroys_second, NULL, NULL, NULL));
  NEED(whorl_node_open(first));
  REQUIRE_INT(WHORL_DESTROYED, whorl_node_close(first, call_until_its_node_ends(second)));
}

// --- R41: a task that is none of the node's waits for its callbacks, however long they clean up.

static int cleans_up_until_three(const whorl_timer_info_t *info, void *arg)
{
  whorl_shield_t shield;
  (void)info, (void)arg;
  step();
  (void)whorl_sleep(SECONDS(99));
  whorl_shield_open(&shield, SECONDS(9));
  (void)whorl_sleep_until(SECONDS(3));
  note("cleaned up@%g", now_s());
  return heard(whorl_shield_close(&shield, WHORL_CANCELED));
}

static int destroys_at_two(void *arg)
{
  (void)arg;
  step();
  (void)whorl_sleep_until(SECONDS(2));
  step();
  REQUIRE_INT(WHORL_OK, whorl_node_destroy(first));
  note("destroyed@%g", now_s());
  return WHORL_OK;
}

static int destroys_it_again(void *arg)
{
  (void)arg;
  (void)whorl_sleep_until(SECONDS(2.5));
  step();
  REQUIRE_INT(WHORL_DESTROYED, whorl_node_destroy(first)); // the first destroyer is still waiting
  note("again@%g", now_s());
  return WHORL_OK;
}

static void R41_another_task_waits_for_the_callbacks(void)
{
  whorl_task_group_t group;
  NEED(whorl_node_create(world.context, "victim", NULL, &first));
  NEED(whorl_timer_create(first, SECONDS(1), cleans_up_until_three, NULL, NULL, NULL));
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"driver", runs_node, &first}, {"destroyer", destroys_at_two, NULL}, {"late", destroys_it_again, NULL});
  REQUIRE_INT(WHORL_OK, close_group(&group, WHORL_OK));
  REQUIRE_TRACE("again@2.5 cleaned up@3 destroyed@3");
}

// --- S15: a callback of node N waits in destroying node M; then a suspended callback of M wakes and destroys N. No dead-lock: the second does not wait, as its wait would close a cycle. Both are gone, all drained.

static int destroys_the_second(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  step();
  REQUIRE_INT(WHORL_OK, whorl_node_destroy(second));
  note("first@%g", now_s());
  return WHORL_CANCELED; // its own node was destroyed meanwhile
}

static int destroys_the_first_in_a_shield(const whorl_timer_info_t *info, void *arg)
{
  whorl_shield_t shield;
  (void)info, (void)arg;
  whorl_shield_open(&shield, SECONDS(9));
  (void)whorl_sleep_until(SECONDS(2));
  step();
  REQUIRE_INT(WHORL_OK, whorl_node_destroy(first));
  note("second@%g", now_s());
  (void)whorl_sleep_until(SECONDS(3));
  return heard(whorl_shield_close(&shield, WHORL_CANCELED));
}

static void S15_R41_callbacks_destroy_each_others_node(void)
{
  whorl_task_group_t group;
  NEED(whorl_node_create(world.context, "n", NULL, &first));
  NEED(whorl_node_create(world.context, "m", NULL, &second));
  NEED(whorl_timer_create(first, SECONDS(1), destroys_the_second, NULL, NULL, NULL));
  NEED(whorl_timer_create(second, SECONDS(0.5), destroys_the_first_in_a_shield, NULL, NULL, NULL));
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"n", runs_node, &first}, {"m", runs_node, &second});
  REQUIRE_INT(WHORL_OK, close_group(&group, WHORL_OK));
  REQUIRE_TRACE("second@2 first@3");
  REQUIRE_INT(WHORL_DESTROYED, whorl_node_destroy(first));
  REQUIRE_INT(WHORL_DESTROYED, whorl_node_destroy(second));
  REQUIRE_INT(SECONDS(3), whorl_now_ns());
}

// --- S16: a handler destroys the client of a pending call, then answers; the answer arrives after. The call ends DESTROYED once, the answer is counted, both nodes close with OK.

static int destroys_the_client_and_answers(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const add_request_t *numbers = request;
  add_response_t *sum = response;
  (void)call, (void)arg;
  step();
  REQUIRE_INT(WHORL_OK, whorl_client_destroy(client));
  step();
  sum->sum = numbers->a + numbers->b;
  note("answers@%g", now_s());
  return WHORL_OK;
}

static int calls_once(void)
{
  add_response_t response = {.sum = 5};
  step();
  int status = heard(whorl_client_call(client, &(add_request_t){.a = 1, .b = 2}, &response));
  note("%s@%g", whorl_status_name(status) + 6, now_s());
  REQUIRE(response.sum == 5);
  return status;
}

static void S16_ACLI_06_a_handler_destroys_the_client_of_its_call(void)
{
  const whorl_simulation_network_t network = {.link.delay_ns = SECONDS(0.125)};
  whorl_service_counts_t counts = {0};
  NEED(whorl_simulation_set_network(world.simulation, &network));
  NEED(whorl_node_create(world.context, "server", NULL, &first));
  NEED(whorl_node_create(world.context, "caller", NULL, &second));
  NEED(whorl_service_create(first, ADD, "add", destroys_the_client_and_answers, NULL, NULL, &service));
  NEED(whorl_client_create(second, ADD, "add", NULL, &client));
  NEED(whorl_node_open(first));
  int status = heard(whorl_node_open(second));
  if (status == WHORL_OK) {
    status = calls_once();
    REQUIRE_INT(WHORL_DESTROYED, status);
    status = whorl_sleep_until(SECONDS(1)); // one call, not a level; the answer arrives meanwhile
    REQUIRE_INT(WHORL_OK, status);
    REQUIRE_INT(WHORL_OK, whorl_service_read_counts(service, &counts));
    REQUIRE_INT(1, (int64_t)(counts.answers + counts.unreachable));
    status = heard(whorl_node_close(second, status));
    REQUIRE_INT(WHORL_OK, status);
  }
  REQUIRE_INT(WHORL_OK, whorl_node_close(first, status));
  REQUIRE(strcmp(trace, "answers@0.125 DESTROYED@0.125") == 0 || strcmp(trace, "DESTROYED@0.125 answers@0.125") == 0);
}

int main(void)
{
  schedule_drive = drive_by_a_simulation;
  const struct CMUnitTest tests[] = {
      SCHEDULE(S14_ANODE_26_a_callback_destroys_its_own_node),
      SCHEDULE(S14_ANODE_08_and_so_may_a_messages_callback),
      SCHEDULE(S14_R41_and_so_may_a_handler),
      SCHEDULE(S14_R41_and_so_may_a_spawned_task),
      SCHEDULE(R23_a_body_tells_of_its_own_nodes_end),
      SCHEDULE(R23_a_body_tells_of_another_nodes_end),
      SCHEDULE(R41_another_task_waits_for_the_callbacks),
      SCHEDULE(S15_R41_callbacks_destroy_each_others_node),
      SCHEDULE(S16_ACLI_06_a_handler_destroys_the_client_of_its_call),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
