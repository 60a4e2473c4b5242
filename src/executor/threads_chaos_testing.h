// (stress) Four threads make, use and destroy nodes, groups and entities, and add and remove them, while four threads of one executor run their callbacks, some of which wait. A stranger, who has a participant of his
// own, lets twenty endpoints appear and go on the same topic. Of all ends some fit and some do not, some are told of it and lose messages. On real threads and the real middleware, on loopback. Judged by statuses, by counts and by what is left at the end, never by time.
#ifndef WHORL_EXECUTOR_THREADS_CHAOS_TESTING_H
#define WHORL_EXECUTOR_THREADS_CHAOS_TESTING_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "message/pool.h"
#include "node/fixture.h"
#include "transport/transport.h"

enum { CHAOS_THREADS = 4, CHAOS_ENTITIES = 6, CHAOS_STRANGERS = 10 };

typedef struct chaos {
  whorl_context_t context;
  whorl_executor_t executor;
  pthread_t spinner;
  int steps; // of each thread; 0: until `until_ns`
  int64_t until_ns;
  atomic_int callbacks, events, unfit, overlaps, spun;
  atomic_bool over;                       // for the stranger
  _Atomic uint64_t guards[CHAOS_THREADS]; // one of each thread's, perhaps gone: for the others to trigger
} chaos_t;

typedef struct chaotic { // a thread
  chaos_t *chaos;
  pthread_t thread;
  unsigned number;
  uint64_t random;
  int names;
  whorl_node_t node;
  whorl_callback_group_t group;
  atomic_int inside; // callbacks of the present group
  whorl_publisher_t publisher;
  whorl_subscription_t subscriptions[CHAOS_ENTITIES];
  whorl_timer_t timers[CHAOS_ENTITIES];
  whorl_guard_condition_t guards[CHAOS_ENTITIES];
  whorl_publisher_t strange_publishers[CHAOS_STRANGERS]; // the stranger's
  whorl_subscription_t strange_subscriptions[CHAOS_STRANGERS];
} chaotic_t;

static int64_t chaos_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * WHORL_SECONDS(1) + now.tv_nsec;
}

static unsigned chaos_random(chaotic_t *self, unsigned below)
{
  self->random = self->random * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(self->random >> 33) % below;
}

// --- Callbacks: all of one thread's are in one exclusive group, so they never overlap.

static int chaos_callback(chaotic_t *self)
{
  chaos_t *chaos = self->chaos;
  if (atomic_fetch_add(&self->inside, 1) != 0) atomic_fetch_add(&chaos->overlaps, 1);
  int number = atomic_fetch_add(&chaos->callbacks, 1);
  int status = number % 5 == 0 ? whorl_sleep(WHORL_MICROSECONDS(50)) : number % 5 == 1 ? whorl_yield() : WHORL_OK;
  atomic_fetch_sub(&self->inside, 1);
  return status == WHORL_CANCELED ? status : WHORL_OK;
}

static int chaos_on_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  return (void)message, (void)info, chaos_callback(arg);
}
static int chaos_on_timer(const whorl_timer_info_t *info, void *arg) { return (void)info, chaos_callback(arg); }
static int chaos_on_trigger(uint64_t triggers, void *arg) { return (void)triggers, chaos_callback(arg); }

// What it says of itself holds, whoever has gone meanwhile.
static int chaos_on_event(const whorl_qos_event_t *event, void *arg)
{
  chaotic_t *self = arg;
  bool unfit = event->kind == WHORL_QOS_EVENT_INCOMPATIBLE_QOS;
  assert_string_equal(event->topic, "/chaos");
  assert_true(event->total >= event->current && (event->text[0] != '\0') == unfit);
  atomic_fetch_add(unfit ? &self->chaos->unfit : &self->chaos->events, 1);
  return chaos_callback(self);
}

// --- Steps

// Of four, that of a publisher fits all, half or one of those of subscriptions; the last one keeps one message and loses what comes meanwhile.
static const whorl_qos_t chaos_qos[] = {
    {.durability = WHORL_DURABILITY_TRANSIENT_LOCAL},
    {.durability = WHORL_DURABILITY_VOLATILE},
    {.depth = 1},
    {.reliability = WHORL_RELIABILITY_BEST_EFFORT, .depth = 1},
};

static const whorl_qos_t *chaos_draw_qos(chaotic_t *self) { return &chaos_qos[chaos_random(self, 4)]; }

