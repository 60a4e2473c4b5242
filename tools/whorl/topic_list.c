// whorl topic list
#include <stdlib.h>

#include "commands.h"
#include "topic.h"

static const option_t OPTIONS[] = {
    {"show-types", 't', NULL, "with their types"},
    {"count-topics", 'c', NULL, "only how many there are"},
    {"include-hidden-topics", 0, NULL, "those too of which a part begins with an underscore"},
    {"verbose", 'v', NULL, "with types, publishers and subscriptions"},
    {NULL, 0, NULL, NULL},
};

typedef struct listing {
  session_t *session;
  bool types, only_count, subscribed;
  size_t count;
} listing_t;

static void print_topic(const char *name, const char *const *types, size_t type_count, void *arg)
{
  listing_t *listing = arg;
  listing->count++;
  if (listing->only_count) return;
  char *line = types_line(types, type_count);
  printf(listing->types ? "%s [%s]\n" : "%s\n", name, line);
  free(line);
}

static void print_ends(const char *name, const char *const *types, size_t type_count, void *arg)
{
  const listing_t *listing = arg;
  const char *word = listing->subscribed ? "subscriber" : "publisher";
  size_t count = 0;
  (void)(listing->subscribed ? whorl_node_count_subscribers : whorl_node_count_publishers)(listing->session->node, name, &count);
  if (count == 0) return;
  char *line = types_line(types, type_count);
  printf(" * %s [%s] %zu %s%s\n", name, line, count, word, count > 1 ? "s" : "");
  free(line);
}

static int visit(listing_t *listing, whorl_names_visitor_t visitor)
{
  const whorl_graph_options_t options = {.skip_hidden = !arguments_has(listing->session->arguments, "include-hidden-topics")};
  int status = whorl_node_visit_topics(listing->session->node, &options, visitor, listing);
  return status < 0 ? complain_status(status, "topics") : DONE;
}

static int list(session_t *session)
{
  session_look_around(session);
  listing_t listing = {.session = session, .types = arguments_has(session->arguments, "show-types")};
  listing.only_count = arguments_has(session->arguments, "count-topics");
  if (!arguments_has(session->arguments, "verbose") || listing.only_count) {
    int code = visit(&listing, print_topic);
    if (code == DONE && listing.only_count) printf("%zu\n", listing.count);
    return code;
  }
  puts("Published topics:");
  int code = visit(&listing, print_ends);
  puts("\nSubscribed topics:");
  listing.subscribed = true;
  return code == DONE ? visit(&listing, print_ends) : code;
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
