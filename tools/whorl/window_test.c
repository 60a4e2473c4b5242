#include "tool_fixture.h"

#include "window.h"

static void nothing_has_no_statistics(void **state)
{
  (void)state;
  window_t window;
  window_init(&window, 3);
  statistics_t result = window_statistics(&window);
  assert_true(result.mean == 0 && result.least == 0 && result.most == 0 && result.deviation == 0);
  window_fini(&window);
}

static void mean_extremes_and_deviation_are_those_of_the_values(void **state)
{
  (void)state;
  static const double values[] = {2, 4, 4, 4, 5, 5, 7, 9};
  window_t window;
  window_init(&window, 8);
  for (size_t i = 0; i < 8; i++) window_add(&window, values[i]);
  statistics_t result = window_statistics(&window);
  assert_true(result.mean == 5 && result.least == 2 && result.most == 9 && result.deviation == 2);
  assert_true(window_oldest(&window) == 2);
  window_fini(&window);
}

static void the_oldest_value_makes_room(void **state)
{
  (void)state;
  window_t window;
  window_init(&window, 2);
  for (int i = 1; i <= 5; i++) window_add(&window, i);
  statistics_t result = window_statistics(&window);
  assert_true(result.mean == 4.5 && result.least == 4 && result.most == 5);
  assert_true(window_oldest(&window) == 4);
  window_fini(&window);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_has_no_statistics),
      cmocka_unit_test(mean_extremes_and_deviation_are_those_of_the_values),
      cmocka_unit_test(the_oldest_value_makes_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
