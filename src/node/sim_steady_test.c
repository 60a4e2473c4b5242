// The clock that follows simulated speed and never goes back: what it tells, and sleeps and timers on it, whatever /clock does. In virtual time.
#include "node/clock_fixture.h"

static whorl_clock_t steady_of(whorl_node_t node) { return whorl_node_clock_of_kind(node, WHORL_CLOCK_SIM_STEADY); }

static int64_t begun_ns; // what it told at first

static void begin(const fixture_t *fixture) { begun_ns = whorl_clock_now_ns(steady_of(fixture->node)); }

static double passed(const fixture_t *fixture) { return (double)(whorl_clock_now_ns(steady_of(fixture->node)) - begun_ns) / 1e9; }

static void use_sim_time(const fixture_t *fixture, bool use) { CHECK_INT(WHORL_OK, whorl_node_set_use_sim_time(fixture->node, use)); }

// --- What it tells

static int follow(fixture_t *fixture)
{
  begin(fixture);
  CHECK(!whorl_clock_is_started(steady_of(fixture->node)));
  CHECK(whorl_clock_ros_time_is_active(steady_of(fixture->node)));
  CHECK_INT(WHORL_CLOCK_SIM_STEADY, whorl_clock_kind(steady_of(fixture->node)));
  wall_passes(10);
  CHECK(passed(fixture) == 0);
  clock_says(1e6); // counts from here
  CHECK(whorl_clock_is_started(steady_of(fixture->node)));
  CHECK(passed(fixture) == 0);
  clock_says(1e6 + 0.5);
  CHECK(passed(fixture) == 0.5);
  wall_passes(1000);
  clock_says(1e6 + 0.5);
  CHECK(passed(fixture) == 0.5);
  clock_says(1e6 + 2);
  CHECK(passed(fixture) == 2);
  return WHORL_OK;
}

static void ASK_09_it_follows_simulated_speed_and_stands_in_a_pause(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, follow), WHORL_OK);
}

static int go_round(fixture_t *fixture)
{
  begin(fixture);
  for (int round = 0; round < 3; round++) { // a bag of twenty seconds, in a loop
    for (int second = 100; second <= 120; second += 5) clock_says(second);
    CHECK(passed(fixture) == 20 * (round + 1));
  }
  clock_says(0); // as far back as it goes
  CHECK(passed(fixture) == 60);
  clock_says(1);
  CHECK(passed(fixture) == 61);
  return WHORL_OK;
}

static void ASK_09_it_never_goes_back(void **state) { assert_int_equal(fixture_with_open_node(*state, go_round), WHORL_OK); }

static int change_source(fixture_t *fixture)
{
  begin(fixture);
  CHECK(begun_ns == whorl_clock_now_ns(whorl_node_clock_of_kind(fixture->node, WHORL_CLOCK_STEADY)));
  CHECK(whorl_clock_is_started(steady_of(fixture->node)));
  wall_passes(4);
  CHECK(passed(fixture) == 4);
  use_sim_time(fixture, true);
  wall_passes(100);
  clock_says(1e6);
  CHECK(passed(fixture) == 4);
  clock_says(1e6 + 3);
  CHECK(passed(fixture) == 7);
  use_sim_time(fixture, false);
  CHECK(passed(fixture) == 7);
  wall_passes(2);
  CHECK(passed(fixture) == 9);
  use_sim_time(fixture, true); // anew
  clock_says(5);
  clock_says(6);
  CHECK(passed(fixture) == 10);
  return WHORL_OK;
}

static void ASK_09_a_change_of_source_changes_its_speed_only(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, change_source), WHORL_OK);
}

static int do_anything(fixture_t *fixture)
{
  uint32_t random = 1;
  int64_t before_ns = whorl_clock_now_ns(steady_of(fixture->node));
  for (int i = 0; i < 2000; i++) {
    random = random * 1664525u + 1013904223u;
    if (random >> 29 == 0)
      use_sim_time(fixture, (random >> 20 & 1) != 0);
    else if (random >> 29 == 1)
      wall_passes(0.5);
    else
      clock_says(random >> 8 & 0xffff);
    int64_t now_ns = whorl_clock_now_ns(steady_of(fixture->node));
    CHECK(now_ns >= before_ns);
    before_ns = now_ns;
  }
  return WHORL_OK;
}

static void whatever_happens_it_never_goes_back(void **state) { assert_int_equal(fixture_with_open_node(*state, do_anything), WHORL_OK); }

// --- Sleeps

static int sleep_through_all(fixture_t *fixture)
{
  dozer_t dozer = {.name = "dozer", .clock = steady_of(fixture->node), .duration_ns = WHORL_SECONDS(10)};
  whorl_task_group_t group;
  begin(fixture);
  dozer_t target = {.name = "target", .clock = dozer.clock, .until_ns = begun_ns + WHORL_SECONDS(10)};
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, doze, &dozer);
  whorl_task_group_spawn(&group, doze, &target);
  clock_says(100); // after they have begun
  clock_says(104);
  clock_says(90);
  clock_says(93); // 7 s
  clock_says(80);
  CHECK(!dozer.awake && !target.awake);
  use_sim_time(fixture, false);
  wall_passes(2); // 9 s
  use_sim_time(fixture, true);
  clock_says(1000);
  clock_says(1000.75);
  CHECK(!dozer.awake && !target.awake);
  clock_says(1001);
  CHECK(dozer.awake && target.awake);
  CHECK_INT(WHORL_OK, dozer.status);
  CHECK_INT(WHORL_OK, target.status);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void ASK_09_a_sleep_lasts_as_long_as_it_says_whatever_the_clock_does(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, sleep_through_all), WHORL_OK);
}

