// Which nodes and callback groups an executor has, for every kind.
#include "executor/executor_fixture.h"

static size_t groups_of(whorl_executor_t executor, whorl_executor_groups_t which)
{
  size_t count;
  assert_int_equal(whorl_executor_callback_groups(executor, which, NULL, 0, &count), WHORL_OK);
  return count;
}

#define CHECK_GROUPS(executor, all, by_hand, from_nodes)                                     \
  do {                                                                                       \
    assert_int_equal(groups_of((executor), WHORL_EXECUTOR_GROUPS_ALL), (all));               \
    assert_int_equal(groups_of((executor), WHORL_EXECUTOR_GROUPS_BY_HAND), (by_hand));       \
    assert_int_equal(groups_of((executor), WHORL_EXECUTOR_GROUPS_FROM_NODES), (from_nodes)); \
  } while (0)

static whorl_callback_group_t make_group(bench_t *bench, bool manual)
{
  whorl_callback_group_t group;
  assert_int_equal(
      whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, &(whorl_callback_group_options_t){.manual = manual}, &group),
      WHORL_OK);
  return group;
}

EXECUTOR_TEST(CBG_01_groups_added_by_hand_count_at_once)
{
  whorl_callback_group_t first = make_group(bench, false), second = make_group(bench, false);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, first), WHORL_OK);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, second), WHORL_OK);
  CHECK_GROUPS(bench->executor, 2, 2, 0);
  // CBG-02: the node brings its remaining one, and takes only that away
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  CHECK_GROUPS(bench->executor, 3, 2, 1);
  assert_int_equal(whorl_executor_remove_node(bench->executor, bench->node), WHORL_OK);
  CHECK_GROUPS(bench->executor, 2, 2, 0);
  // CBG-03
  assert_int_equal(whorl_executor_remove_callback_group(bench->executor, first), WHORL_OK);
  CHECK_GROUPS(bench->executor, 1, 1, 0);
  assert_int_equal(whorl_executor_remove_callback_group(bench->executor, second), WHORL_OK);
  CHECK_GROUPS(bench->executor, 0, 0, 0);
}

EXECUTOR_TEST(CBG_04_a_group_twice_is_refused)
{
  whorl_callback_group_t group = make_group(bench, false);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, group), WHORL_OK);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, group), WHORL_ALREADY_ADDED);
  assert_string_equal(whorl_detail(), "the callback group of node '/tested' is in executor 'executor' already");
  CHECK_GROUPS(bench->executor, 1, 1, 0);
}

EXECUTOR_TEST(CBG_10_removing_a_group_that_is_not_there_is_refused)
{
  whorl_callback_group_t group = make_group(bench, false);
  assert_int_equal(whorl_executor_remove_callback_group(bench->executor, group), WHORL_NOT_ADDED);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, group), WHORL_OK);
  assert_int_equal(whorl_executor_remove_callback_group(bench->executor, group), WHORL_OK);
  assert_int_equal(whorl_executor_remove_callback_group(bench->executor, group), WHORL_NOT_ADDED);
}

EXECUTOR_TEST(COL_07_a_group_that_came_with_its_node_is_the_nodes)
{
  whorl_callback_group_t group = make_group(bench, false);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  CHECK_GROUPS(bench->executor, 2, 0, 2);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, group), WHORL_ALREADY_ADDED);
  assert_int_equal(whorl_executor_remove_callback_group(bench->executor, group), WHORL_WRONG_STATE);
  assert_non_null(strstr(whorl_detail(), "remove the node"));
  CHECK_GROUPS(bench->executor, 2, 0, 2);
}

static int cancel_at_second(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  if (++bench->calls[0] == 2) assert_int_equal(whorl_executor_cancel(bench->executor), WHORL_OK);
  return WHORL_OK;
}

static int add_late_group(const whorl_timer_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)info;
  const whorl_timer_options_t options = {.callback_group = make_group(bench, false)};
  return whorl_timer_create(bench->node, WHORL_SECONDS(1), cancel_at_second, bench, &options, NULL);
}

