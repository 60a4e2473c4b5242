// No fiber is left (docs/rules.md D22): callbacks that have begun go on, those that have not wait until one comes back, and nothing is lost.
#include "executor/executor_fixture.h"
#include "task/stack.h"

// So many stacks an executor's core begins with, of which none is left while so many callbacks are suspended.
enum { STACKS = 4, TOPICS = 12 };

typedef struct sleepers {
  int begun, ended, inside, most_inside;
} sleepers_t;

static int sleep_a_while(const void *message, const whorl_message_info_t *info, void *arg)
{
  sleepers_t *sleepers = arg;
  (void)message;
  (void)info;
  sleepers->begun++;
  if (++sleepers->inside > sleepers->most_inside) sleepers->most_inside = sleepers->inside;
  for (int i = 0; i < 3; i++) WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(1)));
  sleepers->inside--;
  sleepers->ended++;
  return WHORL_OK;
}

static void subscribe(bench_t *bench, sleepers_t *sleepers, whorl_callback_group_t group)
{
  const whorl_subscription_options_t options = {.callback_group = group};
  whorl_subscription_t subscription;
  for (int i = 0; i < TOPICS; i++)
    assert_int_equal(whorl_subscription_create(bench->node, INT32, "topic", sleep_a_while, sleepers, &options, &subscription), WHORL_OK);
}

static void make_them_ready(bench_t *bench, sleepers_t *sleepers)
{
  whorl_callback_group_t group;
  assert_int_equal(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_REENTRANT, NULL, &group), WHORL_OK);
  subscribe(bench, sleepers, group);
  bench_add_node(bench);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 0); // it has its first stacks
  bench_let_pass(bench, WHORL_SECONDS(1));                           // they find each other
  bench_publish(bench, 1);
  bench_let_pass(bench, WHORL_MILLISECONDS(1));
}

EXECUTOR_TEST(callbacks_wait_for_a_fiber_and_those_that_have_one_go_on)
{
  sleepers_t sleepers = {0};
  make_them_ready(bench, &sleepers);
  whorl__stack_pretend_full(true);
  bench_spin_for(bench, WHORL_SECONDS(1));
  whorl__stack_pretend_full(false);
  assert_int_equal(sleepers.begun, TOPICS);
  assert_int_equal(sleepers.ended, TOPICS);
  assert_int_equal(sleepers.most_inside, STACKS);
}

EXECUTOR_TEST(short_spins_do_the_same)
{
  sleepers_t sleepers = {0};
  make_them_ready(bench, &sleepers);
  whorl__stack_pretend_full(true);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), STACKS);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 0);
  for (int i = 0; i < 20 && sleepers.ended < TOPICS; i++) {
    bench_let_pass(bench, WHORL_MILLISECONDS(1));
    assert_true(whorl_executor_spin_some(bench->executor, 0) >= 0);
  }
  whorl__stack_pretend_full(false);
  assert_int_equal(sleepers.ended, TOPICS);
  assert_int_equal(sleepers.most_inside, STACKS);
}

// What is suspended is cancelled and ends, though there is no fiber for anything new.
EXECUTOR_TEST(an_executor_that_goes_needs_no_further_fiber)
{
  sleepers_t sleepers = {0};
  make_them_ready(bench, &sleepers);
  whorl__stack_pretend_full(true);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), STACKS);
  bench_destroy(bench);
  whorl__stack_pretend_full(false);
  assert_int_equal(sleepers.begun, STACKS);
  assert_int_equal(sleepers.ended, 0);
  assert_int_equal(
      whorl_executor_create(bench->fixture->context, bench->kind, &(whorl_executor_options_t){.capacity = TOPICS}, &bench->executor),
      WHORL_OK);
  bench_add_node(bench);
  bench_spin_for(bench, WHORL_SECONDS(1));
  assert_int_equal(sleepers.ended, TOPICS - STACKS);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(callbacks_wait_for_a_fiber_and_those_that_have_one_go_on, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(short_spins_do_the_same, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(an_executor_that_goes_needs_no_further_fiber, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
