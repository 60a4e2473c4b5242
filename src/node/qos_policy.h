// One policy of a pair's QoS: does it fit, and both values in words. Profiles are resolved.
#ifndef WHORL_NODE_QOS_POLICY_H
#define WHORL_NODE_QOS_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "whorl/qos.h"
#include "whorl/qos_event.h"

// DDS's number of a policy, 0: none.
whorl_qos_policy_t whorl__qos_policy_of(uint32_t dds_policy);
// Does the reader ask for more than the writer offers? Of NONE and OTHER nothing is known: false.
bool whorl__qos_policy_asks_for_more(whorl_qos_policy_t policy, const whorl_qos_t *offered, const whorl_qos_t *requested);
// "RELIABILITY_QOS_POLICY offered best effort, requested reliable"; cut where it does not fit. As snprintf otherwise.
int whorl__qos_policy_say(char *words, size_t size, whorl_qos_policy_t policy, const whorl_qos_t *offered, const whorl_qos_t *requested);

#endif
