// Threads that create and destroy while a real loop has the node open, opens it and closes it. The network is a simulated one that nobody moves: only timers call, and every access is judged by ThreadSanitizer.
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"
#include "node/fixture.h"
#include "node/node.h"
#include "node/signal.h"

typedef struct threaded {
  fixture_t *fixture;
  whorl_loop_t loop;
  whorl_event_t stop;
  whorl_node_t node;
  atomic_int calls, status;
  atomic_bool done;
  uint64_t seed;
} threaded_t;

static uint32_t draw(uint64_t *seed, uint32_t below)
{
  *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(*seed >> 33) % below;
}

static threaded_t begin(fixture_t *fixture)
{
  threaded_t threaded = {.fixture = fixture, .node = fixture->node};
  assert_int_equal(whorl_loop_create(NULL, &threaded.loop), WHORL_OK);
  assert_int_equal(whorl_event_create(NULL, &threaded.stop), WHORL_OK);
  return threaded;
}

static void end(threaded_t *threaded)
{
  assert_int_equal(whorl_loop_destroy(threaded->loop), WHORL_OK);
  whorl_event_destroy(threaded->stop);
}

static pthread_t start(void *(*function)(void *arg), void *arg)
{
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, function, arg), 0);
  return thread;
}

static int on_number(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message;
  (void)info;
  (void)arg;
  return WHORL_OK;
}

static int count(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  atomic_fetch_add(&((threaded_t *)arg)->calls, 1);
  return WHORL_OK;
}

static int suspend_a_little(const whorl_timer_info_t *info, void *arg)
{
  (void)count(info, arg);
  return whorl_sleep(WHORL_MICROSECONDS(50));
}

// --- A loop that opens and closes, a thread that creates and destroys entities

static int open_and_close_often(void *arg)
{
  threaded_t *threaded = arg;
  while (!whorl_event_is_set(threaded->stop)) {
    WHORL_TRY(whorl_node_open(threaded->node));
    int status = WHORL_OK;
    for (int i = 0; i < 3 && status == WHORL_OK; i++) status = whorl_yield();
    WHORL_TRY(whorl_node_close(threaded->node, status));
  }
  return WHORL_OK;
}

static void *create_and_destroy(void *arg)
{
  threaded_t *threaded = arg;
  for (int i = 0; i < 2000; i++) {
    whorl_timer_t timer;
    whorl_subscription_t subscription;
    int status = whorl_timer_create(threaded->node, 0, i % 2 ? count : suspend_a_little, threaded, NULL, &timer);
    if (status == WHORL_OK) status = whorl_subscription_create(threaded->node, INT32, "numbers", on_number, NULL, NULL, &subscription);
    if (status == WHORL_OK) status = whorl_timer_destroy(timer);
    if (status == WHORL_OK) status = whorl_subscription_destroy(subscription);
    if (status < 0) atomic_store(&threaded->status, status);
  }
  whorl_event_set(threaded->stop);
  return NULL;
}

static void entities_come_and_go_while_the_loop_opens_and_closes_their_node(void **state)
{
  threaded_t threaded = begin(*state);
  pthread_t thread = start(create_and_destroy, &threaded);
  assert_int_equal(whorl_loop_run(threaded.loop, open_and_close_often, &threaded), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(atomic_load(&threaded.status), WHORL_OK);
  end(&threaded);
}

// --- After destroy has returned, no callback runs

typedef struct watched {
  atomic_bool gone;
  atomic_int late;
} watched_t;

static int watch(const whorl_timer_info_t *info, void *arg)
{
  watched_t *watched = arg;
  (void)info;
  if (atomic_load(&watched->gone)) atomic_fetch_add(&watched->late, 1);
  int status = whorl_sleep(WHORL_MICROSECONDS(20));
  if (atomic_load(&watched->gone)) atomic_fetch_add(&watched->late, 1);
  return status;
}

static void *destroy_watched(void *arg)
{
  threaded_t *threaded = arg;
  watched_t watched = {0};
  for (int i = 0; i < 1000; i++) {
    whorl_timer_t timer;
    atomic_store(&watched.gone, false);
    if (whorl_timer_create(threaded->node, 0, watch, &watched, NULL, &timer) != WHORL_OK) break;
    for (int spin = i % 100 * 10; spin > 0; spin--) atomic_load(&threaded->done);
    whorl_timer_destroy(timer);
    atomic_store(&watched.gone, true);
  }
  atomic_store(&threaded->calls, atomic_load(&watched.late));
  whorl_event_set(threaded->stop);
  return NULL;
}

static int keep_open(void *arg)
{
  threaded_t *threaded = arg;
  WHORL_TRY(whorl_node_open(threaded->node));
  return whorl_node_close(threaded->node, whorl_event_wait(threaded->stop));
}

static void when_destroy_has_returned_on_a_plain_thread_no_callback_runs(void **state)
{
  threaded_t threaded = begin(*state);
  pthread_t thread = start(destroy_watched, &threaded);
  assert_int_equal(whorl_loop_run(threaded.loop, keep_open, &threaded), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(atomic_load(&threaded.calls), 0);
  end(&threaded);
}

// --- Nodes and contexts that end while they run

static int run_node(void *arg) { return whorl_node_run(((threaded_t *)arg)->node); }

static void *run_loop(void *arg)
{
  threaded_t *threaded = arg;
  int status = whorl_loop_run(threaded->loop, run_node, threaded);
  atomic_store(&threaded->status, status);
  return NULL;
}

static void wait_for_calls(threaded_t *threaded)
{
  while (atomic_load(&threaded->calls) < 3) sched_yield();
}

static void a_running_node_is_destroyed_by_another_thread(void **state)
{
  fixture_t *fixture = *state;
  for (int i = 0; i < 100; i++) {
    threaded_t threaded = begin(fixture);
    threaded.node = fixture_make_node(fixture, "short");
    assert_int_equal(whorl_timer_create(threaded.node, 0, i % 2 ? count : suspend_a_little, &threaded, NULL, NULL), WHORL_OK);
    pthread_t thread = start(run_loop, &threaded);
    if (i % 4 > 0) wait_for_calls(&threaded);
    assert_int_equal(whorl_node_destroy(threaded.node), WHORL_OK);
    int calls = atomic_load(&threaded.calls);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&threaded.calls), calls);
    if (atomic_load(&threaded.status) != WHORL_DESTROYED)
      assert_int_equal(atomic_load(&threaded.status), WHORL_OK); // or it was destroyed before it was opened
    end(&threaded);
  }
}

