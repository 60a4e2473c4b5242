// Walked twice, first to count the bytes, then to write them. Little-endian, as Cyclone writes it here.
#include "node/humble_state.h"

#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "whorl/status.h"

enum { HUMBLE_GID = 24, COUNT = 4 };

typedef struct walk {
  uint8_t *bytes; // NULL: only counted. Zeros
  size_t position;
} walk_t;

static void add(walk_t *walk, const void *bytes, size_t size)
{
  if (walk->bytes != NULL && size > 0) memcpy(walk->bytes + walk->position, bytes, size);
  walk->position += size;
}

static void add_count(walk_t *walk, size_t number)
{
  walk->position = (walk->position + COUNT - 1) / COUNT * COUNT;
  const uint8_t bytes[COUNT] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16), (uint8_t)(number >> 24)};
  add(walk, bytes, COUNT);
}

static void add_string(walk_t *walk, const rosidl_runtime_c__String *string)
{
  add_count(walk, string->size + 1);
  add(walk, string->data, string->size + 1);
}

static void add_gid(walk_t *walk, const rmw_dds_common__msg__Gid *gid)
{
  add(walk, gid->data, sizeof gid->data);
  walk->position += HUMBLE_GID - sizeof gid->data;
}

static void add_gids(walk_t *walk, const rmw_dds_common__msg__Gid__Sequence *gids)
{
  add_count(walk, gids->size);
  for (size_t i = 0; i < gids->size; i++) add_gid(walk, &gids->data[i]);
}

static void add_all(walk_t *walk, const rmw_dds_common__msg__ParticipantEntitiesInfo *info)
{
  static const uint8_t header[] = {0, 1, 0, 0};
  const rmw_dds_common__msg__NodeEntitiesInfo__Sequence *nodes = &info->node_entities_info_seq;
  add(walk, header, sizeof header); // alignment may count from in front of it: it has 4 bytes
  add_gid(walk, &info->gid);
  add_count(walk, nodes->size);
  for (size_t i = 0; i < nodes->size; i++) {
    const rmw_dds_common__msg__NodeEntitiesInfo *node = &nodes->data[i];
    add_string(walk, &node->node_namespace);
    add_string(walk, &node->node_name);
    add_gids(walk, &node->reader_gid_seq);
    add_gids(walk, &node->writer_gid_seq);
  }
}

int whorl__humble_state_make(const rmw_dds_common__msg__ParticipantEntitiesInfo *info, uint8_t **ret_bytes, size_t *ret_size)
{
  walk_t walk = {0};
  add_all(&walk, info);
  size_t size = walk.position;
  uint8_t *bytes = whorl__alloc(size);
  if (bytes == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for %zu bytes of ros_discovery_info", size);
  walk = (walk_t){.bytes = bytes};
  add_all(&walk, info);
  *ret_bytes = bytes;
  *ret_size = size;
  return WHORL_OK;
}
