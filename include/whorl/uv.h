// libuv beside Whorl: the uv_loop_t of a loop, for handles of your own. Not part of whorl.h; whoever includes it has libuv's headers and links libuv. Rules: docs/other-loops.md.
#ifndef WHORL_UV_H
#define WHORL_UV_H

#include <uv.h>

#include "whorl/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

// The libuv loop that `loop` lives on: Whorl's own, which lives as long as `loop`, or the one that was handed in. Your handles and requests may live on it, before, between and during runs; their callbacks run on
// the loop's thread outside any task: they may set events, complete futures, publish, post, cancel, start a loop; a call that would suspend is NOT_IN_TASK or WOULD_DEADLOCK there. Close what you opened, and
// never a handle that is not yours. While the loop runs, from its thread only: WRONG_THREAD.
int whorl_loop_uv(whorl_loop_t loop, uv_loop_t **ret_uv);

#ifdef __cplusplus
}
#endif
#endif
