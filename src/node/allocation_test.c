// Memory. Every allocation of Whorl's own fails once, in every path that makes something: the call says NO_MEMORY or does without, leaves nothing behind, and works when it is tried again.
// And: a message costs no allocation at all once the pools are warm.
#include <rosidl_runtime_c/string_functions.h>
#include <std_srvs/srv/empty.h>

#include "base/memory.h"
#include "message/cdr_pool.h"
#include "message/contents.h"
#include "message/pool.h"
#include "node/fixture.h"

#define EMPTY WHORL_SERVICE(std_srvs, srv, Empty)
typedef int (*path_t)(fixture_t *fixture);

static int64_t blocks_now(void)
{
  whorl__pools_trim(); // what messages keep for later is no leak
  whorl__cdr_trim();
  return whorl__memory_blocks();
}

// Runs the path with its first, its second, ... allocation failing, until none of them is left to fail. The path undoes what it does.
static void fail_each(fixture_t *fixture, path_t path, void (*arm)(uint64_t nth), uint64_t (*count)(void))
{
  assert_int_equal(path(fixture), WHORL_OK); // pools and types that live on
  int64_t blocks = blocks_now();
  for (uint64_t nth = 1;; nth++) {
    uint64_t before = count();
    arm(nth);
    int status = path(fixture);
    arm(0);
    bool failed = count() - before < nth ? status < 0 : true;
    if (status != WHORL_OK && status != WHORL_NO_MEMORY)
      fail_msg("allocation %llu: %s: %s", (unsigned long long)nth, whorl_status_name(status), whorl_detail());
    if (blocks_now() != blocks)
      fail_msg("allocation %llu: %lld blocks are left behind", (unsigned long long)nth, (long long)(blocks_now() - blocks));
    if (!failed) break;
    assert_true(nth < 1000);
    if (path(fixture) != WHORL_OK)
      fail_msg("after allocation %llu had failed it does not work any more: %s", (unsigned long long)nth, whorl_detail());
    assert_int_equal(blocks_now(), blocks);
  }
}

static void fail_each_own(fixture_t *fixture, path_t path) { fail_each(fixture, path, whorl__memory_fail_at, whorl__memory_allocations); }

static int on_number(const void *message, const whorl_message_info_t *info, void *arg)
{
  fixture_t *fixture = arg;
  fixture->info = *info;
  fixture->values[0] = ((const std_msgs__msg__Int32 *)message)->data;
  fixture->calls++;
  return WHORL_OK;
}

static int on_bytes(const void *bytes, size_t size, const whorl_message_info_t *info, void *arg)
{
  (void)bytes, (void)size, (void)info;
  ((fixture_t *)arg)->calls++;
  return WHORL_OK;
}

static int on_time(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ((fixture_t *)arg)->calls++;
  return WHORL_OK;
}

// --- Things that are created

static int make_world(fixture_t *fixture)
{
  whorl_simulation_t world;
  whorl_context_t another;
  (void)fixture;
  WHORL_TRY(whorl_simulation_create(2, &world));
  int status = whorl_simulation_create_context(world, &another);
  assert_int_equal(whorl_simulation_destroy(world), WHORL_OK);
  return status;
}

static int make_node(fixture_t *fixture)
{
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(fixture->context, "another", &(whorl_node_options_t){.node_namespace = "/space"}, &node));
  return whorl_node_destroy(node);
}

static int make_publisher(fixture_t *fixture)
{
  whorl_publisher_t publisher;
  WHORL_TRY(whorl_publisher_create(fixture->node, INT32, "~/topic", NULL, &publisher));
  return whorl_publisher_destroy(publisher);
}

static int make_strict_publisher(fixture_t *fixture)
{
  whorl_publisher_t publisher;
  WHORL_TRY(whorl_publisher_create(fixture->node, INT32, "topic", &(whorl_publisher_options_t){.strict_qos = true}, &publisher));
  return whorl_publisher_destroy(publisher);
}

static int make_subscription(fixture_t *fixture)
{
  whorl_subscription_t subscription;
  WHORL_TRY(whorl_subscription_create(fixture->node, INT32, "topic", on_number, fixture, NULL, &subscription));
  return whorl_subscription_destroy(subscription);
}