static void chaos_begin_node(chaotic_t *self)
{
  char name[32];
  snprintf(name, sizeof name, "thread%u_%d", self->number, self->names++);
  assert_int_equal(whorl_node_create(self->chaos->context, name, NULL, &self->node), WHORL_OK);
  const whorl_callback_group_options_t options = {.manual = chaos_random(self, 2) == 0, .priority = (uint8_t)chaos_random(self, 3)};
  assert_int_equal(whorl_callback_group_create(self->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, &options, &self->group), WHORL_OK);
  const whorl_publisher_options_t offered = {
      .qos = chaos_draw_qos(self), .on_event = chaos_on_event, .event_arg = self, .callback_group = self->group};
  assert_int_equal(whorl_publisher_create(self->node, INT32, "chaos", &offered, &self->publisher), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(self->chaos->executor, self->node), WHORL_OK);
  if (options.manual) assert_int_equal(whorl_executor_add_callback_group(self->chaos->executor, self->group), WHORL_OK);
}

static void chaos_end_node(chaotic_t *self)
{
  assert_int_equal(whorl_node_destroy(self->node), WHORL_OK);
  assert_int_equal(atomic_load(&self->inside), 0); // destroy has waited for them
  self->node.id = 0;
  memset(self->subscriptions, 0, sizeof self->subscriptions);
  memset(self->timers, 0, sizeof self->timers);
  memset(self->guards, 0, sizeof self->guards);
}

static void chaos_toggle_subscription(chaotic_t *self, unsigned which)
{
  const whorl_subscription_options_t options = {
      .qos = chaos_draw_qos(self), .callback_group = self->group, .on_event = chaos_on_event, .event_arg = self};
  whorl_subscription_t *subscription = &self->subscriptions[which];
  if (subscription->id == 0) {
    assert_int_equal(whorl_subscription_create(self->node, INT32, "chaos", chaos_on_message, self, &options, subscription), WHORL_OK);
  } else {
    assert_int_equal(whorl_subscription_destroy(*subscription), WHORL_OK);
    subscription->id = 0;
  }
}

static void chaos_toggle_timer(chaotic_t *self, unsigned which)
{
  const whorl_timer_options_t options = {.callback_group = self->group};
  whorl_timer_t *timer = &self->timers[which];
  if (timer->id == 0) {
    int64_t period_ns = WHORL_MICROSECONDS(1) * chaos_random(self, 300);
    assert_int_equal(whorl_timer_create(self->node, period_ns, chaos_on_timer, self, &options, timer), WHORL_OK);
  } else if (chaos_random(self, 3) == 0) {
    assert_int_equal(whorl_timer_reset(*timer), WHORL_OK);
  } else {
    assert_int_equal(whorl_timer_destroy(*timer), WHORL_OK);
    timer->id = 0;
  }
}

static void chaos_toggle_guard(chaotic_t *self, unsigned which)
{
  const whorl_guard_condition_options_t options = {.callback_group = self->group};
  whorl_guard_condition_t *guard = &self->guards[which];
  if (guard->id == 0) {
    assert_int_equal(whorl_guard_condition_create(self->node, chaos_on_trigger, self, &options, guard), WHORL_OK);
    atomic_store(&self->chaos->guards[self->number], guard->id);
  } else {
    assert_int_equal(whorl_guard_condition_destroy(*guard), WHORL_OK);
    guard->id = 0;
  }
}

static void chaos_trigger_somebodys(chaotic_t *self)
{
  uint64_t id = atomic_load(&self->chaos->guards[chaos_random(self, CHAOS_THREADS)]);
  int status = id != 0 ? whorl_guard_condition_trigger((whorl_guard_condition_t){id}) : WHORL_OK;
  assert_true(status == WHORL_OK || status == WHORL_DESTROYED);
}

static void chaos_leave_and_return(chaotic_t *self)
{
  assert_int_equal(whorl_executor_remove_node(self->chaos->executor, self->node), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(self->chaos->executor, self->node), WHORL_OK);
}

static void chaos_step(chaotic_t *self)
{
  static const std_msgs__msg__Int32 message = {.data = 1};
  if (self->node.id == 0) chaos_begin_node(self);
  unsigned which = chaos_random(self, CHAOS_ENTITIES);
  switch (chaos_random(self, 10)) {
  case 0: chaos_toggle_subscription(self, which % 2); break; // they cost most
  case 1:
  case 2: chaos_toggle_timer(self, which); break;
  case 3:
  case 4: chaos_toggle_guard(self, which); break;
  case 5: chaos_leave_and_return(self); break;
  case 6:
    if (chaos_random(self, 4) == 0) chaos_end_node(self);
    break;
  case 7: assert_int_equal(whorl_publish(self->publisher, &message), WHORL_OK); break;
  default: chaos_trigger_somebodys(self); break;
  }
}

static void *chaos_thread(void *arg)
{
  chaotic_t *self = arg;
  const chaos_t *chaos = self->chaos;
  for (int step = 0; chaos->steps > 0 ? step < chaos->steps : chaos_now() < chaos->until_ns; step++) chaos_step(self);
  if (self->node.id != 0) chaos_end_node(self);
  return NULL;
}

// --- The stranger

static int chaos_ignore(const whorl_qos_event_t *event, void *arg) { return (void)event, (void)arg, WHORL_OK; }

