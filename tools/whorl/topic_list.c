// whorl topic list, type, find
#include <stdlib.h>

#include "commands.h"
#include "listing.h"

static const option_t OPTIONS[] = {
    {"show-types", 't', NULL, "with their types"},
    {"count-topics", 'c', NULL, "only how many there are"},
    {"include-hidden-topics", 0, NULL, "those too of which a part begins with an underscore"},
    {"verbose", 'v', NULL, "with types, publishers and subscriptions"},
    {NULL, 0, NULL, NULL},
};

typedef struct ends {
  session_t *session;
  bool subscribed; // subscriptions, else publishers
} ends_t;

static void print_ends(const char *name, const char *const *types, size_t type_count, void *arg)
{
  const ends_t *ends = arg;
  const char *word = ends->subscribed ? "subscriber" : "publisher";
  size_t count = 0;
  (void)(ends->subscribed ? whorl_node_count_subscribers : whorl_node_count_publishers)(ends->session->node, name, &count);
  if (count == 0) return;
  char *line = types_line(types, type_count);
  printf(" * %s [%s] %zu %s%s\n", name, line, count, word, count > 1 ? "s" : "");
  free(line);
}

static int print_verbose(session_t *session, bool hidden)
{
  if (!session_look_around(session)) return FAILED;
  const whorl_graph_options_t options = {.skip_hidden = !hidden};
  ends_t ends = {.session = session};
  puts("Published topics:");
  int status = whorl_node_visit_topics(session->node, &options, print_ends, &ends);
  if (status < 0) return complain_status(status, "topics");
  puts("\nSubscribed topics:");
  ends.subscribed = true;
  status = whorl_node_visit_topics(session->node, &options, print_ends, &ends);
  return status < 0 ? complain_status(status, "topics") : DONE;
}

static int list(session_t *session)
{
  const arguments_t *arguments = session->arguments;
  const listing_t listing = {.lister = whorl_node_visit_topics,
                             .types = arguments_has(arguments, "show-types"),
                             .only_count = arguments_has(arguments, "count-topics"),
                             .hidden = arguments_has(arguments, "include-hidden-topics")};
  if (arguments_has(arguments, "verbose") && !listing.only_count) return print_verbose(session, listing.hidden);
  return listing_print(session, &listing);
}

static int run(const arguments_t *arguments) { return session_run(arguments, list, NULL); }

const command_t TOPIC_LIST = {
    .group = "topic",
    .name = "list",
    .words = "",
    .summary = "lists the topics",
    .lists = {OPTIONS, GRAPH_OPTIONS},
    .run = run,
};

static int type(session_t *session)
{
  return listing_print_types(session, whorl_node_visit_topics, arguments_word(session->arguments, 0), "topic");
}

static int run_type(const arguments_t *arguments) { return session_run(arguments, type, NULL); }

const command_t TOPIC_TYPE = {
    .group = "topic",
    .name = "type",
    .words = "TOPIC",
    .summary = "prints the type of a topic",
    .lists = {GRAPH_OPTIONS},
    .run = run_type,
};

static const option_t FIND_OPTIONS[] = {
    {"count-topics", 'c', NULL, "only how many there are"},
    {"include-hidden-topics", 0, NULL, "those too of which a part begins with an underscore"},
    {NULL, 0, NULL, NULL},
};

static int find(session_t *session)
{
  const listing_t listing = {.lister = whorl_node_visit_topics,
                             .only_count = arguments_has(session->arguments, "count-topics"),
                             .hidden = arguments_has(session->arguments, "include-hidden-topics"),
                             .of_type = arguments_word(session->arguments, 0)};
  return listing_print(session, &listing);
}

static int run_find(const arguments_t *arguments) { return session_run(arguments, find, NULL); }

const command_t TOPIC_FIND = {
    .group = "topic",
    .name = "find",
    .words = "TYPE",
    .summary = "lists the topics of a type",
    .lists = {FIND_OPTIONS, GRAPH_OPTIONS},
    .run = run_find,
};
