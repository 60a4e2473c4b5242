// Sends a goal to fibonacci_server, hears how far it is, and prints the result. Ctrl-C takes the goal back before it ends. usage: fibonacci_client <how many>
#include <stdio.h>
#include <stdlib.h>

#include <example_interfaces/action/fibonacci.h>
#include <whorl/whorl.h>

static int hear(const whorl_goal_id_t *id, const void *feedback, void *arg)
{
  const rosidl_runtime_c__int32__Sequence *numbers = &((const example_interfaces__action__Fibonacci_Feedback *)feedback)->sequence;
  (void)id, (void)arg;
  printf("so far %zu\n", numbers->size);
  return WHORL_OK;
}

static int ask(whorl_action_client_t client, int order)
{
  const example_interfaces__action__Fibonacci_Goal goal = {.order = order};
  const whorl_action_call_options_t options = {.on_feedback = hear};
  example_interfaces__action__Fibonacci_Result result = {0};
  int status = whorl_action_client_call(client, &goal, &result, &options, NULL); // cancelled: so is the goal
  if (status == WHORL_OK) printf("the last one is %d\n", result.sequence.data[result.sequence.size - 1]);
  if (status == WHORL_REJECTED) puts("the goal was rejected");
  example_interfaces__action__Fibonacci_Result__fini(&result);
  return status;
}

static int app(whorl_context_t context, void *arg)
{
  whorl_node_t node;
  whorl_action_client_t client;
  WHORL_TRY(whorl_node_create(context, "fibonacci_client", NULL, &node));
  WHORL_TRY(whorl_action_client_create(node, WHORL_ACTION(example_interfaces, Fibonacci), "fibonacci", NULL, &client));
  WHORL_TRY(whorl_node_open(node)); // feedback comes by its callbacks
  return whorl_node_close(node, ask(client, *(const int *)arg));
}

int main(int argc, char **argv)
{
  int order = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 10;
  setvbuf(stdout, NULL, _IOLBF, 0);
  return whorl_main(argc, argv, app, &order);
}
