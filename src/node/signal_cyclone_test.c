// Pain 44: a signal at any moment of a program's life, from before its beginning until after its end; and whose handlers are installed. Each life is a process of its own, whose timer sends the signal.
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <whorl/whorl.h>

#include "node/signal.h"
#include "task/sanitizer.h"

enum { LIVES = 30, MOMENT_NS = 3000000 };

static volatile sig_atomic_t heard[SIGTERM + 1];
static void hear(int number) { heard[number] = 1; }

static struct {
  bool ends_by_itself;
  int begun, ended, ticks;
} life;

// Without an end of its own the program waits for the signal, unless that came before there was anybody to take it.
static int tick(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  bool is_over = life.ends_by_itself ? ++life.ticks == 5 : heard[SIGINT] || heard[SIGTERM];
  return is_over ? whorl_node_destroy(*(whorl_node_t *)arg) : WHORL_OK;
}

static int run_for_a_moment(whorl_context_t context)
{
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(context, "mortal", NULL, &node));
  WHORL_TRY(whorl_timer_create(node, WHORL_MILLISECONDS(1), tick, &node, NULL, NULL));
  return whorl_node_run(node);
}

static int program(whorl_context_t context, void *arg)
{
  (void)arg;
  life.begun++;
  int status = run_for_a_moment(context);
  life.ended++;
  return status;
}

static void send_after(int number, int64_t delay_ns)
{
  static timer_t timers[SIGTERM + 1];
  static bool made[SIGTERM + 1];
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = number};
  const struct itimerspec once = {.it_value = {.tv_nsec = (long)delay_ns}};
  if (!made[number] && timer_create(CLOCK_MONOTONIC, &event, &timers[number]) != 0) _exit(2);
  made[number] = true;
  if (timer_settime(timers[number], 0, &once, NULL) != 0) _exit(2);
}

// Its own handler stands for the action from before: what comes too early or too late goes there.
static int live(int number, int64_t delay_ns)
{
  signal(SIGINT, hear);
  signal(SIGTERM, hear);
  send_after(number, delay_ns);
  int exit_status = whorl_main(0, NULL, program, NULL);
  if (exit_status != 0) return 3;
  if (life.begun != life.ended || life.begun > 1) return 4; // what stands after the run was reached, once
  heard[number] = 0;
  raise(number);
  return heard[number] ? 0 : 5; // the old handler is back
}

static int in_a_process(int (*function)(int number, int64_t delay_ns), int number, int64_t delay_ns)
{
  int status = 0;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) _exit(function(number, delay_ns));
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void PAIN_44_a_signal_at_any_moment_ends_the_program_well(void **state)
{
  (void)state;
  for (int i = 0; i < LIVES; i++) {
    life.ends_by_itself = i % 4 == 0;
    assert_int_equal(in_a_process(live, i % 2 ? SIGINT : SIGTERM, 1 + i * MOMENT_NS), 0);
  }
}

static int twice(int number, int64_t delay_ns)
{
  send_after(number, delay_ns);
  return live(number == SIGINT ? SIGTERM : SIGINT, delay_ns);
}

static void PAIN_44_and_so_do_two(void **state)
{
  (void)state;
  for (int i = 0; i < LIVES; i += 3) {
    life.ends_by_itself = i % 4 == 0;
    int status = in_a_process(twice, i % 2 ? SIGINT : SIGTERM, 1 + i * MOMENT_NS);
    if (status != 1000 + SIGINT && status != 1000 + SIGTERM) assert_int_equal(status, 0);
  }
}

enum { WATCHES = 2000 };

// A little later each time: before the handler is there, between its coming and the first context that it shuts down, and after.
static int be_signalled_as_the_watch_begins(int number, int64_t step_ns)
{
  whorl_simulation_t world;
  signal(number, hear);
  if (whorl_simulation_create(1, &world) != WHORL_OK) return 1;
  for (int i = 0; i < WATCHES; i++) {
    whorl_context_t context;
    if (whorl_simulation_create_context(world, &context) != WHORL_OK) return 2;
    heard[number] = 0;
    send_after(number, 1 + i * step_ns);
    if (whorl__signal_watch(context) != WHORL_OK) return 3;
    while (!heard[number] && !whorl_context_is_shutdown(context)) sched_yield(); // one of them has it
    whorl__signal_unwatch(context);
    if (whorl_context_destroy(context, WHORL_OK) != WHORL_OK) return 4;
  }
  return whorl_simulation_destroy(world);
}