EXECUTOR_TEST(CBG_05_a_group_made_while_spinning_is_served)
{
  const whorl_timer_options_t once = {.one_shot = true};
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_timer_create(bench->node, WHORL_MILLISECONDS(1), add_late_group, bench, &once, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_int_equal(bench->calls[0], 2);
  CHECK_GROUPS(bench->executor, 2, 0, 2);
}

EXECUTOR_TEST(CBG_06_manual_groups_join_by_hand_only)
{
  whorl_callback_group_t first = make_group(bench, true), second = make_group(bench, true);
  make_group(bench, true);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, first), WHORL_OK);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, second), WHORL_OK);
  CHECK_GROUPS(bench->executor, 2, 2, 0);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  CHECK_GROUPS(bench->executor, 3, 2, 1);
}

EXECUTOR_TEST(CBG_07_groups_of_one_node_may_be_in_two_executors)
{
  whorl_executor_t other;
  whorl_callback_group_t first = make_group(bench, false), second = make_group(bench, false), third = make_group(bench, false);
  assert_int_equal(
      whorl_executor_create(bench->fixture->context, WHORL_EXECUTOR_EVENTS, &(whorl_executor_options_t){.name = "other"}, &other),
      WHORL_OK);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, first), WHORL_OK);
  assert_int_equal(whorl_executor_add_callback_group(other, second), WHORL_OK);
  assert_int_equal(whorl_executor_add_callback_group(other, third), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  CHECK_GROUPS(bench->executor, 2, 1, 1);
  CHECK_GROUPS(other, 2, 2, 0);
  assert_int_equal(whorl_executor_add_callback_group(other, first), WHORL_ADDED_ELSEWHERE);
  assert_int_equal(whorl_executor_remove_callback_group(other, first), WHORL_ADDED_ELSEWHERE);
  assert_int_equal(whorl_executor_destroy(other), WHORL_OK);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, second), WHORL_OK);
}

EXECUTOR_TEST(EXE_04_a_node_belongs_to_one_executor)
{
  whorl_executor_t other;
  assert_int_equal(
      whorl_executor_create(bench->fixture->context, WHORL_EXECUTOR_EVENTS, &(whorl_executor_options_t){.name = "other"}, &other),
      WHORL_OK);
  assert_int_equal(whorl_executor_remove_node(bench->executor, bench->node), WHORL_NOT_ADDED); // EXE-29, COL-03
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_ALREADY_ADDED); // COL-02
  assert_int_equal(whorl_executor_add_node(other, bench->node), WHORL_ADDED_ELSEWHERE);
  assert_string_equal(whorl_detail(), "node '/tested' belongs to executor 'executor'");
  assert_int_equal(whorl_executor_remove_node(other, bench->node), WHORL_ADDED_ELSEWHERE);
  assert_int_equal(whorl_executor_spin_node_some(other, bench->node, 0), WHORL_ADDED_ELSEWHERE);
  assert_int_equal(whorl_executor_destroy(other), WHORL_OK);
}

EXECUTOR_TEST(EXE_01_destroying_an_executor_sets_its_nodes_and_groups_free)
{
  whorl_executor_t first;
  whorl_callback_group_t group = make_group(bench, true);
  assert_int_equal(whorl_executor_create(bench->fixture->context, WHORL_EXECUTOR_EVENTS, NULL, &first), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(first, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_add_callback_group(first, group), WHORL_OK);
  assert_int_equal(whorl_executor_destroy(first), WHORL_OK);
  assert_int_equal(whorl_executor_destroy(first), WHORL_DESTROYED);
  assert_int_equal(whorl_executor_spin_some(first, 0), WHORL_DESTROYED);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, group), WHORL_OK);
}

static int hear(const void *message, const whorl_message_info_t *info, void *arg)
{
  bench_t *bench = arg;
  (void)message, (void)info;
  bench->calls[0]++;
  return WHORL_OK;
}

