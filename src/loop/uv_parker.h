// The libuv parker: parking is one pass of the event loop.
//
// Wake-ups from other threads come through an eventfd of our own under uv_poll (uv_async of libuv 1.44 makes the loop spin against its sender), time through one timerfd armed to an
// absolute deadline (uv_timer knows only milliseconds and drifts). A producer writes the eventfd only when the owner has parked, as the token tells.
//
// The two descriptors live from open to close, their poll handles only from attach to detach or leave: between two runs nothing of ours is in the libuv loop, which may be the user's.
//
// Somebody else may turn the libuv loop (guest.c): then nobody parks. After its turns the owner settles, a callback of ours or an unpark takes that back, and whoever sees it taken back has turns made.
#ifndef WHORL_LOOP_UV_PARKER_H
#define WHORL_LOOP_UV_PARKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

#include "task/parker.h"

enum { WHORL__TOKEN_EMPTY, WHORL__TOKEN_NOTIFIED, WHORL__TOKEN_PARKED };
enum { WHORL__TIMER_READABLE = -1 }; // no deadline is that

typedef struct whorl__uv_parker {
  whorl__parker_t base;
  uv_loop_t *uv; // the caller's; ours are the two poll handles in it
  void (*left)(void *arg);
  void *left_arg;
  uv_poll_t wake, timer;
  int wake_fd, timer_fd;
  int64_t armed_ns;       // what the timerfd is set to; WHORL_FOREVER: to nothing; WHORL__TIMER_READABLE: it has gone off
  int64_t asked_ns;       // when it is to go off for that: earlier, by a head start, where this parks
  int open_handles;       // of ours in the loop that libuv has not let go of
  _Atomic uint64_t wakes; // eventfd writes, counted for tests
  _Alignas(64) _Atomic uint32_t token;
  _Atomic uint32_t unparking; // threads inside unpark: closing waits for them
} whorl__uv_parker_t;

// IO_ERROR with a sentence when the system refuses a descriptor.
int whorl__uv_parker_open(whorl__uv_parker_t *parker, uv_loop_t *uv);
// IO_ERROR when libuv refuses a handle; it has not let go of the other one before `open_handles` is 0.
int whorl__uv_parker_attach(whorl__uv_parker_t *parker);
// Closes the handles; `left` (NULL: nobody) is called by libuv when it has let go of them.
void whorl__uv_parker_leave(whorl__uv_parker_t *parker, void (*left)(void *arg), void *arg);
void whorl__uv_parker_detach(whorl__uv_parker_t *parker); // the same, and runs the libuv loop until they are gone
// In a callback of the loop, before its core is given something: the owner is awake, and need not write to itself.
static inline void whorl__uv_parker_awake(whorl__uv_parker_t *parker) { atomic_store(&parker->token, WHORL__TOKEN_NOTIFIED); }
// For who does not park. Settle: it is woken when somebody unparks it or the time has come; false when it was unparked since it was unsettled.
static inline bool whorl__uv_parker_settled(whorl__uv_parker_t *parker) { return atomic_load(&parker->token) == WHORL__TOKEN_PARKED; }
static inline void whorl__uv_parker_unsettle(whorl__uv_parker_t *parker) { atomic_store(&parker->token, WHORL__TOKEN_EMPTY); }
bool whorl__uv_parker_settle(whorl__uv_parker_t *parker, int64_t until_ns);
void whorl__uv_parker_arm(whorl__uv_parker_t *parker, int64_t until_ns); // the timer
void whorl__uv_parker_raise(whorl__uv_parker_t *parker);                 // makes the loop's descriptor readable
// Detached. The memory has to stay: an unpark that comes later than this finds it closed and does nothing.
void whorl__uv_parker_close(whorl__uv_parker_t *parker);

#endif
