// For tests of action servers: a peer that knows the action's parts alone, its three services and two topics.
#ifndef WHORL_ACTION_PARTS_FIXTURE_H
#define WHORL_ACTION_PARTS_FIXTURE_H

#include "action/action_fixture.h"

typedef example_interfaces__action__Fibonacci_SendGoal_Request send_goal_request_t;
typedef example_interfaces__action__Fibonacci_SendGoal_Response send_goal_response_t;
typedef example_interfaces__action__Fibonacci_GetResult_Request get_result_request_t;
typedef example_interfaces__action__Fibonacci_GetResult_Response get_result_response_t;
typedef example_interfaces__action__Fibonacci_FeedbackMessage feedback_topic_t;

// "[ES]": the status of all goals that the server knows: Accepted, Executing, canceling (X), Succeeded, Canceled, aborted (B).
static inline int on_status(const void *message, const whorl_message_info_t *info, void *arg)
{
  const action_msgs__msg__GoalStatusArray *array = message;
  char text[64] = "";
  (void)info, (void)arg;
  for (size_t i = 0; i < array->status_list.size && i + 1 < sizeof text; i++) text[i] = "?AEXSCB"[array->status_list.data[i].status];
  saw("[%s]", text);
  return WHORL_OK;
}

// "1:3": goal 1 has three numbers.
static inline int on_feedback(const void *message, const whorl_message_info_t *info, void *arg)
{
  const feedback_topic_t *feedback = message;
  (void)info, (void)arg;
  saw("%d:%zu", feedback->goal_id.uuid[0], feedback->feedback.sequence.size);
  return WHORL_OK;
}

#define FEEDBACK WHORL_MESSAGE(example_interfaces, action, Fibonacci_FeedbackMessage)
#define STATUS WHORL_MESSAGE(action_msgs, msg, GoalStatusArray)

static inline void parts_make_clients(world_t *world)
{
  whorl_node_t node = world->client_node;
  assert_int_equal(whorl_client_create(node, WHORL_SERVICE(example_interfaces, action, Fibonacci_SendGoal), "fibonacci/_action/send_goal",
                                       NULL, &world->send_goal),
                   WHORL_OK);
  assert_int_equal(
      whorl_client_create(node, WHORL_SERVICE(action_msgs, srv, CancelGoal), "fibonacci/_action/cancel_goal", NULL, &world->cancel_goal),
      WHORL_OK);
  assert_int_equal(whorl_client_create(node, WHORL_SERVICE(example_interfaces, action, Fibonacci_GetResult), "fibonacci/_action/get_result",
                                       NULL, &world->get_result),
                   WHORL_OK);
}

static inline void parts_connect(world_t *world)
{
  whorl_node_t node = world->client_node;
  whorl_qos_t each = WHORL_QOS_ACTION_STATUS;
  each.depth = 100; // not only the last one of an instant
  const whorl_subscription_options_t statuses = {.qos = &each};
  parts_make_clients(world);
  assert_int_equal(whorl_subscription_create(node, FEEDBACK, "fibonacci/_action/feedback", on_feedback, NULL, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_subscription_create(node, STATUS, "fibonacci/_action/status", on_status, NULL, &statuses, NULL), WHORL_OK);
}

// Goal `number`, whose id begins with it: "accepted" or "rejected".
static inline int ask_goal(world_t *world, int number, int order)
{
  send_goal_request_t request = {.goal_id.uuid = {(uint8_t)number}, .goal.order = order};
  send_goal_response_t response = {0};
  WHORL_TRY(whorl_client_call(world->send_goal, &request, &response));
  saw(response.accepted ? "accepted" : "rejected");
  return WHORL_OK;
}

// "S1,1,2": how it ended, and the numbers.
static inline int ask_result(world_t *world, int number)
{
  get_result_request_t request = {.goal_id.uuid = {(uint8_t)number}};
  get_result_response_t response = {0};
  char text[128];
  WHORL_TRY(whorl_client_call(world->get_result, &request, &response));
  int length = snprintf(text, sizeof text, "%c", "?AEXSCB"[response.status]);
  for (size_t i = 0; i < response.result.sequence.size; i++)
    length += snprintf(text + length, sizeof text - (size_t)length, "%s%d", i > 0 ? "," : "", response.result.sequence.data[i]);
  saw("%s", text);
  get_result_response_t *contents = &response;
  example_interfaces__action__Fibonacci_GetResult_Response__fini(contents);
  return WHORL_OK;
}

// "cancel0(1,2)": the code, and the goals that are being cancelled. `number` 0: all of them, up to a time unless that is 0.
static inline int ask_cancel(world_t *world, int number, int32_t until_s)
{
  action_msgs__srv__CancelGoal_Request request = {.goal_info = {.goal_id.uuid = {(uint8_t)number}, .stamp.sec = until_s}};
  action_msgs__srv__CancelGoal_Response response = {0};
  char text[64] = "";
  int length = 0;
  WHORL_TRY(whorl_client_call(world->cancel_goal, &request, &response));
  for (size_t i = 0; i < response.goals_canceling.size; i++)
    length += snprintf(text + length, sizeof text - (size_t)length, "%s%d", i > 0 ? "," : "",
                       response.goals_canceling.data[i].goal_id.uuid[0]);
  saw("cancel%d(%s)", response.return_code, text);
  action_msgs__srv__CancelGoal_Response__fini(&response);
  return WHORL_OK;
}

#endif
