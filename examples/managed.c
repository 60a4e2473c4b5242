// A managed node: it measures once somebody has configured and activated it, as with `whorl lifecycle set /scanner configure`, then `activate`. Until Ctrl-C.
#include <stdio.h>

#include <std_msgs/msg/int32.h>
#include <whorl/whorl.h>

typedef struct scanner {
  whorl_publisher_t publisher;
  int32_t measured;
} scanner_t;

static int on_configure(whorl_lifecycle_state_t from, void *arg)
{
  (void)from, (void)arg;
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(100))); // it warms up; the thread goes on with other work
  puts("configured");
  return WHORL_OK;
}

static int on_activate(whorl_lifecycle_state_t from, void *arg)
{
  (void)from, (void)arg;
  puts("active");
  return WHORL_OK;
}

static int on_deactivate(whorl_lifecycle_state_t from, void *arg)
{
  (void)from;
  printf("stopped after %d\n", ((const scanner_t *)arg)->measured);
  return WHORL_OK;
}

static int on_tick(const whorl_timer_info_t *info, void *arg)
{
  scanner_t *scanner = arg;
  const std_msgs__msg__Int32 message = {.data = ++scanner->measured};
  (void)info;
  return whorl_publish(scanner->publisher, &message); // goes nowhere while the node is not active
}

static int app(whorl_context_t context, void *arg)
{
  const whorl_lifecycle_callbacks_t callbacks = {.on_configure = on_configure, .on_activate = on_activate, .on_deactivate = on_deactivate};
  scanner_t *scanner = arg;
  whorl_node_t node;
  whorl_lifecycle_t lifecycle;
  WHORL_TRY(whorl_node_create(context, "scanner", NULL, &node));
  WHORL_TRY(whorl_publisher_create(node, WHORL_MESSAGE(std_msgs, msg, Int32), "scans", NULL, &scanner->publisher));
  WHORL_TRY(whorl_timer_create(node, WHORL_MILLISECONDS(100), on_tick, scanner, NULL, NULL));
  WHORL_TRY(whorl_lifecycle_create(node, &callbacks, scanner, NULL, &lifecycle));
  WHORL_TRY(whorl_lifecycle_manage_publisher(lifecycle, scanner->publisher));
  return whorl_node_run(node);
}

int main(int argc, char **argv)
{
  scanner_t scanner = {.measured = 0};
  setvbuf(stdout, NULL, _IOLBF, 0);
  return whorl_main(argc, argv, app, &scanner);
}
