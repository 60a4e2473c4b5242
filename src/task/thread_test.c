// (stress) Real threads against a core on a futex parker: nothing lost, nothing twice. Bounded; judged by counts, never by time.
#include "base/list.h"
#include "task/sanitizer.h"
#include "task/thread_testing.h"

#ifdef WHORL__TSAN
enum { ROUNDS = 2000 };
#else
enum { ROUNDS = 8000 };
#endif

// --- Posts: FIFO per poster, each exactly once (R31)

typedef struct numbered_post {
  whorl__post_t post;
  int poster, number;
} numbered_post_t;

static numbered_post_t posts[2][ROUNDS];
static int next_number[2];
static bool out_of_order;

static void take_post(whorl__post_t *post, bool closed)
{
  const numbered_post_t *self = WHORL__CONTAINER(post, numbered_post_t, post);
  if (closed || next_number[self->poster]++ != self->number) out_of_order = true;
}

static void *posts_many(void *arg)
{
  intptr_t poster = (intptr_t)arg;
  for (int i = 0; i < ROUNDS; i++) {
    posts[poster][i] = (numbered_post_t){.post.run = take_post, .poster = (int)poster, .number = i};
    whorl__core_post(core, &posts[poster][i].post);
    if (i % 64 == 0) sched_yield(); // lets the core fall asleep now and then
  }
  return NULL;
}

static int waits_for_all_posts(void *arg)
{
  (void)arg;
  while (next_number[0] + next_number[1] < 2 * ROUNDS) CHECK_INT(WHORL_OK, whorl_sleep(WHORL_MICROSECONDS(50)));
  return WHORL_OK;
}

static void R31_posts_from_two_threads(void **state)
{
  (void)state;
  next_number[0] = next_number[1] = 0;
  with_two_threads(waits_for_all_posts, posts_many);
  assert_false(out_of_order);
  assert_int_equal(ROUNDS, next_number[0]);
  assert_int_equal(ROUNDS, next_number[1]);
}

static atomic_int ran, let_go;

static void count_post(whorl__post_t *post, bool closed)
{
  (void)post;
  atomic_fetch_add(closed ? &let_go : &ran, 1);
}

static void *posts_until_after_the_end(void *arg)
{
  intptr_t poster = (intptr_t)arg;
  for (int i = 0; i < ROUNDS; i++) {
    posts[poster][i] = (numbered_post_t){.post.run = count_post};
    whorl__core_post(core, &posts[poster][i].post);
    if (i % 16 == 0) sched_yield();
  }
  return NULL;
}

static bool some_ran(void *arg)
{
  (void)arg;
  return atomic_load(&ran) > ROUNDS / 10;
}

static void R31_a_post_during_the_end_either_runs_or_is_released(void **state)
{
  (void)state;
  pthread_t threads[2];
  atomic_store(&ran, 0);
  atomic_store(&let_go, 0);
  whorl__futex_parker_init(&parker);
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.parker = &parker.base, .name = "ending"}, &core));
  for (intptr_t i = 0; i < 2; i++) assert_int_equal(0, pthread_create(&threads[i], NULL, posts_until_after_the_end, (void *)i));
  assert_int_equal(WHORL_OK, whorl__core_run(core, some_ran, NULL));
  whorl__core_destroy(core); // its memory is type-stable, so that who comes too late finds it closed
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  assert_int_equal(2 * ROUNDS, atomic_load(&ran) + atomic_load(&let_go));
}

// --- Events: a set is never lost (R26). Two pairs play ping-pong, each with a thread.

static whorl_event_t ping[2];
static atomic_int rallies[2];

static int plays(void *arg)
{
  intptr_t table = (intptr_t)arg;
  for (int i = 0; i < ROUNDS; i++) {
    CHECK_INT(WHORL_OK, whorl_event_wait(ping[table]));
    CHECK_INT(WHORL_OK, whorl_event_reset(ping[table]));
    atomic_fetch_add(&rallies[table], 1);
  }
  return WHORL_OK;
}

static int plays_both(void *arg)
{
  (void)arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, plays, (void *)0);
  whorl_task_group_spawn(&group, plays, (void *)1);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void *serves(void *arg)
{
  intptr_t table = (intptr_t)arg;
  for (int i = 0; i < ROUNDS; i++) {
    whorl_event_set(ping[table]);
    while (atomic_load(&rallies[table]) <= i) sched_yield();
  }
  return NULL;
}

static void R26_events_set_by_two_threads(void **state)
{
  (void)state;
  for (int i = 0; i < 2; i++) {
    atomic_store(&rallies[i], 0);
    assert_int_equal(WHORL_OK, whorl_event_create(NULL, &ping[i]));
  }
  with_two_threads(plays_both, serves);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(ROUNDS, atomic_load(&rallies[i]));
    whorl_event_destroy(ping[i]);
  }
}

// --- Futures: two completers, one winner, and a cancellation and a limit in between (R12, R27, S20)

static _Atomic uint64_t current_future; // its id; 0: the end
static atomic_int wins, losses, arrived;
static atomic_bool stopping;
static char values[2];

