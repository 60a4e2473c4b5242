// Calls a service of type std_srvs/srv/Trigger, several times side by side if wanted, and prints what it answers.
// usage: trigger <service> [how often]
#include <stdio.h>
#include <stdlib.h>

#include <std_srvs/srv/trigger.h>
#include <whorl/whorl.h>

typedef struct program {
  const char *service;
  int calls;
  whorl_client_t client;
} program_t;

static int call_it(void *arg)
{
  const program_t *program = arg;
  const std_srvs__srv__Trigger_Request request = {0};
  std_srvs__srv__Trigger_Response response = {0};
  int status = whorl_client_call(program->client, &request, &response); // waits for the service, too
  if (status == WHORL_OK) printf("%s: %s\n", response.success ? "done" : "failed", response.message.data);
  std_srvs__srv__Trigger_Response__fini(&response);
  return status;
}

static int app(whorl_context_t context, void *arg)
{
  program_t *program = arg;
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(context, "trigger", NULL, &node));
  WHORL_TRY(whorl_client_create(node, WHORL_SERVICE(std_srvs, srv, Trigger), program->service, NULL, &program->client));
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < program->calls; i++) whorl_task_group_spawn(&group, call_it, program); // a spawn that fails fails the group
  return whorl_task_group_close(&group, WHORL_OK);
}

int main(int argc, char **argv)
{
  if (argc < 2) {
    fprintf(stderr, "usage: %s <service> [how often]\n", argv[0]);
    return 2;
  }
  program_t program = {.service = argv[1], .calls = argc > 2 ? atoi(argv[2]) : 1};
  return whorl_main(argc, argv, app, &program);
}
