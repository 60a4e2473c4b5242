// What topics, services and actions have in common: names with types.
#ifndef TOOL_LISTING_H
#define TOOL_LISTING_H

#include "session.h"

// whorl_node_visit_topics and its like.
typedef int (*lister_t)(whorl_node_t node, const whorl_graph_options_t *options, whorl_names_visitor_t visit, void *arg);

typedef struct listing {
  lister_t lister;
  bool types, only_count, hidden; // what to print
  const char *of_type;            // only those with that type; NULL: all
} listing_t;

// Looks around, then prints the names, each in a line. DONE, or FAILED after a complaint.
int listing_print(session_t *session, const listing_t *listing);
// The types that a name is used with as far as is known now, added to the list.
void listing_types(session_t *session, lister_t lister, const char *name, names_t *types);
// Waits until the name is known, --spin-time at most. False: it is not.
bool listing_wait_for_types(session_t *session, lister_t lister, const char *name, names_t *types);
// The same, and prints the types, each in a line. `noun`: "topic".
int listing_print_types(session_t *session, lister_t lister, const char *name, const char *noun);

char *types_line(const char *const *types, size_t count); // "a, b"; the caller's to free

#endif
