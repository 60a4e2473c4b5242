// Pain 33: no lock of the library is held while user code runs. In every kind of callback all that does not wait is called twice: by the callback itself, and by another thread that the callback waits for, its loop's thread
// with it. A lock that was held would stop the one or the other for good.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <example_interfaces/action/fibonacci.h>

#include "node/service_fixture.h"

static struct {
  whorl_context_t context;
  whorl_node_t node;
  whorl_loop_t loop;
  whorl_event_t over;
  whorl_publisher_t publisher;
  whorl_subscription_t subscription;
  whorl_timer_t timer;
  whorl_service_t service;
  whorl_client_t client;
  whorl_channel_t channel;
  whorl_future_t future;
  whorl_jump_handler_t handler;
  whorl_action_server_t action;
  whorl_action_client_t asker;
  whorl_lifecycle_t lifecycle;
  int visits;
} town;

static int on_nothing(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_OK;
}

static int on_no_time(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  return WHORL_OK;
}

static int on_no_request(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call, (void)arg;
  return WHORL_OK;
}

static int on_no_jump(const whorl_jump_info_t *jump, void *arg)
{
  (void)jump, (void)arg;
  return WHORL_OK;
}

static int does_nothing(void *arg)
{
  (void)arg;
  return WHORL_OK;
}

static void posts_nothing(void *arg) { (void)arg; }
static void see_nothing(const char *name, const char *node_namespace, void *arg) { (void)name, (void)node_namespace, (void)arg; }
static void see_no_name(const char *name, void *arg) { (void)name, (void)arg; }
static void ignore_line(const char *line, void *arg) { (void)line, (void)arg; }

// --- All that does not wait. What it says is another test's question; that it returns is this one's.

static void create_and_destroy_everything(void)
{
  whorl_node_t node = {0};
  whorl_publisher_t publisher = {0};
  whorl_subscription_t subscription = {0};
  whorl_timer_t timer = {0};
  whorl_service_t service = {0};
  whorl_client_t client = {0};
  whorl_jump_handler_t handler = {0};
  whorl_future_t sent = {0};
  (void)whorl_node_create(town.context, "other", NULL, &node);
  (void)whorl_publisher_create(town.node, INT32, "others", NULL, &publisher);
  (void)whorl_subscription_create(town.node, INT32, "others", on_nothing, NULL, NULL, &subscription);
  (void)whorl_timer_create(town.node, WHORL_SECONDS(9), on_no_time, NULL, NULL, &timer);
  (void)whorl_service_create(town.node, ADD, "others", on_no_request, NULL, NULL, &service);
  (void)whorl_client_create(town.node, ADD, "others", NULL, &client);
  (void)whorl_jump_handler_create(town.node, &(whorl_jump_options_t){.on_source_change = true}, on_no_jump, NULL, &handler);
  (void)whorl_client_send(client, &(add_request_t){.a = 1}, &sent);
  (void)whorl_client_prune_requests(client, 0, NULL);
  (void)whorl_future_destroy(sent);
  (void)whorl_jump_handler_destroy(handler);
  (void)whorl_client_destroy(client);
  (void)whorl_service_destroy(service);
  (void)whorl_timer_destroy(timer);
  (void)whorl_subscription_destroy(subscription);
  (void)whorl_publisher_destroy(publisher);
  (void)whorl_node_destroy(node);
}

static void use_everything(void)
{
  int64_t ns;
  bool is;
  (void)whorl_publish(town.publisher, &(std_msgs__msg__Int32){.data = 1});
  (void)whorl_publisher_return(town.publisher, whorl_publisher_borrow(town.publisher));
  (void)whorl_publisher_topic(town.publisher);
  (void)whorl_publisher_matched_count(town.publisher);
  (void)whorl_subscription_topic(town.subscription);
  (void)whorl_subscription_matched_count(town.subscription);
  (void)whorl_subscription_read_counts(town.subscription, &(whorl_subscription_counts_t){0});
  (void)whorl_timer_set_period(town.timer, WHORL_SECONDS(100));
  (void)whorl_timer_reset(town.timer);
  (void)whorl_timer_cancel(town.timer);
  (void)whorl_timer_is_canceled(town.timer, &is);
  (void)whorl_timer_period(town.timer, &ns);
  (void)whorl_timer_time_until_next(town.timer, &ns);
  (void)whorl_service_read_counts(town.service, &(whorl_service_counts_t){0});
  (void)whorl_service_name(town.service);
  (void)whorl_client_read_counts(town.client, &(whorl_client_counts_t){0});
  (void)whorl_client_service_is_ready(town.client);
  (void)whorl_client_service(town.client);
}

