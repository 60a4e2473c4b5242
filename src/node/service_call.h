// One request at a server, from its take to its answer.
//
// Two references: the handler's run, and whoever has the right to answer (a kept call's). The right itself is the handle: who retires it answers, drops, or lets it go.
#ifndef WHORL_NODE_SERVICE_CALL_H
#define WHORL_NODE_SERVICE_CALL_H

#include "node/service.h"

typedef struct whorl__service_call {
  whorl__link_t link; // in service->kept_calls, or in its backlog
  uint64_t id;
  whorl_service_t service;
  atomic_uint references;
  bool kept, over;         // the service's lock; over: the handler has returned
  whorl__sample_t *sample; // of the request
  whorl__message_t *response;
  whorl__message_t *copy; // what is sent while the handler still has `response`; else NULL
} whorl__service_call_t;

// Takes over the sample, in every outcome. NO_MEMORY.
int whorl__service_call_create(whorl__service_t *service, whorl__sample_t *sample, whorl__service_call_t **ret_call);
void whorl__service_call_ref(whorl__service_call_t *call);
void whorl__service_call_unref(whorl__service_call_t *call);
// The handler has returned OK (`send`) or not: answers unless it was kept or answered, and ends the run's reference. Where the client cannot receive it yet, the backlog answers.
int whorl__service_call_finish(whorl__service_t *service, whorl__service_call_t *call, bool send);
// Of a new one that no handler runs for: as if one had kept it and returned.
void whorl__service_call_keep_taken(whorl__service_t *service, whorl__service_call_t *call);
// Copies a whole response into a call that somebody keeps, who may be late: DESTROYED when the call has ended. NO_MEMORY, MALFORMED.
int whorl__service_call_set_response(whorl_service_call_t call, const void *response);
// The service's handle has ended: kept calls end too.
void whorl__service_call_end_kept(whorl__service_t *service);

#endif