static int sleep_for_nothing(fixture_t *fixture)
{
  whorl_clock_t clock = steady_of(fixture->node);
  CHECK_INT(WHORL_OK, whorl_clock_sleep(clock, 0)); // before the first tick, too
  CHECK_INT(WHORL_OK, whorl_clock_sleep(clock, INT64_MIN));
  clock_says(1);
  CHECK_INT(WHORL_OK, whorl_clock_sleep_until(clock, whorl_clock_now_ns(clock)));
  CHECK_INT(WHORL_OK, whorl_clock_sleep_until(clock, INT64_MIN));
  return whorl_clock_wait_until_started(clock);
}

static void a_sleep_of_nothing_returns_at_once(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, sleep_for_nothing), WHORL_OK);
}

static int wait_for_the_start(fixture_t *fixture)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_SECONDS(5));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, whorl_clock_wait_until_started(steady_of(fixture->node))));
  clock_publish(1);
  return whorl_clock_wait_until_started(steady_of(fixture->node));
}

static void it_starts_with_the_first_tick(void **state) { assert_int_equal(fixture_with_open_node(*state, wait_for_the_start), WHORL_OK); }

static int destroy_under_sleepers(fixture_t *fixture)
{
  whorl_node_t other = fixture_make_node(fixture, "other");
  dozer_t dozer = {.name = "dozer", .clock = steady_of(other), .duration_ns = WHORL_FOREVER};
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, doze, &dozer);
  wall_passes(1);
  CHECK(!dozer.awake);
  CHECK_INT(WHORL_OK, whorl_node_destroy(other));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(WHORL_DESTROYED, dozer.status);
  CHECK_INT(0, whorl_clock_now_ns(dozer.clock));
  return WHORL_OK;
}

static void the_end_of_its_node_ends_a_sleep(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, destroy_under_sleepers), WHORL_OK);
}

// --- Timers

static int tick(const whorl_timer_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  fixture->timer_info = *info;
  fixture->calls++;
  note("%g/%g+%llu", (double)(info->expected_ns - begun_ns) / 1e9, (double)(info->actual_ns - begun_ns) / 1e9,
       (unsigned long long)info->missed);
  return WHORL_OK;
}

static void make_timer(fixture_t *fixture, int64_t period_ns)
{
  const whorl_timer_options_t options = {.clock = WHORL_CLOCK_SIM_STEADY};
  begin(fixture);
  trace_clear();
  CHECK_INT(WHORL_OK, whorl_timer_create(fixture->node, period_ns, tick, fixture, &options, &fixture->timer));
}

static int seek_forward(fixture_t *fixture)
{
  clock_says(100);
  make_timer(fixture, WHORL_SECONDS(10));
  clock_says(100000);
  CHECK_TEXT("10/99900+9989", trace);
  CHECK(passed(fixture) == 99900);
  clock_says(100009.5);
  CHECK_INT(1, fixture->calls);
  clock_says(100010);
  CHECK_INT(2, fixture->calls);
  return WHORL_OK;
}

static void ASK_09_a_step_forward_counts_in_full(void **state) { assert_int_equal(fixture_with_open_node(*state, seek_forward), WHORL_OK); }

static int tick_through_all(fixture_t *fixture)
{
  make_timer(fixture, WHORL_SECONDS(2)); // on steady time
  wall_passes(3);
  CHECK_TEXT("2/2+0", trace);
  use_sim_time(fixture, true);
  clock_says(50);
  wall_passes(100); // 3 s have passed, and a pause
  clock_says(51);
  clock_says(20);
  clock_says(21); // 5 s
  clock_says(22);
  CHECK_TEXT("2/2+0 4/4+0 6/6+0", trace);
  clock_says(23);
  use_sim_time(fixture, false); // at 7 s
  wall_passes(1.5);
  CHECK_TEXT("2/2+0 4/4+0 6/6+0 8/8+0", trace);
  return WHORL_OK;
}

static void ASK_09_a_timer_keeps_its_periods_whatever_the_clock_does(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, tick_through_all), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SIM_TIME_TEST(ASK_09_it_follows_simulated_speed_and_stands_in_a_pause),
      SIM_TIME_TEST(ASK_09_it_never_goes_back),
      CLOCK_TEST(ASK_09_a_change_of_source_changes_its_speed_only),
      CLOCK_TEST(whatever_happens_it_never_goes_back),
      SIM_TIME_TEST(ASK_09_a_sleep_lasts_as_long_as_it_says_whatever_the_clock_does),
      SIM_TIME_TEST(a_sleep_of_nothing_returns_at_once),
      SIM_TIME_TEST(it_starts_with_the_first_tick),
      CLOCK_TEST(the_end_of_its_node_ends_a_sleep),
      SIM_TIME_TEST(ASK_09_a_step_forward_counts_in_full),
      CLOCK_TEST(ASK_09_a_timer_keeps_its_periods_whatever_the_clock_does),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
