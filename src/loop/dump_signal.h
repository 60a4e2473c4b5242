// A signal that asks a loop for a dump. The dump is made on the loop's thread between two turns: a loop that is stuck in a callback answers later.
#ifndef WHORL_LOOP_DUMP_SIGNAL_H
#define WHORL_LOOP_DUMP_SIGNAL_H

#include <uv.h>

#include "task/core.h"

typedef struct whorl__dump_signal {
  uv_signal_t handle;
  whorl__core_t *core;
  whorl_dump_sink_t sink;
  void *arg;
  bool open;
} whorl__dump_signal_t;

// `number` 0: does nothing, and neither does its close. INVALID_ARGUMENT: no sink, or a number that cannot be caught.
int whorl__dump_signal_open(whorl__dump_signal_t *self, uv_loop_t *uv, whorl__core_t *core, int number, whorl_dump_sink_t sink, void *arg);
void whorl__dump_signal_close(whorl__dump_signal_t *self); // the loop does not run

#endif
