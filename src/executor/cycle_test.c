// When the cycles of a static executor begin, and what they see: triggers, members of every cycle, and inputs that are kept.
#include "executor/executor.h"
#include "executor/static_fixture.h"

static const int64_t MS = WHORL_MILLISECONDS(1);

// Three lines, the last of which runs in every cycle.
static void make_two_and_one(lines_t *lines, void **state, const whorl_executor_options_t *options)
{
  bench_create(&lines->bench, *state, WHORL_EXECUTOR_STATIC, options);
  line_make(lines, 0, NULL);
  line_make(lines, 1, NULL);
  line_make(lines, 2, &(whorl_subscription_options_t){.every_cycle = true});
  for (int i = 0; i < 3; i++) line_add(lines, i);
  bench_let_pass(&lines->bench, WHORL_SECONDS(1));
}

static void RCLC_14_23_with_always_some_run_in_each_cycle_and_the_others_with_data(void **state)
{
  lines_t lines;
  make_two_and_one(&lines, state, &(whorl_executor_options_t){.trigger = WHORL_TRIGGER_ALWAYS});
  line_publish(&lines, 0, 1);
  assert_string_equal(lines_cycle(&lines), "a c");
  assert_string_equal(lines_cycle(&lines), "c");
  assert_int_equal(lines.line[2].idle_calls, 2);
  line_publish(&lines, 2, 7);
  assert_string_equal(lines_cycle(&lines), "c");
  assert_int_equal(lines.line[2].last, 7);
  assert_int_equal(lines.line[2].idle_calls, 2);
  bench_destroy(&lines.bench);
}

static void RCLC_14_with_any_it_runs_in_each_cycle_that_something_else_begins(void **state)
{
  lines_t lines;
  make_two_and_one(&lines, state, NULL);
  assert_string_equal(lines_cycle(&lines), "");
  line_publish(&lines, 1, 1);
  assert_string_equal(lines_cycle(&lines), "b c");
  assert_string_equal(lines_cycle(&lines), "");
  bench_destroy(&lines.bench);
}

static void RCLC_14_other_kinds_call_it_with_a_message_only(void **state)
{
  lines_t lines;
  bench_create(&lines.bench, *state, WHORL_EXECUTOR_EVENTS, NULL);
  line_make(&lines, 0, &(whorl_subscription_options_t){.every_cycle = true});
  line_add(&lines, 0);
  bench_let_pass(&lines.bench, WHORL_SECONDS(1));
  assert_string_equal(lines_cycle(&lines), "");
  line_publish(&lines, 0, 1);
  assert_string_equal(lines_cycle(&lines), "a");
  assert_int_equal(lines.line[0].idle_calls, 0);
  bench_destroy(&lines.bench);
}

static int end_it(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  return whorl_executor_cancel(((bench_t *)arg)->executor);
}

// Spins for that long; the timer is not among the static executor's members.
static void spin_for(lines_t *lines, int64_t duration_ns)
{
  whorl_future_t never;
  assert_int_equal(whorl_future_create(NULL, &never), WHORL_OK);
  lines->bench.trace[0] = '\0';
  assert_int_equal(whorl_executor_spin_until_future_complete(lines->bench.executor, never, duration_ns), WHORL_FUTURE_TIMEOUT);
  assert_int_equal(whorl_future_destroy(never), WHORL_OK);
}

static void RCLC_30_with_always_a_long_spin_has_a_cycle_a_second(void **state)
{
  lines_t lines;
  make_two_and_one(&lines, state, &(whorl_executor_options_t){.trigger = WHORL_TRIGGER_ALWAYS});
  spin_for(&lines, 3 * WHORL_SECONDS(1) + MS);
  assert_string_equal(lines.bench.trace, "c c c");
  bench_destroy(&lines.bench);
}