static int make_timer(fixture_t *fixture)
{
  whorl_timer_t timer;
  WHORL_TRY(whorl_timer_create(fixture->node, 1, on_time, fixture, NULL, &timer));
  return whorl_timer_destroy(timer);
}

static int make_ros_timer(fixture_t *fixture)
{
  whorl_timer_t timer;
  const whorl_timer_options_t options = {.clock = WHORL_CLOCK_ROS};
  WHORL_TRY(whorl_timer_create(fixture->node, 1, on_time, fixture, &options, &timer));
  return whorl_timer_destroy(timer);
}

static int on_jump(const whorl_jump_info_t *info, void *arg)
{
  (void)info, (void)arg;
  return WHORL_OK;
}

static int make_jump_handler(fixture_t *fixture)
{
  whorl_jump_handler_t handler;
  WHORL_TRY(whorl_jump_handler_create(fixture->node, &(whorl_jump_options_t){.on_source_change = true}, on_jump, NULL, &handler));
  return whorl_jump_handler_destroy(handler);
}

static int make_executors(fixture_t *fixture)
{
  int status = WHORL_OK;
  for (int kind = WHORL_EXECUTOR_SINGLE_THREADED; kind <= WHORL_EXECUTOR_MULTI_THREADED && status == WHORL_OK; kind++) {
    whorl_executor_t executor;
    status = whorl_executor_create(fixture->context, (whorl_executor_kind_t)kind, NULL, &executor);
    if (status < 0) break;
    assert_int_equal(whorl_executor_add_node(executor, fixture->node), WHORL_OK);
    assert_int_equal(whorl_executor_destroy(executor), WHORL_OK);
  }
  return status;
}

static int make_wait_set(fixture_t *fixture)
{
  whorl_wait_set_t sets[2]; // one that grows, and a fixed one
  whorl_guard_condition_t guard;
  int status = WHORL_OK;
  WHORL_TRY(whorl_guard_condition_create(fixture->node, NULL, NULL, &(whorl_guard_condition_options_t){.by_hand = true}, &guard));
  const whorl_wait_item_t item = whorl_wait_on_guard_condition(guard, NULL);
  for (int i = 0; i < 2 && status == WHORL_OK; i++) {
    status = whorl_wait_set_create(fixture->context, &(whorl_wait_set_options_t){.capacity = i == 0 ? 0 : 2}, &sets[i]);
    if (status < 0) break;
    status = whorl_wait_set_add(sets[i], &item);
    assert_int_equal(whorl_wait_set_destroy(sets[i]), WHORL_OK);
  }
  assert_int_equal(whorl_guard_condition_destroy(guard), WHORL_OK);
  return status;
}

static int make_simulated_node(fixture_t *fixture)
{
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(fixture->context, "another", &(whorl_node_options_t){.use_sim_time = true}, &node));
  return whorl_node_destroy(node);
}

static int switch_to_simulated_time(fixture_t *fixture)
{
  WHORL_TRY(whorl_node_set_use_sim_time(fixture->node, true));
  int status = whorl_node_set_use_sim_time(fixture->node, false);
  if (status < 0) assert_int_equal(whorl_node_set_use_sim_time(fixture->node, false), WHORL_OK); // nothing had changed
  return status;
}

static int on_request(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call, (void)arg;
  return WHORL_OK;
}

static int make_request(fixture_t *fixture)
{
  std_srvs__srv__Empty_Request request = {0};
  whorl_client_t client;
  whorl_future_t future;
  WHORL_TRY(whorl_client_create(fixture->node, EMPTY, "empty", NULL, &client));
  int status = whorl_client_send(client, &request, &future);
  if (status == WHORL_OK) status = whorl_future_destroy(future);
  assert_int_equal(whorl_client_destroy(client), WHORL_OK);
  return status;
}

static int make_service(fixture_t *fixture)
{
  whorl_service_t service;
  WHORL_TRY(whorl_service_create(fixture->node, EMPTY, "empty", on_request, NULL, NULL, &service));
  return whorl_service_destroy(service);
}

