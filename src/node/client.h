// Inside a client: a writer of requests, a reader of answers, and the calls between them.
#ifndef WHORL_NODE_CLIENT_H
#define WHORL_NODE_CLIENT_H

#include "node/blocking.h"
#include "node/calls.h"
#include "node/entity.h"
#include "node/service_endpoint.h"
#include "node/throttle.h"
#include "task/changes.h"
#include "whorl/client.h"

typedef struct whorl__client {
  whorl__entity_t entity;
  whorl__writer_t *writer;
  whorl__reader_t *reader;
  char *service;
  whorl__throttle_t throttle;
  whorl__calls_t *calls;
  whorl__changes_t *changes; // of what is matched
  _Atomic uint64_t ready_at; // its count when the service was seen to be available
  whorl__service_events_t events;
  whorl__record_t record; // of its events, with strict_qos
} whorl__client_t;

int whorl__client_pin(whorl_client_t handle, whorl__client_t **ret_client);
void whorl__client_unpin(whorl_client_t handle);
int whorl__client_fail_destroyed(const char *what); // "while it waited for the service"
// Around a wait that a plain thread may block in (blocking.h). Not pinned.
int whorl__client_begin_blocking(whorl_client_t handle, whorl__blocking_t *blocking, const char *function);
// May suspend, not pinned. CANCELED, DESTROYED, NO_MEMORY.
int whorl__client_await_service(whorl_client_t handle);

#endif
