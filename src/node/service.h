// Inside a service.
#ifndef WHORL_NODE_SERVICE_H
#define WHORL_NODE_SERVICE_H

#include "node/backlog.h"
#include "node/entity.h"
#include "node/service_endpoint.h"
#include "node/throttle.h"
#include "task/changes.h"
#include "whorl/service.h"

enum { WHORL__SERVICE_KNOWN = 16 };

typedef struct whorl__known_client { // one that could be reached
  uint8_t gid[16], reader[16];       // its request writer and its reply reader
  uint64_t seen;                     // of the changes, when that was found out
  bool in_touch;                     // and that since then
} whorl__known_client_t;

typedef struct whorl__service {
  whorl__entity_t entity;
  whorl__record_t record;
  whorl__reader_t *reader;
  whorl__writer_t *writer;
  char *name;
  whorl_service_callback_t callback;
  void *arg;
  uint64_t kept; // constant: unacknowledged answers that the history keeps; 0: all
  whorl__throttle_t throttle;
  whorl__service_events_t events;
  whorl__changes_t *changes; // of what is matched
  pthread_mutex_t lock;      // the rest; a leaf
  whorl__list_t kept_calls;  // whorl__service_call_t.link
  whorl_service_counts_t counts;
  whorl__backlog_t backlog;
  whorl__known_client_t known[WHORL__SERVICE_KNOWN];
} whorl__service_t;

int whorl__service_pin(whorl_service_t handle, whorl__service_t **ret_service);
void whorl__service_unpin(whorl_service_t handle);
void whorl__service_count(whorl__service_t *service, uint64_t *counter);
// Whose handler the calling task is; it is there at least as long. NULL: none's.
whorl__service_t *whorl__service_of_caller(void);
// Does a service of that name wait for the exclusive callback group that the calling callback keeps busy? Then its request reader.
bool whorl__service_waits_for_caller(const char *name, uint8_t ret_request_reader[16]);

#endif
