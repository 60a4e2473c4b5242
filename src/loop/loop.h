// A loop's inside: what loop.c (create, run, destroy) and start.c (started on a loop that somebody else turns) share.
#ifndef WHORL_LOOP_LOOP_H
#define WHORL_LOOP_LOOP_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/detail.h"
#include "base/handle.h"
#include "loop/dump_signal.h"
#include "loop/guest.h"
#include "loop/outside.h"
#include "whorl/loop.h"

// One run of the loop's main task, or one start.
typedef struct whorl__main_run {
  whorl__post_t post;
  whorl_task_function_t function;
  void *arg;
  int status;
  whorl__detail_t detail; // of a failure, for the caller's thread
  bool started, ended;
} whorl__main_run_t;

// In type-stable memory: who has marked something ready for the loop's core unparks it after the core's lock was released, and the loop may be gone by then.
typedef struct whorl__loop {
  struct whorl__loop *next_free;
  whorl_loop_t handle;
  char name[48];
  uv_loop_t own_uv, *uv; // `uv` points to it, or to the user's
  whorl__uv_parker_t parker;
  whorl__core_t *core;
  struct whorl__outside outside;
  whorl__dump_signal_t dump_signal;
  atomic_bool running; // or started, or being destroyed: who has set it has the loop
  whorl__main_run_t main;
  // The main task; guarded by `lock`, as cancel may come from another thread.
  pthread_mutex_t lock;
  whorl_task_t main_task;
  bool cancel_main; // cancelled before it was spawned
  bool canceled;    // during this run
  // Of a start; its thread's, except where it is atomic.
  whorl__guest_t guest;
  void (*on_done)(void *arg, int status);
  atomic_bool started;
  bool dispatching;           // whorl_loop_dispatch runs the libuv loop
  bool gone;                  // while it does so: nothing of ours is left in it
  atomic_bool libuv_is_below; // on_done is called by libuv
} whorl__loop_t;

extern whorl__handle_table_t whorl__loops;

// The loop, taken for a run or a start of `function`, which `call` is named in refusals. BUSY when it is taken, or when this thread runs another one.
int whorl__loop_take(whorl_loop_t handle, whorl_task_function_t function, void *arg, const char *call, whorl__loop_t **ret_loop);
void whorl__loop_give_back(whorl__loop_t *loop); // from then on it may be gone
bool whorl__loop_main_done(void *loop);
void whorl__loop_forget_main(whorl__loop_t *loop); // its run is over

#endif
