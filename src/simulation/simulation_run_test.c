// How a world runs: until nothing is left, and who is named when that is because tasks wait.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <std_msgs/msg/int32.h>
#include <whorl/whorl.h>

#define INT32 WHORL_MESSAGE(std_msgs, msg, Int32)
#define MS WHORL_MILLISECONDS

typedef struct world {
  whorl_simulation_t simulation;
  whorl_node_t node;
  whorl_publisher_t publisher;
  whorl_event_t event;
  int heard;
} world_t;

static int count_down(const void *message, const whorl_message_info_t *info, void *arg)
{
  world_t *world = arg;
  std_msgs__msg__Int32 next = {.data = ((const std_msgs__msg__Int32 *)message)->data - 1};
  (void)info;
  world->heard++;
  return next.data < 0 ? WHORL_OK : whorl_publish(world->publisher, &next);
}

static void make_world(world_t *world, whorl_message_callback_t callback, const whorl_qos_t *qos)
{
  *world = (world_t){.heard = 0};
  assert_int_equal(whorl_simulation_create(7, &world->simulation), WHORL_OK);
  assert_int_equal(whorl_simulation_set_network(world->simulation, &(whorl_simulation_network_t){.link = {.delay_ns = MS(5)}}), WHORL_OK);
  assert_int_equal(whorl_event_create(NULL, &world->event), WHORL_OK);
  assert_int_equal(whorl_node_create(whorl_simulation_context(world->simulation), "watcher", NULL, &world->node), WHORL_OK);
  assert_int_equal(whorl_publisher_create(world->node, INT32, "numbers", &(whorl_publisher_options_t){.qos = qos}, &world->publisher),
                   WHORL_OK);
  assert_int_equal(
      whorl_subscription_create(world->node, INT32, "numbers", callback, world, &(whorl_subscription_options_t){.qos = qos}, NULL),
      WHORL_OK);
}

static void end_world(world_t *world)
{
  assert_int_equal(whorl_simulation_destroy(world->simulation), WHORL_OK);
  (void)whorl_event_destroy(world->event);
}

static void publish(world_t *world, int number)
{
  assert_int_equal(whorl_publish(world->publisher, &(std_msgs__msg__Int32){.data = number}), WHORL_OK);
}

static void an_idle_subscription_is_nothing_to_do(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, count_down, NULL);
  assert_int_equal(whorl_simulation_run_until_idle(world.simulation, WHORL_FOREVER), WHORL_OK);
  assert_int_equal(whorl_simulation_now_ns(world.simulation), 0);
  end_world(&world);
}

static void the_clock_stands_where_the_last_thing_happened(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, count_down, NULL);
  publish(&world, 9);
  assert_int_equal(whorl_simulation_run_until_idle(world.simulation, WHORL_FOREVER), WHORL_OK);
  assert_int_equal(world.heard, 10);
  assert_int_equal(whorl_simulation_now_ns(world.simulation), MS(50));
  end_world(&world);
}

static int tick(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ((world_t *)arg)->heard++;
  return WHORL_OK;
}

static void a_timer_is_never_idle(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, count_down, NULL);
  assert_int_equal(whorl_timer_create(world.node, MS(100), tick, &world, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_simulation_run_until_idle(world.simulation, WHORL_SECONDS(1)), WHORL_TIMED_OUT);
  assert_int_equal(world.heard, 10);
  assert_int_equal(whorl_simulation_now_ns(world.simulation), WHORL_SECONDS(1));
  assert_int_equal(whorl_simulation_run_until_idle(world.simulation, -1), WHORL_INVALID_ARGUMENT);
  end_world(&world);
}

static void a_deadline_that_goes_on_being_missed_is_idle(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, count_down, &(whorl_qos_t){.deadline_ns = MS(100)});
  publish(&world, 0);
  assert_int_equal(whorl_simulation_run_until_idle(world.simulation, WHORL_FOREVER), WHORL_OK);
  assert_int_equal(whorl_simulation_now_ns(world.simulation), MS(105)); // missed once, by the subscription
  end_world(&world);
}

static int wait_for_the_event(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info;
  return whorl_event_wait(((world_t *)arg)->event);
}

static void a_callback_that_waits_for_ever_is_named(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, wait_for_the_event, NULL);
  publish(&world, 1);
  assert_int_equal(whorl_simulation_run_until_idle(world.simulation, WHORL_FOREVER), WHORL_DEADLOCK);
  assert_non_null(strstr(whorl_detail(), "1 wait: "));
  assert_non_null(strstr(whorl_detail(), "/numbers"));
  assert_non_null(strstr(whorl_detail(), " for event 'simulation_run_test.c:"));
  whorl_event_set(world.event); // it waited for the test after all
  assert_int_equal(whorl_simulation_run_until_idle(world.simulation, WHORL_FOREVER), WHORL_OK);
  end_world(&world);
}

typedef struct crossed {
  whorl_node_t node;
  whorl_timer_t timer;
  whorl_event_t events[2];
} crossed_t;

