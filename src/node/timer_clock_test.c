// What timers can do beyond a steady period: on a node's clocks, once, with another period. In virtual time. Rows ATMR-06 to ATMR-09 and ATMR-11 on simulated time, ASRC-07 to ASRC-09, TMR-12, TMR-17, TMR-18;
// pains 8, 10, 19, 20, 22.
#include "node/clock_fixture.h"

static int tick(const whorl_timer_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  fixture->timer_info = *info;
  fixture->calls++;
  note("%g/%g+%llu", (double)info->expected_ns / 1e9, (double)info->actual_ns / 1e9, (unsigned long long)info->missed);
  return WHORL_OK;
}

static void create(fixture_t *fixture, int64_t period_ns, const whorl_timer_options_t *options)
{
  CHECK_INT(WHORL_OK, whorl_timer_create(fixture->node, period_ns, tick, fixture, options, &fixture->timer));
}

static const whorl_timer_options_t on_ros_time = {.clock = WHORL_CLOCK_ROS};

static int64_t until_next(const fixture_t *fixture)
{
  int64_t until_ns = 0;
  CHECK_INT(WHORL_OK, whorl_timer_time_until_next(fixture->timer, &until_ns));
  return until_ns;
}

static bool is_canceled(const fixture_t *fixture)
{
  bool canceled = false;
  CHECK_INT(WHORL_OK, whorl_timer_is_canceled(fixture->timer, &canceled));
  return canceled;
}

#define CHECK_TICKS(expected)    \
  do {                           \
    CHECK_TEXT(expected, trace); \
    trace_clear();               \
  } while (0)

// --- On simulated time

static int stand_and_go(fixture_t *fixture)
{
  clock_says(0);
  create(fixture, WHORL_SECONDS(1), &on_ros_time);
  CHECK_INT(WHORL_SECONDS(1), until_next(fixture));
  wall_passes(1000);
  CHECK_TICKS("");
  clock_says(1);
  CHECK_TICKS("1/1+0");
  wall_passes(1000);
  clock_says(1.999);
  clock_says(1.999);
  CHECK_TICKS("");
  CHECK_INT(WHORL_MILLISECONDS(1), until_next(fixture));
  return WHORL_OK;
}

static void ATMR_11_it_fires_once_when_its_time_has_come(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, stand_and_go), WHORL_OK);
}

static int cancel_and_reset(fixture_t *fixture)
{
  clock_says(10);
  CHECK_TICKS(""); // made before the first tick: a period from there
  clock_says(11);
  CHECK_TICKS("11/11+0");
  CHECK_INT(WHORL_OK, whorl_timer_cancel(fixture->timer));
  CHECK(is_canceled(fixture) && until_next(fixture) == WHORL_FOREVER);
  clock_says(20);
  CHECK_TICKS("");
  CHECK_INT(WHORL_OK, whorl_timer_reset(fixture->timer));
  CHECK(!is_canceled(fixture));
  clock_says(20.5);
  CHECK_TICKS("");
  CHECK_INT(WHORL_OK, whorl_timer_reset(fixture->timer)); // while it waits: a period from here
  clock_says(21);
  CHECK_TICKS("");
  clock_says(21.5);
  CHECK_TICKS("21.5/21.5+0");
  CHECK_INT(WHORL_OK, whorl_timer_destroy(fixture->timer));
  clock_says(30);
  CHECK_TICKS("");
  return WHORL_OK;
}

static void ATMR_03_04_06_cancel_reset_destroy_on_simulated_time(void **state)
{
  create(*state, WHORL_SECONDS(1), &on_ros_time);
  assert_int_equal(fixture_with_open_node(*state, cancel_and_reset), WHORL_OK);
}

static int jump_forward(fixture_t *fixture)
{
  clock_says(10);
  create(fixture, WHORL_SECONDS(1), &on_ros_time);
  clock_says(14.25);
  CHECK_TICKS("11/14.25+3"); // one call, and the phase stays
  clock_says(15);
  CHECK_TICKS("15/15+0");
  clock_says(1e6);
  CHECK_TICKS("16/1e+06+999984");
  clock_says(1e6 + 1);
  CHECK_TICKS("1e+06/1e+06+0");
  return WHORL_OK;
}

