// Inside a publisher.
#ifndef WHORL_NODE_PUBLISHER_H
#define WHORL_NODE_PUBLISHER_H

#include "node/entity.h"
#include "whorl/publisher.h"

typedef struct whorl__publisher {
  whorl__entity_t entity;
  whorl__writer_t *writer;
  const whorl__type_t *type;
  char *topic;
  // Throttled publishes queue here, on their callers' stacks: only the first one tries, so a publisher's messages keep their order. Who finds it empty writes at once.
  pthread_mutex_t lock;
  whorl__list_t throttled;
  atomic_uint throttled_count;
} whorl__publisher_t;

// The full name of a topic that a node's user wrote; memory of the caller.
int whorl__expand_topic(const whorl__node_t *node, const char *topic, const whorl_qos_t *qos, char **ret_topic);

#endif
