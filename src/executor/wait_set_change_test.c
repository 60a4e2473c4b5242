// Wait sets while somebody waits: what other tasks do meanwhile, in virtual time.
#include "executor/hand_fixture.h"

static int trigger_later(void *arg)
{
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(5)));
  return whorl_guard_condition_trigger(((hand_t *)arg)->guard.on.guard_condition);
}

static int add_later(void *arg)
{
  hand_t *hand = arg;
  WHORL_TRY(whorl_guard_condition_trigger(hand->guard.on.guard_condition)); // in no set yet: kept for it
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(5)));
  return whorl_wait_set_add(hand->set, &hand->guard);
}

static int wait_beside(hand_t *hand, whorl_task_function_t function, int expected)
{
  whorl_task_group_t group;
  int64_t before_ns = whorl_now_ns();
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, function, hand);
  int result = wait_for(hand, WHORL_FOREVER);
  assert_int_equal(whorl_now_ns() - before_ns, WHORL_SECONDS(5));
  WHORL_TRY(whorl_task_group_close(&group, WHORL_OK));
  assert_int_equal(result, expected);
  return WHORL_OK;
}

HAND_TEST(what_others_do_ends_a_wait_that_has_begun)
{
  add(hand, &hand->guard);
  add(hand, &hand->timer);
  WHORL_TRY(wait_beside(hand, trigger_later, WHORL_WAIT_READY));
  WHORL_TRY(whorl_wait_set_remove(hand->set, &hand->guard));
  WHORL_TRY(wait_beside(hand, add_later, WHORL_WAIT_READY));
  assert_int_equal(hand->ready[0].signals, 1);
  return WHORL_OK;
}

static int make_due_soon(void *arg)
{
  hand_t *hand = arg;
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(4)));
  WHORL_TRY(whorl_timer_set_period(hand->timer.on.timer, WHORL_SECONDS(1)));
  return whorl_timer_reset(hand->timer.on.timer);
}

HAND_TEST(a_timer_that_is_made_faster_meanwhile_is_waited_for_anew)
{
  add(hand, &hand->timer);
  return wait_beside(hand, make_due_soon, WHORL_WAIT_READY);
}

static int destroy_set(void *arg)
{
  hand_t *hand = arg;
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(5)));
  WHORL_TRY(whorl_wait_set_destroy(hand->set));
  return whorl_wait_set_create(hand->fixture->context, NULL, &hand->set);
}

HAND_TEST(destroying_the_set_ends_its_wait)
{
  add(hand, &hand->subscription);
  return wait_beside(hand, destroy_set, WHORL_DESTROYED);
}

static int wait_too(void *arg)
{
  hand_t *hand = arg;
  whorl_wait_item_t item;
  size_t count = 9;
  assert_int_equal(whorl_wait_set_wait(hand->set, 0, &item, 1, &count), WHORL_BUSY);
  assert_int_equal(count, 9);
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(5)));
  return whorl_wait_set_remove(hand->set, &hand->subscription);
}

HAND_TEST(a_second_wait_is_refused_and_the_last_removal_ends_the_first)
{
  add(hand, &hand->subscription);
  return wait_beside(hand, wait_too, WHORL_WAIT_EMPTY);
}

HAND_TEST(a_cancelled_wait_leaves_nothing_behind)
{
  whorl_timeout_t limit;
  add(hand, &hand->subscription);
  whorl_timeout_open(&limit, WHORL_SECONDS(1));
  assert_int_equal(whorl_timeout_close(&limit, wait_for(hand, WHORL_FOREVER)), WHORL_TIMED_OUT);
  WHORL_TRY(publish(hand, 1));
  expect_ready(hand, WHORL_WAIT_SUBSCRIPTION);
  return WHORL_OK;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(what_others_do_ends_a_wait_that_has_begun), NODE_TEST(a_timer_that_is_made_faster_meanwhile_is_waited_for_anew),
      NODE_TEST(destroying_the_set_ends_its_wait),          NODE_TEST(a_second_wait_is_refused_and_the_last_removal_ends_the_first),
      NODE_TEST(a_cancelled_wait_leaves_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
