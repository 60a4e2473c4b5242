// The multi-threaded kind on its real threads: who runs where, what may overlap, how a spin ends. Gates, not time, say who is where.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/fixture.h"
#include "task/sanitizer.h"

enum { MOST = 8 };
#if defined(WHORL__ASAN) || defined(WHORL__TSAN)
enum { FEWER = 20 };
#else
enum { FEWER = 1 };
#endif

typedef struct scene scene_t;

typedef struct actor { // a guard condition in a group of its own, or of a shared one
  scene_t *scene;
  whorl_guard_condition_t guard;
  int calls; // written by its callback only
  pthread_t thread;
  int status;
} actor_t;

struct scene {
  whorl_context_t context;
  whorl_node_t node;
  whorl_executor_t executor;
  pthread_t spinner;
  atomic_int inside, most_inside, gone, status;
  atomic_bool open; // the gate
  int wanted;
  actor_t actors[MOST];
};

static void setup(scene_t *scene, unsigned threads)
{
  memset(scene, 0, sizeof *scene);
  const whorl_executor_options_t options = {.threads = threads};
  assert_int_equal(whorl_context_create(0, NULL, NULL, &scene->context), WHORL_OK);
  assert_int_equal(whorl_node_create(scene->context, "tested", NULL, &scene->node), WHORL_OK);
  assert_int_equal(whorl_executor_create(scene->context, WHORL_EXECUTOR_MULTI_THREADED, &options, &scene->executor), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(scene->executor, scene->node), WHORL_OK);
}

static void teardown(scene_t *scene) { assert_int_equal(whorl_context_destroy(scene->context, WHORL_OK), WHORL_OK); }

static whorl_callback_group_t make_group(const scene_t *scene)
{
  whorl_callback_group_t group;
  assert_int_equal(whorl_callback_group_create(scene->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &group), WHORL_OK);
  return group;
}

static void make_actors(scene_t *scene, int count, whorl_guard_condition_callback_t callback, const whorl_callback_group_t *shared)
{
  for (int i = 0; i < count; i++) {
    actor_t *actor = &scene->actors[i];
    const whorl_guard_condition_options_t options = {.callback_group = shared != NULL ? *shared : make_group(scene)};
    actor->scene = scene;
    assert_int_equal(whorl_guard_condition_create(scene->node, callback, actor, &options, &actor->guard), WHORL_OK);
  }
}

static void trigger_all(const scene_t *scene, int count)
{
  for (int i = 0; i < count; i++) assert_int_equal(whorl_guard_condition_trigger(scene->actors[i].guard), WHORL_OK);
}

static void *spin(void *arg)
{
  scene_t *scene = arg;
  atomic_store(&scene->status, whorl_executor_spin(scene->executor));
  return NULL;
}

static void start_spinning(scene_t *scene) { assert_int_equal(pthread_create(&scene->spinner, NULL, spin, scene), 0); }

static void await(const atomic_int *value, int wanted)
{
  while (atomic_load(value) < wanted) sched_yield();
}

static void stop_spinning(scene_t *scene)
{
  assert_int_equal(whorl_executor_cancel(scene->executor), WHORL_OK);
  pthread_join(scene->spinner, NULL);
  assert_int_equal(atomic_load(&scene->status), WHORL_OK);
}

// --- How many at once

static int wait_at_the_gate(uint64_t triggers, void *arg)
{
  actor_t *actor = arg;
  scene_t *scene = actor->scene;
  (void)triggers;
  actor->thread = pthread_self();
  atomic_fetch_add(&scene->inside, 1);
  while (!atomic_load(&scene->open)) sched_yield(); // it blocks its thread: it does not suspend
  actor->calls++;
  atomic_fetch_add(&scene->gone, 1);
  return WHORL_OK;
}

static void EXE_37_so_many_callbacks_run_at_once_on_threads_of_their_own(void **state)
{
  (void)state;
  for (unsigned threads = 2; threads <= 4; threads += 2) {
    scene_t scene;
    setup(&scene, threads);
    make_actors(&scene, (int)threads + 1, wait_at_the_gate, NULL);
    trigger_all(&scene, (int)threads + 1);
    start_spinning(&scene);
    await(&scene.inside, (int)threads);
    for (int i = 0; i < 1000; i++) sched_yield();
    assert_int_equal(atomic_load(&scene.inside), threads); // and not one more
    atomic_store(&scene.open, true);
    await(&scene.gone, (int)threads + 1);
    stop_spinning(&scene);
    for (unsigned i = 0; i < threads; i++)
      for (unsigned j = 0; j < i; j++) assert_false(pthread_equal(scene.actors[i].thread, scene.actors[j].thread));
    teardown(&scene);
  }
}

