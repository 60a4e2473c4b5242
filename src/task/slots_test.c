// Several slots of one core (docs/dispatch.md 2.6): who is woken, and for what.
#include "task/slots_kit.h"

// --- Wake-ups for runnables

STAGE_TEST(an_idle_core_wakes_nobody)
{
  whorl__core_lock(stage.core);
  whorl__core_unlock(stage.core);
  stage_settle();
  assert_int_equal(0, stage_unparks());
  assert_int_equal(SLOTS, whorl__core_read_counts(stage.core).parks);
  for (unsigned i = 0; i < SLOTS; i++) assert_true(stage.slots[i].until == WHORL_FOREVER);
}

STAGE_TEST(one_runnable_wakes_the_slot_that_parked_last)
{
  STAGE_SOURCES(source, stage_source(1, NULL, NULL));
  stage_queue(source, 1);
  stage_settle();
  assert_int_equal(1, source->ran);
  assert_int_equal(3, source->on);
  assert_int_equal(1, stage_unparks());
}

STAGE_TEST(a_burst_of_k_wakes_k_one_after_the_other)
{
  static stage_source_t sources[3];
  for (int i = 0; i < 3; i++) sources[i] = stage_source(1, stage_hold_function, NULL);
  stage_close();
  stage_queue(sources, 3);
  stage_settle(); // all three at once, or this never ends
  for (unsigned i = 0; i < 3; i++) assert_int_equal(3 - i, sources[i].on);
  assert_int_equal(3, stage_unparks());
  stage_let_go();
  stage_settle();
  assert_int_equal(0, stage_unparks());
}

STAGE_TEST(a_burst_of_short_ones_wakes_no_more_than_there_are)
{
  enum { MANY = 3, TIMES = 200 };
  for (int i = 0; i < TIMES; i++) {
    static stage_source_t sources[MANY];
    for (int k = 0; k < MANY; k++) sources[k] = stage_source(1, NULL, NULL);
    stage_queue(sources, MANY);
    stage_settle();
    for (int k = 0; k < MANY; k++) assert_int_equal(1, sources[k].ran);
    int unparks = stage_unparks();
    assert_true(unparks >= 1 && unparks <= MANY);
  }
}

STAGE_TEST(an_exclusive_runnable_that_is_ready_again_after_each_run_wakes_nobody_else)
{
  STAGE_SOURCES(source, stage_source(1000, NULL, NULL));
  stage_queue(source, 1);
  stage_settle();
  assert_int_equal(1000, source->ran);
  assert_int_equal(3, source->on);
  assert_int_equal(1, stage_unparks());
}

static int lets_others_run(void *arg)
{
  (void)arg;
  for (int i = 0; i < 3; i++) WHORL_TRY(whorl_yield());
  return WHORL_OK;
}

STAGE_TEST(nor_does_one_that_suspends)
{
  STAGE_SOURCES(source, stage_source(200, lets_others_run, NULL));
  stage_queue(source, 1);
  stage_settle();
  assert_int_equal(200, source->ran);
  assert_int_equal(1, stage_unparks());
}

STAGE_TEST(what_is_behind_a_long_callback_goes_to_another_slot)
{
  STAGE_SOURCES(sources, stage_source(1, stage_hold_function, NULL), stage_source(1, NULL, NULL));
  stage_close();
  stage_queue(sources, 1);
  stage_settle();
  stage_queue(sources + 1, 1);
  stage_settle();
  assert_int_equal(1, sources[1].ran);
  assert_int_equal(2, sources[1].on);
  assert_int_equal(2, stage_unparks());
}

// --- Posts

static atomic_int posts_run;
static void count_post(whorl__post_t *post, bool closed)
{
  (void)post;
  (void)closed;
  atomic_fetch_add(&posts_run, 1);
}

STAGE_TEST(a_post_is_run_by_whoever_is_idle)
{
  STAGE_SOURCES(source, stage_source(1, stage_hold_function, NULL));
  whorl__post_t post = {.run = count_post};
  atomic_store(&posts_run, 0);
  stage_close();
  stage_queue(source, 1);
  stage_settle();
  whorl__core_post(stage.core, &post);
  stage_settle();
  assert_int_equal(1, posts_run);
  assert_int_equal(2, stage_unparks());
}

// --- The keeper

static atomic_uint due_on;
static atomic_int due_count;
static void note_due(whorl__deadline_t *deadline, int64_t now)
{
  (void)deadline;
  (void)now;
  atomic_store(&due_on, stage_this_slot());
  atomic_fetch_add(&due_count, 1);
}

static void arm(whorl__deadline_t *deadline, int64_t when)
{
  whorl__core_lock(stage.core);
  whorl__core_arm(stage.core, deadline, when);
  whorl__core_unlock(stage.core);
}

