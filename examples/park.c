// A graceful end: Ctrl-C cancels everything, but the arm is first brought to its parking position, for which it has two seconds. A second Ctrl-C kills.
#include <stdio.h>

#include <rosidl_runtime_c/string_functions.h>
#include <std_msgs/msg/string.h>
#include <whorl/whorl.h>

typedef struct arm {
  whorl_publisher_t publisher;
  std_msgs__msg__String state;
  int angle;
} arm_t;

static int turn_to(arm_t *arm, int angle, const char *state)
{
  char text[64];
  arm->angle = angle;
  snprintf(text, sizeof text, "%s at %d", state, angle);
  if (!rosidl_runtime_c__String__assign(&arm->state.data, text)) return WHORL_NO_MEMORY;
  puts(text);
  return whorl_publish(arm->publisher, &arm->state); // goes on after a shutdown
}

static int on_move(const whorl_timer_info_t *info, void *arg)
{
  arm_t *arm = arg;
  (void)info;
  return turn_to(arm, arm->angle < 90 ? arm->angle + 10 : arm->angle, "moving");
}

static int park(void *arg)
{
  arm_t *arm = arg;
  while (arm->angle > 0) {
    WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(20))); // it moves slowly
    WHORL_TRY(turn_to(arm, arm->angle - 10, "parking"));
  }
  return turn_to(arm, 0, "parked");
}

static int app(whorl_context_t context, void *arg)
{
  arm_t *arm = arg;
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(context, "arm", NULL, &node));
  WHORL_TRY(whorl_publisher_create(node, WHORL_MESSAGE(std_msgs, msg, String), "chatter", NULL, &arm->publisher));
  WHORL_TRY(whorl_timer_create(node, WHORL_MILLISECONDS(50), on_move, arm, NULL, NULL));
  WHORL_TRY(whorl_node_open(node));
  int status = whorl_sleep(WHORL_FOREVER);                     // until Ctrl-C, or until a callback fails: CANCELED
  int parked = whorl_with_shield(WHORL_SECONDS(2), park, arm); // what is inside does not see that cancellation
  return whorl_node_close(node, parked < 0 ? parked : status); // a clean shutdown is no error
}

int main(int argc, char **argv)
{
  arm_t arm = {.angle = 0};
  setvbuf(stdout, NULL, _IOLBF, 0);
  int code = whorl_main(argc, argv, app, &arm);
  std_msgs__msg__String__fini(&arm.state);
  return code;
}
