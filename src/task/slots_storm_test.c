// (stress) Four slots on real threads: nothing lost, nothing twice, every task on its own thread. Bounded; judged by counts, never by time.
#include <pthread.h>
#include <stdatomic.h>

#include "task/kit.h"
#include "task/sanitizer.h"
#include "task/state.h"
#include "whorl/channel.h"

#ifdef WHORL__TSAN
enum { SLOTS = 4, SOURCES = 8, RUNS = 1500, PAIRS = 8, ROUNDS = 600, TASKS = 4000 };
#else
enum { SLOTS = 4, SOURCES = 8, RUNS = 12500, PAIRS = 8, ROUNDS = 6000, TASKS = 100000 };
#endif

static struct {
  whorl__futex_parker_t parkers[SLOTS];
  whorl__core_t *core;
  pthread_t threads[SLOTS];
  atomic_bool over;
  atomic_int left; // what must happen before it is over
} storm;

static bool is_over(void *arg)
{
  (void)arg;
  return atomic_load(&storm.over);
}

static void *run_slot(void *arg)
{
  if (whorl__core_run_slot(storm.core, (unsigned)(intptr_t)arg, is_over, NULL) < 0) abort();
  return NULL;
}

static void open_storm(int wanted)
{
  whorl__parker_t *parkers[SLOTS];
  atomic_store(&storm.over, false);
  atomic_store(&storm.left, wanted);
  for (int i = 0; i < SLOTS; i++) {
    whorl__futex_parker_init(&storm.parkers[i]);
    parkers[i] = &storm.parkers[i].base;
  }
  const whorl__core_options_t options = {.workers = SLOTS, .parkers = parkers, .name = "storm"};
  assert_int_equal(WHORL_OK, whorl__core_create(&options, &storm.core));
}

static void end_slots(void)
{
  atomic_store(&storm.over, true);
  whorl__core_lock(storm.core);
  whorl__core_call_slots(storm.core);
  whorl__core_unlock(storm.core);
}

static void one_less(void)
{
  if (atomic_fetch_sub(&storm.left, 1) == 1) end_slots();
}

static void run_storm(void)
{
  for (intptr_t i = 0; i < SLOTS; i++) assert_int_equal(0, pthread_create(&storm.threads[i], NULL, run_slot, (void *)i));
  for (int i = 0; i < SLOTS; i++) pthread_join(storm.threads[i], NULL);
}

static void close_storm(void)
{
  assert_int_equal(0, whorl__core_read_counts(storm.core).live_tasks);
  whorl__core_destroy(storm.core);
}

// --- Callbacks: some exclusive sources, each marked again by its own run, and from outside

typedef struct source {
  whorl__runnable_t runnable;
  whorl__scope_t *scope;
  int left;
  atomic_int inside, ran;
  whorl_task_function_t function;
} source_t;

static int run_source(void *arg)
{
  source_t *source = arg;
  if (atomic_fetch_add(&source->inside, 1) != 0) abort(); // exclusive
  atomic_fetch_add(&source->ran, 1);
  int status = source->function != NULL ? source->function(source) : WHORL_OK;
  atomic_fetch_sub(&source->inside, 1);
  return status;
}

static void queue_locked(source_t *source, whorl__core_t *core)
{
  source->runnable.key = whorl__core_key(core, 0, whorl__core_ticket(core));
  whorl__core_queue(core, &source->runnable);
}

static bool finish_source(void *arg, whorl__core_t *core, int status)
{
  source_t *source = arg;
  if (status < 0) abort();
  if (--source->left > 0) queue_locked(source, core);
  return source->left == 0;
}

static void source_has_ended(void *arg)
{
  (void)arg;
  one_less();
}

static bool pick_source(whorl__runnable_t *runnable, whorl__work_t *ret_work)
{
  source_t *source = WHORL__CONTAINER(runnable, source_t, runnable);
  *ret_work = (whorl__work_t){
      .run = run_source, .finish = finish_source, .after = source_has_ended, .arg = source, .scope = source->scope, .name = "source"};
  return true;
}

static void storm_of(source_t *sources, int count, int runs, whorl_task_function_t function)
{
  for (int i = 0; i < count; i++) sources[i] = (source_t){.runnable.pick = pick_source, .left = runs, .function = function};
  whorl__core_lock(storm.core);
  for (int i = 0; i < count; i++) queue_locked(&sources[i], storm.core);
  whorl__core_unlock(storm.core);
  run_storm();
  for (int i = 0; i < count; i++) assert_int_equal(runs, sources[i].ran);
}

static int now_and_then_suspends(void *arg)
{
  const source_t *source = arg;
  pthread_t thread = pthread_self();
  int turn = atomic_load(&source->ran) % 16;
  if (turn == 3) WHORL_TRY(whorl_yield());
  if (turn == 7) WHORL_TRY(whorl_sleep(1000));
  if (!pthread_equal(thread, pthread_self())) abort();
  return WHORL_OK;
}

