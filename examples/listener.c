// Prints what it hears on /chatter, until Ctrl-C.
#include <stdio.h>

#include <std_msgs/msg/string.h>
#include <whorl/whorl.h>

static int on_chatter(const void *message, const whorl_message_info_t *info, void *arg)
{
  const std_msgs__msg__String *chatter = message;
  (void)info;
  (void)arg;
  printf("heard %s\n", chatter->data.data);
  return WHORL_OK;
}

static int app(whorl_context_t context, void *arg)
{
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(context, "listener", NULL, &node));
  WHORL_TRY(whorl_subscription_create(node, WHORL_MESSAGE(std_msgs, msg, String), "chatter", on_chatter, arg, NULL, NULL));
  return whorl_node_run(node);
}

int main(int argc, char **argv)
{
  setvbuf(stdout, NULL, _IOLBF, 0);
  return whorl_main(argc, argv, app, NULL);
}
