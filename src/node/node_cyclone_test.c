// Nodes over Cyclone DDS on the loopback interface, driven by real loops: order and content, ends inside callbacks, signals, threads, memory.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "message/contents.h"
#include "node/context.h"
#include "node/fixture.h"
#include "node/node.h"
#include "task/core.h"

enum { MESSAGES = 200 };

typedef struct world {
  fixture_t fixture; // context, node, entities, event
  whorl_loop_t loop;
  whorl_context_t other_context;
  whorl_node_t other_node;
  int64_t contexts, nodes;
  int wanted;
  bool in_order;
  uint64_t allocations, contents;
  atomic_int unexpected, finished;
  uint64_t seed;
} world_t;

// Reliable, and kept for those who come later: so nothing depends on how long discovery takes.
static const whorl_qos_t all_of_them = {.history = WHORL_HISTORY_KEEP_LAST,
                                        .depth = MESSAGES,
                                        .reliability = WHORL_RELIABILITY_RELIABLE,
                                        .durability = WHORL_DURABILITY_TRANSIENT_LOCAL};

static int setup_with(void **state, const whorl_context_options_t *options)
{
  static world_t world;
  if (getenv("CYCLONEDDS_URI") == NULL || getenv("ROS_DOMAIN_ID") == NULL) {
    fputs("CYCLONEDDS_URI and ROS_DOMAIN_ID must be set: run this test through ctest, which keeps it on the loopback interface\n", stderr);
    exit(1);
  }
  world = (world_t){
      .contexts = whorl__handle_count(&whorl__contexts), .nodes = whorl__handle_count(&whorl__nodes), .wanted = MESSAGES, .in_order = true};
  int status = whorl_context_create(0, NULL, options, &world.fixture.context);
  if (status < 0) fail_msg("context: %s: %s", whorl_status_name(status), whorl_detail());
  assert_int_equal(whorl_node_create(world.fixture.context, "real", NULL, &world.fixture.node), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &world.loop), WHORL_OK);
  assert_int_equal(whorl_event_create(NULL, &world.fixture.event), WHORL_OK);
  *state = &world;
  return 0;
}

static int setup(void **state) { return setup_with(state, NULL); }
static int setup_with_signals(void **state) { return setup_with(state, &(whorl_context_options_t){.handle_signals = true}); }

static int teardown(void **state)
{
  world_t *world = *state;
  whorl_event_destroy(world->fixture.event);
  assert_int_equal(whorl_loop_destroy(world->loop), WHORL_OK);
  (void)whorl_context_destroy(world->fixture.context, WHORL_OK);
  (void)whorl_context_destroy(world->other_context, WHORL_OK);
  assert_int_equal(whorl__handle_count(&whorl__contexts), world->contexts);
  assert_int_equal(whorl__handle_count(&whorl__nodes), world->nodes);
  return 0;
}

#define REAL_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

static void publisher_of(world_t *world, whorl_node_t node)
{
  assert_int_equal(
      whorl_publisher_create(node, INT32, "numbers", &(whorl_publisher_options_t){.qos = &all_of_them}, &world->fixture.publisher),
      WHORL_OK);
}

static void subscription_of(world_t *world, whorl_node_t node, whorl_message_callback_t callback)
{
  const whorl_subscription_options_t options = {.qos = &all_of_them};
  assert_int_equal(whorl_subscription_create(node, INT32, "numbers", callback, world, &options, &world->fixture.subscription), WHORL_OK);
}

static int number_of(const void *message) { return ((const std_msgs__msg__Int32 *)message)->data; }

static int expect_next(const void *message, const whorl_message_info_t *info, void *arg)
{
  world_t *world = arg;
  (void)info;
  if (number_of(message) != world->fixture.calls++) world->in_order = false;
  return world->fixture.calls == world->wanted ? whorl_event_set(world->fixture.event) : WHORL_OK;
}

static int publish_all(world_t *world)
{
  for (int i = 0; i < MESSAGES; i++) WHORL_TRY(fixture_publish(&world->fixture, i));
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_SECONDS(30)); // against hanging only
  int status = whorl_event_wait(world->fixture.event);
  return whorl_timeout_close(&timeout, status);
}

static int publish_in_the_open_node(void *arg)
{
  world_t *world = arg;
  WHORL_TRY(whorl_node_open(world->fixture.node));
  return whorl_node_close(world->fixture.node, publish_all(world));
}

static void messages_arrive_once_and_in_order_within_a_node(void **state)
{
  world_t *world = *state;
  publisher_of(world, world->fixture.node);
  subscription_of(world, world->fixture.node, expect_next);
  assert_int_equal(whorl_loop_run(world->loop, publish_in_the_open_node, world), WHORL_OK);
  assert_true(world->in_order);
  assert_int_equal(world->fixture.calls, MESSAGES);
}

