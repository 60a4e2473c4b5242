// Topics, services and actions with their types, of the whole graph or of one node: gathered from a snapshot, sorted, and told name by name.
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "base/name.h"
#include "node/graph_query.h"
#include "node/graph_snapshot.h"
#include "node/node.h"
#include "whorl/graph.h"

typedef enum subject { TOPICS, REQUESTS, REPLIES, SERVICES /* both */, ACTIONS } subject_t;
typedef enum role { ANY, WRITERS, READERS } role_t;

// What one call is about.
typedef struct question {
  const char *call; // for sentences
  subject_t subject;
  role_t role;
  bool of_node; // not the whole graph
} question_t;

typedef struct pair {
  const char *name, *type; // the snapshot's
} pair_t;

typedef struct answer {
  const question_t *question;
  whorl_graph_options_t options;
  whorl__snapshot_t snapshot;
  pair_t *pairs;
  size_t count, capacity;
} answer_t;

// --- which endpoints, by which names

static bool has_subject(const question_t *question, const whorl__seen_endpoint_t *endpoint)
{
  if (!endpoint->is_ros) return false;
  switch (question->subject) {
  case REQUESTS: return endpoint->kind == WHORL__DDS_REQUEST;
  case REPLIES: return endpoint->kind == WHORL__DDS_REPLY;
  case SERVICES: return endpoint->kind != WHORL__DDS_TOPIC;
  // The strings are the snapshot's, which is ours: what is left of them is the action's.
  case ACTIONS:
    return endpoint->kind == WHORL__DDS_TOPIC && whorl__cut_ending(endpoint->type, "_FeedbackMessage") &&
           whorl__cut_ending(endpoint->name, "/_action/feedback");
  default: return endpoint->kind == WHORL__DDS_TOPIC;
  }
}

static int add_pair(answer_t *answer, const char *name, const char *type)
{
  if (answer->options.skip_hidden && whorl__name_is_hidden(name)) return WHORL_OK;
  if (answer->count == answer->capacity) {
    size_t capacity = 2 * answer->capacity + 32;
    pair_t *grown = whorl__realloc(answer->pairs, capacity * sizeof *grown);
    if (grown == NULL) return whorl__fail(WHORL_NO_MEMORY, "%s: no memory for the names in the graph", answer->question->call);
    answer->pairs = grown;
    answer->capacity = capacity;
  }
  answer->pairs[answer->count++] = (pair_t){name, type};
  return WHORL_OK;
}

static int add_endpoint(answer_t *answer, const whorl__seen_endpoint_t *endpoint)
{
  role_t role = answer->question->role;
  if (role != ANY && endpoint->base.is_writer != (role == WRITERS)) return WHORL_OK;
  if (answer->options.dds_names) return add_pair(answer, endpoint->base.dds_topic, endpoint->base.dds_type);
  return has_subject(answer->question, endpoint) ? add_pair(answer, endpoint->name, endpoint->type) : WHORL_OK;
}

static int add_all(answer_t *answer)
{
  const whorl__list_t *endpoints = &answer->snapshot.endpoints;
  for (whorl__link_t *link = whorl__list_first(endpoints); link != NULL; link = whorl__list_next(endpoints, link))
    WHORL_TRY(add_endpoint(answer, WHORL__CONTAINER(link, whorl__seen_endpoint_t, link)));
  return WHORL_OK;
}

static int add_those_of(answer_t *answer, const char *full_name)
{
  bool found = false;
  const whorl__list_t *nodes = &answer->snapshot.nodes;
  for (whorl__link_t *link = whorl__list_first(nodes); link != NULL; link = whorl__list_next(nodes, link)) {
    const whorl__seen_node_t *node = WHORL__CONTAINER(link, whorl__seen_node_t, link);
    if (!whorl__graph_is_named(full_name, node->name, node->node_namespace)) continue;
    found = true;
    for (size_t i = 0; i < node->endpoint_count; i++) WHORL_TRY(add_endpoint(answer, node->endpoints[i]));
  }
  if (!found) return whorl__fail(WHORL_NOT_FOUND, "no node '%s' is known in the graph", full_name);
  return WHORL_OK;
}

// --- telling

static int compare_pairs(const void *left, const void *right)
{
  const pair_t *a = left, *b = right;
  int order = strcmp(a->name, b->name);
  return order != 0 ? order : strcmp(a->type, b->type);
}

static void sort_pairs(answer_t *answer)
{
  size_t kept = 0;
  if (answer->count > 0) qsort(answer->pairs, answer->count, sizeof *answer->pairs, compare_pairs);
  for (size_t i = 0; i < answer->count; i++)
    if (i == 0 || compare_pairs(&answer->pairs[i], &answer->pairs[kept - 1]) != 0) answer->pairs[kept++] = answer->pairs[i];
  answer->count = kept;
}

