// Nodes over the simulated network: names, life, opening, running. Rows ANODE-17, 18, 20 to 26, ASRC-02.
#include "base/detail.h"
#include "node/fixture.h"

static int nothing(fixture_t *fixture)
{
  (void)fixture;
  return WHORL_OK;
}

static int sleep_an_hour(void *arg)
{
  (void)arg;
  return whorl_sleep(WHORL_SECONDS(3600));
}

static int sleep_a_second(fixture_t *fixture)
{
  (void)fixture;
  return whorl_sleep(WHORL_SECONDS(1));
}

// --- Names and life

static void a_node_has_its_names(void **state)
{
  fixture_t *fixture = *state;
  assert_string_equal(whorl_node_name(fixture->node), "tested");
  assert_string_equal(whorl_node_namespace(fixture->node), "/");
  assert_string_equal(whorl_node_fully_qualified_name(fixture->node), "/tested");
  assert_string_equal(whorl_node_logger(fixture->node), "tested");
}

static void a_namespace_stands_in_front_of_the_name(void **state)
{
  fixture_t *fixture = *state;
  static const struct {
    const char *wanted, *is, *full, *logger;
  } rows[] = {{NULL, "/", "/n", "n"},      {"", "/", "/n", "n"},       {"/", "/", "/n", "n"},
              {"/a", "/a", "/a/n", "a.n"}, {"a", "/a", "/a/n", "a.n"}, {"/a/b", "/a/b", "/a/b/n", "a.b.n"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    whorl_node_t node;
    assert_int_equal(whorl_node_create(fixture->context, "n", &(whorl_node_options_t){.node_namespace = rows[i].wanted}, &node), WHORL_OK);
    assert_string_equal(whorl_node_namespace(node), rows[i].is);
    assert_string_equal(whorl_node_fully_qualified_name(node), rows[i].full);
    assert_string_equal(whorl_node_logger(node), rows[i].logger);
    assert_int_equal(whorl_node_destroy(node), WHORL_OK);
    assert_string_equal(whorl_node_logger(node), "");
  }
}

static void ANODE_21_destroying_twice_is_harmless(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK);
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_DESTROYED);
  assert_non_null(strstr(whorl_detail(), "node"));
}

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

static void expect_nothing_can_be_created(fixture_t *fixture, int status)
{
  whorl_publisher_t publisher = {1};
  whorl_subscription_t subscription = {2};
  whorl_timer_t timer = {3};
  assert_int_equal(whorl_publisher_create(fixture->node, INT32, "numbers", NULL, &publisher), status);
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "numbers", ignore, NULL, NULL, &subscription), status);
  assert_int_equal(whorl_timer_create(fixture->node, 1, count_calls, fixture, NULL, &timer), status);
  assert_int_equal(publisher.id, 1);
  assert_int_equal(subscription.id, 2);
  assert_int_equal(timer.id, 3);
}

static void ANODE_17_18_20_a_destroyed_node_gets_no_entities(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_destroy(fixture->node);
  expect_nothing_can_be_created(fixture, WHORL_DESTROYED);
}

static void ANODE_22_29_entities_of_a_destroyed_node_are_gone_and_that_is_harmless(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "numbers", ignore, NULL, NULL, &fixture->subscription), WHORL_OK);
  assert_int_equal(whorl_timer_create(fixture->node, 1, count_calls, fixture, NULL, &fixture->timer), WHORL_OK);
  whorl_node_destroy(fixture->node);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(whorl_publisher_destroy(fixture->publisher), WHORL_DESTROYED);
    assert_int_equal(whorl_subscription_destroy(fixture->subscription), WHORL_DESTROYED);
    assert_int_equal(whorl_timer_destroy(fixture->timer), WHORL_DESTROYED);
  }
}

static void ANODE_24_after_a_shutdown_nothing_is_created_and_destroying_is_harmless(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t node = {5};
  assert_false(whorl_context_is_shutdown(fixture->context));
  assert_int_equal(whorl_context_shutdown(fixture->context), WHORL_OK);
  assert_int_equal(whorl_context_shutdown(fixture->context), WHORL_OK);
  assert_true(whorl_context_is_shutdown(fixture->context));
  expect_nothing_can_be_created(fixture, WHORL_SHUTDOWN);
  assert_int_equal(whorl_node_create(fixture->context, "late", NULL, &node), WHORL_SHUTDOWN);
  assert_int_equal(node.id, 5);
  assert_int_equal(whorl_simulation_run(fixture->world, fixture_run_node, fixture), WHORL_SHUTDOWN);
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK);
}

// --- Open, close, run

static int open_twice(fixture_t *fixture)
{
  assert_int_equal(whorl_node_open(fixture->node), WHORL_ALREADY_DRIVEN);
  assert_non_null(strstr(whorl_detail(), "/tested"));
  assert_int_equal(whorl_node_run(fixture->node), WHORL_ALREADY_DRIVEN);
  return whorl_sleep(1); // the first opening is as good as ever
}

static void ASRC_02_a_node_is_opened_once_at_a_time(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, open_twice), WHORL_OK);
}

