// Channel: a bounded queue of pointers between tasks, first in first out on both sides. Law: docs/tasks.md R28.
#ifndef WHORL_CHANNEL_H
#define WHORL_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include "whorl/status.h"
#include "whorl/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_channel {
  uint64_t id;
} whorl_channel_t;

typedef struct whorl_channel_options { // zero: the default
  const char *name;                    // for details and dumps; copied (40 bytes of it); default: file:line
  void (*release)(void *item);         // of every item that nobody took, when the channel is destroyed; may not suspend
} whorl_channel_options_t;

// Any thread; `options` may be NULL. Holds up to `capacity` items that were sent and not received; 0: every send waits for its receiver. The creator destroys. NO_MEMORY, INVALID_ARGUMENT.
#define whorl_channel_create(...) whorl_channel_create_from(WHORL_PLACE, __VA_ARGS__) // (capacity, options, ret_channel)
int whorl_channel_create_from(const char *place, size_t capacity, const whorl_channel_options_t *options, whorl_channel_t *ret_channel);

// May suspend, until the item (any pointer, NULL too) is in the channel or with a receiver; may let others run even if it completes at once. From then on it is the channel's; after any failure it is
// still the caller's. Inside a task of any driver. CANCELED, CLOSED, DESTROYED, NOT_IN_TASK.
int whorl_channel_send(whorl_channel_t channel, void *item);
// May suspend, until there is an item; may let others run even if it completes at once. The item is the caller's. Inside a task of any driver. CLOSED: closed, and every item was received. CANCELED (no
// item was taken), DESTROYED, NOT_IN_TASK, INVALID_ARGUMENT.
int whorl_channel_receive(whorl_channel_t channel, void **ret_item);

// The same from any thread, inside and outside tasks, also in a cancelled scope: WOULD_BLOCK instead of suspending. Nobody overtakes those who wait: with a sender waiting a channel is full.
int whorl_channel_try_send(whorl_channel_t channel, void *item);
int whorl_channel_try_receive(whorl_channel_t channel, void **ret_item);

// Any thread; never suspends; a second close does nothing. Nothing can be sent from here on: waiting senders get CLOSED and keep their item. What was sent before can still be received; waiting receivers
// (there was nothing) get CLOSED.
int whorl_channel_close(whorl_channel_t channel);
// Any thread; never suspends. Who waits gets DESTROYED; items that nobody took go to `release`. A second destroy is DESTROYED and harmless.
int whorl_channel_destroy(whorl_channel_t channel);
size_t whorl_channel_count(whorl_channel_t channel); // items in it now; 0 when it is stale

#ifdef __cplusplus
}
#endif
#endif
