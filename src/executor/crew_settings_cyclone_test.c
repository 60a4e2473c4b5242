// How the threads of a multi-threaded executor run: policy and CPUs as its options say, and what the system refuses.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "node/fixture.h"

typedef struct scene {
  whorl_context_t context;
  whorl_node_t node;
  whorl_executor_t executor;
  pthread_t spinner;
  atomic_int inside, policy, cpus;
} scene_t;

static unsigned first_cpu(void)
{
  cpu_set_t cpus;
  unsigned cpu = 0;
  assert_int_equal(sched_getaffinity(0, sizeof cpus, &cpus), 0);
  while (!CPU_ISSET(cpu, &cpus)) cpu++;
  return cpu;
}

// Two of them block until both are there, so one is on the helper.
static int look(uint64_t triggers, void *arg)
{
  scene_t *scene = arg;
  cpu_set_t cpus;
  (void)triggers;
  atomic_fetch_add(&scene->inside, 1);
  while (atomic_load(&scene->inside) < 2) sched_yield();
  if (pthread_equal(pthread_self(), scene->spinner)) return WHORL_OK;
  if (sched_getaffinity(0, sizeof cpus, &cpus) == 0) atomic_store(&scene->cpus, CPU_COUNT(&cpus));
  atomic_store(&scene->policy, sched_getscheduler(0));
  return whorl_executor_cancel(scene->executor);
}

static void make(scene_t *scene, const whorl_executor_thread_t *settings)
{
  const whorl_executor_options_t options = {.threads = 2, .thread_settings = settings, .thread_settings_count = 1};
  memset(scene, 0, sizeof *scene);
  scene->spinner = pthread_self();
  assert_int_equal(whorl_context_create(0, NULL, NULL, &scene->context), WHORL_OK);
  assert_int_equal(whorl_node_create(scene->context, "tested", NULL, &scene->node), WHORL_OK);
  assert_int_equal(whorl_executor_create(scene->context, WHORL_EXECUTOR_MULTI_THREADED, &options, &scene->executor), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(scene->executor, scene->node), WHORL_OK);
}

static void trigger_two(scene_t *scene)
{
  for (int i = 0; i < 2; i++) {
    whorl_guard_condition_t guard;
    whorl_guard_condition_options_t options = {0};
    assert_int_equal(whorl_callback_group_create(scene->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &options.callback_group), WHORL_OK);
    assert_int_equal(whorl_guard_condition_create(scene->node, look, scene, &options, &guard), WHORL_OK);
    assert_int_equal(whorl_guard_condition_trigger(guard), WHORL_OK);
  }
}

static void ASK_07_a_thread_has_the_policy_and_cpus_of_its_settings(void **state)
{
  scene_t scene;
  (void)state;
  make(&scene, &(whorl_executor_thread_t){.policy = SCHED_BATCH, .scheduled = true, .cpus = UINT64_C(1) << first_cpu()});
  trigger_two(&scene);
  assert_int_equal(whorl_executor_spin(scene.executor), WHORL_OK);
  assert_int_equal(atomic_load(&scene.policy), SCHED_BATCH);
  assert_int_equal(atomic_load(&scene.cpus), 1);
  assert_int_equal(whorl_context_destroy(scene.context, WHORL_OK), WHORL_OK);
}

static void what_the_system_refuses_fails_the_spin(void **state)
{
  scene_t scene;
  (void)state;
  make(&scene, &(whorl_executor_thread_t){.policy = SCHED_FIFO, .priority = 1000, .scheduled = true});
  assert_int_equal(whorl_executor_spin(scene.executor), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "thread 1 of an executor cannot have policy 1 with priority 1000: Invalid argument");
  assert_false(whorl_executor_is_spinning(scene.executor));
  assert_int_equal(whorl_context_destroy(scene.context, WHORL_OK), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ASK_07_a_thread_has_the_policy_and_cpus_of_its_settings),
      cmocka_unit_test(what_the_system_refuses_fails_the_spin),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
