// Callbacks that wait under an executor, their errors, and what becomes of both when the spin ends.
#include <errno.h>
#include <sched.h>

#include <std_srvs/srv/trigger.h>

#include "executor/executor_fixture.h"

static int sleep_a_second(const void *message, const whorl_message_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)message, (void)info;
  bench_note(bench, "begun");
  int status = whorl_sleep(WHORL_SECONDS(1));
  bench_note(bench, whorl_status_name(status) + 6);
  bench->calls[0]++;
  return status;
}

static int count_tick(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ++*(int *)arg;
  return WHORL_OK;
}

static int cancel_it(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  return whorl_executor_cancel(((bench_t *)arg)->executor);
}

static whorl_callback_group_t reentrant(bench_t *bench)
{
  whorl_callback_group_t group;
  assert_int_equal(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_REENTRANT, NULL, &group), WHORL_OK);
  return group;
}

static void listen(bench_t *bench, whorl_message_callback_t callback)
{
  assert_int_equal(whorl_subscription_create(bench->node, INT32, "topic", callback, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  bench_let_pass(bench, WHORL_SECONDS(1));
}

static void call_in_group(bench_t *bench, int64_t period_ns, whorl_timer_callback_t callback, void *arg, whorl_callback_group_t group)
{
  const whorl_timer_options_t options = {.callback_group = group};
  assert_int_equal(whorl_timer_create(bench->node, period_ns, callback, arg, &options, NULL), WHORL_OK);
}

EXECUTOR_TEST(R42_a_suspended_callback_keeps_its_group_busy_and_not_the_thread)
{
  call_in_group(bench, WHORL_MILLISECONDS(300), count_tick, &bench->calls[1], (whorl_callback_group_t){0}); // its own group
  call_in_group(bench, WHORL_MILLISECONDS(100), count_tick, &bench->calls[2], reentrant(bench));            // another one
  listen(bench, sleep_a_second);
  assert_int_equal(whorl_executor_spin_all(bench->executor, 0), 2);
  bench->calls[1] = bench->calls[2] = 0;
  bench_publish(bench, 1);
  while (bench->calls[0] == 0) assert_true(whorl_executor_spin_once(bench->executor, WHORL_FOREVER) >= 0);
  assert_string_equal(bench->trace, "begun OK");
  assert_true(bench->calls[1] <= 1); // the timer of the busy group: at most before it was busy
  assert_true(bench->calls[2] >= 9);
}

EXECUTOR_TEST(S21_cancel_ends_what_is_suspended_and_starts_nothing_behind_it)
{
  listen(bench, sleep_a_second);
  for (int i = 0; i < 4; i++) bench_publish(bench, i);
  call_in_group(bench, WHORL_MILLISECONDS(500), cancel_it, bench, reentrant(bench));
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_string_equal(bench->trace, "begun CANCELED");
  bench->trace[0] = '\0';
  bench->calls[0] = 0;
  while (bench->calls[0] < 3) assert_true(whorl_executor_spin_once(bench->executor, WHORL_FOREVER) >= 0 || bench->calls[0] == 3);
  assert_string_equal(bench->trace, "begun OK begun OK begun OK");
}

EXECUTOR_TEST(EXE_destroy_drains_what_a_short_spin_has_left_suspended)
{
  whorl_executor_t other;
  listen(bench, sleep_a_second);
  assert_int_equal(whorl_executor_create(bench->fixture->context, WHORL_EXECUTOR_EVENTS, NULL, &other), WHORL_OK);
  assert_int_equal(whorl_executor_remove_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(other, bench->node), WHORL_OK);
  bench_publish(bench, 1);
  assert_int_equal(whorl_executor_spin_once(other, WHORL_SECONDS(1)), 1);
  assert_string_equal(bench->trace, "begun");
  assert_int_equal(whorl_executor_destroy(other), WHORL_OK);
  assert_string_equal(bench->trace, "begun CANCELED");
}

EXECUTOR_TEST(a_callback_that_has_begun_ends_where_it_began_though_its_node_moves)
{
  whorl_executor_t other;
  listen(bench, sleep_a_second);
  assert_int_equal(whorl_executor_create(bench->fixture->context, WHORL_EXECUTOR_EVENTS, NULL, &other), WHORL_OK);
  bench_publish(bench, 1);
  bench_publish(bench, 2);
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_SECONDS(1)), 1);
  assert_int_equal(whorl_executor_remove_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(other, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin_once(other, WHORL_SECONDS(3)), 0); // its exclusive group is busy still
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_SECONDS(3)), 1);
  assert_string_equal(bench->trace, "begun OK");
  assert_int_equal(whorl_executor_spin_once(other, 0), 1);
  assert_string_equal(bench->trace, "begun OK begun");
  assert_int_equal(whorl_executor_destroy(other), WHORL_OK);
}

