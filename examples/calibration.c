// A node that lives as long as a block of code needs it: listens to a scale for ten readings, and is gone. The scale, another node of this program, stays.
#include <stdio.h>

#include <std_msgs/msg/float64.h>
#include <whorl/whorl.h>

#define LOAD WHORL_MESSAGE(std_msgs, msg, Float64)

// --- The scale

typedef struct scale {
  whorl_publisher_t publisher;
  int readings;
} scale_t;

static int on_reading(const whorl_timer_info_t *info, void *arg)
{
  scale_t *scale = arg;
  const std_msgs__msg__Float64 load = {.data = 0.25 + (scale->readings++ % 2 == 0 ? 0.01 : -0.01)}; // it should be 0
  (void)info;
  return whorl_publish(scale->publisher, &load);
}

static int scale_create(whorl_context_t context, scale_t *scale, whorl_node_t *ret_node)
{
  WHORL_TRY(whorl_node_create(context, "scale", NULL, ret_node));
  WHORL_TRY(whorl_publisher_create(*ret_node, LOAD, "load", NULL, &scale->publisher));
  return whorl_timer_create(*ret_node, WHORL_MILLISECONDS(10), on_reading, scale, NULL, NULL);
}

// --- The calibration

enum { READINGS = 10 };

typedef struct calibration {
  double sum;
  int count;
  whorl_event_t enough;
} calibration_t;

static int on_load(const void *message, const whorl_message_info_t *info, void *arg)
{
  calibration_t *calibration = arg;
  const std_msgs__msg__Float64 *load = message;
  (void)info;
  if (calibration->count == READINGS) return WHORL_OK;
  calibration->sum += load->data;
  return ++calibration->count == READINGS ? whorl_event_set(calibration->enough) : WHORL_OK;
}

static int wait_for_readings(const calibration_t *calibration) // any code that suspends
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_SECONDS(10));
  return whorl_timeout_close(&timeout, whorl_event_wait(calibration->enough));
}

static int calibrate(whorl_context_t context, double *ret_offset)
{
  calibration_t calibration = {.count = 0};
  whorl_node_t node;
  WHORL_TRY(whorl_event_create(NULL, &calibration.enough));
  WHORL_TRY(whorl_node_create(context, "calibration", NULL, &node));
  WHORL_TRY(whorl_subscription_create(node, LOAD, "load", on_load, &calibration, NULL, NULL));
  WHORL_TRY(whorl_node_open(node)); // callbacks run from here on
  int status = wait_for_readings(&calibration);
  status = whorl_node_close(node, status); // cancels and waits for every callback; first error wins, none is lost
  (void)whorl_node_destroy(node);
  (void)whorl_event_destroy(calibration.enough);
  if (status == WHORL_OK) *ret_offset = calibration.sum / READINGS;
  return status;
}

static int app(whorl_context_t context, void *arg)
{
  double offset;
  whorl_node_t scale;
  WHORL_TRY(scale_create(context, arg, &scale));
  WHORL_TRY(whorl_node_open(scale));
  int status = calibrate(context, &offset);
  if (status == WHORL_OK) printf("the scale is off by %.2f\n", offset);
  return whorl_node_close(scale, status);
}

int main(int argc, char **argv)
{
  scale_t scale = {.readings = 0};
  return whorl_main(argc, argv, app, &scale);
}
