// Says hello on /chatter, ten times a second, until Ctrl-C.
#include <stdio.h>

#include <rosidl_runtime_c/string_functions.h>
#include <std_msgs/msg/string.h>
#include <whorl/whorl.h>

typedef struct talker {
  whorl_publisher_t publisher;
  std_msgs__msg__String chatter;
  int count;
} talker_t;

static int on_tick(const whorl_timer_info_t *info, void *arg)
{
  talker_t *talker = arg;
  char text[64];
  (void)info;
  snprintf(text, sizeof text, "Hello from C: %d", ++talker->count);
  if (!rosidl_runtime_c__String__assign(&talker->chatter.data, text)) return WHORL_NO_MEMORY;
  printf("saying %s\n", text);
  return whorl_publish(talker->publisher, &talker->chatter);
}

static int app(whorl_context_t context, void *arg)
{
  talker_t *talker = arg;
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(context, "talker", NULL, &node));
  WHORL_TRY(whorl_publisher_create(node, WHORL_MESSAGE(std_msgs, msg, String), "chatter", NULL, &talker->publisher));
  WHORL_TRY(whorl_timer_create(node, WHORL_MILLISECONDS(100), on_tick, talker, NULL, NULL));
  return whorl_node_run(node);
}

int main(int argc, char **argv)
{
  talker_t talker = {.count = 0};
  setvbuf(stdout, NULL, _IOLBF, 0);
  int code = whorl_main(argc, argv, app, &talker);
  std_msgs__msg__String__fini(&talker.chatter);
  return code;
}
