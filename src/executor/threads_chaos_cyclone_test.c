// Chaos on real threads: see threads_chaos_testing.h. A minute of it is threads_chaos_soak.
#include "executor/threads_chaos_testing.h"
#include "task/sanitizer.h"

#if defined(WHORL__ASAN) || defined(WHORL__TSAN)
enum { STEPS = 500 };
#else
enum { STEPS = 4000 };
#endif

static void PAIN_43_52_four_threads_and_a_stranger_change_everything_while_four_spin(void **state)
{
  (void)state;
  chaos_live(STEPS, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(PAIN_43_52_four_threads_and_a_stranger_change_everything_while_four_spin)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