static void RCLC_30_or_as_often_as_it_is_told(void **state)
{
  lines_t lines;
  make_two_and_one(&lines, state, &(whorl_executor_options_t){.trigger = WHORL_TRIGGER_ALWAYS, .cycle_ns = 100 * MS});
  spin_for(&lines, 250 * MS);
  assert_string_equal(lines.bench.trace, "c c");
  bench_destroy(&lines.bench);
}

// The first callback of a cycle publishes what the second one, which has a message already, would take: the latest. In between it arrives.
static int last_of_the_second(void **state, const whorl_executor_options_t *options)
{
  lines_t lines;
  static const whorl_qos_t latest = {.depth = 1};
  const whorl_subscription_options_t own = {.qos = &latest};
  bench_create(&lines.bench, *state, WHORL_EXECUTOR_STATIC, options);
  for (int i = 0; i < 2; i++) {
    line_make(&lines, i, &own);
    line_add(&lines, i);
  }
  bench_let_pass(&lines.bench, WHORL_SECONDS(1));
  lines.line[0].forwards_to = lines.line[1].publisher;
  line_publish(&lines, 0, 1);
  line_publish(&lines, 1, 1);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(whorl_executor_spin_once(lines.bench.executor, 0), 1);
    bench_let_pass(&lines.bench, MS);
  }
  assert_string_equal(lines.bench.trace, "a b");
  int seen = lines.line[1].last;
  assert_string_equal(lines_cycle(&lines), seen == 1 ? "b" : "");
  assert_int_equal(lines.line[1].last, 2);
  bench_destroy(&lines.bench);
  return seen;
}

static void RCLC_18_a_later_callback_sees_what_an_earlier_one_published(void **state)
{
  assert_int_equal(last_of_the_second(state, NULL), 2);
}

static void RCLC_19_kept_inputs_are_of_the_cycles_beginning(void **state)
{
  assert_int_equal(last_of_the_second(state, &(whorl_executor_options_t){.keep_inputs = true}), 1);
}

static void RCLC_20_with_one_nothing_runs_before_the_chosen_one_has_data(void **state)
{
  lines_t lines;
  bench_create(&lines.bench, *state, WHORL_EXECUTOR_EVENTS, NULL);
  line_make(&lines, 0, NULL);
  line_make(&lines, 1, NULL);
  bench_destroy(&lines.bench);
  const whorl_executor_options_t options = {.capacity = 2, .trigger = WHORL_TRIGGER_ONE, .trigger_group = lines.line[0].group};
  assert_int_equal(whorl_executor_create(lines.bench.fixture->context, WHORL_EXECUTOR_STATIC, &options, &lines.bench.executor), WHORL_OK);
  for (int i = 0; i < 2; i++) line_add(&lines, i);
  bench_let_pass(&lines.bench, WHORL_SECONDS(1));
  line_publish(&lines, 1, 787);
  assert_string_equal(lines_cycle(&lines), "");
  line_publish(&lines, 0, 11);
  assert_string_equal(lines_cycle(&lines), "a b");
  assert_int_equal(lines.line[0].last, 11);
  assert_int_equal(lines.line[1].last, 787);
  bench_destroy(&lines.bench);
}

static void RCLC_21_with_any_whatever_has_data_runs(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 2, NULL);
  line_publish(&lines, 1, 1);
  assert_string_equal(lines_cycle(&lines), "b");
  line_publish(&lines, 0, 1);
  assert_string_equal(lines_cycle(&lines), "a");
  bench_destroy(&lines.bench);
}

static void RCLC_22_with_all_nothing_runs_before_everybody_has_data(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 3, &(whorl_executor_options_t){.trigger = WHORL_TRIGGER_ALL});
  line_publish(&lines, 2, 1);
  line_publish(&lines, 0, 1);
  assert_string_equal(lines_cycle(&lines), "");
  line_publish(&lines, 1, 1);
  assert_string_equal(lines_cycle(&lines), "a b c");
  line_publish(&lines, 1, 1);
  assert_string_equal(lines_cycle(&lines), "");
  bench_destroy(&lines.bench);
}

