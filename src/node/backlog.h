// A service's answers that wait for their clients: to be discovered, and to be in touch. In order per client, and no client waits for another one. A task of the node's sends them.
//
// To a client that is not in touch one answer is written at once, as that is what brings it in touch soon; the others follow when it has acknowledged that one, when it has had its time, or go with it.
#ifndef WHORL_NODE_BACKLOG_H
#define WHORL_NODE_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

enum { WHORL__BACKLOG_MAX = 1000 }; // answers; more are dropped, and counted

struct whorl__service;
struct whorl__service_call;

typedef struct whorl__backlog { // under the service's lock
  whorl__list_t clients;
  unsigned answers;
  bool sending; // there is a task that does
  bool ended;   // for good
} whorl__backlog_t;

bool whorl__backlog_has(const whorl__backlog_t *backlog, const uint8_t request_writer[16]); // lock held
// Takes a reference of the call's, whose handler is in flight. NO_MEMORY. What finds no room, no service any more (another thread may destroy it meanwhile) or no node that could send it, is counted as unreachable.
int whorl__backlog_add(struct whorl__service *service, struct whorl__service_call *call);
void whorl__backlog_end(struct whorl__service *service); // the service's handle has ended: nobody is answered any more

#endif
