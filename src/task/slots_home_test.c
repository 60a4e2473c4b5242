// Several slots of one core: what belongs to a slot and its thread, and what passes between two of them.
#include "task/slots_kit.h"

// --- Homes

static whorl_event_t event;
static atomic_uint resumed_on;

static int waits_for_the_event(void *arg)
{
  (void)arg;
  pthread_t thread = pthread_self();
  int status = whorl_event_wait(event);
  CHECK(pthread_equal(thread, pthread_self()));
  atomic_store(&resumed_on, stage_this_slot());
  return status;
}

// A task suspends on slot 2 while slot 3 is held; afterwards slot 3 is the one that parked last.
static void suspend_on_slot_2(stage_source_t sources[static 2], whorl_task_function_t function)
{
  sources[0] = stage_source(1, stage_hold_function, NULL);
  sources[1] = stage_source(1, function, NULL);
  stage_close();
  stage_queue(sources, 1);
  stage_settle();
  stage_queue(sources + 1, 1);
  stage_settle();
  stage_let_go();
  stage_settle();
  assert_int_equal(3, sources[0].on);
  assert_int_equal(2, sources[1].on);
  stage_unparks();
}

STAGE_TEST(a_suspended_task_wakes_its_own_slot_and_no_other)
{
  static stage_source_t sources[2];
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &event));
  suspend_on_slot_2(sources, waits_for_the_event);
  assert_int_equal(WHORL_OK, whorl_event_set(event));
  stage_settle();
  assert_int_equal(2, resumed_on);
  assert_int_equal(1, stage_unparks());
  whorl_event_destroy(event);
}

static int notes_its_slot(void *arg)
{
  atomic_store((atomic_uint *)arg, stage_this_slot());
  return WHORL_OK;
}

static atomic_uint children_on[SLOTS];
static int spawns_children(void *arg)
{
  (void)arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < SLOTS; i++) whorl_task_group_spawn(&group, notes_its_slot, &children_on[i]);
  return whorl_task_group_close(&group, WHORL_OK);
}

STAGE_TEST(what_a_callback_spawns_stays_on_its_thread)
{
  STAGE_SOURCES(sources, stage_source(1, stage_hold_function, NULL), stage_source(1, spawns_children, NULL));
  stage_close();
  stage_queue(sources, 1);
  stage_settle();
  stage_queue(sources + 1, 1);
  stage_settle();
  assert_int_equal(2, sources[1].on);
  for (int i = 0; i < SLOTS; i++) assert_int_equal(2, children_on[i]);
  assert_int_equal(2, stage_unparks());
}

// --- Cancelling across slots

static whorl_task_group_t shared_group;
static atomic_int seen_status;

static int is_cancelled_while_it_runs(void *arg)
{
  (void)arg;
  whorl_task_group_open(&shared_group);
  stage_hold();
  CHECK(whorl_canceled());
  atomic_store(&seen_status, whorl_yield());
  return whorl_task_group_close(&shared_group, WHORL_OK);
}

static int is_cancelled_while_it_waits(void *arg)
{
  (void)arg;
  whorl_task_group_open(&shared_group);
  atomic_store(&seen_status, whorl_event_wait(event));
  atomic_store(&resumed_on, stage_this_slot());
  return whorl_task_group_close(&shared_group, WHORL_OK);
}

static int cancels(void *arg)
{
  (void)arg;
  whorl_task_group_cancel(&shared_group);
  return WHORL_OK;
}

STAGE_TEST(R02_a_task_that_runs_sees_what_another_slot_cancels_at_its_next_call)
{
  STAGE_SOURCES(sources, stage_source(1, is_cancelled_while_it_runs, NULL), stage_source(1, cancels, NULL));
  atomic_store(&seen_status, WHORL_OK);
  stage_close();
  stage_queue(sources, 1);
  stage_settle();
  stage_queue(sources + 1, 1);
  stage_settle();
  assert_int_equal(WHORL_OK, seen_status);
  stage_let_go();
  stage_settle();
  assert_int_equal(WHORL_CANCELED, seen_status);
}

STAGE_TEST(R38_a_wait_that_another_slot_cancels_ends_on_its_own_thread)
{
  stage_source_t sources[2], canceller[] = {stage_source(1, cancels, NULL)};
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &event));
  suspend_on_slot_2(sources, is_cancelled_while_it_waits);
  stage_queue(canceller, 1);
  stage_settle();
  assert_int_equal(3, canceller->on);
  assert_int_equal(WHORL_CANCELED, seen_status);
  assert_int_equal(2, resumed_on);
  assert_int_equal(2, stage_unparks());
  whorl_event_destroy(event);
}

// --- Ends across slots

static whorl__scope_t *standing;

static int spawns_a_waiter(void *arg)
{
  (void)arg;
  return whorl__scope_spawn(standing, waits_for_the_event, NULL, NULL, NULL, "here");
}

static int drains(void *arg)
{
  (void)arg;
  int status = whorl__scope_drain(standing);
  atomic_store((atomic_uint *)arg, stage_this_slot());
  return status;
}

