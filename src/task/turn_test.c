// Turns: order, posts, fairness (docs/tasks.md R6, R31-R33).
#include <errno.h>

#include "base/detail.h"
#include "task/kit.h"
#include "task/state.h"

// --- R6: one turn

static int sleeps_to(void *arg)
{
  double seconds = *(double *)arg;
  int status = whorl_sleep_until(SECONDS(seconds));
  note("%g:%s", seconds, whorl_status_name(status) + 6);
  return WHORL_OK;
}

TASK_TEST(virtual_time_jumps_over_a_sleep)
{
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(3600)));
  CHECK_INT(SECONDS(3600), whorl_now_ns());
  CHECK_INT(WHORL_OK, whorl_sleep_until(SECONDS(1))); // long past
  CHECK_INT(WHORL_OK, whorl_sleep(-1));
  CHECK_INT(SECONDS(3600), whorl_now_ns());
  return WHORL_OK;
}

TASK_TEST(R06_due_sleeps_end_by_deadline)
{
  double seconds[] = {3, 1, 2, 1};
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 4; i++) whorl_task_group_spawn(&group, sleeps_to, &seconds[i]);
  whorl_yield();
  kit.parker.now = SECONDS(5); // the next turn is late: all are due in it
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("1:OK 1:OK 2:OK 3:OK", trace);
  CHECK_INT(1, whorl__core_read_counts(kit.core).late_turns);
  return WHORL_OK;
}

static whorl_future_t answer;
typedef struct delivery {
  whorl__deadline_t deadline;
  whorl__post_t post;
} delivery_t;
static delivery_t delivery;

static void deliver(whorl__post_t *post, bool closed)
{
  (void)post;
  (void)closed;
  whorl_future_complete(answer, WHORL_OK, NULL);
}

// An answer arrives from outside: the world has it posted before the turn of that instant.
static int64_t next_delivery(void *arg)
{
  int64_t when = *(int64_t *)arg;
  if (when == WHORL_FOREVER || when > kit.parker.now + SECONDS(1)) return when;
  *(int64_t *)arg = WHORL_FOREVER;
  delivery.post.run = deliver;
  whorl__core_post(kit.core, &delivery.post);
  return when;
}

static int calls_with_a_limit(int64_t arrival)
{
  whorl_timeout_t timeout;
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &answer));
  kit.parker.next = next_delivery;
  kit.parker.arg = &arrival;
  whorl_timeout_open(&timeout, SECONDS(1));
  int status = whorl_timeout_close(&timeout, whorl_future_wait(answer, NULL));
  kit.parker.next = NULL;
  CHECK_INT(WHORL_OK, whorl_yield()); // the next call works
  CHECK_INT(WHORL_OK, whorl_future_destroy(answer));
  return status;
}

TASK_TEST(R06_an_answer_at_the_deadline_is_too_late)
{
  CHECK_INT(WHORL_TIMED_OUT, calls_with_a_limit(SECONDS(1)));
  return WHORL_OK;
}

TASK_TEST(R06_an_answer_just_before_the_deadline_is_in_time)
{
  CHECK_INT(WHORL_OK, calls_with_a_limit(SECONDS(1) - 1));
  CHECK_INT(SECONDS(1) - 1, whorl_now_ns());
  return WHORL_OK;
}

TASK_TEST(R06_a_limit_goes_before_a_sleep_of_the_same_instant)
{
  whorl_timeout_t outer, inner;
  whorl_timeout_open(&outer, SECONDS(1));
  whorl_timeout_open(&inner, SECONDS(1));
  int status = whorl_sleep(SECONDS(1));
  CHECK_INT(WHORL_CANCELED, status);
  CHECK_INT(WHORL_CANCELED, whorl_timeout_close(&inner, status)); // both are marked before anything is woken
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&outer, WHORL_CANCELED));
  return WHORL_OK;
}

// --- R31: posts

typedef struct numbered_post {
  whorl__post_t post;
  int number;
} numbered_post_t;

static int says_hello(void *arg)
{
  (void)arg;
  note("hello");
  return WHORL_OK;
}

static void note_post(whorl__post_t *post, bool closed)
{
  note("%d%s", ((numbered_post_t *)post)->number, closed ? "closed" : "");
  if (closed) return;
  assert_int_equal(WHORL_WOULD_DEADLOCK, whorl_sleep(1));
  assert_string_equal("", whorl_task_name());
  assert_int_equal(WHORL_OK, whorl__scope_spawn(whorl__core_root(kit.core), says_hello, NULL, NULL, NULL, "here"));
}

