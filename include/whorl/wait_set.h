// Wait set: waits for several things at once, without an executor and without callbacks; what is ready is then taken by hand. A poll(2) for the entities of a node.
#ifndef WHORL_WAIT_SET_H
#define WHORL_WAIT_SET_H

#include <stddef.h>
#include <stdint.h>

#include "whorl/context.h"
#include "whorl/guard_condition.h"
#include "whorl/service.h"
#include "whorl/subscription.h"
#include "whorl/task.h"
#include "whorl/timer.h"
#include "whorl/waitable.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_wait_set {
  uint64_t id;
} whorl_wait_set_t;

typedef enum whorl_wait_kind {
  WHORL_WAIT_SUBSCRIPTION,    // ready while messages wait: whorl_subscription_take
  WHORL_WAIT_SERVICE,         // ready while requests wait: whorl_service_take
  WHORL_WAIT_TIMER,           // ready while it is due: whorl_timer_take
  WHORL_WAIT_GUARD_CONDITION, // ready when it was triggered; the wait takes the triggers
  WHORL_WAIT_WAITABLE,        // ready when it was signalled; the wait takes the signals
  WHORL_WAIT_FUTURE,          // ready once it is complete, an answer among others: whorl_future_take
} whorl_wait_kind_t;

// One thing to wait for. `arg` is the user's, and comes back with it.
typedef struct whorl_wait_item {
  whorl_wait_kind_t kind;
  union {
    whorl_subscription_t subscription;
    whorl_service_t service;
    whorl_timer_t timer;
    whorl_guard_condition_t guard_condition;
    whorl_waitable_t waitable;
    whorl_future_t future;
  } on;
  void *arg;
  uint64_t signals; // of a ready guard condition: how many triggers; of a waitable: its sources, as bits
} whorl_wait_item_t;

// Items, one function for each kind of thing. Never fail; what is wrong with the thing, add says.
static inline whorl_wait_item_t whorl_wait_on_subscription(whorl_subscription_t subscription, void *arg)
{
  whorl_wait_item_t item = {WHORL_WAIT_SUBSCRIPTION, {{0}}, arg, 0};
  item.on.subscription = subscription;
  return item;
}
// As above.
static inline whorl_wait_item_t whorl_wait_on_service(whorl_service_t service, void *arg)
{
  whorl_wait_item_t item = {WHORL_WAIT_SERVICE, {{0}}, arg, 0};
  item.on.service = service;
  return item;
}
// As above.
static inline whorl_wait_item_t whorl_wait_on_timer(whorl_timer_t timer, void *arg)
{
  whorl_wait_item_t item = {WHORL_WAIT_TIMER, {{0}}, arg, 0};
  item.on.timer = timer;
  return item;
}
// As above.
static inline whorl_wait_item_t whorl_wait_on_guard_condition(whorl_guard_condition_t guard, void *arg)
{
  whorl_wait_item_t item = {WHORL_WAIT_GUARD_CONDITION, {{0}}, arg, 0};
  item.on.guard_condition = guard;
  return item;
}
// As above.
static inline whorl_wait_item_t whorl_wait_on_waitable(whorl_waitable_t waitable, void *arg)
{
  whorl_wait_item_t item = {WHORL_WAIT_WAITABLE, {{0}}, arg, 0};
  item.on.waitable = waitable;
  return item;
}
// As above.
static inline whorl_wait_item_t whorl_wait_on_future(whorl_future_t future, void *arg)
{
  whorl_wait_item_t item = {WHORL_WAIT_FUTURE, {{0}}, arg, 0};
  item.on.future = future;
  return item;
}

typedef struct whorl_wait_set_options { // zero: the default
  const char *name;                     // in dumps; copied (47 bytes of it). Default "wait set"
  size_t capacity;                      // room for that many, reserved now: nothing is allocated later. 0: grows
} whorl_wait_set_options_t;

// What a wait ended with.
enum { WHORL_WAIT_READY = 0, WHORL_WAIT_TIMEOUT = 1, WHORL_WAIT_EMPTY = 2 };

// The creator destroys it. A shutdown of the context ends its waits. Any thread. SHUTDOWN, NO_MEMORY (also for a capacity that no memory has room for).
int whorl_wait_set_create(whorl_context_t context, const whorl_wait_set_options_t *options, whorl_wait_set_t *ret_set);
int whorl_wait_set_destroy(whorl_wait_set_t set); // a wait in it ends with DESTROYED; what was in it may join another one

// Add and remove: any thread, also while another one waits, which sees the change at once. An entity may be in one wait set, a future in any number of them; an entity may have a callback and a driver as well: each message, request and
// expiry goes to one taker (a timer of a wait set is by hand), each trigger and signal from now on to both. The set keeps nothing alive: what is destroyed leaves it by itself.
// ALREADY_ADDED, NOT_ADDED; ADDED_ELSEWHERE: to another wait set. LIMIT_EXCEEDED: the set's capacity. WRONG_STATE: a timer with a callback. INVALID_ARGUMENT: an unknown kind. INVALID_HANDLE, DESTROYED: the set or the thing. NO_MEMORY.
int whorl_wait_set_add(whorl_wait_set_t set, const whorl_wait_item_t *item);
int whorl_wait_set_remove(whorl_wait_set_t set, const whorl_wait_item_t *item);

// WHORL_WAIT_READY: `ret_items` has what is ready, up to `capacity`, `ret_count` how many; the others stay ready, and come first in the next wait. WHORL_WAIT_TIMEOUT: nothing was ready within `timeout_ns`
// (0: it only looks; WHORL_FOREVER or negative: no limit), WHORL_WAIT_EMPTY: there is nothing in the set (any more); `ret_count` is 0. Ready is a hint: another taker may be faster, or what waits be malformed.
// In a task, or on a plain thread, which it blocks. One wait at a time: BUSY. CANCELED; DESTROYED: the set; SHUTDOWN. INVALID_ARGUMENT: no room for an item. WOULD_DEADLOCK where nothing may wait (a post, a
// release function, a callback of libuv), and on a plain thread in a simulation; a look is allowed there. NO_MEMORY.
int whorl_wait_set_wait(whorl_wait_set_t set, int64_t timeout_ns, whorl_wait_item_t *ret_items, size_t capacity, size_t *ret_count);

#ifdef __cplusplus
}
#endif
#endif