STAGE_TEST(R18_the_last_task_ends_on_another_slot_than_the_one_that_waits_for_it)
{
  atomic_uint drained_on = SLOTS;
  stage_source_t sources[2], drainer[] = {stage_source(1, drains, &drained_on)};
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &event));
  assert_int_equal(WHORL_OK, whorl__scope_create(stage.core, NULL, "standing", &standing));
  suspend_on_slot_2(sources, spawns_a_waiter);
  stage_queue(drainer, 1);
  stage_settle();
  assert_int_equal(SLOTS, drained_on);
  whorl_event_set(event);
  stage_settle();
  assert_int_equal(2, resumed_on);
  assert_int_equal(3, drained_on);
  whorl__scope_destroy(standing);
  whorl_event_destroy(event);
}

// --- Who may run a slot

static int knows_where_it_is(void *arg)
{
  (void)arg;
  CHECK(whorl__core_is_current(stage.core) && whorl__core_thread_is_busy() && !whorl__core_is_driven_elsewhere(stage.core));
  return WHORL_OK;
}

STAGE_TEST(R36_a_slot_is_run_by_one_thread)
{
  STAGE_SOURCES(source, stage_source(1, knows_where_it_is, NULL));
  for (unsigned i = 0; i < SLOTS; i++) assert_int_equal(WHORL_BUSY, whorl__core_run_slot(stage.core, i, stage_is_over, NULL));
  assert_true(whorl__core_is_driven_elsewhere(stage.core) && !whorl__core_is_current(stage.core));
  assert_int_equal(WHORL_WRONG_THREAD, whorl__scope_spawn(whorl__core_root(stage.core), notes_its_slot, NULL, NULL, NULL, "here"));
  stage_queue(source, 1);
  stage_settle();
  assert_int_equal(1, source->ran);
}

static bool is_at_rest(void *arg) { return ((whorl__virtual_parker_t *)arg)->stuck; }

static void *run_both_slots(void *arg)
{
  whorl__virtual_parker_t *parkers = arg;
  parkers[0].stuck = parkers[1].stuck = false;
  assert_int_equal(WHORL_WRONG_THREAD, whorl__core_run_slot(stage.core, 1, is_at_rest, &parkers[1]));
  assert_int_equal(WHORL_OK, whorl__core_run_slot(stage.core, 0, is_at_rest, &parkers[0]));
  return NULL;
}

static void R38_only_the_slot_of_a_suspended_task_is_bound_to_its_thread(void **state)
{
  (void)state;
  whorl__virtual_parker_t parkers[2];
  for (int i = 0; i < 2; i++) whorl__virtual_parker_init(&parkers[i]);
  whorl__parker_t *const both[] = {&parkers[0].base, &parkers[1].base};
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.workers = 2, .parkers = both, .name = "two"}, &stage.core));
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &event));
  static stage_source_t source;
  source = (stage_source_t){.runnable.pick = stage_source_pick, .left = 1, .function = waits_for_the_event};
  pthread_t thread;
  stage_queue(&source, 1);
  assert_int_equal(WHORL_OK, whorl__core_run_slot(stage.core, 1, is_at_rest, &parkers[1]));
  assert_int_equal(0, pthread_create(&thread, NULL, run_both_slots, parkers));
  pthread_join(thread, NULL);
  whorl_event_set(event);
  parkers[1].stuck = false;
  assert_int_equal(WHORL_OK, whorl__core_run_slot(stage.core, 1, is_at_rest, &parkers[1]));
  assert_int_equal(0, whorl__core_read_counts(stage.core).live_tasks);
  whorl__core_destroy(stage.core);
  whorl_event_destroy(event);
}

static void a_core_that_memory_lacks_for_leaves_nothing(void **state)
{
  (void)state;
  whorl__virtual_parker_t parker;
  whorl__core_t *core = NULL;
  whorl__virtual_parker_init(&parker);
  whorl__parker_t *const parkers[] = {&parker.base, &parker.base, &parker.base};
  const whorl__core_options_t options = {.workers = 3, .parkers = parkers};
  assert_int_equal(WHORL_OK, whorl__core_create(&options, &core)); // its memory is kept for the next one
  whorl__core_destroy(core);
  int64_t blocks = whorl__memory_blocks();
  whorl__memory_fail_at(1);
  assert_int_equal(WHORL_NO_MEMORY, whorl__core_create(&options, &core));
  whorl__memory_fail_at(0);
  assert_int_equal(blocks, whorl__memory_blocks());
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_suspended_task_wakes_its_own_slot_and_no_other),
      cmocka_unit_test(what_a_callback_spawns_stays_on_its_thread),
      cmocka_unit_test(R02_a_task_that_runs_sees_what_another_slot_cancels_at_its_next_call),
      cmocka_unit_test(R38_a_wait_that_another_slot_cancels_ends_on_its_own_thread),
      cmocka_unit_test(R18_the_last_task_ends_on_another_slot_than_the_one_that_waits_for_it),
      cmocka_unit_test(R36_a_slot_is_run_by_one_thread),
      cmocka_unit_test(R38_only_the_slot_of_a_suspended_task_is_bound_to_its_thread),
      cmocka_unit_test(a_core_that_memory_lacks_for_leaves_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