TASK_TEST(R31_posts_run_in_order_outside_tasks_and_may_spawn)
{
  numbered_post_t posts[] = {{.post.run = note_post, .number = 1}, {.post.run = note_post, .number = 2}};
  whorl__core_post(kit.core, &posts[0].post);
  whorl__core_post(kit.core, &posts[1].post);
  CHECK_TEXT("", trace);
  CHECK_INT(WHORL_OK, whorl_sleep(1));
  CHECK_TEXT("1 2 hello hello", trace);
  return WHORL_OK;
}

static void posts_again(whorl__post_t *post, bool closed)
{
  numbered_post_t *self = (numbered_post_t *)post;
  (void)closed;
  note("%d@%d", self->number, (int)whorl__core_read_counts(kit.core).turns);
  if (--self->number > 0) whorl__core_post(kit.core, post);
}

TASK_TEST(R31_a_post_made_by_a_post_is_the_next_turns)
{
  numbered_post_t post = {.post.run = posts_again, .number = 3};
  whorl__core_post(kit.core, &post.post);
  for (int i = 0; i < 4; i++) whorl_yield();
  CHECK_TEXT("3@2 2@3 1@4", trace);
  return WHORL_OK;
}

static void R31_a_post_to_a_core_that_ends_is_released(void **state)
{
  (void)state;
  numbered_post_t before = {.post.run = note_post, .number = 1}, after = {.post.run = note_post, .number = 2};
  trace_clear();
  kit_open();
  whorl__core_post(kit.core, &before.post);
  whorl__core_t *core = kit.core;
  kit_close();
  whorl__core_post(core, &after.post); // the core's memory is type-stable
  assert_trace("1closed 2closed");
}

static whorl__scope_t *asked;

static void looks_at_scope(whorl__post_t *post, bool closed)
{
  (void)post, (void)closed;
  note("%s", whorl__scope_canceled(asked) ? "canceled" : "open");
}

static void R12_R31_cancels_and_posts_from_outside_are_read_in_their_order(void **state)
{
  (void)state;
  whorl__scope_t *gone;
  whorl__post_t posts[] = {{.run = looks_at_scope}, {.run = looks_at_scope}, {.run = looks_at_scope}};
  trace_clear();
  kit_open();
  assert_int_equal(WHORL_OK, whorl__scope_create(kit.core, NULL, "asked", &asked));
  assert_int_equal(WHORL_OK, whorl__scope_create(kit.core, NULL, "gone", &gone));
  whorl__core_post(kit.core, &posts[0]);
  whorl__scope_cancel(asked, "a request"); // nobody runs the core
  whorl__core_post(kit.core, &posts[1]);
  whorl__scope_cancel(gone, "one that is taken back");
  whorl__core_post(kit.core, &posts[2]);
  whorl__scope_destroy(gone);
  assert_false(whorl__core_turn(kit.core)); // nothing is left
  assert_int_equal(0, kit.core->mail_cancels);
  assert_trace("open canceled canceled");
  whorl__scope_destroy(asked);
  kit_close();
}

// --- R32: order

static int two_turns(void *arg)
{
  note("%s1", (const char *)arg);
  whorl_yield();
  note("%s2", (const char *)arg);
  return WHORL_OK;
}

static whorl_task_group_t *the_group;
static int spawns_more(void *arg)
{
  (void)arg;
  note("s");
  whorl_task_group_spawn(the_group, two_turns, "d");
  return WHORL_OK;
}

TASK_TEST(R32_what_becomes_ready_meanwhile_runs_next_turn_in_order)
{
  whorl_task_group_t group;
  the_group = &group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, two_turns, "a");
  whorl_task_group_spawn(&group, spawns_more, NULL);
  whorl_task_group_spawn(&group, two_turns, "b");
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("a1 s b1 a2 d1 b2 d2", trace);
  return WHORL_OK;
}

static uint64_t seed;
static unsigned chance(unsigned below)
{
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(seed >> 33) % below;
}

