// whorl lifecycle nodes, get, list, set
#include <stdlib.h>
#include <string.h>

#include <lifecycle_msgs/srv/change_state.h>
#include <lifecycle_msgs/srv/get_available_transitions.h>
#include <lifecycle_msgs/srv/get_state.h>

#include "answer.h"
#include "commands.h"
#include "nodes.h"

typedef lifecycle_msgs__msg__TransitionDescription__Sequence transitions_t;
typedef lifecycle_msgs__msg__TransitionDescription transition_t;
typedef lifecycle_msgs__srv__GetAvailableTransitions_Request transitions_request_t;
typedef lifecycle_msgs__srv__GetAvailableTransitions_Response transitions_response_t;

// --- who is managed

typedef struct owner {
  char *service;
  bool found;
} owner_t;

static void on_service(const char *name, const char *const *types, size_t type_count, void *arg)
{
  owner_t *owner = arg;
  for (size_t i = 0; i < type_count && strcmp(name, owner->service) == 0; i++)
    owner->found |= strcmp(types[i], "lifecycle_msgs/srv/GetState") == 0;
}

// A managed node is known by the service that tells its state.
static bool is_managed(session_t *session, void *node)
{
  owner_t owner = {.service = format_text("%s/get_state", (const char *)node)};
  (void)whorl_node_visit_services_of(session->node, node, NULL, on_service, &owner);
  free(owner.service);
  return owner.found;
}

// The full name of the node that the first word names, the caller's to free. NULL after a complaint.
static char *wait_for_managed(session_t *session)
{
  char *node = nodes_wait_for(session, arguments_word(session->arguments, 0));
  if (node == NULL || session_wait_until(session, is_managed, node)) return node;
  if (!session_interrupted(session)) (void)complain("node '%s' is no managed one: it has no service %s/get_state", node, node);
  free(node);
  return NULL;
}

// False: it was interrupted.
static bool list_managed(session_t *session, bool hidden, names_t *managed)
{
  names_t nodes = {0};
  if (!session_look_around(session)) return false;
  nodes_list(session, &nodes, hidden);
  for (size_t i = 0; i < nodes.count; i++)
    if (is_managed(session, nodes.at[i])) names_add(managed, nodes.at[i]);
  names_fini(&nodes);
  return true;
}

static const option_t NODES_OPTIONS[] = {
    {"all", 'a', NULL, "those too whose name begins with an underscore"},
    {"count-nodes", 'c', NULL, "only how many there are"},
    {NULL, 0, NULL, NULL},
};

static int nodes(session_t *session)
{
  names_t managed = {0};
  if (!list_managed(session, arguments_has(session->arguments, "all"), &managed)) return FAILED;
  bool only_count = arguments_has(session->arguments, "count-nodes");
  if (only_count) printf("%zu\n", managed.count);
  for (size_t i = 0; i < managed.count && !only_count; i++) puts(managed.at[i]);
  names_fini(&managed);
  return DONE;
}

static int run_nodes(const arguments_t *arguments) { return session_run(arguments, nodes, NULL); }

const command_t LIFECYCLE_NODES = {
    .group = "lifecycle",
    .name = "nodes",
    .words = "",
    .summary = "lists the managed nodes",
    .lists = {NODES_OPTIONS, GRAPH_OPTIONS},
    .run = run_nodes,
};

// --- asking one

typedef struct question {
  session_t *session;
  const char *node;
  int64_t limit_ns;
} question_t;

// Waits while the node is there. NOT_FOUND: it has gone.
static int call_while_it_is_there(whorl_client_t client, const void *request, void *response)
{
  whorl_future_t answer = {0};
  whorl_timeout_t look;
  void *ignored;
  int status = whorl_client_send(client, request, &answer);
  if (status < 0) return status;
  do {
    whorl_timeout_open(&look, WHORL_SECONDS(1));
    status = whorl_timeout_close(&look, whorl_future_wait(answer, &ignored));
    if (status == WHORL_TIMED_OUT && !whorl_client_service_is_ready(client)) status = WHORL_NOT_FOUND;
  } while (status == WHORL_TIMED_OUT);
  if (status == WHORL_OK) status = whorl_future_take(answer, response);
  (void)whorl_future_destroy(answer);
  return status;
}

