// Test support: one life in a simulated world from one seed. Four tasks, and the callbacks of whatever there is, create and destroy nodes and entities, open and close nodes, publish, call, spawn, cancel, and
// now and then make the network lose, delay and cut, or kill a context.
//
// Each life likes something best, messages, actions or managed nodes, and does more of that.
//
// What must hold all the while: each call gives one of the statuses that its header names for it, nobody says CANCELED who is not cancelled, a callback runs once for each message and request that was taken,
// an answer is the answer to its question, a goal is executed at most once and ends in one way, whoever asks and however often, a client knows the goals whose results it has not had, a transition begins where the last one ended, an event of QoS says of itself what it must and takes turns with messages, and for every ring received = taken + dropped + expired + left (docs/dispatch.md, invariant 8). In the end: nothing left in any ring, no open call, no task, no node,
// no entity, no goal, no block of memory; managed nodes are in a state that stays; releases equal spawns, and every item that was sent was received or released.
#ifndef WHORL_SIMULATION_CHAOS_TESTING_H
#define WHORL_SIMULATION_CHAOS_TESTING_H

#include "action/action_server.h"
#include "node/node.h"
#include "simulation/chaos_actions.h"
#include "simulation/chaos_faults.h"
#include "simulation/chaos_lifecycles.h"
#include "simulation/chaos_services.h"
#include "simulation/chaos_tasks.h"
#include "simulation/simulation.h"

enum { WANDERERS = 4, ROUNDS = 4 };

static void do_what_it_likes(chaos_t *chaos)
{
  if (chaos->likes == LIKES_MESSAGES || chance(chaos, 2))
    publish(chaos);
  else if (chaos->likes == LIKES_ACTIONS)
    use_actions(chaos);
  else
    use_lifecycles(chaos);
}

static void operate(chaos_t *chaos, unsigned depth)
{
  if (chaos->operations >= chaos->limit) return;
  chaos->operations++;
  if (chaos->scarce && chance(chaos, 20)) whorl__memory_fail_at(1 + draw(chaos, 12));
  unsigned what = draw(chaos, 1000);
  if (what < 420)
    do_what_it_likes(chaos);
  else if (what < 470)
    use_actions(chaos);
  else if (what < 500)
    use_lifecycles(chaos);
  else if (what < 560)
    change_subscription(chaos, what < 550);
  else if (what < 600)
    change_publisher(chaos, what < 593);
  else if (what < 650)
    change_timer(chaos, what < 635);
  else if (what < 680)
    reset_or_cancel_a_timer(chaos);
  else if (what < 688)
    change_node(chaos, what < 687);
  else if (what < 828)
    use_services(chaos);
  else if (what < 933)
    use_tasks(chaos, depth);
  else if (what < 945)
    change_network(chaos);
  else if (depth < DEEPEST)
    stay_in_a_node(chaos, depth);
}

static int wander(void *arg)
{
  chaos_t *chaos = arg;
  while (chaos->operations < chaos->limit) {
    chaos->operate(chaos, 0);
    if (chance(chaos, 2)) WHORL_TRY(rest(chaos));
  }
  return WHORL_OK;
}

static int wander_about(void *arg)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < WANDERERS; i++) whorl_task_group_spawn(&group, wander, arg);
  return whorl_task_group_close(&group, WHORL_OK);
}

// --- The end

typedef struct hearing {
  chaos_t *chaos;
  unsigned next; // node
} hearing_t;

// Opens what is left, one inside the other, and lets everything arrive.
static int hear_out(void *arg)
{
  const hearing_t *here = arg;
  chaos_t *chaos = here->chaos;
  hearing_t below = {chaos, here->next + 1};
  if (here->next == NODES) {
    let_goals_end(chaos);
    WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(100)));
    check_actions(chaos);
    check_lifecycles(chaos);
    for (int i = 0; i < SUBSCRIPTIONS; i++)
      if (chaos->subscriptions[i] != NULL) check_heard(chaos->subscriptions[i], true);
    for (int i = 0; i < SERVICES; i++)
      if (chaos->services[i] != NULL) check_served(chaos->services[i], true);
    for (int i = 0; i < CLIENTS; i++) check_called(chaos->clients[i], true);
    return WHORL_OK;
  }
  whorl_node_t node = chaos->nodes[here->next];
  bool open = whorl_node_open(node) == WHORL_OK;
  int status = hear_out(&below);
  return open ? whorl_node_close(node, status) : status;
}

