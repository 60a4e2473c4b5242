// A million calls to servers whose processes died, one after the other.
#include "simulation/vanished_testing.h"

enum { DEATHS = 10000 };

static void PAIN_25_a_million_calls_to_servers_that_vanished_leave_nothing(void **state) { call_servers_that_vanish(*state, DEATHS); }

int main(void)
{
  const struct CMUnitTest tests[] = {PAIR_TEST(PAIN_25_a_million_calls_to_servers_that_vanished_leave_nothing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
