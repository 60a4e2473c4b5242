// Twenty processes; a hundred: crowd_cyclone_soak.c.
#include "node/crowd_node_testing.h"
#include "node/fixture.h"

static void meet(void)
{
  crowd_t crowd = crowd_meet(20, &crowd_of_nodes);
  assert_int_equal(crowd.found, crowd.size);
  assert_true(crowd.left);
}

static void PAIN_51_twenty_processes_find_each_other(void **state)
{
  (void)state;
  meet();
}

static void PAIN_51_and_as_advised_for_many(void **state)
{
  (void)state;
  crowd_follow_advice(WHORL_SOURCE_DIR);
  meet();
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(PAIN_51_twenty_processes_find_each_other),
                                     cmocka_unit_test(PAIN_51_and_as_advised_for_many)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
