// Tasks of one group on several slots: which begins where, and that ends, errors and cancellations are those of a group on one.
#include "task/slots_kit.h"

enum { CHILDREN = 4 };

static whorl_event_t event;
static whorl_task_t handles[CHILDREN];
static atomic_uint children_on[CHILDREN];
static atomic_int children_status[CHILDREN], releases, closed_with, errors;

static void count_release(void *arg)
{
  (void)arg;
  atomic_fetch_add(&releases, 1);
}

static const whorl_task_options_t anywhere = {.any_thread = true, .release = count_release};

static void spawn(whorl_task_group_t *group, whorl_task_function_t function, int child)
{
  whorl_task_group_spawn_with_options(group, function, (void *)(uintptr_t)child, &anywhere, &handles[child], "child");
}

static int close_it(whorl_task_group_t *group)
{
  int status = whorl_task_group_close(group, WHORL_OK);
  atomic_store(&errors, (int)whorl_task_group_error_count(group));
  atomic_store(&closed_with, status);
  return WHORL_OK;
}

static void begin(void)
{
  atomic_store(&releases, 0);
  atomic_store(&closed_with, 1);
  stage_close();
}

static int holds_its_slot(void *arg)
{
  atomic_store(&children_on[(uintptr_t)arg], stage_this_slot());
  stage_hold();
  return WHORL_OK;
}

static int spawns_those_that_hold(void *arg)
{
  (void)arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < CHILDREN; i++) spawn(&group, holds_its_slot, i);
  return close_it(&group);
}

// Its own slot is free as soon as it waits for them.
STAGE_TEST(ASK_03_children_that_may_begin_anywhere_have_a_slot_each)
{
  STAGE_SOURCES(sources, stage_source(1, spawns_those_that_hold, NULL));
  unsigned seen = 0;
  begin();
  stage_queue(sources, 1);
  stage_settle();
  for (int i = 0; i < CHILDREN; i++) seen |= 1u << children_on[i];
  assert_int_equal(seen, 15);
  assert_int_equal(closed_with, 1);
  stage_let_go();
  stage_settle();
  assert_int_equal(closed_with, WHORL_OK);
  assert_int_equal(releases, CHILDREN);
}

static int waits_there(void *arg)
{
  uintptr_t child = (uintptr_t)arg;
  unsigned slot = stage_this_slot();
  atomic_store(&children_on[child], slot);
  stage_hold();
  int status = whorl_event_wait(event);
  CHECK(stage_this_slot() == slot);
  atomic_store(&children_status[child], status);
  return status;
}

static int waits_or_fails(void *arg)
{
  int status = waits_there(arg);
  return status == WHORL_OK && (uintptr_t)arg == 1 ? WHORL_IO_ERROR : status == WHORL_OK ? whorl_sleep(WHORL_FOREVER) : status;
}

static whorl_task_group_t *open_group;

static int spawns_those_that_wait(void *arg)
{
  whorl_task_function_t function = *(whorl_task_function_t *)arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  open_group = &group;
  for (int i = 0; i < CHILDREN; i++) spawn(&group, function, i);
  return close_it(&group);
}

// All are suspended, each on a slot of its own.
static void suspend_all(stage_source_t *sources)
{
  begin();
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &event));
  stage_queue(sources, 1);
  stage_settle();
  stage_let_go();
  stage_settle();
  assert_int_equal(closed_with, 1);
}

STAGE_TEST(ASK_03_R38_each_goes_on_where_it_began)
{
  static whorl_task_function_t function = waits_there;
  STAGE_SOURCES(sources, stage_source(1, spawns_those_that_wait, &function));
  suspend_all(sources);
  assert_int_equal(WHORL_OK, whorl_event_set(event));
  stage_settle();
  for (int i = 0; i < CHILDREN; i++) assert_int_equal(children_status[i], WHORL_OK);
  assert_int_equal(closed_with, WHORL_OK);
  whorl_event_destroy(event);
}

STAGE_TEST(ASK_03_R20_an_error_on_one_slot_cancels_those_on_the_others)
{
  static whorl_task_function_t function = waits_or_fails;
  STAGE_SOURCES(sources, stage_source(1, spawns_those_that_wait, &function));
  suspend_all(sources);
  assert_int_equal(WHORL_OK, whorl_event_set(event));
  stage_settle();
  assert_int_equal(closed_with, WHORL_IO_ERROR);
  assert_int_equal(errors, 1); // cancellations are none
  assert_int_equal(releases, CHILDREN);
  whorl_event_destroy(event);
}

static int cancels_the_group(void *arg)
{
  (void)arg;
  whorl_task_group_cancel(open_group);
  return WHORL_OK;
}

STAGE_TEST(ASK_03_cancelling_the_group_ends_those_on_every_slot)
{
  static whorl_task_function_t function = waits_there;
  STAGE_SOURCES(sources, stage_source(1, spawns_those_that_wait, &function), stage_source(1, cancels_the_group, NULL));
  suspend_all(sources);
  stage_queue(sources + 1, 1);
  stage_settle();
  for (int i = 0; i < CHILDREN; i++) assert_int_equal(children_status[i], WHORL_CANCELED);
  assert_int_equal(closed_with, WHORL_OK);
  assert_int_equal(releases, CHILDREN);
  whorl_event_destroy(event);
}

static int cancels_before_they_begin(void *arg)
{
  (void)arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < CHILDREN; i++) spawn(&group, holds_its_slot, i);
  whorl_task_cancel(handles[0]);
  whorl_task_group_cancel(&group);
  return close_it(&group);
}

// The other slots are held meanwhile, so that none of them can begin.
STAGE_TEST(ASK_03_R09_one_that_is_cancelled_before_it_begins_never_does)
{
  STAGE_SOURCES(sources, stage_source(1, stage_hold_function, NULL), stage_source(1, stage_hold_function, NULL),
                stage_source(1, stage_hold_function, NULL), stage_source(1, cancels_before_they_begin, NULL));
  for (int i = 0; i < CHILDREN; i++) atomic_store(&children_on[i], SLOTS);
  begin();
  stage_queue(sources, 3);
  stage_settle();
  stage_queue(sources + 3, 1);
  stage_settle();
  for (int i = 0; i < CHILDREN; i++) assert_int_equal(children_on[i], SLOTS);
  assert_int_equal(closed_with, WHORL_OK);
  assert_int_equal(releases, CHILDREN);
  stage_let_go();
  stage_settle();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ASK_03_children_that_may_begin_anywhere_have_a_slot_each),
      cmocka_unit_test(ASK_03_R38_each_goes_on_where_it_began),
      cmocka_unit_test(ASK_03_R20_an_error_on_one_slot_cancels_those_on_the_others),
      cmocka_unit_test(ASK_03_cancelling_the_group_ends_those_on_every_slot),
      cmocka_unit_test(ASK_03_R09_one_that_is_cancelled_before_it_begins_never_does),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
