#include "task/kit.h"

static int returns_ok(void *arg)
{
  (void)arg;
  return WHORL_OK;
}

static void a_task_runs_to_its_end(void **state)
{
  (void)state;
  kit_test(returns_ok);
}

static int sleeps_an_hour(void *arg)
{
  (void)arg;
  return whorl_sleep(SECONDS(3600));
}

static void virtual_time_jumps_over_a_sleep(void **state)
{
  (void)state;
  kit_open();
  assert_int_equal(WHORL_OK, kit_run(sleeps_an_hour, NULL));
  assert_int_equal(SECONDS(3600), kit.parker.now);
  kit_close();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_task_runs_to_its_end),
    cmocka_unit_test(virtual_time_jumps_over_a_sleep),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
