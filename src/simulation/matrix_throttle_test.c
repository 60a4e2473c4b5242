// The matrix (node/matrix.h) of a publish that the middleware would not take yet: it pauses and tries again (node/throttle.h), over the simulated network of its world.
#include <std_msgs/msg/int32.h>

#include "node/matrix.h"
#include "simulation/simulation.h"

#define INT32 WHORL_MESSAGE(std_msgs, msg, Int32)
enum { FOR_EVER = 1000000000 };

static whorl_publisher_t publisher;
static whorl_subscription_t subscription; // of a process that nobody shuts down, in a node that nobody opens: it counts
static bool listens;
static int published;

static int throttle(unsigned writes)
{
  whorl__simulation_t *simulation;
  WHORL_TRY(whorl__simulation_pin(world.simulation, &simulation));
  whorl__sim_throttle(simulation->network, writes);
  whorl__simulation_unpin(world.simulation);
  return WHORL_OK;
}

static int ignore(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_OK;
}

static int make_publisher(void)
{
  whorl_context_t elsewhere;
  whorl_node_t listener;
  listens = false;
  published = 0;
  WHORL_TRY(whorl_simulation_create_context(world.simulation, &elsewhere));
  WHORL_TRY(whorl_node_create(elsewhere, "listener", NULL, &listener));
  WHORL_TRY(whorl_subscription_create(listener, INT32, "numbers", ignore, NULL, NULL, &subscription));
  WHORL_TRY(whorl_publisher_create(cell.node, INT32, "numbers", NULL, &publisher));
  listens = true;
  return throttle(FOR_EVER);
}

static int publish_number(void)
{
  int status = whorl_publish(publisher, &(std_msgs__msg__Int32){.data = 1});
  published += status == WHORL_OK;
  return status;
}

static int take_what_comes(void) { return throttle(0); }
static int destroy_publisher(void) { return whorl_publisher_destroy(publisher); }

static void count_messages(void)
{
  whorl_subscription_counts_t counts = {0};
  CELL_INT(WHORL_OK, throttle(0));
  if (!listens) return;
  (void)whorl_sleep(1); // what is on its way arrives
  CELL_INT(WHORL_OK, whorl_subscription_read_counts(subscription, &counts));
  CELL_INT(published, (int64_t)counts.received); // R4: what was cancelled was not sent
}

static const awaitable_t rows[] = {
    {.name = "throttled publish",
     .make = make_publisher,
     .wait = publish_number,
     .complete = take_what_comes,
     .notices_within_ns = WHORL_MILLISECONDS(13), // its longest pause
     .destroy = destroy_publisher,
     .canceled_is = WHORL_CANCELED,
     .shutdown_is = WHORL_CANCELED,
     .unmake = count_messages},
};

int main(void)
{
  schedule_drive = drive_by_a_simulation;
  return run_matrix(rows, sizeof rows / sizeof rows[0]);
}