static void a_jump_over_periods_is_one_call_that_tells_what_was_missed(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, jump_forward), WHORL_OK);
}

static int slow_tick(const whorl_timer_info_t *info, void *arg)
{
  (void)tick(info, arg);
  return ((fixture_t *)arg)->calls == 1 ? whorl_event_wait(((fixture_t *)arg)->event) : WHORL_OK;
}

static int overrun(fixture_t *fixture)
{
  clock_says(0);
  CHECK_INT(WHORL_OK, whorl_timer_create(fixture->node, WHORL_SECONDS(1), slow_tick, fixture, &on_ros_time, &fixture->timer));
  for (int second = 1; second <= 4; second++) clock_says(second + 0.25);
  CHECK_TICKS("1/1.25+0"); // its callback never overlaps itself
  CHECK_INT(WHORL_OK, whorl_event_set(fixture->event));
  wall_passes(0.01);
  CHECK_TICKS("2/4.25+2"); // one is pending, however often it was due
  clock_says(5);
  CHECK_TICKS("5/5+0");
  return WHORL_OK;
}

static void ASRC_07_PAIN_08_it_never_overlaps_itself_and_is_pending_once(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, overrun), WHORL_OK);
}

static int go_back(fixture_t *fixture)
{
  clock_says(10);
  create(fixture, WHORL_SECONDS(2), &on_ros_time);
  clock_says(11);
  clock_says(10.5); // not behind its start: its time stays
  CHECK_INT(WHORL_SECONDS(1.5), until_next(fixture));
  clock_says(12);
  CHECK_TICKS("12/12+0");
  clock_says(5); // far behind: a whole period from there
  CHECK_TICKS("");
  CHECK_INT(WHORL_SECONDS(2), until_next(fixture));
  clock_says(6.75);
  CHECK_TICKS("");
  clock_says(7);
  CHECK_TICKS("7/7+0");
  for (int round = 0; round < 100; round++) // a bag in a loop
    for (int step = 0; step <= 10; step++) clock_says(step * 0.5);
  CHECK_INT(2 + 2 * 100, fixture->calls);
  return WHORL_OK;
}

static void PAIN_20_going_back_it_begins_a_period_there(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, go_back), WHORL_OK);
}

static int switch_sources(fixture_t *fixture)
{
  create(fixture, WHORL_SECONDS(10), &on_ros_time);
  wall_passes(4);
  CHECK_INT(WHORL_OK, whorl_node_set_use_sim_time(fixture->node, true));
  CHECK_INT(WHORL_SECONDS(6), until_next(fixture));
  wall_passes(100);
  clock_says(1e9);
  CHECK_TICKS(""); // by decades, and nothing fires
  clock_says(1e9 + 5);
  CHECK_TICKS("");
  clock_says(1e9 + 6);
  CHECK_INT(1, fixture->calls);
  clock_says(1e9 + 9);
  CHECK_INT(WHORL_OK, whorl_node_set_use_sim_time(fixture->node, false));
  CHECK_INT(WHORL_SECONDS(7), until_next(fixture));
  wall_passes(6.5);
  CHECK_INT(1, fixture->calls);
  wall_passes(1);
  CHECK_INT(2, fixture->calls);
  wall_passes(10);
  CHECK_INT(3, fixture->calls);
  CHECK(!is_canceled(fixture));
  return WHORL_OK;
}

static void ASRC_08_PAIN_22_a_change_of_source_only_makes_it_recompute(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, switch_sources), WHORL_OK);
}