static whorl_event_t signals[3];
static int wanders(void *arg)
{
  intptr_t name = (intptr_t)arg;
  int status = WHORL_OK;
  for (int i = 0; i < 6 && status == WHORL_OK; i++) {
    whorl_timeout_t timeout;
    whorl_timeout_open(&timeout, 1 + chance(5));
    switch (chance(4)) {
    case 0: status = whorl_sleep(chance(4)); break;
    case 1: status = whorl_yield(); break;
    case 2: status = whorl_event_wait(signals[chance(3)]); break;
    default:
      whorl_event_set(signals[chance(3)]);
      whorl_event_reset(signals[chance(3)]);
      break;
    }
    status = whorl_timeout_close(&timeout, status);
    note("%d%c%d", (int)name, 'a' + -status, (int)(whorl_now_ns() % 1000));
    if (status == WHORL_TIMED_OUT) status = WHORL_OK;
  }
  return status;
}

TASK_TEST(one_golden_run)
{
  whorl_task_group_t group;
  for (int i = 0; i < 3; i++) whorl_event_create(NULL, &signals[i]);
  whorl_task_group_open(&group);
  for (intptr_t i = 0; i < 8; i++) whorl_task_group_spawn(&group, wanders, (void *)i);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  for (int i = 0; i < 3; i++) whorl_event_destroy(signals[i]);
  return WHORL_OK;
}

static void R32_a_thousand_equal_runs(void **state)
{
  static char golden[sizeof trace];
  for (int run = 0; run < 1000; run++) {
    seed = 42;
    one_golden_run(state);
    if (run == 0)
      strcpy(golden, trace);
    else
      assert_string_equal(golden, trace);
  }
  assert_true(strlen(golden) > 100);
}

// --- Who runs on whose stack: a task that suspends passes its thread on only to one that was suspended before

static const char *yielder_frame;

static bool is_near(const char *one, const char *other)
{
  ptrdiff_t distance = one - other;
  return distance > -4096 && distance < 4096;
}

static void is_released_elsewhere(void *arg)
{
  char here;
  (void)arg;
  note(is_near(&here, yielder_frame) ? "on a waiting task's stack" : "released");
}

static int never_runs(void *arg)
{
  (void)arg;
  note("ran");
  return WHORL_OK;
}

static int yields_below_an_unrun_task(void *arg)
{
  char here;
  whorl_task_group_t *doomed = arg;
  const whorl_task_options_t options = {.release = is_released_elsewhere};
  yielder_frame = &here;
  for (int i = 0; i < 3; i++) CHECK_INT(WHORL_OK, whorl_yield());
  CHECK_INT(WHORL_OK, whorl_task_group_spawn_with_options(doomed, never_runs, NULL, &options, NULL, "doomed"));
  whorl_task_group_cancel(doomed);
  errno = 17;
  CHECK_INT(WHORL_OK, whorl_yield());
  CHECK_INT(17, errno);
  note("went on");
  return WHORL_OK;
}

static int yields_often(void *arg)
{
  (void)arg;
  for (int i = 0; i < 6; i++) CHECK_INT(WHORL_OK, whorl_yield());
  return WHORL_OK;
}

TASK_TEST(a_release_never_runs_on_a_waiting_tasks_stack)
{
  whorl_task_group_t tasks, doomed;
  whorl_task_group_open(&tasks);
  whorl_task_group_open(&doomed);
  whorl_task_group_spawn(&tasks, yields_often, NULL);
  whorl_task_group_spawn(&tasks, yields_below_an_unrun_task, &doomed);
  int status = WHORL_OK;
  for (int i = 0; i < 6 && status == WHORL_OK; i++) status = whorl_yield();
  CHECK_INT(WHORL_OK, whorl_task_group_close(&doomed, WHORL_OK));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&tasks, WHORL_OK));
  CHECK_TEXT("released went on", trace);
  return WHORL_OK;
}

static int yields_five_times(void *arg)
{
  for (int i = 1; i <= 5; i++) {
    note("%s%d", (const char *)arg, i);
    CHECK_INT(WHORL_OK, whorl_yield());
  }
  return WHORL_OK;
}

static int begins_and_ends(void *arg)
{
  note("%s", (const char *)arg);
  return WHORL_OK;
}

// What is passed from task to task, and what goes through the scheduler, keeps one order.
TASK_TEST(R32_those_that_wait_and_those_that_begin_take_turns)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, yields_five_times, "a");
  whorl_task_group_spawn(&group, yields_five_times, "b");
  for (int i = 0; i < 2; i++) {
    CHECK_INT(WHORL_OK, whorl_yield());
    whorl_task_group_spawn(&group, begins_and_ends, i == 0 ? "first" : "second");
  }
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("a1 b1 a2 b2 first a3 b3 second a4 b4 a5 b5", trace);
  return WHORL_OK;
}

