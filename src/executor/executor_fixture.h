// For tests of executors: a simulated world, one executor of each kind in turn, a node with a publisher and what counts its callbacks. Everything happens on the test's own thread, in virtual time.
#ifndef WHORL_EXECUTOR_EXECUTOR_FIXTURE_H
#define WHORL_EXECUTOR_EXECUTOR_FIXTURE_H

#include <stdio.h>

#include "node/fixture.h"

typedef struct bench {
  fixture_t *fixture;
  whorl_executor_t executor;
  whorl_node_t node;
  whorl_publisher_t publisher;
  whorl_future_t future;
  whorl_timer_t timers[4];
  int calls[4]; // by whom the test says
  int status;   // what a callback heard
  char trace[256];
} bench_t;

// The kinds, and a test that is run once for each of them.
static const whorl_executor_kind_t bench_kinds[] = {WHORL_EXECUTOR_SINGLE_THREADED, WHORL_EXECUTOR_EVENTS, WHORL_EXECUTOR_MULTI_THREADED};

static inline void bench_note(bench_t *bench, const char *word)
{
  size_t length = strlen(bench->trace);
  snprintf(bench->trace + length, sizeof bench->trace - length, "%s%s", length > 0 ? " " : "", word);
}

static inline int64_t bench_now(const bench_t *bench) { return whorl_simulation_now_ns(bench->fixture->world); }

static inline void bench_create(bench_t *bench, fixture_t *fixture, whorl_executor_kind_t kind, const whorl_executor_options_t *options)
{
  *bench = (bench_t){.fixture = fixture, .node = fixture->node};
  assert_int_equal(whorl_executor_create(fixture->context, kind, options, &bench->executor), WHORL_OK);
  assert_int_equal(whorl_publisher_create(bench->node, INT32, "topic", NULL, &bench->publisher), WHORL_OK);
}

static inline void bench_destroy(bench_t *bench) { assert_int_equal(whorl_executor_destroy(bench->executor), WHORL_OK); }

static inline void bench_publish(bench_t *bench, int value)
{
  std_msgs__msg__Int32 message = {.data = value};
  assert_int_equal(whorl_publish(bench->publisher, &message), WHORL_OK);
}

static inline int bench_sleep(void *arg) { return whorl_sleep(*(int64_t *)arg); }

// Lets the world go on for a while without any callback: discovery, deliveries.
static inline void bench_let_pass(bench_t *bench, int64_t duration_ns)
{
  assert_int_equal(whorl_simulation_run(bench->fixture->world, bench_sleep, &duration_ns), WHORL_OK);
}

typedef void (*bench_body_t)(bench_t *bench);

static inline void bench_run_with(void **state, bench_body_t body, const whorl_executor_options_t *options)
{
  for (size_t i = 0; i < sizeof bench_kinds / sizeof bench_kinds[0]; i++) {
    bench_t bench;
    if (i > 0) {
      assert_int_equal(fixture_teardown(state), WHORL_OK);
      assert_int_equal(fixture_setup(state), 0);
    }
    bench_create(&bench, *state, bench_kinds[i], options);
    body(&bench);
    bench_destroy(&bench);
  }
}

#define EXECUTOR_TEST(name)                                                    \
  static void name##_body(bench_t *bench);                                     \
  static void name(void **state) { bench_run_with(state, name##_body, NULL); } \
  static void name##_body(bench_t *bench)

#endif
