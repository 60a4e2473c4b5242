// Errors of callbacks and bodies: whatever fails, its error cancels the body, comes out of close, and is listed with the others (docs/tasks.md R20-R23). Rows ANODE-23, ANODE-30.
#include <example_interfaces/srv/add_two_ints.h>

#include "base/detail.h"
#include "node/fixture.h"

#define ADD WHORL_SERVICE(example_interfaces, srv, AddTwoInts)

// --- Every kind of callback fails once

typedef struct scopes { // two nodes, the second opened inside the first
  fixture_t *fixture;
  whorl_node_t outer, inner;
  whorl_node_t failing; // one of the two
  const struct kind *kind;
  whorl_client_t client;
  int inner_status;
} scopes_t;

typedef struct kind {
  const char *name;
  void (*arrange)(scopes_t *scopes); // before anything is opened
  int (*provoke)(scopes_t *scopes);  // in the body
} kind_t;

static int fail_by_name(void *arg)
{
  const scopes_t *scopes = arg;
  return whorl__fail(WHORL_IO_ERROR, "the %s has failed", scopes->kind->name);
}

static int fail_on_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message;
  (void)info;
  return fail_by_name(arg);
}

static void arrange_subscription(scopes_t *scopes)
{
  fixture_create_publisher(scopes->fixture, "numbers");
  assert_int_equal(whorl_subscription_create(scopes->failing, INT32, "numbers", fail_on_message, scopes, NULL, NULL), WHORL_OK);
}

static int fail_on_bytes(const void *bytes, size_t size, const whorl_message_info_t *info, void *arg)
{
  (void)bytes;
  (void)size;
  (void)info;
  return fail_by_name(arg);
}

static void arrange_serialized(scopes_t *scopes)
{
  fixture_create_publisher(scopes->fixture, "numbers");
  assert_int_equal(whorl_subscription_create_serialized(scopes->failing, INT32, "numbers", fail_on_bytes, scopes, NULL, NULL), WHORL_OK);
}

static int publish(scopes_t *scopes) { return fixture_publish(scopes->fixture, 1); }

static int fail_on_request(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request;
  (void)response;
  (void)call;
  return fail_by_name(arg);
}

static void arrange_service(scopes_t *scopes)
{
  assert_int_equal(whorl_service_create(scopes->failing, ADD, "add", fail_on_request, scopes, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_client_create(scopes->inner, ADD, "add", NULL, &scopes->client), WHORL_OK);
}

static int call(scopes_t *scopes)
{
  example_interfaces__srv__AddTwoInts_Request request = {0};
  example_interfaces__srv__AddTwoInts_Response response = {0};
  return whorl_client_call(scopes->client, &request, &response);
}

static int fail_on_time(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  return fail_by_name(arg);
}

static void arrange_timer(scopes_t *scopes) { fixture_call_soon(scopes->failing, fail_on_time, scopes); }

static int fail_on_jump(const whorl_jump_info_t *info, void *arg)
{
  (void)info;
  return fail_by_name(arg);
}

static void arrange_jump_handler(scopes_t *scopes)
{
  const whorl_jump_options_t options = {.on_source_change = true};
  assert_int_equal(whorl_jump_handler_create(scopes->failing, &options, fail_on_jump, scopes, NULL), WHORL_OK);
}

static int change_the_source(scopes_t *scopes) { return whorl_node_set_use_sim_time(scopes->failing, true); }

static void arrange_nothing(scopes_t *scopes) { (void)scopes; }

static int spawn_failing(scopes_t *scopes) { return whorl_node_spawn(scopes->failing, fail_by_name, scopes); }

static int do_nothing(scopes_t *scopes)
{
  (void)scopes;
  return WHORL_OK;
}

static const kind_t kinds[] = {
    {"subscription", arrange_subscription, publish},
    {"serialised subscription", arrange_serialized, publish},
    {"service", arrange_service, call},
    {"timer", arrange_timer, do_nothing},
    {"jump handler", arrange_jump_handler, change_the_source},
    {"spawned task", arrange_nothing, spawn_failing},
};

static void expect_the_one_error(const scopes_t *scopes)
{
  whorl_task_error_t error = {0};
  assert_non_null(strstr(whorl_detail(), scopes->kind->name));
  assert_int_equal(whorl_node_error_count(scopes->failing), 1);
  assert_true(whorl_node_error_at(scopes->failing, 0, &error));
  assert_int_equal(error.status, WHORL_IO_ERROR);
  assert_non_null(strstr(error.detail, scopes->kind->name));
  assert_false(whorl_node_error_at(scopes->failing, 1, &error));
}

static int wait_for_the_failure(scopes_t *scopes)
{
  int status = scopes->kind->provoke(scopes);
  if (status == WHORL_OK) status = whorl_sleep(WHORL_SECONDS(3600));
  assert_int_equal(status, WHORL_CANCELED); // the body's wait, whichever it was in
  return status;
}

static int fail_inside_two_nodes(void *arg)
{
  scopes_t *scopes = arg;
  WHORL_TRY(whorl_node_open(scopes->outer));
  int status = whorl_node_open(scopes->inner);
  if (status == WHORL_OK) status = scopes->inner_status = whorl_node_close(scopes->inner, wait_for_the_failure(scopes));
  if (scopes->failing.id == scopes->inner.id) expect_the_one_error(scopes);
  status = whorl_node_close(scopes->outer, status);
  if (scopes->failing.id == scopes->outer.id) expect_the_one_error(scopes);
  assert_int_equal(whorl_node_close(scopes->inner, WHORL_OK), WHORL_WRONG_STATE); // both are closed
  assert_int_equal(whorl_node_close(scopes->outer, WHORL_OK), WHORL_WRONG_STATE);
  return status;
}

static void check_failing(const kind_t *kind, bool inner)
{
  void *state;
  fixture_setup(&state);
  scopes_t scopes = {.fixture = state, .kind = kind};
  scopes.outer = scopes.fixture->node;
  scopes.inner = fixture_make_node(scopes.fixture, "inner");
  scopes.failing = inner ? scopes.inner : scopes.outer;
  kind->arrange(&scopes);
  assert_int_equal(whorl_simulation_run(scopes.fixture->world, fail_inside_two_nodes, &scopes), WHORL_IO_ERROR);
  assert_int_equal(scopes.inner_status, inner ? WHORL_IO_ERROR : WHORL_CANCELED);
  assert_true(whorl_simulation_now_ns(scopes.fixture->world) < WHORL_SECONDS(3600));
  fixture_teardown(&state);
}

static void ANODE_30_any_failing_callback_comes_out_of_both_scopes(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    print_message("%s\n", kinds[i].name);
    check_failing(&kinds[i], true);
    check_failing(&kinds[i], false);
  }
}

