// Parkers: the token, the clock, the limit.
#include <pthread.h>
#include <stdatomic.h>

#include "task/kit.h"

// --- Futex: a park that should return does so at once, else the test hangs (and the alarm ends it).

static void an_unpark_before_the_park_is_kept_once(void **state)
{
  (void)state;
  whorl__futex_parker_t parker;
  whorl__futex_parker_init(&parker);
  whorl__parker_unpark(&parker.base);
  whorl__parker_unpark(&parker.base); // a token, no counter
  whorl__parker_park(&parker.base, WHORL_FOREVER);
  assert_int_equal(0, atomic_load(&parker.token));
}

static void a_park_into_the_past_returns_and_leaves_the_token(void **state)
{
  (void)state;
  whorl__futex_parker_t parker;
  whorl__futex_parker_init(&parker);
  whorl__parker_park(&parker.base, INT64_MIN);
  whorl__parker_park(&parker.base, whorl__parker_now(&parker.base));
  whorl__parker_unpark(&parker.base);
  whorl__parker_park(&parker.base, 0);
  whorl__parker_park(&parker.base, WHORL_FOREVER); // the token was still there
}

static void a_park_ends_at_its_time(void **state)
{
  (void)state;
  whorl__futex_parker_t parker;
  whorl__futex_parker_init(&parker);
  int64_t until = whorl__parker_now(&parker.base) + WHORL_MICROSECONDS(200);
  while (whorl__parker_now(&parker.base) < until) whorl__parker_park(&parker.base, until);
  assert_int_equal(0, atomic_load(&parker.token));
}

static whorl__futex_parker_t sides[2];
static atomic_int ball;

static void *returns_the_ball(void *arg)
{
  (void)arg;
  for (int i = 0; i < 2000; i++) {
    while (atomic_load(&ball) != 1) whorl__parker_park(&sides[1].base, WHORL_FOREVER);
    atomic_store(&ball, 0);
    whorl__parker_unpark(&sides[0].base);
  }
  return NULL;
}

static void no_wake_up_is_lost_between_two_threads(void **state)
{
  (void)state;
  pthread_t thread;
  for (int i = 0; i < 2; i++) whorl__futex_parker_init(&sides[i]);
  atomic_store(&ball, 0);
  assert_int_equal(0, pthread_create(&thread, NULL, returns_the_ball, NULL));
  for (int i = 0; i < 2000; i++) {
    atomic_store(&ball, 1);
    whorl__parker_unpark(&sides[1].base);
    while (atomic_load(&ball) != 0) whorl__parker_park(&sides[0].base, WHORL_FOREVER);
  }
  pthread_join(thread, NULL);
}

// --- Virtual

static int64_t world_event;
static int64_t next_in_the_world(void *arg)
{
  (void)arg;
  return world_event;
}

static void virtual_time_goes_to_what_comes_first(void **state)
{
  (void)state;
  whorl__virtual_parker_t parker;
  whorl__virtual_parker_init(&parker);
  parker.next = next_in_the_world;
  world_event = 50;
  whorl__parker_park(&parker.base, 100);
  assert_int_equal(50, whorl__parker_now(&parker.base));
  world_event = WHORL_FOREVER;
  whorl__parker_park(&parker.base, 100);
  assert_int_equal(100, whorl__parker_now(&parker.base));
  assert_false(parker.stuck);
  whorl__parker_park(&parker.base, 20); // past: time never goes back
  assert_int_equal(100, whorl__parker_now(&parker.base));
}

static void virtual_time_stops_at_its_limit(void **state)
{
  (void)state;
  whorl__virtual_parker_t parker;
  whorl__virtual_parker_init(&parker);
  parker.limit = 70;
  whorl__parker_park(&parker.base, 100);
  assert_int_equal(70, whorl__parker_now(&parker.base));
  assert_true(parker.stuck);
  whorl__parker_unpark(&parker.base);
  whorl__parker_park(&parker.base, WHORL_FOREVER); // woken: not stuck
  assert_false(parker.stuck);
  whorl__parker_park(&parker.base, WHORL_FOREVER);
  assert_true(parker.stuck);
  assert_int_equal(70, whorl__parker_now(&parker.base));
}

int main(void)
{
  alarm(120); // against hanging
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_unpark_before_the_park_is_kept_once),
      cmocka_unit_test(a_park_into_the_past_returns_and_leaves_the_token),
      cmocka_unit_test(a_park_ends_at_its_time),
      cmocka_unit_test(no_wake_up_is_lost_between_two_threads),
      cmocka_unit_test(virtual_time_goes_to_what_comes_first),
      cmocka_unit_test(virtual_time_stops_at_its_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
