// Standing scopes: what a node is to the kernel (docs/tasks.md R23's node sentence, R24).
#include <pthread.h>
#include <stdatomic.h>

#include "task/kit.h"

// A callback that sleeps for some seconds.
typedef struct callback {
  const char *name;
  double seconds;
} callback_t;

static int run_callback(void *arg)
{
  const callback_t *callback = arg;
  int status = whorl_sleep(SECONDS(callback->seconds));
  note("%s:%s@%g", callback->name, whorl_status_name(status) + 6, now_s());
  return status;
}

static int ignores_it(void *arg)
{
  whorl_shield_t shield;
  whorl_shield_open(&shield, SECONDS(9));
  whorl_sleep(SECONDS(3));
  whorl_shield_close(&shield, WHORL_OK);
  note("%s@%g", (const char *)arg, now_s());
  return WHORL_OK;
}

static whorl__scope_t *node;
static int fails_in_the_node(void *arg)
{
  (void)arg;
  whorl_sleep(SECONDS(1));
  return WHORL_IO_ERROR;
}

static void open_node(whorl__body_t *body)
{
  CHECK_INT(WHORL_OK, whorl__scope_create(kit.core, NULL, "talker", &node));
  CHECK_INT(WHORL_OK, whorl__scope_enter(node, body, "here"));
}

TASK_TEST(R23_an_error_in_the_node_cancels_its_body)
{
  whorl__body_t body;
  open_node(&body);
  whorl__scope_spawn(node, fails_in_the_node, NULL, &(whorl_task_options_t){.name = "callback"}, NULL, "here");
  int status = whorl_sleep(SECONDS(5));
  CHECK_INT(WHORL_CANCELED, status);
  CHECK_TEXT("scope 'talker': task 'callback' failed: IO_ERROR", whorl_detail());
  CHECK_INT(WHORL_OK, whorl__scope_leave(&body, status));          // absorbed
  CHECK_INT(WHORL_OK, whorl__scope_leave(&body, WHORL_MALFORMED)); // a second one: the same
  CHECK_INT(WHORL_OK, whorl__scope_drain(node));
  CHECK_INT(WHORL_IO_ERROR, whorl__scope_first_error(node));
  CHECK(strncmp(whorl_detail(), "scope 'talker': task 'callback' failed: IO_ERROR", 48) == 0);
  whorl__scope_destroy(node);
  return WHORL_OK;
}

TASK_TEST(R23_destroying_the_node_leaves_its_body_alone)
{
  static const callback_t callback = {"callback", 5};
  whorl__body_t body;
  open_node(&body);
  whorl__scope_spawn(node, run_callback, (void *)&callback, NULL, NULL, "here");
  whorl_sleep(SECONDS(1));
  whorl__scope_cancel(node, "node 'talker' was destroyed");
  CHECK_INT(WHORL_OK, whorl__scope_drain(node));
  CHECK_TEXT("callback:CANCELED@1", trace);
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1)));
  CHECK_INT(WHORL_OK, whorl__scope_leave(&body, WHORL_OK));
  CHECK_INT(WHORL_OK, whorl__scope_first_error(node));
  whorl__scope_destroy(node);
  return WHORL_OK;
}

static int drains_its_own_node(void *arg)
{
  (void)arg;
  CHECK(whorl__scope_contains_caller(node));
  whorl__scope_cancel(node, NULL);
  CHECK_INT(WHORL_OK, whorl__scope_drain(node)); // waits for the other one, not for itself
  note("drained@%g", now_s());
  return WHORL_OK;
}

TASK_TEST(R24_a_task_can_drain_the_scope_that_it_lives_in)
{
  CHECK_INT(WHORL_OK, whorl__scope_create(kit.core, NULL, "talker", &node));
  CHECK(!whorl__scope_contains_caller(node));
  whorl__scope_spawn(node, ignores_it, "other", NULL, NULL, "here");
  whorl__scope_spawn(node, drains_its_own_node, NULL, NULL, NULL, "here");
  whorl_yield();
  CHECK_INT(WHORL_OK, whorl__scope_drain(node));
  CHECK_TEXT("other@3 drained@3", trace);
  whorl__scope_destroy(node);
  return WHORL_OK;
}

static int cleans_up_until(void *seconds)
{
  whorl_shield_t shield;
  whorl_shield_open(&shield, SECONDS(9));
  int status = whorl_sleep_until(SECONDS(*(double *)seconds));
  note("%g", now_s());
  return whorl_shield_close(&shield, status);
}

static int sits_in_close_of_three(void *arg)
{
  static double seconds[] = {2, 4, 3};
  (void)arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 3; i++) whorl_task_group_spawn(&group, cleans_up_until, &seconds[i]);
  return whorl_task_group_close(&group, WHORL_OK);
}

