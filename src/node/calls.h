// The open calls of one client: requests that wait for their answer, by number.
//
// An answer is given where the transport stores it, inside its hook: the call that waits for the number gets the sample, and its task is committed (first commit wins). So a callback that waits for an
// answer needs nobody to run another callback for it. Decoding is the resumed task's. A call may also be somebody else's than a task's (request.h): then that one is told. Everything here is type-stable: a call that was cancelled takes itself out of whatever is there now.
#ifndef WHORL_NODE_CALLS_H
#define WHORL_NODE_CALLS_H

#include "message/sample.h"
#include "task/wait.h"
#include "whorl/client.h"

typedef struct whorl__calls whorl__calls_t;

typedef struct whorl__call { // on its task's stack; the calls' lock
  // Set before it is opened; else zero. `end`: instead of a task it is told, once and under the lock, that the call has ended, with its answer (it takes a reference of what it keeps) or, NULL, the reason
  // why there is none; false: nobody wants it any more. `sent_ns`: for pruning.
  bool (*end)(struct whorl__call *call, whorl__sample_t *answer, int status);
  int64_t sent_ns;
  whorl__link_t link; // unlinked: it has its answer, or will have none
  int64_t number;
  uint64_t client;
  whorl__sample_t *answer; // its reference
  whorl__waiter_t waiter;
  bool waiting;
  int status; // unlinked without an answer: why
} whorl__call_t;

whorl__calls_t *whorl__calls_create(void); // NULL: no memory
// Whose answers they are, and of which service (lives until they are closed): before the first call.
void whorl__calls_set_client(whorl__calls_t *calls, uint64_t client, const char *service);
void whorl__calls_close(whorl__calls_t *calls);   // open calls end with DESTROYED
void whorl__calls_release(whorl__calls_t *calls); // nobody can come any more
whorl_client_counts_t whorl__calls_read_counts(whorl__calls_t *calls);
void whorl__calls_count_malformed(whorl__calls_t *calls, const whorl__call_t *call);

// Before the request goes out. DESTROYED, NO_MEMORY.
int whorl__calls_open(whorl__calls_t *calls, whorl__call_t *call, int64_t number);
// For a reader's `incoming` hook.
void whorl__calls_answer(whorl__calls_t *calls, whorl__sample_t *sample);
// May suspend; after the request has gone out. The answer with its reference; CANCELED, DESTROYED: the call is closed.
int whorl__calls_wait(whorl__calls_t *calls, whorl__call_t *call, whorl__sample_t **ret_answer);
// Ends with ABANDONED what no task waits for and was sent at `sent_ns` or earlier; how many.
size_t whorl__calls_prune(whorl__calls_t *calls, int64_t sent_ns);
// Instead of waiting: the request could not go out, or nobody wants its answer any more. Harmless when it has ended.
void whorl__calls_forget(whorl__calls_t *calls, whorl__call_t *call);

#endif
