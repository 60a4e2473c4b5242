// A hundred processes on one host.
#include "node/crowd_testing.h"

static void PAIN_51_a_hundred_processes_find_each_other(void **state)
{
  (void)state;
  crowd_meet(100);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(PAIN_51_a_hundred_processes_find_each_other)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
