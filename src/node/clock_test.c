// Clocks and sleeping on them, in virtual time on the simulated network. Rows ACLK-01 to ACLK-08, ASRC-08, ASRC-09; pains 20, 22.
#include "node/clock_fixture.h"

static whorl_clock_t ros(fixture_t *fixture) { return whorl_node_clock(fixture->node); }

// --- On wall time

static int sleep_a_tenth(fixture_t *fixture)
{
  int64_t before_ns = whorl_now_ns();
  CHECK_INT(WHORL_OK, whorl_clock_sleep(ros(fixture), WHORL_MILLISECONDS(100)));
  CHECK_INT(WHORL_MILLISECONDS(100), whorl_now_ns() - before_ns);
  return WHORL_OK;
}

static void ACLK_01_a_sleep_under_wall_time_completes(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, sleep_a_tenth), WHORL_OK);
}

static int destroy_under_a_sleeper(fixture_t *fixture)
{
  whorl_task_group_t group;
  dozer_t steady = {"steady", whorl_node_clock_of_kind(fixture->node, WHORL_CLOCK_STEADY), .duration_ns = WHORL_SECONDS(999)};
  dozer_t wall = {"wall", ros(fixture), .duration_ns = WHORL_SECONDS(999)}, own = wall;
  own.name = "own";
  CHECK_INT(WHORL_OK, whorl_node_spawn(fixture->node, doze, &own));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, doze, &steady);
  whorl_task_group_spawn(&group, doze, &wall);
  wall_passes(1);
  CHECK_INT(WHORL_OK, whorl_node_destroy(fixture->node));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK)); // the sleepers have caught it
  CHECK_INT(WHORL_CANCELED, own.status);                         // in the node's own scope that is a level
  CHECK_INT(WHORL_DESTROYED, steady.status);                     // and elsewhere a word, once (docs/tasks.md R8)
  CHECK_INT(WHORL_DESTROYED, wall.status);
  return WHORL_OK;
}

static void ACLK_02_destroying_the_node_ends_a_sleep_that_may_be_caught(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, destroy_under_a_sleeper), WHORL_OK);
  assert_int_equal(whorl_simulation_now_ns(((fixture_t *)*state)->world), WHORL_SECONDS(1));
}

static int switch_under_sleepers(fixture_t *fixture)
{
  whorl_task_group_t group;
  whorl_node_t neighbour = fixture_make_node(fixture, "neighbour");
  dozer_t own = {"own", ros(fixture), .duration_ns = WHORL_SECONDS(999)},
          other = {"other", whorl_node_clock(neighbour), .duration_ns = WHORL_SECONDS(9)};
  dozer_t steady = {"steady", whorl_node_clock_of_kind(fixture->node, WHORL_CLOCK_STEADY), .duration_ns = WHORL_SECONDS(9)};
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, doze, &own);
  whorl_task_group_spawn(&group, doze, &other);
  whorl_task_group_spawn(&group, doze, &steady);
  wall_passes(1);
  CHECK_INT(WHORL_OK, whorl_node_set_use_sim_time(fixture->node, true));
  CHECK_INT(WHORL_OK, whorl_yield());
  CHECK_INT(WHORL_OK, whorl_yield());
  CHECK(own.awake && !other.awake && !steady.awake);
  CHECK_INT(WHORL_TIME_SOURCE_CHANGED, own.status);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(WHORL_OK, other.status);
  CHECK_INT(WHORL_OK, steady.status);
  // and back
  own.awake = false;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, doze, &own);
  clock_says(5);
  CHECK_INT(WHORL_OK, whorl_node_set_use_sim_time(fixture->node, false));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(WHORL_TIME_SOURCE_CHANGED, own.status);
  return WHORL_OK;
}

static void ACLK_03_switching_the_source_ends_a_sleep_with_its_own_error(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, switch_under_sleepers), WHORL_OK);
}

