// What comes and goes between and during spins, under every kind of executor, in virtual time: nodes, groups, subscriptions, futures.
#include "executor/executor_fixture.h"

#include <std_srvs/srv/trigger.h>

static int count_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info;
  ++*(int *)arg;
  return WHORL_OK;
}

static int count_triggers(uint64_t triggers, void *arg)
{
  *(int *)arg += (int)triggers;
  return WHORL_OK;
}

static whorl_guard_condition_t guard_of(whorl_node_t node, int *count)
{
  whorl_guard_condition_t guard;
  assert_int_equal(whorl_guard_condition_create(node, count_triggers, count, NULL, &guard), WHORL_OK);
  return guard;
}

static void trigger(whorl_guard_condition_t guard) { assert_int_equal(whorl_guard_condition_trigger(guard), WHORL_OK); }

static void add(bench_t *bench, whorl_node_t node) { assert_int_equal(whorl_executor_add_node(bench->executor, node), WHORL_OK); }
static void take_away(bench_t *bench, whorl_node_t node) { assert_int_equal(whorl_executor_remove_node(bench->executor, node), WHORL_OK); }

static size_t groups_of(const bench_t *bench)
{
  size_t count = 0;
  assert_int_equal(whorl_executor_callback_groups(bench->executor, WHORL_EXECUTOR_GROUPS_ALL, NULL, 0, &count), WHORL_OK);
  return count;
}

EXECUTOR_TEST(COL_01_a_node_is_served_while_it_is_there)
{
  whorl_guard_condition_t guard = guard_of(bench->node, &bench->calls[0]);
  trigger(guard);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 0);
  add(bench, bench->node);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 1);
  take_away(bench, bench->node);
  trigger(guard);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 0);
  assert_int_equal(groups_of(bench), 0);
}

EXECUTOR_TEST(COL_04_what_is_added_and_removed_before_a_spin_cancels_out)
{
  whorl_node_t other = fixture_make_node(bench->fixture, "other");
  trigger(guard_of(other, &bench->calls[1]));
  add(bench, other);
  take_away(bench, other);
  add(bench, bench->node);
  trigger(guard_of(bench->node, &bench->calls[0]));
  assert_int_equal(whorl_executor_spin_all(bench->executor, 0), 1);
  assert_int_equal(bench->calls[1], 0);
}

EXECUTOR_TEST(COL_05_08_a_group_added_by_hand_is_served_from_then_on_and_once_only)
{
  for (int manual = 0; manual < 2; manual++) {
    whorl_callback_group_t group;
    whorl_guard_condition_t guard;
    const whorl_callback_group_options_t options = {.manual = manual == 1};
    assert_int_equal(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, &options, &group), WHORL_OK);
    assert_int_equal(whorl_guard_condition_create(bench->node, count_triggers, &bench->calls[manual],
                                                  &(whorl_guard_condition_options_t){.callback_group = group}, &guard),
                     WHORL_OK);
    trigger(guard);
    assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 0);
    assert_int_equal(whorl_executor_add_callback_group(bench->executor, group), WHORL_OK);
    assert_int_equal(whorl_executor_add_callback_group(bench->executor, group), WHORL_ALREADY_ADDED);
    assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 1);
    assert_int_equal(bench->calls[manual], 1);
  }
}

