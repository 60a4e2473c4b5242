// The scheduler: what dispatch/ queues, deadlines, driving and parking (docs/tasks.md R9, R36; docs/dispatch.md 3).
#include "task/kit.h"
#include "task/wait.h"

// --- Runnables: what dispatch/ puts in

typedef struct source {
  whorl__runnable_t runnable;
  const char *name;
  int left;
  bool suspends;
  int result;
} source_t;

static int run_source(void *arg)
{
  source_t *source = arg;
  note("%s", source->name);
  if (source->suspends) note("%s", whorl_status_name(whorl_sleep(SECONDS(1))) + 6);
  return source->result;
}
static bool finish_source(void *arg, whorl__core_t *core, int status)
{
  source_t *source = arg;
  if (status == WHORL_CANCELED) note("%s-", source->name);
  if (--source->left <= 0) return true;
  source->runnable.key = whorl__core_key(core, 0, whorl__core_ticket(core));
  whorl__core_queue(core, &source->runnable);
  return true;
}
static void after_source(void *arg) { note("%s.", ((source_t *)arg)->name); }
static whorl__scope_t *source_scope;
static bool pick_source(whorl__runnable_t *runnable, whorl__work_t *ret_work)
{
  source_t *source = (source_t *)runnable;
  if (source->left == 0) return false; // nothing there after all
  *ret_work = (whorl__work_t){
      .run = run_source, .finish = finish_source, .after = after_source, .arg = source, .scope = source_scope, .name = source->name};
  return true;
}

static void queue_source(source_t *source, const char *name, int times)
{
  *source = (source_t){.runnable.pick = pick_source, .name = name, .left = times};
  whorl__core_lock(kit.core);
  source->runnable.key = whorl__core_key(kit.core, 0, whorl__core_ticket(kit.core));
  whorl__core_queue(kit.core, &source->runnable);
  whorl__core_unlock(kit.core);
}

TASK_TEST(callbacks_run_by_key_once_per_turn)
{
  source_t a, b, empty;
  source_scope = NULL;
  queue_source(&a, "a", 3);
  queue_source(&b, "b", 2);
  queue_source(&empty, "empty", 0);
  for (int i = 0; i < 5; i++) whorl_yield();
  CHECK_TEXT("a a. b b. a a. b b. a a.", trace);
  return WHORL_OK;
}

TASK_TEST(a_suspended_callback_does_not_hold_up_the_others)
{
  source_t a, b;
  source_scope = NULL;
  queue_source(&a, "a", 1);
  a.suspends = true;
  queue_source(&b, "b", 1);
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(2)));
  CHECK_TEXT("a b b. OK a.", trace);
  return WHORL_OK;
}

TASK_TEST(R09_a_callback_of_a_cancelled_scope_never_runs)
{
  source_t a;
  CHECK_INT(WHORL_OK, whorl__scope_create(kit.core, NULL, "node", &source_scope));
  whorl__scope_cancel(source_scope, NULL);
  queue_source(&a, "a", 1);
  whorl_yield();
  CHECK_TEXT("a- a.", trace);
  whorl__scope_destroy(source_scope);
  return WHORL_OK;
}

TASK_TEST(a_callbacks_error_is_its_scopes)
{
  source_t a, b;
  CHECK_INT(WHORL_OK, whorl__scope_create(kit.core, NULL, "node", &source_scope));
  queue_source(&a, "a", 1);
  a.result = WHORL_IO_ERROR;
  queue_source(&b, "b", 1);
  b.suspends = true;
  whorl_yield();
  CHECK_INT(WHORL_OK, whorl__scope_drain(source_scope));
  CHECK_TEXT("a a. b- b.", trace); // b had not begun
  CHECK_INT(WHORL_IO_ERROR, whorl__scope_first_error(source_scope));
  whorl__scope_destroy(source_scope);
  return WHORL_OK;
}

static void unqueue_is_harmless_twice(void **state)
{
  (void)state;
  source_t a;
  kit_open();
  queue_source(&a, "a", 1);
  for (int i = 0; i < 2; i++) {
    whorl__core_lock(kit.core);
    whorl__core_unqueue(kit.core, &a.runnable);
    whorl__core_unlock(kit.core);
  }
  kit_close();
}

// --- Parking

static bool idle_done(void *arg)
{
  (void)arg;
  return kit.parker.stuck;
}

static int idles(void *arg)
{
  whorl_event_wait(*(whorl_event_t *)arg);
  return WHORL_OK;
}

static void an_idle_core_parks_once_and_is_woken_by_nobody(void **state)
{
  (void)state;
  whorl_event_t never;
  kit_open();
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &never));
  assert_int_equal(WHORL_OK, whorl__scope_spawn(whorl__core_root(kit.core), idles, &never, NULL, NULL, "here"));
  assert_int_equal(WHORL_OK, whorl__core_run(kit.core, idle_done, NULL));
  whorl__core_counts_t counts = whorl__core_read_counts(kit.core);
  assert_int_equal(1, counts.parks);
  assert_int_equal(1, kit.parker.parks);
  assert_int_equal(0, kit.parker.unparks);
  assert_int_equal(2, counts.turns); // one that ran the task, one after the park
  whorl_event_set(never);
  kit.parker.stuck = false;
  assert_int_equal(WHORL_OK, whorl__core_run(kit.core, idle_done, NULL));
  whorl_event_destroy(never);
  kit_close();
}

