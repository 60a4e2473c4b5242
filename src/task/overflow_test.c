// A task that overflows its stack is named before the process dies (docs/tasks.md R40). Each test dies in a child process.
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "task/kit.h"
#include "task/stack.h"

// --- Dying

static int recurse(int depth)
{
  volatile char frame[1024];
  frame[0] = (char)depth;
  return depth > 0 ? recurse(depth - 1) + frame[0] : frame[0]; // so that it is no loop
}

static int recurses(void *arg)
{
  (void)arg;
  return recurse(1000 * 1000);
}

static void run_alone(whorl_task_function_t function, const char *name, size_t stack_size)
{
  whorl__virtual_parker_t parker;
  whorl__core_t *core;
  whorl__virtual_parker_init(&parker);
  if (whorl__core_create(&(whorl__core_options_t){.parker = &parker.base, .name = "test"}, &core) < 0) _exit(1);
  whorl_task_options_t options = {.name = name, .stack_size = stack_size};
  if (whorl__scope_spawn(whorl__core_root(core), function, NULL, &options, NULL, "recurses robot.c:12") < 0) _exit(1);
  while (whorl__core_turn(core)) {}
}

static void assert_died_of(int number, int status)
{
  assert_true(WIFSIGNALED(status));
  assert_int_equal(number, WTERMSIG(status));
}

static char said[8192];
static int last_words_of(void (*act)(void))
{
  signal(SIGSEGV, SIG_DFL); // not the test runner's handler, nor a sanitizer's, which would end the process in its own way after our report
  signal(SIGBUS, SIG_DFL);
  return kit_last_words(act, said, sizeof said);
}

static void assert_said(const char *words)
{
  if (strstr(said, words) == NULL) fail_msg("it said '%s', not '%s'", said, words);
}

static void assert_never_said(const char *words)
{
  if (strstr(said, words) != NULL) fail_msg("it said '%s'", said);
}

// --- Overflows

static void ask(void)
{
  if (whorl_report_stack_overflow() < 0) _exit(1);
}

static void on_a_pooled_stack(void)
{
  ask();
  run_alone(recurses, "planner", 0);
}

static void R40_a_task_on_a_pooled_stack_is_named(void **state)
{
  (void)state;
  assert_died_of(SIGSEGV, last_words_of(on_a_pooled_stack));
  char expected[200];
  snprintf(expected, sizeof expected, "whorl: task 'planner' (spawned at recurses robot.c:12) has overflowed its stack of %zu bytes\n",
           whorl__stack_size(0));
  assert_said(expected);
}

static void on_a_stack_of_its_own(void)
{
  ask();
  ask(); // a second time does nothing
  run_alone(recurses, NULL, 1000 * 1000);
}

static void R40_a_task_with_a_stack_of_its_own_is_named_by_its_spawn_site(void **state)
{
  (void)state;
  assert_died_of(SIGSEGV, last_words_of(on_a_stack_of_its_own));
  assert_said("whorl: task 'recurses robot.c:12' (spawned at recurses robot.c:12) has overflowed its stack of 1003520 bytes\n");
}

static int asks_inside_and_recurses(void *arg)
{
  ask();
  return recurses(arg);
}

static void asked_inside(void) { run_alone(asks_inside_and_recurses, "late", 0); }

static void R40_it_may_be_asked_for_inside_a_task(void **state)
{
  (void)state;
  assert_died_of(SIGSEGV, last_words_of(asked_inside));
  assert_said("task 'late'");
}

static void *run_in_thread(void *arg)
{
  run_alone(recurses, "in a thread", 0);
  return arg;
}

static void on_another_thread(void)
{
  pthread_t thread;
  ask();
  if (pthread_create(&thread, NULL, run_in_thread, NULL) == 0) pthread_join(thread, NULL);
}

static void R40_a_thread_that_runs_tasks_later_is_covered(void **state)
{
  (void)state;
  assert_died_of(SIGSEGV, last_words_of(on_another_thread));
  assert_said("task 'in a thread'");
}

static void old_kernel(void)
{
  whorl__stack_pretend_old_kernel(true);
  on_a_pooled_stack();
}