STAGE_TEST(one_idle_slot_waits_for_the_earliest_deadline)
{
  whorl__deadline_t near = {.expire = note_due}, far = near, farther = near;
  atomic_store(&due_count, 0);
  arm(&far, 100);
  stage_settle();
  assert_int_equal(1, stage_unparks());
  assert_int_not_equal(SLOTS, stage_parked_until(100));
  arm(&farther, 200);
  stage_settle();
  assert_int_equal(0, stage_unparks());
  unsigned keeper = stage_parked_until(100);
  arm(&near, 50);
  stage_settle();
  assert_int_equal(1, stage_unparks());
  assert_int_equal(keeper, stage_parked_until(50));
  stage_pass_time(50); // nothing to run: it keeps on
  assert_int_equal(1, due_count);
  assert_int_equal(keeper, stage_parked_until(100));
  stage_pass_time(100);
  assert_int_equal(keeper, stage_parked_until(200));
  stage_pass_time(200);
  assert_int_equal(3, due_count);
  assert_int_equal(0, stage_unparks());
}

STAGE_TEST(the_keeper_is_the_last_to_be_woken_for_a_runnable)
{
  whorl__deadline_t deadline = {.expire = note_due};
  arm(&deadline, 100);
  stage_settle();
  unsigned keeper = stage_parked_until(100);
  static stage_source_t sources[SLOTS];
  stage_close();
  for (int i = 0; i < SLOTS; i++) {
    sources[i] = stage_source(1, stage_hold_function, NULL);
    stage_queue(&sources[i], 1);
    stage_settle();
    assert_true((sources[i].on == keeper) == (i == SLOTS - 1));
  }
  stage_let_go();
  stage_settle();
  stage_pass_time(100);
}

static stage_source_t long_callback[1];
static void queue_the_long_callback(whorl__deadline_t *deadline, int64_t now)
{
  (void)deadline;
  (void)now;
  stage_queue_locked(long_callback);
}

STAGE_TEST(a_keeper_that_is_called_away_is_replaced)
{
  whorl__deadline_t timer = {.expire = queue_the_long_callback}, next = {.expire = note_due};
  long_callback[0] = stage_source(1, stage_hold_function, NULL);
  arm(&next, 20);
  stage_settle();
  arm(&timer, 10);
  stage_settle();
  unsigned keeper = stage_parked_until(10);
  stage_close();
  stage_unparks();
  stage_pass_time(10);
  assert_int_equal(keeper, long_callback->on); // who released it, runs it
  assert_int_equal(1, stage_unparks());
  unsigned successor = stage_parked_until(20);
  assert_int_not_equal(SLOTS, successor);
  atomic_store(&due_count, 0);
  stage_pass_time(20); // while the callback lasts
  assert_int_equal(1, due_count);
  assert_int_equal(successor, due_on);
}

// Two slots that wait: the one that had to, and one that came to rest while another was still on its way to be told.
STAGE_TEST(who_waits_for_no_longer_anyway_becomes_the_keeper_without_being_woken)
{
  whorl__deadline_t near = {.expire = note_due}, far = near;
  STAGE_SOURCES(sources, stage_source(1, stage_hold_function, NULL), stage_source(1, NULL, NULL));
  arm(&far, 100);
  stage_settle();
  unsigned first = stage_parked_until(100);
  stage_close();
  stage_queue(sources, 1);
  stage_settle();
  stage_freeze(true);
  stage_queue(sources + 1, 1); // somebody is unparked for it, and does not come
  arm(&near, 50);              // so the keeper is not told
  stage_let_go();
  stage_settle();
  assert_int_equal(sources[0].on, sources[1].on);
  assert_int_equal(sources[0].on, stage_parked_until(50));
  assert_int_equal(first, stage_parked_until(100));
  stage_freeze(false);
  stage_settle();
  stage_unparks();
  stage_close();
  long_callback[0] = stage_source(1, stage_hold_function, NULL);
  near.expire = queue_the_long_callback;
  stage_pass_time(50);
  assert_int_equal(sources[0].on, long_callback->on);
  assert_int_equal(0, stage_unparks());
  atomic_store(&due_count, 0);
  stage_pass_time(100);
  assert_int_equal(1, due_count);
  assert_int_equal(first, due_on);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_idle_core_wakes_nobody),
      cmocka_unit_test(one_runnable_wakes_the_slot_that_parked_last),
      cmocka_unit_test(a_burst_of_k_wakes_k_one_after_the_other),
      cmocka_unit_test(a_burst_of_short_ones_wakes_no_more_than_there_are),
      cmocka_unit_test(an_exclusive_runnable_that_is_ready_again_after_each_run_wakes_nobody_else),
      cmocka_unit_test(nor_does_one_that_suspends),
      cmocka_unit_test(what_is_behind_a_long_callback_goes_to_another_slot),
      cmocka_unit_test(a_post_is_run_by_whoever_is_idle),
      cmocka_unit_test(one_idle_slot_waits_for_the_earliest_deadline),
      cmocka_unit_test(the_keeper_is_the_last_to_be_woken_for_a_runnable),
      cmocka_unit_test(a_keeper_that_is_called_away_is_replaced),
      cmocka_unit_test(who_waits_for_no_longer_anyway_becomes_the_keeper_without_being_woken),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