static void calm_down(chaos_t *chaos)
{
  hearing_t first = {chaos, 0};
  chaos->calm = true;
  assert_int_equal(whorl_simulation_heal(chaos->world), WHORL_OK);
  assert_int_equal(whorl_simulation_set_network(chaos->world, NULL), WHORL_OK);
  for (int i = 0; i < CONTEXTS * CONTEXTS; i++)
    (void)whorl_simulation_set_link(chaos->world, chaos->contexts[i / CONTEXTS], chaos->contexts[i % CONTEXTS], NULL);
  for (int i = 1; i < CONTEXTS; i++) { // a dead one's nodes hear nothing any more, and cannot be opened
    if (!whorl_context_is_shutdown(chaos->contexts[i])) continue;
    assert_int_equal(whorl_simulation_run_for(chaos->world, US(10000)), WHORL_OK);
    assert_int_equal(whorl_context_destroy(chaos->contexts[i], WHORL_OK), WHORL_OK);
  }
  assert_int_equal(whorl_simulation_run(chaos->world, hear_out, &first), WHORL_OK);
}

static int destroy_all_nodes(void *arg)
{
  chaos_t *chaos = arg;
  for (int i = 0; i < NODES; i++) expect(chaos, "end node", whorl_node_destroy(chaos->nodes[i]), &GONE);
  return WHORL_OK;
}

static void expect_all_handles_stale(chaos_t *chaos)
{
  for (int i = 0; i < NODES; i++) assert_int_not_equal(whorl_node_destroy(chaos->nodes[i]), WHORL_OK);
  for (int i = 0; i < PUBLISHERS; i++) assert_int_not_equal(whorl_publisher_destroy(chaos->publishers[i]), WHORL_OK);
  for (int i = 0; i < CLIENTS; i++) assert_int_not_equal(whorl_client_destroy(chaos->clients[i]), WHORL_OK);
  for (int i = 0; i < KEPT; i++) assert_int_not_equal(whorl_service_call_drop(chaos->kept[i]), WHORL_OK);
  for (int i = 0; i < TASKS; i++) assert_int_not_equal(whorl_task_cancel(chaos->tasks[i]), WHORL_OK);
  for (unsigned i = 0; i < chaos->heard_count; i++)
    assert_int_not_equal(whorl_subscription_destroy(chaos->heard[i].subscription), WHORL_OK);
  for (unsigned i = 0; i < chaos->ticked_count; i++) assert_int_not_equal(whorl_timer_destroy(chaos->ticked[i].timer), WHORL_OK);
  for (unsigned i = 0; i < chaos->served_count; i++) assert_int_not_equal(whorl_service_destroy(chaos->served[i].service), WHORL_OK);
}

static void expect_nothing_left(chaos_t *chaos)
{
  whorl__simulation_t *world;
  assert_int_equal(whorl_simulation_run(chaos->world, destroy_all_nodes, chaos), WHORL_OK);
  assert_int_equal(whorl_simulation_run_until_idle(chaos->world, WHORL_SECONDS(60)), WHORL_OK);
  expect_all_handles_stale(chaos);
  expect_no_actions(chaos);
  expect_no_lifecycles(chaos);
  assert_int_equal(whorl_channel_destroy(chaos->channel), WHORL_OK);
  assert_int_equal(chaos->made_items, chaos->ended_items);
  assert_int_equal(chaos->spawned, chaos->released);
  assert_int_equal(whorl__simulation_pin(chaos->world, &world), WHORL_OK);
  assert_int_equal(whorl__core_read_counts(world->core).live_tasks, 0);
  whorl__simulation_unpin(chaos->world);
  assert_int_equal(whorl_simulation_destroy(chaos->world), WHORL_OK);
}

// --- The whole