static void R40_a_guard_that_is_a_mapping_is_one_too(void **state)
{
  (void)state;
  assert_died_of(SIGSEGV, last_words_of(old_kernel));
  assert_said("task 'planner'");
}

static void unasked(void) { run_alone(recurses, "planner", 0); }

static void R40_nothing_is_printed_unless_asked_for(void **state)
{
  (void)state;
  assert_died_of(SIGSEGV, last_words_of(unasked));
  assert_never_said("planner");
}

// --- Other faults

static int writes_where_nothing_may(void *arg)
{
  volatile char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  (void)arg;
  page[100] = 1;
  return WHORL_OK;
}

static void another_fault(void)
{
  ask();
  run_alone(writes_where_nothing_may, "stray", 0);
}

static void R40_another_fault_is_the_systems(void **state)
{
  (void)state;
  assert_died_of(SIGSEGV, last_words_of(another_fault));
  assert_never_said("stray");
}

static void theirs(int number)
{
  (void)number;
  static const char words[] = "their handler\n";
  _exit(write(STDERR_FILENO, words, sizeof words - 1) > 0 ? 7 : 1);
}

static void theirs_with_info(int number, siginfo_t *info, void *context)
{
  (void)context;
  theirs(info->si_signo == number ? number : 0);
}

static void a_handler_was_there(void)
{
  signal(SIGSEGV, theirs);
  another_fault();
}

static void a_handler_with_info_was_there(void)
{
  sigaction(SIGSEGV, &(struct sigaction){.sa_sigaction = theirs_with_info, .sa_flags = SA_SIGINFO}, NULL);
  another_fault();
}

static void R40_another_fault_goes_to_the_handler_that_was_there(void **state)
{
  (void)state;
  int status = last_words_of(a_handler_was_there);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
  assert_said("their handler");
  assert_never_said("stray");
  status = last_words_of(a_handler_with_info_was_there);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void overflow_with_a_handler(void)
{
  sigaction(SIGSEGV, &(struct sigaction){.sa_handler = theirs, .sa_flags = SA_ONSTACK}, NULL);
  on_a_pooled_stack();
}

static void R40_after_the_report_the_handler_that_was_there_has_its_turn(void **state)
{
  (void)state;
  int status = last_words_of(overflow_with_a_handler);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
  assert_said("task 'planner'");
  assert_said("their handler");
}

static void sent(void)
{
  ask();
  raise(SIGBUS);
}

static void ignored(void)
{
  signal(SIGBUS, SIG_IGN);
  sent();
  _exit(8);
}

static void R40_a_signal_that_was_sent_has_its_usual_effect(void **state)
{
  (void)state;
  assert_died_of(SIGBUS, last_words_of(sent));
  int status = last_words_of(ignored);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 8);
}

static int recurses_on_the_threads_stack(void *arg) { return whorl_call_on_thread_stack(recurses, arg); }

static void on_the_threads_stack(void)
{
  ask();
  run_alone(recurses_on_the_threads_stack, "borrower", 0);
}

static void R40_the_threads_own_stack_is_not_a_tasks(void **state)
{
  (void)state;
  assert_died_of(SIGSEGV, last_words_of(on_the_threads_stack));
  assert_never_said("borrower");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R40_a_task_on_a_pooled_stack_is_named),
      cmocka_unit_test(R40_a_task_with_a_stack_of_its_own_is_named_by_its_spawn_site),
      cmocka_unit_test(R40_it_may_be_asked_for_inside_a_task),
      cmocka_unit_test(R40_a_thread_that_runs_tasks_later_is_covered),
      cmocka_unit_test(R40_a_guard_that_is_a_mapping_is_one_too),
      cmocka_unit_test(R40_nothing_is_printed_unless_asked_for),
      cmocka_unit_test(R40_another_fault_is_the_systems),
      cmocka_unit_test(R40_another_fault_goes_to_the_handler_that_was_there),
      cmocka_unit_test(R40_after_the_report_the_handler_that_was_there_has_its_turn),
      cmocka_unit_test(R40_a_signal_that_was_sent_has_its_usual_effect),
      cmocka_unit_test(R40_the_threads_own_stack_is_not_a_tasks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
