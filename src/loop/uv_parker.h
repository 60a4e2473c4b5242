// The libuv parker: parking is one pass of the event loop.
//
// Wake-ups from other threads come through an eventfd of our own under uv_poll (uv_async of libuv 1.44 makes the loop spin against its sender), time through one timerfd armed to an
// absolute deadline (uv_timer knows only milliseconds and drifts). A producer writes the eventfd only when the owner has parked: token 0 empty, 1 notified, 2 parked.
#ifndef WHORL_LOOP_UV_PARKER_H
#define WHORL_LOOP_UV_PARKER_H

#include <stdatomic.h>
#include <uv.h>

#include "task/parker.h"

typedef struct whorl__uv_parker {
  whorl__parker_t base;
  uv_loop_t *uv; // the caller's; ours are the two poll handles in it
  uv_poll_t wake, timer;
  int wake_fd, timer_fd;
  int64_t armed_ns;       // what the timerfd is set to; WHORL_FOREVER when not
  int open_handles;       // while closing
  _Atomic uint64_t wakes; // eventfd writes, counted for tests
  _Alignas(64) _Atomic uint32_t token;
  _Atomic uint32_t unparking; // threads inside unpark: closing waits for them
} whorl__uv_parker_t;

// IO_ERROR with a sentence when the system refuses a descriptor.
int whorl__uv_parker_open(whorl__uv_parker_t *parker, uv_loop_t *uv);
// In a callback of the loop, before its core is given something: the owner is awake, and need not write to itself.
static inline void whorl__uv_parker_awake(whorl__uv_parker_t *parker) { atomic_store(&parker->token, 1); }
// Closes the handles and runs the loop until they are gone. The memory has to stay: an unpark that comes later than this finds it closed and does nothing.
void whorl__uv_parker_close(whorl__uv_parker_t *parker);

#endif