static int make_strict_client(fixture_t *fixture)
{
  whorl_client_t client;
  WHORL_TRY(whorl_client_create(fixture->node, EMPTY, "empty", &(whorl_client_options_t){.strict_qos = true}, &client));
  return whorl_client_destroy(client);
}

static void a_strict_client(void **state) { fail_each_own(*state, make_strict_client); }
static void a_client_and_a_request(void **state) { fail_each_own(*state, make_request); }
static void a_service(void **state) { fail_each_own(*state, make_service); }
static void a_timer_on_ros_time(void **state) { fail_each_own(*state, make_ros_timer); }
static void EXE_33_executors(void **state) { fail_each_own(*state, make_executors); }
static void WST_11_a_wait_set(void **state) { fail_each_own(*state, make_wait_set); }
static void a_jump_handler(void **state) { fail_each_own(*state, make_jump_handler); }
static void a_node_with_simulated_time(void **state) { fail_each_own(*state, make_simulated_node); }
static void simulated_time_switched_on(void **state) { fail_each_own(*state, switch_to_simulated_time); }
static void a_simulation_with_its_contexts(void **state) { fail_each_own(*state, make_world); }
static void a_node(void **state) { fail_each_own(*state, make_node); }
static void a_publisher(void **state) { fail_each_own(*state, make_publisher); }
static void a_strict_publisher(void **state) { fail_each_own(*state, make_strict_publisher); }
static void a_subscription(void **state) { fail_each_own(*state, make_subscription); }
static void a_timer(void **state) { fail_each_own(*state, make_timer); }

// --- The graph

static void count_name(const char *name, const char *node_namespace, void *arg)
{
  (void)name, (void)node_namespace;
  ((fixture_t *)arg)->calls++;
}

static int look_around(fixture_t *fixture)
{
  size_t count;
  WHORL_TRY(whorl_node_visit_nodes(fixture->node, count_name, fixture));
  return whorl_node_count_publishers(fixture->node, "numbers", &count);
}

static int wait_for_no_message(fixture_t *fixture)
{
  std_msgs__msg__Int32 message;
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, 1);
  int status = whorl_timeout_close(&timeout, whorl_node_wait_for_message(fixture->node, INT32, "numbers", NULL, &message));
  return status == WHORL_TIMED_OUT ? WHORL_OK : status;
}

static int open_and_wait(fixture_t *fixture) { return fixture_with_open_node(fixture, wait_for_no_message); }

static void queries_of_the_graph(void **state) { fail_each_own(*state, look_around); }
static void a_wait_for_a_message(void **state) { fail_each_own(*state, open_and_wait); }

// --- Driving

static int nothing(fixture_t *fixture)
{
  (void)fixture;
  return WHORL_OK;
}

static int open_and_close(fixture_t *fixture) { return fixture_with_open_node(fixture, nothing); }

static void populate(fixture_t *fixture)
{
  fixture_create_publisher(fixture, "numbers");
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "numbers", on_number, fixture, NULL, &fixture->subscription), WHORL_OK);
  assert_int_equal(whorl_subscription_create_serialized(fixture->node, INT32, "numbers", on_bytes, fixture, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_timer_create(fixture->node, WHORL_MILLISECONDS(1), on_time, fixture, NULL, &fixture->timer), WHORL_OK);
}

static void opening_a_node_with_entities(void **state)
{
  populate(*state);
  fail_each_own(*state, open_and_close);
}

static int spawned(void *arg)
{
  (void)arg;
  return whorl_sleep(1);
}

static void count_release(void *arg) { ((fixture_t *)arg)->values[10]++; }

static int spawn_one(fixture_t *fixture)
{
  whorl_task_t task;
  int released = fixture->values[10];
  int status = whorl_node_spawn_with_options(fixture->node, spawned, fixture,
                                             &(whorl_task_options_t){.release = count_release, .name = "spawned"}, &task, "here");
  if (status < 0) assert_int_equal(fixture->values[10], released + 1); // once in every outcome
  return status < 0 ? status : whorl_sleep(2);
}

static int open_and_spawn(fixture_t *fixture) { return fixture_with_open_node(fixture, spawn_one); }
static void spawning(void **state) { fail_each_own(*state, open_and_spawn); }

