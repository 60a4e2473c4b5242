// A world in one thread: a core with a virtual clock, a simulated network, the contexts on it.
//
// One step: a turn of the core; when nothing is ready any more, the deliveries of this instant (after its deadlines); when there are none, the clock jumps to whatever is earliest. Nothing else moves time.
#include "whorl/simulation.h"

#include <assert.h>

#include "base/detail.h"
#include "base/handle.h"
#include "base/local.h"
#include "base/memory.h"
#include "node/node.h"
#include "task/bug.h"
#include "task/scope.h"
#include "transport/sim/sim.h"
#include "whorl/time.h"

typedef struct simulation {
  whorl__virtual_parker_t clock;
  whorl__core_t *core;
  whorl__sim_network_t *network;
  whorl_context_t *contexts;
  size_t context_count;
  bool drives;                  // run_for: nodes without a driver get one
  size_t driver_count;          // that it has
  uint64_t *failed;             // nodes that it drove until their error: they are left alone
  size_t failed_count;
  int first_error;
  whorl__detail_t first_detail;
  bool busy;
} simulation_t;

static whorl__handle_table_t simulations = WHORL__HANDLE_TABLE("simulation");

static int64_t clock_now(void *arg) { return ((simulation_t *)arg)->clock.now; }

static int add_context(simulation_t *self, whorl_context_t *ret_context)
{
  whorl__participant_t *participant;
  whorl_context_t *contexts = whorl__realloc(self->contexts, (self->context_count + 1) * sizeof *contexts);
  if (contexts == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a simulated context");
  self->contexts = contexts;
  WHORL_TRY(whorl__sim_participant_open(self->network, &(whorl__participant_options_t){.enclave = "/"}, &participant));
  WHORL_TRY(whorl__context_open(participant, &self->clock.base, NULL, &contexts[self->context_count]));
  *ret_context = contexts[self->context_count++];
  return WHORL_OK;
}

int whorl_simulation_create(uint64_t seed, whorl_simulation_t *ret_simulation)
{
  if (ret_simulation == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_simulation_create: ret_simulation is NULL");
  simulation_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a simulation");
  whorl__virtual_parker_init(&self->clock);
  whorl_simulation_t handle;
  whorl_context_t context;
  int status = whorl__core_create(&(whorl__core_options_t){.parker = &self->clock.base, .name = "simulation"}, &self->core);
  if (status < 0) goto free_self;
  status = whorl__sim_network_create(&(whorl__sim_options_t){.seed = seed, .now_ns = clock_now, .arg = self}, &self->network);
  if (status < 0) goto destroy_core;
  status = add_context(self, &context);
  if (status < 0) goto destroy_network;
  status = whorl__handle_create(&simulations, self, &handle.id);
  if (status < 0) goto destroy_context;
  *ret_simulation = handle;
  return WHORL_OK;
destroy_context:
  (void)whorl_context_destroy(context, WHORL_OK);
destroy_network:
  whorl__sim_network_destroy(self->network);
  whorl__free(self->contexts);
destroy_core:
  whorl__core_destroy(self->core);
free_self:
  whorl__free(self);
  return status;
}

// --- Moving the world

static int enter(whorl_simulation_t handle, simulation_t **ret_self)
{
  simulation_t *self;
  WHORL_TRY(whorl__handle_pin(&simulations, handle.id, (void **)&self));
  int status = WHORL_OK;
  if (self->busy || whorl__core_thread_is_busy()) status = whorl__fail(WHORL_BUSY, "a simulation cannot be run from inside itself or from inside a loop");
  else self->busy = true;
  whorl__handle_unpin(&simulations, handle.id); // `busy` keeps it: destroy is refused
  if (status == WHORL_OK) *ret_self = self;
  return status;
}

// --- Nodes that nobody drives

typedef struct drive {
  simulation_t *simulation;
  whorl_node_t node;
} drive_t;

static void keep_error(simulation_t *self, int status)
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
  bool can = node->driver == NULL && !atomic_load(&node->context->shut_down);
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

static bool has_failed(const simulation_t *self, uint64_t node)
{
  size_t i = 0;
  while (i < self->failed_count && self->failed[i] != node) i++;
  return i < self->failed_count;
}

static bool next_undriven(const simulation_t *self, whorl__context_t *context, whorl_node_t *ret_node)
{
  bool found = false;
  pthread_mutex_lock(&context->lock);
  for (whorl__link_t *link = whorl__list_first(&context->nodes); link != NULL && !found; link = whorl__list_next(&context->nodes, link)) {
    whorl__node_t *node = WHORL__CONTAINER(link, whorl__node_t, link);
    found = node->driver == NULL && !has_failed(self, node->id);
    if (found) *ret_node = (whorl_node_t){node->id};
  }
  pthread_mutex_unlock(&context->lock);
  return found;
}

static bool make_room_for_a_failure(simulation_t *self)
{
  uint64_t *failed = whorl__realloc(self->failed, (self->failed_count + self->driver_count + 1) * sizeof *failed);
  if (failed != NULL) self->failed = failed;
  return failed != NULL;
}

static bool spawn_driver(simulation_t *self, whorl_node_t node)
{
  drive_t *job = make_room_for_a_failure(self) ? whorl__alloc(sizeof *job) : NULL;
  int status = job == NULL ? whorl__fail(WHORL_NO_MEMORY, "no memory to drive a simulated node") : WHORL_OK;
  if (status == WHORL_OK) {
    *job = (drive_t){self, node};
    self->driver_count++;
    status = whorl__scope_spawn(whorl__core_root(self->core), drive, job, &(whorl_task_options_t){.name = "simulated driver", .release = end_drive}, NULL, "whorl_simulation_run_for");
  }
  if (status < 0) keep_error(self, status);
  else (void)whorl__core_turn(self->core);
  return status == WHORL_OK;
}

// Spawns a driver for the first node without one and lets it open the node; false when all are driven, or one could not be.
static bool drive_one(simulation_t *self)
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

// One step within the limit; false when nothing can happen any more before it.
static bool step(simulation_t *self, int64_t limit_ns)
{
  if (whorl__core_turn(self->core)) return true;
  if (self->drives && drive_one(self)) return true;
  int64_t delivery = whorl__sim_next_delivery(self->network);
  if (delivery <= self->clock.now) return whorl__sim_deliver(self->network) > 0;
  int64_t next = whorl__core_next_deadline(self->core);
  if (delivery < next) next = delivery;
  if (next == WHORL_FOREVER || next > limit_ns) return false;
  if (next > self->clock.now) self->clock.now = next;
  return true;
}

int whorl_simulation_run_for(whorl_simulation_t handle, int64_t duration_ns)
{
  simulation_t *self;
  if (duration_ns < 0) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_simulation_run_for: the duration is negative");
  WHORL_TRY(enter(handle, &self));
  int64_t end = duration_ns > WHORL_FOREVER - self->clock.now ? WHORL_FOREVER : self->clock.now + duration_ns;
  self->drives = true;
  while (step(self, end)) {
  }
  self->drives = false;
  if (end != WHORL_FOREVER) self->clock.now = end;
  int status = self->first_error == WHORL_OK ? WHORL_OK : whorl__fail(self->first_error, "%s", self->first_detail.text);
  self->first_error = WHORL_OK;
  self->busy = false;
  return status;
}

// --- One task to its end

typedef struct main_run {
  whorl_task_function_t function;
  void *arg;
  int status;
  whorl__detail_t detail;
  bool started, ended;
} main_run_t;

static int main_entry(void *arg)
{
  main_run_t *run = arg;
  run->started = true;
  run->status = run->function(run->arg);
  run->detail = *whorl__local()->detail;
  return WHORL_OK;
}

static void main_ended(void *arg) { ((main_run_t *)arg)->ended = true; }

int whorl_simulation_run(whorl_simulation_t handle, whorl_task_function_t function, void *arg)
{
  simulation_t *self;
  if (function == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_simulation_run: the function is NULL");
  WHORL_TRY(enter(handle, &self));
  main_run_t run = {.function = function, .arg = arg, .status = WHORL_CANCELED};
  whorl_task_t task = {0};
  int status = whorl__scope_spawn(whorl__core_root(self->core), main_entry, &run, &(whorl_task_options_t){.name = "main", .release = main_ended}, &task, "whorl_simulation_run");
  bool stuck = false;
  while (!run.ended) {
    if (step(self, WHORL_FOREVER) || run.ended) continue;
    WHORL__BUG_IF(stuck, "the main task of a simulation was cancelled, and waits for something that nobody can end");
    stuck = true; // every task waits, nothing is due: the main task is cancelled so that it can clean up
    if (whorl_task_cancel(task) < 0) break;
  }
  assert(run.ended);
  self->busy = false;
  if (status < 0) return status;
  if (!run.started) return whorl__fail(WHORL_NO_MEMORY, "no stack for the main task of a simulation");
  if (stuck) return whorl__fail(WHORL_DEADLOCK, "nothing can move any more: every task waits, and no deadline, delivery or timer is left");
  return run.status < 0 ? whorl__fail(run.status, "%s", run.detail.text) : run.status;
}

// --- The rest

int whorl_simulation_create_context(whorl_simulation_t handle, whorl_context_t *ret_context)
{
  simulation_t *self;
  if (ret_context == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_simulation_create_context: ret_context is NULL");
  WHORL_TRY(whorl__handle_pin(&simulations, handle.id, (void **)&self));
  int status = add_context(self, ret_context);
  whorl__handle_unpin(&simulations, handle.id);
  return status;
}

whorl_context_t whorl_simulation_context(whorl_simulation_t handle)
{
  simulation_t *self;
  if (whorl__handle_pin(&simulations, handle.id, (void **)&self) < 0) return (whorl_context_t){0};
  whorl_context_t context = self->contexts[0];
  whorl__handle_unpin(&simulations, handle.id);
  return context;
}

int64_t whorl_simulation_now_ns(whorl_simulation_t handle)
{
  simulation_t *self;
  if (whorl__handle_pin(&simulations, handle.id, (void **)&self) < 0) return 0;
  int64_t now = self->clock.now;
  whorl__handle_unpin(&simulations, handle.id);
  return now;
}

int whorl_simulation_destroy(whorl_simulation_t handle)
{
  simulation_t *self;
  WHORL_TRY(enter(handle, &self));
  WHORL_TRY(whorl__handle_pin(&simulations, handle.id, (void **)&self));
  int status = whorl__handle_retire(&simulations, handle.id, 1);
  assert(status == WHORL_OK);
  for (size_t i = 0; i < self->context_count; i++) (void)whorl_context_shutdown(self->contexts[i]);
  whorl__core_cancel(self->core);
  while (step(self, WHORL_FOREVER)) { // every driver ends, callbacks may still clean up in shields
  }
  for (size_t i = 0; i < self->context_count; i++) (void)whorl_context_destroy(self->contexts[i], WHORL_OK);
  while (step(self, WHORL_FOREVER)) { // deliveries that are left
  }
  whorl__sim_network_destroy(self->network);
  whorl__core_destroy(self->core);
  whorl__free(self->failed);
  whorl__free(self->contexts);
  whorl__free(self);
  return WHORL_OK;
}
