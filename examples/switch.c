// Switches the lamp of lamp.c on or off, and gives it two seconds for that. usage: switch on|off
#include <stdio.h>
#include <string.h>

#include <std_srvs/srv/set_bool.h>
#include <whorl/whorl.h>

static int app(whorl_context_t context, void *arg)
{
  whorl_node_t node;
  whorl_client_t client;
  WHORL_TRY(whorl_node_create(context, "switch", NULL, &node));
  WHORL_TRY(whorl_client_create(node, WHORL_SERVICE(std_srvs, srv, SetBool), "switch", NULL, &client));

  const std_srvs__srv__SetBool_Request request = {.data = strcmp(arg, "on") == 0};
  std_srvs__srv__SetBool_Response response = {0};
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_SECONDS(2));
  int status = whorl_client_call(client, &request, &response); // this task waits; the thread does not
  status = whorl_timeout_close(&timeout, status);
  if (status == WHORL_TIMED_OUT) puts("no answer within two seconds");
  if (status == WHORL_OK) puts(response.message.data);
  std_srvs__srv__SetBool_Response__fini(&response);
  return status;
}

int main(int argc, char **argv)
{
  if (argc < 2) {
    fprintf(stderr, "usage: %s on|off\n", argv[0]);
    return 2;
  }
  return whorl_main(argc, argv, app, argv[1]);
}
