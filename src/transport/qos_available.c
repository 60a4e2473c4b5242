// "Best available": a profile that takes what the endpoints of its topic offer or want at this moment; nothing is changed later. As rmw_dds_common does it.
#include <string.h>

#include "base/dds_name.h"
#include "transport/transport.h"
#include "whorl/status.h"
#include "whorl/time.h"

// What the other side's endpoints have in common.
typedef struct survey {
  const char *dds_topic;
  bool of_writers;
  bool any_best_effort, any_volatile, any_automatic, any_manual;
  int64_t longest_deadline_ns, shortest_deadline_ns, longest_lease_ns, shortest_lease_ns;
  size_t count;
} survey_t;

static int64_t longer(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t shorter(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t limit_of(int64_t duration_ns) { return duration_ns == 0 ? WHORL_FOREVER : duration_ns; }

static void count(void *arg, const whorl__remote_endpoint_t *endpoint)
{
  survey_t *survey = arg;
  if (endpoint->is_writer != survey->of_writers || strcmp(endpoint->dds_topic, survey->dds_topic) != 0) return;
  const whorl_qos_t *qos = &endpoint->qos;
  survey->any_best_effort |= qos->reliability == WHORL_RELIABILITY_BEST_EFFORT;
  survey->any_volatile |= qos->durability == WHORL_DURABILITY_VOLATILE;
  survey->any_automatic |= qos->liveliness == WHORL_LIVELINESS_AUTOMATIC;
  survey->any_manual |= qos->liveliness == WHORL_LIVELINESS_MANUAL_BY_TOPIC;
  survey->longest_deadline_ns = longer(survey->longest_deadline_ns, limit_of(qos->deadline_ns));
  survey->shortest_deadline_ns = shorter(survey->shortest_deadline_ns, limit_of(qos->deadline_ns));
  survey->longest_lease_ns = longer(survey->longest_lease_ns, limit_of(qos->liveliness_lease_ns));
  survey->shortest_lease_ns = shorter(survey->shortest_lease_ns, limit_of(qos->liveliness_lease_ns));
  survey->count++;
}

static bool is_open(const whorl_qos_t *qos)
{
  return qos->reliability == WHORL_RELIABILITY_BEST_AVAILABLE || qos->durability == WHORL_DURABILITY_BEST_AVAILABLE ||
         qos->liveliness == WHORL_LIVELINESS_BEST_AVAILABLE || qos->deadline_ns == WHORL_QOS_DURATION_BEST_AVAILABLE ||
         qos->liveliness_lease_ns == WHORL_QOS_DURATION_BEST_AVAILABLE;
}

// The most that all known writers can satisfy: the reader asks for nothing that one of them lacks.
static whorl_qos_t best_for_reader(const survey_t *survey)
{
  return (whorl_qos_t){
      .reliability = survey->any_best_effort ? WHORL_RELIABILITY_BEST_EFFORT : WHORL_RELIABILITY_RELIABLE,
      .durability = survey->any_volatile ? WHORL_DURABILITY_VOLATILE : WHORL_DURABILITY_TRANSIENT_LOCAL,
      .liveliness = survey->any_automatic ? WHORL_LIVELINESS_AUTOMATIC : WHORL_LIVELINESS_MANUAL_BY_TOPIC,
      .deadline_ns = survey->count > 0 ? survey->longest_deadline_ns : WHORL_FOREVER,
      .liveliness_lease_ns = survey->count > 0 ? survey->longest_lease_ns : WHORL_FOREVER,
  };
}

// Offers everything that costs the writer no promise, and the promises that some reader insists on.
static whorl_qos_t best_for_writer(const survey_t *survey)
{
  return (whorl_qos_t){
      .reliability = WHORL_RELIABILITY_RELIABLE,
      .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
      .liveliness = survey->any_manual ? WHORL_LIVELINESS_MANUAL_BY_TOPIC : WHORL_LIVELINESS_AUTOMATIC,
      .deadline_ns = survey->shortest_deadline_ns,
      .liveliness_lease_ns = survey->shortest_lease_ns,
  };
}

int whorl__qos_resolve_at(whorl__participant_t *participant, const char *topic, bool is_writer, const whorl_qos_t *wanted,
                          whorl_qos_t *ret_resolved)
{
  whorl_qos_t resolved;
  WHORL_TRY(whorl__qos_resolve(wanted, &resolved));
  if (is_open(wanted)) {
    char dds_topic[WHORL__DDS_NAME_SIZE];
    WHORL_TRY(whorl__dds_topic_name(WHORL__DDS_TOPIC, topic, wanted->avoid_ros_namespace_conventions, dds_topic, sizeof dds_topic));
    survey_t survey = {
        .dds_topic = dds_topic, .of_writers = !is_writer, .shortest_deadline_ns = WHORL_FOREVER, .shortest_lease_ns = WHORL_FOREVER};
    WHORL_TRY(participant->ops->discovery_visit(participant, count, &survey));
    whorl_qos_t best = is_writer ? best_for_writer(&survey) : best_for_reader(&survey);
    if (wanted->reliability == WHORL_RELIABILITY_BEST_AVAILABLE) resolved.reliability = best.reliability;
    if (wanted->durability == WHORL_DURABILITY_BEST_AVAILABLE) resolved.durability = best.durability;
    if (wanted->liveliness == WHORL_LIVELINESS_BEST_AVAILABLE) resolved.liveliness = best.liveliness;
    if (wanted->deadline_ns == WHORL_QOS_DURATION_BEST_AVAILABLE) resolved.deadline_ns = best.deadline_ns;
    if (wanted->liveliness_lease_ns == WHORL_QOS_DURATION_BEST_AVAILABLE) resolved.liveliness_lease_ns = best.liveliness_lease_ns;
  }
  *ret_resolved = resolved;
  return WHORL_OK;
}
