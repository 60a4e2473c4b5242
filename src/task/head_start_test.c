// Head starts: what is learned from wake-ups, with times made up; and that the parkers wait for the rest of one.
#include "task/kit.h"

enum { MS = 1000000 };

static void learn(whorl__head_start_t *head_start, int64_t late_ns, int times)
{
  for (int i = 0; i < times; i++) whorl__head_start_learn(head_start, 5000, 5000 + late_ns);
}

// Of a wait of 20 ms.
static int64_t head_start_of(const whorl__head_start_t *self) { return 50 * MS - whorl__head_start_from(self, 30 * MS, 50 * MS); }

static void there_is_none_before_sixteen_wake_ups(void **state)
{
  (void)state;
  whorl__head_start_t head_start = {0};
  assert_int_equal(0, head_start_of(&head_start));
  learn(&head_start, 12000, 15);
  assert_int_equal(0, head_start_of(&head_start));
  learn(&head_start, 12000, 1);
  assert_int_equal(12000, head_start_of(&head_start));
}

static void the_fastest_of_the_last_sixteen_counts(void **state)
{
  (void)state;
  whorl__head_start_t head_start = {0};
  learn(&head_start, 40000, 16);
  learn(&head_start, 7000, 1);
  assert_int_equal(7000, head_start_of(&head_start));
  learn(&head_start, 40000, 15);
  assert_int_equal(7000, head_start_of(&head_start));
  learn(&head_start, 39000, 1);
  assert_int_equal(39000, head_start_of(&head_start));
}

static void it_is_100_us_and_a_sixteenth_of_the_wait_at_most(void **state)
{
  (void)state;
  whorl__head_start_t head_start = {0};
  learn(&head_start, 3 * MS, 16);
  assert_int_equal(100000, head_start_of(&head_start));
  learn(&head_start, 64000, 16);
  assert_int_equal(9 * MS - 62500, whorl__head_start_from(&head_start, 8 * MS, 9 * MS));
  assert_int_equal(8 * MS + 1, whorl__head_start_from(&head_start, 8 * MS, 8 * MS + 1));
}

static void a_wake_up_before_its_time_counts_as_one_in_time(void **state)
{
  (void)state;
  whorl__head_start_t head_start = {0};
  learn(&head_start, 30000, 16);
  learn(&head_start, -50, 1);
  assert_int_equal(0, head_start_of(&head_start));
}

static void turned_off_nothing_is_learned(void **state)
{
  (void)state;
  whorl__head_start_t head_start = {.off = true};
  learn(&head_start, 30000, 20);
  assert_int_equal(0, head_start_of(&head_start));
}

static void a_core_turns_it_off_for_all_its_slots(void **state)
{
  (void)state;
  whorl__futex_parker_t parkers[2];
  whorl__parker_t *const both[] = {&parkers[0].base, &parkers[1].base};
  whorl__core_t *core;
  for (int i = 0; i < 2; i++) whorl__futex_parker_init(&parkers[i]);
  assert_int_equal(whorl__core_create(&(whorl__core_options_t){.parkers = both, .workers = 2, .no_head_start = true}, &core), WHORL_OK);
  assert_true(parkers[0].base.head_start.off && parkers[1].base.head_start.off);
  whorl__core_destroy(core);
}

// --- Real time

static void a_thread_that_is_awake_before_its_time_waits_for_it(void **state)
{
  (void)state;
  whorl__futex_parker_t parker;
  whorl__futex_parker_init(&parker);
  learn(&parker.base.head_start, 100000, 16);
  for (int i = 0; i < 100; i++) { // without the rest of the wait one of the first would be early
    int64_t until_ns = whorl__parker_now(&parker.base) + 2 * MS;
    parker.base.head_start.least_ns = 100000;
    whorl__parker_park(&parker.base, until_ns);
    assert_true(whorl__parker_now(&parker.base) >= until_ns);
  }
}

static void a_thread_learns_from_each_deadline(void **state)
{
  (void)state;
  whorl__futex_parker_t parker;
  whorl__futex_parker_init(&parker);
  for (int i = 0; i < 16; i++) whorl__parker_park(&parker.base, whorl__parker_now(&parker.base) + MS / 10);
  assert_true(parker.base.head_start.least_ns > 0);
  whorl__parker_unpark(&parker.base);
  whorl__parker_park(&parker.base, WHORL_FOREVER);
  assert_int_equal(0, parker.base.head_start.next); // sixteen, and not that one
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(there_is_none_before_sixteen_wake_ups),
      cmocka_unit_test(the_fastest_of_the_last_sixteen_counts),
      cmocka_unit_test(it_is_100_us_and_a_sixteenth_of_the_wait_at_most),
      cmocka_unit_test(a_wake_up_before_its_time_counts_as_one_in_time),
      cmocka_unit_test(turned_off_nothing_is_learned),
      cmocka_unit_test(a_core_turns_it_off_for_all_its_slots),
      cmocka_unit_test(a_thread_that_is_awake_before_its_time_waits_for_it),
      cmocka_unit_test(a_thread_learns_from_each_deadline),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
