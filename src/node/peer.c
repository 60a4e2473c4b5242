// Nothing in the bytes is believed: they are walked twice, first to see whether they hold what they say, then to copy it.
#include "node/peer.h"

#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "message/cdr.h"
#include "whorl/status.h"

enum { GID = 16, HUMBLE_GID = 24, LONGEST_NAME = 256, LEAST_NODE = 16 /* two lengths, two counts */, PADDING = 3 };

typedef struct walk {
  const uint8_t *bytes; // behind the encapsulation header: alignment counts from here
  size_t position, size, gid_size;
  bool swap, bad;
  uint8_t *room; // where strings and GIDs are copied to; NULL: they are only looked at
} walk_t;

static const uint8_t *next(walk_t *walk, size_t alignment, size_t size)
{
  size_t at = (walk->position + alignment - 1) & ~(alignment - 1);
  if (walk->bad || at > walk->size || walk->size - at < size) {
    walk->bad = true;
    return NULL;
  }
  walk->position = at + size;
  return walk->bytes + at;
}

// A number of things of at least `least` bytes, for which there may be bytes.
static size_t read_count(walk_t *walk, size_t least)
{
  uint32_t number;
  const uint8_t *bytes = next(walk, 4, sizeof number);
  if (bytes == NULL) return 0;
  memcpy(&number, bytes, sizeof number);
  if (walk->swap) number = __builtin_bswap32(number);
  walk->bad = number > (walk->size - walk->position) / least;
  return walk->bad ? 0 : number;
}

static void *copy(walk_t *walk, const uint8_t *bytes, size_t size)
{
  void *target = walk->room;
  if (target == NULL) return NULL;
  if (size > 0) memcpy(target, bytes, size);
  walk->room += size;
  return target;
}

static const char *read_string(walk_t *walk)
{
  size_t size = read_count(walk, 1);
  const uint8_t *bytes = next(walk, 1, size);
  if (bytes == NULL) return NULL;
  if (size == 0) return ""; // not in the specification, but taken for an empty string everywhere
  walk->bad = size > LONGEST_NAME + 1 || bytes[size - 1] != '\0';
  return walk->bad ? NULL : copy(walk, bytes, size);
}

static void read_gids(walk_t *walk, const uint8_t (**ret_gids)[16], size_t *ret_count)
{
  *ret_count = read_count(walk, walk->gid_size);
  *ret_gids = (const void *)walk->room;
  for (size_t i = 0; i < *ret_count; i++) {
    const uint8_t *gid = next(walk, 1, walk->gid_size);
    if (gid != NULL) (void)copy(walk, gid, GID);
  }
}

static void read_node(walk_t *walk, whorl__peer_node_t *node)
{
  node->node_namespace = read_string(walk);
  node->name = read_string(walk);
  read_gids(walk, &node->readers, &node->reader_count);
  read_gids(walk, &node->writers, &node->writer_count);
}

// The number of nodes. `peer` NULL: only looks.
static size_t read_all(walk_t *walk, whorl__peer_t *peer)
{
  whorl__peer_node_t ignored;
  const uint8_t *gid = next(walk, 1, walk->gid_size);
  if (gid != NULL && peer != NULL) memcpy(peer->gid, gid, GID);
  size_t count = read_count(walk, LEAST_NODE);
  for (size_t i = 0; i < count && !walk->bad; i++) read_node(walk, peer != NULL ? &peer->nodes[i] : &ignored);
  return count;
}

// Do the bytes end where a sample with GIDs of this size would?
static bool fits(const walk_t *start, size_t gid_size, size_t *ret_nodes)
{
  walk_t walk = *start;
  walk.gid_size = gid_size;
  *ret_nodes = read_all(&walk, NULL);
  return !walk.bad && walk.size - walk.position <= PADDING;
}

int whorl__peer_read(const uint8_t *bytes, size_t size, whorl__peer_t **ret_peer)
{
  size_t nodes = 0;
  if (size < WHORL__CDR_HEADER)
    return whorl__fail(WHORL_MALFORMED, "ros_discovery_info: %zu bytes are less than an encapsulation header", size);
  walk_t walk = {.bytes = bytes + WHORL__CDR_HEADER, .size = size - WHORL__CDR_HEADER, .swap = bytes[1] != 1};
  if (fits(&walk, GID, &nodes))
    walk.gid_size = GID;
  else if (fits(&walk, HUMBLE_GID, &nodes))
    walk.gid_size = HUMBLE_GID;
  else
    return whorl__fail(WHORL_MALFORMED, "ros_discovery_info: %zu bytes that are no participant's description", size);
  whorl__peer_t *peer = whorl__alloc(sizeof *peer + nodes * sizeof *peer->nodes +
                                     walk.size); // copies are no longer than what they are copied from
  if (peer == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a participant's %zu nodes", nodes);
  peer->node_count = nodes;
  peer->nodes = (whorl__peer_node_t *)(peer + 1);
  walk.room = (uint8_t *)(peer->nodes + nodes);
  (void)read_all(&walk, peer);
  *ret_peer = peer;
  return WHORL_OK;
}
