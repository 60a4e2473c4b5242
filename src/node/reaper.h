// The reaper: a thread of the context that closes transport endpoints for loops.
//
// Deleting a DDS reader blocks until every thread of the middleware has moved on, a millisecond or more; no loop thread may wait that long. The promise to the user (no callback any more) already holds when a
// job comes here; the context waits for all jobs at its end. A simulation has no reaper: there closing is immediate and in order.
#ifndef WHORL_NODE_REAPER_H
#define WHORL_NODE_REAPER_H

#include "base/list.h"

typedef struct whorl__reaper whorl__reaper_t;
typedef struct whorl__reaper_job {
  whorl__link_t link;
  void (*run)(struct whorl__reaper_job *job);
} whorl__reaper_job_t;

int whorl__reaper_create(whorl__reaper_t **ret_reaper);
void whorl__reaper_destroy(whorl__reaper_t *reaper);                       // runs what is left
void whorl__reaper_add(whorl__reaper_t *reaper, whorl__reaper_job_t *job); // any thread; never fails

#endif
