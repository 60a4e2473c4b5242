// Driving: the clock of turns, outside sources beside them, and tasks that get the stack which the one before has left.
#include <errno.h>
#include <stdlib.h>

#include "base/detail.h"
#include "task/kit.h"

// --- The clock

TASK_TEST(R06_a_turn_that_asks_for_the_time_gets_its_own)
{
  for (int i = 0; i < 50; i++) { // nothing is armed: no turn reads the clock by itself
    kit.parker.now += 1000;
    CHECK_INT(WHORL_OK, whorl_yield());
    int64_t now = whorl__core_now(kit.core);
    CHECK_INT(kit.parker.now, now);
    kit.parker.now += 10;
    CHECK_INT(now, whorl__core_now(kit.core)); // one reading a turn
  }
  return WHORL_OK;
}

static int sleeps_a_millisecond(void *arg)
{
  int64_t before = whorl_now_ns();
  int status = whorl_sleep(WHORL_MILLISECONDS(1));
  *(int64_t *)arg = whorl_now_ns() - before;
  return status;
}

TASK_TEST(a_deadline_is_seen_in_the_first_turn_after_it)
{
  int64_t slept = 0;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, sleeps_a_millisecond, &slept);
  while (slept == 0) {
    kit.parker.now += WHORL_MICROSECONDS(1);
    CHECK_INT(WHORL_OK, whorl_yield());
  }
  CHECK(slept >= WHORL_MILLISECONDS(1) && slept <= WHORL_MILLISECONDS(1) + WHORL_MICROSECONDS(1));
  return whorl_task_group_close(&group, WHORL_OK);
}

// --- Outside sources

typedef struct world { // a parker whose turns are long: every reading finds a millisecond gone
  whorl__parker_t base;
  int64_t now;
  int polls;
} world_t;

static int64_t world_now(whorl__parker_t *parker) { return ((world_t *)parker)->now += WHORL_MILLISECONDS(1); }
static void world_park(whorl__parker_t *parker, int64_t until_ns)
{
  (void)until_ns;
  ((world_t *)parker)->polls++;
}
static void world_unpark(whorl__parker_t *parker) { (void)parker; }
static const whorl__parker_ops_t world_ops = {.now_ns = world_now, .park = world_park, .unpark = world_unpark};

static int yields_often(void *arg)
{
  for (int i = 0; i < 100; i++) whorl_yield();
  *(bool *)arg = true;
  return WHORL_OK;
}

static bool has_ended(void *arg) { return *(bool *)arg; }

static void outside_sources_are_looked_at_between_long_turns(void **state)
{
  (void)state;
  world_t world = {.base.ops = &world_ops};
  bool ended = false;
  whorl__core_t *core;
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.parker = &world.base, .name = "busy"}, &core));
  assert_int_equal(WHORL_OK, whorl__scope_spawn(whorl__core_root(core), yields_often, &ended, NULL, NULL, "here"));
  assert_int_equal(WHORL_OK, whorl__core_run(core, has_ended, &ended));
  assert_true(world.polls >= 90);
  whorl__core_destroy(core);
}

// --- One callback after the other on one stack

static int leaves_traces(void *arg)
{
  (void)arg;
  errno = EAGAIN;
  (void)whorl__fail(WHORL_CLOSED, "left behind");
  return WHORL_OK;
}

static int looks_for_traces(void *arg)
{
  CHECK_INT(0, errno);
  CHECK_TEXT("", whorl_detail());
  ++*(int *)arg;
  return WHORL_OK;
}

TASK_TEST(R38_a_task_finds_nothing_of_the_one_whose_stack_it_gets)
{
  int looked = 0;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 10; i++) {
    whorl_task_group_spawn(&group, leaves_traces, NULL);
    whorl_task_group_spawn(&group, looks_for_traces, &looked);
  }
  errno = 0;
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(10, looked);
  return WHORL_OK;
}

static int own_address(void *arg)
{
  *(char **)arg = __builtin_frame_address(0);
  return WHORL_OK;
}

static int suspends_in_between(void *arg)
{
  own_address(arg);
  int status = whorl_yield();
  errno = EINTR;
  if (status == WHORL_OK) status = whorl_yield();
  CHECK_INT(EINTR, errno); // its own, wherever others ran meanwhile
  return status;
}

TASK_TEST(a_task_that_suspends_keeps_its_stack_and_the_next_gets_another)
{
  char *first, *second, *third, *fourth;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, own_address, &first);
  whorl_task_group_spawn(&group, suspends_in_between, &second);
  whorl_task_group_spawn(&group, own_address, &third);
  whorl_task_group_spawn(&group, own_address, &fourth);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK(labs(first - second) < 4096); // the same stack
  CHECK(labs(second - third) > 4096);
  CHECK(labs(third - fourth) < 4096);
  return WHORL_OK;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R06_a_turn_that_asks_for_the_time_gets_its_own),
      cmocka_unit_test(a_deadline_is_seen_in_the_first_turn_after_it),
      cmocka_unit_test(outside_sources_are_looked_at_between_long_turns),
      cmocka_unit_test(R38_a_task_finds_nothing_of_the_one_whose_stack_it_gets),
      cmocka_unit_test(a_task_that_suspends_keeps_its_stack_and_the_next_gets_another),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