EXECUTOR_TEST(EXE_31_a_node_that_died_is_dropped)
{
  whorl_node_t mortal;
  whorl_callback_group_t group;
  assert_int_equal(whorl_node_create(bench->fixture->context, "mortal", NULL, &mortal), WHORL_OK);
  assert_int_equal(whorl_callback_group_create(mortal, WHORL_CALLBACK_GROUP_REENTRANT, NULL, &group), WHORL_OK);
  assert_int_equal(whorl_subscription_create(mortal, INT32, "topic", hear, bench, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, mortal), WHORL_OK); // EXE-02
  bench_let_pass(bench, WHORL_SECONDS(1));
  bench_publish(bench, 1);
  bench_let_pass(bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_node_destroy(mortal), WHORL_OK);
  CHECK_GROUPS(bench->executor, 0, 0, 0);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 0);
  assert_int_equal(bench->calls[0], 0); // EVT-13: what waited for it is not delivered
  assert_int_equal(whorl_executor_remove_node(bench->executor, mortal), WHORL_DESTROYED);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, group), WHORL_DESTROYED);
}

static int open_it(void *arg)
{
  bench_t *bench = arg;
  bench->status = whorl_node_open(bench->node);
  snprintf(bench->trace, sizeof bench->trace, "%s", whorl_detail());
  if (bench->status < 0) return WHORL_OK;
  bench->calls[1] = whorl_executor_add_node(bench->executor, bench->node);
  return whorl_node_close(bench->node, WHORL_OK);
}

EXECUTOR_TEST(a_node_is_a_loops_or_an_executors)
{
  assert_int_equal(whorl_simulation_run(bench->fixture->world, open_it, bench), WHORL_OK);
  assert_int_equal(bench->status, WHORL_OK);
  assert_int_equal(bench->calls[1], WHORL_ALREADY_DRIVEN);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_simulation_run(bench->fixture->world, open_it, bench), WHORL_OK);
  assert_int_equal(bench->status, WHORL_ALREADY_DRIVEN);
  assert_string_equal(bench->trace, "node '/tested' belongs to executor 'executor'");
  assert_int_equal(whorl_executor_remove_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, make_group(bench, true)), WHORL_OK);
  assert_int_equal(whorl_simulation_run(bench->fixture->world, open_it, bench), WHORL_OK);
  assert_int_equal(bench->status, WHORL_ALREADY_DRIVEN);
}

static int try_to_add(void *arg)
{
  bench_t *bench = arg;
  bench->status = whorl_executor_add_node(bench->executor, bench->node);
  assert_string_equal(whorl_detail(), "node '/tested' is open on 'simulation'");
  return whorl_executor_add_callback_group(bench->executor, make_group(bench, true));
}

EXECUTOR_TEST(what_drives_the_node_is_named)
{
  assert_int_equal(whorl_simulation_run_until_idle(bench->fixture->world, WHORL_FOREVER), WHORL_OK); // it has the node now
  assert_int_equal(whorl_simulation_run(bench->fixture->world, try_to_add, bench), WHORL_ALREADY_DRIVEN);
  assert_int_equal(bench->status, WHORL_ALREADY_DRIVEN);
  assert_string_equal(whorl_detail(), "node '/tested' is open on 'simulation'");
}

EXECUTOR_TEST(a_group_is_destroyed_when_it_has_no_entities)
{
  whorl_timer_t timer;
  whorl_callback_group_t group = make_group(bench, false);
  const whorl_timer_options_t options = {.callback_group = group};
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_timer_create(bench->node, WHORL_SECONDS(1), cancel_at_second, bench, &options, &timer), WHORL_OK);
  assert_int_equal(whorl_callback_group_destroy(group), WHORL_BUSY);
  assert_string_equal(whorl_detail(), "the callback group still has 1 entities");
  assert_int_equal(whorl_timer_destroy(timer), WHORL_OK);
  assert_int_equal(whorl_callback_group_destroy(group), WHORL_OK);
  assert_int_equal(whorl_callback_group_destroy(group), WHORL_DESTROYED);
  assert_int_equal(whorl_timer_create(bench->node, WHORL_SECONDS(1), cancel_at_second, bench, &options, NULL), WHORL_DESTROYED);
  assert_int_equal(whorl_callback_group_destroy(whorl_node_default_callback_group(bench->node)), WHORL_WRONG_STATE);
  CHECK_GROUPS(bench->executor, 1, 0, 1);
}