static int sleep_for_nothing(fixture_t *fixture)
{
  int64_t before_ns = whorl_now_ns();
  for (int simulated = 0; simulated < 2; simulated++) {
    CHECK_INT(WHORL_OK, whorl_clock_sleep(ros(fixture), 0));
    CHECK_INT(WHORL_OK, whorl_clock_sleep(ros(fixture), WHORL_SECONDS(-1)));
    CHECK_INT(WHORL_OK, whorl_clock_sleep(ros(fixture), INT64_MIN));
    CHECK_INT(WHORL_OK, whorl_node_set_use_sim_time(fixture->node, true)); // not started: all the same
  }
  CHECK_INT(before_ns, whorl_now_ns());
  return WHORL_OK;
}

static void ACLK_04_no_time_or_less_returns_at_once(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, sleep_for_nothing), WHORL_OK);
}

static int sleep_on_the_dead(void *arg)
{
  fixture_t *fixture = arg;
  whorl_clock_t clock = ros(fixture);
  CHECK(whorl_clock_now_ns(clock) > 0);
  CHECK_INT(WHORL_OK, whorl_node_destroy(fixture->node));
  CHECK_INT(WHORL_DESTROYED, whorl_clock_sleep(clock, WHORL_SECONDS(1)));
  CHECK_INT(WHORL_DESTROYED, whorl_clock_sleep_until(clock, WHORL_SECONDS(1)));
  CHECK_INT(WHORL_DESTROYED, whorl_clock_wait_until_started(clock));
  CHECK_INT(WHORL_DESTROYED, whorl_node_set_use_sim_time(fixture->node, true));
  CHECK_INT(0, whorl_clock_now_ns(clock));
  CHECK(!whorl_clock_is_started(clock) && !whorl_clock_ros_time_is_active(clock));
  CHECK_INT(WHORL_INVALID_HANDLE, whorl_clock_sleep((whorl_clock_t){0}, 1));
  return WHORL_OK;
}

static void ACLK_05_the_clock_of_a_destroyed_node_is_an_error(void **state)
{
  assert_int_equal(whorl_clock_sleep(ros(*state), 1), WHORL_WOULD_DEADLOCK); // a plain thread, whose world stands still meanwhile
  assert_int_equal(whorl_simulation_run_for(((fixture_t *)*state)->world, 1), WHORL_OK);
  assert_int_equal(whorl_simulation_run(((fixture_t *)*state)->world, sleep_on_the_dead, *state), WHORL_OK);
}

// --- On simulated time

static int shielded_sleep(void *arg)
{
  whorl_shield_t shield;
  dozer_t *dozer = arg;
  whorl_shield_open(&shield, WHORL_SECONDS(100));
  (void)doze(dozer);
  return whorl_shield_close(&shield, dozer->status);
}

static int sleep_from_ten(fixture_t *fixture)
{
  dozer_t dozer = {"a", ros(fixture), .duration_ns = WHORL_SECONDS(1)};
  whorl_task_group_t group;
  whorl_timeout_t timeout;
  clock_says(10);
  whorl_task_group_open(&group);
  whorl_timeout_open(&timeout, WHORL_MILLISECONDS(50));
  whorl_task_group_spawn(&group, shielded_sleep, &dozer);
  int status = whorl_sleep(WHORL_SECONDS(9)); // an outer wait gives up
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, status));
  CHECK(!dozer.awake);
  whorl_task_group_cancel(&group); // and even the sleeper's own scope
  whorl_shield_t shield;           // from what that means for us
  whorl_shield_open(&shield, WHORL_SECONDS(1));
  clock_says(10.999999999);
  CHECK(!dozer.awake);
  clock_says(11);
  CHECK(dozer.awake);
  CHECK_INT(WHORL_OK, dozer.status);
  CHECK_INT(WHORL_OK, whorl_shield_close(&shield, WHORL_OK));
  return whorl_task_group_close(&group, WHORL_OK);
}

static void ACLK_06_a_sleep_stands_with_the_clock_and_ends_at_its_target(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, sleep_from_ten), WHORL_OK);
}

