// C++ exceptions in tasks (docs/tasks.md R39).
#include <stdlib.h>

#include "task/exception_testing.h"
#include "task/kit.h"

enum { THROWERS = 3 };

static thrower_t throwers[THROWERS];
static whorl_task_function_t body;

static int run_side_by_side(void *arg)
{
  (void)arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < THROWERS; i++) {
    throwers[i] = (thrower_t){.number = 10 * i, .rounds = 1 + i, .found = true};
    whorl_task_group_spawn(&group, body, &throwers[i]);
  }
  return whorl_task_group_close(&group, WHORL_OK);
}

static void run_world(void)
{
  kit_open();
  assert_int_equal(WHORL_OK, kit_run(run_side_by_side, NULL));
  kit_close();
}

static void run_throwers(whorl_task_function_t function)
{
  body = function;
  run_world();
  for (int i = 0; i < THROWERS; i++) assert_true(throwers[i].found);
}

static void R39_who_suspends_in_a_catch_block_finds_its_exception_again(void **state)
{
  (void)state;
  run_throwers(thrower_catches);
}

static void R39_nested_ones_end_in_their_order(void **state)
{
  (void)state;
  run_throwers(thrower_nests);
}

static void R39_a_destructor_may_suspend_while_an_exception_is_on_its_way(void **state)
{
  (void)state;
  run_throwers(thrower_unwinds);
  for (int i = 0; i < THROWERS; i++) assert_int_equal(1, throwers[i].flying);
}

static void R39_a_loop_may_be_run_from_a_catch_block(void **state)
{
  (void)state;
  body = thrower_catches;
  thrower_t outer = {.number = 5};
  assert_int_equal(WHORL_OK, thrower_calls(&outer, run_world));
}

// --- Exceptions that nobody catches

static void ask(void)
{
  if (whorl_report_uncaught_exceptions() < 0) _exit(1);
}

static void run_one(whorl_task_function_t function)
{
  kit_open();
  if (whorl__scope_spawn(whorl__core_root(kit.core), function, NULL, &(whorl_task_options_t){.name = "gripper"}, NULL, "arm.cpp:12") < 0)
    _exit(1);
  while (whorl__core_turn(kit.core)) {}
}

static void lets_go(void)
{
  ask();
  ask(); // a second time does nothing
  run_one(thrower_lets_go);
}

static void lets_go_unasked(void) { run_one(thrower_lets_go); }

static void terminates(void)
{
  ask();
  run_one(thrower_terminates);
}

static void terminates_outside(void)
{
  ask();
  thrower_terminates(NULL);
}

static void assert_last_words(void (*act)(void), const char *ours, const char *runtimes)
{
  char said[8192];
  int status = kit_last_words(act, said, sizeof said);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  if ((strstr(said, "whorl: ") != NULL) != (ours != NULL)) fail_msg("it said '%s'", said);
  if (ours != NULL && strstr(said, ours) == NULL) fail_msg("it said '%s', not '%s'", said, ours);
  if (strstr(said, runtimes) == NULL) fail_msg("it said '%s', not '%s'", said, runtimes);
}

static const char sentence[] = "whorl: task 'gripper' (spawned at arm.cpp:12) let an exception go, or called std::terminate\n";

static void R39_a_task_that_lets_an_exception_go_is_named(void **state)
{
  (void)state;
  assert_last_words(lets_go, sentence, "the gripper is lost");
  assert_last_words(lets_go_unasked, NULL, "the gripper is lost");
}

static void R39_a_task_that_terminates_is_named(void **state)
{
  (void)state;
  assert_last_words(terminates, sentence, "terminate called");
  assert_last_words(terminates_outside, NULL, "terminate called");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R39_who_suspends_in_a_catch_block_finds_its_exception_again),
      cmocka_unit_test(R39_nested_ones_end_in_their_order),
      cmocka_unit_test(R39_a_destructor_may_suspend_while_an_exception_is_on_its_way),
      cmocka_unit_test(R39_a_loop_may_be_run_from_a_catch_block),
      cmocka_unit_test(R39_a_task_that_lets_an_exception_go_is_named),
      cmocka_unit_test(R39_a_task_that_terminates_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
