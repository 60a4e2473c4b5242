// An action client, one step after the other, and what it cannot do. In virtual time.
#include "action/client_fixture.h"
#include "base/memory.h"

// --- step by step

static int send_for(int order, const whorl_goal_options_t *options, whorl_goal_id_t *ret_id)
{
  const goal_message_t goal = {.order = order};
  return whorl_action_client_send_goal(client, &goal, options, ret_id);
}

static int result_of(const whorl_goal_id_t *id)
{
  result_message_t result = {0};
  whorl_goal_status_t end = WHORL_GOAL_UNKNOWN;
  int status = whorl_action_client_get_result(client, id, &result, &end);
  if (status == WHORL_OK)
    saw_numbers(whorl_goal_status_name(end), &result.sequence);
  else
    saw("%s", whorl_status_name(status));
  example_interfaces__action__Fibonacci_Result__fini(&result);
  return status;
}

static int step_by_step(world_t *world)
{
  whorl_goal_id_t id;
  feedback_message_t feedback = {0};
  whorl_goal_status_t now;
  int status;
  (void)world;
  WHORL_TRY(send_for(3, &(whorl_goal_options_t){.feedback_depth = 10}, &id));
  while ((status = whorl_action_client_next_feedback(client, &id, &feedback)) == WHORL_OK) saw_numbers("has", &feedback.sequence);
  example_interfaces__action__Fibonacci_Feedback__fini(&feedback);
  saw("%s", whorl_status_name(status));
  WHORL_TRY(whorl_action_client_read_status(client, &id, &now));
  saw("%s", whorl_goal_status_name(now));
  WHORL_TRY(result_of(&id));
  saw("%s", whorl_status_name(whorl_action_client_read_status(client, &id, &now)));
  return result_of(&id);
}

static void a_goal_step_by_step_with_its_feedback_as_a_stream(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  connect_client(world);
  assert_int_equal(world_with(world, step_by_step), WHORL_OK);
  assert_seen("has:0 has:0,1 has:0,1,1 WHORL_CLOSED succeeded succeeded:0,1,1 WHORL_NOT_FOUND succeeded:0,1,1");
}

static int cancel_step_by_step(world_t *world)
{
  whorl_goal_id_t id;
  whorl_goal_options_t options = {.on_feedback = hear, .arg = world};
  WHORL_TRY(send_for(30, &options, &id));
  WHORL_TRY(whorl_sleep(MS(25)));
  saw("%s", whorl_status_name(whorl_action_client_cancel_goal(client, &id)));
  WHORL_TRY(result_of(&id));
  saw("%s", whorl_status_name(whorl_action_client_cancel_goal(client, &id)));
  id.bytes[3]++;
  saw("%s", whorl_status_name(whorl_action_client_cancel_goal(client, &id)));
  saw("%s", whorl_status_name(result_of(&id)));
  return WHORL_OK;
}

static void a_goal_is_cancelled_and_what_cannot_be_is_told(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  connect_client(world);
  assert_int_equal(world_with(world, cancel_step_by_step), WHORL_OK);
  assert_seen("1 2 WHORL_OK canceled:0,1 WHORL_WRONG_STATE WHORL_NOT_FOUND WHORL_NOT_FOUND WHORL_NOT_FOUND");
}

static bool refuse(whorl_goal_t goal, void *arg)
{
  (void)goal, (void)arg;
  return false;
}

static int cancel_in_vain(world_t *world)
{
  whorl_goal_id_t id;
  size_t count = 7;
  (void)world;
  WHORL_TRY(send_for(2, NULL, &id));
  saw("%s", whorl_status_name(whorl_action_client_cancel_goal(client, &id)));
  saw("%s", whorl_status_name(whorl_action_client_cancel_goals(client, 0, &count)));
  return count == 7 ? result_of(&id) : WHORL_MALFORMED;
}

static void a_server_may_refuse_to_cancel(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, &(whorl_action_server_options_t){.on_cancel = refuse});
  connect_client(world);
  assert_int_equal(world_with(world, cancel_in_vain), WHORL_OK);
  assert_seen("WHORL_REJECTED WHORL_REJECTED succeeded:0,1");
}

static int cancel_them_all(world_t *world)
{
  whorl_goal_id_t ids[3];
  size_t count = 0;
  (void)world;
  for (int i = 0; i < 3; i++) WHORL_TRY(send_for(30, NULL, &ids[i]));
  WHORL_TRY(whorl_action_client_cancel_goals(client, 0, &count));
  saw("%zu", count);
  for (int i = 0; i < 3; i++) WHORL_TRY(result_of(&ids[i]));
  return WHORL_OK;
}

static void all_goals_are_cancelled_at_once(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, &(whorl_action_server_options_t){.max_in_flight = WHORL_UNLIMITED});
  connect_client(world);
  assert_int_equal(world_with(world, cancel_them_all), WHORL_OK);
  assert_seen("3 canceled canceled canceled");
}