TASK_TEST(R24_destroying_the_node_waits_for_the_group_of_its_callback)
{
  CHECK_INT(WHORL_OK, whorl__scope_create(kit.core, NULL, "talker", &node));
  whorl__scope_spawn(node, sits_in_close_of_three, NULL, NULL, NULL, "here");
  whorl_sleep(SECONDS(1));
  whorl__scope_cancel(node, NULL);
  CHECK_INT(WHORL_OK, whorl__scope_drain(node));
  CHECK_INT(SECONDS(4), whorl_now_ns()); // when the last of the three had ended
  CHECK_TEXT("2 3 4", trace);
  CHECK_INT(WHORL_OK, whorl__scope_first_error(node));
  whorl__scope_destroy(node);
  return WHORL_OK;
}

static int sleeps_for_good(void *arg)
{
  (void)arg;
  return whorl_sleep(WHORL_FOREVER);
}

TASK_TEST(R23_a_bodys_canceled_that_came_from_outside_is_not_absorbed)
{
  whorl__body_t body;
  whorl_timeout_t outer;
  whorl_timeout_open(&outer, SECONDS(1));
  open_node(&body);
  whorl__scope_spawn(node, sleeps_for_good, NULL, NULL, NULL, "here");
  int status = whorl_sleep(SECONDS(5));
  whorl__scope_fail(node, WHORL_IO_ERROR, "callback", ""); // its own error came later
  CHECK_INT(WHORL_CANCELED, whorl__scope_leave(&body, status));
  CHECK_INT(WHORL_OK, whorl__scope_drain(node));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&outer, status));
  whorl__scope_destroy(node);
  return WHORL_OK;
}

TASK_TEST(whorl__scope_fail_counts_like_a_task)
{
  static const callback_t callback = {"callback", 5};
  CHECK_INT(WHORL_OK, whorl__scope_create(kit.core, NULL, "talker", &node));
  whorl__scope_spawn(node, run_callback, (void *)&callback, NULL, NULL, "here");
  whorl_yield();
  whorl__scope_fail(node, WHORL_TRANSPORT_ERROR, "publisher '/chatter'", "the wire is cut");
  whorl__scope_drain(node);
  CHECK_TEXT("callback:CANCELED@0", trace);
  CHECK_INT(WHORL_TRANSPORT_ERROR, whorl__scope_first_error(node));
  CHECK_TEXT("scope 'talker': task 'publisher '/chatter'' failed: TRANSPORT_ERROR: the wire is cut", whorl_detail());
  whorl__scope_destroy(node);
  return WHORL_OK;
}

// --- Two drivers on two threads: a task of one waits for the tasks of a scope of the other.

typedef struct driver {
  whorl__futex_parker_t parker;
  whorl__core_t *core;
  atomic_bool done;
} driver_t;
static driver_t here, there;
static whorl__scope_t *far_scope;
static atomic_int far_tasks;

static bool driver_done(void *arg)
{
  driver_t *driver = arg;
  return atomic_load(&driver->done) && whorl__core_read_counts(driver->core).live_tasks == 0;
}

static int sleeps_far_away(void *arg)
{
  (void)arg;
  int status = whorl_sleep(WHORL_FOREVER);
  atomic_fetch_sub(&far_tasks, 1);
  return status;
}

static int drains_from_here(void *arg)
{
  (void)arg;
  whorl__scope_cancel(far_scope, "from another driver"); // a request
  CHECK_INT(WHORL_OK, whorl__scope_drain(far_scope));
  CHECK_INT(0, atomic_load(&far_tasks));
  atomic_store(&here.done, true);
  return WHORL_OK;
}

static void *drive(void *arg)
{
  driver_t *driver = arg;
  CHECK_INT(WHORL_OK, whorl__core_run(driver->core, driver_done, driver));
  return NULL;
}

static void open_driver(driver_t *driver)
{
  atomic_store(&driver->done, false);
  whorl__futex_parker_init(&driver->parker);
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.parker = &driver->parker.base, .name = "driver"}, &driver->core));
}

static void a_task_drains_a_scope_of_another_driver(void **state)
{
  (void)state;
  alarm(120); // against hanging
  for (int round = 0; round < 100; round++) {
    pthread_t thread;
    open_driver(&here);
    open_driver(&there);
    assert_int_equal(WHORL_OK, whorl__scope_create(there.core, NULL, "far", &far_scope));
    atomic_store(&far_tasks, 3);
    for (int i = 0; i < 3; i++) assert_int_equal(WHORL_OK, whorl__scope_spawn(far_scope, sleeps_far_away, NULL, NULL, NULL, "far"));
    (void)whorl__core_turn(there.core); // they sleep now
    atomic_store(&there.done, true);
    assert_int_equal(WHORL_OK, whorl__scope_spawn(whorl__core_root(here.core), drains_from_here, NULL, NULL, NULL, "here"));
    assert_int_equal(0, pthread_create(&thread, NULL, drive, &here));
    drive(&there); // the thread that turned it before
    pthread_join(thread, NULL);
    whorl__scope_destroy(far_scope);
    whorl__core_destroy(here.core);
    whorl__core_destroy(there.core);
  }
}

