// RIHS01: the hash that ROS 2 gives a message type, computed from introspection (rosidl before Iron generates none).
#ifndef WHORL_MESSAGE_TYPE_HASH_H
#define WHORL_MESSAGE_TYPE_HASH_H

#include "message/members.h"

enum { WHORL__TYPE_HASH_SIZE = 72 }; // "RIHS01_", 64 hex digits and a NUL

// The members must have been checked, nested ones too. LIMIT_EXCEEDED: a name too long. NO_MEMORY.
int whorl__type_hash(const whorl__members_t *members, char ret_hash[WHORL__TYPE_HASH_SIZE]);

#endif
