// Changes of a node's parameters come one after the other, also while their callbacks wait, in virtual time; and are told in their order.
#include <stdio.h>

#include "parameter/parameter_fixture.h"

#define MS WHORL_MILLISECONDS

static struct {
  fixture_t *fixture;
  char trace[256];
  int status, other_status; // of what a callback tried, of the second one who sets
  int64_t takes_ns;         // the callback's wait
} now;

static int setup(void **state)
{
  memset(&now, 0, sizeof now);
  int status = fixture_setup(state);
  now.fixture = *state;
  now.takes_ns = MS(10);
  return status;
}

static void note(const char *words, int64_t value)
{
  size_t length = strlen(now.trace);
  snprintf(now.trace + length, sizeof now.trace - length, "%s%d ", words, (int)value);
}

static int wait_in_callback(const whorl_parameter_t *parameters, size_t count, char reason[WHORL_PARAMETER_REASON_SIZE], void *arg)
{
  int64_t value = 0;
  (void)count, (void)reason, (void)arg;
  note("asked", parameters[0].value.integer);
  WHORL_TRY(whorl_sleep(now.takes_ns));
  assert_int_equal(whorl_parameter_get_integer(now.fixture->node, "a", &value), WHORL_OK);
  note("was", value);
  now.status = whorl_parameter_set(now.fixture->node, "a", whorl_parameter_integer(99));
  return WHORL_OK;
}

static int set_one(void *arg)
{
  (void)arg;
  return now.other_status = whorl_parameter_set(now.fixture->node, "a", whorl_parameter_integer(1));
}

static int set_two(void *arg)
{
  (void)arg;
  return whorl_parameter_set(now.fixture->node, "a", whorl_parameter_integer(2));
}

static void add_waiting_callback(void **state)
{
  declare(node_of(state), "a", whorl_parameter_integer(0), NULL);
  assert_int_equal(whorl_parameter_on_set(node_of(state), wait_in_callback, NULL, NULL), WHORL_OK);
}

static int set_both(void *arg)
{
  whorl_task_group_t group;
  int64_t value = -1;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, set_one, arg);
  whorl_task_group_spawn(&group, set_two, arg);
  int status = whorl_sleep(MS(5));
  assert_int_equal(whorl_parameter_get_integer(now.fixture->node, "a", &value), WHORL_OK); // looking waits for nobody
  assert_int_equal(value, 0);
  return whorl_task_group_close(&group, status);
}

static void callbacks_may_wait_and_the_next_change_waits_its_turn(void **state)
{
  add_waiting_callback(state);
  int64_t before = whorl_simulation_now_ns(now.fixture->world);
  assert_int_equal(whorl_simulation_run(now.fixture->world, set_both, NULL), WHORL_OK);
  assert_string_equal(now.trace, "asked1 was0 asked2 was1 ");
  assert_int_equal(whorl_simulation_now_ns(now.fixture->world) - before, MS(20));
  assert_int_equal(now.status, WHORL_WRONG_STATE); // also after it has waited
  should_be(now.fixture->node, "a", whorl_parameter_integer(2));
}

static int give_up_waiting(void *arg)
{
  whorl_task_group_t group;
  whorl_timeout_t limit;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, set_one, arg);
  int status = whorl_sleep(MS(1));
  whorl_timeout_open(&limit, MS(3));
  assert_int_equal(whorl_timeout_close(&limit, set_two(arg)), WHORL_TIMED_OUT);
  assert_string_equal(now.trace, "asked1 "); // its turn had not come
  return whorl_task_group_close(&group, status);
}

static void who_waits_may_be_cancelled(void **state)
{
  add_waiting_callback(state);
  assert_int_equal(whorl_simulation_run(now.fixture->world, give_up_waiting, NULL), WHORL_OK);
  should_be(now.fixture->node, "a", whorl_parameter_integer(1));
  assert_int_equal(whorl_simulation_run(now.fixture->world, set_two, NULL), WHORL_OK); // nothing is stuck
}

static int cancel_callback(void *arg)
{
  whorl_timeout_t limit;
  whorl_timeout_open(&limit, MS(3));
  (void)set_one(arg);
  return whorl_timeout_close(&limit, WHORL_OK);
}

static void a_callback_that_is_cancelled_is_no_refusal(void **state)
{
  add_waiting_callback(state);
  (void)whorl_simulation_run(now.fixture->world, cancel_callback, NULL);
  assert_int_equal(now.other_status, WHORL_CANCELED);
  should_be(now.fixture->node, "a", whorl_parameter_integer(0));
}

static void set_in_release(void *arg)
{
  (void)arg;
  now.status = whorl_parameter_set(now.fixture->node, "a", whorl_parameter_integer(7));
  snprintf(now.trace, sizeof now.trace, "%s", whorl_detail());
}

static int nothing(void *arg)
{
  (void)arg;
  return WHORL_OK;
}

static int release_meanwhile(void *arg)
{
  const whorl_task_options_t options = {.release = set_in_release};
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, set_one, arg);
  int status = whorl_sleep(MS(1));
  whorl_task_group_spawn_with_options(&group, nothing, arg, &options, NULL, WHORL_PLACE);
  if (status == WHORL_OK) status = whorl_sleep(MS(1));
  assert_int_equal(now.status, WHORL_WOULD_DEADLOCK);
  assert_non_null(strstr(now.trace, "a change of parameters"));
  return whorl_task_group_close(&group, status);
}

static void where_nothing_may_wait_it_is_refused(void **state)
{
  add_waiting_callback(state);
  assert_int_equal(whorl_simulation_run(now.fixture->world, release_meanwhile, NULL), WHORL_OK);
  should_be(now.fixture->node, "a", whorl_parameter_integer(1));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(callbacks_may_wait_and_the_next_change_waits_its_turn, setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(who_waits_may_be_cancelled, setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(where_nothing_may_wait_it_is_refused, setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(a_callback_that_is_cancelled_is_no_refusal, setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
