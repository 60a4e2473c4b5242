// What several commands need to know of a topic.
#ifndef TOOL_TOPIC_H
#define TOOL_TOPIC_H

#include "session.h"

// The types that it is used with as far as is known now, added to the list.
void topic_types(session_t *session, const char *topic, names_t *types);
// Waits until the topic is in the graph, --spin-time at most, and gives its one type, the caller's to free. Complains and returns FAILED when there is none, or more than one.
int topic_wait_for_type(session_t *session, const char *topic, char **ret_type);
// The type that was given, or else the topic's, as above, and its support.
int topic_load_type(session_t *session, const char *topic, const char *given, whorl_message_type_t *ret_type);
// "a, b". The caller's to free.
char *types_line(const char *const *types, size_t count);

#endif
