// Lives of nodes and their entities over the simulated network: opened empty, made before the opening, ended one by one and twice. Rows ANODE-01 to 04, 07, 19, 22, 27 to 29, ASRC-01, ASRC-02, ASRC-10.
#include "node/context.h"
#include "node/node.h"
#include "node/service_fixture.h"

static int nothing(fixture_t *fixture)
{
  (void)fixture;
  return WHORL_OK;
}

static int count_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  (void)info;
  fixture->values[fixture->calls++] = ((const std_msgs__msg__Int32 *)message)->data;
  return WHORL_OK;
}

static int count_call(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ((fixture_t *)arg)->calls++;
  return WHORL_OK;
}

static whorl_subscription_t subscribe(fixture_t *fixture, whorl_node_t node, const char *topic)
{
  whorl_subscription_t subscription;
  assert_int_equal(whorl_subscription_create(node, INT32, topic, count_message, fixture, NULL, &subscription), WHORL_OK);
  return subscription;
}

// --- Opening

static void ANODE_01_an_empty_node_is_opened_and_closed(void **state)
{
  fixture_t *fixture = *state;
  for (int i = 0; i < 2; i++) assert_int_equal(fixture_with_open_node(fixture, nothing), WHORL_OK);
  assert_int_equal(whorl_simulation_now_ns(fixture->world), 0);
}

static int destroy_one_of_two(fixture_t *fixture)
{
  WHORL_TRY(fixture_publish(fixture, 1));
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(100)));
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(whorl_subscription_destroy(fixture->subscription), WHORL_OK);
  WHORL_TRY(fixture_publish(fixture, 2));
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(500)));
  assert_int_equal(fixture->calls, 1);
  subscribe(fixture, fixture->node, "numbers"); // the node lives on
  WHORL_TRY(fixture_publish(fixture, 3));
  return whorl_sleep(WHORL_MILLISECONDS(100));
}

static void ANODE_02_a_destroyed_subscription_hears_nothing_more(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  fixture->subscription = subscribe(fixture, fixture->node, "numbers");
  assert_int_equal(fixture_with_open_node(fixture, destroy_one_of_two), WHORL_OK);
  assert_int_equal(fixture->calls, 2);
  assert_int_equal(fixture->values[1], 3);
}

static int be_open_for_a_second(fixture_t *fixture)
{
  assert_int_equal(fixture->calls, 0);
  return whorl_sleep(WHORL_SECONDS(1));
}

static int sleep_before_opening(void *arg)
{
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(1)));
  return fixture_run_open(arg);
}

static void ANODE_03_what_was_made_before_the_opening_is_served_from_then_on(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  subscribe(fixture, fixture->node, "numbers");
  assert_int_equal(fixture_publish(fixture, 1), WHORL_OK);
  fixture->body = be_open_for_a_second;
  assert_int_equal(whorl_simulation_run(fixture->world, sleep_before_opening, fixture), WHORL_OK);
  assert_int_equal(fixture->calls, 1);
}

typedef struct both {
  fixture_t *first;
  fixture_t second; // its node, its publisher and what it heard
} both_t;

static int talk_to_each_other(both_t *both)
{
  assert_int_equal(whorl_publisher_matched_count(both->first->publisher), 1);
  assert_int_equal(whorl_publisher_matched_count(both->second.publisher), 1);
  for (int i = 0; i < 5; i++) {
    WHORL_TRY(fixture_publish(both->first, i));
    WHORL_TRY(fixture_publish(&both->second, 100 + i));
  }
  return whorl_sleep(WHORL_SECONDS(1));
}

static int open_both(void *arg)
{
  both_t *both = arg;
  WHORL_TRY(whorl_node_open(both->first->node));
  int status = whorl_node_open(both->second.node);
  if (status == WHORL_OK) status = whorl_node_close(both->second.node, talk_to_each_other(both));
  return whorl_node_close(both->first->node, status);
}

static void ANODE_04_two_nodes_talk_in_both_directions(void **state)
{
  both_t both = {.first = *state};
  both.second.node = fixture_make_node(both.first, "other");
  fixture_create_publisher(both.first, "there");
  fixture_create_publisher(&both.second, "back");
  assert_int_equal(whorl_publisher_matched_count(both.first->publisher), 0);
  subscribe(&both.second, both.second.node, "there");
  subscribe(both.first, both.first->node, "back");
  assert_int_equal(whorl_simulation_run(both.first->world, open_both, &both), WHORL_OK);
  assert_int_equal(both.first->calls, 5);
  assert_int_equal(both.second.calls, 5);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(both.second.values[i], i);
    assert_int_equal(both.first->values[i], 100 + i);
  }
}

