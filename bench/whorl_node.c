// A node with all that a ROS 2 node brings along: how long its creation takes, and what memory it needs.
// usage: whorl_node time <nodes>: each is destroyed before the next one is made; whorl_node memory <nodes>: all of them stay
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <whorl/whorl.h>

#include "resident.h"
#include "stopwatch.h"

enum { WARM_UP = 5 };

static int measure_time(whorl_context_t context, uint32_t count)
{
  stopwatch_t watch;
  stopwatch_init(&watch, WARM_UP, count);
  for (bool more = true; more;) {
    whorl_node_t node;
    int64_t began_ns = stopwatch_now_ns();
    WHORL_TRY(whorl_node_create(context, "node", NULL, &node));
    more = stopwatch_lap(&watch, stopwatch_now_ns() - began_ns);
    WHORL_TRY(whorl_node_destroy(node));
  }
  stopwatch_print(&watch);
  return WHORL_OK;
}

static int measure_memory(whorl_context_t context, uint32_t count)
{
  int64_t before = resident_bytes();
  for (uint32_t i = 0; i < count; i++) {
    char name[32];
    whorl_node_t node;
    snprintf(name, sizeof name, "node_%u", i);
    WHORL_TRY(whorl_node_create(context, name, NULL, &node));
  }
  resident_print(before, count);
  return WHORL_OK;
}

int main(int argc, char **argv)
{
  whorl_context_t context;
  uint32_t count = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
  if (count == 0) return 2;
  if (whorl_context_create(0, NULL, NULL, &context) < 0) return 1;
  int status = strcmp(argv[1], "time") == 0 ? measure_time(context, count) : measure_memory(context, count);
  if (status < 0) fprintf(stderr, "whorl_node: %s: %s\n", whorl_status_name(status), whorl_detail());
  return whorl_context_destroy(context, status) < 0;
}