static void ask_everybody(void)
{
  whorl_clock_t clock = whorl_node_clock(town.node);
  int item;
  void *got;
  size_t number;
  (void)whorl_clock_now_ns(clock);
  (void)whorl_clock_is_started(clock);
  (void)whorl_clock_ros_time_is_active(clock);
  (void)whorl_node_fully_qualified_name(town.node);
  (void)whorl_node_spawn(town.node, does_nothing, NULL);
  (void)whorl_node_visit_nodes(town.node, see_nothing, NULL);
  (void)whorl_node_count_publishers(town.node, "numbers", &number);
  (void)whorl_node_count_subscribers(town.node, "numbers", &number);
  (void)whorl_node_read_graph_counts(town.node, &(whorl_graph_counts_t){0});
  (void)whorl_context_is_shutdown(town.context);
  (void)whorl_channel_try_send(town.channel, &item);
  (void)whorl_channel_try_receive(town.channel, &got);
  (void)whorl_channel_count(town.channel);
  (void)whorl_future_is_complete(town.future);
  (void)whorl_future_complete(town.future, WHORL_OK, NULL);
  (void)whorl_event_is_set(town.over);
  (void)whorl_event_reset(town.over);
  (void)whorl_loop_post(town.loop, posts_nothing, NULL, posts_nothing);
  (void)whorl_loop_read_counts(town.loop, &(whorl_loop_counts_t){0});
  (void)whorl_loop_dump(town.loop, ignore_line, NULL);
  (void)whorl_now_ns();
  (void)whorl_canceled();
  (void)whorl_detail();
}

static void look_at_what_is_made_of_them(void)
{
  bool is;
  whorl_lifecycle_state_t state;
  whorl_parameter_descriptor_t descriptor = {0};
  (void)whorl_parameter_get_bool(town.node, "use_sim_time", &is);
  (void)whorl_parameter_list(town.node, NULL, 0, 0, see_no_name, NULL);
  if (whorl_parameter_describe(town.node, "use_sim_time", &descriptor) == WHORL_OK) whorl_parameter_descriptor_fini(&descriptor);
  (void)whorl_lifecycle_read_state(town.lifecycle, &state);
  (void)whorl_lifecycle_manage_publisher(town.lifecycle, town.publisher);
  (void)whorl_action_server_read_counts(town.action, &(whorl_action_server_counts_t){0});
  (void)whorl_action_client_read_status(town.asker, &(whorl_goal_id_t){{0}}, &(whorl_goal_status_t){0});
  (void)whorl_action_client_forget_goal(town.asker, &(whorl_goal_id_t){{0}});
}

static void do_everything(void)
{
  create_and_destroy_everything();
  use_everything();
  look_at_what_is_made_of_them();
  ask_everybody();
}

static void *do_everything_on_a_thread(void *arg)
{
  (void)arg;
  do_everything();
  return NULL;
}

static void visit(void)
{
  pthread_t thread;
  do_everything();
  if (pthread_create(&thread, NULL, do_everything_on_a_thread, NULL) != 0) abort();
  pthread_join(thread, NULL);
  town.visits++;
}

// --- In every kind of callback

static int visit_from_a_task(void *arg)
{
  (void)arg;
  visit();
  return WHORL_OK;
}

static void visit_from_a_post(void *arg)
{
  (void)arg;
  visit();
  (void)whorl_event_set(town.over);
}

static int visit_from_a_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info;
  if (*(bool *)arg) return WHORL_OK; // its own publishing comes back
  *(bool *)arg = true;
  visit();
  return whorl_event_set(town.over);
}

static int visit_from_a_timer(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  visit();
  return whorl_event_set(town.over);
}

static int visit_from_a_request(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call, (void)arg;
  visit();
  return WHORL_OK;
}

static int visit_from_a_jump(const whorl_jump_info_t *jump, void *arg)
{
  (void)jump, (void)arg;
  visit();
  return whorl_event_set(town.over);
}

static int visit_from_a_goal(whorl_goal_t goal, const void *message, void *arg)
{
  (void)goal, (void)message, (void)arg;
  visit();
  return WHORL_GOAL_ACCEPT;
}

