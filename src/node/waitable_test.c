// Guard conditions and waitables of an open node, in virtual time.
#include "node/fixture.h"

#include <pthread.h>

static whorl_guard_condition_t guard;
static whorl_waitable_t waitable;
static uint64_t heard[8];

static int hear(uint64_t word, void *arg)
{
  fixture_t *fixture = arg;
  heard[fixture->calls++ % 8] = word;
  return WHORL_OK;
}

static int let_run(void) { return whorl_sleep(WHORL_MILLISECONDS(1)); }

static int trigger(void) { return whorl_guard_condition_trigger(guard); }

static void make_guard(fixture_t *fixture, whorl_guard_condition_callback_t callback)
{
  assert_int_equal(whorl_guard_condition_create(fixture->node, callback, fixture, NULL, &guard), WHORL_OK);
}

static void make_waitable(fixture_t *fixture, whorl_waitable_callback_t callback)
{
  assert_int_equal(whorl_waitable_create(fixture->node, callback, fixture, NULL, &waitable), WHORL_OK);
}

static int trigger_three_times(fixture_t *fixture)
{
  for (int i = 0; i < 3; i++) WHORL_TRY(trigger());
  assert_int_equal(fixture->calls, 0); // never inside the trigger
  WHORL_TRY(let_run());
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(heard[0], 3);
  WHORL_TRY(trigger());
  WHORL_TRY(let_run());
  assert_int_equal(fixture->calls, 2);
  assert_int_equal(heard[1], 1);
  return let_run();
}

static void WST_14_a_callback_gets_the_number_of_triggers(void **state)
{
  make_guard(*state, hear);
  assert_int_equal(fixture_with_open_node(*state, trigger_three_times), WHORL_OK);
  assert_int_equal(((fixture_t *)*state)->calls, 2);
}

static int only_wait(fixture_t *fixture)
{
  (void)fixture;
  return let_run();
}

static void WST_14_triggers_of_a_node_that_nobody_drives_are_handed_over_later(void **state)
{
  fixture_t *fixture = *state;
  make_guard(fixture, hear);
  assert_int_equal(trigger(), WHORL_OK);
  assert_int_equal(trigger(), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, only_wait), WHORL_OK);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(heard[0], 2);
}

static int trigger_from_inside(uint64_t triggers, void *arg)
{
  WHORL_TRY(hear(triggers, arg));
  return ((fixture_t *)arg)->calls < 5 ? trigger() : WHORL_OK;
}

static void a_trigger_from_inside_makes_one_more_call(void **state)
{
  fixture_t *fixture = *state;
  make_guard(fixture, trigger_from_inside);
  assert_int_equal(trigger(), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, only_wait), WHORL_OK);
  assert_int_equal(fixture->calls, 5);
}

static int hear_slowly(uint64_t word, void *arg)
{
  WHORL_TRY(hear(word, arg));
  return whorl_sleep(WHORL_MILLISECONDS(10));
}

static int signal_meanwhile(fixture_t *fixture)
{
  WHORL_TRY(whorl_waitable_signal(waitable, 0));
  WHORL_TRY(let_run());
  WHORL_TRY(whorl_waitable_signal(waitable, 3));
  WHORL_TRY(whorl_waitable_signal(waitable, 63));
  WHORL_TRY(whorl_waitable_signal(waitable, 3));
  WHORL_TRY(let_run());
  assert_int_equal(fixture->calls, 1); // it never overlaps itself
  return whorl_sleep(WHORL_MILLISECONDS(10));
}

static void sources_that_come_while_it_runs_are_gathered_for_one_call(void **state)
{
  fixture_t *fixture = *state;
  make_waitable(fixture, hear_slowly);
  assert_int_equal(fixture_with_open_node(fixture, signal_meanwhile), WHORL_OK);
  assert_int_equal(fixture->calls, 2);
  assert_true(heard[0] == 1);
  assert_true(heard[1] == (UINT64_C(1) << 3 | UINT64_C(1) << 63));
}

static int fail_once(uint64_t word, void *arg)
{
  WHORL_TRY(hear(word, arg));
  return WHORL_IO_ERROR;
}

