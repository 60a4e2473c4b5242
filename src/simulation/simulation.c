// A world's beginning and end, and the contexts in it.
#include "simulation/simulation.h"

#include <assert.h>

#include "base/memory.h"
#include "node/context.h"
#include "whorl/time.h"

whorl__handle_table_t whorl__simulations = WHORL__HANDLE_TABLE("simulation");

static int64_t clock_now(void *arg) { return ((whorl__simulation_t *)arg)->clock.now; }

// Every step goes through them, so those that were destroyed must not gather. The first one stays: it is asked for.
static void forget_destroyed(whorl__simulation_t *self)
{
  size_t kept = self->context_count > 0 ? 1 : 0;
  for (size_t i = kept; i < self->context_count; i++) {
    whorl__context_t *context;
    if (whorl__context_pin(self->contexts[i], &context) < 0) continue;
    whorl__context_unpin(context);
    self->contexts[kept++] = self->contexts[i];
  }
  self->context_count = kept;
}

static int add_context(whorl__simulation_t *self, whorl_context_t *ret_context)
{
  whorl__participant_t *participant;
  forget_destroyed(self);
  whorl_context_t *contexts = whorl__realloc(self->contexts, (self->context_count + 1) * sizeof *contexts);
  if (contexts == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a simulated context");
  self->contexts = contexts;
  WHORL_TRY(whorl__sim_participant_open(self->network, &(whorl__participant_options_t){.enclave = "/"}, &participant));
  WHORL_TRY(whorl__context_open(participant, &self->clock.base, NULL, &contexts[self->context_count]));
  whorl__context_t *context;
  WHORL_TRY(whorl__context_pin(contexts[self->context_count], &context));
  context->is_simulated = true;
  context->bare_nodes = true;
  context->parker = &self->waiting;
  whorl__context_unpin(context);
  *ret_context = contexts[self->context_count++];
  return WHORL_OK;
}

int whorl_simulation_create(uint64_t seed, whorl_simulation_t *ret_simulation)
{
  if (ret_simulation == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_simulation_create: ret_simulation is NULL");
  whorl__simulation_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a simulation");
  whorl__virtual_parker_init(&self->clock);
  whorl__simulation_init_waiting(self);
  whorl_simulation_t handle;
  whorl_context_t context;
  int status = whorl__jobs_create(&self->clock, &self->jobs);
  if (status < 0) goto free_self;
  status = whorl__core_create(
      &(whorl__core_options_t){.parker = &self->clock.base, .name = "simulation", .outside = whorl__jobs_outside(self->jobs)}, &self->core);
  if (status < 0) goto destroy_jobs;
  status = whorl__sim_network_create(&(whorl__sim_options_t){.seed = seed, .now_ns = clock_now, .arg = self}, &self->network);
  if (status < 0) goto destroy_core;
  status = add_context(self, &context);
  if (status < 0) goto destroy_network;
  status = whorl__handle_create(&whorl__simulations, self, &handle.id);
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
destroy_jobs:
  whorl__jobs_destroy(self->jobs);
free_self:
  whorl__free(self);
  return status;
}

int whorl_simulation_create_context(whorl_simulation_t handle, whorl_context_t *ret_context)
{
  whorl__simulation_t *self;
  if (ret_context == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_simulation_create_context: ret_context is NULL");
  WHORL_TRY(whorl__handle_pin(&whorl__simulations, handle.id, (void **)&self));
  int status = add_context(self, ret_context);
  whorl__handle_unpin(&whorl__simulations, handle.id);
  return status;
}

whorl_context_t whorl_simulation_context(whorl_simulation_t handle)
{
  whorl__simulation_t *self;
  if (whorl__handle_pin(&whorl__simulations, handle.id, (void **)&self) < 0) return (whorl_context_t){0};
  whorl_context_t context = self->contexts[0];
  whorl__handle_unpin(&whorl__simulations, handle.id);
  return context;
}

int64_t whorl_simulation_now_ns(whorl_simulation_t handle)
{
  whorl__simulation_t *self;
  if (whorl__handle_pin(&whorl__simulations, handle.id, (void **)&self) < 0) return 0;
  int64_t now = self->clock.now;
  whorl__handle_unpin(&whorl__simulations, handle.id);
  return now;
}

int whorl_simulation_dump(whorl_simulation_t handle, whorl_dump_sink_t sink, void *arg)
{
  whorl__simulation_t *self;
  WHORL_TRY(whorl__handle_pin(&whorl__simulations, handle.id, (void **)&self));
  int status = whorl__core_dump(self->core, sink, arg);
  whorl__handle_unpin(&whorl__simulations, handle.id);
  return status;
}

int whorl_simulation_set_deadlock_sink(whorl_simulation_t handle, whorl_dump_sink_t sink, void *arg)
{
  whorl__simulation_t *self;
  WHORL_TRY(whorl__handle_pin(&whorl__simulations, handle.id, (void **)&self));
  self->deadlock_sink = sink;
  self->deadlock_arg = arg;
  whorl__handle_unpin(&whorl__simulations, handle.id);
  return WHORL_OK;
}

int whorl_simulation_report_busy(whorl_simulation_t handle, int64_t limit_ns, whorl_busy_hook_t hook, void *arg)
{
  whorl__simulation_t *self;
  if (limit_ns < 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_simulation_report_busy: the limit is negative (WHORL_FOREVER turns it off)");
  WHORL_TRY(whorl__simulation_enter(handle, &self));
  whorl__busy_options_t options = whorl__busy_options(limit_ns, hook, arg);
  whorl__core_set_busy(self->core, &options);
  self->busy = false;
  return WHORL_OK;
}

int whorl_simulation_destroy(whorl_simulation_t handle)
{
  whorl__simulation_t *self;
  WHORL_TRY(whorl__simulation_enter(handle, &self));
  WHORL_TRY(whorl__handle_pin(&whorl__simulations, handle.id, (void **)&self));
  int status = whorl__handle_retire(&whorl__simulations, handle.id, 1);
  assert(status == WHORL_OK);
  for (size_t i = 0; i < self->context_count; i++) (void)whorl_context_shutdown(self->contexts[i]);
  whorl__core_cancel(self->core);
  whorl__simulation_run_out(self, WHORL_FOREVER, true); // every driver ends, callbacks may still clean up in shields
  for (size_t i = 0; i < self->context_count; i++) (void)whorl_context_destroy(self->contexts[i], WHORL_OK);
  whorl__simulation_run_out(self, WHORL_FOREVER, true); // deliveries that are left
  whorl__sim_network_destroy(self->network);
  whorl__core_destroy(self->core);
  whorl__jobs_destroy(self->jobs);
  whorl__free(self->failed);
  whorl__free(self->contexts);
  whorl__free(self);
  return WHORL_OK;
}
