// Functions that are called when a context shuts down.
#include "node/fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/memory.h"

static char trace[64];
static whorl_shutdown_callback_t last;
static int heard;

static void note(void *arg)
{
  size_t length = strlen(trace);
  snprintf(trace + length, sizeof trace - length, "%s", (const char *)arg);
}

static int setup(void **state)
{
  trace[0] = '\0';
  heard = 0;
  return fixture_setup(state);
}

static whorl_shutdown_callback_t add(const fixture_t *fixture, const char *word)
{
  whorl_shutdown_callback_t callback;
  assert_int_equal(whorl_context_on_shutdown(fixture->context, note, (void *)(uintptr_t)word, &callback), WHORL_OK);
  return callback;
}

static void they_are_called_once_in_order_and_the_removed_not(void **state)
{
  fixture_t *fixture = *state;
  add(fixture, "a");
  whorl_shutdown_callback_t removed = add(fixture, "b");
  add(fixture, "c");
  assert_int_equal(whorl_shutdown_callback_remove(removed), WHORL_OK);
  assert_int_equal(whorl_shutdown_callback_remove(removed), WHORL_DESTROYED);
  assert_int_equal(whorl_context_shutdown(fixture->context), WHORL_OK);
  assert_int_equal(whorl_context_shutdown(fixture->context), WHORL_OK);
  assert_string_equal(trace, "ac");
}

static void too_late_is_said(void **state)
{
  fixture_t *fixture = *state;
  whorl_shutdown_callback_t called = add(fixture, "a");
  assert_int_equal(whorl_context_shutdown(fixture->context), WHORL_OK);
  assert_int_equal(whorl_shutdown_callback_remove(called), WHORL_DESTROYED);
  assert_int_equal(whorl_context_on_shutdown(fixture->context, note, NULL, NULL), WHORL_SHUTDOWN);
  assert_int_equal(whorl_context_on_shutdown(fixture->context, NULL, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "whorl_context_on_shutdown: function is NULL");
}

static void use_the_library(void *arg)
{
  fixture_t *fixture = arg;
  heard = whorl_shutdown_callback_remove(last); // it is being called: there is nothing to remove
  assert_true(whorl_context_is_shutdown(fixture->context));
  assert_int_equal(whorl_context_shutdown(fixture->context), WHORL_OK);
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK);
}

static void no_lock_is_held_around_them(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_context_on_shutdown(fixture->context, use_the_library, fixture, &last), WHORL_OK);
  add(fixture, "after");
  assert_int_equal(whorl_context_shutdown(fixture->context), WHORL_OK);
  assert_int_equal(heard, WHORL_DESTROYED);
  assert_string_equal(trace, "after");
}

static void destroying_a_context_calls_them_too(void **state)
{
  (void)state;
  whorl_simulation_t world;
  int64_t blocks = whorl__memory_blocks();
  assert_int_equal(whorl_simulation_create(1, &world), WHORL_OK);
  assert_int_equal(whorl_context_on_shutdown(whorl_simulation_context(world), note, (void *)(uintptr_t) "d", NULL), WHORL_OK);
  assert_int_equal(whorl_simulation_destroy(world), WHORL_OK);
  assert_string_equal(trace, "d");
  assert_int_equal(whorl__memory_blocks(), blocks);
}

enum { RACES = 300, EACH = 4 };

typedef struct race {
  atomic_bool begin;
  whorl_shutdown_callback_t callbacks[EACH];
  int removed;
} race_t;

static void count(void *arg) { atomic_fetch_add((atomic_int *)arg, 1); }

static void *remove_all(void *arg)
{
  race_t *race = arg;
  while (!atomic_load(&race->begin)) continue;
  for (int i = EACH; i-- > 0;) race->removed += whorl_shutdown_callback_remove(race->callbacks[i]) == WHORL_OK;
  return NULL;
}

static void each_is_either_called_or_removed(void **state)
{
  (void)state;
  for (int i = 0; i < RACES; i++) {
    race_t race = {.begin = false};
    atomic_int called = 0;
    pthread_t thread;
    whorl_simulation_t world;
    assert_int_equal(whorl_simulation_create(1, &world), WHORL_OK);
    for (int j = 0; j < EACH; j++)
      assert_int_equal(whorl_context_on_shutdown(whorl_simulation_context(world), count, &called, &race.callbacks[j]), WHORL_OK);
    assert_int_equal(pthread_create(&thread, NULL, remove_all, &race), 0);
    atomic_store(&race.begin, true);
    assert_int_equal(whorl_context_shutdown(whorl_simulation_context(world)), WHORL_OK);
    pthread_join(thread, NULL);
    assert_int_equal(whorl_simulation_destroy(world), WHORL_OK);
    assert_int_equal(atomic_load(&called) + race.removed, EACH);
  }
}

#define SHUTDOWN_TEST(function) cmocka_unit_test_setup_teardown(function, setup, fixture_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      SHUTDOWN_TEST(they_are_called_once_in_order_and_the_removed_not),
      SHUTDOWN_TEST(too_late_is_said),
      SHUTDOWN_TEST(no_lock_is_held_around_them),
      SHUTDOWN_TEST(destroying_a_context_calls_them_too),
      SHUTDOWN_TEST(each_is_either_called_or_removed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