static int count_parks_while_idle(void *arg)
{
  world_t *world = arg;
  WHORL_TRY(whorl_node_open(world->fixture.node));
  whorl__core_counts_t before = whorl__core_read_counts(whorl__core_current());
  int status = whorl_sleep(WHORL_MILLISECONDS(300)); // the time in which a heart-beat, a poll or a lease of Whorl's own would show
  whorl__core_counts_t after = whorl__core_read_counts(whorl__core_current());
  world->wanted = (int)(after.parks - before.parks);
  return whorl_node_close(world->fixture.node, status);
}

// Its subscription and its publisher have found each other, and nothing happens: one park lasts as long as the sleep.
static void PAIN_46_an_idle_node_causes_no_wake_ups(void **state)
{
  world_t *world = *state;
  publisher_of(world, world->fixture.node);
  subscription_of(world, world->fixture.node, expect_next);
  assert_int_equal(whorl_loop_run(world->loop, count_parks_while_idle, world), WHORL_OK);
  assert_int_equal(world->wanted, 1);
  assert_int_equal(world->fixture.calls, 0);
}

static void messages_arrive_once_and_in_order_between_two_contexts_of_a_process(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_context_create(0, NULL, NULL, &world->other_context), WHORL_OK);
  assert_int_equal(whorl_node_create(world->other_context, "other", NULL, &world->other_node), WHORL_OK);
  publisher_of(world, world->other_node);
  subscription_of(world, world->fixture.node, expect_next);
  assert_int_equal(whorl_loop_run(world->loop, publish_in_the_open_node, world), WHORL_OK);
  assert_true(world->in_order);
  assert_int_equal(world->fixture.calls, MESSAGES);
}

// --- Ends inside callbacks

static int destroy_subscription(const void *message, const whorl_message_info_t *info, void *arg)
{
  world_t *world = arg;
  (void)message;
  (void)info;
  world->fixture.calls++;
  assert_int_equal(whorl_subscription_destroy(world->fixture.subscription), WHORL_OK);
  assert_int_equal(whorl_publisher_destroy(world->fixture.publisher), WHORL_OK);
  return whorl_event_set(world->fixture.event);
}

static int publish_once(void *arg)
{
  world_t *world = arg;
  WHORL_TRY(whorl_node_open(world->fixture.node));
  int status = fixture_publish(&world->fixture, 0);
  if (status == WHORL_OK) status = whorl_event_wait(world->fixture.event);
  for (int i = 0; i < 10 && status == WHORL_OK; i++) status = whorl_yield();
  return whorl_node_close(world->fixture.node, status);
}

static void a_callback_destroys_its_subscription_and_the_publisher(void **state)
{
  world_t *world = *state;
  publisher_of(world, world->fixture.node);
  subscription_of(world, world->fixture.node, destroy_subscription);
  assert_int_equal(whorl_loop_run(world->loop, publish_once, world), WHORL_OK);
  assert_int_equal(world->fixture.calls, 1);
  assert_int_equal(whorl_subscription_destroy(world->fixture.subscription), WHORL_DESTROYED);
}

static int destroy_node(const void *message, const whorl_message_info_t *info, void *arg)
{
  world_t *world = arg;
  (void)message;
  (void)info;
  world->fixture.calls++;
  return whorl_node_destroy(world->fixture.node);
}

static int run_node(void *arg) { return whorl_node_run(((world_t *)arg)->fixture.node); }

static void a_callback_destroys_its_node_and_run_ends_well(void **state)
{
  world_t *world = *state;
  publisher_of(world, world->fixture.node);
  subscription_of(world, world->fixture.node, destroy_node);
  assert_int_equal(fixture_publish(&world->fixture, 0), WHORL_OK);
  assert_int_equal(whorl_loop_run(world->loop, run_node, world), WHORL_OK);
  assert_int_equal(world->fixture.calls, 1);
  assert_int_equal(whorl_node_destroy(world->fixture.node), WHORL_DESTROYED);
}

// --- Signals

static volatile sig_atomic_t heard;
static void hear(int number) { heard = number; }

static int interrupt(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  world_t *world = arg;
  return world->fixture.calls++ == 0 ? raise(SIGINT) : WHORL_OK;
}

static int setup_with_own_handler(void **state)
{
  heard = 0;
  signal(SIGINT, hear);
  return setup_with_signals(state);
}

