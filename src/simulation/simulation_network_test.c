// Worlds with faults, as a user's test makes them: a counter, a relay and a watcher, each in a process of its own.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <std_msgs/msg/int32.h>
#include <whorl/whorl.h>

#include "base/memory.h"

#define INT32 WHORL_MESSAGE(std_msgs, msg, Int32)
#define MS WHORL_MILLISECONDS

enum { COUNTER, RELAY, WATCHER, PROCESSES };

typedef struct world {
  whorl_simulation_t simulation;
  whorl_context_t contexts[PROCESSES];
  whorl_publisher_t numbers, relayed;
  int sent, limit, heard, last;
  bool rising;
} world_t;

static int on_tick(const whorl_timer_info_t *info, void *arg)
{
  world_t *world = arg;
  (void)info;
  if (world->sent == world->limit) return WHORL_OK;
  std_msgs__msg__Int32 number = {.data = ++world->sent};
  return whorl_publish(world->numbers, &number);
}

static int on_number(const void *message, const whorl_message_info_t *info, void *arg)
{
  world_t *world = arg;
  (void)info;
  return whorl_publish(world->relayed, message);
}

static int on_relayed(const void *message, const whorl_message_info_t *info, void *arg)
{
  world_t *world = arg;
  int number = ((const std_msgs__msg__Int32 *)message)->data;
  (void)info;
  world->rising = world->rising && number > world->last;
  world->last = number;
  world->heard++;
  return WHORL_OK;
}

static whorl_node_t make_node(world_t *world, int process, const char *name)
{
  whorl_node_t node;
  assert_int_equal(whorl_node_create(world->contexts[process], name, NULL, &node), WHORL_OK);
  return node;
}

static void make_world(world_t *world, uint64_t seed, const whorl_simulation_network_t *network, const whorl_qos_t *qos)
{
  *world = (world_t){.limit = 20, .rising = true};
  assert_int_equal(whorl_simulation_create(seed, &world->simulation), WHORL_OK);
  assert_int_equal(whorl_simulation_set_network(world->simulation, network), WHORL_OK);
  world->contexts[0] = whorl_simulation_context(world->simulation);
  for (int i = 1; i < PROCESSES; i++) assert_int_equal(whorl_simulation_create_context(world->simulation, &world->contexts[i]), WHORL_OK);
  const whorl_publisher_options_t publisher = {.qos = qos};
  const whorl_subscription_options_t subscription = {.qos = qos};
  whorl_node_t counter = make_node(world, COUNTER, "counter"), relay = make_node(world, RELAY, "relay"),
               watcher = make_node(world, WATCHER, "watcher");
  assert_int_equal(whorl_publisher_create(counter, INT32, "numbers", &publisher, &world->numbers), WHORL_OK);
  assert_int_equal(whorl_timer_create(counter, MS(10), on_tick, world, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_publisher_create(relay, INT32, "relayed", &publisher, &world->relayed), WHORL_OK);
  assert_int_equal(whorl_subscription_create(relay, INT32, "numbers", on_number, world, &subscription, NULL), WHORL_OK);
  assert_int_equal(whorl_subscription_create(watcher, INT32, "relayed", on_relayed, world, &subscription, NULL), WHORL_OK);
}

static void run_ms(world_t *world, int64_t duration_ms)
{
  assert_int_equal(whorl_simulation_run_for(world->simulation, MS(duration_ms)), WHORL_OK);
}
static void end_world(world_t *world) { assert_int_equal(whorl_simulation_destroy(world->simulation), WHORL_OK); }

static const whorl_qos_t reliable = {.depth = 100};
static const whorl_qos_t best_effort = {.depth = 100, .reliability = WHORL_RELIABILITY_BEST_EFFORT};
static const whorl_qos_t retained = {.depth = 100, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL};

// --- faults

static void a_thousand_seeds_lose_nothing_that_is_reliable(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 1000; seed++) {
    world_t world;
    make_world(&world, seed,
               &(whorl_simulation_network_t){.link = {.delay_ns = MS(1), .delay_spread_ns = MS(5), .loss = (double)(seed % 31) / 100}},
               &reliable);
    run_ms(&world, 200 + 2000);
    assert_int_equal(world.heard, 20);
    assert_true(world.rising);
    end_world(&world);
  }
}