static int destroy_node(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  bench->status = whorl_node_destroy(bench->node);
  bench_note(bench, "destroyed");
  return WHORL_OK;
}

EXECUTOR_TEST(destroying_a_node_from_another_nodes_callback_waits_for_its_callbacks)
{
  whorl_node_t other;
  const whorl_timer_options_t once = {.one_shot = true};
  listen(bench, sleep_a_second);
  assert_int_equal(whorl_node_create(bench->fixture->context, "other", NULL, &other), WHORL_OK);
  assert_int_equal(whorl_timer_create(other, WHORL_MILLISECONDS(500), destroy_node, bench, &once, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, other), WHORL_OK);
  bench_publish(bench, 1);
  for (int i = 0; i < 4; i++) assert_true(whorl_executor_spin_once(bench->executor, WHORL_SECONDS(2)) >= 0);
  assert_int_equal(bench->status, WHORL_OK);
  assert_string_equal(bench->trace, "begun CANCELED destroyed");
}

static void *destroy_elsewhere(void *arg)
{
  bench_t *bench = arg;
  bench->status = bench->subscription.id != 0 ? whorl_subscription_destroy(bench->subscription) : whorl_node_destroy(bench->node);
  return NULL;
}

// Its own end is asked for on another thread, which waits for it when this goes on.
static int meet_the_destroyer(const void *message, const whorl_message_info_t *info, void *arg)
{
  bench_t *bench = arg;
  whorl_shield_t shield;
  (void)message, (void)info;
  assert_int_equal(pthread_create(&bench->thread, NULL, destroy_elsewhere, bench), 0);
  while (!whorl__core_is_awaited(whorl__core_current())) sched_yield();
  bench_note(bench, whorl_canceled() ? "canceled" : "not canceled");
  whorl_shield_open(&shield, WHORL_SECONDS(10));
  (void)whorl_sleep(WHORL_SECONDS(1));
  bench_note(bench, "ended");
  return whorl_shield_close(&shield, WHORL_OK);
}

static void destroy_during_a_short_spin(bench_t *bench, bool whole_node)
{
  whorl_subscription_t subscription;
  assert_int_equal(whorl_subscription_create(bench->node, INT32, "topic", meet_the_destroyer, bench, NULL, &subscription), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  bench_let_pass(bench, WHORL_SECONDS(1));
  if (!whole_node) bench->subscription = subscription;
  bench_publish(bench, 1);
  int64_t before_ns = bench_now(bench);
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_MILLISECONDS(100)), 1);
  assert_string_equal(bench->trace, "canceled ended");
  assert_true(bench_now(bench) - before_ns >= WHORL_SECONDS(1));
  assert_int_equal(pthread_join(bench->thread, NULL), 0);
  assert_int_equal(bench->status, WHORL_OK);
}

EXECUTOR_TEST(a_short_spin_goes_on_for_callbacks_whose_subscription_is_destroyed_elsewhere) { destroy_during_a_short_spin(bench, false); }
EXECUTOR_TEST(a_short_spin_goes_on_for_callbacks_whose_node_is_destroyed_elsewhere) { destroy_during_a_short_spin(bench, true); }

static int clean_up_for_long(const void *message, const whorl_message_info_t *info, void *arg)
{
  bench_t *bench = arg;
  whorl_shield_t shield;
  (void)message, (void)info;
  whorl_shield_open(&shield, WHORL_SECONDS(60));
  assert_int_equal(whorl_context_shutdown(bench->fixture->context), WHORL_OK);
  bench->status = whorl_sleep(WHORL_SECONDS(30));
  return whorl_shield_close(&shield, WHORL_OK);
}

EXECUTOR_TEST(R44_a_shutdowns_grace_ends_shields_under_an_executor)
{
  whorl__context_t *context;
  assert_int_equal(whorl__context_pin(bench->fixture->context, &context), WHORL_OK);
  context->grace_ns = WHORL_SECONDS(2);
  whorl__context_unpin(context);
  listen(bench, clean_up_for_long);
  bench_publish(bench, 1);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_SHUTDOWN);
  assert_int_equal(bench->status, WHORL_CANCELED);
  assert_in_range(bench_now(bench), WHORL_SECONDS(3), WHORL_SECONDS(3) + WHORL_MILLISECONDS(100));
}