// --- Bodies

static int ignore(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message;
  (void)info;
  (void)arg;
  return WHORL_OK;
}

static int answer(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request;
  (void)response;
  (void)call;
  (void)arg;
  return WHORL_OK;
}

static int count_calls(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ((fixture_t *)arg)->calls++;
  return WHORL_OK;
}

static int fail_and_destroy(void *arg)
{
  fixture_t *fixture = arg;
  whorl_task_error_t error;
  WHORL_TRY(whorl_node_open(fixture->node));
  int status = whorl_node_close(fixture->node, whorl__fail(WHORL_IO_ERROR, "the body failed"));
  assert_int_equal(status, WHORL_IO_ERROR);
  assert_string_equal(whorl_detail(), "the body failed");
  assert_int_equal(whorl_node_error_count(fixture->node), 1);
  assert_true(whorl_node_error_at(fixture->node, 0, &error));
  assert_int_equal(error.status, WHORL_IO_ERROR);
  assert_string_equal(error.task, "body");
  assert_string_equal(error.detail, "the body failed");
  assert_int_equal(whorl_sleep(WHORL_SECONDS(1)), WHORL_OK); // a closed node calls nobody
  assert_int_equal(fixture->calls, 0);
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK);
  return status;
}

static void ANODE_23_a_failing_bodys_error_comes_out_and_nothing_is_created_after_the_destroy(void **state)
{
  fixture_t *fixture = *state;
  whorl_publisher_t publisher = {3};
  whorl_service_t service = {1};
  whorl_client_t client = {2};
  fixture_create_publisher(fixture, "numbers");
  fixture_call_soon(fixture->node, count_calls, fixture);
  assert_int_equal(whorl_simulation_run(fixture->world, fail_and_destroy, fixture), WHORL_IO_ERROR);
  assert_int_equal(fixture_publish(fixture, 1), WHORL_DESTROYED);
  assert_int_equal(whorl_publisher_create(fixture->node, INT32, "numbers", NULL, &publisher), WHORL_DESTROYED);
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "numbers", ignore, NULL, NULL, NULL), WHORL_DESTROYED);
  assert_int_equal(whorl_timer_create(fixture->node, 1, count_calls, fixture, NULL, NULL), WHORL_DESTROYED);
  assert_int_equal(whorl_service_create(fixture->node, ADD, "add", answer, NULL, NULL, &service), WHORL_DESTROYED);
  assert_int_equal(whorl_client_create(fixture->node, ADD, "add", NULL, &client), WHORL_DESTROYED);
  assert_int_equal(service.id, 1);
  assert_int_equal(client.id, 2);
  assert_int_equal(publisher.id, 3);
}

// --- The list

static int fail_when_cancelled(void *name)
{
  (void)whorl_sleep(WHORL_SECONDS(3600));
  return whorl__fail(WHORL_MALFORMED, "%s could not clean up", (const char *)name);
}

static int fail_at_once(void *arg)
{
  (void)arg;
  return whorl__fail(WHORL_IO_ERROR, "the first");
}

static void expect_error(whorl_node_t node, size_t index, int status, const char *task, const char *detail)
{
  whorl_task_error_t error = {0};
  assert_true(whorl_node_error_at(node, index, &error));
  assert_int_equal(error.status, status);
  assert_non_null(strstr(error.task, task));
  assert_string_equal(error.detail, detail);
}

