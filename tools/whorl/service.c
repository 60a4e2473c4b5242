// whorl service list, type, find, info
#include <stdlib.h>

#include "commands.h"
#include "listing.h"

static const option_t LIST_OPTIONS[] = {
    {"show-types", 't', NULL, "with their types"},
    {"count-services", 'c', NULL, "only how many there are"},
    {"include-hidden-services", 0, NULL, "those too of which a part begins with an underscore"},
    {NULL, 0, NULL, NULL},
};

static int list(session_t *session)
{
  const arguments_t *arguments = session->arguments;
  return listing_print(session, &(listing_t){.lister = whorl_node_visit_services,
                                             .types = arguments_has(arguments, "show-types"),
                                             .only_count = arguments_has(arguments, "count-services"),
                                             .hidden = arguments_has(arguments, "include-hidden-services")});
}

static int run_list(const arguments_t *arguments) { return session_run(arguments, list, NULL); }

const command_t SERVICE_LIST = {
    .group = "service",
    .name = "list",
    .words = "",
    .summary = "lists the services",
    .lists = {LIST_OPTIONS, GRAPH_OPTIONS},
    .run = run_list,
};

static int type(session_t *session)
{
  return listing_print_types(session, whorl_node_visit_services, arguments_word(session->arguments, 0), "service");
}

static int run_type(const arguments_t *arguments) { return session_run(arguments, type, NULL); }

const command_t SERVICE_TYPE = {
    .group = "service",
    .name = "type",
    .words = "SERVICE",
    .summary = "prints the type of a service",
    .lists = {GRAPH_OPTIONS},
    .run = run_type,
};

static const option_t FIND_OPTIONS[] = {
    {"count-services", 'c', NULL, "only how many there are"},
    {"include-hidden-services", 0, NULL, "those too of which a part begins with an underscore"},
    {NULL, 0, NULL, NULL},
};

static int find(session_t *session)
{
  return listing_print(session, &(listing_t){.lister = whorl_node_visit_services,
                                             .only_count = arguments_has(session->arguments, "count-services"),
                                             .hidden = arguments_has(session->arguments, "include-hidden-services"),
                                             .of_type = arguments_word(session->arguments, 0)});
}

static int run_find(const arguments_t *arguments) { return session_run(arguments, find, NULL); }

const command_t SERVICE_FIND = {
    .group = "service",
    .name = "find",
    .words = "TYPE",
    .summary = "lists the services of a type",
    .lists = {FIND_OPTIONS, GRAPH_OPTIONS},
    .run = run_find,
};

static int info(session_t *session)
{
  const char *service = arguments_word(session->arguments, 0);
  names_t types = {0};
  size_t clients = 0, servers = 0;
  if (!listing_wait_for_types(session, whorl_node_visit_services, service, &types))
    return session_interrupted(session) ? FAILED : complain("service '%s' is not known", service);
  names_fini(&types);
  if (!session_look_around(session)) return FAILED;
  listing_types(session, whorl_node_visit_services, service, &types);
  char *line = types_line((const char *const *)types.at, types.count);
  int status = whorl_node_count_clients(session->node, service, &clients);
  if (status >= 0) status = whorl_node_count_services(session->node, service, &servers);
  if (status >= 0) printf("Type: %s\nClients count: %zu\nServices count: %zu\n", line, clients, servers);
  free(line);
  names_fini(&types);
  return status < 0 ? complain_status(status, service) : DONE;
}

static int run_info(const arguments_t *arguments) { return session_run(arguments, info, NULL); }

const command_t SERVICE_INFO = {
    .group = "service",
    .name = "info",
    .words = "SERVICE",
    .summary = "says how many offer a service and how many use it",
    .lists = {GRAPH_OPTIONS},
    .run = run_info,
};
