// Incompatible QoS, and messages that pile up, where no callback of a user is told of it: a warning in the log.
//
// The transport's hook lists the endpoint; what it found is put into words and logged a little later, with no lock held: by the context's reaper, in a simulation by the world, whether anybody drives the node or not.
#ifndef WHORL_NODE_UNHEARD_H
#define WHORL_NODE_UNHEARD_H

#include <pthread.h>

#include "base/list.h"
#include "base/name.h"
#include "node/reaper.h"
#include "whorl/qos_event.h"

struct whorl__context;
struct whorl__qos_events;

typedef struct whorl__unheard { // of a context
  pthread_mutex_t lock;         // a leaf, but for those of an endpoint's events and of the reaper
  whorl__list_t listed;         // whorl__qos_events_t
  whorl__reaper_job_t job;
  bool queued;
} whorl__unheard_t;

void whorl__unheard_init(whorl__unheard_t *unheard);
void whorl__unheard_fini(whorl__unheard_t *unheard);
// Inside a transport's hook; listed until it is told or forgotten.
void whorl__unheard_add(struct whorl__context *context, struct whorl__qos_events *events, whorl_qos_event_kind_t kind);
void whorl__unheard_forget(struct whorl__context *context, struct whorl__qos_events *events); // the endpoint is closed: no hook of it runs

typedef struct whorl__warning {
  char logger[WHORL__NAME_FQN_SIZE], text[1024];
} whorl__warning_t;
// The next one, in words; false: none is left. No lock held.
bool whorl__unheard_take(struct whorl__context *context, whorl__warning_t *ret_warning);
void whorl__warning_log(const whorl__warning_t *warning); // calls the log's sink; nothing pinned

#endif