static bool never_done(void *arg)
{
  (void)arg;
  return false;
}

TASK_TEST(R36_a_core_does_not_run_inside_itself)
{
  CHECK(whorl__core_is_current(kit.core));
  CHECK(whorl__core_thread_is_busy());
  CHECK(!whorl__core_is_driven_elsewhere(kit.core));
  CHECK(whorl__core_current() == kit.core);
  CHECK_INT(WHORL_BUSY, whorl__core_run(kit.core, never_done, NULL));
  return WHORL_OK;
}

static void outside_nothing_is_current(void **state)
{
  (void)state;
  kit_open();
  assert_false(whorl__core_is_current(kit.core));
  assert_false(whorl__core_thread_is_busy());
  assert_null(whorl__core_current());
  assert_false(whorl_canceled());
  kit_close();
}

// Two deadlines in one heap and one of a scope: the earliest counts.
static void note_due(whorl__deadline_t *deadline, int64_t now)
{
  (void)deadline;
  note("due@%lld", (long long)now);
}

TASK_TEST(deadlines_are_armed_again_and_disarmed)
{
  whorl__deadline_t first = {.expire = note_due}, second = {.expire = note_due};
  whorl__core_lock(kit.core);
  whorl__core_arm(kit.core, &first, 10);
  whorl__core_arm(kit.core, &first, 30); // moved
  whorl__core_arm(kit.core, &second, 20);
  whorl__core_disarm(kit.core, &second);
  whorl__core_disarm(kit.core, &second);
  whorl__core_unlock(kit.core);
  CHECK_INT(30, whorl__core_next_deadline(kit.core));
  whorl_sleep(100);
  CHECK_TEXT("due@30", trace);
  CHECK_INT(WHORL_FOREVER, whorl__core_next_deadline(kit.core));
  return WHORL_OK;
}

static int64_t arms_while_the_core_is_parked(void *arg)
{
  whorl__deadline_t *deadline = arg;
  kit.parker.next = NULL;
  whorl__core_lock(kit.core); // as another thread would
  whorl__core_arm(kit.core, deadline, 500);
  whorl__core_unlock(kit.core);
  assert_int_equal(0, kit.parker.unparks); // later than what it waits for
  whorl__core_lock(kit.core);
  whorl__core_arm(kit.core, deadline, 5);
  whorl__core_unlock(kit.core);
  assert_int_equal(1, kit.parker.unparks);
  return 1; // the park returns early
}

TASK_TEST(an_earlier_deadline_wakes_a_parked_core)
{
  whorl__deadline_t deadline = {.expire = note_due};
  kit.parker.next = arms_while_the_core_is_parked;
  kit.parker.arg = &deadline;
  CHECK_INT(WHORL_OK, whorl_sleep(100));
  CHECK_TEXT("due@5", trace);
  return WHORL_OK;
}

static void a_core_without_a_worker_keeps_marks_and_tells_the_time(void **state)
{
  (void)state;
  whorl__core_t *limbo;
  kit_open();
  kit.parker.now = 77;
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.name = "limbo", .clock = &kit.parker.base}, &limbo));
  assert_int_equal(77, whorl__core_now(limbo));
  source_t a = {.runnable.pick = pick_source, .name = "a", .left = 1};
  whorl__core_lock(limbo);
  whorl__core_queue(limbo, &a.runnable);
  whorl__core_unqueue(limbo, &a.runnable);
  whorl__core_unlock(limbo);
  assert_true(whorl__core_id(limbo) > whorl__core_id(kit.core));
  whorl__core_destroy(limbo);
  kit_close();
}

static void a_scope_moves_between_cores(void **state)
{
  (void)state;
  whorl__core_t *limbo;
  whorl__scope_t *scope;
  kit_open();
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.name = "limbo"}, &limbo));
  assert_int_equal(WHORL_OK, whorl__scope_create(limbo, NULL, "node", &scope));
  whorl__core_lock(kit.core);
  whorl__core_lock(limbo);
  whorl__scope_move(scope, kit.core, NULL);
  whorl__core_unlock(limbo);
  whorl__core_unlock(kit.core);
  whorl__core_destroy(limbo);
  whorl__scope_cancel(scope, "from outside"); // a request: this thread is not in a turn
  assert_false(whorl__scope_canceled(scope));
  whorl__core_turn(kit.core);
  assert_true(whorl__scope_canceled(scope));
  whorl__scope_destroy(scope);
  kit_close();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R36_a_core_does_not_run_inside_itself),
      cmocka_unit_test(callbacks_run_by_key_once_per_turn),
      cmocka_unit_test(a_suspended_callback_does_not_hold_up_the_others),
      cmocka_unit_test(R09_a_callback_of_a_cancelled_scope_never_runs),
      cmocka_unit_test(a_callbacks_error_is_its_scopes),
      cmocka_unit_test(unqueue_is_harmless_twice),
      cmocka_unit_test(an_idle_core_parks_once_and_is_woken_by_nobody),
      cmocka_unit_test(outside_nothing_is_current),
      cmocka_unit_test(deadlines_are_armed_again_and_disarmed),
      cmocka_unit_test(an_earlier_deadline_wakes_a_parked_core),
      cmocka_unit_test(a_core_without_a_worker_keeps_marks_and_tells_the_time),
      cmocka_unit_test(a_scope_moves_between_cores),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
