// Ends of nodes over the simulated network: nodes that end each other, contexts that end with nodes in them, what is left of the dead. Row ANODE-30.
#include "base/detail.h"
#include "base/memory.h"
#include "node/fixture.h"
#include "node/node.h"

static int count_calls(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ((fixture_t *)arg)->calls++;
  return WHORL_OK;
}

static int ignore(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message;
  (void)info;
  (void)arg;
  return WHORL_OK;
}

static int count_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message;
  (void)info;
  ((fixture_t *)arg)->calls++;
  return WHORL_OK;
}

static int sleep_a_second(fixture_t *fixture)
{
  (void)fixture;
  return whorl_sleep(WHORL_SECONDS(1));
}

static int sleep_long_at_any_time(const whorl_timer_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)info;
  fixture->calls++;
  fixture->values[0] = whorl_sleep(WHORL_SECONDS(3600));
  fixture->values[1]++; // ended
  return fixture->values[0];
}

// --- Two nodes

typedef struct pair {
  fixture_t *fixture;
  whorl_node_t first, second;
  whorl_event_t both; // set when both callbacks are there
  int ready, ended;
} pair_t;

static int run_node_of(void *arg) { return whorl_node_run(*(whorl_node_t *)arg); }

static int run_both(void *arg)
{
  pair_t *pair = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, run_node_of, &pair->first);
  whorl_task_group_spawn(&group, run_node_of, &pair->second);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void make_pair(pair_t *pair, fixture_t *fixture)
{
  *pair = (pair_t){.fixture = fixture, .first = fixture->node, .second = fixture_make_node(fixture, "other"), .both = fixture->event};
}

static int meet(pair_t *pair)
{
  if (++pair->ready == 2) whorl_event_set(pair->both);
  return whorl_event_wait(pair->both);
}

static int destroy_the_second(const whorl_timer_info_t *info, void *arg)
{
  pair_t *pair = arg;
  (void)info;
  if (pair->ready >= 2) return WHORL_OK;
  WHORL_TRY(meet(pair));
  assert_int_equal(whorl_node_destroy(pair->second), WHORL_OK);
  pair->ended++;
  return whorl_canceled() ? WHORL_CANCELED : WHORL_OK;
}

static int destroy_the_first(const whorl_timer_info_t *info, void *arg)
{
  pair_t *pair = arg;
  (void)info;
  if (pair->ready >= 2) return WHORL_OK;
  (void)meet(pair);
  assert_int_equal(whorl_node_destroy(pair->first), WHORL_OK);
  pair->ended++;
  return whorl_canceled() ? WHORL_CANCELED : WHORL_OK;
}

static void callbacks_that_destroy_each_others_node_both_end(void **state)
{
  pair_t pair;
  make_pair(&pair, *state);
  fixture_call_soon(pair.first, destroy_the_second, &pair);
  fixture_call_soon(pair.second, destroy_the_first, &pair);
  assert_int_equal(whorl_simulation_run(pair.fixture->world, run_both, &pair), WHORL_OK);
  assert_int_equal(pair.ended, 2);
  assert_int_equal(whorl_node_destroy(pair.first), WHORL_DESTROYED);
  assert_int_equal(whorl_node_destroy(pair.second), WHORL_DESTROYED);
}

typedef struct timer_pair {
  whorl_timer_t first, second;
  int ended;
} timer_pair_t;

static int destroy_second_timer(const whorl_timer_info_t *info, void *arg)
{
  timer_pair_t *pair = arg;
  (void)info;
  assert_int_equal(whorl_timer_destroy(pair->second), WHORL_OK); // the other callback is asleep: cancels it and waits
  pair->ended++;
  return WHORL_OK;
}

static int destroy_first_timer_when_cancelled(const whorl_timer_info_t *info, void *arg)
{
  timer_pair_t *pair = arg;
  (void)info;
  assert_int_equal(whorl_sleep(WHORL_SECONDS(3600)), WHORL_CANCELED);
  assert_int_equal(whorl_timer_destroy(pair->first), WHORL_OK); // whose callback waits for this one
  pair->ended++;
  return WHORL_CANCELED;
}

static void callbacks_that_destroy_each_others_entity_both_end(whorl_node_t first, whorl_node_t second, fixture_t *fixture)
{
  timer_pair_t timers = {0};
  pair_t pair = {.fixture = fixture, .first = first, .second = second};
  assert_int_equal(whorl_timer_create(first, WHORL_MILLISECONDS(2), destroy_second_timer, &timers, NULL, &timers.first), WHORL_OK);
  assert_int_equal(whorl_timer_create(second, WHORL_MILLISECONDS(1), destroy_first_timer_when_cancelled, &timers, NULL, &timers.second),
                   WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(pair.fixture->world, WHORL_SECONDS(1)), WHORL_OK);
  assert_int_equal(timers.ended, 2);
  assert_int_equal(whorl_timer_destroy(timers.first), WHORL_DESTROYED);
  assert_int_equal(whorl_timer_destroy(timers.second), WHORL_DESTROYED);
}

