#define _GNU_SOURCE // RTLD_NEXT
// Pain 44: a signal at the earliest moment at which the library has it. The test's own sigaction stands in front of the system's, and sends one as soon as the last handler is there.
#include <dlfcn.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "node/signal.h"
#include "task/kit.h" // cmocka
#include "whorl/whorl.h"

enum { LONG_S = 60 }; // after that it is lost

static struct {
  bool armed;
  whorl_context_t context;
  bool was_shut_down;
} early;

// In here the watch has not returned: whom the signal is for must be known already.
static void send_and_await_the_shutdown(void)
{
  struct timespec begin, now;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  raise(SIGINT);
  do {
    early.was_shut_down = whorl_context_is_shutdown(early.context);
    sched_yield();
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while (!early.was_shut_down && now.tv_sec - begin.tv_sec < LONG_S);
}

int sigaction(int number, const struct sigaction *action, struct sigaction *before)
{
  static int (*systems)(int, const struct sigaction *, struct sigaction *);
  if (systems == NULL) *(void **)&systems = dlsym(RTLD_NEXT, "sigaction");
  int status = systems(number, action, before);
  if (early.armed && number == SIGTERM && action != NULL) {
    early.armed = false;
    send_and_await_the_shutdown();
  }
  return status;
}

static void PAIN_44_a_signal_as_soon_as_the_handler_is_there_is_not_lost(void **state)
{
  whorl_simulation_t world;
  (void)state;
  assert_int_equal(WHORL_OK, whorl_simulation_create(1, &world));
  assert_int_equal(WHORL_OK, whorl_simulation_create_context(world, &early.context));
  early.armed = true;
  assert_int_equal(WHORL_OK, whorl__signal_watch(early.context));
  assert_false(early.armed); // it was sent
  assert_true(early.was_shut_down);
  whorl__signal_unwatch(early.context);
  assert_int_equal(WHORL_OK, whorl_context_destroy(early.context, WHORL_OK));
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(world));
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(PAIN_44_a_signal_as_soon_as_the_handler_is_there_is_not_lost)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