static void *completes(void *arg)
{
  intptr_t who = (intptr_t)arg;
  uint64_t last = 0;
  while (!atomic_load(&stopping)) {
    uint64_t id = atomic_load(&current_future);
    if (id == last) {
      sched_yield();
      continue;
    }
    last = id;
    int status = whorl_future_complete((whorl_future_t){id}, WHORL_OK, &values[who]);
    if (status == WHORL_OK) atomic_fetch_add(&wins, 1);
    if (status == WHORL_ALREADY_COMPLETED) atomic_fetch_add(&losses, 1);
    atomic_fetch_add(&arrived, 1);
  }
  return NULL;
}

static int wants_the_value(void *arg)
{
  void *value = NULL;
  int status = whorl_future_wait((whorl_future_t){atomic_load(&current_future)}, &value);
  if (status == WHORL_OK) CHECK(value == &values[0] || value == &values[1]);
  *(void **)arg = value;
  return status;
}

static int races(void *arg)
{
  (void)arg;
  enum { RACES = ROUNDS / 4 };
  for (int i = 0; i < RACES; i++) {
    whorl_future_t future;
    void *got[3] = {NULL, NULL, NULL};
    whorl_task_t second;
    whorl_timeout_t limit;
    CHECK_INT(WHORL_OK, whorl_future_create(NULL, &future));
    atomic_store(&arrived, 0);
    whorl_timeout_open(&limit, WHORL_SECONDS(60));
    whorl_task_group_t group;
    whorl_task_group_open(&group);
    atomic_store(&current_future, future.id);
    for (int k = 0; k < 3; k++)
      whorl_task_group_spawn_with_options(&group, wants_the_value, &got[k], NULL, k == 1 ? &second : NULL, "waiter");
    if (i % 2 == 0) whorl_yield();
    whorl_task_cancel(second); // at any point of the race: it has the value, or CANCELED
    int status = whorl_task_group_close(&group, WHORL_OK);
    CHECK_INT(WHORL_OK, status);
    CHECK_INT(WHORL_OK, whorl_timeout_close(&limit, WHORL_OK));
    CHECK(got[0] != NULL && got[0] == got[2]);
    CHECK(got[1] == NULL || got[1] == got[0]);
    while (atomic_load(&arrived) < 2) CHECK_INT(WHORL_OK, whorl_yield());
    CHECK_INT(WHORL_OK, whorl_future_destroy(future));
  }
  CHECK_INT(RACES, atomic_load(&wins));
  CHECK_INT(RACES, atomic_load(&losses));
  atomic_store(&stopping, true);
  return WHORL_OK;
}

static void R27_S20_two_completers_and_a_cancellation(void **state)
{
  (void)state;
  atomic_store(&stopping, false);
  atomic_store(&current_future, 0);
  atomic_store(&wins, 0);
  atomic_store(&losses, 0);
  with_two_threads(races, completes);
}

// --- Cancelling from other threads (R12): a request, idempotent, one outcome

static whorl_task_group_t *_Atomic open_group;
static atomic_int generation, cancels;

static void *cancels_groups(void *arg)
{
  (void)arg;
  int last = 0;
  while (!atomic_load(&stopping)) {
    int now = atomic_load(&generation);
    whorl_task_group_t *group = atomic_load(&open_group);
    if (now == last || group == NULL) {
      sched_yield();
      continue;
    }
    last = now;
    whorl_task_group_cancel(group);
    whorl_task_group_cancel(group);
    atomic_fetch_add(&cancels, 1);
  }
  return NULL;
}

static int sleeps_for_good(void *arg)
{
  (void)arg;
  int status = whorl_sleep(WHORL_FOREVER);
  CHECK_INT(WHORL_CANCELED, status);
  return status;
}

static int opens_groups(void *arg)
{
  (void)arg;
  for (int i = 0; i < ROUNDS / 4; i++) {
    whorl_task_group_t group;
    atomic_store(&cancels, 0);
    whorl_task_group_open(&group);
    whorl_task_group_spawn(&group, sleeps_for_good, NULL);
    whorl_task_group_spawn(&group, sleeps_for_good, NULL);
    atomic_store(&open_group, &group);
    atomic_fetch_add(&generation, 1);
    if (i % 2 == 0) CHECK_INT(WHORL_CANCELED, whorl_sleep(WHORL_FOREVER));
    whorl_shield_t shield;
    whorl_shield_open(&shield, WHORL_SECONDS(60));
    while (atomic_load(&cancels) < 2) CHECK_INT(WHORL_OK, whorl_yield()); // the group is the threads' no longer
    CHECK_INT(WHORL_OK, whorl_shield_close(&shield, WHORL_OK));
    atomic_store(&open_group, NULL);
    CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  }
  atomic_store(&stopping, true);
  return WHORL_OK;
}

static void R12_groups_cancelled_by_two_threads(void **state)
{
  (void)state;
  atomic_store(&stopping, false);
  atomic_store(&open_group, NULL);
  with_two_threads(opens_groups, cancels_groups);
}