static int sleep_side_by_side(fixture_t *fixture)
{
  dozer_t dozers[] = {{"200", ros(fixture), .duration_ns = WHORL_MILLISECONDS(200)},
                      {"50", ros(fixture), .duration_ns = WHORL_MILLISECONDS(50)},
                      {"100", ros(fixture), .duration_ns = WHORL_MILLISECONDS(100)}};
  whorl_task_group_t group;
  int64_t before_ns = whorl_now_ns();
  whorl_task_group_open(&group);
  for (int i = 0; i < 3; i++) whorl_task_group_spawn(&group, doze, &dozers[i]);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(WHORL_MILLISECONDS(200), whorl_now_ns() - before_ns);
  return WHORL_OK;
}

static void ACLK_07_sleeps_run_side_by_side(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, sleep_side_by_side), WHORL_OK);
  const char *a = strstr(trace, "50:OK"), *b = strstr(trace, "100:OK"), *c = strstr(trace, "200:OK");
  assert_true(a != NULL && a < b && b < c);
}

static int jump_over_some(fixture_t *fixture)
{
  dozer_t dozers[] = {{"one", ros(fixture), .duration_ns = WHORL_SECONDS(1)},
                      {"five", ros(fixture), .duration_ns = WHORL_SECONDS(5)},
                      {"ten", ros(fixture), .until_ns = WHORL_SECONDS(10)}};
  whorl_task_group_t group;
  clock_says(0);
  whorl_task_group_open(&group);
  for (int i = 0; i < 3; i++) whorl_task_group_spawn(&group, doze, &dozers[i]);
  wall_passes(0.01);
  clock_says(3);
  CHECK_TEXT("one:OK@3", trace);
  clock_says(11);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  return WHORL_OK;
}

static void ACLK_08_a_jump_wakes_those_whose_target_has_passed(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, jump_over_some), WHORL_OK);
  assert_trace("one:OK@3 five:OK@11 ten:OK@11");
}

// --- Start

static int wait_for_the_start(fixture_t *fixture)
{
  dozer_t duration = {"two seconds", ros(fixture), .duration_ns = WHORL_SECONDS(2)},
          point = {"until 101", ros(fixture), .until_ns = WHORL_SECONDS(101)};
  dozer_t gone = {"until 7", ros(fixture), .until_ns = WHORL_SECONDS(7)};
  whorl_task_group_t group;
  CHECK(whorl_clock_ros_time_is_active(ros(fixture)) && !whorl_clock_is_started(ros(fixture)));
  CHECK_INT(0, whorl_clock_now_ns(ros(fixture)));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, doze, &duration);
  whorl_task_group_spawn(&group, doze, &point);
  whorl_task_group_spawn(&group, doze, &gone);
  wall_passes(1000);
  CHECK_TEXT("", trace);
  clock_says(100);
  CHECK_INT(WHORL_OK, whorl_clock_wait_until_started(ros(fixture)));
  clock_says(101);
  clock_says(102);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void PAIN_22_before_the_first_tick_everything_waits(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, wait_for_the_start), WHORL_OK);
  assert_trace("until 7:OK@100 until 101:OK@101 two seconds:OK@102");
}

// --- Back

static int go_back_once(fixture_t *fixture)
{
  dozer_t duration = {"one second", ros(fixture), .duration_ns = WHORL_SECONDS(1)},
          point = {"until 11", ros(fixture), .until_ns = WHORL_SECONDS(11)};
  whorl_task_group_t group;
  clock_says(10);
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, doze, &duration);
  whorl_task_group_spawn(&group, doze, &point);
  clock_says(10.25);
  clock_says(5); // wakes nobody
  CHECK_TEXT("", trace);
  clock_says(5.5);
  CHECK_TEXT("", trace);
  clock_says(5.75);
  CHECK_TEXT("one second:OK@5.75", trace); // a quarter, and three
  clock_says(11);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void ASRC_08_going_back_wakes_nobody(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, go_back_once), WHORL_OK);
  assert_trace("one second:OK@5.75 until 11:OK@11");
}