static int one_fails_and_others_after_it(void *arg)
{
  fixture_t *fixture = arg;
  whorl_task_error_t error;
  WHORL_TRY(whorl_node_open(fixture->node));
  whorl_node_spawn(fixture->node, fail_when_cancelled, "left");
  whorl_node_spawn(fixture->node, fail_when_cancelled, "right");
  whorl_yield();
  whorl_node_spawn(fixture->node, fail_at_once, NULL);
  assert_int_equal(whorl_sleep(WHORL_SECONDS(3600)), WHORL_CANCELED);
  int status = whorl_node_close(fixture->node, whorl__fail(WHORL_NO_MEMORY, "the body, too"));
  assert_int_equal(whorl_node_error_count(fixture->node), 4);
  expect_error(fixture->node, 0, WHORL_IO_ERROR, "fail_at_once", "the first");
  expect_error(fixture->node, 1, WHORL_MALFORMED, "fail_when_cancelled", "left could not clean up");
  expect_error(fixture->node, 2, WHORL_MALFORMED, "fail_when_cancelled", "right could not clean up");
  expect_error(fixture->node, 3, WHORL_NO_MEMORY, "body", "the body, too"); // which was woken last
  assert_false(whorl_node_error_at(fixture->node, 4, &error));
  return status;
}

static void R20_the_first_error_comes_out_and_all_are_listed(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_simulation_run(fixture->world, one_fails_and_others_after_it, fixture), WHORL_IO_ERROR);
  assert_non_null(strstr(whorl_detail(), "the first"));
}

static int the_body_fails_first(void *arg)
{
  fixture_t *fixture = arg;
  WHORL_TRY(whorl_node_open(fixture->node));
  whorl_node_spawn(fixture->node, fail_when_cancelled, "left");
  whorl_yield();
  int status = whorl_node_close(fixture->node, whorl__fail(WHORL_IO_ERROR, "the body"));
  assert_int_equal(whorl_node_error_count(fixture->node), 2);
  expect_error(fixture->node, 0, WHORL_IO_ERROR, "body", "the body");
  expect_error(fixture->node, 1, WHORL_MALFORMED, "fail_when_cancelled", "left could not clean up");
  return status;
}

static void R20_so_does_a_bodys_that_came_before_the_others(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_simulation_run(fixture->world, the_body_fails_first, fixture), WHORL_IO_ERROR);
  assert_string_equal(whorl_detail(), "the body");
}

static int twelve_fail(void *arg)
{
  fixture_t *fixture = arg;
  whorl_task_error_t error;
  WHORL_TRY(whorl_node_open(fixture->node));
  for (int i = 0; i < 12; i++) whorl_node_spawn(fixture->node, fail_when_cancelled, "one");
  whorl_yield();
  int status = whorl_node_close(fixture->node, WHORL_OK);
  assert_int_equal(whorl_node_error_count(fixture->node), 12);
  assert_true(whorl_node_error_at(fixture->node, 7, &error));
  assert_false(whorl_node_error_at(fixture->node, 8, &error));
  return status;
}

static void eight_errors_are_kept_and_all_are_counted(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_simulation_run(fixture->world, twelve_fail, fixture), WHORL_MALFORMED);
  assert_int_equal(whorl_node_error_count(fixture->node), 0); // outside tasks there are none
}

static int the_list_goes_with_the_next_close(void *arg)
{
  fixture_t *fixture = arg;
  whorl_task_error_t error = {.status = 7};
  whorl_task_group_t group;
  WHORL_TRY(whorl_node_open(fixture->node));
  whorl_node_spawn(fixture->node, fail_at_once, NULL);
  assert_int_equal(whorl_node_close(fixture->node, whorl_sleep(WHORL_SECONDS(1))), WHORL_IO_ERROR);
  assert_int_equal(whorl_node_error_count(fixture->node), 1);
  whorl_task_group_open(&group);
  assert_int_equal(whorl_task_group_error_count(&group), 0); // those of the node are not its
  assert_int_equal(whorl_task_group_close(&group, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_node_error_count(fixture->node), 0);
  assert_false(whorl_node_error_at(fixture->node, 0, &error));
  assert_int_equal(error.status, 7);
  assert_int_equal(whorl_node_run(fixture->node), WHORL_TIMED_OUT);
  assert_int_equal(whorl_node_error_count(fixture->node), 1); // a run's are listed, too
  return WHORL_OK;
}

static int time_out(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  (void)arg;
  return WHORL_TIMED_OUT;
}

static void the_list_is_that_of_the_last_close(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_timer_create(fixture->node, WHORL_SECONDS(5), time_out, NULL, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_simulation_run(fixture->world, the_list_goes_with_the_next_close, fixture), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ANODE_30_any_failing_callback_comes_out_of_both_scopes),
      NODE_TEST(ANODE_23_a_failing_bodys_error_comes_out_and_nothing_is_created_after_the_destroy),
      NODE_TEST(R20_the_first_error_comes_out_and_all_are_listed),
      NODE_TEST(R20_so_does_a_bodys_that_came_before_the_others),
      NODE_TEST(eight_errors_are_kept_and_all_are_counted),
      NODE_TEST(the_list_is_that_of_the_last_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
