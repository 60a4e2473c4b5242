// whorl topic info
#include <stdlib.h>

#include "commands.h"
#include "endpoint.h"
#include "listing.h"

static const option_t OPTIONS[] = {
    {"verbose", 'v', NULL, "with each publisher and subscription: node, type, GID, QoS"},
    {NULL, 0, NULL, NULL},
};

static int print_side(session_t *session, const char *topic, bool subscriptions, bool verbose)
{
  size_t count = 0;
  int status = (subscriptions ? whorl_node_count_subscribers : whorl_node_count_publishers)(session->node, topic, &count);
  if (status < 0) return complain_status(status, topic);
  printf("%s count: %zu\n", subscriptions ? "Subscription" : "Publisher", count);
  if (!verbose) return DONE;
  putchar('\n');
  status = (subscriptions ? whorl_node_visit_subscriptions : whorl_node_visit_publishers)(session->node, topic, NULL, endpoint_print, NULL);
  return status < 0 ? complain_status(status, topic) : DONE;
}

static int info(session_t *session)
{
  const char *topic = arguments_word(session->arguments, 0);
  const bool verbose = arguments_has(session->arguments, "verbose");
  names_t types = {0};
  if (!listing_wait_for_types(session, whorl_node_visit_topics, topic, &types))
    return session_interrupted(session) ? FAILED : complain("topic '%s' is not known", topic);
  names_fini(&types);
  if (!session_look_around(session)) return FAILED; // for its other ends
  listing_types(session, whorl_node_visit_topics, topic, &types);
  char *line = types_line((const char *const *)types.at, types.count);
  printf(verbose ? "Type: %s\n\n" : "Type: %s\n", line);
  free(line);
  names_fini(&types);
  int code = print_side(session, topic, false, verbose);
  return code == DONE ? print_side(session, topic, true, verbose) : code;
}

static int run(const arguments_t *arguments) { return session_run(arguments, info, NULL); }

const command_t TOPIC_INFO = {
    .group = "topic",
    .name = "info",
    .words = "TOPIC",
    .summary = "says who publishes and who subscribes",
    .lists = {OPTIONS, GRAPH_OPTIONS},
    .run = run,
};
