// `make soak` has more of them (cancel_race_soak.c).
#include "task/cancel_race_testing.h"

static void R12_twenty_thousand_races_of_a_cancellation_and_a_completion(void **state)
{
  (void)state;
  race(20000);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(R12_twenty_thousand_races_of_a_cancellation_and_a_completion)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
