// Waitable: an entity of the user's own making, that has several reasons to be ready. A library that queues things of its own (a bus, a device, messages within the process) becomes part of a node with it.
#ifndef WHORL_WAITABLE_H
#define WHORL_WAITABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "whorl/callback_group.h"
#include "whorl/node.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_waitable {
  uint64_t id;
} whorl_waitable_t;

enum { WHORL_WAITABLE_SOURCES = 64 };

// A task of the node's scope, under every driver; never overlaps itself. `sources`: bit n is set when source n was signalled since the last call, also while nobody drove the node; at least one is. How much there is to
// do is not counted: look until nothing is left, or signal again. Signals that come while it runs, or from inside it, make one more call, after what is ready besides. An error ends the node's scope with that
// error (an executor tells it).
typedef int (*whorl_waitable_callback_t)(uint64_t sources, void *arg);

typedef struct whorl_waitable_options {  // zero: the default
  const char *name;                      // in dumps and sentences; copied (47 bytes of it). Default "waitable"
  bool by_hand;                          // no callback: its signals are for a wait set, also those that came before it was in one
  whorl_callback_group_t callback_group; // zero: the node's default one
} whorl_waitable_options_t;

// Owned by the node; `ret_waitable` may be NULL, and is set before the first call. Any thread. INVALID_ARGUMENT: no callback, or one although by hand, a group of another node. DESTROYED, SHUTDOWN, NO_MEMORY.
int whorl_waitable_create(whorl_node_t node, whorl_waitable_callback_t callback, void *arg, const whorl_waitable_options_t *options,
                          whorl_waitable_t *ret_waitable);
// As whorl_subscription_destroy.
int whorl_waitable_destroy(whorl_waitable_t waitable);
// Never suspends or blocks, allocates nothing. Any thread, but no signal handler. INVALID_ARGUMENT: a source from WHORL_WAITABLE_SOURCES on. DESTROYED.
int whorl_waitable_signal(whorl_waitable_t waitable, unsigned source);

#ifdef __cplusplus
}
#endif
#endif
