#include <string.h>

#include "transport/sim/network.h"
#include "whorl/status.h"

static bool is_known(const sim_participant_t *participant, const sim_endpoint_t *endpoint)
{
  if (endpoint->participant == participant) return !endpoint->closed;
  return endpoint->participant->domain_id == participant->domain_id && endpoint->announced &&
         whorl__sim_pair(participant, endpoint->participant)->known;
}

static void visit_all(const whorl__list_t *endpoints, const sim_participant_t *participant,
                      void (*visit)(void *arg, const whorl__remote_endpoint_t *endpoint), void *arg)
{
  for (const whorl__link_t *link = whorl__list_first(endpoints); link != NULL; link = whorl__list_next(endpoints, link)) {
    const sim_endpoint_t *endpoint = WHORL__CONTAINER(link, sim_endpoint_t, link);
    if (!is_known(participant, endpoint)) continue;
    whorl__remote_endpoint_t seen = {
        .is_writer = endpoint->is_writer,
        .dds_topic = endpoint->dds_topic,
        .dds_type = endpoint->type->dds_name,
        .user_data = endpoint->user_data,
        .qos = endpoint->qos,
    };
    memcpy(seen.gid, endpoint->gid, sizeof seen.gid);
    memcpy(seen.participant_gid, endpoint->participant->base.gid, sizeof seen.participant_gid);
    visit(arg, &seen);
  }
}

// The visitor runs under the network's lock: it may allocate, but not call the transport.
int whorl__sim_discovery_visit(whorl__participant_t *base, void (*visit)(void *arg, const whorl__remote_endpoint_t *endpoint), void *arg)
{
  sim_participant_t *participant = sim_participant_of(base);
  whorl__sim_network_t *network = participant->network;
  pthread_mutex_lock(&network->lock);
  visit_all(&network->writers, participant, visit, arg);
  visit_all(&network->readers, participant, visit, arg);
  pthread_mutex_unlock(&network->lock);
  return WHORL_OK;
}

void whorl__sim_discovery_hook(whorl__participant_t *base, void (*change)(void *arg), void *arg)
{
  sim_participant_t *participant = sim_participant_of(base);
  pthread_mutex_lock(&participant->network->lock);
  participant->change = change;
  participant->change_arg = arg;
  pthread_mutex_unlock(&participant->network->lock);
}
