// The state of a participant in the form of ROS 2 Humble and its predecessors, whose GIDs have 24 bytes, of which the last 8 are zeros. (Reading: peer.h, which tells both forms by their size.)
#ifndef WHORL_NODE_HUMBLE_STATE_H
#define WHORL_NODE_HUMBLE_STATE_H

#include <stddef.h>
#include <stdint.h>

#include <rmw_dds_common/msg/participant_entities_info.h>

// CDR with its encapsulation header; freed by whorl__free. NO_MEMORY.
int whorl__humble_state_make(const rmw_dds_common__msg__ParticipantEntitiesInfo *info, uint8_t **ret_bytes, size_t *ret_size);

#endif
