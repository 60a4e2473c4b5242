// What transport.h promises holds on a bad network too: the whole suite again under delay, loss, copies, reordering and slow discovery.
#include "transport/contract_suite_testing.h"

#include "transport/sim/sim.h"

static whorl__sim_network_t *network; // of the running suite
static int64_t now_ns;

static int open_simulated(whorl__participant_t **ret_participant)
{
  return whorl__sim_participant_open(network, &(whorl__participant_options_t){.domain_id = 0}, ret_participant);
}

// The clock jumps to what comes next.
static bool step(void)
{
  static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
  if (whorl__sim_is_idle(network)) return false;
  pthread_mutex_lock(&one_at_a_time);
  int64_t next_ns = whorl__sim_next_delivery(network);
  if (next_ns != WHORL_FOREVER && next_ns > now_ns) {
    whorl__sim_advance(network, next_ns - now_ns);
    now_ns = next_ns;
  }
  bool moved = whorl__sim_deliver(network) > 0;
  pthread_mutex_unlock(&one_at_a_time);
  return moved;
}

static int run_under(const char *name, whorl__sim_conditions_t conditions)
{
  now_ns = 0;
  print_message("contract under %s\n", name);
  whorl__sim_options_t options = {.seed = 7, .conditions = conditions};
  if (whorl__sim_network_create(&options, &network) != WHORL_OK) return 1;
  int broken = contract_run((contract_side_t){.open = open_simulated, .step = step, .lossy = conditions.faults.loss > 0});
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
