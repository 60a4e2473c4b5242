// Five services in a chain, all on one thread: the handler of each calls the next one and waits for it, while that one's handler runs. No callback groups, no second thread, no dead-lock.
#include <stdio.h>

#include <rosidl_runtime_c/string_functions.h>
#include <std_srvs/srv/trigger.h>
#include <whorl/whorl.h>

enum { LINKS = 5 };

#define TRIGGER WHORL_SERVICE(std_srvs, srv, Trigger)

typedef struct link {
  int number;          // 1 to LINKS
  whorl_client_t next; // of the service of the link after this one
} link_t;

static bool assign(rosidl_runtime_c__String *text, int number, const char *rest)
{
  char all[64];
  snprintf(all, sizeof all, "%d %s", number, rest);
  return rosidl_runtime_c__String__assign(text, all);
}

static int call(whorl_client_t client, std_srvs__srv__Trigger_Response *response)
{
  const std_srvs__srv__Trigger_Request request = {0};
  return whorl_client_call(client, &request, response);
}

static int on_call(const void *request, void *response, whorl_service_call_t request_id, void *arg)
{
  const link_t *link = arg;
  std_srvs__srv__Trigger_Response *answer = response, next = {0};
  (void)request, (void)request_id;
  int status = link->number < LINKS ? call(link->next, &next) : WHORL_OK;
  answer->success = link->number == LINKS || next.success;
  if (status == WHORL_OK && !assign(&answer->message, link->number, next.message.data != NULL ? next.message.data : "and back"))
    status = WHORL_NO_MEMORY;
  std_srvs__srv__Trigger_Response__fini(&next);
  return status;
}

static int link_create(whorl_node_t node, int number, link_t *link)
{
  char own[16], next[16];
  snprintf(own, sizeof own, "link_%d", number);
  snprintf(next, sizeof next, "link_%d", number + 1);
  link->number = number;
  WHORL_TRY(whorl_client_create(node, TRIGGER, next, NULL, &link->next));
  return whorl_service_create(node, TRIGGER, own, on_call, link, NULL, NULL);
}

static int app(whorl_context_t context, void *arg)
{
  link_t *links = arg; // the zeroth calls from outside
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(context, "chain", NULL, &node));
  for (int i = 1; i <= LINKS; i++) WHORL_TRY(link_create(node, i, &links[i]));
  WHORL_TRY(whorl_client_create(node, TRIGGER, "link_1", NULL, &links[0].next));
  WHORL_TRY(whorl_node_open(node));
  std_srvs__srv__Trigger_Response response = {0};
  int status = call(links[0].next, &response);
  if (status == WHORL_OK) puts(response.message.data);
  std_srvs__srv__Trigger_Response__fini(&response);
  return whorl_node_close(node, status);
}

int main(int argc, char **argv)
{
  link_t links[LINKS + 1] = {0};
  return whorl_main(argc, argv, app, links);
}