static int with_futures(world_t *world)
{
  const goal_message_t goal = {.order = 3};
  whorl_goal_id_t id;
  whorl_future_t accepted, ended, canceled;
  void *answer;
  (void)world;
  WHORL_TRY(whorl_action_client_wait_for_server(client));
  WHORL_TRY(whorl_action_client_send_goal_future(client, &goal, NULL, &id, &accepted));
  WHORL_TRY(whorl_action_client_get_result_future(client, &id, &ended));
  WHORL_TRY(whorl_future_wait(accepted, &answer));
  saw("%d", ((const example_interfaces__action__Fibonacci_SendGoal_Response *)answer)->accepted);
  WHORL_TRY(whorl_action_client_cancel_goal_future(client, &id, &canceled));
  WHORL_TRY(whorl_future_wait(canceled, &answer));
  saw("%zu", ((const action_msgs__srv__CancelGoal_Response *)answer)->goals_canceling.size);
  WHORL_TRY(whorl_future_wait(ended, &answer));
  saw("%d", ((const example_interfaces__action__Fibonacci_GetResult_Response *)answer)->status);
  WHORL_TRY(whorl_future_destroy(accepted));
  WHORL_TRY(whorl_future_destroy(ended));
  WHORL_TRY(whorl_future_destroy(canceled));
  return whorl_action_client_forget_goal(client, &id);
}

static void each_step_can_be_a_future(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  connect_client(world);
  assert_int_equal(world_with(world, with_futures), WHORL_OK);
  assert_seen("1 1 5");
}

// --- given up

// A server that has died says nothing, and so long nobody knows.
static int send_to_the_dead(world_t *world)
{
  static const int64_t limits_ns[] = {0, MS(10), WHORL_SECONDS(7)};
  WHORL_TRY(whorl_action_client_wait_for_server(client));
  WHORL_TRY(whorl_node_close(world->server_node, WHORL_OK)); // requests wait for it, and are not answered
  for (int i = 0; i < 3; i++) {
    whorl_goal_id_t id;
    whorl_timeout_t timeout;
    int64_t before = whorl_now_ns();
    whorl_timeout_open(&timeout, MS(25));
    int status = whorl_timeout_close(&timeout, send_for(1, &(whorl_goal_options_t){.cancel_limit_ns = limits_ns[i]}, &id));
    saw("%s:%d", whorl_status_name(status), (int)((whorl_now_ns() - before) / MS(1)));
  }
  return WHORL_OK;
}

static int open_client_for_the_dead(void *arg)
{
  world_t *world = arg;
  WHORL_TRY(whorl_node_open(world->client_node));
  int status = whorl_node_open(world->server_node);
  if (status == WHORL_OK) status = send_to_the_dead(world);
  return whorl_node_close(world->client_node, status);
}

static void a_goal_that_is_not_answered_is_given_up_in_time(void **state)
{
  world_t *world = *state;
  world_serve(world, on_execute, NULL);
  connect_client(world);
  assert_int_equal(whorl_simulation_run(world->simulation, open_client_for_the_dead, world), WHORL_OK);
  assert_seen("WHORL_TIMED_OUT:2025 WHORL_TIMED_OUT:35 WHORL_TIMED_OUT:7025");
}

// --- is anybody there?

static int wait_for_somebody(world_t *world)
{
  (void)world;
  if (whorl_action_client_server_is_ready(client)) return WHORL_MALFORMED;
  WHORL_TRY(whorl_action_client_wait_for_server(client));
  saw("%d", whorl_action_client_server_is_ready(client));
  return call_for(1, &hearing);
}

static int serve_later(void *arg)
{
  world_t *world = arg;
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(3)));
  return whorl_action_server_create(world->server_node, FIBONACCI, "fibonacci", on_execute, world, NULL, &world->server);
}

static int serve_while_somebody_waits(world_t *world)
{
  WHORL_TRY(whorl_node_spawn(world->client_node, serve_later, world));
  return wait_for_somebody(world);
}

static void a_server_is_waited_for(void **state)
{
  world_t *world = *state;
  connect_client(world);
  assert_int_equal(world_with(world, serve_while_somebody_waits), WHORL_OK);
  assert_seen("1 1 succeeded:0");
}

// A server whose topics come a second after its services.
static int make_parts_slowly(void *arg)
{
  const world_t *world = arg;
  const whorl_service_options_t by_hand = {.by_hand = true};
  const whorl_publisher_options_t last_one = {.qos = &WHORL_QOS_ACTION_STATUS};
  whorl_publisher_t publisher;
  whorl_node_t node = world->server_node;
  WHORL_TRY(whorl_service_create(node, WHORL_SERVICE(example_interfaces, action, Fibonacci_SendGoal), "fibonacci/_action/send_goal", NULL,
                                 NULL, &by_hand, NULL));
  WHORL_TRY(whorl_service_create(node, WHORL_SERVICE(example_interfaces, action, Fibonacci_GetResult), "fibonacci/_action/get_result", NULL,
                                 NULL, &by_hand, NULL));
  WHORL_TRY(
      whorl_service_create(node, WHORL_SERVICE(action_msgs, srv, CancelGoal), "fibonacci/_action/cancel_goal", NULL, NULL, &by_hand, NULL));
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(1)));
  WHORL_TRY(
      whorl_publisher_create(node, WHORL_MESSAGE(action_msgs, msg, GoalStatusArray), "fibonacci/_action/status", &last_one, &publisher));
  return whorl_publisher_create(node, WHORL_MESSAGE(example_interfaces, action, Fibonacci_FeedbackMessage), "fibonacci/_action/feedback",
                                NULL, &publisher);
}

