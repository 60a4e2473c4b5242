// Looking at tasks: docs/tasks.md R45. The dump of a small world, word for word, and what a name is when nobody gave one.
#include "task/kit.h"
#include "task/stack.h"

#include "whorl/channel.h"
#include "whorl/dump.h"

static char dumped[8192];

// How deep a stack is differs from one build to the other: that part of a line has a test of its own.
static void keep(const char *line, void *arg)
{
  size_t length = strlen(arg);
  const char *stack = strstr(line, "; stack ");
  snprintf((char *)arg + length, sizeof dumped - length, "%.*s\n", (int)(stack != NULL ? (size_t)(stack - line) : strlen(line)), line);
}

static const char *dump(void)
{
  dumped[0] = '\0';
  CHECK_INT(WHORL_OK, whorl_dump(keep, dumped));
  return dumped;
}

static void spawn(whorl_task_group_t *group, whorl_task_function_t function, void *arg, const char *name)
{
  CHECK_INT(WHORL_OK, whorl_task_group_spawn_with_options(group, function, arg, &(whorl_task_options_t){.name = name}, NULL, "robot.c:7"));
}

typedef struct world {
  whorl_event_t up;
  whorl_future_t plan;
  whorl_channel_t jobs;
} world_t;

static int waits_for_event(void *arg) { return whorl_event_wait(((world_t *)arg)->up); }
static int waits_for_plan(void *arg) { return whorl_future_wait(((world_t *)arg)->plan, NULL); }
static int receives(void *arg)
{
  void *item;
  return whorl_channel_receive(((world_t *)arg)->jobs, &item);
}
static int sends(void *arg)
{
  int status = WHORL_OK;
  while (status == WHORL_OK) status = whorl_channel_send(((world_t *)arg)->jobs, arg);
  return status;
}

static int cleans_up(void *arg)
{
  whorl_shield_t shield;
  (void)arg;
  whorl_shield_open_with_options(&shield, SECONDS(4), &(whorl_timeout_options_t){.name = "parking"}, "robot.c:9");
  int status = whorl_sleep(SECONDS(2));
  return whorl_shield_close(&shield, status);
}

static void make_world(world_t *world)
{
  CHECK_INT(WHORL_OK, whorl_event_create(&(whorl_event_options_t){.name = "arm up"}, &world->up));
  CHECK_INT(WHORL_OK, whorl_future_create(&(whorl_future_options_t){.release = NULL, .name = "plan"}, &world->plan));
  CHECK_INT(WHORL_OK, whorl_channel_create(1, &(whorl_channel_options_t){.name = "jobs"}, &world->jobs));
}

static void end_world(const world_t *world)
{
  CHECK_INT(WHORL_OK, whorl_event_destroy(world->up));
  CHECK_INT(WHORL_OK, whorl_future_destroy(world->plan));
  CHECK_INT(WHORL_OK, whorl_channel_destroy(world->jobs));
}

static int looks_on(void *arg)
{
  whorl_task_group_t group;
  (void)arg;
  whorl_sleep(SECONDS(0.5));
  whorl_task_group_open_with_options(&group, &(whorl_task_group_options_t){.name = "spare"}, "robot.c:8");
  spawn(&group, waits_for_event, NULL, "late");
  whorl_task_group_cancel(&group);
  dump();
  return whorl_task_group_close(&group, WHORL_OK);
}

static int opens_the_world(void *arg)
{
  world_t world;
  whorl_timeout_t timeout;
  whorl_task_group_t group;
  (void)arg;
  make_world(&world);
  whorl_timeout_open_with_options(&timeout, SECONDS(3), &(whorl_timeout_options_t){.name = "mission"}, "robot.c:5");
  whorl_task_group_open_with_options(&group, &(whorl_task_group_options_t){.name = "arms"}, "robot.c:6");
  spawn(&group, waits_for_event, &world, "left");
  spawn(&group, waits_for_plan, &world, "right");
  spawn(&group, cleans_up, &world, "base");
  spawn(&group, receives, &world, "worker");
  spawn(&group, looks_on, &world, "watcher");
  int status = whorl_task_group_close(&group, WHORL_OK);
  status = whorl_timeout_close(&timeout, status);
  end_world(&world);
  CHECK_INT(WHORL_TIMED_OUT, status);
  return WHORL_OK;
}