EXECUTOR_TEST(destroying_the_own_node_inside_a_callback_does_not_wait)
{
  const whorl_timer_options_t once = {.one_shot = true};
  assert_int_equal(whorl_timer_create(bench->node, WHORL_MILLISECONDS(1), destroy_node, bench, &once, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_SECONDS(1)), 1);
  assert_int_equal(bench->status, WHORL_OK);
  assert_string_equal(bench->trace, "destroyed");
  assert_string_equal(whorl_node_name(bench->node), "");
}

static int fail_third(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  return ++bench->calls[0] == 3 ? whorl_status_from_errno(EIO) : WHORL_OK;
}

typedef struct called {
  bench_t *bench;
  whorl_client_t clients[2]; // of a service in the caller's group, and of one in a group of its own
  int statuses[2];
} called_t;

static int answer_it(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)call, (void)arg;
  ((std_srvs__srv__Trigger_Response *)response)->success = true;
  return WHORL_OK;
}

static int call_both(const whorl_timer_info_t *info, void *arg)
{
  called_t *called = arg;
  const std_srvs__srv__Trigger_Request request = {0};
  (void)info;
  for (int i = 0; i < 2; i++) {
    std_srvs__srv__Trigger_Response response = {0};
    called->statuses[i] = whorl_client_call(called->clients[i], &request, &response);
    if (i == 0)
      assert_string_equal(whorl_detail(), "service '/mine' is called by a callback of its own exclusive group, and nobody else offers it");
    std_srvs__srv__Trigger_Response__fini(&response);
  }
  return whorl_executor_cancel(called->bench->executor);
}

EXECUTOR_TEST(S23_R42_a_service_of_the_callers_own_group_is_refused_and_of_another_group_answers)
{
  called_t called = {.bench = bench};
  whorl_service_options_t options = {0};
  whorl_service_type_t type = WHORL_SERVICE(std_srvs, srv, Trigger);
  static const char *const names[] = {"mine", "other"};
  for (int i = 0; i < 2; i++) {
    if (i == 1)
      assert_int_equal(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &options.callback_group), WHORL_OK);
    assert_int_equal(whorl_service_create(bench->node, type, names[i], answer_it, NULL, &options, NULL), WHORL_OK);
    assert_int_equal(whorl_client_create(bench->node, type, names[i], NULL, &called.clients[i]), WHORL_OK);
  }
  assert_int_equal(whorl_timer_create(bench->node, WHORL_SECONDS(1), call_both, &called, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(called.statuses[0], WHORL_WOULD_DEADLOCK);
  assert_int_equal(called.statuses[1], WHORL_OK);
}

static int refuse_match(const whorl_qos_event_t *event, void *arg)
{
  (void)arg;
  return event->kind == WHORL_QOS_EVENT_MATCHED ? WHORL_IO_ERROR : WHORL_OK;
}

static int count_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info;
  ((bench_t *)arg)->calls[0]++;
  return WHORL_OK;
}

EXECUTOR_TEST(R43_a_message_waits_behind_a_failed_event_callback_and_is_not_lost)
{
  const whorl_subscription_options_t options = {.on_event = refuse_match};
  assert_int_equal(whorl_subscription_create(bench->node, INT32, "topic", count_message, bench, &options, NULL), WHORL_OK);
  bench_add_node(bench);
  bench_let_pass(bench, WHORL_SECONDS(1)); // matched
  bench_publish(bench, 1);
  bench_let_pass(bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_executor_spin_all(bench->executor, 0), WHORL_IO_ERROR);
  assert_int_equal(bench->calls[0], 0);
  assert_int_equal(whorl_executor_spin_all(bench->executor, 0), 1);
  assert_int_equal(bench->calls[0], 1);
}

EXECUTOR_TEST(R43_a_callbacks_error_ends_the_spin_with_it)
{
  call_in_group(bench, WHORL_MILLISECONDS(1), fail_third, bench, (whorl_callback_group_t){0});
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_IO_ERROR);
  assert_non_null(strstr(whorl_detail(), "'timer' failed: IO_ERROR"));
  assert_int_equal(bench->calls[0], 3);
  assert_int_equal(whorl_executor_spin_once(bench->executor, WHORL_SECONDS(1)), 1); // and the next one goes on
  assert_int_equal(bench->calls[0], 4);
}

typedef struct heard {
  int count, status;
  char sentence[200];
} heard_t;

static heard_t heard;

