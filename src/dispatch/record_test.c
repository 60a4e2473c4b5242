// Records: marks, life and the end (docs/dispatch.md 2.1, 2.4, 2.8; invariants 3, 4, 5).
#include <pthread.h>

#include "dispatch/fake_source.h"

// --- Marks

static void a_mark_before_it_is_live_is_remembered(void **state)
{
  source_t a = {.name = "a", .body = source_note};
  (void)state;
  whorl__mailbox_init(&a.own, kit.core, WHORL__MAILBOX_REENTRANT);
  whorl__record_init(&a.record, &source_ops, &a.own, 0, 1, "a"); // 0 means 1
  assert_int_equal(a.record.max_in_flight, 1);
  source_put(&a); // data that comes while its reader is being created
  run_ready_now(kit.core);
  check_mailbox(&a.own, true);
  assert_trace("");
  whorl__record_go_live(&a.record);
  run_ready_now(kit.core);
  assert_trace("a");
  assert_true(whorl__record_close(&a.record));
}

static void going_live_without_a_mark_runs_nothing(void **state)
{
  source_t a;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  assert_false(whorl__core_turn(kit.core));
  assert_int_equal(a.started + a.empty_takes, 0);
  assert_true(whorl__record_close(&a.record));
}

static void a_mark_is_a_hint_and_the_take_decides(void **state)
{
  source_t a;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  for (int i = 0; i < 5; i++) whorl__record_mark(&a.record);
  run_ready_now(kit.core);
  assert_int_equal(a.started, 0);
  assert_int_equal(a.empty_takes, 1); // five marks, one pick
  source_put(&a);
  a.waiting = 0; // somebody took it by hand
  run_ready_now(kit.core);
  assert_int_equal(a.started, 0);
  source_put(&a);
  run_ready_now(kit.core);
  assert_int_equal(a.started, 1);
  assert_true(whorl__record_close(&a.record));
}

static void unmarking_takes_it_out_of_the_queue(void **state)
{
  source_t a;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  whorl__record_mark(&a.record);
  whorl__core_t *core = whorl__mailbox_lock(&a.own);
  whorl__record_unmark_locked(&a.record, core);
  whorl__record_unmark_locked(&a.record, core); // twice is once
  whorl__core_unlock(core);
  assert_false(whorl__core_turn(kit.core));
  assert_int_equal(a.record.picks, 0);
  assert_true(whorl__record_close(&a.record));
}

static int mark_itself_twice(source_t *source)
{
  if (source->started > 1) return WHORL_OK;
  source_put(source);
  whorl__record_mark(&source->record);
  return WHORL_OK;
}

static void marks_while_in_flight_queue_it_once_more(void **state)
{
  source_t a;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  a.body = mark_itself_twice;
  source_put(&a);
  run_ready_now(kit.core);
  assert_int_equal(a.started, 2);
  assert_int_equal(a.record.picks, 2);
  assert_true(whorl__record_close(&a.record));
}

static void a_mark_while_suspended_waits_for_the_end(void **state)
{
  source_t a;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  a.body = source_sleep;
  source_put(&a);
  run_ready_now(kit.core);
  source_put(&a);
  run_ready_now(kit.core);
  check_mailbox(&a.own, true);
  assert_trace("a(");
  kit.parker.now += SECONDS(1);
  run_ready_now(kit.core);
  assert_trace("a( )a a(");
  kit.parker.now += SECONDS(1);
  run_ready_now(kit.core);
  assert_true(whorl__record_close(&a.record));
}

static void with_more_in_flight_allowed_the_next_starts_beside_it(void **state)
{
  source_t a;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 2);
  a.body = source_sleep;
  for (int i = 0; i < 3; i++) source_put(&a);
  run_ready_now(kit.core);
  assert_trace("a( a(");
  kit.parker.now += SECONDS(1);
  run_ready_now(kit.core);
  assert_int_equal(a.started, 3);
  kit.parker.now += SECONDS(1);
  run_ready_now(kit.core);
  assert_int_equal(a.active, 0);
  assert_true(whorl__record_close(&a.record));
}

// --- A scope that is cancelled: the callback does not run and takes nothing