static int call(const question_t *question, const char *service, whorl_service_type_t type, const void *request, void *response)
{
  whorl_client_t client;
  whorl_timeout_t timeout;
  char *name = format_text("%s/%s", question->node, service);
  int status = whorl_client_create(question->session->node, type, name, NULL, &client);
  free(name);
  if (status < 0) return status;
  whorl_timeout_open(&timeout, question->limit_ns);
  status = whorl_client_wait_for_service(client);
  if (status >= 0) status = call_while_it_is_there(client, request, response);
  status = whorl_timeout_close(&timeout, status);
  (void)whorl_client_destroy(client);
  return status;
}

static int complain_of(const question_t *question, int status)
{
  if (session_interrupted(question->session)) return FAILED;
  if (status == WHORL_NOT_FOUND) return complain("node '%s' went before it answered", question->node);
  return answer_complain(question->node, status, question->limit_ns);
}

// Around what a command does with one node.
typedef int (*asking_t)(const question_t *question);
typedef struct run {
  asking_t ask;
  int64_t limit_ns;
} run_t;

static int in_session(session_t *session)
{
  const run_t *run = session->arg;
  char *node = wait_for_managed(session);
  if (node == NULL) return FAILED;
  int code = run->ask(&(question_t){session, node, run->limit_ns});
  free(node);
  return code;
}

static int run_with_node(const arguments_t *arguments, asking_t ask)
{
  run_t run = {.ask = ask};
  int code = answer_limit(arguments, &run.limit_ns);
  return code == DONE ? session_run(arguments, in_session, &run) : code;
}

// --- get

static const option_t GET_OPTIONS[] = {
    {"include-hidden-nodes", 0, NULL, "nodes too whose names begin with an underscore"},
    {NULL, 0, NULL, NULL},
};

static int print_state(const question_t *question)
{
  lifecycle_msgs__srv__GetState_Request request;
  lifecycle_msgs__srv__GetState_Response response = {0};
  if (!lifecycle_msgs__srv__GetState_Request__init(&request) || !lifecycle_msgs__srv__GetState_Response__init(&response)) must(NULL);
  int status = call(question, "get_state", WHORL_SERVICE(lifecycle_msgs, srv, GetState), &request, &response);
  bool of_all = arguments_word(question->session->arguments, 0) == NULL;
  if (status >= 0)
    printf("%s%s%s [%u]\n", of_all ? question->node : "", of_all ? ": " : "", response.current_state.label.data, response.current_state.id);
  lifecycle_msgs__srv__GetState_Request__fini(&request);
  lifecycle_msgs__srv__GetState_Response__fini(&response);
  return status < 0 ? complain_of(question, status) : DONE;
}

// One that does not answer does not end the listing.
static int print_all_states(session_t *session)
{
  names_t managed = {0};
  int code = DONE;
  if (!list_managed(session, arguments_has(session->arguments, "include-hidden-nodes"), &managed)) return FAILED;
  for (size_t i = 0; i < managed.count && !session_interrupted(session); i++)
    if (print_state(&(question_t){session, managed.at[i], *(const int64_t *)session->arg}) != DONE) code = FAILED;
  names_fini(&managed);
  return session_interrupted(session) ? FAILED : code;
}

static int run_get(const arguments_t *arguments)
{
  int64_t limit_ns;
  if (arguments_word(arguments, 0) != NULL) return run_with_node(arguments, print_state);
  int code = answer_limit(arguments, &limit_ns);
  return code == DONE ? session_run(arguments, print_all_states, &limit_ns) : code;
}

const command_t LIFECYCLE_GET = {
    .group = "lifecycle",
    .name = "get",
    .words = "[NODE]",
    .summary = "prints the state of a managed node, or of all",
    .lists = {GET_OPTIONS, ANSWER_OPTIONS},
    .run = run_get,
};

// --- list

static const option_t LIST_OPTIONS[] = {
    {"all", 'a', NULL, "every transition there is, not only those that can be asked for now"},
    {"include-hidden-nodes", 0, NULL, NULL}, // ros2's; a node that is named is found without it
    {NULL, 0, NULL, NULL},
};

static int get_transitions(const question_t *question, const char *service, transitions_response_t *response)
{
  transitions_request_t request;
  if (!lifecycle_msgs__srv__GetAvailableTransitions_Request__init(&request) ||
      !lifecycle_msgs__srv__GetAvailableTransitions_Response__init(response))
    must(NULL);
  int status = call(question, service, WHORL_SERVICE(lifecycle_msgs, srv, GetAvailableTransitions), &request, response);
  lifecycle_msgs__srv__GetAvailableTransitions_Request__fini(&request);
  return status;
}