static void every_callback_runs_once_and_alone(void **state)
{
  static source_t sources[SOURCES];
  (void)state;
  open_storm(SOURCES);
  storm_of(sources, SOURCES, RUNS, now_and_then_suspends);
  close_storm();
}

// --- Tasks, each in a group of whichever callback spawns it, with timeouts that are in time or not; every second one may begin on any slot

static atomic_int tasks_run, tasks_ended;

static int counts_itself(void *arg)
{
  (void)arg;
  int number = atomic_fetch_add(&tasks_run, 1);
  return number % 8 == 0 ? whorl_yield() : WHORL_OK;
}

static int sleeps_long(void *arg)
{
  (void)arg;
  return whorl_sleep(SECONDS(1000));
}

static void spawn_one(whorl_task_group_t *group, whorl_task_function_t function, bool any_thread)
{
  const whorl_task_options_t options = {.any_thread = any_thread};
  whorl_task_group_spawn_with_options(group, function, NULL, &options, NULL, "one");
}

static int spawns_some(void *arg)
{
  (void)arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 10; i++) spawn_one(&group, counts_itself, i % 2 == 0);
  WHORL_TRY(whorl_task_group_close(&group, WHORL_OK));
  atomic_fetch_add(&tasks_ended, 10);
  return whorl_with_timeout(1000, sleeps_long, NULL) == WHORL_TIMED_OUT ? WHORL_OK : WHORL_WRONG_STATE;
}

static void every_task_of_every_group_runs_once(void **state)
{
  static source_t sources[SOURCES];
  (void)state;
  atomic_store(&tasks_run, 0);
  atomic_store(&tasks_ended, 0);
  open_storm(SOURCES);
  storm_of(sources, SOURCES, TASKS / 10 / SOURCES, spawns_some);
  assert_int_equal(TASKS / 10 / SOURCES * SOURCES * 10, tasks_run);
  assert_int_equal(TASKS / 10 / SOURCES * SOURCES * 10, tasks_ended);
  close_storm();
}

static int fails_soon(void *arg)
{
  (void)arg;
  WHORL_TRY(whorl_yield());
  return WHORL_IO_ERROR;
}

// Those that sleep are on any slot when the error comes, or have not begun.
static int has_one_that_fails(void *arg)
{
  (void)arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 6; i++) spawn_one(&group, i == 3 ? fails_soon : sleeps_long, true);
  int status = whorl_task_group_close(&group, WHORL_OK);
  if (status == WHORL_IO_ERROR && whorl_task_group_error_count(&group) == 1) atomic_fetch_add(&tasks_ended, 1);
  return WHORL_OK;
}

static void ASK_03_an_error_ends_its_group_wherever_the_others_are(void **state)
{
  static source_t sources[SOURCES];
  (void)state;
  atomic_store(&tasks_ended, 0);
  open_storm(SOURCES);
  storm_of(sources, SOURCES, TASKS / 10 / SOURCES, has_one_that_fails);
  assert_int_equal(TASKS / 10 / SOURCES * SOURCES, tasks_ended);
  close_storm();
}

// --- Events and channels between slots: pairs of callbacks that play ping-pong

typedef struct pair {
  whorl_channel_t there, back;
  atomic_int sent, received;
} pair_t;

static pair_t pairs[PAIRS];
static atomic_int next_role;

static int serves(pair_t *pair)
{
  for (int i = 0; i < ROUNDS; i++) {
    void *item;
    WHORL_TRY(whorl_channel_receive(pair->there, &item));
    if ((intptr_t)item != i) abort(); // in order, none twice
    WHORL_TRY(whorl_channel_send(pair->back, item));
  }
  return WHORL_OK;
}

static int asks(pair_t *pair)
{
  for (intptr_t i = 0; i < ROUNDS; i++) {
    void *item;
    WHORL_TRY(whorl_channel_send(pair->there, (void *)i));
    atomic_fetch_add(&pair->sent, 1);
    WHORL_TRY(whorl_channel_receive(pair->back, &item));
    if ((intptr_t)item != i) abort();
    atomic_fetch_add(&pair->received, 1);
  }
  return WHORL_OK;
}

static int plays(void *arg)
{
  (void)arg;
  int role = atomic_fetch_add(&next_role, 1);
  return role % 2 == 0 ? serves(&pairs[role / 2]) : asks(&pairs[role / 2]);
}