static void a_context_is_destroyed_while_its_node_runs(void **state)
{
  fixture_t *fixture = *state;
  for (int i = 0; i < 50; i++) {
    threaded_t threaded = begin(fixture);
    whorl_context_t context;
    assert_int_equal(whorl_simulation_create_context(fixture->world, &context), WHORL_OK);
    assert_int_equal(whorl_node_create(context, "short", NULL, &threaded.node), WHORL_OK);
    assert_int_equal(whorl_timer_create(threaded.node, 0, suspend_a_little, &threaded, NULL, NULL), WHORL_OK);
    pthread_t thread = start(run_loop, &threaded);
    wait_for_calls(&threaded);
    assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&threaded.status), WHORL_OK);
    end(&threaded);
  }
}

static void *destroy_the_node(void *arg)
{
  threaded_t *threaded = arg;
  while (!atomic_load(&threaded->done)) {}
  int status = whorl_node_destroy(threaded->node);
  atomic_store(&threaded->status, status);
  return NULL;
}

// Whoever is first: both come back, and the context is not gone while the other one is still busy in it.
static void a_context_is_destroyed_while_another_thread_destroys_its_node(void **state)
{
  fixture_t *fixture = *state;
  for (int i = 0; i < 200; i++) {
    threaded_t threaded = {0};
    whorl_context_t context;
    assert_int_equal(whorl_simulation_create_context(fixture->world, &context), WHORL_OK);
    assert_int_equal(whorl_node_create(context, "short", NULL, &threaded.node), WHORL_OK);
    for (int j = 0; j < 3; j++)
      assert_int_equal(whorl_subscription_create(threaded.node, INT32, "numbers", on_number, NULL, NULL, NULL), WHORL_OK);
    pthread_t thread = start(destroy_the_node, &threaded);
    atomic_store(&threaded.done, true);
    assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
    pthread_join(thread, NULL);
    int status = atomic_load(&threaded.status);
    assert_true(status == WHORL_OK || status == WHORL_DESTROYED);
  }
}

// --- Chaos: two threads and the loop's callbacks create and destroy at once

enum { PLACES = 16, ROUNDS = 1500 };
typedef struct chaos {
  threaded_t threaded;
  pthread_mutex_t lock; // of the places only: never held around a call
  whorl_timer_t timers[PLACES];
  whorl_subscription_t subscriptions[PLACES];
  atomic_int unexpected;
} chaos_t;

static int create_or_destroy(const whorl_timer_info_t *info, void *arg);

static void expect(chaos_t *chaos, int status)
{
  if (status != WHORL_OK && status != WHORL_DESTROYED && status != WHORL_INVALID_HANDLE) atomic_store(&chaos->unexpected, status);
}