static int run_until_destroyed(void *arg)
{
  fixture_t *fixture = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, fixture_run_node, fixture);
  assert_int_equal(whorl_sleep(WHORL_MILLISECONDS(100)), WHORL_OK);
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void ANODE_07_run_goes_on_until_the_node_is_destroyed(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_timer_create(fixture->node, WHORL_MILLISECONDS(10), count_call, fixture, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_simulation_run(fixture->world, run_until_destroyed, fixture), WHORL_OK);
  assert_int_equal(whorl_simulation_now_ns(fixture->world), WHORL_MILLISECONDS(100));
  assert_in_range(fixture->calls, 9, 10);
}

static int run_an_open_node(fixture_t *fixture)
{
  assert_int_equal(whorl_node_run(fixture->node), WHORL_ALREADY_DRIVEN);
  return whorl_sleep(WHORL_SECONDS(1)); // the opening is as good as ever
}

static void ANODE_09_an_open_node_is_not_run(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_timer_create(fixture->node, WHORL_MILLISECONDS(100), count_call, fixture, NULL, NULL), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, run_an_open_node), WHORL_OK);
  assert_in_range(fixture->calls, 9, 10);
}

// --- Ends

static void ANODE_19_and_ASRC_02_a_destroyed_node_gets_no_client_and_no_service(void **state)
{
  pair_t *pair = *state;
  whorl_client_t client = {1};
  whorl_service_t service = {2};
  assert_int_equal(whorl_node_destroy(pair->server), WHORL_OK);
  assert_int_equal(whorl_client_create(pair->server, ADD, "add", NULL, &client), WHORL_DESTROYED);
  assert_int_equal(whorl_service_create(pair->server, ADD, "add", on_add, pair, NULL, &service), WHORL_DESTROYED);
  assert_int_equal(client.id, 1);
  assert_int_equal(service.id, 2);
}

static void ANODE_22_27_28_29_destroying_any_entity_twice_is_harmless(void **state)
{
  pair_t *pair = *state;
  whorl_publisher_t publisher;
  whorl_subscription_t subscription;
  whorl_timer_t timer;
  fixture_t fixture = {0};
  pair_serve(pair, on_add, 0);
  pair_connect(pair);
  subscription = subscribe(&fixture, pair->server, "numbers");
  assert_int_equal(whorl_publisher_create(pair->server, INT32, "numbers", NULL, &publisher), WHORL_OK);
  assert_int_equal(whorl_timer_create(pair->server, 1, count_call, &fixture, NULL, &timer), WHORL_OK);
  for (int i = 0; i < 3; i++) {
    const int expected = i == 0 ? WHORL_OK : WHORL_DESTROYED;
    assert_int_equal(whorl_publisher_destroy(publisher), expected);
    assert_int_equal(whorl_subscription_destroy(subscription), expected);
    assert_int_equal(whorl_client_destroy(pair->client), expected);
    assert_int_equal(whorl_service_destroy(pair->service), expected);
    assert_int_equal(whorl_timer_destroy(timer), expected);
  }
}

// --- One at a time

static int wait_for_the_event(const void *message, const whorl_message_info_t *info, void *arg)
{
  count_message(message, info, arg);
  return whorl_event_wait(((fixture_t *)arg)->event);
}

static int publish_three_to_a_slow_callback(fixture_t *fixture)
{
  whorl_subscription_counts_t counts;
  for (int i = 1; i <= 3; i++) WHORL_TRY(fixture_publish(fixture, i));
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(1)));
  WHORL_TRY(whorl_subscription_read_counts(fixture->subscription, &counts));
  assert_int_equal(fixture->calls, 1);
  assert_int_equal(counts.received, 3);
  assert_int_equal(counts.taken, 1); // the others wait in the history
  whorl_event_set(fixture->event);
  WHORL_TRY(whorl_sleep(WHORL_SECONDS(1)));
  WHORL_TRY(whorl_subscription_read_counts(fixture->subscription, &counts));
  assert_int_equal(counts.taken, 3);
  return WHORL_OK;
}

static void ASRC_01_the_next_message_is_taken_when_the_callback_has_ended(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "numbers", wait_for_the_event, fixture, NULL, &fixture->subscription),
                   WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, publish_three_to_a_slow_callback), WHORL_OK);
  assert_int_equal(fixture->calls, 3);
  for (int i = 0; i < 3; i++) assert_int_equal(fixture->values[i], i + 1);
}

static int on_add_after_the_event(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  WHORL_TRY(whorl_event_wait(((pair_t *)arg)->event));
  return on_add(request, response, call, arg);
}

static int call_once(void *arg)
{
  int64_t sum = 0;
  WHORL_TRY(add(((pair_t *)arg)->client, 20, 22, &sum));
  assert_int_equal(sum, 42);
  return WHORL_OK;
}

