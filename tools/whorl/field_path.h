// Paths to fields inside messages: "header.stamp.sec", "poses[2].position", "poses[-1]" for the last one.
#ifndef TOOL_FIELD_PATH_H
#define TOOL_FIELD_PATH_H

#include "field.h"
#include "report.h"

// The field that a path leads to. An element of an array looks like a field by itself.
typedef struct place {
  member_t member;
  const void *message; // that it lies in
} place_t;

// With a message NULL only the types are looked at: indices into sequences may be anything. False: the fault says what is wrong.
bool field_path_follow(const char *path, const members_t *members, const void *message, place_t *ret_place, fault_t *fault);

#endif