static const char golden[] =
    "tasks of 'test': 7\n"
    "#1 'main' on 'test': waits 0.5 s for close of group 'arms', 5 live; in group 'arms' < timeout 'mission' (2.5 s left) < task 'main' < "
    "scope 'test'; from kit\n"
    "#2 'left' on 'test': waits 0.5 s for event 'arm up'; in task 'left' < group 'arms' < timeout 'mission' (2.5 s left) < task 'main' < "
    "scope 'test'; from robot.c:7\n"
    "#3 'right' on 'test': waits 0.5 s for future 'plan'; in task 'right' < group 'arms' < timeout 'mission' (2.5 s left) < task 'main' < "
    "scope 'test'; from robot.c:7\n"
    "#4 'base' on 'test': waits 0.5 s for sleep, 1.5 s left; in shield 'parking' (3.5 s left) < task 'base' < group 'arms' < timeout "
    "'mission' (2.5 s left) < task 'main' < scope 'test'; from robot.c:7\n"
    "#5 'worker' on 'test': waits 0.5 s for channel 'jobs' (receive); in task 'worker' < group 'arms' < timeout 'mission' (2.5 s left) < "
    "task 'main' < scope 'test'; from robot.c:7\n"
    "#6 'watcher' on 'test': running 0.5 s; in group 'spare' (cancelled: group 'spare' was cancelled) < task 'watcher' < group 'arms' < "
    "timeout 'mission' (2.5 s left) < task 'main' < scope 'test'; from robot.c:7\n"
    "#7 'late' on 'test': new 0 s; in task 'late' < group 'spare' (cancelled: group 'spare' was cancelled) < task 'watcher' < group 'arms' "
    "< timeout 'mission' (2.5 s left) < task 'main' < scope 'test'; from robot.c:7\n"
    "who waits for whom:\n"
    "#1 'main' -> #2 'left', #3 'right', #4 'base', #5 'worker', #6 'watcher': close of group 'arms'\n"
    "#2 'left' -> anybody: event 'arm up'\n"
    "#3 'right' -> anybody: future 'plan'\n"
    "#4 'base' -> the clock: sleep\n"
    "#5 'worker' -> anybody: channel 'jobs' (receive)\n";

static void R45_a_dump_says_the_same_every_time(void **state)
{
  (void)state;
  for (int i = 0; i < 3; i++) {
    kit_open();
    assert_int_equal(kit_run(opens_the_world, NULL), WHORL_OK);
    kit_close();
    assert_string_equal(golden, dumped);
  }
}

TASK_TEST(R45_what_has_no_name_is_called_by_its_place)
{
  world_t world;
  char edge[3][80];
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  // clang-format off
  CHECK_INT(WHORL_OK, whorl_event_create(NULL, &world.up)); snprintf(edge[0], sizeof edge[0], "-> anybody: event 'dump_test.c:%d'\n", __LINE__);
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &world.plan)); snprintf(edge[1], sizeof edge[1], "-> anybody: future 'dump_test.c:%d'\n", __LINE__);
  CHECK_INT(WHORL_OK, whorl_channel_create(1, NULL, &world.jobs)); snprintf(edge[2], sizeof edge[2], "-> anybody: channel 'dump_test.c:%d' (send)\n", __LINE__);
  // clang-format on
  whorl_task_group_spawn(&group, waits_for_event, &world);
  whorl_task_group_spawn(&group, waits_for_plan, &world);
  whorl_task_group_spawn(&group, sends, &world);
  whorl_sleep(SECONDS(1));
  dump();
  for (int i = 0; i < 3; i++) CHECK(strstr(dumped, edge[i]) != NULL);
  CHECK(strstr(dumped, "'waits_for_event ") != NULL); // the spelled function
  CHECK(strstr(dumped, " 'sends ") != NULL);
  CHECK(strstr(dumped, "< group opened at ") != NULL);
  whorl_task_group_cancel(&group);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  end_world(&world);
  return WHORL_OK;
}

TASK_TEST(R45_a_ready_task_waits_for_nothing)
{
  world_t world;
  whorl_task_group_t group;
  make_world(&world);
  whorl_task_group_open(&group);
  spawn(&group, waits_for_event, &world, "woken");
  whorl_yield();
  whorl_yield();
  CHECK(strstr(dump(), "#2 'woken' -> ") != NULL);
  whorl_event_set(world.up);
  CHECK(strstr(dump(), "#2 'woken' on 'test': ready ") != NULL);
  CHECK(strstr(dumped, " -> ") == NULL);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("tasks of 'test': 1\n#1 'main' on 'test': running 0 s; in task 'main' < scope 'test'; from kit\nwho waits for whom:\n",
             dump());
  end_world(&world);
  return WHORL_OK;
}

// --- R40: the high-water marks of stacks

