#include "node/qos_policy.h"

#include <inttypes.h>
#include <stdio.h>

#include "whorl/time.h"

enum { DDS_DURABILITY = 2, DDS_DEADLINE = 4, DDS_LIVELINESS = 8, DDS_RELIABILITY = 11 }; // DDS policy ids
enum { VALUE_SIZE = 64 };

whorl_qos_policy_t whorl__qos_policy_of(uint32_t dds_policy)
{
  switch (dds_policy) {
  case 0: return WHORL_QOS_POLICY_NONE;
  case DDS_DURABILITY: return WHORL_QOS_POLICY_DURABILITY;
  case DDS_DEADLINE: return WHORL_QOS_POLICY_DEADLINE;
  case DDS_LIVELINESS: return WHORL_QOS_POLICY_LIVELINESS;
  case DDS_RELIABILITY: return WHORL_QOS_POLICY_RELIABILITY;
  default: return WHORL_QOS_POLICY_OTHER;
  }
}

const char *whorl_qos_policy_name(whorl_qos_policy_t policy)
{
  static const char *const names[] = {"NO_QOS_POLICY",         "DURABILITY_QOS_POLICY",  "DEADLINE_QOS_POLICY",
                                      "LIVELINESS_QOS_POLICY", "RELIABILITY_QOS_POLICY", "UNKNOWN_QOS_POLICY"};
  return (unsigned)policy < sizeof names / sizeof *names ? names[policy] : "UNKNOWN_QOS_POLICY";
}

bool whorl__qos_policy_asks_for_more(whorl_qos_policy_t policy, const whorl_qos_t *offered, const whorl_qos_t *requested)
{
  switch (policy) {
  case WHORL_QOS_POLICY_RELIABILITY:
    return offered->reliability == WHORL_RELIABILITY_BEST_EFFORT && requested->reliability == WHORL_RELIABILITY_RELIABLE;
  case WHORL_QOS_POLICY_DURABILITY:
    return offered->durability == WHORL_DURABILITY_VOLATILE && requested->durability == WHORL_DURABILITY_TRANSIENT_LOCAL;
  case WHORL_QOS_POLICY_DEADLINE: return offered->deadline_ns > requested->deadline_ns;
  case WHORL_QOS_POLICY_LIVELINESS:
    return offered->liveliness_lease_ns > requested->liveliness_lease_ns ||
           (offered->liveliness == WHORL_LIVELINESS_AUTOMATIC && requested->liveliness == WHORL_LIVELINESS_MANUAL_BY_TOPIC);
  default: return false;
  }
}

static void say_duration(char *words, const char *before, int64_t duration_ns)
{
  if (duration_ns == 0 || duration_ns == WHORL_FOREVER)
    snprintf(words, VALUE_SIZE, "%sunlimited", before);
  else
    snprintf(words, VALUE_SIZE, "%s%" PRId64 " ns", before, duration_ns);
}

static void say_value(char *words, whorl_qos_policy_t policy, const whorl_qos_t *qos)
{
  switch (policy) {
  case WHORL_QOS_POLICY_RELIABILITY:
    snprintf(words, VALUE_SIZE, "%s", qos->reliability == WHORL_RELIABILITY_BEST_EFFORT ? "best effort" : "reliable");
    return;
  case WHORL_QOS_POLICY_DURABILITY:
    snprintf(words, VALUE_SIZE, "%s", qos->durability == WHORL_DURABILITY_TRANSIENT_LOCAL ? "transient local" : "volatile");
    return;
  case WHORL_QOS_POLICY_DEADLINE: say_duration(words, "", qos->deadline_ns); return;
  case WHORL_QOS_POLICY_LIVELINESS:
    say_duration(words, qos->liveliness == WHORL_LIVELINESS_MANUAL_BY_TOPIC ? "manual by topic, lease " : "automatic, lease ",
                 qos->liveliness_lease_ns);
    return;
  default: snprintf(words, VALUE_SIZE, "something else"); return;
  }
}

int whorl__qos_policy_say(char *words, size_t size, whorl_qos_policy_t policy, const whorl_qos_t *offered, const whorl_qos_t *requested)
{
  char offer[VALUE_SIZE], request[VALUE_SIZE];
  say_value(offer, policy, offered);
  say_value(request, policy, requested);
  return snprintf(words, size, "%s offered %s, requested %s", whorl_qos_policy_name(policy), offer, request);
}