static void EXE_37_zero_chooses_two_at_least_and_too_many_are_refused(void **state)
{
  scene_t scene;
  whorl_executor_t none;
  (void)state;
  setup(&scene, 0);
  make_actors(&scene, 2, wait_at_the_gate, NULL);
  trigger_all(&scene, 2);
  start_spinning(&scene);
  await(&scene.inside, 2);
  atomic_store(&scene.open, true);
  stop_spinning(&scene);
  const whorl_executor_options_t options = {.threads = 257};
  assert_int_equal(whorl_executor_create(scene.context, WHORL_EXECUTOR_MULTI_THREADED, &options, &none), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "an executor of 257 threads: at most 256 are possible");
  teardown(&scene);
}

static void PAIN_05_a_reentrant_group_runs_its_callbacks_side_by_side(void **state)
{
  scene_t scene;
  whorl_callback_group_t shared;
  (void)state;
  setup(&scene, 4);
  assert_int_equal(whorl_callback_group_create(scene.node, WHORL_CALLBACK_GROUP_REENTRANT, NULL, &shared), WHORL_OK);
  make_actors(&scene, 4, wait_at_the_gate, &shared);
  trigger_all(&scene, 4);
  start_spinning(&scene);
  await(&scene.inside, 4);
  atomic_store(&scene.open, true);
  await(&scene.gone, 4);
  stop_spinning(&scene);
  teardown(&scene);
}

// --- Tasks of one callback on all threads

static int meet_at_the_gate(void *arg)
{
  scene_t *scene = arg;
  atomic_fetch_add(&scene->inside, 1);
  while (!atomic_load(&scene->open)) sched_yield(); // it blocks its thread
  atomic_fetch_add(&scene->gone, 1);
  return WHORL_OK;
}

static int spawn_four(uint64_t triggers, void *arg)
{
  const actor_t *actor = arg;
  const whorl_task_options_t options = {.any_thread = true};
  whorl_task_group_t group;
  (void)triggers;
  whorl_task_group_open(&group);
  for (int i = 0; i < 4; i++) whorl_task_group_spawn_with_options(&group, meet_at_the_gate, actor->scene, &options, NULL, "part");
  int status = whorl_task_group_close(&group, WHORL_OK);
  atomic_fetch_add(&actor->scene->gone, 100);
  return status;
}

static void ASK_03_a_callback_computes_on_all_threads(void **state)
{
  scene_t scene;
  (void)state;
  setup(&scene, 4);
  make_actors(&scene, 1, spawn_four, NULL);
  trigger_all(&scene, 1);
  start_spinning(&scene);
  await(&scene.inside, 4); // at once
  atomic_store(&scene.open, true);
  await(&scene.gone, 104);
  stop_spinning(&scene);
  teardown(&scene);
}

// --- An exclusive group

static int take_a_turn(uint64_t triggers, void *arg)
{
  actor_t *actor = arg;
  scene_t *scene = actor->scene;
  const actor_t *other = &scene->actors[actor == scene->actors];
  (void)triggers;
  int inside = atomic_fetch_add(&scene->inside, 1) + 1;
  if (inside > atomic_load(&scene->most_inside)) atomic_store(&scene->most_inside, inside);
  actor->calls++;
  int ahead = actor->calls - other->calls; // both are this group's
  if (ahead > scene->wanted) scene->wanted = ahead;
  atomic_fetch_sub(&scene->inside, 1);
  atomic_fetch_add(&scene->gone, 1);
  return whorl_guard_condition_trigger(actor->guard);
}

static void PAIN_02_two_members_of_a_group_take_turns_with_2_4_and_8_threads(void **state)
{
  (void)state;
  for (unsigned threads = 2; threads <= 8; threads *= 2) {
    scene_t scene;
    setup(&scene, threads);
    whorl_callback_group_t shared = make_group(&scene);
    make_actors(&scene, 2, take_a_turn, &shared);
    trigger_all(&scene, 2);
    start_spinning(&scene);
    await(&scene.gone, 100000 / FEWER);
    stop_spinning(&scene);
    assert_int_equal(atomic_load(&scene.most_inside), 1);
    assert_in_range(scene.wanted, 0, 1);
    teardown(&scene);
  }
}

