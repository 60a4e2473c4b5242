// As cancel_race_test.c, fifty times as many.
#include "task/cancel_race_testing.h"

static void R12_a_million_races_of_a_cancellation_and_a_completion(void **state)
{
  (void)state;
  race(1000000);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(R12_a_million_races_of_a_cancellation_and_a_completion)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
