// Start-up arguments at nodes, topics, services and clients, over the simulated network.
#include "node/context.h"
#include "node/service_fixture.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))
#define NODE_WITH(context, name, space, ...)                                                                                               \
  make_node((context), (name), (space), (const char *[]){"--ros-args", __VA_ARGS__}, COUNT(((const char *[]){"--ros-args", __VA_ARGS__})), \
            false)

static whorl_node_t make_node(whorl_context_t context, const char *name, const char *space, const char *const *arguments, int count,
                              bool alone)
{
  const whorl_node_options_t options = {
      .node_namespace = space, .arguments = arguments, .argument_count = count, .ignore_global_arguments = alone};
  whorl_node_t node = {0};
  if (whorl_node_create(context, name, &options, &node) < 0) fail_msg("%s", whorl_detail());
  return node;
}

static void give_arguments(whorl_context_t context, const char *const *argv, int argc)
{
  whorl__arguments_t *arguments;
  assert_int_equal(whorl__arguments_parse(argc, argv, &arguments), WHORL_OK);
  whorl__context_set_arguments(context, arguments);
}

static void expect_name(whorl_node_t node, const char *full)
{
  assert_string_equal(whorl_node_fully_qualified_name(node), full);
  assert_int_equal(whorl_node_destroy(node), WHORL_OK);
}

static void a_node_gets_the_name_and_the_namespace_that_the_arguments_say(void **state)
{
  fixture_t *fixture = *state;
  expect_name(NODE_WITH(fixture->context, "n", "/a", "-r", "__node:=m"), "/a/m");
  expect_name(NODE_WITH(fixture->context, "n", "/a", "-r", "__ns:=/b/c"), "/b/c/n");
  expect_name(NODE_WITH(fixture->context, "n", NULL, "-r", "n:__node:=m", "-r", "__ns:=/b"), "/b/m");
  expect_name(NODE_WITH(fixture->context, "n", NULL, "-r", "other:__node:=m", "-r", "other:__ns:=/b"), "/n");
  expect_name(NODE_WITH(fixture->context, "n", NULL, "-r", "__node:=m", "-r", "m:__ns:=/b", "-r", "n:__ns:=/c"), "/b/m");
}

static void a_nodes_own_arguments_come_before_the_contexts(void **state)
{
  fixture_t *fixture = *state;
  static const char *const global[] = {"--ros-args", "-r", "__node:=global", "-r", "__ns:=/global"};
  give_arguments(fixture->context, global, COUNT(global));
  expect_name(NODE_WITH(fixture->context, "n", NULL, "-r", "__node:=own"), "/global/own");
  expect_name(make_node(fixture->context, "n", NULL, NULL, 0, false), "/global/global");
  expect_name(make_node(fixture->context, "n", NULL, NULL, 0, true), "/n");
}

static int keep_value(const void *message, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)info;
  fixture->values[fixture->calls++] = ((const std_msgs__msg__Int32 *)message)->data;
  return whorl_event_set(fixture->event);
}

static int wait_for_value(fixture_t *fixture)
{
  WHORL_TRY(fixture_publish(fixture, 7));
  return whorl_event_wait(fixture->event);
}

// What a node with the arguments publishes on `wanted` comes out at `real`.
static void expect_topic(fixture_t *fixture, whorl_node_t publisher, const char *wanted, const char *real)
{
  assert_int_equal(whorl_publisher_create(publisher, INT32, wanted, NULL, &fixture->publisher), WHORL_OK);
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, real, keep_value, fixture, NULL, &fixture->subscription), WHORL_OK);
  fixture->calls = 0;
  assert_int_equal(whorl_event_reset(fixture->event), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, wait_for_value), WHORL_OK);
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(whorl_subscription_destroy(fixture->subscription), WHORL_OK);
  assert_int_equal(whorl_publisher_destroy(fixture->publisher), WHORL_OK);
}

