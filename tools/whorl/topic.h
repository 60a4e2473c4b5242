// What several commands need to know of a topic.
#ifndef TOOL_TOPIC_H
#define TOOL_TOPIC_H

#include "session.h"

// The type that was given, or else that of the topic, which is waited for, --spin-time at most; and its support. Complains and returns FAILED when there is none, or more than one: `remedy`, "name one". Then the topic's ends have been looked for, unless both type and QoS are given.
int topic_load_type(session_t *session, const char *topic, const char *given, const char *remedy, whorl_message_type_t *ret_type);
// For a subscription: what the publishers that are there offer, without any what every publisher offers; and what the command line says.
bool topic_choose_qos(session_t *session, const char *topic, whorl_qos_t *ret_qos, fault_t *fault);

#endif
