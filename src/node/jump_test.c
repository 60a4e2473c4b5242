// Jump handlers: what they are told, from which thresholds on, and their end. In virtual time.
#include "node/clock_fixture.h"

static int on_jump(const whorl_jump_info_t *info, void *arg)
{
  static const char *const changes[] = {"jump", "to simulated", "to system"};
  fixture_t *fixture = arg;
  fixture->calls++;
  if (info->change == WHORL_CHANGE_JUMP)
    note("%g>%gx%llu", (double)info->before_ns / 1e9, (double)info->now_ns / 1e9, (unsigned long long)info->count);
  else
    note("%s", changes[info->change]);
  return WHORL_OK;
}

static whorl_jump_handler_t watch(fixture_t *fixture, const whorl_jump_options_t *options)
{
  whorl_jump_handler_t handler = {0};
  CHECK_INT(WHORL_OK, whorl_jump_handler_create(fixture->node, options, on_jump, fixture, &handler));
  return handler;
}

static int jump_about(fixture_t *fixture)
{
  (void)fixture;
  clock_says(10);
  clock_says(10.5);
  clock_says(12.5);
  clock_says(12.25);
  clock_says(12.25);
  clock_says(9);
  clock_says(10.999);
  return WHORL_OK;
}

static void thresholds_say_which_jumps_are_told(void **state)
{
  const whorl_jump_options_t big = {.min_forward_ns = WHORL_SECONDS(2), .min_backward_ns = WHORL_SECONDS(1)};
  watch(*state, &big);
  assert_int_equal(fixture_with_open_node(*state, jump_about), WHORL_OK);
  assert_trace("0>10x1 10.5>12.5x1 12.25>9x1"); // the first tick is a jump from 0, as for rclcpp
}

static void any_tick_is_a_jump_of_a_nanosecond(void **state)
{
  watch(*state, &(whorl_jump_options_t){.min_forward_ns = 1});
  watch(*state, &(whorl_jump_options_t){.min_backward_ns = WHORL_SECONDS(3)}); // sets no limit for the other
  assert_int_equal(fixture_with_open_node(*state, jump_about), WHORL_OK);
  assert_trace("0>10x1 10>10.5x1 10.5>12.5x1 12.25>9x1 9>10.999x1");
}

static int switch_there_and_back(fixture_t *fixture)
{
  CHECK_INT(WHORL_OK, whorl_node_set_use_sim_time(fixture->node, true));
  clock_says(5);
  CHECK_INT(WHORL_OK, whorl_node_set_use_sim_time(fixture->node, true)); // it does already
  clock_says(6);
  CHECK_INT(WHORL_OK, whorl_node_set_use_sim_time(fixture->node, false));
  clock_says(7);
  return WHORL_OK;
}

static void a_change_of_source_is_told_to_those_who_ask_for_it(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t neighbour = fixture_make_node(fixture, "neighbour");
  assert_int_equal(whorl_jump_handler_create(neighbour, &(whorl_jump_options_t){.on_source_change = true}, on_jump, fixture, NULL),
                   WHORL_OK);
  watch(fixture, &(whorl_jump_options_t){.on_source_change = true});
  watch(fixture, &(whorl_jump_options_t){.min_forward_ns = WHORL_SECONDS(100)});
  assert_int_equal(fixture_with_open_node(fixture, switch_there_and_back), WHORL_OK);
  assert_trace("to simulated to system");
}

static int slow_on_jump(const whorl_jump_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  WHORL_TRY(on_jump(info, arg));
  return fixture->calls == 1 ? whorl_event_wait(fixture->event) : WHORL_OK;
}

static int jump_while_it_runs(fixture_t *fixture)
{
  for (int i = 1; i <= 4; i++) clock_says(i);
  CHECK_INT(WHORL_OK, whorl_event_set(fixture->event));
  wall_passes(0.01);
  return WHORL_OK;
}

static void jumps_that_come_meanwhile_are_told_together(void **state)
{
  fixture_t *fixture = *state;
  const whorl_jump_options_t any = {.min_forward_ns = 1};
  assert_int_equal(whorl_jump_handler_create(fixture->node, &any, slow_on_jump, fixture, NULL), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, jump_while_it_runs), WHORL_OK);
  assert_trace("0>1x1 1>4x3");
}

static int destroy_between(fixture_t *fixture)
{
  whorl_jump_handler_t handler = watch(fixture, &(whorl_jump_options_t){.min_forward_ns = 1});
  clock_says(1);
  CHECK_INT(WHORL_OK, whorl_jump_handler_destroy(handler));
  CHECK_INT(WHORL_DESTROYED, whorl_jump_handler_destroy(handler));
  clock_says(2);
  watch(fixture, &(whorl_jump_options_t){.min_forward_ns = 1});
  CHECK_INT(WHORL_OK, whorl_node_destroy(fixture->node));
  clock_says(3);
  return WHORL_OK;
}

static void no_call_after_its_end(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, destroy_between), WHORL_OK);
  assert_trace("0>1x1");
}

static int failing(const whorl_jump_info_t *info, void *arg)
{
  (void)info, (void)arg;
  return WHORL_IO_ERROR;
}

static int one_tick(fixture_t *fixture)
{
  (void)fixture;
  rosgraph_msgs__msg__Clock message = {.clock = {.sec = 1}};
  CHECK_INT(WHORL_OK, whorl_publish(clock_publisher, &message));
  return whorl_sleep(WHORL_SECONDS(1));
}

static void an_error_ends_the_node(void **state)
{
  fixture_t *fixture = *state;
  const whorl_jump_options_t any = {.min_forward_ns = 1};
  assert_int_equal(whorl_jump_handler_create(fixture->node, &any, failing, NULL, NULL), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, one_tick), WHORL_IO_ERROR);
}

static void what_cannot_be_is_refused(void **state)
{
  fixture_t *fixture = *state;
  whorl_jump_handler_t handler = {77};
  const whorl_jump_options_t any = {.min_forward_ns = 1}, none = {.min_forward_ns = 0},
                             negative = {.min_forward_ns = 1, .min_backward_ns = -1};
  assert_int_equal(whorl_jump_handler_create(fixture->node, &any, NULL, NULL, &handler), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_jump_handler_create(fixture->node, &none, on_jump, NULL, &handler), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_jump_handler_create(fixture->node, NULL, on_jump, NULL, &handler), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_jump_handler_create(fixture->node, &negative, on_jump, NULL, &handler), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_jump_handler_create((whorl_node_t){0}, &any, on_jump, NULL, &handler), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_jump_handler_destroy((whorl_jump_handler_t){0}), WHORL_INVALID_HANDLE);
  assert_int_equal(handler.id, 77);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SIM_TIME_TEST(thresholds_say_which_jumps_are_told),
      SIM_TIME_TEST(any_tick_is_a_jump_of_a_nanosecond),
      CLOCK_TEST(a_change_of_source_is_told_to_those_who_ask_for_it),
      SIM_TIME_TEST(jumps_that_come_meanwhile_are_told_together),
      SIM_TIME_TEST(no_call_after_its_end),
      SIM_TIME_TEST(an_error_ends_the_node),
      CLOCK_TEST(what_cannot_be_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
