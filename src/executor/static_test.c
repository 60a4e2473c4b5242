// The static kind: room, order, counts, preparation and periods, as the peer's own tests have them. (Its triggers and inputs: cycle_test.)
#include <std_srvs/srv/trigger.h>

#include "base/memory.h"
#include "executor/static_fixture.h"

#define TRIGGER WHORL_SERVICE(std_srvs, srv, Trigger)

static const int64_t MS = WHORL_MILLISECONDS(1);
static const whorl_executor_options_t ten = {.capacity = 10};

static whorl_executor_t make(void **state, const whorl_executor_options_t *options)
{
  whorl_executor_t executor;
  assert_int_equal(whorl_executor_create(((fixture_t *)*state)->context, WHORL_EXECUTOR_STATIC, options, &executor), WHORL_OK);
  return executor;
}

static void refuse(void **state, const whorl_executor_options_t *options, const char *sentence)
{
  whorl_executor_t executor;
  assert_int_equal(whorl_executor_create(((fixture_t *)*state)->context, WHORL_EXECUTOR_STATIC, options, &executor),
                   WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), sentence);
}

static void RCLC_01_it_is_made_for_a_number_of_entities(void **state)
{
  whorl_executor_kind_t kind;
  refuse(state, NULL, "a static executor needs to know for how many entities: options.capacity is 0");
  refuse(state, &(whorl_executor_options_t){.capacity = 1, .trigger = (whorl_executor_trigger_t)9}, "an executor's trigger 9 is none");
  refuse(state, &(whorl_executor_options_t){.capacity = 1, .trigger = WHORL_TRIGGER_ONE},
         "the trigger ONE needs a group: options.trigger_group is none");
  refuse(state, &(whorl_executor_options_t){.capacity = 1, .trigger = WHORL_TRIGGER_USER},
         "the trigger USER needs a function: options.trigger_function is NULL");
  refuse(state, &(whorl_executor_options_t){.capacity = 1, .cycle_ns = -1}, "an executor's cycle_ns of -1 is negative");
  assert_int_equal(whorl_executor_kind_from_name("static", &kind), WHORL_OK);
  assert_int_equal(kind, WHORL_EXECUTOR_STATIC);
  assert_int_equal(whorl_executor_destroy(make(state, &ten)), WHORL_OK);
}

static void RCLC_01_other_kinds_have_no_cycles(void **state)
{
  whorl_executor_t executor;
  const whorl_executor_options_t options = {.keep_inputs = true};
  assert_int_equal(whorl_executor_create(((fixture_t *)*state)->context, WHORL_EXECUTOR_EVENTS, &options, &executor),
                   WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "an executor of kind events has no cycles: trigger and keep_inputs are the static one's");
  assert_int_equal(whorl_executor_create(((fixture_t *)*state)->context, WHORL_EXECUTOR_EVENTS, NULL, &executor), WHORL_OK);
  assert_int_equal(whorl_executor_spin_period(executor, MS), WHORL_WRONG_STATE);
  assert_string_equal(whorl_detail(), "executor 'executor' has no cycles: only the static kind spins by a period");
}

static void RCLC_02_ending_it_twice_is_told(void **state)
{
  whorl_executor_t executor = make(state, &ten);
  assert_int_equal(whorl_executor_destroy(executor), WHORL_OK);
  assert_int_equal(whorl_executor_destroy(executor), WHORL_DESTROYED);
  assert_int_equal(whorl_executor_destroy((whorl_executor_t){0}), WHORL_INVALID_HANDLE);
}

static whorl_executor_counts_t counts_of(whorl_executor_t executor)
{
  whorl_executor_counts_t counts;
  assert_int_equal(whorl_executor_count_entities(executor, &counts), WHORL_OK);
  return counts;
}

