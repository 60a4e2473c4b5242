// Service: answers requests. A handler is a task: it may suspend, and it may keep a request and answer it later.
#ifndef WHORL_SERVICE_H
#define WHORL_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "whorl/callback_group.h"
#include "whorl/message.h"
#include "whorl/node.h"
#include "whorl/qos.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_service {
  uint64_t id;
} whorl_service_t;

// One request and its answer to be.
typedef struct whorl_service_call {
  uint64_t id;
} whorl_service_call_t;

// Runs as a task of the node's scope; may suspend. `request` is read only. `response` is initialised with its default values; fill it. Both live until the answer is sent or dropped. Returning OK sends
// `response`, unless `call` was kept or answered. An error sends no answer and ends the node's scope with that error.
typedef int (*whorl_service_callback_t)(const void *request, void *response, whorl_service_call_t call, void *arg);

typedef struct whorl_service_options {   // zero: the default
  const whorl_qos_t *qos;                // NULL: WHORL_QOS_SERVICES
  uint32_t max_in_flight;                // handlers at a time, as whorl_subscription_options_t has it; a kept call does not count
  whorl_callback_group_t callback_group; // zero: the node's default one
  bool by_hand;                          // no callback: for whorl_service_take and wait sets
  bool strict_qos; // as a publisher's, of requests and answers; taken by hand, only the creation fails, and what comes later is logged
} whorl_service_options_t;

// Owned by the node; `ret_service` may be NULL, and is set before the first request. Handlers run while the node is open; up to 1,024 requests (or the history's depth) wait, then the oldest is dropped and
// counted. An answer that cannot be delivered is an error of that request alone: counted, and the others are served. Any thread. Statuses as whorl_client_create.
int whorl_service_create(whorl_node_t node, whorl_service_type_t type, const char *service, whorl_service_callback_t callback, void *arg,
                         const whorl_service_options_t *options, whorl_service_t *ret_service);
// As whorl_node_destroy: cancels its handlers and waits for them; from inside one of them, or from a post, it returns at once. Kept calls end unanswered: their handles become DESTROYED.
int whorl_service_destroy(whorl_service_t service);

// In the handler: its return sends nothing; `request` and `response` stay valid until whorl_service_call_answer or _drop. Does not suspend; a second keep does nothing. DESTROYED: it was answered already, or the handler has returned.
int whorl_service_call_keep(whorl_service_call_t call);
// Sends `response` as it is now, and ends the call: in the handler, or later from any task or plain thread. May suspend a task, or block a plain thread (docs/tasks.md R35), until the client can receive it
// (while its discovery is under way; one that is matched but has not been heard yet gets a second to acknowledge: docs/services.md), or while the middleware throttles. OK also when the client has gone meanwhile: there is nobody to answer then. DESTROYED: answered or dropped before, or the service is
// gone. CANCELED; SHUTDOWN: that of the context, on a plain thread; then the answer was not sent. WOULD_DEADLOCK: it cannot be sent yet, and nothing may wait here (a post, a release function, a
// callback of libuv; a plain thread in a simulation): the call is as it was. WOULD_BLOCK: it is throttled there, and the call is over. MALFORMED, NO_MEMORY, TRANSPORT_ERROR.
int whorl_service_call_answer(whorl_service_call_t call);
int whorl_service_call_drop(whorl_service_call_t call); // ends it without an answer; any thread

// The oldest request that waits, under any driver or none: each goes to one taker or one handler. It is as if a handler had kept it: `ret_request` and `ret_response` are valid until whorl_service_call_answer or _drop,
// one of which ends it, or the service's end does. Any thread; never suspends. Malformed ones are counted and passed over. WOULD_BLOCK: nothing waits. NO_MEMORY: that request is lost.
int whorl_service_take(whorl_service_t service, const void **ret_request, void **ret_response, whorl_service_call_t *ret_call);
// received = taken + dropped + what waits; malformed ones are among the taken. answers: those that went out. unreachable: answers to clients that had gone, or did not come. failed: those of handlers that the
// middleware refused (who calls whorl_service_call_answer is told instead). kept: calls kept now.
typedef struct whorl_service_counts {
  uint64_t received, taken, dropped, malformed, answers, unreachable, failed;
  size_t kept;
} whorl_service_counts_t;
int whorl_service_read_counts(whorl_service_t service, whorl_service_counts_t *ret_counts);
const char *whorl_service_name(whorl_service_t service); // expanded; "" when stale. Lives as long as the service

#ifdef __cplusplus
}
#endif
#endif
