// A lamp with a service to switch it. Until Ctrl-C.
#include <stdio.h>

#include <rosidl_runtime_c/string_functions.h>
#include <std_srvs/srv/set_bool.h>
#include <whorl/whorl.h>

static int on_switch(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const std_srvs__srv__SetBool_Request *wanted = request;
  std_srvs__srv__SetBool_Response *answer = response;
  (void)call, (void)arg;
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(20))); // the relay takes its time; the thread goes on with other work
  printf("%s\n", wanted->data ? "on" : "off");
  answer->success = true;
  return rosidl_runtime_c__String__assign(&answer->message, wanted->data ? "the lamp is on" : "the lamp is off") ? WHORL_OK
                                                                                                                 : WHORL_NO_MEMORY;
}

static int app(whorl_context_t context, void *arg)
{
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(context, "lamp", NULL, &node));
  WHORL_TRY(whorl_service_create(node, WHORL_SERVICE(std_srvs, srv, SetBool), "switch", on_switch, arg, NULL, NULL));
  return whorl_node_run(node);
}

int main(int argc, char **argv)
{
  setvbuf(stdout, NULL, _IOLBF, 0);
  return whorl_main(argc, argv, app, NULL);
}
