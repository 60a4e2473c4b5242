// The user's side of the network's faults: checks, and contexts for participants.
#include <stdio.h>

#include "base/memory.h"
#include "node/context.h"
#include "simulation/simulation.h"

static int check_share(const char *field, double value)
{
  if (value >= 0 && value <= 1) return WHORL_OK; // false for what is no number
  return whorl__fail(WHORL_INVALID_ARGUMENT, "%s of a simulated network is %g, not within 0 and 1", field, value);
}

static int check_duration(const char *field, int64_t value)
{
  if (value >= 0) return WHORL_OK;
  return whorl__fail(WHORL_INVALID_ARGUMENT, "%s of a simulated network is negative: %lld ns", field, (long long)value);
}

static int read_link(const whorl_simulation_link_t *link, whorl__sim_faults_t *ret_faults)
{
  WHORL_TRY(check_duration("delay", link->delay_ns));
  WHORL_TRY(check_duration("delay spread", link->delay_spread_ns));
  WHORL_TRY(check_share("loss", link->loss));
  WHORL_TRY(check_share("duplication", link->duplication));
  WHORL_TRY(check_share("reordering", link->reordering));
  WHORL_TRY(check_duration("reordering delay", link->reordering_delay_ns));
  WHORL_TRY(check_duration("retransmission", link->retransmission_ns));
  *ret_faults = (whorl__sim_faults_t){
      .delay_ns = link->delay_ns,
      .delay_spread_ns = link->delay_spread_ns,
      .loss = link->loss,
      .duplication = link->duplication,
      .reordering = link->reordering,
      .reordering_delay_ns = link->reordering_delay_ns,
      .retransmission_ns = link->retransmission_ns,
  };
  return WHORL_OK;
}

int whorl_simulation_set_network(whorl_simulation_t handle, const whorl_simulation_network_t *network)
{
  static const whorl_simulation_network_t perfect = {.lease_ns = 0};
  whorl__sim_conditions_t conditions = {.lease_ns = 0};
  if (network == NULL) network = &perfect;
  WHORL_TRY(read_link(&network->link, &conditions.faults));
  WHORL_TRY(check_duration("discovery delay", network->discovery_delay_ns));
  WHORL_TRY(check_duration("discovery spread", network->discovery_spread_ns));
  WHORL_TRY(check_duration("lease", network->lease_ns));
  conditions.discovery_delay_ns = network->discovery_delay_ns;
  conditions.discovery_spread_ns = network->discovery_spread_ns;
  conditions.lease_ns = network->lease_ns;
  conditions.spares_local = network->spares_local;
  whorl__simulation_t *self;
  WHORL_TRY(whorl__simulation_pin(handle, &self));
  whorl__sim_set_conditions(self->network, &conditions);
  whorl__simulation_unpin(handle);
  return WHORL_OK;
}

// Pins the context of this world; its participant lives while it is pinned.
static int pin_context(const whorl__simulation_t *self, whorl_context_t handle, whorl__context_t **ret_context)
{
  whorl__context_t *context;
  size_t i = 0;
  WHORL_TRY(whorl__context_pin(handle, &context));
  while (i < self->context_count && self->contexts[i].id != handle.id) i++;
  if (i < self->context_count) {
    *ret_context = context;
    return WHORL_OK;
  }
  whorl__context_unpin(context);
  return whorl__fail(WHORL_INVALID_ARGUMENT, "the context is not one of this simulation");
}

static int set_link(whorl__simulation_t *self, whorl_context_t from, whorl_context_t to, const whorl__sim_faults_t *faults)
{
  whorl__context_t *one, *other;
  WHORL_TRY(pin_context(self, from, &one));
  int status = pin_context(self, to, &other);
  if (status == WHORL_OK) {
    whorl__sim_set_link(one->participant, other->participant, faults);
    whorl__context_unpin(other);
  }
  whorl__context_unpin(one);
  return status;
}

int whorl_simulation_set_link(whorl_simulation_t handle, whorl_context_t from, whorl_context_t to, const whorl_simulation_link_t *link)
{
  whorl__sim_faults_t faults;
  whorl__simulation_t *self;
  if (link != NULL) WHORL_TRY(read_link(link, &faults));
  WHORL_TRY(whorl__simulation_pin(handle, &self));
  int status = set_link(self, from, to, link != NULL ? &faults : NULL);
  whorl__simulation_unpin(handle);
  return status;
}

// --- partitions and death

static int partition(whorl__simulation_t *self, const whorl_context_t *handles, size_t count)
{
  whorl__context_t **contexts = whorl__alloc(count * sizeof(whorl__context_t *));
  whorl__participant_t **participants = whorl__alloc(count * sizeof(whorl__participant_t *));
  int status = contexts != NULL && participants != NULL ? WHORL_OK
                                                        : whorl__fail(WHORL_NO_MEMORY, "no memory to partition %zu contexts", count);
  size_t pinned = 0;
  while (status == WHORL_OK && pinned < count) {
    status = pin_context(self, handles[pinned], &contexts[pinned]);
    if (status == WHORL_OK) participants[pinned] = contexts[pinned]->participant;
    pinned += status == WHORL_OK;
  }
  if (status == WHORL_OK) whorl__sim_partition(self->network, participants, count);
  while (pinned > 0) whorl__context_unpin(contexts[--pinned]);
  whorl__free(participants);
  whorl__free(contexts);
  return status;
}

int whorl_simulation_partition(whorl_simulation_t handle, const whorl_context_t *contexts, size_t count)
{
  whorl__simulation_t *self;
  if (contexts == NULL || count == 0) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_simulation_partition: no contexts are given");
  WHORL_TRY(whorl__simulation_pin(handle, &self));
  int status = partition(self, contexts, count);
  whorl__simulation_unpin(handle);
  return status;
}

int whorl_simulation_heal(whorl_simulation_t handle)
{
  whorl__simulation_t *self;
  WHORL_TRY(whorl__simulation_pin(handle, &self));
  whorl__sim_heal(self->network);
  whorl__simulation_unpin(handle);
  return WHORL_OK;
}

int whorl_simulation_kill(whorl_simulation_t handle, whorl_context_t context_handle)
{
  whorl__simulation_t *self;
  whorl__context_t *context;
  WHORL_TRY(whorl__simulation_pin(handle, &self));
  int status = pin_context(self, context_handle, &context);
  if (status == WHORL_OK) {
    whorl__sim_kill(context->participant);
    whorl__context_unpin(context);
    status = whorl_context_shutdown(context_handle);
  }
  whorl__simulation_unpin(handle);
  return status;
}

// --- the trace

static void pass_on(void *arg, const char *line)
{
  whorl__simulation_t *self = arg;
  self->trace(line, self->trace_arg);
}

int whorl_simulation_set_trace(whorl_simulation_t handle, void (*sink)(const char *line, void *arg), void *arg)
{
  whorl__simulation_t *self;
  WHORL_TRY(whorl__simulation_pin(handle, &self));
  whorl__sim_set_trace(self->network, NULL, NULL);
  self->trace = sink;
  self->trace_arg = arg;
  if (sink != NULL) whorl__sim_set_trace(self->network, pass_on, self);
  whorl__simulation_unpin(handle);
  return WHORL_OK;
}