static void RCLC_22_one_of_many_at_a_time_the_cycle_stays_the_same(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 3, &(whorl_executor_options_t){.trigger = WHORL_TRIGGER_ALL});
  for (int i = 0; i < 3; i++) line_publish(&lines, i, 1);
  for (int i = 0; i < 3; i++) assert_int_equal(whorl_executor_spin_once(lines.bench.executor, 0), 1);
  assert_string_equal(lines.bench.trace, "a b c");
  assert_int_equal(whorl_executor_spin_once(lines.bench.executor, 0), 0);
  bench_destroy(&lines.bench);
}

static void RCLC_22_a_long_spin_waits_for_the_last_one(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 2, &(whorl_executor_options_t){.trigger = WHORL_TRIGGER_ALL});
  line_publish(&lines, 1, 1);
  spin_for(&lines, WHORL_SECONDS(1));
  assert_string_equal(lines.bench.trace, "");
  assert_int_equal(whorl_publish(lines.line[0].publisher, &(std_msgs__msg__Int32){.data = 1}), WHORL_OK); // comes while it spins
  spin_for(&lines, WHORL_SECONDS(1));
  assert_string_equal(lines.bench.trace, "a b");
  bench_destroy(&lines.bench);
}

// --- Events of QoS

typedef struct told {
  int times, status; // of the callback
} told_t;

static int on_event(const whorl_qos_event_t *event, void *arg)
{
  told_t *told = arg;
  (void)event;
  told->times++;
  return told->status;
}

// A line whose subscription tells of events, and whose publisher is already there: so the first one, that they have matched, is on its way.
static void line_make_telling(lines_t *lines, int which, told_t *told, bool every_cycle)
{
  line_make(lines, which, &(whorl_subscription_options_t){.on_event = on_event, .event_arg = told, .every_cycle = every_cycle});
}

static void make_one_telling(lines_t *lines, void **state, told_t *told, bool every_cycle)
{
  bench_create(&lines->bench, *state, WHORL_EXECUTOR_STATIC, NULL);
  line_make_telling(lines, 0, told, every_cycle);
  line_add(lines, 0);
  bench_let_pass(&lines->bench, WHORL_SECONDS(1));
}

static void match_once_more(lines_t *lines, int which)
{
  whorl_publisher_t another;
  assert_int_equal(whorl_publisher_create(lines->bench.node, INT32, lines->line[which].name, NULL, &another), WHORL_OK);
  bench_let_pass(&lines->bench, WHORL_SECONDS(1));
}

static void with_all_an_event_is_no_message(void **state)
{
  lines_t lines;
  told_t told = {0}, at_publisher = {0};
  whorl_publisher_t telling;
  const whorl_publisher_options_t tells = {.on_event = on_event, .event_arg = &at_publisher};
  bench_create(&lines.bench, *state, WHORL_EXECUTOR_STATIC, &(whorl_executor_options_t){.trigger = WHORL_TRIGGER_ALL});
  line_make_telling(&lines, 0, &told, false);
  line_make(&lines, 1, NULL);
  bench_add_node(&lines.bench);
  for (int i = 0; i < 2; i++) line_add(&lines, i);
  assert_int_equal(whorl_publisher_create(lines.bench.node, INT32, "b", &tells, &telling), WHORL_OK);
  line_publish(&lines, 1, 1);
  assert_string_equal(lines_cycle(&lines), ""); // though its event waits
  assert_int_equal(told.times, 0);
  assert_int_equal(whorl_publish(lines.line[0].publisher, &(std_msgs__msg__Int32){.data = 1}),
                   WHORL_OK); // it has been queued for the event
  spin_for(&lines, WHORL_SECONDS(1));
  assert_string_equal(lines.bench.trace, "a b");
  assert_true(told.times > 0 && at_publisher.times > 0);
  for (int i = 0; i < 2; i++) line_publish(&lines, i, 2);
  assert_string_equal(lines_cycle(&lines), "a b"); // the publisher is not waited for
  bench_destroy(&lines.bench);
}