static int fails_and_yields(void *arg)
{
  whorl__fail(WHORL_IO_ERROR, "of %s", (const char *)arg);
  for (int i = 0; i < 3; i++) CHECK_INT(WHORL_OK, whorl_yield());
  note("%s", whorl_detail());
  return WHORL_OK;
}

TASK_TEST(R38_who_passes_the_thread_on_keeps_the_detail)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, fails_and_yields, "one");
  whorl_task_group_spawn(&group, fails_and_yields, "two");
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("of one of two", trace);
  return WHORL_OK;
}

static int sees_the_turns(void *arg)
{
  uint64_t before = whorl__core_read_counts(kit.core).turns;
  for (int i = 0; i < 10; i++) CHECK_INT(WHORL_OK, whorl_yield());
  *(uint64_t *)arg = whorl__core_read_counts(kit.core).turns - before;
  return WHORL_OK;
}

// Alone, a task that lets others run goes on at once; and yet each time it is a turn.
TASK_TEST(R06_every_yield_is_a_turn_even_for_one_who_is_alone)
{
  uint64_t turns = 0;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, sees_the_turns, &turns);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(10, turns);
  return WHORL_OK;
}

// --- R33: budget

static int never_waits(void *arg)
{
  whorl_event_t event = *(whorl_event_t *)arg;
  for (int i = 0; i < 1000; i++) {
    CHECK_INT(WHORL_OK, whorl_event_wait(event)); // set: completes at once
    if (whorl_now_ns() == 0 && i == 200) kit.parker.now = SECONDS(0.001);
  }
  note("done");
  return WHORL_OK;
}

TASK_TEST(R33_a_task_that_never_waits_lets_others_run)
{
  double soon = 0.001;
  whorl_event_t event;
  whorl_event_create(NULL, &event);
  whorl_event_set(event);
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, sleeps_to, &soon);
  whorl_task_group_spawn(&group, never_waits, &event);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("0.001:OK done", trace);
  return whorl_event_destroy(event);
}

static int cancels_its_group(void *group)
{
  whorl_task_group_cancel(group);
  note("cancelled");
  return WHORL_OK;
}

TASK_TEST(R33_the_call_that_lets_others_run_keeps_its_result)
{
  whorl_event_t event;
  whorl_task_group_t group;
  whorl_event_create(NULL, &event);
  whorl_event_set(event);
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, cancels_its_group, &group);
  for (int i = 0; i < WHORL__BUDGET - 1; i++) CHECK_INT(WHORL_OK, whorl_event_wait(event));
  CHECK_TEXT("", trace);
  CHECK_INT(WHORL_OK, whorl_event_wait(event)); // it had completed before the others ran
  CHECK_TEXT("cancelled", trace);
  CHECK_INT(WHORL_CANCELED, whorl_event_wait(event));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_CANCELED));
  return whorl_event_destroy(event);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(virtual_time_jumps_over_a_sleep),
      cmocka_unit_test(R06_due_sleeps_end_by_deadline),
      cmocka_unit_test(R06_an_answer_at_the_deadline_is_too_late),
      cmocka_unit_test(R06_an_answer_just_before_the_deadline_is_in_time),
      cmocka_unit_test(R06_a_limit_goes_before_a_sleep_of_the_same_instant),
      cmocka_unit_test(R31_posts_run_in_order_outside_tasks_and_may_spawn),
      cmocka_unit_test(R31_a_post_made_by_a_post_is_the_next_turns),
      cmocka_unit_test(R31_a_post_to_a_core_that_ends_is_released),
      cmocka_unit_test(R12_R31_cancels_and_posts_from_outside_are_read_in_their_order),
      cmocka_unit_test(R32_what_becomes_ready_meanwhile_runs_next_turn_in_order),
      cmocka_unit_test(R32_a_thousand_equal_runs),
      cmocka_unit_test(a_release_never_runs_on_a_waiting_tasks_stack),
      cmocka_unit_test(R32_those_that_wait_and_those_that_begin_take_turns),
      cmocka_unit_test(R38_who_passes_the_thread_on_keeps_the_detail),
      cmocka_unit_test(R06_every_yield_is_a_turn_even_for_one_who_is_alone),
      cmocka_unit_test(R33_a_task_that_never_waits_lets_others_run),
      cmocka_unit_test(R33_the_call_that_lets_others_run_keeps_its_result),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
