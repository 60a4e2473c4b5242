// Test support: what a chaos is made of. The others of its files say what it does: chaos_entities.h, chaos_services.h, chaos_goals.h, chaos_actions.h, chaos_lifecycles.h, chaos_tasks.h, chaos_faults.h; chaos_testing.h is a whole life.
//
// Everything is drawn from a seed, so the same seed gives the same trace. One chaos belongs to one thread; several may run beside each other.
#ifndef WHORL_SIMULATION_CHAOS_H
#define WHORL_SIMULATION_CHAOS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <example_interfaces/action/fibonacci.h>
#include <example_interfaces/srv/add_two_ints.h>
#include <std_msgs/msg/int32.h>
#include <whorl/whorl.h>

#include "base/memory.h"

#define INT32 WHORL_MESSAGE(std_msgs, msg, Int32)
#define ADD WHORL_SERVICE(example_interfaces, srv, AddTwoInts)
#define FIBONACCI WHORL_ACTION(example_interfaces, Fibonacci)
#define US WHORL_MICROSECONDS

enum { CONTEXTS = 3, NODES = 8, PUBLISHERS = 12, SUBSCRIPTIONS = 12, TIMERS = 12, SERVICES = 6, CLIENTS = 8, KEPT = 24, TASKS = 8 };
enum { ACTION_SERVERS = 3, ACTION_CLIENTS = 5, GOALS = 8, ANSWERS = 8, LIFECYCLES = 4, MANAGERS = 4 };
enum { DEEPEST = 3 }; // nodes and groups open inside each other in one task

typedef struct chaos chaos_t;

typedef struct heard { // by one subscription; it outlives it, as its last callback does
  chaos_t *chaos;
  whorl_subscription_t subscription;
  uint64_t callbacks;
  bool alone, inside; // alone: one callback at a time, whether for a message or for an event
} heard_t;

typedef struct ticked { // by one timer
  chaos_t *chaos;
  whorl_timer_t timer;
  int64_t period_ns;
  unsigned calls;
} ticked_t;

typedef struct served { // by one service
  chaos_t *chaos;
  whorl_service_t service;
  uint64_t handled;
} served_t;

typedef struct offered { // by one action server
  chaos_t *chaos;
  whorl_action_server_t server;
  whorl_action_server_options_t options;
  uint32_t executing;
} offered_t;

// One goal, as both of its ends see it. It is told by its order, which the server gets, and gives back in the feedback and the result.
typedef struct pursued {
  chaos_t *chaos;
  whorl_action_client_t client;
  whorl_goal_id_t id;
  bool listens;                  // its client knows it
  bool over;                     // the call is, in which it was
  int last_heard;                // in its callback
  unsigned hearing;              // its callbacks that run
  whorl_goal_status_t seen, end; // on the topic; with its result
  whorl_goal_t goal;             // at the server
  unsigned asked, executed;      // calls of the server's callbacks
  int answer, chosen;            // what those made of it; chosen: -1 nothing yet, 0 aborted or canceled, else the end
  bool executes;
} pursued_t;

typedef struct promised { // an answer about a goal that can be had later
  whorl_future_t future;
  pursued_t *goal;
  enum { PROMISED_GOAL, PROMISED_RESULT, PROMISED_CANCEL } kind;
} promised_t;

typedef struct managed { // by one lifecycle
  chaos_t *chaos;
  whorl_lifecycle_t lifecycle;
  whorl_lifecycle_state_t state;  // where its last callback has brought it
  whorl_lifecycle_state_t failed; // the transition whose error is to be processed
  bool inside;
} managed_t;