static void with_any_an_event_is_told_in_a_cycle_of_its_own(void **state)
{
  lines_t lines;
  told_t told = {0};
  make_one_telling(&lines, state, &told, false);
  assert_string_equal(lines_cycle(&lines), "");
  assert_true(told.times > 0);
  bench_destroy(&lines.bench);
}

static void who_runs_in_every_cycle_does_so_beside_an_event(void **state)
{
  lines_t lines;
  told_t told = {0};
  make_one_telling(&lines, state, &told, true);
  assert_string_equal(lines_cycle(&lines), "a");
  assert_int_equal(lines.line[0].idle_calls, 1);
  assert_true(told.times > 0);
  bench_destroy(&lines.bench);
}

// What a cycle owed it ends with that cycle: elsewhere it is called for messages only.
static void a_failed_event_leaves_no_call_for_another_executor(void **state)
{
  lines_t lines;
  told_t told = {.status = WHORL_IO_ERROR};
  whorl_executor_t other;
  make_one_telling(&lines, state, &told, true);
  assert_int_equal(whorl_executor_spin_some(lines.bench.executor, 0), WHORL_IO_ERROR);
  told.status = WHORL_OK;
  assert_int_equal(whorl_executor_remove_callback_group(lines.bench.executor, lines.line[0].group), WHORL_OK);
  assert_int_equal(whorl_executor_create(lines.bench.fixture->context, WHORL_EXECUTOR_EVENTS, NULL, &other), WHORL_OK);
  assert_int_equal(whorl_executor_add_callback_group(other, lines.line[0].group), WHORL_OK);
  match_once_more(&lines, 0);
  assert_true(whorl_executor_spin_all(other, 0) >= 1);
  assert_int_equal(lines.line[0].calls, 0);
  assert_int_equal(whorl_executor_destroy(other), WHORL_OK);
  bench_destroy(&lines.bench);
}

static int sleep_unless_idle(const void *message, const whorl_message_info_t *info, void *arg)
{
  line_t *line = arg;
  (void)info;
  bench_note(line->bench, message != NULL ? "message" : "idle");
  return message != NULL ? whorl_sleep(WHORL_SECONDS(5)) : WHORL_OK;
}

// One callback sleeps, so it does not join the next cycle; what is there to do in that is an event.
static void an_event_beside_a_sleeping_callback_is_no_cycle_of_its_own(void **state)
{
  lines_t lines;
  told_t told = {0};
  whorl_subscription_t subscription;
  bench_create(&lines.bench, *state, WHORL_EXECUTOR_STATIC, NULL);
  line_make(&lines, 0, NULL);
  whorl_subscription_options_t options = {.on_event = on_event, .event_arg = &told, .every_cycle = true, .max_in_flight = 2};
  assert_int_equal(whorl_callback_group_create(lines.bench.node, WHORL_CALLBACK_GROUP_REENTRANT, NULL, &lines.line[1].group), WHORL_OK);
  options.callback_group = lines.line[1].group;
  assert_int_equal(whorl_subscription_create(lines.bench.node, INT32, "a", sleep_unless_idle, &lines.line[0], &options, &subscription),
                   WHORL_OK);
  assert_int_equal(whorl_executor_add_callback_group(lines.bench.executor, lines.line[1].group), WHORL_OK);
  bench_let_pass(&lines.bench, WHORL_SECONDS(1));
  assert_string_equal(lines_cycle(&lines), "idle"); // beside its first event
  line_publish(&lines, 0, 1);
  assert_string_equal(lines_cycle(&lines), "message");
  int times = told.times;
  match_once_more(&lines, 0);
  assert_string_equal(lines_cycle(&lines), "");
  assert_true(told.times > times);
  bench_destroy(&lines.bench);
}

