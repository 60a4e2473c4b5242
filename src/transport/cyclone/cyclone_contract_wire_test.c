// The contract suite over the wire: every other participant of a test lives in another domain of Cyclone DDS in this process, which has the same number on the
// wire; so they exchange packets over the loopback interface as two processes do.
#include "transport/contract_suite_testing.h"
#include "transport/cyclone/cyclone_testing.h"

static int open_apart(whorl__participant_t **ret_participant)
{
  whorl__participant_options_t options = {.domain_id = contract_participants % 2 == 0 ? testing_domain() : testing_far_domain()};
  return whorl__cyclone_participant_open(&options, ret_participant);
}

int main(void)
{
  testing_join_far_domain();
  return contract_run((contract_side_t){.open = open_apart, .apart = true});
}
