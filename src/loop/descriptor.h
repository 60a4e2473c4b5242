// The descriptors that tasks of one loop wait for (docs/tasks.md R29).
#ifndef WHORL_LOOP_DESCRIPTOR_H
#define WHORL_LOOP_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "task/core.h"

struct whorl__watch;

typedef struct whorl__descriptors {
  struct whorl__outside *outside;
  struct whorl__watch **by_fd; // NULL: nobody waits for it
  size_t size;
  whorl__list_t fired; // watches with readiness that has not been handed over
  whorl__list_t spare;
  whorl__post_t post; // hands it over
  bool posted;
  size_t closing; // libuv has not let go of them yet
} whorl__descriptors_t;

void whorl__descriptors_init(whorl__descriptors_t *descriptors, struct whorl__outside *outside);
// Nobody waits any more, no task runs, and libuv has let go of everything.
void whorl__descriptors_fini(whorl__descriptors_t *descriptors);

#endif