// It is taken out in the middle of a cycle, before its turn.
static void who_leaves_a_cycle_takes_no_call_along(void **state)
{
  lines_t lines;
  whorl_executor_t other;
  make_two_and_one(&lines, state, NULL);
  line_publish(&lines, 0, 1);
  assert_int_equal(whorl_executor_spin_once(lines.bench.executor, 0), 1);
  assert_string_equal(lines.bench.trace, "a");
  assert_int_equal(whorl_executor_remove_callback_group(lines.bench.executor, lines.line[2].group), WHORL_OK);
  assert_int_equal(whorl_executor_create(lines.bench.fixture->context, WHORL_EXECUTOR_EVENTS, NULL, &other), WHORL_OK);
  assert_int_equal(whorl_executor_add_callback_group(other, lines.line[2].group), WHORL_OK);
  assert_true(whorl_executor_spin_all(other, 0) >= 0);
  assert_int_equal(lines.line[2].calls, 0);
  assert_int_equal(whorl_executor_destroy(other), WHORL_OK);
  bench_destroy(&lines.bench);
}

typedef struct asked {
  int times;
  char seen[64];
  bool says;
} asked_t;

static bool ask_user(const whorl_executor_member_t *members, size_t count, void *arg)
{
  asked_t *asked = arg;
  asked->times++;
  asked->seen[0] = '\0';
  for (size_t i = 0; i < count; i++) {
    size_t length = strlen(asked->seen);
    snprintf(asked->seen + length, sizeof asked->seen - length, "%s%c ", members[i].name, members[i].ready ? '+' : '-');
  }
  return asked->says;
}

static void RCLC_24_a_users_function_sees_all_members_in_their_order(void **state)
{
  lines_t lines;
  asked_t asked = {0};
  lines_make(&lines, state, 3,
             &(whorl_executor_options_t){.trigger = WHORL_TRIGGER_USER, .trigger_function = ask_user, .trigger_arg = &asked});
  assert_int_equal(whorl_executor_remove_callback_group(lines.bench.executor, lines.line[0].group), WHORL_OK);
  line_add(&lines, 0);
  line_publish(&lines, 2, 1);
  assert_string_equal(lines_cycle(&lines), "");
  assert_string_equal(asked.seen, "/b- /c+ /a- ");
  asked.says = true;
  assert_string_equal(lines_cycle(&lines), "c"); // it was kept
  assert_int_equal(asked.times, 2);
  bench_destroy(&lines.bench);
}

static int idle_tick(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  return WHORL_OK;
}

// Only what becomes ready makes it ask: not time that passes, nor one more message for who is ready already.
static void RCLC_24_what_it_refused_is_not_asked_again_before_something_becomes_ready(void **state)
{
  lines_t lines;
  asked_t asked = {0};
  lines_make(&lines, state, 2,
             &(whorl_executor_options_t){.trigger = WHORL_TRIGGER_USER, .trigger_function = ask_user, .trigger_arg = &asked});
  line_publish(&lines, 0, 1);
  spin_for(&lines, WHORL_SECONDS(10));
  assert_int_equal(asked.times, 1);
  line_publish(&lines, 0, 2);
  whorl_timer_t timer;
  assert_int_equal(whorl_timer_create(lines.bench.node, WHORL_SECONDS(3), idle_tick, NULL, NULL, &timer), WHORL_OK); // not here
  spin_for(&lines, WHORL_SECONDS(10));
  assert_int_equal(asked.times, 1);
  assert_int_equal(whorl_publish(lines.line[1].publisher, &(std_msgs__msg__Int32){.data = 1}), WHORL_OK);
  spin_for(&lines, WHORL_SECONDS(10));
  assert_int_equal(asked.times, 2);
  assert_string_equal(asked.seen, "/a+ /b+ ");
  bench_destroy(&lines.bench);
}

static int sleep_in(const void *message, const whorl_message_info_t *info, void *arg)
{
  line_t *line = arg;
  (void)message, (void)info;
  bench_note(line->bench, "begins");
  int status = whorl_sleep(WHORL_SECONDS(1));
  bench_note(line->bench, "ends");
  return status;
}