static int switch_a_stopped_and_a_pending_one(fixture_t *fixture)
{
  create(fixture, WHORL_SECONDS(1), &(whorl_timer_options_t){.clock = WHORL_CLOCK_ROS, .stopped = true});
  CHECK_INT(WHORL_OK, whorl_node_set_use_sim_time(fixture->node, true));
  clock_says(5);
  CHECK(is_canceled(fixture));
  CHECK_INT(WHORL_OK, whorl_timer_reset(fixture->timer)); // starts by the clock of now
  clock_says(6);
  CHECK_TICKS("6/6+0");
  CHECK_INT(WHORL_OK, whorl_timer_destroy(fixture->timer));
  CHECK_INT(WHORL_OK, whorl_timer_create(fixture->node, WHORL_SECONDS(1), slow_tick, fixture, &on_ros_time, &fixture->timer));
  fixture->calls = 0;
  clock_says(7);
  clock_says(8);
  CHECK_TICKS("7/7+0"); // in flight, and pending behind
  CHECK_INT(WHORL_OK, whorl_node_set_use_sim_time(fixture->node, false));
  CHECK_INT(WHORL_OK, whorl_event_set(fixture->event));
  wall_passes(0.5);
  CHECK_INT(2, fixture->calls); // what was due before stays due
  wall_passes(1);
  CHECK_INT(3, fixture->calls);
  return WHORL_OK;
}

static void a_change_of_source_meets_stopped_and_pending_timers(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, switch_a_stopped_and_a_pending_one), WHORL_OK);
}

static int on_number(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)info, (void)arg;
  note("m%d", ((const std_msgs__msg__Int32 *)message)->data);
  return WHORL_OK;
}

static int short_tick(const whorl_timer_info_t *info, void *arg)
{
  (void)arg;
  note("t%g", (double)info->expected_ns / 1e9);
  return WHORL_OK;
}

// Ten thousand times: a tick, then at once a message.
static int tick_then_message(fixture_t *fixture)
{
  clock_says(0);
  for (int i = 1; i <= 10000; i++) {
    rosgraph_msgs__msg__Clock message = {.clock = {.sec = i}};
    char expected[64];
    trace_clear();
    CHECK_INT(WHORL_OK, whorl_publish(clock_publisher, &message));
    CHECK_INT(WHORL_OK, fixture_publish(fixture, i));
    wall_passes(0.001);
    snprintf(expected, sizeof expected, "t%g t%g m%d", (double)i, (double)i, i);
    CHECK_TEXT(expected, trace);
  }
  return WHORL_OK;
}

static void PAIN_19_a_ticks_timers_come_before_any_later_message(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "numbers", on_number, NULL, NULL, NULL), WHORL_OK);
  for (int i = 0; i < 2; i++)
    assert_int_equal(whorl_timer_create(fixture->node, WHORL_SECONDS(1), short_tick, NULL, &on_ros_time, NULL), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, tick_then_message), WHORL_OK);
}

static int tick_and_stop(const whorl_timer_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)info;
  return ++fixture->calls == 1000 ? whorl_timer_cancel(fixture->timer) : WHORL_OK;
}

static int wait_for_zero(fixture_t *fixture)
{
  wall_passes(1);
  CHECK_INT(0, fixture->calls); // not before the first tick
  clock_says(5);
  CHECK_INT(1000, fixture->calls);
  return WHORL_OK;
}

static void ATMR_09_TMR_17_a_zero_period_waits_for_the_start_only(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_timer_create(fixture->node, 0, tick_and_stop, fixture, &on_ros_time, &fixture->timer), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, wait_for_zero), WHORL_OK);
}

// --- Wall time by other clocks

static int tell_system_time(fixture_t *fixture)
{
  int64_t before_ns = whorl_clock_now_ns(whorl_node_clock(fixture->node));
  wall_passes(1.5);
  CHECK_INT(1, fixture->calls);
  CHECK_INT(before_ns + WHORL_SECONDS(1), fixture->timer_info.expected_ns);
  CHECK(fixture->timer_info.actual_ns >= fixture->timer_info.expected_ns);
  return WHORL_OK;
}

static void ATMR_08_times_are_told_by_the_timers_clock(void **state)
{
  fixture_t *fixture = *state;
  create(fixture, WHORL_SECONDS(1), &on_ros_time);
  assert_int_equal(fixture_with_open_node(fixture, tell_system_time), WHORL_OK);
  assert_int_equal(whorl_timer_destroy(fixture->timer), WHORL_OK);
  fixture->calls = 0;
  create(fixture, WHORL_SECONDS(1), &(whorl_timer_options_t){.clock = WHORL_CLOCK_SYSTEM});
  assert_int_equal(fixture_with_open_node(fixture, tell_system_time), WHORL_OK);
}