static int wait_until_it_is_over(void)
{
  WHORL_TRY(whorl_event_wait(town.over));
  return whorl_event_reset(town.over);
}

static int visit_from_an_execution(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  const example_interfaces__action__Fibonacci_Feedback feedback = {{0}};
  (void)message, (void)result, (void)arg;
  visit();
  WHORL_TRY(whorl_goal_publish_feedback(goal, &feedback));
  return wait_until_it_is_over();
}

static int visit_from_feedback(const whorl_goal_id_t *id, const void *feedback, void *arg)
{
  (void)id, (void)feedback, (void)arg;
  visit();
  return whorl_event_set(town.over);
}

static int visit_from_a_transition(whorl_lifecycle_state_t from, void *arg)
{
  (void)from, (void)arg;
  visit();
  return WHORL_OK;
}

static void visit_before_a_set(whorl_parameter_changes_t *changes, void *arg)
{
  (void)changes, (void)arg;
  visit();
}

static int visit_on_a_set(const whorl_parameter_t *parameters, size_t count, char reason[WHORL_PARAMETER_REASON_SIZE], void *arg)
{
  (void)parameters, (void)count, (void)reason, (void)arg;
  visit();
  return WHORL_OK;
}

static void visit_after_a_set(const whorl_parameter_t *parameters, size_t count, void *arg)
{
  (void)parameters, (void)count, (void)arg;
  visit();
}

static void visit_from_a_visitor(const char *name, const char *node_namespace, void *arg)
{
  (void)name, (void)node_namespace;
  if (!*(bool *)arg) visit();
  *(bool *)arg = true;
}

static int in_a_message(void)
{
  bool was_there = false;
  whorl_subscription_t subscription;
  WHORL_TRY(whorl_subscription_create(town.node, INT32, "numbers", visit_from_a_message, &was_there, NULL, &subscription));
  WHORL_TRY(whorl_publish(town.publisher, &(std_msgs__msg__Int32){.data = 1}));
  WHORL_TRY(wait_until_it_is_over());
  return whorl_subscription_destroy(subscription);
}

static int in_a_timer(void)
{
  whorl_timer_t timer;
  WHORL_TRY(whorl_timer_create(town.node, 0, visit_from_a_timer, NULL, &(whorl_timer_options_t){.one_shot = true}, &timer));
  WHORL_TRY(wait_until_it_is_over());
  return whorl_timer_destroy(timer);
}

static int in_a_request(void)
{
  int64_t sum;
  return add(town.client, 1, 2, &sum);
}

static int in_a_jump(void)
{
  whorl_jump_handler_t handler;
  WHORL_TRY(whorl_jump_handler_create(town.node, &(whorl_jump_options_t){.on_source_change = true}, visit_from_a_jump, NULL, &handler));
  WHORL_TRY(whorl_node_set_use_sim_time(town.node, true));
  WHORL_TRY(wait_until_it_is_over());
  WHORL_TRY(whorl_jump_handler_destroy(handler));
  return whorl_node_set_use_sim_time(town.node, false);
}

static int in_a_post(void)
{
  WHORL_TRY(whorl_loop_post(town.loop, visit_from_a_post, NULL, NULL));
  return wait_until_it_is_over();
}

static int in_the_release_of_a_post(void)
{
  WHORL_TRY(whorl_loop_post(town.loop, posts_nothing, NULL, visit_from_a_post));
  return wait_until_it_is_over();
}

static int in_a_spawned_task_and_its_release(void)
{
  const whorl_task_options_t options = {.release = visit_from_a_post};
  WHORL_TRY(whorl_node_spawn_with_options(town.node, visit_from_a_task, NULL, &options, NULL, WHORL_PLACE));
  return wait_until_it_is_over();
}

static int in_a_visitor(void)
{
  bool was_there = false;
  return whorl_node_visit_nodes(town.node, visit_from_a_visitor, &was_there);
}

static int in_an_action(void)
{
  const example_interfaces__action__Fibonacci_Goal goal = {.order = 1};
  example_interfaces__action__Fibonacci_Result result = {{0}};
  const whorl_action_call_options_t options = {.on_feedback = visit_from_feedback};
  int status = whorl_action_client_call(town.asker, &goal, &result, &options, NULL);
  example_interfaces__action__Fibonacci_Result__fini(&result);
  return status;
}

static int in_a_lifecycle(void) { return whorl_lifecycle_change(town.lifecycle, WHORL_TRANSITION_CONFIGURE); }

