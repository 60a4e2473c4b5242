// The table of bad arguments, continued: loop.h, task.h, simulation.h and message.h, and calls from the wrong thread.
#include <pthread.h>

#include "node/rows.h"

static int task(void *arg)
{
  (void)arg;
  return WHORL_OK;
}

static int released;
static void count_release(void *arg)
{
  (void)arg;
  released++;
}

// --- loop.h

static void loops(void **state)
{
  whorl_loop_t loop;
  (void)state;
  ROW(INVALID_ARGUMENT, "ret_loop", whorl_loop_create(NULL, NULL));
  EACH_OF_NOTHING(id)
  {
    loop.id = id;
    released = 0;
    ROW(INVALID_HANDLE, "loop", whorl_loop_run(loop, task, NULL));
    ROW(CLOSED, "loop", whorl_loop_post(loop, count_release, NULL, count_release));
    assert_int_equal(released, 1); // only the release ran
    ROW(INVALID_HANDLE, "loop", whorl_loop_cancel(loop));
    ROW(INVALID_HANDLE, "loop", whorl_loop_destroy(loop));
  }
  assert_int_equal(whorl_loop_create(NULL, &loop), WHORL_OK);
  ROW(INVALID_ARGUMENT, "function", whorl_loop_run(loop, NULL, NULL));
  ROW(INVALID_ARGUMENT, "function", whorl_loop_post(loop, NULL, NULL, NULL));
  assert_int_equal(whorl_loop_destroy(loop), WHORL_OK);
  ROW(DESTROYED, "loop", whorl_loop_run(loop, task, NULL));
  ROW(DESTROYED, "loop", whorl_loop_cancel(loop));
  ROW(DESTROYED, "loop", whorl_loop_destroy(loop));
  ROW(CLOSED, "loop", whorl_loop_post(loop, count_release, NULL, NULL));
}

// --- task.h

static void tasks_outside_tasks(void **state)
{
  whorl_task_group_t group;
  (void)state;
  ROW(NOT_IN_TASK, "task", whorl_yield());
  whorl_task_group_open(&group);
  released = 0;
  ROW(NOT_IN_TASK, "outside tasks",
      whorl_task_group_spawn_with_options(&group, task, NULL, &(whorl_task_options_t){.release = count_release}, NULL, "here"));
  assert_int_equal(released, 1);
  whorl_task_group_cancel(&group);
  ROW(NOT_IN_TASK, "task", whorl_task_group_close(&group, WHORL_OK));
  assert_false(whorl_canceled());
  assert_string_equal(whorl_task_name(), "");
}

static void events_futures_and_tasks_of_nothing(void **state)
{
  (void)state;
  ROW(INVALID_ARGUMENT, "ret_event", whorl_event_create(NULL, NULL));
  ROW(INVALID_ARGUMENT, "ret_future", whorl_future_create(NULL, NULL));
  EACH_OF_NOTHING(id)
  {
    ROW(INVALID_HANDLE, "task", whorl_task_cancel((whorl_task_t){id}));
    ROW(INVALID_HANDLE, "event", whorl_event_set((whorl_event_t){id}));
    ROW(INVALID_HANDLE, "event", whorl_event_reset((whorl_event_t){id}));
    ROW(INVALID_HANDLE, "event", whorl_event_destroy((whorl_event_t){id}));
    ROW(NOT_IN_TASK, "task", whorl_event_wait((whorl_event_t){id}));
    assert_false(whorl_event_is_set((whorl_event_t){id}));
    ROW(INVALID_HANDLE, "future", whorl_future_complete((whorl_future_t){id}, WHORL_OK, NULL));
    ROW(INVALID_HANDLE, "future", whorl_future_abandon((whorl_future_t){id}));
    ROW(INVALID_HANDLE, "future", whorl_future_destroy((whorl_future_t){id}));
    (void)whorl_sleep(0); // what this thread waits with stays with it (R35)
    ROW(INVALID_HANDLE, "future", whorl_future_wait((whorl_future_t){id}, NULL));
    assert_false(whorl_future_is_complete((whorl_future_t){id}));
  }
}

// --- simulation.h

static void simulations(void **state)
{
  fixture_t *fixture = *state;
  whorl_context_t context = {77};
  ROW(INVALID_ARGUMENT, "ret_simulation", whorl_simulation_create(1, NULL));
  EACH_OF_NOTHING(id)
  {
    whorl_simulation_t world = {id};
    ROW(INVALID_HANDLE, "simulation", whorl_simulation_destroy(world));
    ROW(INVALID_HANDLE, "simulation", whorl_simulation_run_for(world, 1));
    ROW(INVALID_HANDLE, "simulation", whorl_simulation_run(world, task, NULL));
    ROW(INVALID_HANDLE, "simulation", whorl_simulation_create_context(world, &context));
    assert_int_equal(whorl_simulation_context(world).id, 0);
    assert_int_equal(whorl_simulation_now_ns(world), 0);
  }
  ROW(INVALID_ARGUMENT, "negative", whorl_simulation_run_for(fixture->world, -1));
  ROW(INVALID_ARGUMENT, "function", whorl_simulation_run(fixture->world, NULL, NULL));
  ROW(INVALID_ARGUMENT, "ret_context", whorl_simulation_create_context(fixture->world, NULL));
  assert_int_equal(context.id, 77);
}

// --- message.h

static void messages(void **state)
{
  _Alignas(64) unsigned char own[256] = {0};
  (void)state;
  assert_null(whorl_message_keep(NULL));
  assert_non_null(strstr(whorl_detail(), "callback"));
  for (size_t offset = 64; offset < 128; offset++) assert_null(whorl_message_keep(own + offset));
  whorl_message_release(NULL);
  assert_non_null(strstr(whorl_detail(), "kept"));
  whorl_message_release(own + 96);
}

// --- The wrong thread

static void *spawn_from_elsewhere(void *arg)
{
  fixture_t *fixture = arg;
  fixture->values[0] = whorl_node_spawn_with_options(fixture->node, task, NULL, &(whorl_task_options_t){.release = count_release}, NULL,
                                                     "here");
  fixture->values[1] = strstr(whorl_detail(), "thread") != NULL;
  return NULL;
}

static int open_and_spawn_from_elsewhere(void *arg)
{
  fixture_t *fixture = arg;
  pthread_t thread;
  WHORL_TRY(whorl_node_open(fixture->node));
  pthread_create(&thread, NULL, spawn_from_elsewhere, fixture);
  pthread_join(thread, NULL);
  return whorl_node_close(fixture->node, WHORL_OK);
}

static void spawning_from_another_thread_than_the_drivers(void **state)
{
  fixture_t *fixture = *state;
  whorl_loop_t loop;
  released = 0;
  assert_int_equal(whorl_loop_create(NULL, &loop), WHORL_OK);
  assert_int_equal(whorl_loop_run(loop, open_and_spawn_from_elsewhere, fixture), WHORL_OK);
  assert_int_equal(fixture->values[0], WHORL_WRONG_THREAD);
  assert_int_equal(fixture->values[1], true);
  assert_int_equal(released, 1);
  assert_int_equal(whorl_loop_destroy(loop), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loops),
      cmocka_unit_test(tasks_outside_tasks),
      cmocka_unit_test(events_futures_and_tasks_of_nothing),
      NODE_TEST(simulations),
      cmocka_unit_test(messages),
      NODE_TEST(spawning_from_another_thread_than_the_drivers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