// A callback that waits goes on whatever the trigger says, and the cycles go on without it.
static void S21_a_suspended_callback_needs_no_trigger(void **state)
{
  lines_t lines;
  asked_t asked = {.says = true};
  lines_make(&lines, state, 0,
             &(whorl_executor_options_t){.trigger = WHORL_TRIGGER_USER, .trigger_function = ask_user, .trigger_arg = &asked});
  line_make(&lines, 0, NULL);
  line_make(&lines, 1, NULL);
  assert_int_equal(whorl_subscription_destroy(lines.line[0].subscription), WHORL_OK);
  const whorl_subscription_options_t here = {.callback_group = lines.line[0].group};
  assert_int_equal(whorl_subscription_create(lines.bench.node, INT32, "a", sleep_in, &lines.line[0], &here, NULL), WHORL_OK);
  for (int i = 0; i < 2; i++) line_add(&lines, i);
  bench_let_pass(&lines.bench, WHORL_SECONDS(1));
  line_publish(&lines, 0, 1);
  assert_string_equal(lines_cycle(&lines), "begins");
  line_publish(&lines, 1, 1);
  assert_string_equal(lines_cycle(&lines), "b");
  asked.says = false;
  line_publish(&lines, 1, 1);
  spin_for(&lines, WHORL_SECONDS(2));
  assert_string_equal(lines.bench.trace, "ends");
  bench_destroy(&lines.bench);
}

static void a_cancel_and_an_error_end_a_cycle(void **state)
{
  lines_t lines;
  lines_make(&lines, state, 1, &(whorl_executor_options_t){.capacity = 2});
  const whorl_timer_options_t here = {.callback_group = lines.line[0].group, .one_shot = true};
  assert_int_equal(whorl_timer_create(lines.bench.node, MS, end_it, &lines.bench, &here, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_spin(lines.bench.executor), WHORL_OK);
  line_publish(&lines, 0, 3);
  assert_string_equal(lines_cycle(&lines), "a");
  bench_destroy(&lines.bench);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(RCLC_14_23_with_always_some_run_in_each_cycle_and_the_others_with_data),
      NODE_TEST(RCLC_14_with_any_it_runs_in_each_cycle_that_something_else_begins),
      NODE_TEST(RCLC_14_other_kinds_call_it_with_a_message_only),
      NODE_TEST(RCLC_30_with_always_a_long_spin_has_a_cycle_a_second),
      NODE_TEST(RCLC_30_or_as_often_as_it_is_told),
      NODE_TEST(RCLC_18_a_later_callback_sees_what_an_earlier_one_published),
      NODE_TEST(RCLC_19_kept_inputs_are_of_the_cycles_beginning),
      NODE_TEST(RCLC_20_with_one_nothing_runs_before_the_chosen_one_has_data),
      NODE_TEST(RCLC_21_with_any_whatever_has_data_runs),
      NODE_TEST(RCLC_22_with_all_nothing_runs_before_everybody_has_data),
      NODE_TEST(RCLC_22_one_of_many_at_a_time_the_cycle_stays_the_same),
      NODE_TEST(RCLC_22_a_long_spin_waits_for_the_last_one),
      NODE_TEST(RCLC_24_a_users_function_sees_all_members_in_their_order),
      NODE_TEST(RCLC_24_what_it_refused_is_not_asked_again_before_something_becomes_ready),
      NODE_TEST(with_all_an_event_is_no_message),
      NODE_TEST(with_any_an_event_is_told_in_a_cycle_of_its_own),
      NODE_TEST(who_runs_in_every_cycle_does_so_beside_an_event),
      NODE_TEST(a_failed_event_leaves_no_call_for_another_executor),
      NODE_TEST(an_event_beside_a_sleeping_callback_is_no_cycle_of_its_own),
      NODE_TEST(who_leaves_a_cycle_takes_no_call_along),
      NODE_TEST(S21_a_suspended_callback_needs_no_trigger),
      NODE_TEST(a_cancel_and_an_error_end_a_cycle),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
