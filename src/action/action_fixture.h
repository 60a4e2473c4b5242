// For tests of actions: a world with a server's node and a client's node, and what a client of the action sees, as one line of words.
#ifndef WHORL_ACTION_ACTION_FIXTURE_H
#define WHORL_ACTION_ACTION_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <action_msgs/msg/goal_status_array.h>
#include <action_msgs/srv/cancel_goal.h>
#include <example_interfaces/action/fibonacci.h>
#include <rosidl_runtime_c/primitives_sequence_functions.h>
#include <whorl/whorl.h>

typedef example_interfaces__action__Fibonacci_Goal goal_message_t;
typedef example_interfaces__action__Fibonacci_Result result_message_t;
typedef example_interfaces__action__Fibonacci_Feedback feedback_message_t;
#define FIBONACCI WHORL_ACTION(example_interfaces, Fibonacci)
#define MS WHORL_MILLISECONDS

// --- What was seen: words joined by blanks.
static char seen[1 << 16];
__attribute__((format(printf, 1, 2))) static inline void saw(const char *format, ...)
{
  size_t length = strlen(seen);
  if (length > 0 && length + 1 < sizeof seen) seen[length++] = ' ';
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(seen + length, sizeof seen - length, format, arguments);
  va_end(arguments);
}
#define assert_seen(expected) assert_string_equal((expected), seen)

typedef struct world {
  whorl_simulation_t simulation;
  whorl_context_t context;
  whorl_node_t server_node, client_node;
  whorl_action_server_t server;
  whorl_event_t event; // for the test's own use
  whorl_goal_t goals[16];
  size_t goal_count;
  int executed, answer;
  int (*body)(struct world *world);
  // The action's parts, for those who speak to the server without a client of ours.
  whorl_client_t send_goal, cancel_goal, get_result;
} world_t;

static inline int world_setup(void **state)
{
  static world_t world;
  memset(&world, 0, sizeof world);
  seen[0] = '\0';
  assert_int_equal(whorl_simulation_create(1, &world.simulation), WHORL_OK);
  world.context = whorl_simulation_context(world.simulation);
  assert_int_equal(whorl_node_create(world.context, "server", NULL, &world.server_node), WHORL_OK);
  assert_int_equal(whorl_node_create(world.context, "client", NULL, &world.client_node), WHORL_OK);
  assert_int_equal(whorl_event_create(NULL, &world.event), WHORL_OK);
  *state = &world;
  return 0;
}

static inline int world_teardown(void **state)
{
  world_t *world = *state;
  whorl_event_destroy(world->event);
  return whorl_simulation_destroy(world->simulation);
}

static inline int world_run_client(void *arg)
{
  world_t *world = arg;
  WHORL_TRY(whorl_node_open(world->client_node));
  return whorl_node_close(world->client_node, world->body(world));
}

static inline int world_run_both(void *arg)
{
  world_t *world = arg;
  WHORL_TRY(whorl_node_open(world->server_node));
  return whorl_node_close(world->server_node, world_run_client(arg));
}

// server open { client open { body } }; the outer close's result.
static inline int world_with(world_t *world, int (*body)(world_t *world))
{
  world->body = body;
  return whorl_simulation_run(world->simulation, world_run_both, world);
}

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)

// --- A server of Fibonacci numbers, a feedback every 10 ms
static inline int tell_so_far(whorl_goal_t goal, const result_message_t *result)
{
  feedback_message_t feedback = {.sequence = result->sequence};
  return whorl_goal_publish_feedback(goal, &feedback);
}

static inline int count_up(whorl_goal_t goal, int order, result_message_t *result)
{
  rosidl_runtime_c__int32__Sequence__fini(&result->sequence);
  if (!rosidl_runtime_c__int32__Sequence__init(&result->sequence, (size_t)order)) return WHORL_NO_MEMORY;
  int32_t *numbers = result->sequence.data;
  for (int i = 0; i < order; i++) {
    result->sequence.size = (size_t)i;
    WHORL_TRY(whorl_sleep(MS(10)));
    numbers[i] = i < 2 ? i : (int32_t)((uint32_t)numbers[i - 1] + (uint32_t)numbers[i - 2]);
    result->sequence.size = (size_t)i + 1;
    WHORL_TRY(tell_so_far(goal, result));
  }
  return WHORL_OK;
}

static inline int on_execute(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  ((world_t *)arg)->executed++;
  return count_up(goal, ((const goal_message_t *)message)->order, result);
}

static inline int on_goal(whorl_goal_t goal, const void *message, void *arg)
{
  world_t *world = arg;
  (void)message;
  world->goals[world->goal_count++ % 16] = goal;
  return world->answer;
}

static inline void world_serve(world_t *world, whorl_goal_execute_callback_t execute, const whorl_action_server_options_t *options)
{
  assert_int_equal(whorl_action_server_create(world->server_node, FIBONACCI, "fibonacci", execute, world, options, &world->server),
                   WHORL_OK);
}

static inline whorl_action_server_counts_t counts_of(const world_t *world)
{
  whorl_action_server_counts_t counts = {0};
  (void)whorl_action_server_read_counts(world->server, &counts);
  return counts;
}

#endif