static void begin(chaos_t *chaos, uint64_t seed, unsigned operations)
{
  *chaos = (chaos_t){.random = seed, .likes = seed % LIKES, .operate = operate, .hash = UINT64_C(14695981039346656037)};
  chaos->heard = whorl__alloc(operations * sizeof *chaos->heard);
  chaos->ticked = whorl__alloc(operations * sizeof *chaos->ticked);
  chaos->served = whorl__alloc(operations * sizeof *chaos->served);
  chaos->offered = whorl__alloc(operations * sizeof *chaos->offered);
  chaos->pursued = whorl__alloc(operations * sizeof *chaos->pursued);
  chaos->managed = whorl__alloc(operations * sizeof *chaos->managed);
  assert_true(chaos->heard != NULL && chaos->ticked != NULL && chaos->served != NULL && chaos->offered != NULL && chaos->pursued != NULL &&
              chaos->managed != NULL);
  assert_int_equal(whorl_simulation_create(seed, &chaos->world), WHORL_OK);
  assert_int_equal(whorl_simulation_set_trace(chaos->world, hash_line, chaos), WHORL_OK);
  chaos->contexts[0] = whorl_simulation_context(chaos->world);
  for (int i = 1; i < CONTEXTS; i++) assert_int_equal(whorl_simulation_create_context(chaos->world, &chaos->contexts[i]), WHORL_OK);
  const whorl_channel_options_t options = {.release = count_item};
  assert_int_equal(whorl_channel_create(2, &options, &chaos->channel), WHORL_OK);
}

// A node's error, which may be a lack of memory, is what the world's run returns.
static void expect_end(const chaos_t *chaos, int status)
{
  whorl__memory_fail_at(0);
  if (status == WHORL_OK || (chaos->scarce && status == WHORL_NO_MEMORY)) return;
  fail_msg("the world ended with %s: %s", whorl_status_name(status), whorl_detail());
}

// In the shortest lives callbacks are a fifteenth to a fifth.
static void expect_no_desert(const chaos_t *chaos, unsigned operations)
{
  assert_true(chaos->callbacks > operations / 50 && chaos->answers > operations / 1000 && chaos->events > operations / 1000);
  assert_true(chaos->ends > operations / (chaos->likes == LIKES_ACTIONS ? 200 : 10000));
  assert_true(chaos->changes > operations / (chaos->likes == LIKES_LIFECYCLES ? 200 : 10000));
}

// The hash of its trace, the network's too.
static uint64_t live_through(uint64_t seed, unsigned operations, bool scarce)
{
  chaos_t chaos;
  begin(&chaos, seed, operations);
  chaos.scarce = scarce;
  for (unsigned round = 1; round <= ROUNDS; round++) {
    chaos.limit = operations / ROUNDS * round;
    chaos.may_fail = round < ROUNDS - 1;
    expect_end(&chaos, whorl_simulation_run(chaos.world, wander_about, &chaos));
    if (!chaos.may_fail) expect_end(&chaos, whorl_simulation_run_for(chaos.world, US(100))); // drives what nobody has open
  }
  calm_down(&chaos);
  expect_nothing_left(&chaos);
  assert_true(!scarce || chaos.failures > operations / 1000);
  expect_no_desert(&chaos, operations);
  whorl__free(chaos.heard);
  whorl__free(chaos.ticked);
  whorl__free(chaos.served);
  whorl__free(chaos.offered);
  whorl__free(chaos.pursued);
  whorl__free(chaos.managed);
  return chaos.hash;
}

// Twice, as the first time fills the pools that live as long as the process: of the second one not a block is left, and it goes as the first one went.
static uint64_t run_chaos(uint64_t seed, unsigned operations)
{
  print_message("seed %llu\n", (unsigned long long)seed); // for who reads of a failure
  uint64_t hash = live_through(seed, operations, false);
  int64_t blocks = whorl__memory_blocks();
  assert_true(live_through(seed, operations, false) == hash);
  assert_int_equal(whorl__memory_blocks(), blocks);
  assert_int_equal(whorl__handle_count(&whorl__nodes), 0);
  assert_int_equal(whorl__handle_count(&whorl__contexts), 0);
  assert_int_equal(whorl__handle_count(&whorl__action_clients), 0);
  assert_int_equal(whorl__handle_count(&whorl__action_servers), 0);
  assert_int_equal(whorl__handle_count(&whorl__goals), 0);
  return hash;
}

#endif