static void what_was_picked_in_a_cancelled_scope_runs_under_the_next_driver(void **state)
{
  source_t a;
  whorl__scope_t *scope;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  a.body = source_note;
  assert_int_equal(WHORL_OK, whorl__scope_create(kit.core, NULL, "node", &scope));
  a.record.scope = scope;
  whorl__scope_fail(scope, WHORL_IO_ERROR, "somebody", "failed");
  source_put(&a);
  run_ready_now(kit.core); // it ends: nothing is picked over and over
  check_mailbox(&a.own, true);
  assert_trace("");
  assert_int_equal(a.record.picks, 1);
  assert_int_equal(a.waiting, 1);
  source_put(&a); // no mark: the source is armed already
  a.record.scope = NULL;
  whorl__scope_destroy(scope);
  whorl__mailbox_move(&a.own, second.core);
  run_ready_now(second.core);
  assert_trace("a a");
  assert_true(whorl__record_close(&a.record));
}

static void a_mark_in_a_cancelled_scope_is_not_lost_either(void **state)
{
  source_t a;
  whorl__scope_t *scope;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  a.body = source_note;
  assert_int_equal(WHORL_OK, whorl__scope_create(kit.core, NULL, "node", &scope));
  a.record.scope = scope;
  whorl__scope_fail(scope, WHORL_IO_ERROR, "somebody", "failed");
  for (int i = 0; i < 3; i++) {
    whorl__record_mark(&a.record);
    run_ready_now(kit.core);
  }
  a.record.scope = NULL;
  whorl__scope_destroy(scope);
  whorl__mailbox_move(&a.own, second.core);
  run_ready_now(second.core);
  assert_int_equal(a.empty_takes, 1);
  assert_true(whorl__record_close(&a.record));
}

// --- The end

static void closing_an_idle_one_is_quiet_at_once(void **state)
{
  source_t a;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  assert_true(whorl__record_close(&a.record));
  whorl__record_mark(&a.record); // a producer that is late
  assert_false(whorl__core_turn(kit.core));
  assert_int_equal(a.started + a.empty_takes + a.quiet, 0);
  assert_true(whorl__list_empty(&a.own.records));
}

static void closing_a_queued_one_takes_it_out(void **state)
{
  source_t a;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  source_put(&a);
  assert_true(whorl__record_close(&a.record));
  assert_false(a.own.runnable.node.queued);
  assert_false(whorl__core_turn(kit.core));
  assert_int_equal(a.started + a.quiet, 0);
}

static void closing_one_in_flight_is_quiet_when_it_has_left(void **state)
{
  source_t a;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  a.body = source_sleep;
  source_put(&a);
  source_put(&a);
  run_ready_now(kit.core);
  assert_false(whorl__record_close(&a.record));
  run_ready_now(kit.core);
  assert_int_equal(a.quiet, 0);
  kit.parker.now += SECONDS(1);
  run_ready_now(kit.core);
  assert_int_equal(a.quiet, 1);
  assert_int_equal(a.started, 1); // the second message never started
  assert_int_equal(a.own.busy, 0);
}

static void with_several_in_flight_it_is_quiet_after_the_last(void **state)
{
  source_t a;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 3);
  a.body = source_sleep;
  source_put(&a);
  run_ready_now(kit.core);
  kit.parker.now += SECONDS(0.5);
  source_put(&a);
  run_ready_now(kit.core);
  assert_false(whorl__record_close(&a.record));
  kit.parker.now += SECONDS(0.5);
  run_ready_now(kit.core);
  assert_trace("a( a( )a");
  assert_int_equal(a.quiet, 0);
  kit.parker.now += SECONDS(0.5);
  run_ready_now(kit.core);
  assert_int_equal(a.quiet, 1);
}

static int close_itself(source_t *source)
{
  CHECK(!whorl__record_close(&source->record));
  CHECK_INT(0, source->quiet);
  return source_sleep(source);
}

static void a_callback_may_close_its_own_record(void **state)
{
  source_t a;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  a.body = close_itself;
  source_put(&a);
  source_put(&a);
  run_ready_now(kit.core);
  assert_int_equal(a.quiet, 0);
  kit.parker.now += SECONDS(1);
  run_ready_now(kit.core);
  assert_trace("a( )a");
  assert_int_equal(a.quiet, 1);
}

static void one_that_moved_in_flight_is_quiet_once_too(void **state)
{
  source_t a;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  a.body = source_sleep;
  source_put(&a);
  run_ready_now(kit.core);
  whorl__mailbox_move(&a.own, second.core);
  assert_false(whorl__record_close(&a.record));
  run_ready_now(second.core);
  assert_int_equal(a.quiet, 0);
  set_time(SECONDS(1));
  run_ready_now(kit.core);
  assert_int_equal(a.quiet, 1);
  assert_int_equal(a.own.busy, 0);
}