static void *cancels_one(void *arg)
{
  whorl_task_group_cancel(arg);
  return NULL;
}

static int closes_with_a_request_under_way(void *arg)
{
  (void)arg;
  for (int i = 0; i < 3; i++) {
    pthread_t thread;
    whorl_task_group_t group;
    whorl_timeout_t timeout;
    whorl_task_group_open(&group);
    CHECK_INT(0, pthread_create(&thread, NULL, cancels_one, &group));
    pthread_join(thread, NULL);
    CHECK(!whorl_canceled()); // seen in the next turn, not before
    CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
    whorl_timeout_open(&timeout, WHORL_SECONDS(60)); // in the same memory
    CHECK_INT(WHORL_OK, whorl_yield());
    CHECK_INT(WHORL_OK, whorl_timeout_close(&timeout, WHORL_OK));
  }
  return WHORL_OK;
}

static void *does_not_care(void *arg) { return arg; }

static void R12_a_request_that_comes_too_late(void **state)
{
  (void)state;
  with_two_threads(closes_with_a_request_under_way, does_not_care);
}

// --- Wrong threads

static atomic_int answers, released;
static whorl_task_group_t strangers_group;

static int does_nothing(void *arg)
{
  (void)arg;
  return WHORL_OK;
}

static bool never_done(void *arg)
{
  (void)arg;
  return false;
}

static void count_released(void *arg)
{
  (void)arg;
  atomic_fetch_add(&released, 1);
}

static int spawns_from_elsewhere(void)
{
  const whorl_task_options_t options = {.release = count_released};
  return whorl_task_group_spawn_with_options(&strangers_group, does_nothing, NULL, &options, NULL, "elsewhere");
}

static void *tries_what_is_not_its_own(void *arg)
{
  whorl__core_t *busy = core;
  while (atomic_load(&answers) == 0) sched_yield();
  if (spawns_from_elsewhere() == WHORL_WRONG_THREAD && whorl__core_run(busy, never_done, NULL) == WHORL_BUSY &&
      whorl__core_is_driven_elsewhere(busy) && whorl_event_wait((whorl_event_t){0}) == WHORL_NOT_IN_TASK)
    atomic_fetch_add(&answers, 1);
  else
    atomic_fetch_add(&answers, 100);
  (void)arg;
  return NULL;
}

static int lets_them_try(void *arg)
{
  (void)arg;
  whorl_task_group_open(&strangers_group);
  atomic_store(&answers, 1);
  while (atomic_load(&answers) < 3) CHECK_INT(WHORL_OK, whorl_sleep(WHORL_MICROSECONDS(100)));
  CHECK_INT(3, atomic_load(&answers));
  return whorl_task_group_close(&strangers_group, WHORL_OK);
}

static void R19_R36_what_another_thread_may_not(void **state)
{
  (void)state;
  atomic_store(&answers, 0);
  atomic_store(&released, 0);
  with_two_threads(lets_them_try, tries_what_is_not_its_own);
  assert_int_equal(2, atomic_load(&released)); // once in every outcome
}

static void *runs_the_core(void *arg)
{
  *(int *)arg = whorl__core_run(core, never_done, NULL);
  return NULL;
}

static int run_turns;
static bool after_one_turn(void *arg)
{
  (void)arg;
  return run_turns++ >= 1;
}

static int sleeps_a_little(void *arg)
{
  (void)arg;
  return whorl_sleep(WHORL_MILLISECONDS(1));
}

static bool no_tasks(void *arg)
{
  (void)arg;
  return whorl__core_read_counts(core).live_tasks == 0;
}

static void R38_a_suspended_task_stays_on_its_thread(void **state)
{
  (void)state;
  int status = WHORL_OK;
  pthread_t thread;
  whorl__futex_parker_init(&parker);
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.parker = &parker.base, .name = "short"}, &core));
  assert_int_equal(WHORL_OK, whorl__scope_spawn(whorl__core_root(core), sleeps_a_little, NULL, NULL, NULL, "here"));
  run_turns = 0;
  assert_int_equal(WHORL_OK, whorl__core_run(core, after_one_turn, NULL)); // leaves it suspended
  assert_int_equal(0, pthread_create(&thread, NULL, runs_the_core, &status));
  pthread_join(thread, NULL);
  assert_int_equal(WHORL_WRONG_THREAD, status);
  assert_int_equal(WHORL_OK, whorl__core_run(core, no_tasks, NULL));
  whorl__core_destroy(core);
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R31_posts_from_two_threads),          cmocka_unit_test(R31_a_post_during_the_end_either_runs_or_is_released),
      cmocka_unit_test(R26_events_set_by_two_threads),       cmocka_unit_test(R27_S20_two_completers_and_a_cancellation),
      cmocka_unit_test(R12_groups_cancelled_by_two_threads), cmocka_unit_test(R12_a_request_that_comes_too_late),
      cmocka_unit_test(R19_R36_what_another_thread_may_not), cmocka_unit_test(R38_a_suspended_task_stays_on_its_thread),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