static void hear_error(void *arg, int status, const char *sentence)
{
  (void)arg;
  heard.count++;
  heard.status = status;
  snprintf(heard.sentence, sizeof heard.sentence, "%s", sentence);
}

static int cancel_at_fifth(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  if (bench->calls[0] == 5) return whorl_executor_cancel(bench->executor);
  return fail_third(info, arg);
}

static void with_hook(bench_t *bench)
{
  heard = (heard_t){0};
  call_in_group(bench, WHORL_MILLISECONDS(1), cancel_at_fifth, bench, (whorl_callback_group_t){0});
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(heard.count, 1);
  assert_int_equal(heard.status, WHORL_IO_ERROR);
  assert_non_null(strstr(heard.sentence, "'timer' failed: IO_ERROR"));
  assert_int_equal(bench->calls[0], 5);
}

static void on_error_takes_errors_and_the_spin_goes_on(void **state)
{
  bench_run_with(state, with_hook, &(whorl_executor_options_t){.on_error = hear_error});
}

// --- PAIN-23: a chain of services on one thread

enum { CHAIN = 5 };
typedef struct chain {
  whorl_client_t next[CHAIN];
  int handled;
} chain_t;

typedef struct link {
  chain_t *chain;
  int number;
} link_t;

static int call_next(chain_t *chain, int number)
{
  std_srvs__srv__Trigger_Request request = {0};
  std_srvs__srv__Trigger_Response response = {0};
  int status = whorl_client_call(chain->next[number], &request, &response);
  std_srvs__srv__Trigger_Response__fini(&response);
  return status;
}

static int serve(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  link_t *link = arg;
  (void)request, (void)call;
  if (link->number + 1 < CHAIN) WHORL_TRY(call_next(link->chain, link->number + 1));
  link->chain->handled++;
  ((std_srvs__srv__Trigger_Response *)response)->success = true;
  return WHORL_OK;
}

static chain_t chain;

static int call_chain(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  bench->status = call_next(&chain, 0);
  return whorl_executor_cancel(bench->executor);
}

EXECUTOR_TEST(PAIN_23_a_chain_of_five_services_answers_on_one_thread)
{
  static link_t links[CHAIN];
  const whorl_timer_options_t once = {.one_shot = true};
  chain = (chain_t){0};
  for (int i = 0; i < CHAIN; i++) {
    char name[16];
    whorl_callback_group_t group;
    assert_int_equal(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &group), WHORL_OK);
    snprintf(name, sizeof name, "link_%d", i);
    links[i] = (link_t){&chain, i};
    const whorl_service_options_t options = {.callback_group = group};
    assert_int_equal(whorl_service_create(bench->node, WHORL_SERVICE(std_srvs, srv, Trigger), name, serve, &links[i], &options, NULL),
                     WHORL_OK);
    assert_int_equal(whorl_client_create(bench->node, WHORL_SERVICE(std_srvs, srv, Trigger), name, NULL, &chain.next[i]), WHORL_OK);
  }
  assert_int_equal(whorl_timer_create(bench->node, WHORL_SECONDS(1), call_chain, bench, &once, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(bench->status, WHORL_OK);
  assert_int_equal(chain.handled, CHAIN);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(R42_a_suspended_callback_keeps_its_group_busy_and_not_the_thread),
      NODE_TEST(S21_cancel_ends_what_is_suspended_and_starts_nothing_behind_it),
      NODE_TEST(EXE_destroy_drains_what_a_short_spin_has_left_suspended),
      NODE_TEST(a_callback_that_has_begun_ends_where_it_began_though_its_node_moves),
      NODE_TEST(destroying_a_node_from_another_nodes_callback_waits_for_its_callbacks),
      NODE_TEST(a_short_spin_goes_on_for_callbacks_whose_subscription_is_destroyed_elsewhere),
      NODE_TEST(a_short_spin_goes_on_for_callbacks_whose_node_is_destroyed_elsewhere),
      NODE_TEST(R44_a_shutdowns_grace_ends_shields_under_an_executor),
      NODE_TEST(destroying_the_own_node_inside_a_callback_does_not_wait),
      NODE_TEST(S23_R42_a_service_of_the_callers_own_group_is_refused_and_of_another_group_answers),
      NODE_TEST(R43_a_message_waits_behind_a_failed_event_callback_and_is_not_lost),
      NODE_TEST(R43_a_callbacks_error_ends_the_spin_with_it),
      NODE_TEST(on_error_takes_errors_and_the_spin_goes_on),
      NODE_TEST(PAIN_23_a_chain_of_five_services_answers_on_one_thread),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