static int print_transitions(const question_t *question)
{
  transitions_response_t response = {0};
  bool all = arguments_has(question->session->arguments, "all");
  int status = get_transitions(question, all ? "get_transition_graph" : "get_available_transitions", &response);
  for (size_t i = 0; status >= 0 && i < response.available_transitions.size; i++) {
    const transition_t *found = &response.available_transitions.data[i];
    printf("- %s [%u]\n\tStart: %s\n\tGoal: %s\n", found->transition.label.data, found->transition.id, found->start_state.label.data,
           found->goal_state.label.data);
  }
  lifecycle_msgs__srv__GetAvailableTransitions_Response__fini(&response);
  return status < 0 ? complain_of(question, status) : DONE;
}

static int run_list(const arguments_t *arguments) { return run_with_node(arguments, print_transitions); }

const command_t LIFECYCLE_LIST = {
    .group = "lifecycle",
    .name = "list",
    .words = "NODE",
    .summary = "lists the transitions that a managed node can be asked for",
    .lists = {LIST_OPTIONS, ANSWER_OPTIONS},
    .run = run_list,
};

// --- set

static const option_t SET_OPTIONS[] = {
    {"timeout", 0, "SECONDS", "has failed when it is not done by then; the node may go on (default: waits while the node is there)"},
    {"include-hidden-nodes", 0, NULL, NULL}, // ros2's
    {NULL, 0, NULL, NULL},
};

// By its label or, as some have the same, its number. NULL after a complaint.
static const transition_t *find_transition(const question_t *question, const transitions_t *transitions, const char *wanted)
{
  for (size_t i = 0; i < transitions->size; i++)
    if (strcmp(transitions->data[i].transition.label.data, wanted) == 0) return &transitions->data[i];
  char *known = copy_text("");
  for (size_t i = 0; i < transitions->size; i++) {
    char *number = format_text("%u", transitions->data[i].transition.id), *before = known;
    bool found = strcmp(number, wanted) == 0;
    known = format_text("%s%s%s [%s]", before, i > 0 ? ", " : "", transitions->data[i].transition.label.data, number);
    free(number);
    free(before);
    if (found) {
      free(known);
      return &transitions->data[i];
    }
  }
  (void)complain("node '%s' has no transition '%s' now; it has: %s", question->node, wanted, known);
  free(known);
  return NULL;
}

static int change_state(const question_t *question, const transition_t *wanted, bool *ret_success)
{
  const lifecycle_msgs__srv__ChangeState_Request request = {.transition = wanted->transition}; // its label stays the answer's
  lifecycle_msgs__srv__ChangeState_Response response;
  if (!lifecycle_msgs__srv__ChangeState_Response__init(&response)) must(NULL);
  int status = call(question, "change_state", WHORL_SERVICE(lifecycle_msgs, srv, ChangeState), &request, &response);
  *ret_success = status >= 0 && response.success; // init leaves a member without a default as it was
  lifecycle_msgs__srv__ChangeState_Response__fini(&response);
  return status;
}

// What the node can be asked for it tells as quickly as anything else. The transition takes the time that it takes.
static int set(const question_t *question)
{
  transitions_response_t response = {0};
  const arguments_t *arguments = question->session->arguments;
  const char *word = arguments_word(arguments, 1);
  question_t patient = *question;
  if (!arguments_has(arguments, "timeout")) patient.limit_ns = WHORL_FOREVER;
  bool success = false;
  int status = get_transitions(question, "get_available_transitions", &response);
  const transition_t *wanted = status >= 0 ? find_transition(question, &response.available_transitions, word) : NULL;
  if (wanted != NULL) status = change_state(&patient, wanted, &success);
  lifecycle_msgs__srv__GetAvailableTransitions_Response__fini(&response);
  if (status < 0) return complain_of(question, status);
  if (wanted == NULL) return FAILED;
  if (!success) return complain("transition '%s' of %s failed", word, question->node);
  puts("Transitioning successful");
  return DONE;
}

static int run_set(const arguments_t *arguments) { return run_with_node(arguments, set); }

const command_t LIFECYCLE_SET = {
    .group = "lifecycle",
    .name = "set",
    .words = "NODE TRANSITION",
    .summary = "asks a managed node for a transition, and waits until it is done",
    .more = "TRANSITION is a label, such as configure, or a number of `whorl lifecycle list`.",
    .lists = {SET_OPTIONS, GRAPH_OPTIONS},
    .run = run_set,
};
