// What the tasks of a libuv loop have beyond those of other cores; and those of a simulated world, whose libuv loop is there for blocking work only. Everything in it belongs to the thread of the loop or world.
#ifndef WHORL_LOOP_OUTSIDE_H
#define WHORL_LOOP_OUTSIDE_H

#include "loop/descriptor.h"
#include "loop/uv_parker.h"
#include "task/core.h"

struct whorl__outside {
  struct whorl__jobs *jobs; // of a world, which has no descriptors; NULL: a loop
  whorl__uv_parker_t *parker;
  whorl__core_t *core;
  whorl__descriptors_t descriptors;
};

static inline void whorl__outside_init(struct whorl__outside *outside, whorl__uv_parker_t *parker, whorl__core_t *core)
{
  outside->jobs = NULL;
  outside->parker = parker;
  outside->core = core;
  whorl__descriptors_init(&outside->descriptors, outside);
}

// From a callback of libuv, which only records: `post` does the rest in the next turn, after its deadlines (docs/tasks.md R6).
static inline void whorl__outside_post(struct whorl__outside *outside, whorl__post_t *post)
{
  whorl__uv_parker_awake(outside->parker);
  whorl__core_post(outside->core, post);
}

#endif