struct chaos {
  whorl_simulation_t world;
  whorl_context_t contexts[CONTEXTS]; // the first one lives on
  whorl_node_t nodes[NODES];
  whorl_publisher_t publishers[PUBLISHERS];
  heard_t *subscriptions[SUBSCRIPTIONS];
  ticked_t *timers[TIMERS];
  served_t *services[SERVICES];
  whorl_client_t clients[CLIENTS];
  whorl_service_call_t kept[KEPT];
  offered_t *action_servers[ACTION_SERVERS];
  whorl_action_client_t action_clients[ACTION_CLIENTS];
  pursued_t *goals[GOALS];
  promised_t promised[ANSWERS];
  managed_t *lifecycles[LIFECYCLES];
  whorl_client_t managers[MANAGERS], watchers[MANAGERS]; // of ~/change_state and ~/get_state
  whorl_task_t tasks[TASKS];
  whorl_channel_t channel; // of items that are counted
  heard_t *heard;          // all there ever were
  ticked_t *ticked;
  served_t *served;
  offered_t *offered;
  pursued_t *pursued;
  managed_t *managed;
  unsigned heard_count, ticked_count, served_count, offered_count, pursued_count, managed_count;
  uint64_t random, hash;                                                 // hash: of the trace
  enum { LIKES_MESSAGES, LIKES_ACTIONS, LIKES_LIFECYCLES, LIKES } likes; // what it does most
  void (*operate)(chaos_t *chaos, unsigned depth);                       // does one of all the things
  unsigned operations, limit;
  unsigned spawned, released, made_items, ended_items, answers, callbacks, events, ends, changes;
  bool calm;     // callbacks only count
  bool may_fail; // callbacks may end their node with an error
  bool scarce;   // allocations fail now and then
  unsigned failures;
};

static unsigned draw(chaos_t *chaos, unsigned below)
{
  chaos->random = chaos->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)(chaos->random >> 33) % below;
}

static bool chance(chaos_t *chaos, unsigned one_in) { return draw(chaos, one_in) == 0; }

// Times are whole ticks, so that many things fall on one instant.
static const int64_t TICK = US(25);
static int64_t some_time(chaos_t *chaos, unsigned below_us) { return draw(chaos, below_us / 25) * TICK; }

static void write_down(chaos_t *chaos, unsigned what, int status)
{
  uint64_t entry = (uint64_t)what << 32 ^ (uint32_t)-status ^ (uint64_t)whorl_simulation_now_ns(chaos->world) << 16;
  chaos->hash = (chaos->hash ^ entry) * UINT64_C(1099511628211);
}

static void hash_line(const char *line, void *arg)
{
  chaos_t *chaos = arg;
  for (; *line != '\0'; line++) chaos->hash = (chaos->hash ^ (unsigned char)*line) * UINT64_C(1099511628211);
}

// The calls must not fail but in these ways; 0 ends the list. INVALID_HANDLE: the place was never used.
typedef struct allowed {
  int statuses[12];
} allowed_t;
static const allowed_t GONE = {{WHORL_DESTROYED, WHORL_INVALID_HANDLE}};
static const allowed_t GONE_OR_SHUT = {{WHORL_DESTROYED, WHORL_INVALID_HANDLE, WHORL_SHUTDOWN}};

static int expect(chaos_t *chaos, const char *what, int status, const allowed_t *allowed)
{
  bool known = status == WHORL_OK || (chaos->scarce && status == WHORL_NO_MEMORY);
  for (int i = 0; allowed->statuses[i] != 0; i++) known = known || status == allowed->statuses[i];
  if (!known) fail_msg("operation %u, %s: %s: %s", chaos->operations, what, whorl_status_name(status), whorl_detail());
  if (status == WHORL_CANCELED && !whorl_canceled()) fail_msg("%s: CANCELED in a task that is not", what);
  if (chaos->scarce) whorl__memory_fail_at(0);
  chaos->failures += status == WHORL_NO_MEMORY;
  write_down(chaos, (unsigned)what[0] << 8 | (unsigned char)what[1], status);
  return status;
}

static int rest(chaos_t *chaos)
{
  int status = chance(chaos, 3) ? whorl_yield() : whorl_sleep(some_time(chaos, 400));
  return expect(chaos, "rest", status, &(allowed_t){{WHORL_CANCELED}});
}

// In a callback, below whatever node it is.
static int act(chaos_t *chaos)
{
  if (chaos->calm) return WHORL_OK;
  if (chance(chaos, 3)) chaos->operate(chaos, DEEPEST - (chance(chaos, 8) ? 1 : 0));
  if (chance(chaos, 4)) WHORL_TRY(rest(chaos));
  if (chaos->may_fail && chance(chaos, 500)) return WHORL_IO_ERROR;
  return WHORL_OK;
}

#endif
