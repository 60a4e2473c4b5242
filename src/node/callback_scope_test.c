// R17 where most code lives: a callback that returns with a scope open ends the process, which names the callback and the place.
#include <example_interfaces/srv/add_two_ints.h>

#include "node/fixture.h"
#include "task/kit.h"

#define ADD WHORL_SERVICE(example_interfaces, srv, AddTwoInts)

static int returns_within_a_timeout(const char *place)
{
  static whorl_timeout_t timeout; // not of a frame that is gone
  whorl_timeout_open_with_options(&timeout, WHORL_SECONDS(1), NULL, place);
  return WHORL_OK;
}

static int returns_within_a_group(const char *place)
{
  static whorl_task_group_t group;
  whorl_task_group_open_with_options(&group, NULL, place);
  return WHORL_OK;
}

static int on_timer(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  return returns_within_a_timeout("timer.c:1");
}

static int on_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return returns_within_a_group("message.c:2");
}

static int on_request(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call, (void)arg;
  return returns_within_a_timeout("request.c:3");
}

static int on_late_timer(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  int status = returns_within_a_group("late.c:4");
  return whorl_sleep(WHORL_SECONDS(2)) < 0 ? WHORL_IO_ERROR : status; // also when it was suspended meanwhile
}

static int of_node(void *arg)
{
  (void)arg;
  return returns_within_a_timeout("spawned.c:5");
}

// --- One world each, in a process of its own

static int wait_for_it(fixture_t *fixture)
{
  (void)fixture;
  return whorl_sleep(WHORL_SECONDS(9));
}

static void run(void (*make)(fixture_t *fixture), int (*body)(fixture_t *fixture))
{
  void *fixture;
  fixture_setup(&fixture);
  make(fixture);
  (void)fixture_with_open_node(fixture, body);
}

static void make_timer(fixture_t *fixture) { fixture_call_soon(fixture->node, on_timer, NULL); }
static void a_timer(void) { run(make_timer, wait_for_it); }

static void make_late_timer(fixture_t *fixture) { fixture_call_soon(fixture->node, on_late_timer, NULL); }
static void a_timer_that_suspends(void) { run(make_late_timer, wait_for_it); }

static void make_subscription(fixture_t *fixture)
{
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "numbers", on_message, NULL, NULL, NULL), WHORL_OK);
}
static int publish(fixture_t *fixture)
{
  WHORL_TRY(fixture_publish(fixture, 1));
  return wait_for_it(fixture);
}
static void a_subscription(void) { run(make_subscription, publish); }

static void make_service(fixture_t *fixture)
{
  assert_int_equal(whorl_service_create(fixture->node, ADD, "add", on_request, NULL, NULL, NULL), WHORL_OK);
}
static int call(fixture_t *fixture)
{
  example_interfaces__srv__AddTwoInts_Response response = {0};
  whorl_client_t client;
  WHORL_TRY(whorl_client_create(fixture->node, ADD, "add", NULL, &client));
  return whorl_client_call(client, &(example_interfaces__srv__AddTwoInts_Request){.a = 1}, &response);
}
static void a_service(void) { run(make_service, call); }

static void make_nothing(fixture_t *fixture) { (void)fixture; }
static int spawn(fixture_t *fixture)
{
  WHORL_TRY(whorl_node_spawn(fixture->node, of_node, NULL));
  return wait_for_it(fixture);
}
static void a_spawned_task(void) { run(make_nothing, spawn); }

static void R17_a_callback_that_returns_with_a_scope_open_is_named(void **state)
{
  (void)state;
  kit_dies(a_timer, "returned with the scope opened at timer.c:1 still open");
  kit_dies(a_timer_that_suspends, "returned with the scope opened at late.c:4 still open");
  kit_dies(a_subscription, "task '/numbers' returned with the scope opened at message.c:2 still open");
  kit_dies(a_service, "task '/add' returned with the scope opened at request.c:3 still open");
  kit_dies(a_spawned_task, "returned with the scope opened at spawned.c:5 still open");
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(R17_a_callback_that_returns_with_a_scope_open_is_named)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
