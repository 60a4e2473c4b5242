// A serial port in the ROS graph: each line that the device says is published on one topic, each message of another topic is a line for the device. Until Ctrl-C or until the device is gone.
// usage: serial_bridge <device> <topic for what it says> <topic for what it is told>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <rosidl_runtime_c/string_functions.h>
#include <std_msgs/msg/string.h>
#include <whorl/whorl.h>

typedef struct bridge {
  const char *device, *said, *told; // path and topics
  int fd;                           // non-blocking
  whorl_publisher_t publisher;
  whorl_channel_t lines; // for the device; char *
  char line[256];        // what the device has said of a line so far
  size_t length;
} bridge_t;

// --- From the device

static int publish_line(bridge_t *bridge)
{
  std_msgs__msg__String *message = whorl_publisher_borrow(bridge->publisher);
  if (message == NULL) return WHORL_NO_MEMORY;
  bool copied = rosidl_runtime_c__String__assignn(&message->data, bridge->line, bridge->length);
  int status = copied ? whorl_publish_borrowed(bridge->publisher, message) : WHORL_NO_MEMORY;
  if (status < 0) whorl_publisher_return(bridge->publisher, message);
  bridge->length = 0;
  return status;
}

static int take_bytes(bridge_t *bridge, const char *bytes, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    if (bytes[i] != '\n') bridge->line[bridge->length++] = bytes[i];
    if (bytes[i] == '\n' || bridge->length == sizeof bridge->line) WHORL_TRY(publish_line(bridge));
  }
  return WHORL_OK;
}

static int read_serial(void *arg) // one task of the node's scope
{
  bridge_t *bridge = arg;
  char bytes[256];
  for (;;) {
    ssize_t count = read(bridge->fd, bytes, sizeof bytes);
    if (count > 0)
      WHORL_TRY(take_bytes(bridge, bytes, (size_t)count));
    else if (count == 0)
      return WHORL_CLOSED;
    else if (errno == EAGAIN)
      WHORL_TRY(whorl_wait_readable(bridge->fd));
    else
      return whorl_status_from_errno(errno);
  }
}

// --- To the device

static int write_all(int fd, const char *bytes, size_t length)
{
  while (length > 0) {
    ssize_t count = write(fd, bytes, length);
    if (count >= 0) {
      bytes += count;
      length -= (size_t)count;
    } else if (errno == EAGAIN)
      WHORL_TRY(whorl_wait_writable(fd));
    else
      return whorl_status_from_errno(errno);
  }
  return WHORL_OK;
}

static int write_serial(void *arg) // another one
{
  bridge_t *bridge = arg;
  for (;;) {
    void *line;
    WHORL_TRY(whorl_channel_receive(bridge->lines, &line));
    int status = write_all(bridge->fd, line, strlen(line));
    free(line);
    WHORL_TRY(status);
  }
}

// A slow device makes the channel full, then the callback waits, then messages wait in the subscription's history: nothing grows.
static int on_told(const void *message, const whorl_message_info_t *info, void *arg)
{
  const std_msgs__msg__String *told = message;
  bridge_t *bridge = arg;
  (void)info;
  char *line = malloc(told->data.size + 2);
  if (line == NULL) return WHORL_NO_MEMORY;
  sprintf(line, "%s\n", told->data.data);
  int status = whorl_channel_send(bridge->lines, line);
  if (status < 0) free(line); // it is still ours
  return status;
}

// --- The program

static int open_serial(bridge_t *bridge)
{
  struct termios settings;
  bridge->fd = open(bridge->device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (bridge->fd < 0) return whorl_status_from_errno(errno);
  if (tcgetattr(bridge->fd, &settings) < 0) return WHORL_OK; // no terminal: a pipe or socket will do
  cfmakeraw(&settings);
  return tcsetattr(bridge->fd, TCSANOW, &settings) < 0 ? whorl_status_from_errno(errno) : WHORL_OK;
}

static int run(whorl_context_t context, bridge_t *bridge)
{
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(context, "serial_bridge", NULL, &node));
  WHORL_TRY(whorl_publisher_create(node, WHORL_MESSAGE(std_msgs, msg, String), bridge->said, NULL, &bridge->publisher));
  WHORL_TRY(whorl_subscription_create(node, WHORL_MESSAGE(std_msgs, msg, String), bridge->told, on_told, bridge, NULL, NULL));
  WHORL_TRY(whorl_node_open(node));
  int status = whorl_node_spawn(node, read_serial, bridge); // both end with the node; an error of theirs ends the node
  if (status == WHORL_OK) status = whorl_node_spawn(node, write_serial, bridge);
  if (status == WHORL_OK) {
    printf("bridging %s\n", bridge->device);
    status = whorl_sleep(WHORL_FOREVER);
  }
  return whorl_node_close(node, status);
}

static int app(whorl_context_t context, void *arg)
{
  bridge_t *bridge = arg;
  WHORL_TRY(whorl_channel_create(8, &(whorl_channel_options_t){.name = "lines", .release = free}, &bridge->lines));
  int status = open_serial(bridge);
  if (status == WHORL_OK) status = run(context, bridge);
  if (bridge->fd >= 0) close(bridge->fd);
  (void)whorl_channel_destroy(bridge->lines);
  return status;
}

int main(int argc, char **argv)
{
  if (argc < 4) {
    fprintf(stderr, "usage: %s <device> <topic for what it says> <topic for what it is told>\n", argv[0]);
    return 2;
  }
  bridge_t bridge = {.device = argv[1], .said = argv[2], .told = argv[3], .fd = -1};
  setvbuf(stdout, NULL, _IOLBF, 0);
  return whorl_main(argc, argv, app, &bridge);
}