static void change_one(chaos_t *chaos, uint64_t *seed)
{
  uint32_t place = draw(seed, PLACES), what = draw(seed, 6);
  whorl_timer_t timer = {0};
  whorl_subscription_t subscription = {0};
  if (what == 0)
    expect(chaos, whorl_timer_create(chaos->threaded.node, WHORL_MICROSECONDS(draw(seed, 200)), create_or_destroy, chaos, NULL, &timer));
  if (what == 1) expect(chaos, whorl_subscription_create(chaos->threaded.node, INT32, "numbers", on_number, NULL, NULL, &subscription));
  pthread_mutex_lock(&chaos->lock);
  whorl_timer_t old_timer = chaos->timers[place];
  whorl_subscription_t old_subscription = chaos->subscriptions[place];
  if (what == 0) chaos->timers[place] = timer;
  if (what == 1) chaos->subscriptions[place] = subscription;
  pthread_mutex_unlock(&chaos->lock);
  if (what == 0 || what == 2) expect(chaos, whorl_timer_destroy(old_timer));
  if (what == 1 || what == 3) expect(chaos, whorl_subscription_destroy(old_subscription));
  if (what == 4) expect(chaos, whorl_timer_reset(old_timer));
  if (what == 5) expect(chaos, whorl_timer_cancel(old_timer));
}

static int create_or_destroy(const whorl_timer_info_t *info, void *arg)
{
  chaos_t *chaos = arg;
  uint64_t seed = (uint64_t)info->actual_ns;
  change_one(chaos, &seed);
  if (draw(&seed, 3) == 0) return whorl_sleep(WHORL_MICROSECONDS(30));
  return WHORL_OK;
}

static void *wreak_havoc(void *arg)
{
  chaos_t *chaos = arg;
  uint64_t seed = chaos->threaded.seed ^ (uint64_t)pthread_self();
  for (int i = 0; i < ROUNDS; i++) change_one(chaos, &seed);
  return NULL;
}

static void *wreak_havoc_and_stop(void *arg)
{
  chaos_t *chaos = arg;
  pthread_t helper = start(wreak_havoc, chaos);
  wreak_havoc(chaos);
  pthread_join(helper, NULL);
  whorl_event_set(chaos->threaded.stop);
  return NULL;
}

static void two_threads_and_callbacks_in_a_chaos_balance_in_the_end(void **state)
{
  fixture_t *fixture = *state;
  int64_t blocks = 0;
  for (uint64_t seed = 1; seed <= 5; seed++) {
    chaos_t chaos = {.threaded = begin(fixture), .lock = PTHREAD_MUTEX_INITIALIZER};
    chaos.threaded.node = fixture_make_node(fixture, "chaos");
    chaos.threaded.seed = seed;
    pthread_t thread = start(wreak_havoc_and_stop, &chaos);
    int status = whorl_loop_run(chaos.threaded.loop, seed % 2 ? keep_open : open_and_close_often, &chaos.threaded);
    pthread_join(thread, NULL);
    assert_int_equal(status, WHORL_OK);
    assert_int_equal(atomic_load(&chaos.unexpected), 0);
    assert_int_equal(whorl_node_destroy(chaos.threaded.node), WHORL_OK);
    end(&chaos.threaded);
    assert_int_equal(whorl__handle_count(&whorl__nodes), 1);
    if (seed == 1) blocks = whorl__memory_blocks();
    assert_int_equal(whorl__memory_blocks(), blocks);
  }
}

// --- Signals are watched and left alone again by several threads

static void *watch_and_leave(void *arg)
{
  whorl_context_t context = *(whorl_context_t *)arg;
  for (int i = 0; i < 300; i++) {
    if (whorl__signal_watch(context) != WHORL_OK) abort();
    whorl__signal_unwatch(context);
  }
  return NULL;
}

static void watching_signals_again_while_the_last_watcher_leaves_neither_hangs_nor_shuts_down(void **state)
{
  fixture_t *fixture = *state;
  whorl_context_t another;
  assert_int_equal(whorl_simulation_create_context(fixture->world, &another), WHORL_OK);
  int64_t blocks = whorl__memory_blocks();
  pthread_t first = start(watch_and_leave, &fixture->context), second = start(watch_and_leave, &another);
  pthread_join(first, NULL);
  pthread_join(second, NULL);
  assert_false(whorl_context_is_shutdown(fixture->context));
  assert_false(whorl_context_is_shutdown(another));
  assert_int_equal(whorl__memory_blocks(), blocks);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(entities_come_and_go_while_the_loop_opens_and_closes_their_node),
      NODE_TEST(when_destroy_has_returned_on_a_plain_thread_no_callback_runs),
      NODE_TEST(a_running_node_is_destroyed_by_another_thread),
      NODE_TEST(a_context_is_destroyed_while_its_node_runs),
      NODE_TEST(a_context_is_destroyed_while_another_thread_destroys_its_node),
      NODE_TEST(two_threads_and_callbacks_in_a_chaos_balance_in_the_end),
      NODE_TEST(watching_signals_again_while_the_last_watcher_leaves_neither_hangs_nor_shuts_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