// --- Suspended callbacks

static int sleep_a_little(uint64_t triggers, void *arg)
{
  actor_t *actor = arg;
  (void)triggers;
  pthread_t before = pthread_self();
  atomic_fetch_add(&actor->scene->inside, 1);
  while (!atomic_load(&actor->scene->open)) sched_yield(); // so each thread has one
  WHORL_TRY(whorl_sleep(1000));
  actor->calls = pthread_equal(before, pthread_self()) ? 1 : -1;
  atomic_fetch_add(&actor->scene->gone, 1);
  return WHORL_OK;
}

static void R42_a_callback_goes_on_on_the_thread_where_it_began(void **state)
{
  scene_t scene;
  (void)state;
  setup(&scene, 4);
  make_actors(&scene, 4, sleep_a_little, NULL);
  trigger_all(&scene, 4);
  start_spinning(&scene);
  await(&scene.inside, 4);
  atomic_store(&scene.open, true);
  await(&scene.gone, 4);
  stop_spinning(&scene);
  for (int i = 0; i < 4; i++) assert_int_equal(scene.actors[i].calls, 1);
  teardown(&scene);
}

static int sleep_for_ever(uint64_t triggers, void *arg)
{
  actor_t *actor = arg;
  (void)triggers;
  atomic_fetch_add(&actor->scene->inside, 1);
  actor->status = whorl_sleep(WHORL_FOREVER);
  atomic_fetch_add(&actor->scene->gone, 1);
  return actor->status;
}

static void S21_R43_a_cancel_ends_what_is_suspended_on_every_thread(void **state)
{
  scene_t scene;
  (void)state;
  for (int round = 0; round < 3; round++) { // also when the helpers have run before
    if (round == 0) {
      setup(&scene, 4);
      make_actors(&scene, MOST, sleep_for_ever, NULL);
    }
    trigger_all(&scene, MOST);
    start_spinning(&scene);
    await(&scene.inside, MOST * (round + 1));
    stop_spinning(&scene);
    assert_int_equal(atomic_load(&scene.gone), MOST * (round + 1));
    for (int i = 0; i < MOST; i++) assert_int_equal(scene.actors[i].status, WHORL_CANCELED);
  }
  teardown(&scene);
}

static void R41_destroying_an_entity_ends_its_callback_on_another_thread(void **state)
{
  scene_t scene;
  (void)state;
  setup(&scene, 4);
  make_actors(&scene, 4, sleep_for_ever, NULL);
  trigger_all(&scene, 4);
  start_spinning(&scene);
  await(&scene.inside, 4);
  for (int i = 0; i < 4; i++) {
    assert_int_equal(whorl_guard_condition_destroy(scene.actors[i].guard), WHORL_OK);
    assert_int_equal(atomic_load(&scene.gone), i + 1);
  }
  stop_spinning(&scene);
  teardown(&scene);
}

// --- How a spin ends

static void EXE_24_it_spins_until_the_last_callback_has_returned(void **state)
{
  scene_t scene;
  (void)state;
  setup(&scene, 4);
  make_actors(&scene, 4, wait_at_the_gate, NULL);
  trigger_all(&scene, 4);
  start_spinning(&scene);
  await(&scene.inside, 4);
  assert_int_equal(whorl_executor_cancel(scene.executor), WHORL_OK);
  for (int i = 0; i < 1000; i++) sched_yield();
  assert_true(whorl_executor_is_spinning(scene.executor));
  assert_int_equal(whorl_executor_spin(scene.executor), WHORL_BUSY);
  atomic_store(&scene.open, true);
  pthread_join(scene.spinner, NULL);
  assert_int_equal(atomic_load(&scene.gone), 4);
  assert_false(whorl_executor_is_spinning(scene.executor));
  teardown(&scene);
}

static int fail_beside_the_others(uint64_t triggers, void *arg)
{
  actor_t *actor = arg;
  (void)triggers;
  atomic_fetch_add(&actor->scene->inside, 1);
  while (!atomic_load(&actor->scene->open)) sched_yield();
  return actor == &actor->scene->actors[actor->scene->wanted] ? whorl_status_from_errno(ENODEV) : WHORL_OK;
}