static int run_for_a_while(fixture_t *fixture)
{
  whorl_node_t node;
  WHORL_TRY(whorl_node_create(fixture->context, "driven", NULL, &node));
  int status = whorl_timer_create(node, WHORL_MILLISECONDS(1), on_time, fixture, NULL, NULL);
  if (status == WHORL_OK) status = whorl_simulation_run_for(fixture->world, WHORL_MILLISECONDS(5));
  assert_int_equal(whorl_node_destroy(node), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(fixture->world, 1), WHORL_OK);
  return status;
}

static void nodes_that_the_simulation_drives(void **state) { fail_each_own(*state, run_for_a_while); }

static int empty_task(void *arg)
{
  (void)arg;
  return WHORL_OK;
}

static int run_a_loop(fixture_t *fixture)
{
  whorl_loop_t loop;
  (void)fixture;
  WHORL_TRY(whorl_loop_create(NULL, &loop));
  int status = whorl_loop_run(loop, empty_task, NULL);
  if (status < 0) assert_int_equal(whorl_loop_run(loop, empty_task, NULL), WHORL_OK); // the loop itself is as good as ever
  if (status == WHORL_OK) status = whorl_loop_post(loop, count_release, fixture, NULL);
  assert_int_equal(whorl_loop_destroy(loop), WHORL_OK);
  return status;
}

static void a_loop(void **state) { fail_each_own(*state, run_a_loop); }

// --- Publishing

static int first_error(int so_far, int status) { return so_far < 0 ? so_far : status; }

static int publish_in_every_form(fixture_t *fixture)
{
  static const uint8_t nine[] = {0, 1, 0, 0, 9, 0, 0, 0};
  whorl__pools_trim(); // so that messages have to be allocated
  int status = fixture_publish(fixture, 1);
  std_msgs__msg__Int32 *borrowed = whorl_publisher_borrow(fixture->publisher);
  if (borrowed == NULL)
    status = first_error(status, WHORL_NO_MEMORY);
  else if (whorl_publish_borrowed(fixture->publisher, borrowed) < 0)
    status = first_error(status, whorl_publisher_return(fixture->publisher, borrowed) < 0 ? WHORL_WRONG_STATE : WHORL_NO_MEMORY);
  status = first_error(status, whorl_publish_serialized(fixture->publisher, nine, sizeof nine));
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(1)));
  return status;
}

static int take_the_rest(fixture_t *fixture)
{
  (void)fixture;
  return whorl_sleep(WHORL_MILLISECONDS(1));
}

// A node that failed leaves what it has not taken in its histories.
static int publish_and_take(fixture_t *fixture, int (*body)(fixture_t *fixture))
{
  int status = fixture_with_open_node(fixture, body);
  whorl__memory_fail_at(0);
  whorl__contents_fail_at(0);
  if (status < 0) assert_int_equal(fixture_with_open_node(fixture, take_the_rest), WHORL_OK);
  return status;
}

static int open_and_publish(fixture_t *fixture) { return publish_and_take(fixture, publish_in_every_form); }

static void publishing_and_receiving(void **state)
{
  populate(*state);
  fail_each_own(*state, open_and_publish);
}

static int on_string(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message;
  (void)info;
  ((fixture_t *)arg)->calls++;
  return WHORL_OK;
}

static int publish_string(fixture_t *fixture)
{
  static const uint8_t bytes[] = {0, 1, 0, 0, 4, 0, 0, 0, 'a', 'b', 'c', 0};
  std_msgs__msg__String message;
  whorl__pools_trim();
  assert_true(std_msgs__msg__String__init(&message) &&
              rosidl_runtime_c__String__assign(&message.data, "a string that is longer than any small one"));
  int status = whorl_publish(fixture->publisher, &message);
  std_msgs__msg__String__fini(&message);
  status = first_error(status, whorl_publish_serialized(fixture->publisher, bytes, sizeof bytes));
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(1)));
  return status;
}

static int open_and_publish_string(fixture_t *fixture) { return publish_and_take(fixture, publish_string); }