static void callbacks_of_one_node_may_destroy_each_others_entity(void **state)
{
  fixture_t *fixture = *state;
  callbacks_that_destroy_each_others_entity_both_end(fixture->node, fixture->node, fixture);
}

static void callbacks_of_two_nodes_may_destroy_each_others_entity(void **state)
{
  fixture_t *fixture = *state;
  callbacks_that_destroy_each_others_entity_both_end(fixture->node, fixture_make_node(fixture, "other"), fixture);
}

static int fail_in_two_nodes(void *arg)
{
  pair_t *pair = arg;
  WHORL_TRY(whorl_node_open(pair->first));
  int status = whorl_node_open(pair->second);
  if (status == WHORL_OK) status = whorl_node_close(pair->second, whorl__fail(WHORL_IO_ERROR, "the body failed"));
  return whorl_node_close(pair->first, status);
}

static void ANODE_30_a_failing_body_comes_out_of_both_scopes(void **state)
{
  pair_t pair;
  make_pair(&pair, *state);
  assert_int_equal(whorl_simulation_run(pair.fixture->world, fail_in_two_nodes, &pair), WHORL_IO_ERROR);
  assert_string_equal(whorl_detail(), "the body failed");
}

static int hear_the_other_node(void *arg)
{
  pair_t *pair = arg;
  WHORL_TRY(whorl_node_open(pair->first));
  int status = whorl_node_open(pair->second);
  if (status == WHORL_OK)
    status = whorl_node_close(pair->second, fixture_publish(pair->fixture, 6) < 0 ? WHORL_IO_ERROR : whorl_sleep(WHORL_SECONDS(1)));
  return whorl_node_close(pair->first, status);
}

static void two_nodes_on_one_loop_hear_each_other(void **state)
{
  pair_t pair;
  make_pair(&pair, *state);
  fixture_create_publisher(pair.fixture, "numbers");
  assert_int_equal(whorl_subscription_create(pair.second, INT32, "numbers", count_message, pair.fixture, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_simulation_run(pair.fixture->world, hear_the_other_node, &pair), WHORL_OK);
  assert_int_equal(pair.fixture->calls, 1);
}

static int run_the_second_inside(const whorl_timer_info_t *info, void *arg)
{
  pair_t *pair = arg;
  (void)info;
  if (pair->ready++ > 0) return WHORL_OK;
  int status = whorl_node_run(pair->second);
  pair->ended++;
  return status;
}

static int destroy_the_outer(const whorl_timer_info_t *info, void *arg)
{
  pair_t *pair = arg;
  (void)info;
  assert_int_equal(whorl_node_destroy(pair->first), WHORL_OK); // whose callback runs this node
  return WHORL_OK;
}

static void a_callback_may_run_a_node_whose_callback_destroys_the_outer_one(void **state)
{
  pair_t pair;
  make_pair(&pair, *state);
  fixture_call_soon(pair.first, run_the_second_inside, &pair);
  assert_int_equal(whorl_timer_create(pair.second, WHORL_MILLISECONDS(5), destroy_the_outer, &pair, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_simulation_run(pair.fixture->world, fixture_run_node, pair.fixture), WHORL_OK);
  assert_int_equal(pair.ended, 1);
}

// --- The context

static int destroy_the_context(fixture_t *fixture)
{
  assert_int_equal(whorl_context_destroy(fixture->context, WHORL_OK), WHORL_WOULD_DEADLOCK);
  assert_int_equal(whorl_context_destroy(fixture->context, WHORL_IO_ERROR), WHORL_IO_ERROR); // the program's error is worth more
  return sleep_a_second(fixture);
}

static void a_context_with_an_open_node_is_not_destroyed_from_its_tasks(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(fixture_with_open_node(fixture, destroy_the_context), WHORL_OK);
  assert_false(whorl_context_is_shutdown(fixture->context));
}

static void nor_while_nobody_runs_its_driver(void **state)
{
  fixture_t *fixture = *state;
  fixture_call_soon(fixture->node, sleep_long_at_any_time, fixture);
  assert_int_equal(whorl_simulation_run_for(fixture->world, WHORL_SECONDS(1)), WHORL_OK); // stays open in between
  assert_int_equal(whorl_context_destroy(fixture->context, WHORL_OK), WHORL_WOULD_DEADLOCK);
  assert_non_null(strstr(whorl_detail(), "open"));
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK); // its callback sleeps on until somebody moves the world
  assert_int_equal(whorl_context_destroy(fixture->context, WHORL_OK), WHORL_WOULD_DEADLOCK);
  assert_int_equal(whorl_simulation_run_for(fixture->world, 0), WHORL_OK);
  assert_int_equal(fixture->values[0], WHORL_CANCELED);
  assert_int_equal(whorl_context_destroy(fixture->context, WHORL_OK), WHORL_OK);
}

static void a_context_takes_its_nodes_along(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_context_destroy(fixture->context, 17), 17);
  assert_int_equal(whorl_context_destroy(fixture->context, WHORL_OK), WHORL_DESTROYED);
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_DESTROYED);
  assert_int_equal(fixture_publish(fixture, 1), WHORL_DESTROYED);
  assert_true(whorl_context_is_shutdown(fixture->context));
}

