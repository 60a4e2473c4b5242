// A guest: a core whose libuv loop is turned by somebody else. Its turns are made in libuv's check phase, after the descriptors' callbacks, whenever the parker is not settled; while there is always
// something to run an idle handle keeps libuv from blocking, and one step is as short as the time for which outside sources may wait.
//
// When its core is done it closes its handles, in two steps: what libuv was to let go of before the first one is gone by the end of the second one.
#ifndef WHORL_LOOP_GUEST_H
#define WHORL_LOOP_GUEST_H

#include "loop/uv_parker.h"
#include "task/core.h"

typedef struct whorl__guest {
  whorl__uv_parker_t *parker; // attached
  whorl__core_t *core;        // begun
  uv_check_t check;
  uv_idle_t idle;
  bool stepping;
  bool leaving; // done: a few turns of libuv, and it is gone
  bool check_closed, parker_left;
  void (*gone)(struct whorl__guest *guest);
} whorl__guest_t;

// `gone` is called once, by libuv: the core is done, and nothing of ours is left in the libuv loop.
void whorl__guest_open(whorl__guest_t *guest, whorl__uv_parker_t *parker, whorl__core_t *core, void (*gone)(whorl__guest_t *guest));

#endif
