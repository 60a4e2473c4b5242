// The contract suite over Cyclone DDS, all participants in one domain of this process.
#include "transport/contract_suite_testing.h"

#include <stdlib.h>

static int open_real(whorl__participant_t **ret_participant)
{
  const char *domain = getenv("ROS_DOMAIN_ID");
  whorl__participant_options_t options = {.domain_id = domain != NULL ? (uint32_t)strtoul(domain, NULL, 10) : 0, .enclave = "/"};
  return whorl__cyclone_participant_open(&options, ret_participant);
}

int main(void) { return contract_run((contract_side_t){.open = open_real}); }
