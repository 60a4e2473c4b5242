// whorl node list, info
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "listing.h"
#include "nodes.h"

typedef struct collection {
  names_t *names;
  bool hidden;
} collection_t;

static void on_node(const char *name, const char *node_namespace, void *arg)
{
  collection_t *collection = arg;
  char *full = format_text("%s%s%s", node_namespace, strcmp(node_namespace, "/") == 0 ? "" : "/", name);
  if (collection->hidden || !whorl_name_is_hidden(full)) names_add(collection->names, full);
  free(full);
}

void nodes_list(session_t *session, names_t *names, bool hidden)
{
  (void)whorl_node_visit_nodes(session->node, on_node, &(collection_t){names, hidden});
  names_sort(names);
}

static bool is_there(session_t *session, void *arg)
{
  names_t names = {0};
  nodes_list(session, &names, true);
  bool there = names_have(&names, arg);
  names_fini(&names);
  return there;
}

char *nodes_wait_for(session_t *session, const char *name)
{
  char *full = full_name(name);
  if (session_wait_until(session, is_there, full)) return full;
  if (!session_interrupted(session)) (void)complain("node '%s' is not known", full);
  free(full);
  return NULL;
}

// --- list

static const option_t LIST_OPTIONS[] = {
    {"all", 'a', NULL, "those too whose name begins with an underscore"},
    {"count-nodes", 'c', NULL, "only how many there are"},
    {NULL, 0, NULL, NULL},
};

static int list(session_t *session)
{
  names_t names = {0};
  if (!session_look_around(session)) return FAILED;
  nodes_list(session, &names, arguments_has(session->arguments, "all"));
  const bool only_count = arguments_has(session->arguments, "count-nodes");
  if (only_count) printf("%zu\n", names.count);
  bool twice = false;
  for (size_t i = 0; i < names.count && !only_count; i++) {
    twice = twice || (i > 0 && strcmp(names.at[i - 1], names.at[i]) == 0);
    puts(names.at[i]);
  }
  if (twice) warn("there are nodes that share one name");
  names_fini(&names);
  return DONE;
}

static int run_list(const arguments_t *arguments) { return session_run(arguments, list, NULL); }

const command_t NODE_LIST = {
    .group = "node",
    .name = "list",
    .words = "",
    .summary = "lists the nodes",
    .lists = {LIST_OPTIONS, GRAPH_OPTIONS},
    .run = run_list,
};

// --- info

static const option_t INFO_OPTIONS[] = {
    {"include-hidden", 0, NULL, "hidden topics, services and actions too"},
    {NULL, 0, NULL, NULL},
};

static void print_row(const char *name, const char *const *types, size_t type_count, void *arg)
{
  char *line = types_line(types, type_count);
  printf("    %s: %s\n", name, line);
  free(line);
  *(bool *)arg = true;
}

static int print_info(session_t *session, const char *name)
{
  static const struct {
    const char *title;
    int (*visit)(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit, void *arg);
  } parts[] = {{"Subscribers", whorl_node_visit_subscriptions_of},     {"Publishers", whorl_node_visit_publishers_of},
               {"Service Servers", whorl_node_visit_services_of},      {"Service Clients", whorl_node_visit_clients_of},
               {"Action Servers", whorl_node_visit_action_servers_of}, {"Action Clients", whorl_node_visit_action_clients_of}};
  const whorl_graph_options_t options = {.skip_hidden = !arguments_has(session->arguments, "include-hidden")};
  int status = WHORL_OK;
  puts(name);
  for (size_t i = 0; i < sizeof parts / sizeof parts[0] && status >= 0; i++) {
    bool any = false;
    printf("  %s:\n", parts[i].title);
    status = parts[i].visit(session->node, name, &options, print_row, &any);
    if (!any) putchar('\n');
  }
  return status < 0 ? complain_status(status, name) : DONE;
}

static int info(session_t *session)
{
  char *name = nodes_wait_for(session, arguments_word(session->arguments, 0));
  if (name == NULL) return FAILED;
  int code = session_look_around(session) ? print_info(session, name) : FAILED; // its ends come after it
  free(name);
  return code;
}

static int run_info(const arguments_t *arguments) { return session_run(arguments, info, NULL); }

const command_t NODE_INFO = {
    .group = "node",
    .name = "info",
    .words = "NODE",
    .summary = "says what a node publishes, subscribes to, offers and uses",
    .lists = {INFO_OPTIONS, GRAPH_OPTIONS},
    .run = run_info,
};