static void best_effort_shows_what_is_lost(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, 7, &(whorl_simulation_network_t){.link = {.loss = 0.3, .duplication = 0.3, .reordering = 0.1}}, &best_effort);
  world.limit = 1000;
  run_ms(&world, 11000);
  assert_in_range(world.heard, 400, 560); // two hops
  assert_true(world.rising);
  end_world(&world);
}

static void a_link_has_its_own_delay(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, 7, NULL, &reliable);
  world.limit = 1;
  assert_int_equal(whorl_simulation_set_link(world.simulation, world.contexts[RELAY], world.contexts[WATCHER],
                                             &(whorl_simulation_link_t){.delay_ns = MS(500)}),
                   WHORL_OK);
  run_ms(&world, 509);
  assert_int_equal(world.heard, 0);
  run_ms(&world, 1);
  assert_int_equal(world.heard, 1);
  end_world(&world);
}

static void slow_discovery_makes_late_joiners(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, 7, &(whorl_simulation_network_t){.discovery_delay_ns = MS(55)}, &reliable);
  run_ms(&world, 1000);
  assert_int_equal(world.heard, 15); // the first five found nobody
  end_world(&world);
  make_world(&world, 7, &(whorl_simulation_network_t){.discovery_delay_ns = MS(55)}, &retained);
  run_ms(&world, 1000);
  assert_int_equal(world.heard, 20);
  end_world(&world);
}

// When the subscription comes to know its publisher is drawn, from 0 to 150 ms; a message goes out every 10 ms.
static int heard_of_twenty(uint64_t seed, const whorl_qos_t *qos)
{
  world_t world;
  make_world(&world, seed, &(whorl_simulation_network_t){.discovery_spread_ns = MS(150)}, qos);
  run_ms(&world, 1000);
  int heard = world.heard;
  assert_true(world.rising);
  end_world(&world);
  return heard;
}

static void the_seed_decides_who_comes_late(void **state)
{
  (void)state;
  enum { SEEDS = 20 };
  int least = 20, most = 0;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    int heard = heard_of_twenty(seed, &reliable);
    assert_int_equal(heard_of_twenty(seed, &reliable), heard);
    assert_int_equal(heard_of_twenty(seed, &retained), 20);
    if (heard < least) least = heard;
    if (heard > most) most = heard;
  }
  assert_in_range(least, 5, 9); // 15 messages in 150 ms
  assert_in_range(most, 12, 20);
}

static void a_partition_is_survived_by_reliable_messages(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, 7, NULL, &reliable);
  run_ms(&world, 50);
  assert_int_equal(whorl_simulation_partition(world.simulation, &world.contexts[WATCHER], 1), WHORL_OK);
  run_ms(&world, 500);
  assert_int_equal(world.heard, 5);
  assert_int_equal(whorl_simulation_heal(world.simulation), WHORL_OK);
  run_ms(&world, 1);
  assert_int_equal(world.heard, 20);
  assert_true(world.rising);
  end_world(&world);
}

static void a_long_partition_ends_a_match(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, 7, &(whorl_simulation_network_t){.lease_ns = MS(100)}, &reliable);
  assert_int_equal(whorl_simulation_partition(world.simulation, world.contexts, 2), WHORL_OK); // without the watcher
  run_ms(&world, 99);
  assert_int_equal(whorl_publisher_matched_count(world.relayed), 1);
  run_ms(&world, 1);
  assert_int_equal(whorl_publisher_matched_count(world.relayed), 0);
  assert_int_equal(whorl_publisher_matched_count(world.numbers), 1);
  whorl_simulation_heal(world.simulation);
  assert_int_equal(whorl_publisher_matched_count(world.relayed), 1);
  end_world(&world);
}

// --- death

static void a_killed_process_falls_silent_and_is_missed_later(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, 7, NULL, &reliable);
  run_ms(&world, 50);
  assert_int_equal(whorl_simulation_kill(world.simulation, world.contexts[RELAY]), WHORL_OK);
  assert_true(whorl_context_is_shutdown(world.contexts[RELAY]));
  run_ms(&world, 9999);
  assert_int_equal(world.sent, 20);
  assert_int_equal(world.heard, 5);
  assert_int_equal(whorl_publisher_matched_count(world.numbers), 1);
  run_ms(&world, 1);
  assert_int_equal(whorl_publisher_matched_count(world.numbers), 0);
  end_world(&world);
}