// --- Once

static int once_and_again(fixture_t *fixture)
{
  for (int round = 1; round <= 2; round++) {
    clock_says(10 * round);
    CHECK_INT(WHORL_OK, whorl_timer_reset(fixture->timer));
    CHECK(!is_canceled(fixture));
    wall_passes(5);
    for (int i = 1; i <= 5; i++) clock_says(10 * round + i);
    CHECK_INT(round, fixture->calls);
    CHECK(is_canceled(fixture));
    CHECK_INT(WHORL_FOREVER, until_next(fixture));
  }
  return WHORL_OK;
}

static void ASK_19_a_one_shot_fires_once_until_it_is_reset(void **state)
{
  fixture_t *fixture = *state;
  create(fixture, WHORL_SECONDS(1), &(whorl_timer_options_t){.one_shot = true});
  assert_int_equal(fixture_with_open_node(fixture, once_and_again), WHORL_OK);
  whorl_timer_destroy(fixture->timer);
  fixture->calls = 0;
  create(fixture, WHORL_SECONDS(1), &(whorl_timer_options_t){.one_shot = true, .clock = WHORL_CLOCK_ROS});
  assert_int_equal(fixture_with_open_node(fixture, once_and_again), WHORL_OK);
}

static int once(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ++*(int *)arg;
  return WHORL_OK;
}

// A busy callback, beside others that are always due.
static int make_ten_thousand(const whorl_timer_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  int calls = 0;
  (void)info;
  for (int i = 1; i <= 10000; i++) {
    whorl_timer_t timer;
    const whorl_timer_options_t options = {.one_shot = true, .clock = i % 2 ? WHORL_CLOCK_STEADY : WHORL_CLOCK_ROS};
    CHECK_INT(WHORL_OK, whorl_timer_create(fixture->node, 0, once, &calls, &options, &timer));
    CHECK_INT(WHORL_OK, whorl_yield());
    CHECK_INT(WHORL_OK, whorl_yield());
    CHECK_INT(i, calls); // no later than the next turn
    CHECK_INT(WHORL_OK, whorl_timer_destroy(timer));
  }
  return whorl_event_set(fixture->event);
}

static int make_them_in_a_busy_node(fixture_t *fixture)
{
  int busy = 0;
  for (int i = 0; i < 3; i++) CHECK_INT(WHORL_OK, whorl_timer_create(fixture->node, 0, once, &busy, NULL, NULL));
  CHECK_INT(WHORL_OK, whorl_timer_create(fixture->node, 0, make_ten_thousand, fixture, &(whorl_timer_options_t){.one_shot = true}, NULL));
  return whorl_event_wait(fixture->event);
}

static void PAIN_10_a_one_shot_of_no_time_runs_exactly_once(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, make_them_in_a_busy_node), WHORL_OK);
}

// --- Another period

static int change_periods(fixture_t *fixture)
{
  int64_t period_ns = 0;
  bool simulated = whorl_clock_ros_time_is_active(whorl_node_clock(fixture->node));
#define AT(seconds) simulated ? clock_says(seconds) : wall_passes((seconds)-now_s())
  AT(100);
  create(fixture, WHORL_SECONDS(10), &on_ros_time);
  AT(105);
  CHECK_INT(WHORL_OK, whorl_timer_set_period(fixture->timer, WHORL_SECONDS(3)));
  CHECK_INT(WHORL_OK, whorl_timer_period(fixture->timer, &period_ns));
  CHECK_INT(WHORL_SECONDS(3), period_ns);
  AT(109.5);
  CHECK_INT(0, fixture->calls); // the next call keeps its time
  AT(110.25);
  CHECK_INT(1, fixture->calls);
  AT(112.75);
  CHECK_INT(1, fixture->calls);
  AT(113.25);
  CHECK_INT(2, fixture->calls);
  CHECK_INT(WHORL_OK, whorl_timer_set_period(fixture->timer, WHORL_SECONDS(1)));
  CHECK_INT(WHORL_OK, whorl_timer_reset(fixture->timer)); // at once
  AT(114.5);
  CHECK_INT(3, fixture->calls);
  CHECK_INT(WHORL_OK, whorl_timer_set_period(fixture->timer, WHORL_FOREVER));
  AT(200);
  CHECK_INT(4, fixture->calls);
  CHECK_INT(WHORL_OK, whorl_timer_set_period(fixture->timer, WHORL_SECONDS(5))); // it had no next call
  AT(206);
  CHECK_INT(5, fixture->calls);
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_timer_set_period(fixture->timer, -1));
  return whorl_timer_destroy(fixture->timer);
}

