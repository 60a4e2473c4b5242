// Pairs of endpoints that do not fit: from a snapshot, sorted by their topics in DDS, each writer held against each reader of its topic.
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/lines.h"
#include "base/memory.h"
#include "node/graph_query.h"
#include "node/graph_snapshot.h"
#include "node/qos_policy.h"
#include "whorl/graph.h"

typedef struct search {
  whorl_graph_options_t options;
  whorl__snapshot_t snapshot;
  const whorl__seen_endpoint_t **sorted; // by topic, writers first
  size_t count;
  whorl_misfit_visitor_t visit;
  void *arg;
  char text[2048]; // of the pair that is told
} search_t;

static bool is_asked_for(const search_t *search, const whorl__seen_endpoint_t *endpoint)
{
  if (!endpoint->is_ros && !search->options.dds_names) return false;
  return !search->options.skip_hidden || !whorl_name_is_hidden(endpoint->name);
}

static int compare(const void *left, const void *right)
{
  const whorl__seen_endpoint_t *const *a = left, *const *b = right;
  int order = strcmp((*a)->base.dds_topic, (*b)->base.dds_topic);
  return order != 0 ? order : (int)(*b)->base.is_writer - (int)(*a)->base.is_writer;
}

static int sort(search_t *search)
{
  const whorl__list_t *endpoints = &search->snapshot.endpoints;
  size_t count = 0;
  for (whorl__link_t *link = whorl__list_first(endpoints); link != NULL; link = whorl__list_next(endpoints, link)) count++;
  search->sorted = whorl__alloc((count + 1) * sizeof(const whorl__seen_endpoint_t *));
  if (search->sorted == NULL) return whorl__fail(WHORL_NO_MEMORY, "whorl_node_visit_misfits: no memory for %zu endpoints", count);
  for (whorl__link_t *link = whorl__list_first(endpoints); link != NULL; link = whorl__list_next(endpoints, link)) {
    const whorl__seen_endpoint_t *endpoint = WHORL__CONTAINER(link, whorl__seen_endpoint_t, link);
    if (is_asked_for(search, endpoint)) search->sorted[search->count++] = endpoint;
  }
  qsort(search->sorted, search->count, sizeof *search->sorted, compare);
  return WHORL_OK;
}

// --- one pair

static const char *role_of(whorl_endpoint_kind_t kind)
{
  static const char *const roles[] = {"publisher", "subscription", "service", "client"};
  return roles[kind];
}

static void say_end(whorl__lines_t *words, const whorl_endpoint_info_t *end)
{
  whorl__lines_add(words, "a %s", role_of(end->kind));
  if (end->node_name[0] == '\0') return;
  const char *separator = strcmp(end->node_namespace, "/") == 0 ? "" : "/";
  whorl__lines_add(words, " of node '%s%s%s'", end->node_namespace, separator, end->node_name);
}

static void say(const whorl_misfit_t *misfit, whorl__lines_t *words)
{
  const whorl_endpoint_info_t *writer = misfit->writer, *reader = misfit->reader;
  bool of_service = writer->kind == WHORL_ENDPOINT_SERVICE || writer->kind == WHORL_ENDPOINT_CLIENT;
  say_end(words, writer);
  whorl__lines_add(words, " and ");
  say_end(words, reader);
  whorl__lines_add(words, " on %s '%s' do not fit", of_service ? "service" : "topic", writer->name);
  const char *separator = ": ";
  if (misfit->types_differ) {
    whorl__lines_add(words, "%stype offered %s, requested %s", separator, writer->type, reader->type);
    separator = "; ";
  }
  if (misfit->hashes_differ) {
    whorl__lines_add(words, "%sdefinition of %s offered %s, requested %s", separator, writer->type, writer->type_hash, reader->type_hash);
    separator = "; ";
  }
  for (size_t i = 0; i < misfit->policy_count; i++) {
    char policy[192];
    (void)whorl__qos_policy_say(policy, sizeof policy, misfit->policies[i], &writer->qos, &reader->qos);
    whorl__lines_add(words, "%s%s", separator, policy);
    separator = "; ";
  }
}

static void judge(search_t *search, const whorl__seen_endpoint_t *writer, const whorl__seen_endpoint_t *reader)
{
  enum { POLICIES = WHORL_QOS_POLICY_OTHER };
  whorl__described_endpoint_t writing, reading;
  whorl_qos_policy_t policies[POLICIES];
  whorl_misfit_t misfit = {.writer = &writing.info, .reader = &reading.info, .policies = policies, .text = search->text};
  whorl__graph_describe(writer, &writing);
  whorl__graph_describe(reader, &reading);
  misfit.types_differ = strcmp(writer->base.dds_type, reader->base.dds_type) != 0;
  misfit.hashes_differ = !misfit.types_differ && writing.type_hash[0] != '\0' && reading.type_hash[0] != '\0' &&
                         strcmp(writing.type_hash, reading.type_hash) != 0;
  for (int policy = WHORL_QOS_POLICY_NONE + 1; policy < WHORL_QOS_POLICY_OTHER; policy++)
    if (whorl__qos_policy_asks_for_more((whorl_qos_policy_t)policy, &writer->base.qos, &reader->base.qos))
      policies[misfit.policy_count++] = (whorl_qos_policy_t)policy;
  if (!misfit.types_differ && !misfit.hashes_differ && misfit.policy_count == 0) return;
  whorl__lines_t words = {.text = search->text, .size = sizeof search->text};
  say(&misfit, &words);
  search->visit(&misfit, search->arg);
}

// --- all of a topic, all topics

static bool same_topic(const search_t *search, size_t first, size_t other)
{
  return other < search->count && strcmp(search->sorted[first]->base.dds_topic, search->sorted[other]->base.dds_topic) == 0;
}

static void judge_all(search_t *search)
{
  for (size_t first = 0, end; first < search->count; first = end) {
    size_t readers = first;
    while (same_topic(search, first, readers) && search->sorted[readers]->base.is_writer) readers++;
    for (end = readers; same_topic(search, first, end);) end++;
    for (size_t writer = first; writer < readers; writer++)
      for (size_t reader = readers; reader < end; reader++) judge(search, search->sorted[writer], search->sorted[reader]);
  }
}

int whorl_node_visit_misfits(whorl_node_t node, const whorl_graph_options_t *options, whorl_misfit_visitor_t visit, void *arg)
{
  if (visit == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_node_visit_misfits: visit is NULL");
  search_t *search = whorl__alloc(sizeof *search);
  if (search == NULL) return whorl__fail(WHORL_NO_MEMORY, "whorl_node_visit_misfits: no memory");
  search->visit = visit;
  search->arg = arg;
  if (options != NULL) search->options = *options;
  int status = whorl__graph_take_snapshot(node, &search->snapshot);
  if (status == WHORL_OK) {
    status = sort(search);
    if (status == WHORL_OK) judge_all(search);
    whorl__free(search->sorted);
    whorl__snapshot_fini(&search->snapshot);
  }
  whorl__free(search);
  return status;
}