static void an_error_ends_the_nodes_scope_and_names_it(void **state)
{
  fixture_t *fixture = *state;
  const whorl_guard_condition_options_t options = {.name = "the door bell"};
  assert_int_equal(whorl_guard_condition_create(fixture->node, fail_once, fixture, &options, &guard), WHORL_OK);
  assert_int_equal(trigger(), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, only_wait), WHORL_IO_ERROR);
  assert_non_null(strstr(whorl_detail(), "the door bell"));
}

static int destroy_itself(uint64_t word, void *arg)
{
  WHORL_TRY(hear(word, arg));
  assert_int_equal(trigger(), WHORL_OK);
  assert_int_equal(whorl_guard_condition_destroy(guard), WHORL_OK);
  assert_int_equal(trigger(), WHORL_DESTROYED);
  return WHORL_OK;
}

static void PAIN_40_it_may_destroy_itself_and_is_called_no_more(void **state)
{
  fixture_t *fixture = *state;
  make_guard(fixture, destroy_itself);
  assert_int_equal(trigger(), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, only_wait), WHORL_OK);
  assert_int_equal(fixture->calls, 1);
}

static void *trigger_often(void *arg)
{
  for (int i = 0; i < 1000; i++) assert_int_equal(trigger(), WHORL_OK);
  return arg;
}

static uint64_t sum;

static int add_up(uint64_t triggers, void *arg)
{
  (void)arg;
  sum += triggers;
  return WHORL_OK;
}

static int trigger_from_two_threads(fixture_t *fixture)
{
  pthread_t threads[2];
  (void)fixture;
  for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, trigger_often, NULL), 0);
  while (sum < 2000) WHORL_TRY(whorl_sleep(WHORL_MICROSECONDS(1)));
  for (int i = 0; i < 2; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  return WHORL_OK;
}

static void no_trigger_of_another_thread_is_lost(void **state)
{
  sum = 0;
  make_guard(*state, add_up);
  assert_int_equal(fixture_with_open_node(*state, trigger_from_two_threads), WHORL_OK);
  assert_int_equal(sum, 2000);
}

static void PAIN_27_bad_calls_say_what_is_wrong(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_guard_condition_create(fixture->node, NULL, NULL, NULL, &guard), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "a guard condition needs a callback");
  assert_int_equal(whorl_waitable_create(fixture->node, NULL, NULL, NULL, &waitable), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "a waitable needs a callback");
  make_waitable(fixture, hear);
  assert_int_equal(whorl_waitable_signal(waitable, 64), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "whorl_waitable_signal: source 64 of a waitable is none, they go from 0 to 63");
  assert_int_equal(whorl_waitable_signal((whorl_waitable_t){0}, 0), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_waitable_destroy(waitable), WHORL_OK);
  assert_int_equal(whorl_waitable_destroy(waitable), WHORL_DESTROYED);
  assert_int_equal(whorl_guard_condition_trigger((whorl_guard_condition_t){0}), WHORL_INVALID_HANDLE);
}

static void WST_12_a_guard_condition_needs_a_living_node(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t other = fixture_make_node(fixture, "other");
  assert_int_equal(whorl_guard_condition_create(other, hear, fixture, NULL, &guard), WHORL_OK);
  assert_int_equal(whorl_node_destroy(other), WHORL_OK);
  assert_int_equal(trigger(), WHORL_DESTROYED);
  assert_int_equal(whorl_guard_condition_create(other, hear, fixture, NULL, &guard), WHORL_DESTROYED);
  assert_int_equal(whorl_context_shutdown(fixture->context), WHORL_OK);
  assert_int_equal(whorl_guard_condition_create(fixture->node, hear, fixture, NULL, &guard), WHORL_SHUTDOWN);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(WST_14_a_callback_gets_the_number_of_triggers),
      NODE_TEST(WST_14_triggers_of_a_node_that_nobody_drives_are_handed_over_later),
      NODE_TEST(a_trigger_from_inside_makes_one_more_call),
      NODE_TEST(sources_that_come_while_it_runs_are_gathered_for_one_call),
      NODE_TEST(an_error_ends_the_nodes_scope_and_names_it),
      NODE_TEST(PAIN_40_it_may_destroy_itself_and_is_called_no_more),
      NODE_TEST(no_trigger_of_another_thread_is_lost),
      NODE_TEST(PAIN_27_bad_calls_say_what_is_wrong),
      NODE_TEST(WST_12_a_guard_condition_needs_a_living_node),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
