// A thousand seeds of chaos. WHORL_SOAK_SEED says the first one (1), WHORL_SOAK_SEEDS how many: to go on where another run ended, or under a sanitizer.
#include "simulation/chaos_testing.h"

#include <stdlib.h>

enum { OPERATIONS = 100000 };

static uint64_t number(const char *name, uint64_t otherwise)
{
  const char *text = getenv(name);
  return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

static void a_thousand_lives_balance_whatever_happens(void **state)
{
  uint64_t first = number("WHORL_SOAK_SEED", 1), end = first + number("WHORL_SOAK_SEEDS", 1000);
  (void)state;
  for (uint64_t seed = first; seed < end; seed++) (void)run_chaos(seed, OPERATIONS);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_thousand_lives_balance_whatever_happens)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
