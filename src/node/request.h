// A request that no task waits for: its answer goes into a future.
//
// The future owns it. It is open like any call of its client; who destroys or abandons the future takes it out. An answer is kept as it comes: the message itself when it was sent in this process, else
// the received bytes, which are decoded on the thread of whoever asks for them first.
#ifndef WHORL_NODE_REQUEST_H
#define WHORL_NODE_REQUEST_H

#include "node/calls.h"
#include "task/future.h"

typedef struct whorl__request {
  whorl__link_t pool_link;
  whorl__call_t call;
  whorl__calls_t *calls;
  whorl__future_t *future;
  whorl__message_t *message; // of the answer; or else
  whorl__sample_t *sample;   // what it is decoded from
  atomic_bool malformed;     // and counted
} whorl__request_t;

// Not yet open: that is what its call is for. The future ends it. `now_ns`: steady time. NO_MEMORY.
int whorl__request_create(whorl__calls_t *calls, const char *service, int64_t now_ns, whorl__request_t **ret_request,
                          whorl_future_t *ret_future);

#endif