static void Ctrl_C_ends_run_well_and_the_old_handler_comes_back(void **state)
{
  world_t *world = *state;
  assert_int_equal(whorl_timer_create(world->fixture.node, WHORL_MILLISECONDS(1), interrupt, world, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_loop_run(world->loop, run_node, world), WHORL_OK);
  assert_true(whorl_context_is_shutdown(world->fixture.context));
  assert_int_equal(heard, 0);
  assert_int_equal(whorl_context_destroy(world->fixture.context, WHORL_OK), WHORL_OK);
  raise(SIGINT);
  assert_int_equal(heard, SIGINT);
  signal(SIGINT, SIG_DFL);
}

static int program(whorl_context_t context, void *arg)
{
  whorl_node_t *node = arg;
  raise(SIGINT); // as early as it can be
  for (;;) {
    WHORL_TRY(whorl_yield());
    WHORL_TRY(whorl_node_create(context, "late", NULL, node));
    WHORL_TRY(whorl_node_destroy(*node));
  }
}

static void a_program_that_is_interrupted_at_its_very_start_ends_with_0(void **state)
{
  (void)state;
  whorl_node_t node;
  assert_int_equal(whorl_main(0, NULL, program, &node), 0);
}

static whorl_context_t watched_context(void)
{
  whorl_context_t context;
  assert_int_equal(whorl_context_create(0, NULL, &(whorl_context_options_t){.handle_signals = true}, &context), WHORL_OK);
  return context;
}

static void interrupt_until_shut_down(whorl_context_t context)
{
  raise(SIGINT);
  while (!whorl_context_is_shutdown(context)) sched_yield(); // ctest's limit is against hanging
}

static void a_context_made_after_a_first_Ctrl_C_has_one_of_its_own(void **state)
{
  (void)state;
  whorl_context_t old = watched_context();
  interrupt_until_shut_down(old);
  whorl_context_t young = watched_context();
  interrupt_until_shut_down(young); // the default action would end this test
  assert_int_equal(whorl_context_destroy(old, WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_context_destroy(young, WHORL_OK), WHORL_OK);
}

// --- Threads

static void *publishers_come_and_go(void *arg)
{
  world_t *world = arg;
  for (int i = 0; i < 50; i++) {
    whorl_publisher_t publisher;
    std_msgs__msg__Int32 message = {.data = i};
    int status = whorl_publisher_create(world->fixture.node, INT32, "others", NULL, &publisher);
    if (status == WHORL_OK) status = whorl_publish(publisher, &message);
    if (status == WHORL_OK) status = whorl_publisher_destroy(publisher);
    if (status < 0) atomic_store(&world->unexpected, status);
  }
  whorl_event_set(world->fixture.event);
  return NULL;
}

static int count_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message;
  (void)info;
  ((world_t *)arg)->fixture.calls++;
  return WHORL_OK;
}

static int open_until_event(void *arg)
{
  world_t *world = arg;
  WHORL_TRY(whorl_node_open(world->fixture.node));
  return whorl_node_close(world->fixture.node, whorl_event_wait(world->fixture.event));
}

static void publishers_of_a_plain_thread_come_and_go_while_the_loop_runs(void **state)
{
  world_t *world = *state;
  pthread_t thread;
  assert_int_equal(whorl_subscription_create(world->fixture.node, INT32, "others", count_message, world, NULL, NULL), WHORL_OK);
  assert_int_equal(pthread_create(&thread, NULL, publishers_come_and_go, world), 0);
  assert_int_equal(whorl_loop_run(world->loop, open_until_event, world), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(atomic_load(&world->unexpected), WHORL_OK);
  assert_in_range(world->fixture.calls, 1, 50);
}

// --- Chaos

enum { PLACES = 8, ROUNDS = 250 };
static struct {
  pthread_mutex_t lock;
  whorl_publisher_t publishers[PLACES];
  whorl_subscription_t subscriptions[PLACES];
} places = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint32_t draw(uint64_t *seed, uint32_t below)
{
  *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(*seed >> 33) % below;
}

static int change_from_inside(const void *message, const whorl_message_info_t *info, void *arg);

static void change_one(world_t *world, uint64_t *seed)
{
  uint32_t place = draw(seed, PLACES), what = draw(seed, 8);
  whorl_publisher_t publisher = {0};
  whorl_subscription_t subscription = {0};
  std_msgs__msg__Int32 message = {.data = (int)place};
  int status = WHORL_OK;
  if (what == 0) status = whorl_publisher_create(world->fixture.node, INT32, "numbers", NULL, &publisher);
  if (what == 1) status = whorl_subscription_create(world->fixture.node, INT32, "numbers", change_from_inside, world, NULL, &subscription);
  pthread_mutex_lock(&places.lock);
  whorl_publisher_t old_publisher = places.publishers[place];
  whorl_subscription_t old_subscription = places.subscriptions[place];
  if (what == 0) places.publishers[place] = publisher;
  if (what == 1) places.subscriptions[place] = subscription;
  pthread_mutex_unlock(&places.lock);
  if (status == WHORL_OK && what == 0) status = whorl_publisher_destroy(old_publisher);
  if (status == WHORL_OK && what == 1) status = whorl_subscription_destroy(old_subscription);
  if (what > 1) status = whorl_publish(old_publisher, &message);
  if (status != WHORL_OK && status != WHORL_DESTROYED && status != WHORL_INVALID_HANDLE && status != WHORL_CANCELED)
    atomic_store(&world->unexpected, status);
}

static int change_from_inside(const void *message, const whorl_message_info_t *info, void *arg)
{
  uint64_t seed = (uint64_t)info->source_timestamp_ns + (uint64_t)number_of(message);
  if (draw(&seed, 4) == 0) change_one(arg, &seed);
  return WHORL_OK;
}

static void *wreak_havoc(void *arg)
{
  world_t *world = arg;
  uint64_t seed = world->seed ^ (uint64_t)pthread_self();
  for (int i = 0; i < ROUNDS; i++) change_one(world, &seed);
  if (atomic_fetch_add(&world->finished, 1) == 1) whorl_event_set(world->fixture.event);
  return NULL;
}

static void two_threads_and_callbacks_in_a_chaos_balance_in_the_end(void **state)
{
  world_t *world = *state;
  whorl_event_t event = world->fixture.event;
  for (world->seed = 1; world->seed <= 5; world->seed++) {
    pthread_t threads[2];
    whorl_event_reset(event);
    memset(places.publishers, 0, sizeof places.publishers);
    memset(places.subscriptions, 0, sizeof places.subscriptions);
    atomic_store(&world->finished, 0);
    for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, wreak_havoc, world), 0);
    assert_int_equal(whorl_loop_run(world->loop, open_until_event, world), WHORL_OK);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&world->unexpected), WHORL_OK);
    assert_int_equal(whorl_node_destroy(world->fixture.node), WHORL_OK);
    assert_int_equal(whorl_node_create(world->fixture.context, "real", NULL, &world->fixture.node), WHORL_OK);
    assert_int_equal(whorl__handle_count(&whorl__nodes), world->nodes + 1);
  }
}

