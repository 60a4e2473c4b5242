// Twenty processes; a hundred: crowd_cyclone_soak.c.
#include "node/crowd_testing.h"

static void PAIN_51_twenty_processes_find_each_other(void **state)
{
  (void)state;
  crowd_meet(20);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(PAIN_51_twenty_processes_find_each_other)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