static int around_a_parameter(void)
{
  whorl_parameter_callback_t before, on, after;
  WHORL_TRY(whorl_parameter_declare(town.node, "speed", whorl_parameter_integer(1), NULL, NULL));
  WHORL_TRY(whorl_parameter_before_set(town.node, visit_before_a_set, NULL, &before));
  WHORL_TRY(whorl_parameter_on_set(town.node, visit_on_a_set, NULL, &on));
  WHORL_TRY(whorl_parameter_after_set(town.node, visit_after_a_set, NULL, &after));
  WHORL_TRY(whorl_parameter_set(town.node, "speed", whorl_parameter_integer(2)));
  WHORL_TRY(whorl_parameter_remove_callback(town.node, before));
  WHORL_TRY(whorl_parameter_remove_callback(town.node, on));
  return whorl_parameter_remove_callback(town.node, after);
}

static int visit_everywhere(void)
{
  static int (*const places[])(void) = {
      in_a_message, in_a_timer,   in_a_request,   in_a_jump,         in_a_post, in_the_release_of_a_post, in_a_spawned_task_and_its_release,
      in_a_visitor, in_an_action, in_a_lifecycle, around_a_parameter};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) WHORL_TRY(places[i]());
  return WHORL_OK;
}

static int open_and_visit(void *arg)
{
  (void)arg;
  WHORL_TRY(whorl_node_open(town.node));
  return whorl_node_close(town.node, visit_everywhere());
}

static int setup(void **state)
{
  if (getenv("CYCLONEDDS_URI") == NULL || getenv("ROS_DOMAIN_ID") == NULL) {
    fputs("CYCLONEDDS_URI and ROS_DOMAIN_ID must be set: run this test through ctest, which keeps it on the loopback interface\n", stderr);
    exit(1);
  }
  (void)state;
  assert_int_equal(whorl_context_create(0, NULL, NULL, &town.context), WHORL_OK);
  assert_int_equal(whorl_node_create(town.context, "town", NULL, &town.node), WHORL_OK);
  assert_int_equal(whorl_publisher_create(town.node, INT32, "numbers", NULL, &town.publisher), WHORL_OK);
  assert_int_equal(whorl_subscription_create(town.node, INT32, "numbers", on_nothing, NULL, NULL, &town.subscription), WHORL_OK);
  assert_int_equal(whorl_timer_create(town.node, WHORL_SECONDS(100), on_no_time, NULL, NULL, &town.timer), WHORL_OK);
  assert_int_equal(whorl_service_create(town.node, ADD, "add", visit_from_a_request, NULL, NULL, &town.service), WHORL_OK);
  assert_int_equal(whorl_client_create(town.node, ADD, "add", NULL, &town.client), WHORL_OK);
  const whorl_action_type_t type = WHORL_ACTION(example_interfaces, Fibonacci);
  const whorl_action_server_options_t options = {.on_goal = visit_from_a_goal};
  const whorl_lifecycle_callbacks_t callbacks = {.on_configure = visit_from_a_transition};
  assert_int_equal(whorl_action_server_create(town.node, type, "count", visit_from_an_execution, NULL, &options, &town.action), WHORL_OK);
  assert_int_equal(whorl_action_client_create(town.node, type, "count", NULL, &town.asker), WHORL_OK);
  assert_int_equal(whorl_lifecycle_create(town.node, &callbacks, NULL, NULL, &town.lifecycle), WHORL_OK);
  assert_int_equal(whorl_channel_create(1, NULL, &town.channel), WHORL_OK);
  assert_int_equal(whorl_future_create(NULL, &town.future), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &town.loop), WHORL_OK);
  return whorl_event_create(NULL, &town.over);
}

static int teardown(void **state)
{
  (void)state;
  whorl_event_destroy(town.over);
  whorl_future_destroy(town.future);
  whorl_channel_destroy(town.channel);
  assert_int_equal(whorl_loop_destroy(town.loop), WHORL_OK);
  return whorl_context_destroy(town.context, WHORL_OK);
}

static void PAIN_33_no_lock_is_held_while_user_code_runs(void **state)
{
  (void)state;
  assert_int_equal(whorl_loop_run(town.loop, open_and_visit, NULL), WHORL_OK);
  assert_int_equal(town.visits, 16);
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(PAIN_33_no_lock_is_held_while_user_code_runs, setup, teardown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
