// whorl param list
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "commands.h"
#include "nodes.h"
#include "param.h"

static const option_t OPTIONS[] = {
    {"include-hidden-nodes", 0, NULL, "nodes too whose names begin with an underscore"},
    {"param-prefixes", 0, "PREFIX", "only parameters that begin with it, up to a dot; or with another one, when it is given again"},
    {"filter", 0, "REGEX", "only parameters in whose names it is found: an extended regular expression"},
    {"param-type", 0, NULL, "with their types"},
    {NULL, 0, NULL, NULL},
};

typedef struct finding {
  names_t names;
  const regex_t *filter; // NULL: all
} finding_t;

static void add_name(const char *name, void *arg)
{
  finding_t *finding = arg;
  if (finding->filter == NULL || regexec(finding->filter, name, 0, NULL, 0) == 0) names_add(&finding->names, name);
}

static bool compile(const char *text, regex_t *ret_filter, fault_t *fault)
{
  int code = regcomp(ret_filter, text, REG_EXTENDED | REG_NOSUB);
  if (code == 0) return true;
  char why[128];
  (void)regerror(code, ret_filter, why, sizeof why);
  return fault_set(fault, "--filter: '%s' is no regular expression: %s", text, why);
}

static int find(const param_t *param, finding_t *finding)
{
  const char *prefixes[OPTIONS_GIVEN], *text = arguments_value(param->session->arguments, "filter");
  const size_t prefix_count = arguments_values(param->session->arguments, "param-prefixes", prefixes);
  regex_t filter;
  fault_t fault;
  if (text != NULL && !compile(text, &filter, &fault)) return complain_usage("%s", fault.text);
  *finding = (finding_t){.filter = text != NULL ? &filter : NULL};
  int status = whorl_parameter_client_list(param->client, prefixes, prefix_count, 0, add_name, finding);
  if (text != NULL) regfree(&filter);
  names_sort(&finding->names);
  return status;
}

// The names and, if wanted, the types of one node's parameters.
static int print_parameters(param_t *param)
{
  finding_t finding;
  whorl_parameter_type_t *types = NULL;
  int status = find(param, &finding);
  if (status > 0) return status;
  const names_t names = finding.names;
  bool with_types = status >= 0 && names.count > 0 && arguments_has(param->session->arguments, "param-type");
  if (with_types) {
    types = must(calloc(names.count, sizeof *types));
    status = whorl_parameter_client_get_types(param->client, (const char *const *)names.at, names.count, types);
  }
  for (size_t i = 0; i < names.count && status >= 0; i++)
    printf(with_types ? "  %s (type: %s)\n" : "  %s\n", names.at[i], with_types ? whorl_parameter_type_name(types[i]) : "");
  free(types);
  names_fini(&finding.names);
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
  regex_t filter;
  fault_t fault;
  const char *text = arguments_value(arguments, "filter");
  if (text != NULL && !compile(text, &filter, &fault)) return complain_usage("%s", fault.text);
  if (text != NULL) regfree(&filter);
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
