// What spinning costs besides time: no allocation once the pools are warm, and no wake-up of its own while nothing happens. For every kind of executor, in virtual time.
#include <std_srvs/srv/set_bool.h>

#include "base/memory.h"
#include "executor/executor.h"
#include "executor/executor_fixture.h"

enum { WARM_UP = 100, MEASURED = 1000, IDLE = 25 };

static int64_t allocations;

static int count_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info;
  ((bench_t *)arg)->calls[1]++;
  return WHORL_OK;
}

static int count_triggers(uint64_t triggers, void *arg)
{
  ((bench_t *)arg)->calls[2] += (int)triggers;
  return WHORL_OK;
}

static int count_tick(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ((bench_t *)arg)->calls[3]++;
  return WHORL_OK;
}

static whorl_guard_condition_t guard;

static int drive(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  if (bench->calls[0] == WARM_UP) allocations = (int64_t)whorl__memory_allocations();
  if (++bench->calls[0] > WARM_UP + MEASURED) {
    allocations = (int64_t)whorl__memory_allocations() - allocations;
    return whorl_executor_cancel(bench->executor);
  }
  bench_publish(bench, bench->calls[0]);
  return whorl_guard_condition_trigger(guard);
}

EXECUTOR_TEST(RCLC_30_spinning_allocates_nothing_once_it_is_warm)
{
  for (int i = 0; i < 2; i++)
    assert_int_equal(whorl_subscription_create(bench->node, INT32, "topic", count_message, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_guard_condition_create(bench->node, count_triggers, bench, NULL, &guard), WHORL_OK);
  assert_int_equal(whorl_timer_create(bench->node, WHORL_MILLISECONDS(1), drive, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_timer_create(bench->node, WHORL_MICROSECONDS(300), count_tick, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(allocations, 0);
  assert_in_range(bench->calls[1], 2 * MEASURED, 2 * (MEASURED + WARM_UP));
  assert_in_range(bench->calls[2], MEASURED, MEASURED + WARM_UP);
  assert_in_range(bench->calls[3], 3 * MEASURED, 4 * (MEASURED + WARM_UP));
}

// --- Requests

typedef struct caller {
  bench_t *bench;
  whorl_client_t client;
  int rounds, served;
  int64_t allocations;
} caller_t;

static int serve(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)call;
  ((caller_t *)arg)->served++;
  ((std_srvs__srv__SetBool_Response *)response)->success = true;
  return WHORL_OK;
}

// One call that waits here, and one whose answer goes into a future.
static int call_twice(const caller_t *caller)
{
  const std_srvs__srv__SetBool_Request request = {.data = true};
  std_srvs__srv__SetBool_Response answer = {0};
  whorl_future_t future;
  WHORL_TRY(whorl_client_call(caller->client, &request, &answer));
  std_srvs__srv__SetBool_Response__fini(&answer);
  WHORL_TRY(whorl_client_send(caller->client, &request, &future));
  int status = whorl_future_wait(future, NULL);
  whorl_future_destroy(future);
  return status;
}

static int call_and_count(const whorl_timer_info_t *info, void *arg)
{
  caller_t *caller = arg;
  (void)info;
  if (caller->rounds == WARM_UP) caller->allocations = (int64_t)whorl__memory_allocations();
  if (++caller->rounds > WARM_UP + MEASURED) {
    caller->allocations = (int64_t)whorl__memory_allocations() - caller->allocations;
    return whorl_executor_cancel(caller->bench->executor);
  }
  return call_twice(caller);
}

EXECUTOR_TEST(PAIN_48_requests_and_their_answers_allocate_nothing_once_it_is_warm)
{
  const whorl_service_type_t type = WHORL_SERVICE(std_srvs, srv, SetBool);
  caller_t caller = {.bench = bench};
  whorl_timer_options_t own = {0};
  assert_int_equal(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &own.callback_group), WHORL_OK);
  assert_int_equal(whorl_service_create(bench->node, type, "switch", serve, &caller, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_client_create(bench->node, type, "switch", NULL, &caller.client), WHORL_OK);
  assert_int_equal(whorl_timer_create(bench->node, WHORL_MILLISECONDS(10), call_and_count, &caller, &own, NULL), WHORL_OK);
  bench_add_node(bench);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(caller.allocations, 0);
  assert_int_equal(caller.served, 2 * (WARM_UP + MEASURED));
}

static int end_it(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  return whorl_executor_cancel(((bench_t *)arg)->executor);
}

static whorl__core_counts_t counts_of(const bench_t *bench)
{
  whorl__executor_t *executor;
  assert_int_equal(whorl__executor_pin(bench->executor, &executor), WHORL_OK);
  whorl__core_counts_t counts = whorl__core_read_counts(executor->seat.core);
  whorl__executor_unpin(executor);
  return counts;
}

// One timer, an hour away, with a hundred entities that nothing happens to: the thread parks once.
EXECUTOR_TEST(PAIN_46_an_idle_executor_does_not_wake)
{
  for (int i = 0; i < IDLE; i++) {
    char topic[16];
    whorl_publisher_t publisher;
    snprintf(topic, sizeof topic, "idle%d", i);
    assert_int_equal(whorl_publisher_create(bench->node, INT32, topic, NULL, &publisher), WHORL_OK);
    assert_int_equal(whorl_subscription_create(bench->node, INT32, topic, count_message, bench, NULL, NULL), WHORL_OK);
    assert_int_equal(whorl_guard_condition_create(bench->node, count_triggers, bench, NULL, NULL), WHORL_OK);
    assert_int_equal(whorl_timer_create(bench->node, WHORL_FOREVER, count_tick, bench, NULL, NULL), WHORL_OK);
  }
  assert_int_equal(whorl_timer_create(bench->node, WHORL_SECONDS(3600), end_it, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  uint64_t before = counts_of(bench).parks;
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(counts_of(bench).parks - before, 1);
  assert_int_equal(bench->calls[1] + bench->calls[2] + bench->calls[3], 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(RCLC_30_spinning_allocates_nothing_once_it_is_warm),
      NODE_TEST(PAIN_48_requests_and_their_answers_allocate_nothing_once_it_is_warm),
      NODE_TEST(PAIN_46_an_idle_executor_does_not_wake),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
