// An action: counts Fibonacci's numbers, one every 100 ms, and tells how far it is. One goal at a time; the others wait. Until Ctrl-C.
#include <stdio.h>

#include <example_interfaces/action/fibonacci.h>
#include <rosidl_runtime_c/primitives_sequence_functions.h>
#include <whorl/whorl.h>

typedef example_interfaces__action__Fibonacci_Goal goal_t;
typedef example_interfaces__action__Fibonacci_Result result_t;
typedef example_interfaces__action__Fibonacci_Feedback feedback_t;

static int on_goal(whorl_goal_t goal, const void *message, void *arg)
{
  int order = ((const goal_t *)message)->order;
  (void)goal, (void)arg;
  return order > 0 && order <= 46 ? WHORL_GOAL_ACCEPT : WHORL_GOAL_REJECT; // more do not fit into 32 bits
}

static int count(whorl_goal_t goal, int order, rosidl_runtime_c__int32__Sequence *numbers)
{
  if (!rosidl_runtime_c__int32__Sequence__init(numbers, (size_t)order)) return WHORL_NO_MEMORY;
  numbers->size = 0;
  for (int i = 0; i < order; i++) {
    WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(100))); // CANCELED when the goal is
    numbers->data[i] = i < 2 ? i : numbers->data[i - 1] + numbers->data[i - 2];
    numbers->size++;
    const feedback_t feedback = {.sequence = *numbers};
    WHORL_TRY(whorl_goal_publish_feedback(goal, &feedback));
  }
  return WHORL_OK;
}

static int execute(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  result_t *numbers = result;
  int order = ((const goal_t *)message)->order;
  (void)arg;
  printf("counting to %d\n", order);
  int status = count(goal, order, &numbers->sequence);
  printf(status == WHORL_CANCELED ? "canceled after %zu\n" : "counted %zu\n", numbers->sequence.size);
  return status; // the result goes out either way
}

static int app(whorl_context_t context, void *arg)
{
  const whorl_action_server_options_t options = {.on_goal = on_goal};
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(context, "fibonacci_server", NULL, &node));
  WHORL_TRY(whorl_action_server_create(node, WHORL_ACTION(example_interfaces, Fibonacci), "fibonacci", execute, arg, &options, NULL));
  return whorl_node_run(node);
}

int main(int argc, char **argv)
{
  setvbuf(stdout, NULL, _IOLBF, 0);
  return whorl_main(argc, argv, app, NULL);
}