static void the_end_of_a_dead_process_is_not_seen(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, 7, NULL, &reliable);
  run_ms(&world, 50);
  whorl_simulation_kill(world.simulation, world.contexts[RELAY]);
  run_ms(&world, 1);
  assert_int_equal(whorl_context_destroy(world.contexts[RELAY], WHORL_OK), WHORL_OK);
  assert_int_equal(whorl_publisher_matched_count(world.numbers), 1);
  run_ms(&world, 10000);
  assert_int_equal(whorl_publisher_matched_count(world.numbers), 0);
  assert_int_equal(whorl_simulation_kill(world.simulation, world.contexts[RELAY]), WHORL_DESTROYED);
  end_world(&world);
}

static int kill_in_time(void *arg)
{
  world_t *world = arg;
  WHORL_TRY(whorl_sleep(MS(30)));
  WHORL_TRY(whorl_simulation_kill(world->simulation, world->contexts[COUNTER]));
  WHORL_TRY(whorl_simulation_kill(world->simulation, world->contexts[COUNTER])); // once is enough
  return whorl_sleep(MS(30));
}

static void a_process_may_be_killed_from_inside_the_world(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, 7, NULL, &reliable);
  run_ms(&world, 20);
  assert_int_equal(whorl_simulation_run(world.simulation, kill_in_time, &world), WHORL_OK);
  int sent = world.sent;
  run_ms(&world, 500);
  assert_int_equal(world.sent, sent);
  end_world(&world);
}

static void a_restarted_process_is_found_again(void **state)
{
  (void)state;
  world_t world;
  make_world(&world, 7, NULL, &retained);
  run_ms(&world, 50);
  whorl_simulation_kill(world.simulation, world.contexts[WATCHER]);
  run_ms(&world, 50);
  assert_int_equal(world.heard, 5);
  assert_int_equal(whorl_simulation_create_context(world.simulation, &world.contexts[WATCHER]), WHORL_OK);
  whorl_node_t watcher = make_node(&world, WATCHER, "watcher");
  world.heard = world.last = 0;
  assert_int_equal(
      whorl_subscription_create(watcher, INT32, "relayed", on_relayed, &world, &(whorl_subscription_options_t){.qos = &retained}, NULL),
      WHORL_OK);
  run_ms(&world, 500);
  assert_int_equal(world.heard, 20);
  assert_true(world.rising);
  end_world(&world);
}

// --- the trace

typedef struct trace {
  char text[65536];
  size_t length;
} trace_t;

static void append_line(const char *line, void *arg)
{
  trace_t *trace = arg;
  trace->length += (size_t)snprintf(trace->text + trace->length, sizeof trace->text - trace->length, "%s\n", line);
  assert_true(trace->length < sizeof trace->text);
}

static void play(trace_t *trace, uint64_t seed)
{
  world_t world;
  make_world(&world, seed,
             &(whorl_simulation_network_t){.link = {.delay_ns = MS(1), .delay_spread_ns = MS(3), .loss = 0.2}, .lease_ns = MS(50)},
             &reliable);
  trace->length = 0;
  assert_int_equal(whorl_simulation_set_trace(world.simulation, append_line, trace), WHORL_OK);
  world.limit = 8;
  run_ms(&world, 100);
  whorl_simulation_kill(world.simulation, world.contexts[COUNTER]);
  run_ms(&world, 100);
  assert_int_equal(whorl_simulation_set_trace(world.simulation, NULL, NULL), WHORL_OK);
  end_world(&world);
}

static void a_seed_gives_its_trace_every_time(void **state)
{
  (void)state;
  static trace_t first, again, other;
  play(&first, 7);
  assert_non_null(strstr(first.text, " arrive rt/relayed 2.3>3.3 #8\n"));
  for (int run = 0; run < 1000; run++) {
    play(&again, 7);
    assert_string_equal(again.text, first.text);
  }
  play(&other, 8);
  assert_string_not_equal(strchr(other.text, '\n'), strchr(first.text, '\n'));
}

// --- arguments and memory