static void RCLC_03_04_a_refused_subscription_is_not_counted(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 1, &ten);
  whorl_node_t node = lines.bench.node;
  const whorl_subscription_options_t here = {.callback_group = lines.line[0].group};
  assert_int_equal(whorl_subscription_create((whorl_node_t){0}, INT32, "t", line_call, NULL, &here, NULL), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_subscription_create(node, NULL, "t", line_call, NULL, &here, NULL), WHORL_INVALID_TYPE);
  assert_int_equal(whorl_subscription_create(node, INT32, NULL, line_call, NULL, &here, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_subscription_create(node, INT32, "t", NULL, NULL, &here, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_executor_count_entities(lines.bench.executor, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(counts_of(lines.bench.executor).subscriptions, 1);
  assert_int_equal(whorl_subscription_create(node, INT32, "t", line_call, NULL, &here, NULL), WHORL_OK); // a NULL argument is allowed
  assert_int_equal(counts_of(lines.bench.executor).subscriptions, 2);
  bench_destroy(&lines.bench);
}

static void RCLC_05_more_than_it_has_room_for_is_refused(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 1, &(whorl_executor_options_t){.name = "small", .capacity = 1});
  whorl_node_t node = lines.bench.node;
  const whorl_subscription_options_t here = {.callback_group = lines.line[0].group};
  line_make(&lines, 1, NULL);
  assert_int_equal(whorl_executor_add_callback_group(lines.bench.executor, lines.line[1].group), WHORL_LIMIT_EXCEEDED);
  assert_string_equal(whorl_detail(), "executor 'small' has room for 1 entities and 1 already: 1 more do not fit");
  assert_int_equal(whorl_subscription_create(node, INT32, "t", line_call, NULL, &here, NULL), WHORL_LIMIT_EXCEEDED);
  assert_int_equal(whorl_timer_create(node, MS, NULL, NULL, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(counts_of(lines.bench.executor).subscriptions, 1);
  assert_int_equal(whorl_subscription_destroy(lines.line[0].subscription), WHORL_OK); // leaves its place to another
  assert_int_equal(whorl_subscription_create(node, INT32, "t", line_call, NULL, &here, NULL), WHORL_OK);
  bench_destroy(&lines.bench);
}

static void RCLC_05_a_node_that_does_not_fit_is_not_added_at_all(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 1, &(whorl_executor_options_t){.capacity = 2});
  for (int i = 0; i < 2; i++)
    assert_int_equal(whorl_subscription_create(lines.bench.node, INT32, "t", line_call, &lines.line[0], NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(lines.bench.executor, lines.bench.node), WHORL_LIMIT_EXCEEDED);
  assert_int_equal(whorl_executor_remove_node(lines.bench.executor, lines.bench.node), WHORL_NOT_ADDED);
  assert_int_equal(counts_of(lines.bench.executor).subscriptions, 1);
  bench_destroy(&lines.bench);
}

static void RCLC_06_removing_lowers_the_count(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 2, &ten);
  assert_int_equal(whorl_executor_remove_callback_group(lines.bench.executor, lines.line[0].group), WHORL_OK);
  assert_int_equal(counts_of(lines.bench.executor).subscriptions, 1);
  assert_int_equal(whorl_executor_remove_callback_group(lines.bench.executor, lines.line[0].group), WHORL_NOT_ADDED);
  assert_int_equal(whorl_executor_remove_callback_group(lines.bench.executor, (whorl_callback_group_t){0}), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_executor_remove_callback_group((whorl_executor_t){0}, lines.line[0].group), WHORL_INVALID_HANDLE);
  bench_destroy(&lines.bench);
}

static void publish_all(lines_t *lines, int count)
{
  for (int i = count - 1; i >= 0; i--) line_publish(lines, i, i); // against the order
}

static void take_out_and_add(lines_t *lines, int which)
{
  assert_int_equal(whorl_executor_remove_callback_group(lines->bench.executor, lines->line[which].group), WHORL_OK);
  line_add(lines, which);
}

static void RCLC_07_the_order_is_that_of_adding(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 3, &ten);
  take_out_and_add(&lines, 1);
  publish_all(&lines, 3);
  assert_string_equal(lines_cycle(&lines), "a c b");
  take_out_and_add(&lines, 0);
  publish_all(&lines, 3);
  assert_string_equal(lines_cycle(&lines), "c b a");
  bench_destroy(&lines.bench);
}

static int note_tick(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  bench_note(arg, "timer");
  ((bench_t *)arg)->calls[0]++;
  return WHORL_OK;
}

static int note_triggers(uint64_t triggers, void *arg)
{
  ((bench_t *)arg)->calls[1] += (int)triggers;
  ((bench_t *)arg)->calls[2]++;
  bench_note(arg, "guard");
  return WHORL_OK;
}

static int answer(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)call;
  bench_note(arg, "service");
  ((bench_t *)arg)->calls[3]++;
  ((std_srvs__srv__Trigger_Response *)response)->success = true;
  return WHORL_OK;
}

static void RCLC_08_each_kind_is_counted_for_itself(void **state)
{
  lines_t lines;
  bench_t *bench = &lines.bench;
  whorl_client_t client;
  lines_make(&lines, state, 2, &ten);
  assert_int_equal(whorl_timer_create(bench->node, MS, note_tick, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_service_create(bench->node, TRIGGER, "service", answer, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_client_create(bench->node, TRIGGER, "service", NULL, &client), WHORL_OK);
  assert_int_equal(whorl_guard_condition_create(bench->node, note_triggers, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(counts_of(bench->executor).timers, 0);
  bench_add_node(bench);
  whorl_executor_counts_t counts = counts_of(bench->executor);
  assert_int_equal(counts.subscriptions, 2);
  assert_int_equal(counts.timers, 1);
  assert_int_equal(counts.services, 1);
  assert_int_equal(counts.others, 1);
  bench_destroy(bench);
}

static void make_timer(bench_t *bench)
{
  bench_create(bench, bench->fixture, WHORL_EXECUTOR_STATIC, &ten);
  assert_int_equal(whorl_timer_create(bench->node, 100 * MS, note_tick, bench, NULL, &bench->timers[0]), WHORL_OK);
  bench_add_node(bench);
}

static void RCLC_09_12_ten_short_spins_with_a_timer_of_twice_their_length(void **state)
{
  bench_t bench = {.fixture = *state};
  make_timer(&bench);
  for (int i = 0; i < 10; i++) {
    bench_let_pass(&bench, 50 * MS);
    assert_true(whorl_executor_spin_some(bench.executor, WHORL_SECONDS(1)) >= 0);
  }
  assert_int_equal(bench.calls[0], 5);
  bench_destroy(&bench);
}

static void RCLC_11_a_timer_cancelled_on_the_way_stays_silent(void **state)
{
  bench_t bench = {.fixture = *state};
  make_timer(&bench);
  for (int i = 1; i <= 10; i++) {
    if (i >= 7) assert_int_equal(whorl_timer_cancel(bench.timers[0]), WHORL_OK);
    bench_let_pass(&bench, 50 * MS);
    assert_true(whorl_executor_spin_some(bench.executor, 0) >= 0);
  }
  assert_int_equal(bench.calls[0], 3);
  bench_destroy(&bench);
}

static void RCLC_10_a_cancelled_timer_does_not_hinder_subscriptions(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 1, &ten);
  const whorl_timer_options_t here = {.callback_group = lines.line[0].group};
  assert_int_equal(whorl_timer_create(lines.bench.node, MS, note_tick, &lines.bench, &here, &lines.bench.timers[0]), WHORL_OK);
  assert_int_equal(whorl_timer_cancel(lines.bench.timers[0]), WHORL_OK);
  for (int i = 0; i < 3; i++) {
    line_publish(&lines, 0, i);
    assert_string_equal(lines_cycle(&lines), "a");
  }
  assert_int_equal(lines.line[0].calls, 3);
  bench_destroy(&lines.bench);
}

static void RCLC_13_the_order_of_arrival_does_not_matter(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 3, &ten);
  for (int round = 0; round < 3; round++)
    for (int i = 0; i < 3; i++) line_publish(&lines, i, round);
  for (int round = 0; round < 3; round++) {
    assert_string_equal(lines_cycle(&lines), "a b c"); // one message of each
    for (int i = 0; i < 3; i++) assert_int_equal(lines.line[i].last, round);
  }
  assert_string_equal(lines_cycle(&lines), "");
  for (int round = 0; round < 3; round++) publish_all(&lines, 3);
  for (int round = 0; round < 3; round++) assert_string_equal(lines_cycle(&lines), "a b c");
  bench_destroy(&lines.bench);
}

static void RCLC_15_16_one_message_a_spin_also_of_a_late_member(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 1, &ten);
  line_make(&lines, 1, NULL); // exists, but is not here yet
  bench_let_pass(&lines.bench, WHORL_SECONDS(1));
  for (int i = 1; i <= 2; i++) publish_all(&lines, 2);
  (void)lines_cycle(&lines);
  assert_int_equal(lines.line[0].calls, 1);
  assert_int_equal(lines.line[1].calls, 0);
  line_add(&lines, 1);
  (void)lines_cycle(&lines);
  assert_int_equal(lines.line[0].calls, 2);
  assert_int_equal(lines.line[1].calls, 1);
  bench_destroy(&lines.bench);
}

typedef struct pace {
  bench_t *bench;
  int64_t first_ns, last_ns, latest_ns;
  int calls, late_at, cancels_at;
} pace_t;

static int keep_pace(const void *message, const whorl_message_info_t *info, void *arg)
{
  pace_t *pace = arg;
  (void)message, (void)info;
  int64_t now_ns = bench_executor_now();
  if (pace->calls++ == 0) pace->first_ns = now_ns;
  pace->last_ns = now_ns;
  if (pace->calls == pace->late_at) bench_work(50 * MS);
  return pace->calls == pace->cancels_at ? whorl_executor_cancel(pace->bench->executor) : WHORL_OK;
}

static void spin_by_period(void **state, pace_t *pace)
{
  static const whorl_subscription_options_t options = {.every_cycle = true};
  bench_t bench;
  bench_create(&bench, *state, WHORL_EXECUTOR_STATIC, &(whorl_executor_options_t){.capacity = 1, .trigger = WHORL_TRIGGER_ALWAYS});
  pace->bench = &bench;
  assert_int_equal(whorl_subscription_create(bench.node, INT32, "topic", keep_pace, pace, &options, NULL), WHORL_OK);
  bench_add_node(&bench);
  assert_int_equal(whorl_executor_spin_period(bench.executor, 0), WHORL_INVALID_ARGUMENT);
  for (int i = 0; i < 3; i++) bench_publish(&bench, i); // makes no cycle come earlier
  int64_t before_ns = bench_executor_now();
  assert_int_equal(whorl_executor_spin_period(bench.executor, 20 * MS), WHORL_OK);
  pace->first_ns -= before_ns;
  pace->last_ns -= before_ns;
  bench_destroy(&bench);
}

static void RCLC_17_a_period_is_kept(void **state)
{
  pace_t pace = {.cancels_at = 100};
  spin_by_period(state, &pace);
  assert_int_equal(pace.first_ns, 20 * MS);
  assert_int_equal(pace.last_ns, 100 * 20 * MS);
}

static void RCLC_17_a_late_cycle_is_caught_up(void **state)
{
  pace_t pace = {.late_at = 10, .cancels_at = 100};
  spin_by_period(state, &pace);
  assert_int_equal(pace.last_ns, 100 * 20 * MS);
}

static void RCLC_25_26_a_service_and_a_client_in_one_executor(void **state)
{
  bench_t bench;
  whorl_client_t client;
  whorl_future_t future;
  const std_srvs__srv__Trigger_Request request = {0};
  std_srvs__srv__Trigger_Response response = {0};
  bench_create(&bench, *state, WHORL_EXECUTOR_STATIC, &ten);
  assert_int_equal(whorl_service_create(bench.node, TRIGGER, "service", answer, &bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_client_create(bench.node, TRIGGER, "service", NULL, &client), WHORL_OK);
  bench_add_node(&bench);
  bench_let_pass(&bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_client_send(client, &request, &future), WHORL_OK);
  bench_let_pass(&bench, MS);
  assert_int_equal(whorl_executor_spin_some(bench.executor, 0), 1);
  assert_int_equal(bench.calls[3], 1);
  assert_int_equal(whorl_executor_spin_until_future_complete(bench.executor, future, WHORL_SECONDS(1)), WHORL_FUTURE_SUCCESS);
  assert_int_equal(whorl_future_take(future, &response), WHORL_OK);
  assert_true(response.success);
  std_srvs__srv__Trigger_Response__fini(&response);
  assert_int_equal(whorl_future_destroy(future), WHORL_OK);
  bench_destroy(&bench);
}

static void RCLC_27_a_subscriptions_callback_gets_its_argument(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 1, &ten);
  line_publish(&lines, 0, 42);
  assert_string_equal(lines_cycle(&lines), "a");
  assert_int_equal(lines.line[0].last, 42); // written through it
  bench_destroy(&lines.bench);
}

static void RCLC_28_a_triggered_guard_condition_runs_once(void **state)
{
  bench_t bench;
  whorl_guard_condition_t guard;
  bench_create(&bench, *state, WHORL_EXECUTOR_STATIC, &ten);
  bench_add_node(&bench);
  assert_int_equal(whorl_guard_condition_create((whorl_node_t){0}, note_triggers, &bench, NULL, &guard), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_guard_condition_create(bench.node, NULL, &bench, NULL, &guard), WHORL_INVALID_ARGUMENT);
  assert_int_equal(counts_of(bench.executor).others, 0);
  assert_int_equal(whorl_guard_condition_create(bench.node, note_triggers, &bench, NULL, &guard), WHORL_OK);
  assert_int_equal(whorl_guard_condition_trigger(guard), WHORL_OK);
  for (int i = 0; i < 2; i++) assert_int_equal(whorl_executor_spin_some(bench.executor, 0), i == 0 ? 1 : 0);
  assert_int_equal(bench.calls[2], 1);
  bench_destroy(&bench);
}

static int sleeps(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info;
  ++*(int *)arg;
  return whorl_sleep(10 * MS);
}

// Eight callbacks that are suspended at the same time, each with a stack of its own.
static void RCLC_29_30_after_prepare_nothing_is_allocated_for_callbacks(void **state)
{
  bench_t bench;
  int begun = 0;
  const whorl_subscription_options_t many = {.max_in_flight = 8};
  bench_create(&bench, *state, WHORL_EXECUTOR_STATIC, &(whorl_executor_options_t){.capacity = 8});
  whorl_subscription_options_t options = many;
  assert_int_equal(whorl_callback_group_create(bench.node, WHORL_CALLBACK_GROUP_REENTRANT, NULL, &options.callback_group), WHORL_OK);
  assert_int_equal(whorl_executor_prepare(bench.executor), WHORL_OK); // with nothing here
  bench_add_node(&bench);
  for (int i = 0; i < 8; i++)
    assert_int_equal(whorl_subscription_create(bench.node, INT32, "topic", sleeps, &begun, &options, NULL), WHORL_OK);
  bench_let_pass(&bench, WHORL_SECONDS(1));
  for (int i = 0; i < 2; i++) assert_int_equal(whorl_executor_prepare(bench.executor), WHORL_OK);
  bench_publish(&bench, 1);
  bench_let_pass(&bench, MS);
  uint64_t before = whorl__memory_allocations();
  assert_int_equal(whorl_executor_spin_some(bench.executor, 0), 8);
  assert_int_equal(begun, 8);
  assert_int_equal(whorl__memory_allocations() - before, 0);
  bench_destroy(&bench);
}

static void RCLC_29_there_is_no_memory_for_that_many(void **state)
{
  bench_t bench;
  bench_create(&bench, *state, WHORL_EXECUTOR_SINGLE_THREADED, &(whorl_executor_options_t){.capacity = SIZE_MAX});
  assert_int_equal(whorl_executor_prepare(bench.executor), WHORL_NO_MEMORY);
  assert_string_equal(whorl_detail(), "no memory for the callbacks of 18446744073709551615 entities");
  bench_destroy(&bench);
}

static int prepare_inside(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  bench->status = whorl_executor_prepare(bench->executor);
  return WHORL_OK;
}

static void RCLC_29_prepare_is_refused_while_it_spins(void **state)
{
  bench_t bench;
  bench_create(&bench, *state, WHORL_EXECUTOR_STATIC, &ten);
  assert_int_equal(whorl_timer_create(bench.node, MS, prepare_inside, &bench, NULL, NULL), WHORL_OK);
  bench_add_node(&bench);
  assert_int_equal(whorl_executor_spin_once(bench.executor, WHORL_SECONDS(1)), 1);
  assert_int_equal(bench.status, WHORL_BUSY);
  bench_destroy(&bench);
}

static void RCLC_31_a_quiet_spin_and_one_without_a_living_context(void **state)
{
  bench_t bench;
  bench_create(&bench, *state, WHORL_EXECUTOR_STATIC, &ten);
  assert_int_equal(whorl_executor_spin_some(bench.executor, MS), 0);
  assert_int_equal(whorl_executor_spin_once(bench.executor, MS), 0);
  assert_int_equal(whorl_context_shutdown(bench.fixture->context), WHORL_OK);
  assert_int_equal(whorl_executor_spin_some(bench.executor, MS), WHORL_SHUTDOWN);
  assert_int_equal(whorl_executor_spin_period(bench.executor, MS), WHORL_SHUTDOWN);
  bench_destroy(&bench);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(RCLC_01_it_is_made_for_a_number_of_entities),
      NODE_TEST(RCLC_01_other_kinds_have_no_cycles),
      NODE_TEST(RCLC_02_ending_it_twice_is_told),
      NODE_TEST(RCLC_03_04_a_refused_subscription_is_not_counted),
      NODE_TEST(RCLC_05_more_than_it_has_room_for_is_refused),
      NODE_TEST(RCLC_05_a_node_that_does_not_fit_is_not_added_at_all),
      NODE_TEST(RCLC_06_removing_lowers_the_count),
      NODE_TEST(RCLC_07_the_order_is_that_of_adding),
      NODE_TEST(RCLC_08_each_kind_is_counted_for_itself),
      NODE_TEST(RCLC_09_12_ten_short_spins_with_a_timer_of_twice_their_length),
      NODE_TEST(RCLC_10_a_cancelled_timer_does_not_hinder_subscriptions),
      NODE_TEST(RCLC_11_a_timer_cancelled_on_the_way_stays_silent),
      NODE_TEST(RCLC_13_the_order_of_arrival_does_not_matter),
      NODE_TEST(RCLC_15_16_one_message_a_spin_also_of_a_late_member),
      NODE_TEST(RCLC_17_a_period_is_kept),
      NODE_TEST(RCLC_17_a_late_cycle_is_caught_up),
      NODE_TEST(RCLC_25_26_a_service_and_a_client_in_one_executor),
      NODE_TEST(RCLC_27_a_subscriptions_callback_gets_its_argument),
      NODE_TEST(RCLC_28_a_triggered_guard_condition_runs_once),
      NODE_TEST(RCLC_29_30_after_prepare_nothing_is_allocated_for_callbacks),
      NODE_TEST(RCLC_29_there_is_no_memory_for_that_many),
      NODE_TEST(RCLC_29_prepare_is_refused_while_it_spins),
      NODE_TEST(RCLC_31_a_quiet_spin_and_one_without_a_living_context),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