static void topics_are_matched_after_expansion_and_the_first_rule_wins(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t node = NODE_WITH(fixture->context, "talker", "/demo", "-r", "rosservice://chatter:=no", "-r", "other:chatter:=no", "-r",
                                "/demo/chatter:=news", "-r", "chatter:=no", "-r", "~/own:=~/mine", "-r", "/far:=/farther");
  expect_topic(fixture, node, "chatter", "/demo/news");
  expect_topic(fixture, node, "/demo/chatter", "/demo/news");
  expect_topic(fixture, node, "~/own", "/demo/talker/mine");
  expect_topic(fixture, node, "{node}/own", "/demo/talker/mine"); // the same name after expansion
  expect_topic(fixture, node, "/far", "/farther");
  expect_topic(fixture, node, "untouched", "/demo/untouched");
}

static void a_subscription_is_remapped_too(void **state)
{
  fixture_t *fixture = *state;
  static const char *const global[] = {"--ros-args", "-r", "tested:chatter:=news"};
  give_arguments(fixture->context, global, COUNT(global));
  expect_topic(fixture, fixture_make_node(fixture, "talker"), "news", "chatter");
}

static void a_name_that_a_rule_makes_too_long_is_refused(void **state)
{
  fixture_t *fixture = *state;
  char rule[300] = "a:=";
  memset(rule + 3, 'b', 250);
  whorl_node_t node = NODE_WITH(fixture->context, "n", NULL, "-r", rule);
  whorl_publisher_t publisher;
  assert_int_equal(whorl_publisher_create(node, INT32, "a", NULL, &publisher), WHORL_INVALID_NAME);
  assert_non_null(strstr(whorl_detail(), "longer than 247 characters"));
}

static void a_nodes_malformed_arguments_are_told_with_their_index(void **state)
{
  fixture_t *fixture = *state;
  whorl_node_t node = {1};
  const char *const bad[] = {"--ros-args", "-r", "a b:=c"};
  whorl_node_options_t options = {.argument_count = 3, .arguments = bad};
  assert_int_equal(whorl_node_create(fixture->context, "n", &options, &node), WHORL_INVALID_NAME);
  assert_string_equal(whorl_detail(), "argument 2 'a b:=c' is no remap rule: topic name 'a b' is invalid at 1: space");
  options.arguments = NULL;
  assert_int_equal(whorl_node_create(fixture->context, "n", &options, &node), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "whorl_node_create: argument_count is 3 and arguments does not fit");
  assert_int_equal(node.id, 1);
}

static int call_once(pair_t *pair)
{
  int64_t sum = 0;
  WHORL_TRY(whorl_client_wait_for_service(pair->client));
  WHORL_TRY(add(pair->client, 3, 4, &sum));
  return sum == 7 ? WHORL_OK : WHORL_MALFORMED;
}

static void services_and_clients_follow_rules_of_their_own(void **state)
{
  pair_t *pair = *state;
  static const char *const global[] = {
      "--ros-args", "-r", "rostopic://add:=no", "-r", "server:add:=sums", "-r", "client:rosservice://plus:=/sums"};
  give_arguments(whorl_simulation_context(pair->world), global, COUNT(global));
  pair_serve(pair, on_add, 0);
  assert_int_equal(whorl_client_create(pair->client_node, ADD, "plus", NULL, &pair->client), WHORL_OK);
  assert_int_equal(pair_with(pair, call_once), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(a_node_gets_the_name_and_the_namespace_that_the_arguments_say),
      NODE_TEST(a_nodes_own_arguments_come_before_the_contexts),
      NODE_TEST(topics_are_matched_after_expansion_and_the_first_rule_wins),
      NODE_TEST(a_subscription_is_remapped_too),
      NODE_TEST(a_name_that_a_rule_makes_too_long_is_refused),
      NODE_TEST(a_nodes_malformed_arguments_are_told_with_their_index),
      PAIR_TEST(services_and_clients_follow_rules_of_their_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
