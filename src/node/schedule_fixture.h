// For schedules (task/schedule.h) with nodes in them: a simulated world for each run, in which the schedule is a task. Nodes that a run leaves behind, for lack of memory, end with its world.
#ifndef WHORL_NODE_SCHEDULE_FIXTURE_H
#define WHORL_NODE_SCHEDULE_FIXTURE_H

#include "message/pool.h"
#include "task/schedule.h"
#include "whorl/whorl.h"

static struct {
  whorl_simulation_t simulation;
  whorl_context_t context;
  char dump[256]; // its first line, when everything has ended
} world;

static inline void keep_first_line(const char *line, void *arg)
{
  (void)arg;
  if (world.dump[0] == '\0') snprintf(world.dump, sizeof world.dump, "%s", line);
}

static inline void drive_by_a_simulation(void)
{
  memset(&kit, 0, sizeof kit);
  memset(&world, 0, sizeof world);
  if (heard(whorl_simulation_create(schedule.random, &world.simulation)) < 0) return;
  world.context = whorl_simulation_context(world.simulation);
  int status = heard(whorl_simulation_run(world.simulation, schedule_as_task, NULL));
  if (status != WHORL_NO_MEMORY || !schedule.failing) assert_int_equal(WHORL_OK, status);
  if (heard(whorl_simulation_dump(world.simulation, keep_first_line, NULL)) == WHORL_OK)
    assert_string_equal(world.dump, "tasks of 'simulation': 0");
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(world.simulation));
  whorl__pools_trim(); // how many messages are alive at once depends on what fails
  if (schedule.began && !schedule.ended) fail_msg("the schedule hangs");
}

// The same on a real loop: the world is only there for nodes to live in, and nobody moves it.
static inline void drive_by_a_loop(void)
{
  whorl_loop_t loop;
  memset(&kit, 0, sizeof kit);
  memset(&world, 0, sizeof world);
  schedule.timeless = true;
  if (heard(whorl_simulation_create(schedule.random, &world.simulation)) < 0) return;
  world.context = whorl_simulation_context(world.simulation);
  if (heard(whorl_loop_create(NULL, &loop)) == WHORL_OK) {
    int status = heard(whorl_loop_run(loop, schedule_as_task, NULL));
    if (status != WHORL_NO_MEMORY || !schedule.failing) assert_int_equal(WHORL_OK, status);
    if (heard(whorl_loop_dump(loop, keep_first_line, NULL)) == WHORL_OK) assert_string_equal(world.dump, "tasks of 'loop': 0");
    assert_int_equal(WHORL_OK, whorl_loop_destroy(loop));
  }
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(world.simulation));
  whorl__pools_trim(); // how many messages are alive at once depends on what fails
  if (schedule.began && !schedule.ended) fail_msg("the schedule hangs");
}

// Without which there is no schedule. Only before anything was opened.
#define NEED(call)                        \
  do {                                    \
    int need_status_ = heard(call);       \
    REQUIRE_INT(WHORL_OK, need_status_);  \
    if (need_status_ != WHORL_OK) return; \
  } while (0)

static inline int spawn_in_node(whorl_node_t node, const char *name, whorl_task_function_t function, void *arg)
{
  schedule.spawned++;
  return heard(
      whorl_node_spawn_with_options(node, function, arg, &(whorl_task_options_t){.name = name, .release = count_released}, NULL, name));
}

static inline int runs_node(void *node)
{
  step();
  return heard(whorl_node_run(*(whorl_node_t *)node));
}

// Everybody who is ready goes on until he waits; the clock stands.
static inline void let_them_run(void)
{
  for (int i = 0; i < 16; i++) (void)whorl_yield(); // an actor yields at most three times before a step
}

#endif