static void PAIN_44_a_signal_while_the_watch_begins_is_not_lost(void **state)
{
  (void)state;
  assert_int_equal(in_a_process(be_signalled_as_the_watch_begins, SIGINT, 50), 0);
}

static bool is_default(int number)
{
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_DFL;
}

static int look_at_handlers(int number, int64_t delay_ns)
{
  (void)delay_ns;
  whorl_context_t context;
  if (whorl_context_create(0, NULL, NULL, &context) != WHORL_OK) return 1;
  if (!is_default(number)) return 2; // nobody asked for one
  if (whorl_context_destroy(context, WHORL_OK) != WHORL_OK) return 3;
  if (whorl_context_create(0, NULL, &(whorl_context_options_t){.handle_signals = true}, &context) != WHORL_OK) return 4;
  if (is_default(number)) return 5;
  if (whorl_context_destroy(context, WHORL_OK) != WHORL_OK) return 6;
  return is_default(number) ? 0 : 7;
}

static void PAIN_44_no_handler_is_installed_unasked(void **state)
{
  (void)state;
  static const int numbers[] = {SIGINT, SIGTERM};
  for (int i = 0; i < 2; i++) assert_int_equal(in_a_process(look_at_handlers, numbers[i], 0), 0);
}

// --- handlers of the user's own, and children

static int put_another_handler_in_its_place(int number, int64_t signalled)
{
  whorl_context_t context;
  const int other = number == SIGINT ? SIGTERM : SIGINT;
  if (whorl_context_create(0, NULL, &(whorl_context_options_t){.handle_signals = true}, &context) != WHORL_OK) return 1;
  signal(number, hear);
  if (signalled) raise(other); // which shuts the context down, and gives way
  while (signalled && !whorl_context_is_shutdown(context)) sched_yield();
  raise(number);
  if (!heard[number]) return 2;
  if (whorl_context_destroy(context, WHORL_OK) != WHORL_OK) return 3;
  heard[number] = 0;
  raise(number);
  return heard[number] && is_default(other) ? 0 : 4;
}

static void PAIN_44_a_handler_that_comes_later_stays(void **state)
{
  (void)state;
  static const int numbers[] = {SIGINT, SIGTERM};
  for (int i = 0; i < 4; i++) assert_int_equal(in_a_process(put_another_handler_in_its_place, numbers[i % 2], i / 2), 0);
}

static int raise_it(int number, int64_t unused)
{
  (void)unused;
  raise(number);
  return 0; // it was not for us
}

static int signal_a_child(int number, int64_t unused)
{
  whorl_context_t context;
  (void)unused;
  if (whorl_context_create(0, NULL, &(whorl_context_options_t){.handle_signals = true}, &context) != WHORL_OK) return 1;
  if (in_a_process(raise_it, number, 0) != 1000 + number) return 2;
  if (whorl_context_is_shutdown(context) || is_default(number)) return 3;
  return whorl_context_destroy(context, WHORL_OK) == WHORL_OK ? 0 : 4;
}

static void PAIN_44_the_signal_of_a_forked_child_does_not_end_its_parent(void **state)
{
  (void)state;
#ifdef WHORL__TSAN // which keeps signals back in the child of a process with threads
  skip();
#endif
  assert_int_equal(in_a_process(signal_a_child, SIGTERM, 0), 0);
}

int main(void)
{
  if (getenv("CYCLONEDDS_URI") == NULL || getenv("ROS_DOMAIN_ID") == NULL) {
    fputs("CYCLONEDDS_URI and ROS_DOMAIN_ID must be set: run this test through ctest, which keeps it on the loopback interface\n", stderr);
    return 1;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(PAIN_44_a_signal_at_any_moment_ends_the_program_well),
      cmocka_unit_test(PAIN_44_and_so_do_two),
      cmocka_unit_test(PAIN_44_a_signal_while_the_watch_begins_is_not_lost),
      cmocka_unit_test(PAIN_44_no_handler_is_installed_unasked),
      cmocka_unit_test(PAIN_44_a_handler_that_comes_later_stays),
      cmocka_unit_test(PAIN_44_the_signal_of_a_forked_child_does_not_end_its_parent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
