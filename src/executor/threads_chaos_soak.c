// As threads_chaos_cyclone_test.c, for a minute in each of its lives; then each kind's hundred thousand cancels that race with a spin.
#include "executor/threads_chaos_testing.h"

enum { RACES = 100000 };

static void a_minute_of_four_threads_that_change_everything_while_four_spin(void **state)
{
  (void)state;
  chaos_live(0, WHORL_SECONDS(60));
}

typedef struct race {
  whorl_executor_t executor;
  atomic_int round; // whose spin is about to begin
} race_t;

static void *cancel_each(void *arg)
{
  race_t *race = arg;
  for (int round = 1; round <= RACES; round++) {
    while (atomic_load(&race->round) < round) sched_yield();
    (void)whorl_executor_cancel(race->executor);
  }
  return NULL;
}

static int again(uint64_t triggers, void *arg)
{
  (void)triggers;
  return whorl_guard_condition_trigger(*(const whorl_guard_condition_t *)arg);
}

// One cancel a spin, before it, while it begins or while it runs: were one lost, its spin would not end.
static void race_with(whorl_executor_kind_t kind)
{
  race_t race = {.executor.id = 0};
  whorl_context_t context;
  whorl_node_t node;
  whorl_guard_condition_t guard;
  pthread_t canceler;
  const whorl_executor_options_t options = {.threads = kind == WHORL_EXECUTOR_MULTI_THREADED ? 4 : 0, .capacity = 64};
  assert_int_equal(whorl_context_create(0, NULL, NULL, &context), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "tested", NULL, &node), WHORL_OK);
  assert_int_equal(whorl_executor_create(context, kind, &options, &race.executor), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(race.executor, node), WHORL_OK);
  assert_int_equal(whorl_guard_condition_create(node, again, &guard, NULL, &guard), WHORL_OK);
  assert_int_equal(whorl_guard_condition_trigger(guard), WHORL_OK);
  assert_int_equal(pthread_create(&canceler, NULL, cancel_each, &race), 0);
  for (int round = 1; round <= RACES; round++) {
    atomic_store(&race.round, round);
    assert_int_equal(whorl_executor_spin(race.executor), WHORL_OK);
  }
  pthread_join(canceler, NULL);
  assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
}

static void PAIN_35_a_hundred_thousand_cancels_race_with_each_kind(void **state)
{
  (void)state;
  for (int kind = WHORL_EXECUTOR_SINGLE_THREADED; kind <= WHORL_EXECUTOR_STATIC; kind++) race_with((whorl_executor_kind_t)kind);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(PAIN_35_a_hundred_thousand_cancels_race_with_each_kind),
      cmocka_unit_test(a_minute_of_four_threads_that_change_everything_while_four_spin),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