static int call_a_slow_handler_three_times(pair_t *pair)
{
  whorl_service_counts_t counts;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 3; i++) whorl_task_group_spawn(&group, call_once, pair);
  int status = whorl_sleep(WHORL_SECONDS(1));
  assert_int_equal(whorl_service_read_counts(pair->service, &counts), WHORL_OK);
  assert_int_equal(counts.received, 3);
  assert_int_equal(counts.taken, 1);
  whorl_event_set(pair->event);
  return whorl_task_group_close(&group, status);
}

static void ASRC_01_and_so_is_the_next_request(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add_after_the_event, 1);
  pair_connect(pair);
  assert_int_equal(pair_with(pair, call_a_slow_handler_three_times), WHORL_OK);
  assert_int_equal(pair->handled, 3);
}

// --- Gone for good

static size_t length(whorl__list_t *list)
{
  size_t count = 0;
  for (whorl__link_t *link = whorl__list_first(list); link != NULL; link = whorl__list_next(list, link)) count++;
  return count;
}

static size_t entities_of(whorl_node_t handle)
{
  whorl__node_t *node;
  assert_int_equal(whorl__node_pin(handle, &node), WHORL_OK);
  pthread_mutex_lock(&node->context->lock);
  size_t count = length(&node->entities) + length(&node->ending);
  pthread_mutex_unlock(&node->context->lock);
  whorl__node_unpin(node);
  return count;
}

static int wait_in_a_shield(void *arg) { return whorl_event_wait(((fixture_t *)arg)->event); }
static int linger(fixture_t *fixture)
{
  fixture->calls++;
  return whorl_with_shield(WHORL_SECONDS(1), wait_in_a_shield, fixture);
}

static whorl_service_t mortal_service;
static whorl_client_t mortal_client;

static int end_the_subscription(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info;
  assert_int_equal(whorl_subscription_destroy(((fixture_t *)arg)->subscription), WHORL_OK);
  return linger(arg);
}

static int end_the_timer(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  assert_int_equal(whorl_timer_destroy(((fixture_t *)arg)->timer), WHORL_OK);
  return linger(arg);
}

static int end_the_service(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call;
  assert_int_equal(whorl_service_destroy(mortal_service), WHORL_OK);
  return linger(arg);
}

static int end_three_from_inside(fixture_t *fixture)
{
  int64_t sum;
  assert_int_equal(entities_of(fixture->node), 5);
  WHORL_TRY(fixture_publish(fixture, 1));
  assert_int_equal(add_within(mortal_client, WHORL_MILLISECONDS(10), &sum), WHORL_TIMED_OUT);
  assert_int_equal(fixture->calls, 3);
  assert_int_equal(entities_of(fixture->node), 5); // their callbacks have not ended yet
  whorl_event_set(fixture->event);
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(1)));
  assert_int_equal(entities_of(fixture->node), 2);
  assert_int_equal(whorl_client_destroy(mortal_client), WHORL_OK);
  assert_int_equal(whorl_publisher_destroy(fixture->publisher), WHORL_OK);
  assert_int_equal(entities_of(fixture->node), 0);
  return WHORL_OK;
}

static void ASRC_10_an_entity_whose_callbacks_have_ended_is_gone_from_its_node(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "numbers", end_the_subscription, fixture, NULL, &fixture->subscription),
                   WHORL_OK);
  assert_int_equal(whorl_timer_create(fixture->node, WHORL_MILLISECONDS(1), end_the_timer, fixture, NULL, &fixture->timer), WHORL_OK);
  assert_int_equal(whorl_service_create(fixture->node, ADD, "add", end_the_service, fixture, NULL, &mortal_service), WHORL_OK);
  assert_int_equal(whorl_client_create(fixture->node, ADD, "add", NULL, &mortal_client), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, end_three_from_inside), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(ANODE_01_an_empty_node_is_opened_and_closed),
      NODE_TEST(ANODE_02_a_destroyed_subscription_hears_nothing_more),
      NODE_TEST(ANODE_03_what_was_made_before_the_opening_is_served_from_then_on),
      NODE_TEST(ANODE_04_two_nodes_talk_in_both_directions),
      NODE_TEST(ANODE_07_run_goes_on_until_the_node_is_destroyed),
      NODE_TEST(ANODE_09_an_open_node_is_not_run),
      PAIR_TEST(ANODE_19_and_ASRC_02_a_destroyed_node_gets_no_client_and_no_service),
      PAIR_TEST(ANODE_22_27_28_29_destroying_any_entity_twice_is_harmless),
      NODE_TEST(ASRC_01_the_next_message_is_taken_when_the_callback_has_ended),
      PAIR_TEST(ASRC_01_and_so_is_the_next_request),
      NODE_TEST(ASRC_10_an_entity_whose_callbacks_have_ended_is_gone_from_its_node),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
