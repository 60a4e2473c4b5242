// For tests of action clients: one client, and what it hears.
#ifndef WHORL_ACTION_CLIENT_FIXTURE_H
#define WHORL_ACTION_CLIENT_FIXTURE_H

#include "action/action_fixture.h"

static whorl_action_client_t client;

static inline void connect_client(world_t *world)
{
  assert_int_equal(whorl_action_client_create(world->client_node, FIBONACCI, "fibonacci", NULL, &client), WHORL_OK);
}

static inline void saw_numbers(const char *word, const rosidl_runtime_c__int32__Sequence *numbers)
{
  char text[256];
  int length = snprintf(text, sizeof text, "%s", word);
  for (size_t i = 0; i < numbers->size && i < 20; i++)
    length += snprintf(text + length, sizeof text - (size_t)length, "%s%d", i > 0 ? "," : ":", numbers->data[i]);
  saw("%s", text);
}

static inline int hear(const whorl_goal_id_t *id, const void *feedback, void *arg)
{
  (void)id, (void)arg;
  saw("%zu", ((const feedback_message_t *)feedback)->sequence.size);
  return WHORL_OK;
}

static const whorl_action_call_options_t hearing __attribute__((unused)) = {.on_feedback = hear};

static inline int call_for(int order, const whorl_action_call_options_t *options)
{
  const goal_message_t goal = {.order = order};
  result_message_t result = {0};
  whorl_goal_status_t end = WHORL_GOAL_UNKNOWN;
  int status = whorl_action_client_call(client, &goal, &result, options, &end);
  if (status == WHORL_OK || status == WHORL_UNSUCCESSFUL) saw_numbers(whorl_goal_status_name(end), &result.sequence);
  if (status != WHORL_OK) saw("%s", whorl_status_name(status));
  example_interfaces__action__Fibonacci_Result__fini(&result);
  return status;
}

#endif