// What the contents of messages need is rosidl's memory, with a counter of its own.
static void the_contents_of_messages(void **state)
{
  fixture_t *fixture = *state;
  whorl_message_type_t string = WHORL_MESSAGE(std_msgs, msg, String);
  assert_int_equal(whorl_publisher_create(fixture->node, string, "words", NULL, &fixture->publisher), WHORL_OK);
  assert_int_equal(whorl_subscription_create(fixture->node, string, "words", on_string, fixture, NULL, NULL), WHORL_OK);
  fail_each(fixture, open_and_publish_string, whorl__contents_fail_at, whorl__contents_allocations);
}

// --- A whole small program

static int small_program(fixture_t *outer)
{
  fixture_t inner = {.body = publish_in_every_form};
  (void)outer;
  WHORL_TRY(whorl_simulation_create(3, &inner.world));
  inner.context = whorl_simulation_context(inner.world);
  int status = whorl_node_create(inner.context, "small", NULL, &inner.node);
  if (status == WHORL_OK) status = whorl_publisher_create(inner.node, INT32, "numbers", NULL, &inner.publisher);
  if (status == WHORL_OK) status = whorl_subscription_create(inner.node, INT32, "numbers", on_number, &inner, NULL, NULL);
  if (status == WHORL_OK) status = whorl_timer_create(inner.node, WHORL_MILLISECONDS(1), on_time, &inner, NULL, NULL);
  if (status == WHORL_OK) status = whorl_simulation_run(inner.world, fixture_run_open, &inner);
  assert_int_equal(whorl_simulation_destroy(inner.world), WHORL_OK);
  return status;
}

static void a_whole_small_program(void **state) { fail_each_own(*state, small_program); }

// --- None per message

static int exchange(fixture_t *fixture, int messages)
{
  for (int i = 0; i < messages; i++) {
    std_msgs__msg__Int32 *borrowed = whorl_publisher_borrow(fixture->publisher);
    borrowed->data = i;
    WHORL_TRY(whorl_publish_borrowed(fixture->publisher, borrowed));
    WHORL_TRY(fixture_publish(fixture, i));
    WHORL_TRY(whorl_sleep(WHORL_MICROSECONDS(100)));
    if (fixture->values[0] != i) return WHORL_WRONG_STATE;
  }
  return WHORL_OK;
}

static int count_a_thousand(fixture_t *fixture)
{
  WHORL_TRY(exchange(fixture, 100));
  uint64_t before = whorl__memory_allocations(), contents = whorl__contents_allocations();
  WHORL_TRY(exchange(fixture, 1000));
  fixture->values[1] = (int)(whorl__memory_allocations() - before);
  fixture->values[2] = (int)(whorl__contents_allocations() - contents);
  return WHORL_OK;
}

static void a_message_of_fixed_size_costs_no_allocation(void **state)
{
  fixture_t *fixture = *state;
  populate(fixture);
  assert_int_equal(fixture_with_open_node(fixture, count_a_thousand), WHORL_OK);
  assert_true(fixture->calls > 4400); // two subscriptions, two forms, and the timer
  assert_int_equal(fixture->values[1], 0);
  assert_int_equal(fixture->values[2], 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(a_simulation_with_its_contexts),
      NODE_TEST(a_node),
      NODE_TEST(a_publisher),
      NODE_TEST(a_strict_publisher),
      NODE_TEST(a_strict_client),
      NODE_TEST(a_subscription),
      NODE_TEST(a_timer),
      NODE_TEST(a_timer_on_ros_time),
      NODE_TEST(EXE_33_executors),
      NODE_TEST(WST_11_a_wait_set),
      NODE_TEST(a_jump_handler),
      NODE_TEST(a_client_and_a_request),
      NODE_TEST(a_service),
      NODE_TEST(queries_of_the_graph),
      NODE_TEST(a_wait_for_a_message),
      NODE_TEST(a_node_with_simulated_time),
      NODE_TEST(simulated_time_switched_on),
      NODE_TEST(opening_a_node_with_entities),
      NODE_TEST(spawning),
      NODE_TEST(nodes_that_the_simulation_drives),
      NODE_TEST(a_loop),
      NODE_TEST(publishing_and_receiving),
      NODE_TEST(the_contents_of_messages),
      NODE_TEST(a_whole_small_program),
      NODE_TEST(a_message_of_fixed_size_costs_no_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
