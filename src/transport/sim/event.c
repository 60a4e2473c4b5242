#include <assert.h>

#include "transport/sim/network.h"
#include "whorl/time.h"

void whorl__sim_disarm(whorl__sim_network_t *network, sim_event_t *event)
{
  if (!event->node.queued) return;
  whorl__heap_remove(&network->events, &event->node);
  if (!event->background) network->foreground--;
}

void whorl__sim_arm(whorl__sim_network_t *network, sim_event_t *event, int64_t due_ns)
{
  assert(event->happen != NULL);
  whorl__sim_disarm(network, event);
  if (due_ns == WHORL_FOREVER) return;
  event->due_ns = due_ns;
  event->order = network->event_order++;
  whorl__heap_push(&network->events, &event->node);
  if (!event->background) network->foreground++;
}

int64_t whorl__sim_next_delivery(whorl__sim_network_t *network)
{
  pthread_mutex_lock(&network->lock);
  const whorl__heap_node_t *top = whorl__heap_top(&network->events);
  int64_t due_ns = top != NULL ? WHORL__CONTAINER(top, sim_event_t, node)->due_ns : WHORL_FOREVER;
  pthread_mutex_unlock(&network->lock);
  return due_ns;
}

bool whorl__sim_is_idle(whorl__sim_network_t *network)
{
  pthread_mutex_lock(&network->lock);
  bool idle = network->foreground == 0;
  pthread_mutex_unlock(&network->lock);
  return idle;
}

size_t whorl__sim_deliver(whorl__sim_network_t *network)
{
  int64_t now_ns = whorl__sim_steady_ns(network), busy_ns = INT64_MIN;
  size_t happened = 0;
  pthread_mutex_lock(&network->lock);
  whorl__heap_node_t *top;
  while ((top = whorl__heap_top(&network->events)) != NULL) {
    sim_event_t *event = WHORL__CONTAINER(top, sim_event_t, node);
    if (event->due_ns > now_ns) break;
    if (event->lapse && event->due_ns == busy_ns) break; // whoever got something at this instant may still answer in it
    if (!event->lapse) busy_ns = event->due_ns;
    whorl__sim_disarm(network, event);
    event->happen(network, event);
    happened++;
  }
  pthread_mutex_unlock(&network->lock);
  return happened;
}