static void names_and_questions_of_what_is_gone_have_empty_answers(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "numbers", ignore, NULL, NULL, &fixture->subscription), WHORL_OK);
  whorl_node_destroy(fixture->node);
  assert_string_equal(whorl_node_name(fixture->node), "");
  assert_string_equal(whorl_node_namespace(fixture->node), "");
  assert_string_equal(whorl_node_fully_qualified_name(fixture->node), "");
  assert_string_equal(whorl_publisher_topic(fixture->publisher), "");
  assert_string_equal(whorl_subscription_topic(fixture->subscription), "");
  assert_int_equal(whorl_publisher_matched_count(fixture->publisher), WHORL_DESTROYED);
  assert_int_equal(whorl_publisher_read_counts(fixture->publisher, &(whorl_publisher_counts_t){0}), WHORL_DESTROYED);
  assert_int_equal(whorl_subscription_matched_count(fixture->subscription), WHORL_DESTROYED);
  assert_null(whorl_publisher_borrow(fixture->publisher));
}

static void a_handle_of_something_old_never_means_something_new(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t old = fixture->node;
  whorl_node_destroy(old);
  fixture->node = fixture_make_node(fixture, "new");
  assert_int_not_equal(old.id, fixture->node.id);
  assert_int_equal(whorl_node_destroy(old), WHORL_DESTROYED);
  assert_string_equal(whorl_node_name(fixture->node), "new");
}

static void a_thousand_lives_leave_nothing_behind(void **state)
{
  fixture_t *fixture = *state;
  int64_t blocks = 0;
  for (int i = 0; i < 1000; i++) {
    if (i == 10) blocks = whorl__memory_blocks();
    whorl_node_t node = fixture_make_node(fixture, "short");
    whorl_publisher_t publisher;
    assert_int_equal(whorl_publisher_create(node, INT32, "numbers", NULL, &publisher), WHORL_OK);
    assert_int_equal(whorl_subscription_create(node, INT32, "numbers", ignore, NULL, NULL, NULL), WHORL_OK);
    fixture_call_soon(node, count_calls, fixture);
    assert_int_equal(whorl_simulation_run_for(fixture->world, WHORL_MILLISECONDS(2)), WHORL_OK);
    assert_int_equal(whorl_node_destroy(node), WHORL_OK);
    assert_int_equal(whorl_simulation_run_for(fixture->world, 0), WHORL_OK);
  }
  assert_in_range(fixture->calls, 1000, 2000);
  assert_int_equal(whorl__handle_count(&whorl__nodes), 1);
  assert_int_equal(whorl__memory_blocks(), blocks);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(callbacks_that_destroy_each_others_node_both_end),
      NODE_TEST(callbacks_of_one_node_may_destroy_each_others_entity),
      NODE_TEST(callbacks_of_two_nodes_may_destroy_each_others_entity),
      NODE_TEST(ANODE_30_a_failing_body_comes_out_of_both_scopes),
      NODE_TEST(two_nodes_on_one_loop_hear_each_other),
      NODE_TEST(a_callback_may_run_a_node_whose_callback_destroys_the_outer_one),
      NODE_TEST(a_context_with_an_open_node_is_not_destroyed_from_its_tasks),
      NODE_TEST(nor_while_nobody_runs_its_driver),
      NODE_TEST(a_context_takes_its_nodes_along),
      NODE_TEST(names_and_questions_of_what_is_gone_have_empty_answers),
      NODE_TEST(a_handle_of_something_old_never_means_something_new),
      NODE_TEST(a_thousand_lives_leave_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
