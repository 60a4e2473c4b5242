// Tasks that are spawned into a node.
#include "base/detail.h"
#include "node/fixture.h"

static int sleep_an_hour(void *arg)
{
  (void)arg;
  return whorl_sleep(WHORL_SECONDS(3600));
}

static int wait_an_hour(fixture_t *fixture) { return sleep_an_hour(fixture); }

static int sleep_a_second(fixture_t *fixture)
{
  (void)fixture;
  return whorl_sleep(WHORL_SECONDS(1));
}

static void count_release(void *arg) { ((fixture_t *)arg)->values[10]++; }

static int spawned_fails(void *arg)
{
  (void)arg;
  return whorl__fail(WHORL_WRONG_TYPE, "the spawned one failed");
}

static int spawn(fixture_t *fixture, whorl_task_function_t function)
{
  return whorl_node_spawn_with_options(fixture->node, function, fixture, &(whorl_task_options_t){.release = count_release}, NULL, "here");
}

static int spawn_failing(fixture_t *fixture)
{
  WHORL_TRY(spawn(fixture, spawned_fails));
  return wait_an_hour(fixture);
}

static void the_error_of_a_spawned_task_ends_the_node(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(fixture_with_open_node(fixture, spawn_failing), WHORL_WRONG_TYPE);
  assert_non_null(strstr(whorl_detail(), "the spawned one failed"));
  assert_int_equal(fixture->values[10], 1);
}

static int note_end(void *arg)
{
  fixture_t *fixture = arg;
  fixture->calls++;
  fixture->values[0] = whorl_sleep(WHORL_SECONDS(3600));
  return fixture->values[0];
}

static int spawn_and_leave(fixture_t *fixture)
{
  WHORL_TRY(spawn(fixture, note_end));
  return sleep_a_second(fixture);
}

static void a_spawned_task_ends_with_the_node(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(fixture_with_open_node(fixture, spawn_and_leave), WHORL_OK);
  assert_int_equal(fixture->values[0], WHORL_CANCELED);
  assert_int_equal(fixture->values[10], 1);
}

static int spawn_and_destroy(fixture_t *fixture)
{
  WHORL_TRY(spawn(fixture, note_end));
  WHORL_TRY(whorl_yield());
  assert_int_equal(fixture->calls, 1);
  WHORL_TRY(whorl_node_destroy(fixture->node));
  assert_int_equal(fixture->values[0], WHORL_CANCELED); // destroy has waited for it
  assert_int_equal(spawn(fixture, note_end), WHORL_DESTROYED);
  assert_int_equal(fixture->values[10], 2);
  return WHORL_OK;
}

static void destroy_waits_for_spawned_tasks_and_release_runs_once_in_every_outcome(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(spawn(fixture, note_end), WHORL_WRONG_STATE); // not open
  assert_int_equal(spawn(fixture, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(fixture->values[10], 2);
  fixture->values[10] = 0;
  assert_int_equal(fixture_with_open_node(fixture, spawn_and_destroy), WHORL_OK);
  assert_int_equal(fixture->values[10], 2);
}

static int spawn_cancelled_at_once(fixture_t *fixture)
{
  whorl_task_t task;
  WHORL_TRY(whorl_node_spawn_with_options(fixture->node, note_end, fixture,
                                          &(whorl_task_options_t){.release = count_release, .name = "doomed"}, &task, "here"));
  WHORL_TRY(whorl_task_cancel(task));
  WHORL_TRY(sleep_a_second(fixture));
  assert_int_equal(whorl_task_cancel(task), WHORL_DESTROYED);
  return WHORL_OK;
}

static void a_task_cancelled_before_its_start_never_runs_but_is_released(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(fixture_with_open_node(fixture, spawn_cancelled_at_once), WHORL_OK);
  assert_int_equal(fixture->calls, 0);
  assert_int_equal(fixture->values[10], 1);
}

static int destroy_from_spawned(void *arg)
{
  fixture_t *fixture = arg;
  fixture->calls++;
  return whorl_node_destroy(fixture->node);
}

static int spawn_a_destroyer(fixture_t *fixture)
{
  WHORL_TRY(spawn(fixture, destroy_from_spawned));
  return sleep_a_second(fixture);
}

static void a_spawned_task_may_destroy_its_own_node(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(fixture_with_open_node(fixture, spawn_a_destroyer), WHORL_OK);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_DESTROYED);
}

static void destroy_in_release(void *arg)
{
  fixture_t *fixture = arg;
  fixture->values[10]++;
  fixture->values[11] = whorl_node_destroy(fixture->node);
}

static int spawn_in_cancelled_scope(fixture_t *fixture)
{
  static const whorl_task_options_t options = {.release = destroy_in_release};
  assert_int_equal(whorl_sleep(WHORL_SECONDS(1)), WHORL_CANCELED); // the node has failed
  assert_int_equal(whorl_node_spawn_with_options(fixture->node, note_end, fixture, &options, NULL, "here"), WHORL_CANCELED);
  return WHORL_OK;
}

static int fail_at_once(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  return spawned_fails(arg);
}

static void the_release_of_a_refused_spawn_may_destroy_the_node(void **state)
{
  fixture_t *fixture = *state;
  static const whorl_task_options_t options = {.release = destroy_in_release};
  fixture_call_soon(fixture->node, fail_at_once, NULL);
  assert_int_equal(fixture_with_open_node(fixture, spawn_in_cancelled_scope), WHORL_WRONG_TYPE);
  assert_int_equal(fixture->values[10], 1);
  assert_int_equal(fixture->values[11], WHORL_OK);
  fixture->node = fixture_make_node(fixture, "another");
  assert_int_equal(whorl_node_spawn_with_options(fixture->node, note_end, fixture, &options, NULL, "here"), WHORL_WRONG_STATE); // not open
  assert_int_equal(fixture->values[10], 2);
  assert_int_equal(fixture->values[11], WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(the_error_of_a_spawned_task_ends_the_node),
      NODE_TEST(a_spawned_task_ends_with_the_node),
      NODE_TEST(destroy_waits_for_spawned_tasks_and_release_runs_once_in_every_outcome),
      NODE_TEST(a_task_cancelled_before_its_start_never_runs_but_is_released),
      NODE_TEST(a_spawned_task_may_destroy_its_own_node),
      NODE_TEST(the_release_of_a_refused_spawn_may_destroy_the_node),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