// --- Waits that could never end are refused

static whorl__scope_t *other_node;

static int drains_node(void *arg)
{
  int status = whorl__scope_drain(*(whorl__scope_t **)arg);
  note("%s:%s@%g", whorl_task_name(), whorl_status_name(status) + sizeof "WHORL_" - 1, now_s());
  return WHORL_OK;
}

static int drains_node_later(void *arg)
{
  WHORL_TRY(whorl_sleep(SECONDS(1)));
  return drains_node(arg);
}

static int closes_over_a_drainer(void *arg)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn_with_options(&group, drains_node, arg, &(whorl_task_options_t){.name = "child"}, NULL, "here");
  return whorl_task_group_close(&group, WHORL_OK);
}

static void spawn_in(whorl__scope_t *scope, whorl_task_function_t function, void *arg, const char *name)
{
  CHECK_INT(WHORL_OK, whorl__scope_spawn(scope, function, arg, &(whorl_task_options_t){.name = name}, NULL, "here"));
}

static void cross(whorl_task_function_t first, whorl_task_function_t second)
{
  CHECK_INT(WHORL_OK, whorl__scope_create(kit.core, NULL, "talker", &node));
  CHECK_INT(WHORL_OK, whorl__scope_create(kit.core, NULL, "listener", &other_node));
  spawn_in(node, first, &other_node, "first");
  spawn_in(other_node, second, &node, "second");
  whorl_sleep(SECONDS(3));
  CHECK_INT(WHORL_OK, whorl__scope_drain(node));
  CHECK_INT(WHORL_OK, whorl__scope_drain(other_node));
  whorl__scope_destroy(node);
  whorl__scope_destroy(other_node);
}

TASK_TEST(R45_the_drain_that_would_close_a_cycle_is_refused)
{
  cross(drains_node, drains_node_later);
  CHECK_TEXT("second:WOULD_DEADLOCK@1 first:OK@1", trace);
  return WHORL_OK;
}

TASK_TEST(R45_a_cycle_through_a_group_is_seen_too)
{
  cross(closes_over_a_drainer, drains_node_later);
  CHECK_TEXT("second:WOULD_DEADLOCK@1 child:OK@1", trace);
  return WHORL_OK;
}

TASK_TEST(R45_a_chain_without_a_cycle_is_waited_for)
{
  static const callback_t callback = {"callback", 2};
  CHECK_INT(WHORL_OK, whorl__scope_create(kit.core, NULL, "talker", &node));
  CHECK_INT(WHORL_OK, whorl__scope_create(kit.core, NULL, "listener", &other_node));
  spawn_in(node, drains_node, &other_node, "first");
  spawn_in(other_node, run_callback, (void *)&callback, "second");
  whorl_sleep(SECONDS(1));
  CHECK_INT(WHORL_OK, whorl__scope_drain(node));
  CHECK_TEXT("callback:OK@2 first:OK@2", trace);
  whorl__scope_destroy(node);
  whorl__scope_destroy(other_node);
  return WHORL_OK;
}

// Each waits for all but itself, so for the other.
TASK_TEST(R45_two_tasks_cannot_both_drain_the_scope_they_live_in)
{
  CHECK_INT(WHORL_OK, whorl__scope_create(kit.core, NULL, "talker", &node));
  spawn_in(node, drains_node, &node, "first");
  spawn_in(node, drains_node_later, &node, "second");
  whorl_sleep(SECONDS(3));
  CHECK_TEXT("second:WOULD_DEADLOCK@1 first:OK@1", trace);
  whorl__scope_destroy(node);
  return WHORL_OK;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R23_an_error_in_the_node_cancels_its_body),
      cmocka_unit_test(R23_destroying_the_node_leaves_its_body_alone),
      cmocka_unit_test(R24_destroying_the_node_waits_for_the_group_of_its_callback),
      cmocka_unit_test(R24_a_task_can_drain_the_scope_that_it_lives_in),
      cmocka_unit_test(R23_a_bodys_canceled_that_came_from_outside_is_not_absorbed),
      cmocka_unit_test(whorl__scope_fail_counts_like_a_task),
      cmocka_unit_test(a_task_drains_a_scope_of_another_driver),
      cmocka_unit_test(R45_the_drain_that_would_close_a_cycle_is_refused),
      cmocka_unit_test(R45_a_cycle_through_a_group_is_seen_too),
      cmocka_unit_test(R45_a_chain_without_a_cycle_is_waited_for),
      cmocka_unit_test(R45_two_tasks_cannot_both_drain_the_scope_they_live_in),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
