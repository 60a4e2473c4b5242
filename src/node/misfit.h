// Incompatible QoS that no callback of a user is told of: a warning in the log.
//
// The transport's hook lists the endpoint; what it found is put into words and logged a little later, with no lock held: by the context's reaper, in a simulation by the world, whether anybody drives the node or not.
#ifndef WHORL_NODE_MISFIT_H
#define WHORL_NODE_MISFIT_H

#include <pthread.h>

#include "base/list.h"
#include "base/name.h"
#include "node/reaper.h"

struct whorl__context;
struct whorl__qos_events;

typedef struct whorl__misfits { // of a context
  pthread_mutex_t lock;         // a leaf, but for those of an endpoint's events and of the reaper
  whorl__list_t listed;         // whorl__qos_events_t
  whorl__reaper_job_t job;
  bool queued;
} whorl__misfits_t;

void whorl__misfits_init(whorl__misfits_t *misfits);
void whorl__misfits_fini(whorl__misfits_t *misfits);
// Inside a transport's hook; listed until it is told or forgotten.
void whorl__misfits_add(struct whorl__context *context, struct whorl__qos_events *events);
void whorl__misfits_forget(struct whorl__context *context, struct whorl__qos_events *events); // the endpoint is closed: no hook of it runs

typedef struct whorl__misfit {
  char logger[WHORL__NAME_FQN_SIZE], text[1024];
} whorl__misfit_t;
// The next one, in words; false: none is left. No lock held.
bool whorl__misfits_take(struct whorl__context *context, whorl__misfit_t *ret_misfit);
void whorl__misfit_log(const whorl__misfit_t *misfit); // calls the log's sink; nothing pinned

#endif