static void an_error_on_any_thread_is_the_spins_result(void **state)
{
  (void)state;
  for (int which = 0; which < 4; which++) {
    scene_t scene;
    setup(&scene, 4);
    scene.wanted = which;
    make_actors(&scene, 4, fail_beside_the_others, NULL);
    trigger_all(&scene, 4);
    start_spinning(&scene);
    await(&scene.inside, 4);
    atomic_store(&scene.open, true);
    pthread_join(scene.spinner, NULL);
    assert_int_equal(atomic_load(&scene.status), WHORL_IO_ERROR);
    teardown(&scene);
  }
}

static int cancel_it(uint64_t triggers, void *arg)
{
  (void)triggers;
  actor_t *actor = arg;
  actor->calls++;
  return whorl_executor_cancel(actor->scene->executor);
}

static void EXE_05_spin_and_cancel_again_and_again_with_four_helpers(void **state)
{
  scene_t scene;
  (void)state;
  setup(&scene, 5);
  make_actors(&scene, 1, cancel_it, NULL);
  int spins = 10000 / FEWER;
  for (int i = 0; i < spins; i++) {
    trigger_all(&scene, 1);
    assert_int_equal(whorl_executor_spin(scene.executor), WHORL_OK);
  }
  assert_int_equal(scene.actors[0].calls, spins);
  assert_int_equal(whorl_executor_spin_some(scene.executor, 0), 0);
  teardown(&scene);
}

static int trigger_again(uint64_t triggers, void *arg)
{
  (void)triggers;
  return whorl_guard_condition_trigger(((actor_t *)arg)->guard);
}

static void *cancel_once_a_round(void *arg)
{
  scene_t *scene = arg;
  for (int round = 1; round <= scene->wanted; round++) {
    await(&scene->inside, round);
    assert_int_equal(whorl_executor_cancel(scene->executor), WHORL_OK);
  }
  return NULL;
}

// One cancel for each spin, before it, while it begins or while it runs: were one lost, its spin would not end.
static void PAIN_35_each_cancel_that_races_with_a_spin_of_four_threads_ends_one(void **state)
{
  scene_t scene;
  pthread_t canceler;
  (void)state;
  setup(&scene, 4);
  make_actors(&scene, 2, trigger_again, NULL);
  scene.wanted = 5000 / FEWER;
  trigger_all(&scene, 2);
  assert_int_equal(pthread_create(&canceler, NULL, cancel_once_a_round, &scene), 0);
  for (int round = 1; round <= scene.wanted; round++) {
    atomic_store(&scene.inside, round);
    assert_int_equal(whorl_executor_spin(scene.executor), WHORL_OK);
  }
  pthread_join(canceler, NULL);
  teardown(&scene);
}

static void EXE_01_destroying_it_ends_the_spin_of_another_thread(void **state)
{
  scene_t scene;
  (void)state;
  setup(&scene, 4);
  make_actors(&scene, MOST, sleep_for_ever, NULL);
  trigger_all(&scene, MOST);
  start_spinning(&scene);
  await(&scene.inside, MOST);
  assert_int_equal(whorl_executor_destroy(scene.executor), WHORL_OK);
  pthread_join(scene.spinner, NULL);
  assert_int_equal(atomic_load(&scene.gone), MOST);
  teardown(&scene);
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(EXE_37_so_many_callbacks_run_at_once_on_threads_of_their_own),
      cmocka_unit_test(EXE_37_zero_chooses_two_at_least_and_too_many_are_refused),
      cmocka_unit_test(PAIN_05_a_reentrant_group_runs_its_callbacks_side_by_side),
      cmocka_unit_test(ASK_03_a_callback_computes_on_all_threads),
      cmocka_unit_test(PAIN_02_two_members_of_a_group_take_turns_with_2_4_and_8_threads),
      cmocka_unit_test(R42_a_callback_goes_on_on_the_thread_where_it_began),
      cmocka_unit_test(S21_R43_a_cancel_ends_what_is_suspended_on_every_thread),
      cmocka_unit_test(R41_destroying_an_entity_ends_its_callback_on_another_thread),
      cmocka_unit_test(EXE_24_it_spins_until_the_last_callback_has_returned),
      cmocka_unit_test(an_error_on_any_thread_is_the_spins_result),
      cmocka_unit_test(EXE_05_spin_and_cancel_again_and_again_with_four_helpers),
      cmocka_unit_test(PAIN_35_each_cancel_that_races_with_a_spin_of_four_threads_ends_one),
      cmocka_unit_test(EXE_01_destroying_it_ends_the_spin_of_another_thread),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
