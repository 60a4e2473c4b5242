// Drivers for nodes that have none: a task each, that runs the node as a program's main task would.
#include <string.h>

#include "base/local.h"
#include "base/memory.h"
#include "node/node.h"
#include "simulation/simulation.h"
#include "task/scope.h"

static const char driver_name[] = "simulated driver";

bool whorl__simulation_is_driver(const char *task) { return strcmp(task, driver_name) == 0; }

typedef struct drive {
  whorl__simulation_t *simulation;
  whorl_node_t node;
} drive_t;

static void keep_error(whorl__simulation_t *self, int status)
{
  if (self->first_error != WHORL_OK) return;
  self->first_error = status;
  self->first_detail = *whorl__local()->detail;
}

// Meanwhile a task may have opened the node itself, or destroyed it, or shut the context down.
static bool can_be_driven(whorl_node_t handle)
{
  whorl__node_t *node;
  if (whorl__node_pin(handle, &node) < 0) return false;
  bool can = node->driver == NULL && node->executor == NULL && !atomic_load(&node->context->shut_down);
  whorl__node_unpin(node);
  return can;
}

static int drive(void *arg)
{
  drive_t *self = arg;
  if (!can_be_driven(self->node)) return WHORL_OK;
  int status = whorl_node_run(self->node);
  if (status < 0 && status != WHORL_CANCELED) {
    keep_error(self->simulation, status);
    self->simulation->failed[self->simulation->failed_count++] = self->node.id; // there is room: spawn_driver made it
  }
  return WHORL_OK;
}

static void end_drive(void *arg)
{
  drive_t *self = arg;
  self->simulation->driver_count--;
  whorl__free(self);
}

static bool has_failed(const whorl__simulation_t *self, uint64_t node)
{
  size_t i = 0;
  while (i < self->failed_count && self->failed[i] != node) i++;
  return i < self->failed_count;
}

static bool next_undriven(const whorl__simulation_t *self, whorl__context_t *context, whorl_node_t *ret_node)
{
  bool found = false;
  pthread_mutex_lock(&context->lock);
  for (whorl__link_t *link = whorl__list_first(&context->nodes); link != NULL && !found; link = whorl__list_next(&context->nodes, link)) {
    whorl__node_t *node = WHORL__CONTAINER(link, whorl__node_t, link);
    found = node->driver == NULL && node->executor == NULL && !has_failed(self, node->id);
    if (found) *ret_node = (whorl_node_t){node->id};
  }
  pthread_mutex_unlock(&context->lock);
  return found;
}

static bool make_room_for_a_failure(whorl__simulation_t *self)
{
  uint64_t *failed = whorl__realloc(self->failed, (self->failed_count + self->driver_count + 1) * sizeof *failed);
  if (failed != NULL) self->failed = failed;
  return failed != NULL;
}

static bool spawn_driver(whorl__simulation_t *self, whorl_node_t node)
{
  drive_t *job = make_room_for_a_failure(self) ? whorl__alloc(sizeof *job) : NULL;
  int status = job == NULL ? whorl__fail(WHORL_NO_MEMORY, "no memory to drive a simulated node") : WHORL_OK;
  if (status == WHORL_OK) {
    *job = (drive_t){self, node};
    self->driver_count++;
    status = whorl__scope_spawn(whorl__core_root(self->core), drive, job,
                                &(whorl_task_options_t){.name = driver_name, .release = end_drive}, NULL, "whorl_simulation_run_for");
  }
  if (status < 0)
    keep_error(self, status);
  else
    (void)whorl__core_turn(self->core);
  return status == WHORL_OK;
}

bool whorl__simulation_drive_one(whorl__simulation_t *self)
{
  for (size_t i = 0; i < self->context_count; i++) {
    whorl__context_t *context;
    whorl_node_t node;
    if (whorl__context_pin(self->contexts[i], &context) < 0) continue;
    bool found = !atomic_load(&context->shut_down) && next_undriven(self, context, &node);
    whorl__context_unpin(context);
    if (found) return spawn_driver(self, node);
  }
  return false;
}
