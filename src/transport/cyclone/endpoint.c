// What writers and readers share: the topic, the name, the hook.
#include "base/dds_name.h"
#include "base/detail.h"
#include "base/memory.h"
#include "transport/cyclone/cyclone.h"
#include "whorl/status.h"

// Cyclone takes the sertype's reference on success and may give back one that it already had.
static int open_topic(whorl__cyclone_endpoint_t *endpoint, const whorl__endpoint_options_t *options)
{
  char name[WHORL__DDS_NAME_SIZE];
  int status = whorl__dds_topic_name(options->kind, options->topic, options->qos.avoid_ros_namespace_conventions, name, sizeof name);
  if (status < 0) return status;
  struct ddsi_sertype *sertype;
  status = whorl__sertype_new(options->type, options->kind != WHORL__DDS_TOPIC, &sertype);
  if (status < 0) return status;
  dds_entity_t topic = dds_create_topic_sertype(endpoint->participant->entity, name, &sertype, NULL, NULL, NULL);
  if (topic < 0) {
    ddsi_sertype_unref(sertype);
    status = topic == DDS_RETCODE_BAD_PARAMETER ? whorl__fail(WHORL_INVALID_NAME, "topic '%s' is no DDS topic name", name)
                                                : whorl__cyclone_fail(topic, "topic '%s' cannot be opened", name);
  } else {
    endpoint->topic = topic;
    endpoint->sertype = sertype;
  }
  return status;
}

// Cyclone counts the topics of a participant in 14 bits; what comes then it takes for a wrong parameter.
enum { MOST_ENDPOINTS = 16000 };

static int count_in(whorl__cyclone_participant_t *participant, const char *topic)
{
  if (atomic_fetch_add(&participant->endpoints, 1) < MOST_ENDPOINTS) return WHORL_OK;
  atomic_fetch_sub(&participant->endpoints, 1);
  return whorl__fail(WHORL_LIMIT_EXCEEDED,
                     "'%s' cannot be opened: Cyclone DDS has room for %d publishers, subscriptions and ends of services in a context",
                     topic, MOST_ENDPOINTS);
}

int whorl__cyclone_endpoint_open(whorl__cyclone_endpoint_t *endpoint, whorl__participant_t *participant,
                                 const whorl__endpoint_options_t *options)
{
  endpoint->participant = (whorl__cyclone_participant_t *)participant;
  endpoint->event = options->event;
  endpoint->arg = options->arg;
  int status = whorl__cyclone_type_get(options->type, &endpoint->companion);
  if (status < 0) return status;
  endpoint->name = whorl__strdup(options->topic);
  if (endpoint->name == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
  status = count_in(endpoint->participant, options->topic);
  if (status == WHORL_OK) {
    status = open_topic(endpoint, options);
    if (status < 0) atomic_fetch_sub(&endpoint->participant->endpoints, 1);
  }
  if (status < 0) whorl__free(endpoint->name);
  return status;
}

void whorl__cyclone_endpoint_close(whorl__cyclone_endpoint_t *endpoint)
{
  dds_delete(endpoint->topic);
  atomic_fetch_sub(&endpoint->participant->endpoints, 1);
  whorl__free(endpoint->name);
}