typedef struct depths {
  unsigned long used[3], size[3]; // of 'main', 'deep', 'new'
} depths_t;

static void note_depth(const char *line, void *arg)
{
  static const char *const names[] = {"'main' on", "'deep' on", "'new' on"};
  depths_t *depths = arg;
  const char *stack = strstr(line, "; stack ");
  for (int i = 0; i < 3; i++)
    if (strstr(line, names[i]) != NULL && stack != NULL)
      CHECK_INT(2, sscanf(stack, "; stack %lu of %lu KiB", &depths->used[i], &depths->size[i]));
}

static int waits_deep_down(void *arg)
{
  volatile char frame[20000];
  for (size_t i = 0; i < sizeof frame; i += 100) frame[i] = 1;
  int status = waits_for_event(arg);
  return frame[100] == 1 ? status : WHORL_IO_ERROR;
}

TASK_TEST(R40_the_dump_shows_how_deep_a_stack_was_used)
{
  world_t world;
  depths_t depths = {0};
  whorl_task_group_t group;
  make_world(&world);
  whorl_task_group_open(&group);
  CHECK_INT(WHORL_OK, whorl_task_group_spawn_with_options(&group, waits_deep_down, &world,
                                                          &(whorl_task_options_t){.name = "deep", .stack_size = 300 * 1024}, NULL, "here"));
  whorl_sleep(SECONDS(1));
  spawn(&group, waits_for_event, &world, "new");
  CHECK_INT(WHORL_OK, whorl_dump(note_depth, &depths));
  CHECK_INT((int64_t)whorl__stack_size(0) / 1024, depths.size[0]);
  CHECK_INT(300, depths.size[1]);
  CHECK(depths.used[0] >= 1 && depths.used[0] < 16);
  CHECK(depths.used[1] >= 20 && depths.used[1] < 60);
  CHECK_INT(0, depths.size[2]); // it has no stack yet
  whorl_event_set(world.up);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  end_world(&world);
  return WHORL_OK;
}

// Names that are too long are cut, and a copy is kept.
TASK_TEST(R45_names_of_handles_are_copied)
{
  world_t world;
  char name[64] = "a name that goes on and on and on and on and on and on";
  make_world(&world);
  whorl_event_t event;
  CHECK_INT(WHORL_OK, whorl_event_create(&(whorl_event_options_t){.name = name}, &event));
  memset(name, 'x', sizeof name - 1);
  whorl_event_destroy(world.up);
  world.up = event;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  spawn(&group, waits_for_event, &world, "left");
  whorl_sleep(SECONDS(1));
  CHECK(strstr(dump(), ": event 'a name that goes on and on and on and on and on'\n") != NULL);
  whorl_task_group_cancel(&group);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  end_world(&world);
  return WHORL_OK;
}

TASK_TEST(R45_without_memory_nothing_is_told)
{
  dumped[0] = '\0';
  whorl__memory_fail_at(1);
  CHECK_INT(WHORL_NO_MEMORY, whorl_dump(keep, dumped));
  whorl__memory_fail_at(0);
  CHECK_TEXT("", dumped);
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_dump(NULL, NULL));
  return WHORL_OK;
}

static void R45_a_thread_without_a_driver_has_nothing_to_list(void **state)
{
  (void)state;
  assert_int_equal(whorl_dump(keep, dumped), WHORL_NOT_IN_TASK);
}

TASK_TEST(forced_yields_are_counted)
{
  world_t world;
  make_world(&world);
  whorl_event_set(world.up);
  for (int i = 0; i < 63; i++) CHECK_INT(WHORL_OK, whorl_event_wait(world.up));
  CHECK_INT(WHORL_OK, whorl_yield()); // of its own accord
  CHECK_INT(0, whorl__core_read_counts(kit.core).forced_yields);
  for (int i = 0; i < 64; i++) CHECK_INT(WHORL_OK, whorl_event_wait(world.up));
  CHECK_INT(1, whorl__core_read_counts(kit.core).forced_yields);
  end_world(&world);
  return WHORL_OK;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R45_a_dump_says_the_same_every_time),
      cmocka_unit_test(R45_what_has_no_name_is_called_by_its_place),
      cmocka_unit_test(R40_the_dump_shows_how_deep_a_stack_was_used),
      cmocka_unit_test(R45_a_ready_task_waits_for_nothing),
      cmocka_unit_test(R45_names_of_handles_are_copied),
      cmocka_unit_test(R45_without_memory_nothing_is_told),
      cmocka_unit_test(R45_a_thread_without_a_driver_has_nothing_to_list),
      cmocka_unit_test(forced_yields_are_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
