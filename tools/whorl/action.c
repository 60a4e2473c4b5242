// whorl action list, type, info
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "listing.h"
#include "nodes.h"

static const option_t LIST_OPTIONS[] = {
    {"show-types", 't', NULL, "with their types"},
    {"count-actions", 'c', NULL, "only how many there are"},
    {NULL, 0, NULL, NULL},
};

static int list(session_t *session)
{
  return listing_print(session, &(listing_t){.lister = whorl_node_visit_actions,
                                             .types = arguments_has(session->arguments, "show-types"),
                                             .only_count = arguments_has(session->arguments, "count-actions")});
}

static int run_list(const arguments_t *arguments) { return session_run(arguments, list, NULL); }

const command_t ACTION_LIST = {
    .group = "action",
    .name = "list",
    .words = "",
    .summary = "lists the actions",
    .lists = {LIST_OPTIONS, GRAPH_OPTIONS},
    .run = run_list,
};

static int type(session_t *session)
{
  return listing_print_types(session, whorl_node_visit_actions, arguments_word(session->arguments, 0), "action");
}

static int run_type(const arguments_t *arguments) { return session_run(arguments, type, NULL); }

const command_t ACTION_TYPE = {
    .group = "action",
    .name = "type",
    .words = "ACTION",
    .summary = "prints the type of an action",
    .lists = {GRAPH_OPTIONS},
    .run = run_type,
};

// --- info

typedef int (*side_t)(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit, void *arg);

typedef struct holder {
  const char *action;
  char *types; // NULL: the node has no such end
} holder_t;

static void on_action(const char *name, const char *const *types, size_t type_count, void *arg)
{
  holder_t *holder = arg;
  if (strcmp(name, holder->action) == 0 && holder->types == NULL) holder->types = types_line(types, type_count);
}

static void print_side(session_t *session, const char *title, const char *action, side_t side)
{
  names_t nodes = {0}, rows = {0};
  nodes_list(session, &nodes, true);
  for (size_t i = 0; i < nodes.count; i++) {
    holder_t holder = {.action = action};
    if (side(session->node, nodes.at[i], NULL, on_action, &holder) < 0 || holder.types == NULL) continue;
    const bool with_types = arguments_has(session->arguments, "show-types");
    char *row = with_types ? format_text("%s [%s]", nodes.at[i], holder.types) : copy_text(nodes.at[i]);
    names_add(&rows, row);
    free(row);
    free(holder.types);
  }
  printf("%s: %zu\n", title, rows.count);
  for (size_t i = 0; i < rows.count && !arguments_has(session->arguments, "count"); i++) printf("    %s\n", rows.at[i]);
  names_fini(&nodes);
  names_fini(&rows);
}

static int info(session_t *session)
{
  names_t types = {0};
  char *action = full_name(arguments_word(session->arguments, 0));
  bool found = listing_wait_for_types(session, whorl_node_visit_actions, action, &types);
  names_fini(&types);
  int code = DONE;
  if (!found) {
    code = session_interrupted(session) ? FAILED : complain("action '%s' is not known", action);
  } else if (!session_look_around(session)) {
    code = FAILED;
  } else {
    printf("Action: %s\n", action);
    print_side(session, "Action clients", action, whorl_node_visit_action_clients_of);
    print_side(session, "Action servers", action, whorl_node_visit_action_servers_of);
  }
  free(action);
  return code;
}

static int run_info(const arguments_t *arguments) { return session_run(arguments, info, NULL); }

static const option_t INFO_OPTIONS[] = {
    {"show-types", 't', NULL, "with the types"},
    {"count", 'c', NULL, "only how many there are"},
    {NULL, 0, NULL, NULL},
};

const command_t ACTION_INFO = {
    .group = "action",
    .name = "info",
    .words = "ACTION",
    .summary = "says who offers an action and who uses it",
    .lists = {INFO_OPTIONS, GRAPH_OPTIONS},
    .run = run_info,
};
