// Client: calls a service. The task that calls waits for the answer; its thread goes on with other work. A plain thread that calls blocks.
#ifndef WHORL_CLIENT_H
#define WHORL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "whorl/message.h"
#include "whorl/node.h"
#include "whorl/qos.h"
#include "whorl/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_client {
  uint64_t id;
} whorl_client_t;

typedef struct whorl_client_options { // zero: the default
  const whorl_qos_t *qos;             // NULL: WHORL_QOS_SERVICES
  bool strict_qos;                    // as a publisher's, of requests and answers: a server that does not fit is an error
} whorl_client_options_t;

// Owned by the node; needs no open node. Any thread. Blocks for a moment (discovery is told). The service's name is expanded with the node's names.
// INVALID_NAME, INVALID_QOS, INVALID_TYPE, INCOMPATIBLE_QOS (strict_qos; the sentence names service, policy, both values and the other node), DESTROYED, SHUTDOWN, LIMIT_EXCEEDED (docs/transport.md), NO_MEMORY, TRANSPORT_ERROR.
int whorl_client_create(whorl_node_t node, whorl_service_type_t type, const char *service, const whorl_client_options_t *options,
                        whorl_client_t *ret_client);
// Any thread. Open calls and waits end with DESTROYED; answers that come later are dropped. A second destroy is DESTROYED and harmless.
int whorl_client_destroy(whorl_client_t client);

// May suspend, until the service is available: a server has been found, and both ways to it are ready, so that neither a request nor an answer is lost. Driven by discovery. No time limit of its own: use
// a timeout. Inside a task, or on a plain thread (docs/tasks.md R35), which it blocks: then a shutdown of the context ends it too (SHUTDOWN). CANCELED, DESTROYED, NO_MEMORY. WOULD_DEADLOCK where nothing may
// wait (a post, a release function, a callback of libuv), and on a plain thread in a simulation, whose world would not move.
int whorl_client_wait_for_service(whorl_client_t client);
bool whorl_client_service_is_ready(whorl_client_t client); // is it available now? Any thread; false when stale

// May suspend: waits until the service is available, sends the request, waits for its answer. Calls may be made from any task and any plain thread (the places and their statuses are those of the wait above), any number at a time; each gets its own answer. `request` is read before
// anything is sent and stays the caller's. `response` must be initialised (zeros will do); it is filled on success only, and what it owns then is the caller's to fini.
// The request is sent once. When the call ends otherwise (CANCELED by a timeout, say) it may have been carried out all the same; its answer is then counted as late, and dropped.
// CANCELED; DESTROYED: the client went away; MALFORMED: the answer, or the request, cannot be read; WOULD_DEADLOCK also when the caller is the only handler that the only server may have in flight, or keeps the exclusive callback group busy that the only server is in;
// SHUTDOWN, INVALID_ARGUMENT, NO_MEMORY, TRANSPORT_ERROR.
int whorl_client_call(whorl_client_t client, const void *request, void *response);

// Sends the request, once, and returns; the future is complete when its answer is there. Any thread, tasks or not. Does not wait for the service: a request that no server has been found for yet is lost
// (whorl_client_wait_for_service). Suspends the task (blocks a plain thread) only while the writer is throttled, or its
// history is full of requests that a new server has not acknowledged; a post then gets WOULD_BLOCK. `request` is read before this returns.
// whorl_future_wait gives the answer, a const response that lives as long as the future; whorl_future_take copies it. Both end with DESTROYED when the client is destroyed first, with ABANDONED when the
// request is given up, with MALFORMED when the answer cannot be read. The future is yours to destroy: that gives up a request that is still open, as whorl_future_abandon does; its answer is then late.
// CANCELED, DESTROYED, MALFORMED, WOULD_BLOCK, INVALID_ARGUMENT, NO_MEMORY, TRANSPORT_ERROR: nothing is left open.
int whorl_client_send(whorl_client_t client, const void *request, whorl_future_t *ret_future);
// Gives up what was sent by whorl_client_send `age_ns` ago or earlier (steady time; 0: all of it) and has no answer: those futures end with ABANDONED. Calls that a task waits in have their own limits and
// stay. Any thread. How many go to `ret_count`, which may be NULL.
int whorl_client_prune_requests(whorl_client_t client, int64_t age_ns, size_t *ret_count);

// open: calls and sent requests that wait for their answer. requests = answers + open + those that were given up. late: answers to calls that were given up, second answers, and answers to nothing. malformed: of the answers.
typedef struct whorl_client_counts {
  uint64_t requests, answers, late, malformed;
  size_t open;
} whorl_client_counts_t;
int whorl_client_read_counts(whorl_client_t client, whorl_client_counts_t *ret_counts);
const char *whorl_client_service(whorl_client_t client); // expanded name; "" when stale. Lives as long as the client

#ifdef __cplusplus
}
#endif
#endif