static void opening_and_closing_need_a_task(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_node_open(fixture->node), WHORL_NOT_IN_TASK);
  assert_int_equal(whorl_node_run(fixture->node), WHORL_NOT_IN_TASK);
  assert_int_equal(whorl_node_close(fixture->node, WHORL_OK), WHORL_NOT_IN_TASK);
  assert_int_equal(whorl_node_spawn(fixture->node, sleep_an_hour, NULL), WHORL_WRONG_STATE);
}

static void ASRC_02_a_destroyed_node_cannot_be_opened(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_destroy(fixture->node);
  assert_int_equal(fixture_with_open_node(fixture, nothing), WHORL_DESTROYED);
  assert_int_equal(whorl_simulation_run(fixture->world, fixture_run_node, fixture), WHORL_DESTROYED);
}

static int close_unopened(void *arg)
{
  fixture_t *fixture = arg;
  assert_int_equal(whorl_node_close(fixture->node, WHORL_OK), WHORL_WRONG_STATE);
  assert_int_equal(whorl_node_close(fixture->node, WHORL_IO_ERROR), WHORL_IO_ERROR); // the body's error is worth more
  return WHORL_OK;
}

static void closing_what_is_not_open_is_refused(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_simulation_run(fixture->world, close_unopened, fixture), WHORL_OK);
}

static int try_to_close(void *arg)
{
  fixture_t *fixture = arg;
  assert_int_equal(whorl_node_close(fixture->node, WHORL_OK), WHORL_WRONG_STATE);
  return whorl_event_set(fixture->event);
}

static int open_beside_another_task(void *arg)
{
  fixture_t *fixture = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, try_to_close, fixture);
  whorl_task_group_t inner;
  whorl_task_group_open(&inner);
  int status = whorl_node_open(fixture->node);
  if (status == WHORL_OK) status = whorl_node_close(fixture->node, whorl_event_wait(fixture->event));
  status = whorl_task_group_close(&inner, status);
  return whorl_task_group_close(&group, status);
}

static void only_the_opener_closes(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_simulation_run(fixture->world, open_beside_another_task, fixture), WHORL_OK);
}

static int return_io_error(fixture_t *fixture)
{
  (void)fixture;
  return whorl__fail(WHORL_IO_ERROR, "the disk is full");
}

static void the_bodys_error_and_its_sentence_come_out_of_close(void **state)
{
  assert_int_equal(fixture_with_open_node(*state, return_io_error), WHORL_IO_ERROR);
  assert_string_equal(whorl_detail(), "the disk is full");
}

static int fail_with_sentence(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  (void)arg;
  return whorl__fail(WHORL_MALFORMED, "a wheel came off");
}

static void a_callbacks_error_ends_run_with_its_sentence(void **state)
{
  fixture_t *fixture = *state;
  fixture_call_soon(fixture->node, fail_with_sentence, NULL);
  assert_int_equal(whorl_simulation_run(fixture->world, fixture_run_node, fixture), WHORL_MALFORMED);
  assert_non_null(strstr(whorl_detail(), "a wheel came off"));
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

static int run_and_shut_down(void *arg)
{
  fixture_t *fixture = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, fixture_run_node, fixture);
  int status = whorl_sleep(WHORL_SECONDS(1));
  assert_int_equal(whorl_context_shutdown(fixture->context), WHORL_OK);
  return whorl_task_group_close(&group, status);
}

static void ANODE_25_a_shutdown_ends_run_and_cancels_a_suspended_callback_silently(void **state)
{
  fixture_t *fixture = *state;
  fixture_call_soon(fixture->node, sleep_long_at_any_time, fixture);
  assert_int_equal(whorl_simulation_run(fixture->world, run_and_shut_down, fixture), WHORL_OK);
  assert_int_equal(fixture->values[0], WHORL_CANCELED);
  assert_int_equal(whorl_simulation_now_ns(fixture->world), WHORL_SECONDS(1));
}

static int clean_up_in_a_shield(const whorl_timer_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)info;
  int status = whorl_sleep(WHORL_SECONDS(3600));
  whorl_shield_t shield;
  whorl_shield_open(&shield, WHORL_SECONDS(5));
  fixture->values[0] = whorl_sleep(WHORL_SECONDS(2));
  whorl_shield_close(&shield, WHORL_OK);
  fixture->calls++;
  return status;
}

static void a_shutdown_waits_for_a_callback_that_cleans_up_in_a_shield(void **state)
{
  fixture_t *fixture = *state;
  fixture_call_soon(fixture->node, clean_up_in_a_shield, fixture);
  assert_int_equal(whorl_simulation_run(fixture->world, run_and_shut_down, fixture), WHORL_OK);
  assert_int_equal(fixture->values[0], WHORL_OK);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(whorl_simulation_now_ns(fixture->world), WHORL_SECONDS(3));
}

static int run_and_destroy(void *arg)
{
  fixture_t *fixture = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, fixture_run_node, fixture);
  int status = whorl_sleep(WHORL_SECONDS(1));
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK);
  fixture->values[2] = fixture->values[1]; // had every callback ended when it returned?
  return whorl_task_group_close(&group, status);
}