EXECUTOR_TEST(COL_09_10_nodes_die_and_go_in_any_order)
{
  whorl_node_t nodes[3];
  whorl_callback_group_t groups[3];
  static const char *const names[] = {"one", "two", "three"};
  for (int i = 0; i < 3; i++) {
    nodes[i] = fixture_make_node(bench->fixture, names[i]);
    const whorl_callback_group_options_t manual = {.manual = true};
    assert_int_equal(whorl_callback_group_create(nodes[i], WHORL_CALLBACK_GROUP_REENTRANT, &manual, &groups[i]), WHORL_OK);
    assert_int_equal(whorl_executor_add_callback_group(bench->executor, groups[i]), WHORL_OK);
    add(bench, nodes[i]);
  }
  assert_int_equal(groups_of(bench), 6);
  assert_int_equal(whorl_executor_remove_callback_group(bench->executor, groups[1]), WHORL_OK);
  assert_int_equal(whorl_executor_remove_callback_group(bench->executor, groups[1]), WHORL_NOT_ADDED);
  assert_int_equal(whorl_node_destroy(nodes[1]), WHORL_OK); // after its group's removal
  assert_int_equal(whorl_node_destroy(nodes[0]), WHORL_OK); // before it
  assert_int_equal(whorl_executor_remove_callback_group(bench->executor, groups[0]), WHORL_DESTROYED);
  assert_int_equal(groups_of(bench), 2);
  take_away(bench, nodes[2]);
  assert_int_equal(whorl_executor_remove_node(bench->executor, nodes[2]), WHORL_NOT_ADDED);
  assert_int_equal(groups_of(bench), 1); // added by hand: it stays
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 0);
}

EXECUTOR_TEST(EXE_31_a_group_whose_node_is_gone_is_out_already)
{
  whorl_node_t other = fixture_make_node(bench->fixture, "other");
  whorl_callback_group_t group = whorl_node_default_callback_group(other);
  add(bench, other);
  assert_int_equal(whorl_node_destroy(other), WHORL_OK);
  assert_int_equal(whorl_executor_remove_callback_group(bench->executor, group), WHORL_DESTROYED);
  assert_int_equal(groups_of(bench), 0);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 0);
}

static int complete_it(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  bench->calls[0]++;
  return whorl_future_complete(bench->future, WHORL_OK, NULL);
}

EXECUTOR_TEST(EXE_17_18_19_the_helpers_have_an_executor_of_their_own_for_the_call)
{
  assert_int_equal(whorl_future_create(NULL, &bench->future), WHORL_OK);
  assert_int_equal(whorl_timer_create(bench->node, WHORL_SECONDS(1), complete_it, bench, NULL, &bench->timers[0]), WHORL_OK);
  assert_int_equal(whorl_spin_some(bench->node, 0), 0);
  assert_int_equal(whorl_spin_until_future_complete(bench->node, bench->future, WHORL_SECONDS(10)), WHORL_FUTURE_SUCCESS);
  assert_int_equal(bench->calls[0], 1);
  assert_int_equal(whorl_timer_cancel(bench->timers[0]), WHORL_OK);
  trigger(guard_of(bench->node, &bench->calls[1]));
  assert_int_equal(whorl_spin_all(bench->node, WHORL_SECONDS(1)), 1);
  add(bench, bench->node); // it was attached for those calls only
  assert_int_equal(whorl_future_destroy(bench->future), WHORL_OK);
}

static int refuse(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call, (void)arg;
  return WHORL_IO_ERROR;
}

