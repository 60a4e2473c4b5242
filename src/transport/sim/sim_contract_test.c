// What transport.h promises holds on a bad network too: the whole suite again under delay, loss, copies, reordering and slow discovery.
#include "transport/sim/sim_contract_testing.h"

static int run_under(const char *name, whorl__sim_conditions_t conditions)
{
  print_message("contract under %s\n", name);
  if (open_network_under(conditions) != WHORL_OK) return 1;
  int broken = contract_run((contract_side_t){.open = open_simulated, .step = step_in_time, .lossy = conditions.faults.loss > 0});
  whorl__sim_network_destroy(network);
  return broken;
}

int main(void)
{
  int broken = 0;
  broken += run_under("delay",
                      (whorl__sim_conditions_t){.faults = {.delay_ns = WHORL_MILLISECONDS(5), .delay_spread_ns = WHORL_MILLISECONDS(20)}});
  broken += run_under("loss", (whorl__sim_conditions_t){.faults = {.delay_ns = 1000, .loss = 0.3}});
  broken += run_under("copies and reordering",
                      (whorl__sim_conditions_t){.faults = {.delay_spread_ns = 1000, .duplication = 0.5, .reordering = 0.5}});
  broken += run_under("slow discovery", (whorl__sim_conditions_t){.discovery_delay_ns = WHORL_MILLISECONDS(100)});
  broken += run_under(
      "everything",
      (whorl__sim_conditions_t){.faults = {.delay_ns = 1000, .delay_spread_ns = 1000, .loss = 0.3, .duplication = 0.3, .reordering = 0.3},
                                .discovery_delay_ns = WHORL_MILLISECONDS(20),
                                .discovery_spread_ns = WHORL_MILLISECONDS(20)});
  return broken;
}