static int tell(answer_t *answer, whorl_names_visitor_t visit, void *arg)
{
  if (answer->count == 0) return WHORL_OK;
  sort_pairs(answer);
  const char **types = whorl__alloc(answer->count * sizeof(const char *));
  if (types == NULL) return whorl__fail(WHORL_NO_MEMORY, "%s: no memory for the types in the graph", answer->question->call);
  for (size_t i = 0; i < answer->count; i++) types[i] = answer->pairs[i].type;
  for (size_t at = 0, next; at < answer->count; at = next) {
    next = at + 1;
    while (next < answer->count && strcmp(answer->pairs[next].name, answer->pairs[at].name) == 0) next++;
    visit(answer->pairs[at].name, types + at, next - at, arg);
  }
  whorl__free(types);
  return WHORL_OK;
}

// --- the calls

static int check(const question_t *question, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit)
{
  const char *missing = visit == NULL ? "visit" : question->of_node && of == NULL ? "of" : NULL;
  if (missing != NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: %s is NULL", question->call, missing);
  if (options != NULL && options->dds_names && question->subject != TOPICS)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: dds_names is for topics", question->call);
  return WHORL_OK;
}

static int ask(const question_t *question, whorl_node_t handle, const char *of, const whorl_graph_options_t *options,
               whorl_names_visitor_t visit, void *arg)
{
  char full_name[WHORL__NAME_FQN_SIZE];
  answer_t answer = {.question = question};
  WHORL_TRY(check(question, of, options, visit));
  if (options != NULL) answer.options = *options;
  if (question->of_node) WHORL_TRY(whorl__graph_full_node_name(of, full_name));
  WHORL_TRY(whorl__graph_take_snapshot(handle, &answer.snapshot));
  int status = question->of_node ? add_those_of(&answer, full_name) : add_all(&answer);
  if (status == WHORL_OK) status = tell(&answer, visit, arg);
  whorl__free(answer.pairs);
  whorl__snapshot_fini(&answer.snapshot);
  return status;
}

int whorl_node_visit_topics(whorl_node_t node, const whorl_graph_options_t *options, whorl_names_visitor_t visit, void *arg)
{
  static const question_t topics = {"whorl_node_visit_topics", TOPICS, ANY, false};
  return ask(&topics, node, NULL, options, visit, arg);
}

int whorl_node_visit_services(whorl_node_t node, const whorl_graph_options_t *options, whorl_names_visitor_t visit, void *arg)
{
  static const question_t services = {"whorl_node_visit_services", SERVICES, ANY, false};
  return ask(&services, node, NULL, options, visit, arg);
}

int whorl_node_visit_actions(whorl_node_t node, const whorl_graph_options_t *options, whorl_names_visitor_t visit, void *arg)
{
  static const question_t actions = {"whorl_node_visit_actions", ACTIONS, ANY, false};
  return ask(&actions, node, NULL, options, visit, arg);
}

int whorl_node_visit_publishers_of(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit,
                                   void *arg)
{
  static const question_t publishers = {"whorl_node_visit_publishers_of", TOPICS, WRITERS, true};
  return ask(&publishers, node, of, options, visit, arg);
}

int whorl_node_visit_subscriptions_of(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit,
                                      void *arg)
{
  static const question_t subscriptions = {"whorl_node_visit_subscriptions_of", TOPICS, READERS, true};
  return ask(&subscriptions, node, of, options, visit, arg);
}

int whorl_node_visit_services_of(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit,
                                 void *arg)
{
  static const question_t services = {"whorl_node_visit_services_of", REQUESTS, READERS, true};
  return ask(&services, node, of, options, visit, arg);
}

int whorl_node_visit_clients_of(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit,
                                void *arg)
{
  static const question_t clients = {"whorl_node_visit_clients_of", REPLIES, READERS, true};
  return ask(&clients, node, of, options, visit, arg);
}

int whorl_node_visit_action_servers_of(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit,
                                       void *arg)
{
  static const question_t servers = {"whorl_node_visit_action_servers_of", ACTIONS, WRITERS, true};
  return ask(&servers, node, of, options, visit, arg);
}

int whorl_node_visit_action_clients_of(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit,
                                       void *arg)
{
  static const question_t clients = {"whorl_node_visit_action_clients_of", ACTIONS, READERS, true};
  return ask(&clients, node, of, options, visit, arg);
}

bool whorl_name_is_hidden(const char *name) { return name != NULL && whorl__name_is_hidden(name); }