static void destroying_from_another_task_waits_for_the_suspended_callback_and_ends_run(void **state)
{
  fixture_t *fixture = *state;
  fixture_call_soon(fixture->node, sleep_long_at_any_time, fixture);
  assert_int_equal(whorl_simulation_run(fixture->world, run_and_destroy, fixture), WHORL_OK);
  assert_int_equal(fixture->values[2], 1);
  assert_int_equal(whorl_simulation_now_ns(fixture->world), WHORL_SECONDS(1));
}

static int destroy_and_go_on(fixture_t *fixture)
{
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK);
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_DESTROYED);
  return whorl_sleep(WHORL_SECONDS(1)); // the body itself is not cancelled
}

static void the_body_may_destroy_its_own_node(void **state)
{
  fixture_t *fixture = *state;
  fixture_call_soon(fixture->node, sleep_long_at_any_time, fixture);
  assert_int_equal(fixture_with_open_node(fixture, destroy_and_go_on), WHORL_OK);
  assert_int_equal(whorl_simulation_now_ns(fixture->world), WHORL_SECONDS(1));
}

static int run_under_a_timeout(void *arg)
{
  fixture_t *fixture = arg;
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_SECONDS(1));
  int status = whorl_node_run(fixture->node);
  return whorl_timeout_close(&timeout, status);
}

static void a_timeout_around_run_ends_it_and_it_can_run_again(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_timer_create(fixture->node, WHORL_MILLISECONDS(100), count_calls, fixture, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_simulation_run(fixture->world, run_under_a_timeout, fixture), WHORL_TIMED_OUT);
  int first = fixture->calls;
  assert_in_range(first, 9, 10);
  assert_int_equal(whorl_simulation_run(fixture->world, run_under_a_timeout, fixture), WHORL_TIMED_OUT);
  assert_in_range(fixture->calls - first, 9, 11);
}

static int count_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message;
  (void)info;
  ((fixture_t *)arg)->calls++;
  return WHORL_OK;
}

static int fail_then_receive(fixture_t *fixture)
{
  assert_int_equal(whorl_sleep(WHORL_SECONDS(1)), WHORL_CANCELED); // by the failing timer
  whorl_shield_t shield;
  whorl_shield_open(&shield, WHORL_SECONDS(10));
  assert_int_equal(fixture_publish(fixture, 1), WHORL_OK);
  assert_int_equal(whorl_sleep(WHORL_SECONDS(1)), WHORL_OK); // stored and picked, but the node's scope is cancelled
  assert_int_equal(fixture->calls, 0);
  return whorl_shield_close(&shield, WHORL_OK);
}

static int publish_another(fixture_t *fixture)
{
  WHORL_TRY(fixture_publish(fixture, 2));
  return sleep_a_second(fixture);
}

static void a_subscription_of_a_node_that_failed_hears_everything_when_it_is_opened_again(void **state)
{
  fixture_t *fixture = *state;
  whorl_timer_t timer;
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "numbers", count_message, fixture, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_timer_create(fixture->node, WHORL_MILLISECONDS(1), fail_with_sentence, NULL, NULL, &timer), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, fail_then_receive), WHORL_MALFORMED);
  whorl_timer_destroy(timer);
  assert_int_equal(fixture_with_open_node(fixture, publish_another), WHORL_OK);
  assert_int_equal(fixture->calls, 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(a_node_has_its_names),
      NODE_TEST(a_namespace_stands_in_front_of_the_name),
      NODE_TEST(ANODE_21_destroying_twice_is_harmless),
      NODE_TEST(ANODE_17_18_20_a_destroyed_node_gets_no_entities),
      NODE_TEST(ANODE_22_29_entities_of_a_destroyed_node_are_gone_and_that_is_harmless),
      NODE_TEST(ANODE_24_after_a_shutdown_nothing_is_created_and_destroying_is_harmless),
      NODE_TEST(ASRC_02_a_node_is_opened_once_at_a_time),
      NODE_TEST(opening_and_closing_need_a_task),
      NODE_TEST(ASRC_02_a_destroyed_node_cannot_be_opened),
      NODE_TEST(closing_what_is_not_open_is_refused),
      NODE_TEST(only_the_opener_closes),
      NODE_TEST(the_bodys_error_and_its_sentence_come_out_of_close),
      NODE_TEST(a_callbacks_error_ends_run_with_its_sentence),
      NODE_TEST(ANODE_25_a_shutdown_ends_run_and_cancels_a_suspended_callback_silently),
      NODE_TEST(a_shutdown_waits_for_a_callback_that_cleans_up_in_a_shield),
      NODE_TEST(destroying_from_another_task_waits_for_the_suspended_callback_and_ends_run),
      NODE_TEST(the_body_may_destroy_its_own_node),
      NODE_TEST(a_timeout_around_run_ends_it_and_it_can_run_again),
      NODE_TEST(a_subscription_of_a_node_that_failed_hears_everything_when_it_is_opened_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
