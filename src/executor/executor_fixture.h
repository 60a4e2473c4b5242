// For tests of executors: a simulated world, one executor of each kind in turn, a node with a publisher and what counts its callbacks. Everything happens on the test's own thread, in virtual time.
#ifndef WHORL_EXECUTOR_EXECUTOR_FIXTURE_H
#define WHORL_EXECUTOR_EXECUTOR_FIXTURE_H

#include <pthread.h>
#include <stdio.h>

#include "node/context.h"
#include "node/fixture.h"

// The clock of the bench's executors: the world's, and what callbacks took without waiting.
typedef struct bench_clock {
  whorl__parker_t base, *world;
  int64_t taken_ns;
} bench_clock_t;

static bench_clock_t bench_clock;

static inline int64_t bench_clock_now(whorl__parker_t *parker)
{
  return (void)parker, whorl__parker_now(bench_clock.world) + bench_clock.taken_ns;
}
static inline void bench_clock_park(whorl__parker_t *parker, int64_t until_ns)
{
  (void)parker;
  whorl__parker_park(bench_clock.world, until_ns == WHORL_FOREVER ? until_ns : until_ns - bench_clock.taken_ns);
}
static inline void bench_clock_unpark(whorl__parker_t *parker) { (void)parker, whorl__parker_unpark(bench_clock.world); }
static inline bool bench_clock_is_stuck(whorl__parker_t *parker) { return (void)parker, whorl__parker_is_stuck(bench_clock.world); }

// For executors that are made in the context from here on.
static inline void bench_clock_set(whorl_context_t handle)
{
  static const whorl__parker_ops_t ops = {
      .now_ns = bench_clock_now, .park = bench_clock_park, .unpark = bench_clock_unpark, .is_stuck = bench_clock_is_stuck};
  whorl__context_t *context;
  assert_int_equal(whorl__context_pin(handle, &context), WHORL_OK);
  if (context->parker != &bench_clock.base) bench_clock = (bench_clock_t){.base.ops = &ops, .world = context->parker};
  context->parker = &bench_clock.base;
  whorl__context_unpin(context);
}

typedef struct bench {
  fixture_t *fixture;
  whorl_executor_kind_t kind;
  whorl_executor_t executor;
  whorl_node_t node;
  whorl_publisher_t publisher;
  whorl_future_t future;
  whorl_subscription_t subscription;
  pthread_t thread;
  whorl_timer_t timers[4];
  int calls[4]; // by whom the test says
  int status;   // what a callback heard
  char trace[256];
} bench_t;

// The kinds, and a test that is run once for each of them.
static const whorl_executor_kind_t bench_kinds[] = {WHORL_EXECUTOR_SINGLE_THREADED, WHORL_EXECUTOR_EVENTS, WHORL_EXECUTOR_MULTI_THREADED,
                                                    WHORL_EXECUTOR_STATIC};

static inline void bench_note(bench_t *bench, const char *word)
{
  size_t length = strlen(bench->trace);
  snprintf(bench->trace + length, sizeof bench->trace - length, "%s%s", length > 0 ? " " : "", word);
}

static inline int64_t bench_now(const bench_t *bench) { return whorl_simulation_now_ns(bench->fixture->world); }

static inline void bench_create(bench_t *bench, fixture_t *fixture, whorl_executor_kind_t kind, const whorl_executor_options_t *options)
{
  *bench = (bench_t){.fixture = fixture, .kind = kind, .node = fixture->node};
  bench_clock_set(fixture->context);
  whorl_executor_options_t own = options != NULL ? *options : (whorl_executor_options_t){0};
  if (own.capacity == 0) own.capacity = 256;
  assert_int_equal(whorl_executor_create(fixture->context, kind, &own, &bench->executor), WHORL_OK);
  assert_int_equal(whorl_publisher_create(bench->node, INT32, "topic", NULL, &bench->publisher), WHORL_OK);
}

static inline void bench_destroy(bench_t *bench) { assert_int_equal(whorl_executor_destroy(bench->executor), WHORL_OK); }

static inline void bench_publish(bench_t *bench, int value)
{
  std_msgs__msg__Int32 message = {.data = value};
  assert_int_equal(whorl_publish(bench->publisher, &message), WHORL_OK);
}

// In a callback: takes this long without waiting.
static inline void bench_work(int64_t duration_ns) { bench_clock.taken_ns += duration_ns; }
static inline int64_t bench_executor_now(void) { return bench_clock_now(NULL); }

static inline int bench_sleep(void *arg) { return whorl_sleep(*(int64_t *)arg); }

// Lets the world go on for a while without any callback: discovery, deliveries.
static inline void bench_let_pass(bench_t *bench, int64_t duration_ns)
{
  assert_int_equal(whorl_simulation_run(bench->fixture->world, bench_sleep, &duration_ns), WHORL_OK);
}

// Lets the executor spin for a while.
static inline void bench_spin_for(bench_t *bench, int64_t duration_ns)
{
  whorl_future_t never;
  assert_int_equal(whorl_future_create(NULL, &never), WHORL_OK);
  assert_int_equal(whorl_executor_spin_until_future_complete(bench->executor, never, duration_ns), WHORL_FUTURE_TIMEOUT);
  assert_int_equal(whorl_future_destroy(never), WHORL_OK);
}

// A timer that counts, and what it does beside.
typedef struct ticker {
  bench_t *bench;
  whorl_timer_t timer;
  int calls;
  int64_t takes_ns;                       // without waiting
  int cancels_itself_at, cancels_spin_at; // in which call
  whorl_timer_info_t info;
  int64_t until_next_ns; // as the callback saw it
} ticker_t;

static inline int ticker_call(const whorl_timer_info_t *info, void *arg)
{
  ticker_t *ticker = arg;
  ticker->info = *info;
  ticker->calls++;
  bench_work(ticker->takes_ns);
  assert_int_equal(whorl_timer_time_until_next(ticker->timer, &ticker->until_next_ns), WHORL_OK);
  if (ticker->calls == ticker->cancels_itself_at) assert_int_equal(whorl_timer_cancel(ticker->timer), WHORL_OK);
  if (ticker->calls == ticker->cancels_spin_at) assert_int_equal(whorl_executor_cancel(ticker->bench->executor), WHORL_OK);
  return WHORL_OK;
}

static inline void ticker_start(bench_t *bench, ticker_t *ticker, int64_t period_ns, const whorl_timer_options_t *options)
{
  ticker->bench = bench;
  assert_int_equal(whorl_timer_create(bench->node, period_ns, ticker_call, ticker, options, &ticker->timer), WHORL_OK);
}

static inline void bench_add_node(bench_t *bench) { assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK); }

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
