// A node with a message of an interface package, in a simulated world: it compiles, links, finds its libraries and publishes.
#include <std_msgs/msg/string.h>
#include <stdio.h>
#include <whorl/whorl.h>

static int publish(void)
{
  whorl_simulation_t world;
  whorl_node_t node;
  whorl_publisher_t publisher;
  WHORL_TRY(whorl_simulation_create(1, &world));
  WHORL_TRY(whorl_node_create(whorl_simulation_context(world), "consumer", NULL, &node));
  WHORL_TRY(whorl_publisher_create(node, WHORL_MESSAGE(std_msgs, msg, String), "chatter", NULL, &publisher));
  std_msgs__msg__String message;
  if (!std_msgs__msg__String__init(&message)) return WHORL_NO_MEMORY;
  int status = whorl_publish(publisher, &message);
  std_msgs__msg__String__fini(&message);
  WHORL_TRY(status);
  return whorl_simulation_destroy(world);
}

int main(void)
{
  int status = publish();
  printf("%s %s\n", whorl_status_name(status), whorl_detail());
  return status < 0;
}
