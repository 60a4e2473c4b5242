// The nodes of the graph by their full names.
#ifndef TOOL_NODES_H
#define TOOL_NODES_H

#include "session.h"

void nodes_list(session_t *session, names_t *names, bool hidden); // in alphabetical order; as often as they are there
// Waits until a node of that name is known, --spin-time at most, and gives its full name, the caller's to free. NULL after a complaint, or when it was interrupted.
char *nodes_wait_for(session_t *session, const char *name);

#endif
