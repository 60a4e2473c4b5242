// A hundred processes on one host, or WHORL_SOAK_PROCESSES. What it took is printed, and not judged: nearly all of it is Cyclone's (bench/floor_crowd.c), and it grows with what else the machine does.
#include "node/crowd_node_testing.h"
#include "node/fixture.h"

static int size_of_crowd(void)
{
  const char *wanted = getenv("WHORL_SOAK_PROCESSES");
  long size = wanted != NULL ? strtol(wanted, NULL, 10) : CROWD_MOST;
  return size > 0 && size < CROWD_MOST ? (int)size : CROWD_MOST;
}

static void meet(const char *how)
{
  crowd_t crowd = crowd_meet(size_of_crowd(), &crowd_of_nodes);
  printf("%d processes of one node each, %s: all matched after %.1f s, %.1f s of CPU, %.1f MiB each\n", crowd.size, how, crowd.seconds,
         crowd.cpu_seconds, crowd.resident_bytes / (1 << 20));
  assert_int_equal(crowd.found, crowd.size);
  assert_true(crowd.left);
}

static void PAIN_51_a_hundred_processes_find_each_other(void **state)
{
  (void)state;
  meet("as configured");
}

static void PAIN_51_and_as_advised(void **state)
{
  (void)state;
  crowd_follow_advice(WHORL_SOURCE_DIR);
  meet("as advised");
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(PAIN_51_a_hundred_processes_find_each_other),
                                     cmocka_unit_test(PAIN_51_and_as_advised)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
