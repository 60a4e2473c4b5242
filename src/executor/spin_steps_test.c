// What executors and their entities cost depends on what is ready, not on what is there. Counted in instructions, so no other program can be in the way.
#include "executor/executor_fixture.h"
#include "task/steps_testing.h"

enum { WARM_UP = 5 };

static whorl_guard_condition_t guard;

static int note_trigger(uint64_t triggers, void *arg)
{
  ((bench_t *)arg)->calls[0] += (int)triggers;
  return WHORL_OK;
}

static int note_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message;
  (void)info;
  ((bench_t *)arg)->calls[1]++;
  return WHORL_OK;
}

static int ignore_tick(const whorl_timer_info_t *info, void *arg) { return (void)info, (void)arg, WHORL_OK; }

static void add_idle(bench_t *bench, int count)
{
  for (int i = 0; i < count; i++) {
    char topic[16];
    snprintf(topic, sizeof topic, "idle%d", i);
    assert_int_equal(whorl_subscription_create(bench->node, INT32, topic, note_message, bench, NULL, NULL), WHORL_OK);
    assert_int_equal(whorl_timer_create(bench->node, WHORL_SECONDS(1000), ignore_tick, NULL, NULL, NULL), WHORL_OK);
  }
}

static void spin_once_with_one_ready(void *arg)
{
  bench_t *bench = arg;
  (void)whorl_guard_condition_trigger(guard);
  if (whorl_executor_spin_once(bench->executor, 0) != 1) abort();
}

static void publish_and_spin(void *arg)
{
  bench_t *bench = arg;
  bench_publish(bench, 1);
  if (whorl_executor_spin_some(bench->executor, 0) < 0) abort();
}

static long warm_cost(void (*run)(void *arg), bench_t *bench)
{
  for (int i = 0; i < WARM_UP; i++) {
    run(bench);
    bench_let_pass(bench, WHORL_MILLISECONDS(1));
  }
  long steps = count_steps(run, bench);
  assert_true(steps > 100);
  return steps;
}

#define assert_alike(few, many, percent) expect_alike(few, many, percent, __LINE__)
static void expect_alike(long few, long many, long percent, int line)
{
  print_message("line %d: %ld steps among few, %ld among many\n", line, few, many);
  assert_true(many * 100 <= few * percent);
}

static whorl_executor_options_t roomy(void) { return (whorl_executor_options_t){.capacity = 4000}; }

static void PAIN_49_spinning_once_costs_what_is_ready_body(bench_t *bench)
{
  assert_int_equal(whorl_guard_condition_create(bench->node, note_trigger, bench, NULL, &guard), WHORL_OK);
  bench_add_node(bench);
  add_idle(bench, 1);
  long few = warm_cost(spin_once_with_one_ready, bench);
  add_idle(bench, 1000);
  assert_alike(few, warm_cost(spin_once_with_one_ready, bench), 120);
}

static void PAIN_49_spinning_once_costs_what_is_ready(void **state)
{
  if (!COUNTS_STEPS) skip();
  const whorl_executor_options_t options = roomy();
  bench_run_with(state, PAIN_49_spinning_once_costs_what_is_ready_body, &options);
}

static void PAIN_45_a_message_costs_the_same_among_idle_entities_body(bench_t *bench)
{
  assert_int_equal(whorl_subscription_create(bench->node, INT32, "topic", note_message, bench, NULL, NULL), WHORL_OK);
  bench_add_node(bench);
  add_idle(bench, 10);
  bench_let_pass(bench, WHORL_SECONDS(1)); // they find each other
  long few = warm_cost(publish_and_spin, bench);
  add_idle(bench, 1000);
  assert_alike(few, warm_cost(publish_and_spin, bench), 120);
  assert_int_equal(bench->calls[1], 2 * WARM_UP - 1);
}

static void PAIN_45_a_message_costs_the_same_among_idle_entities(void **state)
{
  if (!COUNTS_STEPS) skip();
  const whorl_executor_options_t options = roomy();
  bench_run_with(state, PAIN_45_a_message_costs_the_same_among_idle_entities_body, &options);
}

// A hundred of them a second are two million instructions then, a thousandth of what a CPU does.
enum { FEW_STEPS = 20000 };

static int publish_at_tick(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  bench_publish(arg, 1);
  return WHORL_OK;
}

static void tick(void *arg)
{
  bench_t *bench = arg;
  if (whorl_executor_spin_some(bench->executor, 0) < 1) abort();
}

EXECUTOR_TEST(PAIN_15_a_tick_that_publishes_costs_few_instructions)
{
  if (!COUNTS_STEPS) skip();
  assert_int_equal(whorl_subscription_create(bench->node, INT32, "topic", note_message, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_timer_create(bench->node, WHORL_MILLISECONDS(1), publish_at_tick, bench, NULL, NULL), WHORL_OK);
  bench_add_node(bench);
  bench_let_pass(bench, WHORL_SECONDS(1)); // they find each other
  long steps = warm_cost(tick, bench);
  print_message("%ld steps\n", steps);
  assert_true(steps < FEW_STEPS * (COUNTS_CHECKS ? 5 : 1));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(PAIN_49_spinning_once_costs_what_is_ready),
      NODE_TEST(PAIN_15_a_tick_that_publishes_costs_few_instructions),
      NODE_TEST(PAIN_45_a_message_costs_the_same_among_idle_entities),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