// The clock goes from 2 to 5 in steps, and round again: a bag that is played in a loop.
static int play_in_a_loop(fixture_t *fixture)
{
  for (int round = 0; round < 100; round++) {
    dozer_t dozers[] = {{"long", ros(fixture), .duration_ns = WHORL_SECONDS(5.5)},
                        {"far", ros(fixture), .until_ns = WHORL_SECONDS(6)},
                        {"near", ros(fixture), .until_ns = WHORL_SECONDS(2.5)}};
    whorl_task_group_t group;
    trace_clear();
    clock_says(1);
    for (int step = 0; step <= 6; step++) {
      clock_says(2 + step * 0.5);
      if (step == 3) {
        whorl_task_group_open(&group);
        for (int i = 0; i < 3; i++) whorl_task_group_spawn(&group, doze, &dozers[i]);
      }
    }
    for (int again = 0; again < 2; again++)
      for (int step = 0; step <= 6; step++) clock_says(2 + step * 0.5);
    CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK)); // none of them outlives two rounds
    CHECK_INT(WHORL_OK, dozers[0].status);
    CHECK_INT(WHORL_TIME_JUMPED, dozers[1].status); // 6 never comes
    CHECK_INT(WHORL_OK, dozers[2].status);
  }
  return WHORL_OK;
}

static void PAIN_20_a_clock_that_goes_round_leaves_no_sleeper_behind(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, play_in_a_loop), WHORL_OK);
  assert_trace("near:OK@3.5 far:TIME_JUMPED@2 long:OK@3");
}

// --- Turns

static int count_to_three(void *arg)
{
  int *count = arg;
  for (; *count < 3; ++*count) WHORL_TRY(whorl_yield());
  return WHORL_OK;
}

static int sleep_for_nothing_beside_others(fixture_t *fixture)
{
  int count = 0;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, count_to_three, &count);
  for (int i = 1; i <= 3; i++) {
    CHECK_INT(WHORL_OK, whorl_clock_sleep(ros(fixture), 0));
    CHECK(count >= i - 1);
  }
  CHECK(count >= 2);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void ASRC_09_a_sleep_of_nothing_lets_the_others_run_once(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, sleep_for_nothing_beside_others), WHORL_OK);
}

static int cancel_a_sleeper(fixture_t *fixture)
{
  dozer_t dozer = {"a", ros(fixture), .duration_ns = WHORL_SECONDS(1)};
  whorl_task_group_t group;
  clock_says(1);
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, doze, &dozer);
  wall_passes(0.01);
  whorl_task_group_cancel(&group);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(WHORL_CANCELED, dozer.status);
  clock_says(5); // finds nobody
  return WHORL_OK;
}

static void a_cancelled_sleeper_leaves_nothing_behind(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, cancel_a_sleeper), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      CLOCK_TEST(ACLK_01_a_sleep_under_wall_time_completes),
      CLOCK_TEST(ACLK_02_destroying_the_node_ends_a_sleep_that_may_be_caught),
      SIM_TIME_TEST(ACLK_02_destroying_the_node_ends_a_sleep_that_may_be_caught),
      CLOCK_TEST(ACLK_03_switching_the_source_ends_a_sleep_with_its_own_error),
      CLOCK_TEST(ACLK_04_no_time_or_less_returns_at_once),
      CLOCK_TEST(ACLK_05_the_clock_of_a_destroyed_node_is_an_error),
      SIM_TIME_TEST(ACLK_06_a_sleep_stands_with_the_clock_and_ends_at_its_target),
      CLOCK_TEST(ACLK_07_sleeps_run_side_by_side),
      SIM_TIME_TEST(ACLK_08_a_jump_wakes_those_whose_target_has_passed),
      SIM_TIME_TEST(PAIN_22_before_the_first_tick_everything_waits),
      SIM_TIME_TEST(ASRC_08_going_back_wakes_nobody),
      SIM_TIME_TEST(PAIN_20_a_clock_that_goes_round_leaves_no_sleeper_behind),
      CLOCK_TEST(ASRC_09_a_sleep_of_nothing_lets_the_others_run_once),
      SIM_TIME_TEST(ASRC_09_a_sleep_of_nothing_lets_the_others_run_once),
      SIM_TIME_TEST(a_cancelled_sleeper_leaves_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
