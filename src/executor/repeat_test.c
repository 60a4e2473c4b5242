// A thousand equal runs of each kind: timers, messages, triggers, calls of a service and callbacks that wait, with who ran when as the trace.
#include <std_srvs/srv/trigger.h>

#include "executor/executor_fixture.h"
#include "task/sanitizer.h"

#if defined(WHORL__ASAN) || defined(WHORL__TSAN)
enum { RUNS = 100 }; // they take ten times as long
#else
enum { RUNS = 1000 };
#endif
enum { TIMERS = 3 };

typedef struct busy {
  bench_t *bench;
  whorl_guard_condition_t guard;
  whorl_client_t client;
  uint64_t hash;
  unsigned events, calls, answers;
} busy_t;

static void note(busy_t *busy, int who)
{
  const uint64_t prime = UINT64_C(1099511628211);
  busy->events++;
  busy->hash = (busy->hash ^ (uint64_t)who) * prime;
  busy->hash = (busy->hash ^ (uint64_t)bench_executor_now()) * prime;
}

static int on_tick(const whorl_timer_info_t *info, void *arg)
{
  busy_t *busy = arg;
  (void)info;
  note(busy, 1);
  bench_work(WHORL_MICROSECONDS(100));
  bench_publish(busy->bench, (int)busy->events);
  return whorl_guard_condition_trigger(busy->guard);
}

static int on_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  busy_t *busy = arg;
  (void)info;
  note(busy, 2);
  WHORL_TRY(whorl_sleep(WHORL_MICROSECONDS(300) * (((const std_msgs__msg__Int32 *)message)->data % 3)));
  note(busy, 3);
  return WHORL_OK;
}

static int on_trigger(uint64_t triggers, void *arg)
{
  busy_t *busy = arg;
  std_srvs__srv__Trigger_Response answer = {0};
  const std_srvs__srv__Trigger_Request request = {0};
  note(busy, 4 + (int)triggers);
  busy->calls++;
  int status = whorl_client_call(busy->client, &request, &answer);
  std_srvs__srv__Trigger_Response__fini(&answer);
  if (status == WHORL_OK) busy->answers++;
  note(busy, status);
  return status;
}

static int on_request(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call;
  note(arg, -1);
  return whorl_yield();
}

static void make_busy(bench_t *bench, busy_t *busy)
{
  const whorl_service_type_t type = WHORL_SERVICE(std_srvs, srv, Trigger);
  whorl_guard_condition_options_t own = {0};
  *busy = (busy_t){.bench = bench, .hash = UINT64_C(14695981039346656037)};
  assert_int_equal(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &own.callback_group), WHORL_OK);
  assert_int_equal(whorl_guard_condition_create(bench->node, on_trigger, busy, &own, &busy->guard), WHORL_OK);
  assert_int_equal(whorl_service_create(bench->node, type, "answer", on_request, busy, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_client_create(bench->node, type, "answer", NULL, &busy->client), WHORL_OK);
  assert_int_equal(whorl_subscription_create(bench->node, INT32, "topic", on_message, busy, NULL, NULL), WHORL_OK);
  for (int i = 0; i < TIMERS; i++)
    assert_int_equal(whorl_timer_create(bench->node, WHORL_MICROSECONDS(1500 + 1000 * i), on_tick, busy, NULL, NULL), WHORL_OK);
}

static uint64_t run_once(void **state, whorl_executor_kind_t kind)
{
  bench_t bench;
  busy_t busy;
  assert_int_equal(fixture_teardown(state), WHORL_OK);
  assert_int_equal(fixture_setup(state), 0);
  bench_create(&bench, *state, kind, NULL);
  make_busy(&bench, &busy);
  bench_add_node(&bench);
  bench_spin_for(&bench, WHORL_MILLISECONDS(30));
  assert_true(busy.events > 100 && busy.answers > 5);
  bench_destroy(&bench);
  return busy.hash;
}

static void D4_a_thousand_runs_of_each_kind_are_equal(void **state)
{
  for (size_t kind = 0; kind < sizeof bench_kinds / sizeof bench_kinds[0]; kind++) {
    uint64_t hash = run_once(state, bench_kinds[kind]);
    for (int run = 1; run < RUNS; run++) assert_true(run_once(state, bench_kinds[kind]) == hash);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {NODE_TEST(D4_a_thousand_runs_of_each_kind_are_equal)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