static void bad_arguments_are_refused_by_name(void **state)
{
  (void)state;
  static const struct {
    whorl_simulation_network_t network;
    const char *field;
  } rows[] = {
      {{.link.delay_ns = -1}, "delay"},
      {{.link.delay_spread_ns = -1}, "delay spread"},
      {{.link.loss = 1.1}, "loss"},
      {{.link.loss = (double)NAN}, "loss"},
      {{.link.duplication = -0.1}, "duplication"},
      {{.link.reordering = 2}, "reordering"},
      {{.link.reordering_delay_ns = -1}, "reordering delay"},
      {{.link.retransmission_ns = -1}, "retransmission"},
      {{.discovery_delay_ns = -1}, "discovery delay"},
      {{.discovery_spread_ns = -1}, "discovery spread"},
      {{.lease_ns = -1}, "lease"},
  };
  world_t world;
  make_world(&world, 7, NULL, &reliable);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(whorl_simulation_set_network(world.simulation, &rows[i].network), WHORL_INVALID_ARGUMENT);
    assert_ptr_equal(strstr(whorl_detail(), rows[i].field), whorl_detail());
  }
  assert_int_equal(whorl_simulation_set_link(world.simulation, world.contexts[0], world.contexts[1], &rows[0].network.link),
                   WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_simulation_partition(world.simulation, NULL, 1), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_simulation_partition(world.simulation, world.contexts, 0), WHORL_INVALID_ARGUMENT);
  world_t other;
  make_world(&other, 8, NULL, &reliable);
  whorl_context_t mixed[] = {world.contexts[0], other.contexts[0]};
  assert_int_equal(whorl_simulation_partition(world.simulation, mixed, 2), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_simulation_set_link(world.simulation, mixed[0], mixed[1], NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_simulation_set_link(world.simulation, mixed[1], mixed[0], NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_simulation_kill(world.simulation, mixed[1]), WHORL_INVALID_ARGUMENT);
  end_world(&other);
  run_ms(&world, 1000);
  assert_int_equal(world.heard, 20); // none of it left a trace
  end_world(&world);
  assert_int_equal(whorl_simulation_set_network(world.simulation, NULL), WHORL_DESTROYED);
  assert_int_equal(whorl_simulation_heal(world.simulation), WHORL_DESTROYED);
  assert_int_equal(whorl_simulation_set_trace(world.simulation, NULL, NULL), WHORL_DESTROYED);
}

static void without_memory_nothing_is_left_behind(void **state)
{
  (void)state;
  for (uint64_t nth = 1, done = 0; !done; nth++) {
    int64_t blocks = whorl__memory_blocks();
    whorl_simulation_t simulation;
    whorl__memory_fail_at(nth);
    int status = whorl_simulation_create(7, &simulation);
    whorl__memory_fail_at(0);
    done = status == WHORL_OK;
    if (done)
      whorl_simulation_destroy(simulation);
    else
      assert_int_equal(status, WHORL_NO_MEMORY);
    if (!done && nth > 40) assert_int_equal(whorl__memory_blocks(), blocks); // first the tables of handles and types grow
  }
  world_t world;
  make_world(&world, 7, NULL, &reliable);
  whorl__memory_fail_at(1);
  assert_int_equal(whorl_simulation_partition(world.simulation, world.contexts, 1), WHORL_NO_MEMORY);
  whorl__memory_fail_at(0);
  run_ms(&world, 1000);
  assert_int_equal(world.heard, 20);
  end_world(&world);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_thousand_seeds_lose_nothing_that_is_reliable),
      cmocka_unit_test(best_effort_shows_what_is_lost),
      cmocka_unit_test(a_link_has_its_own_delay),
      cmocka_unit_test(slow_discovery_makes_late_joiners),
      cmocka_unit_test(the_seed_decides_who_comes_late),
      cmocka_unit_test(a_partition_is_survived_by_reliable_messages),
      cmocka_unit_test(a_long_partition_ends_a_match),
      cmocka_unit_test(a_killed_process_falls_silent_and_is_missed_later),
      cmocka_unit_test(the_end_of_a_dead_process_is_not_seen),
      cmocka_unit_test(a_process_may_be_killed_from_inside_the_world),
      cmocka_unit_test(a_restarted_process_is_found_again),
      cmocka_unit_test(a_seed_gives_its_trace_every_time),
      cmocka_unit_test(bad_arguments_are_refused_by_name),
      cmocka_unit_test(without_memory_nothing_is_left_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