static void chaos_toggle_strangers(chaotic_t *self, unsigned which)
{
  static const std_msgs__msg__Int32 message = {.data = 2};
  const whorl_publisher_options_t offered = {.qos = chaos_draw_qos(self), .on_event = chaos_ignore};
  const whorl_subscription_options_t requested = {.qos = chaos_draw_qos(self), .on_event = chaos_ignore};
  whorl_publisher_t *publisher = &self->strange_publishers[which];
  whorl_subscription_t *subscription = &self->strange_subscriptions[which];
  if (publisher->id == 0) {
    assert_int_equal(whorl_publisher_create(self->node, INT32, "chaos", &offered, publisher), WHORL_OK);
    assert_int_equal(whorl_publish(*publisher, &message), WHORL_OK);
    assert_int_equal(whorl_subscription_create(self->node, INT32, "chaos", chaos_on_message, self, &requested, subscription), WHORL_OK);
  } else {
    assert_int_equal(whorl_publish(*publisher, &message), WHORL_OK);
    assert_int_equal(whorl_publisher_destroy(*publisher), WHORL_OK);
    assert_int_equal(whorl_subscription_destroy(*subscription), WHORL_OK);
    publisher->id = 0;
  }
}

// Nobody drives his node: what comes for it is dropped.
static void *chaos_be_a_stranger(void *arg)
{
  chaotic_t *self = arg;
  whorl_context_t context;
  assert_int_equal(whorl_context_create(0, NULL, &(whorl_context_options_t){.bare_nodes = true}, &context), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "stranger", NULL, &self->node), WHORL_OK);
  while (!atomic_load(&self->chaos->over)) {
    chaos_toggle_strangers(self, chaos_random(self, CHAOS_STRANGERS));
    if (self->chaos->steps > 0) sched_yield();
  }
  assert_int_equal(whorl_context_destroy(context, WHORL_OK), WHORL_OK);
  return NULL;
}

static void *chaos_spin(void *arg)
{
  chaos_t *chaos = arg;
  atomic_store(&chaos->spun, whorl_executor_spin(chaos->executor));
  return NULL;
}

static void chaos_run(chaos_t *chaos, uint64_t seed)
{
  chaotic_t threads[CHAOS_THREADS], stranger = {.chaos = chaos, .random = seed + CHAOS_THREADS};
  memset(threads, 0, sizeof threads);
  assert_int_equal(pthread_create(&stranger.thread, NULL, chaos_be_a_stranger, &stranger), 0);
  assert_int_equal(pthread_create(&chaos->spinner, NULL, chaos_spin, chaos), 0);
  for (unsigned i = 0; i < CHAOS_THREADS; i++) {
    threads[i].chaos = chaos;
    threads[i].number = i;
    threads[i].random = seed + i;
    assert_int_equal(pthread_create(&threads[i].thread, NULL, chaos_thread, &threads[i]), 0);
  }
  for (int i = 0; i < CHAOS_THREADS; i++) pthread_join(threads[i].thread, NULL);
  atomic_store(&chaos->over, true);
  pthread_join(stranger.thread, NULL);
  assert_int_equal(whorl_executor_cancel(chaos->executor), WHORL_OK);
  pthread_join(chaos->spinner, NULL);
  assert_int_equal(atomic_load(&chaos->spun), WHORL_OK);
  assert_int_equal(atomic_load(&chaos->overlaps), 0);
  assert_true(atomic_load(&chaos->callbacks) > 0 && atomic_load(&chaos->events) > 0 && atomic_load(&chaos->unfit) > 0);
}

static int64_t chaos_blocks_after(int life, int steps, int64_t duration_ns)
{
  chaos_t chaos = {.steps = steps, .until_ns = chaos_now() + duration_ns};
  assert_int_equal(whorl_context_create(0, NULL, NULL, &chaos.context), WHORL_OK);
  assert_int_equal(
      whorl_executor_create(chaos.context, WHORL_EXECUTOR_MULTI_THREADED, &(whorl_executor_options_t){.threads = 4}, &chaos.executor),
      WHORL_OK);
  chaos_run(&chaos, (uint64_t)life * 100);
  assert_int_equal(whorl_context_destroy(chaos.context, WHORL_OK), WHORL_OK);
  whorl__pools_trim();
  whorl__cyclone_trim();
  return whorl__memory_blocks();
}

// Nothing is left of a whole life. What the process keeps for the next one is as much as its busiest moment took, which may have been busier than all before: but not
// each time.
static void chaos_live(int steps, int64_t duration_ns)
{
  enum { MOST_LIVES = 8 };
  int64_t before = chaos_blocks_after(0, steps, duration_ns), after = before + 1;
  for (int life = 1; life < MOST_LIVES && after > before; life++) {
    if (life > 1) before = after;
    after = chaos_blocks_after(life, steps, duration_ns);
  }
  assert_true(after <= before);
}

#endif