static void one_picked_in_a_cancelled_scope_is_quiet_when_closed(void **state)
{
  source_t a;
  whorl__scope_t *scope;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  assert_int_equal(WHORL_OK, whorl__scope_create(kit.core, NULL, "node", &scope));
  a.record.scope = scope;
  whorl__scope_fail(scope, WHORL_IO_ERROR, "somebody", "failed");
  source_put(&a);
  run_ready_now(kit.core);
  assert_true(whorl__record_close(&a.record));
  whorl__scope_destroy(scope);
}

// --- Real threads: whoever sees the end frees it, while the other one may just have looked at it for the last time

enum { LIVES = 3000 };

typedef struct mortal {
  source_t source;
  atomic_uint *deaths;
} mortal_t;

static void die(whorl__record_t *record)
{
  mortal_t *mortal = WHORL__CONTAINER(record, mortal_t, source.record);
  atomic_uint *deaths = mortal->deaths;
  memset(mortal, 0xdd, sizeof *mortal);
  free(mortal);
  atomic_fetch_add(deaths, 1);
}

static int run_mortal(whorl__record_t *record)
{
  (void)record;
  return WHORL_OK;
}

static const whorl__record_ops_t mortal_ops = {.run = run_mortal, .quiet = die};

typedef struct runner {
  whorl__futex_parker_t parker;
  whorl__core_t *core;
  atomic_bool stop;
} runner_t;

static bool is_stopped(void *arg) { return atomic_load(&((runner_t *)arg)->stop); }

static void *run_core(void *arg)
{
  runner_t *runner = arg;
  whorl__core_run(runner->core, is_stopped, runner);
  return NULL;
}

static void nothing(whorl__post_t *post, bool closed)
{
  (void)post;
  (void)closed;
}

static void whoever_ends_last_may_free_it(void **state)
{
  runner_t runner = {0};
  atomic_uint deaths = 0;
  pthread_t thread;
  (void)state;
  whorl__futex_parker_init(&runner.parker);
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.parker = &runner.parker.base, .name = "real"}, &runner.core));
  assert_int_equal(0, pthread_create(&thread, NULL, run_core, &runner));
  for (unsigned life = 0; life < LIVES; life++) {
    mortal_t *mortal = calloc(1, sizeof *mortal);
    mortal->deaths = &deaths;
    whorl__mailbox_init(&mortal->source.own, runner.core, WHORL__MAILBOX_REENTRANT);
    whorl__record_init(&mortal->source.record, &mortal_ops, &mortal->source.own, 2, life, "mortal");
    whorl__record_go_live(&mortal->source.record);
    whorl__record_mark(&mortal->source.record);
    for (unsigned wait = life % 64; wait > 0; wait--) atomic_load(&runner.stop); // meets it in another moment each time
    if (whorl__record_close(&mortal->source.record)) die(&mortal->source.record);
  }
  whorl__post_t wake = {.run = nothing};
  atomic_store(&runner.stop, true);
  whorl__core_post(runner.core, &wake);
  pthread_join(thread, NULL);
  assert_int_equal(atomic_load(&deaths), LIVES);
  whorl__core_destroy(runner.core);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      DISPATCH_TEST(a_mark_before_it_is_live_is_remembered),
      DISPATCH_TEST(going_live_without_a_mark_runs_nothing),
      DISPATCH_TEST(a_mark_is_a_hint_and_the_take_decides),
      DISPATCH_TEST(unmarking_takes_it_out_of_the_queue),
      DISPATCH_TEST(marks_while_in_flight_queue_it_once_more),
      DISPATCH_TEST(a_mark_while_suspended_waits_for_the_end),
      DISPATCH_TEST(with_more_in_flight_allowed_the_next_starts_beside_it),
      DISPATCH_TEST(what_was_picked_in_a_cancelled_scope_runs_under_the_next_driver),
      DISPATCH_TEST(a_mark_in_a_cancelled_scope_is_not_lost_either),
      DISPATCH_TEST(closing_an_idle_one_is_quiet_at_once),
      DISPATCH_TEST(closing_a_queued_one_takes_it_out),
      DISPATCH_TEST(closing_one_in_flight_is_quiet_when_it_has_left),
      DISPATCH_TEST(with_several_in_flight_it_is_quiet_after_the_last),
      DISPATCH_TEST(a_callback_may_close_its_own_record),
      DISPATCH_TEST(one_that_moved_in_flight_is_quiet_once_too),
      DISPATCH_TEST(one_picked_in_a_cancelled_scope_is_quiet_when_closed),
      DISPATCH_TEST(whoever_ends_last_may_free_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