static int wait_for_all_parts(world_t *world)
{
  int64_t before = whorl_now_ns();
  WHORL_TRY(whorl_node_spawn(world->client_node, make_parts_slowly, world));
  WHORL_TRY(whorl_action_client_wait_for_server(client));
  return whorl_now_ns() - before >= WHORL_SECONDS(1) ? WHORL_OK : WHORL_MALFORMED;
}

static void a_server_is_waited_for_with_its_topics(void **state)
{
  world_t *world = *state;
  connect_client(world);
  assert_int_equal(world_with(world, wait_for_all_parts), WHORL_OK);
}

// --- what cannot be

static void bad_calls(void **state)
{
  world_t *world = *state;
  const goal_message_t goal = {0};
  result_message_t result = {0};
  whorl_goal_id_t id = {{0}};
  whorl_goal_status_t end;
  whorl_future_t future;
  whorl_node_t node = world->client_node;
  assert_int_equal(whorl_action_client_create(node, FIBONACCI, "fibonacci", NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_create(node, NULL, "fibonacci", NULL, &client), WHORL_INVALID_TYPE);
  assert_int_equal(whorl_action_client_create(node, FIBONACCI, "", NULL, &client), WHORL_INVALID_NAME);
  assert_int_equal(whorl_action_client_create((whorl_node_t){0}, FIBONACCI, "a", NULL, &client), WHORL_INVALID_HANDLE);
  connect_client(world);
  assert_int_equal(whorl_action_client_call(client, NULL, &result, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_call(client, &goal, NULL, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_call(client, &goal, &result, &hearing, NULL), WHORL_NOT_IN_TASK);
  assert_int_equal(whorl_action_client_call(client, &goal, &result, &(whorl_action_call_options_t){.cancel_limit_ns = -1}, NULL),
                   WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_call(client, &goal, &result, NULL, NULL), WHORL_WOULD_DEADLOCK); // a plain thread in a simulation
  assert_int_equal(whorl_action_client_send_goal(client, NULL, NULL, &id), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_send_goal(client, &goal, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_send_goal(client, &goal, &(whorl_goal_options_t){.cancel_limit_ns = -1}, &id),
                   WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_send_goal_future(client, &goal, NULL, &id, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_get_result(client, &id, NULL, &end), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_get_result_future(client, NULL, &future), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_cancel_goal(client, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_cancel_goal_future(client, &id, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_cancel_goals(client, -1, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_next_feedback(client, &id, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_next_feedback(client, &id, &result), WHORL_NOT_FOUND);
  assert_int_equal(whorl_action_client_read_status(client, &id, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_action_client_read_status(client, &id, &end), WHORL_NOT_FOUND);
  assert_int_equal(whorl_action_client_forget_goal(client, &id), WHORL_NOT_FOUND);
  assert_int_equal(whorl_action_client_forget_goal(client, NULL), WHORL_INVALID_ARGUMENT);
  const whorl_action_client_t stale = client;
  assert_int_equal(whorl_action_client_destroy(client), WHORL_OK);
  assert_int_equal(whorl_action_client_destroy(stale), WHORL_DESTROYED);
  assert_int_equal(whorl_action_client_wait_for_server(stale), WHORL_DESTROYED);
  assert_false(whorl_action_client_server_is_ready(stale));
  assert_string_equal(whorl_action_client_name(stale), "");
}

static void a_client_that_no_memory_can_be_had_for_leaves_nothing(void **state)
{
  world_t *world = *state;
  int status = WHORL_NO_MEMORY;
  connect_client(world); // what is made once in a process is made now
  assert_int_equal(whorl_action_client_destroy(client), WHORL_OK);
  for (uint64_t nth = 1; status == WHORL_NO_MEMORY; nth++) {
    int64_t blocks = whorl__memory_blocks();
    whorl__memory_fail_at(nth);
    status = whorl_action_client_create(world->client_node, FIBONACCI, "fibonacci", NULL, &client);
    whorl__memory_fail_at(0);
    if (status == WHORL_NO_MEMORY) assert_int_equal(whorl__memory_blocks(), blocks);
  }
  assert_int_equal(status, WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      WORLD_TEST(a_goal_step_by_step_with_its_feedback_as_a_stream),
      WORLD_TEST(a_goal_is_cancelled_and_what_cannot_be_is_told),
      WORLD_TEST(a_server_may_refuse_to_cancel),
      WORLD_TEST(all_goals_are_cancelled_at_once),
      WORLD_TEST(each_step_can_be_a_future),
      WORLD_TEST(a_goal_that_is_not_answered_is_given_up_in_time),
      WORLD_TEST(a_server_is_waited_for),
      WORLD_TEST(a_server_is_waited_for_with_its_topics),
      WORLD_TEST(bad_calls),
      WORLD_TEST(a_client_that_no_memory_can_be_had_for_leaves_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
