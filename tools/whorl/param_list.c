// whorl param list
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "commands.h"
#include "nodes.h"
#include "param.h"

static const option_t OPTIONS[] = {
    {"include-hidden-nodes", 0, NULL, "nodes too whose names begin with an underscore"},
    {"param-prefix", 0, "PREFIX", "only parameters that begin with it, up to a dot"},
    {"param-type", 0, NULL, "with their types"},
    {NULL, 0, NULL, NULL},
};

static void add_name(const char *name, void *arg) { names_add(arg, name); }

// The names and, if wanted, the types of one node's parameters.
static int print_parameters(param_t *param)
{
  const char *prefix = arguments_value(param->session->arguments, "param-prefix");
  names_t names = {0};
  whorl_parameter_type_t *types = NULL;
  int status = whorl_parameter_client_list(param->client, &prefix, prefix != NULL ? 1 : 0, 0, add_name, &names);
  names_sort(&names);
  bool with_types = status >= 0 && names.count > 0 && arguments_has(param->session->arguments, "param-type");
  if (with_types) {
    types = must(calloc(names.count, sizeof *types));
    status = whorl_parameter_client_get_types(param->client, (const char *const *)names.at, names.count, types);
  }
  for (size_t i = 0; i < names.count && status >= 0; i++)
    printf(with_types ? "  %s (type: %s)\n" : "  %s\n", names.at[i], with_types ? whorl_parameter_type_name(types[i]) : "");
  free(types);
  names_fini(&names);
  return status;
}

typedef struct owner {
  const char *suffix;
  bool found;
} owner_t;

static void on_service(const char *name, const char *const *types, size_t type_count, void *arg)
{
  owner_t *owner = arg;
  size_t length = strlen(name), suffix = strlen(owner->suffix);
  (void)types;
  (void)type_count;
  if (length > suffix && strcmp(name + length - suffix, owner->suffix) == 0) owner->found = true;
}

static bool has_parameters(session_t *session, const char *node)
{
  owner_t owner = {.suffix = "/list_parameters"};
  (void)whorl_node_visit_services_of(session->node, node, NULL, on_service, &owner);
  return owner.found;
}

// One of all nodes: one that does not answer does not end the listing.
static int list_one(session_t *session, char *node, int64_t limit_ns)
{
  param_t param = {.session = session, .node = node};
  int status = whorl_parameter_client_create(session->node, node, &param.client);
  if (status < 0) return answer_complain(node, status, limit_ns);
  printf("%s:\n", node);
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, limit_ns);
  status = whorl_timeout_close(&timeout, print_parameters(&param));
  (void)whorl_parameter_client_destroy(param.client);
  return status < 0 ? answer_complain(node, status, limit_ns) : DONE;
}

static int list_all(session_t *session)
{
  names_t nodes = {0};
  if (!session_look_around(session)) return FAILED;
  nodes_list(session, &nodes, arguments_has(session->arguments, "include-hidden-nodes"));
  int code = DONE;
  for (size_t i = 0; i < nodes.count && !session_interrupted(session); i++) {
    if (!has_parameters(session, nodes.at[i])) continue;
    if (list_one(session, nodes.at[i], *(const int64_t *)session->arg) != DONE) code = FAILED;
  }
  names_fini(&nodes);
  return session_interrupted(session) ? FAILED : code;
}

static int run(const arguments_t *arguments)
{
  int64_t limit_ns;
  if (arguments_word(arguments, 0) != NULL) return param_run(arguments, print_parameters);
  int code = answer_limit(arguments, &limit_ns);
  return code == DONE ? session_run(arguments, list_all, &limit_ns) : code;
}

const command_t PARAM_LIST = {
    .group = "param",
    .name = "list",
    .words = "[NODE]",
    .summary = "lists the parameters of a node, or of all nodes",
    .lists = {OPTIONS, ANSWER_OPTIONS},
    .run = run,
};
