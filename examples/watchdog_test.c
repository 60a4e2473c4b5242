// A test of one's own node: no network, no waiting, the same every time.
//
// The node drives a motor as commanded, and stops it when no command has come for half a second. The test plays the controller, in a process of its own,
// on a network that loses messages, is cut, or whose other end dies.
#include <stdio.h>

#include <std_msgs/msg/float64.h>
#include <whorl/whorl.h>

#define SPEED WHORL_MESSAGE(std_msgs, msg, Float64)

// --- the node under test: it knows nothing of simulations

typedef struct motor {
  double speed;
  int stops; // by the watchdog
  whorl_timer_t watchdog;
} motor_t;

static int on_command(const void *message, const whorl_message_info_t *info, void *arg)
{
  motor_t *motor = arg;
  const std_msgs__msg__Float64 *command = message;
  (void)info;
  motor->speed = command->data;
  return whorl_timer_reset(motor->watchdog); // half a second from now
}

static int on_silence(const whorl_timer_info_t *info, void *arg)
{
  motor_t *motor = arg;
  (void)info;
  if (motor->speed != 0) motor->stops++;
  motor->speed = 0;
  return WHORL_OK;
}

static int motor_create(whorl_context_t context, motor_t *motor)
{
  whorl_node_t node;
  const whorl_subscription_options_t options = {.qos = &WHORL_QOS_SENSOR_DATA};
  WHORL_TRY(whorl_node_create(context, "motor", NULL, &node));
  WHORL_TRY(whorl_timer_create(node, WHORL_MILLISECONDS(500), on_silence, motor, NULL, &motor->watchdog));
  return whorl_subscription_create(node, SPEED, "speed", on_command, motor, &options, NULL);
}

// --- the other end: ten commands a second

static int send_command(const whorl_timer_info_t *info, void *arg)
{
  const std_msgs__msg__Float64 command = {.data = 1.5};
  (void)info;
  return whorl_publish(*(whorl_publisher_t *)arg, &command);
}

static int controller_create(whorl_context_t context, whorl_publisher_t *publisher)
{
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(context, "controller", NULL, &node));
  WHORL_TRY(whorl_publisher_create(node, SPEED, "speed", NULL, publisher));
  return whorl_timer_create(node, WHORL_MILLISECONDS(100), send_command, publisher, NULL, NULL);
}

// --- the tests

typedef struct world {
  whorl_simulation_t simulation;
  whorl_context_t robot, desk;
  motor_t motor;
  whorl_publisher_t publisher;
} world_t;

static int world_create(world_t *world, uint64_t seed)
{
  *world = (world_t){.motor.speed = 0};
  WHORL_TRY(whorl_simulation_create(seed, &world->simulation));
  world->robot = whorl_simulation_context(world->simulation);
  WHORL_TRY(whorl_simulation_create_context(world->simulation, &world->desk));
  WHORL_TRY(motor_create(world->robot, &world->motor));
  return controller_create(world->desk, &world->publisher);
}

#define CHECK(condition) \
  if (!(condition)) return printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition), WHORL_WRONG_STATE

static int a_minute_of_commands_keeps_it_running(world_t *world)
{
  WHORL_TRY(whorl_simulation_run_for(world->simulation, WHORL_SECONDS(60)));
  CHECK(world->motor.speed == 1.5);
  CHECK(world->motor.stops == 0);
  return WHORL_OK;
}

static int a_dead_controller_stops_it(world_t *world)
{
  WHORL_TRY(whorl_simulation_run_for(world->simulation, WHORL_SECONDS(1)));
  WHORL_TRY(whorl_simulation_kill(world->simulation, world->desk));
  WHORL_TRY(whorl_simulation_run_for(world->simulation, WHORL_MILLISECONDS(499)));
  CHECK(world->motor.speed == 1.5);
  WHORL_TRY(whorl_simulation_run_for(world->simulation, WHORL_MILLISECONDS(1)));
  CHECK(world->motor.speed == 0);
  return WHORL_OK;
}

static int a_cut_network_stops_it_until_it_is_mended(world_t *world)
{
  WHORL_TRY(whorl_simulation_run_for(world->simulation, WHORL_SECONDS(1)));
  WHORL_TRY(whorl_simulation_partition(world->simulation, &world->robot, 1));
  WHORL_TRY(whorl_simulation_run_for(world->simulation, WHORL_SECONDS(30)));
  CHECK(world->motor.speed == 0);
  WHORL_TRY(whorl_simulation_heal(world->simulation));
  WHORL_TRY(whorl_simulation_run_for(world->simulation, WHORL_MILLISECONDS(100)));
  CHECK(world->motor.speed == 1.5);
  CHECK(world->motor.stops == 1);
  return WHORL_OK;
}

static int a_few_lost_do_not_stop_it(world_t *world)
{
  const whorl_simulation_network_t radio = {
      .link = {.delay_ns = WHORL_MILLISECONDS(5), .delay_spread_ns = WHORL_MILLISECONDS(20), .loss = 0.03}};
  WHORL_TRY(whorl_simulation_set_network(world->simulation, &radio));
  return a_minute_of_commands_keeps_it_running(world);
}

static int most_lost_stops_it_now_and_then(world_t *world)
{
  WHORL_TRY(whorl_simulation_set_network(world->simulation, &(whorl_simulation_network_t){.link = {.loss = 0.8}}));
  WHORL_TRY(whorl_simulation_run_for(world->simulation, WHORL_SECONDS(60)));
  CHECK(world->motor.stops > 10);
  return WHORL_OK;
}

static int run_test(const char *name, int (*test)(world_t *world))
{
  int failures = 0;
  for (uint64_t seed = 1; seed <= 5; seed++) {
    world_t world;
    int status = world_create(&world, seed);
    if (status == WHORL_OK) status = test(&world);
    (void)whorl_simulation_destroy(world.simulation);
    if (status == WHORL_OK) continue;
    printf("with seed %d: %s\n", (int)seed, whorl_status_name(status));
    failures++;
  }
  printf("%s %s\n", failures == 0 ? "passed" : "FAILED", name);
  return failures;
}

int main(void)
{
  int failures = 0;
#define RUN(test) failures += run_test(#test, test)
  RUN(a_minute_of_commands_keeps_it_running);
  RUN(a_dead_controller_stops_it);
  RUN(a_cut_network_stops_it_until_it_is_mended);
  RUN(a_few_lost_do_not_stop_it);
  RUN(most_lost_stops_it_now_and_then);
  return failures == 0 ? 0 : 1;
}