// --- Memory

enum { WARM = 300, COUNTED = 1000 };

static int answer_with_the_next(const void *message, const whorl_message_info_t *info, void *arg)
{
  world_t *world = arg;
  int number = number_of(message);
  (void)info;
  if (number == WARM) {
    world->allocations = whorl__memory_allocations();
    world->contents = whorl__contents_allocations();
  }
  if (number == WARM + COUNTED) {
    world->allocations = whorl__memory_allocations() - world->allocations;
    world->contents = whorl__contents_allocations() - world->contents;
    return whorl_event_set(world->fixture.event);
  }
  if (number % 2 == 0) return fixture_publish(&world->fixture, number + 1);
  std_msgs__msg__Int32 *borrowed = whorl_publisher_borrow(world->fixture.publisher);
  borrowed->data = number + 1;
  return whorl_publish_borrowed(world->fixture.publisher, borrowed);
}

static void a_message_of_fixed_size_costs_no_allocation(void **state)
{
  world_t *world = *state;
  whorl_qos_t qos = {.depth = 10, .reliability = WHORL_RELIABILITY_RELIABLE};
  assert_int_equal(
      whorl_publisher_create(world->fixture.node, INT32, "numbers", &(whorl_publisher_options_t){.qos = &qos}, &world->fixture.publisher),
      WHORL_OK);
  assert_int_equal(whorl_subscription_create(world->fixture.node, INT32, "numbers", answer_with_the_next, world,
                                             &(whorl_subscription_options_t){.qos = &qos}, NULL),
                   WHORL_OK);
  assert_int_equal(whorl_loop_run(world->loop, publish_once, world), WHORL_OK);
  assert_int_equal(world->allocations, 0);
  assert_int_equal(world->contents, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      REAL_TEST(messages_arrive_once_and_in_order_within_a_node),
      REAL_TEST(PAIN_46_an_idle_node_causes_no_wake_ups),
      REAL_TEST(messages_arrive_once_and_in_order_between_two_contexts_of_a_process),
      REAL_TEST(a_callback_destroys_its_subscription_and_the_publisher),
      REAL_TEST(a_callback_destroys_its_node_and_run_ends_well),
      cmocka_unit_test_setup_teardown(Ctrl_C_ends_run_well_and_the_old_handler_comes_back, setup_with_own_handler, teardown),
      cmocka_unit_test(a_program_that_is_interrupted_at_its_very_start_ends_with_0),
      cmocka_unit_test(a_context_made_after_a_first_Ctrl_C_has_one_of_its_own),
      REAL_TEST(publishers_of_a_plain_thread_come_and_go_while_the_loop_runs),
      REAL_TEST(two_threads_and_callbacks_in_a_chaos_balance_in_the_end),
      REAL_TEST(a_message_of_fixed_size_costs_no_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
