// Inside a publisher.
#ifndef WHORL_NODE_PUBLISHER_H
#define WHORL_NODE_PUBLISHER_H

#include "node/entity.h"
#include "node/qos_event.h"
#include "node/throttle.h"
#include "whorl/publisher.h"

typedef struct whorl__publisher {
  whorl__entity_t entity;
  whorl__writer_t *writer;
  const whorl__type_t *type;
  char *topic;
  atomic_bool is_silent; // what is published is dropped
  atomic_ullong silenced;
  whorl__throttle_t throttle;
  whorl__qos_events_t events;
  whorl__record_t record; // of its events, when somebody wants them
} whorl__publisher_t;

int whorl__publisher_pin(whorl_publisher_t handle, whorl__publisher_t **ret_publisher);
// whorl_publisher_borrow, with a status: DESTROYED, INVALID_HANDLE, NO_MEMORY.
int whorl__publisher_borrow(whorl_publisher_t handle, void **ret_message);
// From now on, what is published by it is dropped, or not. DESTROYED.
int whorl__publisher_set_silent(whorl_publisher_t handle, bool is_silent);
void whorl__publisher_unpin(whorl_publisher_t handle);

#endif