EXECUTOR_TEST(a_group_of_another_node_is_refused)
{
  whorl_node_t other;
  whorl_callback_group_t group = make_group(bench, false);
  const whorl_timer_options_t options = {.callback_group = group};
  assert_int_equal(whorl_node_create(bench->fixture->context, "other", NULL, &other), WHORL_OK);
  assert_int_equal(whorl_timer_create(other, WHORL_SECONDS(1), cancel_at_second, bench, &options, NULL), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "the callback group belongs to node '/tested', not to '/other'");
}

EXECUTOR_TEST(bad_arguments_are_named)
{
  whorl_executor_t executor;
  whorl_executor_kind_t kind;
  size_t count;
  assert_int_equal(whorl_executor_create(bench->fixture->context, (whorl_executor_kind_t)9, NULL, &executor), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_executor_create(bench->fixture->context, WHORL_EXECUTOR_EVENTS, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_executor_create((whorl_context_t){0}, WHORL_EXECUTOR_EVENTS, NULL, &executor), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_executor_kind_from_name("fast", &kind), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "'fast' is no kind of executor; there are single_threaded, events, multi_threaded and static");
  assert_int_equal(whorl_executor_kind_from_name("events", &kind), WHORL_OK);
  assert_int_equal(kind, WHORL_EXECUTOR_EVENTS);
  assert_int_equal(whorl_executor_spin((whorl_executor_t){0}), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_executor_cancel((whorl_executor_t){0}), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_executor_add_node(bench->executor, (whorl_node_t){0}), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_executor_spin_until_future_complete(bench->executor, (whorl_future_t){0}, 0), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_executor_callback_groups(bench->executor, (whorl_executor_groups_t)7, NULL, 0, &count), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_executor_callback_groups(bench->executor, WHORL_EXECUTOR_GROUPS_ALL, NULL, 1, &count), WHORL_INVALID_ARGUMENT);
  assert_false(whorl_executor_is_spinning((whorl_executor_t){0}));
}

EXECUTOR_TEST(an_executor_goes_with_its_context)
{
  whorl_context_t context;
  whorl_executor_t executor;
  whorl_node_t node, foreign = bench->node;
  assert_int_equal(whorl_simulation_create_context(bench->fixture->world, &context), WHORL_OK);
  assert_int_equal(whorl_executor_create(context, WHORL_EXECUTOR_EVENTS, NULL, &executor), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "within", NULL, &node), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(executor, node), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(executor, foreign), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_context_shutdown(context), WHORL_OK);
  assert_int_equal(whorl_context_destroy(context, whorl_executor_spin(executor)), WHORL_OK); // SHUTDOWN is a clean end
  assert_int_equal(whorl_executor_spin(executor), WHORL_DESTROYED);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(CBG_01_groups_added_by_hand_count_at_once),
      NODE_TEST(CBG_04_a_group_twice_is_refused),
      NODE_TEST(CBG_10_removing_a_group_that_is_not_there_is_refused),
      NODE_TEST(COL_07_a_group_that_came_with_its_node_is_the_nodes),
      NODE_TEST(CBG_05_a_group_made_while_spinning_is_served),
      NODE_TEST(CBG_06_manual_groups_join_by_hand_only),
      NODE_TEST(CBG_07_groups_of_one_node_may_be_in_two_executors),
      NODE_TEST(EXE_04_a_node_belongs_to_one_executor),
      NODE_TEST(EXE_01_destroying_an_executor_sets_its_nodes_and_groups_free),
      NODE_TEST(EXE_31_a_node_that_died_is_dropped),
      NODE_TEST(a_node_is_a_loops_or_an_executors),
      NODE_TEST(what_drives_the_node_is_named),
      NODE_TEST(a_group_is_destroyed_when_it_has_no_entities),
      NODE_TEST(a_group_of_another_node_is_refused),
      NODE_TEST(bad_arguments_are_named),
      NODE_TEST(an_executor_goes_with_its_context),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
