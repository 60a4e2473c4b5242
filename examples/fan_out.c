// Twelve calls at once to a service that takes on four at a time: max_in_flight is the limit, the rest waits its turn.
#include <stdio.h>

#include <std_srvs/srv/trigger.h>
#include <whorl/whorl.h>

enum { CALLS = 12, AT_A_TIME = 4 };

#define TRIGGER WHORL_SERVICE(std_srvs, srv, Trigger)

typedef struct program {
  whorl_client_t client;
  int answers;
  int busy, most_busy; // handlers; all of this is touched by one thread only
} program_t;

static int on_job(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  program_t *program = arg;
  (void)request, (void)call;
  if (++program->busy > program->most_busy) program->most_busy = program->busy;
  int status = whorl_sleep(WHORL_MILLISECONDS(50)); // the job
  program->busy--;
  ((std_srvs__srv__Trigger_Response *)response)->success = true;
  return status;
}

static int order_a_job(void *arg)
{
  program_t *program = arg;
  const std_srvs__srv__Trigger_Request request = {0};
  std_srvs__srv__Trigger_Response response = {0};
  int status = whorl_client_call(program->client, &request, &response);
  if (status == WHORL_OK && response.success) program->answers++;
  std_srvs__srv__Trigger_Response__fini(&response);
  return status;
}

static int order_them_all(program_t *program)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < CALLS; i++) whorl_task_group_spawn(&group, order_a_job, program);
  return whorl_task_group_close(&group, WHORL_OK); // all answers, or the first error
}

static int app(whorl_context_t context, void *arg)
{
  program_t *program = arg;
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(context, "fan_out", NULL, &node));
  WHORL_TRY(whorl_client_create(node, TRIGGER, "job", NULL, &program->client));
  WHORL_TRY(whorl_service_create(node, TRIGGER, "job", on_job, program, &(whorl_service_options_t){.max_in_flight = AT_A_TIME}, NULL));
  WHORL_TRY(whorl_node_open(node));
  int status = order_them_all(program);
  if (status == WHORL_OK) printf("%d answers, %d jobs at a time\n", program->answers, program->most_busy);
  return whorl_node_close(node, status);
}

int main(int argc, char **argv)
{
  program_t program = {.answers = 0};
  return whorl_main(argc, argv, app, &program);
}
