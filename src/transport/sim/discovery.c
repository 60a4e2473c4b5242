#include <string.h>

#include "transport/sim/network.h"
#include "whorl/status.h"

static bool is_known(const sim_participant_t *participant, const sim_endpoint_t *endpoint)
{
  if (endpoint->participant == participant) return !endpoint->closed;
  return endpoint->participant->domain_id == participant->domain_id && endpoint->announced &&
         whorl__sim_pair(participant, endpoint->participant)->known;
}

typedef void (*visitor_t)(void *arg, const whorl__remote_endpoint_t *endpoint);

static void visit_one(const sim_endpoint_t *endpoint, visitor_t visit, void *arg)
{
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

static void visit_all(const whorl__list_t *endpoints, const sim_participant_t *participant, visitor_t visit, void *arg)
{
  for (const whorl__link_t *link = whorl__list_first(endpoints); link != NULL; link = whorl__list_next(endpoints, link)) {
    const sim_endpoint_t *endpoint = WHORL__CONTAINER(link, sim_endpoint_t, link);
    if (is_known(participant, endpoint)) visit_one(endpoint, visit, arg);
  }
}

// The same rule for the visitor as below.
static int visit_matched(const sim_endpoint_t *self, visitor_t visit, void *arg)
{
  pthread_mutex_lock(&self->participant->network->lock);
  for (const whorl__link_t *link = whorl__list_first(&self->paths); link != NULL; link = whorl__list_next(&self->paths, link)) {
    const sim_path_t *path = self->is_writer ? WHORL__CONTAINER(link, sim_path_t, writer_link)
                                             : WHORL__CONTAINER(link, sim_path_t, reader_link);
    if (path->met) visit_one(self->is_writer ? &path->reader->endpoint : &path->writer->endpoint, visit, arg);
  }
  pthread_mutex_unlock(&self->participant->network->lock);
  return WHORL_OK;
}

int whorl__sim_writer_visit_matched(whorl__writer_t *writer, visitor_t visit, void *arg)
{
  return visit_matched(&sim_writer_of(writer)->endpoint, visit, arg);
}

int whorl__sim_reader_visit_matched(whorl__reader_t *reader, visitor_t visit, void *arg)
{
  return visit_matched(&sim_reader_of(reader)->endpoint, visit, arg);
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