EXECUTOR_TEST(EXE_35_an_open_future_times_out_beside_a_service_and_a_client)
{
  whorl_service_type_t type = WHORL_SERVICE(std_srvs, srv, Trigger);
  whorl_client_t client;
  assert_int_equal(whorl_future_create(NULL, &bench->future), WHORL_OK);
  assert_int_equal(whorl_service_create(bench->node, type, "service", refuse, NULL, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_client_create(bench->node, type, "service", NULL, &client), WHORL_OK);
  add(bench, bench->node);
  for (int i = 0; i < 2; i++) {
    int64_t before_ns = bench_now(bench);
    assert_int_equal(whorl_executor_spin_until_future_complete(bench->executor, bench->future, WHORL_MILLISECONDS(1)),
                     WHORL_FUTURE_TIMEOUT);
    assert_int_equal(bench_now(bench) - before_ns, WHORL_MILLISECONDS(1));
    if (i == 0) take_away(bench, bench->node);
  }
  assert_int_equal(whorl_future_destroy(bench->future), WHORL_OK);
}

EXECUTOR_TEST(EVT_13_a_destroyed_subscription_gets_nothing_and_another_one_its_own)
{
  whorl_subscription_t gone;
  assert_int_equal(whorl_subscription_create(bench->node, INT32, "topic", count_message, &bench->calls[0], NULL, &gone), WHORL_OK);
  assert_int_equal(whorl_subscription_create(bench->node, INT32, "topic", count_message, &bench->calls[1], NULL, NULL), WHORL_OK);
  add(bench, bench->node);
  bench_let_pass(bench, WHORL_SECONDS(1));
  for (int i = 0; i < 3; i++) bench_publish(bench, i);
  bench_let_pass(bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_subscription_destroy(gone), WHORL_OK);
  assert_int_equal(whorl_executor_spin_all(bench->executor, 0), 3);
  assert_int_equal(bench->calls[0], 0);
  assert_int_equal(bench->calls[1], 3);
}

static whorl_publisher_t retained;

static int subscribe_late(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  whorl_qos_t qos = WHORL_QOS_DEFAULT;
  whorl_subscription_options_t options = {.qos = &qos};
  (void)info;
  qos.durability = WHORL_DURABILITY_TRANSIENT_LOCAL;
  WHORL_TRY(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &options.callback_group));
  return whorl_subscription_create(bench->node, INT32, "retained", count_message, &bench->calls[0], &options, NULL);
}

static int end_it(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  return whorl_executor_cancel(((bench_t *)arg)->executor);
}

EXECUTOR_TEST(CBG_09_a_group_and_a_subscription_made_while_spinning_get_the_retained_message)
{
  const whorl_timer_options_t once = {.one_shot = true};
  whorl_qos_t qos = WHORL_QOS_DEFAULT;
  qos.durability = WHORL_DURABILITY_TRANSIENT_LOCAL;
  assert_int_equal(whorl_publisher_create(bench->node, INT32, "retained", &(whorl_publisher_options_t){.qos = &qos}, &retained), WHORL_OK);
  std_msgs__msg__Int32 message = {.data = 1};
  assert_int_equal(whorl_publish(retained, &message), WHORL_OK);
  assert_int_equal(whorl_timer_create(bench->node, WHORL_MILLISECONDS(100), subscribe_late, bench, &once, NULL), WHORL_OK);
  assert_int_equal(whorl_timer_create(bench->node, WHORL_SECONDS(5), end_it, bench, &once, NULL), WHORL_OK);
  add(bench, bench->node);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(bench->calls[0], 1);
}

static void EXE_36_the_results_have_the_peers_numbers(void **state)
{
  (void)state;
  assert_int_equal(WHORL_FUTURE_SUCCESS, 0);
  assert_int_equal(WHORL_FUTURE_INTERRUPTED, 1);
  assert_int_equal(WHORL_FUTURE_TIMEOUT, 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(COL_01_a_node_is_served_while_it_is_there),
      NODE_TEST(COL_04_what_is_added_and_removed_before_a_spin_cancels_out),
      NODE_TEST(COL_05_08_a_group_added_by_hand_is_served_from_then_on_and_once_only),
      NODE_TEST(COL_09_10_nodes_die_and_go_in_any_order),
      NODE_TEST(EXE_31_a_group_whose_node_is_gone_is_out_already),
      NODE_TEST(EXE_17_18_19_the_helpers_have_an_executor_of_their_own_for_the_call),
      NODE_TEST(EXE_35_an_open_future_times_out_beside_a_service_and_a_client),
      NODE_TEST(EVT_13_a_destroyed_subscription_gets_nothing_and_another_one_its_own),
      NODE_TEST(CBG_09_a_group_and_a_subscription_made_while_spinning_get_the_retained_message),
      cmocka_unit_test(EXE_36_the_results_have_the_peers_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