static void channels_between_slots_lose_nothing(void **state)
{
  static source_t sources[2 * PAIRS];
  (void)state;
  open_storm(2 * PAIRS);
  atomic_store(&next_role, 0);
  for (int i = 0; i < PAIRS; i++) {
    pairs[i] = (pair_t){.sent = 0};
    assert_int_equal(WHORL_OK, whorl_channel_create((size_t)i % 3, NULL, &pairs[i].there));
    assert_int_equal(WHORL_OK, whorl_channel_create(0, NULL, &pairs[i].back));
  }
  storm_of(sources, 2 * PAIRS, 1, plays);
  for (int i = 0; i < PAIRS; i++) {
    assert_int_equal(ROUNDS, pairs[i].sent);
    assert_int_equal(ROUNDS, pairs[i].received);
    whorl_channel_destroy(pairs[i].there);
    whorl_channel_destroy(pairs[i].back);
  }
  close_storm();
}

// --- A cancellation from one slot against a completion from another: one outcome, and somebody is told of it

typedef struct race {
  whorl_event_t event;
  whorl_task_group_t group;
  atomic_int phase; // the round in which the waiter waits, or has waited
  atomic_int events, cancels;
} race_t;

static race_t races[SLOTS];

static int waits_in_a_group(race_t *race)
{
  for (int i = 1; i <= ROUNDS; i++) {
    WHORL_TRY(whorl_event_reset(race->event));
    whorl_task_group_open(&race->group);
    atomic_store(&race->phase, i);
    int status = whorl_event_wait(race->event);
    if (status == WHORL_OK)
      atomic_fetch_add(&race->events, 1);
    else if (status == WHORL_CANCELED)
      atomic_fetch_add(&race->cancels, 1);
    else
      abort();
    while (atomic_load(&race->phase) != -i) { // the other one lets the group alone
      whorl_shield_t shield;
      whorl_shield_open(&shield, SECONDS(100));
      whorl_yield();
      whorl_shield_close(&shield, WHORL_OK);
    }
    WHORL_TRY(whorl_task_group_close(&race->group, WHORL_OK));
  }
  return WHORL_OK;
}

static int ends_the_wait(race_t *race)
{
  for (int i = 1; i <= ROUNDS; i++) {
    while (atomic_load(&race->phase) != i) WHORL_TRY(whorl_yield());
    if (i % 3 != 0) WHORL_TRY(whorl_event_set(race->event));
    if (i % 3 != 1) whorl_task_group_cancel(&race->group);
    atomic_store(&race->phase, -i);
  }
  return WHORL_OK;
}

static int races_for_it(void *arg)
{
  (void)arg;
  int role = atomic_fetch_add(&next_role, 1);
  return role % 2 == 0 ? waits_in_a_group(&races[role / 2]) : ends_the_wait(&races[role / 2]);
}

static void R12_a_cancel_against_a_completion_from_other_slots_has_one_outcome(void **state)
{
  static source_t sources[2 * SLOTS];
  (void)state;
  open_storm(2 * SLOTS);
  atomic_store(&next_role, 0);
  for (int i = 0; i < SLOTS; i++) {
    races[i] = (race_t){.phase = 0};
    assert_int_equal(WHORL_OK, whorl_event_create(NULL, &races[i].event));
  }
  storm_of(sources, 2 * SLOTS, 1, races_for_it);
  for (int i = 0; i < SLOTS; i++) {
    assert_int_equal(ROUNDS, races[i].events + races[i].cancels);
    assert_true(races[i].events >= ROUNDS / 3 && races[i].cancels >= ROUNDS / 3);
    whorl_event_destroy(races[i].event);
  }
  close_storm();
}

// --- Posts from outside while callbacks run, and a scope that is drained by a task of another slot

typedef struct numbered_post {
  whorl__post_t post;
  atomic_int ran;
} numbered_post_t;

static numbered_post_t posts[RUNS];

static void run_post(whorl__post_t *post, bool closed)
{
  if (closed) abort();
  atomic_fetch_add(&WHORL__CONTAINER(post, numbered_post_t, post)->ran, 1);
  one_less();
}

static void *post_all(void *arg)
{
  (void)arg;
  for (int i = 0; i < RUNS; i++) whorl__core_post(storm.core, &posts[i].post);
  return NULL;
}

static void every_post_is_run_by_one_slot(void **state)
{
  static source_t sources[SOURCES];
  pthread_t poster;
  (void)state;
  open_storm(SOURCES + RUNS);
  for (int i = 0; i < RUNS; i++) posts[i] = (numbered_post_t){.post.run = run_post};
  assert_int_equal(0, pthread_create(&poster, NULL, post_all, NULL));
  storm_of(sources, SOURCES, RUNS, now_and_then_suspends);
  pthread_join(poster, NULL);
  for (int i = 0; i < RUNS; i++) assert_int_equal(1, posts[i].ran);
  close_storm();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_callback_runs_once_and_alone),
      cmocka_unit_test(every_task_of_every_group_runs_once),
      cmocka_unit_test(ASK_03_an_error_ends_its_group_wherever_the_others_are),
      cmocka_unit_test(channels_between_slots_lose_nothing),
      cmocka_unit_test(R12_a_cancel_against_a_completion_from_other_slots_has_one_outcome),
      cmocka_unit_test(every_post_is_run_by_one_slot),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