static int left(void *arg)
{
  crossed_t *crossed = arg;
  WHORL_TRY(whorl_event_wait(crossed->events[0]));
  return whorl_event_set(crossed->events[1]);
}

static int right(void *arg)
{
  crossed_t *crossed = arg;
  WHORL_TRY(whorl_event_wait(crossed->events[1]));
  return whorl_event_set(crossed->events[0]);
}

static int run_both(void *arg)
{
  whorl_task_group_t group;
  whorl_task_group_open_with_options(&group, &(whorl_task_group_options_t){.name = "both"}, "here");
  whorl_task_group_spawn_with_options(&group, left, arg, &(whorl_task_options_t){.name = "left"}, NULL, "here");
  whorl_task_group_spawn_with_options(&group, right, arg, &(whorl_task_options_t){.name = "right"}, NULL, "here");
  return whorl_task_group_close(&group, WHORL_OK);
}

static char report[8192];

static void write_down(const char *line, void *arg) { strcat(strcat(arg, line), "\n"); }

static void make_events(crossed_t *crossed)
{
  static const char *const names[] = {"first", "second"};
  for (int i = 0; i < 2; i++)
    assert_int_equal(whorl_event_create_from("here", &(whorl_event_options_t){.name = names[i]}, &crossed->events[i]), WHORL_OK);
}

static void tasks_that_wait_for_each_other_are_named(void **state)
{
  (void)state;
  whorl_simulation_t simulation;
  crossed_t crossed;
  assert_int_equal(whorl_simulation_create(7, &simulation), WHORL_OK);
  make_events(&crossed);
  report[0] = '\0';
  assert_int_equal(whorl_simulation_set_deadlock_sink(simulation, write_down, report), WHORL_OK);
  assert_int_equal(whorl_simulation_run(simulation, run_both, &crossed), WHORL_DEADLOCK);
  assert_string_equal(whorl_detail(), "nothing can move any more, and 3 wait: 'main' for close of group 'both', 'left' for event 'first', "
                                      "'right' for event 'second'");
  assert_non_null(strstr(report, "'main' -> #2 'left', #3 'right': close of group 'both'\n")); // as it was before the cancel
  for (int i = 0; i < 2; i++) whorl_event_destroy(crossed.events[i]);
  assert_int_equal(whorl_simulation_destroy(simulation), WHORL_OK);
}

static int third(void *arg) { return whorl_event_wait(((crossed_t *)arg)->events[1]); }

static int spawn_three(const whorl_timer_info_t *info, void *arg)
{
  static const whorl_task_function_t functions[] = {left, right, third};
  static const char *const names[] = {"A", "B", "C"};
  crossed_t *crossed = arg;
  (void)info;
  for (int i = 0; i < 3; i++)
    WHORL_TRY(whorl_node_spawn_with_options(crossed->node, functions[i], arg, &(whorl_task_options_t){.name = names[i]}, NULL, "here"));
  return whorl_timer_destroy(crossed->timer);
}

// A and B wait for each other's event, C for A's; an idle subscription exists.
static void S25_a_dead_lock_names_three_tasks_and_two_events(void **state)
{
  (void)state;
  world_t world;
  crossed_t crossed;
  make_world(&world, count_down, NULL);
  make_events(&crossed);
  crossed.node = world.node;
  report[0] = '\0';
  assert_int_equal(whorl_simulation_set_deadlock_sink(world.simulation, write_down, report), WHORL_OK);
  assert_int_equal(whorl_simulation_run_until_idle(world.simulation, WHORL_FOREVER), WHORL_OK); // the subscription alone is no dead-lock
  assert_string_equal(report, "");
  assert_int_equal(whorl_timer_create(world.node, MS(100), spawn_three, &crossed, NULL, &crossed.timer), WHORL_OK);
  assert_int_equal(whorl_simulation_run_until_idle(world.simulation, WHORL_FOREVER), WHORL_DEADLOCK);
  assert_string_equal(whorl_detail(),
                      "nothing can move any more, and 3 wait: 'A' for event 'first', 'B' for event 'second', 'C' for event 'second'");
  const char *graph = strstr(report, "who waits for whom:\n");
  assert_non_null(graph);
  assert_non_null(strstr(graph, " 'A' -> anybody: event 'first'\n"));
  assert_non_null(strstr(graph, " 'B' -> anybody: event 'second'\n"));
  assert_non_null(strstr(graph, " 'C' -> anybody: event 'second'\n"));
  char at_the_end[sizeof report] = "";
  assert_int_equal(whorl_simulation_dump(world.simulation, write_down, at_the_end), WHORL_OK);
  assert_string_equal(at_the_end, report); // nothing has moved
  for (int i = 0; i < 2; i++) whorl_event_set(crossed.events[i]);
  assert_int_equal(whorl_simulation_run_until_idle(world.simulation, WHORL_FOREVER), WHORL_OK);
  end_world(&world);
  for (int i = 0; i < 2; i++) whorl_event_destroy(crossed.events[i]);
}

