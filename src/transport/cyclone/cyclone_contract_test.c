// Cyclone keeps every promise of transport.h.
#include "transport/contract_suite_testing.h"
#include "transport/cyclone/cyclone_testing.h"

static int open_participant(whorl__participant_t **ret_participant)
{
  return whorl__cyclone_participant_open(&(whorl__participant_options_t){.domain_id = testing_domain()}, ret_participant);
}

int main(void) { return contract_run((contract_side_t){.open = open_participant}); }
