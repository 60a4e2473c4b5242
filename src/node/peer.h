// One other participant as it describes itself on ros_discovery_info: its nodes, each with the GIDs of its readers and writers.
#ifndef WHORL_NODE_PEER_H
#define WHORL_NODE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

typedef struct whorl__peer_node {
  const char *name, *node_namespace;
  const uint8_t (*readers)[16], (*writers)[16];
  size_t reader_count, writer_count;
} whorl__peer_node_t;

typedef struct whorl__peer {
  whorl__link_t link;
  uint8_t gid[16];
  uint8_t writer[16]; // whose sample it was
  bool present;       // we are matched with that writer
  size_t node_count;
  whorl__peer_node_t *nodes;
} whorl__peer_t; // one block with all that it points to

// From a sample's bytes, encapsulation header included. GIDs are 16 bytes; those of ROS 2 Humble are 24, of which the last 8 are none of the id: the size of the whole tells which. Whatever is allocated is
// at most a small multiple of the bytes. MALFORMED, NO_MEMORY, with a sentence. Freed by whorl__free.
int whorl__peer_read(const uint8_t *bytes, size_t size, whorl__peer_t **ret_peer);

#endif
