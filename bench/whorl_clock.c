// Simulated time with Whorl: nodes that follow /clock, each with a timer on it that is far from due. Counterpart of floor_clock.c, whose
// source it needs, with ticks a millisecond apart.
// usage: whorl_clock <nodes> <seconds>
#include <stdio.h>
#include <stdlib.h>

#include <whorl/whorl.h>

#include "stopwatch.h"

enum { MOST_NODES = 1000 };

typedef struct follower {
  int count;
  double seconds;
  whorl_node_t nodes[MOST_NODES];
  double cpu_ns, ticks;
} follower_t;

static int on_time(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  return WHORL_WRONG_STATE; // it is days away
}

static int measure(follower_t *follower)
{
  whorl_clock_t clock = whorl_node_clock(follower->nodes[0]);
  WHORL_TRY(whorl_clock_wait_until_started(clock));
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(500)));
  int64_t began_ns = whorl_clock_now_ns(clock), began_cpu_ns = stopwatch_cpu_ns();
  WHORL_TRY(whorl_sleep((int64_t)(follower->seconds * 1e9)));
  follower->cpu_ns = (double)(stopwatch_cpu_ns() - began_cpu_ns);
  follower->ticks = (double)(whorl_clock_now_ns(clock) - began_ns) / 1e6;
  return follower->ticks >= 1 ? WHORL_OK : WHORL_WRONG_STATE;
}

static int open_follower(whorl_context_t context, int number, whorl_node_t *ret_node)
{
  const whorl_node_options_t node_options = {.use_sim_time = true};
  const whorl_timer_options_t timer_options = {.clock = WHORL_CLOCK_ROS};
  char name[24];
  snprintf(name, sizeof name, "follower_%d", number);
  WHORL_TRY(whorl_node_create(context, name, &node_options, ret_node));
  WHORL_TRY(whorl_timer_create(*ret_node, WHORL_SECONDS(1000000), on_time, NULL, &timer_options, NULL));
  return whorl_node_open(*ret_node);
}

static int app(whorl_context_t context, void *arg)
{
  follower_t *follower = arg;
  int status = WHORL_OK, opened = 0;
  while (status == WHORL_OK && opened < follower->count) {
    status = open_follower(context, opened, &follower->nodes[opened]);
    if (status == WHORL_OK) opened++;
  }
  if (status == WHORL_OK) status = measure(follower);
  while (opened > 0) status = whorl_node_close(follower->nodes[--opened], status);
  return status;
}

int main(int argc, char **argv)
{
  static follower_t follower;
  if (argc != 3) return 2;
  follower.count = atoi(argv[1]);
  follower.seconds = strtod(argv[2], NULL);
  if (follower.count < 1 || follower.count > MOST_NODES) return 2;
  int code = whorl_main(1, argv, app, &follower);
  if (code == 0) printf("{\"cpu_us\": %.4f, \"ticks\": %.0f}\n", follower.cpu_ns / 1e3 / follower.ticks, follower.ticks);
  return code;
}