static void a_dump_wants_a_sink_and_a_simulation(void **state)
{
  (void)state;
  whorl_simulation_t simulation;
  assert_int_equal(whorl_simulation_create(7, &simulation), WHORL_OK);
  assert_int_equal(whorl_simulation_dump(simulation, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_simulation_destroy(simulation), WHORL_OK);
  assert_int_equal(whorl_simulation_dump(simulation, write_down, report), WHORL_DESTROYED);
  assert_int_equal(whorl_simulation_set_deadlock_sink(simulation, write_down, report), WHORL_DESTROYED);
}

static int run_many(void *arg)
{
  whorl_task_group_t group;
  whorl_task_group_open_with_options(&group, &(whorl_task_group_options_t){.name = "many"}, "here");
  for (int i = 0; i < 50; i++) whorl_task_group_spawn(&group, left, arg);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void of_many_some_are_named_and_the_rest_is_counted(void **state)
{
  (void)state;
  whorl_simulation_t simulation;
  crossed_t crossed;
  assert_int_equal(whorl_simulation_create(7, &simulation), WHORL_OK);
  make_events(&crossed);
  assert_int_equal(whorl_simulation_run(simulation, run_many, &crossed), WHORL_DEADLOCK);
  assert_non_null(strstr(whorl_detail(), "51 wait: 'main' for close of group 'many', "));
  assert_non_null(strstr(whorl_detail(), " more"));
  for (int i = 0; i < 2; i++) whorl_event_destroy(crossed.events[i]);
  assert_int_equal(whorl_simulation_destroy(simulation), WHORL_OK);
}

static int break_down(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_IO_ERROR;
}

static void an_error_comes_before_everything_else(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, break_down, NULL);
  publish(&world, 1);
  assert_int_equal(whorl_simulation_run_until_idle(world.simulation, WHORL_FOREVER), WHORL_IO_ERROR);
  assert_int_equal(whorl_simulation_run_until_idle(world.simulation, WHORL_FOREVER), WHORL_OK);
  end_world(&world);
}

static int run_inside(void *arg) { return whorl_simulation_run_until_idle(((world_t *)arg)->simulation, WHORL_FOREVER); }

static void a_world_does_not_wait_for_itself(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, count_down, NULL);
  assert_int_equal(whorl_simulation_run(world.simulation, run_inside, &world), WHORL_BUSY);
  end_world(&world);
  assert_int_equal(whorl_simulation_run_until_idle(world.simulation, WHORL_FOREVER), WHORL_DESTROYED);
}

// Every run is longer than a nanosecond of real time; how long is not judged.
static void note_busy_task(const char *task, int64_t length_ns, void *arg)
{
  if (strcmp(task, "main") == 0 && length_ns > 1) ++*(int *)arg;
}

static int sleep_an_hour(void *arg)
{
  (void)arg;
  return whorl_sleep(WHORL_SECONDS(3600));
}

static int set_limit_inside(void *arg) { return whorl_simulation_report_busy(((world_t *)arg)->simulation, 1, note_busy_task, NULL); }

static void R34_busy_tasks_are_told_when_asked_for(void **state)
{
  (void)state;
  world_t world;
  int told = 0;
  make_world(&world, count_down, NULL);
  assert_int_equal(whorl_simulation_run(world.simulation, sleep_an_hour, NULL), WHORL_OK); // off at first
  assert_int_equal(whorl_simulation_report_busy(world.simulation, 1, note_busy_task, &told), WHORL_OK);
  assert_int_equal(whorl_simulation_run(world.simulation, sleep_an_hour, NULL), WHORL_OK);
  assert_int_equal(told, 2); // runs; the hour is none
  assert_int_equal(whorl_simulation_report_busy(world.simulation, WHORL_FOREVER, note_busy_task, &told), WHORL_OK);
  assert_int_equal(whorl_simulation_run(world.simulation, sleep_an_hour, NULL), WHORL_OK);
  assert_int_equal(told, 2);
  assert_int_equal(whorl_simulation_report_busy(world.simulation, -1, note_busy_task, &told), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_simulation_run(world.simulation, set_limit_inside, &world), WHORL_BUSY);
  end_world(&world);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_idle_subscription_is_nothing_to_do),
      cmocka_unit_test(the_clock_stands_where_the_last_thing_happened),
      cmocka_unit_test(a_timer_is_never_idle),
      cmocka_unit_test(a_deadline_that_goes_on_being_missed_is_idle),
      cmocka_unit_test(a_callback_that_waits_for_ever_is_named),
      cmocka_unit_test(tasks_that_wait_for_each_other_are_named),
      cmocka_unit_test(S25_a_dead_lock_names_three_tasks_and_two_events),
      cmocka_unit_test(a_dump_wants_a_sink_and_a_simulation),
      cmocka_unit_test(of_many_some_are_named_and_the_rest_is_counted),
      cmocka_unit_test(an_error_comes_before_everything_else),
      cmocka_unit_test(a_world_does_not_wait_for_itself),
      cmocka_unit_test(R34_busy_tasks_are_told_when_asked_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