static int change_from_zero(fixture_t *fixture)
{
  clock_says(1);
  CHECK_INT(WHORL_OK, whorl_timer_create(fixture->node, 0, once, &fixture->calls, &on_ros_time, &fixture->timer));
  for (int i = 0; i < 10; i++) CHECK_INT(WHORL_OK, whorl_yield());
  CHECK(fixture->calls >= 4);
  CHECK_INT(WHORL_OK, whorl_timer_set_period(fixture->timer, WHORL_SECONDS(1)));
  for (int i = 0; i < 10; i++) CHECK_INT(WHORL_OK, whorl_yield());
  int calls = fixture->calls;
  for (int i = 0; i < 10; i++) CHECK_INT(WHORL_OK, whorl_yield());
  CHECK_INT(calls, fixture->calls);
  if (whorl_clock_ros_time_is_active(whorl_node_clock(fixture->node)))
    clock_says(2);
  else
    wall_passes(1);
  CHECK_INT(calls + 1, fixture->calls);
  return WHORL_OK;
}

static void ASK_19_a_new_period_follows_the_next_call(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, change_periods), WHORL_OK);
}

static void ASK_19_a_zero_period_may_become_another(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, change_from_zero), WHORL_OK);
}

static void what_cannot_be_is_refused(void **state)
{
  fixture_t *fixture = *state;
  whorl_timer_t timer = {77};
  assert_int_equal(whorl_timer_create(fixture->node, 1, tick, NULL, &(whorl_timer_options_t){.clock = (whorl_clock_kind_t)4}, &timer),
                   WHORL_INVALID_ARGUMENT);
  assert_non_null(strstr(whorl_detail(), "clock"));
  assert_int_equal(whorl_timer_set_period((whorl_timer_t){0}, 1), WHORL_INVALID_HANDLE);
  assert_int_equal(timer.id, 77);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SIM_TIME_TEST(ATMR_11_it_fires_once_when_its_time_has_come),
      SIM_TIME_TEST(ATMR_03_04_06_cancel_reset_destroy_on_simulated_time),
      SIM_TIME_TEST(a_jump_over_periods_is_one_call_that_tells_what_was_missed),
      SIM_TIME_TEST(ASRC_07_PAIN_08_it_never_overlaps_itself_and_is_pending_once),
      SIM_TIME_TEST(PAIN_20_going_back_it_begins_a_period_there),
      CLOCK_TEST(ASRC_08_PAIN_22_a_change_of_source_only_makes_it_recompute),
      CLOCK_TEST(a_change_of_source_meets_stopped_and_pending_timers),
      SIM_TIME_TEST(PAIN_19_a_ticks_timers_come_before_any_later_message),
      SIM_TIME_TEST(ATMR_09_TMR_17_a_zero_period_waits_for_the_start_only),
      CLOCK_TEST(ATMR_08_times_are_told_by_the_timers_clock),
      SIM_TIME_TEST(ASK_19_a_one_shot_fires_once_until_it_is_reset),
      CLOCK_TEST(PAIN_10_a_one_shot_of_no_time_runs_exactly_once),
      CLOCK_TEST(ASK_19_a_new_period_follows_the_next_call),
      SIM_TIME_TEST(ASK_19_a_new_period_follows_the_next_call),
      CLOCK_TEST(ASK_19_a_zero_period_may_become_another),
      SIM_TIME_TEST(ASK_19_a_zero_period_may_become_another),
      CLOCK_TEST(what_cannot_be_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
