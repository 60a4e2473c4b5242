// Test support: the contract suite's simulated side. One network at a time, whose clock jumps to what comes next.
#ifndef WHORL_TRANSPORT_SIM_SIM_CONTRACT_TESTING_H
#define WHORL_TRANSPORT_SIM_SIM_CONTRACT_TESTING_H

#include "transport/contract_suite_testing.h"
#include "transport/sim/sim.h"

static whorl__sim_network_t *network; // of the running test or suite
static int64_t stepped_to_ns;         // its clock, as step_in_time has moved it

static int open_network_under(whorl__sim_conditions_t conditions)
{
  stepped_to_ns = 0;
  return whorl__sim_network_create(&(whorl__sim_options_t){.seed = 7, .conditions = conditions}, &network);
}

static int open_simulated(whorl__participant_t **ret_participant)
{
  return whorl__sim_participant_open(network, &(whorl__participant_options_t){.domain_id = 0}, ret_participant);
}

static bool step_in_time(void)
{
  static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER; // some promises are kept to several threads
  if (whorl__sim_is_idle(network)) return false;
  pthread_mutex_lock(&one_at_a_time);
  int64_t next_ns = whorl__sim_next_delivery(network);
  if (next_ns != WHORL_FOREVER && next_ns > stepped_to_ns) {
    whorl__sim_advance(network, next_ns - stepped_to_ns);
    stepped_to_ns = next_ns;
  }
  bool moved = whorl__sim_deliver(network) > 0;
  pthread_mutex_unlock(&one_at_a_time);
  return moved;
}

#endif
